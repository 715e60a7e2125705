"""Redshift Data API: external schemas over the lake, and queries through them."""

import time
from typing import Any

import pytest

from embedded.cloud.warehouse_sql import (
    CreateExternalSchema,
    CreateSchema,
    CreateView,
    DropSchema,
    Grant,
    Named,
    Query,
    StatementError,
    read,
)
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
        ("CREATE MATERIALIZED VIEW nowhere.v AS SELECT 1 AS a", 'ERROR: schema "nowhere" does not exist'),
        ("CREATE MATERIALIZED VIEW v AS SELECT a FROM local_table", 'ERROR: relation "local_table" does not exist'),
        ("CREATE MATERIALIZED VIEW v AS DELETE FROM t", "ERROR: the embedded cloud does not run CREATE MATERIALIZED"),
        ("REFRESH MATERIALIZED VIEW public.v", "ERROR: materialized view v does not exist"),
        ("DROP MATERIALIZED VIEW v", "ERROR: materialized view v does not exist"),
        ("GRANT SELECT ON v TO ROLE nobody", 'ERROR: role "nobody" does not exist'),
        ("GRANT SELECT ON ALL TABLES IN SCHEMA s TO ROLE r", "ERROR: the embedded cloud does not run GRANT SELECT on"),
        ("CREATE USER u", "ERROR: the embedded cloud does not run CREATE USER on Redshift."),
        ("ALTER USER nobody PASSWORD DISABLE", 'ERROR: user "nobody" does not exist'),
        ("DROP USER nobody", 'ERROR: user "nobody" does not exist'),
        ("GRANT ROLE nothing TO nobody", 'ERROR: role "nothing" does not exist'),
        ("GRANT SELECT ON v TO somebody", "ERROR: the embedded cloud does not run GRANT SELECT on Redshift."),
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


def done(aws: Aws, cluster: str, *statements: str) -> None:
    """Runs statements that end well and have no result."""
    for sql in statements:
        found = _run(aws, cluster, sql)
        assert found["Status"] == "FINISHED", found
        assert found["HasResultSet"] is False


def records(aws: Aws, cluster: str, sql: str) -> list[list[object]]:
    """The rows of a query that ends well; a null is True, as the Data API has it."""
    found = _run(aws, cluster, sql)
    assert found["Status"] == "FINISHED", found
    records = aws.client("redshift-data").get_statement_result(Id=found["Id"])["Records"]
    return [[value for cell in row for value in cell.values()] for row in records]


LATE = "SELECT carrier, month, count(*) AS flights FROM lake.flights WHERE carrier <> '' GROUP BY carrier, month"


def test_a_materialized_view_answers_queries_as_the_lake_stands(aws: Aws, cluster: str) -> None:
    lake = Lake(aws)
    done(
        aws,
        cluster,
        f"CREATE EXTERNAL SCHEMA lake FROM DATA CATALOG DATABASE '{lake.database}' IAM_ROLE '{ROLE}'",
        "CREATE SCHEMA IF NOT EXISTS marts",
        f"-- by carrier and month\nCREATE MATERIALIZED VIEW marts.by_month AS\n{LATE};\n",
        "CREATE MATERIALIZED VIEW marts.by_carrier AS SELECT carrier, sum(flights) AS n FROM marts.by_month GROUP BY 1",
        "REFRESH MATERIALIZED VIEW marts.by_carrier;",
    )
    direct = records(
        aws, cluster, "SELECT carrier, count(*) FROM lake.flights WHERE carrier <> '' GROUP BY 1 ORDER BY 1"
    )
    assert direct, "there are flights"
    assert records(aws, cluster, "SELECT v.carrier, v.n FROM marts.by_carrier v ORDER BY 1") == direct
    joined = "SELECT a.carrier, a.n FROM marts.by_carrier a JOIN marts.by_carrier b ON a.carrier = b.carrier ORDER BY 1"
    assert records(aws, cluster, joined) == direct
    again = _run(aws, cluster, f"CREATE MATERIALIZED VIEW marts.by_month AS {LATE}")
    assert again["Error"] == 'ERROR: relation "by_month" already exists'
    wrong = _run(aws, cluster, "CREATE MATERIALIZED VIEW marts.wrong AS SELECT no_such_column FROM lake.flights")
    assert "no_such_column" in wrong["Error"]
    assert "depend on it" in _run(aws, cluster, "DROP SCHEMA marts")["Error"]
    done(
        aws,
        cluster,
        "DROP MATERIALIZED VIEW marts.by_carrier",
        "DROP MATERIALIZED VIEW IF EXISTS marts.by_carrier",
        "DROP SCHEMA marts CASCADE",
        "DROP SCHEMA lake",
    )
    assert "does not exist" in _run(aws, cluster, "SELECT * FROM marts.by_month")["Error"]


def test_roles_and_grants_are_kept_and_listed(aws: Aws, cluster: str) -> None:
    assert records(aws, cluster, "SELECT role_name FROM svv_roles") == []
    done(
        aws,
        cluster,
        "CREATE ROLE analysts",
        "CREATE SCHEMA shown",
        "CREATE MATERIALIZED VIEW shown.one AS SELECT 1 AS a",
        "GRANT USAGE ON SCHEMA shown TO ROLE analysts",
        "GRANT SELECT ON shown.one TO ROLE analysts",
        "GRANT SELECT ON TABLE shown.one TO ROLE analysts",
    )
    assert records(aws, cluster, "SELECT role_name FROM svv_roles") == [["analysts"]]
    relations = "SELECT namespace_name, relation_name, privilege_type, identity_name FROM svv_relation_privileges"
    assert records(aws, cluster, relations) == [["shown", "one", "SELECT", "analysts"]]
    schemas = "SELECT namespace_name, privilege_type, identity_name FROM svv_schema_privileges"
    assert records(aws, cluster, schemas) == [["shown", "USAGE", "analysts"]]
    done(
        aws,
        cluster,
        "CREATE USER reader PASSWORD DISABLE",
        "ALTER USER reader PASSWORD 'sha256|0f|1a'",
        "GRANT ROLE analysts TO reader",
    )
    assert records(aws, cluster, "SELECT user_name, role_name FROM svv_user_grants") == [["reader", "analysts"]]
    done(aws, cluster, "DROP USER reader", "DROP USER IF EXISTS reader", "CREATE USER reader PASSWORD DISABLE")
    assert records(aws, cluster, "SELECT user_name, role_name FROM svv_user_grants") == []
    assert _run(aws, cluster, "CREATE ROLE analysts")["Error"] == 'ERROR: role "analysts" already exists'
    assert "does not exist" in _run(aws, cluster, "CALL shown.have()")["Error"]
    body = (
        "BEGIN IF NOT EXISTS (SELECT role_name FROM svv_roles WHERE role_name = '{0}') THEN EXECUTE 'CREATE ROLE {0}';"
    )
    for role in ("analysts", "auditors"):
        made = f"CREATE OR REPLACE PROCEDURE shown.have() AS $$ {body.format(role)} END IF; END; $$ LANGUAGE plpgsql"
        done(aws, cluster, made, "CALL shown.have()")
    assert records(aws, cluster, "SELECT role_name FROM svv_roles ORDER BY 1") == [["analysts"], ["auditors"]]
    done(aws, cluster, "DROP SCHEMA shown CASCADE")
    assert records(aws, cluster, relations) == [], "what is gone is granted to nobody"


def test_a_warehouse_that_is_made_anew_knows_nothing_of_the_one_before(aws: Aws) -> None:
    def make(name: str) -> None:
        aws.client("redshift").create_cluster(
            ClusterIdentifier=name, NodeType="ra3.large", MasterUsername="admin", MasterUserPassword="Secret-1234"
        )

    name = f"anew-{time.monotonic_ns()}"
    make(name)
    done(aws, name, "CREATE ROLE analysts")
    aws.client("redshift").delete_cluster(ClusterIdentifier=name, SkipFinalClusterSnapshot=True)
    make(name)
    done(aws, name, "CREATE ROLE analysts")


def test_a_statement_for_no_cluster_fails(aws: Aws) -> None:
    assert "doesn't exist in this region" in _run(aws, "nowhere", "SELECT 1")["Error"]


def test_statements_are_read() -> None:
    text = "create external schema \"S\" from data catalog database 'D' iam_role default"
    assert read(text, {}) == CreateExternalSchema("s", False, "d", "default")
    assert read(text + " create external database if not exists;", {}) == read(text, {})
    assert read("CREATE SCHEMA IF NOT EXISTS marts;", {}) == CreateSchema("marts", True)
    assert read("drop schema marts cascade", {}) == DropSchema("marts", False, True)
    view = read("-- what it says\nCREATE MATERIALIZED VIEW Marts.V AUTO REFRESH NO AS\nSELECT 1 AS a;", {})
    assert isinstance(view, CreateView)
    assert view.name == Named("marts", "v")
    assert read("GRANT SELECT, INSERT ON marts.v TO ROLE analysts", {}) == Grant(
        ("SELECT", "INSERT"), Named("marts", "v"), "analysts"
    )
    assert read("GRANT USAGE ON SCHEMA marts TO PUBLIC", {}) == Grant(("USAGE",), Named("marts", ""), None)
    assert isinstance(read("SELECT 1;", {}), Query)
    with pytest.raises(StatementError, match="does not know 'SOMETHING' in CREATE EXTERNAL SCHEMA"):
        read("CREATE EXTERNAL SCHEMA s FROM DATA CATALOG DATABASE 'd' SOMETHING", {})
