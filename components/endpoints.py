"""The ways out of the subnets: one endpoint for each AWS service that something in a subnet calls, and no other."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.iam import Statement, document
from components.names import Names
from components.network import GroupName, Network

GATEWAYS = ("dynamodb", "s3")

CALLS: Mapping[GroupName, tuple[str, ...]] = {
    # Streams and queues are read by the Lambda service, not from a function's interface.
    "functions": ("s3", "athena"),
    "jobs": ("s3", "dynamodb", "glue", "kms", "lakeformation", "logs", "monitoring", "sts"),
    # With enhanced VPC routing the warehouse's own traffic to S3 and to the Glue catalog goes through the VPC.
    "warehouse": ("s3", "glue", "lakeformation", "sts"),
    "cluster-primary": (
        "s3",
        "dynamodb",
        "elasticmapreduce",
        "glue",
        "kms",
        "lakeformation",
        "logs",
        "monitoring",
        "sts",
    ),
    "cluster-core": ("s3", "dynamodb", "elasticmapreduce", "glue", "kms", "lakeformation", "logs", "monitoring", "sts"),
}
"""What each workload calls from its own network interface, by the endpoint's service name. Endpoints follow from it."""

ACTION_PREFIX: Mapping[str, str] = {"monitoring": "cloudwatch", "kinesis-streams": "kinesis"}
"""IAM's name of a service, where it differs from the endpoint's."""


@dataclass(frozen=True, kw_only=True)
class EndpointsArgs:
    """`network` is where the endpoints are put: interface endpoints into each private subnet."""

    names: Names
    network: Network


class Endpoints(pulumi.ComponentResource):
    """Gateway endpoints on every private and isolated route table, interface endpoints with private DNS."""

    s3_id: pulumi.Output[str]
    ids: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: EndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:layers:Endpoints", name, {}, opts)
        gateways = {service: self._gateway(name, service, args) for service in GATEWAYS}
        group = aws.ec2.SecurityGroup(
            name,
            name=args.names.resource("endpoints"),
            description="Interface endpoints",
            vpc_id=args.network.vpc_id,
            revoke_rules_on_delete=True,
            tags={"Name": args.names.resource("endpoints")},
            opts=pulumi.ResourceOptions(parent=self),
        )
        interfaces = {service: self._interface(name, service, group.id, args) for service in interface_services(CALLS)}
        for workload, services in CALLS.items():
            self._let_call(name, workload, services, args.network, group.id, gateways)
        self.s3_id = gateways["s3"].id
        self.ids = {service: made.id for service, made in (gateways | interfaces).items()}
        self.register_outputs({"ids": dict(self.ids)})

    def _gateway(self, name: str, service: str, args: EndpointsArgs) -> aws.ec2.VpcEndpoint:
        statements = {"s3": s3_statements, "dynamodb": dynamodb_statements}[service](args.names)
        return aws.ec2.VpcEndpoint(
            f"{name}-{service}",
            vpc_id=args.network.vpc_id,
            service_name=f"com.amazonaws.{args.names.region}.{service}",
            vpc_endpoint_type="Gateway",
            route_table_ids=args.network.private_route_table_ids,
            policy=document(statements),
            tags={"Name": args.names.resource(service)},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _interface(
        self, name: str, service: str, group_id: pulumi.Input[str], args: EndpointsArgs
    ) -> aws.ec2.VpcEndpoint:
        return aws.ec2.VpcEndpoint(
            f"{name}-{service}",
            vpc_id=args.network.vpc_id,
            service_name=f"com.amazonaws.{args.names.region}.{service}",
            vpc_endpoint_type="Interface",
            private_dns_enabled=True,
            subnet_ids=args.network.private_subnet_ids,
            security_group_ids=[group_id],
            policy=document(interface_statements(service, args.names)),
            tags={"Name": args.names.resource(service)},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _let_call(
        self,
        name: str,
        workload: GroupName,
        services: Sequence[str],
        network: Network,
        group_id: pulumi.Output[str],
        gateways: Mapping[str, aws.ec2.VpcEndpoint],
    ) -> None:
        """Open the security groups of `workload` for its calls, both ends where the other end has a group."""
        child = pulumi.ResourceOptions(parent=self)
        for service in sorted(set(services) & set(GATEWAYS)):
            aws.vpc.SecurityGroupEgressRule(
                f"{name}-{workload}-to-{service}",
                security_group_id=network.groups[workload],
                prefix_list_id=gateways[service].prefix_list_id,
                ip_protocol="tcp",
                from_port=443,
                to_port=443,
                description=f"Calls to {service}",
                opts=child,
            )
        if set(services) <= set(GATEWAYS):
            return
        aws.vpc.SecurityGroupEgressRule(
            f"{name}-{workload}-to-endpoints",
            security_group_id=network.groups[workload],
            referenced_security_group_id=group_id,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            description="Calls to AWS services",
            opts=child,
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-endpoints-from-{workload}",
            security_group_id=group_id,
            referenced_security_group_id=network.groups[workload],
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            description=f"Calls from {workload}",
            opts=child,
        )


def interface_services(calls: Mapping[GroupName, Iterable[str]]) -> list[str]:
    """The services that need an interface endpoint: all that is called, but by a gateway."""
    return sorted({service for services in calls.values() for service in services} - set(GATEWAYS))


def interface_statements(service: str, names: Names) -> list[Statement]:
    """Our account's principals may use this service, and nobody else anything."""
    return [_ours(f"{ACTION_PREFIX.get(service, service)}:*", names)]


def dynamodb_statements(names: Names) -> list[Statement]:
    """Our account's principals may use our account's tables."""
    return [_ours("dynamodb:*", names, resource_too=True)]


def s3_statements(names: Names) -> list[Statement]:
    """Our account's principals may use our account's buckets, and nodes may fetch AWS's own software.

    Those fetches are not signed, and come from the buckets that
    https://docs.aws.amazon.com/emr/latest/ManagementGuide/private-subnet-iampolicy.html lists.
    """
    buckets = [
        f"packages.{names.region}.amazonaws.com",
        f"repo.{names.region}.amazonaws.com",
        f"prod.{names.region}.appinfo.src",
        f"al2023-repos-{names.region}-de612dc2",
        f"{names.region}.elasticmapreduce",
    ]
    software = {
        "Sid": "SoftwareOfAws",
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["s3:GetObject", "s3:ListBucket"],
        "Resource": [f"arn:{names.partition}:s3:::{bucket}{rest}" for bucket in buckets for rest in ("", "/*")],
    }
    return [_ours("s3:*", names, resource_too=True), software]


def _ours(action: str, names: Names, *, resource_too: bool = False) -> Statement:
    condition = {"aws:PrincipalAccount": names.account}
    if resource_too:
        condition["aws:ResourceAccount"] = names.account
    return {
        "Sid": "OurAccountOnly",
        "Effect": "Allow",
        "Principal": "*",
        "Action": action,
        "Resource": "*",
        "Condition": {"StringEquals": condition},
    }
