"""What a run of the engine and the policy pack came to: errors, violations, and rules that could not be decided."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from embedded.engine.events import Event, errors
from embedded.engine.workspace import Deployment
from policy.pack import UNDECIDED

MANDATORY = ("mandatory", "remediate")


@dataclass(frozen=True)
class Finding:
    """One thing that a rule said of one resource (empty for a rule over the whole stack)."""

    rule: str
    resource: str
    message: str

    def __str__(self) -> str:
        """The finding as people read it."""
        return f"{self.rule}: {self.resource}\n    {indented(self.message)}" if self.resource else f"{self.message}"


@dataclass(frozen=True)
class Verdict:
    """What a run came to. `holds` says that it ended well and that no mandatory rule was violated."""

    deployment: Deployment
    errors: tuple[str, ...]
    violations: tuple[Finding, ...]
    advice: tuple[Finding, ...]
    undecided: tuple[Finding, ...]
    changed: dict[str, int]

    @property
    def holds(self) -> bool:
        """Whether the engine ended well and nothing mandatory was violated."""
        return self.deployment.ok and not self.violations and not self.errors

    @property
    def text(self) -> str:
        """The verdict as the terminal shows it."""
        did = ", ".join(f"{count} {what}" for what, count in sorted(self.changed.items())) or "nothing to change"
        lines = [f"{self.deployment.verb}: {did}; {self.deployment.seconds:.0f} s"]
        for title, found in (
            ("error", self.errors),
            ("violated", self.violations),
            ("advice", self.advice),
        ):
            lines += [f"  {title}: {indented(str(each))}" for each in found]
        return "\n".join([*lines, *self._deferred()])

    def _deferred(self) -> list[str]:
        """A line for each rule that met an unknown, since a first preview has them by the dozen."""
        resources: dict[str, list[str]] = {}
        for each in self.undecided:
            resources.setdefault(each.rule, []).append(each.resource)
        return [
            f"  deferred until values are known: {rule}: {names[0]}{f' and {len(names) - 1} more' if names[1:] else ''}"
            for rule, names in resources.items()
        ]


def judge(deployment: Deployment) -> Verdict:
    """Read a run's events into a verdict."""
    findings = [(event.body.get("enforcementLevel", ""), finding(event)) for event in policy_events(deployment)]
    undecided = {deferred(found) for _, found in findings if UNDECIDED.search(found.message)}
    decided = [(level, found) for level, found in findings if not UNDECIDED.search(found.message)]
    summary = [event.body for event in deployment.events if event.kind == "summaryEvent"]
    changes = summary[-1].get("resourceChanges", {}) if summary else {}
    violations = unique(found for level, found in decided if level in MANDATORY)
    said = errors(deployment.events)
    if not deployment.ok and not said and not violations:
        said = deployment.log.read_text().strip().splitlines()[-5:] or [f"exit code {deployment.exit_code}"]
    return Verdict(
        deployment,
        tuple(said),
        violations,
        unique(found for level, found in decided if level not in MANDATORY),
        tuple(sorted(undecided, key=str)),
        {what: count for what, count in changes.items() if what != "same"},
    )


def policy_events(deployment: Deployment) -> list[Event]:
    """The events in which a rule says something."""
    return [event for event in deployment.events if event.kind == "policyEvent"]


def finding(event: Event) -> Finding:
    """A policy event as a finding, with the resource's short name."""
    name = event.body.get("resourceUrn", "").rpartition("::")[2]
    return Finding(event.body.get("policyName", ""), name, plain(event.body.get("message", "")))


def deferred(found: Finding) -> Finding:
    """The finding of a rule that met an unknown value, with why."""
    match = UNDECIDED.search(found.message)
    assert match
    return Finding(match["rule"], found.resource or "the stack", match["reason"].strip())


def plain(text: str) -> str:
    """Text without the engine's colour marks, such as `<{%reset%}>`."""
    return re.sub(r"<\{%.*?%\}>", "", text).strip()


def indented(text: str) -> str:
    """The lines after the first set in, so that a finding reads as one block."""
    return text.replace("\n", "\n    ")


def unique(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings in order, each once."""
    return tuple(dict.fromkeys(findings))
