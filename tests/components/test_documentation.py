"""What people read of a contract: all of it comes from the contract, and nothing of it is left out."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import contracts
from components.documentation import documentation
from contracts import Contracts, Field
from terms import Promise, ServiceLevels
from tests.components import parts

TRIPS = replace(
    parts.source("trips", "files"),
    limitations="Ghost trips are among them.",
    owner="rail-data",
    levels=ServiceLevels(fresh_hours=36, kept_days=400),
    promises=(
        Promise(sign=">", limit=1000, reason="A whole day"),
        Promise(sign="<", limit=2.5, column="at"),
    ),
    advice=("Trips are real.",),
    fields=(
        Field(name="id", type="integer", narrow="int", required=True, minimum=1, maximum=9),
        Field(name="code", type="string", pattern="^[A-Z]{2}$", enum=("AB", "CD"), min_length=2, added_in="1.1.0"),
        Field(name="size", type="number", maximum=5, classification="restricted", description="How large"),
        Field(name="free", type="boolean", derived="size IS NULL"),
    ),
)


def said(*sources: contracts.Contract) -> dict[str, dict[str, Any]]:
    return {
        each["name"]: each
        for each in documentation(Contracts(sources=sources, products=parts.all_contracts().products))
    }


def facts(of: dict[str, Any]) -> dict[str, str]:
    return dict(of["facts"])


def test_every_contract_of_the_platform_is_documented_sources_first() -> None:
    agreed = parts.all_contracts()
    found = [each["name"] for each in documentation(agreed)]
    assert set(found) == {each.name for each in (*agreed.sources, *agreed.products)}
    assert found[:5] == ["airlines", "airports", "flights", "planes", "weather"]
    assert found[5] == "flights_enriched"


def test_a_source_says_who_answers_how_it_arrives_and_what_is_promised() -> None:
    trips = said(TRIPS)["trips"]
    assert (trips["version"], trips["purpose"]) == ("1.0.0", "All trips")
    assert trips["limitations"] == "Ghost trips are among them."
    assert facts(trips) == {
        "owner": "rail-data",
        "domain": "trains",
        "key": "id",
        "arrives": "as CSV files under drop/trips/ of the landing bucket",
        "missing values": "'', 'NA'",
        "freshness": "something new is accepted within 36 hours, or an alarm tells",
        "retention": "400 days in initial",
        "tables": "initial.trips, intermediate.trips",
    }
    assert trips["rules"] == ["rows > 1,000 (A whole day)", "missing values of at < 2.5 %", "Trips are real."]


def test_what_is_not_promised_is_said_too() -> None:
    stops = facts(said(parts.source("stops", "exchange"))["stops"])
    assert stops["owner"] == "not named"
    assert stops["freshness"] == "not promised"
    assert stops["retention"] == "not limited: raw objects stay in initial"


def test_each_column_has_its_type_its_limits_and_who_may_read_it() -> None:
    columns = {each["name"]: each for each in said(TRIPS)["trips"]["columns"]}
    assert columns["id"]["type"] == "integer (int)"
    assert (columns["id"]["required"], columns["code"]["required"]) == (True, False)
    assert columns["id"]["limits"] == "1 to 9"
    assert columns["code"]["limits"] == "2 or more characters; fits ^[A-Z]{2}$; one of AB, CD"
    assert columns["code"]["added_in"] == "1.1.0"
    assert (columns["size"]["limits"], columns["size"]["classification"]) == ("5 or less", "restricted")
    assert columns["free"]["limits"] == "derived: size IS NULL"


@pytest.mark.parametrize(
    ("mart", "path"), [("punctuality_by_carrier", "/punctuality"), ("published_airports", "/published_airports")]
)
def test_a_mart_says_where_it_is_served_and_what_it_is_made_of(mart: str, path: str) -> None:
    found = facts({each["name"]: each for each in documentation(parts.all_contracts())}[mart])
    assert (found["REST"], found["GraphQL"]) == (f"GET {path}", f"{mart} of Query")
    assert found["tables"] == f"refined.{mart}"
    assert found["made of"]


def test_local_times_are_told_by_their_zone() -> None:
    found = {each["name"]: each for each in documentation(parts.all_contracts())}
    assert facts(found["flights"])["local times"] == (
        "year, month, day with sched_dep_time or hour and minute, by the clocks of America/New_York"
    )


def test_a_contract_that_is_added_needs_no_other_edit(tmp_path: Path) -> None:
    contract = yaml.safe_load(Path("datasets/airlines.yaml").read_text())
    contract |= {"name": "railways", "description": {"purpose": "The name of each railway."}}
    contract["customProperties"].append({"property": "published", "value": True})
    (tmp_path / "railways.yaml").write_text(yaml.safe_dump(contract))
    agreed = contracts.load(tmp_path)
    every = Contracts(sources=agreed.sources, products=(*parts.all_contracts().products, *agreed.products))
    found = {each["name"]: each for each in documentation(every)}
    assert found["railways"]["purpose"] == "The name of each railway."
    assert facts(found["railways"])["published"] == "its open columns, as published_railways"
    assert facts(found["published_railways"])["REST"] == "GET /published_railways"
