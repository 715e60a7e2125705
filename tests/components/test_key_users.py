"""Each role of the whole program against the policies of the keys that it uses."""

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, get_args

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from components.key_users import Use
from components.portal_access import ENVIRONMENT_ROLES
from tests.components.mock_engine import ACCOUNT, REGION, Recording
from tests.components.parts import BUILDER
from tests.components.test_program import configured, described, whole

SWITCHED_OFF: Mapping[str, Mapping[str, Any]] = {
    "account": {"catalog_encryption": "leave", "quicksight_key": "leave"},
    "athena": {"connector": False},
    "exchange": {"publish": False},
    "portal": {"enabled": False},
    "quicksight": {"enabled": False},
}
CASES = ("dev", "local", "prod", "all that can be off")
ACTIONS: Mapping[Use, tuple[str, ...]] = {
    "reads": ("kms:Decrypt",),
    "writes": ("kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptTo"),
    "grants": ("kms:CreateGrant",),
}
"""By any of which a principal uses a key so."""

ROLE = f"arn:aws:iam::{ACCOUNT}:role/"
OUTSIDERS = {BUILDER, ROLE + ENVIRONMENT_ROLES}


@cache
def deployed(case: str) -> Recording:
    if case in ("dev", "local", "prod"):
        return whole(case)[0]
    config = configured("dev")
    changed = {
        f"medallion:{section}": {**config.get(f"medallion:{section}", {}), **values}
        for section, values in SWITCHED_OFF.items()
    }
    return described({**config, **changed})[0]


@pytest.mark.parametrize("case", CASES)
def test_the_policy_of_a_key_names_the_roles_whose_own_policies_use_it_and_no_other(case: str) -> None:
    by_roles, by_keys = asked(deployed(case)), given(deployed(case))
    assert by_roles
    lacking = [line(*each) for each in sorted(by_roles - by_keys)]
    idle = [line(*each) for each in sorted(by_keys - by_roles)]
    assert not lacking, "not let by the key, so that its calls would be refused; write in components/key_users.py\n" + (
        "\n".join(lacking)
    )
    assert not idle, "let by the key, and not by a policy of its own; drop from components/key_users.py\n" + (
        "\n".join(idle)
    )


@pytest.mark.parametrize("case", CASES)
def test_whomever_a_key_names_is_a_role_of_the_program_or_known_from_outside(case: str) -> None:
    made = deployed(case)
    roles = {ROLE + each.inputs["name"] for each in made.of("iam/role:Role")}
    strangers = {arn for key in keys(made) for arn, _ in named(made, key)} - roles - OUTSIDERS
    assert not strangers


def test_a_role_with_rights_on_a_key_that_does_not_name_it_is_found() -> None:
    by_roles, by_keys = asked(deployed("dev")), given(deployed("dev"))
    forgotten = ("connector", "writes", "integrated")
    assert forgotten in by_roles & by_keys
    assert line(*forgotten) == '    User(role="connector", writes=("integrated",)),'
    assert ("portal-provisioning", "writes", "portal") in by_roles, "what AWS's own policies allow is seen too"


def line(role: str, use: Use, key: str) -> str:
    """What to write for a use that is lacking."""
    return f'    User(role="{role}", {use}=("{key}",)),'


def asked(made: Recording) -> set[tuple[str, Use, str]]:
    """Role, use and key, as the policies of the roles have them. Who writes, reads: it isn't told apart."""
    found = {
        (role.removeprefix("medallion-dev-"), use, key)
        for role, statement in identity_statements(made)
        for key in keys(made)
        if covers(statement, keys(made)[key])
        for use in uses(statement)
    }
    return {each for each in found if each[1] != "reads" or (each[0], "writes", each[2]) not in found}


def given(made: Recording) -> set[tuple[str, Use, str]]:
    """The same as the policies of the keys have it, of the program's own roles."""
    found = {
        (arn.removeprefix(f"{ROLE}medallion-dev-"), use, key)
        for key in keys(made)
        for arn, use in named(made, key)
        if arn not in OUTSIDERS
    }
    return {each for each in found if each[1] != "reads" or (each[0], "writes", each[2]) not in found}


def keys(made: Recording) -> dict[str, dict[str, Any]]:
    """ARN and tags of each key."""
    ids = {each.name: each.inputs["targetKeyId"] for each in made.of("kms/alias:Alias")}
    return {
        each.name.removeprefix("keys-"): {
            "arn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{ids[each.name]}",
            "tags": each.inputs["tags"],
        }
        for each in made.of("kms/key:Key")
    }


def named(made: Recording, key: str) -> Iterator[tuple[str, Use]]:
    for statement in made.document("kms/key:Key", f"keys-{key}"):
        for arn in statement.get("Condition", {}).get("ArnLike", {}).get("aws:PrincipalArn", ()):
            for use in uses(statement):
                yield arn, use


def identity_statements(made: Recording) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement that allows something, with the name of the role; of AWS's own policies as moto has them."""
    managed = json.loads(aws_managed_policies_data)
    documents = [
        (each.inputs["role"], json.loads(each.inputs["policy"])) for each in made.of("iam/rolePolicy:RolePolicy")
    ] + [
        (each.inputs["role"], managed[each.inputs["policyArn"].rpartition("/")[2]]["Document"])
        for each in made.of("iam/rolePolicyAttachment:RolePolicyAttachment")
    ]
    for role, document in documents:
        for statement in listed(document["Statement"]):
            if statement["Effect"] == "Allow":
                yield role, statement


def uses(statement: Mapping[str, Any]) -> list[Use]:
    patterns = listed(statement.get("Action", ()))
    return [
        use
        for use in get_args(Use)
        if any(fnmatchcase(action, pattern) for action in ACTIONS[use] for pattern in patterns)
    ]


def covers(statement: Mapping[str, Any], key: Mapping[str, Any]) -> bool:
    """Whether a statement is about this key: by its ARN, and by its tags where a condition asks for some."""
    return any(fnmatchcase(key["arn"], pattern) for pattern in listed(statement.get("Resource", ()))) and all(
        tagged_so(operator, asked_for.partition("/")[2], listed(values), key["tags"])
        for operator, conditions in statement.get("Condition", {}).items()
        for asked_for, values in conditions.items()
        if asked_for.startswith("aws:ResourceTag/")
    )


def tagged_so(operator: str, tag: str, values: list[Any], tags: Mapping[str, str]) -> bool:
    match operator:
        case "Null":
            return (tag not in tags) is (str(values[0]).lower() == "true")
        case "StringEquals":
            return tags.get(tag) in values
    raise AssertionError(f"{operator} on the tag {tag} of a key can't be judged here yet")


def listed(value: Any) -> list[Any]:
    return [value] if isinstance(value, str | dict) else list(value)
