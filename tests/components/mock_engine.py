"""A stand-in for Pulumi's engine that writes down every registration, and answers as AWS would."""

import gc
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import pulumi
import pytest
from pulumi.runtime import resource, rpc
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.proto import source_pb2
from pulumi.runtime.sync_await import _sync_await

from components.names import Names
from embedded.provider.synthesis import synthesise

ACCOUNT = "123456789012"
REGION = "eu-west-1"
STACK = "dev"
ZONES = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
NAMES = Names(project="medallion", stack=STACK, account=ACCOUNT, region=REGION)
# https://github.com/pulumi/pulumi/blob/master/sdk/python/lib/pulumi/runtime/rpc.py: what marks a reference.
SIGNATURE, RESOURCE = "4dabf18193072939515e22adb298388d", "5cf8f73096256a8f31e491e813e4eb8e"

INVOKES: Mapping[str, dict[str, Any]] = {
    "pulumi:pulumi:readStackOutputs": {"name": "", "outputs": {}, "secretOutputNames": []},
    "aws:index/getCallerIdentity:getCallerIdentity": {
        "accountId": ACCOUNT,
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/builder/session",
        "id": ACCOUNT,
        "userId": "AROA:session",
    },
    "aws:index/getRegion:getRegion": {
        "id": REGION,
        "name": REGION,
        "region": REGION,
        "description": "",
        "endpoint": "",
    },
    "aws:index/getPartition:getPartition": {
        "id": "aws",
        "partition": "aws",
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    },
    "aws:datazone/getEnvironmentBlueprint:getEnvironmentBlueprint": {
        "id": "4n3j5x6y7z8a9b",
        "domainId": "dzd_2b4d6f",
        "name": "DefaultDataLake",
        "managed": True,
        "blueprintProvider": "Amazon DataZone",
        "description": "",
        "region": REGION,
    },
    "aws:index/getAvailabilityZones:getAvailabilityZones": {
        "id": REGION,
        "names": ["eu-west-1c", "eu-west-1a", "eu-west-1b", "eu-west-1-lax-1a"],
        "region": REGION,
        "groupNames": [],
        "zoneIds": [],
    },
}


Lookups: TypeAlias = Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]]


@dataclass(frozen=True, kw_only=True)
class Registration:
    """A resource as the program registered it: its type, name and inputs, and what the engine was told besides."""

    type: str
    name: str
    inputs: dict[str, Any]
    parent: str
    protect: bool
    retain: bool
    ignore_changes: tuple[str, ...]
    depends_on: frozenset[str]


@dataclass
class Recording(Mocks):
    """Every registration of a program; `lookups` answer its functions by their arguments, in place of INVOKES."""

    registrations: list[Registration] = field(default_factory=list)
    lookups: Lookups = field(default_factory=dict)
    by_type: dict[str, list[Registration]] = field(default_factory=dict)

    def take(self, registration: Registration) -> None:
        """Write one down."""
        self.registrations.append(registration)
        self.by_type.setdefault(registration.type, []).append(registration)

    def of(self, type_: str) -> list[Registration]:
        """What was registered of a type, by the end of its token: `s3/bucket:Bucket`."""
        # Tests ask this tens of thousands of times, and a program has few types.
        return [each for token, made in self.by_type.items() if token.endswith(type_) for each in made]

    def one(self, type_: str, name: str | None = None) -> Registration:
        """The only registration of a type, and name if given."""
        found = [each for each in self.of(type_) if name in (None, each.name)]
        assert len(found) == 1, f"{len(found)} of {type_} {name}: {[each.name for each in found]}"
        return found[0]

    def document(self, type_: str, name: str, of: str = "policy") -> list[dict[str, Any]]:
        """The statements of the policy document in a property of a resource."""
        statements: list[dict[str, Any]] = json.loads(self.one(type_, name).inputs[of])["Statement"]
        return statements

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        asked = self.lookups.get(args.token)
        return (INVOKES[args.token] if asked is None else asked(args.args)), []

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if not args.custom:
            return None, args.inputs
        return synthesise(args.typ, args.name, args.inputs, ACCOUNT, REGION)


class RecordingMonitor(MockMonitor):
    """Passes registrations on to a recording, with what Pulumi's own mocks leave out."""

    mocks: Recording

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (the name is gRPC's)
        answer = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        if request.type == "pulumi:pulumi:Stack":
            return answer
        registered = self.resources[answer.urn]
        self.mocks.take(
            Registration(
                type=request.type,
                name=request.name,
                inputs=dict(rpc.deserialize_properties(request.object)),
                parent=request.parent.rpartition("::")[2],
                protect=request.protect,
                retain=request.retainOnDelete,
                ignore_changes=tuple(request.ignoreChanges),
                depends_on=frozenset(each.rpartition("::")[2] for each in request.dependencies),
            )
        )
        if request.type == "awsx:ec2:Vpc":
            outputs = vpc_outputs(registered.state, self)
            answer.object.CopyFrom(_sync_await(rpc.serialize_properties(outputs, {})))
        return answer


def vpc_outputs(inputs: Mapping[str, Any], monitor: MockMonitor) -> dict[str, Any]:
    """What awsx's VPC puts out: a subnet and a route table of each kind in each zone."""
    outputs: dict[str, Any] = {"vpcId": "vpc-0abc", "routeTables": list(_tables(inputs, monitor))}
    for kind in ("private", "isolated", "public"):
        outputs[f"{kind}SubnetIds"] = [subnet_id(kind, zone) for zone in inputs["availabilityZoneNames"]]
    return outputs


def subnet_id(kind: str, zone: str) -> str:
    """The id of the subnet of a kind in a zone: of the form that AWS gives, and telling which it is."""
    return f"subnet-{kind}{zone.replace('-', '')}"


def _tables(inputs: Mapping[str, Any], monitor: MockMonitor) -> Iterator[dict[str, str]]:
    for zone in inputs["availabilityZoneNames"]:
        for spec in inputs["subnetSpecs"]:
            key = f"rtb-{spec['name']}-{zone}"
            urn = f"urn:pulumi:{STACK}::medallion::aws:ec2/routeTable:RouteTable::{key}"
            state = {"id": key, "tags": {"SubnetType": spec["type"]}}
            monitor.resources[urn] = MockMonitor.ResourceRegistration(urn, key, state)
            yield {SIGNATURE: RESOURCE, "urn": urn, "id": key}


def deploy(program: Callable[[], object], lookups: Lookups | None = None) -> Recording:
    """Run a program to its end, every registration awaited, and return what it registered."""
    recording = Recording(lookups=lookups or {})
    pulumi.runtime.set_mocks(recording, "medallion", STACK, preview=False, monitor=RecordingMonitor(recording))

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def run() -> None:
        program()

    with pytest.MonkeyPatch.context() as patched:
        # No test reads where in the code a resource was made; under pytest's deep stack that is a tenth of a run.
        patched.setattr(resource, "_get_stack_trace", source_pb2.StackTrace)
        # As the program itself does: looking for garbage in what lives as long as the program takes a quarter more.
        gc.disable()
        try:
            run()
        finally:
            gc.enable()
    return recording


def resolved(output: pulumi.Input[Any]) -> Any:
    """The value of an output of a program without resources."""
    values: list[Any] = []
    deploy(lambda: pulumi.Output.from_input(output).apply(values.append))
    return values[0]
