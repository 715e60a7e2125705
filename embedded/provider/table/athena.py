"""Athena: workgroups and named queries."""

from embedded.provider.entry import Call, Entry, Tagging, call, put, words
from embedded.provider.work import Request, Work

_GONE = words("InvalidRequestException")


def _update(work: Work) -> None:
    """The new configuration over the old; what is no longer given is removed by name."""
    wanted = Request(work.token, work.entry, _configured(), work.new, work.context).members.get("Configuration", {})
    result = wanted.pop("ResultConfiguration", {})
    held = (work.old.get("configuration") or {}).get("resultConfiguration") or {}
    gone = {f"Remove{m}": True for n, m in _RESULT.items() if held.get(n) and m not in result}
    updates = {**wanted, "ResultConfigurationUpdates": {**result, **gone}}
    if (work.old.get("configuration") or {}).get(
        "bytesScannedCutoffPerQuery"
    ) and "BytesScannedCutoffPerQuery" not in wanted:
        updates["RemoveBytesScannedCutoffPerQuery"] = True
    description = work.new.get("description", "")
    work.ask("update_work_group", WorkGroup=work.id, Description=description, ConfigurationUpdates=updates)


def _configured() -> Call:
    return call("create_work_group", only="configuration")


_RESULT = {
    "outputLocation": "OutputLocation",
    "encryptionConfiguration": "EncryptionConfiguration",
    "expectedBucketOwner": "ExpectedBucketOwner",
    "aclConfiguration": "AclConfiguration",
}

ENTRIES: dict[str, Entry] = {
    "aws:athena/workgroup:Workgroup": Entry(
        service="athena",
        id="{name}",
        create=call("create_work_group"),
        read=(call("get_work_group", WorkGroup="{id}", take="WorkGroup"),),
        update=_update,
        delete=call("delete_work_group", WorkGroup="{id}", RecursiveDeleteOption="{forceDestroy}"),
        tags=Tagging({"ResourceARN": "{arn}"}, "tag_resource", "untag_resource", "list_tags_for_resource"),
        names={
            "configuration.resultConfiguration.encryptionConfiguration.kmsKeyArn": "KmsKey",
            "configuration.publishCloudwatchMetricsEnabled": "PublishCloudWatchMetricsEnabled",
        },
        local={"forceDestroy": False},
        computed=words("configuration"),
        outputs={"arn": "arn:{partition}:athena:{region}:{account}:workgroup/{name}", "state": "ENABLED"},
        puts=(put("state", call("update_work_group", WorkGroup="{id}")),),
        replace=words("name"),
        gone=_GONE,
        named="name",
        longest=128,
        cfn="AWS::Athena::WorkGroup",
    ),
    "aws:athena/namedQuery:NamedQuery": Entry(
        service="athena",
        id="{uuid}",
        create=call("create_named_query", gives="NamedQueryId"),
        read=(call("get_named_query", NamedQueryId="{id}", take="NamedQuery"),),
        delete=call("delete_named_query", NamedQueryId="{id}"),
        names={"query": "QueryString", "workgroup": "WorkGroup"},
        replace=words("name database query description workgroup"),
        gone=_GONE,
        named="name",
        longest=128,
        cfn="AWS::Athena::NamedQuery",
    ),
}
