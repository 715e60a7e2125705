"""Each rule against the platform on which it holds, spoiled in one place at a time."""

from __future__ import annotations

import pytest

from policy.exceptions import Waiver, Waivers
from policy.rules import RULES
from tests.policy.court import TODAY, Made, Ruling, ruling
from tests.policy.pieces import ACCOUNT, KEY_ARN, allow, bucket, document, role
from tests.policy.platform import platform
from tests.policy.spoiling import Platform, Spoil
from tests.policy.spoilt_data import DATA
from tests.policy.spoilt_edge import EDGE
from tests.policy.spoilt_reach import REACH

SPOILED = [*DATA, *REACH, *EDGE]

ACCESS_LOGS = Waiver(
    rule="s3-customer-key",
    resource="aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration::access",
    reason="access logs are delivered to SSE-S3 buckets only",
    owner="platform",
    expires=TODAY,
)


def judged(made: Platform) -> Ruling:
    return ruling(made.values(), waivers=Waivers((ACCESS_LOGS,), today=TODAY))


def test_every_rule_holds_on_the_platform_and_has_something_to_judge_there() -> None:
    found = judged(platform())
    assert found.violated.keys() <= {"exceptions-in-force"}, found.violated
    assert not found.undecided
    assert not found.not_applicable


@pytest.mark.parametrize(("rule", "spoil", "text"), SPOILED, ids=[f"{rule}-{text[:40]}" for rule, _, text in SPOILED])
def test_a_platform_spoiled_in_one_place_violates_the_rule_on_that_place(rule: str, spoil: Spoil, text: str) -> None:
    made = platform()
    spoil(made)
    found = judged(made)
    assert rule in found.violated, found.violated
    assert any(text in message for message in found.violated[rule]), found.violated[rule]


def test_each_rule_is_seen_to_be_violated() -> None:
    assert {rule for rule, _, _ in SPOILED} == {rule.id for rule in RULES}


def test_a_message_names_the_rule_the_resource_the_value_the_reason_and_the_line_to_write() -> None:
    made = platform()
    made["stream"].props["kmsKeyId"] = "alias/aws/kinesis"
    (message,) = judged(made).violated["kinesis-customer-key"]
    assert message == (
        '[kinesis-customer-key] Stream "flights": kmsKeyId is "alias/aws/kinesis".\n'
        "  Why: only a customer-managed key has a policy of its own, can be withdrawn, "
        "and shows each use in CloudTrail\n"
        '  Write: encryption_type="KMS", kms_key_id=key.arn'
    )


def test_the_s3_types_of_older_providers_are_judged_alike() -> None:
    made = bucket("old", log_to="access")
    for each in made.values():
        module, _, token = each.type.partition(":")
        path, _, name = token.partition(":")
        each.type = f"{module}:{path}V2:{name}V2"
    assert made["old"].type == "aws:s3/bucketV2:BucketV2"
    made["old-encryption"].props["rules"] = []
    assert "s3-customer-key" in judged(made).violated
    assert "s3-encryption-declared" not in judged(made).violated


def test_keys_that_kms_does_not_rotate_are_not_asked_to() -> None:
    made = {"key": Made("aws:kms/key:Key", "signing", {"customerMasterKeySpec": "RSA_2048", "keyUsage": "SIGN_VERIFY"})}
    assert "kms-rotation" in judged(made).not_applicable


def test_calls_that_aws_makes_on_its_own_side_need_no_endpoint() -> None:
    made = platform()
    del made["mapping"]
    # Without an event source the function itself must be what receives.
    assert "endpoints-closed" in judged(made).violated
    made = platform() | role(
        "function-role", "lambda.amazonaws.com", allow("logs:PutLogEvents", "xray:PutTraceSegments")
    )
    assert "endpoints-closed" not in judged(made).violated


def test_a_key_may_admit_a_service_for_the_accounts_own_log_groups() -> None:
    context = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:*"}}
    made = platform()
    made["key"].props["policy"] = document(
        allow("kms:Decrypt*", Principal={"Service": "logs.eu-west-1.amazonaws.com"}, Condition=context)
    )
    assert "service-principal-bounded" not in judged(made).violated


def test_a_password_is_never_shown() -> None:
    made = platform()
    made["warehouse"].props["masterPassword"] = "hunter2"
    assert not any("hunter2" in message for messages in judged(made).violated.values() for message in messages)


def test_buckets_that_write_it_all_inline_are_taken_at_their_word() -> None:
    made = platform()
    for key in ("lake-encryption", "lake-logging", "lake-versioning"):
        del made[key]
    made["lake"].props |= {
        "logging": {"targetBucket": "access"},
        "versioning": {"enabled": True},
        "serverSideEncryptionConfiguration": {
            "rule": {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY_ARN}}
        },
    }
    assert judged(made).violated.keys() == {"exceptions-in-force"}


def test_a_trail_may_record_all_buckets_by_either_kind_of_selector() -> None:
    data_recorded = [rule for rule in RULES if rule.id == "data-recorded"]
    objects = {"field": "resources.type", "equals": ["AWS::S3::Object"]}
    named = {"field": "resources.ARN", "startsWiths": ["arn:aws:s3:::raw/", "arn:aws:s3:::lake/"]}
    others = {"field": "resources.ARN", "startsWiths": ["arn:aws:s3:::lake/"]}
    for selectors, holds in (
        ({"eventSelectors": [{"dataResources": [{"type": "AWS::S3::Object", "values": ["arn:aws:s3"]}]}]}, True),
        ({"advancedEventSelectors": [{"fieldSelectors": [objects]}]}, True),
        ({"advancedEventSelectors": [{"fieldSelectors": [objects, named]}]}, True),
        ({"advancedEventSelectors": [{"fieldSelectors": [objects, others]}]}, False),
    ):
        made = platform()
        made["trail"].props = {"s3BucketName": "audit", **selectors}
        assert ("data-recorded" not in ruling(made.values(), data_recorded).violated) is holds, selectors


def test_a_stack_of_nothing_that_the_pack_knows_is_judged_by_no_rule() -> None:
    found = ruling([Made("random:index/randomId:RandomId", "id", {})])
    assert not found.violated
    assert {rule.id for rule in RULES} <= found.not_applicable


def test_settings_say_which_buckets_are_raw_and_which_subnets_isolated() -> None:
    made = bucket("theirs", layer="bronze")
    lock = next(rule for rule in RULES if rule.id == "s3-object-lock")
    assert not ruling(made.values(), [lock]).violated
    for config in ({"tag": "medallion:layer", "values": ["bronze"]}, {"names": ["th*"]}):
        assert "s3-object-lock" in ruling(made.values(), [lock], config=config).violated
    assert "s3-object-lock" in ruling(bucket("shop-initial-eu").values(), [lock]).violated


def test_key_arns_and_own_aliases_are_customer_managed_and_aws_aliases_are_not() -> None:
    stream = platform()["stream"]
    for key, ours in (
        (KEY_ARN, True),
        ("alias/data", True),
        ("arn:aws:kms:eu-west-1:1:alias/aws/s3", False),
        ("", False),
    ):
        stream.props["kmsKeyId"] = key
        assert ("kinesis-customer-key" not in ruling([stream]).violated) is ours, key
