"""Local times that columns of a contract make up, and those that no clock of their zone shows.

`localTime`, a custom property of the contract's table, says which columns they are:

    {zone: America/New_York, date: [year, month, day], clocks: [{hhmm: sched_dep_time}, {hour: hour, minute: minute}]}

The record validator runs where there may be no data of time zones: it gets what the clocks skip, worked out here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from contracts import Field

PARTS: Mapping[str, tuple[int, int]] = {
    "year": (1900, 2199),
    "month": (1, 12),
    "day": (1, 31),
    "hhmm": (0, 2359),
    "hour": (0, 23),
    "minute": (0, 59),
}
"""The limits within which those of a part's column must be; what the clocks skip is worked out for all its years."""
CLOCKS = (("hhmm",), ("hour", "minute"), ("hour",))
"""The parts that a time of the day may be told by."""
DAY = 86_400


@dataclass(frozen=True, kw_only=True)
class LocalTime:
    """`date` are the columns of year, month and day, each of `clocks` those of a time on that day, as (part, column).

    `gaps` are the local times that the zone's clocks skip, as ISO 8601 intervals; an interval's end is not skipped.
    """

    zone: str
    date: tuple[str, str, str]
    clocks: tuple[tuple[tuple[str, str], ...], ...]
    gaps: tuple[str, ...]

    def record_rule(self) -> dict[str, Any]:
        """What the record validator checks."""
        return {
            "zone": self.zone,
            "date": list(self.date),
            "clocks": [dict(clock) for clock in self.clocks],
            "gaps": list(self.gaps),
        }

    @property
    def told_as_hhmm(self) -> frozenset[str]:
        """The columns whose last two digits are minutes."""
        return frozenset(name for clock in self.clocks for part, name in clock if part == "hhmm")


def read(value: Any, fields: Sequence[Field], faulty: frozenset[str], faults: list[str]) -> LocalTime | None:
    """The local time that a contract declares, or its faults. Those of the columns `faulty` are told already."""
    own = list(_shape_faults(value))
    if not own:
        own += _zone_faults(value["zone"])
        parts = [*zip(("year", "month", "day"), value["date"], strict=True)]
        parts += [each for clock in value["clocks"] for each in clock.items()]
        known = {field.name: field for field in fields}
        own += [
            f"{name} {fault}"
            for part, name in parts
            if name not in faulty and (fault := _column_fault(part, known.get(name)))
        ]
    faults += [f"schema[0].customProperties.localTime: {fault}" for fault in own]
    if own or any(name in faulty for _, name in parts):
        return None
    year = known[value["date"][0]]
    return LocalTime(
        zone=value["zone"],
        date=tuple(value["date"]),
        clocks=tuple(tuple((part, clock[part]) for part in PARTS if part in clock) for clock in value["clocks"]),
        gaps=gaps(value["zone"], int(year.minimum or 0), int(year.maximum or 0)),
    )


@cache
def gaps(zone: str, first: int, last: int) -> tuple[str, ...]:
    """What the clocks of a zone skip from the year `first` to `last`, as ISO 8601 intervals of local times."""
    begin, end = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (first, last + 1))
    return tuple(_gaps(ZoneInfo(zone), begin - DAY, end + DAY))


def _gaps(zone: ZoneInfo, begin: int, end: int) -> Iterator[str]:
    before = _offset(zone, begin)
    for day in range(begin, end, DAY):
        after = _offset(zone, day + DAY)
        if after > before:
            low, high = day, day + DAY
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
            change = datetime.fromtimestamp(high, UTC).replace(tzinfo=None)
            yield f"{(change + before).isoformat()}/{(change + after).isoformat()}"
        before = after


def _offset(zone: ZoneInfo, second: int) -> timedelta:
    offset = datetime.fromtimestamp(second, zone).utcoffset()
    return offset if offset is not None else timedelta()


def _shape_faults(value: Any) -> Iterator[str]:
    if not isinstance(value, dict) or value.keys() != {"zone", "date", "clocks"}:
        yield f"is {value!r}; give zone, date and clocks, and nothing else."
        return
    date, clocks = value["date"], value["clocks"]
    if not isinstance(value["zone"], str):
        yield f"zone is {value['zone']!r}; give a name of the time zone database, such as America/New_York."
    if not isinstance(date, list) or len(date) != 3 or not all(isinstance(name, str) for name in date):
        yield f"date is {date!r}; give the columns of year, month and day."
    if not isinstance(clocks, list) or not clocks or not all(map(_is_clock, clocks)):
        yield f"clocks is {clocks!r}; give a list of {{hhmm: COLUMN}} or {{hour: COLUMN, minute: COLUMN}}."


def _is_clock(clock: Any) -> bool:
    return (
        isinstance(clock, dict)
        and any(clock.keys() == set(parts) for parts in CLOCKS)
        and all(isinstance(name, str) for name in clock.values())
    )


def _zone_faults(zone: str) -> Iterator[str]:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):  # Not there, a path out of the database, and a folder in it.
        yield (
            f"zone is {zone!r}, which the time zone database does not know; give one of its names, such as "
            "America/New_York."
        )


def _column_fault(part: str, field: Field | None) -> str | None:
    if field is None or field.derived is not None:
        return "is no column that is delivered; name one."
    low, high = PARTS[part]
    within = isinstance(field.minimum, int) and isinstance(field.maximum, int)
    if field.type != "integer" or not field.required or not within:
        return f"must be a required integer with minimum and maximum to be the {part}."
    if not low <= int(field.minimum or 0) <= int(field.maximum or 0) <= high:
        return f"is from {field.minimum} to {field.maximum}; a {part} is from {low} to {high}, give limits within."
    return None
