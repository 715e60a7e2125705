import json
from fnmatch import fnmatchcase
from typing import Any, get_args

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.keys import ADMINISTERS, KeyName, KeysArgs, key_statements, service_statements, topic_arn
from components.names import Names
from tests.components import parts
from tests.components.mock_engine import ACCOUNT, NAMES, deploy

KEYS: tuple[KeyName, ...] = get_args(KeyName)
POLICY_LIMIT = 32 * 1024
"""Bytes: https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html."""

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
PRODUCER = f"arn:aws:iam::{ACCOUNT}:role/partners/trains"
OF_DATA = [
    *("kms:Decrypt", "kms:Encrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo"),
    *("kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:CreateGrant", "kms:Sign", "kms:Verify"),
]
NEEDED_TO_DEPLOY = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:CreateGrant"]
"""By whoever makes a Redshift cluster, which of all services asks for the most:
https://docs.aws.amazon.com/redshift/latest/mgmt/authorizing-kms-customer-managed-key.html."""


def args(**changes: Any) -> KeysArgs:
    given: dict[str, Any] = {"names": NAMES, "deployers": [parts.BUILDER], "deletion_days": 7, "keep": False}
    return KeysArgs(**(given | changes))


def may(statements: list[dict[str, Any]], principal: str, action: str) -> bool:
    """Whether a key's policy lets a principal of the account do this, if its own policy does."""
    return any(
        statement["Principal"] == {"AWS": ROOT}
        and any(fnmatchcase(action, each) for each in statement["Action"])
        and any(fnmatchcase(principal, each) for each in named(statement, otherwise=["*"]))
        for statement in statements
    )


def named(statement: dict[str, Any], otherwise: list[str]) -> list[str]:
    listed: list[str] = statement.get("Condition", {}).get("ArnLike", {}).get("aws:PrincipalArn", otherwise)
    return listed


def role(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


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


@pytest.mark.parametrize("key", KEYS)
def test_the_policy_of_a_deployed_key_is_the_one_that_the_other_tests_read(key: KeyName) -> None:
    assert deploy(parts.keys).document("kms/key:Key", f"keys-{key}") == key_statements(key, args())


@pytest.mark.parametrize("key", KEYS)
@given(name=st.from_regex(r"[A-Za-z0-9+=,.@-]{1,40}", fullmatch=True))
def test_whoever_is_not_named_may_administer_a_key_and_use_it_for_nothing(key: KeyName, name: str) -> None:
    stranger, statements = role(f"not-ours-{name}"), key_statements(key, args())
    assert may(statements, stranger, "kms:PutKeyPolicy"), "without an administrator a key could never be changed again"
    assert may(statements, stranger, "kms:ScheduleKeyDeletion")
    assert not [action for action in OF_DATA if may(statements, stranger, action)]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    "deployer", [parts.BUILDER, role("ci/deployer"), f"arn:aws:iam::{ACCOUNT}:user/anna", ROOT], ids=str
)
def test_whoever_deploys_may_do_with_every_key_what_the_services_ask_of_it(key: KeyName, deployer: str) -> None:
    statements = key_statements(key, args(deployers=[deployer]))
    assert not [action for action in NEEDED_TO_DEPLOY if not may(statements, deployer, action)]


def test_grants_are_for_services_alone_where_the_services_mark_them_so() -> None:
    for_services = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    for key in KEYS:
        (grants,) = [each for each in key_statements(key, args()) if each["Action"] == ["kms:CreateGrant"]]
        marked = {name: value for name, value in grants["Condition"].items() if name != "ArnLike"}
        assert marked == ({} if key in ("landing", "refined") else for_services), key


def test_a_role_that_reads_a_key_may_not_write_with_it() -> None:
    statements = key_statements("landing", args())
    assert may(statements, NAMES.role_arn("intermediate-conform"), "kms:Decrypt")
    assert not may(statements, NAMES.role_arn("intermediate-conform"), "kms:GenerateDataKey")
    assert may(statements, NAMES.role_arn("landing-stream"), "kms:GenerateDataKey")


def test_a_role_of_another_stack_may_not_use_this_ones_keys() -> None:
    prod = Names(project="medallion", stack="prod", account=ACCOUNT, region="eu-west-1")
    assert not may(key_statements("landing", args()), prod.role_arn("landing-stream"), "kms:Decrypt")


def test_producers_may_encrypt_what_they_bring_and_nothing_else() -> None:
    may_encrypt = [
        key for key in KEYS if may(key_statements(key, args(producers=[PRODUCER])), PRODUCER, "kms:GenerateDataKey")
    ]
    assert may_encrypt == ["landing"]
    assert not may(key_statements("landing", args()), PRODUCER, "kms:GenerateDataKey")


def test_the_portals_environments_may_use_its_key_where_there_is_a_portal() -> None:
    environment = role("datazone_usr_role_4n3j5x6y7z8a9b_dzd12345")
    used = [key for key in KEYS if may(key_statements(key, args()), environment, "kms:GenerateDataKey")]
    assert used == ["portal"]
    assert not may(key_statements("portal", args(has={"portal": False})), environment, "kms:GenerateDataKey")


def test_nobody_is_named_twice_and_whoever_both_deploys_and_produces_once() -> None:
    for key in KEYS:
        for statement in key_statements(key, args(producers=[parts.BUILDER])):
            listed = named(statement, otherwise=[])
            assert len(set(listed)) == len(listed)


@pytest.mark.parametrize("key", KEYS)
def test_a_policy_fits_into_what_kms_takes_with_the_longest_names(key: KeyName) -> None:
    longest = Names(project="medallion", stack="staging-eu", account=ACCOUNT, region="ap-southeast-2")
    # A role's name has up to 64 characters and its path up to 512.
    others = [role(f"{'p' * 100}/{number:064}") for number in range(50)]
    policy = key_statements(key, args(names=longest, deployers=others, producers=others))
    assert len(json.dumps({"Version": "2012-10-17", "Statement": policy})) < POLICY_LIMIT


def test_only_named_services_use_a_key_as_themselves() -> None:
    services = {key: {each["Principal"]["Service"] for each in service_statements(key, NAMES)} for key in KEYS}
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
    services = service_statements(key, names)
    for each in key_statements(key, args(names=names)):
        assert each["Effect"] == "Allow"
        assert each in services or each["Principal"] == {"AWS": ROOT}
    for each in services:
        assert set(each["Principal"]) == {"Service"}
        assert '"*"' not in json.dumps(each["Principal"])
        assert bounds(each), f"{each['Sid']} admits a service whoever it acts for"
        assert ACCOUNT in json.dumps(each["Condition"])
        assert not {"kms:*", "kms:CreateGrant"} & set(each["Action"])


def test_every_operation_of_an_administrator_is_one_of_kms() -> None:
    operations = botocore.session.get_session().get_service_model("kms").operation_names
    assert not set(ADMINISTERS) - set(operations)


def bounds(statement: dict[str, Any]) -> set[str]:
    """The condition keys of a statement that say for what or through whom a key is used."""
    given = {key for each in statement["Condition"].values() for key in each}
    sources = {"aws:SourceAccount", "aws:SourceArn", "kms:ViaService", "kms:CallerAccount"}
    return {key for key in given if key in sources or key.startswith("kms:EncryptionContext:")}


def test_a_rule_gives_no_source_for_an_encrypted_topic_so_its_use_is_bound_to_the_topic() -> None:
    (told,) = [each for each in service_statements("logs", NAMES) if each["Sid"] == "TellOfEvents"]
    assert told["Condition"] == {"ArnEquals": {"kms:EncryptionContext:aws:sns:topicArn": topic_arn(NAMES)}}


def test_the_trail_may_use_the_bucket_key_of_the_audit_bucket() -> None:
    statements = {each["Sid"]: each for each in service_statements("logs", NAMES)}
    assert statements["DecryptBucketKey"]["Action"] == "kms:Decrypt"
    assert "aws:SourceArn" in bounds(statements["DecryptBucketKey"])


def test_no_key_policy_asks_for_an_endpoint_since_s3_calls_kms_itself() -> None:
    made = deploy(parts.keys)
    assert not any("SourceVpce" in each.inputs["policy"] for each in made.of("kms/key:Key"))
