"""A stack judged from its state, without the engine: which rule said what of which resource.

Rules see what the engine would have shown them: resource rules a resource's inputs, stack rules the outputs of all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any

from pulumi_policy import EnforcementLevel
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from ..exceptions import Waivers
from ..pack import EXCEPTIONS_HOLD, report
from ..rule import NotApplicableError, ResourceRule, Rule, StackRule
from ..rules import RULES
from ..subject import Stack, Subject, canonical, dotted_type, linked
from .configuration import Configuration

# How `pulumi stack export` marks a secret value, beside which `--show-secrets` writes the value itself, as JSON.
SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105 - a marker, no secret
PLAINTEXT = "plaintext"

# Levels at which a breach fails a run; the others only show it.
ENFORCED = (EnforcementLevel.MANDATORY, EnforcementLevel.REMEDIATE)

UNTOLD = "An exception is for a rule that is undecided, so that nobody can tell whether it is needed."


class StateError(Exception):
    """What was given is no state of a stack; the message says what is missing and how to write one."""


class Verdict(Enum):
    """What a rule came to on one resource of its types, or on all of them; the worst first."""

    VIOLATED = "violated"
    UNDECIDED = "undecided"
    EXCEPTED = "excepted"
    HOLDS = "holds"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class Answer:
    """What one rule said of one resource; where it does not hold, `messages` has the words."""

    rule: Rule
    subject: Subject
    verdict: Verdict
    messages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Standing:
    """What one rule came to over a whole stack."""

    rule: Rule
    level: EnforcementLevel
    answers: tuple[Answer, ...]

    @property
    def judged(self) -> tuple[Answer, ...]:
        """The answers on resources that the rule has something to say about."""
        return tuple(answer for answer in self.answers if answer.verdict is not Verdict.NOT_APPLICABLE)

    @property
    def verdict(self) -> Verdict:
        """The worst of the answers."""
        return worst(answer.verdict for answer in self.answers)

    @property
    def fails(self) -> bool:
        """Whether the rule shuts a gate: it is enforced, and violated or undecided."""
        return self.level in ENFORCED and self.verdict in (Verdict.VIOLATED, Verdict.UNDECIDED)

    @property
    def why_not_applicable(self) -> str:
        """Why the rule judged nothing, for one that did not."""
        if self.level is EnforcementLevel.DISABLED:
            return "disabled by configuration"
        reasons = dict.fromkeys(message for answer in self.answers for message in answer.messages)
        return "; ".join(reasons) or f"the stack has no {', '.join(dotted_type(each) for each in self.rule.types)}"


@dataclass(frozen=True)
class Review:
    """A stack, and what every rule and exception came to on it."""

    resources: tuple[Resource, ...]
    standings: tuple[Standing, ...]
    waivers: Waivers
    exception_faults: tuple[str, ...]

    @property
    def project(self) -> str:
        """The project that the stack belongs to."""
        return origin(self.resources)[0]

    @property
    def stack(self) -> str:
        """The stack's name."""
        return origin(self.resources)[1]

    @property
    def holds(self) -> bool:
        """Whether no enforced rule is violated or undecided, and every exception is in order."""
        return not self.exception_faults and not any(standing.fails for standing in self.standings)


@dataclass
class Resource:
    """A resource as a state holds it; `dependencies` has by property the URNs that it depends on."""

    type: str
    name: str
    urn: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    dependencies: dict[str, list[str]] = field(default_factory=dict)

    @cached_property
    def alone(self) -> Subject:
        """The resource as resource rules see it."""
        return Subject(self.type, self.name, self.urn, unknown_checking_proxy(self.inputs))

    @cached_property
    def deployed(self) -> Mapping[str, Any]:
        """What it came to, as stack rules see it."""
        held: Mapping[str, Any] = unknown_checking_proxy(self.outputs)
        return held


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict that several come to together; not applicable where there is none."""
    order = list(Verdict)
    return min(verdicts, key=order.index, default=Verdict.NOT_APPLICABLE)


def origin(held: Sequence[Resource]) -> tuple[str, str]:
    """The names of the project and the stack that resources are of."""
    stack, project = held[0].urn.removeprefix("urn:pulumi:").split("::")[:2]
    return project, stack


def resources(state: Mapping[str, Any]) -> list[Resource]:
    """The resources of a state, as `pulumi stack export` prints it; encrypted values count as not known.

    Raises StateError for what is no state, and for one that holds nothing.
    """
    deployment = state.get("deployment") if isinstance(state, Mapping) else None
    if not isinstance(deployment, Mapping):
        raise StateError("it has no `deployment`; write a state with `pulumi stack export --file FILE`")
    listed = deployment.get("resources") or ()
    if not all(isinstance(each, Mapping) and {"type", "urn"} <= each.keys() for each in listed):
        raise StateError("its resources have no type or URN; write a state with `pulumi stack export --file FILE`")
    held = [
        Resource(
            type=each["type"],
            name=each["urn"].rpartition("::")[2],
            urn=each["urn"],
            inputs=_readable(each.get("inputs", {})),
            outputs=_readable(each.get("outputs", {})),
            dependencies=each.get("propertyDependencies", {}),
        )
        for each in listed
        if not each.get("delete")
    ]
    if not held:
        raise StateError("it holds no resources, so there is nothing to judge; deploy the stack first")
    return held


def judge(
    held: Iterable[Resource], waivers: Waivers, config: Configuration | None = None, rules: Iterable[Rule] = RULES
) -> Review:
    """Every rule and exception asked about every resource of a stack."""
    config = config or Configuration()
    held, rules = tuple(held), tuple(rules)
    asked = [rule for rule in rules if config.level(rule.id) is not EnforcementLevel.DISABLED]
    answers: dict[str, list[Answer]] = {rule.id: [] for rule in rules}
    for answer in review(held, asked, waivers, config.settings):
        answers[answer.rule.id].append(answer)
    standings = tuple(Standing(rule, config.level(rule.id), tuple(answers[rule.id])) for rule in rules)
    faults = (each if isinstance(each, str) else UNTOLD for each in waivers.untenable())
    return Review(held, standings, waivers, tuple(faults) if config.level(EXCEPTIONS_HOLD) in ENFORCED else ())


def review(
    held: Iterable[Resource],
    rules: Iterable[Rule],
    waivers: Waivers,
    config: Mapping[str, Mapping[str, Any]] | None = None,
) -> Iterator[Answer]:
    """What each rule says of each resource of its types; `config` maps a rule's id to its settings."""
    held = list(held)
    stack = Stack(linked((Subject(each.type, each.name, each.urn, each.deployed), each.dependencies) for each in held))
    for rule in rules:
        settings = (config or {}).get(rule.id, {})
        if isinstance(rule, ResourceRule):
            for each in held:
                if canonical(each.type) in rule.types:
                    each.alone.config = settings
                    yield _answer(rule, each.alone, stack, waivers)
        else:
            stack.config = settings
            for subject in stack.of(*rule.types):
                yield _answer(rule, subject, stack, waivers)


def _answer(rule: Rule, subject: Subject, stack: Stack, waivers: Waivers) -> Answer:
    messages: list[str] = []
    if isinstance(rule, ResourceRule):
        verdict = rule.judge(subject)
    else:
        assert isinstance(rule, StackRule)
        verdict = rule.judge(subject, stack)
    try:
        unread = report(rule, subject, verdict, waivers, lambda message, _urn: messages.append(message))
    except NotApplicableError as reason:
        return Answer(rule, subject, Verdict.NOT_APPLICABLE, (str(reason),))
    if messages:
        return Answer(rule, subject, Verdict.VIOLATED, tuple(messages))
    if unread is not None:
        path = ".".join(unread.props)
        return Answer(rule, subject, Verdict.UNDECIDED, (f"{path} is encrypted in the state, or not known",))
    if any(waiver.rule == rule.id and waiver.names(subject.urn) for waiver in waivers.used):
        return Answer(rule, subject, Verdict.EXCEPTED)
    return Answer(rule, subject, Verdict.HOLDS)


def _readable(value: Any) -> Any:
    if isinstance(value, Mapping):
        if SECRET in value:
            return json.loads(value[PLAINTEXT]) if PLAINTEXT in value else UNKNOWN_STRING_VALUE
        return {key: _readable(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_readable(each) for each in value]
    return value
