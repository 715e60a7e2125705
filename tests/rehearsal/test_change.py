"""One stack is changed again and again as it runs, and no change may cost data.

A fixture is a deployment onto what the fixture that it takes has left; the tests look at what it did. Changes that have
nothing to do with each other share a deployment.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from embedded import running
from embedded.engine.workspace import PRIVATE, Deployment, Workspace
from tests.rehearsal.conftest import client, copy_project, deploy_and_judge

pytestmark = pytest.mark.rehearsal

STATEFUL = (
    "aws:dynamodb/",
    "aws:emr/cluster:",
    "aws:glue/catalogDatabase:",
    "aws:glue/catalogTable:",
    "aws:kinesis/stream:",
    "aws:kms/key:",
    "aws:redshift/cluster:",
    "aws:s3/bucket:",
    "aws:sqs/queue:",
)
LOSES = ("replace", "create-replacement", "delete-replaced", "delete")

CAN_BE_OFF = {
    "athena": "connector",
    "exchange": "publish",
    "load_balancer": "enabled",
    "portal": "enabled",
    "quicksight": "enabled",
}
"""The settings that switch something off altogether, by their sections."""


@dataclass(frozen=True)
class Changing:
    """A deployed stack whose project is a copy that a test may edit."""

    project: Path
    workspace: Workspace

    def up(self) -> Deployment:
        done = self.workspace.deploy("up", "--yes", "--skip-preview")
        assert done.ok, done.log.read_text()
        return done

    def set(self, path: str, value: object) -> None:
        """Change one setting in the stack's file, as its owner would."""
        section, name = path.split(".")
        file = self.workspace.stack_file
        content = yaml.safe_load(file.read_text())
        content["config"].setdefault(f"medallion:{section}", {})[name] = value
        file.write_text(yaml.safe_dump(content))

    def edit(self, file: str, before: str, after: str) -> None:
        path = self.project / file
        text = path.read_text()
        assert text.count(before) == 1, f"{file} has {text.count(before)} of {before!r}"
        path.write_text(text.replace(before, after))

    def client(self, service: str) -> Any:
        return client(self.workspace, service)


def operations(deployment: Deployment) -> list[tuple[str, str]]:
    """What was done to which resource: (operation, type::name)."""
    steps = [event.body["metadata"] for event in deployment.events if event.kind == "resourcePreEvent"]
    return [(step["op"], "::".join(step["urn"].split("::")[2:]).rpartition("$")[2]) for step in steps]


def lost(deployment: Deployment) -> list[tuple[str, str]]:
    """The stateful resources that a deployment replaced or deleted."""
    return [(op, which) for op, which in operations(deployment) if op in LOSES and which.startswith(STATEFUL)]


def updated(deployment: Deployment) -> set[str]:
    return {which for op, which in operations(deployment) if op == "update"}


@pytest.fixture(scope="module")
def switched_off(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Changing]:
    """Stack dev of a copy of the project, on an embedded AWS of its own, with all off that can be."""
    project = copy_project(tmp_path_factory.mktemp("changing") / "medallion")
    name = "test-change"
    running.stop(PRIVATE / name)
    shutil.rmtree(PRIVATE / name, ignore_errors=True)
    workspace = Workspace(name, "dev", running.start(PRIVATE / name).endpoint, project)
    try:
        workspace.create()
        changing = Changing(project, workspace)
        for section, switch in CAN_BE_OFF.items():
            changing.set(f"{section}.{switch}", False)
        deploy_and_judge(workspace)
        yield changing
    finally:
        running.stop(PRIVATE / name)
        shutil.rmtree(PRIVATE / name, ignore_errors=True)


@pytest.fixture(scope="module")
def switched_on(switched_off: Changing) -> Changing:
    """The same with all on, and the API private."""
    for section, switch in CAN_BE_OFF.items():
        switched_off.set(f"{section}.{switch}", True)
    switched_off.set("api.private", True)
    deploy_and_judge(switched_off.workspace)
    return switched_off


@pytest.fixture(scope="module")
def enlarged(switched_on: Changing) -> Deployment:
    """A size of each kind raised by settings, and a component renamed by an alias."""
    for path, value in {
        "kinesis.shards": 2,
        "kinesis.retention_hours": 72,
        "retention.landing_days": 30,
        "initial.lock_days": 2,
        "redshift.nodes": 2,
    }.items():
        switched_on.set(path, value)
    alias = 'pulumi.ResourceOptions(aliases=[pulumi.Alias(name="refined")])'
    switched_on.edit(
        "__main__.py", 'as_layer("refined")', f'pulumi.ResourceOptions.merge(as_layer("refined"), {alias})'
    )
    switched_on.edit("__main__.py", 'Refined(\n    "refined",', 'Refined(\n    "marts",')
    return switched_on.up()


@pytest.fixture(scope="module")
def with_gates(switched_on: Changing, enlarged: Deployment) -> Deployment:
    """A data set more, and larger nodes in the warehouse."""
    contract = switched_on.project / "datasets" / "airlines.yaml"
    contract.with_name("gates.yaml").write_text(contract.read_text().replace("airlines", "gates"))
    switched_on.set("redshift.node_type", "ra3.xlplus")
    return switched_on.up()


def test_all_that_can_be_off_is_off_and_what_is_left_holds_every_rule(switched_off: Changing) -> None:
    kinds = {each["type"].partition("/")[0] for each in switched_off.workspace.resources()}
    assert not kinds & {"aws:datazone", "aws:dataexchange", "aws:lb", "aws:quicksight", "aws:serverlessrepository"}


def test_what_was_off_is_switched_on_and_the_api_made_private_and_every_rule_holds(switched_on: Changing) -> None:
    (api,) = switched_on.client("apigateway").get_rest_apis()["items"]
    assert api["endpointConfiguration"]["types"] == ["PRIVATE"]
    kinds = {each["type"].partition("/")[0] for each in switched_on.workspace.resources()}
    assert kinds >= {"aws:datazone", "aws:dataexchange", "aws:lb", "aws:quicksight", "aws:serverlessrepository"}


def test_more_shards_are_added_to_the_stream_as_it_runs(switched_on: Changing, enlarged: Deployment) -> None:
    assert not lost(enlarged)
    assert "aws:kinesis/stream:Stream::landing-weather" in updated(enlarged)
    stream = switched_on.client("kinesis").describe_stream_summary(StreamName="medallion-dev-weather")
    assert stream["StreamDescriptionSummary"]["OpenShardCount"] == 2


def test_the_warehouse_gets_more_nodes_and_larger_ones_without_a_new_cluster(
    switched_on: Changing, enlarged: Deployment, with_gates: Deployment
) -> None:
    for deployment in (enlarged, with_gates):
        assert not lost(deployment)
        assert "aws:redshift/cluster:Cluster::intermediate-warehouse" in updated(deployment)
    (cluster,) = switched_on.client("redshift").describe_clusters()["Clusters"]
    assert (cluster["NumberOfNodes"], cluster["NodeType"]) == (2, "ra3.xlplus")


def test_longer_retention_replaces_nothing(switched_on: Changing, enlarged: Deployment) -> None:
    assert not lost(enlarged)
    stream = switched_on.client("kinesis").describe_stream_summary(StreamName="medallion-dev-weather")
    assert stream["StreamDescriptionSummary"]["RetentionPeriodHours"] == 72


def test_a_component_is_renamed_by_an_alias_without_touching_what_it_made(enlarged: Deployment) -> None:
    assert {op for op, _ in operations(enlarged)} <= {"same", "update"}, [
        each for each in operations(enlarged) if each[0] != "same"
    ]
    assert ("same", "medallion:layers:Refined::marts") in operations(enlarged)
    assert not lost(enlarged)


def test_a_data_set_comes_and_goes_and_its_objects_stay(switched_on: Changing, with_gates: Deployment) -> None:
    assert not lost(with_gates)
    assert ("create", "aws:glue/catalogTable:CatalogTable::initial-gates") in operations(with_gates)
    workspace = switched_on.workspace
    s3 = switched_on.client("s3")
    bucket = workspace.run("stack", "output", "initial_bucket", "--stack", workspace.stack).strip()
    s3.put_object(Bucket=bucket, Key="raw/gates/2013.csv", Body=b"gate\nA1\n")
    (switched_on.project / "datasets" / "gates.yaml").unlink()
    gone = switched_on.up()
    # Without protection the catalog's entry goes; what it described does not.
    assert {which.partition(":Cat")[2] for _, which in lost(gone)} <= {
        "alogTable::initial-gates",
        "alogTable::intermediate-gates",
    }
    assert s3.get_object(Bucket=bucket, Key="raw/gates/2013.csv")["Body"].read() == b"gate\nA1\n"


def test_replacing_what_holds_data_is_refused_until_both_keys_are_turned(
    switched_on: Changing, with_gates: Deployment
) -> None:
    switched_on.set("protection.data", "keep")
    assert not lost(switched_on.up())
    # Another name makes another bucket: the old one would have to go.
    name = 'return f"{self.project}-{self.stack}-{layer}-'
    another = name.replace("-{layer}-", "-new-{layer}-")
    switched_on.edit("components/names.py", name, another)
    refused = switched_on.workspace.deploy("up", "--yes", "--skip-preview")
    assert not refused.ok
    assert "protect" in refused.log.read_text()
    buckets = {each["Name"] for each in switched_on.client("s3").list_buckets()["Buckets"]}
    assert any(name.startswith("medallion-dev-initial-") for name in buckets)
    switched_on.edit("components/names.py", another, name)
    switched_on.set("protection.data", "disposable")
    switched_on.up()
