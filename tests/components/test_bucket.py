from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.bucket import Bucket, BucketArgs, ObjectLock, cold_steps, lifecycle_rules
from components.iam import allow
from tests.components.mock_engine import NAMES, Recording, deploy
from tests.components.parts import KEY, PERIMETER

ENCRYPTION = "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"


def bucket(**changes: Any) -> Recording:
    args: dict[str, Any] = {
        "names": NAMES,
        "layer": "landing",
        "key_arn": KEY,
        "access_logs": "logs-bucket",
        "perimeter": PERIMETER,
        "superseded_days": 7,
        "keep": False,
    }
    return deploy(lambda: Bucket("landing", BucketArgs(**(args | changes))))


def test_a_bucket_has_all_that_every_layer_asks_of_it() -> None:
    made = bucket()
    assert {each.type.rpartition(":")[2] for each in made.registrations} == {
        "Bucket",
        "BucketLifecycleConfiguration",
        "BucketLogging",
        "BucketOwnershipControls",
        "BucketPolicy",
        "BucketPublicAccessBlock",
        "BucketServerSideEncryptionConfiguration",
        "BucketVersioning",
    }
    assert made.one("s3/bucket:Bucket").inputs["bucket"] == "medallion-dev-landing-123456789012-eu-west-1"
    assert made.one("BucketVersioning").inputs["versioningConfiguration"] == {"status": "Enabled"}
    assert made.one("BucketOwnershipControls").inputs["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
    block = made.one("BucketPublicAccessBlock").inputs
    closed = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    assert all(block[each] for each in closed)


def test_a_bucket_is_encrypted_with_our_key_asked_for_once_a_bucket() -> None:
    (rule,) = bucket().one(ENCRYPTION).inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}
    assert rule["bucketKeyEnabled"] is True


def test_a_bucket_without_key_is_encrypted_by_s3() -> None:
    (rule,) = bucket(key_arn=None).one(ENCRYPTION).inputs["rules"]
    assert rule == {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}


def test_the_store_of_access_logs_does_not_log_itself() -> None:
    assert not bucket(access_logs=None).of("BucketLogging")
    assert bucket().one("BucketLogging").inputs["targetBucket"] == "logs-bucket"


@pytest.mark.parametrize("keep", [True, False])
def test_only_the_data_of_a_protected_stack_is_kept(keep: bool) -> None:
    made = bucket(keep=keep).one("s3/bucket:Bucket")
    assert made.protect is keep
    assert made.inputs["forceDestroy"] is not keep


def test_a_locked_bucket_is_created_as_one_and_locks_what_comes_in() -> None:
    made = bucket(object_lock=ObjectLock(mode="COMPLIANCE", days=30))
    assert made.one("s3/bucket:Bucket").inputs["objectLockEnabled"] is True
    rule = made.one("BucketObjectLockConfiguration").inputs["rule"]
    assert rule == {"defaultRetention": {"mode": "COMPLIANCE", "days": 30}}


def test_an_ordinary_bucket_locks_nothing() -> None:
    made = bucket()
    assert made.one("s3/bucket:Bucket").inputs["objectLockEnabled"] is False
    assert not made.of("BucketObjectLockConfiguration")


def test_the_policy_denies_first_and_admits_what_it_is_told_to() -> None:
    statements = bucket(statements=[allow("More", ["s3:PutObject"], ["x"])]).document("BucketPolicy", "landing")
    assert [(each["Effect"], each["Sid"]) for each in statements] == [
        ("Deny", "OnlyEncryptedTransport"),
        ("Deny", "OnlyThroughOurEndpoints"),
        ("Deny", "OnlyServicesActingForUs"),
        ("Allow", "More"),
    ]


@given(st.integers(30, 36500))
def test_objects_go_cold_in_steps_that_s3_takes(days: int) -> None:
    steps = cold_steps(days)
    assert steps["STANDARD_IA"] >= 30, "S3 moves nothing there before"
    assert steps["GLACIER_IR"] - steps["STANDARD_IA"] >= 30, "nor on from there"


def test_a_prefix_goes_cold_by_itself() -> None:
    cooling, _ = lifecycle_rules({}, 7, {"raw/": 40})
    assert cooling.get("filter") == {"prefix": "raw/"}
    assert cooling.get("transitions") == [
        {"days": 40, "storage_class": "STANDARD_IA"},
        {"days": 120, "storage_class": "GLACIER_IR"},
    ]


def test_what_is_kept_for_its_days_is_gone_after_them_with_its_old_versions() -> None:
    going, _ = lifecycle_rules({}, 7, kept_days={"raw/trips/": 400})
    assert going.get("filter") == {"prefix": "raw/trips/"}
    assert going.get("expiration") == {"days": 400}
    assert going.get("noncurrent_version_expiration") == {"noncurrent_days": 1}


def test_nothing_goes_cold_unless_a_layer_asks_for_it() -> None:
    assert [rule["id"] for rule in lifecycle_rules({}, 7)] == ["tidy"]


@given(st.dictionaries(st.from_regex(r"([a-z_]{1,9}/){0,3}", fullmatch=True), st.integers(1, 3650), max_size=5))
def test_every_prefix_has_its_rule_and_old_versions_always_go(expire_days: dict[str, int]) -> None:
    *expiring, tidying = lifecycle_rules(expire_days, 7)
    found = {}
    for rule in expiring:
        prefix = rule.get("filter")
        days = rule.get("expiration")
        assert isinstance(prefix, dict)
        assert isinstance(days, dict)
        found[prefix["prefix"]] = days["days"]
    assert found == expire_days
    assert tidying.get("noncurrent_version_expiration") == {"noncurrent_days": 7}
    ids = [rule["id"] for rule in (*expiring, tidying)]
    assert len(set(map(str, ids))) == len(ids), "S3 refuses two rules of one id"
