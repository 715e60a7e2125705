"""Alerting: the topic that alarms tell, the budget, and what is told of whatever fails in the whole platform."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.alarms import announcement
from components.iam import Statement, document
from components.keys import topic_arn
from components.names import Names
from settings import Alerts

SPENT_PERCENT = 80
"""Of the budget: early enough in a month to find out what spends it."""
FORECAST_PERCENT = 100


class AlertingError(Exception):
    """Nothing would arrive at the topics that a stack lists."""


@dataclass(frozen=True, kw_only=True)
class AlertingArgs:
    """`key_arn` must admit what tells the topic: CloudWatch, EventBridge and Budgets."""

    names: Names
    alerts: Alerts
    key_arn: pulumi.Input[str]


class Alerting(pulumi.ComponentResource):
    """An encrypted topic, the people who hear of it, and a monthly budget. `topics`: all that alarms tell.

    A budget knows the costs of a tag once the tag is activated as a cost allocation tag, in the account that pays:
    https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/activating-tags.html
    """

    topic: pulumi.Output[str]
    topics: Sequence[pulumi.Input[str]]

    def __init__(self, name: str, args: AlertingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:layers:Alerting", name, {}, opts)
        names = args.names
        child = pulumi.ResourceOptions(parent=self)
        listed = reachable(args.alerts.topics, names)
        topic = aws.sns.Topic(
            name,
            name=names.resource("alerts"),
            display_name=f"{names.project} {names.stack}",
            kms_master_key_id=args.key_arn,
            opts=child,
        )
        policy = aws.sns.TopicPolicy(
            name, arn=topic.arn, policy=document([only_encrypted_transport(names), *tells(names)]), opts=child
        )
        for address in args.alerts.emails:
            # By address: nobody has to confirm again because somebody else left.
            aws.sns.TopicSubscription(
                f"{name}-{address}", topic=topic.arn, protocol="email", endpoint=address, opts=child
            )
        # Budgets tries whether it may tell the topic; so whoever is given the topic finds its policy.
        self.topic = pulumi.Output.all(topic.arn, policy.id).apply(lambda both: str(both[0]))
        self.topics = [self.topic, *listed]
        aws.budgets.Budget(
            name,
            name=names.resource("monthly"),
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=str(args.alerts.monthly_budget_usd),
            limit_unit="USD",
            metrics="UnblendedCost",
            filter_expression={
                "ands": [{"tags": {"key": key, "values": [value]}} for key, value in cost_tags(names).items()]
            },
            notifications=[
                {
                    "notification_type": kind,
                    "comparison_operator": "GREATER_THAN",
                    "threshold": percent,
                    "threshold_type": "PERCENTAGE",
                    # A budget tells one topic.
                    "subscriber_sns_topic_arns": [self.topic],
                }
                for kind, percent in (("ACTUAL", SPENT_PERCENT), ("FORECASTED", FORECAST_PERCENT))
            ],
            opts=child,
        )
        for what, (description, pattern, told) in failures(names).items():
            announcement(
                f"{name}-{what}",
                names.resource(what),
                description,
                pattern=pattern,
                told=told,
                topics=self.topics,
                opts=child,
            )
        self.register_outputs({"topic": self.topic})


def cost_tags(names: Names) -> Mapping[str, str]:
    """The tags by which the budget finds the platform's costs."""
    return {"project": names.project, "environment": names.stack}


def reachable(topics: Sequence[str], names: Names) -> tuple[str, ...]:
    """The topics that a stack lists. Raises AlertingError where alarms or rules could not tell them."""
    for topic in topics:
        if not topic.startswith(names.arn("sns", "")):
            raise AlertingError(
                f"medallion:alerts.topics has {topic}; it must be of account {names.account} and region "
                f"{names.region}, since an alarm tells no topic of another region, and a rule none of another account "
                "without a role; subscribe that topic's readers to the platform's own topic."
            )
    return tuple(topics)


def only_encrypted_transport(names: Names) -> Statement:
    """A statement of the topic's policy: who publishes, does so encrypted."""
    return {
        "Sid": "OnlyEncryptedTransport",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sns:Publish",
        "Resource": topic_arn(names),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def tells(names: Names) -> list[Statement]:
    """Our alarms, rules and budgets may tell the topic.

    EventBridge names its rule but no source account, and with a condition on one nothing arrives:
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html
    """
    ours, account = f"{names.project}-{names.stack}-*", {"StringEquals": {"aws:SourceAccount": names.account}}
    budgets = f"arn:{names.partition}:budgets::{names.account}:*"
    conditions: dict[str, dict[str, Any]] = {
        "cloudwatch": account | {"ArnLike": {"aws:SourceArn": names.arn("cloudwatch", f"alarm:{ours}")}},
        "events": {"ArnLike": {"aws:SourceArn": names.arn("events", f"rule/{ours}")}},
        "budgets": account | {"ArnLike": {"aws:SourceArn": budgets}},
    }
    return [
        {
            "Sid": f"TellOf{service.title()}",
            "Effect": "Allow",
            "Principal": {"Service": f"{service}.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic_arn(names),
            "Condition": condition,
        }
        for service, condition in conditions.items()
    ]


def failures(names: Names) -> Mapping[str, tuple[str, dict[str, Any], dict[str, str]]]:
    """What fails → what is said of it, the events' pattern, and where in an event the words are.

    By the names' prefix, so that no job is forgotten. Glue tells nothing of a workflow as a whole: one fails where
    one of its jobs or crawlers does. https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-glue.html
    """
    ours = [{"prefix": f"{names.project}-{names.stack}-"}]
    return {
        "failed-jobs": (
            "Glue job <job> ended as <state> (run <run>): <message>. What follows it in the workflow has not run. "
            "Read the run's log, mend the cause, then start the workflow again: jobs merge, so nothing comes twice.",
            {
                "source": ["aws.glue"],
                "detail-type": ["Glue Job State Change"],
                "detail": {"jobName": ours, "state": ["FAILED", "TIMEOUT", "ERROR"]},
            },
            {
                "job": "$.detail.jobName",
                "state": "$.detail.state",
                "run": "$.detail.jobRunId",
                "message": "$.detail.message",
            },
        ),
        "failed-crawlers": (
            "Glue crawler <crawler> failed: <message>. Its tables are as old as its last run. Read its log under "
            "/aws-glue/crawlers, mend the cause, then start it again.",
            {
                "source": ["aws.glue"],
                "detail-type": ["Glue Crawler State Change"],
                "detail": {"crawlerName": ours, "state": ["Failed"]},
            },
            {"crawler": "$.detail.crawlerName", "message": "$.detail.message"},
        ),
        "failed-quality": (
            "Table <database>.<table> breaks its data quality rules (score <score>, result <result>). Look at which "
            "rules in Glue's console, and at the table's newest rows; mend the source or the contract.",
            {
                "source": ["aws.glue-dataquality"],
                "detail-type": ["Data Quality Evaluation Results Available"],
                "detail": {"context": {"databaseName": [{"prefix": names.database_prefix}]}, "state": ["FAILED"]},
            },
            {
                "database": "$.detail.context.databaseName",
                "table": "$.detail.context.tableName",
                "score": "$.detail.score",
                "result": "$.detail.resultID",
            },
        ),
    }
