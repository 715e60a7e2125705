"""Glue: workflows, what starts their jobs and crawlers, and the rules that data must keep."""

import re
from collections.abc import Mapping
from typing import Any

from embedded.provider import dqdl
from embedded.provider.entry import Entry, Fault, call, put, words
from embedded.provider.table.glue import tagged
from embedded.provider.values import Props, has_unknown, is_unknown
from embedded.provider.work import Work

_GONE = words("EntityNotFoundException")
# API_Condition: what a trigger can listen for.
_STATES = {
    "jobName": ("state", ("SUCCEEDED", "STOPPED", "FAILED", "TIMEOUT")),
    "crawlerName": ("crawlState", ("SUCCEEDED", "FAILED", "CANCELLED")),
}


def _type_needs(props: Mapping[str, Any]) -> list[Fault]:
    """API_CreateTrigger: what each type of trigger requires and excludes."""
    kind = props.get("type")
    faults = []
    for name, wanted in (("schedule", "SCHEDULED"), ("predicate", "CONDITIONAL")):
        if kind == wanted and not props.get(name):
            faults.append(Fault(name, f"is missing, and a trigger of type {wanted} requires it: set it"))
    if kind == "ON_DEMAND" and props.get("startOnCreation"):
        faults.append(Fault("startOnCreation", "true goes not with type ON_DEMAND: leave it out"))
    batching = props.get("eventBatchingConditions")
    if batching and kind in {"SCHEDULED", "CONDITIONAL", "ON_DEMAND"}:
        faults.append(Fault("eventBatchingConditions", f"goes not with type {kind}: remove it, or use EVENT"))
    if isinstance(batching, list) and len(batching) > 1:
        faults.append(Fault("eventBatchingConditions", f"has {len(batching)} items, above the most of 1: give one"))
    return faults


def _cron(props: Mapping[str, Any]) -> list[Fault]:
    """Six fields: docs.aws.amazon.com/glue/latest/dg/monitor-data-warehouse-schedule.html."""
    when = props.get("schedule")
    if not isinstance(when, str) or has_unknown(when) or re.fullmatch(r"cron\(\S+( \S+){5}\)", when):
        return []
    return [Fault("schedule", f"{when!r} is no schedule of Glue: give six fields, as cron(15 12 * * ? *)")]


def _one_thing(props: Mapping[str, Any]) -> list[Fault]:
    """An action, as a condition, is of a job or of a crawler."""
    actions, predicate = props.get("actions"), props.get("predicate")
    faults = [] if actions else [Fault("actions", "has 0 items, and a trigger starts something: give 1 or more")]
    groups = [("actions", actions)]
    if isinstance(predicate, dict):
        groups.append(("predicate.conditions", predicate.get("conditions")))
    for path, items in groups:
        for number, item in enumerate(items if isinstance(items, list) else []):
            where = f"{path}[{number}]"
            given = [n for n in _STATES if isinstance(item, dict) and item.get(n)]
            if is_unknown(item):
                continue
            if len(given) != 1:
                told = f"names {' and '.join(given) or 'nothing'}: give exactly one of {', '.join(_STATES)}"
                faults.append(Fault(where, told))
            elif path != "actions":
                faults += _state(item, given[0], where)
    return faults


def _no_loop(props: Mapping[str, Any]) -> list[Fault]:
    """Glue answers "Job cannot be a Predicate and Action for Conditional Trigger".

    https://github.com/hashicorp/terraform-provider-aws/issues/39571
    """
    predicate = props.get("predicate")
    conditions = predicate.get("conditions") if isinstance(predicate, dict) else None
    watched, started = (
        {each.get("jobName") for each in items if isinstance(each, dict)} if isinstance(items, list) else set()
        for items in (conditions, props.get("actions"))
    )
    both = sorted(str(name) for name in watched & started if name and not has_unknown(name))
    return [Fault("predicate.conditions", f"wait for {name}, which the actions start: start another") for name in both]


def _state(condition: Mapping[str, Any], of: str, where: str) -> list[Fault]:
    name, states = _STATES[of]
    value = condition.get(name)
    if value in states or (value is not None and has_unknown(value)):
        return []
    return [Fault(f"{where}.{name}", f"{value!r} is not one of {', '.join(states)}: give one of these")]


def _rules(props: Mapping[str, Any]) -> list[Fault]:
    text = props.get("ruleset")
    if not isinstance(text, str) or has_unknown(text):
        return []
    return [Fault("ruleset", told) for told in dqdl.faults(text)]


def _filled(props: Props) -> Props:
    """The trigger with what Terraform's provider takes for members that are left out."""
    predicate = props.get("predicate")
    if not predicate:
        return props
    conditions = [{"logicalOperator": "EQUALS", **condition} for condition in predicate["conditions"]]
    return {**props, "predicate": {"logical": "AND", **predicate, "conditions": conditions}}


def _create_trigger(work: Work) -> str:
    """Started at once unless it is not enabled; one on demand by a request of its own, which lets it run."""
    kind, enabled = work.new["type"], work.new.get("enabled", True)
    at_once = enabled and kind in {"SCHEDULED", "CONDITIONAL"}
    starts = bool(at_once or work.new.get("startOnCreation"))
    work.send(call("create_trigger", StartOnCreation=starts, skip="startOnCreation"), _filled(work.new))
    if enabled and kind == "ON_DEMAND":
        work.ask("start_trigger", Name=work.new["name"])
    return str(work.new["name"])


def _read_enabled(work: Work) -> Props:
    trigger = work.ask("get_trigger", Name=work.id)["Trigger"]
    if trigger["Type"] in {"ON_DEMAND", "EVENT"}:
        return {"enabled": trigger["State"] == "CREATED" and bool(work.get("enabled", True))}
    return {"enabled": trigger["State"] == "ACTIVATED"}


def _update_trigger(work: Work) -> None:
    work.send(call("update_trigger", Name="{id}", into="TriggerUpdate", skip="name"), _filled(work.new))


def _enable(work: Work) -> None:
    if work.new.get("enabled", True):
        work.ask("start_trigger", Name=work.id)
    elif work.new["type"] != "ON_DEMAND":
        work.ask("stop_trigger", Name=work.id)


ENTRIES: dict[str, Entry] = {
    "aws:glue/workflow:Workflow": Entry(
        service="glue",
        id="{name}",
        create=call("create_workflow"),
        read=(call("get_workflow", Name="{id}", take="Workflow"),),
        update=call("update_workflow"),
        delete=call("delete_workflow", Name="{id}"),
        tags=tagged(),
        outputs={"arn": "arn:{partition}:glue:{region}:{account}:workflow/{name}"},
        replace=words("name"),
        gone=_GONE,
        named="name",
        longest=255,
        cfn="AWS::Glue::Workflow",
    ),
    "aws:glue/trigger:Trigger": Entry(
        service="glue",
        id="{name}",
        create=_create_trigger,
        like=call("create_trigger"),
        read=(call("get_trigger", Name="{id}", take="Trigger"), _read_enabled),
        update=_update_trigger,
        puts=(put("enabled", _enable, at_creation=False),),
        delete=call("delete_trigger", Name="{id}"),
        tags=tagged(),
        names={"eventBatchingConditions": "EventBatchingCondition"},
        defaults={"enabled": True},
        unread=words("startOnCreation"),
        outputs={"arn": "arn:{partition}:glue:{region}:{account}:trigger/{name}", "state": "CREATED"},
        renewed=words("state"),
        replace=words("name type workflowName startOnCreation"),
        gone=_GONE,
        named="name",
        longest=255,
        rules=(_type_needs, _cron, _one_thing, _no_loop),
        cfn="AWS::Glue::Trigger",
    ),
    "aws:glue/dataQualityRuleset:DataQualityRuleset": Entry(
        service="glue",
        id="{name}",
        create=call("create_data_quality_ruleset"),
        read=(call("get_data_quality_ruleset", Name="{id}"),),
        update=call("update_data_quality_ruleset"),
        unset={"description": {"Description": ""}},
        delete=call("delete_data_quality_ruleset", Name="{id}"),
        tags=tagged(),
        outputs={"arn": "arn:{partition}:glue:{region}:{account}:dataQualityRuleset/{name}"},
        renewed=words("lastModifiedOn"),
        replace=words("name targetTable"),
        gone=_GONE,
        named="name",
        longest=255,
        rules=(_rules,),
        cfn="AWS::Glue::DataQualityRuleset",
    ),
}
