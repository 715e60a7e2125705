"""Cases: Data Exchange."""

from embedded.provider.values import Props
from tests.embedded.provider.cases.case import OTHER_TAGS, TAGS, Case


def export(**encryption: str) -> Props:
    destination = {"bucket": "$bucket.id", "keyPattern": "${Revision.CreatedAt}/${Asset.Name}"}
    return {"exportRevisionToS3": {"revisionDestination": destination, "encryption": encryption}}


CASES: dict[str, Case] = {
    "aws:dataexchange/dataSet:DataSet": Case(
        {"name": "flights", "description": "of ours", "assetType": "S3_SNAPSHOT", **TAGS},
        {"description": "all of ours", **OTHER_TAGS},
        {"assetType": "S3_DATA_ACCESS"},
        ("assetType", "FLOPPY_DISK"),
    ),
    "aws:dataexchange/revision:Revision": Case(
        {"dataSetId": "$exchanged.id", "comment": "May", **TAGS},
        {"comment": "June", **OTHER_TAGS},
        {"dataSetId": "0" * 32},
        ("dataSetId", "flights"),
    ),
    "aws:dataexchange/revisionAssets:RevisionAssets": Case(
        {
            "dataSetId": "$exchanged.id",
            "assets": [{"importAssetsFromS3": {"assetSource": {"bucket": "$bucket.id", "key": "flights.parquet"}}}],
            "finalized": True,
            "forceDestroy": True,
            **TAGS,
        },
        {"comment": "June"},
        {"assets": [{"importAssetsFromSignedUrl": {"filename": "flights.parquet"}}]},
        ("assets[0]", [{}]),
    ),
    "aws:dataexchange/revisionAssets:RevisionAssets of a bucket": Case(
        {
            "dataSetId": "$exchanged.id",
            "assets": [
                {"createS3DataAccessFromS3Bucket": {"assetSource": {"bucket": "$bucket.id", "keyPrefixes": ["f/"]}}}
            ],
        },
        {"finalized": True},
        bad=("assets", []),
    ),
    "aws:dataexchange/eventAction:EventAction": Case(
        {
            "event": {"revisionPublished": {"dataSetId": "$exchanged.id"}},
            "action": export(type="aws:kms", kmsKeyArn="$key.arn"),
        },
        {"action": export(type="AES256")},
        {"event": {"revisionPublished": {"dataSetId": "0" * 32}}},
        ("action.exportRevisionToS3.encryption.kmsKeyArn", export(type="aws:kms")),
    ),
}
