"""What the embedded `awsx:ec2:Vpc` takes, and the subnets that it lays out: no Pulumi here, and no side effect."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

ADDRESS_BITS = 32
# https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
WIDEST_MASK, NARROWEST_MASK = 16, 28

SubnetType = Literal["Public", "Private", "Isolated", "Unused"]
LEGACY_ORDER = ("Private", "Public", "Isolated")
LEGACY_WIDEST = {"Private": 19, "Public": 20, "Isolated": 24}


class Fault(NamedTuple):
    """One thing wrong with the arguments: where it is (`subnetSpecs[0].cidrMask`), and what."""

    path: str
    reason: str


class SubnetPlanError(ValueError):
    """The subnets that were asked for can't be laid out; `faults` holds every reason."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(f"{fault.path}: {fault.reason}" for fault in self.faults))


class _Arguments(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True)


class SubnetSpec(_Arguments):
    """One subnet in each zone. `tags` may be an output; the rest has to be known when the layout is made."""

    type: SubnetType
    name: str | None = None
    cidr_mask: int | None = Field(default=None, ge=0, le=ADDRESS_BITS)
    cidr_blocks: tuple[ipaddress.IPv4Network, ...] | None = None
    size: int | None = None
    tags: Any = None

    @property
    def mask(self) -> int | None:
        """The prefix length asked for by mask or by size, None where it is left to the layout."""
        if self.cidr_mask is not None or self.size is None:
            return self.cidr_mask
        return ADDRESS_BITS + 1 - self.size.bit_length()

    @model_validator(mode="after")
    def _sizes_agree(self) -> SubnetSpec:
        if self.size is not None and (self.size < 1 or self.size.bit_count() != 1):
            raise ValueError(f"size is {self.size}; give a power of two")
        masks = {block.prefixlen for block in self.cidr_blocks or ()}
        masks |= {self.cidr_mask} if self.cidr_mask is not None else set()
        masks |= {ADDRESS_BITS + 1 - self.size.bit_length()} if self.size is not None else set()
        sized = self.cidr_mask is not None or self.size is not None
        if sized and len(masks) > 1:
            raise ValueError(f"cidrMask, size and cidrBlocks disagree: they ask for /{sorted(masks)}")
        return self


class NatGateways(_Arguments):
    """How many NAT gateways, and the elastic IPs they use instead of new ones."""

    strategy: Literal["None", "Single", "OnePerAz"] = "OnePerAz"
    elastic_ip_allocation_ids: tuple[Any, ...] = ()


class VpcEndpointSpec(_Arguments):
    """An endpoint of the VPC, passed through to `aws.ec2.VpcEndpoint` as it is."""

    service_name: str
    auto_accept: Any = None
    dns_options: Any = None
    ip_address_type: Any = None
    policy: Any = None
    private_dns_enabled: Any = None
    region: Any = None
    resource_configuration_arn: Any = None
    route_table_ids: Any = None
    security_group_ids: Any = None
    service_network_arn: Any = None
    service_region: Any = None
    subnet_configurations: Any = None
    subnet_ids: Any = None
    tags: Any = None
    vpc_endpoint_type: Any = None


class VpcArguments(_Arguments):
    """What the embedded `awsx:ec2:Vpc` takes. IPAM, IPv6, AutoMerge and derived endpoint settings it does not."""

    cidr_block: ipaddress.IPv4Network = ipaddress.IPv4Network("10.0.0.0/16")
    availability_zone_names: tuple[str, ...] | None = Field(default=None, min_length=1)
    number_of_availability_zones: int | None = Field(default=None, ge=1)
    availability_zone_cidr_mask: int | None = Field(default=None, ge=0, le=ADDRESS_BITS)
    subnet_strategy: Literal["Legacy", "Auto", "Exact"] = "Legacy"
    subnet_specs: tuple[SubnetSpec, ...] | None = Field(default=None, min_length=1)
    subnet_name_tag_strategy: Literal["Legacy", "AvailabilityZone"] = "Legacy"
    nat_gateways: NatGateways = NatGateways()
    vpc_endpoint_specs: tuple[VpcEndpointSpec, ...] = ()
    vpc_endpoint_strategy: Literal["Legacy"] = "Legacy"
    enable_dns_hostnames: Any = None
    enable_dns_support: Any = None
    enable_network_address_usage_metrics: Any = None
    instance_tenancy: Any = None
    region: Any = None
    tags: Any = None

    @model_validator(mode="after")
    def _arguments_agree(self) -> VpcArguments:
        faults = []
        if self.availability_zone_names and self.number_of_availability_zones:
            faults.append("give availabilityZoneNames or numberOfAvailabilityZones, not both")
        if not self.availability_zone_names and not isinstance(self.region, str | None):
            faults.append("region is an output, so the zones can't be asked for; give availabilityZoneNames")
        explicit = [spec.cidr_blocks is not None for spec in self.subnet_specs or ()]
        if any(explicit) and not all(explicit):
            faults.append("give every subnet spec its cidrBlocks, or none")
        if self.subnet_strategy == "Legacy" and (any(explicit) or self.availability_zone_cidr_mask is not None):
            faults.append("the Legacy strategy ignores cidrBlocks and availabilityZoneCidrMask; say Auto")
        if faults:
            raise ValueError("; ".join(faults))
        return self


@dataclass(frozen=True)
class PlannedSubnet:
    """A subnet, or with type `Unused` a range kept free, in the zone of that 1-based number."""

    name: str
    spec: SubnetSpec
    zone: str
    zone_number: int
    block: ipaddress.IPv4Network


def plan_subnets(name: str, args: VpcArguments, zones: Sequence[str]) -> tuple[PlannedSubnet, ...]:
    """Lay out all zones' subnets, disjoint and inside the VPC, zone by zone; raises SubnetPlanError."""
    vpc = args.cidr_block
    zone_mask = args.availability_zone_cidr_mask
    if zone_mask is None:
        zone_mask = vpc.prefixlen + (len(zones) - 1).bit_length()
    specs = args.subnet_specs or _default_specs(args, zone_mask)
    lay_out = _legacy_layout if args.subnet_strategy == "Legacy" and args.subnet_specs else _layout_in_order

    faults: list[Fault] = []
    plan: list[PlannedSubnet] = []
    for index, zone in enumerate(zones):
        start = int(vpc.network_address) + (index << (ADDRESS_BITS - min(zone_mask, ADDRESS_BITS)))
        explicit = specs[0].cidr_blocks is not None
        for spec, first, mask in _given_layout(specs, index) if explicit else lay_out(specs, start, zone_mask):
            subnet = f"{name}-{spec.name or spec.type.lower()}-{index + 1}"
            misfit = _misfit(spec.type, first, mask, vpc)
            if misfit is None:
                plan.append(PlannedSubnet(subnet, spec, zone, index + 1, ipaddress.IPv4Network((first, mask))))
            else:
                faults.append(Fault("subnetSpecs", f"{subnet} {misfit}"))
    faults += _layout_faults(plan, args, zones)
    faults += _nat_faults({subnet.spec.type for subnet in plan}, args.nat_gateways, len(zones))
    if lay_out is _layout_in_order and not faults:
        faults += _overfull_zone([subnet for subnet in plan if subnet.zone_number == 1], zone_mask)
    if faults:
        raise SubnetPlanError(faults)
    return tuple(plan)


def _misfit(kind: SubnetType, first: int, mask: int, vpc: ipaddress.IPv4Network) -> str | None:
    if kind != "Unused" and not WIDEST_MASK <= mask <= NARROWEST_MASK:
        return f"would be a /{mask}; AWS takes subnets from /{WIDEST_MASK} to /{NARROWEST_MASK}"
    if first < int(vpc.network_address) or first + (1 << (ADDRESS_BITS - mask)) > int(vpc.broadcast_address) + 1:
        return f"(/{mask}) does not fit into the VPC's {vpc}; widen that, make subnets smaller or use fewer zones"
    return None


def _overfull_zone(subnets: Sequence[PlannedSubnet], zone_mask: int) -> Iterator[Fault]:
    needed, given = sum(subnet.block.num_addresses for subnet in subnets), 1 << (ADDRESS_BITS - zone_mask)
    if subnets[0].spec.cidr_blocks is None and needed > given:
        yield Fault("subnetSpecs", f"a zone's subnets need {needed} addresses, but its /{zone_mask} has {given}")


def _default_specs(args: VpcArguments, zone_mask: int) -> tuple[SubnetSpec, ...]:
    widest = zone_mask if args.subnet_strategy == "Legacy" else max(zone_mask, WIDEST_MASK)
    private, public = min(widest + 1, ADDRESS_BITS), min(widest + 2, ADDRESS_BITS)
    return _spec("Private", private), _spec("Public", public)


def _spec(kind: SubnetType, mask: int) -> SubnetSpec:
    return SubnetSpec.model_validate({"type": kind, "cidrMask": mask})


Layout = Iterator[tuple[SubnetSpec, int, int]]


def _given_layout(specs: Sequence[SubnetSpec], zone_index: int) -> Layout:
    for spec in specs:
        for block in (spec.cidr_blocks or ())[zone_index : zone_index + 1]:
            yield spec, int(block.network_address), block.prefixlen


def _layout_in_order(specs: Sequence[SubnetSpec], start: int, zone_mask: int) -> Layout:
    for spec in specs:
        mask = spec.mask if spec.mask is not None else min(zone_mask + (len(specs) - 1).bit_length(), ADDRESS_BITS)
        size = 1 << (ADDRESS_BITS - mask)
        first = -(-start // size) * size
        yield spec, first, mask
        start = first + size


def _legacy_layout(specs: Sequence[SubnetSpec], start: int, zone_mask: int) -> Layout:
    end = start
    previous = range(start, start)
    for kind in LEGACY_ORDER:
        for index, spec in enumerate(spec for spec in specs if spec.type == kind):
            default = max(zone_mask + (len(specs) > 1), LEGACY_WIDEST[kind])
            mask = spec.mask if spec.mask is not None else default
            size = 1 << (ADDRESS_BITS - mask)
            # The nth of its kind goes to the kind's nth slot, and moves on only if that hits its predecessor.
            first = (start + index * size) // size * size
            if first < previous.stop and previous.start < first + size:
                first = -(-previous.stop // size) * size
            previous = range(first, first + size)
            yield spec, first, mask
            end = previous.stop
        start = end


def _layout_faults(plan: Sequence[PlannedSubnet], args: VpcArguments, zones: Sequence[str]) -> Iterator[Fault]:
    for one, other in combinations(plan, 2):
        if one.block.overlaps(other.block):
            reason = f"{one.name} ({one.block}) overlaps {other.name} ({other.block}); widen the VPC's cidrBlock, "
            yield Fault("subnetSpecs", reason + "make subnets smaller or use fewer zones")
        if one.name == other.name and "Unused" not in (one.spec.type, other.spec.type):
            yield Fault("subnetSpecs", f"two specs are called {one.name}; give them names of their own")
    for spec in args.subnet_specs or ():
        if spec.cidr_blocks is not None and len(spec.cidr_blocks) != len(zones):
            reason = (
                f"a {spec.type} spec has {len(spec.cidr_blocks)} cidrBlocks; give one for each of {len(zones)} zones"
            )
            yield Fault("subnetSpecs", reason)
    if args.subnet_strategy == "Exact":
        yield from _gaps(plan, args.cidr_block)


def _nat_faults(kinds: set[SubnetType], nat: NatGateways, zones: int) -> Iterator[Fault]:
    if nat.strategy != "None" and not ("Public" in kinds and kinds & {"Private", "Isolated"}):
        reason = f"{nat.strategy} needs public subnets as hosts and private ones as users; add them or say None"
        yield Fault("natGateways.strategy", reason)
    allowed = {"None": {0}, "Single": {0, 1}, "OnePerAz": {0, zones}}[nat.strategy]
    given = len(nat.elastic_ip_allocation_ids)
    if given not in allowed:
        reason = f"{given} given, but {nat.strategy} in {zones} zones takes {' or '.join(map(str, sorted(allowed)))}"
        yield Fault("natGateways.elasticIpAllocationIds", reason)


def _gaps(plan: Sequence[PlannedSubnet], vpc: ipaddress.IPv4Network) -> Iterator[Fault]:
    before = vpc[0] - 1 if int(vpc[0]) else None
    edges = [(before, subnet.block[0]) for subnet in plan[:1]]
    edges += [(one.block[-1], other.block[0]) for one, other in pairwise(plan)]
    for last, following in edges:
        if last is not None and following != last + 1:
            yield Fault("subnetSpecs", f"Exact leaves no gap, but {last} is followed by {following}; add Unused specs")
    if plan and plan[-1].block[-1] != vpc[-1]:
        yield Fault(
            "subnetSpecs", f"Exact fills the VPC to {vpc[-1]}, but the last subnet ends at {plan[-1].block[-1]}"
        )


def subnet_layout(args: VpcArguments, plan: Sequence[PlannedSubnet]) -> list[dict[str, Any]]:
    """The layout of one zone as specs of the Auto strategy, gaps as `Unused` (the component's `subnetLayout`)."""
    if args.subnet_strategy != "Legacy" and args.subnet_specs:
        return [_resolved(spec) for spec in args.subnet_specs]
    layout: list[dict[str, Any]] = []
    end: ipaddress.IPv4Address | None = None
    for subnet in (subnet for subnet in plan if subnet.zone_number == 1):
        if end is not None and end + 1 < subnet.block[0]:
            gaps = ipaddress.summarize_address_range(end + 1, subnet.block[0] - 1)
            layout += [{"type": "Unused", "cidrMask": gap.prefixlen} for gap in gaps]
        layout.append({"type": subnet.spec.type, "cidrMask": subnet.block.prefixlen})
        end = subnet.block[-1]
    return layout


def _resolved(spec: SubnetSpec) -> dict[str, Any]:
    fields: dict[str, Any] = {"type": spec.type, "name": spec.name}
    if spec.cidr_blocks is not None:
        fields |= {
            "cidrBlocks": [str(block) for block in spec.cidr_blocks],
            "cidrMask": spec.cidr_mask,
            "size": spec.size,
        }
    elif spec.mask is not None:
        fields |= {"cidrMask": spec.mask, "size": 1 << (ADDRESS_BITS - spec.mask)}
    return {field: value for field, value in fields.items() if value is not None}
