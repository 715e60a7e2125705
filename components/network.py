"""The private network that hosts everything that runs in a subnet."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, log2

import pulumi
import pulumi_aws as aws
import pulumi_awsx as awsx

import settings
from components.existing_network import look_up
from components.iam import allow, role, trusted
from components.names import Names
from components.security_groups import FOR_EMR, GROUPS, GroupName, admit, admit_updates, security_groups
from settings import ExistingNetwork

NAT: Mapping[str, awsx.ec2.NatGatewayStrategy] = {
    "none": awsx.ec2.NatGatewayStrategy.NONE,
    "single": awsx.ec2.NatGatewayStrategy.SINGLE,
    "per_az": awsx.ec2.NatGatewayStrategy.ONE_PER_AZ,
}

# An old zone of us-east-1 that has no Graviton instances and lacks services; ids, unlike names, are every account's:
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-arm64.html.
OLD_ZONES = ("use1-az3",)


class NetworkError(Exception):
    """The network can't be laid out as asked."""


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """`log_key_arn` must admit CloudWatch Logs. `without` are groups whose workload is switched off."""

    names: Names
    size: settings.Network
    warehouse_port: int
    log_key_arn: pulumi.Input[str]
    log_days: int
    without: frozenset[GroupName] = frozenset()


class Network(pulumi.ComponentResource):
    """A VPC with a private, an isolated and a public subnet in each zone, and a security group for each workload.

    Made, or one that exists: then with no flow log, default security group or route of ours. `cidrs` are the VPC's
    addresses, `private_route_table_ids` the route tables of the private and of the isolated subnets, and
    `endpoint_ids` the endpoints that are there already, those with interfaces at addresses in `endpoint_cidrs`.
    """

    vpc_id: pulumi.Output[str]
    cidrs: tuple[str, ...]
    zones: tuple[str, ...]
    private_subnet_ids: pulumi.Output[Sequence[str]]
    isolated_subnet_ids: pulumi.Output[Sequence[str]]
    public_subnet_ids: pulumi.Output[Sequence[str]]
    private_route_table_ids: pulumi.Output[list[str]]
    groups: Mapping[GroupName, pulumi.Output[str]]
    endpoint_ids: Mapping[str, str]
    endpoint_cidrs: tuple[str, ...]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:layers:Network", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        match args.size:
            case settings.Network(existing=ExistingNetwork() as existing):
                self._move_into(existing, args)
            case settings.Network(cidr=str(cidr), nat=str(nat)):
                self._lay_out(name, cidr, nat, args)
        wanted = GROUPS.keys() - args.without
        self.groups = security_groups(name, args.names, self.vpc_id, wanted, child)
        admit(name, self.groups, args.warehouse_port, child)
        if args.size.nat in ("single", "per_az"):
            admit_updates(name, self.groups, child)
        self.register_outputs({"vpc_id": self.vpc_id, "private_subnet_ids": self.private_subnet_ids})

    def _move_into(self, existing: ExistingNetwork, args: NetworkArgs) -> None:
        found = look_up(existing, args.names)
        self.vpc_id = pulumi.Output.from_input(existing.vpc_id)
        self.cidrs = found.cidrs
        self.zones = found.zones
        self.private_subnet_ids = _known(existing.private_subnet_ids)
        self.isolated_subnet_ids = _known(existing.isolated_subnet_ids)
        self.public_subnet_ids = _known(existing.public_subnet_ids)
        self.private_route_table_ids = pulumi.Output.from_input(list(existing.route_table_ids))
        self.endpoint_ids = existing.endpoint_ids
        self.endpoint_cidrs = (*found.cidrs, *existing.endpoint_cidrs)

    def _lay_out(self, name: str, cidr: str, nat: str, args: NetworkArgs) -> None:
        child = pulumi.ResourceOptions(parent=self)
        available = aws.get_availability_zones(state="available", exclude_zone_ids=OLD_ZONES)
        self.zones = first_zones(available.names, args.size.availability_zones)
        vpc = awsx.ec2.Vpc(
            name,
            cidr_block=cidr,
            availability_zone_names=self.zones,
            nat_gateways={"strategy": NAT[nat]},
            subnet_strategy=awsx.ec2.SubnetAllocationStrategy.AUTO,
            subnet_specs=subnet_specs(cidr, args.size.availability_zones),
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": args.names.resource("vpc"), **FOR_EMR},
            opts=child,
        )
        self.vpc_id = vpc.vpc_id
        self.cidrs = (cidr,)
        self.private_subnet_ids = vpc.private_subnet_ids
        self.isolated_subnet_ids = vpc.isolated_subnet_ids
        self.public_subnet_ids = vpc.public_subnet_ids
        self.private_route_table_ids = vpc.route_tables.apply(private_tables)
        self.endpoint_ids = {}
        self.endpoint_cidrs = ()
        # Without rules: whatever is put into it by mistake reaches nothing.
        aws.ec2.DefaultSecurityGroup(name, vpc_id=self.vpc_id, opts=child)
        self._log_flows(name, args)

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


def _known(ids: Sequence[str]) -> pulumi.Output[Sequence[str]]:
    return pulumi.Output.from_input(list(ids))


def switched_off(*, load_balancer: bool, dashboards: bool, connector: bool) -> frozenset[GroupName]:
    """The groups whose workload is switched off: a group that nothing wears would be a door that leads nowhere."""
    switches: Mapping[GroupName, bool] = {
        "entrance": load_balancer,
        "dashboards": dashboards,
        "connector": connector,
    }
    return frozenset(group for group, on in switches.items() if not on)


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
