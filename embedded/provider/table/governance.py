"""Lake Formation: settings, locations, tags and grants."""

import json
import zlib
from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Entry, Gone, call, words
from embedded.provider.rules import one_of
from embedded.provider.table.filters import grantable
from embedded.provider.values import Props
from embedded.provider.work import CallError, Work

_GONE = words("EntityNotFoundException")
_LISTS = {"admins": "DataLakeAdmins", "readOnlyAdmins": "ReadOnlyAdmins"}
_DEFAULTS = {
    "createDatabaseDefaultPermissions": "CreateDatabaseDefaultPermissions",
    "createTableDefaultPermissions": "CreateTableDefaultPermissions",
}
_PLAIN = {
    "parameters": "Parameters",
    "trustedResourceOwners": "TrustedResourceOwners",
    "allowExternalDataFiltering": "AllowExternalDataFiltering",
    "allowFullTableExternalDataAccess": "AllowFullTableExternalDataAccess",
}
_WHO = "DataLakePrincipalIdentifier"


def _catalog(work: Work) -> dict[str, str]:
    return {"CatalogId": work.get("catalogId") or work.cloud.account}


def _write_settings(work: Work) -> str:
    settings: dict[str, Any] = {m: [{_WHO: p} for p in work.new.get(n) or []] for n, m in _LISTS.items()}
    for name, member in _DEFAULTS.items():
        settings[member] = [
            {"Principal": {_WHO: each.get("principal")}, "Permissions": each.get("permissions", [])}
            for each in work.new.get(name) or []
        ]
    settings |= {m: work.new[n] for n, m in _PLAIN.items() if work.new.get(n) is not None}
    work.ask("put_data_lake_settings", **_catalog(work), DataLakeSettings=settings)
    return str(zlib.crc32(_catalog(work)["CatalogId"].encode()))


def _read_settings(work: Work) -> Props:
    found = work.ask("get_data_lake_settings", **_catalog(work))["DataLakeSettings"]
    out: Props = {n: [p[_WHO] for p in found.get(m, [])] for n, m in _LISTS.items()}
    for name, member in _DEFAULTS.items():
        out[name] = [
            {"principal": e["Principal"][_WHO], "permissions": e["Permissions"]} for e in found.get(member, [])
        ]
    return out | {n: found[m] for n, m in _PLAIN.items() if m in found}


def _clear_settings(work: Work) -> None:
    empty: dict[str, Any] = {member: [] for member in (*_LISTS.values(), *_DEFAULTS.values())}
    work.ask("put_data_lake_settings", **_catalog(work), DataLakeSettings=empty)


def _update_tag(work: Work) -> None:
    before, after = set(work.old["values"]), set(work.new["values"])
    changes = {"TagValuesToAdd": sorted(after - before), "TagValuesToDelete": sorted(before - after)}
    work.ask("update_lf_tag", TagKey=work.new["key"], **_catalog(work), **{k: v for k, v in changes.items() if v})


_KINDS = (
    "catalogResource",
    "database",
    "dataCellsFilter",
    "dataLocation",
    "lfTag",
    "lfTagPolicy",
    "table",
    "tableWithColumns",
)


def _resource(props: Mapping[str, Any], account: str) -> dict[str, Any]:
    """What a grant or a tag is on, as Lake Formation spells it, its catalog named."""
    kind = next(k for k in _KINDS if props.get(k))
    if kind == "catalogResource":
        return {"Catalog": {}}
    given = props[kind]
    catalog = {"CatalogId": given.get("catalogId") or account}
    match kind:
        case "database":
            return {"Database": {**catalog, "Name": given["name"]}}
        case "dataLocation":
            return {"DataLocation": {**catalog, "ResourceArn": given["arn"]}}
        case "lfTag":
            return {"LFTag": {**catalog, "TagKey": given["key"], "TagValues": given["values"]}}
        case "lfTagPolicy":
            tags = [{"TagKey": e["key"], "TagValues": e["values"]} for e in given["expressions"]]
            return {"LFTagPolicy": {**catalog, "ResourceType": given["resourceType"], "Expression": tags}}
        case "dataCellsFilter":
            names = {
                "databaseName": "DatabaseName",
                "tableName": "TableName",
                "name": "Name",
                "tableCatalogId": "TableCatalogId",
            }
            return {"DataCellsFilter": {m: given[n] for n, m in names.items()}}
    table = {**catalog, "DatabaseName": given["databaseName"]}
    if kind == "table":
        return {"Table": {**table, **({"TableWildcard": {}} if given.get("wildcard") else {"Name": given["name"]})}}
    columns = (
        {"ColumnNames": given["columnNames"]} if given.get("columnNames") else {"ColumnWildcard": _wildcard(given)}
    )
    return {"TableWithColumns": {**table, "Name": given["name"], **columns}}


def _wildcard(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"ExcludedColumnNames": given["excludedColumnNames"]} if given.get("excludedColumnNames") else {}


def _grant(work: Work) -> dict[str, Any]:
    props = work.new or work.old
    options = (
        {"PermissionsWithGrantOption": props["permissionsWithGrantOptions"]}
        if props.get("permissionsWithGrantOptions")
        else {}
    )
    return {
        "Principal": {_WHO: props["principal"]},
        "Resource": _resource(props, work.cloud.account),
        "Permissions": props["permissions"],
        **options,
    }


def _create_grant(work: Work) -> str:
    members = _grant(work)
    work.ask("grant_permissions", **_catalog(work), **members)
    return str(zlib.crc32(json.dumps(members, sort_keys=True).encode()))


def _read_grant(work: Work) -> Props:
    wanted = _grant(work)
    permissions: set[str] = set()
    options: set[str] = set()
    for found in _listed(work, wanted):
        if found["Principal"] == wanted["Principal"] and _same_resource(found["Resource"], wanted["Resource"]):
            permissions |= set(found["Permissions"])
            options |= set(found.get("PermissionsWithGrantOption", []))
    if not permissions:
        raise Gone
    same = {n: work.get(n) for n in (*_KINDS, "principal", "catalogId") if work.get(n) is not None}
    return {**same, "permissions": sorted(permissions), "permissionsWithGrantOptions": sorted(options)}


def _listed(work: Work, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    try:
        answer = work.ask(
            "list_permissions", **_catalog(work), Principal=wanted["Principal"], Resource=wanted["Resource"]
        )
    except CallError as fault:
        if fault.code in _GONE:
            raise Gone from fault
        raise
    return list(answer["PrincipalResourcePermissions"])


def _same_resource(found: Any, wanted: Any) -> bool:
    """Whether two resources are one; a catalog that is left out is the account's own."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        keys = {k for side in (found, wanted) for k, v in side.items() if v not in (None, "")} - {"CatalogId"}
        return all(_same_resource(found.get(k), wanted.get(k)) for k in keys)
    if isinstance(found, list) and isinstance(wanted, list):
        return sorted(map(repr, found)) == sorted(map(repr, wanted))
    return bool(found == wanted)


def _revoke(work: Work) -> None:
    work.ask("revoke_permissions", **_catalog(work), **_grant(work))


def _tag_resource(work: Work) -> str:
    members = {"Resource": _resource(work.new, work.cloud.account), "LFTags": _pairs(work)}
    answer = work.ask("add_lf_tags_to_resource", **_catalog(work), **members)
    if answer.get("Failures"):
        first = answer["Failures"][0]["Error"]
        raise CallError(
            f"lakeformation:add_lf_tags_to_resource failed: {first.get('ErrorMessage')}", first.get("ErrorCode", "")
        )
    return str(zlib.crc32(json.dumps(members, sort_keys=True).encode()))


def _pairs(work: Work) -> list[dict[str, Any]]:
    return [
        {"CatalogId": t.get("catalogId") or work.cloud.account, "TagKey": t["key"], "TagValues": [t["value"]]}
        for t in work.get("lfTags")
    ]


_TAGS_OF = {"database": "LFTagOnDatabase", "table": "LFTagsOnTable", "tableWithColumns": "LFTagsOnColumns"}


def _read_tags(work: Work) -> Props:
    kind = next(k for k in _TAGS_OF if work.get(k))
    resource = _resource(work.old or work.new, work.cloud.account)
    answer = work.ask("get_resource_lf_tags", **_catalog(work), Resource=resource)
    found = answer.get(_TAGS_OF[kind]) or []
    if kind == "tableWithColumns":
        found = [t for column in found for t in column["LFTags"]]
    held = {(t["TagKey"], v) for t in found for v in t["TagValues"]}
    kept = [t for t in work.get("lfTags") if (t["key"], t["value"]) in held]
    if not kept:
        raise Gone
    return {"lfTags": kept, kind: work.get(kind), "catalogId": work.get("catalogId")}


def _untag_resource(work: Work) -> None:
    _read_tags(work)  # Gone when there is nothing to remove
    resource = _resource(work.old, work.cloud.account)
    work.ask("remove_lf_tags_from_resource", **_catalog(work), Resource=resource, LFTags=_pairs(work))


def _hashed(*names: str) -> Any:
    return lambda c: str(zlib.crc32(json.dumps([c.get(n) for n in names], sort_keys=True).encode()))


_GRANT = "permissions principal catalogId permissionsWithGrantOptions " + " ".join(_KINDS)
_LOCATION = "arn roleArn useServiceLinkedRole hybridAccessEnabled withFederation withPrivilegedAccess"
_TAGGED = "lfTags catalogId database table tableWithColumns"

ENTRIES: dict[str, Entry] = {
    "aws:lakeformation/dataLakeSettings:DataLakeSettings": Entry(
        service="lakeformation",
        id=_hashed("catalogId", "account"),
        create=_write_settings,
        read=(_read_settings,),
        update=_write_settings,
        delete=_clear_settings,
        takes=frozenset((*_LISTS, *_DEFAULTS, *_PLAIN, "catalogId")),
        replace=words("catalogId"),
        gone=_GONE,
        cfn="AWS::LakeFormation::DataLakeSettings",
    ),
    "aws:lakeformation/resource:Resource": Entry(
        service="lakeformation",
        id="{arn}",
        create=call("register_resource"),
        read=(call("describe_resource", ResourceArn="{id}", take="ResourceInfo"),),
        delete=call("deregister_resource", ResourceArn="{id}"),
        names={"arn": "ResourceArn"},
        unread=words("useServiceLinkedRole withFederation withPrivilegedAccess"),
        outputs={"lastModified": "{now}"},
        replace=words(_LOCATION),
        gone=_GONE,
        cfn="AWS::LakeFormation::Resource",
    ),
    "aws:lakeformation/lfTag:LfTag": Entry(
        service="lakeformation",
        id=lambda c: f"{c.get('catalogId') or c['account']}:{c['key']}",
        create=call("create_lf_tag", TagKey="{key}", TagValues="{values}"),
        read=(call("get_lf_tag", TagKey="{key}", CatalogId="{catalogId}"),),
        update=_update_tag,
        delete=call("delete_lf_tag", TagKey="{key}", CatalogId="{catalogId}"),
        reads={"key": "TagKey", "values": "TagValues"},
        gone_if="!TagValues",
        outputs={"catalogId": "{account}"},
        replace=words("key catalogId"),
        gone=_GONE,
        cfn="AWS::LakeFormation::Tag",
    ),
    "aws:lakeformation/resourceLfTags:ResourceLfTags": Entry(
        service="lakeformation",
        id=_hashed(*_TAGGED.split()),
        create=_tag_resource,
        read=(_read_tags,),
        delete=_untag_resource,
        takes=words(_TAGGED),
        outputs={"catalogId": "{account}"},
        replace=words(_TAGGED),
        gone=_GONE,
        rules=(one_of("database", "table", "tableWithColumns"),),
    ),
    "aws:lakeformation/permissions:Permissions": Entry(
        service="lakeformation",
        id=_hashed(*_GRANT.split()),
        create=_create_grant,
        like=call("grant_permissions", only="permissions permissionsWithGrantOptions"),
        read=(_read_grant,),
        delete=_revoke,
        takes=words(_GRANT),
        local={"catalogResource": False},
        replace=words(_GRANT),
        gone=_GONE,
        rules=(one_of(*_KINDS), grantable),
    ),
}
