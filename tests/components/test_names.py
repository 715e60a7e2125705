import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.names import BUCKET_NAME_LIMIT, Names, NamesError
from tests.components.mock_engine import ACCOUNT, NAMES, REGION, deploy

LAYERS = ("landing", "initial", "intermediate", "integrated", "refined", "results", "code", "audit", "access-logs")


def test_names_are_those_that_the_other_parts_rely_on() -> None:
    assert NAMES.bucket("landing") == "medallion-dev-landing-123456789012-eu-west-1"
    assert NAMES.stream("weather") == "medallion-dev-weather"
    assert NAMES.resource("landing-files") == "medallion-dev-landing-files"
    assert NAMES.database("intermediate") == "medallion_dev_intermediate"
    assert NAMES.workgroup == "medallion-dev"
    assert NAMES.role_arn("spectrum") == "arn:aws:iam::123456789012:role/medallion-dev-spectrum"


@given(st.from_regex(r"[a-z][a-z0-9-]{0,30}", fullmatch=True), st.sampled_from(["eu-west-1", "ap-southeast-2"]))
def test_names_are_either_short_enough_for_every_bucket_or_refused(stack: str, region: str) -> None:
    longest = f"medallion-{stack}-intermediate-{ACCOUNT}-{region}"
    if len(longest) > BUCKET_NAME_LIMIT:
        with pytest.raises(NamesError, match="choose a shorter one"):
            Names(project="medallion", stack=stack, account=ACCOUNT, region=region)
    else:
        names = Names(project="medallion", stack=stack, account=ACCOUNT, region=region)
        assert all(len(names.bucket(layer)) <= BUCKET_NAME_LIMIT for layer in LAYERS)


def test_a_stack_name_that_is_too_long_is_refused_with_the_length_that_fits() -> None:
    with pytest.raises(NamesError, match="at most 17 characters"):
        Names(project="medallion", stack="a" * 18, account=ACCOUNT, region="eu-west-1")


def test_names_are_made_from_where_the_provider_is_set_to() -> None:
    found: list[Names] = []
    deploy(lambda: found.append(Names.look_up()))
    assert found == [Names(project="medallion", stack="dev", account=ACCOUNT, region=REGION)]
