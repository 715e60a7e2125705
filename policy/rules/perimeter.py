"""The perimeter, closed: what runs in the subnets reaches AWS by endpoints, and buckets answer to those only."""

from __future__ import annotations

import re

from pulumi_policy import Severity
from pulumi_policy.proxy import UnknownValueError

from ..calls import WORKLOADS, Workload, called, connections_of, endpoint_names, workload
from ..documents import ACCOUNT_ID, Statement, statements
from ..network import endpoints_of, ingress_of, stays_private, vpc_of
from ..rule import (
    Finding,
    NotApplicableError,
    Verdict,
    fsbp,
    must,
    nist,
    resource_rule,
    security_hub,
    shown,
    stack_rule,
)
from ..subject import Stack, Subject
from ..tokens import (
    BUCKET,
    BUCKET_POLICY,
    EMR_CLUSTER,
    EMR_SECURITY,
    FUNCTION,
    GLUE_CRAWLER,
    GLUE_JOB,
    REDSHIFT_CLUSTER,
    SECURITY_GROUP,
)
from .network import PERIMETER

EXEMPT_SERVICES = ("aws:PrincipalIsAWSService", "aws:ViaAWSService")
# Conditions are ANDed, so that a further one makes the Deny deny less.
GUARDING_KEYS = frozenset({"aws:sourcevpce", "aws:principalarn", *(key.lower() for key in EXEMPT_SERVICES)})
ACCESS_POINTS = "s3:dataaccesspointaccount"
ENDPOINT_ID = re.compile(r"vpce-[0-9a-z]+")


@stack_rule(
    id="endpoints-closed",
    title="Each service that code in the subnets calls has an endpoint there, with private DNS, that admits it.",
    severity=Severity.HIGH,
    controls=(*fsbp("EC2.10"), *PERIMETER),
    types=WORKLOADS,
    why="a call without an endpoint leaves by NAT over the internet, or hangs where there is no NAT",
    remedy='VpcEndpoint(vpc_endpoint_type="Interface", service_name=f"com.amazonaws.{region}.SERVICE", '
    "private_dns_enabled=True, subnet_ids=[...], security_group_ids=[...]), or drop the permission",
)
def endpoints_closed(subject: Subject, stack: Stack) -> Verdict:
    """Derived from the roles' policies, less the calls that AWS makes on its own side (see calls.py).

    Where the subnets are another stack's, its endpoints aren't seen here: then nothing may get out to public addresses.
    """
    work = workload(subject, stack)
    if work is None:
        raise NotApplicableError("it doesn't run in a VPC")
    for item in called(work, stack):
        if not isinstance(item, tuple):
            yield item
            continue
        service, action = item
        names = endpoint_names(service)
        if names is None:
            yield Finding(f"its role allows {action}, and no endpoint is known for {service}")
        for name in names or ():
            try:
                yield from _serves(work, name, action, stack)
            except UnknownValueError as error:
                yield error


def _serves(work: Workload, name: str, action: str, stack: Stack) -> Verdict:
    here = {vpc_of(subnet, stack) for subnet in work.subnets}
    endpoints = [each for each in endpoints_of(stack, name, "Interface") if not here or vpc_of(each, stack) in here]
    if not endpoints:
        if not work.subnets and stays_private(work.groups, stack):
            return
        yield Finding(
            f"its role allows {action}, but no interface endpoint for {name} is in its VPC",
            f'VpcEndpoint(vpc_endpoint_type="Interface", service_name=f"com.amazonaws.{{region}}.{name}", '
            "private_dns_enabled=True, subnet_ids=[...], security_group_ids=[...]), or drop the permission",
        )
        return
    if not any(endpoint.get("privateDnsEnabled") is True for endpoint in endpoints):
        yield Finding(f"its role allows {action}, but the endpoint for {name} has no private DNS")
    if not any(endpoint.writes("subnetIds") for endpoint in endpoints):
        yield Finding(f"its role allows {action}, but the endpoint for {name} is in no subnet")
    if not any(_admits(endpoint, work, stack) for endpoint in endpoints):
        yield Finding(f"its role allows {action}, but no security group of the endpoint for {name} admits it on 443")


def _admits(endpoint: Subject, work: Workload, stack: Stack) -> bool:
    blocks = [str(subnet.get("cidrBlock")) for subnet in work.subnets]
    groups = stack.referred(endpoint, "securityGroupIds", SECURITY_GROUP) if endpoint.writes("securityGroupIds") else []
    return any(
        way.takes_https() and way.admits(work.groups, blocks) for group in groups for way in ingress_of(group, stack)
    )


@stack_rule(
    id="s3-perimeter",
    title="Every bucket refuses whoever comes neither over this stack's S3 endpoints nor by an AWS service.",
    severity=Severity.HIGH,
    controls=(*PERIMETER, *nist("AC-3")),
    types=(BUCKET,),
    why="keys that leak work from anywhere in the world, unless the bucket itself asks which way they came",
    remedy='one Deny on s3:* for "*" with StringNotEqualsIfExists {"aws:SourceVpce": [endpoint.id]}, BoolIfExists '
    '{"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"} and ArnNotLikeIfExists {"aws:PrincipalArn": '
    "[the roles that act from outside]}",
)
def s3_perimeter(bucket: Subject, stack: Stack) -> Verdict:
    """Conditions of one statement are ANDed, those of several Denies are not: the exceptions belong in the same.

    In a network of another stack's the endpoint is not seen here, but must be named all the same.
    """
    endpoints = [*endpoints_of(stack, "s3", "Gateway"), *endpoints_of(stack, "s3", "Interface")]
    if not endpoints and not any(workload(each, stack) for each in stack.of(*WORKLOADS)):
        raise NotApplicableError("the stack has no S3 endpoint, and nothing of it runs in a VPC")
    policies = stack.pointing(bucket, "bucket", BUCKET_POLICY)
    guarding = [
        statement
        for policy in policies
        for statement in statements(policy.get("policy"))
        if statement.effect == "Deny" and any(True for _ in statement.condition("aws:SourceVpce"))
    ]
    if not guarding:
        yield Finding("no Deny of its policy asks for aws:SourceVpce")
    for statement in guarding:
        yield from _guards(statement, endpoints)


def _guards(statement: Statement, endpoints: list[Subject]) -> Verdict:
    named = {
        value
        for operator, values in statement.condition("aws:SourceVpce")
        if operator in ("stringnotequals", "stringnotequalsifexists")
        for value in values
    }
    ours = {handle for endpoint in endpoints for handle in endpoint.handles() if handle.startswith("vpce-")}
    if not statement.anyone or not statement.covers("s3"):
        yield Finding('its Deny on aws:SourceVpce is not for s3:* and Principal "*"')
    if not any(resource == "*" or resource.endswith("/*") for resource in statement.resources):
        yield Finding(
            f"its Deny on aws:SourceVpce names {shown(list(statement.resources))}, which leaves out the objects"
        )
    if not named:
        yield Finding("its Deny on aws:SourceVpce is no StringNotEquals, so it denies nobody from outside")
    elif not endpoints and not all(ENDPOINT_ID.fullmatch(value) for value in named):
        yield Finding(f"its Deny names {shown(sorted(named))}, which is no endpoint")
    elif endpoints and named != ours:
        yield Finding(f"its Deny names endpoints {shown(sorted(named))}, while this stack's are {shown(sorted(ours))}")
    yield from _excepts(statement)


def _excepts(statement: Statement) -> Verdict:
    """Whom the Deny lets through all the same: AWS's services, the principals that it names, and nobody else."""
    for key in EXEMPT_SERVICES:
        if not any("false" in values for _, values in statement.condition(key)):
            yield Finding(f"its Deny doesn't except {key} in the same statement, which locks AWS's own delivery out")
    yield from _loosened(statement)
    for operator, values in statement.condition("aws:PrincipalArn"):
        if "not" not in operator:
            yield Finding(f"its Deny is for {shown(list(values))} only, and lets everybody else in")
        for value in values:
            if value.rsplit("/", 1)[-1].strip("*?") == "" or value.split(":")[-1].strip("*?") == "":
                yield Finding(f'its Deny excepts the principals "{value}", which is everybody')


def _loosened(statement: Statement) -> Verdict:
    """Whatever else the Deny asks for; access points of accounts that it names may be left to those accounts."""
    for operator, key, values in statement.conditions:
        accounts = "not" in operator and all(ACCOUNT_ID.fullmatch(value) for value in values)
        if key not in GUARDING_KEYS and not (key == ACCESS_POINTS and accounts):
            yield Finding(f"its Deny asks for {key} {shown(list(values))} too, and so lets others in")


@resource_rule(
    id="function-in-vpc",
    title="Functions run in the VPC.",
    severity=Severity.MEDIUM,
    controls=(*security_hub("Lambda.3"), *PERIMETER),
    types=(FUNCTION,),
    why="outside the VPC a function's calls go over AWS's public side, past endpoints, groups and flow logs",
    remedy='vpc_config={"subnet_ids": private_subnet_ids, "security_group_ids": [group.id]}',
)
def function_in_vpc(function: Subject) -> Verdict:
    """Both lists must hold something."""
    for places in ("subnetIds", "securityGroupIds"):
        yield from must(function, f"vpcConfig.{places}", bool, f"vpcConfig.{places} is {{}}")


@stack_rule(
    id="glue-in-vpc",
    title="Glue jobs and crawlers run in the VPC.",
    severity=Severity.MEDIUM,
    controls=PERIMETER,
    types=(GLUE_JOB, GLUE_CRAWLER),
    why="without a network connection Glue works from AWS's own network, past endpoints, groups and flow logs",
    remedy='connections=[connection.name], where Connection(connection_type="NETWORK", '
    "physical_connection_requirements={...}); for a crawler connection_name in each S3 target",
)
def glue_in_vpc(runner: Subject, stack: Stack) -> Verdict:
    """A crawler over catalog targets reads by the tables' own locations and has no place for a connection."""
    if runner.type == GLUE_CRAWLER:
        for position in range(runner.count("s3Targets")):
            if not runner.writes(f"s3Targets.{position}.connectionName"):
                yield Finding(f"s3Targets.{position}.connectionName is unset")
        if not runner.count("s3Targets"):
            raise NotApplicableError("it crawls no S3 path of its own")
    connections = connections_of(runner, stack)
    if not connections:
        yield Finding("it uses no NETWORK connection of this stack")
    for connection in connections:
        if not connection.writes("physicalConnectionRequirements.subnetId"):
            yield Finding(f"its {connection.short} names no subnet")


@resource_rule(
    id="redshift-enhanced-routing",
    title="Redshift moves data through the VPC.",
    severity=Severity.MEDIUM,
    controls=(*fsbp("Redshift.7"), *PERIMETER),
    types=(REDSHIFT_CLUSTER,),
    why="otherwise COPY and UNLOAD go over the internet, past endpoints, groups and flow logs",
    remedy="enhanced_vpc_routing=True, cluster_subnet_group_name=subnets.name",
)
def redshift_enhanced_routing(cluster: Subject) -> Verdict:
    """A subnet group, without which there is no VPC of ours to route through."""
    yield from must(cluster, "enhancedVpcRouting", lambda value: value is True, "enhancedVpcRouting is {}")
    if not cluster.writes("clusterSubnetGroupName"):
        yield Finding("clusterSubnetGroupName is unset")


@stack_rule(
    id="emr-secured",
    title="EMR clusters run in a subnet, under a security configuration of this stack.",
    severity=Severity.HIGH,
    controls=(*fsbp("EMR.1"), *PERIMETER),
    types=(EMR_CLUSTER,),
    why="without the configuration nothing on the cluster is encrypted; without a subnet it lands in the default VPC",
    remedy='security_configuration=security.name, ec2_attributes={"subnet_id": private_subnet_id, ...}',
)
def emr_secured(cluster: Subject, stack: Stack) -> Verdict:
    """What the configuration says is judged by itself, so it must be one that this stack holds."""
    if not cluster.writes("securityConfiguration"):
        yield Finding("securityConfiguration is unset")
    elif not stack.referred(cluster, "securityConfiguration", EMR_SECURITY):
        name = shown(cluster.get("securityConfiguration"))
        yield Finding(f"securityConfiguration is {name}, which this stack doesn't hold")
    if not (cluster.writes("ec2Attributes.subnetId") or cluster.writes("ec2Attributes.subnetIds")):
        yield Finding("ec2Attributes.subnetId is unset")
    elif not _private(cluster, stack):
        yield Finding("its subnet gives public addresses")


def _private(cluster: Subject, stack: Stack) -> bool:
    work = workload(cluster, stack)
    return work is not None and all(subnet.get("mapPublicIpOnLaunch") is not True for subnet in work.subnets)
