"""The marts: their measures, their bands, and what must always hold between them."""

from pathlib import Path
from typing import Any

import pytest

import contracts
from tests.workloads.frames import dicts, table
from workloads.jobs import refined_marts as job


def flight(**given: Any) -> dict[str, Any]:
    return {
        "carrier": "UA",
        "carrier_name": "United",
        "year": 2013,
        "month": 1,
        "origin": "EWR",
        "dest": "IAH",
        "cancelled": False,
        "dep_delay": 0,
        "arr_delay": 0,
        "distance": 1400,
        "visib": 10.0,
        "precip": 0.0,
        "wind_speed": 5.0,
    } | given


ENRICHED = [
    flight(arr_delay=15),
    flight(arr_delay=16, carrier="AA", dest="MIA"),
    flight(arr_delay=61, month=2, distance=1402),
    flight(arr_delay=None),
    flight(arr_delay=None, dep_delay=None, cancelled=True),
    flight(arr_delay=-5, visib=None, precip=None, wind_speed=None),
]


@pytest.fixture
def enriched(spark: Any) -> Any:
    contract = next(each for each in contracts.load(Path("datasets")).products if each.name == "flights_enriched")
    columns = [{"name": name, "type": kind} for name, kind, _ in contract.table_columns()]
    return table(spark, columns, ENRICHED)


def test_more_than_15_minutes_is_delayed_and_shares_are_of_known_arrivals(enriched: Any) -> None:
    rows = {(row["carrier"], row["month"]): row for row in dicts(job.punctuality_by_carrier(enriched))}
    january = rows["UA", 1]
    assert (january["flights"], january["cancelled"], january["arrived"], january["delayed"]) == (4, 1, 2, 0)
    assert (january["delayed_share"], january["mean_arr_delay"]) == (0.0, 5.0)
    assert rows["AA", 1]["delayed_share"] == rows["UA", 2]["delayed_share"] == 1.0


def test_a_month_without_arrivals_has_no_share(spark: Any, enriched: Any) -> None:
    (row,) = dicts(job.punctuality_by_carrier(enriched.where("cancelled")))
    assert (row["arrived"], row["delayed_share"], row["mean_arr_delay"]) == (0, None, None)


@pytest.mark.parametrize(
    ("readings", "bands"),
    [
        ({"visib": 0.0, "precip": 0.0, "wind_speed": 0.0}, ("under 1 mile", "none", "calm")),
        ({"visib": 1.0, "precip": 0.01, "wind_speed": 10.0}, ("1 to 5 miles", "light", "breeze")),
        ({"visib": 5.0, "precip": 0.1, "wind_speed": 20.0}, ("5 to 10 miles", "heavy", "strong")),
        ({"visib": 10.0, "precip": 1.2, "wind_speed": 200.0}, ("10 miles", "heavy", "strong")),
        ({"visib": None, "precip": None, "wind_speed": None}, ("unknown", "unknown", "unknown")),
        ({"visib": 10.0, "precip": 0.0, "wind_speed": 1048.4}, ("10 miles", "none", "unknown")),
    ],
)
def test_readings_fall_into_bands(
    spark: Any, enriched: Any, readings: dict[str, float | None], bands: tuple[str, str, str]
) -> None:
    frame = spark.createDataFrame([flight(**readings)], enriched.schema, verifySchema=False)
    (row,) = dicts(job.delay_by_weather(frame))
    assert (row["visibility"], row["precipitation"], row["wind"]) == bands


def test_routes_count_carriers_and_average_distances(enriched: Any) -> None:
    rows = {row["dest"]: row for row in dicts(job.routes(enriched))}
    assert (rows["IAH"]["carriers"], rows["IAH"]["flights"], rows["MIA"]["flights"]) == (1, 5, 1)
    assert rows["IAH"]["mean_distance"] == pytest.approx(1400.4)


def test_every_mart_counts_every_flight_once(enriched: Any) -> None:
    for name, mart in job.transform(enriched).items():
        rows = dicts(mart)
        totals = {key: sum(row[key] for row in rows) for key in ("flights", "cancelled", "arrived", "delayed")}
        assert totals == {"flights": 6, "cancelled": 1, "arrived": 4, "delayed": 2}, name


def test_every_mart_makes_the_very_columns_and_bands_of_its_contract(enriched: Any) -> None:
    products = {each.name: each for each in contracts.load(Path("datasets")).products if each.layer == "refined"}
    assert {name for name, each in products.items() if not each.copy_of} == set(job.MARTS)
    for name, mart in job.transform(enriched).items():
        assert {column[0] for column in products[name].table_columns()} == set(mart.columns), name
        enums = {field.name: field.enum for field in products[name].fields if field.enum}
        for row in dicts(mart):
            assert all(row[column] in allowed for column, allowed in enums.items())


def test_a_mart_is_shared_as_one_plain_file_which_the_next_one_replaces(spark: Any, aws: Any) -> None:
    aws.create_bucket(Bucket="shared", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for flights in (1, 2):
        job.share(spark.createDataFrame([("EWR", flights)], "origin string, flights int"), "shared", "routes")
    (found,) = aws.list_objects_v2(Bucket="shared")["Contents"]
    assert found["Key"] == "routes/routes.csv"
    body = aws.get_object(Bucket="shared", Key=found["Key"])["Body"].read()
    assert body.decode().splitlines() == ["origin,flights", "EWR,2"]
