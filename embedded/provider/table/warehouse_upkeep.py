"""Redshift: when snapshots are taken, what may be used, who hears of events, and what is done by the clock."""

import re
from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Entry, Fault, Tagging, call, words
from embedded.provider.rules import Rule, like, one_of, within
from embedded.provider.timing import cron, expression
from embedded.provider.values import has_unknown

_REASON = "moto's Redshift has no such operations"


def _arn(kind: str) -> str:
    return f"arn:{{partition}}:redshift:{{region}}:{{account}}:{kind}:{{id}}"


def _tagged() -> Tagging:
    return Tagging({"ResourceName": "{arn}"}, "create_tags", "delete_tags")


_MINUTE = "[0-5]?[0-9]"
_HOURS = re.compile(r"[\d,*/-]+")
_DAYS = re.compile(r"[\w,*?#-]+")


def _definitions(props: Mapping[str, Any]) -> list[Fault]:
    """Once an hour at most and once a day at least, as rate() in hours, or as cron() of three fields or of six.

    https://docs.aws.amazon.com/redshift/latest/mgmt/snapshot-scheduling.html
    """
    definitions = props.get("definitions")
    if not isinstance(definitions, list):
        return []
    if not definitions:
        return [Fault("definitions", "is empty: give one such as rate(8 hours)")]
    reasons = [(n, _definition(text)) for n, text in enumerate(definitions) if not has_unknown(text)]
    return [Fault(f"definitions[{n}]", f"{definitions[n]!r} {reason}") for n, reason in reasons if reason]


def _definition(text: str) -> str:
    rate = re.fullmatch(r"rate\((\d+) hours?\)", text)
    if rate:
        return "" if 1 <= int(rate[1]) <= 24 else "is outside 1 to 24 hours: give a rate within"
    if not (text.startswith("cron(") and text.endswith(")")):
        return "is no schedule of snapshots: give one such as rate(8 hours) or cron(30 12 *)"
    fields = text[5:-1].split()
    if len(fields) == 3 and not (_HOURS.fullmatch(fields[1]) and _DAYS.fullmatch(fields[2])):
        return "is no cron of three fields: give minutes, hours and days of the week, such as cron(30 12 *)"
    if len(fields) != 3 and (reason := cron(text[5:-1])):
        return reason
    return _hourly(fields)


def _hourly(fields: list[str]) -> str:
    if fields and re.fullmatch(_MINUTE, fields[0]):
        return ""
    return "runs more than once an hour: give a single number for the minutes"


_LIMITED = {
    "spectrum": "data-scanned",
    "concurrency-scaling": "time",
    "cross-region-datasharing": "data-scanned",
    "extra-compute-for-automatic-optimization": "time",
}


def _kind(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/redshift/latest/APIReference/API_CreateUsageLimit.html"""
    feature, kind = props.get("featureType"), props.get("limitType")
    wanted = _LIMITED.get(str(feature))
    if wanted is None or has_unknown(kind) or kind == wanted:
        return []
    return [Fault("limitType", f"{kind!r} does not suit featureType {feature}: give {wanted}")]


def _sources(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/redshift/latest/APIReference/API_CreateEventSubscription.html"""
    if props.get("sourceIds") and not props.get("sourceType"):
        return [Fault("sourceType", "is missing, and sourceIds need it: say of which type they are")]
    return []


def _action(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/redshift/latest/APIReference/API_ScheduledAction.html"""
    action = props.get("targetAction") or {}
    faults = [
        Fault(f"targetAction.{fault.path}", fault.reason)
        for fault in one_of("pauseCluster", "resizeCluster", "resumeCluster")(action)
    ]
    schedule = props.get("schedule")
    if isinstance(schedule, str) and schedule.startswith("cron(") and not has_unknown(schedule):
        reason = "" if cron(schedule[5:-1]) else _hourly(schedule[5:-1].split())
        faults += [Fault("schedule", f"{schedule!r} {reason}")] if reason else []
    start, end = props.get("startTime"), props.get("endTime")
    if start and end and not has_unknown([start, end]) and start >= end:
        faults.append(Fault("endTime", f"{end!r} is not after startTime {start!r}: give a later one"))
    return faults


def _moment(name: str) -> Rule:
    return like(name, r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "a time in UTC such as 2030-12-31T23:59:00Z")


ENTRIES: dict[str, Entry] = {
    "aws:redshift/snapshotSchedule:SnapshotSchedule": Entry(
        service="redshift",
        id="{identifier}",
        like=call("create_snapshot_schedule"),
        tags=_tagged(),
        names={
            "identifier": "ScheduleIdentifier",
            "definitions": "ScheduleDefinitions",
            "description": "ScheduleDescription",
        },
        local={"forceDestroy": False},
        outputs={"arn": _arn("snapshotschedule")},
        replace=words("identifier description"),
        named="identifier",
        longest=255,
        rules=(_definitions, like("identifier", r"[A-Za-z0-9-]{1,255}", "1 to 255 letters, digits and hyphens")),
        cfn="AWS::Redshift::SnapshotSchedule",
        reason=_REASON,
    ),
    "aws:redshift/snapshotScheduleAssociation:SnapshotScheduleAssociation": Entry(
        service="redshift",
        id="{clusterIdentifier}/{scheduleIdentifier}",
        like=call("modify_cluster_snapshot_schedule"),
        replace=words("clusterIdentifier scheduleIdentifier"),
        reason=_REASON,
    ),
    "aws:redshift/usageLimit:UsageLimit": Entry(
        service="redshift",
        id="{uuid}",
        like=call("create_usage_limit"),
        tags=_tagged(),
        defaults={"breachAction": "log", "period": "monthly"},
        outputs={"arn": _arn("usagelimit")},
        replace=words("clusterIdentifier featureType limitType period"),
        rules=(_kind, within(amount=(1, 2**63 - 1))),
        cfn="AWS::Redshift::UsageLimit",
        reason=_REASON,
    ),
    "aws:redshift/eventSubscription:EventSubscription": Entry(
        service="redshift",
        id="{name}",
        like=call("create_event_subscription"),
        tags=_tagged(),
        names={"name": "SubscriptionName"},
        defaults={"enabled": True, "severity": "INFO"},
        outputs={"arn": _arn("eventsubscription"), "customerAwsId": "{account}", "status": "active"},
        replace=words("name"),
        named="name",
        longest=255,
        rules=(
            _sources,
            like("snsTopicArn", r"arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w-]+(\.fifo)?", "the ARN of a topic of SNS"),
            like(
                "name",
                r"(?=.{1,255}$)[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*",
                "1 to 255 letters, digits and single hyphens, a letter first",
            ),
        ),
        cfn="AWS::Redshift::EventSubscription",
        reason=_REASON,
    ),
    "aws:redshift/scheduledAction:ScheduledAction": Entry(
        service="redshift",
        id="{name}",
        like=call("create_scheduled_action"),
        names={"name": "ScheduledActionName", "description": "ScheduledActionDescription"},
        defaults={"enable": True},
        replace=words("name"),
        named="name",
        longest=60,
        rules=(
            _action,
            expression("schedule", at=True, rate=False),
            like("iamRole", r"arn:aws[\w-]*:iam::\d{12}:role/.+", "the ARN of a role"),
            _moment("startTime"),
            _moment("endTime"),
        ),
        cfn="AWS::Redshift::ScheduledAction",
        reason=_REASON,
    ),
}
