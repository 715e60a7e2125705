"""Service levels: what a contract may promise and ask for, and what nothing would act on."""

from typing import Any

import pytest
from open_data_contract_standard.model import ServiceLevelAgreementProperty as Level

import terms


def levels(*given: dict[str, Any], kind: str = "source") -> tuple[terms.ServiceLevels, list[str]]:
    faults: list[str] = []
    return terms.service_levels([Level(**each) for each in given], kind, faults), faults


@pytest.mark.parametrize(
    ("value", "unit", "hours"), [(1, "h", 1), (168, "hours", 168), (1, "day", 24), (7, "d", 168), (2, "days", 48)]
)
def test_freshness_is_in_hours_or_days(value: int, unit: str, hours: int) -> None:
    found, faults = levels({"property": "freshness", "value": value, "unit": unit})
    assert (found.fresh_hours, faults) == (hours, [])


@pytest.mark.parametrize(
    ("value", "unit", "days"), [(1, "d", 1), (400, "days", 400), (1, "y", 366), (4, "years", 1461), (10, "yr", 3653)]
)
def test_retention_is_in_days_or_years_and_never_short_of_them(value: int, unit: str, days: int) -> None:
    found, faults = levels({"property": "retention", "value": value, "unit": unit})
    assert (found.kept_days, faults) == (days, [])


def test_both_may_say_what_they_are_for() -> None:
    both = [
        {"property": "freshness", "value": 1, "unit": "d", "driver": "operational", "description": "By noon"},
        {"property": "retention", "value": 1, "unit": "y", "driver": "regulatory"},
    ]
    assert levels(*both) == (terms.ServiceLevels(fresh_hours=24, kept_days=366), [])
    assert levels() == (terms.NO_LEVELS, [])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"property": "latency", "value": 4, "unit": "d"}, "property is 'latency'; what is acted on is freshness and"),
        ({"property": "freshness", "value": 0, "unit": "d"}, "freshness has the value 0; give a whole number"),
        ({"property": "freshness", "value": True, "unit": "d"}, "freshness has the value True; give a whole number"),
        ({"property": "retention", "value": 1.5, "unit": "y"}, "retention has the value 1.5; give a whole number"),
        ({"property": "retention", "value": "long", "unit": "y"}, "retention has the value 'long'"),
        ({"property": "freshness", "value": 1, "unit": "y"}, "freshness has the unit 'y'; give one of h, hour"),
        ({"property": "retention", "value": 1}, "retention has the unit None; give one of d, day"),
        ({"property": "freshness", "value": 8, "unit": "d"}, "it must be 7 days or less, since no alarm looks further"),
        ({"property": "freshness", "value": 169, "unit": "h"}, "API_PutMetricAlarm.html"),
        ({"property": "freshness", "value": 1, "unit": "d", "element": "trips.at"}, "freshness has element, by which"),
        ({"property": "retention", "value": 1, "unit": "y", "schedule": "0 5 * * *"}, "retention has schedule"),
    ],
)
def test_what_nothing_would_act_on_is_refused(given: dict[str, Any], told: str) -> None:
    found, (fault,) = levels(given)
    assert found == terms.NO_LEVELS
    assert fault.startswith("slaProperties[0]: ")
    assert told in fault


def test_a_level_is_given_once() -> None:
    level = {"property": "retention", "value": 1, "unit": "y"}
    assert levels(level, level)[1] == ["slaProperties: retention is there 2 times; give it once."]


@pytest.mark.parametrize("name", ["freshness", "retention"])
def test_a_product_has_none(name: str) -> None:
    _, (fault,) = levels({"property": name, "value": 1, "unit": "d"}, kind="product")
    assert f"{name} is for what is delivered" in fault
