"""What the data path costs, each as a ratio to the least that would do the same, measured in one run.

The validator against the decoder under it, on one core. The stream path on the embedded AWS (a stream of two shards,
the deployed function, S3) against a bare loop that gets the same records and puts them.
"""

from __future__ import annotations

import csv
import io
import json
import statistics
import time
import uuid
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

import contracts
from bench import embedded_aws
from components.code import contracts_json
from verify import plan, source
from workloads.functions import records

ROUNDS = 5
SHARD_RECORDS = 1_000
"""Records a second that a Kinesis shard takes: https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html"""
STREAMED = 20_000
SHARDS = 2
BATCH = 1_000
REGION = "eu-west-1"
FUNCTIONS = Path("workloads/functions")


def main() -> None:
    """Measure and print."""
    agreed = contracts.load(Path("datasets"))
    schemas = {schema["name"]: schema for schema in agreed.document()}
    flights, weather = flight_lines(), weather_records()
    print(f"validator, one core, best of {ROUNDS}, its memory of good values empty at first:")
    validated(schemas["flights"], flights, "csv.reader", lambda: list(csv.reader(map(bytes.decode, flights))))
    validated(schemas["weather"], weather, "json.loads", lambda: [json.loads(record) for record in weather])
    with embedded_aws() as endpoint:
        stream_path(Aws(endpoint), contracts_json(agreed), weather[:STREAMED])


def flight_lines() -> list[bytes]:
    """A quarter of a year of flights, without line ends."""
    _, by_day = source.flight_days()
    return [records.chomp(line) for (month, _), lines in by_day.items() if month <= 3 for line in lines]


def weather_records() -> list[bytes]:
    """A year of weather, as stations send it."""
    return [json.dumps(plan.weather_record(row)).encode() for rows in source.weather_days().values() for row in rows]


def validated(schema: Any, lines: Sequence[bytes], decoder: str, decode: Callable[[], Any]) -> None:
    """Print how many records a second are validated, and how that compares."""

    def validate() -> None:
        check = records.Validator(schema).reasons
        for line in lines:
            check(line)

    decoding, validating = best(decode), best(validate)
    rate = len(lines) / validating
    print(
        f"  {schema['name']:<8}{rate:>9,.0f} records/s: {rate / SHARD_RECORDS:.0f} x a shard's, "
        f"{decoding / validating:.2f} x {decoder}'s {len(lines) / decoding:,.0f}"
    )


def best(work: Callable[[], Any]) -> float:
    """The least seconds of some rounds."""
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken)


class Aws:
    """An embedded AWS and its clients."""

    def __init__(self, endpoint: str) -> None:
        config = Config(retries={"total_max_attempts": 1}, max_pool_connections=16)
        self.s3, self.kinesis, self.functions, self.iam = (
            boto3.client(
                service,
                endpoint_url=endpoint,
                region_name=REGION,
                aws_access_key_id="embedded",
                aws_secret_access_key="embedded",
                config=config,
            )
            for service in ("s3", "kinesis", "lambda", "iam")
        )

    def bucket(self) -> str:
        name = f"bench-{uuid.uuid4().hex[:12]}"
        self.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        return name

    def stream(self, name: str, payloads: Sequence[bytes]) -> None:
        """Make a stream with these records in it."""
        self.kinesis.create_stream(StreamName=name, ShardCount=SHARDS)
        for start in range(0, len(payloads), 500):
            batch = payloads[start : start + 500]
            keyed = [{"Data": each, "PartitionKey": str(start + at)} for at, each in enumerate(batch)]
            self.kinesis.put_records(StreamName=name, Records=keyed)


def stream_path(aws: Aws, agreed: str, payloads: Sequence[bytes]) -> None:
    """Print how long the deployed function takes for a stream, and how long a bare loop does, in turns."""
    taken: dict[str, list[float]] = {"function": [], "bare loop": []}
    for turn in range(3):
        name = f"bench-{turn}-weather"
        aws.stream(name, payloads)
        taken["bare loop"].append(bare_loop(aws, name))
        taken["function"].append(by_function(aws, agreed, name, len(payloads)))
        print(f"  turn {turn + 1} of 3", flush=True)
    bare, function = statistics.median(taken["bare loop"]), statistics.median(taken["function"])
    print(f"stream path on the embedded AWS, {len(payloads):,} records over {SHARDS} shards, median of 3:")
    print(f"  get_records and put_object, bare  {bare:.1f} s")
    print(f"  the deployed landing function     {function:.1f} s: {bare / function:.0%} of the bare loop's throughput")


def bare_loop(aws: Aws, stream: str) -> float:
    """Seconds to get every record of a stream and put it into S3, batch by batch, one shard after the other."""
    bucket = aws.bucket()
    began = time.perf_counter()
    for shard in aws.kinesis.list_shards(StreamName=stream)["Shards"]:
        identifier = shard["ShardId"]
        begin = {"StreamName": stream, "ShardId": identifier, "ShardIteratorType": "TRIM_HORIZON"}
        iterator = aws.kinesis.get_shard_iterator(**begin)["ShardIterator"]
        number = 0
        while True:
            answer = aws.kinesis.get_records(ShardIterator=iterator, Limit=BATCH)
            if not answer["Records"]:
                break
            body = b"\n".join(record["Data"] for record in answer["Records"])
            aws.s3.put_object(Bucket=bucket, Key=f"raw/{identifier}-{number}", Body=body, ChecksumAlgorithm="CRC32")
            iterator, number = answer["NextShardIterator"], number + 1
    return time.perf_counter() - began


def by_function(aws: Aws, agreed: str, stream: str, number: int) -> float:
    """Seconds from the mapping of a stream to the function until all its records are in S3."""
    landing, initial = aws.bucket(), aws.bucket()
    name = f"bench-{uuid.uuid4().hex[:12]}"
    trust = {"Version": "2012-10-17", "Statement": []}
    role = aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    aws.functions.create_function(
        FunctionName=name,
        Role=role,
        Runtime="python3.11",
        Handler="handler.handler",
        Timeout=60,
        Code={"ZipFile": archive(agreed)},
        Environment={"Variables": {"LANDING_BUCKET": landing, "INITIAL_BUCKET": initial}},
    )
    arn = aws.kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]
    began = time.perf_counter()
    aws.functions.create_event_source_mapping(
        FunctionName=name, EventSourceArn=arn, StartingPosition="TRIM_HORIZON", BatchSize=BATCH
    )
    while True:
        there = aws.s3.list_objects_v2(Bucket=initial).get("Contents", [])
        if len(there) * BATCH >= number and lines_of(aws, initial, [each["Key"] for each in there]) >= number:
            return time.perf_counter() - began
        time.sleep(0.05)


def lines_of(aws: Aws, bucket: str, keys: Sequence[str]) -> int:
    return sum(aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read().count(b"\n") for key in keys)


def archive(agreed: str) -> bytes:
    """The function's zip, as it is deployed."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as opened:
        opened.writestr("handler.py", (FUNCTIONS / "landing_stream" / "handler.py").read_text())
        opened.writestr("records.py", (FUNCTIONS / "records.py").read_text())
        opened.writestr("contracts.json", agreed)
    return held.getvalue()


if __name__ == "__main__":
    main()
