"""What analysts, engineers and stewards see on the deployed platform, asked with the sessions of their own roles."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from contracts import load
from embedded.engine.workspace import ROOT
from tests.rehearsal.conftest import Platform, client

pytestmark = pytest.mark.rehearsal

FLIGHTS = 336_776
REFUSED = "Insufficient permissions to execute the query. Principal does not have any privilege on specified resource"
ENRICHED = next(each for each in load(ROOT / "datasets").products if each.name == "flights_enriched")
COLUMNS = [name for name, _, _ in ENRICHED.table_columns()]


@dataclass(frozen=True)
class Person:
    """Somebody in a session of one of the roles for people, querying in the workgroup of its kind."""

    session: boto3.Session
    endpoint: str
    workgroup: str
    databases: dict[str, str]

    def client(self, service: str) -> Any:
        return self.session.client(service, endpoint_url=self.endpoint)

    def run(self, sql: str, layer: str) -> dict[str, Any]:
        """The execution of a query that has ended, however it did."""
        athena = self.client("athena")
        started = athena.start_query_execution(
            QueryString=sql, WorkGroup=self.workgroup, QueryExecutionContext={"Database": self.databases[layer]}
        )["QueryExecutionId"]
        deadline = time.monotonic() + 120
        while True:
            execution: dict[str, Any] = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]
            if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
                return execution
            assert time.monotonic() < deadline, f"{sql} did not end"
            time.sleep(0.1)

    def rows(self, sql: str, layer: str) -> list[list[str]]:
        """The rows of an answer, its header first."""
        execution = self.run(sql, layer)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        found = self.client("athena").get_query_results(QueryExecutionId=execution["QueryExecutionId"])["ResultSet"]
        return [[cell.get("VarCharValue", "") for cell in row["Data"]] for row in found["Rows"]]

    def fault(self, sql: str, layer: str) -> str:
        """Why a query failed."""
        status = self.run(sql, layer)["Status"]
        assert status["State"] == "FAILED", f"{sql} was answered"
        return str(status["StateChangeReason"])


def person(platform: Platform, kind: str) -> Person:
    """Take the role of that kind of person."""
    outputs = json.loads(platform.rehearsal.outputs.read_text())
    made = client(platform.workspace, "sts").assume_role(
        RoleArn=outputs["people_roles"][kind], RoleSessionName=f"some-of-{kind}"
    )["Credentials"]
    session = boto3.Session(
        made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"], region_name=platform.workspace.region
    )
    endpoint = str(platform.workspace.endpoint)
    return Person(session, endpoint, outputs["athena_workgroups"][kind], outputs["databases"])


@pytest.fixture(scope="module")
def analyst(platform: Platform) -> Person:
    return person(platform, "analysts")


def test_an_analyst_sees_the_open_columns_of_the_joined_table_and_all_of_its_rows(analyst: Person) -> None:
    header, _ = analyst.rows("SELECT * FROM flights_enriched LIMIT 1", "integrated")
    assert "tailnum" in COLUMNS
    assert header == [name for name in COLUMNS if name != "tailnum"]
    assert int(analyst.rows("SELECT count(*) FROM flights_enriched", "integrated")[1][0]) == FLIGHTS


@pytest.mark.parametrize(
    "sql", ["SELECT tailnum FROM flights_enriched", "SELECT carrier FROM flights_enriched WHERE tailnum = 'N14228'"]
)
def test_an_analyst_finds_no_guarded_column(analyst: Person, sql: str) -> None:
    reason = analyst.fault(sql, "integrated")
    assert reason.startswith("COLUMN_NOT_FOUND: ")
    assert "Column 'tailnum' cannot be resolved or requester is not authorized" in reason


@pytest.mark.parametrize("mart", ["punctuality_by_carrier", "delay_by_weather", "routes"])
def test_an_analyst_sees_the_marts(analyst: Person, mart: str) -> None:
    assert int(analyst.rows(f"SELECT count(*) FROM {mart}", "refined")[1][0]) > 0


@pytest.mark.parametrize(("layer", "table"), [("initial", "flights"), ("intermediate", "planes")])
def test_an_analyst_is_refused_the_layers_below(analyst: Person, layer: str, table: str) -> None:
    assert analyst.fault(f"SELECT * FROM {table}", layer) == REFUSED


@pytest.mark.parametrize("kind", ["engineers", "stewards"])
def test_who_mends_or_guards_data_sees_what_is_confidential(platform: Platform, kind: str) -> None:
    """Nothing is restricted, which would be the engineers' alone."""
    asking = person(platform, kind)
    assert asking.rows("SELECT * FROM flights_enriched LIMIT 1", "integrated")[0] == COLUMNS
    assert int(asking.rows("SELECT count(tailnum) FROM flights", "intermediate")[1][0]) > 0
    assert int(asking.rows("SELECT count(*) FROM routes", "refined")[1][0]) > 0


@pytest.mark.parametrize("kind", ["analysts", "engineers", "stewards"])
def test_nobody_reads_the_tables_files_with_a_role_for_people(platform: Platform, kind: str) -> None:
    table = client(platform.workspace, "glue").get_table(
        DatabaseName=json.loads(platform.rehearsal.outputs.read_text())["databases"]["integrated"],
        Name="flights_enriched",
    )["Table"]
    bucket = table["StorageDescriptor"]["Location"].split("/")[2]
    # The deployer's keys see them.
    key = client(platform.workspace, "s3").list_objects_v2(Bucket=bucket, MaxKeys=1)["Contents"][0]["Key"]
    s3 = person(platform, kind).client("s3")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.get_object(Bucket=bucket, Key=key)
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.list_objects_v2(Bucket=bucket)


def test_who_queries_reads_the_results_of_its_kind_and_of_no_other(platform: Platform, analyst: Person) -> None:
    location = analyst.run("SELECT * FROM routes", "refined")["ResultConfiguration"]["OutputLocation"]
    bucket, _, key = location.removeprefix("s3://").partition("/")
    assert analyst.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with pytest.raises(ClientError, match="AccessDenied"):
        person(platform, "engineers").client("s3").get_object(Bucket=bucket, Key=key)
