import json
from collections.abc import Iterator
from concurrent import futures
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import grpc
import pulumi_awsx as awsx
import pytest
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime import proto, rpc
from pulumi.runtime.proto import provider_pb2_grpc, resource_pb2, resource_pb2_grpc

from embedded.provider.awsx import AwsxServicer
from embedded.provider.serve import start

RECORDED = Path(__file__).parent / "awsx_registrations"
STACK = "urn:pulumi:dev::tB::pulumi:pulumi:Stack::tB-dev"
ZONES = ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d"]
S3 = {"serviceName": "com.amazonaws.us-east-1.s3", "vpcEndpointType": "Gateway"}

CALLS: dict[str, dict[str, Any]] = {
    "auto_defaults": {"subnetStrategy": "Auto"},
    "auto_single_nat_s3_endpoint": {
        "subnetStrategy": "Auto",
        "subnetSpecs": [{"type": "Public"}, {"type": "Private"}],
        "natGateways": {"strategy": "Single"},
        "vpcEndpointSpecs": [S3],
    },
    "auto_isolated_one_nat_per_zone": {
        "cidrBlock": "10.42.0.0/16",
        "subnetStrategy": "Auto",
        "numberOfAvailabilityZones": 3,
        "subnetSpecs": [
            {"type": "Public", "cidrMask": 24},
            {"type": "Private", "cidrMask": 20},
            {"type": "Isolated", "name": "db", "cidrMask": 24, "tags": {"t": "db"}},
        ],
        "natGateways": {"strategy": "OnePerAz"},
        "vpcEndpointSpecs": [S3],
    },
}


@dataclass
class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """The engine's side: it records what is registered, and in an update gives each resource an id."""

    update: bool = False
    requests: list[Any] = field(default_factory=list)
    invokes: list[Any] = field(default_factory=list)

    def SupportsFeature(self, request: Any, context: Any) -> Any:  # noqa: N802
        return resource_pb2.SupportsFeatureResponse(hasSupport=True)

    def GetDeploymentInfo(self, request: Any, context: Any) -> Any:  # noqa: N802
        return resource_pb2.DeploymentInfo(supportedFeatures=list(resource_pb2.ResourceMonitorFeature.values()))

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        answer: dict[str, Any] = {"names": ZONES, "id": "us-east-1"}
        if request.tok == "pulumi:pulumi:getResource":
            answer = {"urn": request.args["urn"], "id": "known", "state": {}}
        else:
            self.invokes.append(request)
        return resource_pb2.ResourceInvokeResponse(**{"return": struct(answer)})

    def RegisterResource(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.requests.append(request)
        urn = f"urn:pulumi:dev::tB::{request.type}::{request.name}"
        given = f"{request.type.rpartition(':')[2]}-{request.name}" if self.update and request.custom else ""
        return resource_pb2.RegisterResourceResponse(urn=urn, id=given, object=request.object)

    def RegisterResourceOutputs(self, request: Any, context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    @property
    def registrations(self) -> list[dict[str, Any]]:
        told = [
            {
                "type": request.type,
                "name": request.name,
                "parent": "::".join(request.parent.split("::")[2:]),
                "inputs": readable(json_format.MessageToDict(request.object)),
            }
            for request in self.requests
        ]
        return sorted(told, key=lambda entry: (entry["type"], entry["name"]))


def struct(fields: dict[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(fields, struct_pb2.Struct())


def readable(value: Any) -> Any:
    match value:
        case dict():
            return {key: readable(inner) for key, inner in value.items()}
        case list():
            return [readable(inner) for inner in value]
    return "<unknown>" if value == rpc.UNKNOWN else value


@dataclass
class Plugin:
    """The plugin behind its own gRPC port, called as the engine calls it."""

    stub: provider_pb2_grpc.ResourceProviderStub

    def construct(self, monitor: Monitor, inputs: dict[str, Any], **request: Any) -> dict[str, Any]:
        server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, server)
        address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        server.start()
        try:
            whole = {"type": "awsx:ec2:Vpc", "name": "net", "parent": STACK} | request
            answer = self.stub.Construct(
                proto.ConstructRequest(
                    project="tB",
                    stack="dev",
                    dryRun=not monitor.update,
                    monitorEndpoint=address,
                    inputs=struct(inputs),
                    **whole,
                )
            )
        finally:
            server.stop(None).wait()
        state = readable(json_format.MessageToDict(answer.state))
        assert isinstance(state, dict)
        return state

    def refusal(self, inputs: dict[str, Any], **request: Any) -> str:
        with pytest.raises(grpc.RpcError) as refused:
            self.construct(Monitor(), inputs, **request)
        assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
        return str(refused.value.details())


@pytest.fixture(scope="module")
def plugin() -> Iterator[Plugin]:
    server, port = start(AwsxServicer())
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield Plugin(provider_pb2_grpc.ResourceProviderStub(channel))
    server.stop(None).wait()


@pytest.mark.parametrize("call", CALLS)
def test_the_children_are_those_that_the_real_awsx_registers(plugin: Plugin, call: str) -> None:
    monitor = Monitor()
    plugin.construct(monitor, CALLS[call])
    assert monitor.registrations == json.loads((RECORDED / f"{call}.json").read_text())


def test_the_zones_are_the_first_ones_that_the_aws_provider_tells(plugin: Plugin) -> None:
    monitor = Monitor()
    plugin.construct(monitor, {"subnetStrategy": "Auto", "numberOfAvailabilityZones": 2})
    assert [call.tok for call in monitor.invokes] == ["aws:index/getAvailabilityZones:getAvailabilityZones"]
    zones = {told["inputs"].get("availabilityZone") for told in monitor.registrations}
    assert zones == {None, "us-east-1a", "us-east-1b"}


def test_zones_that_are_named_are_not_asked_for(plugin: Plugin) -> None:
    monitor = Monitor()
    plugin.construct(monitor, {"subnetStrategy": "Auto", "availabilityZoneNames": ["us-east-1c"]})
    assert monitor.invokes == []
    assert [told["inputs"]["availabilityZone"] for told in monitor.registrations if "/subnet:" in told["type"]] == [
        "us-east-1c"
    ] * 2


@pytest.mark.filterwarnings("ignore:Waiting for:DeprecationWarning")  # what the SDK says of its own get_default_vpc
def test_every_output_that_the_sdk_declares_is_told(plugin: Plugin) -> None:
    state = plugin.construct(Monitor(update=True), CALLS["auto_isolated_one_nat_per_zone"])
    declared = {
        getattr(value.fget, "_pulumi_name", name)
        for name, value in vars(awsx.ec2.Vpc).items()
        if isinstance(value, property)
    }
    assert set(state) == declared
    assert state["vpcId"] == "Vpc-net"
    assert state["isolatedSubnetIds"] == ["Subnet-net-db-1", "Subnet-net-db-2", "Subnet-net-db-3"]
    assert [subnet["id"] for subnet in state["publicSubnets"]] == state["publicSubnetIds"]
    counts = {name: len(value) for name, value in state.items() if isinstance(value, list)}
    assert counts == {
        "subnets": 9,
        "publicSubnets": 3,
        "privateSubnets": 3,
        "isolatedSubnets": 3,
        "publicSubnetIds": 3,
        "privateSubnetIds": 3,
        "isolatedSubnetIds": 3,
        "routeTables": 9,
        "routeTableAssociations": 9,
        "routes": 6,
        "natGateways": 3,
        "eips": 3,
        "vpcEndpoints": 1,
        "subnetLayout": 3,
    }
    assert state["subnetLayout"][2] == {"type": "Isolated", "name": "db", "cidrMask": 24, "size": 256}


def test_an_update_leaves_the_ipv6_range_out_and_knows_the_rest(plugin: Plugin) -> None:
    monitor = Monitor(update=True)
    plugin.construct(monitor, CALLS["auto_defaults"])
    (subnet,) = [
        told for told in monitor.registrations if told["name"] == "net-public-2" and "/subnet:" in told["type"]
    ]
    assert subnet["inputs"]["vpcId"] == "Vpc-net"
    assert "ipv6CidrBlock" not in subnet["inputs"]


def test_children_inherit_protection_and_provider_and_come_at_the_sdks_version(plugin: Plugin) -> None:
    provider = "urn:pulumi:dev::tB::pulumi:providers:aws::other"
    monitor = Monitor()
    plugin.construct(monitor, CALLS["auto_defaults"], protect=True, providers={"aws": f"{provider}::known"})
    children = [request for request in monitor.requests if request.custom]
    assert {request.provider for request in children} == {f"{provider}::known"}
    assert all(request.protect for request in children)
    assert {request.version for request in children} == {version("pulumi-aws")}
    assert {call.provider for call in monitor.invokes} == {f"{provider}::known"}


def test_a_child_depends_on_its_parent(plugin: Plugin) -> None:
    monitor = Monitor(update=True)
    plugin.construct(monitor, CALLS["auto_defaults"])
    for request in monitor.requests:
        if request.custom and request.type != "aws:ec2/vpc:Vpc":
            assert request.parent in request.dependencies, f"{request.type} {request.name} may come before its parent"


def test_vpc_settings_tags_and_region_reach_the_children(plugin: Plugin) -> None:
    monitor = Monitor()
    given = {"enableDnsHostnames": True, "enableDnsSupport": True, "instanceTenancy": "default", "region": "eu-west-1"}
    plugin.construct(monitor, CALLS["auto_defaults"] | given | {"tags": {"team": "data", "Name": "mine"}})
    by_type = {told["type"].rpartition(":")[2]: told["inputs"] for told in monitor.registrations[:-1]}
    assert by_type["Vpc"] == given | {"cidrBlock": "10.0.0.0/16", "tags": {"team": "data", "Name": "mine"}}
    assert by_type["NatGateway"]["tags"] == {"team": "data", "Name": "net-3"}
    assert by_type["Subnet"]["tags"] == {"team": "data", "Name": "net-public-3", "SubnetType": "Public"}
    assert {told["inputs"].get("region") for told in monitor.registrations[:-1]} == {"eu-west-1"}


def test_given_addresses_take_the_place_of_new_ones(plugin: Plugin) -> None:
    monitor = Monitor()
    nat = {"strategy": "OnePerAz", "elasticIpAllocationIds": ["eipalloc-1", "eipalloc-2", "eipalloc-3"]}
    plugin.construct(monitor, CALLS["auto_defaults"] | {"natGateways": nat})
    told = monitor.registrations
    assert not [entry for entry in told if entry["type"] == "aws:ec2/eip:Eip"]
    gateways = [entry["inputs"]["allocationId"] for entry in told if entry["type"] == "aws:ec2/natGateway:NatGateway"]
    assert gateways == nat["elasticIpAllocationIds"]


def test_without_nat_gateways_private_subnets_have_no_default_route(plugin: Plugin) -> None:
    monitor = Monitor()
    plugin.construct(monitor, CALLS["auto_defaults"] | {"natGateways": {"strategy": "None"}})
    routes = [told["name"] for told in monitor.registrations if told["type"] == "aws:ec2/route:Route"]
    assert routes == ["net-public-1", "net-public-2", "net-public-3"]


def test_the_zone_naming_strategy_changes_tags_and_no_resource_name(plugin: Plugin) -> None:
    monitor = Monitor()
    plugin.construct(monitor, CALLS["auto_defaults"] | {"subnetNameTagStrategy": "AvailabilityZone"})
    tags = {told["name"]: told["inputs"]["tags"]["Name"] for told in monitor.registrations if "Subnet" in told["type"]}
    assert tags["net-private-2"] == "net-private-1b"


def test_arguments_that_are_not_taken_are_all_named(plugin: Plugin) -> None:
    refusal = plugin.refusal(
        {
            "ipv4IpamPoolId": "ipam-pool-1",
            "assignGeneratedIpv6CidrBlock": True,
            "subnetStrategy": "AutoMerge",
            "vpcEndpointStrategy": "Auto",
            "cidrBlock": rpc.UNKNOWN,
            "subnetSpecs": [{"type": "Public", "assignIpv6AddressOnCreation": True}, {"type": "Hidden"}],
        }
    )
    assert "awsx:ec2:Vpc net is refused" in refusal
    for named in (
        "ipv4IpamPoolId: the embedded awsx does not take this argument",
        "assignGeneratedIpv6CidrBlock: the embedded awsx does not take this argument",
        "subnetStrategy: Input should be 'Legacy', 'Auto' or 'Exact'",
        "vpcEndpointStrategy: Input should be 'Legacy'",
        "cidrBlock: must be a plain value",
        "subnetSpecs[0].assignIpv6AddressOnCreation: the embedded awsx does not take this argument",
        "subnetSpecs[1].type: Input should be 'Public', 'Private', 'Isolated' or 'Unused'",
    ):
        assert named in refusal


def test_a_layout_that_does_not_fit_is_refused_before_the_vpc_is_registered(plugin: Plugin) -> None:
    monitor = Monitor()
    with pytest.raises(grpc.RpcError, match=r"does not fit into the VPC's 10\.0\.0\.0/24"):
        plugin.construct(monitor, {"cidrBlock": "10.0.0.0/24", "subnetSpecs": [{"type": "Public", "cidrMask": 20}]})
    assert [request.type for request in monitor.requests] == ["awsx:ec2:Vpc"]


def test_more_zones_than_the_region_has_are_refused(plugin: Plugin) -> None:
    refusal = plugin.refusal({"numberOfAvailabilityZones": 5})
    assert "numberOfAvailabilityZones: 5 wanted, but the region has 4: us-east-1a" in refusal


def test_another_component_is_refused_by_name(plugin: Plugin) -> None:
    refusal = plugin.refusal({}, type="awsx:lb:ApplicationLoadBalancer")
    assert "awsx:lb:ApplicationLoadBalancer net is refused" in refusal
    assert "the embedded awsx has awsx:ec2:Vpc only" in refusal


def test_the_plugin_tells_the_version_of_the_sdk_that_asks_for_it(plugin: Plugin) -> None:
    assert plugin.stub.GetPluginInfo(empty_pb2.Empty()).version == version("pulumi-awsx")
