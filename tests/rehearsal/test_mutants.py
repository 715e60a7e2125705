"""Every single mistake in stack prod's real graph is caught by the rule meant for it; see tests/policy/mutants."""

from __future__ import annotations

from typing import Any

import pytest

from policy.review import resources
from tests.policy.mutants.trial import Result, of_prod, table, tried

pytestmark = pytest.mark.rehearsal

ENOUGH = 150


@pytest.fixture(scope="module")
def result(prod_state: dict[str, Any]) -> Result:
    return tried(resources(prod_state), of_prod())


def test_the_unspoiled_graph_has_no_violation_and_nothing_undecided(result: Result) -> None:
    assert not result.unspoiled, table(result)


def test_each_mistake_is_caught_by_the_rule_meant_for_it(result: Result) -> None:
    assert not result.survivors, table(result)
    assert not result.twice, table(result)
    assert result.mutants >= ENOUGH, table(result)


def test_each_rule_is_needed_for_it_alone_catches_some_mistake(result: Result) -> None:
    assert not result.idle, table(result)
