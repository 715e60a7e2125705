"""Cases: Glue, Athena, Lake Formation and Redshift."""

from tests.embedded.provider.cases.case import OTHER_TAGS, TAGS, Case

_COLUMNS = [{"name": "carrier", "type": "string"}, {"name": "flight", "type": "bigint", "comment": "its number"}]

_SCHEMA = "CREATE EXTERNAL SCHEMA s FROM DATA CATALOG DATABASE 'lake' IAM_ROLE DEFAULT"

CASES: dict[str, Case] = {
    "aws:glue/catalogDatabase:CatalogDatabase": Case(
        {"name": "the_database", "description": "mine", "locationUri": "s3://b/", "parameters": {"a": "b"}, **TAGS},
        {"description": "ours", "parameters": {"a": "c"}, **OTHER_TAGS},
        {"name": "the_other_database"},
        ("name", ""),
    ),
    "aws:glue/catalogTable:CatalogTable": Case(
        {
            "name": "flights",
            "databaseName": "$database.name",
            "tableType": "EXTERNAL_TABLE",
            "parameters": {"classification": "csv"},
            "storageDescriptor": {
                "location": "s3://b/raw/flights/",
                "inputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                "outputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                "serDeInfo": {
                    "serializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
                    "parameters": {"separatorChar": ","},
                },
                "columns": _COLUMNS,
            },
        },
        {"parameters": {"classification": "json"}, "description": "flights"},
        {"name": "airlines"},
        ("storageDescriptor.columns[0].nam", {"columns": [{"nam": "x"}]}),
    ),
    "aws:glue/job:Job": Case(
        {
            "name": "the-job",
            "roleArn": "$role2.arn",
            "command": {"name": "glueetl", "scriptLocation": "s3://b/job.py", "pythonVersion": "3"},
            "glueVersion": "5.0",
            "workerType": "G.1X",
            "numberOfWorkers": 2,
            "defaultArguments": {"--enable-metrics": "true"},
            "executionProperty": {"maxConcurrentRuns": 2},
            "connections": ["private"],
            **TAGS,
        },
        {"numberOfWorkers": 4, "defaultArguments": {"--enable-metrics": "false"}, "timeout": 60},
        {"name": "the-other-job"},
        ("workerType", "HUGE"),
    ),
    "aws:athena/workgroup:Workgroup": Case(
        {
            "name": "the-workgroup",
            "configuration": {
                "enforceWorkgroupConfiguration": True,
                "publishCloudwatchMetricsEnabled": True,
                "bytesScannedCutoffPerQuery": 10485760,
                "resultConfiguration": {
                    "outputLocation": "s3://b/results/",
                    "encryptionConfiguration": {"encryptionOption": "SSE_KMS", "kmsKeyArn": "$key.arn"},
                },
            },
            "forceDestroy": True,
            **TAGS,
        },
        {"description": "ours", "configuration": {"bytesScannedCutoffPerQuery": 20971520}},
        {"name": "the-other-workgroup"},
        (
            "configuration.resultConfiguration.encryptionConfiguration.encryptionOption",
            {"resultConfiguration": {"encryptionConfiguration": {"encryptionOption": "ROT13"}}},
        ),
    ),
    "aws:glue/securityConfiguration:SecurityConfiguration": Case(
        {
            "name": "the-security",
            "encryptionConfiguration": {
                "cloudwatchEncryption": {"cloudwatchEncryptionMode": "SSE-KMS", "kmsKeyArn": "$key.arn"},
                "jobBookmarksEncryption": {"jobBookmarksEncryptionMode": "CSE-KMS", "kmsKeyArn": "$key.arn"},
                "s3Encryption": {"s3EncryptionMode": "SSE-KMS", "kmsKeyArn": "$key.arn"},
            },
        },
        replace={"name": "the-other-security"},
        bad=(
            "encryptionConfiguration.s3Encryption.s3EncryptionMode",
            {
                "cloudwatchEncryption": {},
                "jobBookmarksEncryption": {},
                "s3Encryption": {"s3EncryptionMode": "ROT13"},
            },
        ),
    ),
    "aws:glue/connection:Connection": Case(
        {
            "name": "the-connection",
            "connectionType": "NETWORK",
            "physicalConnectionRequirements": {
                "availabilityZone": "eu-central-1a",
                "subnetId": "$subnet.id",
                "securityGroupIdLists": ["$group.id"],
            },
            **TAGS,
        },
        {"description": "ours", **OTHER_TAGS},
        {"name": "the-other-connection"},
        ("physicalConnectionRequirements.subnetId", {"availabilityZone": "a", "securityGroupIdLists": ["sg-1"]}),
    ),
    "aws:glue/crawler:Crawler": Case(
        {
            "name": "the-crawler",
            "role": "$role2.arn",
            "databaseName": "$database.name",
            "s3Targets": [{"path": "s3://b/x/", "exclusions": ["_*"]}],
            "schedule": "cron(0 3 * * ? *)",
            "configuration": '{"Version": 1.0, "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"}}',
            "schemaChangePolicy": {"deleteBehavior": "LOG", "updateBehavior": "LOG"},
            "recrawlPolicy": {"recrawlBehavior": "CRAWL_EVERYTHING"},
            "lakeFormationConfiguration": {"useLakeFormationCredentials": True},
            "securityConfiguration": "the-security",
            **TAGS,
        },
        {"s3Targets": [{"path": "s3://b/y/"}], "tablePrefix": "p_", "schedule": "cron(0 4 * * ? *)"},
        {"name": "the-other-crawler"},
        ("schemaChangePolicy.deleteBehavior", {"deleteBehavior": "SHRUG"}),
    ),
    "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings": Case(
        {
            "dataCatalogEncryptionSettings": {
                "encryptionAtRest": {"catalogEncryptionMode": "SSE-KMS", "sseAwsKmsKeyId": "$key.arn"},
                "connectionPasswordEncryption": {"returnConnectionPasswordEncrypted": True, "awsKmsKeyId": "$key.arn"},
            }
        },
        {
            "dataCatalogEncryptionSettings": {
                "encryptionAtRest": {"catalogEncryptionMode": "SSE-KMS", "sseAwsKmsKeyId": "$key2.arn"},
                "connectionPasswordEncryption": {"returnConnectionPasswordEncrypted": False},
            }
        },
        {"catalogId": "210987654321"},
        (
            "dataCatalogEncryptionSettings.encryptionAtRest.catalogEncryptionMode",
            {
                "encryptionAtRest": {"catalogEncryptionMode": "MAYBE"},
                "connectionPasswordEncryption": {"returnConnectionPasswordEncrypted": False},
            },
        ),
        stays=True,
    ),
    "aws:athena/namedQuery:NamedQuery": Case(
        {"name": "delays", "database": "d", "query": "select 1", "workgroup": "primary"},
        replace={"query": "select 2"},
        bad=("query", ""),
    ),
    "aws:lakeformation/dataLakeSettings:DataLakeSettings": Case(
        {
            "admins": ["$role.arn"],
            "createTableDefaultPermissions": [{"permissions": ["SELECT"], "principal": "$role.arn"}],
        },
        {"admins": ["$role.arn", "$role2.arn"], "createTableDefaultPermissions": []},
        {"catalogId": "210987654321"},
        ("admins", "me"),
        stays=True,
    ),
    "aws:lakeformation/resource:Resource": Case(
        {"arn": "$bucket.arn", "roleArn": "$role.arn"}, replace={"roleArn": "$role2.arn"}, bad=("arn", None)
    ),
    "aws:lakeformation/lfTag:LfTag": Case(
        {"key": "layer", "values": ["raw", "refined"]},
        {"values": ["raw", "integrated"]},
        {"key": "domain"},
        ("values", []),
    ),
    "aws:lakeformation/resourceLfTags:ResourceLfTags": Case(
        {"database": {"name": "$database.name"}, "lfTags": [{"key": "$tag.key", "value": "raw"}]},
        replace={"lfTags": [{"key": "$tag.key", "value": "refined"}]},
        bad=("table", {"databaseName": "d", "name": "t"}),
    ),
    "aws:lakeformation/permissions:Permissions": Case(
        {
            "principal": "$role.arn",
            "permissions": ["DESCRIBE", "SELECT"],
            "lfTagPolicy": {"resourceType": "TABLE", "expressions": [{"key": "$tag.key", "values": ["raw"]}]},
        },
        replace={"permissions": ["DESCRIBE"]},
        bad=("table", {"databaseName": "d", "name": "t"}),
    ),
    "aws:redshift/subnetGroup:SubnetGroup": Case(
        {"name": "the-subnets", "subnetIds": ["$subnet.id"], "description": "mine", **TAGS},
        {"subnetIds": ["$subnet.id", "$subnet2.id"], **OTHER_TAGS},
        {"name": "the-other-subnets"},
        ("subnetIds", "subnet-1"),
    ),
    "aws:redshift/parameterGroup:ParameterGroup": Case(
        {
            "name": "the-parameters",
            "family": "redshift-1.0",
            "parameters": [{"name": "require_ssl", "value": "true"}],
            **TAGS,
        },
        {"parameters": [{"name": "enable_user_activity_logging", "value": "true"}]},
        {"family": "redshift-2.0"},
        ("parameters[0].value", [{"name": "x"}]),
    ),
    "aws:redshift/cluster:Cluster": Case(
        {
            "clusterIdentifier": "the-warehouse",
            "databaseName": "medallion",
            "nodeType": "ra3.large",
            "clusterType": "multi-node",
            "numberOfNodes": 2,
            "masterUsername": "admin_user",
            "manageMasterPassword": True,
            "clusterSubnetGroupName": "$subnets.name",
            "vpcSecurityGroupIds": ["$group.id"],
            "encrypted": True,
            "kmsKeyId": "$key.arn",
            "enhancedVpcRouting": True,
            "iamRoles": ["$role.arn"],
            "skipFinalSnapshot": True,
            **TAGS,
        },
        {"numberOfNodes": 4, "automatedSnapshotRetentionPeriod": 7, "iamRoles": ["$role2.arn"], **OTHER_TAGS},
        {"databaseName": "other"},
        ("nodeType", "dc2.large"),
    ),
    "aws:redshift/logging:Logging": Case(
        {"clusterIdentifier": "$cluster.id", "logDestinationType": "cloudwatch", "logExports": ["userlog"]},
        {"logExports": ["userlog", "connectionlog"]},
        {"clusterIdentifier": "other"},
        ("logDestinationType", "paper"),
    ),
    "aws:redshiftdata/statement:Statement": Case(
        {"clusterIdentifier": "$cluster.id", "database": "medallion", "dbUser": "admin_user", "sql": _SCHEMA},
        replace={"sql": "drop schema s"},
        bad=("sql", None),
        stays=True,
    ),
    "aws:glue/catalogDatabase:CatalogDatabase that links": Case(
        {"targetDatabase": {"catalogId": "210987654321", "databaseName": "far"}},
        {"description": "far away"},
        {"name": "named"},
        ("targetDatabase.databaseName", {"catalogId": "210987654321"}),
    ),
    "aws:glue/catalogDatabase:CatalogDatabase with defaults": Case(
        {
            "createTableDefaultPermissions": [
                {"permissions": ["SELECT"], "principal": {"dataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}}
            ]
        },
        {"description": "ours"},
        {"name": "named"},
        (
            "createTableDefaultPermissions[0].permissions[0]",
            [{"permissions": ["PEEK"], "principal": {"dataLakePrincipalIdentifier": "x"}}],
        ),
    ),
    "aws:glue/catalogTable:CatalogTable of Iceberg": Case(
        {
            "name": "flights",
            "databaseName": "$database.name",
            "tableType": "EXTERNAL_TABLE",
            "openTableFormatInput": {"icebergInput": {"metadataOperation": "CREATE", "version": "2"}},
            "storageDescriptor": {"location": "s3://$bucket.bucket/flights/", "columns": _COLUMNS},
        },
        {"description": "flights"},
        {"databaseName": "other"},
        ("openTableFormatInput.icebergInput.metadataOperation", {"icebergInput": {}}),
    ),
    "aws:glue/catalogTable:CatalogTable in parts": Case(
        {
            "name": "flights",
            "databaseName": "$database.name",
            "partitionKeys": [{"name": "year", "type": "int"}, {"name": "month", "type": "int", "comment": "1 to 12"}],
            "storageDescriptor": {"columns": _COLUMNS, "location": "s3://b/x/"},
            "owner": "us",
        },
        {"storageDescriptor": {"columns": [*reversed(_COLUMNS)], "location": "s3://b/x/"}, "owner": "them"},
        {"name": "airlines"},
        ("databaseName", None),
    ),
    "aws:lakeformation/resource:Resource with a linked role": Case(
        {"arn": "$bucket.arn", "useServiceLinkedRole": True, "hybridAccessEnabled": True},
        replace={"hybridAccessEnabled": False},
        bad=("hybrid", True),
    ),
    "aws:lakeformation/resourceLfTags:ResourceLfTags on a table": Case(
        {
            "table": {"databaseName": "$table.databaseName", "name": "$table.name"},
            "lfTags": [{"key": "$tag.key", "value": "raw"}],
        },
        replace={"table": {"databaseName": "d", "name": "t"}},
        bad=("lfTags[0].value", [{"key": "layer"}]),
    ),
    "aws:lakeformation/resourceLfTags:ResourceLfTags on columns": Case(
        {
            "tableWithColumns": {
                "databaseName": "$table.databaseName",
                "name": "$table.name",
                "columnNames": ["flight"],
            },
            "lfTags": [{"key": "$tag.key", "value": "raw"}],
        },
        replace={"lfTags": [{"key": "$tag.key", "value": "refined"}]},
        bad=("lfTags[0].value", [{"key": "layer"}]),
    ),
    "aws:lakeformation/permissions:Permissions on a tag": Case(
        {
            "principal": "$role.arn",
            "permissions": ["DESCRIBE", "GRANT_WITH_LF_TAG_EXPRESSION"],
            "lfTag": {"key": "$tag.key", "values": ["raw", "refined"]},
        },
        replace={"permissions": ["DESCRIBE"]},
        bad=("lfTag.values", {"key": "layer"}),
    ),
    "aws:lakeformation/permissions:Permissions on a database": Case(
        {
            "principal": "$role.arn",
            "permissions": ["CREATE_TABLE", "DESCRIBE"],
            "permissionsWithGrantOptions": ["DESCRIBE"],
            "database": {"name": "$database.name"},
        },
        replace={"database": {"name": "other"}},
        bad=("database.name", {}),
    ),
    "aws:lakeformation/permissions:Permissions on a table": Case(
        {
            "principal": "$role.arn",
            "permissions": ["SELECT"],
            "table": {"databaseName": "$table.databaseName", "name": "$table.name"},
        },
        replace={"principal": "$role2.arn"},
        bad=("table.databaseName", {"name": "t"}),
    ),
    "aws:lakeformation/permissions:Permissions on columns": Case(
        {
            "principal": "$role.arn",
            "permissions": ["SELECT"],
            "tableWithColumns": {
                "databaseName": "$table.databaseName",
                "name": "$table.name",
                "columnNames": ["flight"],
            },
        },
        replace={"principal": "$role2.arn"},
        bad=("principal", None),
    ),
    "aws:lakeformation/permissions:Permissions on a location": Case(
        {"principal": "$role.arn", "permissions": ["DATA_LOCATION_ACCESS"], "dataLocation": {"arn": "$location.arn"}},
        replace={"principal": "$role2.arn"},
        bad=("dataLocation.arn", {}),
    ),
    "aws:lakeformation/permissions:Permissions on the catalog": Case(
        {"principal": "$role.arn", "permissions": ["CREATE_DATABASE"], "catalogResource": True},
        replace={"principal": "$role2.arn"},
        bad=("permissions", None),
    ),
}
