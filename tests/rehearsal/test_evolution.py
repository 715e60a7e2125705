"""A data set of its own file, deployed, filled and queried; then its contract changes, for worse and for better."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
import yaml

from embedded import running
from embedded.engine.workspace import EMBEDDED_CREDENTIALS, PRIVATE, Workspace
from tests.rehearsal.conftest import client, copy_project, deploy_and_judge
from verify.platform import Outputs
from verify.platform import Platform as Checked

pytestmark = pytest.mark.rehearsal

T = TypeVar("T")
NAME = "test-evolution"
GATES: dict[str, Any] = {
    "apiVersion": "v3.2.0",
    "kind": "DataContract",
    "id": "tests-gates",
    "name": "gates",
    "version": "1.0.0",
    "status": "active",
    "domain": "aviation",
    "description": {"purpose": "Where flights are boarded."},
    "customProperties": [{"property": "delivery", "value": "files"}, {"property": "published", "value": True}],
    "schema": [
        {
            "name": "gates",
            "logicalType": "object",
            "properties": [
                {
                    "name": "gate",
                    "logicalType": "string",
                    "required": True,
                    "primaryKey": True,
                    "primaryKeyPosition": 1,
                },
                {"name": "seats", "logicalType": "integer", "logicalTypeOptions": {"format": "i32", "maximum": 500}},
            ],
        }
    ],
}


@dataclass(frozen=True)
class Grown:
    """Stack local of a copy of the project, which has a data set more."""

    project: Path
    workspace: Workspace

    def write(self, contract: dict[str, Any]) -> None:
        (self.project / "datasets" / "gates.yaml").write_text(yaml.safe_dump(contract))

    def output(self, name: str) -> Any:
        return json.loads(self.workspace.run("stack", "output", "--json", "--stack", "local"))[name]

    def client(self, service: str) -> Any:
        return client(self.workspace, service)

    def drop(self, name: str, text: str) -> None:
        """Drop a file, and see it landed."""
        self.client("s3").put_object(Bucket=self.output("landing_bucket"), Key=f"drop/gates/{name}", Body=text)
        eventually(lambda: f"raw/gates/{name}" in self.keys("initial_bucket", "raw/gates/"))

    def keys(self, bucket: str, prefix: str) -> list[str]:
        found = self.client("s3").list_objects_v2(Bucket=self.output(bucket), Prefix=prefix).get("Contents", [])
        return [each["Key"] for each in found]

    def conform(self) -> None:
        """Run the deployed job for this data set alone."""
        self.do("medallion-local-intermediate-conform", {"--datasets": "gates"})

    def do(self, job: str, arguments: dict[str, str]) -> None:
        """Run a deployed job to its good end."""
        glue = self.client("glue")
        run = glue.start_job_run(JobName=job, Arguments=arguments)["JobRunId"]

        def ended() -> dict[str, Any] | None:
            found: dict[str, Any] = glue.get_job_run(JobName=job, RunId=run)["JobRun"]
            return found if found["JobRunState"] not in ("STARTING", "RUNNING") else None

        last = eventually(ended)
        assert last["JobRunState"] == "SUCCEEDED", last

    def served(self, tmp_path: Path) -> Checked:
        """Whoever asks from outside, with what the stack's outputs tell."""
        outputs = tmp_path / "outputs.json"
        outputs.write_text(self.workspace.run("stack", "output", "--json", "--stack", "local"))
        return Checked(Outputs.read(outputs), print)

    def rows(self, sql: str) -> list[list[str | None]]:
        """What Athena answers, without the header."""
        athena = self.client("athena")
        database = {"Database": self.output("databases")["intermediate"]}
        execution = athena.start_query_execution(
            QueryString=sql, QueryExecutionContext=database, WorkGroup=self.output("athena_workgroup")
        )["QueryExecutionId"]

        def ended() -> dict[str, Any] | None:
            found: dict[str, Any] = athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"]
            return found if found["State"] not in ("QUEUED", "RUNNING") else None

        assert eventually(ended)["State"] == "SUCCEEDED"
        found = athena.get_query_results(QueryExecutionId=execution)["ResultSet"]["Rows"][1:]
        return [[cell.get("VarCharValue") for cell in row["Data"]] for row in found]

    def replay(self) -> dict[str, Any]:
        answer = self.client("lambda").invoke(
            FunctionName=self.output("replay_functions")["gates"], Payload=json.dumps({"replay": "gates"})
        )
        found: dict[str, Any] = json.loads(answer["Payload"].read())
        return found


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grown]:
    """The data set's file is all that the project is given, and a file of it has come in."""
    project = copy_project(tmp_path_factory.mktemp("evolving") / "medallion")
    running.stop(PRIVATE / NAME)
    shutil.rmtree(PRIVATE / NAME, ignore_errors=True)
    workspace = Workspace(NAME, "local", running.start(PRIVATE / NAME).endpoint, project)
    try:
        workspace.create()
        deployed = Grown(project, workspace)
        deployed.write(GATES)
        deploy_and_judge(workspace)
        deployed.drop("a.csv", "gate,seats\nB22,180\nA1,120\nC9,900\nB22,181\n")
        deployed.conform()
        yield deployed
    finally:
        running.stop(PRIVATE / NAME)
        shutil.rmtree(PRIVATE / NAME, ignore_errors=True)


def test_a_contract_s_file_alone_makes_a_data_set_that_can_be_queried(grown: Grown) -> None:
    assert grown.rows("SELECT gate, seats FROM gates ORDER BY gate") == [["A1", "120"], ["B22", "181"]]
    assert "quarantine/gates/a.csv.jsonl" in grown.keys("landing_bucket", "quarantine/gates/")


def test_a_contract_s_file_alone_has_the_data_set_served_by_rest_and_graphql(
    grown: Grown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (EMBEDDED_CREDENTIALS | {"AWS_ENDPOINT_URL": str(grown.workspace.endpoint)}).items():
        monkeypatch.setenv(name, value)
    grown.do("medallion-local-refined-marts", {})
    outside = grown.served(tmp_path)
    status, body = outside.call("/published_gates", {"sort": "-seats", "limit": "1"})
    assert (status, body["items"]) == (200, [{"gate": "B22", "seats": 181}])
    assert outside.call("/published_gates", {"gate": "A1"})[1]["items"] == [{"gate": "A1", "seats": 120}]
    assert outside.call("/published_gates", {"seats": "120"})[0] == 400
    answer = outside.ask("query { published_gates { gate seats } }")
    assert answer == {"data": {"published_gates": [{"gate": "A1", "seats": 120}, {"gate": "B22", "seats": 181}]}}


def test_a_breaking_change_is_refused_before_anything_is_deployed(grown: Grown) -> None:
    broken = json.loads(json.dumps(GATES))
    seats = broken["schema"][0]["properties"].pop()
    broken["schema"][0]["properties"].append({**seats, "logicalType": "string", "logicalTypeOptions": {}})
    grown.write(broken)
    try:
        refused = grown.workspace.deploy("up", "--yes", "--skip-preview")
    finally:
        grown.write(GATES)
    told = refused.log.read_text()
    assert not refused.ok
    assert "gates: column seats is string and was int, which Iceberg can't widen so" in told
    done = {event.body["metadata"]["op"] for event in refused.events if event.kind == "resOutputsEvent"}
    assert done <= {"same"}


def test_a_compatible_change_goes_through_and_what_it_lets_in_is_replayed(grown: Grown) -> None:
    better = json.loads(json.dumps(GATES)) | {"version": "1.1.0"}
    gate, seats = better["schema"][0]["properties"]
    seats["logicalTypeOptions"] = {"format": "i64", "maximum": 1000}
    terminal = {
        "name": "terminal",
        "logicalType": "string",
        # Lake Formation is to be told of it, and refuses to be before the table has it.
        "classification": "confidential",
        "customProperties": [{"property": "addedInVersion", "value": "1.1.0"}],
    }
    better["schema"][0]["properties"] = [gate, seats, terminal]
    grown.write(better)
    deployed = grown.workspace.deploy("up", "--yes", "--skip-preview")
    assert deployed.ok, "\n".join(line for line in deployed.log.read_text().splitlines() if "error" in line)
    assert grown.replay() == {"released": 1, "left": 0, "next": None}
    grown.drop("b.csv", "gate,seats,terminal\nD4,200,T4\n")
    grown.conform()
    assert grown.rows("SELECT gate, seats, terminal FROM gates ORDER BY gate") == [
        ["A1", "120", None],
        ["B22", "181", None],
        ["C9", "900", None],
        ["D4", "200", "T4"],
    ]
    assert not grown.keys("landing_bucket", "quarantine/gates/")
    deploy_and_judge(grown.workspace)
    columns = {
        "DatabaseName": grown.output("databases")["intermediate"],
        "Name": "gates",
        "ColumnNames": ["seats", "terminal"],
    }
    found = grown.client("lakeformation").get_resource_lf_tags(Resource={"TableWithColumns": columns})
    tags = [each for each in found["LFTagsOnColumns"] if each["LFTags"]]
    assert [(each["Name"], each["LFTags"][0]["TagValues"]) for each in tags] == [("terminal", ["confidential"])]


def eventually(look: Callable[[], T | None], seconds: float = 120) -> T:
    """Look until there is something to be seen, and return it."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, f"it did not happen in {seconds} seconds"
        time.sleep(0.3)
    return seen
