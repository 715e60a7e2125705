"""EventBridge: rules on events and times, and what they set off."""

import json
import re
from collections.abc import Mapping
from typing import Any

from embedded.provider import sdk
from embedded.provider.entry import Entry, Fault, Gone, Tagging, call, words
from embedded.provider.reading import lookup
from embedded.provider.rules import document, within
from embedded.provider.timing import expression
from embedded.provider.values import Props, has_unknown
from embedded.provider.work import CallError, Work

_BUS: dict[str, Any] = {"EventBusName": "{eventBusName}"}
_GONE = words("ResourceNotFoundException")
_TARGET = "aws:cloudwatch/eventTarget:EventTarget"


def _on_bus(*names: str) -> Any:
    """An id of Terraform's: of the default bus it says nothing."""

    def made(context: Mapping[str, Any]) -> str:
        bus = context.get("eventBusName") or "default"
        return "-".join([*([] if bus == "default" else [bus]), *(str(context[name]) for name in names)])

    return made


def _rule_id(context: Mapping[str, Any]) -> str:
    bus = context.get("eventBusName") or "default"
    return str(context["name"]) if bus == "default" else f"{bus}/{context['name']}"


def _read_target(work: Work) -> Props:
    where = {"Rule": work.get("rule"), "EventBusName": work.get("eventBusName", "default")}
    try:
        targets = work.ask("list_targets_by_rule", **where)["Targets"]
    except CallError as fault:
        if fault.code in _GONE:
            raise Gone from fault
        raise
    found = next((t for t in targets if t["Id"] == work.get("targetId")), None)
    if found is None:
        raise Gone
    props = {name: lookup(found, name, work.entry.names.get(name)) for name in sdk.inputs(_TARGET).fields}
    return {**props, "targetId": found["Id"], "rule": where["Rule"], "eventBusName": where["EventBusName"]}


def _occasion(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html: one at least; both are allowed."""
    if not props.get("eventPattern") and not props.get("scheduleExpression"):
        return [Fault("eventPattern", "is missing, and so is scheduleExpression: a rule needs one of them")]
    if props.get("scheduleExpression") and props.get("eventBusName", "default") != "default":
        return [Fault("scheduleExpression", "works on the default event bus only: remove eventBusName")]
    return []


# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
_MATCHES = {"prefix", "suffix", "anything-but", "numeric", "cidr", "exists", "equals-ignore-case", "wildcard"}


def _pattern(props: Mapping[str, Any]) -> list[Fault]:
    """EventBridge refuses a pattern whose leaves are not lists, with InvalidEventPatternException.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
    """
    text = props.get("eventPattern")
    if not isinstance(text, str) or has_unknown(text):
        return []
    try:
        pattern = json.loads(text)
    except ValueError as fault:
        return [Fault("eventPattern", f"is not JSON ({fault}): give a JSON document")]
    if not isinstance(pattern, dict) or not pattern:
        return [Fault("eventPattern", 'matches nothing: give an object such as {"source": ["aws.glue"]}')]
    return [Fault("eventPattern", reason) for reason in _wrong(pattern, "")]


def _wrong(pattern: Mapping[str, Any], at: str) -> list[str]:
    reasons: list[str] = []
    for name, value in pattern.items():
        where = f"{at}.{name}".lstrip(".")
        if name == "$or" and isinstance(value, list):
            reasons += [r for each in value if isinstance(each, dict) for r in _wrong(each, where)]
        elif isinstance(value, dict) and value:
            reasons += _wrong(value, where)
        elif not isinstance(value, list) or not value:
            reasons.append(f"has {json.dumps(value)} at {where}: give a list of the values to match")
        else:
            reasons += [
                f"has {json.dumps(item)} at {where}: give a value, or one of {', '.join(sorted(_MATCHES))}"
                for item in value
                if isinstance(item, list)
                or (isinstance(item, dict) and (len(item) != 1 or not item.keys() <= _MATCHES))
            ]
    return reasons


_SAYS = ("input", "inputPath", "inputTransformer")
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html: those that act by a role, not by a policy
_BY_ROLE = re.compile(
    r"arn:aws[\w-]*:(glue:[^:]*:[^:]*:workflow/|kinesis:|firehose:|states:|batch:|ecs:|codepipeline:|codebuild:|"
    r"redshift:|redshift-serverless:|sagemaker:|appsync:|events:[^:]*:[^:]*:api-destination/)"
)
_PLACE = re.compile(r"<([^<>\s]+)>")


def _said(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html"""
    given = [name for name in _SAYS if props.get(name)]
    if len(given) < 2:
        return []
    return [Fault(given[-1], f"goes not with {', '.join(given[:-1])}: give one of {', '.join(_SAYS)}")]


def _transformer(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_InputTransformer.html"""
    given = props.get("inputTransformer") or {}
    known, template = given.get("inputPaths") or {}, given.get("inputTemplate")
    faults = [
        Fault(f"inputTransformer.inputPaths.{name}", "begins with AWS, which EventBridge keeps for itself: rename it")
        for name in known
        if name.startswith("AWS")
    ]
    faults += [
        Fault(f"inputTransformer.inputPaths.{name}", f"{path!r} is no JSON path: begin it with $")
        for name, path in known.items()
        if isinstance(path, str) and not has_unknown(path) and not path.startswith("$")
    ]
    if isinstance(template, str) and not has_unknown(template):
        places = {name for name in _PLACE.findall(template) if not name.startswith("aws.events.")}
        faults += [
            Fault("inputTransformer.inputTemplate", f"has <{name}>, which inputPaths lacks: add it there")
            for name in sorted(places - known.keys())
        ]
        if not template.lstrip().startswith(('"', "{", "[", "<")):
            faults.append(
                Fault(
                    "inputTransformer.inputTemplate", "is neither text in quotes, JSON nor a <place>: write it as one"
                )
            )
    return faults


def _target_needs(props: Mapping[str, Any]) -> list[Fault]:
    """What PutTargets answers with "RoleArn is required" and "SqsParameters must be specified".

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
    """
    arn = props.get("arn")
    if not isinstance(arn, str) or has_unknown(arn):
        return []
    faults = []
    if not arn.startswith("arn:"):
        faults.append(Fault("arn", f"{arn!r} is no ARN: give that of the target"))
    if _BY_ROLE.match(arn) and not props.get("roleArn"):
        faults.append(Fault("roleArn", f"is missing, and EventBridge acts on {arn} by a role: set it"))
    if ":sqs:" in arn and arn.endswith(".fifo") and not props.get("sqsTarget"):
        faults.append(Fault("sqsTarget", "is missing, and a FIFO queue needs its messageGroupId: set it"))
    return faults


def _dead_letters(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html: a standard queue of SQS."""
    arn = (props.get("deadLetterConfig") or {}).get("arn")
    if not isinstance(arn, str) or has_unknown(arn):
        return []
    if ":sqs:" in arn and not arn.endswith(".fifo"):
        return []
    return [Fault("deadLetterConfig.arn", f"{arn!r} is no standard queue of SQS: give the ARN of one")]


_RETRIES = {"maximumEventAgeInSeconds": (60, 86400), "maximumRetryAttempts": (0, 185)}


def _retries(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RetryPolicy.html"""
    return [
        Fault(f"retryPolicy.{fault.path}", fault.reason) for fault in within(**_RETRIES)(props.get("retryPolicy") or {})
    ]


ENTRIES: dict[str, Entry] = {
    "aws:cloudwatch/eventRule:EventRule": Entry(
        service="events",
        id=_rule_id,
        create=call("put_rule"),
        read=(call("describe_rule", Name="{name}", **_BUS),),
        update=call("put_rule"),
        unset={name: {} for name in ("description", "eventPattern", "roleArn", "scheduleExpression")},
        delete=call("delete_rule", Name="{name}", **_BUS, Force="{forceDestroy}"),
        tags=Tagging({"ResourceARN": "{arn}"}, "tag_resource", "untag_resource", "list_tags_for_resource"),
        local={"forceDestroy": False},
        defaults={"eventBusName": "default", "state": "ENABLED"},
        outputs={"arn": "arn:{partition}:events:{region}:{account}:rule/{id}"},
        replace=words("name eventBusName"),
        gone=_GONE,
        named="name",
        longest=64,
        rules=(_occasion, _pattern, expression("scheduleExpression")),
        cfn="AWS::Events::Rule",
    ),
    _TARGET: Entry(
        service="events",
        id=_on_bus("rule", "targetId"),
        create=call("put_targets", Rule="{rule}", **_BUS, into="Targets"),
        read=(_read_target,),
        update=call("put_targets", Rule="{rule}", **_BUS, into="Targets"),
        unset={
            name: {}
            for name in ("deadLetterConfig", "input", "inputPath", "inputTransformer", "retryPolicy", "roleArn")
        },
        delete=call("remove_targets", Rule="{rule}", **_BUS, Ids=["{targetId}"], Force="{forceDestroy}"),
        names={
            "appsyncTarget": "AppSyncParameters",
            "targetId": "Id",
            "inputTransformer.inputPaths": "InputPathsMap",
            "kinesisTarget": "KinesisParameters",
            "sqsTarget": "SqsParameters",
        },
        local={"forceDestroy": False},
        defaults={"eventBusName": "default"},
        replace=words("rule targetId eventBusName"),
        gone=_GONE,
        named="targetId",
        longest=64,
        rules=(_said, _transformer, _target_needs, _dead_letters, _retries, document("input")),
    ),
}
