"""The ways out of the subnets: one endpoint for each AWS service that something in a subnet calls, and no other.

Where the network has one already, that one is used.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.endpoint_policies import dynamodb_statements, interface_statements, s3_statements
from components.iam import document
from components.names import Names
from components.network import Network
from components.security_groups import GroupName

GATEWAYS = ("dynamodb", "s3")
NODES_CALL = ("s3", "dynamodb", "elasticmapreduce", "glue", "kms", "lakeformation", "logs", "monitoring", "sts")

CALLS: Mapping[GroupName, tuple[str, ...]] = {
    # Streams and queues are read, and failures delivered to queues and topics, by the Lambda service, not from a
    # function's interface.
    "functions": ("s3", "athena"),
    # The jobs that submit EMR steps and Redshift statements call by the Data API, which fetches the secret itself.
    "jobs": (
        "s3",
        "dynamodb",
        "elasticmapreduce",
        "glue",
        "kms",
        "lakeformation",
        "logs",
        "monitoring",
        "redshift-data",
        # Whose password a statement runs with: the job's role may read it, so that the way to it must not lead out.
        "secretsmanager",
        "sts",
    ),
    # With enhanced VPC routing the warehouse's own traffic to S3 and to the Glue catalog goes through the VPC.
    "warehouse": ("s3", "glue", "lakeformation", "sts"),
    "cluster-primary": NODES_CALL,
    "cluster-core": NODES_CALL,
    # It spills what is too large for an answer to S3, reads its password, and asks whether its query still runs:
    # https://docs.aws.amazon.com/athena/latest/ug/connectors-redshift.html.
    "connector": ("s3", "athena", "secretsmanager"),
}
"""What each workload calls from its own network interface, by the endpoint's service name. Endpoints follow from it."""


class EndpointsError(Exception):
    """An endpoint was given that nothing here goes through."""


@dataclass(frozen=True, kw_only=True)
class EndpointsArgs:
    """`network` is where the endpoints are put: interface endpoints into each private subnet.

    They admit the account, or the whole organisation where there is an `organization_id`. `extra` are services that
    nothing of ours calls from a subnet, but others in the VPC do.
    """

    names: Names
    network: Network
    organization_id: str | None = None
    extra: Sequence[str] = ()


class Endpoints(pulumi.ComponentResource):
    """Gateway endpoints on every private and isolated route table, interface endpoints with private DNS.

    Those in private subnets answer in isolated ones too: all subnets of a VPC reach each other, and groups decide.
    """

    s3_id: pulumi.Output[str]
    ids: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: EndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:layers:Endpoints", name, {}, opts)
        given = args.network.endpoint_ids
        calls = {workload: services for workload, services in CALLS.items() if workload in args.network.groups}
        called = interface_services(calls)
        refuse_unused(given, [*GATEWAYS, *called, *args.extra])
        ids = {service: pulumi.Output.from_input(key) for service, key in given.items()}
        made = [service for service in called if service not in given]
        if made:
            group_id = self._group(name, "endpoints", "Interface endpoints", args)
            ids |= {service: self._interface(name, service, group_id, args) for service in made}
            for workload in calls:
                if set(calls[workload]) & set(made):
                    self._connect(name, workload, args.network.groups[workload], group_id)
        ids |= {service: self._for_callers(name, service, args) for service in args.extra if service not in given}
        for service in GATEWAYS:
            if service in given:
                prefix_list = aws.ec2.get_prefix_list_output(name=service_name(service, args.names)).id
            else:
                gateway = self._gateway(name, service, args)
                ids[service], prefix_list = gateway.id, gateway.prefix_list_id
            self._let_out_by_gateway(name, service, calls, args.network, prefix_list)
        for workload in calls:
            if set(calls[workload]) & set(given) - set(GATEWAYS):
                self._let_out_to_given(name, workload, args.network)
        self.s3_id = ids["s3"]
        self.ids = ids
        self.register_outputs({"ids": dict(self.ids)})

    def _gateway(self, name: str, service: str, args: EndpointsArgs) -> aws.ec2.VpcEndpoint:
        statements = {"s3": s3_statements, "dynamodb": dynamodb_statements}[service]
        return aws.ec2.VpcEndpoint(
            f"{name}-{service}",
            vpc_id=args.network.vpc_id,
            service_name=service_name(service, args.names),
            vpc_endpoint_type="Gateway",
            route_table_ids=args.network.private_route_table_ids,
            policy=document(statements(args.names, args.organization_id)),
            tags={"Name": args.names.resource(service)},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _interface(
        self, name: str, service: str, group_id: pulumi.Input[str], args: EndpointsArgs
    ) -> pulumi.Output[str]:
        made = aws.ec2.VpcEndpoint(
            f"{name}-{service}",
            vpc_id=args.network.vpc_id,
            service_name=service_name(service, args.names),
            vpc_endpoint_type="Interface",
            private_dns_enabled=True,
            subnet_ids=args.network.private_subnet_ids,
            security_group_ids=[group_id],
            policy=document(interface_statements(service, args.names, args.organization_id)),
            tags={"Name": args.names.resource(service)},
            opts=pulumi.ResourceOptions(parent=self),
        )
        return made.id

    def _for_callers(self, name: str, service: str, args: EndpointsArgs) -> pulumi.Output[str]:
        """An endpoint for what is in the VPC and not ours: its addresses are all that we know of it."""
        group_id = self._group(f"{name}-{service}", service, f"Callers of {service} in the VPC", args)
        for number, block in enumerate(args.network.cidrs, 1):
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-{service}-from-vpc-{number}",
                security_group_id=group_id,
                cidr_ipv4=block,
                ip_protocol="tcp",
                from_port=443,
                to_port=443,
                description="Callers in the VPC",
                opts=pulumi.ResourceOptions(parent=self),
            )
        return self._interface(name, service, group_id, args)

    def _group(self, name: str, what: str, description: str, args: EndpointsArgs) -> pulumi.Output[str]:
        made = aws.ec2.SecurityGroup(
            name,
            name=args.names.resource(what),
            description=description,
            vpc_id=args.network.vpc_id,
            revoke_rules_on_delete=True,
            tags={"Name": args.names.resource(what)},
            opts=pulumi.ResourceOptions(parent=self),
        )
        return made.id

    def _connect(
        self, name: str, workload: GroupName, workload_group: pulumi.Output[str], group_id: pulumi.Output[str]
    ) -> None:
        """Let a workload call our endpoints: both ends."""
        self._let_out(
            f"{name}-{workload}-to-endpoints",
            workload_group,
            "Calls to AWS services",
            referenced_security_group_id=group_id,
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-endpoints-from-{workload}",
            security_group_id=group_id,
            referenced_security_group_id=workload_group,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            description=f"Calls from {workload}",
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _let_out_by_gateway(
        self,
        name: str,
        service: str,
        calls: Mapping[GroupName, Sequence[str]],
        network: Network,
        prefix_list_id: pulumi.Output[str],
    ) -> None:
        for workload, services in calls.items():
            if service in services:
                self._let_out(
                    f"{name}-{workload}-to-{service}",
                    network.groups[workload],
                    f"Calls to {service}",
                    prefix_list_id=prefix_list_id,
                )

    def _let_out_to_given(self, name: str, workload: GroupName, network: Network) -> None:
        """Let a workload call endpoints that aren't ours, nor their groups: those may be in another account."""
        for number, block in enumerate(network.endpoint_cidrs, 1):
            self._let_out(
                f"{name}-{workload}-to-given-{number}",
                network.groups[workload],
                "Calls to AWS services, by endpoints that are not ours",
                cidr_ipv4=block,
            )

    def _let_out(
        self,
        name: str,
        group_id: pulumi.Output[str],
        why: str,
        *,
        referenced_security_group_id: pulumi.Input[str] | None = None,
        prefix_list_id: pulumi.Input[str] | None = None,
        cidr_ipv4: str | None = None,
    ) -> None:
        aws.vpc.SecurityGroupEgressRule(
            name,
            security_group_id=group_id,
            referenced_security_group_id=referenced_security_group_id,
            prefix_list_id=prefix_list_id,
            cidr_ipv4=cidr_ipv4,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            description=why,
            opts=pulumi.ResourceOptions(parent=self),
        )


def service_name(service: str, names: Names) -> str:
    """The full name of a service, under which it has endpoints and, if they are gateways, a prefix list."""
    return f"com.amazonaws.{names.region}.{service}"


def interface_services(calls: Mapping[GroupName, Iterable[str]]) -> list[str]:
    """The services that need an interface endpoint: all that is called, but by a gateway."""
    return sorted({service for services in calls.values() for service in services} - set(GATEWAYS))


def refuse_unused(given: Mapping[str, str], used: Iterable[str]) -> None:
    """Raise EndpointsError for an endpoint that would go unused, most likely by a wrong name of its service."""
    unused = sorted(set(given) - set(used))
    if unused:
        raise EndpointsError(
            f"medallion:network.existing.endpoint_ids names {', '.join(unused)}; it must name services among "
            f"{', '.join(sorted(used))}, since nothing here calls others; mend the name or leave it out."
        )
