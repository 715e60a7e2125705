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


def test_missing_references_are_counted_and_no_tail_number_is_no_missing_plane(enriched: Any) -> None:
    assert dicts(job.missing(enriched)) == [
        {"flights": 3, "carrier": 1, "origin": 1, "dest": 2, "plane": 1, "weather": 1}
    ]


def test_the_join_makes_the_very_columns_of_its_contract(enriched: Any) -> None:
    contract = next(each for each in contracts.load(Path("datasets")).products if each.name == "flights_enriched")
    assert {column[0] for column in contract.table_columns()} == set(enriched.columns)
    assert contract.key == job.KEY
