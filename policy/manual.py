"""Writes docs/policies.md from manual.md and the rules: `python -m policy.manual`, or `--check` that it is current."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from string import Template

from .pack import EXCEPTIONS_HOLD, EXCEPTIONS_IN_FORCE, UNDECIDED
from .rule import FRAMEWORKS, ResourceRule, Rule, by_control
from .rules import RULES
from .subject import dotted_type

PAGE = Path(__file__).resolve().parent.parent / "docs" / "policies.md"

PROSE = Path(__file__).resolve().parent / "manual.md"


def page() -> str:
    """The whole page."""
    overview = ["| rule | bites on | severity | what must hold |", "| --- | --- | --- | --- |"]
    overview += [
        f"| [{rule.id}](#{rule.id}) | {_kind(rule)} | {rule.severity.value} | {rule.title} |" for rule in RULES
    ]
    head = Template(PROSE.read_text(encoding="utf-8")).substitute(
        undecided=UNDECIDED.pattern, in_force=EXCEPTIONS_IN_FORCE, hold=EXCEPTIONS_HOLD, controls="\n".join(_controls())
    )
    return "\n".join([head, *overview, "", *(_section(rule) for rule in RULES)])


def _controls() -> Iterator[str]:
    """A table for each framework, from its controls to the rules that serve them."""
    served = by_control(RULES)
    for framework, full in FRAMEWORKS.items():
        yield from (f"### {full} ({framework})", "", "| control | rules that serve it |", "| --- | --- |")
        for control, rules in served.items():
            if control.framework == framework:
                yield f"| {control.id} | {', '.join(f'[{rule.id}](#{rule.id})' for rule in rules)} |"
        yield ""


def _kind(rule: Rule) -> str:
    return "resource" if isinstance(rule, ResourceRule) else "stack"


def _section(rule: Rule) -> str:
    lines = [
        f"### {rule.id}",
        "",
        rule.title,
        "",
        f"- Severity: {rule.severity.value}. Asked about each: {', '.join(dotted_type(each) for each in rule.types)}.",
        f"- Why: {rule.why}.",
        f"- Write: `{rule.remedy}`",
        f"- Serves: {', '.join(str(control) for control in rule.controls)}.",
    ]
    lines += [
        f"- Setting `{key}`: {schema['description']} Default `{schema['default']}`."
        for key, schema in rule.settings.items()
    ]
    return "\n".join([*lines, ""])


def main(arguments: list[str]) -> int:
    """Writes the page, or with --check says whether it is current (exit 1 if not)."""
    if "--check" in arguments:
        current = PAGE.exists() and PAGE.read_text(encoding="utf-8") == page()
        if not current:
            print(f"{PAGE.name} is not current; run python -m policy.manual", file=sys.stderr)
        return 0 if current else 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
