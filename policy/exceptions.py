"""Exceptions to rules: each names its rule, resource, reason, owner and last day, and must match something.

They are the judged project's own: a file beside its Pulumi.yaml.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from .subject import canonical

FILE_NAME = "policy-exceptions.yaml"
PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")
FIELDS = ("rule", "resource", "reason", "owner", "expires")


@dataclass(frozen=True)
class Waiver:
    """One exception. `resource` is `type::name` as a URN ends, `*` standing for any run of characters."""

    rule: str
    resource: str
    reason: str
    owner: str
    expires: datetime.date
    stacks: tuple[str, ...] = ("*",)

    def __str__(self) -> str:
        return f"{self.rule} on {self.resource}"

    def applies_to(self, stack: str) -> bool:
        """Whether the exception was written for this stack."""
        return any(fnmatchcase(stack, pattern) for pattern in self.stacks)

    def names(self, urn: str) -> bool:
        """Whether a URN is the resource that the exception is for."""
        kind, _, name = urn.rpartition("::")
        own = canonical(kind.rsplit("::", 1)[-1].rsplit("$", 1)[-1])
        return fnmatchcase(f"{own}::{name}", self.resource)


@dataclass
class Waivers:
    """The exceptions of one project and stack, and what became of them in this run."""

    held: tuple[Waiver, ...]
    faults: tuple[str, ...] = ()
    today: datetime.date = field(default_factory=lambda: datetime.datetime.now(datetime.UTC).date())
    used: set[Waiver] = field(default_factory=set)
    undecided: dict[Waiver, Exception] = field(default_factory=dict)

    def covers(self, rule: str, urn: str) -> bool:
        """Whether a breach is excepted today; remembers that the exception was needed."""
        for waiver in self.held:
            if waiver.rule == rule and waiver.names(urn) and self.today <= waiver.expires:
                self.used.add(waiver)
                return True
        return False

    def could_not_tell(self, rule: str, urn: str, error: Exception) -> None:
        """Remembers that a rule could not judge a resource yet, so that its exception isn't called unused."""
        for waiver in self.held:
            if waiver.rule == rule and waiver.names(urn):
                self.undecided[waiver] = error

    @property
    def in_force(self) -> tuple[Waiver, ...]:
        """The exceptions that are in date."""
        return tuple(waiver for waiver in self.held if self.today <= waiver.expires)

    def untenable(self) -> Iterator[str | Exception]:
        """What is wrong with the exceptions, asked once every rule has had its say.

        Where a rule could not tell whether its exception is needed, what kept it from that stands in place of a fault.
        """
        for fault in self.faults:
            yield f"{fault}. Write rule, resource, reason, owner and expires, or remove the entry."
        for waiver in self.held:
            if self.today > waiver.expires:
                yield f"{waiver} expired on {waiver.expires}. Mend the resource, or decide anew."
            elif waiver not in self.used and waiver in self.undecided:
                yield self.undecided[waiver]
            elif waiver not in self.used:
                yield f"{waiver} matches no breach any more. Remove it from {FILE_NAME}."


def project_file(folder: Path) -> Path | None:
    """The Pulumi project's own file, such as Pulumi.yaml, of the project that holds `folder`."""
    above = (each / name for each in (folder, *folder.parents) for name in PROJECT_FILES)
    return next((file for file in above if file.exists()), None)


def file_of(folder: Path) -> Path:
    """Where the Pulumi project that holds `folder` keeps its exceptions, whether the file is there or not."""
    project = project_file(folder)
    return (project.parent if project else folder) / FILE_NAME


def load(path: Path, stack: str, rules: frozenset[str]) -> Waivers:
    """The exceptions that a file holds for a stack; none if there is no file.

    Its faults (unknown rules and malformed entries) are kept, not raised, so that a run reports them as violations.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None
    except yaml.YAMLError as error:
        return Waivers((), (f"{path.name} is no YAML: {' '.join(str(error).split())}",))
    if content is None:
        return Waivers(())
    if not isinstance(content, list):
        return Waivers((), (f"{path.name} must be a list of exceptions",))
    waivers: list[Waiver] = []
    faults: list[str] = []
    for position, entry in enumerate(content, start=1):
        fault = _fault(entry, rules)
        if fault:
            faults.append(f"{path.name}, exception {position}: {fault}")
            continue
        waiver = Waiver(**{key: entry[key] for key in FIELDS}, stacks=tuple(entry.get("stacks", ("*",))))
        if waiver.applies_to(stack):
            waivers.append(waiver)
    return Waivers(tuple(waivers), tuple(faults))


def _fault(entry: Any, rules: frozenset[str]) -> str | None:
    if not isinstance(entry, dict):
        return f"an exception is a mapping of {', '.join(FIELDS)}"
    missing = [key for key in FIELDS if not entry.get(key)]
    if missing:
        return f"lacks {', '.join(missing)}"
    unknown = sorted(set(entry) - {*FIELDS, "stacks"})
    if unknown:
        return f"has unknown fields {', '.join(unknown)}"
    if not isinstance(entry["expires"], datetime.date):
        return f"expires is {entry['expires']!r}; write a date as 2027-06-30"
    if not isinstance(entry.get("stacks", []), list):
        return f"stacks is {entry['stacks']!r}; write a list of stack names, `*` for any run of characters"
    if entry["rule"] not in rules:
        return f"there is no rule {entry['rule']!r}"
    return None
