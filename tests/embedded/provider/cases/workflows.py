"""Cases: Glue's workflows and rulesets, Lake Formation's filters."""

from embedded.provider.values import Props
from tests.embedded.provider.cases.case import OTHER_TAGS, TAGS, Case

_RULES = """
# what an analyst relies on
Rules = [
    IsComplete "flight",
    (RowCount > 0) and ((ColumnValues "delay" >= -60 with threshold > 0.9) or (Completeness "delay" > 0.8)),
    CustomSql "select count(*) from primary where carrier = ''" = 0,
    ColumnValues "status" in ["ON_TIME", "LATE"]
]
"""


def after(job: str, state: str = "SUCCEEDED") -> Props:
    return {"predicate": {"conditions": [{"jobName": job, "state": state}]}}


def cells(**more: object) -> Props:
    where = {"databaseName": "$table.databaseName", "tableName": "$table.name", "tableCatalogId": "123456789012"}
    return {"tableData": {**where, "name": "theirs", **more}}


_OURS = {"filterExpression": "carrier = 'LH' and delay > 15"}

CASES: dict[str, Case] = {
    "aws:glue/workflow:Workflow": Case(
        {"name": "nightly", "description": "mine", "maxConcurrentRuns": 1, "defaultRunProperties": {"a": "b"}, **TAGS},
        {"description": "ours", "defaultRunProperties": {"a": "c"}, **OTHER_TAGS},
        {"name": "daily"},
        ("maxConcurrentRuns", "one"),
    ),
    "aws:glue/trigger:Trigger on a schedule": Case(
        {
            "name": "nightly",
            "type": "SCHEDULED",
            "schedule": "cron(15 2 * * ? *)",
            "workflowName": "$workflow.name",
            "actions": [{"jobName": "conform", "arguments": {"--day": "today"}, "timeout": 60}],
            **TAGS,
        },
        {"schedule": "cron(15 3 * * ? *)", "enabled": False, **OTHER_TAGS},
        {"workflowName": "other"},
        ("schedule", "at two"),
    ),
    "aws:glue/trigger:Trigger": Case(
        {
            "type": "CONDITIONAL",
            "workflowName": "$workflow.name",
            "actions": [{"jobName": "refine"}],
            **after("conform"),
        },
        {**after("conform", "FAILED"), "description": "mends"},
        {"type": "ON_DEMAND"},
        ("predicate.conditions[0].state", after("conform", "RUNNING")["predicate"]),
    ),
    "aws:glue/trigger:Trigger of an event": Case(
        {
            "type": "EVENT",
            "workflowName": "$workflow.name",
            "actions": [{"crawlerName": "landing"}],
            "eventBatchingConditions": [{"batchSize": 10, "batchWindow": 300}],
        },
        {"eventBatchingConditions": [{"batchSize": 20, "batchWindow": 300}]},
        {"name": "named"},
        ("eventBatchingConditions[0].batchSize", [{"batchSize": 101}]),
    ),
    "aws:glue/trigger:Trigger on demand": Case(
        {"type": "ON_DEMAND", "actions": [{"jobName": "conform"}]},
        {"actions": [{"jobName": "refine"}], "enabled": False},
        bad=("actions[0]", [{"jobName": "conform", "crawlerName": "landing"}]),
    ),
    "aws:glue/dataQualityRuleset:DataQualityRuleset": Case(
        {
            "name": "flights",
            "description": "mine",
            "ruleset": _RULES,
            "targetTable": {"databaseName": "lake", "tableName": "flights"},
            **TAGS,
        },
        {"ruleset": 'Rules = [ IsUnique "flight" ]', "description": None, **OTHER_TAGS},
        {"targetTable": {"databaseName": "lake", "tableName": "delays"}},
        ("ruleset", 'Rules = [ IsComplete "flight"'),
    ),
    "aws:lakeformation/dataCellsFilter:DataCellsFilter": Case(
        cells(columnNames=["carrier", "delay"], rowFilter=_OURS),
        cells(columnWildcard={"excludedColumnNames": ["passenger"]}, rowFilter={"allRowsWildcard": {}}),
        cells(columnNames=["carrier"], rowFilter=_OURS, name="others"),
        (
            "tableData.rowFilter.filterExpression",
            cells(columnNames=["carrier"], rowFilter={"filterExpression": "carrier = = 'LH'"})["tableData"],
        ),
    ),
    "aws:lakeformation/dataCellsFilter:DataCellsFilter of rows": Case(
        cells(columnWildcard={}, rowFilter=_OURS),
        bad=("tableData.columnWildcard", cells(rowFilter=_OURS)["tableData"]),
    ),
    "aws:lakeformation/lfTagExpression:LfTagExpression": Case(
        {"name": "open", "expressions": [{"tagKey": "layer", "tagValues": ["refined", "curated"]}]},
        {"description": "what all may read", "expressions": [{"tagKey": "layer", "tagValues": ["curated"]}]},
        {"name": "closed"},
        ("expressions[0].tagValues", [{"tagKey": "layer", "tagValues": []}]),
    ),
    "aws:lakeformation/permissions:Permissions through a filter": Case(
        {
            "principal": "$role.arn",
            "permissions": ["SELECT"],
            "dataCellsFilter": {
                "databaseName": "$cells.tableData.databaseName",
                "tableName": "$cells.tableData.tableName",
                "tableCatalogId": "123456789012",
                "name": "ours",
            },
        },
        replace={"principal": "$role2.arn"},
        bad=("permissions", ["INSERT"]),
    ),
    "aws:lakeformation/permissions:Permissions on all columns but some": Case(
        {
            "principal": "$role.arn",
            "permissions": ["SELECT"],
            "tableWithColumns": {
                "databaseName": "$table.databaseName",
                "name": "$table.name",
                "wildcard": True,
                "excludedColumnNames": ["flight"],
            },
        },
        replace={"principal": "$role2.arn"},
        bad=("tableWithColumns", {"databaseName": "d", "name": "t"}),
    ),
}
