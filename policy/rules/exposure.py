"""Nothing of the platform is reachable by the public."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from pulumi_policy import Severity
from pulumi_policy.proxy import UnknownValueError

from ..documents import reaches_strangers
from ..network import wide_open
from ..rule import Finding, NotApplicableError, Verdict, cis, fsbp, must, nist, resource_rule, shown, stack_rule
from ..subject import Stack, Subject
from ..tokens import (
    BUCKET,
    BUCKET_OWNERSHIP,
    BUCKET_PUBLIC_ACCESS,
    EMR_CLUSTER,
    EMR_PUBLIC_ACCESS,
    EMR_SECURITY,
    FUNCTION,
    FUNCTION_PERMISSION,
    FUNCTION_URL,
    GLUE_CONNECTION,
    INSTANCE,
    LOAD_BALANCER,
    NETWORK_INTERFACE,
    QUICKSIGHT_CONNECTION,
    REDSHIFT_CLUSTER,
    REDSHIFT_WORKGROUP,
    SECURITY_GROUP,
    SECURITY_GROUP_DEFAULT,
    SECURITY_GROUP_EGRESS,
    SECURITY_GROUP_INGRESS,
    SECURITY_GROUP_RULE,
    SERVERLESS_APPLICATION,
    VPC,
    VPC_ENDPOINT,
)
from .encryption import emr_settings

# What else can be in a security group, and where it says so.
MEMBERS: dict[str, tuple[str, ...]] = {
    FUNCTION: ("vpcConfig.securityGroupIds",),
    SERVERLESS_APPLICATION: ("parameters",),
    GLUE_CONNECTION: ("physicalConnectionRequirements.securityGroupIdLists",),
    EMR_CLUSTER: (
        "ec2Attributes.emrManagedMasterSecurityGroup",
        "ec2Attributes.emrManagedSlaveSecurityGroup",
        "ec2Attributes.serviceAccessSecurityGroup",
        "ec2Attributes.additionalMasterSecurityGroups",
        "ec2Attributes.additionalSlaveSecurityGroups",
    ),
    REDSHIFT_CLUSTER: ("vpcSecurityGroupIds",),
    QUICKSIGHT_CONNECTION: ("securityGroupIds",),
    VPC_ENDPOINT: ("securityGroupIds",),
    INSTANCE: ("vpcSecurityGroupIds",),
    NETWORK_INTERFACE: ("securityGroups",),
}

BOUNDARY = nist("AC-4", "SC-7", "SC-7(5)")


@stack_rule(
    id="s3-public-access-blocked",
    title="Every bucket blocks public access, in all four ways.",
    severity=Severity.CRITICAL,
    controls=(*fsbp("S3.8"), *cis("2.1.4"), *nist("AC-3", "AC-21", "SC-7")),
    types=(BUCKET,),
    why="one careless policy or ACL later on would otherwise publish the data",
    remedy="block_public_acls=True, block_public_policy=True, ignore_public_acls=True, restrict_public_buckets=True",
)
def s3_public_access_blocked(bucket: Subject, stack: Stack) -> Verdict:
    """Two switches stop new grants, two disarm those that exist."""
    blocks = stack.pointing(bucket, "bucket", BUCKET_PUBLIC_ACCESS)
    if not blocks:
        yield Finding(
            "no BucketPublicAccessBlock names it",
            "aws.s3.BucketPublicAccessBlock(..., bucket=bucket.id, block_public_acls=True, ...)",
        )
    for block in blocks:
        for switch in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"):
            yield from must(block, switch, lambda value: value is True, f"{switch} is {{}}")


@resource_rule(
    id="s3-acls-off",
    title="Buckets grant nothing by ACL.",
    severity=Severity.MEDIUM,
    controls=(*fsbp("S3.12"), *nist("AC-3", "AC-6")),
    types=(BUCKET_OWNERSHIP,),
    why="with ACLs on, whoever writes an object decides who reads it, whatever the bucket's policy says",
    remedy='rule={"object_ownership": "BucketOwnerEnforced"}',
)
def s3_acls_off(ownership: Subject) -> Verdict:
    """New buckets come so; this keeps the setting from being undone."""
    yield from must(
        ownership, "rule.objectOwnership", lambda value: value == "BucketOwnerEnforced", "objectOwnership is {}"
    )


@resource_rule(
    id="redshift-private",
    title="Redshift clusters have no public address.",
    severity=Severity.CRITICAL,
    controls=(*fsbp("Redshift.1"), *BOUNDARY),
    types=(REDSHIFT_CLUSTER, REDSHIFT_WORKGROUP),
    why="a warehouse on the internet is one guessed password away from everyone; older providers default to public",
    remedy="publicly_accessible=False",
)
def redshift_private(cluster: Subject) -> Verdict:
    """Must be said, since the default has changed between provider versions."""
    yield from must(cluster, "publiclyAccessible", lambda value: value is False, "publiclyAccessible is {}")


@stack_rule(
    id="no-open-ingress",
    title="No security group lets the whole internet in, but port 443 of a public load balancer.",
    severity=Severity.CRITICAL,
    controls=(*fsbp("EC2.18", "EC2.19"), *cis("5.3", "5.4"), *BOUNDARY),
    types=(SECURITY_GROUP, SECURITY_GROUP_INGRESS, SECURITY_GROUP_RULE),
    why="what every address may reach, every scanner finds within the hour",
    remedy="referenced_security_group_id=client_group.id, or cidr_ipv4=vpc_cidr",
)
def no_open_ingress(group: Subject, stack: Stack) -> Verdict:
    """Three ways to write an ingress rule. Half of the internet (0.0.0.0/1) is open too."""
    if group.type == SECURITY_GROUP_RULE and group.get("type") != "ingress":
        raise NotApplicableError("an egress rule")
    for ports, paths in _ingress(group):
        for path in paths:
            for each in _open(group, path):
                if not isinstance(each, Finding) or not _entrance(group, ports, stack):
                    yield each


def _ingress(group: Subject) -> Iterator[tuple[str, list[str]]]:
    """Where each ingress rule has its ports (a prefix of paths), and where its addresses."""
    if group.type == SECURITY_GROUP:
        for position in range(group.count("ingress") if group.writes("ingress") else 0):
            rule = f"ingress.{position}."
            yield rule, [f"{rule}cidrBlocks", f"{rule}ipv6CidrBlocks"]
    elif group.type == SECURITY_GROUP_RULE:
        yield "", ["cidrBlocks", "ipv6CidrBlocks"]
    else:
        yield "", ["cidrIpv4", "cidrIpv6"]


def _entrance(group: Subject, rule: str, stack: Stack) -> bool:
    """Whether a rule opens just port 443 of groups that only load balancers on the internet are in."""
    protocol = str(group.get(f"{rule}ipProtocol") or group.get(f"{rule}protocol"))
    if protocol not in ("tcp", "6") or (group.get(f"{rule}fromPort"), group.get(f"{rule}toPort")) != (443, 443):
        return False
    groups = [group] if group.type == SECURITY_GROUP else stack.referred(group, "securityGroupId", SECURITY_GROUP)
    balancers = [each for found in groups for each in stack.pointing(found, "securityGroups", LOAD_BALANCER)]
    others = any(
        stack.pointing(found, path, kind) for found in groups for kind, paths in MEMBERS.items() for path in paths
    )
    return bool(balancers) and not others and not any(each.get("internal") for each in balancers)


def _open(group: Subject, path: str) -> Iterator[Finding | UnknownValueError]:
    try:
        for block in group.many(path):
            if wide_open(block):
                yield Finding(f"{path} admits {block}")
    except UnknownValueError as error:
        yield error


@resource_rule(
    id="no-open-egress",
    title="No security group lets everything out to everywhere.",
    severity=Severity.MEDIUM,
    controls=BOUNDARY,
    types=(SECURITY_GROUP, SECURITY_GROUP_EGRESS, SECURITY_GROUP_RULE),
    why="what is broken into sends its loot by whatever port is open",
    remedy='prefix_list_id=s3.prefix_list_id or referenced_security_group_id=endpoints.id, ip_protocol="tcp", '
    "from_port=443, to_port=443",
)
def no_open_egress(group: Subject) -> Verdict:
    """One named port to the internet, as for software updates, is another matter than a range of them."""
    if group.type == SECURITY_GROUP_RULE and group.get("type") != "egress":
        raise NotApplicableError("an ingress rule")
    places = (
        [f"egress.{position}." for position in range(group.count("egress"))] if group.type == SECURITY_GROUP else [""]
    )
    for place in places:
        protocol = str(group.get(f"{place}ipProtocol") or group.get(f"{place}protocol"))
        if protocol not in ("-1", "all") and group.get(f"{place}fromPort") == group.get(f"{place}toPort"):
            continue
        for blocks in ("cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6"):
            yield from _open(group, f"{place}{blocks}")


@stack_rule(
    id="default-group-closed",
    title="The default security group of every VPC is closed.",
    severity=Severity.HIGH,
    controls=(*fsbp("EC2.2"), *cis("5.5"), *BOUNDARY),
    types=(VPC,),
    why="whatever is launched without a group of its own lands in the default one, which admits its like",
    remedy="aws.ec2.DefaultSecurityGroup(..., vpc_id=vpc.id) without ingress and egress",
)
def default_group_closed(vpc: Subject, stack: Stack) -> Verdict:
    """Adopting the group without rules is what empties it; rules may be written beside it too."""
    groups = stack.pointing(vpc, "vpcId", SECURITY_GROUP_DEFAULT)
    if not groups:
        yield Finding("no DefaultSecurityGroup adopts its default group")
    for group in groups:
        for way in ("ingress", "egress"):
            rules = group.written(way)
            if rules:
                yield Finding(f"its {group.short} has {len(rules)} {way} rule(s)")
    default = vpc.written("defaultSecurityGroupId")
    for rule in stack.of(SECURITY_GROUP_INGRESS, SECURITY_GROUP_EGRESS, SECURITY_GROUP_RULE):
        adopted = stack.referred(rule, "securityGroupId", SECURITY_GROUP, SECURITY_GROUP_DEFAULT)
        if any(each in groups for each in adopted) or (not adopted and rule.get("securityGroupId") == default):
            yield Finding(f"its default group has the {rule.short}")


@resource_rule(
    id="emr-metadata-v2",
    title="EMR nodes give their credentials to sessions only.",
    severity=Severity.HIGH,
    controls=(*cis("5.7"), *nist("AC-3", "AC-6")),
    types=(EMR_SECURITY,),
    why="with IMDSv1 anything on a node that can be made to send a request hands out the node's credentials",
    remedy='"InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": 2}',
)
def emr_metadata_v2(security: Subject) -> Verdict:
    """The cluster's nodes take it from the security configuration."""
    metadata = emr_settings(security).get("InstanceMetadataServiceConfiguration") or {}
    minimum = metadata.get("MinimumInstanceMetadataServiceVersion")
    if minimum != 2:
        yield Finding(f"MinimumInstanceMetadataServiceVersion is {shown(minimum)}")


@stack_rule(
    id="emr-public-access-blocked",
    title="Where EMR clusters run, EMR refuses those that the internet could reach.",
    severity=Severity.HIGH,
    controls=(*fsbp("EMR.2"), *BOUNDARY),
    types=(EMR_CLUSTER, EMR_PUBLIC_ACCESS),
    why="a rule that somebody adds to a cluster's groups later is caught by nothing else",
    remedy="aws.emr.BlockPublicAccessConfiguration(..., block_public_security_group_rules=True)",
)
def emr_public_access_blocked(holder: Subject, stack: Stack) -> Verdict:
    """One setting for all clusters of an account and region; port 22 alone may be left open by EMR.2."""
    if holder.type == EMR_CLUSTER:
        if not stack.of(EMR_PUBLIC_ACCESS):
            yield Finding("no BlockPublicAccessConfiguration of this stack guards it")
        return
    blocks = "blockPublicSecurityGroupRules"
    yield from must(holder, blocks, lambda value: value is True, f"{blocks} is {{}}")
    for permitted in holder.many("permittedPublicSecurityGroupRuleRanges"):
        ports = (permitted.get("minRange"), permitted.get("maxRange") or permitted.get("minRange"))
        if ports != (22, 22):
            yield Finding(f"it permits ports {shown(list(ports))} to the public")


@resource_rule(
    id="function-not-public",
    title="Functions are invoked only by whom the account names.",
    severity=Severity.CRITICAL,
    controls=(*fsbp("Lambda.1"), *nist("AC-3", "AC-6", "AC-21")),
    types=(FUNCTION_PERMISSION, FUNCTION_URL),
    why="a public function works for anyone, and one open to a service for that service's every customer",
    remedy='authorization_type="AWS_IAM"; principal="s3.amazonaws.com", source_arn=bucket.arn, source_account=account',
)
def function_not_public(door: Subject) -> Verdict:
    """URLs by their authorization, permissions by principal and source; the name of a bucket may change hands.

    https://docs.aws.amazon.com/lambda/latest/dg/with-s3-example.html
    """
    if door.type == FUNCTION_URL:
        yield from must(door, "authorizationType", lambda kind: kind == "AWS_IAM", "authorizationType is {}")
        return
    principal = str(door.get("principal") or "")
    if principal == "*" and not door.writes("principalOrgId"):
        yield Finding('principal is "*" without principalOrgId')
    if not principal.endswith(".amazonaws.com"):
        return
    if not any(door.writes(source) for source in ("sourceArn", "sourceAccount", "principalOrgId")):
        yield Finding(f'principal is "{principal}" without sourceArn or sourceAccount')
    elif principal == "s3.amazonaws.com" and not door.writes("sourceAccount"):
        yield Finding(f'principal is "{principal}" without sourceAccount')
    elif not door.writes("sourceAccount"):
        strangers = partial(reaches_strangers, "aws:sourcearn")
        yield from must(door, "sourceArn", lambda arn: not strangers(str(arn or "")), "sourceArn is {}")
