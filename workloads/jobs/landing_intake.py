"""Glue job: bulk deliveries, in the shape of Data Exchange revision exports, → raw objects in initial.

Takes what is at `exchange/<data set>/<revision>/<file>` and is not in initial yet, or is newer there; `--full true`
takes everything again. The bytes go on untouched, with the verdict on their lines beside them; lines that break the
contract go to quarantine.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as fn

if TYPE_CHECKING:
    from workloads.functions import records
    from workloads.jobs import lake
else:
    import lake
    import records

ACCEPTED = "AcceptedRecords"
"""The metric that landing's functions have, too."""
CHECKED = "dataset STRING, name STRING, records BIGINT, rejected BIGINT, quarantine BINARY, verdict BINARY"
COPIES = 8
"""Objects copied at a time: S3 does the work, the job only waits."""


@dataclass(frozen=True)
class Delivery:
    """One delivered object. `name` is what is after the data set: `<revision>/<file>`, so revisions stay apart."""

    dataset: str
    name: str
    key: str
    etag: str


def transform(files: DataFrame, schemas: Mapping[str, Any], initial_bucket: str) -> DataFrame:
    """Check each file as a whole. One row a file: counts, quarantine object (empty when all is good) and verdict.

    `files` has dataset, name and content (the file's bytes), as Spark's binaryFile reads them.
    """
    schemas = dict(schemas)

    def check(rows: Iterable[Row]) -> Iterator[tuple[str, str, int, int, bytes, bytes]]:
        validators = {name: records.Validator(schema) for name, schema in schemas.items()}
        for row in rows:
            validator = validators[row.dataset]
            # At LF only: splitlines() would also split at a CR within a line.
            lines = bytes(row.content).removesuffix(b"\n").split(b"\n") if row.content else []
            count, rejects = records.check_file(validator, lines)
            source = f"s3://{initial_bucket}/{schemas[row.dataset]['raw_prefix']}{row.name}"
            bad = records.quarantine(validator, source, rejects)
            judged = records.verdict(validator, source, count, rejects)
            yield row.dataset, row.name, count, len(rejects), bad, judged

    return files.sparkSession.createDataFrame(files.rdd.mapPartitions(check), CHECKED)


def deliveries(s3: Any, args: Any, schemas: Mapping[str, Any]) -> list[Delivery]:
    """What is delivered and not taken in yet."""
    found = []
    for dataset, schema in schemas.items():
        taken = {} if args.full == "true" else _listing(s3, args.initial_bucket, schema["raw_prefix"])
        for name, (modified, etag) in _listing(s3, args.landing_bucket, schema["prefix"]).items():
            if name not in taken or taken[name][0] < modified:
                found.append(Delivery(dataset, name, schema["prefix"] + name, etag))
    return found


def read(spark: SparkSession, bucket: str, found: Sequence[Delivery]) -> DataFrame:
    """The delivered files with their bytes; a file of more than 2 GB is an error of Spark's."""
    # Paths are patterns to Spark; a name is meant literally.
    paths = [f"s3://{bucket}/" + re.sub(r"([{}\[\]*?\\])", r"\\\1", delivery.key) for delivery in found]
    parts = fn.split(fn.regexp_replace("path", f"^.*?//{bucket}/[^/]+/", ""), "/", 2)
    files = spark.read.format("binaryFile").load(paths)
    return files.select(parts[0].alias("dataset"), parts[1].alias("name"), "content")


def main(argv: Sequence[str]) -> None:
    """Take in every delivery that is new."""
    args = lake.arguments(argv, "full", "metrics")
    spark = lake.session(args.JOB_NAME)
    schemas = {
        name: schema
        for name, schema in lake.contracts(spark, args.contracts).items()
        if schema["delivery"] == "exchange"
    }
    s3 = boto3.client("s3")
    found = deliveries(s3, args, schemas)
    if not found:
        lake.log("INFO", "nothing_delivered")
        return
    checked = transform(read(spark, args.landing_bucket, found), schemas, args.initial_bucket).persist()
    buckets = args.landing_bucket, args.initial_bucket
    checked.foreachPartition(lambda rows: _keep(rows, buckets))
    with ThreadPoolExecutor(COPIES) as pool:
        list(pool.map(lambda delivery: _copy(s3, args, schemas, delivery), found))
    accepted: Counter[str] = Counter()
    for row in checked.drop("quarantine", "verdict").toLocalIterator():
        accepted[row.dataset] += row.records - row.rejected
        lake.log("INFO", "file_landed", **row.asDict())
    if args.metrics:
        count(boto3.client("cloudwatch"), args.metrics, accepted)


def count(cloudwatch: Any, namespace: str, accepted: Mapping[str, int]) -> None:
    """Tell CloudWatch how many records of each data set were accepted, as it knows of functions by their logs.

    They are in initial by then: that nobody heard of it is no reason to fail.
    """
    data = [
        {"MetricName": ACCEPTED, "Dimensions": [{"Name": "dataset", "Value": name}], "Value": number, "Unit": "Count"}
        for name, number in accepted.items()
        if number
    ]
    try:
        if data:
            cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)
    except (BotoCoreError, ClientError) as error:
        lake.log("ERROR", "not_counted", accepted=dict(accepted), error=str(error))


def _listing(s3: Any, bucket: str, prefix: str) -> dict[str, tuple[datetime, str]]:
    """Modification time and ETag of each object below a prefix, by the rest of its key."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return {
        entry["Key"].removeprefix(prefix): (entry["LastModified"], entry["ETag"])
        for page in pages
        for entry in page.get("Contents", ())
        if not entry["Key"].endswith("/")
    }


def _keep(rows: Iterable[Row], buckets: tuple[str, str]) -> None:
    s3 = boto3.client("s3")
    for row in rows:
        records.keep(s3, buckets, (row.dataset, row.name), bytes(row.quarantine), bytes(row.verdict))


def _copy(s3: Any, args: Any, schemas: Mapping[str, Any], delivery: Delivery) -> None:
    s3.copy_object(
        Bucket=args.initial_bucket,
        Key=schemas[delivery.dataset]["raw_prefix"] + delivery.name,
        CopySource={"Bucket": args.landing_bucket, "Key": delivery.key},
        CopySourceIfMatch=delivery.etag,
        TaggingDirective="REPLACE",
        # An Object Lock bucket with a default retention refuses uploads without a checksum.
        ChecksumAlgorithm="CRC32",
    )


if __name__ == "__main__":
    main(sys.argv)
