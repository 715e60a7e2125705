import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.perimeter import Perimeter, PerimeterError, denials, deployers
from tests.components.mock_engine import ACCOUNT, resolved

ROLE = f"arn:aws:iam::{ACCOUNT}:role"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role"
NAME = st.from_regex(r"[a-z0-9_+=,.@-][A-Za-z0-9_+=,.@-]{0,30}", fullmatch=True)


def perimeter() -> Perimeter:
    return Perimeter(account=ACCOUNT, endpoint_ids=["vpce-1"], admitted=(f"{ROLE}/builder",))


def test_the_perimeter_is_one_statement_whose_conditions_must_all_be_met() -> None:
    statements = resolved(denials("arn:aws:s3:::b", perimeter()))
    (statement,) = [each for each in statements if "aws:SourceVpce" in str(each)]
    assert statement["Effect"] == "Deny"
    assert statement["Principal"] == "*"
    assert statement["Resource"] == ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]
    assert statement["Condition"] == {
        "StringNotEqualsIfExists": {"aws:SourceVpce": ["vpce-1"]},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"},
        "ArnNotLikeIfExists": {"aws:PrincipalArn": [f"{ROLE}/builder"]},
    }


def test_unencrypted_transport_and_services_acting_for_others_are_denied() -> None:
    statements = {each["Sid"]: each for each in resolved(denials("arn:aws:s3:::b", perimeter()))}
    assert statements["OnlyEncryptedTransport"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    condition = statements["OnlyServicesActingForUs"]["Condition"]
    assert condition["StringNotEqualsIfExists"] == {"aws:SourceAccount": ACCOUNT}
    assert condition["Bool"] == {"aws:PrincipalIsAWSService": "true"}


def test_admitting_more_leaves_the_perimeter_of_others_as_it_was() -> None:
    wider = perimeter().admitting(f"{ROLE}/spectrum")
    assert wider.admitted == (f"{ROLE}/builder", f"{ROLE}/spectrum")
    assert perimeter().admitted == (f"{ROLE}/builder",)


@given(NAME, NAME)
def test_the_deployer_is_the_role_of_the_caller_s_session(role: str, session: str) -> None:
    assert deployers(f"{SESSION}/{role}/{session}", ()) == (f"{ROLE}/{role}",)


def test_a_user_deploys_as_itself() -> None:
    user = f"arn:aws:iam::{ACCOUNT}:user/team/ann"
    assert deployers(user, ()) == (user,)
    assert deployers(f"arn:aws:sts::{ACCOUNT}:user/ann", ()) == (f"arn:aws:iam::{ACCOUNT}:user/ann",)


@given(NAME, st.lists(NAME, max_size=3))
def test_listed_deployers_are_taken_where_the_caller_is_one_whatever_its_path(role: str, path: list[str]) -> None:
    listed = ("/".join([ROLE, *path, role]), f"{ROLE}/other")
    assert deployers(f"{SESSION}/{role}/session", listed) == listed


def test_who_would_lock_itself_out_is_refused() -> None:
    with pytest.raises(PerimeterError, match="lacks the caller"):
        deployers(f"{SESSION}/builder/session", (f"{ROLE}/somebody",))


def test_a_role_of_identity_center_must_be_listed_since_its_path_does_not_show() -> None:
    with pytest.raises(PerimeterError, match="must be listed"):
        deployers(f"{SESSION}/AWSReservedSSO_Admin_0123/ann", ())
