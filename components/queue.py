"""A queue, encrypted and closed; one without an onward queue holds what was put aside, and raises an alarm for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.alarms import alarm
from components.documents import json_document
from components.iam import Statement, document
from components.names import Names

TRIES = 5
"""How often a message is handed out before it is put aside."""
RETENTION_SECONDS = 14 * 24 * 3600
"""The longest there is: time to look at what was put aside, mend the cause and redrive."""


@dataclass(frozen=True, kw_only=True)
class QueueArgs:
    """`put_aside` is where messages go that nobody could handle; `admits` are statements for who may send.

    A message stays hidden for `work_seconds` while it is worked on. `topics` get the alarm.
    """

    names: Names
    what: str
    key_arn: pulumi.Input[str]
    topics: Sequence[pulumi.Input[str]]
    work_seconds: int = 30
    put_aside: Queue | None = None
    admits: Sequence[Statement] = ()


class Queue(pulumi.ComponentResource):
    """A queue that may be sent to once its policy stands."""

    arn: pulumi.Output[str]
    url: pulumi.Output[str]

    def __init__(self, name: str, args: QueueArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:storage:Queue", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        physical_name = args.names.resource(args.what)
        queue = aws.sqs.Queue(
            name,
            name=physical_name,
            kms_master_key_id=args.key_arn,
            message_retention_seconds=RETENTION_SECONDS,
            visibility_timeout_seconds=args.work_seconds,
            redrive_policy=(
                json_document({"deadLetterTargetArn": args.put_aside.arn, "maxReceiveCount": TRIES})
                if args.put_aside
                else None
            ),
            opts=child,
        )
        aws.sqs.QueuePolicy(
            name,
            queue_url=queue.url,
            policy=document([refuses_plain_transport(queue_arn(args.names, args.what)), *args.admits]),
            opts=child,
        )
        if args.put_aside is None:
            alarm(
                name,
                physical_name,
                f"Something was put aside in {physical_name}: look at it, mend the cause, redrive it",
                metric=("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": physical_name}),
                above=0,
                topics=args.topics,
                opts=child,
            )
        self.arn = queue.arn
        self.url = queue.url
        self.register_outputs({"arn": self.arn, "url": self.url})


def queue_arn(names: Names, what: str) -> str:
    """ARN of a queue, before it is there."""
    return names.arn("sqs", names.resource(what))


def takes_undelivered(names: Names, what: str, rules: Sequence[str]) -> Statement:
    """EventBridge may put aside in a queue what the targets of these rules would not take:
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html."""
    return {
        "Sid": "PutAside",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn(names, what),
        "Condition": {"ArnEquals": {"aws:SourceArn": list(rules)}},
    }


def refuses_plain_transport(arn: str) -> Statement:
    """A statement for every queue's policy."""
    return {
        "Sid": "OnlyEncryptedTransport",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
