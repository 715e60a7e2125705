from typing import Any, Literal

import pytest

from components.names import Names
from components.users import Users, UsersArgs, UsersError, login_prefix
from settings import Access
from tests.components import parts
from tests.components.mock_engine import ACCOUNT, NAMES, Recording, deploy


def made(second_factor: Literal["required", "optional"] = "required", **changes: Any) -> Recording:
    def program() -> None:
        Users("users", UsersArgs(platform=parts.platform(**changes), access=Access(second_factor=second_factor)))

    return deploy(program)


def test_only_administrators_make_users_who_have_long_passwords_and_a_second_factor() -> None:
    pool = made().one("UserPool").inputs
    assert pool["adminCreateUserConfig"]["allowAdminCreateUserOnly"] is True
    assert pool["passwordPolicy"]["minimumLength"] >= 14
    assert pool["mfaConfiguration"] == "ON"
    assert pool["softwareTokenMfaConfiguration"] == {"enabled": True}


def test_the_second_factor_may_be_left_to_the_user() -> None:
    assert made("optional").one("UserPool").inputs["mfaConfiguration"] == "OPTIONAL"


def test_users_are_kept_where_data_are() -> None:
    assert made().one("UserPool").inputs["deletionProtection"] == "INACTIVE"
    kept = made(keep=True).one("UserPool")
    assert kept.inputs["deletionProtection"] == "ACTIVE"
    assert kept.protect


def test_apps_keep_no_secret_and_never_see_a_password() -> None:
    client = made().one("UserPoolClient").inputs
    assert client["generateSecret"] is False
    assert set(client["explicitAuthFlows"]) == {"ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}
    assert client["preventUserExistenceErrors"] == "ENABLED"


def test_the_sign_in_page_has_an_address_that_nobody_else_has() -> None:
    assert login_prefix(NAMES) == f"medallion-dev-{ACCOUNT}"
    names = Names(project="medallion", stack="aws-test", account=ACCOUNT, region="eu-west-1")
    with pytest.raises(UsersError, match="it must not have aws in it"):
        login_prefix(names)
