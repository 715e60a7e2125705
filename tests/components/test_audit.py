import pytest

from components.audit import WATCHED, Audit, AuditArgs
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


def test_the_trail_records_every_object_call_to_the_lake_and_all_management(made: Recording) -> None:
    management, objects = made.one("Trail").inputs["advancedEventSelectors"]
    assert management["fieldSelectors"] == [{"field": "eventCategory", "equals": ["Management"]}]
    arns = {each["field"]: each for each in objects["fieldSelectors"]}["resources.ARN"]["startsWiths"]
    assert arns == [f"{NAMES.bucket_arn(layer)}/" for layer in WATCHED]


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
    (logs,) = [each for each in made.document("BucketPolicy", "audit-access-logs") if each["Effect"] == "Allow"]
    assert logs["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert logs["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
