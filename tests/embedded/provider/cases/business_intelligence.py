"""Cases: QuickSight."""

from embedded.provider.values import Props
from tests.embedded.provider.cases.case import OTHER_TAGS, TAGS, Case

_READER = "arn:aws:quicksight:eu-central-1:123456789012:group/default/readers"
_AUTHOR = "arn:aws:quicksight:eu-central-1:123456789012:group/default/authors"
_RULES = "arn:aws:quicksight:eu-central-1:123456789012:dataset/rules"
_TEMPLATE = "arn:aws:quicksight:eu-central-1:123456789012:template/delays"
_DATA_SET = "arn:aws:quicksight:eu-central-1:123456789012:dataset/flights"


def permitted(who: str, *actions: str) -> Props:
    return {"permissions": [{"principal": who, "actions": [f"quicksight:{action}" for action in actions]}]}


_REFERENCE = {"dataSetArn": _DATA_SET, "dataSetPlaceholder": "flights"}
DRAWN: Props = {"sourceEntity": {"sourceTemplate": {"arn": _TEMPLATE, "dataSetReferences": [_REFERENCE]}}}
_COLUMNS = [{"name": "carrier", "type": "STRING"}, {"name": "delay", "type": "INTEGER"}]


def query(sql: str) -> Props:
    custom = {"dataSourceArn": "$source.arn", "name": "delays", "sqlQuery": sql, "columns": _COLUMNS}
    return {"physicalTableMapId": "delays", "customSql": custom}


_RELATIONAL: Props = {
    "physicalTableMapId": "flights",
    "relationalTable": {
        "dataSourceArn": "$source.arn",
        "catalog": "AwsDataCatalog",
        "schema": "curated",
        "name": "flights",
        "inputColumns": _COLUMNS,
    },
}
_LOOKBACK = {"columnName": "delay", "size": 7, "sizeUnit": "DAY"}

CASES: dict[str, Case] = {
    "aws:quicksight/vpcConnection:VpcConnection": Case(
        {
            "vpcConnectionId": "private",
            "name": "Private",
            "roleArn": "$role.arn",
            "subnetIds": ["$subnet.id", "$subnet2.id"],
            "securityGroupIds": ["$group.id"],
            "dnsResolvers": ["10.0.0.2"],
            **TAGS,
        },
        {"securityGroupIds": ["$group.id", "$group2.id"], **OTHER_TAGS},
        {"vpcConnectionId": "other"},
        ("subnetIds", ["$subnet.id"]),
    ),
    "aws:quicksight/dataSource:DataSource": Case(
        {
            "dataSourceId": "lake",
            "name": "Lake",
            "type": "ATHENA",
            "parameters": {"athena": {"workGroup": "analysts", "roleArn": "$role.arn"}},
            "sslProperties": {"disableSsl": False},
            **permitted(_READER, "DescribeDataSource", "PassDataSource"),
            **TAGS,
        },
        {
            "parameters": {"athena": {"workGroup": "engineers"}},
            **permitted(_AUTHOR, "DescribeDataSource"),
            **OTHER_TAGS,
        },
        {"dataSourceId": "warehouse"},
        ("parameters.redshift", {"redshift": {"clusterId": "c", "database": "d"}}),
    ),
    "aws:quicksight/dataSource:DataSource of a warehouse": Case(
        {
            "dataSourceId": "warehouse",
            "name": "Warehouse",
            "type": "REDSHIFT",
            "parameters": {"redshift": {"host": "w.eu-central-1.amazonaws.com", "port": 5439, "database": "dev"}},
            "credentials": {"secretArn": "$secret.arn"},
            "vpcConnectionProperties": {"vpcConnectionArn": "$private.arn"},
        },
        {"parameters": {"redshift": {"clusterId": "warehouse", "database": "dev"}}},
        {"type": "POSTGRESQL", "parameters": {"postgresql": {"host": "h", "port": 5432, "database": "d"}}},
        ("parameters.redshift", {"redshift": {"database": "dev"}}),
    ),
    "aws:quicksight/group:Group": Case(
        {"groupName": "readers", "description": "who reads"},
        {"description": "who only reads"},
        {"namespace": "abroad"},
        ("namespace", "no blanks please"),
    ),
    "aws:quicksight/dataSet:DataSet": Case(
        {
            "dataSetId": "flights",
            "name": "Flights",
            "importMode": "SPICE",
            "physicalTableMaps": [_RELATIONAL, query("select carrier, delay from delays")],
            "columnLevelPermissionRules": [{"columnNames": ["delay"], "principals": [_AUTHOR]}],
            "rowLevelPermissionDataSet": {"arn": _RULES, "permissionPolicy": "GRANT_ACCESS", "status": "ENABLED"},
            "refreshProperties": {"refreshConfiguration": {"incrementalRefresh": {"lookbackWindow": _LOOKBACK}}},
            **permitted(_READER, "DescribeDataSet", "PassDataSet"),
            **TAGS,
        },
        {
            "physicalTableMaps": [query("select carrier, max(delay) from delays group by 1")],
            "logicalTableMaps": [
                {
                    "logicalTableMapId": "drawn",
                    "alias": "Delays",
                    "source": {"physicalTableId": "delays"},
                    "dataTransforms": [
                        {"renameColumnOperation": {"columnName": "delay", "newColumnName": "Delay"}},
                        {"castColumnTypeOperation": {"columnName": "carrier", "newColumnType": "STRING"}},
                    ],
                }
            ],
            "fieldFolders": [{"fieldFoldersId": "who", "columns": ["carrier"]}],
            **OTHER_TAGS,
        },
        {"dataSetId": "delays"},
        (
            "physicalTableMaps[0].customSql.columns[0].type",
            [query("") | {"customSql": {**query("s")["customSql"], "columns": [{"name": "c", "type": "VARCHAR"}]}}],
        ),
    ),
    "aws:quicksight/dataSet:DataSet that asks the source": Case(
        {"dataSetId": "f", "name": "F", "importMode": "DIRECT_QUERY", "physicalTableMaps": [_RELATIONAL]},
        {"importMode": "SPICE"},
        bad=("physicalTableMaps[0]", [{"physicalTableMapId": "empty"}]),
    ),
    "aws:quicksight/refreshSchedule:RefreshSchedule": Case(
        {
            "dataSetId": "flights",
            "scheduleId": "nightly",
            "schedule": {
                "refreshType": "FULL_REFRESH",
                "startAfterDateTime": "2030-01-01T00:00:00",
                "scheduleFrequency": {"interval": "DAILY", "timeOfTheDay": "04:30", "timezone": "Europe/Berlin"},
            },
        },
        {
            "schedule": {
                "refreshType": "INCREMENTAL_REFRESH",
                "scheduleFrequency": {
                    "interval": "WEEKLY",
                    "timeOfTheDay": "04:30",
                    "refreshOnDay": {"dayOfWeek": "MONDAY"},
                },
            }
        },
        {"scheduleId": "hourly"},
        (
            "schedule.scheduleFrequency.timeOfTheDay",
            {"refreshType": "FULL_REFRESH", "scheduleFrequency": {"interval": "DAILY", "timeOfTheDay": "half five"}},
        ),
    ),
    "aws:quicksight/analysis:Analysis": Case(
        {"analysisId": "delays", "name": "Delays", "recoveryWindowInDays": 0, **DRAWN, **TAGS},
        {
            "parameters": {"integerParameters": [{"name": "Minutes", "values": [15]}]},
            **permitted(_AUTHOR, "DescribeAnalysis"),
            **OTHER_TAGS,
        },
        {"analysisId": "carriers"},
        ("recoveryWindowInDays", 5),
    ),
    "aws:quicksight/dashboard:Dashboard": Case(
        {
            "dashboardId": "delays",
            "name": "Delays",
            "versionDescription": "first",
            "dashboardPublishOptions": {
                "adHocFilteringOption": {"availabilityStatus": "DISABLED"},
                "exportToCsvOption": {"availabilityStatus": "ENABLED"},
                "sheetControlsOption": {"visibilityState": "COLLAPSED"},
            },
            **DRAWN,
            **permitted(_READER, "DescribeDashboard", "QueryDashboard"),
            **TAGS,
        },
        {"versionDescription": "second", **OTHER_TAGS},
        {"dashboardId": "carriers"},
        ("sourceEntity", None),
    ),
    "aws:quicksight/dashboard:Dashboard for all": Case(
        {"dashboardId": "all", "name": "All", "versionDescription": "first", **DRAWN},
        permitted("arn:aws:quicksight:eu-central-1:123456789012:namespace/default", "DescribeDashboard"),
        bad=("permissions[0].principal", permitted("everyone", "DescribeDashboard")["permissions"]),
    ),
    "aws:quicksight/template:Template": Case(
        {
            "templateId": "delays",
            "name": "Delays",
            "versionDescription": "first",
            "sourceEntity": {
                "sourceAnalysis": {
                    "arn": "arn:aws:quicksight:eu-central-1:123456789012:analysis/delays",
                    "dataSetReferences": [_REFERENCE],
                }
            },
            **TAGS,
        },
        {"versionDescription": "second", **OTHER_TAGS},
        {"templateId": "carriers"},
        ("sourceEntity", {}),
    ),
    "aws:quicksight/theme:Theme": Case(
        {
            "themeId": "ours",
            "name": "Ours",
            "baseThemeId": "CLASSIC",
            "configuration": {
                "dataColorPalette": {"colors": ["#1B7E9F", "#E07B39"], "emptyFillColor": "#FFFFFF"},
                "typography": {"fontFamilies": [{"fontFamily": "Monospace"}]},
            },
            **TAGS,
        },
        {"versionDescription": "second", **OTHER_TAGS},
        {"themeId": "theirs"},
        ("configuration.dataColorPalette.colors[0]", {"dataColorPalette": {"colors": ["blue"]}}),
    ),
    "aws:quicksight/keyRegistration:KeyRegistration": Case(
        {"keyRegistrations": [{"keyArn": "$key.arn", "defaultKey": True}]},
        {"keyRegistrations": [{"keyArn": "$key.arn", "defaultKey": False}]},
        {"awsAccountId": "210987654321"},
        ("keyRegistrations", [{"keyArn": "a", "defaultKey": True}, {"keyArn": "b", "defaultKey": True}]),
    ),
    "aws:quicksight/folder:Folder": Case(
        {"folderId": "flights", "name": "Flights", **permitted(_READER, "DescribeFolder"), **TAGS},
        {"name": "All flights", **OTHER_TAGS},
        {"folderType": "RESTRICTED"},
        ("folderId", "no blanks please"),
    ),
    "aws:quicksight/folderMembership:FolderMembership": Case(
        {"folderId": "flights", "memberId": "delays", "memberType": "DASHBOARD"},
        replace={"memberId": "carriers"},
        bad=("memberType", "NOTEBOOK"),
    ),
}
