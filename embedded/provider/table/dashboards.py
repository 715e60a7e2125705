"""QuickSight: data sets and what is drawn of them; recorded, since moto can't read or change these again.

The SDK takes no `definition`: an analysis, a dashboard or a template that is drawn from scratch is made by a
CloudFormation stack (see `stacks`), whose schema checks it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from embedded.provider.entry import Entry, Fault, call, put, words
from embedded.provider.table.business_intelligence import REASON, account, arn, numbered, permitted, tagged
from embedded.provider.values import has_unknown, is_unknown

_ACCOUNT: dict[str, Any] = {"AwsAccountId": account}
_TABLES = ("customSql", "relationalTable", "s3Source")


def _tables(props: Mapping[str, Any]) -> list[Fault]:
    """API_CreateDataSet wants a PhysicalTableMap; API_PhysicalTable is a union."""
    tables = props.get("physicalTableMaps")
    if is_unknown(tables):
        return []
    if not tables and not props.get("logicalTableMaps"):
        return [Fault("physicalTableMaps", "has 0 items, and a data set is of some table: give 1 or more")]
    faults = []
    for number, table in enumerate(tables or []):
        given = [n for n in _TABLES if isinstance(table, dict) and table.get(n)]
        if isinstance(table, dict) and len(given) != 1:
            told = f"is {', '.join(given) or 'no table'}: give exactly one of {', '.join(_TABLES)}"
            faults.append(Fault(f"physicalTableMaps[{number}]", told))
    keys = [t["physicalTableMapId"] for t in tables or [] if isinstance(t, dict) and "physicalTableMapId" in t]
    twice = {k for k in keys if keys.count(k) > 1}
    faults += [Fault("physicalTableMaps", f"has two tables {k!r}: each physicalTableMapId is its own") for k in twice]
    return faults


def _row_level(props: Mapping[str, Any]) -> list[Fault]:
    """API_RowLevelPermissionDataSet: the ARN of the data set that has the rules."""
    given = props.get("rowLevelPermissionDataSet")
    rules = given.get("arn") if isinstance(given, dict) else None
    if not isinstance(rules, str) or has_unknown(rules) or ":dataset/" in rules:
        return []
    return [Fault("rowLevelPermissionDataSet.arn", f"{rules!r} is no data set: give the ARN of the one with the rules")]


def _drawn_from(*sources: str) -> Callable[[Mapping[str, Any]], list[Fault]]:
    """Analyses, dashboards and templates have a source or a definition, and the SDK takes no definition."""

    def rule(props: Mapping[str, Any]) -> list[Fault]:
        given = props.get("sourceEntity")
        if is_unknown(given):
            return []
        if not given:
            told = "is missing, and the SDK takes no definition: set it, or make it by a CloudFormation stack"
            return [Fault("sourceEntity", told)]
        kinds = [n for n in sources if given.get(n)]
        if len(kinds) == 1:
            return []
        told = f"has {', '.join(kinds)}" if kinds else "is empty"
        return [Fault("sourceEntity", f"{told}: give exactly one of {', '.join(sources)}")]

    return rule


def _recovery(props: Mapping[str, Any]) -> list[Fault]:
    """API_DeleteAnalysis: 7 to 30 days; 0 deletes at once."""
    days = props.get("recoveryWindowInDays")
    if not isinstance(days, int) or days == 0 or 7 <= days <= 30:
        return []
    return [Fault("recoveryWindowInDays", f"{days} is outside 7 to 30: give a value within, or 0 for none")]


def _configured(props: Mapping[str, Any]) -> list[Fault]:
    """API_CreateTheme requires Configuration, which the SDK leaves open."""
    if props.get("configuration"):
        return []
    return [Fault("configuration", "is missing, and CreateTheme requires it: set it")]


def _source_arn(context: Mapping[str, Any]) -> Any:
    given = context.get("sourceEntity") or {}
    return next((each["arn"] for each in given.values() if each), None)


_TIMES = {"createdTime": "{now}", "lastUpdatedTime": "{now}"}
_STATUS = {"awsAccountId": "{account}", "status": "CREATION_SUCCESSFUL", **_TIMES}

ENTRIES: dict[str, Entry] = {
    "aws:quicksight/dataSet:DataSet": Entry(
        service="quicksight",
        id=numbered("dataSetId"),
        like=call("create_data_set", **_ACCOUNT),
        puts=(
            put(
                "refreshProperties",
                call("put_data_set_refresh_properties", **_ACCOUNT, DataSetId="{dataSetId}", only="refreshProperties"),
            ),
        ),
        tags=tagged(),
        names={"refreshProperties": "DataSetRefreshProperties"},
        outputs={"awsAccountId": "{account}", "arn": arn("dataset/{dataSetId}")},
        replace=words("dataSetId awsAccountId"),
        named="name",
        longest=128,
        rules=(_tables, _row_level, permitted),
        cfn="AWS::QuickSight::DataSet",
        reason=REASON,
    ),
    "aws:quicksight/analysis:Analysis": Entry(
        service="quicksight",
        id=numbered("analysisId"),
        like=call("create_analysis", **_ACCOUNT),
        tags=tagged(),
        local={"recoveryWindowInDays": 30},
        outputs={**_STATUS, "arn": arn("analysis/{analysisId}")},
        replace=words("analysisId awsAccountId"),
        named="name",
        longest=2048,
        rules=(_drawn_from("sourceTemplate"), _recovery, permitted),
        cfn="AWS::QuickSight::Analysis",
        reason=REASON,
    ),
    "aws:quicksight/dashboard:Dashboard": Entry(
        service="quicksight",
        id=numbered("dashboardId"),
        like=call("create_dashboard", **_ACCOUNT),
        tags=tagged(),
        outputs={
            **_STATUS,
            "arn": arn("dashboard/{dashboardId}"),
            "lastPublishedTime": "{now}",
            "sourceEntityArn": _source_arn,
            "versionNumber": 1,
        },
        renewed=words("sourceEntityArn"),
        replace=words("dashboardId awsAccountId"),
        named="name",
        longest=2048,
        rules=(_drawn_from("sourceTemplate"), permitted),
        cfn="AWS::QuickSight::Dashboard",
        reason="moto can neither change nor delete a dashboard",
    ),
    "aws:quicksight/template:Template": Entry(
        service="quicksight",
        id=numbered("templateId"),
        like=call("create_template", **_ACCOUNT),
        tags=tagged(),
        outputs={**_STATUS, "arn": arn("template/{templateId}"), "sourceEntityArn": _source_arn, "versionNumber": 1},
        renewed=words("sourceEntityArn"),
        replace=words("templateId awsAccountId"),
        named="name",
        longest=2048,
        rules=(_drawn_from("sourceAnalysis", "sourceTemplate"), permitted),
        cfn="AWS::QuickSight::Template",
        reason=REASON,
    ),
    "aws:quicksight/theme:Theme": Entry(
        service="quicksight",
        id=numbered("themeId"),
        like=call("create_theme", **_ACCOUNT),
        tags=tagged(),
        outputs={**_STATUS, "arn": arn("theme/{themeId}"), "versionNumber": 1},
        replace=words("themeId awsAccountId"),
        named="name",
        longest=2048,
        rules=(_configured, permitted),
        cfn="AWS::QuickSight::Theme",
        reason=REASON,
    ),
}
