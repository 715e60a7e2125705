"""Athena: workgroups, what queries they keep, and catalogs of data elsewhere."""

import re
from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Call, Entry, Fault, Tagging, call, put, words
from embedded.provider.rules import like
from embedded.provider.values import has_unknown
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

_STATEMENT: dict[str, Any] = {"StatementName": "{name}", "WorkGroup": "{workgroup}"}
_LEAST_CUTOFF = 10 * 1024 * 1024


def _cutoff(props: Mapping[str, Any]) -> list[Fault]:
    """10 MB: https://docs.aws.amazon.com/athena/latest/ug/workgroups-setting-control-limits-cloudwatch.html"""
    limit = (props.get("configuration") or {}).get("bytesScannedCutoffPerQuery")
    if not isinstance(limit, int) or limit >= _LEAST_CUTOFF:
        return []
    reason = f"{limit} is below the least of {_LEAST_CUTOFF}: give that or more"
    return [Fault("configuration.bytesScannedCutoffPerQuery", reason)]


_FUNCTION = re.compile(r"arn:aws[\w-]*:lambda:[\w-]+:\d{12}:function:[\w:$-]+")
_MOST_FEDERATED = 41


def _catalog(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/athena/latest/APIReference/API_CreateDataCatalog.html"""
    kind, given = props.get("type"), props.get("parameters") or {}
    if has_unknown(given) or not isinstance(given, dict):
        return []
    faults = [Fault("parameters", reason) for reason in _lacks(str(kind), given)]
    faults += [
        Fault(f"parameters.{name}", f"{given[name]!r} is no function: give the ARN of one")
        for name in ("function", "metadata-function", "record-function")
        if name in given and not _FUNCTION.fullmatch(str(given[name]))
    ]
    name = props.get("name")
    if kind == "FEDERATED" and isinstance(name, str) and len(name) > _MOST_FEDERATED:
        faults.append(Fault("name", f"has {len(name)} characters, above FEDERATED's {_MOST_FEDERATED}: shorten it"))
    return faults


def _lacks(kind: str, given: Mapping[str, Any]) -> list[str]:
    if kind == "LAMBDA":
        pair = {"metadata-function", "record-function"}
        if "function" in given:
            return (
                [f"has function beside {', '.join(sorted(pair & given.keys()))}: keep one way"]
                if pair & given.keys()
                else []
            )
        return [] if pair <= given.keys() else ["lacks function: give it, or metadata-function and record-function"]
    if kind == "HIVE":
        return [] if "metadata-function" in given else ["lacks metadata-function, which HIVE requires: add it"]
    if kind == "GLUE":
        fits = re.fullmatch(r"\d{12}", str(given.get("catalog-id")))
        return [] if fits else ["lacks catalog-id, the account of the Glue catalog: give its 12 digits"]
    if kind == "FEDERATED" and ("connection-arn" in given) == ("connection-type" in given):
        return ["must have one of connection-arn and connection-type: give one"]
    return []


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
        rules=(_cutoff,),
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
    "aws:athena/preparedStatement:PreparedStatement": Entry(
        service="athena",
        id="{workgroup}/{name}",
        create=call("create_prepared_statement"),
        read=(call("get_prepared_statement", **_STATEMENT, take="PreparedStatement"),),
        update=call("update_prepared_statement"),
        unset={"description": {}},
        delete=call("delete_prepared_statement", **_STATEMENT),
        names={"name": "StatementName", "workgroup": "WorkGroup"},
        reads={"workgroup": "WorkGroupName"},
        replace=words("name workgroup"),
        gone=words("ResourceNotFoundException"),
        named="name",
        longest=256,
        cfn="AWS::Athena::PreparedStatement",
    ),
    "aws:athena/dataCatalog:DataCatalog": Entry(
        service="athena",
        id="{name}",
        create=call("create_data_catalog"),
        read=(call("get_data_catalog", Name="{id}", take="DataCatalog"),),
        update=call("update_data_catalog"),
        delete=call("delete_data_catalog", Name="{id}"),
        tags=Tagging({"ResourceARN": "{arn}"}, "tag_resource", "untag_resource", "list_tags_for_resource"),
        outputs={"arn": "arn:{partition}:athena:{region}:{account}:datacatalog/{id}"},
        replace=words("name"),
        gone=_GONE,
        named="name",
        longest=41,
        rules=(_catalog, like("name", r"[A-Za-z0-9_@-]{1,127}", "1 to 127 letters, digits, _, @ or -")),
        cfn="AWS::Athena::DataCatalog",
    ),
}
