"""Who may talk to whom inside the VPC: a security group for each workload, and the flows between them.

Calls to AWS services are in `components.endpoints`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import pulumi
import pulumi_aws as aws

from components.names import Names

GroupName: TypeAlias = Literal[
    "functions",
    "jobs",
    "warehouse",
    "cluster-primary",
    "cluster-core",
    "cluster-service",
    "connector",
    "dashboards",
    "entrance",
]

GROUPS: Mapping[GroupName, str] = {
    "functions": "Lambda functions",
    "jobs": "Glue jobs and crawlers",
    "warehouse": "Redshift cluster",
    "cluster-primary": "EMR primary nodes",
    "cluster-core": "EMR core and task nodes",
    "cluster-service": "EMR service, which steers the nodes",
    "connector": "Athena connector to the warehouse",
    "dashboards": "QuickSight VPC connection",
    "entrance": "Application Load Balancer, the one way in from the internet",
}

# The policy that AWS manages for EMR's service role works only on what is tagged so:
# https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-iam-policies.html
FOR_EMR = {"for-use-with-amazon-emr-managed-policies": "true"}


@dataclass(frozen=True, kw_only=True)
class Flow:
    """Traffic from one group to another: TCP at `ports` (first, last), or all of it where None.

    `answers_let_in`: the source doesn't track its connections, and so must let answers in by a rule.
    """

    source: GroupName
    target: GroupName
    ports: tuple[int, int] | None
    why: str
    answers_let_in: bool = False


def security_groups(
    name: str, names: Names, vpc_id: pulumi.Input[str], wanted: Collection[GroupName], opts: pulumi.ResourceOptions
) -> dict[GroupName, pulumi.Output[str]]:
    """The ids of the groups that are `wanted`, closed until a flow is admitted."""
    return {group: _group(name, group, names, vpc_id, opts) for group in GROUPS if group in wanted}


def admit(
    name: str, groups: Mapping[GroupName, pulumi.Output[str]], warehouse_port: int, opts: pulumi.ResourceOptions
) -> None:
    """Let through the flows between these groups, both ends of each, and nothing else."""
    for flow in flows(warehouse_port):
        if {flow.source, flow.target} <= set(groups):
            _admit(name, flow, groups, opts)
    if "entrance" in groups:
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-entrance-from-internet",
            security_group_id=groups["entrance"],
            cidr_ipv4="0.0.0.0/0",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            description="Callers from the internet",
            opts=opts,
        )


def admit_updates(name: str, groups: Mapping[GroupName, pulumi.Output[str]], opts: pulumi.ResourceOptions) -> None:
    """Let nodes out to software updates. Where there is no NAT, they would lead nowhere."""
    for group in ("cluster-primary", "cluster-core"):
        aws.vpc.SecurityGroupEgressRule(
            f"{name}-{group}-to-updates",
            security_group_id=groups[group],
            cidr_ipv4="0.0.0.0/0",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            description="Software updates, through NAT",
            opts=opts,
        )


def _group(
    name: str, group: GroupName, names: Names, vpc_id: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    made = aws.ec2.SecurityGroup(
        f"{name}-{group}",
        name=names.resource(group),
        description=GROUPS[group],
        vpc_id=vpc_id,
        # EMR adds rules of its own, by which its groups refer to each other.
        revoke_rules_on_delete=True,
        tags={"Name": names.resource(group), **(FOR_EMR if group.startswith("cluster-") else {})},
        opts=opts,
    )
    return made.id


def _admit(name: str, flow: Flow, groups: Mapping[GroupName, pulumi.Output[str]], opts: pulumi.ResourceOptions) -> None:
    protocol, (first, last) = ("tcp", flow.ports) if flow.ports else ("-1", (None, None))
    aws.vpc.SecurityGroupIngressRule(
        f"{name}-{flow.target}-from-{flow.source}",
        security_group_id=groups[flow.target],
        referenced_security_group_id=groups[flow.source],
        ip_protocol=protocol,
        from_port=first,
        to_port=last,
        description=flow.why,
        opts=opts,
    )
    aws.vpc.SecurityGroupEgressRule(
        f"{name}-{flow.source}-to-{flow.target}",
        security_group_id=groups[flow.source],
        referenced_security_group_id=groups[flow.target],
        ip_protocol=protocol,
        from_port=first,
        to_port=last,
        description=flow.why,
        opts=opts,
    )
    if flow.answers_let_in:
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-{flow.source}-from-{flow.target}",
            security_group_id=groups[flow.source],
            referenced_security_group_id=groups[flow.target],
            ip_protocol="tcp",
            from_port=0,
            to_port=65535,
            description=f"Answers: {flow.why}",
            opts=opts,
        )


def flows(warehouse_port: int) -> tuple[Flow, ...]:
    """Who talks to whom.

    EMR's are those of https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-man-sec-groups.html. QuickSight's
    interface wants answers let in on all TCP ports, from the group of the data source:
    https://docs.aws.amazon.com/quicksight/latest/user/vpc-security-groups.html. The load balancer's target is a
    function, which the Lambda service calls for it:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html.
    """
    port = (warehouse_port, warehouse_port)
    nodes: tuple[GroupName, GroupName] = ("cluster-primary", "cluster-core")
    return (
        Flow(source="jobs", target="jobs", ports=(0, 65535), why="Spark driver and executors of a Glue job"),
        Flow(source="jobs", target="warehouse", ports=port, why="Glue connection to Redshift"),
        Flow(source="connector", target="warehouse", ports=port, why="Athena connector reads the warehouse"),
        Flow(
            source="dashboards",
            target="warehouse",
            ports=port,
            why="QuickSight reads the warehouse",
            answers_let_in=True,
        ),
        *(
            Flow(source=source, target=target, ports=None, why=f"{GROUPS[source]} to {GROUPS[target]}")
            for source in nodes
            for target in nodes
        ),
        *(
            Flow(source="cluster-service", target=node, ports=(8443, 8443), why=f"EMR service steers {GROUPS[node]}")
            for node in nodes
        ),
        Flow(source="cluster-primary", target="cluster-service", ports=(9443, 9443), why="EMR primary node reports"),
    )
