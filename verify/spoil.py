"""Records that break their contract, each in one known way, made from good ones."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any, TypeAlias


@dataclass(frozen=True)
class Spoiled:
    """A broken record, what is wrong with it, and a text that the reason given for its rejection must contain."""

    record: bytes
    kind: str
    reason: str


@dataclass(frozen=True)
class Fault:
    """A value that a column must not have; it may be wrong only `beside` values of other columns."""

    kind: str
    column: str
    value: Any
    reason: str
    beside: Mapping[str, Any] = field(default_factory=dict)

    @property
    def values(self) -> Mapping[str, Any]:
        """Of all columns that the fault is in."""
        return {**self.beside, self.column: self.value}


SKIPPED = "America/New_York skip"
"""Clocks there went from 01:59 to 03:00 on 10 March 2013."""

FLIGHTS = (
    Fault(
        "daylight-saving gap",
        "sched_dep_time",
        "230",
        f"sched_dep_time is '230': 2013-03-10T02:30 is a time that the clocks of {SKIPPED}",
        {"year": "2013", "month": "3", "day": "10", "hour": "2", "minute": "30"},
    ),
    Fault(
        "impossible date",
        "day",
        "30",
        "day is '30': there is no 2013-02-30",
        {"year": "2013", "month": "2"},
    ),
    Fault("missing required", "carrier", "", "carrier is missing"),
    Fault("wrong type", "distance", "far", "distance is 'far'"),
    Fault("wrong type", "time_hour", "yesterday", "time_hour is 'yesterday'"),
    Fault("wrong type", "time_hour", "2013-02-30T10:00:00Z", "time_hour is"),
    Fault("out of range", "month", "13", "month is '13'; the maximum is 12"),
    Fault("out of range", "hour", "24", "hour is '24'; the maximum is 23"),
    Fault("out of range", "distance", "-5", "distance is '-5'; the minimum is 1"),
    Fault("bad pattern", "carrier", "united", "carrier is 'united'; the pattern is"),
    Fault("bad pattern", "dest", "lax", "dest is 'lax'; the pattern is"),
    Fault("bad enum", "origin", "ORD", "origin is 'ORD'; give one of"),
    Fault("missing required", "dest", "NA", "dest is missing"),
    Fault("missing required", "time_hour", "NA", "time_hour is missing"),
    Fault("wrong type", "flight", "15.5", "flight is '15.5'"),
)
WEATHER = (
    Fault(
        "daylight-saving gap",
        "hour",
        2,
        f"hour is 2: 2013-03-10T02:00 is a time that the clocks of {SKIPPED}",
        {"year": 2013, "month": 3, "day": 10},
    ),
    Fault("missing required", "origin", None, "origin is missing"),
    Fault("missing required", "visib", None, "visib is missing"),
    Fault("wrong type", "temp", "39.02", "temp is '39.02'"),
    Fault("wrong type", "wind_dir", 270.5, "wind_dir is 270.5"),
    Fault("wrong type", "time_hour", 1357020000, "time_hour is 1357020000"),
    Fault("out of range", "humid", 101, "humid is 101; the maximum is 100"),
    Fault("out of range", "month", 0, "month is 0; the minimum is 1"),
    Fault("bad enum", "origin", "ORD", "origin is 'ORD'; give one of"),
    Fault("too many columns", "mood", "fine", "'mood' is not in the contract"),
)
PLANES = (
    Fault("missing required", "seats", "NA", "seats is missing"),
    Fault("wrong type", "engines", "two", "engines is 'two'"),
    Fault("out of range", "year", "1492", "year is '1492'; the minimum is 1903"),
    Fault("bad pattern", "tailnum", "n10156", "tailnum is 'n10156'; the pattern is"),
    Fault("bad enum", "type", "Balloon", "type is 'Balloon'; give one of"),
)
AIRPORTS = (
    Fault("out of range", "lat", "91.5", "lat is '91.5'; the maximum is 90"),
    Fault("bad enum", "dst", "X", "dst is 'X'; give one of"),
)
AIRLINES = (Fault("bad pattern", "carrier", "U", "carrier is 'U'; the pattern is"),)

CSV_FAULTS: Mapping[str, Sequence[Fault]] = {
    "flights": FLIGHTS,
    "planes": PLANES,
    "airports": AIRPORTS,
    "airlines": AIRLINES,
}


CsvSpoiler: TypeAlias = Callable[[bytes], Spoiled]
JsonSpoiler: TypeAlias = Callable[[Mapping[str, Any]], Spoiled]


def csv_spoilers(table: str, header: bytes) -> Iterator[CsvSpoiler]:
    """Without end, one way after the other to break a line (with its line end) of a table."""
    columns = header.decode("ascii").strip().split(",")
    faults = [_csv_fault(fault, columns) for fault in CSV_FAULTS[table]]
    return cycle([_too_few, _too_many, _not_utf8, *faults])


def json_spoilers() -> Iterator[JsonSpoiler]:
    """Without end, one way after the other to break a weather record."""
    return cycle([*[_json_fault(fault) for fault in WEATHER], _cut_off, _not_an_object, _json_not_utf8])


def _csv_fault(fault: Fault, columns: Sequence[str]) -> CsvSpoiler:
    places = {columns.index(name): value.encode("ascii") for name, value in fault.values.items()}

    def spoil(line: bytes) -> Spoiled:
        values = [places.get(place, value) for place, value in enumerate(line.rstrip(b"\n").split(b","))]
        return Spoiled(b",".join(values) + b"\n", fault.kind, fault.reason)

    return spoil


def _too_few(line: bytes) -> Spoiled:
    return Spoiled(line.rstrip(b"\n").rpartition(b",")[0] + b"\n", "too few columns", "the contract has")


def _too_many(line: bytes) -> Spoiled:
    return Spoiled(line.rstrip(b"\n") + b",more\n", "too many columns", "the contract has")


def _not_utf8(line: bytes) -> Spoiled:
    head, comma, rest = line.partition(b",")
    return Spoiled(head + b"\xff\xfe" + comma + rest, "not UTF-8", "not UTF-8")


def _json_fault(fault: Fault) -> JsonSpoiler:
    def spoil(row: Mapping[str, Any]) -> Spoiled:
        return Spoiled(json.dumps({**row, **fault.values}).encode(), fault.kind, fault.reason)

    return spoil


def _cut_off(row: Mapping[str, Any]) -> Spoiled:
    return Spoiled(json.dumps(row).encode()[:-20], "not JSON", "not JSON")


def _not_an_object(row: Mapping[str, Any]) -> Spoiled:
    return Spoiled(json.dumps([row]).encode(), "not JSON", "not a JSON object")


def _json_not_utf8(row: Mapping[str, Any]) -> Spoiled:
    return Spoiled(json.dumps(row).encode("utf-16"), "not UTF-8", "not UTF-8")
