"""The `awsx` plugin of the embedded AWS: `awsx:ec2:Vpc` as awsx 3.11.0 builds it, child by child.

It calls nothing but the engine: zones come from the `aws` provider's `getAvailabilityZones`, and every child is
registered with that provider, which alone talks to the cloud (and to a loopback one only).
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import grpc
import pulumi
from google.protobuf import empty_pb2
from pulumi.provider import ConstructResult, Provider
from pulumi.provider.server import ProviderServicer
from pulumi.runtime import proto
from pydantic.alias_generators import to_camel

from embedded.provider.awsx_arguments import VPC, RefusedError, read_arguments, refusal
from embedded.provider.awsx_subnets import (
    Fault,
    PlannedSubnet,
    SubnetPlanError,
    VpcArguments,
    VpcEndpointSpec,
    plan_subnets,
    subnet_layout,
)
from embedded.provider.serve import Servicer, run

VERSION = importlib.metadata.version("pulumi-awsx")
AWS_VERSION = importlib.metadata.version("pulumi-aws")
DEFAULT_ZONES = 3
ANYWHERE = "0.0.0.0/0"
# A public subnet comes first in its zone: the private ones route through the NAT gateway that it hosts.
BUILD_ORDER = ("Public", "Private", "Isolated")


class AwsxServicer(Servicer):
    """The plugin as the engine talks to it. Each Construct runs in a loop of its own, on its call's thread."""

    def __init__(self, engine: str = "") -> None:
        self._components = ProviderServicer(Awsx(), [], engine)

    def GetPluginInfo(self, request: object, context: grpc.ServicerContext) -> proto.PluginInfo:
        """Tell the version of awsx that this stands in for."""
        return proto.PluginInfo(version=VERSION)

    def Configure(self, request: proto.ConfigureRequest, context: grpc.ServicerContext) -> proto.ConfigureResponse:
        """Take secrets, resources and outputs as such, so that each child depends on just what it uses."""
        return proto.ConfigureResponse(acceptSecrets=True, acceptResources=True, acceptOutputs=True)

    def Construct(self, request: proto.ConstructRequest, context: grpc.ServicerContext) -> proto.ConstructResponse:
        """Register a component and all its children with the engine."""
        try:
            return asyncio.run(self._components.Construct(request, context))
        except RefusedError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
            raise

    def Cancel(self, request: object, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Nothing to undo: the engine fails the registrations that are under way."""
        return empty_pb2.Empty()


def serve(arguments: list[str]) -> NoReturn:
    """Serve the plugin; the engine's address, where given, takes the component's log lines."""
    addresses = [argument for argument in arguments if not argument.startswith("-")]
    run(AwsxServicer(*addresses[:1]))


class Awsx(Provider):
    """Serves Construct for `awsx:ec2:Vpc`, and refuses every other component by name."""

    def __init__(self) -> None:
        super().__init__(VERSION)

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Register the component and its children; raises RefusedError with all faults found."""
        if resource_type != VPC:
            reason = f"the embedded awsx has {VPC} only; build it from pulumi_aws resources"
            raise RefusedError(f"{resource_type} {name} is refused: {reason}")
        component = VpcComponent(name, read_arguments(name, inputs), options)
        return ConstructResult(component.urn, component.state)


class Child(pulumi.CustomResource):
    """A resource of `aws`, of a type of its `ec2` module.

    Registered by its token: the SDK's classes would be a second of imports, for which all that needs a network waits.
    """

    def __init__(self, kind: str, name: str, opts: pulumi.ResourceOptions, **props: Any) -> None:
        token = f"aws:ec2/{kind[:1].lower()}{kind[1:]}:{kind}"
        given = {to_camel(key): value for key, value in props.items()}
        super().__init__(token, name, given, pulumi.ResourceOptions.merge(opts, _VERSIONED))


_VERSIONED = pulumi.ResourceOptions(version=AWS_VERSION)


class VpcComponent(pulumi.ComponentResource):
    """A VPC with an internet gateway, subnets, their route tables, NAT gateways and endpoints."""

    state: dict[str, Any]

    def __init__(self, name: str, args: VpcArguments, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(VPC, name, {}, opts)
        self.name, self.args = name, args
        zones = args.availability_zone_names or self._default_zones()
        try:
            plan = plan_subnets(name, args, zones)
        except SubnetPlanError as error:
            raise refusal(name, error.faults) from error

        shared = {"Name": name}
        self.vpc = Child(
            "Vpc",
            name,
            cidr_block=str(args.cidr_block),
            enable_dns_hostnames=args.enable_dns_hostnames,
            enable_dns_support=args.enable_dns_support,
            enable_network_address_usage_metrics=args.enable_network_address_usage_metrics,
            instance_tenancy=args.instance_tenancy,
            region=args.region,
            tags=_tags(shared, args.tags),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.internet_gateway = Child(
            "InternetGateway",
            name,
            vpc_id=self.vpc.id,
            region=args.region,
            tags=_tags(shared, args.tags),
            opts=_under(self.vpc),
        )
        self.subnets: dict[str, list[Child]] = {kind: [] for kind in BUILD_ORDER}
        self.route_tables: list[Child] = []
        self.associations: list[Child] = []
        self.routes: list[Child] = []
        self.eips: list[Child] = []
        self.nat_gateways: list[Child] = []
        built = [subnet for subnet in plan if subnet.spec.type != "Unused"]
        ordered = sorted(built, key=lambda subnet: (subnet.zone_number, BUILD_ORDER.index(subnet.spec.type)))
        all_subnets = [self._subnet(planned) for planned in ordered]
        endpoints = [self._endpoint(spec) for spec in args.vpc_endpoint_specs]

        self.state = {
            "vpc": self.vpc,
            "vpcId": self.vpc.id,
            "subnets": all_subnets,
            "internetGateway": self.internet_gateway,
            "routeTables": self.route_tables,
            "routeTableAssociations": self.associations,
            "routes": self.routes,
            "eips": self.eips,
            "natGateways": self.nat_gateways,
            "vpcEndpoints": endpoints,
            "subnetLayout": subnet_layout(args, plan),
        }
        for kind, subnets in self.subnets.items():
            self.state[f"{kind.lower()}Subnets"] = subnets
            self.state[f"{kind.lower()}SubnetIds"] = [subnet.id for subnet in subnets]
        # The real component registers no outputs of its own: they reach the program by Construct's answer alone.
        self.register_outputs({})

    def _default_zones(self) -> tuple[str, ...]:
        wanted = self.args.number_of_availability_zones or DEFAULT_ZONES
        opts = pulumi.InvokeOptions(parent=self, version=AWS_VERSION)
        asked = {"region": self.args.region} if self.args.region else {}
        names = pulumi.runtime.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", asked, opts).value["names"]
        if len(names) < wanted:
            reason = f"{wanted} wanted, but the region has {len(names)}: {', '.join(names)}; ask for fewer"
            raise refusal(self.name, [Fault("numberOfAvailabilityZones", reason)])
        return tuple(names[:wanted])

    def _subnet(self, planned: PlannedSubnet) -> Child:
        args, spec, region = self.args, planned.spec, self.args.region
        own = {"Name": self._name_tag(planned), "SubnetType": spec.type}
        subnet = Child(
            "Subnet",
            planned.name,
            vpc_id=self.vpc.id,
            availability_zone=planned.zone,
            cidr_block=str(planned.block),
            map_public_ip_on_launch=spec.type == "Public",
            assign_ipv6_address_on_creation=False,
            # As in the real component: not known before the VPC is, and then not there, for want of IPv6.
            ipv6_cidr_block=self.vpc.id.apply(_nothing),
            region=region,
            tags=_tags({"Name": self.name}, args.tags, spec.tags, own),
            opts=_under(self.vpc),
        )
        self.subnets[spec.type].append(subnet)
        table = Child(
            "RouteTable",
            planned.name,
            vpc_id=self.vpc.id,
            region=region,
            tags=_tags({"Name": self.name}, args.tags, own),
            opts=_under(subnet),
        )
        self.route_tables.append(table)
        association = Child(
            "RouteTableAssociation",
            planned.name,
            route_table_id=table.id,
            subnet_id=subnet.id,
            region=region,
            opts=_under(table),
        )
        self.associations.append(association)
        if spec.type == "Public":
            self._nat_gateway(planned.zone_number, subnet)
        self._default_route(planned, table)
        return subnet

    def _name_tag(self, planned: PlannedSubnet) -> str:
        if self.args.subnet_name_tag_strategy == "Legacy":
            return planned.name
        zone = re.sub(r"^[a-z]{2}(-[a-z]+)+-", "", planned.zone)
        return f"{planned.name.removesuffix(str(planned.zone_number))}{zone}"

    def _nat_gateway(self, zone_number: int, subnet: Child) -> None:
        nat = self.args.nat_gateways
        wanted = {"None": 0, "Single": 1, "OnePerAz": zone_number}[nat.strategy]
        if len(self.nat_gateways) >= wanted:
            return
        name, region = f"{self.name}-{zone_number}", self.args.region
        tags = _tags(self.args.tags, {"Name": name})
        if nat.elastic_ip_allocation_ids:
            allocation = nat.elastic_ip_allocation_ids[zone_number - 1]
        else:
            # None is not sent: it is there to be read once AWS has given one.
            eip = Child("Eip", name, allocation_id=None, region=region, tags=tags, opts=_under(subnet))
            self.eips.append(eip)
            allocation = pulumi.get(eip, "allocationId")
        gateway = Child(
            "NatGateway",
            name,
            allocation_id=allocation,
            subnet_id=subnet.id,
            region=region,
            tags=tags,
            opts=_under(subnet),
        )
        self.nat_gateways.append(gateway)

    def _default_route(self, planned: PlannedSubnet, table: Child) -> None:
        strategy = self.args.nat_gateways.strategy
        way_out: dict[str, pulumi.Input[str]]
        if planned.spec.type == "Public":
            way_out = {"gateway_id": self.internet_gateway.id}
        elif planned.spec.type == "Private" and strategy != "None":
            gateway = self.nat_gateways[0 if strategy == "Single" else planned.zone_number - 1]
            way_out = {"nat_gateway_id": gateway.id}
        else:
            return
        route = Child(
            "Route",
            planned.name,
            route_table_id=table.id,
            destination_cidr_block=ANYWHERE,
            region=self.args.region,
            opts=_under(table),
            **way_out,
        )
        self.routes.append(route)

    def _endpoint(self, spec: VpcEndpointSpec) -> Child:
        given = {field: value for field, value in spec if value is not None}
        given["region"] = given.get("region", self.args.region)
        given["tags"] = _tags({"Name": self.name}, self.args.tags, spec.tags)
        return Child("VpcEndpoint", spec.service_name, vpc_id=self.vpc.id, opts=_under(self.vpc), **given)


def _under(parent: pulumi.Resource) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(parent=parent, depends_on=[parent])


def _nothing(_: object) -> None:
    return None


def _tags(*layers: Any) -> Any:
    given = [layer for layer in layers if layer is not None]
    if any(isinstance(layer, pulumi.Output) for layer in given):
        return pulumi.Output.all(*given).apply(_merged)
    return _merged(given)


def _merged(layers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {key: value for layer in layers for key, value in layer.items()}
