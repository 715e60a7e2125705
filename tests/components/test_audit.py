from typing import Any

import pytest

from components.audit import BALANCER_LOGS, WATCHED, Audit, AuditArgs
from components.keys import trail_arn
from tests.components.mock_engine import ACCOUNT, NAMES, Recording, deploy
from tests.components.parts import KEY, PERIMETER, RETENTION


@pytest.fixture(scope="module")
def made() -> Recording:
    args = AuditArgs(
        names=NAMES, key_arn=KEY, perimeter=PERIMETER, lock_mode="COMPLIANCE", retention=RETENTION, keep=True
    )
    return deploy(lambda: Audit("audit", args))


def test_the_trail_covers_all_regions_is_encrypted_and_tells_tampering(made: Recording) -> None:
    inputs = made.one("Trail").inputs
    assert inputs["isMultiRegionTrail"] is True
    assert inputs["enableLogFileValidation"] is True
    assert inputs["kmsKeyId"] == KEY
    assert inputs["s3BucketName"] == NAMES.bucket("audit")
    assert inputs["cloudWatchLogsGroupArn"].endswith(":*")


def selected(made: Recording, name: str) -> dict[str, Any]:
    (found,) = [each for each in made.one("Trail").inputs["advancedEventSelectors"] if each["name"] == name]
    return {each["field"]: each for each in found["fieldSelectors"]}


def test_the_trail_records_all_management_and_every_object_call_to_the_lake(made: Recording) -> None:
    assert selected(made, "Management") == {"eventCategory": {"field": "eventCategory", "equals": ["Management"]}}
    objects = selected(made, "Objects of the lake")
    assert objects["resources.type"]["equals"] == ["AWS::S3::Object"]
    assert objects["resources.ARN"]["startsWiths"] == [f"{NAMES.bucket_arn(layer)}/" for layer in WATCHED]


def test_the_trail_records_every_call_of_our_functions(made: Recording) -> None:
    functions = selected(made, "Functions")
    assert functions["resources.type"]["equals"] == ["AWS::Lambda::Function"]
    assert functions["resources.ARN"]["startsWiths"] == [f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:medallion-dev-"]


def test_who_reads_or_deletes_the_records_is_recorded_but_not_their_delivery(made: Recording) -> None:
    records = selected(made, "Records of the trail")
    assert records["resources.ARN"]["startsWiths"] == [f"{NAMES.bucket_arn('audit')}/"]
    assert records["eventName"]["notEquals"] == ["PutObject"]


def test_the_trail_is_kept_in_a_locked_bucket_with_our_key(made: Recording) -> None:
    lock = made.one("BucketObjectLockConfiguration")
    assert lock.inputs["bucket"] == NAMES.bucket("audit")
    assert lock.inputs["rule"]["defaultRetention"] == {"mode": "COMPLIANCE", "days": 90}


def test_access_logs_go_where_s3_can_deliver_them(made: Recording) -> None:
    (rule,) = made.one("ServerSideEncryptionConfiguration", "audit-access-logs").inputs["rules"]
    assert rule == {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}
    assert made.one("BucketLogging").inputs["targetBucket"] == NAMES.bucket("access-logs")


def test_only_our_trail_and_our_buckets_deliver(made: Recording) -> None:
    trail = [each for each in made.document("BucketPolicy", "audit") if each["Effect"] == "Allow"]
    assert {each["Condition"]["StringEquals"]["aws:SourceArn"] for each in trail} == {trail_arn(NAMES)}
    allowed = [each for each in made.document("BucketPolicy", "audit-access-logs") if each["Effect"] == "Allow"]
    logs = {each["Principal"]["Service"]: each for each in allowed}
    assert set(logs) == {"logging.s3.amazonaws.com", "logdelivery.elasticloadbalancing.amazonaws.com"}
    buckets, balancers = logs.values()
    assert buckets["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
    assert balancers["Resource"].endswith(f"/{BALANCER_LOGS}/AWSLogs/{ACCOUNT}/*")
    assert "Condition" not in balancers, "AWS documents none, and a key that isn't sent refuses"
