"""Glue: the catalog and the jobs."""

from embedded.provider.entry import Entry, Tagging, call, words
from embedded.provider.work import Work

_GONE = words("EntityNotFoundException")
_ARN = {"ResourceArn": "{arn}"}


def tagged() -> Tagging:
    """Tags of a Glue resource, by its ARN."""
    return Tagging(
        _ARN, "tag_resource", "untag_resource", "get_tags", tags="TagsToAdd", keys="TagsToRemove", take="Tags"
    )


def remake(work: Work) -> None:
    """Delete and create again under the same name, where this cloud knows no update; AWS would update in place."""
    assert work.entry.delete is not None
    assert work.entry.create is not None
    work.do(work.entry.delete)
    work.do(work.entry.create)


_DATABASE = {"CatalogId": "{catalogId}"}
_TABLE = {"CatalogId": "{catalogId}", "DatabaseName": "{databaseName}"}

ENTRIES: dict[str, Entry] = {
    "aws:glue/catalogDatabase:CatalogDatabase": Entry(
        service="glue",
        id=lambda c: f"{c.get('catalogId') or c['account']}:{c['name']}",
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
        unread=words("createTableDefaultPermissions targetDatabase"),
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
        unread=words("openTableFormatInput partitionIndices"),
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
        update=remake,
        delete=call("delete_job", JobName="{id}"),
        tags=tagged(),
        names={"roleArn": "Role"},
        reads={"connections": "Connections.Connections"},
        outputs={"arn": "arn:{partition}:glue:{region}:{account}:job/{name}"},
        unread=words("jobRunQueuingEnabled maintenanceWindow sourceControlDetails"),
        replace=words("name"),
        gone=_GONE,
        named="name",
        longest=255,
        cfn="AWS::Glue::Job",
    ),
}
