"""What the engine's event log says about the pack: rules left undecided, rules violated, rules that ran.

`pulumi up --event-log FILE` writes the log, one JSON object a line. The pack itself doesn't use this module; it is the
one place that knows the wording, for whoever gates on a run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

# The SDK (pulumi_policy.policy) reports a rule that touched an unknown value as an advisory violation of this form,
# whose wording says "during preview" even where it happens in an update.
UNDECIDED = re.compile(
    r"^can't run policy '(?P<rule>[^']+)' from policy pack '(?P<pack>[^'@]+)@v(?P<version>[^']+)' "
    r"during preview: (?P<reason>.*)$",
    re.DOTALL,
)


@dataclass(frozen=True)
class Report:
    """One line that the pack reported: the rule, the resource's URN ("" for the stack), and the text."""

    rule: str
    urn: str
    text: str


@dataclass
class Outcome:
    """What a run's events say of one pack.

    `undecided` are rules that met unknown values, `violated` mandatory breaches, `noted` advisory lines (exceptions in
    force), `ran` the ids of all rules that came to a verdict on something, `loaded` whether the pack ran at all.
    """

    undecided: list[Report] = field(default_factory=list)
    violated: list[Report] = field(default_factory=list)
    noted: list[Report] = field(default_factory=list)
    ran: set[str] = field(default_factory=set)
    loaded: bool = False


def parse(lines: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """The events of a log, of which a killed engine may leave the last line unfinished."""
    for line in lines:
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            continue
        if isinstance(event, dict):
            yield event


def outcome(events: Iterable[Mapping[str, Any]], pack: str = "medallion") -> Outcome:
    """Sorts a run's events. A run whose pack never `loaded`, or that has anything `undecided`, proves nothing."""
    found = Outcome()
    for event in events:
        for summary in ("policyAnalyzeSummaryEvent", "policyAnalyzeStackSummaryEvent"):
            held = event.get(summary)
            if held and held.get("policyPackName") == pack:
                found.loaded = True
                found.ran |= {*held.get("passed", ()), *held.get("failed", ())}
        violation = event.get("policyEvent")
        if violation and violation.get("policyPackName") == pack:
            _sort(violation, found)
    found.ran -= {report.rule for report in found.undecided}
    return found


def _sort(violation: Mapping[str, Any], found: Outcome) -> None:
    # The engine colours the text with its own <{%...%}> marks.
    text = re.sub(r"<\{%[^%]*%\}>", "", violation.get("message", "")).strip()
    report = Report(violation["policyName"], violation.get("resourceUrn", ""), text)
    if UNDECIDED.match(text):
        found.undecided.append(report)
    elif violation.get("enforcementLevel") == "advisory":
        found.noted.append(report)
    else:
        found.violated.append(report)
