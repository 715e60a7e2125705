"""EventBridge Scheduler: schedules, their groups, and the calls to AWS's own APIs that they make."""

import json
import re
import zoneinfo
from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore import xform_name
from botocore.session import get_session

from embedded.provider.endpoint import model
from embedded.provider.entry import Entry, Fault, Tagging, call, words
from embedded.provider.rules import Rule, like
from embedded.provider.timing import expression
from embedded.provider.values import has_unknown
from embedded.provider.work import CallError, Work, operations

_GONE = words("ResourceNotFoundException")
_HERE: dict[str, Any] = {"Name": "{name}", "GroupName": "{groupName}"}


def _create(work: Work) -> str:
    """CreateSchedule tries the role at once: "The execution role you provide must allow AWS EventBridge Scheduler
    to assume the role." https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html
    """
    role = str(work.new["target"]["roleArn"])
    try:
        held = work.ask("iam:get_role", RoleName=role.rsplit("/", 1)[-1])["Role"]
    except CallError as fault:
        raise CallError(f"scheduler:create_schedule was refused: there is no role {role}", fault.code) from fault
    if "scheduler.amazonaws.com" not in json.dumps(held["AssumeRolePolicyDocument"]):
        raise CallError(
            f"scheduler:create_schedule was refused: {role} does not trust scheduler.amazonaws.com: "
            "let its assumeRolePolicy name that service",
            "ValidationException",
        )
    work.send(_PUT)
    return f"{work.new['groupName']}/{work.new['name']}"


def _window(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/scheduler/latest/APIReference/API_FlexibleTimeWindow.html"""
    window = props.get("flexibleTimeWindow") or {}
    mode, most = window.get("mode"), window.get("maximumWindowInMinutes")
    if mode == "FLEXIBLE" and not most:
        return [Fault("flexibleTimeWindow.maximumWindowInMinutes", "is missing, and FLEXIBLE needs it: give 1 to 1440")]
    if mode == "OFF" and most:
        return [
            Fault("flexibleTimeWindow.maximumWindowInMinutes", "goes not with mode OFF: remove it, or say FLEXIBLE")
        ]
    return []


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _zone(props: Mapping[str, Any]) -> list[Fault]:
    zone, known = props.get("scheduleExpressionTimezone"), _zones()
    if not isinstance(zone, str) or has_unknown(zone) or not known or zone in known:
        return []
    return [Fault("scheduleExpressionTimezone", f"{zone!r} is no time zone: give an IANA name such as Europe/Berlin")]


_UNIVERSAL = re.compile(r"arn:aws[\w-]*:scheduler:::aws-sdk:([a-z0-9]+):([a-z]\w*)")
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
_READS = (
    "get describe list poll receive search scan query select read lookup discover validate batchGet batchDescribe "
    "batchRead transactGet adminGet adminList testMigration retrieve testConnection translateDocument isAuthorized "
    "invokeModel"
)
_RENAMED = {"sfn": "stepfunctions", "cloudwatchlogs": "logs", "eventbridge": "events"}


@cache
def _services() -> dict[str, str]:
    """botocore's names of the services by those of the AWS SDK for Java, which Scheduler uses."""
    return {name.replace("-", ""): name for name in get_session().get_available_services()} | _RENAMED


@cache
def _request(service: str, action: str) -> Any:
    """The shape of what an action takes, None where there is no such action."""
    name = _services().get(service)
    if name is None:
        return None
    found = operations(name).get(xform_name(action[0].upper() + action[1:]))
    return model(name).operation_model(found).input_shape if found else None


def _universal(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html"""
    target = props.get("target") or {}
    arn = target.get("arn")
    if not isinstance(arn, str) or ":aws-sdk:" not in arn or has_unknown(arn):
        return []
    found = _UNIVERSAL.fullmatch(arn)
    if not found:
        form = "arn:aws:scheduler:::aws-sdk:service:apiAction"
        return [
            Fault("target.arn", f"{arn!r} is no universal target: give it as {form}, e.g. ...:glue:startWorkflowRun")
        ]
    service, action = found.groups()
    if any(action.startswith(prefix) for prefix in _READS.split()):
        return [Fault("target.arn", f"{action} only reads, and Scheduler calls no such action: name one that acts")]
    shape = _request(service, action)
    if shape is None:
        return [Fault("target.arn", f"{service} has no action {action}: give service and action as AWS's SDKs do")]
    return _input(target.get("input"), shape, f"{service}:{action}")


def _input(text: Any, shape: Any, action: str) -> list[Fault]:
    if has_unknown(text):
        return []
    try:
        given = json.loads(text or "{}")
    except ValueError as fault:
        return [Fault("target.input", f"is not JSON ({fault}): give the request of {action} as JSON")]
    if not isinstance(given, dict):
        return [Fault("target.input", f"is no object: give the request of {action} as one")]
    known = {name[0].upper() + name[1:] for name in shape.members}
    needed = {name[0].upper() + name[1:] for name in shape.required_members}
    reasons = [
        f"has {name!r}, which {action} does not take: use {', '.join(sorted(known))}"
        for name in sorted(given.keys() - known)
    ]
    lacks = sorted(needed - given.keys())
    reasons += [f"lacks {', '.join(lacks)}, which {action} requires: add it"] if lacks else []
    return [Fault("target.input", "; ".join(reasons))] if reasons else []


def _moment(name: str) -> Rule:
    return like(name, r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "a time in UTC such as 2030-12-31T23:59:00Z")


_PUT = call("create_schedule")

ENTRIES: dict[str, Entry] = {
    "aws:scheduler/schedule:Schedule": Entry(
        service="scheduler",
        id="{groupName}/{name}",
        create=_create,
        like=_PUT,
        read=(call("get_schedule", **_HERE),),
        update=call("update_schedule"),
        unset={name: {} for name in ("description", "endDate", "kmsKeyArn", "startDate")},
        delete=call("delete_schedule", **_HERE),
        takes=words(
            "actionAfterCompletion description endDate flexibleTimeWindow groupName kmsKeyArn name scheduleExpression "
            "scheduleExpressionTimezone startDate state target"
        ),
        defaults={"groupName": "default", "scheduleExpressionTimezone": "UTC", "state": "ENABLED"},
        names={"target.sqsParameters": "SqsParameters"},
        outputs={
            "actionAfterCompletion": "NONE",
            "arn": "arn:{partition}:scheduler:{region}:{account}:schedule/{id}",
        },
        replace=words("name groupName"),
        gone=_GONE,
        named="name",
        longest=64,
        rules=(
            _window,
            _zone,
            _universal,
            expression("scheduleExpression", at=True),
            _moment("startDate"),
            _moment("endDate"),
        ),
        cfn="AWS::Scheduler::Schedule",
    ),
    "aws:scheduler/scheduleGroup:ScheduleGroup": Entry(
        service="scheduler",
        id="{name}",
        create=call("create_schedule_group"),
        read=(call("get_schedule_group", Name="{id}"),),
        delete=call("delete_schedule_group", Name="{id}"),
        tags=Tagging({"ResourceArn": "{arn}"}, "tag_resource", "untag_resource", "list_tags_for_resource"),
        outputs={
            "arn": "arn:{partition}:scheduler:{region}:{account}:schedule-group/{id}",
            "creationDate": "{now}",
            "lastModificationDate": "{now}",
            "state": "ACTIVE",
        },
        replace=words("name"),
        gone=_GONE,
        named="name",
        longest=64,
        cfn="AWS::Scheduler::ScheduleGroup",
    ),
}
