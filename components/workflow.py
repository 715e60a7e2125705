"""The workflow from landing to the marts: Glue runs its jobs one after the other, on arrivals and on a schedule.

Both start it by events on the account's bus: a workflow has one start trigger, and one that takes events is started by
nothing else. See docs/decisions/0007-the-workflow-starts-by-events.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.bucket import Bucket
from components.documents import json_document
from components.iam import Role, Statement, allow, role, trusted, uses_keys
from components.names import Names
from components.platform import Platform
from components.queue import Queue, QueueArgs, takes_undelivered
from settings import Orchestration

PUT_ASIDE = "workflow-dead"
SCHEDULED = "Scheduled run"
"""The type of the event by which the schedule starts the workflow."""
RETRY_SECONDS, RETRIES = 3600, 10
"""How long and how often a start is tried again, before it is put aside."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A job of the workflow, by its name, and the crawlers that run beside it and that nothing waits for."""

    name: str
    job: pulumi.Input[str]
    crawlers: Sequence[pulumi.Input[str]] = ()


@dataclass(frozen=True, kw_only=True)
class WorkflowArgs:
    """`steps` follow each other. Objects that arrive in `initial_bucket` start the first, as the schedule does."""

    platform: Platform
    orchestration: Orchestration
    initial_bucket: Bucket
    steps: Sequence[Step]


class Workflow(pulumi.ComponentResource):
    """A Glue workflow whose steps each start when the one before succeeded; a step that fails ends the run."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: WorkflowArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:layers:Workflow", name, {}, opts)
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        workflow = aws.glue.Workflow(
            name,
            name=on.names.resource("workflow"),
            description="From what was delivered to the marts",
            # Two runs would write the same tables. What arrives during a run waits for the next, at latest the
            # scheduled one: every job finds by itself what is new.
            max_concurrent_runs=1,
            opts=child,
        )
        triggers = self._chain(name, workflow, args)
        queue = Queue(
            f"{name}-dead",
            QueueArgs(
                names=on.names,
                what=PUT_ASIDE,
                key_arn=on.keys["landing"],
                topics=on.topics,
                admits=[takes_undelivered(on.names, PUT_ASIDE, rule_arns(on.names))],
            ),
            child,
        )
        # An event that comes before the whole chain stands would start half of it.
        self._start_by_events(name, workflow, args, queue, pulumi.ResourceOptions(parent=self, depends_on=triggers))
        self._schedule(name, args, queue)
        self.name = workflow.name
        self.arn = workflow.arn
        self.register_outputs({"name": self.name, "arn": self.arn})

    def _chain(self, name: str, workflow: aws.glue.Workflow, args: WorkflowArgs) -> list[pulumi.Resource]:
        """A trigger before each step: the first takes events by the batch, the others wait for the step before."""
        triggers: list[pulumi.Resource] = []
        before: Step | None = None
        for step in args.steps:
            when: dict[str, Any] = (
                {"type": "EVENT", "event_batching_conditions": [batches(args.orchestration)]}
                if before is None
                else {"type": "CONDITIONAL", "predicate": succeeded(before)}
            )
            actions: list[aws.glue.TriggerActionArgsDict] = [{"job_name": step.job}]
            actions += [{"crawler_name": crawler} for crawler in step.crawlers]
            trigger = aws.glue.Trigger(
                f"{name}-{step.name}",
                name=args.platform.names.resource(f"workflow-{step.name}"),
                workflow_name=workflow.name,
                actions=actions,
                **when,
                opts=pulumi.ResourceOptions(parent=self),
            )
            triggers.append(trigger)
            before = step
        return triggers

    def _start_by_events(
        self,
        name: str,
        workflow: aws.glue.Workflow,
        args: WorkflowArgs,
        queue: Queue,
        opts: pulumi.ResourceOptions,
    ) -> None:
        on = args.platform
        notifier = role(
            f"{name}-starter",
            on.names.resource("workflow-starter"),
            [trusted("events.amazonaws.com", on.names.account)],
            [allow("Notify", ["glue:notifyEvent"], [workflow.arn])],
            pulumi.ResourceOptions(parent=self),
        )
        for what, (description, pattern) in starts(on.names).items():
            rule = aws.cloudwatch.EventRule(
                f"{name}-{what}",
                name=on.names.resource(f"workflow-{what}"),
                description=description,
                event_pattern=json_document(pattern),
                opts=opts,
            )
            aws.cloudwatch.EventTarget(
                f"{name}-{what}",
                rule=rule.name,
                target_id="workflow",
                arn=workflow.arn,
                role_arn=notifier.arn,
                retry_policy={"maximum_event_age_in_seconds": RETRY_SECONDS, "maximum_retry_attempts": RETRIES},
                dead_letter_config={"arn": queue.arn},
                opts=opts,
            )
        # The rule decides which objects; a bucket tells the bus of all or of none.
        aws.s3.BucketNotification(f"{name}-arrivals", bucket=args.initial_bucket.name, eventbridge=True, opts=opts)

    def _schedule(self, name: str, args: WorkflowArgs, queue: Queue) -> None:
        on = args.platform
        scheduler = self._scheduler_role(name, on, queue)
        aws.scheduler.Schedule(
            name,
            name=on.names.resource("workflow"),
            description="Starts the workflow, whether anything arrived or not",
            schedule_expression=args.orchestration.schedule,
            schedule_expression_timezone="UTC",
            flexible_time_window={"mode": "OFF"},
            kms_key_arn=on.keys["landing"],
            target={
                "arn": bus_arn(on.names),
                "role_arn": scheduler.arn,
                "eventbridge_parameters": {"source": event_source(on.names), "detail_type": SCHEDULED},
                "input": "{}",
                "retry_policy": {"maximum_event_age_in_seconds": RETRY_SECONDS, "maximum_retry_attempts": RETRIES},
                "dead_letter_config": {"arn": queue.arn},
            },
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _scheduler_role(self, name: str, on: Platform, queue: Queue) -> Role:
        return role(
            f"{name}-schedule",
            on.names.resource("workflow-schedule"),
            [trusted("scheduler.amazonaws.com", on.names.account)],
            [
                starts_workflow(on.names),
                allow("PutAside", ["sqs:SendMessage"], [queue.arn]),
                # It opens the payload, and encrypts what is put aside, as this role:
                # https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html
                *uses_keys(on.names, "PayloadKey", on.keys["landing"], by=("scheduler",)),
                *uses_keys(on.names, "QueueKey", on.keys["landing"], write=True, by=("sqs",)),
            ],
            pulumi.ResourceOptions(parent=self),
        )


def batches(orchestration: Orchestration) -> aws.glue.TriggerEventBatchingConditionArgsDict:
    """When events start a run: after so many, or so long after the first."""
    return {"batch_size": orchestration.arrivals, "batch_window": orchestration.window_seconds}


def succeeded(step: Step) -> aws.glue.TriggerPredicateArgsDict:
    """The condition of the step after `step`."""
    return {
        "logical": "AND",
        "conditions": [{"job_name": step.job, "logical_operator": "EQUALS", "state": "SUCCEEDED"}],
    }


def event_source(names: Names) -> str:
    """What events of this stack's own say that they come from; `aws.` is AWS's."""
    return f"{names.project}.{names.stack}"


def bus_arn(names: Names) -> str:
    """ARN of the account's own bus."""
    return names.arn("events", "event-bus/default")


def starts_workflow(names: Names) -> Statement:
    """May put the event that starts the workflow, as the schedule does."""
    ours = {"events:source": event_source(names), "events:detail-type": SCHEDULED}
    return allow("StartWorkflow", ["events:PutEvents"], [bus_arn(names)], {"StringEquals": ours})


def starts(names: Names) -> Mapping[str, tuple[str, dict[str, Any]]]:
    """The events that start the workflow: what a rule is for, and which events it matches.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    """
    arrivals = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [names.bucket("initial")]}, "object": {"key": [{"prefix": "raw/"}]}},
    }
    scheduled = {"source": [event_source(names)], "detail-type": [SCHEDULED]}
    return {
        "arrivals": ("Raw objects that arrived in the initial layer", arrivals),
        "scheduled": ("What the schedule says", scheduled),
    }


def rule_arns(names: Names) -> list[str]:
    """ARNs of the rules that start the workflow."""
    return [names.arn("events", f"rule/{names.resource(f'workflow-{what}')}") for what in starts(names)]
