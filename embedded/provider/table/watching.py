"""CloudWatch and CloudTrail: log groups, alarms, trails."""

from typing import Any

from embedded.provider.alarm_rules import ALARM
from embedded.provider.entry import Entry, Gone, Tagging, call, put, words
from embedded.provider.rules import like
from embedded.provider.values import Props
from embedded.provider.work import Work

_GROUP: dict[str, Any] = {"logGroupName": "{id}"}


def _read_group(work: Work) -> Props:
    groups = work.ask("describe_log_groups", logGroupNamePrefix=work.id)["logGroups"]
    found = next((g for g in groups if g["logGroupName"] == work.id), None)
    if found is None:
        raise Gone
    return {
        "name": work.id,
        "arn": found["arn"].removesuffix(":*"),
        "kmsKeyId": found.get("kmsKeyId"),
        "logGroupClass": found.get("logGroupClass"),
        "retentionInDays": found.get("retentionInDays", 0),
    }


def _retain_logs(work: Work) -> None:
    days = work.new.get("retentionInDays") or 0
    if days:
        work.ask("put_retention_policy", logGroupName=work.id, retentionInDays=days)
    else:
        work.ask("delete_retention_policy", logGroupName=work.id)


def _delete_group(work: Work) -> None:
    if not work.old.get("skipDestroy"):
        work.ask("delete_log_group", logGroupName=work.id)


def _log(work: Work) -> None:
    work.ask("start_logging" if work.new.get("enableLogging", True) else "stop_logging", Name=work.get("name"))


def _write_selectors(work: Work) -> None:
    work.send(call("put_event_selectors", TrailName="{name}", only="eventSelectors advancedEventSelectors"))


def _usual_selectors(work: Work) -> None:
    """A trail that asks for nothing special records all management events."""
    usual = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}
    work.ask("put_event_selectors", TrailName=work.get("name"), EventSelectors=[usual])


def _read_selectors(work: Work) -> Props:
    found = work.ask("get_event_selectors", TrailName=work.get("name"))
    return {name: found.get(name[0].upper() + name[1:]) for name in ("eventSelectors", "advancedEventSelectors")}


_TRAIL_NAME = like(
    "name", r"[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]", "3 to 128 letters, digits, periods, underscores or dashes"
)
_METRIC = ("metricName", "namespace", "dimensions")
_TRAIL: dict[str, Any] = {"Name": "{name}"}

ENTRIES: dict[str, Entry] = {
    "aws:cloudwatch/logGroup:LogGroup": Entry(
        service="logs",
        id="{name}",
        create=call("create_log_group", skip="retentionInDays deletionProtectionEnabled"),
        read=(_read_group,),
        puts=(
            put("retentionInDays", _retain_logs, _retain_logs),
            put("kmsKeyId", call("associate_kms_key", **_GROUP), call("disassociate_kms_key", **_GROUP)),
        ),
        delete=_delete_group,
        tags=Tagging(
            {"resourceArn": "{arn}"},
            "tag_resource",
            "untag_resource",
            "list_tags_for_resource",
            tags="tags",
            keys="tagKeys",
        ),
        names={"name": "logGroupName"},
        local={"skipDestroy": False},
        outputs={"arn": "arn:{partition}:logs:{region}:{account}:log-group:{id}", "logGroupClass": "STANDARD"},
        replace=words("name logGroupClass"),
        gone=words("ResourceNotFoundException"),
        named="name",
        longest=512,
        cfn="AWS::Logs::LogGroup",
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Entry(
        service="cloudwatch",
        id="{name}",
        create=call("put_metric_alarm"),
        read=(call("describe_alarms", AlarmNames=["{id}"], take="MetricAlarms[0]"),),
        update=call("put_metric_alarm"),
        delete=call("delete_alarms", AlarmNames=["{id}"]),
        tags=Tagging({"ResourceARN": "{arn}"}, "tag_resource", "untag_resource", "list_tags_for_resource"),
        names={
            "name": "AlarmName",
            "metricQueries": "Metrics",
            "metricQueries.metric": "MetricStat",
            **{f"metricQueries.metric.{name}": f"Metric.{name[0].upper()}{name[1:]}" for name in _METRIC},
        },
        defaults={"actionsEnabled": True, "treatMissingData": "missing"},
        outputs={"arn": "arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}"},
        replace=words("name"),
        named="name",
        longest=255,
        rules=ALARM,
        cfn="AWS::CloudWatch::Alarm",
    ),
    "aws:cloudtrail/trail:Trail": Entry(
        service="cloudtrail",
        id="arn:{partition}:cloudtrail:{region}:{account}:trail/{name}",
        create=call("create_trail", gives="TrailARN"),
        read=(
            call("get_trail", Name="{name}", take="Trail"),
            call("get_trail_status", Name="{id}", sets={"enableLogging": "IsLogging"}),
            call("list_tags", ResourceIdList=["{id}"], sets={"tags": "ResourceTagList[0].TagsList"}),
            call(
                "get_insight_selectors",
                TrailName="{name}",
                sets={"insightSelectors": "InsightSelectors"},
                absent="InsightNotEnabledException",
            ),
            _read_selectors,
        ),
        puts=(
            put("enableLogging", _log, _log),
            put("eventSelectors advancedEventSelectors", _write_selectors, _usual_selectors),
            put(
                "insightSelectors",
                call("put_insight_selectors", TrailName="{name}"),
                call("put_insight_selectors", TrailName="{name}", InsightSelectors=[]),
            ),
        ),
        update=call("update_trail"),
        unset={"kmsKeyId": {"KmsKeyId": ""}, "s3KeyPrefix": {"S3KeyPrefix": ""}, "snsTopicName": {"SnsTopicName": ""}},
        delete=call("delete_trail", **_TRAIL),
        tags=Tagging({"ResourceId": "{id}"}, "add_tags", "remove_tags", tags="TagsList", keys="TagsList", after=True),
        names={"cloudWatchLogsGroupArn": "CloudWatchLogsLogGroupArn", "tags": "TagsList"},
        reads={"enableLogFileValidation": "LogFileValidationEnabled", "snsTopicArn": "SnsTopicARN"},
        defaults={
            "enableLogFileValidation": False,
            "enableLogging": True,
            "includeGlobalServiceEvents": True,
            "isMultiRegionTrail": False,
            "isOrganizationTrail": False,
        },
        outputs={"arn": "{id}", "homeRegion": "{region}"},
        replace=words("name"),
        gone=words("TrailNotFoundException"),
        named="name",
        longest=128,
        rules=(_TRAIL_NAME,),
        cfn="AWS::CloudTrail::Trail",
    ),
}
