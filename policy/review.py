"""A stack judged from its state, without the engine: which rule said what of which resource.

Rules see what the engine would have shown them: resource rules a resource's inputs, stack rules the outputs of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from pulumi_policy.proxy import unknown_checking_proxy

from .exceptions import Waivers
from .pack import report
from .rule import NotApplicableError, ResourceRule, Rule, StackRule
from .subject import Stack, Subject, canonical, linked

# How `pulumi stack export` marks a value that it keeps encrypted.
SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105 - a marker, no secret


class Verdict(Enum):
    """What a rule came to on one resource; on those that are not listed it had nothing to say."""

    HOLDS = "holds"
    VIOLATED = "violated"
    EXCEPTED = "excepted"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Answer:
    """What one rule said of one resource, and in which words if it was violated."""

    rule: Rule
    subject: Subject
    verdict: Verdict
    messages: tuple[str, ...] = ()


@dataclass
class Resource:
    """A resource as a state holds it; `dependencies` has by property the URNs that it depends on."""

    type: str
    name: str
    urn: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    dependencies: dict[str, list[str]] = field(default_factory=dict)


def resources(state: Mapping[str, Any]) -> list[Resource]:
    """The resources of a state, as `pulumi stack export` prints it; secret values are left unread."""
    return [
        Resource(
            type=each["type"],
            name=each["urn"].rpartition("::")[2],
            urn=each["urn"],
            inputs=_without_secrets(each.get("inputs", {})),
            outputs=_without_secrets(each.get("outputs", {})),
            dependencies=each.get("propertyDependencies", {}),
        )
        for each in state["deployment"].get("resources", ())
        if not each.get("delete")
    ]


def review(
    held: Iterable[Resource],
    rules: Iterable[Rule],
    waivers: Waivers,
    config: Mapping[str, Mapping[str, Any]] | None = None,
) -> Iterator[Answer]:
    """What each rule says of each resource of its types; `config` maps a rule's id to its settings."""
    held = list(held)
    alone = {each.urn: Subject(each.type, each.name, each.urn, unknown_checking_proxy(each.inputs)) for each in held}
    stack = Stack(
        linked(
            (Subject(each.type, each.name, each.urn, unknown_checking_proxy(each.outputs)), each.dependencies)
            for each in held
        )
    )
    for rule in rules:
        settings = (config or {}).get(rule.id, {})
        if isinstance(rule, ResourceRule):
            for each in held:
                if canonical(each.type) in rule.types:
                    alone[each.urn].config = settings
                    yield from _answer(rule, alone[each.urn], stack, waivers)
        else:
            stack.config = settings
            for subject in stack.of(*rule.types):
                yield from _answer(rule, subject, stack, waivers)


def _answer(rule: Rule, subject: Subject, stack: Stack, waivers: Waivers) -> Iterator[Answer]:
    messages: list[str] = []
    if isinstance(rule, ResourceRule):
        verdict = rule.judge(subject)
    else:
        assert isinstance(rule, StackRule)
        verdict = rule.judge(subject, stack)
    try:
        unread = report(rule, subject, verdict, waivers, lambda message, _urn: messages.append(message))
    except NotApplicableError:
        return
    if messages:
        yield Answer(rule, subject, Verdict.VIOLATED, tuple(messages))
    elif unread is not None:
        yield Answer(rule, subject, Verdict.UNDECIDED, (str(unread),))
    elif any(waiver.rule == rule.id and waiver.names(subject.urn) for waiver in waivers.used):
        yield Answer(rule, subject, Verdict.EXCEPTED)
    else:
        yield Answer(rule, subject, Verdict.HOLDS)


def _without_secrets(value: Any) -> Any:
    if isinstance(value, Mapping):
        if SECRET in value:
            return "[secret]"
        return {key: _without_secrets(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_secrets(each) for each in value]
    return value
