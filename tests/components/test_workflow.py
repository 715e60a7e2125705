import json

import pytest

from components.workflow import Step, Workflow, WorkflowArgs
from settings import Orchestration
from tests.components import parts
from tests.components.mock_engine import NAMES, Recording, deploy

STEPS = (
    Step(name="first", job="job-1"),
    Step(name="second", job="job-2", crawlers=["crawler-1"]),
    Step(name="third", job="job-3"),
)


def workflow(**chosen: object) -> Recording:
    def program() -> None:
        Workflow(
            "workflow",
            WorkflowArgs(
                platform=parts.platform(),
                orchestration=Orchestration.model_validate({"schedule": "cron(0 5 * * ? *)", **chosen}),
                initial_bucket=parts.bucket("initial"),
                steps=STEPS,
            ),
        )

    return deploy(program)


@pytest.fixture(scope="module")
def made() -> Recording:
    return workflow()


def test_the_first_step_waits_for_events_and_each_other_one_for_the_one_before(made: Recording) -> None:
    first, second, third = (made.one("glue/trigger:Trigger", f"workflow-{step.name}").inputs for step in STEPS)
    assert (first["type"], first["actions"]) == ("EVENT", [{"jobName": "job-1"}])
    assert "predicate" not in first
    assert (second["type"], second["actions"]) == ("CONDITIONAL", [{"jobName": "job-2"}, {"crawlerName": "crawler-1"}])
    for trigger, before in ((second, "job-1"), (third, "job-2")):
        (condition,) = trigger["predicate"]["conditions"]
        assert (condition["jobName"], condition["state"]) == (before, "SUCCEEDED")
    assert {each["workflowName"] for each in (first, second, third)} == {"medallion-dev-workflow"}


def test_no_two_runs_work_on_the_same_tables(made: Recording) -> None:
    assert made.one("glue/workflow:Workflow").inputs["maxConcurrentRuns"] == 1


def test_arrivals_start_a_run_by_the_batch(made: Recording) -> None:
    def batch(recording: Recording) -> dict[str, int]:
        (found,) = recording.one("Trigger", "workflow-first").inputs["eventBatchingConditions"]
        batch: dict[str, int] = found
        return batch

    assert batch(made) == {"batchSize": 100, "batchWindow": 900}
    assert batch(workflow(arrivals=5, window_seconds=60)) == {"batchSize": 5, "batchWindow": 60}


def test_only_raw_objects_of_our_own_bucket_are_arrivals(made: Recording) -> None:
    pattern = json.loads(made.one("EventRule", "workflow-arrivals").inputs["eventPattern"])
    assert pattern["source"] == ["aws.s3"]
    assert pattern["detail"]["bucket"]["name"] == [NAMES.bucket("initial")]
    assert pattern["detail"]["object"]["key"] == [{"prefix": "raw/"}]
    notification = made.one("BucketNotification").inputs
    assert (notification["bucket"], notification["eventbridge"]) == (NAMES.bucket("initial"), True)


def test_nothing_starts_a_run_before_every_step_stands(made: Recording) -> None:
    for type_ in ("EventRule", "EventTarget", "BucketNotification"):
        for starter in made.of(type_):
            assert {f"workflow-{step.name}" for step in STEPS} <= starter.depends_on, starter.name


def test_the_schedule_puts_an_event_that_a_rule_takes_to_the_workflow(made: Recording) -> None:
    schedule = made.one("scheduler/schedule:Schedule").inputs
    assert schedule["scheduleExpression"] == "cron(0 5 * * ? *)"
    assert schedule["kmsKeyArn"].startswith("arn:aws:kms:")
    target = schedule["target"]
    assert target["arn"] == "arn:aws:events:eu-west-1:123456789012:event-bus/default"
    pattern = json.loads(made.one("EventRule", "workflow-scheduled").inputs["eventPattern"])
    parameters = target["eventbridgeParameters"]
    assert pattern == {"source": [parameters["source"]], "detail-type": [parameters["detailType"]]}


def test_whatever_could_not_start_a_run_is_tried_again_and_then_put_aside(made: Recording) -> None:
    queue = made.one("sqs/queue:Queue").inputs["name"]
    targets = [each.inputs for each in made.of("EventTarget")] + [made.one("Schedule").inputs["target"]]
    assert len(targets) == 3
    for target in targets:
        assert target["deadLetterConfig"]["arn"].endswith(f":{queue}")
        assert target["retryPolicy"]["maximumRetryAttempts"] > 0
    assert made.of("MetricAlarm"), "somebody is told of what was put aside"


def test_rules_and_schedule_may_do_nothing_but_start_this_workflow(made: Recording) -> None:
    (starter,) = made.document("RolePolicy", "workflow-starter")
    assert starter["Action"] == ["glue:notifyEvent"]
    assert starter["Resource"] == ["arn:aws:glue:eu-west-1:123456789012:workflow/medallion-dev-workflow"]
    put, aside, *keys = made.document("RolePolicy", "workflow-schedule")
    assert (put["Action"], aside["Action"]) == (["events:PutEvents"], ["sqs:SendMessage"])
    assert put["Condition"]["StringEquals"]["events:source"] == "medallion.dev"
    assert [each["Sid"] for each in keys] == ["PayloadKey", "QueueKey"]
    assert "kms:Encrypt" not in keys[0]["Action"]
    for role, service in (("workflow-starter", "events"), ("workflow-schedule", "scheduler")):
        (trust,) = made.document("iam/role:Role", role, "assumeRolePolicy")
        assert trust["Principal"] == {"Service": f"{service}.amazonaws.com"}
        assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_only_our_own_rules_may_put_aside(made: Recording) -> None:
    statements = {each["Sid"]: each for each in made.document("QueuePolicy", "workflow-dead")}
    assert statements["PutAside"]["Condition"]["ArnEquals"]["aws:SourceArn"] == [
        f"arn:aws:events:eu-west-1:123456789012:rule/medallion-dev-workflow-{what}"
        for what in ("arrivals", "scheduled")
    ]
