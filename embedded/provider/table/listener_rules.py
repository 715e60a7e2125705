"""Elastic Load Balancing: rules of a listener, each with conditions and what is done where they hold."""

import re
from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Entry, Fault, call, words
from embedded.provider.rules import within
from embedded.provider.table.listeners import ACTION
from embedded.provider.table.load_balancer_rules import actions_in
from embedded.provider.table.load_balancers import tagged
from embedded.provider.values import Props, has_unknown
from embedded.provider.work import Work

# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
_KINDS = {
    "hostHeader": ("host-header", "HostHeaderConfig"),
    "httpHeader": ("http-header", "HttpHeaderConfig"),
    "httpRequestMethod": ("http-request-method", "HttpRequestMethodConfig"),
    "pathPattern": ("path-pattern", "PathPatternConfig"),
    "queryStrings": ("query-string", "QueryStringConfig"),
    "sourceIp": ("source-ip", "SourceIpConfig"),
}


def _conditions(context: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"Field": _KINDS[kind][0], _KINDS[kind][1]: _config(kind, given)}
        for condition in context["conditions"]
        for kind, given in condition.items()
        if given
    ]


def _config(kind: str, given: Any) -> dict[str, Any]:
    if kind == "queryStrings":
        return {"Values": [{name.capitalize(): value for name, value in each.items()} for each in given]}
    if kind == "httpHeader":
        return {"HttpHeaderName": given["httpHeaderName"], "Values": given["values"]}
    return {"Values": given["values"]}


def _read_conditions(work: Work) -> Props:
    found = work.ask("describe_rules", RuleArns=[work.id])["Rules"][0]["Conditions"]
    by_field = {field: (kind, config) for kind, (field, config) in _KINDS.items()}
    return {"conditions": [_shown(*by_field[each["Field"]], each) for each in found]}


def _shown(kind: str, config: str, condition: Mapping[str, Any]) -> Props:
    held = condition.get(config) or {"Values": condition.get("Values", [])}
    if kind == "queryStrings":
        return {kind: [{name.lower(): value for name, value in each.items()} for each in held["Values"]]}
    if kind == "httpHeader":
        return {kind: {"httpHeaderName": held["HttpHeaderName"], "values": held["Values"]}}
    return {kind: {"values": held["Values"]}}


def _change(work: Work) -> None:
    work.send(call("modify_rule", RuleArn="{id}", only="actions", Conditions=lambda _: _conditions(work.new)))
    if "priority" in work.facts["changed"]:
        work.ask("set_rule_priorities", RulePriorities=[{"RuleArn": work.id, "Priority": work.new["priority"]}])


def _one_kind(props: Mapping[str, Any]) -> list[Fault]:
    """API_RuleCondition.html: each condition is of one kind, and has values; a rule has five values in all at most."""
    conditions = props.get("conditions")
    faults, count = [], 0
    for number, condition in enumerate(conditions if isinstance(conditions, list) else []):
        kinds = [kind for kind, given in condition.items() if given is not None]
        if len(kinds) != 1:
            told = f"has {', '.join(kinds) or 'nothing'}, and is of exactly one kind: give one"
            faults.append(Fault(f"conditions[{number}]", told))
            continue
        given = condition[kinds[0]]
        if isinstance(given, dict) and given.get("regexValues"):
            told = "is not handled by the embedded AWS: give values, or extend the entry"
            faults.append(Fault(f"conditions[{number}].{kinds[0]}.regexValues", told))
            continue
        values = given if isinstance(given, list) else given.get("values") or []
        count += len(values)
        if not values:
            faults.append(Fault(f"conditions[{number}].{kinds[0]}", "has no values: give some to match"))
        faults += [
            Fault(f"conditions[{number}].pathPattern", f"{value!r} is no path: begin it with /")
            for value in values
            if kinds[0] == "pathPattern" and not has_unknown(value) and not re.match(r"[/*?]", value)
        ]
    if count > 5:
        faults.append(Fault("conditions", f"have {count} values, and a rule takes 5 in all: make it two rules"))
    return faults


_RULE = call("create_rule", Conditions=_conditions, skip="conditions transforms", gives="Rules[0].RuleArn")


def _arn(context: Mapping[str, Any]) -> str:
    listener = str(context["listenerArn"]).rpartition(":listener/")[2]
    prefix = f"arn:aws:elasticloadbalancing:{context['region']}:{context['account']}:listener-rule"
    return f"{prefix}/{listener}/{context['hex8']}{context['hex8']}"


ENTRIES: dict[str, Entry] = {
    "aws:lb/listenerRule:ListenerRule": Entry(
        service="elbv2",
        id=_arn,
        create=_RULE,
        read=(call("describe_rules", RuleArns=["{id}"], take="Rules[0]"), _read_conditions),
        update=_change,
        delete=call("delete_rule", RuleArn="{id}"),
        tags=tagged(),
        takes=words("conditions"),
        names={f"actions.{name}": member for name, member in ACTION.items()},
        reads={"priority": "to_number(Priority)"},
        # moto does not say of which listener a rule is.
        unread=words("listenerArn"),
        ordered=words("actions"),
        outputs={"arn": "{id}"},
        replace=words("listenerArn"),
        gone=words("RuleNotFound ListenerNotFound"),
        rules=(_one_kind, actions_in("actions"), within(priority=(1, 50000))),
        cfn="AWS::ElasticLoadBalancingV2::ListenerRule",
    ),
}
