"""Redshift Data API: external schemas over the lake, and queries through them."""

import time
from typing import Any

import pytest

from embedded.cloud.warehouse_sql import CreateSchema, Query, StatementError, read
from tests.embedded.cloud.clients import Aws, eventually
from tests.embedded.cloud.test_athena import Lake

ROLE = "arn:aws:iam::123456789012:role/spectrum"


@pytest.fixture(scope="module")
def cluster(aws: Aws) -> str:
    name = f"cluster-{time.monotonic_ns()}"
    aws.client("redshift").create_cluster(
        ClusterIdentifier=name,
        NodeType="ra3.large",
        MasterUsername="admin",
        MasterUserPassword="Secret-1234",
        IamRoles=[ROLE],
    )
    return name


def _run(aws: Aws, cluster: str, sql: str, **parameters: str) -> dict[str, Any]:
    data = aws.client("redshift-data")
    options = {"Parameters": [{"name": key, "value": value} for key, value in parameters.items()]} if parameters else {}
    started = data.execute_statement(ClusterIdentifier=cluster, Database="dev", DbUser="admin", Sql=sql, **options)

    def ended() -> dict[str, Any] | None:
        found: dict[str, Any] = data.describe_statement(Id=started["Id"])
        return found if found["Status"] in ("FINISHED", "FAILED", "ABORTED") else None

    found = eventually(ended, 30)
    assert found
    return found


def test_a_query_reads_the_lake_through_an_external_schema(aws: Aws, cluster: str) -> None:
    lake = Lake(aws)
    created = _run(
        aws,
        cluster,
        "-- the lake\nCREATE EXTERNAL SCHEMA IF NOT EXISTS integrated\nFROM DATA CATALOG\n"
        f"DATABASE '{lake.database}'\nREGION 'eu-central-1'\nIAM_ROLE '{ROLE}';\n",
    )
    assert created["Status"] == "FINISHED", created
    assert created["HasResultSet"] is False
    sql = (
        "SELECT carrier, count(*) AS n, max(dep_delay::float) AS late FROM integrated.flights "
        "WHERE month = :month AND dep_delay <> '' GROUP BY 1 ORDER BY 1"
    )
    found = _run(aws, cluster, sql, month="2")
    assert (found["Status"], found["ResultRows"]) == ("FINISHED", 2)
    result = aws.client("redshift-data").get_statement_result(Id=found["Id"])
    assert [column["name"] for column in result["ColumnMetadata"]] == ["carrier", "n", "late"]
    assert result["Records"] == [
        [{"stringValue": "B6"}, {"longValue": 1}, {"doubleValue": 16.0}],
        [{"stringValue": "UA"}, {"longValue": 1}, {"doubleValue": -4.5}],
    ]
    assert _run(aws, cluster, "DROP SCHEMA integrated")["Status"] == "FINISHED"
    assert _run(aws, cluster, sql, month="2")["Error"].startswith('ERROR: relation "integrated"."flights" does not')


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("COPY t FROM 's3://a'", "ERROR: the embedded cloud does not run COPY T on Redshift."),
        ("CREATE TABLE t (a int)", "ERROR: the embedded cloud does not run CREATE TABLE on Redshift."),
        ("SELECT * FROM local_table", 'ERROR: relation "local_table" does not exist'),
        ("DROP SCHEMA nothing", 'ERROR: schema "nothing" does not exist'),
        (
            "CREATE EXTERNAL SCHEMA s FROM DATA CATALOG DATABASE 'd' IAM_ROLE 'arn:aws:iam::123456789012:role/other'",
            "ERROR: The IAM role arn:aws:iam::123456789012:role/other is not attached",
        ),
        ("SELECT :missing", "ERROR: Parameters list contains no value for :missing."),
    ],
)
def test_what_is_not_done_fails_by_name(aws: Aws, cluster: str, sql: str, error: str) -> None:
    found = _run(aws, cluster, sql)
    assert found["Status"] == "FAILED"
    assert found["Error"].startswith(error)


def test_a_statement_for_no_cluster_fails(aws: Aws) -> None:
    assert "doesn't exist in this region" in _run(aws, "nowhere", "SELECT 1")["Error"]


def test_statements_are_read() -> None:
    text = "create external schema \"S\" from data catalog database 'D' iam_role default"
    assert read(text, {}) == CreateSchema("s", False, "d", "default")
    assert read(text + " create external database if not exists;", {}) == CreateSchema("s", False, "d", "default")
    assert isinstance(read("SELECT 1;", {}), Query)
    with pytest.raises(StatementError, match="does not know 'SOMETHING' in CREATE EXTERNAL SCHEMA"):
        read("CREATE EXTERNAL SCHEMA s FROM DATA CATALOG DATABASE 'd' SOMETHING", {})
