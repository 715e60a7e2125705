"""AWS Data Exchange: what others publish comes into the landing bucket, and the public marts are offered to others."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pulumi
import pulumi_aws as aws

from components.bucket import Bucket, BucketArgs
from components.iam import Statement, objects, writes_objects
from components.names import Names
from components.platform import Platform
from contracts import Contract
from settings import Entitlement

TRIAL = "_ADX-TEST-"
"""What Data Exchange writes to try whether it may export, at the root of the bucket."""
SHARED = "shared"
"""Names the bucket of what is offered."""
DICTIONARY = "dictionary.json"

ACCESS_POINT_ACCOUNTS = (
    "036905324694",
    "108584782536",
    "291973504423",
    "330489627928",
    "337040091392",
    "366362662752",
    "461002523379",
    "504002150500",
    "540564263739",
    "675969394711",
    "844053218156",
)
"""AWS's own accounts, in which Data Exchange has the access points of subscribers, one a region:
https://docs.aws.amazon.com/data-exchange/latest/userguide/publish-s3-data-access-product.html."""


class ExchangeError(Exception):
    """What is to be exchanged doesn't fit the contracts."""


@dataclass(frozen=True, kw_only=True)
class SubscriptionsArgs:
    """`bucket` is landing's, whose policy must have `exports_into`."""

    platform: Platform
    entitlements: Sequence[Entitlement]
    bucket: Bucket


class Subscriptions(pulumi.ComponentResource):
    """Each new revision of an entitled data set is exported to where its contract's files are taken from.

    Raises ExchangeError where a contract's files don't come so.
    """

    def __init__(self, name: str, args: SubscriptionsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:storage:Subscriptions", name, {}, opts)
        on = args.platform
        for data_set_id, prefix in destinations(args.entitlements, on.contracts.sources).items():
            aws.dataexchange.EventAction(
                f"{name}-{data_set_id}",
                event={"revision_published": {"data_set_id": data_set_id}},
                action={
                    "export_revision_to_s3": {
                        "revision_destination": {
                            # Known once the policy stands: Data Exchange tries it at once.
                            "bucket": args.bucket.name,
                            "key_pattern": f"{prefix}${{Revision.Id}}/${{Asset.Name}}",
                        },
                        # Whoever deploys gives Data Exchange a grant on the key by this, and needs kms:CreateGrant.
                        "encryption": {"type": "aws:kms", "kms_key_arn": on.keys["landing"]},
                    }
                },
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})


@dataclass(frozen=True, kw_only=True)
class OfferArgs:
    """`marts` are the contracts that may be offered; those that are public are."""

    platform: Platform
    marts: Sequence[Contract]


class Offer(pulumi.ComponentResource):
    """A data set over a bucket of its own, into which the job that makes the marts copies the public ones.

    Nobody sees it by itself: somebody puts `data_set_id` into a product or a data grant. Who then subscribes reads the
    bucket through an access point of Data Exchange's, whatever is in it at the time. A bucket of its own, since it is
    open to these access points, while the lake's buckets stay closed; and plain CSV, since an Iceberg table names
    its files by the bucket's name, which a subscriber doesn't reach.
    """

    bucket: Bucket
    marts: Sequence[str]
    data_set_id: pulumi.Output[str]

    def __init__(self, name: str, args: OfferArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:storage:Offer", name, {}, opts)
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        offered = public(args.marts)
        self.marts = [mart.name for mart in offered]
        self.bucket = Bucket(
            name,
            BucketArgs(
                names=on.names,
                layer=SHARED,
                # The job encrypts all that it writes with its layer's key; subscribers get grants for this bucket only.
                key_arn=on.keys["refined"],
                access_logs=on.access_logs,
                perimeter=replace(on.perimeter, access_point_accounts=ACCESS_POINT_ACCOUNTS),
                superseded_days=on.retention.superseded_days,
                keep=on.keep,
                statements=delegates(on.names),
            ),
            child,
        )
        told = aws.s3.BucketObjectv2(
            name,
            bucket=self.bucket.name,
            key=DICTIONARY,
            content=dictionary(offered),
            content_type="application/json",
            opts=child,
        )
        data_set = aws.dataexchange.DataSet(
            name,
            asset_type="S3_DATA_ACCESS",
            name=on.names.resource("marts"),
            description=f"{', '.join(self.marts)}: see {DICTIONARY}",
            opts=child,
        )
        aws.dataexchange.RevisionAssets(
            name,
            data_set_id=data_set.id,
            comment="The bucket as it is at any time: subscribers need no later revision",
            assets=[
                {
                    "create_s3_data_access_from_s3_bucket": {
                        "asset_source": {
                            "bucket": self.bucket.name,
                            "kms_keys_to_grants": [{"kms_key_arn": on.keys["refined"]}],
                        }
                    }
                }
            ],
            # Only a final revision can be put into a product, and one that is can be deleted by force alone.
            finalized=True,
            force_destroy=not on.keep,
            # Data Exchange shares a bucket that has something in it.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[told]),
        )
        self.data_set_id = data_set.id
        self.register_outputs({"data_set_id": self.data_set_id, "bucket": self.bucket.name})


def destinations(entitlements: Sequence[Entitlement], sources: Sequence[Contract]) -> dict[str, str]:
    """Data set's id → the prefix that its revisions go under.

    Raises ExchangeError, with all faults, where a contract isn't there or its files don't come by Data Exchange.
    """
    exchanged = {each.name: str(each.prefix) for each in sources if each.delivery == "exchange"}
    known = ", ".join(sorted(exchanged)) or "none so far"
    path = "medallion:exchange.entitlements"
    faults = [
        f"{path}: contract is {each.contract!r}; it must be one whose delivery is exchange, since revisions are taken "
        f"in by it; give one of these ({known}), or set the contract's delivery."
        for each in entitlements
        if each.contract not in exchanged
    ]
    faults += [
        f"{path}: data_set_id is {data_set_id} {times} times; it must be there once, since revisions would be taken in "
        "twice; leave one."
        for data_set_id, times in Counter(each.data_set_id for each in entitlements).items()
        if times > 1
    ]
    if faults:
        raise ExchangeError("\n".join(faults))
    return {each.data_set_id: exchanged[each.contract] for each in entitlements}


def exports_into(names: Names, prefixes: Sequence[str]) -> list[Statement]:
    """What landing's bucket policy says of Data Exchange, which exports as itself, for this account.

    https://docs.aws.amazon.com/data-exchange/latest/userguide/auto-export-rev-s3-console-sub.html
    """
    if not prefixes:
        return []
    return [
        {
            "Sid": "ExportRevisions",
            "Effect": "Allow",
            "Principal": {"Service": "dataexchange.amazonaws.com"},
            "Action": ["s3:PutObject", "s3:PutObjectAcl"],
            "Resource": objects(names.bucket_arn("landing"), TRIAL, *sorted(set(prefixes))),
            "Condition": {"StringEquals": {"aws:SourceAccount": names.account}},
        }
    ]


def delegates(names: Names) -> list[Statement]:
    """Who may read what is offered is up to Data Exchange: whoever comes through its access points.

    All are named and few are meant: S3 takes no policy for public that is bound to the accounts of access points.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html#access-points-delegating-control
    """
    arn = names.bucket_arn(SHARED)
    through = {"StringEquals": {"s3:DataAccessPointAccount": list(ACCESS_POINT_ACCOUNTS)}}
    return [
        {
            "Sid": "DataExchangeDecides",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": ["s3:GetObject", "s3:ListBucket"],
            "Resource": [arn, f"{arn}/*"],
            "Condition": through,
        }
    ]


def offers(names: Names) -> list[Statement]:
    """May replace what is offered."""
    return writes_objects("Offered", names.bucket_arn(SHARED))


def public(marts: Sequence[Contract]) -> list[Contract]:
    """The marts of which every column is public: others stay in the company. Raises ExchangeError if there is none.

    A copy of what somebody else delivered is not ours to offer.
    """
    found = [mart for mart in marts if mart.sensitivity == "public" and mart.copy_of is None]
    if not found:
        raise ExchangeError(
            "medallion:exchange.publish is True; there must be a mart with public columns only, since others may not "
            "leave the company; set it to false, or mend the classification in datasets/products."
        )
    return found


def dictionary(marts: Sequence[Contract]) -> str:
    """What subscribers read of what they get: each mart's folder, meaning, version, key and columns."""
    described = [
        {
            "name": mart.name,
            "folder": f"{mart.name}/",
            "format": "csv",
            "description": mart.description,
            "version": mart.version,
            "key": list(mart.key),
            "columns": [{"name": n, "type": kind, "description": text} for n, kind, text in mart.table_columns()],
        }
        for mart in marts
    ]
    return json.dumps({"data_sets": described}, indent=2)
