"""What one run changes about the rules: the file that Pulumi takes as `--policy-pack-config`.

Its format is Pulumi's (https://www.pulumi.com/docs/using-pulumi/crossguard/configuration): a JSON object from a rule's
id to a level, or to an object of `enforcementLevel` and settings; `all` stands for every rule that isn't named.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pulumi_policy import EnforcementLevel

from ..rule import Rule

ALL = "all"
LEVEL = "enforcementLevel"
LEVELS = tuple(level.value for level in EnforcementLevel)


class ConfigurationError(Exception):
    """A configuration file can't be used; the message has all its faults."""


@dataclass(frozen=True)
class Configuration:
    """The levels and settings that differ from the pack's own, by rule."""

    levels: Mapping[str, EnforcementLevel] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def level(self, rule: str) -> EnforcementLevel:
        """At which level a rule is enforced."""
        return self.levels.get(rule, self.levels.get(ALL, EnforcementLevel.MANDATORY))


def read(path: Path, rules: Iterable[Rule], others: Iterable[str] = ()) -> Configuration:
    """The configuration that a file holds; `others` are further policies that it may name.

    Raises ConfigurationError for what Pulumi would refuse, and for the unknown rules and settings that it would ignore.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} can't be read as JSON: {error}") from error
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path} must hold an object from rules to levels or settings")
    known = {rule.id: frozenset(rule.settings) for rule in rules} | dict.fromkeys([ALL, *others], frozenset())
    levels: dict[str, EnforcementLevel] = {}
    settings: dict[str, dict[str, Any]] = {}
    faults: list[str] = []
    for name, entry in content.items():
        said = dict(entry) if isinstance(entry, dict) else {LEVEL: entry}
        level = said.pop(LEVEL, None)
        if name not in known:
            faults.append(f"there is no rule {name!r}")
        elif unknown := sorted(said.keys() - known[name]):
            faults.append(f"{name} has no setting {', '.join(unknown)}; it has {', '.join(known[name]) or 'none'}")
        if level in LEVELS:
            levels[name] = EnforcementLevel(level)
        elif level is not None:
            faults.append(f"{name} is {level!r}; write one of {', '.join(LEVELS)}")
        settings[name] = said
    if faults:
        raise ConfigurationError("\n".join(f"{path}: {fault}" for fault in faults))
    return Configuration(levels, settings)
