"""The platform's own statements, run on the warehouse of the rehearsal over tables of its own contracts."""

import json
import re
import time
from collections.abc import Sequence
from pathlib import Path
from string import Template

import pytest

import contracts
from contracts import Column
from tests.embedded.cloud.clients import Aws
from tests.embedded.cloud.test_warehouse import ROLE, done, records

SQL = Path("workloads/sql/redshift")
READINGS = [
    {"origin": "EWR", "year": 2013, "month": 1, "day": 1, "hour": 5, "temp": 39.0, "precip": 0.1, "visib": 10.0},
    {"origin": "EWR", "year": 2013, "month": 1, "day": 2, "hour": 5, "temp": 28.5, "precip": 0.0, "visib": 0.5},
]


def _table(aws: Aws, database: str, name: str, columns: Sequence[Column], bucket: str, iceberg: bool) -> None:
    storage = {
        "Location": f"s3://{bucket}/{name}/",
        "Columns": [{"Name": column, "Type": kind} for column, kind, _ in columns],
        "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"},
    }
    made = {"Name": name, "TableType": "EXTERNAL_TABLE", "StorageDescriptor": storage}
    created = {"IcebergInput": {"MetadataOperation": "CREATE", "Version": "2"}}
    options = {"OpenTableFormatInput": created} if iceberg else {}
    aws.client("glue").create_table(DatabaseName=database, TableInput=made, **options)


def _sql(kind: str) -> list[str]:
    return [Template(path.read_text()).substitute() for path in sorted((SQL / kind).glob("*.sql"))]


@pytest.fixture(scope="module")
def cluster(aws: Aws) -> str:
    """A warehouse on which everything was run that a deployment runs, over an empty lake."""
    agreed = contracts.load(Path("datasets"))
    raw = {each.name: each for each in agreed.sources}["weather"]
    joined = {each.name: each for each in agreed.products}["flights_enriched"]
    bucket, initial, integrated = aws.bucket(), aws.database(), aws.database()
    _table(aws, initial, "weather", raw.raw_columns(), bucket, iceberg=False)
    _table(aws, integrated, "flights_enriched", joined.table_columns(), bucket, iceberg=True)
    name = f"statements-{time.monotonic_ns()}"
    aws.client("redshift").create_cluster(
        ClusterIdentifier=name,
        NodeType="ra3.large",
        MasterUsername="admin",
        MasterUserPassword="Secret-1234",
        IamRoles=[ROLE],
    )
    databases = {"initial": initial, "integrated": integrated}
    for layer, database in databases.items():
        text = (SQL / "external_schemas" / f"{layer}.sql").read_text()
        filled = text.replace("${spectrum_role_arn}", ROLE).replace("${region}", "eu-central-1")
        done(aws, name, re.sub(r"\$\{database_prefix\}_\w+", database, filled))
    for kind in ("schemas", "procedures", "roles", "views"):
        done(aws, name, *_sql(kind))
    aws.put(bucket, "weather/1.jsonl", "\n".join(map(json.dumps, READINGS)))
    return name


def test_every_view_stands_before_anything_was_delivered(aws: Aws, cluster: str) -> None:
    for view in (path.stem for path in (SQL / "views").glob("*.sql")):
        done(aws, cluster, f"REFRESH MATERIALIZED VIEW marts.{view};")
    assert records(aws, cluster, "SELECT * FROM marts.daily_operations") == []
    assert records(aws, cluster, "SELECT * FROM marts.fleet") == []


def test_raw_json_is_read_by_the_view_over_it(aws: Aws, cluster: str) -> None:
    asked = "SELECT origin, month, readings, coldest, hottest, poorest_visibility FROM marts.weather_extremes"
    assert records(aws, cluster, asked) == [["EWR", 1, 2, 28.5, 39.0, 0.5]]
