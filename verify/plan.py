"""What a run sends, worked out before anything is: a pure function of the days and the seed."""

import hashlib
import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from verify import source, spoil

SPOILED_FILES = 40
SPOILED_PER_FILE = 5
DUPLICATES_PER_FILE = 2
SPOILED_RECORDS = 120
DUPLICATE_RECORDS = 40
SPOILED_PER_REFERENCE = 8
WRONG_HEADER = "flights-of-another-shape.csv"

_INTEGERS = frozenset({"year", "month", "day", "hour", "wind_dir"})
_TEXTS = frozenset({"origin", "time_hour"})


@dataclass(frozen=True)
class File:
    """A file to put. `spoiled` has the line number of each broken line."""

    dataset: str
    name: str
    body: bytes
    records: int
    duplicates: int = 0
    spoiled: dict[int, spoil.Spoiled] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """Everything that a run sends."""

    days: tuple[source.Day, ...]
    drops: tuple[File, ...]
    references: tuple[File, ...]
    weather: tuple[bytes, ...]
    weather_duplicates: int
    weather_spoiled: tuple[spoil.Spoiled, ...]

    @property
    def files(self) -> tuple[File, ...]:
        """Every file, dropped or delivered by exchange."""
        return self.drops + self.references

    def sent(self, dataset: str) -> int:
        """Records sent of a data set, good, broken and repeated."""
        return len(self.weather) if dataset == "weather" else sum(f.records for f in self._of(dataset))

    def duplicates(self, dataset: str) -> int:
        """Good records sent once more."""
        if dataset == "weather":
            return self.weather_duplicates
        return sum(file.duplicates for file in self._of(dataset))

    def spoiled(self, dataset: str) -> list[spoil.Spoiled]:
        """Broken records of a data set."""
        if dataset == "weather":
            return list(self.weather_spoiled)
        return [broken for file in self._of(dataset) for broken in file.spoiled.values()]

    def kinds(self) -> Counter[str]:
        """How many records are broken in which way."""
        datasets = ("weather", *sorted({file.dataset for file in self.files}))
        return Counter(broken.kind for name in datasets for broken in self.spoiled(name))

    def manifest(self) -> dict[str, Any]:
        """What is sent, for people: counts, and every broken record with its place."""
        return {
            "days": len(self.days),
            "sent": {name: self.sent(name) for name in ("flights", "weather", *source.REFERENCES)},
            "duplicates": {name: self.duplicates(name) for name in ("flights", "weather", *source.REFERENCES)},
            "spoiled": [
                _entry(file.dataset, broken, f"{file.name}:{line}")
                for file in self.files
                for line, broken in file.spoiled.items()
            ]
            + [_entry("weather", broken, "stream") for broken in self.weather_spoiled],
        }

    def _of(self, dataset: str) -> list[File]:
        return [file for file in self.files if file.dataset == dataset]


def make(days: int, seed: int) -> Plan:
    """The plan for the first `days` days of 2013."""
    rng = random.Random(seed)  # noqa: S311 - picks what to break, guards nothing
    header, by_day = source.flight_days()
    chosen = tuple(by_day)[:days]
    drops = _drops(header, {day: by_day[day] for day in chosen}, rng)
    weather, duplicates, broken = _weather(chosen, rng)
    return Plan(
        days=chosen,
        drops=(*drops, _another_shape(header, by_day[chosen[0]])),
        references=tuple(_reference(table, rng) for table in source.REFERENCES),
        weather=weather,
        weather_duplicates=duplicates,
        weather_spoiled=broken,
    )


def weather_record(row: dict[str, str]) -> dict[str, Any]:
    """A row of weather as the object that a station would send: numbers as numbers, NA as null."""
    return {name: _json_value(name, value) for name, value in row.items()}


def _json_value(name: str, value: str) -> Any:
    if value == "NA":
        return None
    if name in _TEXTS:
        return value
    return int(value) if name in _INTEGERS else float(value)


def _drops(header: bytes, by_day: dict[source.Day, list[bytes]], rng: random.Random) -> list[File]:
    """One file a day: the day's lines untouched, in some files broken and repeated ones among them."""
    days = list(by_day)
    marked = set(rng.sample(days, min(SPOILED_FILES, len(days))))
    spoilers = spoil.csv_spoilers("flights", header)
    files: list[File] = []
    for month, day in days:
        lines = by_day[month, day]
        broken: list[spoil.Spoiled] = []
        repeated: list[bytes] = []
        if (month, day) in marked:
            broken = [next(spoilers)(rng.choice(lines)) for _ in range(SPOILED_PER_FILE)]
            # One from this file, the others from any: duplicates across files must go too.
            repeated = [rng.choice(lines)]
            repeated += [rng.choice(by_day[rng.choice(days)]) for _ in range(DUPLICATES_PER_FILE - 1)]
        name = f"flights-2013-{month:02}-{day:02}.csv"
        files.append(_file("flights", name, header, lines, broken, repeated, rng))
    return files


def _file(
    dataset: str,
    name: str,
    header: bytes,
    good: Sequence[bytes],
    broken: Sequence[spoil.Spoiled],
    repeated: Sequence[bytes],
    rng: random.Random,
) -> File:
    lines: list[bytes | spoil.Spoiled] = [*good]
    extras: list[bytes | spoil.Spoiled] = [*broken, *repeated]
    for extra in extras:
        lines.insert(rng.randrange(len(lines) + 1), extra)
    body = header + b"".join(line.record if isinstance(line, spoil.Spoiled) else line for line in lines)
    places = {number: line for number, line in enumerate(lines, 2) if isinstance(line, spoil.Spoiled)}
    return File(dataset, name, body, len(lines), len(repeated), places)


def _another_shape(header: bytes, lines: Sequence[bytes]) -> File:
    """A file without the last column of the contract, header included: every line of it is a broken record."""
    cut = [line.rstrip(b"\n").rpartition(b",")[0] + b"\n" for line in (header, *lines[:20])]
    broken = [spoil.Spoiled(line, "wrong header", "the file's header is") for line in cut]
    return File("flights", WRONG_HEADER, b"".join(cut), len(cut), 0, dict(enumerate(broken, 1)))


def _reference(table: str, rng: random.Random) -> File:
    """A reference table as one revision of an exported data set: `<revision>/<file>`."""
    header, *lines = source.text(table).splitlines(keepends=True)
    spoilers = spoil.csv_spoilers(table, header)
    broken = [next(spoilers)(rng.choice(lines)) for _ in range(SPOILED_PER_REFERENCE)]
    file = _file(table, f"{table}.csv", header, lines, broken, [rng.choice(lines)], rng)
    revision = hashlib.sha256(file.body).hexdigest()[:32]
    return File(table, f"{revision}/{file.name}", file.body, file.records, file.duplicates, file.spoiled)


def _weather(
    days: Sequence[source.Day], rng: random.Random
) -> tuple[tuple[bytes, ...], int, tuple[spoil.Spoiled, ...]]:
    by_day = source.weather_days()
    rows = [weather_record(row) for day in days for row in by_day.get(day, ())]
    good = [json.dumps(row).encode() for row in rows]
    spoilers = spoil.json_spoilers()
    broken = [next(spoilers)(rng.choice(rows)) for _ in range(SPOILED_RECORDS)]
    repeated = [rng.choice(good) for _ in range(DUPLICATE_RECORDS)]
    records = list(good)
    for extra in (*[each.record for each in broken], *repeated):
        records.insert(rng.randrange(len(records) + 1), extra)
    return tuple(records), len(repeated), tuple(broken)


def _entry(dataset: str, broken: spoil.Spoiled, place: str) -> dict[str, str]:
    record = broken.record.decode("utf-8", errors="backslashreplace")
    return {"dataset": dataset, "kind": broken.kind, "place": place, "record": record, "reason": broken.reason}
