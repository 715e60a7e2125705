"""Rulesets: whether they are well formed."""

import pytest

from embedded.provider.dqdl import faults

GOOD = [
    'Rules = [ IsComplete "order-id", IsUnique "order-id" ]',
    "Rules=[RowCount>0]",
    'Rules = [ (Mean "a" > 3) and ((Mean "b" > 500) or (IsComplete "c")) ]',
    'Rules = [ ColumnValues "c" in [ "a", "b, ]" ] where "d > 1", CustomSql "select \\"x\\" from primary" > 0 ]',
    'Analyzers = [ AllStatistics "AllColumns", RowCount ]',
    'Rules = [ IsComplete "a" # every one, always\n ]',
    'DefaultLabels = [ "team"="data" ]\nRules = [ IsComplete "a" labels=["severity"="high"] ]',
    'Rules = [ ReferentialIntegrity "a" "b.{c}" = 1.0, RowCount > avg(last(10)) ]',
]
BAD = [
    ("", "has no list of rules"),
    ('rules = [ IsComplete "a" ]', "has no list of rules"),
    ('Rules = [ IsComplete "a"', "lacks a ]"),
    ('Rules = [ IsComplete "a" ) ]', "has a ) that nothing opens"),
    ('Rules = [ IsComplete "a ]', "a text that does not end, from line 1 on"),
    ("Rules = [ ]", "nothing between two commas or brackets"),
    ('Rules = [ IsComplete "a", , IsUnique "a" ]', "nothing between two commas or brackets"),
    ('Rules = [ IsFine "a" ]', "'IsFine', which DQDL does not know"),
    ('Rules = [ (IsComplete "a") and (isunique "a") ]', "'isunique', which DQDL does not know"),
    ('Rules = [ AllStatistics "a" ]', "'AllStatistics', which DQDL does not know"),
]


@pytest.mark.parametrize("text", GOOD)
def test_a_well_formed_ruleset_has_no_fault(text: str) -> None:
    assert not faults(text)


@pytest.mark.parametrize(("text", "told"), BAD)
def test_a_malformed_ruleset_is_told(text: str, told: str) -> None:
    (fault,) = faults(text)
    assert told in fault
