"""From raw lines to typed rows: types, UTC, derived columns, rejects and duplicates."""

import json
from datetime import datetime
from typing import Any

import pytest

from tests.workloads.frames import EARLY, LATE, dicts, lines, rejected
from tests.workloads.test_landing_files import BAD, CANCELLED, GOOD, HEADER
from workloads.jobs import intermediate_conform as job

FLIGHT = GOOD.rstrip(b"\n")
READING = {"origin": "EWR", "year": 2013, "month": 1, "day": 1, "hour": 1, "temp": 39.02, "wind_dir": 270} | {
    "precip": 0,
    "visib": 10.0,
    "time_hour": "2013-01-01T06:00:00Z",
}


def conform(spark: Any, schema: dict[str, Any], raw: Any, bad: Any | None = None) -> list[dict[str, Any]]:
    return dicts(job.transform(raw, bad if bad is not None else rejected(spark), schema))


def test_a_csv_line_becomes_a_typed_row(spark: Any, schemas: dict[str, Any]) -> None:
    (row,) = conform(spark, schemas["flights"], lines(spark, HEADER.rstrip(b"\n"), FLIGHT))
    assert (row["year"], row["dep_time"], row["carrier"], row["distance"]) == (2013, 517, "UA", 1400)
    assert row["raw_object"] == "initial/raw/a"
    assert list(row) == [column["name"] for column in schemas["flights"]["table"]["columns"]]


def test_times_are_utc_on_any_machine(spark: Any, schemas: dict[str, Any]) -> None:
    frame = job.transform(lines(spark, FLIGHT), rejected(spark), schemas["flights"])
    assert spark.sparkContext._jvm.java.util.TimeZone.getDefault().getID() == "Asia/Tokyo"
    assert frame.selectExpr("cast(time_hour AS STRING) AS at").first()["at"] == "2013-01-01 10:00:00"


def test_a_flight_without_departure_is_cancelled_and_valid(spark: Any, schemas: dict[str, Any]) -> None:
    (row,) = conform(spark, schemas["flights"], lines(spark, CANCELLED.rstrip(b"\n")))
    assert (row["cancelled"], row["dep_time"], row["tailnum"]) == (True, None, None)
    (row,) = conform(spark, schemas["flights"], lines(spark, FLIGHT))
    assert row["cancelled"] is False


def test_a_json_line_becomes_a_typed_row(spark: Any, schemas: dict[str, Any]) -> None:
    (row,) = conform(spark, schemas["weather"], lines(spark, json.dumps(READING).encode()))
    assert (row["temp"], row["wind_dir"], row["precip"], row["dewp"]) == (39.02, 270, 0.0, None)
    assert isinstance(row["time_hour"], datetime)


@pytest.mark.parametrize("number", ["1e+03", "1000", "1000.0"])
def test_numbers_are_read_however_they_are_written(spark: Any, schemas: dict[str, Any], number: str) -> None:
    record = json.dumps(READING).replace("39.02", '39.02, "pressure": ' + number).encode()
    assert conform(spark, schemas["weather"], lines(spark, record))[0]["pressure"] == 1000.0


def test_rejected_lines_are_left_out_of_their_own_object_only(spark: Any, schemas: dict[str, Any]) -> None:
    other = FLIGHT.replace(b",1545,", b",1546,")
    raw = lines(spark, FLIGHT, other).union(lines(spark, other, raw_object="initial/raw/b"))
    rows = conform(spark, schemas["flights"], raw, rejected(spark, FLIGHT, other))
    assert [(row["flight"], row["raw_object"]) for row in rows] == [(1546, "initial/raw/b")]


def test_bytes_that_are_not_utf8_are_left_out_exactly(spark: Any, schemas: dict[str, Any]) -> None:
    torn = FLIGHT.replace(b"N14228", b"N\xff4228")
    rows = conform(spark, schemas["flights"], lines(spark, torn, CANCELLED.rstrip(b"\n")), rejected(spark, torn))
    assert [row["flight"] for row in rows] == [4308]


def test_the_newest_arrival_of_a_key_wins(spark: Any, schemas: dict[str, Any]) -> None:
    newer = FLIGHT.replace(b",11,UA", b",99,UA")
    raw = lines(spark, newer, raw_object="a", arrived_at=LATE).union(
        lines(spark, FLIGHT, raw_object="b", arrived_at=EARLY)
    )
    (row,) = conform(spark, schemas["flights"], raw)
    assert (row["arr_delay"], row["raw_object"]) == (99, "a")


def test_of_one_object_the_last_line_of_a_key_wins(spark: Any, schemas: dict[str, Any]) -> None:
    versions = [FLIGHT.replace(b",11,UA", b",%d,UA" % delay) for delay in (7, 3, 5)]
    assert conform(spark, schemas["flights"], lines(spark, *versions))[0]["arr_delay"] == 5


def test_exact_duplicates_are_one_row(spark: Any, schemas: dict[str, Any]) -> None:
    raw = lines(spark, FLIGHT, FLIGHT).union(lines(spark, FLIGHT, raw_object="b"))
    assert len(conform(spark, schemas["flights"], raw)) == 1


def test_quoted_values_and_null_texts_are_read_as_landing_reads_them(spark: Any, schemas: dict[str, Any]) -> None:
    record = b'ABC,"Field, ""Old""",1.5,-2,10,-5,A,'
    (row,) = conform(spark, schemas["airports"], lines(spark, record))
    assert (row["name"], row["lat"], row["tzone"]) == ('Field, "Old"', 1.5, None)


def test_a_record_without_key_that_landing_let_pass_stops_the_job(spark: Any, schemas: dict[str, Any]) -> None:
    with pytest.raises(Exception, match="carrier has no readable value in a record of initial/raw/a"):
        conform(spark, schemas["flights"], lines(spark, FLIGHT.replace(b",UA,", b",NA,")))


def test_lines_whose_rejects_left_quarantine_are_judged_again(spark: Any, schemas: dict[str, Any]) -> None:
    bad = [BAD.rstrip(b"\n"), FLIGHT.replace(b"N14228", b"N\xff4228"), FLIGHT + b",more", HEADER.rstrip(b"\n")]
    kept = dicts(job.still_good(lines(spark, FLIGHT, *bad), schemas["flights"]))
    assert [bytes(row["record"]) for row in kept] == [FLIGHT]
