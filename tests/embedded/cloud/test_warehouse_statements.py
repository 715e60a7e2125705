"""The platform's own statements, run on the warehouse of the rehearsal over tables of its own contracts."""

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


def _table(aws: Aws, database: str, name: str, columns: Sequence[Column], bucket: str) -> None:
    storage = {
        "Location": f"s3://{bucket}/{name}/",
        "Columns": [{"Name": column, "Type": kind} for column, kind, _ in columns],
    }
    made = {"Name": name, "TableType": "EXTERNAL_TABLE", "StorageDescriptor": storage}
    created = {"IcebergInput": {"MetadataOperation": "CREATE", "Version": "2"}}
    aws.client("glue").create_table(DatabaseName=database, TableInput=made, OpenTableFormatInput=created)


def _sql(kind: str) -> list[str]:
    return [Template(path.read_text()).substitute() for path in sorted((SQL / kind).glob("*.sql"))]


@pytest.fixture(scope="module")
def cluster(aws: Aws) -> str:
    """A warehouse on which everything was run that a deployment runs, over an empty lake."""
    agreed = contracts.load(Path("datasets"))
    bucket, databases = aws.bucket(), {"intermediate": aws.database(), "integrated": aws.database()}
    for source in agreed.sources:
        _table(aws, databases["intermediate"], source.name, source.table_columns(), bucket)
    joined = {each.name: each for each in agreed.products}["flights_enriched"]
    _table(aws, databases["integrated"], "flights_enriched", joined.table_columns(), bucket)
    name = f"statements-{time.monotonic_ns()}"
    aws.client("redshift").create_cluster(
        ClusterIdentifier=name,
        NodeType="ra3.large",
        MasterUsername="admin",
        MasterUserPassword="Secret-1234",
        IamRoles=[ROLE],
    )
    for layer, database in databases.items():
        text = (SQL / "external_schemas" / f"{layer}.sql").read_text()
        filled = text.replace("${spectrum_role_arn}", ROLE).replace("${region}", "eu-central-1")
        done(aws, name, re.sub(r"\$\{database_prefix\}_\w+", database, filled))
    for kind in ("star/schemas", "star/tables", "star/procedures"):
        done(aws, name, *_sql(kind))
    for kind in ("schemas", "procedures", "roles", "views"):
        done(aws, name, *_sql(f"marts/{kind}"))
    return name


def test_everything_stands_and_can_be_run_before_anything_was_delivered(aws: Aws, cluster: str) -> None:
    done(aws, cluster, "CALL star.load();")
    for table in (path.stem for path in (SQL / "star/tables").glob("*.sql")):
        assert records(aws, cluster, f"SELECT * FROM star.{table}") == []
    for view in (path.stem for path in (SQL / "marts/views").glob("*.sql")):
        done(aws, cluster, f"REFRESH MATERIALIZED VIEW marts.{view};")
        assert records(aws, cluster, f"SELECT * FROM marts.{view}") == []


def test_a_table_is_made_anew_with_the_views_over_it(aws: Aws, cluster: str) -> None:
    done(aws, cluster, "DROP TABLE IF EXISTS star.weather CASCADE;", *_sql("star/tables"))
    views = [sql for sql in _sql("marts/views") if "star.weather" in sql]
    done(aws, cluster, "CALL star.load();", *views)
