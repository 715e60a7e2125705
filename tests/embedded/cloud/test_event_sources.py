"""Event source mappings: streams and queues into functions, with AWS's rules for what fails."""

import base64
import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from embedded.cloud.source_queue import failed_messages
from embedded.cloud.source_stream import first_failure
from tests.embedded.cloud.clients import ACCOUNT, REGION, Aws, eventually

# Writes each record's data under its shard and number; "poison" fails by report, "crash" by exception.
KEEPER = """
import base64, boto3
s3 = boto3.client("s3")
def handler(event, context):
    failures = []
    if any(base64.b64decode(r["kinesis"]["data"]) == b"crash" for r in event["Records"]):
        raise RuntimeError("crash")
    for record in event["Records"]:
        data = base64.b64decode(record["kinesis"]["data"])
        if data == b"poison":
            failures.append({"itemIdentifier": record["kinesis"]["sequenceNumber"]})
            break
        s3.put_object(Bucket="BUCKET", Key=record["eventID"].replace(":", "/"), Body=data)
    return {"batchItemFailures": failures}
"""
# Keeps each message's body under its id; a body with "bad" is reported as failed.
TAKER = """
import boto3
s3 = boto3.client("s3")
def handler(event, context):
    failures = []
    for record in event["Records"]:
        if "bad" in record["body"]:
            failures.append({"itemIdentifier": record["messageId"]})
        else:
            s3.put_object(Bucket="BUCKET", Key=record["messageId"], Body=record["body"])
    return {"batchItemFailures": failures}
"""


def _stream(aws: Aws, shards: int = 1) -> tuple[str, str]:
    name = f"stream-{time.monotonic_ns()}"
    aws.client("kinesis").create_stream(StreamName=name, ShardCount=shards)
    return name, f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{name}"


def _send(aws: Aws, stream: str, *data: str) -> None:
    records = [{"Data": item.encode(), "PartitionKey": str(number)} for number, item in enumerate(data)]
    for start in range(0, len(records), 500):
        aws.client("kinesis").put_records(StreamName=stream, Records=records[start : start + 500])


def _map(aws: Aws, function: str, source: str, **options: Any) -> str:
    made = aws.client("lambda").create_event_source_mapping(FunctionName=function, EventSourceArn=source, **options)
    identifier: str = made["UUID"]
    return identifier


def _kept(aws: Aws, bucket: str) -> list[str]:
    return sorted(aws.get(bucket, key).decode() for key in aws.keys(bucket))


def test_a_stream_is_read_from_its_beginning_in_batches_of_documented_events(aws: Aws) -> None:
    bucket = aws.bucket()
    function = aws.function(
        "import boto3, json\n"
        "def handler(event, context):\n"
        "    boto3.client('s3').put_object(\n"
        f"        Bucket='{bucket}', Key=event['Records'][0]['eventID'], Body=json.dumps(event['Records']))\n"
    )
    name, arn = _stream(aws)
    _send(aws, name, *(f"record {number}" for number in range(25)))
    _map(aws, function, arn, StartingPosition="TRIM_HORIZON", BatchSize=10)
    eventually(lambda: len(aws.keys(bucket)) == 3)
    records = [record for key in aws.keys(bucket) for record in json.loads(aws.get(bucket, key))]
    records.sort(key=lambda record: int(record["kinesis"]["sequenceNumber"]))
    assert [base64.b64decode(record["kinesis"]["data"]).decode() for record in records] == [
        f"record {number}" for number in range(25)
    ]
    first = records[0]
    assert first["eventSource"] == "aws:kinesis"
    assert first["eventSourceARN"] == arn
    assert first["eventID"] == "shardId-000000000000:1"
    assert first["invokeIdentityArn"] == aws.role()
    assert first["awsRegion"] == REGION
    assert first["kinesis"]["partitionKey"] == "0"
    assert abs(first["kinesis"]["approximateArrivalTimestamp"] - time.time()) < 60


def test_latest_begins_with_what_is_sent_after_the_mapping(aws: Aws) -> None:
    bucket = aws.bucket()
    function = aws.function(KEEPER.replace("BUCKET", bucket))
    name, arn = _stream(aws)
    _send(aws, name, "before")
    _map(aws, function, arn, StartingPosition="LATEST")
    _send(aws, name, "after")
    eventually(lambda: aws.keys(bucket))
    assert _kept(aws, bucket) == ["after"]


def test_a_reported_record_is_isolated_retried_and_then_told_to_the_destination(aws: Aws) -> None:
    bucket = aws.bucket()
    url, destination = aws.queue()
    function = aws.function(KEEPER.replace("BUCKET", bucket))
    name, arn = _stream(aws)
    sent = [f"{number:03}" for number in range(40)]
    _send(aws, name, *sent[:20], "poison", *sent[20:])
    _map(
        aws,
        function,
        arn,
        StartingPosition="TRIM_HORIZON",
        BatchSize=100,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": destination}},
    )
    eventually(lambda: len(aws.keys(bucket)) == 40)
    assert _kept(aws, bucket) == sent
    (document,) = eventually(lambda: aws.messages(url))
    assert document["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert document["requestContext"]["approximateInvokeCount"] == 2
    assert document["requestContext"]["functionArn"].endswith(f":function:{function}")
    assert document["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}
    batch = document["KinesisBatchInfo"]
    assert batch["shardId"] == "shardId-000000000000"
    assert (batch["startSequenceNumber"], batch["endSequenceNumber"], batch["batchSize"]) == ("21", "21", 1)
    assert batch["streamArn"] == arn
    assert batch["approximateArrivalOfFirstRecord"].endswith("Z")


def test_without_bisecting_a_failing_batch_is_passed_over_whole(aws: Aws) -> None:
    bucket = aws.bucket()
    url, destination = aws.queue()
    function = aws.function(KEEPER.replace("BUCKET", bucket))
    name, arn = _stream(aws)
    _send(aws, name, "a", "crash", "b", "c", "d")
    _map(
        aws,
        function,
        arn,
        StartingPosition="TRIM_HORIZON",
        BatchSize=3,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": destination}},
    )
    (document,) = eventually(lambda: aws.messages(url))
    assert document["KinesisBatchInfo"]["batchSize"] == 3
    assert document["responseContext"]["functionError"] == "Unhandled"
    eventually(lambda: len(aws.keys(bucket)) == 2)
    assert _kept(aws, bucket) == ["c", "d"]


def test_a_failing_batch_holds_its_shard_until_it_passes(aws: Aws) -> None:
    bucket = aws.bucket()
    function = aws.function(
        "import boto3, botocore\n"
        "s3 = boto3.client('s3')\n"
        "def handler(event, context):\n"
        f"    s3.get_object(Bucket='{bucket}', Key='gate')\n"
        f"    s3.put_object(Bucket='{bucket}', Key=event['Records'][0]['eventID'])\n"
    )
    name, arn = _stream(aws)
    _send(aws, name, "a", "b")
    _map(aws, function, arn, StartingPosition="TRIM_HORIZON", BatchSize=1)
    time.sleep(1)
    assert aws.keys(bucket) == []
    aws.put(bucket, "gate", b"open")
    eventually(lambda: len(aws.keys(bucket)) == 3)


def test_a_disabled_mapping_does_not_poll_and_goes_on_where_it_was(aws: Aws) -> None:
    bucket = aws.bucket()
    function = aws.function(KEEPER.replace("BUCKET", bucket))
    name, arn = _stream(aws)
    mapping = _map(aws, function, arn, StartingPosition="TRIM_HORIZON")
    _send(aws, name, "one")
    eventually(lambda: len(aws.keys(bucket)) == 1)
    aws.client("lambda").update_event_source_mapping(UUID=mapping, Enabled=False)
    time.sleep(1)
    _send(aws, name, "two")
    time.sleep(1)
    assert _kept(aws, bucket) == ["one"]
    aws.client("lambda").update_event_source_mapping(UUID=mapping, Enabled=True)
    eventually(lambda: len(aws.keys(bucket)) == 2)


@pytest.mark.parametrize("delete", ["mapping", "function"])
def test_deleting_the_mapping_or_the_function_stops_its_pollers(aws: Aws, delete: str) -> None:
    bucket = aws.bucket()
    url, arn = aws.queue()
    function = aws.function(TAKER.replace("BUCKET", bucket))
    mapping = _map(aws, function, arn)
    if delete == "mapping":
        aws.client("lambda").delete_event_source_mapping(UUID=mapping)
    else:
        aws.client("lambda").delete_function(FunctionName=function)
    time.sleep(1.2)
    aws.client("sqs").send_message(QueueUrl=url, MessageBody='"left"')
    time.sleep(1)
    assert aws.messages(url) == ["left"]
    assert aws.keys(bucket) == []


def test_thousands_of_records_on_two_shards_all_arrive_once(aws: Aws) -> None:
    bucket = aws.bucket()
    function = aws.function(
        "import base64, boto3\n"
        "s3 = boto3.client('s3')\n"
        "def handler(event, context):\n"
        "    lines = [base64.b64decode(r['kinesis']['data']).decode() for r in event['Records']]\n"
        f"    s3.put_object(Bucket='{bucket}', Key=event['Records'][0]['eventID'], Body='\\n'.join(lines))\n"
    )
    name, arn = _stream(aws, shards=2)
    _map(aws, function, arn, StartingPosition="TRIM_HORIZON", BatchSize=500)
    sent = [f"{number:05}" for number in range(5000)]
    _send(aws, name, *sent)

    def arrived() -> list[str]:
        return sorted(line for key in aws.keys(bucket) for line in aws.get(bucket, key).decode().split("\n"))

    eventually(lambda: len(arrived()) >= 5000, 30)
    assert arrived() == sent


def test_a_queue_empties_into_a_function_with_documented_events(aws: Aws) -> None:
    bucket = aws.bucket()
    url, arn = aws.queue()
    function = aws.function(
        "import boto3, json\n"
        "def handler(event, context):\n"
        "    for record in event['Records']:\n"
        "        boto3.client('s3').put_object(\n"
        f"            Bucket='{bucket}', Key=record['messageId'], Body=json.dumps(record))\n"
    )
    _map(aws, function, arn, BatchSize=5)
    attributes = {"kind": {"DataType": "String", "StringValue": "file"}}
    sent = aws.client("sqs").send_message(QueueUrl=url, MessageBody="hello", MessageAttributes=attributes)
    (key,) = eventually(lambda: aws.keys(bucket))
    record = json.loads(aws.get(bucket, key))
    assert record["messageId"] == sent["MessageId"] == key
    assert record["body"] == "hello"
    assert record["md5OfBody"] == sent["MD5OfMessageBody"]
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == arn
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageAttributes"]["kind"]["stringValue"] == "file"
    eventually(lambda: _left(aws, url) == 0)


def _left(aws: Aws, url: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(value) for value in found.values())


def test_what_fails_stays_in_the_queue_and_ends_in_its_dead_letter_queue(aws: Aws) -> None:
    bucket = aws.bucket()
    dead_url, dead_arn = aws.queue()
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    url, arn = aws.queue(VisibilityTimeout="1", RedrivePolicy=redrive)
    function = aws.function(TAKER.replace("BUCKET", bucket), Timeout=1)
    _map(aws, function, arn, BatchSize=10, FunctionResponseTypes=["ReportBatchItemFailures"])
    bodies = ['"good 1"', '"bad"', '"good 2"']
    entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
    aws.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
    eventually(lambda: len(aws.keys(bucket)) == 2)
    assert eventually(lambda: aws.messages(dead_url)) == ["bad"]
    assert _left(aws, url) == 0


def test_messages_sent_while_others_are_deleted_are_not_lost(aws: Aws) -> None:
    bucket = aws.bucket()
    url, arn = aws.queue()
    function = aws.function(TAKER.replace("BUCKET", bucket))
    _map(aws, function, arn, BatchSize=2)
    for start in range(0, 200, 10):
        entries = [{"Id": str(n), "MessageBody": str(start + n)} for n in range(10)]
        aws.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
    eventually(lambda: len(aws.keys(bucket)) == 200, 30)
    assert sorted(map(int, _kept(aws, bucket))) == list(range(200))


def test_a_mapping_that_aws_refuses_is_refused(aws: Aws) -> None:
    function = aws.function(KEEPER, Timeout=60)
    _, arn = aws.queue(VisibilityTimeout="30")
    with pytest.raises(ClientError, match="Queue visibility timeout: 30 seconds is less than Function timeout: 60"):
        _map(aws, function, arn)
    _, arn = aws.queue(VisibilityTimeout="60")
    with pytest.raises(ClientError, match="Maximum batch window in seconds must be greater than 0"):
        _map(aws, function, arn, BatchSize=100)
    with pytest.raises(ClientError, match="does not evaluate FilterCriteria"):
        _map(aws, function, arn, FilterCriteria={"Filters": [{"Pattern": "{}"}]})
    _map(aws, function, arn)
    with pytest.raises(ClientError, match="ResourceConflictException"):
        _map(aws, function, arn)


NAMES = st.lists(st.text("abc", min_size=1, max_size=3), unique=True, min_size=1, max_size=8)


@given(names=NAMES, data=st.data())
def test_a_stream_batch_is_taken_up_at_its_first_failure(names: list[str], data: st.DataObject) -> None:
    failed = data.draw(st.lists(st.sampled_from(names)))
    answer = json.dumps({"batchItemFailures": [{"itemIdentifier": name} for name in failed]})
    expected = min(map(names.index, failed)) if failed else None
    assert first_failure(answer, names) == expected


@given(names=NAMES, data=st.data())
def test_a_queue_keeps_exactly_the_messages_that_failed(names: list[str], data: st.DataObject) -> None:
    failed = data.draw(st.lists(st.sampled_from(names)))
    answer = json.dumps({"batchItemFailures": [{"itemIdentifier": name} for name in failed]})
    assert failed_messages(answer, names) == set(failed)


@pytest.mark.parametrize("failures", [[{"itemIdentifier": "strange"}], [{"itemIdentifier": ""}], [{"id": "a"}]])
def test_a_report_that_names_no_record_fails_the_whole_batch(failures: list[dict[str, str]]) -> None:
    answer = json.dumps({"batchItemFailures": failures})
    assert first_failure(answer, ["a", "b"]) == 0
    assert failed_messages(answer, ["a", "b"]) == {"a", "b"}


@pytest.mark.parametrize("answer", ["null", "{}", '"text"', '{"batchItemFailures": null}', '{"batchItemFailures": []}'])
def test_an_answer_without_failures_is_success(answer: str) -> None:
    assert first_failure(answer, ["a"]) is None
    assert failed_messages(answer, ["a"]) == set()
