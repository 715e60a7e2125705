from pathlib import Path

import pytest

import contracts
from components.marts import MartsError, description, marts, operations, parameters, served
from contracts import Contract, Contracts, Field

AGREED = contracts.load(Path("datasets"))


def mart(*fields: Field, key: tuple[str, ...] = ("id",)) -> Contract:
    return Contract(
        name="trips_by_day",
        version="1.0.0",
        domain="trains",
        description="Trips",
        key=key,
        fields=fields,
        layer="refined",
    )


def test_every_mart_is_served_and_rows_are_selected_by_its_key() -> None:
    found = served(AGREED, description(AGREED))
    assert set(found["marts"]) == {each.name for each in marts(AGREED)}
    assert {each.layer for each in marts(AGREED)} == {"refined"}
    for each in marts(AGREED):
        assert list(found["marts"][each.name]["parameters"]) == list(each.key)


def test_each_path_is_about_the_mart_that_its_operation_is_named_for() -> None:
    found = served(AGREED, description(AGREED))
    assert found["paths"] == {
        "/punctuality": "punctuality_by_carrier",
        "/routes": "routes",
        "/delays": "delay_by_weather",
        "/published_airports": "published_airports",
    }


def test_a_mart_that_nobody_described_has_a_path_of_its_own_name_made_from_its_contract() -> None:
    described = mart(
        Field(name="id", type="string", required=True, pattern="^[a-z]$", description="Its letter"),
        Field(name="day", type="date", required=True),
        key=("id", "day"),
    )
    found = description(Contracts(sources=(), products=(*marts(AGREED), described)))["paths"]
    made, written = found["/trips_by_day"]["get"], found["/routes"]["get"]
    assert (made["operationId"], made["summary"]) == ("trips_by_day", "Trips")
    ids, days, *paging = made["parameters"]
    assert ids == {
        "name": "id",
        "in": "query",
        "description": "Its letter",
        "schema": {"type": "string", "pattern": "^[a-z]$"},
    }
    assert days["schema"] == {"type": "string", "format": "date"}
    assert paging == written["parameters"][-3:]
    assert made["responses"] == written["responses"]
    assert "/trips_by_day" not in description(AGREED)["paths"]


def test_an_operation_without_a_mart_is_refused() -> None:
    api = {"paths": {"/x": {"get": {"operationId": "unheard_of"}}}}
    with pytest.raises(MartsError, match="operation id unheard_of; it must be the name of a mart"):
        served(AGREED, api)


def test_what_is_not_an_operation_of_a_path_is_left_alone() -> None:
    api = {"paths": {"/x": {"summary": "all of x", "get": {"operationId": "routes"}}}}
    assert [(path, method) for path, method, _ in operations(api)] == [("/x", "get")]


def test_a_parameter_says_what_its_contract_says() -> None:
    described = mart(
        Field(name="id", type="string", required=True, enum=("a", "b")),
        Field(name="day", type="date", required=True, minimum="2013-01-01"),
        Field(name="hour", type="integer", required=True, minimum=0, maximum=23),
        Field(name="at", type="timestamp", required=True),
        key=("hour", "day", "id", "at"),
    )
    assert [field.name for field in parameters(described)] == ["hour", "day", "id"], "no time equals another"
    found = served(Contracts(sources=(), products=(described,)), {"paths": {}})
    assert found["marts"]["trips_by_day"]["parameters"] == {
        "hour": {"type": "integer", "minimum": 0, "maximum": 23},
        "day": {"type": "date"},
        "id": {"type": "string", "enum": ["a", "b"]},
    }
