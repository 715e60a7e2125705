"""A platform that holds data is changed: each change is a second `up`, and none of them may cost data."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from embedded import running
from embedded.engine.workspace import EMBEDDED_CREDENTIALS, PRIVATE, Deployment, Workspace
from tests.rehearsal.conftest import copy_project

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


@dataclass(frozen=True)
class Changing:
    """A deployed stack whose project is a copy that a test may edit."""

    project: Path
    workspace: Workspace

    def up(self) -> Deployment:
        return self.workspace.deploy("up", "--yes", "--skip-preview")

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
        session = boto3.Session(
            EMBEDDED_CREDENTIALS["AWS_ACCESS_KEY_ID"],
            EMBEDDED_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=self.workspace.region,
        )
        return session.client(service, endpoint_url=self.workspace.endpoint)


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
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Changing]:
    """Stack dev of a copy of the project on an embedded AWS of its own."""
    project = tmp_path_factory.mktemp("changing") / "medallion"
    copy_project(project)
    name = "test-change"
    running.stop(PRIVATE / name)
    shutil.rmtree(PRIVATE / name, ignore_errors=True)
    workspace = Workspace(name, "dev", running.start(PRIVATE / name).endpoint, project)
    try:
        workspace.create()
        changing = Changing(project, workspace)
        first = changing.up()
        assert first.ok, first.log.read_text()[-3000:]
        yield changing
    finally:
        running.stop(PRIVATE / name)
        shutil.rmtree(PRIVATE / name, ignore_errors=True)


def test_more_shards_are_added_to_the_stream_as_it_runs(deployed: Changing) -> None:
    deployed.set("kinesis.shards", 2)
    done = deployed.up()
    assert done.ok, done.log.read_text()
    assert not lost(done)
    assert "aws:kinesis/stream:Stream::landing-weather" in updated(done)
    stream = deployed.client("kinesis").describe_stream_summary(StreamName="medallion-dev-weather")
    assert stream["StreamDescriptionSummary"]["OpenShardCount"] == 2


def test_the_warehouse_gets_more_nodes_and_larger_ones_without_a_new_cluster(deployed: Changing) -> None:
    for setting, value, found in (("nodes", 2, "NumberOfNodes"), ("node_type", "ra3.xlplus", "NodeType")):
        deployed.set(f"redshift.{setting}", value)
        done = deployed.up()
        assert done.ok, done.log.read_text()
        assert not lost(done)
        (cluster,) = deployed.client("redshift").describe_clusters()["Clusters"]
        assert cluster[found] == value


def test_longer_retention_replaces_nothing(deployed: Changing) -> None:
    deployed.set("kinesis.retention_hours", 72)
    deployed.set("retention.landing_days", 30)
    deployed.set("initial.lock_days", 2)
    done = deployed.up()
    assert done.ok, done.log.read_text()
    assert not lost(done)
    stream = deployed.client("kinesis").describe_stream_summary(StreamName="medallion-dev-weather")
    assert stream["StreamDescriptionSummary"]["RetentionPeriodHours"] == 72


def test_a_data_set_comes_and_goes_and_its_objects_stay(deployed: Changing) -> None:
    contract = deployed.project / "datasets" / "gates.yaml"
    contract.write_text((deployed.project / "datasets" / "airlines.yaml").read_text().replace("airlines", "gates"))
    added = deployed.up()
    assert added.ok, added.log.read_text()
    assert not lost(added)
    assert ("create", "aws:glue/catalogTable:CatalogTable::initial-gates") in operations(added)
    s3, bucket = (
        deployed.client("s3"),
        deployed.workspace.run("stack", "output", "initial_bucket", "--stack", deployed.workspace.stack).strip(),
    )
    s3.put_object(Bucket=bucket, Key="raw/gates/2013.csv", Body=b"gate\nA1\n")
    contract.unlink()
    gone = deployed.up()
    assert gone.ok, gone.log.read_text()
    # Without protection the catalog's entry goes; what it described does not.
    assert {which.partition(":Cat")[2] for _, which in lost(gone)} <= {
        "alogTable::initial-gates",
        "alogTable::intermediate-gates",
    }
    assert s3.get_object(Bucket=bucket, Key="raw/gates/2013.csv")["Body"].read() == b"gate\nA1\n"


def test_a_component_is_renamed_by_an_alias_without_touching_what_it_made(deployed: Changing) -> None:
    text = (deployed.project / "__main__.py").read_text()
    assert text.count('as_layer("refined")') == 1
    text = text.replace(
        'as_layer("refined")',
        'pulumi.ResourceOptions.merge(as_layer("refined"), '
        'pulumi.ResourceOptions(aliases=[pulumi.Alias(name="refined")]))',
    )
    assert text.count('Refined(\n    "refined",') + text.count('Refined("refined",') == 1
    text = text.replace('Refined(\n    "refined",', 'Refined(\n    "marts",').replace(
        'Refined("refined",', 'Refined("marts",'
    )
    (deployed.project / "__main__.py").write_text(text)
    done = deployed.up()
    assert done.ok, done.log.read_text()
    assert {op for op, _ in operations(done)} <= {"same", "update"}, [
        each for each in operations(done) if each[0] != "same"
    ]
    assert not lost(done)


def test_replacing_what_holds_data_is_refused_until_both_keys_are_turned(deployed: Changing) -> None:
    deployed.set("protection.data", "keep")
    kept = deployed.up()
    assert kept.ok, kept.log.read_text()
    assert not lost(kept)
    # Another name makes another bucket: the old one would have to go.
    deployed.edit(
        "components/names.py",
        'return f"{self.project}-{self.stack}-{layer}-',
        'return f"{self.project}-{self.stack}-new-{layer}-',
    )
    refused = deployed.up()
    assert not refused.ok
    assert "protect" in refused.log.read_text()
    buckets = {each["Name"] for each in deployed.client("s3").list_buckets()["Buckets"]}
    assert any(name.startswith("medallion-dev-initial-") for name in buckets)
    deployed.edit(
        "components/names.py",
        'return f"{self.project}-{self.stack}-new-{layer}-',
        'return f"{self.project}-{self.stack}-{layer}-',
    )
    deployed.set("protection.data", "disposable")
    turned = deployed.up()
    assert turned.ok, turned.log.read_text()
