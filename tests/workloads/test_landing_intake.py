"""Bulk deliveries: each file is checked whole, with the same rules as a dropped file."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.workloads.frames import dicts
from tests.workloads.reading import entries
from workloads.jobs import landing_intake as job

FILES = "dataset STRING, name STRING, content BINARY"


def check(spark: Any, schemas: dict[str, Any], *files: tuple[str, str, bytes]) -> dict[str, dict[str, Any]]:
    frame = spark.createDataFrame([(dataset, name, bytearray(body)) for dataset, name, body in files], FILES)
    return {row["name"]: row for row in dicts(job.transform(frame, schemas, "initial"))}


def test_bad_lines_of_a_file_are_its_quarantine_object(spark: Any, schemas: dict[str, Any]) -> None:
    found = check(
        spark,
        schemas,
        ("airlines", "r1/airlines.csv", b"carrier,name\nUA,United\nU,Bad\r\nAA,\xff"),
        ("planes", "r1/planes.csv", b""),
    )
    airlines = found["r1/airlines.csv"]
    assert (airlines["dataset"], airlines["records"], airlines["rejected"]) == ("airlines", 3, 2)
    verdict = json.loads(bytes(airlines["verdict"]))
    assert [each["position"] for each in verdict["rejected"]] == ["3", "4"]
    assert (verdict["records"], verdict["source"]) == (3, "s3://initial/raw/airlines/r1/airlines.csv")
    short, torn = entries(bytes(airlines["quarantine"]))
    assert (short["record"], short["position"]) == ("U,Bad", "3")
    assert short["source"] == "s3://initial/raw/airlines/r1/airlines.csv"
    assert torn["record_base64"] == "QUEs/w=="
    assert (found["r1/planes.csv"]["records"], bytes(found["r1/planes.csv"]["quarantine"])) == (0, b"")


def test_a_line_ends_at_a_line_feed_only(spark: Any, schemas: dict[str, Any]) -> None:
    found = check(spark, schemas, ("airlines", "x", b"carrier,name\nUA,Uni\rted\n"))
    assert (found["x"]["records"], found["x"]["rejected"]) == (1, 1)


class Metrics:
    """CloudWatch, as far as a job tells it anything."""

    def __init__(self, refuses: bool = False) -> None:
        self.told: list[dict[str, Any]] = []
        self.refuses = refuses

    def put_metric_data(self, **given: Any) -> None:
        if self.refuses:
            raise ClientError({"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}, "PutMetricData")
        self.told.append(given)


def test_what_was_accepted_is_counted_by_data_set() -> None:
    metrics = Metrics()
    job.count(metrics, "medallion/dev", {"airlines": 16, "planes": 0})
    (told,) = metrics.told
    assert told["Namespace"] == "medallion/dev"
    (airlines,) = told["MetricData"]
    assert (airlines["MetricName"], airlines["Value"]) == ("AcceptedRecords", 16)
    assert airlines["Dimensions"] == [{"Name": "dataset", "Value": "airlines"}]


def test_nothing_accepted_is_silence_which_an_alarm_is_about() -> None:
    metrics = Metrics()
    job.count(metrics, "medallion/dev", {"planes": 0})
    assert not metrics.told


def test_a_count_that_nobody_takes_fails_no_delivery(capsys: pytest.CaptureFixture[str]) -> None:
    job.count(Metrics(refuses=True), "medallion/dev", {"airlines": 16})
    assert json.loads(capsys.readouterr().out)["event"] == "not_counted"
