"""The join: no flight is lost or doubled, and what is missing is counted."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import contracts
from tests.workloads.frames import dicts, table
from workloads.jobs import integrated_join as job

HOUR = datetime(2013, 1, 1, 10, tzinfo=UTC)
FLIGHTS = [
    {"time_hour": HOUR, "carrier": "UA", "flight": 1, "origin": "EWR", "dest": "IAH", "tailnum": "N1"},
    {"time_hour": HOUR, "carrier": "UA", "flight": 2, "origin": "EWR", "dest": "SJU", "tailnum": "N9"},
    {"time_hour": HOUR, "carrier": "B6", "flight": 3, "origin": "JFK", "dest": "SJU", "tailnum": None},
]


@pytest.fixture
def enriched(spark: Any, schemas: dict[str, Any]) -> Any:
    rows: dict[str, list[dict[str, Any]]] = {
        "flights": FLIGHTS,
        "weather": [{"origin": "EWR", "time_hour": HOUR, "visib": 10.0, "temp": 39.02}],
        "airlines": [{"carrier": "UA", "name": "United"}],
        "airports": [{"faa": "IAH", "name": "Houston", "lat": 30.0}, {"faa": "EWR", "name": "Newark"}],
        "planes": [{"tailnum": "N1", "year": 1998, "type": "Fixed wing multi engine"}],
    }
    frames = {name: table(spark, schemas[name]["table"]["columns"], given) for name, given in rows.items()}
    return job.transform(**frames)


def test_every_flight_is_there_once_with_what_is_known_of_it(enriched: Any) -> None:
    rows = {row["flight"]: row for row in dicts(enriched)}
    assert enriched.count() == len(rows) == 3
    assert (rows[1]["carrier_name"], rows[1]["dest_name"], rows[1]["plane_year"], rows[1]["temp"]) == (
        "United",
        "Houston",
        1998,
        39.02,
    )
    assert (rows[3]["carrier_name"], rows[3]["dest_name"], rows[3]["plane_year"], rows[3]["visib"]) == (None,) * 4


@pytest.mark.parametrize(
    ("local", "zone", "delay", "utc"),
    [
        ((2013, 1, 1, 5, 15), "America/New_York", 2.0, ("2013-01-01 10:15", "2013-01-01 10:17")),
        ((2013, 7, 1, 23, 59), "America/New_York", -9.0, ("2013-07-02 03:59", "2013-07-02 03:50")),
        ((2013, 7, 1, 5, 15), "America/Phoenix", 0.0, ("2013-07-01 12:15", "2013-07-01 12:15")),
        ((2013, 3, 10, 3, 0), "America/New_York", None, ("2013-03-10 07:00", None)),
        ((2013, 11, 3, 1, 30), "America/New_York", 61.0, ("2013-11-03 05:30", "2013-11-03 06:31")),
        ((2013, 3, 10, 2, 30), "America/New_York", 0.0, ("2013-03-10 07:30", "2013-03-10 07:30")),
        ((2013, 1, 1, 5, 15), None, 0.0, (None, None)),
    ],
)
def test_local_departures_become_utc_by_the_zone_of_their_airport(
    spark: Any,
    schemas: dict[str, Any],
    local: tuple[int, ...],
    zone: str | None,
    delay: float | None,
    utc: tuple[str | None, str | None],
) -> None:
    when = dict(zip(("year", "month", "day", "hour", "minute"), local, strict=True))
    rows: dict[str, list[dict[str, Any]]] = {
        "flights": [{**FLIGHTS[0], **when, "dep_delay": None if delay is None else int(delay)}],
        "weather": [],
        "airlines": [],
        "airports": [{"faa": "EWR", "tzone": zone}],
        "planes": [],
    }
    frames = {name: table(spark, schemas[name]["table"]["columns"], given) for name, given in rows.items()}
    (row,) = (
        job.transform(**frames)
        .selectExpr("date_format(sched_dep_at, 'yyyy-MM-dd HH:mm')", "date_format(dep_at, 'yyyy-MM-dd HH:mm')")
        .collect()
    )
    assert tuple(row) == utc


def test_missing_references_are_counted_and_no_tail_number_is_no_missing_plane(enriched: Any) -> None:
    assert dicts(job.missing(enriched)) == [
        {"flights": 3, "carrier": 1, "origin": 1, "dest": 2, "plane": 1, "weather": 1}
    ]


def test_the_join_makes_the_very_columns_of_its_contract(enriched: Any) -> None:
    contract = next(each for each in contracts.load(Path("datasets")).products if each.name == "flights_enriched")
    assert {column[0] for column in contract.table_columns()} == set(enriched.columns)
    assert contract.key == job.KEY
