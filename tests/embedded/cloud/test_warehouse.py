"""Redshift Data API: external schemas over the lake, and queries through them."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from embedded.cloud.warehouse_asked import (
    CreateExternalSchema,
    CreateSchema,
    CreateView,
    DropSchema,
    Grant,
    Named,
    Query,
    StatementError,
)
from embedded.cloud.warehouse_sql import read
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
        ("CREATE TABLE t AS SELECT 1 AS a", "ERROR: the embedded cloud does not run CREATE TABLE on Redshift."),
        ("CREATE TABLE nowhere.t (a int)", 'ERROR: schema "nowhere" does not exist'),
        ("CREATE TABLE t (a int identity(0, 1))", "ERROR: the embedded cloud does not know IDENTITY(0, 1)"),
        ("TRUNCATE t", "ERROR: the embedded cloud does not run TRUNCATE T on Redshift."),
        ("UPDATE t SET a = 1", "ERROR: the embedded cloud does not run UPDATE T on Redshift."),
        ("INSERT INTO t VALUES (1)", "ERROR: the embedded cloud does not run INSERT INTO on Redshift."),
        ("INSERT INTO t SELECT 1", 'ERROR: relation "public.t" does not exist'),
        ("DELETE FROM t", 'ERROR: relation "public.t" does not exist'),
        ("DELETE FROM t USING u WHERE t.a = u.a", "ERROR: the embedded cloud does not run DELETE FROM on Redshift."),
        ("DROP TABLE t", 'ERROR: relation "public.t" does not exist'),
        ("SELECT 1; SELECT 2", "ERROR: the embedded cloud does not run SELECT 1; on Redshift."),
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
        ("SELECT 1 AS a INTO t", "ERROR: the embedded cloud does not run SELECT INTO on Redshift."),
        (
            "CREATE MATERIALIZED VIEW v AS SELECT 1 AS a INTO t",
            "ERROR: the embedded cloud does not run SELECT INTO on Redshift.",
        ),
        ("CREATE TABLE t (a int distkey)", 'ERROR: syntax error at or near "distkey", or a form that the embedded'),
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


TABLE = """
CREATE TABLE IF NOT EXISTS facts.late (
  carrier VARCHAR(2) NOT NULL ENCODE zstd, month INTEGER, minutes DOUBLE PRECISION, PRIMARY KEY (carrier, month)
) DISTSTYLE ALL SORTKEY (month)
"""
LOAD = """
CREATE OR REPLACE PROCEDURE facts.load() AS $$
BEGIN
  DELETE FROM facts.late;
  INSERT INTO facts.late (carrier, minutes, month)
  SELECT carrier, max(dep_delay::float), month::int FROM {source} WHERE dep_delay <> '' GROUP BY carrier, month;
END;
$$ LANGUAGE plpgsql
"""


@pytest.fixture
def facts(aws: Aws, cluster: str) -> Iterator[Lake]:
    """A lake with a schema over it, and an empty table of the warehouse's own."""
    lake = Lake(aws)
    external = f"CREATE EXTERNAL SCHEMA lake FROM DATA CATALOG DATABASE '{lake.database}' IAM_ROLE '{ROLE}'"
    done(aws, cluster, external, "CREATE SCHEMA facts", TABLE, TABLE)
    yield lake
    done(aws, cluster, "DROP SCHEMA facts CASCADE", "DROP SCHEMA lake")


def test_a_procedure_loads_a_table_from_the_lake_and_a_view_joins_both(aws: Aws, cluster: str, facts: Lake) -> None:
    done(
        aws,
        cluster,
        LOAD.format(source="lake.flights"),
        "CREATE MATERIALIZED VIEW facts.joined AS SELECT f.carrier, f.dest, l.minutes FROM lake.flights f "
        "JOIN facts.late l ON f.carrier = l.carrier AND f.month = l.month::varchar",
        "CALL facts.load()",
        "CALL facts.load()",
    )
    rows = records(aws, cluster, "SELECT carrier, month, minutes FROM facts.late ORDER BY carrier, month")
    direct = "SELECT carrier, month::int, max(dep_delay::float) FROM lake.flights WHERE dep_delay <> '' GROUP BY 1, 2"
    assert rows == records(aws, cluster, f"{direct} ORDER BY 1, 2"), "twice is as good as once"
    assert rows, "there are flights"
    assert records(aws, cluster, "SELECT count(*) FROM facts.joined") != [[0]]
    done(aws, cluster, "DELETE FROM facts.late WHERE carrier = 'UA'", "GRANT SELECT ON facts.late TO PUBLIC")
    assert {row[0] for row in records(aws, cluster, "SELECT carrier FROM facts.late")} == {row[0] for row in rows} - {
        "UA"
    }


def test_a_procedure_that_fails_half_way_leaves_the_table_as_it_was(aws: Aws, cluster: str, facts: Lake) -> None:
    done(aws, cluster, LOAD.format(source="lake.flights"), "CALL facts.load()")
    before = records(aws, cluster, "SELECT count(*) FROM facts.late")
    assert before != [[0]]
    done(aws, cluster, LOAD.format(source="(SELECT 'too long' AS carrier, month, dep_delay FROM lake.flights)"))
    assert "CHECK constraint failed" in _run(aws, cluster, "CALL facts.load()")["Error"]
    assert records(aws, cluster, "SELECT count(*) FROM facts.late") == before
    assert "NOT NULL" in _run(aws, cluster, "INSERT INTO facts.late (month) SELECT 1")["Error"]


def test_statements_at_the_same_time_wait_for_one_another(aws: Aws, cluster: str, facts: Lake) -> None:
    done(aws, cluster, LOAD.format(source="lake.flights"), "CREATE SCHEMA side")
    made = [f"CREATE TABLE side.t{number} (a INTEGER)" for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda sql: _run(aws, cluster, sql), [*made, *["CALL facts.load()"] * 6]))
    assert [each.get("Error") for each in found] == [None] * 12
    done(aws, cluster, "DROP SCHEMA side CASCADE")


def test_a_table_goes_only_with_the_views_over_it(aws: Aws, cluster: str, facts: Lake) -> None:
    view = "CREATE MATERIALIZED VIEW facts.{} AS SELECT * FROM facts.{}"
    done(aws, cluster, view.format("first", "late"), view.format("second", "first"))
    assert "depend on it" in _run(aws, cluster, "DROP TABLE facts.late")["Error"]
    assert "already exists" in _run(aws, cluster, view.format("late", "first"))["Error"]
    done(aws, cluster, "DROP TABLE facts.late CASCADE", "DROP TABLE IF EXISTS facts.late")
    for gone in ("late", "first", "second"):
        assert "does not exist" in _run(aws, cluster, f"SELECT * FROM facts.{gone}")["Error"]


def test_a_procedure_of_another_kind_is_refused_by_name(aws: Aws, cluster: str) -> None:
    body = "CREATE OR REPLACE PROCEDURE p() AS $$ BEGIN TRUNCATE t; END; $$ LANGUAGE plpgsql"
    assert _run(aws, cluster, body)["Error"].startswith("ERROR: the embedded cloud does not run TRUNCATE TABLE")
    body = body.replace("TRUNCATE t", "DROP TABLE t")
    assert _run(aws, cluster, body)["Error"] == "ERROR: the embedded cloud does not run DROP in a procedure."


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
