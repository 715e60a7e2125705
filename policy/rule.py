"""What a rule is: its metadata, said once, and the function that judges."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NotRequired, TypedDict, Unpack

from pulumi_policy import Severity
from pulumi_policy.proxy import UnknownValueError

from .subject import Stack, Subject, plain


@dataclass(frozen=True)
class Finding:
    """One breach: what was found, and the line to write if it isn't the rule's own remedy."""

    found: str
    write: str | None = None


class NotApplicableError(Exception):
    """Raised by a rule for a subject that it has nothing to say about; the message is the reason."""


# A rule yields its findings one by one, and in their midst what it could not read yet, so that one unknown value
# hides no breach that is already certain.
Verdict = Iterator[Finding | UnknownValueError]


# The frameworks whose controls rules name, by their short names.
FRAMEWORKS = {
    "FSBP": "AWS Foundational Security Best Practices",
    "Security Hub": "AWS Security Hub, beyond FSBP",
    "CIS 5.0": "CIS AWS Foundations Benchmark 5.0.0",
    "NIST 800-53": "NIST SP 800-53 revision 5",
}


@dataclass(frozen=True)
class Control:
    """A control of a published framework that a rule serves."""

    framework: str
    id: str

    def __str__(self) -> str:
        return f"{self.framework} {self.id}"

    def place(self) -> tuple[int, list[tuple[int, str]]]:
        """Where the control stands among others: by framework, then as people count, S3.9 before S3.12."""
        parts = [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", self.id)]
        return list(FRAMEWORKS).index(self.framework), parts


def fsbp(*ids: str) -> tuple[Control, ...]:
    """Controls of AWS Foundational Security Best Practices, by their Security Hub ids."""
    return tuple(Control("FSBP", each) for each in ids)


def security_hub(*ids: str) -> tuple[Control, ...]:
    """Controls that Security Hub checks outside its FSBP standard."""
    return tuple(Control("Security Hub", each) for each in ids)


def cis(*ids: str) -> tuple[Control, ...]:
    """Recommendations of the CIS AWS Foundations Benchmark 5.0.0."""
    return tuple(Control("CIS 5.0", each) for each in ids)


def nist(*ids: str) -> tuple[Control, ...]:
    """Controls of NIST SP 800-53 revision 5."""
    return tuple(Control("NIST 800-53", each) for each in ids)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """The metadata of one rule. `settings` maps each setting to its JSON schema, default included."""

    id: str
    title: str
    severity: Severity
    controls: tuple[Control, ...]
    types: tuple[str, ...]
    why: str
    remedy: str
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def setting(self, config: Mapping[str, Any], key: str) -> Any:
        """The value that the run was given for a setting, else its default."""
        return config.get(key, self.settings[key]["default"])

    def message(self, subject: Subject, finding: Finding) -> str:
        """A finding in full: rule, resource, what is wrong, why it matters, what to write."""
        write = finding.write or self.remedy
        return f"[{self.id}] {subject.short}: {finding.found}.\n  Why: {self.why}\n  Write: {write}"


@dataclass(frozen=True, kw_only=True)
class ResourceRule(Rule):
    """A rule that needs one resource only: it stops that resource before it is created."""

    judge: Callable[[Subject], Verdict]


@dataclass(frozen=True, kw_only=True)
class StackRule(Rule):
    """A rule that needs the whole stack, asked about each resource of its types after all are registered."""

    judge: Callable[[Subject, Stack], Verdict]


class Metadata(TypedDict):
    """What every rule is declared with; see `Rule`."""

    id: str
    title: str
    severity: Severity
    controls: tuple[Control, ...]
    types: tuple[str, ...]
    why: str
    remedy: str
    settings: NotRequired[Mapping[str, Mapping[str, Any]]]


def by_control(rules: Iterable[Rule]) -> dict[Control, list[Rule]]:
    """The rules that serve each control, framework by framework."""
    served: dict[Control, list[Rule]] = {}
    for rule in rules:
        for control in rule.controls:
            served.setdefault(control, []).append(rule)
    return dict(sorted(served.items(), key=lambda entry: entry[0].place()))


def resource_rule(**metadata: Unpack[Metadata]) -> Callable[[Callable[[Subject], Verdict]], ResourceRule]:
    """Makes a rule of a function that judges one resource."""
    return lambda judge: ResourceRule(judge=judge, **metadata)


def stack_rule(**metadata: Unpack[Metadata]) -> Callable[[Callable[[Subject, Stack], Verdict]], StackRule]:
    """Makes a rule of a function that judges one resource among all of its stack."""
    return lambda judge: StackRule(judge=judge, **metadata)


def must(subject: Subject, path: str, holds: Callable[[Any], bool], found: str, write: str | None = None) -> Verdict:
    """One finding unless `holds` for the value at `path`; `{}` in `found` stands for that value.

    A value that is not known yet is yielded as such, so that the checks after it still run.
    """
    try:
        value = subject.get(path)
    except UnknownValueError as error:
        yield error
        return
    if not holds(value):
        yield Finding(found.replace("{}", shown(value)), write)


def shown(value: Any) -> str:
    """A value as messages show it: `unset`, or quoted and cut to a readable length."""
    try:
        value = plain(value)
    except UnknownValueError:
        return "partly unknown"
    if value in (None, "", [], {}):
        return "unset"
    if isinstance(value, float) and value.is_integer():
        # The engine hands every number over as a float.
        value = int(value)
    text = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 120 else f"{text[:117]}..."
