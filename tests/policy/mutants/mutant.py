"""What a mutant is, and the operators that make one: each is a row of a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from policy.review import Verdict
from tests.policy.mutants.graph import GONE, Graph

Spoil = Callable[[Graph], None]


@dataclass(frozen=True)
class Mutant:
    """One mistake: the rule that must catch it, where it is, what was done there, and what the rule must answer."""

    rule: str
    path: str
    operator: str
    spoil: Spoil
    answer: Verdict = Verdict.VIOLATED

    @property
    def kind(self) -> tuple[str, str, str]:
        """What tells one kind of mistake from another, whichever resource it is made on."""
        return self.rule, self.path, self.operator

    def __str__(self) -> str:
        return f"{self.rule}: {self.path} {self.operator}"


def put(rule: str, kind: str, path: str, value: Any, name: str | None = None, operator: str | None = None) -> Mutant:
    """Another value at a path; `GONE` takes away what is there."""
    shown = "dropped" if value is GONE else f"set to {str(value)[:60]}"

    def spoil(graph: Graph) -> None:
        found = graph.resolved(value)
        graph.change(kind, name, path, lambda _: found)

    return Mutant(rule, f"{kind}.{path}", operator or shown, spoil)


def turn(
    rule: str, kind: str, path: str, operator: str, change: Callable[[Any], Any], name: str | None = None
) -> Mutant:
    """A value made out of the one at a path."""
    return Mutant(rule, f"{kind}.{path}", operator, lambda graph: graph.change(kind, name, path, change))


def unknown(rule: str, kind: str, path: str, name: str | None = None) -> Mutant:
    """A value that isn't known yet, which the rule must call undecided."""

    def spoil(graph: Graph) -> None:
        graph.change(kind, name, path, lambda _: UNKNOWN_STRING_VALUE)
        # What depends on nothing would be the provider's to fill, and not the program's.
        graph.depend(kind, name, path.partition(".")[0], graph.find("kms.Key"))

    return Mutant(rule, f"{kind}.{path}", "unknown", spoil, Verdict.UNDECIDED)


def missing(rule: str, kind: str, name: str | None = None, operator: str = "missing") -> Mutant:
    """A resource that isn't there."""
    return Mutant(rule, kind, operator, lambda graph: graph.drop(kind, name))


def extra(rule: str, token: str, operator: str, props: dict[str, Any]) -> Mutant:
    """A resource that shouldn't be there; `token` is its whole type."""
    return Mutant(rule, token, f"added: {operator}", lambda graph: graph.add(token, props))


def after(first: Spoil, then: Mutant) -> Mutant:
    """A mutant of something that the graph lacks and `first` puts there, or that takes two changes at once."""

    def spoil(graph: Graph) -> None:
        first(graph)
        then.spoil(graph)

    return Mutant(then.rule, then.path, then.operator, spoil, then.answer)


def keyless(rule: str, kind: str, path: str, name: str | None = None) -> Iterable[Mutant]:
    """The ways not to encrypt with a key of one's own: no key, AWS's by its alias, AWS's by its alias's ARN."""
    yield put(rule, kind, path, GONE, name)
    yield put(rule, kind, path, "alias/aws/service", name, "AWS's own key")
    yield put(rule, kind, path, "arn:aws:kms:eu-west-1:123456789012:alias/aws/service", name, "AWS's own key, by ARN")


def each_of(rule: str, kind: str, path: str, values: Iterable[Any], name: str | None = None) -> Iterable[Mutant]:
    """One mutant for each wrong value."""
    for value in values:
        yield put(rule, kind, path, value, name)
