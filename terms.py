"""What the people behind a data set answer for, read from the standard's `team` and `slaProperties`.

What no part of the platform would act on is refused: it would look like a promise that somebody keeps.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from open_data_contract_standard.model import ServiceLevelAgreementProperty, Team, TeamMember

OWNER = "owner"
"""The role of the team's member who answers for a data set."""
FRESHNESS, RETENTION = "freshness", "retention"
MOST_HOURS = 7 * 24
HOURS: Mapping[str, int] = {"h": 1, "hour": 1, "hours": 1, "d": 24, "day": 24, "days": 24}
DAYS: Mapping[str, float] = {"d": 1, "day": 1, "days": 1, "y": 365.25, "yr": 365.25, "year": 365.25, "years": 365.25}
UNHEEDED = ("element", "valueExt", "scheduler", "schedule")
"""What the standard lets a service level say besides, and nothing here goes by."""
_ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+@-]{0,126}")


@dataclass(frozen=True, kw_only=True)
class ServiceLevels:
    """`fresh_hours`: within how long something new is to be accepted. `kept_days`: how long raw objects stay."""

    fresh_hours: int | None = None
    kept_days: int | None = None


NO_LEVELS = ServiceLevels()


def owner(team: Team | list[TeamMember] | None, faults: list[str]) -> str | None:
    """Who answers for a data set now: the username of the team's one member with that role. Others are for people."""
    if team is None:
        return None
    members: Sequence[TeamMember] = team if isinstance(team, list) else team.members or []
    names = [each.username or "" for each in members if each.role == OWNER and each.dateOut is None]
    if len(names) != 1:
        faults.append(
            f"team: has {', '.join(names) or 'nobody'} with the role owner; give it to exactly one member without "
            "dateOut."
        )
        return None
    if not _ADDRESS.fullmatch(names[0]):
        faults.append(
            f"team: the owner is {names[0]!r}; give a username or address of letters, digits and . _ + @ -, as "
            "catalogs and alarms show it."
        )
        return None
    return names[0]


def service_levels(
    levels: Sequence[ServiceLevelAgreementProperty] | None, kind: str, faults: list[str]
) -> ServiceLevels:
    """What a source promises of its freshness, and asks for its raw objects."""
    found: dict[str, int] = {}
    for number, level in enumerate(levels or []):
        name = level.property or ""
        own = list(_unkept(name, level, kind))
        faults += [f"slaProperties[{number}]: {fault}" for fault in own]
        if not own:
            found[name] = _converted(name, level)
    faults += [
        f"slaProperties: {name} is there {times} times; give it once."
        for name, times in Counter(level.property for level in levels or []).items()
        if times > 1
    ]
    return ServiceLevels(fresh_hours=found.get(FRESHNESS), kept_days=found.get(RETENTION))


def _unkept(name: str, level: ServiceLevelAgreementProperty, kind: str) -> Iterator[str]:
    units: Mapping[str, float] | None = {FRESHNESS: HOURS, RETENTION: DAYS}.get(name)
    if units is None:
        yield f"property is {name!r}; what is acted on is {FRESHNESS} and {RETENTION}, leave others out."
        return
    if kind == "product":
        yield f"{name} is for what is delivered; a product is as fresh as the last run that made it, leave it out."
        return
    if not isinstance(level.value, int) or isinstance(level.value, bool) or level.value < 1:
        yield f"{name} has the value {level.value!r}; give a whole number, 1 or more."
    elif level.unit not in units:
        yield f"{name} has the unit {level.unit!r}; give one of {', '.join(units)}."
    elif name == FRESHNESS and _converted(name, level) > MOST_HOURS:
        yield (
            f"{name} is {level.value} {level.unit}; it must be {MOST_HOURS // 24} days or less, since no alarm looks "
            "further back (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html); "
            "give less, or leave it out."
        )
    for each in UNHEEDED:
        if getattr(level, each) is not None:
            yield f"{name} has {each}, by which nothing goes; leave it out."


def _converted(name: str, level: ServiceLevelAgreementProperty) -> int:
    """In hours or days, rounded up: nothing goes before its time."""
    unit = (HOURS if name == FRESHNESS else DAYS)[level.unit or ""]
    return -int(-float(level.value or 0) * unit // 1)
