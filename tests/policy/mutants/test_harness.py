"""The harness itself, on the hand-made platform: what counts as a mistake, and what as caught."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest

from policy.exceptions import Waivers
from policy.review import Resource, review
from policy.rule import Finding, Rule, Verdict
from policy.rules import RULES
from policy.subject import Stack, Subject
from tests.policy.court import TODAY, UNKNOWN
from tests.policy.mutants.catalogue import MUTANTS
from tests.policy.mutants.graph import GONE, Graph, Of, StaleMutantError
from tests.policy.mutants.mutant import Mutant, after, extra, missing, put, turn, unknown
from tests.policy.mutants.trial import Result, table, tried
from tests.policy.platform import platform

KEY = "kinesis-customer-key"
ROUTES = "gateways-on-private-tables"


def held() -> list[Resource]:
    return [Resource(each.type, each.name, each.urn, each.props, each.props) for each in platform().values()]


def of(*ids: str) -> list[Rule]:
    return [rule for rule in RULES if rule.id in ids]


def trial(mutants: Iterable[Mutant], rules: Iterable[Rule]) -> Result:
    return tried(held(), Waivers((), today=TODAY), mutants, rules)


def judging_by(rule_id: str, judge: Callable[..., Verdict]) -> Rule:
    """A rule that judges otherwise."""
    changed: dict[str, Any] = {"judge": judge}
    return replace(of(rule_id)[0], **changed)


def test_a_mistake_counts_as_caught_only_by_the_rule_meant_for_it() -> None:
    unmeant = put("kms-rotation", "kinesis.Stream", "kmsKeyId", GONE)
    result = trial([put(KEY, "kinesis.Stream", "kmsKeyId", GONE), unmeant], of(KEY, "kms-rotation"))
    assert not result.unspoiled
    assert result.survivors == [unmeant]
    assert (result.scores[KEY].mutants, result.scores[KEY].caught, result.scores[KEY].alone) == (1, 1, 1)
    assert "survived  kms-rotation: kinesis.Stream.kmsKeyId dropped" in table(result)
    assert not result.holds


def test_a_mistake_that_another_rule_catches_too_shows_no_rule_to_be_needed() -> None:
    twin = replace(of(KEY)[0], id="twin")
    result = trial([put(KEY, "kinesis.Stream", "kmsKeyId", GONE)], [*of(KEY), twin])
    assert (result.scores[KEY].caught, result.scores[KEY].alone) == (1, 0)
    assert result.idle == [KEY, "twin"]
    assert f"idle      {KEY}" in table(result)


def test_a_rule_that_stumbles_over_a_mistake_has_not_caught_it() -> None:
    def stumbles(stream: Subject) -> Verdict:
        if stream.get("kmsKeyId") is None:
            raise KeyError("kmsKeyId")
        yield from ()

    rule = judging_by(KEY, stumbles)
    mutant = put(KEY, "kinesis.Stream", "kmsKeyId", GONE)
    assert trial([mutant], [rule]).survivors == [mutant]


def test_a_stack_rule_that_stumbles_over_a_mistake_has_not_caught_it() -> None:
    def stumbles(table: Subject, stack: Stack) -> Verdict:
        if len(stack.of("aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation")) < 1:
            raise IndexError
        yield from ()

    rule = judging_by(ROUTES, stumbles)
    mutant = missing(ROUTES, "ec2.VpcEndpointRouteTableAssociation")
    assert trial([mutant], [rule]).survivors == [mutant]
    assert not trial([mutant], of(ROUTES)).survivors


def test_a_value_that_is_not_known_must_leave_the_rule_undecided() -> None:
    assert not trial([unknown(KEY, "kinesis.Stream", "kmsKeyId")], of(KEY)).survivors
    certain = put(KEY, "kinesis.Stream", "kmsKeyId", UNKNOWN)
    assert trial([certain], of(KEY)).survivors == [certain]


def test_what_the_unspoiled_graph_violates_is_told() -> None:
    result = trial([], of("s3-customer-key"))
    assert result.unspoiled == ["s3-customer-key: violated"]
    assert "unspoiled s3-customer-key: violated" in table(result)
    assert not result.holds


def test_the_same_kind_of_mistake_counts_once() -> None:
    mutants = [put(KEY, "kinesis.Stream", "kmsKeyId", GONE, name) for name in (None, "flights")]
    result = trial(mutants, of(KEY))
    assert result.twice == mutants[1:]
    assert result.mutants == 1


@pytest.mark.parametrize(
    "mutant",
    [
        missing(KEY, "kinesis.Streams"),
        missing(KEY, "kinesis.Stream", "delays"),
        put(KEY, "kinesis.Stream", "kmsKey", GONE),
        put(KEY, "kinesis.Stream", "encryptionType", "KMS"),
        put("s3-tls-only", "s3.BucketPolicy", "policy.Statement.Sid=Nobody.Effect", "Allow", "lake"),
        turn(KEY, "kinesis.Stream", "kmsKeyId", "kept", lambda key: key),
        extra(KEY, "aws:kinesis/stream:Stream", "of nobody", {"kmsKeyId": Of("kms.Key", "delays", "arn")}),
    ],
    ids=str,
)
def test_a_mistake_that_finds_nothing_to_spoil_or_changes_nothing_is_refused(mutant: Mutant) -> None:
    with pytest.raises(StaleMutantError):
        trial([mutant], of(KEY))


def test_a_list_that_has_no_such_place_is_refused() -> None:
    with pytest.raises(IndexError):
        trial([put("s3-customer-key", "s3.BucketServerSideEncryptionConfiguration", "rules.7", GONE, "lake")], of(KEY))


def test_a_mistake_leaves_the_graph_of_the_next_one_as_it_was() -> None:
    graph = held()
    before = [replace(each) for each in graph]
    spoilt = Graph(graph)
    after(lambda it: it.drop("kms.Key"), put(KEY, "kinesis.Stream", "kmsKeyId", GONE)).spoil(spoilt)
    assert graph == before
    assert spoilt.value("kinesis.Stream", None, "encryptionType") == "KMS"
    assert len(spoilt.held) == len(before) - 1


@pytest.mark.parametrize(("rule_id", "seen"), [(KEY, "inputs"), (ROUTES, "outputs")])
def test_resource_rules_see_inputs_and_stack_rules_outputs(rule_id: str, seen: str) -> None:
    def sees(holder: Subject, *stack: Stack) -> Verdict:
        yield Finding(holder.get("seen"))

    graph = [replace(each, inputs={"seen": "inputs"}, outputs={"seen": "outputs"}) for each in held()]
    (answer, *_) = review(graph, [judging_by(rule_id, sees)], Waivers((), today=TODAY))
    assert f": {seen}." in answer.messages[0]


def test_a_rule_that_stumbles_over_the_unspoiled_graph_is_told() -> None:
    def stumbles(holder: Subject) -> Verdict:
        raise IndexError
        yield

    assert trial([], [judging_by(KEY, stumbles)]).unspoiled == [f"{KEY}: the rule itself failed"]


def test_the_catalogue_has_at_least_two_distinct_mistakes_for_every_rule() -> None:
    kinds = Counter(rule for rule, _, _ in {mutant.kind for mutant in MUTANTS})
    assert {rule.id for rule in RULES} == kinds.keys()
    assert not [rule for rule, count in kinds.items() if count < 2]
    assert len(MUTANTS) == kinds.total(), "two mutants are of one kind"
