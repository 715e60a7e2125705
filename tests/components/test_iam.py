import json

import pulumi
from hypothesis import given
from hypothesis import strategies as st

from components.iam import (
    allow,
    document,
    objects,
    reads_objects,
    role,
    trusted,
    trusted_without_source,
    uses_catalog,
    uses_keys,
    writes_objects,
)
from components.lake import LAYERS
from components.names import LakeLayer
from tests.components.mock_engine import ACCOUNT, NAMES, deploy, resolved
from tests.components.parts import KEY

BUCKET = "arn:aws:s3:::b"
NONE = pulumi.ResourceOptions()


def test_whoever_uses_a_role_waits_for_what_it_may_do() -> None:
    dependencies: list[set[str]] = []

    async def look(output: pulumi.Output[str]) -> None:
        dependencies.append({type(each).__name__ for each in await output.resources()})

    def program() -> pulumi.Output[None]:
        made = role("r", "role", [trusted_without_source("lambda.amazonaws.com")], [allow("A", ["x:y"], ["*"])], NONE)
        return pulumi.Output.from_input(look(made.arn))

    deploy(program)
    assert dependencies == [{"Role", "RolePolicy"}]


def test_a_role_that_may_do_nothing_has_no_policy() -> None:
    made = deploy(lambda: role("r", "role", [trusted_without_source("lambda.amazonaws.com")], [], NONE))
    assert not made.of("RolePolicy")


def test_a_service_is_trusted_for_our_account_only_where_it_says_for_whom_it_acts() -> None:
    assert trusted("vpc-flow-logs.amazonaws.com", ACCOUNT)["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT}
    }
    assert "Condition" not in trusted_without_source("lambda.amazonaws.com")


def test_a_document_may_hold_what_is_known_only_later() -> None:
    text = resolved(document([allow("A", ["kms:Decrypt"], [pulumi.Output.from_input(KEY)])]))
    assert json.loads(text)["Statement"] == [
        {"Sid": "A", "Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": [KEY]}
    ]


@given(st.lists(st.from_regex(r"[a-z]{1,9}/", fullmatch=True), unique=True, min_size=1))
def test_reading_under_prefixes_lists_and_reads_there_only(prefixes: list[str]) -> None:
    by_id = {each["Sid"]: each for each in resolved(reads_objects("X", BUCKET, *prefixes))}
    assert by_id["XList"]["Condition"] == {"StringLikeIfExists": {"s3:prefix": [f"{prefix}*" for prefix in prefixes]}}
    assert by_id["XRead"]["Resource"] == [f"{BUCKET}/{prefix}*" for prefix in prefixes]


def test_without_prefixes_a_whole_bucket_is_meant() -> None:
    assert resolved(objects(BUCKET)) == [f"{BUCKET}/*"]
    assert "Condition" not in reads_objects("X", BUCKET)[0]


def test_writing_deletes_only_where_that_is_asked_for() -> None:
    assert "s3:DeleteObject" not in writes_objects("X", BUCKET)[0]["Action"]
    assert "s3:DeleteObject" in writes_objects("X", BUCKET, delete=True)[0]["Action"]


def test_keys_serve_the_services_that_ask_for_them() -> None:
    (statement,) = uses_keys(NAMES, "K", KEY)
    assert statement["Condition"] == {"StringEquals": {"kms:ViaService": ["s3.eu-west-1.amazonaws.com"]}}
    assert "kms:Encrypt" not in statement["Action"]
    (statement,) = uses_keys(NAMES, "K", KEY, write=True, by=())
    assert "Condition" not in statement
    assert "kms:GenerateDataKey*" in statement["Action"]


@given(
    reads=st.lists(st.sampled_from(LAYERS), unique=True, min_size=1),
    writes=st.lists(st.sampled_from(LAYERS), unique=True),
)
def test_only_tables_of_layers_that_are_written_may_be_changed(reads: list[LakeLayer], writes: list[LakeLayer]) -> None:
    changing = [
        each["Resource"]
        for each in uses_catalog(NAMES, reads=reads, writes=writes)
        if "glue:UpdateTable" in each["Action"]
    ]
    changed = {arn for resources in changing for arn in resources if ":table/" in arn}
    assert changed == {f"arn:aws:glue:eu-west-1:{ACCOUNT}:table/medallion_dev_{layer}/*" for layer in writes}
