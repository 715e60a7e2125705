"""What the people behind a data set answer for, read from the standard's `team`, `quality` and `slaProperties`.

What no part of the platform would act on is refused: it would look like a promise that somebody keeps.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from open_data_contract_standard.model import (
    DataQuality,
    SchemaObject,
    SchemaProperty,
    ServiceLevelAgreementProperty,
    Team,
    TeamMember,
)

OWNER = "owner"
"""The role of the team's member who answers for a data set."""
FRESHNESS, RETENTION = "freshness", "retention"
MOST_HOURS = 7 * 24
HOURS: Mapping[str, int] = {"h": 1, "hour": 1, "hours": 1, "d": 24, "day": 24, "days": 24}
DAYS: Mapping[str, float] = {"d": 1, "day": 1, "days": 1, "y": 365.25, "yr": 365.25, "year": 365.25, "years": 365.25}
UNHEEDED = ("element", "valueExt", "scheduler", "schedule")
"""What the standard lets a service level say besides, and nothing here goes by."""
_ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+@-]{0,126}")

MUST_BE: Mapping[str, str] = {
    "mustBe": "=",
    "mustNotBe": "!=",
    "mustBeGreaterThan": ">",
    "mustBeGreaterOrEqualTo": ">=",
    "mustBeLessThan": "<",
    "mustBeLessOrEqualTo": "<=",
}
"""Operator of the standard's quality rules → sign of the comparison with a number."""


@dataclass(frozen=True, kw_only=True)
class Promise:
    """A quality rule of the standard's, once rows are conformed.

    What is compared with `limit` is the percentage of rows in which `column` is missing; without one, their number.
    """

    sign: str
    limit: float
    column: str | None = None
    reason: str = ""


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


def promises(table: SchemaObject, faults: list[str]) -> Iterator[Promise]:
    """The quality rules of a table and of its columns, but for those that are texts."""
    for column, number, rule in _quality(table):
        if rule.type != "text":
            own = list(_unevaluated(rule, column))
            at = f"schema[0]{f'.{column}' if column else ''}.quality[{number}]"
            faults += [f"{at}.{fault}" for fault in own]
            if not own:
                (name,) = _operators(rule)
                limit, reason = float(getattr(rule, name)), words(rule.description)
                yield Promise(sign=MUST_BE[name], limit=limit, column=column, reason=reason)


def _quality(table: SchemaObject) -> Iterator[tuple[str | None, int, DataQuality]]:
    """Column, if it is of one, place there, and rule."""
    owners: list[SchemaObject | SchemaProperty] = [table, *(table.properties or [])]
    for owner in owners:
        for number, rule in enumerate(owner.quality or []):
            yield owner.name if isinstance(owner, SchemaProperty) else None, number, rule


def advice(table: SchemaObject) -> Iterator[str]:
    """The quality rules that are texts."""
    for column, _, rule in _quality(table):
        if rule.type == "text" and rule.description:
            yield f"{column}: {words(rule.description)}" if column else words(rule.description)


def words(text: str | None) -> str:
    """A text of the contract on one line."""
    return " ".join((text or "").split())


def _unevaluated(rule: DataQuality, column: str | None) -> Iterator[str]:
    """Why a rule is none that is evaluated: it would look like a promise that somebody keeps."""
    wanted, unit = ("nullValues", "percent") if column else ("rowCount", "rows")
    if (rule.type or "library") != "library" or rule.metric != wanted:
        yield (
            f"metric: is {rule.metric or rule.type!r}; what is evaluated is {wanted} for a "
            f"{'column' if column else 'table'}, beside what keys, types and limits promise; or make it a text."
        )
    if (rule.unit or "rows") != unit:
        yield f"unit: is {rule.unit or 'rows'!r}; give {unit}, by which {wanted} is measured."
    if rule.severity not in (None, "error"):
        yield f"severity: is {rule.severity!r}; a rule that does not hold stops the flow, give error or leave it out."
    names = _operators(rule)
    kinds: tuple[type, ...] = (int, float) if column else (int,)
    if len(names) != 1 or type(getattr(rule, names[0])) not in kinds:
        number = "a number" if column else "a whole number"
        yield f"mustBe: give {number}, by exactly one of {', '.join(MUST_BE)}."


def _operators(rule: DataQuality) -> list[str]:
    return [name for name in MUST_BE if getattr(rule, name) is not None]


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
