"""CloudWatch and Budgets: composite alarms, trimmed statistics, filters that are put twice, budgets that change."""

import json
from typing import Any

from moto.budgets.models import Budget
from moto.budgets.responses import BudgetsResponse
from moto.cloudwatch.models import CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.logs.metric_filters import MetricFilters

from embedded.cloud.patches.graft import graft

_put_metric_alarm = CloudWatchBackend.put_metric_alarm
_add_filter = MetricFilters.add_filter
_create_budget = BudgetsResponse.create_budget
_NO_END = 3706473600  # 2087-06-15, which AWS takes where no end is given
_SUPPRESSION = ("ActionsSuppressor", "ActionsSuppressorExtensionPeriod", "ActionsSuppressorWaitPeriod")


class _Alarms:
    def put_metric_alarm(self: Any, **members: Any) -> Any:
        """moto's, with the statistics that came after percentiles."""
        statistic = members.pop("extended_statistic", None)
        alarm = _put_metric_alarm(self, **members)
        alarm.extended_statistic = statistic
        return alarm


class _CloudWatch:
    def put_composite_alarm(self: Any) -> ActionResult:
        alarm = self.cloudwatch_backend.put_metric_alarm(
            name=self._get_param("AlarmName"),
            **dict.fromkeys(
                ("namespace", "metric_name", "comparison_operator", "evaluation_periods", "period", "threshold")
            ),
            statistic=None,
            description=self._get_param("AlarmDescription"),
            dimensions=[],
            alarm_actions=self._get_param("AlarmActions", []),
            ok_actions=self._get_param("OKActions", []),
            insufficient_data_actions=self._get_param("InsufficientDataActions", []),
            actions_enabled=self._get_bool_param("ActionsEnabled"),
            rule=self._get_param("AlarmRule"),
            tags=self._get_param("Tags", []),
        )
        alarm.alarm_rule = alarm.rule
        for member in _SUPPRESSION:
            setattr(alarm, member, self._get_param(member))
        return EmptyResult()


class _Filters:
    def add_filter(
        self: Any, filter_name: str, filter_pattern: str, log_group_name: str, metric_transformations: Any
    ) -> None:
        """One filter of a name, however often it is put."""
        self.delete_filter(filter_name, log_group_name)
        _add_filter(self, filter_name, filter_pattern, log_group_name, metric_transformations)


class _Budgets:
    def create_budget(self: Any) -> str:
        answer: str = _create_budget(self)
        held = _held(self, self._get_param("Budget")["BudgetName"])
        held.budget["TimePeriod"].setdefault("End", _NO_END)
        held.embedded_tags = {t["Key"]: t["Value"] for t in self._get_param("ResourceTags", [])}
        return answer

    def update_budget(self: Any) -> str:
        new = self._get_param("NewBudget")
        held = _held(self, new["BudgetName"])
        period = {**held.budget["TimePeriod"], **new.get("TimePeriod", {})}
        held.budget = {**Budget(dict(new), []).budget, "TimePeriod": period}
        return "{}"

    def describe_subscribers_for_notification(self: Any) -> str:
        wanted = _told(self._get_param("Notification"))
        held = _held(self, self._get_param("BudgetName")).notifications
        return json.dumps({"Subscribers": [s for n in held if _told(n.details) == wanted for s in n.subscribers]})

    def list_tags_for_resource(self: Any) -> str:
        tags = _of_arn(self).embedded_tags
        return json.dumps({"ResourceTags": [{"Key": k, "Value": v} for k, v in tags.items()]})

    def tag_resource(self: Any) -> str:
        _of_arn(self).embedded_tags.update({t["Key"]: t["Value"] for t in self._get_param("ResourceTags")})
        return "{}"

    def untag_resource(self: Any) -> str:
        for key in self._get_param("ResourceTagKeys"):
            _of_arn(self).embedded_tags.pop(key, None)
        return "{}"


def _held(response: Any, name: str) -> Any:
    account = response._get_param("AccountId") or response.current_account
    response.backend.describe_budget(account, name)
    return response.backend.budgets[account][name]


def _of_arn(response: Any) -> Any:
    return _held(response, response._get_param("ResourceARN").rpartition("budget/")[2])


def _told(notification: dict[str, Any]) -> tuple[Any, ...]:
    """What a notification is known by: its state changes by itself."""
    return (
        notification["NotificationType"],
        notification["ComparisonOperator"],
        float(notification["Threshold"]),
        notification.get("ThresholdType", "PERCENTAGE"),
    )


def install() -> None:
    """Patch the backends and the response classes."""
    graft(CloudWatchBackend, _Alarms)
    graft(CloudWatchResponse, _CloudWatch)
    graft(MetricFilters, _Filters)
    graft(BudgetsResponse, _Budgets)
