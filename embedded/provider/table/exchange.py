"""Data Exchange: data sets, their revisions and what happens when one is published; moto has none of it.

Moto has a few reads of it and no creation, so all is recorded.
"""

from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Entry, Fault, Tagging, call, words
from embedded.provider.values import is_unknown

_REASON = "moto can't create anything of Data Exchange"
_SOURCES = ("importAssetsFromS3", "createS3DataAccessFromS3Bucket", "importAssetsFromSignedUrl")


def _tagged() -> Tagging:
    return Tagging({"ResourceArn": "{arn}"}, "tag_resource", "untag_resource")


def _assets(props: Mapping[str, Any]) -> list[Fault]:
    """A revision is finalized with at least one asset, and each comes from one place.

    docs.aws.amazon.com/data-exchange/latest/userguide/publish-products.html, and API_CreateJob, whose Details name one.
    """
    assets = props.get("assets")
    if is_unknown(assets):
        return []
    if not assets:
        return [Fault("assets", "has 0 items, and a revision is of something: give 1 or more")]
    faults = []
    for number, asset in enumerate(assets):
        if is_unknown(asset):
            continue
        given = [n for n in _SOURCES if asset.get(n)]
        if len(given) != 1:
            told = f"comes from {', '.join(given) or 'nowhere'}: give exactly one of {', '.join(_SOURCES)}"
            faults.append(Fault(f"assets[{number}]", told))
        elif given[0] != "importAssetsFromSignedUrl" and not asset[given[0]].get("assetSource"):
            faults.append(Fault(f"assets[{number}].{given[0]}.assetSource", "is missing: name the bucket"))
    return faults


def _encryption(props: Mapping[str, Any]) -> list[Fault]:
    """API_ExportServerSideEncryption: a type always, a key with aws:kms; a key says nothing with AES256."""
    path = "action.exportRevisionToS3.encryption"
    export = (props.get("action") or {}).get("exportRevisionToS3") or {}
    given = export.get("encryption") if isinstance(export, dict) else None
    if not isinstance(given, dict):
        return []
    if not given.get("type"):
        return [Fault(f"{path}.type", "is missing, and encryption requires it: give aws:kms or AES256")]
    if given["type"] == "aws:kms" and not given.get("kmsKeyArn"):
        return [Fault(f"{path}.kmsKeyArn", "is missing, and type aws:kms requires it: give a key's ARN")]
    if given["type"] == "AES256" and given.get("kmsKeyArn"):
        return [Fault(f"{path}.kmsKeyArn", "goes not with type AES256: remove it, or use aws:kms")]
    return []


_TIMES = {"createdAt": "{now}", "updatedAt": "{now}"}
_SET = "arn:{partition}:dataexchange:{region}:{account}:data-sets"

ENTRIES: dict[str, Entry] = {
    "aws:dataexchange/dataSet:DataSet": Entry(
        service="dataexchange",
        id="{hex32}",
        like=call("create_data_set"),
        tags=_tagged(),
        outputs={"arn": f"{_SET}/{{id}}"},
        replace=words("assetType"),
        named="name",
        longest=256,
        cfn="AWS::DataExchange::DataSet",
        reason=_REASON,
    ),
    "aws:dataexchange/revision:Revision": Entry(
        service="dataexchange",
        id="{dataSetId}:{hex32}",
        like=call("create_revision"),
        tags=_tagged(),
        outputs={"revisionId": "{hex32}", "arn": f"{_SET}/{{dataSetId}}/revisions/{{hex32}}"},
        replace=words("dataSetId"),
        reason=_REASON,
    ),
    "aws:dataexchange/revisionAssets:RevisionAssets": Entry(
        service="dataexchange",
        id="{hex32}",
        like=call("create_revision"),
        tags=_tagged(),
        takes=words("assets finalized"),
        local={"forceDestroy": False, "timeouts": None},
        outputs={"arn": f"{_SET}/{{dataSetId}}/revisions/{{id}}", **_TIMES},
        replace=words("dataSetId assets"),
        rules=(_assets,),
        reason=_REASON,
    ),
    "aws:dataexchange/eventAction:EventAction": Entry(
        service="dataexchange",
        id="{hex32}",
        like=call("create_event_action"),
        outputs={"arn": "arn:{partition}:dataexchange:{region}:{account}:event-actions/{id}", **_TIMES},
        replace=words("event"),
        rules=(_encryption,),
        cfn="AWS::DataExchange::EventAction",
        reason=_REASON,
    ),
}
