import json
from typing import Any, get_args

import pytest

from components.keys import KeyName, key_statements, topic_arn
from components.names import Names
from tests.components import parts
from tests.components.mock_engine import ACCOUNT, NAMES, deploy

KEYS = get_args(KeyName)


def test_every_key_rotates_and_has_an_alias() -> None:
    made = deploy(parts.keys)
    assert {each.name for each in made.of("kms/key:Key")} == {f"keys-{key}" for key in KEYS}
    assert all(each.inputs["enableKeyRotation"] for each in made.of("kms/key:Key"))
    assert {each.inputs["name"] for each in made.of("kms/alias:Alias")} == {
        f"alias/medallion-dev-{key}" for key in KEYS
    }


def test_a_key_of_a_protected_stack_can_not_be_destroyed() -> None:
    assert all(each.protect for each in deploy(lambda: parts.keys(keep=True)).of("kms/key:Key"))
    assert not any(each.protect for each in deploy(parts.keys).of("kms/key:Key"))


def test_only_named_services_get_a_key_without_a_policy_of_their_own() -> None:
    services = {key: {each["Principal"]["Service"] for each in key_statements(key, NAMES)[1:]} for key in KEYS}
    assert services.pop("landing") == {"s3.amazonaws.com", "events.amazonaws.com"}
    assert services.pop("end-use") == {"events.amazonaws.com"}
    assert services.pop("logs") == {
        "budgets.amazonaws.com",
        "cloudtrail.amazonaws.com",
        "cloudwatch.amazonaws.com",
        "events.amazonaws.com",
        "logs.eu-west-1.amazonaws.com",
    }
    assert not any(services.values())


@pytest.mark.parametrize("stack", ["dev", "local", "prod"])
@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_the_accounts_and_of_services_that_act_for_what_is_ours(key: KeyName, stack: str) -> None:
    names = Names(project="medallion", stack=stack, account=ACCOUNT, region="eu-west-1")
    owner, *others = key_statements(key, names)
    assert owner["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    for each in others:
        assert set(each["Principal"]) == {"Service"}, "a key is given to services alone; roles are given it themselves"
        assert '"*"' not in json.dumps(each["Principal"])
        assert bounds(each), f"{each['Sid']} admits a service whoever it acts for"
        assert ACCOUNT in json.dumps(each["Condition"])
        assert not {"kms:*", "kms:CreateGrant"} & set(each["Action"])


def bounds(statement: dict[str, Any]) -> set[str]:
    """The condition keys of a statement that say for what or through whom a key is used."""
    given = {key for each in statement["Condition"].values() for key in each}
    sources = {"aws:SourceAccount", "aws:SourceArn", "kms:ViaService", "kms:CallerAccount"}
    return {key for key in given if key in sources or key.startswith("kms:EncryptionContext:")}


def test_a_rule_gives_no_source_for_an_encrypted_topic_so_its_use_is_bound_to_the_topic() -> None:
    (told,) = [each for each in key_statements("logs", NAMES) if each["Sid"] == "TellOfEvents"]
    assert told["Condition"] == {"ArnEquals": {"kms:EncryptionContext:aws:sns:topicArn": topic_arn(NAMES)}}


def test_the_trail_may_use_the_bucket_key_of_the_audit_bucket() -> None:
    statements = {each["Sid"]: each for each in key_statements("logs", NAMES)}
    assert statements["DecryptBucketKey"]["Action"] == "kms:Decrypt"
    assert "aws:SourceArn" in bounds(statements["DecryptBucketKey"])


def test_no_key_policy_asks_for_an_endpoint_since_s3_calls_kms_itself() -> None:
    made = deploy(parts.keys)
    assert not any("SourceVpce" in each.inputs["policy"] for each in made.of("kms/key:Key"))
