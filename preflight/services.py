"""The services: sizes on offer, subscriptions, entitlements, certificates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from preflight.asking import Account, Lack, code
from preflight.network import zones

# There is no call that tells it, but every region's answer does:
# https://github.com/data-dot-all/dataall/pull/896
IDENTITY_REGION = re.compile(r"your identity region is ([a-z0-9-]+)")

UNRESERVED = 100
"""What Lambda always leaves unreserved: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""


def redshift_nodes(account: Account) -> Iterator[Lack]:
    """The node type must be on offer in each zone that the warehouse may be put into."""
    size = account.settings.redshift
    pages = account.client("redshift").get_paginator("describe_orderable_cluster_options")
    offered = {
        zone["Name"]
        for page in pages.paginate(NodeType=size.node_type)
        for option in page["OrderableClusterOptions"]
        for zone in option["AvailabilityZones"]
    }
    missing = set(zones(account)) - offered
    if missing:
        yield Lack(
            f"Redshift offers no {size.node_type} in {', '.join(sorted(missing))}.",
            "Choose another medallion:redshift.node_type, or another region.",
        )


def emr_sizes(account: Account) -> Iterator[Lack]:
    """Instance types must be on offer in the zone of the cluster's subnet, and the release in the region."""
    size = account.settings.emr
    wanted = {size.primary, size.core, *([size.task] if size.task else [])}
    zone = zones(account)[0]
    filters = [{"Name": "location", "Values": [zone]}, {"Name": "instance-type", "Values": sorted(wanted)}]
    pages = account.client("ec2").get_paginator("describe_instance_type_offerings")
    found = {
        offering["InstanceType"]
        for page in pages.paginate(LocationType="availability-zone", Filters=filters)
        for offering in page["InstanceTypeOfferings"]
    }
    for kind in sorted(wanted - found):
        yield Lack(f"EC2 offers no {kind} in {zone}.", "Choose another type in medallion:emr.")


def emr_release(account: Account) -> Iterator[Lack]:
    """The release must be there in the region."""
    wanted = account.settings.emr.release
    labels = account.client("emr").list_release_labels(Filters={"Prefix": wanted})["ReleaseLabels"]
    if wanted not in labels:
        yield Lack(f"EMR has no release {wanted} in the region.", "Choose another in medallion:emr.release.")


def emr_public_access(account: Account) -> Iterator[Lack]:
    """An account whose setting is left alone must block public access."""
    if account.settings.account.emr_public_access == "manage":
        return
    found = account.client("emr").get_block_public_access_configuration()["BlockPublicAccessConfiguration"]
    if not found["BlockPublicSecurityGroupRules"]:
        yield Lack(
            "EMR does not block public access, and medallion:account.emr_public_access is leave.",
            "Turn the block on, or set it to manage.",
        )


def kinesis_shards(account: Account) -> Iterator[Lack]:
    """A region's shards are limited."""
    shards = account.settings.kinesis.shards
    if shards is None:
        return
    found = account.client("kinesis").describe_limits()
    if found["OpenShardCount"] + shards > found["ShardLimit"]:
        yield Lack(
            f"{found['OpenShardCount']} of {found['ShardLimit']} shards are used, and a stream needs {shards}.",
            "Ask for a higher quota, or choose on_demand.",
        )


def lambda_concurrency(account: Account) -> Iterator[Lack]:
    """What is reserved must leave some unreserved, and the files that are taken at once must find room there."""
    chosen, client = account.settings.functions, account.client("lambda")
    limit = client.get_account_settings()["AccountLimit"]
    most, unreserved = limit["ConcurrentExecutions"], limit["UnreservedConcurrentExecutions"]
    left = unreserved - sum(chosen.reserved.values()) + sum(_reserved(account, each) for each in chosen.reserved)
    if chosen.reserved and left < UNRESERVED:
        yield Lack(
            f"medallion:functions.reserved would leave {left} of {most} concurrent executions to functions without; "
            f"Lambda keeps {UNRESERVED} for them.",
            "Reserve less, or ask for a higher quota (lambda L-B99A9384).",
        )
    elif "landing-files" not in chosen.reserved and left < chosen.files_at_once:
        yield Lack(
            f"medallion:functions.files_at_once is {chosen.files_at_once}, and all functions together may run {left} "
            "at once.",
            "Lower it, or ask for a higher quota (lambda L-B99A9384).",
        )


def _reserved(account: Account, what: str) -> int:
    """What a deployment before this one has reserved for a function."""
    try:
        found = account.client("lambda").get_function_concurrency(FunctionName=account.names.resource(what))
    except ClientError as error:
        if code(error) != "ResourceNotFoundException":
            raise
        return 0
    return int(found.get("ReservedConcurrentExecutions", 0))


def certificate(account: Account) -> Iterator[Lack]:
    """The load balancer's certificate, or the zone to prove it in."""
    entrance = account.settings.load_balancer
    if not entrance.enabled:
        return
    if entrance.certificate == "existing":
        try:
            found = account.client("acm").describe_certificate(CertificateArn=entrance.certificate_arn)["Certificate"]
        except ClientError as error:
            if code(error) != "ResourceNotFoundException":
                raise
            found = {"Status": "not there"}
        if found["Status"] != "ISSUED":
            yield Lack(
                f"The certificate {entrance.certificate_arn} is {found['Status']}.",
                "Name an issued one of this region in medallion:load_balancer.certificate_arn.",
            )
    if entrance.certificate == "domain":
        try:
            zone = account.client("route53").get_hosted_zone(Id=entrance.zone_id)["HostedZone"]["Name"].rstrip(".")
        except ClientError as error:
            if code(error) != "NoSuchHostedZone":
                raise
            yield Lack(
                f"medallion:load_balancer.zone_id is {entrance.zone_id}, which is no hosted zone of this account.",
                "Name the zone of the domain, or choose another kind of certificate.",
            )
            return
        if not f".{entrance.domain}".endswith(f".{zone}"):
            yield Lack(f"{entrance.domain} is not in the zone {zone}.", "Name the zone of the domain.")


def quicksight(account: Account) -> Iterator[Lack]:
    """Dashboards need a subscription, of Enterprise edition for its VPC connection, whose groups are in one region."""
    chosen = account.settings.quicksight
    if not chosen.enabled:
        return
    region = chosen.identity_region or account.names.region
    client, of = account.client("quicksight", region), {"AwsAccountId": account.names.account}
    try:
        edition = _edition(client, of)
        if edition.startswith("ENTERPRISE"):
            client.list_groups(**of, Namespace="default", MaxResults=1)
            return
    except ClientError as error:
        elsewhere = IDENTITY_REGION.search(str(error))
        if elsewhere is None:
            raise
        yield Lack(
            f"QuickSight keeps users and groups in {elsewhere[1]}, and the stack looks for them in {region}.",
            f"Set medallion:quicksight.identity_region to {elsewhere[1]}.",
        )
        return
    yield Lack(
        f"The account's QuickSight edition is {edition}.",
        "Subscribe to QuickSight Enterprise, or set medallion:quicksight.enabled to false.",
    )


def _edition(client: Any, of: Mapping[str, str]) -> str:
    """The edition of the account's subscription, "none" without one. An ended subscription is still described."""
    try:
        found = client.describe_account_subscription(**of)["AccountInfo"]
    except ClientError as error:
        if code(error) != "ResourceNotFoundException":
            raise
        return "none"
    if str(found.get("AccountSubscriptionStatus", "")).startswith("UNSUBSCRIBE"):
        return "none"
    return str(found.get("Edition", "none"))


def portal(account: Account) -> Iterator[Lack]:
    """DataZone must be there in the region."""
    if not account.settings.portal.enabled:
        return
    if account.names.region not in account.session.get_available_regions("datazone"):
        yield Lack(
            f"DataZone is not known in {account.names.region}.",
            "Choose a region that has it, or set medallion:portal.enabled to false.",
        )
        return
    account.client("datazone").list_domains(maxResults=1)


def sign_in(account: Account) -> Iterator[Lack]:
    """People who come into the portal by IAM Identity Center need it in the portal's region."""
    chosen = account.settings.portal
    if not chosen.enabled or chosen.sign_in != "identity_center":
        return
    if not account.client("sso-admin").list_instances()["Instances"]:
        yield Lack(
            f"IAM Identity Center is not set up in {account.names.region}, and medallion:portal.sign_in is "
            "identity_center.",
            "Set it up in this region, or set medallion:portal.sign_in to roles.",
        )


def entitlements(account: Account) -> Iterator[Lack]:
    """An event action exports revisions of data sets that the account is entitled to, and of no others."""
    wanted = account.settings.exchange.entitlements
    if not wanted and not account.settings.exchange.publish:
        return
    # https://docs.aws.amazon.com/general/latest/gr/dataexchange.html
    regions = account.session.get_available_regions("dataexchange")
    if account.names.region not in regions:
        yield Lack(
            f"Data Exchange is not in {account.names.region}; it is in {', '.join(regions)}.",
            "Choose one of these regions, or set medallion:exchange.publish to false and list no entitlements.",
        )
        return
    client = account.client("dataexchange")
    for each in wanted:
        try:
            found = client.get_data_set(DataSetId=each.data_set_id)["Origin"]
        except ClientError as error:
            if code(error) != "ResourceNotFoundException":
                raise
            found = "not there"
        if found != "ENTITLED":
            yield Lack(
                f"The data set {each.data_set_id} (for {each.contract}) is {found}, not ENTITLED.",
                "Subscribe to its product, or take it out of medallion:exchange.entitlements.",
            )
