"""CloudWatch: dashboards, alarms on alarms, metrics made of log lines, and who may write logs."""

import json
import re
from collections.abc import Mapping
from typing import Any

from embedded.provider.alarm_rules import composite
from embedded.provider.entry import Entry, Fault, Gone, Tagging, call, words
from embedded.provider.rules import like
from embedded.provider.values import Props, has_unknown
from embedded.provider.work import CallError, Work

_FILTER: dict[str, Any] = {"filterName": "{name}", "logGroupName": "{logGroupName}"}


def _read_filter(work: Work) -> Props:
    try:
        answer = work.ask(
            "describe_metric_filters", logGroupName=work.get("logGroupName"), filterNamePrefix=work.get("name")
        )
    except CallError as fault:
        if fault.code == "ResourceNotFoundException":
            raise Gone from fault
        raise
    found = next((f for f in answer["metricFilters"] if f["filterName"] == work.get("name")), None)
    if found is None:
        raise Gone
    (transformation,) = found["metricTransformations"]
    if "defaultValue" in transformation:
        transformation = {**transformation, "defaultValue": f"{transformation['defaultValue']:g}"}
    return {
        "name": found["filterName"],
        "logGroupName": found["logGroupName"],
        "pattern": found.get("filterPattern", ""),
        "metricTransformation": transformation,
    }


def _read_log_policy(work: Work) -> Props:
    held = work.ask("describe_resource_policies")["resourcePolicies"]
    found = next((p for p in held if p["policyName"] == work.id), None)
    if found is None:
        raise Gone
    return {"policyName": work.id, "policyDocument": found["policyDocument"]}


_MOST_WIDGETS = 500
# What a widget can't do without; of a chart the page requires nothing that others would not refuse.
_WIDGETS = {
    "metric": "region",
    "log": "region",
    "text": "markdown",
    "alarm": "alarms",
    "explorer": "metrics",
    "custom": "endpoint",
    "chart": "",
}
_GRID = {"x": (0, 23), "y": (0, None), "width": (1, 24), "height": (1, 1000)}


def _body(props: Mapping[str, Any]) -> list[Fault]:
    """PutDashboard answers "The dashboard body is invalid" to the like.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    """
    text = props.get("dashboardBody")
    if not isinstance(text, str) or has_unknown(text):
        return []
    try:
        body = json.loads(text)
    except ValueError as fault:
        return [Fault("dashboardBody", f"is not JSON ({fault}): give a JSON document")]
    widgets = body.get("widgets") if isinstance(body, dict) else None
    if not isinstance(widgets, list):
        return [Fault("dashboardBody", 'has no list of widgets: give an object such as {"widgets": [...]}')]
    reasons = [r for number, widget in enumerate(widgets) for r in _widget(widget, f"widgets[{number}]")]
    if len(widgets) > _MOST_WIDGETS:
        reasons.append(f"has {len(widgets)} widgets, above the most of {_MOST_WIDGETS}: split it")
    if body.get("periodOverride", "auto") not in {"auto", "inherit"}:
        reasons.append(f"has periodOverride {body['periodOverride']!r}: give auto or inherit")
    return [Fault("dashboardBody", "; ".join(reasons))] if reasons else []


def _widget(widget: Any, at: str) -> list[str]:
    kind = widget.get("type") if isinstance(widget, dict) else None
    if kind not in _WIDGETS:
        return [f"has a widget of type {kind!r} at {at}: give one of {', '.join(_WIDGETS)}"]
    reasons = [
        f"has {name} {widget[name]!r} at {at}: give a whole number from {least}" + (f" to {most}" if most else "")
        for name, (least, most) in _GRID.items()
        if name in widget and not _fits(widget[name], least, most)
    ]
    inside = widget.get("properties")
    if not isinstance(inside, dict) or (_WIDGETS[kind] and _WIDGETS[kind] not in inside):
        return [*reasons, f"lacks properties.{_WIDGETS[kind]} at {at}, which a {kind} widget needs: add it"]
    return reasons + (_metrics(inside, f"{at}.properties") if kind == "metric" else [])


def _fits(value: Any, least: int, most: int | None) -> bool:
    return isinstance(value, int) and value >= least and (most is None or value <= most)


def _metrics(inside: Mapping[str, Any], at: str) -> list[str]:
    if not inside.get("metrics") and not (inside.get("annotations") or {}).get("alarms"):
        return [f"lacks metrics at {at}: give some, or an alarm among its annotations"]
    reasons = []
    for metric in inside.get("metrics") or []:
        names = [part for part in metric if isinstance(part, str)] if isinstance(metric, list) else []
        options = metric[-1] if isinstance(metric, list) and metric and isinstance(metric[-1], dict) else {}
        if not (names and ("..." in names or len(names) % 2 == 0)) and "expression" not in options:
            reasons.append(
                f"has the metric {json.dumps(metric)} at {at}: give namespace, name, then pairs of dimension and value"
            )
    return reasons


_SELECTOR = re.compile(r"\$[\w.\-\[\]\"'*]+")


def _transformation(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html and
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
    """
    made = props.get("metricTransformation") or {}
    dimensions, at = made.get("dimensions") or {}, "metricTransformation"
    faults = []
    if dimensions and made.get("defaultValue") is not None:
        faults.append(Fault(f"{at}.defaultValue", "goes not with dimensions: remove one of them"))
    if len(dimensions) > 3:
        faults.append(Fault(f"{at}.dimensions", f"has {len(dimensions)} dimensions, above the most of 3: remove some"))
    faults += [
        Fault(f"{at}.dimensions.{name}", f"{value!r} is no field of the line: give one such as $.level")
        for name, value in dimensions.items()
        if isinstance(value, str) and not has_unknown(value) and not _SELECTOR.fullmatch(value)
    ]
    value = made.get("value")
    if isinstance(value, str) and not has_unknown(value) and not _SELECTOR.fullmatch(value) and not _numeric(value):
        faults.append(Fault(f"{at}.value", f"{value!r} is neither a number nor a field of the line: give 1, or $.size"))
    pattern = props.get("pattern")
    if isinstance(pattern, str) and not has_unknown(pattern):
        ends = {"{": "}", "[": "]"}.get(pattern.strip()[:1])
        if ends and not pattern.strip().endswith(ends):
            faults.append(Fault("pattern", f"{pattern!r} does not end in {ends}: close it"))
    return faults


def _numeric(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None


def _log_policy(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html"""
    text = props.get("policyDocument")
    if not props.get("policyName"):
        return [Fault("policyName", "is missing, and a policy of the account needs it: set it")]
    if not isinstance(text, str) or has_unknown(text):
        return []
    document = json.loads(text)
    statements = document.get("Statement") if isinstance(document, dict) else None
    statements = [statements] if isinstance(statements, dict) else statements
    if not statements:
        return [Fault("policyDocument", "has no Statement: give a policy document with one")]
    missing = sorted({m for s in statements for m in ("Effect", "Principal", "Action", "Resource") if m not in s})
    told = f"has a statement without {', '.join(missing)}: add it"
    return [Fault("policyDocument", told)] if missing else []


_NAMES = {"name": "filterName", "pattern": "filterPattern"}
_TRANSFORMED = {f"metricTransformation.{name}": f"metric{name.capitalize()}" for name in ("name", "namespace", "value")}
_SUPPRESSOR = {
    "actionsSuppressor.alarm": "ActionsSuppressor",
    "actionsSuppressor.extensionPeriod": "ActionsSuppressorExtensionPeriod",
    "actionsSuppressor.waitPeriod": "ActionsSuppressorWaitPeriod",
}


def _put_composite(work: Work) -> str:
    """The request holds flat what Pulumi nests."""
    props = dict(work.new)
    given = props.pop("actionsSuppressor", None) or {}
    flat = {m: given[n.split(".")[1]] for n, m in _SUPPRESSOR.items() if n.split(".")[1] in given}
    tags = [{"Key": k, "Value": v} for k, v in (props.get("tags") or {}).items()] if not work.id else []
    members = {name[0].upper() + name[1:]: props[name] for name in _COMPOSITE if props.get(name) is not None}
    members = {("OKActions" if m == "OkActions" else m): v for m, v in members.items()}
    work.ask("put_composite_alarm", **members, **flat, **({"Tags": tags} if tags else {}))
    return str(props["alarmName"])


def _read_suppressor(work: Work) -> Props:
    found = work.ask("describe_alarms", AlarmNames=[work.id], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    if not found:
        raise Gone
    held = {n.split(".")[1]: found[0][m] for n, m in _SUPPRESSOR.items() if found[0].get(m) is not None}
    return {"actionsSuppressor": held or None}


_COMPOSITE = words("alarmName alarmRule actionsEnabled alarmActions alarmDescription insufficientDataActions okActions")

ENTRIES: dict[str, Entry] = {
    "aws:cloudwatch/dashboard:Dashboard": Entry(
        service="cloudwatch",
        id="{dashboardName}",
        create=call("put_dashboard"),
        read=(call("get_dashboard", DashboardName="{id}"),),
        update=call("put_dashboard"),
        delete=call("delete_dashboards", DashboardNames=["{id}"]),
        outputs={"dashboardArn": "arn:{partition}:cloudwatch::{account}:dashboard/{id}"},
        replace=words("dashboardName"),
        gone=words("ResourceNotFound ResourceNotFoundException"),
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
        rules=(_body, like("dashboardName", r"[A-Za-z0-9_-]{1,255}", "1 to 255 letters, digits, hyphens, underscores")),
        cfn="AWS::CloudWatch::Dashboard",
    ),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": Entry(
        service="cloudwatch",
        id="{alarmName}",
        create=_put_composite,
        like=call("put_composite_alarm", only=" ".join(_COMPOSITE)),
        read=(
            call("describe_alarms", AlarmNames=["{id}"], AlarmTypes=["CompositeAlarm"], take="CompositeAlarms[0]"),
            _read_suppressor,
        ),
        update=_put_composite,
        delete=call("delete_alarms", AlarmNames=["{id}"]),
        tags=Tagging({"ResourceARN": "{arn}"}, "tag_resource", "untag_resource", "list_tags_for_resource"),
        takes=_COMPOSITE | {"actionsSuppressor"},
        defaults={"actionsEnabled": True},
        outputs={"arn": "arn:{partition}:cloudwatch:{region}:{account}:alarm:{id}"},
        replace=words("alarmName actionsEnabled"),
        rules=(composite,),
        cfn="AWS::CloudWatch::CompositeAlarm",
    ),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": Entry(
        service="logs",
        id="{name}",
        create=call("put_metric_filter", skip="applyOnTransformedLogs"),
        read=(_read_filter,),
        update=call("put_metric_filter", skip="applyOnTransformedLogs"),
        delete=call("delete_metric_filter", **_FILTER),
        names={**_NAMES, "metricTransformation": "metricTransformations", **_TRANSFORMED},
        replace=words("name logGroupName"),
        gone=words("ResourceNotFoundException"),
        named="name",
        longest=512,
        rules=(_transformation,),
        cfn="AWS::Logs::MetricFilter",
    ),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": Entry(
        service="logs",
        id="{policyName}",
        create=call("put_resource_policy", skip="resourceArn"),
        read=(_read_log_policy,),
        update=call("put_resource_policy", skip="resourceArn"),
        delete=call("delete_resource_policy", policyName="{id}"),
        outputs={"policyScope": "ACCOUNT", "revisionId": "{hex32}"},
        replace=words("policyName"),
        gone=words("ResourceNotFoundException"),
        rules=(_log_policy,),
        cfn="AWS::Logs::ResourcePolicy",
    ),
}
