"""A review as a document in Markdown: what was judged, by which rule, for which control, and with which exceptions.

It is written to be handed over, and to be read as the summary of a GitHub job, which takes a megabyte
(https://docs.github.com/actions/using-workflows/workflow-commands-for-github-actions#adding-a-job-summary).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pulumi_policy import EnforcementLevel

from ..pack import NAME
from ..rule import FRAMEWORKS, Control, by_control
from ..subject import dotted_type
from . import Answer, Review, Standing, Verdict, worst

PACK_FILE = Path(__file__).resolve().parent.parent / "PulumiPolicy.yaml"


def document(review: Review, facts: Mapping[str, str], deferred: Mapping[str, Iterable[str]] | None = None) -> str:
    """The sections of the evidence, from the second heading level on.

    `facts` are shown beside what the review knows itself, such as the commit. `deferred` has by rule the resources that
    a preview could not judge; None where there was no preview.
    """
    lines = [*_judged(review, facts), *_faults(review), *_rules(review), *_controls(review), *_exceptions(review)]
    if deferred is not None:
        lines += _deferred(review, deferred)
    return "\n".join([*lines, *_not_applicable(review), *_resources(review)])


def facts_of(state: Mapping[str, Any]) -> dict[str, str]:
    """What a state says of the deployment that wrote it: when, and by which engine."""
    manifest = state["deployment"].get("manifest", {})
    time = str(manifest.get("time", ""))[:19].replace("T", " ")
    engine = manifest.get("version", "")
    return {"deployed": f"{time} UTC" if time else "", "engine": f"Pulumi {engine}" if engine else ""}


def verdict_line(review: Review) -> str:
    """The outcome in a sentence: how many rules were asked, and what their answers were."""
    answers = [answer.verdict for standing in review.standings for answer in standing.judged]
    asked = sum(bool(standing.judged) for standing in review.standings)
    return (
        f"{asked} of {len(review.standings)} rules had something to judge, "
        f"and gave {len(answers)} answers: {_counted(answers)}."
    )


def _counted(verdicts: Iterable[Verdict]) -> str:
    """How many of each verdict there are, the worst first."""
    found = Counter(verdicts)
    words = {verdict: "hold" if verdict is Verdict.HOLDS else verdict.value for verdict in Verdict}
    return ", ".join(f"{found[verdict]} {words[verdict]}" for verdict in Verdict if found[verdict]) or "none"


def _judged(review: Review, facts: Mapping[str, str]) -> list[str]:
    of_aws = sum(each.type.startswith("aws:") for each in review.resources)
    version = yaml.safe_load(PACK_FILE.read_text(encoding="utf-8"))["version"]
    known = {
        "project": review.project,
        "stack": review.stack,
        "resources": f"{len(review.resources)}, of which {of_aws} of AWS",
        "policy pack": f"{NAME} {version}, {len(review.standings)} rules",
        "exceptions counted as of": str(review.waivers.today),
    }
    rows = [(key, value) for key, value in (known | dict(facts)).items() if value]
    outcome = "holds" if review.holds else "does not hold"
    return [
        "## What was judged",
        "",
        *table(("what", "which"), rows),
        f"**The stack {outcome}.** {verdict_line(review)}",
        "",
        "A rule that holds shows that the resources below keep to it as they are deployed. That supports the "
        "controls that it serves; what a control asks of people and processes isn't judged here.",
        "",
    ]


def _faults(review: Review) -> Iterator[str]:
    found = [
        (standing, answer)
        for standing in review.standings
        for answer in standing.answers
        if answer.verdict in (Verdict.VIOLATED, Verdict.UNDECIDED)
    ]
    if not found and not review.exception_faults:
        return
    yield from ("## What does not hold", "")
    for standing, answer in found:
        shown = "" if standing.fails else f" ({standing.level.value})"
        yield from (f"**{answer.rule.id}**, {code(answer.subject.short)}: {answer.verdict.value}{shown}", "")
        yield from ("````", *answer.messages, "````", "")
    for fault in review.exception_faults:
        yield from (f"**Exceptions**: {text(fault)}", "")


def _rules(review: Review) -> list[str]:
    rows = [
        (
            code(standing.rule.id),
            standing.rule.severity.value,
            standing.rule.title,
            str(len(standing.judged)),
            _came_to(standing),
        )
        for standing in review.standings
    ]
    return ["## Rules", "", *table(("rule", "severity", "what must hold", "judged", "verdict"), rows)]


def _came_to(standing: Standing) -> str:
    """The verdict of a rule, with how many of its resources are excepted or worse."""
    plain = standing.verdict in (Verdict.HOLDS, Verdict.NOT_APPLICABLE)
    said = standing.verdict.value if plain else _counted(answer.verdict for answer in standing.judged)
    enforced = standing.level is EnforcementLevel.MANDATORY
    return _stressed(standing.verdict, said) + ("" if enforced else f" ({standing.level.value})")


def _controls(review: Review) -> Iterator[str]:
    standings = {standing.rule.id: standing for standing in review.standings}
    served = by_control(standing.rule for standing in review.standings)
    yield from ("## Controls", "", "A control stands as the worst of the rules that serve it.", "")
    for framework, full in FRAMEWORKS.items():
        own: dict[Control, list[Standing]] = {
            control: [standings[rule.id] for rule in rules]
            for control, rules in served.items()
            if control.framework == framework
        }
        if not own:
            continue
        verdicts = {control: worst(each.verdict for each in rules) for control, rules in own.items()}
        yield from (f"### {full}: {_counted(verdicts.values())}", "")
        yield from table(
            ("control", "rules that serve it", "verdict"),
            (
                (control.id, ", ".join(_serving(each) for each in rules), _stressed(verdicts[control]))
                for control, rules in own.items()
            ),
        )


def _serving(standing: Standing) -> str:
    """A rule in the list of those that serve a control, with its verdict where that isn't that it holds."""
    said = "" if standing.verdict is Verdict.HOLDS else f" ({standing.verdict.value})"
    return f"{code(standing.rule.id)}{said}"


def _exceptions(review: Review) -> list[str]:
    in_force = review.waivers.in_force
    heading = ["## Exceptions in force", ""]
    if not in_force:
        return [*heading, "None.", ""]
    columns = ("rule", "resource", "until", "owner", "reason")
    rows = ((code(w.rule), code(w.resource), str(w.expires), w.owner, w.reason) for w in in_force)
    return [*heading, *table(columns, rows)]


def _deferred(review: Review, deferred: Mapping[str, Iterable[str]]) -> list[str]:
    heading = ["## Deferred by the preview", ""]
    if not deferred:
        return [*heading, "None: every rule came to its answer before anything was deployed.", ""]
    told = "Values that only a deployment brings kept these rules from an answer in the preview. What they came to:"
    came_to = {standing.rule.id: _came_to(standing) for standing in review.standings}
    rows = (
        (code(rule), ", ".join(resources), came_to.get(rule, "unknown rule"))
        for rule, resources in sorted(deferred.items())
    )
    return [*heading, told, "", *folded(table(("rule", "deferred for", "after the deployment"), rows), "The rules")]


def _not_applicable(review: Review) -> list[str]:
    idle = [standing for standing in review.standings if not standing.judged]
    heading = ["## Not applicable", ""]
    if not idle:
        return [*heading, "None: every rule had something to judge.", ""]
    rows = ((code(standing.rule.id), standing.rule.title, standing.why_not_applicable) for standing in idle)
    return [*heading, *table(("rule", "what must hold", "why it was not asked"), rows)]


def _resources(review: Review) -> Iterator[str]:
    yield from ("## Resources, rule by rule", "")
    for standing in review.standings:
        if standing.answers:
            title = f"<b>{standing.rule.id}</b>: {len(standing.judged)} judged, {_came_to(standing)}"
            yield from folded(_listed(standing), title.replace("**", ""))


def _listed(standing: Standing) -> Iterator[str]:
    """The resources of a rule by verdict and type, those that it does not apply to by reason."""
    groups: dict[str, list[Answer]] = {}
    for answer in sorted(standing.answers, key=lambda each: list(Verdict).index(each.verdict)):
        reason = f" ({'; '.join(answer.messages)})" if answer.verdict is Verdict.NOT_APPLICABLE else ""
        groups.setdefault(f"{answer.verdict.value}{reason}: {dotted_type(answer.subject.type)}", []).append(answer)
    for group, answers in groups.items():
        yield f"- {text(group)} " + ", ".join(code(answer.subject.name) for answer in answers)
    yield ""


def _stressed(verdict: Verdict, said: str = "") -> str:
    """A verdict as tables show it, bold where it shuts a gate."""
    said = said or verdict.value
    return f"**{said}**" if verdict in (Verdict.VIOLATED, Verdict.UNDECIDED) else said


def table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """A table with the line after it that ends it."""
    columns = tuple(columns)
    lines = [columns, ["---"] * len(columns), *([text(cell) for cell in row] for row in rows)]
    return [*(f"| {' | '.join(cells)} |" for cells in lines), ""]


def folded(lines: Iterable[str], title: str) -> list[str]:
    """Lines that GitHub shows only when their title is clicked."""
    return ["<details>", f"<summary>{title}</summary>", "", *lines, "</details>", ""]


def code(name: str) -> str:
    """A name as code."""
    return f"`{name}`"


def text(cell: str) -> str:
    """Text that can stand in a table: in one line, its bars escaped."""
    return " ".join(cell.split()).replace("|", "\\|")
