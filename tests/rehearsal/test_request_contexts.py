"""Stack prod's policies let through what the platform needs, and nothing that others try, by an evaluator not ours."""

from __future__ import annotations

from typing import Any

import pytest

from tests.policy.contexts.deployed import Deployed
from tests.policy.contexts.spoiling import idle
from tests.policy.contexts.table import Table, Verdict, every_call, judge

pytestmark = pytest.mark.rehearsal

GUARDED = ("bucket:", "key:", "queue:", "topic:", "secret:")
"""Kinds of things that the table has to say something of, whether they have a policy of their own or not."""


@pytest.fixture(scope="module")
def stack(prod_state: dict[str, Any]) -> Deployed:
    return Deployed.read(prod_state)


@pytest.fixture(scope="module")
def verdicts(stack: Deployed) -> list[Verdict]:
    return judge(stack, list(every_call(stack, Table.read())))


def test_what_the_platform_needs_is_allowed_and_what_an_outsider_tries_is_denied(verdicts: list[Verdict]) -> None:
    assert [str(verdict) for verdict in verdicts if not verdict.holds] == []


def test_every_policy_has_a_call_that_must_be_allowed_and_one_that_must_be_denied(
    stack: Deployed, verdicts: list[Verdict]
) -> None:
    guarded = {ref for ref in stack.things if ref.startswith(GUARDED)} | {
        f"endpoint:{name}" for name in stack.endpoints
    }
    for allowed in (True, False):
        met = {ref for verdict in verdicts if verdict.call.allowed is allowed for ref in verdict.call.touches}
        assert guarded - met == set(), f"nothing must be {'allowed' if allowed else 'denied'} on these"


def test_no_call_comes_with_a_key_that_its_action_never_has(verdicts: list[Verdict]) -> None:
    assert [str(verdict) for verdict in verdicts if verdict.answer.ignored] == []


def test_no_statement_of_a_policy_could_go_without_a_call_that_notices(
    stack: Deployed, verdicts: list[Verdict]
) -> None:
    assert idle(stack, [verdict.call for verdict in verdicts]) == []
