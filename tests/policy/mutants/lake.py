"""Ways past Lake Formation, and in which data is kept, locked and queried less well than it is."""

from __future__ import annotations

from typing import Any

from tests.policy.mutants.graph import GONE, Graph, Of, kind_of
from tests.policy.mutants.mutant import Mutant, each_of, extra, missing, put, turn

ONLY = "lake-formation-only"
ALL = "lake-people-not-all"
GUARDED = "lake-guarded-columns"
SETTINGS = "lakeformation.DataLakeSettings"
PERMISSIONS = "aws:lakeformation/permissions:Permissions"
EVERYBODY = "IAM_ALLOWED_PRINCIPALS"
ANALYST = Of("iam.Role", "people-analyst", "arn")
DATABASE = "medallion_prod_integrated"
FLIGHTS = {"databaseName": DATABASE, "name": "flights_enriched"}
LOCK = "s3.BucketObjectLockConfiguration"
VERSIONS = "s3.BucketVersioning"


def grants(rule: str, operator: str, principal: Any, permissions: list[str], **props: Any) -> Mutant:
    return extra(rule, PERMISSIONS, operator, {"principal": principal, "permissions": permissions, **props})


def shown(graph: Graph) -> None:
    """The filter over the open columns shows the guarded one too."""
    graph.change("lakeformation.DataCellsFilter", None, "tableData.columnNames", lambda names: [*names, "tailnum"])


def renamed(graph: Graph) -> None:
    """Raw data in a bucket whose name doesn't say so, without a lock: its tag says it."""
    name = graph.value("s3.Bucket", "initial", "bucket")
    graph.drop(LOCK, "initial")
    graph.change("s3.Bucket", "initial", "objectLockEnabled", lambda _: False)
    for each in list(graph.held):
        if each.outputs.get("bucket") == name:
            graph.change(kind_of(each), each.name, "bucket", lambda _: name.replace("-initial-", "-raw-"))


LAKE: tuple[Mutant, ...] = (
    *(
        put(ONLY, SETTINGS, path, [{"principal": EVERYBODY, "permissions": ["ALL"]}], None, "everybody")
        for path in ("createDatabaseDefaultPermissions", "createTableDefaultPermissions")
    ),
    missing(ONLY, SETTINGS),
    put(
        ONLY,
        "glue.CatalogDatabase",
        "createTableDefaultPermissions",
        [{"permissions": ["ALL"], "principal": {"dataLakePrincipalIdentifier": EVERYBODY}}],
        None,
        "everybody",
    ),
    grants(ONLY, "everybody", EVERYBODY, ["SELECT"], table=FLIGHTS),
    grants(ONLY, "every role of the account", "123456789012:IAMPrincipals", ["SELECT"], table={"databaseName": "a"}),
    put(ONLY, "lakeformation.Permissions", "principal", EVERYBODY, "people-analyst-tables"),
    put(ONLY, "lakeformation.Resource", "hybridAccessEnabled", True),
    grants(ALL, "everything of a table", ANALYST, ["ALL"], table=FLIGHTS),
    grants(ALL, "everything of a catalog", ANALYST, ["SUPER_USER"], catalogResource=True),
    put(ALL, "lakeformation.Permissions", "permissions", ["ALL"], "people-analyst-tables"),
    put(ALL, "lakeformation.Permissions", "permissionsWithGrantOptions", ["ALL"], "people-engineer-tables"),
    turn(
        ALL,
        SETTINGS,
        "admins",
        "an analyst",
        lambda held: [*held, "arn:aws:iam::123456789012:role/medallion-prod-analyst"],
    ),
    Mutant(GUARDED, "lakeformation.DataCellsFilter.tableData.columnNames", "the guarded one too", shown),
    *each_of(GUARDED, "lakeformation.DataCellsFilter", "tableData.columnNames", (GONE, [])),
    put(
        GUARDED,
        "lakeformation.DataCellsFilter",
        "tableData",
        {
            "databaseName": DATABASE,
            "tableName": "flights_enriched",
            "columnWildcard": {"excludedColumnNames": ["temp"]},
        },
        None,
        "all but another one",
    ),
    grants(GUARDED, "a table by name", ANALYST, ["SELECT"], table=FLIGHTS),
    grants(
        GUARDED, "every table of a database", ANALYST, ["SELECT"], table={"databaseName": DATABASE, "wildcard": True}
    ),
    grants(GUARDED, "its columns", ANALYST, ["SELECT"], tableWithColumns={**FLIGHTS, "columnNames": ["tailnum"]}),
    grants(GUARDED, "all its columns", ANALYST, ["SELECT"], tableWithColumns={**FLIGHTS, "wildcard": True}),
    missing("lake-tables-tagged", "lakeformation.ResourceLfTags", "integrated-flights_enriched-confidential"),
    missing("lake-tables-tagged", "lakeformation.ResourceLfTags", "refined-routes", "missing for a table"),
    put(
        "lake-tables-tagged",
        "lakeformation.ResourceLfTags",
        "tableWithColumns.columnNames",
        ["carrier"],
        "integrated-flights_enriched-confidential",
    ),
    put(
        "lake-tables-tagged",
        "lakeformation.ResourceLfTags",
        "lfTags.0.value",
        "public",
        "integrated-flights_enriched-confidential",
    ),
    missing("lake-locations-registered", "lakeformation.Resource", "refined"),
    put("lake-locations-registered", "lakeformation.Resource", "arn", "arn:aws:s3:::another", "refined"),
    put(
        "lake-locations-registered",
        "glue.CatalogTable",
        "storageDescriptor.location",
        "s3://medallion-prod-portal-123456789012-eu-west-1/routes/",
        "refined-routes",
        "an unregistered bucket",
    ),
    *each_of("athena-bounded", "athena.Workgroup", "configuration.bytesScannedCutoffPerQuery", (GONE, 0)),
    put("athena-bounded", "athena.Workgroup", "configuration.publishCloudwatchMetricsEnabled", False),
    # Kept, locked, restored.
    missing("s3-object-lock", LOCK, "initial"),
    missing("s3-object-lock", LOCK, "audit", "missing on the trail's bucket"),
    *each_of("s3-object-lock", LOCK, "rule", (GONE, {}), "initial"),
    *each_of("s3-object-lock", LOCK, "rule.defaultRetention.days", (0, GONE), "initial"),
    put("s3-object-lock", LOCK, "rule.defaultRetention.mode", "NONE", "initial"),
    put("s3-object-lock", LOCK, "bucket", "another-bucket", "initial"),
    Mutant("s3-object-lock", "s3.Bucket", "renamed and unlocked", renamed),
    missing("s3-versioned", VERSIONS, "refined"),
    *each_of("s3-versioned", VERSIONS, "versioningConfiguration.status", ("Suspended", "Disabled"), "refined"),
    put("s3-versioned", VERSIONS, "bucket", "another-bucket", "refined"),
    put("redshift-snapshots", "redshift.Cluster", "automatedSnapshotRetentionPeriod", 0),
    extra(
        "redshift-snapshots",
        "aws:redshift/cluster:Cluster",
        "one without snapshots",
        {
            "automatedSnapshotRetentionPeriod": 0,
            "clusterIdentifier": "second",
        },
    ),
)
