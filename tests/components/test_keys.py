from typing import get_args

from components.keys import KeyName
from tests.components import parts
from tests.components.mock_engine import ACCOUNT, deploy

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


def test_only_named_services_of_this_account_get_a_key_without_a_policy_of_their_own() -> None:
    made = deploy(parts.keys)
    services = {}
    for key in KEYS:
        owner, *others = made.document("kms/key:Key", f"keys-{key}")
        assert owner["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        assert all(each["Condition"] for each in others), f"{key} admits a service for any account"
        services[key] = {each["Principal"]["Service"] for each in others}
    assert services.pop("landing") == {"s3.amazonaws.com"}
    assert services.pop("logs") == {"logs.eu-west-1.amazonaws.com", "cloudtrail.amazonaws.com"}
    assert not any(services.values())


def test_no_key_policy_asks_for_an_endpoint_since_s3_calls_kms_itself() -> None:
    made = deploy(parts.keys)
    assert not any("SourceVpce" in each.inputs["policy"] for each in made.of("kms/key:Key"))
