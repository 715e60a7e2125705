"""Where things run: in the VPC, and there in private subnets."""

from __future__ import annotations

from pulumi_policy import Severity

from ..calls import OBJECT_TARGETS, WORKLOADS, connections_of, workload
from ..network import is_public, tables_of
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
    EMR_CLUSTER,
    EMR_SECURITY,
    FUNCTION,
    GLUE_CRAWLER,
    GLUE_JOB,
    QUICKSIGHT_CONNECTION,
    REDSHIFT_CLUSTER,
    REDSHIFT_WORKGROUP,
    SUBNET,
)
from .network import PERIMETER


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
        targets = [f"{kind}.{position}" for kind in OBJECT_TARGETS for position in range(runner.count(kind))]
        for target in targets:
            if not runner.writes(f"{target}.connectionName"):
                yield Finding(f"{target}.connectionName is unset")
        if not targets:
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
    types=(REDSHIFT_CLUSTER, REDSHIFT_WORKGROUP),
    why="otherwise COPY and UNLOAD go over the internet, past endpoints, groups and flow logs",
    remedy="enhanced_vpc_routing=True, cluster_subnet_group_name=subnets.name",
)
def redshift_enhanced_routing(cluster: Subject) -> Verdict:
    """A cluster needs a subnet group too, without which there is no VPC of ours to route through."""
    yield from must(cluster, "enhancedVpcRouting", lambda value: value is True, "enhancedVpcRouting is {}")
    if cluster.type == REDSHIFT_CLUSTER and not cluster.writes("clusterSubnetGroupName"):
        yield Finding("clusterSubnetGroupName is unset")


@stack_rule(
    id="emr-secured",
    title="EMR clusters run in a subnet, under a security configuration of this stack.",
    severity=Severity.HIGH,
    controls=PERIMETER,
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


@stack_rule(
    id="workloads-in-private-subnets",
    title="Code, stores and QuickSight's connections are in private subnets.",
    severity=Severity.HIGH,
    controls=(*fsbp("EMR.1"), *PERIMETER, *nist("SC-7(5)")),
    types=(*WORKLOADS, QUICKSIGHT_CONNECTION),
    why="an interface in a public subnet is one route, or one address, away from the internet",
    remedy="subnet_ids=private_subnet_ids",
)
def workloads_in_private_subnets(holder: Subject, stack: Stack) -> Verdict:
    """Public is a subnet whose route table leads to an internet gateway, or which hands out public addresses."""
    if holder.type == QUICKSIGHT_CONNECTION:
        subnets = tuple(stack.referred(holder, "subnetIds", SUBNET))
    else:
        work = workload(holder, stack)
        if work is None:
            raise NotApplicableError("it doesn't run in a VPC")
        subnets = work.subnets
    for subnet in subnets:
        if any(is_public(table, stack) for table in tables_of(subnet, stack)):
            yield Finding(f"its {subnet.short} is public")
        elif subnet.get("mapPublicIpOnLaunch") is True:
            yield Finding(f"its {subnet.short} hands out public addresses")
