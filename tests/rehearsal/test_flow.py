"""The deployed data path, when something in it goes wrong: what stops, who is told, and how it goes on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.conftest import Platform
from verify.platform import Outputs
from verify.platform import Platform as Checked

pytestmark = pytest.mark.rehearsal

T = TypeVar("T")


class Aws:
    """The deployed stack: its outputs, clients, and what the check knows to ask of it."""

    def __init__(self, platform: Platform) -> None:
        self.outputs = json.loads(platform.rehearsal.outputs.read_text())
        self.checked = Checked(Outputs.read(platform.rehearsal.outputs), print)

    def client(self, service: str) -> Any:
        return boto3.client(service, region_name=self.outputs["region"])

    def start(self, job: str, arguments: dict[str, str]) -> str:
        """Start a job; the run's id."""
        return str(self.client("glue").start_job_run(JobName=job, Arguments=arguments)["JobRunId"])

    def state(self, job: str, run: str) -> str:
        return str(self.client("glue").get_job_run(JobName=job, RunId=run)["JobRun"]["JobRunState"])

    def ended(self, job: str, run: str) -> str | None:
        """The state of a run that has ended."""
        state = self.state(job, run)
        return state if state not in ("STARTING", "RUNNING", "STOPPING") else None

    def runs(self) -> list[str]:
        """The ids of the workflow's runs."""
        found = self.client("glue").get_workflow_runs(Name=self.outputs["workflow"], MaxResults=100)["Runs"]
        return [each["WorkflowRunId"] for each in found]


@pytest.fixture
def aws(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Aws:
    for name, value in platform.rehearsal.environment().items():
        monkeypatch.setenv(name, value)
    return Aws(platform)


@pytest.fixture
def alerts(aws: Aws) -> Iterator[Callable[[], list[str]]]:
    """What the platform's topic has told so far."""
    url = aws.client("sqs").create_queue(QueueName="alerts-of-a-test")["QueueUrl"]
    arn = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    subscription = aws.client("sns").subscribe(
        TopicArn=aws.outputs["alerts_topic"],
        Protocol="sqs",
        Endpoint=arn,
        Attributes={"RawMessageDelivery": "true"},
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]

    told: list[str] = []

    def look() -> list[str]:
        found = aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        told.extend(json.loads(each["Body"]) for each in found)
        return told

    yield look
    aws.client("sns").unsubscribe(SubscriptionArn=subscription)
    aws.client("sqs").delete_queue(QueueUrl=url)


def test_a_broken_rule_stops_the_flow_tells_the_topic_and_a_resumed_run_goes_on(
    aws: Aws, alerts: Callable[[], list[str]]
) -> None:
    glue, ruleset = aws.client("glue"), aws.outputs["data_quality"]["flights"]
    good = glue.get_data_quality_ruleset(Name=ruleset)["Ruleset"]
    glue.update_data_quality_ruleset(Name=ruleset, Ruleset=good.replace("RowCount > 0", "RowCount > 1000000"))
    try:
        run = ended(aws, ask(aws))
    finally:
        glue.update_data_quality_ruleset(Name=ruleset, Ruleset=good)
    nodes = jobs(run)
    gate = nodes["medallion-local-quality-intermediate"]["JobDetails"]["JobRuns"][-1]
    assert gate["JobRunState"] == "FAILED"
    assert (
        "1 data quality rule(s) of layer intermediate do not hold: flights: RowCount > 1000000" in gate["ErrorMessage"]
    )
    assert not nodes["medallion-local-cluster-step"]["JobDetails"].get("JobRuns")
    eventually(lambda: len(alerts()) == 2)
    assert [each for each in alerts() if each.startswith("Table medallion_local_intermediate.flights breaks its data")]
    assert [each for each in alerts() if "Glue job medallion-local-quality-intermediate ended as FAILED" in each]
    asked = f"SELECT rule FROM quality_results WHERE outcome = 'FAIL' AND workflow_run = '{run['WorkflowRunId']}'"
    failing = aws.checked.query(asked, "intermediate")
    assert failing == [{"rule": "RowCount > 1000000"}]

    node = nodes["medallion-local-quality-intermediate"]["UniqueId"]
    resumed = glue.resume_workflow_run(Name=aws.outputs["workflow"], RunId=run["WorkflowRunId"], NodeIds=[node])
    last = jobs(ended(aws, resumed["RunId"]))
    states = {name: each["JobDetails"]["JobRuns"][-1]["JobRunState"] for name, each in last.items()}
    assert set(states.values()) == {"SUCCEEDED"}
    # What succeeded before was not done again.
    assert len(last["medallion-local-intermediate-conform"]["JobDetails"]["JobRuns"]) == 1


def test_a_version_of_a_raw_object_is_refused_to_be_deleted_and_stays(aws: Aws) -> None:
    s3, bucket = aws.client("s3"), aws.outputs["initial_bucket"]
    key = s3.list_objects_v2(Bucket=bucket, Prefix="raw/flights/", MaxKeys=1)["Contents"][0]["Key"]
    version = s3.head_object(Bucket=bucket, Key=key)["VersionId"]
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket=bucket, Key=key, VersionId=version)
    found = s3.head_object(Bucket=bucket, Key=key, VersionId=version)
    assert found["ObjectLockRetainUntilDate"] > datetime.now(UTC)
    assert found["Metadata"]["source"].startswith(f"s3://{aws.outputs['landing_bucket']}/drop/flights/")


def test_a_job_that_is_killed_half_way_and_run_again_leaves_the_figures_of_a_clean_run(aws: Aws) -> None:
    asked = "SELECT count(*) AS n, count(DISTINCT raw_object) AS files, sum(distance) AS miles FROM flights"
    clean = aws.checked.query(asked, "intermediate")
    job = "medallion-local-intermediate-conform"
    whole = {"--full": "true", "--datasets": "flights"}
    run = aws.start(job, whole)
    eventually(lambda: aws.state(job, run) == "RUNNING")
    time.sleep(4)  # Into the middle of it.
    aws.client("glue").batch_stop_job_run(JobName=job, JobRunIds=[run])
    assert eventually(lambda: aws.ended(job, run)) == "STOPPED"
    assert aws.checked.query(asked, "intermediate") == clean
    again = aws.start(job, whole)
    assert eventually(lambda: aws.ended(job, again)) == "SUCCEEDED"
    assert aws.checked.query(asked, "intermediate") == clean


def test_maintenance_while_the_tables_are_written_loses_no_row(aws: Aws) -> None:
    asked = "SELECT count(*) AS n, sum(arr_delay) AS late FROM flights"
    before = aws.checked.query(asked, "intermediate")
    writer, tender = "medallion-local-intermediate-conform", "medallion-local-lake-maintenance"
    runs = {writer: aws.start(writer, {"--full": "true", "--datasets": "flights"}), tender: aws.start(tender, {})}
    # One of two that commit to a table at once may be refused by Iceberg, and then says so; it is run again later.
    assert {eventually(partial(aws.ended, *each)) for each in runs.items()} <= {"SUCCEEDED", "FAILED"}
    assert "SUCCEEDED" in {aws.state(*each) for each in runs.items()}
    assert aws.checked.query(asked, "intermediate") == before


def ask(aws: Aws) -> str:
    """Have the workflow run, as its schedule does; the run's id."""
    before = set(aws.runs())
    aws.client("events").put_events(Entries=[{**aws.outputs["workflow_event"], "Detail": "{}"}])

    return eventually(lambda: next(iter(set(aws.runs()) - before), None))


def ended(aws: Aws, run_id: str) -> dict[str, Any]:
    """A run of the workflow, once it has ended."""

    def look() -> dict[str, Any] | None:
        found: dict[str, Any] = aws.client("glue").get_workflow_run(
            Name=aws.outputs["workflow"], RunId=run_id, IncludeGraph=True
        )["Run"]
        return found if found["Status"] not in ("RUNNING", "STOPPING") else None

    return eventually(look)


def jobs(run: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The nodes of a run's jobs, by their names."""
    return {node["Name"]: node for node in run["Graph"]["Nodes"] if node["Type"] == "JOB"}


def eventually(look: Callable[[], T | None], seconds: float = 180) -> T:
    """Look until there is something to be seen, and return it."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, f"it did not happen in {seconds} seconds"
        time.sleep(0.3)
    return seen
