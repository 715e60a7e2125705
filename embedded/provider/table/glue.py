"""Glue: the catalog and the jobs."""

from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Entry, Fault, Tagging, call, words
from embedded.provider.values import is_unknown

_GONE = words("EntityNotFoundException")
_ARN = {"ResourceArn": "{arn}"}


def tagged() -> Tagging:
    """Tags of a Glue resource, by its ARN."""
    return Tagging(
        _ARN, "tag_resource", "untag_resource", "get_tags", tags="TagsToAdd", keys="TagsToRemove", take="Tags"
    )


_DATABASE: dict[str, Any] = {"CatalogId": "{catalogId}"}
_TABLE: dict[str, Any] = {"CatalogId": "{catalogId}", "DatabaseName": "{databaseName}"}

_TARGETS = {
    "s3": "S3",
    "catalog": "Catalog",
    "delta": "Delta",
    "iceberg": "Iceberg",
    "hudi": "Hudi",
    "jdbc": "Jdbc",
    "dynamodb": "DynamoDB",
    "mongodb": "MongoDB",
}
_UNENCRYPTED = {
    "EncryptionAtRest": {"CatalogEncryptionMode": "DISABLED"},
    "ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": False},
}


def _catalog_id(context: Mapping[str, Any]) -> str:
    return f"{context.get('catalogId') or context['account']}:{context['name']}"


def _table_format(context: Mapping[str, Any]) -> dict[str, Any] | None:
    """Which first metadata the catalog is to write for a table in an open format."""
    given = (context.get("openTableFormatInput") or {}).get("icebergInput")
    if not given:
        return None
    iceberg = {"MetadataOperation": given["metadataOperation"], "Version": given.get("version")}
    return {"IcebergInput": {name: value for name, value in iceberg.items() if value is not None}}


def _some_target(props: Mapping[str, Any]) -> list[Fault]:
    if any(props.get(f"{kind}Targets") for kind in _TARGETS):
        return []
    return [Fault("s3Targets", "is missing, and a crawler needs something to crawl: give one of the *Targets")]


def _network_needs(props: Mapping[str, Any]) -> list[Fault]:
    given = props.get("physicalConnectionRequirements") or {}
    if props.get("connectionType") != "NETWORK" or is_unknown(given):
        return []
    path = "physicalConnectionRequirements"
    needed = ("availabilityZone", "subnetId", "securityGroupIdLists")
    return [
        Fault(f"{path}.{n}", "is missing, and a NETWORK connection needs it: set it")
        for n in needed
        if not given.get(n)
    ]


ENTRIES: dict[str, Entry] = {
    "aws:glue/catalogDatabase:CatalogDatabase": Entry(
        service="glue",
        id=_catalog_id,
        create=call("create_database", **_DATABASE, into="DatabaseInput", skip="catalogId"),
        read=(call("get_database", **_DATABASE, Name="{name}", take="Database"),),
        update=call("update_database", **_DATABASE, Name="{name}", into="DatabaseInput", skip="catalogId"),
        delete=call("delete_database", **_DATABASE, Name="{name}"),
        tags=tagged(),
        names={"createTableDefaultPermissions.principal.dataLakePrincipalIdentifier": "DataLakePrincipalIdentifier"},
        outputs={
            "arn": "arn:{partition}:glue:{region}:{account}:database/{name}",
            "catalogId": "{account}",
            "name": "{name}",
        },
        replace=words("name catalogId federatedDatabase"),
        gone=_GONE,
        named="name",
        longest=255,
    ),
    "aws:glue/catalogTable:CatalogTable": Entry(
        service="glue",
        id=lambda c: f"{c.get('catalogId') or c['account']}:{c['databaseName']}:{c['name']}",
        create=call(
            "create_table",
            **_TABLE,
            OpenTableFormatInput=_table_format,
            into="TableInput",
            skip="openTableFormatInput partitionIndices catalogId databaseName",
        ),
        read=(call("get_table", **_TABLE, Name="{name}", take="Table"),),
        update=call(
            "update_table",
            **_TABLE,
            into="TableInput",
            skip="openTableFormatInput partitionIndices catalogId databaseName",
        ),
        delete=call("delete_table", **_TABLE, Name="{name}"),
        outputs={
            "arn": "arn:{partition}:glue:{region}:{account}:table/{databaseName}/{name}",
            "catalogId": "{account}",
            "databaseName": "{databaseName}",
        },
        takes=words("openTableFormatInput"),
        unread=words("openTableFormatInput"),
        replace=words("name databaseName catalogId openTableFormatInput partitionIndices"),
        ordered=words("storageDescriptor.columns partitionKeys storageDescriptor.sortColumns"),
        gone=_GONE,
        named="name",
        longest=255,
        cfn="AWS::Glue::Table",
    ),
    "aws:glue/job:Job": Entry(
        service="glue",
        id="{name}",
        create=call("create_job"),
        read=(call("get_job", JobName="{id}", take="Job"),),
        update=call("update_job", JobName="{id}", into="JobUpdate", skip="name"),
        delete=call("delete_job", JobName="{id}"),
        tags=tagged(),
        names={"roleArn": "Role"},
        reads={"connections": "Connections.Connections"},
        outputs={"arn": "arn:{partition}:glue:{region}:{account}:job/{name}"},
        unread=words("sourceControlDetails"),
        replace=words("name"),
        gone=_GONE,
        named="name",
        longest=255,
        cfn="AWS::Glue::Job",
    ),
    "aws:glue/securityConfiguration:SecurityConfiguration": Entry(
        service="glue",
        id="{name}",
        create=call("create_security_configuration"),
        read=(call("get_security_configuration", Name="{id}", take="SecurityConfiguration"),),
        delete=call("delete_security_configuration", Name="{id}"),
        replace=words("name encryptionConfiguration"),
        gone=_GONE,
        named="name",
        longest=255,
    ),
    "aws:glue/connection:Connection": Entry(
        service="glue",
        id=_catalog_id,
        create=call("create_connection", **_DATABASE, into="ConnectionInput", skip="catalogId"),
        read=(call("get_connection", **_DATABASE, Name="{name}", take="Connection"),),
        update=call("update_connection", **_DATABASE, Name="{name}", into="ConnectionInput", skip="catalogId"),
        delete=call("delete_connection", **_DATABASE, ConnectionName="{name}"),
        tags=tagged(),
        defaults={"connectionType": "JDBC", "connectionProperties": {}},
        outputs={"arn": "arn:{partition}:glue:{region}:{account}:connection/{name}", "catalogId": "{account}"},
        replace=words("name catalogId"),
        gone=_GONE,
        named="name",
        longest=255,
        rules=(_network_needs,),
    ),
    "aws:glue/crawler:Crawler": Entry(
        service="glue",
        id="{name}",
        create=call("create_crawler"),
        read=(call("get_crawler", Name="{id}", take="Crawler"),),
        update=call("update_crawler"),
        unset={
            "configuration": {"Configuration": ""},
            "description": {"Description": ""},
            "schedule": {"Schedule": ""},
            "securityConfiguration": {"CrawlerSecurityConfiguration": ""},
            "tablePrefix": {"TablePrefix": ""},
        },
        computed=words("schemaChangePolicy recrawlPolicy lineageConfiguration lakeFormationConfiguration"),
        delete=call("delete_crawler", Name="{id}"),
        tags=tagged(),
        names={
            **{f"{kind}Targets": f"Targets.{member}Targets" for kind, member in _TARGETS.items()},
            "securityConfiguration": "CrawlerSecurityConfiguration",
        },
        reads={"schedule": "Schedule.ScheduleExpression"},
        outputs={"arn": "arn:{partition}:glue:{region}:{account}:crawler/{name}"},
        replace=words("name"),
        gone=_GONE,
        named="name",
        longest=255,
        rules=(_some_target,),
        cfn="AWS::Glue::Crawler",
    ),
    "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings": Entry(
        service="glue",
        id=lambda c: str(c.get("catalogId") or c["account"]),
        create=call("put_data_catalog_encryption_settings", **_DATABASE),
        read=(call("get_data_catalog_encryption_settings", CatalogId="{id}"),),
        update=call("put_data_catalog_encryption_settings", **_DATABASE),
        delete=call(
            "put_data_catalog_encryption_settings", CatalogId="{id}", DataCatalogEncryptionSettings=_UNENCRYPTED
        ),
        outputs={"catalogId": "{account}"},
        replace=words("catalogId"),
        gone=_GONE,
        cfn="AWS::Glue::DataCatalogEncryptionSettings",
    ),
}
