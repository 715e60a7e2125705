"""The jobs as Glue runs them: raw objects in S3, Iceberg tables, again and again."""

import copy
import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from pyspark.errors import PySparkException

import contracts
from tests.workloads.conftest import INITIAL, LANDING, REGION
from tests.workloads.frames import dicts
from tests.workloads.reading import entries, objects
from tests.workloads.test_landing_files import BAD, CANCELLED, GOOD, HEADER, NOT_UTF8
from workloads.functions import records
from workloads.jobs import integrated_join, intermediate_conform, lake_maintenance, landing_intake, refined_marts
from workloads.jobs import lake as jobs_lake

pytestmark = [pytest.mark.rehearsal, pytest.mark.xdist_group("spark")]

CODE = "code-bucket"
READING = {"origin": "EWR", "year": 2013, "month": 1, "day": 1, "hour": 5, "precip": 0.0, "visib": 10.0} | {
    "temp": 39.02,
    "time_hour": "2013-01-01T10:00:00Z",
}
REFERENCES = {
    "airlines": b"carrier,name\nUA,United\nEV,ExpressJet\nU,Bad\n",
    "airports": b"faa,name,lat,lon,alt,tz,dst,tzone\nIAH,Houston,29.9,-95.3,97,-6,A,America/Chicago\n",
    "planes": b"tailnum,year,type,manufacturer,model,engines,seats,speed,engine\n"
    b"N14228,1999,Fixed wing multi engine,BOEING,737-824,2,149,NA,Turbo-fan\n",
}


class Lake:
    """The platform's storage, and its jobs to run on it."""

    def __init__(self, spark: Any, s3: Any, prefix: str) -> None:
        self.spark, self.s3, self.prefix = spark, s3, prefix

    def run(self, job: Any, *more: str) -> None:
        arguments = {
            "--JOB_NAME": "tests",
            "--database_prefix": self.prefix,
            "--landing_bucket": LANDING,
            "--initial_bucket": INITIAL,
            "--contracts": f"s3://{CODE}/contracts.json",
            "--enable-metrics": "true",
            "--TempDir": "s3://scratch/",
        }
        job.main(["script.py", *chain.from_iterable(arguments.items()), *more])

    def rows(self, layer: str, table: str) -> list[dict[str, Any]]:
        return dicts(self.spark.table(f"glue_catalog.{self.prefix}_{layer}.{table}"))

    def land_flights(self, name: str, *lines: bytes, schema: dict[str, Any]) -> None:
        """What the landing function leaves of a dropped file."""
        validator = records.Validator(schema)
        raw_key, body = f"raw/flights/{name}", HEADER + b"".join(lines)
        _, rejects = records.check_file(validator, body.splitlines(keepends=True))
        quarantine = records.quarantine(validator, f"s3://{INITIAL}/{raw_key}", rejects)
        self.s3.put_object(Bucket=LANDING, Key=f"quarantine/flights/{name}.jsonl", Body=quarantine)
        self.s3.put_object(Bucket=INITIAL, Key=raw_key, Body=body)


@pytest.fixture(scope="module")
def endpoint(spark: Any) -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    settings = spark.sparkContext._jsc.hadoopConfiguration()
    settings.set("fs.s3a.endpoint", f"http://127.0.0.1:{port}")
    settings.set("fs.s3a.endpoint.region", REGION)
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def lake(
    spark: Any, endpoint: str, document: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Lake]:
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
    }.items():
        monkeypatch.setenv(name, value)
        # Spark hands these on to its Python workers.
        monkeypatch.setitem(spark.sparkContext.environment, name, value)
    s3 = boto3.client("s3")
    for bucket in (LANDING, INITIAL, CODE):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=CODE, Key="contracts.json", Body=json.dumps(document))
    prefix = tmp_path.name.replace("-", "_")
    loaded = contracts.load(Path("datasets"))
    tables = [(each, "intermediate") for each in loaded.sources] + [(each, each.layer) for each in loaded.products]
    for contract, layer in tables:
        columns = ", ".join(
            f"`{name}` {'timestamp_ntz' if kind == 'timestamp' else kind}" for name, kind, _ in contract.table_columns()
        )
        spark.sql(f"CREATE TABLE glue_catalog.{prefix}_{layer}.{contract.name} ({columns}) USING iceberg")
    yield Lake(spark, s3, prefix)
    boto3.client("s3")._endpoint.http_session.close()
    s3.close()
    for bucket in (LANDING, INITIAL, CODE):
        everything = boto3.resource("s3").Bucket(bucket)
        everything.objects.all().delete()
        everything.delete()


def test_the_jobs_carry_data_from_raw_to_the_marts(
    lake: Lake, schemas: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    lake.land_flights("2013-01-01.csv", GOOD, BAD, CANCELLED, NOT_UTF8, GOOD, schema=schemas["flights"])
    lake.s3.put_object(Bucket=INITIAL, Key="raw/weather/shard-1.jsonl", Body=json.dumps(READING) + "\n")
    for name, body in REFERENCES.items():
        lake.s3.put_object(Bucket=LANDING, Key=f"exchange/{name}/r[1]/{name}.csv", Body=body)
    for job in (landing_intake, intermediate_conform, integrated_join, refined_marts):
        lake.run(job)

    assert objects(lake.s3, INITIAL)["raw/airlines/r[1]/airlines.csv"] == REFERENCES["airlines"]
    assert b'"records": 3' in objects(lake.s3, INITIAL)["verdicts/airlines/r[1]/airlines.csv.json"]
    (entry,) = entries(objects(lake.s3, LANDING)["quarantine/airlines/r[1]/airlines.csv.jsonl"])
    assert (entry["record"], entry["source"]) == ("U,Bad", f"s3://{INITIAL}/raw/airlines/r[1]/airlines.csv")
    assert {row["carrier"] for row in lake.rows("intermediate", "airlines")} == {"UA", "EV"}
    assert {row["flight"] for row in lake.rows("intermediate", "flights")} == {1545, 4308}
    enriched = {row["flight"]: row for row in lake.rows("integrated", "flights_enriched")}
    assert (enriched[1545]["dest_name"], enriched[1545]["plane_model"], enriched[1545]["temp"]) == (
        "Houston",
        "737-824",
        39.02,
    )
    assert enriched[4308]["cancelled"]
    marts = {name: lake.rows("refined", name) for name in refined_marts.MARTS}
    assert {name: sum(row["flights"] for row in rows) for name, rows in marts.items()} == dict.fromkeys(marts, 2)
    (airport,) = lake.rows("refined", "published_airports")
    (conformed,) = lake.rows("intermediate", "airports")
    lineage = {name for name, _, _ in contracts.LINEAGE}
    assert airport == {name: value for name, value in conformed.items() if name not in lineage}
    logged = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    missing = {each["reference"]: each["flights"] for each in logged if each["event"] == "missing_references"}
    assert missing == {"origin": 2, "dest": 1, "weather": 1}


def test_a_rerun_changes_no_row_and_an_incremental_run_only_adds(lake: Lake, schemas: dict[str, Any]) -> None:
    lake.land_flights("a.csv", GOOD, schema=schemas["flights"])
    lake.run(intermediate_conform, "--datasets", "flights")
    first = lake.rows("intermediate", "flights")
    lake.run(intermediate_conform, "--datasets", "flights")
    lake.run(intermediate_conform, "--datasets", "flights", "--full", "true")
    assert lake.rows("intermediate", "flights") == first
    lake.land_flights("January 1, 100% é+.csv", CANCELLED, BAD, schema=schemas["flights"])
    lake.run(intermediate_conform, "--datasets", "flights")
    rows = {row["flight"]: row for row in lake.rows("intermediate", "flights")}
    assert set(rows) == {1545, 4308}
    assert rows[4308]["raw_object"] == f"{INITIAL}/raw/flights/January 1, 100% é+.csv"


def test_an_endless_line_is_left_out_and_its_neighbours_are_not(lake: Lake, schemas: dict[str, Any]) -> None:
    endless = GOOD.replace(b"N14228", b"N" * (records.LONGEST_LINE + 1))
    lake.land_flights("a.csv", GOOD, endless, CANCELLED, schema=schemas["flights"])
    lake.run(intermediate_conform, "--datasets", "flights")
    assert {row["flight"] for row in lake.rows("intermediate", "flights")} == {1545, 4308}


def test_a_table_gets_a_column_that_its_contract_added_and_rows_from_before_lack_it(
    lake: Lake, document: list[dict[str, Any]], schemas: dict[str, Any]
) -> None:
    lake.land_flights("a.csv", GOOD, schema=schemas["flights"])
    lake.run(intermediate_conform, "--datasets", "flights")

    grown = copy.deepcopy(schemas["flights"])
    grown["added"] = 1
    grown["fields"].append({"name": "gate", "type": "string", "required": False})
    grown["table"]["columns"].insert(-2, {"name": "gate", "type": "string"})
    others = [schema for schema in document if schema["name"] != "flights"]
    lake.s3.put_object(Bucket=CODE, Key="contracts.json", Body=json.dumps([*others, grown]))
    header = HEADER.replace(b"\n", b",gate\n") + CANCELLED.replace(b"\n", b",B22\n")
    lake.s3.put_object(Bucket=INITIAL, Key="raw/flights/b.csv", Body=header)
    lake.run(intermediate_conform, "--datasets", "flights")
    assert {row["flight"]: row["gate"] for row in lake.rows("intermediate", "flights")} == {1545: None, 4308: "B22"}

    lake.run(intermediate_conform, "--datasets", "flights", "--full", "true")
    assert {row["flight"]: row["gate"] for row in lake.rows("intermediate", "flights")} == {1545: None, 4308: "B22"}


def test_a_column_is_added_or_widened_without_a_file_being_rewritten_and_left_where_it_has_its_type(lake: Lake) -> None:
    table = f"glue_catalog.{lake.prefix}_intermediate.counted"
    lake.spark.sql(f"CREATE TABLE {table} (seats int, share float, name string, at timestamp_ntz) USING iceberg")
    lake.spark.sql(f"INSERT INTO {table} VALUES (7, 0.5, 'a', TIMESTAMP_NTZ '2026-01-01 00:00:00')")
    files = lake.spark.table(f"{table}.files").collect()
    wanted = {"seats": "bigint", "share": "double", "name": "string", "at": "timestamp", "since": "timestamp"}
    for _ in range(2):
        jobs_lake.evolve(lake.spark, table, [{"name": name, "type": kind} for name, kind in wanted.items()])
        there = {field.name: field.dataType.simpleString() for field in lake.spark.table(table).schema}
        ntz = "timestamp_ntz"
        assert there == {"seats": "bigint", "share": "double", "name": "string", "at": ntz, "since": ntz}
    (row,) = dicts(lake.spark.table(table))
    assert (row["seats"], row["share"], row["since"]) == (7, 0.5, None)
    now = lake.spark.table(f"{table}.files").collect()
    assert [each.file_path for each in now] == [each.file_path for each in files], "a file was rewritten"
    assert lake.spark.table(f"{table}.snapshots").count() == 1


def test_maintenance_joins_small_files_and_forgets_old_snapshots_and_files_that_no_table_has(lake: Lake) -> None:
    table = f"glue_catalog.{lake.prefix}_intermediate.airlines"
    for number in range(4):
        lake.spark.sql(f"INSERT INTO {table} VALUES ('A{number}', 'Air', TIMESTAMP_NTZ '2026-01-01 00:00:00', 'raw/a')")
    rows = lake.rows("intermediate", "airlines")
    (first, *_) = [Path(row.file_path) for row in lake.spark.table(f"{table}.files").collect()]
    orphan, young = first.with_name("orphan.parquet"), first.with_name("young.parquet")
    for file in (orphan, young):
        file.write_bytes(first.read_bytes())
    long_ago = time.time() - timedelta(days=9).total_seconds()
    os.utime(orphan, (long_ago, long_ago))

    lake.run(lake_maintenance, "--snapshot_days", "1")
    assert lake.spark.table(f"{table}.files").count() == 1
    assert lake.spark.table(f"{table}.snapshots").count() == 5, "young snapshots stay"
    assert (orphan.exists(), young.exists()) == (False, True)

    lake_maintenance.tend(lake.spark, table, datetime.now(UTC) + timedelta(days=1), datetime(2020, 1, 1, tzinfo=UTC))
    assert lake.spark.table(f"{table}.snapshots").count() == 1
    assert not first.exists()
    assert sorted(map(str, lake.rows("intermediate", "airlines"))) == sorted(map(str, rows))


def test_a_table_that_can_t_be_tended_is_named_and_the_others_have_their_turn(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    tended: list[str] = []

    def tend(_spark: Any, target: str, *_: datetime) -> None:
        tended.append(target.rpartition(".")[2])
        if target.endswith(".weather"):
            raise PySparkException("somebody commits\nat com.example.Main")

    monkeypatch.setattr(lake_maintenance, "tend", tend)
    told = rf"1 table\(s\) were not tended: glue_catalog.{lake.prefix}_intermediate.weather: somebody commits$"
    with pytest.raises(lake_maintenance.MaintenanceError, match=told):
        lake.run(lake_maintenance, "--snapshot_days", "7")
    assert len(tended) == 10


def test_a_table_is_built_again_without_the_rejects_that_left_quarantine(
    lake: Lake, schemas: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.land_flights("a.csv", GOOD, BAD, NOT_UTF8, schema=schemas["flights"])
    lake.run(intermediate_conform, "--datasets", "flights")
    first = lake.rows("intermediate", "flights")
    lake.s3.delete_object(Bucket=LANDING, Key="quarantine/flights/a.csv.jsonl")
    lake.spark.sql(f"DELETE FROM glue_catalog.{lake.prefix}_intermediate.flights")
    monkeypatch.setattr(intermediate_conform, "OLD", timedelta(seconds=-60))
    lake.run(intermediate_conform, "--datasets", "flights")
    assert lake.rows("intermediate", "flights") == first
    assert len(first) == 1


def test_a_newer_arrival_replaces_a_row_and_an_older_one_does_not(lake: Lake, schemas: dict[str, Any]) -> None:
    corrected = GOOD.replace(b",11,UA", b",99,UA")
    lake.land_flights("z-first.csv", GOOD, schema=schemas["flights"])
    lake.run(intermediate_conform, "--datasets", "flights")
    time.sleep(1.1)  # arrivals have whole seconds
    lake.land_flights("a-second.csv", corrected, schema=schemas["flights"])
    lake.run(intermediate_conform, "--datasets", "flights")
    (row,) = lake.rows("intermediate", "flights")
    assert (row["arr_delay"], row["raw_object"][-12:]) == (99, "a-second.csv")
    lake.s3.delete_object(Bucket=INITIAL, Key="raw/flights/a-second.csv")
    lake.run(intermediate_conform, "--datasets", "flights", "--full", "true")
    assert lake.rows("intermediate", "flights") == [row], "the older arrival is still there, and stays older"


def test_a_delivery_is_taken_in_once_and_again_when_it_is_newer(lake: Lake) -> None:
    lake.s3.put_object(Bucket=LANDING, Key="exchange/airlines/r1/airlines.csv", Body=REFERENCES["airlines"])
    lake.run(landing_intake)
    mark = lake.s3.head_object(Bucket=INITIAL, Key="raw/airlines/r1/airlines.csv")["LastModified"]
    time.sleep(1.1)
    lake.run(landing_intake)
    assert lake.s3.head_object(Bucket=INITIAL, Key="raw/airlines/r1/airlines.csv")["LastModified"] == mark
    good = b"carrier,name\nUA,United\n"
    lake.s3.put_object(Bucket=LANDING, Key="exchange/airlines/r1/airlines.csv", Body=good)
    lake.run(landing_intake)
    assert objects(lake.s3, INITIAL, "raw/") == {"raw/airlines/r1/airlines.csv": good}
    assert "quarantine/airlines/r1/airlines.csv.jsonl" not in objects(lake.s3, LANDING)


def test_the_join_and_the_marts_are_replayed_without_change(lake: Lake, schemas: dict[str, Any]) -> None:
    lake.land_flights("a.csv", GOOD, CANCELLED, schema=schemas["flights"])
    for job in (intermediate_conform, integrated_join, refined_marts):
        lake.run(job)
    first = {name: lake.rows("refined", name) for name in refined_marts.MARTS}
    enriched = lake.rows("integrated", "flights_enriched")
    assert enriched[0]["dest_name"] is None
    for job in (integrated_join, refined_marts):
        lake.run(job)
    assert {name: lake.rows("refined", name) for name in refined_marts.MARTS} == first
    assert lake.rows("integrated", "flights_enriched") == enriched
    for name, body in REFERENCES.items():
        lake.s3.put_object(Bucket=LANDING, Key=f"exchange/{name}/r1/{name}.csv", Body=body)
    for job in (landing_intake, intermediate_conform, integrated_join):
        lake.run(job)
    names = {row["flight"]: row["dest_name"] for row in lake.rows("integrated", "flights_enriched")}
    assert names == {1545: "Houston", 4308: None}, "what was missing is filled in once it is there"
