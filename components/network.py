"""The private network that hosts everything that runs in a subnet."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, log2
from typing import Literal, TypeAlias

import pulumi
import pulumi_aws as aws
import pulumi_awsx as awsx

from components.iam import allow, role, trusted
from components.names import Names

GroupName: TypeAlias = Literal["functions", "jobs", "warehouse", "cluster-primary", "cluster-core", "cluster-service"]

GROUPS: Mapping[GroupName, str] = {
    "functions": "Lambda functions",
    "jobs": "Glue jobs and crawlers",
    "warehouse": "Redshift cluster",
    "cluster-primary": "EMR primary nodes",
    "cluster-core": "EMR core and task nodes",
    "cluster-service": "EMR service, which steers the nodes",
}

NAT: Mapping[str, awsx.ec2.NatGatewayStrategy] = {
    "none": awsx.ec2.NatGatewayStrategy.NONE,
    "single": awsx.ec2.NatGatewayStrategy.SINGLE,
    "per_az": awsx.ec2.NatGatewayStrategy.ONE_PER_AZ,
}

# The policy that AWS manages for EMR's service role works only on what is tagged so:
# https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-iam-policies.html
FOR_EMR = {"for-use-with-amazon-emr-managed-policies": "true"}


class NetworkError(Exception):
    """The network can't be laid out as asked."""


@dataclass(frozen=True, kw_only=True)
class Flow:
    """Traffic from one group to another: TCP at `ports` (first, last), or all of it where None."""

    source: GroupName
    target: GroupName
    ports: tuple[int, int] | None
    why: str


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """`nat` is none, single or per_az. `log_key_arn` must admit CloudWatch Logs."""

    names: Names
    cidr: str | None
    availability_zones: int
    nat: str | None
    warehouse_port: int
    log_key_arn: pulumi.Input[str]
    log_days: int


class Network(pulumi.ComponentResource):
    """A VPC with a private, an isolated and a public subnet in each zone, and a security group for each workload.

    `private_route_table_ids` are those of the private and of the isolated subnets.
    """

    vpc_id: pulumi.Output[str]
    zones: tuple[str, ...]
    private_subnet_ids: pulumi.Output[Sequence[str]]
    isolated_subnet_ids: pulumi.Output[Sequence[str]]
    private_route_table_ids: pulumi.Output[list[str]]
    groups: Mapping[GroupName, pulumi.Output[str]]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:layers:Network", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.zones = first_zones(aws.get_availability_zones(state="available").names, args.availability_zones)
        vpc = awsx.ec2.Vpc(
            name,
            cidr_block=args.cidr,
            availability_zone_names=self.zones,
            nat_gateways={"strategy": NAT[args.nat]},
            subnet_strategy=awsx.ec2.SubnetAllocationStrategy.AUTO,
            subnet_specs=subnet_specs(args.cidr, args.availability_zones),
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": args.names.resource("vpc"), **FOR_EMR},
            opts=child,
        )
        self.vpc_id = vpc.vpc_id
        self.private_subnet_ids = vpc.private_subnet_ids
        self.isolated_subnet_ids = vpc.isolated_subnet_ids
        self.private_route_table_ids = vpc.route_tables.apply(private_tables)
        # Without rules: whatever is put into it by mistake reaches nothing.
        aws.ec2.DefaultSecurityGroup(name, vpc_id=self.vpc_id, opts=child)
        self._log_flows(name, args)
        self.groups = {group: self._group(name, group, args.names) for group in GROUPS}
        for flow in flows(args.warehouse_port):
            self._admit(name, flow)
        if args.nat != "none":
            for group in ("cluster-primary", "cluster-core"):
                aws.vpc.SecurityGroupEgressRule(
                    f"{name}-{group}-to-updates",
                    security_group_id=self.groups[group],
                    cidr_ipv4="0.0.0.0/0",
                    ip_protocol="tcp",
                    from_port=443,
                    to_port=443,
                    description="Software updates, through NAT",
                    opts=child,
                )
        self.register_outputs({"vpc_id": self.vpc_id, "private_subnet_ids": self.private_subnet_ids})

    def _log_flows(self, name: str, args: NetworkArgs) -> None:
        child = pulumi.ResourceOptions(parent=self)
        group = aws.cloudwatch.LogGroup(
            f"{name}-flows",
            name=f"/aws/vpc/{args.names.resource('flows')}",
            kms_key_id=args.log_key_arn,
            retention_in_days=args.log_days,
            opts=child,
        )
        logger = role(
            f"{name}-flows",
            args.names.resource("flows"),
            [trusted("vpc-flow-logs.amazonaws.com", args.names.account)],
            [
                allow(
                    "DeliverFlows",
                    ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
                    [group.arn, pulumi.Output.concat(group.arn, ":*")],
                )
            ],
            child,
        )
        aws.ec2.FlowLog(
            name,
            vpc_id=self.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=logger.arn,
            max_aggregation_interval=60,
            opts=child,
        )

    def _group(self, name: str, group: GroupName, names: Names) -> pulumi.Output[str]:
        made = aws.ec2.SecurityGroup(
            f"{name}-{group}",
            name=names.resource(group),
            description=GROUPS[group],
            vpc_id=self.vpc_id,
            # EMR adds rules of its own, by which its groups refer to each other.
            revoke_rules_on_delete=True,
            tags={"Name": names.resource(group), **(FOR_EMR if group.startswith("cluster-") else {})},
            opts=pulumi.ResourceOptions(parent=self),
        )
        return made.id

    def _admit(self, name: str, flow: Flow) -> None:
        """Open both ends of a flow, and nothing else."""
        protocol, (first, last) = ("tcp", flow.ports) if flow.ports else ("-1", (None, None))
        child = pulumi.ResourceOptions(parent=self)
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-{flow.target}-from-{flow.source}",
            security_group_id=self.groups[flow.target],
            referenced_security_group_id=self.groups[flow.source],
            ip_protocol=protocol,
            from_port=first,
            to_port=last,
            description=flow.why,
            opts=child,
        )
        aws.vpc.SecurityGroupEgressRule(
            f"{name}-{flow.source}-to-{flow.target}",
            security_group_id=self.groups[flow.source],
            referenced_security_group_id=self.groups[flow.target],
            ip_protocol=protocol,
            from_port=first,
            to_port=last,
            description=flow.why,
            opts=child,
        )


def first_zones(available: Sequence[str], count: int) -> tuple[str, ...]:
    """The zones to use: the first of the region's, in order, so that they stay the same. Raises NetworkError."""
    # A local zone (us-west-2-lax-1a) or a wavelength zone is listed too, once an account opts in.
    zones = sorted(zone for zone in available if re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d[a-z]", zone))
    if len(zones) < count:
        raise NetworkError(
            f"medallion:network.availability_zones is {count}; the region offers {len(zones)} ({', '.join(zones)}); "
            "give fewer, or choose another region."
        )
    return tuple(zones[:count])


def subnet_specs(cidr: str, zones: int) -> list[awsx.ec2.SubnetSpecArgs]:
    """Half of a zone's addresses go to the private subnet, a quarter to the isolated one, an eighth to the public one.

    In falling order of size: so each starts where the one before it ended, and nothing is lost to alignment.
    """
    zone_mask = int(cidr.partition("/")[2]) + ceil(log2(zones))
    kinds = (
        ("private", awsx.ec2.SubnetType.PRIVATE, 1),
        ("isolated", awsx.ec2.SubnetType.ISOLATED, 2),
        ("public", awsx.ec2.SubnetType.PUBLIC, 3),
    )
    return [
        awsx.ec2.SubnetSpecArgs(
            name=name, type=kind, cidr_mask=zone_mask + bits, tags=FOR_EMR if name == "private" else None
        )
        for name, kind, bits in kinds
    ]


def private_tables(tables: Sequence[aws.ec2.RouteTable]) -> pulumi.Output[list[str]]:
    """Ids of the route tables of all subnets but the public ones."""
    described = pulumi.Output.all(*(pulumi.Output.all(table.id, table.tags) for table in tables))
    return described.apply(lambda pairs: [key for key, tags in pairs if (tags or {}).get("SubnetType") != "Public"])


def flows(warehouse_port: int) -> tuple[Flow, ...]:
    """Who talks to whom inside the VPC. Calls to AWS services are in `components.endpoints`.

    EMR's are those of https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-man-sec-groups.html.
    """
    port = (warehouse_port, warehouse_port)
    nodes: tuple[GroupName, GroupName] = ("cluster-primary", "cluster-core")
    return (
        Flow(source="jobs", target="jobs", ports=(0, 65535), why="Spark driver and executors of a Glue job"),
        Flow(source="jobs", target="warehouse", ports=port, why="Glue connection to Redshift"),
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
