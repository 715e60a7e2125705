"""Glue workflows: what their deployed triggers start, in which order, and what became of it."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.embedded.cloud.clients import ACCOUNT, REGION, Aws, eventually, unique
from tests.embedded.cloud.test_jobs import create_job

FINE, BROKEN = "import sys; print(sys.argv)", "raise ValueError('no such airport')"


class Flow:
    """A workflow of jobs that follow each other."""

    def __init__(self, aws: Aws, *scripts: str, start: dict[str, Any] | None = None, **options: Any) -> None:
        self.aws, self.glue, self.name = aws, aws.client("glue"), unique()
        self.glue.create_workflow(Name=self.name, **options)
        self.jobs = [create_job(aws, script) for script in scripts]
        before: str | None = None
        for job in self.jobs:
            self.trigger(job, **(follows(before) if before else start or {"Type": "ON_DEMAND"}))
            before = job

    def trigger(self, job: str, **options: Any) -> None:
        if options["Type"] == "CONDITIONAL":
            options["StartOnCreation"] = True
        actions = options.pop("Actions", [{"JobName": job}])
        self.glue.create_trigger(Name=unique(), WorkflowName=self.name, Actions=actions, **options)

    def start(self) -> str:
        return str(self.glue.start_workflow_run(Name=self.name)["RunId"])

    def run(self, run_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.glue.get_workflow_run(Name=self.name, RunId=run_id, IncludeGraph=True)["Run"]
        return found

    def ended(self, run_id: str) -> dict[str, Any]:
        return eventually(lambda: found if (found := self.run(run_id))["Status"] != "RUNNING" else {}, 30)

    def runs(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.glue.get_workflow_runs(Name=self.name)["Runs"]
        return found

    def states(self, run: dict[str, Any]) -> list[list[str]]:
        """The states of each job's runs in a run of the workflow, in the order of the jobs."""
        nodes = {node["Name"]: node for node in run["Graph"]["Nodes"]}
        return [[each["JobRunState"] for each in nodes[job]["JobDetails"].get("JobRuns", [])] for job in self.jobs]


def follows(job: str, state: str = "SUCCEEDED") -> dict[str, Any]:
    condition = {"JobName": job, "State": state, "LogicalOperator": "EQUALS"}
    return {"Type": "CONDITIONAL", "Predicate": {"Logical": "AND", "Conditions": [condition]}}


def by_events(size: int, window: int) -> dict[str, Any]:
    return {"Type": "EVENT", "EventBatchingCondition": {"BatchSize": size, "BatchWindow": window}}


def rule(flow: Flow, pattern: dict[str, Any]) -> None:
    """Have events of a pattern start a workflow."""
    events, name = flow.aws.client("events"), unique()
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    target = {
        "Id": "workflow",
        "Arn": f"arn:aws:glue:{REGION}:{ACCOUNT}:workflow/{flow.name}",
        "RoleArn": flow.aws.role(),
    }
    events.put_targets(Rule=name, Targets=[target])


def put(flow: Flow, source: str, number: int = 1) -> None:
    entry = {"Source": source, "DetailType": "Scheduled run", "Detail": "{}"}
    flow.aws.client("events").put_events(Entries=[entry] * number)


def test_each_job_starts_when_the_one_before_succeeded_and_knows_its_run(aws: Aws) -> None:
    flow = Flow(aws, FINE, FINE, DefaultRunProperties={"season": "winter"})
    run = flow.ended(flow.start())
    assert run["Status"] == "COMPLETED"
    assert run["WorkflowRunProperties"] == {"season": "winter"}
    assert flow.states(run) == [["SUCCEEDED"], ["SUCCEEDED"]]
    assert run["Statistics"]["SucceededActions"] == run["Statistics"]["TotalActions"] == 2
    first, second = (
        {n["Name"]: n for n in run["Graph"]["Nodes"]}[job]["JobDetails"]["JobRuns"][0] for job in flow.jobs
    )
    assert second["StartedOn"] >= first["CompletedOn"]
    assert first["Arguments"]["--WORKFLOW_RUN_ID"] == run["WorkflowRunId"]


def test_the_graph_is_what_the_triggers_say_before_anything_ran(aws: Aws) -> None:
    flow = Flow(aws, FINE, FINE)
    graph = flow.glue.get_workflow(Name=flow.name, IncludeGraph=True)["Workflow"]["Graph"]
    kinds = {node["UniqueId"]: node["Type"] for node in graph["Nodes"]}
    assert sorted(kinds.values()) == ["JOB", "JOB", "TRIGGER", "TRIGGER"]
    led = sorted((kinds[edge["SourceId"]], kinds[edge["DestinationId"]]) for edge in graph["Edges"])
    assert led == [("JOB", "TRIGGER"), ("TRIGGER", "JOB"), ("TRIGGER", "JOB")]


def test_a_failed_job_starts_nothing_that_waits_for_its_success_and_a_resumed_run_goes_on_from_there(aws: Aws) -> None:
    flow = Flow(aws, FINE, BROKEN, FINE)
    run = flow.ended(flow.start())
    assert flow.states(run) == [["SUCCEEDED"], ["FAILED"], []]
    assert (run["Status"], run["Statistics"]["FailedActions"]) == ("COMPLETED", 1)
    failed = next(node for node in run["Graph"]["Nodes"] if node["Name"] == flow.jobs[1])
    assert failed["JobDetails"]["JobRuns"][0]["ErrorMessage"] == "ValueError: no such airport"

    location = flow.glue.get_job(JobName=flow.jobs[1])["Job"]["Command"]["ScriptLocation"]
    bucket, _, key = location.removeprefix("s3://").partition("/")
    aws.put(bucket, key, FINE)
    answer = flow.glue.resume_workflow_run(Name=flow.name, RunId=run["WorkflowRunId"], NodeIds=[failed["UniqueId"]])
    assert answer["NodeIds"] == [failed["UniqueId"]]
    again = flow.ended(answer["RunId"])
    assert again["PreviousRunId"] == run["WorkflowRunId"]
    assert flow.states(again) == [["SUCCEEDED"], ["SUCCEEDED"], ["SUCCEEDED"]]
    assert len(flow.glue.get_job_runs(JobName=flow.jobs[0])["JobRuns"]) == 1, "what succeeded isn't run again"


def test_a_job_that_is_retried_goes_on_until_its_last_attempt(aws: Aws) -> None:
    flow = Flow(aws, BROKEN, FINE)
    job = flow.glue.get_job(JobName=flow.jobs[0])["Job"]
    kept = {name: job[name] for name in ("Role", "Command", "GlueVersion")}
    flow.glue.update_job(JobName=flow.jobs[0], JobUpdate={**kept, "MaxRetries": 1})
    assert flow.states(flow.ended(flow.start())) == [["FAILED", "FAILED"], []]


def test_a_job_that_can_t_be_started_is_an_error_of_the_run(aws: Aws) -> None:
    flow = Flow(aws, FINE)
    flow.glue.delete_job(JobName=flow.jobs[0])
    run = flow.ended(flow.start())
    assert run["Statistics"]["ErroredActions"] == 1
    assert flow.states(run) == [["ERROR"]]


def test_a_crawler_of_a_workflow_is_told_not_to_run(aws: Aws) -> None:
    flow = Flow(aws)
    flow.trigger("", Type="ON_DEMAND", Actions=[{"CrawlerName": "finder"}])
    (crawler,) = (node for node in flow.ended(flow.start())["Graph"]["Nodes"] if node["Type"] == "CRAWLER")
    assert crawler["CrawlerDetails"]["Crawls"] == [
        {"State": "ERROR", "ErrorMessage": "The embedded cloud runs no crawlers."}
    ]


def test_so_many_events_start_one_run_that_names_them(aws: Aws) -> None:
    flow, source = Flow(aws, FINE, start=by_events(2, 900)), unique()
    rule(flow, {"source": [source]})
    put(flow, unique(), 3)
    put(flow, source, 2)
    (run,) = eventually(flow.runs)
    assert len(json.loads(run["WorkflowRunProperties"]["aws:eventIds"])) == 2
    assert flow.states(flow.ended(run["WorkflowRunId"])) == [["SUCCEEDED"]]


def test_fewer_events_start_a_run_when_the_window_is_over(aws: Aws) -> None:
    flow, source = Flow(aws, FINE, start=by_events(100, 60)), unique()
    rule(flow, {"source": [source]})
    put(flow, source)
    assert not flow.runs(), "a window of a minute is a second here"
    (run,) = eventually(flow.runs)
    assert run["StartingEventBatchCondition"] == {"BatchSize": 1, "BatchWindow": 60}


def test_objects_that_arrive_start_a_run(aws: Aws) -> None:
    flow, bucket = Flow(aws, FINE, start=by_events(1, 60)), aws.bucket()
    configuration: dict[str, Any] = {"EventBridgeConfiguration": {}}
    aws.client("s3").put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)
    detail = {"bucket": {"name": [bucket]}, "object": {"key": [{"prefix": "raw/"}]}}
    rule(flow, {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": detail})
    aws.put(bucket, "other/a.csv", b"a")
    aws.put(bucket, "raw/a.csv", b"a")
    assert len(eventually(flow.runs)) == 1


def test_no_more_runs_go_on_than_a_workflow_may_have(aws: Aws) -> None:
    flow = Flow(aws, "import time; time.sleep(60)", MaxConcurrentRuns=1)
    run = flow.start()
    with pytest.raises(ClientError, match="ConcurrentRunsExceededException"):
        flow.start()
    eventually(lambda: flow.states(flow.run(run)) == [["RUNNING"]])
    flow.glue.stop_workflow_run(Name=flow.name, RunId=run)
    eventually(lambda: flow.run(run)["Status"] == "STOPPED")
    assert flow.states(flow.run(run)) == [["STOPPED"]]


def test_events_that_would_start_one_run_too_many_start_none(aws: Aws) -> None:
    flow, source = Flow(aws, "import time; time.sleep(1)", start=by_events(1, 60), MaxConcurrentRuns=1), unique()
    rule(flow, {"source": [source]})
    put(flow, source, 3)
    flow.ended(flow.runs()[0]["WorkflowRunId"])
    time.sleep(0.3)
    assert len(flow.runs()) == 1


def test_what_glue_refuses_is_refused(aws: Aws) -> None:
    flow = Flow(aws, FINE, start=by_events(1, 60))
    for call, refusal in (
        (lambda: flow.start(), f"Workflow {flow.name} is started by events"),
        (lambda: flow.glue.start_workflow_run(Name="none"), "EntityNotFoundException"),
        (lambda: flow.glue.get_workflow_run(Name=flow.name, RunId="wr_none"), "EntityNotFoundException"),
        (lambda: flow.glue.stop_workflow_run(Name="none", RunId="wr_none"), "EntityNotFoundException"),
    ):
        with pytest.raises(ClientError, match=refusal):
            call()
