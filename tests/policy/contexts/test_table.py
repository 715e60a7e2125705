"""How rows become requests, on a stack of one bucket, one key, one role and one endpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.policy.contexts.deployed import Deployed, Endpoint, Thing
from tests.policy.contexts.simulator import Document
from tests.policy.contexts.spoiling import idle
from tests.policy.contexts.table import STRANGER, Call, Table, TableError, every_call, judge

ACCOUNT = "111122223333"
BUCKET = "arn:aws:s3:::shop-dev-shelf"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
DOC = "https://docs.aws.amazon.com/"


def document(*statements: Mapping[str, Any]) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(sid: str, action: str, **more: Any) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": action, "Resource": "*", **more}


OUTSIDE = {
    "Sid": "OnlyThroughOurEndpoint",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "*",
    "Condition": {
        "StringNotEqualsIfExists": {"aws:SourceVpce": "vpce-1"},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    },
}
DELIVERY = allow(
    "Deliver",
    "s3:PutObject",
    Principal={"Service": "logging.s3.amazonaws.com"},
    Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}},
)
THINGS = {
    "bucket:shelf": Thing(arn=BUCKET, policy=document(OUTSIDE, DELIVERY), key=KEY),
    "key:shelf": Thing(
        arn=KEY,
        policy=document(allow("Account", "kms:*", Principal={"AWS": ACCOUNT})),
        key=None,
        tags={"layer": "shelf"},
    ),
}
STACK = Deployed(
    prefix="shop-dev-",
    account=ACCOUNT,
    region="eu-west-1",
    vpc="vpc-1",
    deployer=f"arn:aws:iam::{ACCOUNT}:user/builder",
    things=THINGS,
    roles={"reader": [document(allow("Read", "s3:GetObject"), allow("Key", "kms:Decrypt"))]},
    endpoints={"s3": Endpoint(id="vpce-1", policy=document(allow("Ours", "s3:*", Principal="*")))},
    told={},
    types=frozenset(),
)
TABLE = Table(
    contexts={
        "function": {"comes": "a function", "doc": DOC, "through": "ours"},
        "log": {
            "comes": "a delivery",
            "doc": DOC,
            "as": "logging.s3.amazonaws.com",
            "by_grant": True,
            "keys": {"aws:SourceAccount": "${account}"},
        },
        "outside": {"comes": "anybody", "doc": DOC, "as": "nobody", "through": "the internet"},
    },
    needs=[
        {
            "says": "Books are read",
            "context": "function",
            "as": "role:reader",
            "calls": {"s3:GetObject": "bucket:shelf/a"},
        },
        {"says": "Logs come", "context": "log", "calls": {"s3:PutObject": "bucket:shelf/log"}},
    ],
    follows=[{"service": "s3", "after": ["s3:GetObject"], "asks": ["kms:Decrypt"], "names": "aws:s3:arn", "doc": DOC}],
    doubles=[
        {"says": "for another account", "doc": DOC, "of": {"says_account": True}, "for_a_stranger": True},
        {"says": "from afar", "doc": DOC, "of": {"through": "ours"}, "through": "a stranger's"},
    ],
    outsiders=[
        {"says": "Books are taken", "context": "outside", "opened": True, "calls": {"s3:GetObject": "bucket:*/a"}},
    ],
)


def calls(stack: Deployed = STACK, needs: Sequence[Mapping[str, Any]] = TABLE.needs) -> dict[str, Call]:
    return {call.says: call for call in every_call(stack, replace(TABLE, needs=needs))}


def context(call: Call) -> Mapping[str, Any]:
    return call.simulation(STACK).context


def test_what_is_needed_is_allowed_and_all_else_denied() -> None:
    verdicts = judge(STACK, list(calls().values()))
    assert [str(verdict) for verdict in verdicts if not verdict.holds] == []
    assert len(verdicts) == 6


def test_a_call_through_our_endpoint_comes_with_its_id_and_the_endpoints_policy_has_a_say() -> None:
    call = calls()["Books are read"]
    assert context(call)["aws:SourceVpce"] == "vpce-1"
    assert call.touches == {"bucket:shelf", "endpoint:s3"}
    assert call.simulation(STACK).endpoint == STACK.endpoints["s3"].policy


def test_the_service_asks_for_the_key_as_whoever_called_it_and_not_from_our_network() -> None:
    asked = context(calls()["Books are read: s3 asks for its key"])
    assert asked["kms:ViaService"] == "s3.eu-west-1.amazonaws.com"
    assert asked["aws:ViaAWSService"] == "true"
    assert asked["aws:PrincipalArn"] == f"arn:aws:iam::{ACCOUNT}:role/shop-dev-reader"
    assert asked["kms:EncryptionContext:aws:s3:arn"] == BUCKET
    assert asked["aws:ResourceTag/layer"] == "shelf"
    assert "aws:SourceVpce" not in asked


def test_who_uses_a_key_by_a_grant_is_not_asked_of_its_policy() -> None:
    assert "Logs come: s3 asks for its key" not in calls()


def test_what_nobody_signed_comes_without_a_principals_keys() -> None:
    assert context(calls()["Books are taken"]) == {"aws:SecureTransport": "true", "aws:ResourceAccount": ACCOUNT}


def test_a_double_for_another_account_differs_in_the_account_alone() -> None:
    ours, theirs = context(calls()["Logs come"]), context(calls()["Logs come, for another account"])
    assert theirs == {**ours, "aws:SourceAccount": STRANGER}


def test_an_opened_bucket_is_kept_shut_by_its_denials_alone() -> None:
    [verdict] = judge(STACK, [calls()["Books are taken"]])
    assert verdict.answer.statements == ("resource: OnlyThroughOurEndpoint",)


def test_a_bucket_of_somebody_else_belongs_to_another_account_and_is_open() -> None:
    row = {
        "says": "Out",
        "context": "function",
        "as": "role:reader",
        "calls": {"s3:GetObject": "arn:aws:s3:::theirs/a"},
    }
    call = calls(needs=[row])["Out"]
    assert call.account == STRANGER
    assert call.thing.policy is not None


def test_a_verdict_says_what_was_found_what_must_be_and_which_statement_decides() -> None:
    shut = replace(STACK, things={**THINGS, "bucket:shelf": replace(THINGS["bucket:shelf"], policy=document(OUTSIDE))})
    [verdict] = judge(shut, [calls(shut)["Logs come"]])
    assert str(verdict) == (
        "denied, but must be allowed: logging.s3.amazonaws.com s3:PutObject bucket:shelf/log: Logs come (log)"
    )


def test_a_statement_that_no_call_needs_is_idle() -> None:
    spare = allow("Spare", "s3:GetBucketAcl", Principal={"Service": "cloudtrail.amazonaws.com"})
    shelf = replace(THINGS["bucket:shelf"], policy=document(OUTSIDE, DELIVERY, spare))
    stack = replace(STACK, things={**THINGS, "bucket:shelf": shelf})
    assert idle(stack, list(calls(stack).values())) == ["bucket:shelf Spare"]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"as": "role:writer", "calls": {"s3:GetObject": "bucket:shelf/a"}}, "the stack has no role writer"),
        ({"as": "role:reader", "calls": {"s3:GetObject": "bucket:attic/a"}}, "the stack has no bucket:attic"),
        ({"as": "role:reader", "calls": {"kms:Decrypt": "key:shelf"}}, "the stack has no endpoint kms"),
    ],
)
def test_a_row_that_speaks_of_what_is_not_there_is_refused(row: dict[str, Any], says: str) -> None:
    with pytest.raises(TableError, match=says):
        judge(STACK, list(calls(needs=[{"says": "No", "context": "function", **row}]).values()))


def test_a_row_about_what_a_stack_may_do_without_is_left_out_there() -> None:
    row = {"says": "Export", "context": "log", "where": ["aws:x:Y"], "calls": {"s3:PutObject": "bucket:shelf/a"}}
    assert calls(needs=[row]).keys() == {"Books are taken"}
    assert "Export" in calls(replace(STACK, types=frozenset({"aws:x:Y"})), needs=[row])


TRUE_TABLE = Table.read()


def test_every_context_and_row_names_the_page_of_documentation_that_it_is_taken_from() -> None:
    told = [*TRUE_TABLE.contexts.values(), *TRUE_TABLE.follows, *TRUE_TABLE.doubles]
    told += [row for row in (*TRUE_TABLE.needs, *TRUE_TABLE.outsiders) if "doc" in row]
    assert [row for row in told if not row["doc"].startswith("https://docs.aws.amazon.com/")] == []


def test_every_context_is_used_and_every_row_says_something_else() -> None:
    used = [*TRUE_TABLE.needs, *TRUE_TABLE.outsiders]
    assert TRUE_TABLE.contexts.keys() == {row["context"] for row in used}
    assert len({row["says"] for row in used}) == len(used)
