"""Who may do what with QuickSight: its roles, and the permissions of its groups."""

from collections.abc import Mapping, Sequence

import pulumi

from components.iam import (
    Statement,
    allow,
    finds_default_database,
    reads_objects,
    trusted_without_source,
    uses_catalog,
    uses_keys,
    writes_objects,
)
from components.keys import KeyName
from components.names import Names
from components.quicksight_tables import CATALOG
from components.workgroup import results_of, workgroup_of

DATABASE_USER = "quicksight"

# QuickSight takes these lists as a whole, "viewer" or "owner", and refuses others:
# https://docs.aws.amazon.com/quicksight/latest/developerguide/update-data-set-permissions.html,
# https://github.com/hashicorp/terraform-provider-aws/issues/33907 (all that an owner of a data set has by now).
VIEW_DATA_SET = ("DescribeDataSet", "DescribeDataSetPermissions", "PassDataSet", "DescribeIngestion", "ListIngestions")
OWN_DATA_SET = (
    *VIEW_DATA_SET,
    "UpdateDataSet",
    "DeleteDataSet",
    "CreateIngestion",
    "CancelIngestion",
    "UpdateDataSetPermissions",
    "PutDataSetRefreshProperties",
    "DescribeDataSetRefreshProperties",
    "DeleteDataSetRefreshProperties",
    "CreateRefreshSchedule",
    "DescribeRefreshSchedule",
    "ListRefreshSchedules",
    "UpdateRefreshSchedule",
    "DeleteRefreshSchedule",
)
USE_DATA_SOURCE = ("DescribeDataSource", "DescribeDataSourcePermissions", "PassDataSource")
VIEW_DASHBOARD = ("DescribeDashboard", "ListDashboardVersions", "QueryDashboard")
OWN_DASHBOARD = (
    *VIEW_DASHBOARD,
    "UpdateDashboard",
    "DeleteDashboard",
    "DescribeDashboardPermissions",
    "UpdateDashboardPermissions",
    "UpdateDashboardPublishedVersion",
)
OWN_ANALYSIS = (
    "DescribeAnalysis",
    "QueryAnalysis",
    "UpdateAnalysis",
    "DeleteAnalysis",
    "RestoreAnalysis",
    "DescribeAnalysisPermissions",
    "UpdateAnalysisPermissions",
)


def actions(names: Sequence[str]) -> list[str]:
    """The IAM names of QuickSight's actions."""
    return [f"quicksight:{name}" for name in names]


def trusts_quicksight(names: Names) -> Statement:
    """A trust statement for QuickSight, acting for this account as far as it says for whom.

    Its documents show a trust without conditions, and none of them promises a source: without IfExists, QuickSight
    would be shut out should it tell none. https://docs.aws.amazon.com/quicksight/latest/user/security-create-iam-role.html
    """
    ours = {"StringEqualsIfExists": {"aws:SourceAccount": names.account}}
    return trusted_without_source("quicksight.amazonaws.com") | {"Condition": ours}


def connects(names: Names, subnet_ids: Sequence[pulumi.Input[str]], group_id: pulumi.Input[str]) -> list[Statement]:
    """May have network interfaces in these subnets, with this security group.

    https://docs.aws.amazon.com/quicksight/latest/user/vpc-creating-a-connection-in-quicksight-cli.html
    """
    interfaces = names.arn("ec2", "network-interface/*")
    places = [pulumi.Output.concat(names.arn("ec2", "subnet/"), subnet_id) for subnet_id in subnet_ids]
    guard = pulumi.Output.concat(names.arn("ec2", "security-group/"), group_id)
    return [
        allow("MakeInterfaces", ["ec2:CreateNetworkInterface"], [interfaces, *places, guard]),
        allow(
            "KeepInterfaces",
            ["ec2:ModifyNetworkInterfaceAttribute", "ec2:DeleteNetworkInterface"],
            [interfaces, guard],
        ),
        # EC2 knows no narrower resource for what describes:
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
        allow("FindNetwork", ["ec2:DescribeSubnets", "ec2:DescribeSecurityGroups"], ["*"]),
    ]


def queries_lake(names: Names, keys: Mapping[KeyName, pulumi.Input[str]]) -> list[Statement]:
    """May run queries on the products in a workgroup of its own, and read what they found.

    Nothing of the lake's buckets: what is registered with Lake Formation is read by the credentials that it hands out.
    """
    results, prefix = names.bucket_arn("results"), results_of("dashboards")
    queries = ["BatchGetQueryExecution", "GetQueryExecution", "GetQueryResults", "GetQueryResultsStream"]
    queries += ["GetWorkGroup", "ListQueryExecutions", "StartQueryExecution", "StopQueryExecution"]
    finds = ["GetDataCatalog", "GetDatabase", "GetTableMetadata", "ListDatabases", "ListTableMetadata"]
    lists = ["ListDataCatalogs", "ListEngineVersions", "ListWorkGroups"]
    return [
        allow(
            "Query",
            [f"athena:{each}" for each in queries],
            [names.arn("athena", f"workgroup/{workgroup_of('dashboards', names)}")],
        ),
        allow("FindTables", [f"athena:{each}" for each in finds], [names.arn("athena", f"datacatalog/{CATALOG}")]),
        # Athena has no resource for these: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonathena.html
        allow("FindAthena", [f"athena:{each}" for each in lists], ["*"]),
        *reads_objects("Results", results, prefix),
        *writes_objects("Results", results, prefix),
        *uses_catalog(names, reads=["integrated", "refined"]),
        finds_default_database(names),
        *uses_keys(names, "ResultKey", keys["integrated"], write=True),
    ]


def signs_in(names: Names, cluster: str, database: str) -> list[Statement]:
    """May sign in to the warehouse as one user, with a password that lasts for minutes.

    https://docs.aws.amazon.com/redshift/latest/mgmt/generating-iam-credentials-role-permissions.html
    """
    return [
        allow(
            "SignIn",
            ["redshift:GetClusterCredentials"],
            [
                names.arn("redshift", f"dbuser:{cluster}/{DATABASE_USER}"),
                names.arn("redshift", f"dbname:{cluster}/{database}"),
            ],
        )
    ]
