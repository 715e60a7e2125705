"""AWS Budgets: what a platform may cost, and who hears of it."""

import datetime
from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Entry, Fault, Tagging, call, words
from embedded.provider.rules import Rule, like
from embedded.provider.values import Props, has_unknown, is_unknown
from embedded.provider.work import Work

_FORM = "%Y-%m-%d_%H:%M"
_SUBSCRIBERS = {"subscriberEmailAddresses": "EMAIL", "subscriberSnsTopicArns": "SNS"}
_SPOKEN = {
    "comparisonOperator": "ComparisonOperator",
    "notificationType": "NotificationType",
    "threshold": "Threshold",
    "thresholdType": "ThresholdType",
}
_PLAIN = "name budgetType timeUnit limitAmount limitUnit costTypes"


def _account(work: Work) -> str:
    return str(work.get("accountId") or work.cloud.account)


def _moment(text: str) -> datetime.datetime:
    return datetime.datetime.strptime(text, _FORM).replace(tzinfo=datetime.UTC)


def _notification(given: Mapping[str, Any]) -> dict[str, Any]:
    return {member: given[name] for name, member in _SPOKEN.items()}


def _listeners(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"SubscriptionType": k, "Address": a} for n, k in _SUBSCRIBERS.items() for a in given.get(n) or []]


# Pulumi's name -> the member of the request; lists of expressions are in the plural.
_EXPRESSION = {
    "ands": "And",
    "costCategories": "CostCategories",
    "dimensions": "Dimensions",
    "key": "Key",
    "matchOptions": "MatchOptions",
    "not": "Not",
    "ors": "Or",
    "tags": "Tags",
    "values": "Values",
}
_EXPRESSED = {member: name for name, member in _EXPRESSION.items()}


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """An expression with its keys in the other's language."""
    if isinstance(value, list):
        return [_renamed(each, names) for each in value]
    if isinstance(value, dict):
        return {names[key]: _renamed(inner, names) for key, inner in value.items() if inner is not None}
    return value


def _budget(props: Mapping[str, Any]) -> dict[str, Any]:
    budget: dict[str, Any] = {
        "BudgetName": props["name"],
        "BudgetType": props["budgetType"],
        "TimeUnit": props["timeUnit"],
    }
    if props.get("filterExpression"):
        budget |= {"FilterExpression": _renamed(props["filterExpression"], _EXPRESSION), "Metrics": [props["metrics"]]}
    else:
        budget["CostFilters"] = {f["name"]: f["values"] for f in props.get("costFilters") or []}
    if props.get("limitAmount"):
        budget["BudgetLimit"] = {"Amount": props["limitAmount"], "Unit": props["limitUnit"]}
    if props.get("costTypes"):
        budget["CostTypes"] = {name[0].upper() + name[1:]: on for name, on in props["costTypes"].items()}
    period = {"Start": props.get("timePeriodStart"), "End": props.get("timePeriodEnd")}
    times = {name: _moment(text) for name, text in period.items() if text}
    return {**budget, **({"TimePeriod": times} if times else {})}


def _create(work: Work) -> str:
    told = [
        {"Notification": _notification(n), "Subscribers": _listeners(n)} for n in work.new.get("notifications") or []
    ]
    tags = [{"Key": k, "Value": v} for k, v in (work.new.get("tags") or {}).items()]
    work.ask(
        "create_budget",
        AccountId=_account(work),
        Budget=_budget(work.new),
        NotificationsWithSubscribers=told,
        **({"ResourceTags": tags} if tags else {}),
    )
    return f"{_account(work)}:{work.new['name']}"


def _update(work: Work) -> None:
    """The budget whole, and notifications taken away and made anew, as Terraform's provider does."""
    here = {"AccountId": _account(work), "BudgetName": work.get("name")}
    work.ask("update_budget", AccountId=_account(work), NewBudget=_budget(work.new))
    if "notifications" not in work.facts["changed"]:
        return
    for old in work.old.get("notifications") or []:
        work.ask("delete_notification", **here, Notification=_notification(old))
    for new in work.new.get("notifications") or []:
        work.ask("create_notification", **here, Notification=_notification(new), Subscribers=_listeners(new))


def _read(work: Work) -> Props:
    here = {"AccountId": _account(work), "BudgetName": work.get("name")}
    found = work.ask("describe_budget", **here)["Budget"]
    told = []
    for each in work.ask("describe_notifications_for_budget", **here).get("Notifications", []):
        heard = work.ask("describe_subscribers_for_notification", **here, Notification=each)["Subscribers"]
        people = {n: [s["Address"] for s in heard if s["SubscriptionType"] == k] for n, k in _SUBSCRIBERS.items()}
        told.append({**{n: each[m] for n, m in _SPOKEN.items() if m in each}, **{n: a for n, a in people.items() if a}})
    period = {"timePeriodStart": "Start", "timePeriodEnd": "End"}
    return {
        "name": found["BudgetName"],
        "budgetType": found["BudgetType"],
        "timeUnit": found["TimeUnit"],
        "accountId": here["AccountId"],
        "limitAmount": found.get("BudgetLimit", {}).get("Amount"),
        "limitUnit": found.get("BudgetLimit", {}).get("Unit"),
        "costFilters": [{"name": name, "values": values} for name, values in found.get("CostFilters", {}).items()],
        "costTypes": found.get("CostTypes"),
        "filterExpression": _renamed(found.get("FilterExpression"), _EXPRESSED),
        "metrics": next(iter(found.get("Metrics") or []), None),
        "notifications": told,
        **{n: found["TimePeriod"][m].astimezone(datetime.UTC).strftime(_FORM) for n, m in period.items()},
    }


def _limit(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Budget.html"""
    kind, amount, unit = (props.get(n) for n in ("budgetType", "limitAmount", "limitUnit"))
    faults = []
    if kind in {"COST", "USAGE"} and not amount:
        faults.append(Fault("limitAmount", f"is missing, and a budget of {kind} needs it: set it"))
    if amount and not unit:
        faults.append(Fault("limitUnit", "is missing beside limitAmount: give USD for cost"))
    start, end = props.get("timePeriodStart"), props.get("timePeriodEnd")
    if isinstance(start, str) and isinstance(end, str) and not has_unknown([start, end]) and start >= end:
        faults.append(Fault("timePeriodEnd", f"{end!r} is not after timePeriodStart {start!r}: give a later one"))
    return faults


def _filters(props: Mapping[str, Any]) -> list[Fault]:
    """A tag is `user:KEY$VALUE`: https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-create-filters.html"""
    return [
        Fault(f"costFilters[{number}].values", f"{value!r} is no tag: give one such as user:project$medallion")
        for number, each in enumerate(props.get("costFilters") or [])
        for value in each.get("values") or []
        if each.get("name") == "TagKeyValue" and not has_unknown(value) and "$" not in str(value)
    ]


_CONFLICTS = {"filterExpression": "costFilters", "metrics": "costTypes"}


def _expression(props: Mapping[str, Any]) -> list[Fault]:
    """A filter expression and what it measures go together, and not with the older way of saying both."""
    given, measured = props.get("filterExpression"), props.get("metrics")
    faults = [
        Fault(name, f"goes not with {other}: keep one of them")
        for name, other in _CONFLICTS.items()
        if props.get(name) and props.get(other)
    ]
    if bool(given) != bool(measured):
        faults.append(Fault("metrics", "and filterExpression need each other: set both, or remove the one"))
    if measured and not is_unknown(measured) and measured not in _METRICS:
        faults.append(Fault("metrics", f"{measured!r} is not one of {', '.join(_METRICS)}: give one of these"))
    if isinstance(given, dict):
        faults += [
            Fault(f"filterExpression.{name}", f"has {len(given[name])} operand, and needs 2 or more: add one")
            for name in ("ands", "ors")
            if given.get(name) is not None and len(given[name]) < 2
        ]
    return faults


_METRICS = (
    "AmortizedCost",
    "BlendedCost",
    "Hours",
    "NetAmortizedCost",
    "NetUnblendedCost",
    "NormalizedUsageAmount",
    "UnblendedCost",
    "UsageQuantity",
)
_MOST_NOTIFICATIONS = 10


def _told(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_NotificationWithSubscribers.html"""
    told = props.get("notifications") or []
    faults = []
    if len(told) > _MOST_NOTIFICATIONS:
        reason = f"has {len(told)} notifications, above the most of {_MOST_NOTIFICATIONS}: remove some"
        faults.append(Fault("notifications", reason))
    for number, each in enumerate(told):
        people = {n: each.get(n) or [] for n in _SUBSCRIBERS}
        at = f"notifications[{number}]"
        if any(is_unknown(p) for p in people.values()):
            continue
        if not any(people.values()):
            faults.append(Fault(at, "has no subscriber: give an e-mail address or a topic of SNS"))
        if len(people["subscriberSnsTopicArns"]) > 1:
            faults.append(Fault(f"{at}.subscriberSnsTopicArns", "has more than one topic: keep one"))
        if len(people["subscriberEmailAddresses"]) > 10:
            faults.append(Fault(f"{at}.subscriberEmailAddresses", "has more than 10 addresses: remove some"))
        faults += _spoken(each, at)
    return faults


_CHOICES = {
    "comparisonOperator": ("GREATER_THAN", "LESS_THAN", "EQUAL_TO"),
    "notificationType": ("ACTUAL", "FORECASTED"),
    "thresholdType": ("PERCENTAGE", "ABSOLUTE_VALUE"),
}


def _spoken(given: Mapping[str, Any], at: str) -> list[Fault]:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Notification.html"""
    return [
        Fault(f"{at}.{name}", f"{given[name]!r} is not one of {', '.join(allowed)}: give one of these")
        for name, allowed in _CHOICES.items()
        if given.get(name) not in (None, *allowed) and not is_unknown(given[name])
    ]


def _date(name: str) -> Rule:
    return like(name, r"\d{4}-\d\d-\d\d_\d\d:\d\d", "a time such as 2026-01-01_00:00")


ENTRIES: dict[str, Entry] = {
    "aws:budgets/budget:Budget": Entry(
        service="budgets",
        id="{account}:{name}",
        create=_create,
        like=call("create_budget", into="Budget", only=_PLAIN),
        read=(_read,),
        update=_update,
        delete=call("delete_budget", AccountId="{accountId}", BudgetName="{name}"),
        tags=Tagging(
            {"ResourceARN": "{arn}"},
            "tag_resource",
            "untag_resource",
            "list_tags_for_resource",
            take="ResourceTags",
            tags="ResourceTags",
            keys="ResourceTagKeys",
        ),
        takes=words(
            f"{_PLAIN} accountId costFilters filterExpression metrics notifications timePeriodStart timePeriodEnd"
        ),
        names={
            "name": "BudgetName",
            "limitAmount": "BudgetLimit.Amount",
            "limitUnit": "BudgetLimit.Unit",
        },
        outputs={
            "accountId": "{account}",
            "arn": "arn:{partition}:budgets::{account}:budget/{name}",
            "timePeriodEnd": "2087-06-15_00:00",
            "timePeriodStart": "2026-01-01_00:00",
        },
        replace=words("accountId name"),
        gone=words("NotFoundException"),
        named="name",
        longest=100,
        rules=(_limit, _filters, _expression, _told, _date("timePeriodStart"), _date("timePeriodEnd")),
        cfn="AWS::Budgets::Budget",
    ),
}
