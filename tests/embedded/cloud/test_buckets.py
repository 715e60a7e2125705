"""S3: notifications, policies with conditions, Object Lock."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.s3.utils import _VersionedKeyStore

from embedded.cloud.bucket_policy import Truth, holds
from embedded.cloud.patches import install
from tests.embedded.cloud.clients import Aws, eventually


def _deny(bucket: str, conditions: dict[str, Any], action: str = "s3:*", principal: Any = "*") -> str:
    statement = {
        "Effect": "Deny",
        "Principal": principal,
        "Action": action,
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": conditions,
    }
    if not conditions:
        del statement["Condition"]
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _notified(aws: Aws, bucket: str, **options: Any) -> str:
    url, arn = aws.queue()
    configuration = {"QueueArn": arn, "Events": ["s3:ObjectCreated:*"], **options}
    aws.client("s3").put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [configuration]}
    )
    (test,) = aws.messages(url)
    assert test["Event"] == "s3:TestEvent"
    assert test["Bucket"] == bucket
    return url


def test_a_notification_has_the_documented_shape(aws: Aws) -> None:
    bucket = aws.bucket(versioned=True)
    url = _notified(aws, bucket, Id="to the queue")
    put = aws.put(bucket, "drop/flights/2013-01-01 (a+b)=ä.csv", b"12345")
    (message,) = eventually(lambda: aws.messages(url))
    (record,) = message["Records"]
    assert record["eventName"] == "ObjectCreated:Put"
    assert record["eventSource"] == "aws:s3"
    assert record["eventVersion"] == "2.1"
    assert record["eventTime"].endswith("Z")
    assert record["s3"]["configurationId"] == "to the queue"
    assert record["s3"]["bucket"]["name"] == bucket
    assert record["s3"]["bucket"]["arn"] == f"arn:aws:s3:::{bucket}"
    item = record["s3"]["object"]
    assert item["key"] == "drop/flights/2013-01-01+%28a%2Bb%29%3D%C3%A4.csv"
    assert item["size"] == 5
    assert item["eTag"] == put["ETag"].strip('"')
    assert item["versionId"] == put["VersionId"]
    assert item["sequencer"]


def test_a_notification_is_filtered_by_prefix_and_suffix(aws: Aws) -> None:
    bucket = aws.bucket()
    rules = [{"Name": "prefix", "Value": "drop/"}, {"Name": "suffix", "Value": ".csv"}]
    url = _notified(aws, bucket, Filter={"Key": {"FilterRules": rules}})
    for key in ("drop/a.txt", "other/a.csv", "drop/a.csv"):
        aws.put(bucket, key, b"x")
    messages = aws.messages(url)
    assert [message["Records"][0]["s3"]["object"]["key"] for message in messages] == ["drop/a.csv"]
    assert "versionId" not in messages[0]["Records"][0]["s3"]["object"]


def test_an_object_sent_in_parts_is_announced_once(aws: Aws) -> None:
    bucket = aws.bucket()
    url = _notified(aws, bucket)
    s3 = aws.client("s3")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="big")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="big", UploadId=upload, PartNumber=1, Body=b"part")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(Bucket=bucket, Key="big", UploadId=upload, MultipartUpload=parts)
    events = [message["Records"][0]["eventName"] for message in aws.messages(url)]
    assert events == ["ObjectCreated:CompleteMultipartUpload"]


def test_a_notification_invokes_a_function(aws: Aws) -> None:
    bucket, kept = aws.bucket(), aws.bucket()
    name = aws.function(
        "import boto3, json\n"
        "def handler(event, context):\n"
        f"    boto3.client('s3').put_object(Bucket='{kept}', Key='event', Body=json.dumps(event))\n"
    )
    arn = aws.client("lambda").get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    configuration = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:Put"]}
    aws.client("s3").put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [configuration]}
    )
    aws.put(bucket, "file", b"x")
    eventually(lambda: aws.keys(kept))
    assert json.loads(aws.get(kept, "event"))["Records"][0]["s3"]["object"]["key"] == "file"


PERIMETER = {
    "StringNotEqualsIfExists": {"aws:SourceVpce": "vpce-1"},
    "BoolIfExists": {"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"},
    "ArnNotLikeIfExists": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/deployer"},
}


@pytest.mark.parametrize(
    ("conditions", "principal", "blocked"),
    [
        ({"Bool": {"aws:SecureTransport": "false"}}, "*", False),
        ({"NumericLessThan": {"s3:TlsVersion": "1.2"}}, {"AWS": "*"}, False),
        (PERIMETER, "*", False),
        ({}, {"AWS": "arn:aws:iam::123456789012:role/somebody"}, False),
        ({}, "*", True),
        ({"Bool": {"aws:SecureTransport": "true"}}, "*", True),
        ({"StringNotEquals": {"aws:PrincipalAccount": "111111111111"}}, "*", True),
    ],
)
def test_a_deny_holds_where_its_conditions_surely_do(
    aws: Aws, conditions: dict[str, Any], principal: Any, blocked: bool
) -> None:
    bucket = aws.bucket()
    aws.put(bucket, "old", b"x")
    aws.client("s3").put_bucket_policy(Bucket=bucket, Policy=_deny(bucket, conditions, principal=principal))
    if blocked:
        with pytest.raises(ClientError, match="403"):
            aws.put(bucket, "new", b"x")
        with pytest.raises(ClientError, match="403"):
            aws.get(bucket, "old")
    else:
        aws.put(bucket, "new", b"x")
        assert aws.get(bucket, "old") == b"x"


def test_a_deny_of_unencrypted_puts_looks_at_the_requests_headers(aws: Aws) -> None:
    bucket = aws.bucket()
    conditions = {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}
    aws.client("s3").put_bucket_policy(Bucket=bucket, Policy=_deny(bucket, conditions, "s3:PutObject"))
    with pytest.raises(ClientError, match="403"):
        aws.put(bucket, "plain", b"x")
    aws.put(bucket, "sealed", b"x", ServerSideEncryption="aws:kms")
    assert aws.keys(bucket) == ["sealed"]


@pytest.mark.parametrize(
    ("conditions", "truth"),
    [
        ({}, Truth.YES),
        ({"Bool": {"aws:SecureTransport": True}}, Truth.YES),
        ({"Bool": {"aws:SecureTransport": False}}, Truth.NO),
        ({"ArnLike": {"aws:PrincipalArn": "*"}}, Truth.UNKNOWN),
        ({"Bool": {"aws:SecureTransport": False}, "ArnLike": {"aws:PrincipalArn": "*"}}, Truth.NO),
        ({"Bool": {"aws:SecureTransport": True}, "ArnLike": {"aws:PrincipalArn": "*"}}, Truth.UNKNOWN),
        ({"Null": {"s3:x-amz-acl": "true"}}, Truth.YES),
        ({"Null": {"s3:x-amz-acl": "false"}}, Truth.NO),
        ({"StringEquals": {"s3:x-amz-acl": "private"}}, Truth.NO),
        ({"StringEqualsIfExists": {"s3:x-amz-acl": "private"}}, Truth.YES),
        ({"StringLike": {"aws:PrincipalAccount": ["9*", "1234*"]}}, Truth.YES),
        ({"StringNotLike": {"aws:PrincipalAccount": ["9*", "1234*"]}}, Truth.NO),
        ({"ForAnyValue:StringEquals": {"aws:PrincipalAccount": "1"}}, Truth.UNKNOWN),
    ],
)
def test_conditions_hold_fail_or_are_not_known(conditions: dict[str, Any], truth: Truth) -> None:
    assert holds(conditions, {}) is truth


def _lock(aws: Aws, bucket: str) -> None:
    aws.client("s3").put_object_lock_configuration(
        Bucket=bucket,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}},
        },
    )


def test_a_locked_version_can_not_be_deleted_but_a_plain_delete_adds_a_marker(aws: Aws) -> None:
    bucket = aws.bucket(locked=True)
    _lock(aws, bucket)
    s3 = aws.client("s3")
    version = aws.put(bucket, "raw", b"x")["VersionId"]
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket=bucket, Key="raw", VersionId=version)
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "raw", "VersionId": version}]})
    assert answer["Errors"][0]["Code"] == "AccessDenied"
    assert s3.delete_object(Bucket=bucket, Key="raw")["DeleteMarker"] is True
    assert s3.get_object(Bucket=bucket, Key="raw", VersionId=version)["Body"].read() == b"x"


def test_default_retention_reaches_objects_however_they_come(aws: Aws) -> None:
    bucket = aws.bucket(locked=True)
    aws.put(bucket, "before", b"x")
    # AWS has allowed this on a bucket that holds objects since 2023.
    _lock(aws, bucket)
    s3 = aws.client("s3")
    aws.put(bucket, "put", b"x")
    s3.copy_object(Bucket=bucket, Key="copied", CopySource={"Bucket": bucket, "Key": "before"})
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="parts", UploadId=upload, PartNumber=1, Body=b"part")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(Bucket=bucket, Key="parts", UploadId=upload, MultipartUpload=parts)
    for key in ("put", "copied", "parts"):
        assert s3.head_object(Bucket=bucket, Key=key)["ObjectLockMode"] == "COMPLIANCE", key
    assert "ObjectLockMode" not in s3.head_object(Bucket=bucket, Key="before")


def test_a_lifecycle_is_read_back_as_it_was_put(aws: Aws) -> None:
    bucket = aws.bucket(versioned=True)
    rules = [
        {
            "ID": "old versions",
            "Status": "Enabled",
            "Filter": {"And": {"Prefix": "raw/", "ObjectSizeGreaterThan": 100}},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 30, "NewerNoncurrentVersions": 2},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        },
        {
            "ID": "tiering",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 90, "StorageClass": "GLACIER"}],
        },
    ]
    s3 = aws.client("s3")
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == rules
    s3.delete_bucket_lifecycle(Bucket=bucket)
    with pytest.raises(ClientError, match="NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)


def test_deleting_an_unknown_configuration_does_not_delete_the_bucket(aws: Aws) -> None:
    bucket = aws.bucket()
    with pytest.raises(ClientError, match="not implemented"):
        aws.client("s3").delete_bucket_metrics_configuration(Bucket=bucket, Id="all")
    aws.client("s3").head_bucket(Bucket=bucket)
    aws.client("s3").delete_bucket(Bucket=bucket)


def test_an_unknown_configuration_is_refused_by_name_and_is_neither_a_new_bucket_nor_a_listing(aws: Aws) -> None:
    bucket = aws.bucket()
    with pytest.raises(ClientError, match="PUT of a bucket's id, metrics is not implemented"):
        aws.client("s3").put_bucket_metrics_configuration(Bucket=bucket, Id="all", MetricsConfiguration={"Id": "all"})
    with pytest.raises(ClientError, match="GET of a bucket's metrics is not implemented"):
        aws.client("s3").list_bucket_metrics_configurations(Bucket=bucket)


@pytest.mark.parametrize("walk", ["items", "iteritems", "values", "itervalues", "lists", "iterlists"])
def test_a_listing_lives_through_deletions_under_way(walk: str) -> None:
    install()
    store = _VersionedKeyStore()
    store["kept"], store["deleted"] = "one", "two"
    listing = iter(getattr(store, walk)())
    found = [next(listing)]
    dict.pop(store, "deleted")
    found += listing
    assert (
        found
        == {
            "items": [("kept", "one"), ("deleted", "two")],
            "values": ["one", "two"],
            "lists": [("kept", ["one"]), ("deleted", ["two"])],
        }[walk.removeprefix("iter")]
    )
