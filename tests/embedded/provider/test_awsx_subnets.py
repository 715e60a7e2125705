import ipaddress
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded.provider.awsx_subnets import PlannedSubnet, SubnetPlanError, VpcArguments, plan_subnets, subnet_layout

ZONES = ("eu-west-1a", "eu-west-1b", "eu-west-1c", "eu-west-1d")

cidrs = st.builds(
    lambda second, mask: str(ipaddress.IPv4Network(f"10.{second}.0.0/{mask}")),
    st.integers(0, 255),
    st.integers(16, 24),
)
zones = st.integers(1, 4).map(lambda count: ZONES[:count])
spec_types = st.sampled_from(["Public", "Private", "Isolated", "Unused"])


def arguments(**given: Any) -> VpcArguments:
    return VpcArguments.model_validate({"natGateways": {"strategy": "None"}, "subnetStrategy": "Auto"} | given)


def plan(zones: Sequence[str] = ZONES[:3], **given: Any) -> list[tuple[str, str]]:
    return [(subnet.name, str(subnet.block)) for subnet in plan_subnets("net", arguments(**given), zones)]


def faults(zones: Sequence[str] = ZONES[:3], **given: Any) -> tuple[tuple[str, str], ...]:
    with pytest.raises(SubnetPlanError) as refused:
        plan_subnets("net", arguments(**given), zones)
    return refused.value.faults


def assert_sound(subnets: Sequence[PlannedSubnet], args: VpcArguments) -> None:
    for subnet in subnets:
        assert subnet.block.subnet_of(args.cidr_block), f"{subnet} lies outside {args.cidr_block}"
        asked = subnet.spec.mask
        assert asked is None or subnet.block.prefixlen == asked, f"{subnet} is not of the size asked for"
    for one, other in combinations(subnets, 2):
        assert not one.block.overlaps(other.block), f"{one} overlaps {other}"


@given(
    cidr=cidrs,
    zones=zones,
    strategy=st.sampled_from(["Auto", "Legacy", "Exact"]),
    specs=st.lists(st.tuples(spec_types, st.none() | st.integers(16, 28)), min_size=1, max_size=5),
)
def test_subnets_are_refused_or_disjoint_inside_the_vpc_and_of_the_size_asked_for(
    cidr: str, zones: Sequence[str], strategy: str, specs: list[tuple[str, int | None]]
) -> None:
    named = [{"type": kind, "name": f"s{n}", "cidrMask": mask} for n, (kind, mask) in enumerate(specs)]
    args = arguments(cidrBlock=cidr, subnetStrategy=strategy, subnetSpecs=named)
    try:
        subnets = plan_subnets("net", args, zones)
    except SubnetPlanError:
        return
    assert_sound(subnets, args)
    unused = strategy == "Legacy" and [kind for kind, _ in specs if kind == "Unused"]
    assert len(subnets) == (len(specs) - len(unused or ())) * len(zones)


@given(cidr=cidrs, zones=zones, strategy=st.sampled_from(["Auto", "Legacy"]))
def test_without_specs_each_zone_has_a_private_subnet_and_a_public_one_of_half_its_size(
    cidr: str, zones: Sequence[str], strategy: str
) -> None:
    args = arguments(cidrBlock=cidr, subnetStrategy=strategy)
    subnets = plan_subnets("net", args, zones)
    assert_sound(subnets, args)
    for private, public in zip(subnets[::2], subnets[1::2], strict=True):
        assert (private.spec.type, public.spec.type) == ("Private", "Public")
        assert private.zone == public.zone
        assert private.block.num_addresses == 2 * public.block.num_addresses


@given(cidr=cidrs, zones=zones, kinds=st.lists(st.sampled_from(["Public", "Isolated"]), min_size=1, max_size=4))
def test_specs_without_a_size_share_their_zone_evenly_and_always_fit(
    cidr: str, zones: Sequence[str], kinds: list[str]
) -> None:
    args = arguments(cidrBlock=cidr, subnetSpecs=[{"type": kind, "name": f"s{n}"} for n, kind in enumerate(kinds)])
    subnets = plan_subnets("net", args, zones)
    assert_sound(subnets, args)
    assert len({subnet.block.prefixlen for subnet in subnets}) == 1


@given(masks=st.lists(st.integers(20, 28), min_size=1, max_size=4), zones=zones)
def test_the_layout_that_a_plan_tells_gives_the_same_plan_again(masks: list[int], zones: Sequence[str]) -> None:
    specs = [{"type": "Private", "name": f"s{n}", "cidrMask": mask} for n, mask in enumerate(masks)]
    args = arguments(subnetSpecs=specs)
    first = plan_subnets("net", args, zones)
    second = plan_subnets("net", arguments(subnetSpecs=subnet_layout(args, first)), zones)
    assert [(subnet.name, subnet.block) for subnet in second] == [(subnet.name, subnet.block) for subnet in first]


def test_auto_keeps_the_order_of_the_specs_and_aligns_a_wide_subnet_after_a_narrow_one() -> None:
    specs = [{"type": "Public", "cidrMask": 24}, {"type": "Private", "size": 4096}, {"type": "Isolated", "name": "db"}]
    assert plan(subnetSpecs=specs, zones=ZONES[:1]) == [
        ("net-public-1", "10.0.0.0/24"),
        ("net-private-1", "10.0.16.0/20"),
        ("net-db-1", "10.0.64.0/18"),
    ]


def test_legacy_puts_private_subnets_first_and_isolated_ones_last_with_widths_of_their_own() -> None:
    specs = [{"type": "Isolated"}, {"type": "Public"}, {"type": "Private"}]
    assert plan(subnetSpecs=specs, subnetStrategy="Legacy", zones=ZONES[:2]) == [
        ("net-private-1", "10.0.0.0/19"),
        ("net-public-1", "10.0.32.0/20"),
        ("net-isolated-1", "10.0.48.0/24"),
        ("net-private-2", "10.0.128.0/19"),
        ("net-public-2", "10.0.160.0/20"),
        ("net-isolated-2", "10.0.176.0/24"),
    ]


def test_given_blocks_are_taken_as_they_are() -> None:
    specs = [{"type": "Isolated", "cidrBlocks": ["10.0.5.0/24", "10.0.9.0/24"]}]
    assert plan(subnetSpecs=specs, zones=ZONES[:2]) == [
        ("net-isolated-1", "10.0.5.0/24"),
        ("net-isolated-2", "10.0.9.0/24"),
    ]


def test_exact_takes_a_layout_without_gaps_and_names_the_gaps_of_another() -> None:
    full = [{"type": "Public", "cidrMask": 18}, {"type": "Unused", "cidrMask": 18}]
    assert plan(subnetSpecs=full, subnetStrategy="Exact", zones=ZONES[:2]) == [
        ("net-public-1", "10.0.0.0/18"),
        ("net-unused-1", "10.0.64.0/18"),
        ("net-public-2", "10.0.128.0/18"),
        ("net-unused-2", "10.0.192.0/18"),
    ]
    (between, after) = faults(subnetSpecs=full[:1], subnetStrategy="Exact", zones=ZONES[:2])
    assert "10.0.63.255 is followed by 10.0.128.0" in between[1]
    assert "ends at 10.0.191.255" in after[1]


def test_all_faults_of_a_layout_are_told_at_once() -> None:
    told = faults(
        zones=ZONES[:2],
        cidrBlock="10.0.0.0/24",
        subnetSpecs=[{"type": "Public", "cidrMask": 29}, {"type": "Isolated", "cidrBlocks": None, "cidrMask": 23}],
        natGateways={"strategy": "Single", "elasticIpAllocationIds": ["eipalloc-1", "eipalloc-2"]},
    )
    assert [reason for path, reason in told if "/29; AWS takes subnets from /16 to /28" in reason], told
    assert [reason for path, reason in told if "does not fit into the VPC's 10.0.0.0/24" in reason], told
    assert [path for path, _ in told if path == "natGateways.elasticIpAllocationIds"], told


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"subnetSpecs": [{"type": "Public"}, {"type": "Public"}]}, "two specs are called net-public-1"),
        ({"subnetSpecs": [{"type": "Private", "cidrBlocks": ["10.0.0.0/24"]}]}, "give one for each of 3 zones"),
        (
            {"subnetSpecs": [{"type": "Private", "cidrBlocks": ["10.0.0.0/24"] * 3}]},
            "net-private-1 (10.0.0.0/24) overlaps net-private-2",
        ),
        (
            {"natGateways": {"strategy": "OnePerAz"}, "subnetSpecs": [{"type": "Private"}]},
            "OnePerAz needs public subnets",
        ),
        (
            {"zones": ZONES[:1], "availabilityZoneCidrMask": 24, "subnetSpecs": [{"type": "Private", "cidrMask": 20}]},
            "need 4096 addresses, but its /24 has 256",
        ),
    ],
)
def test_a_layout_that_aws_or_awsx_would_refuse_is_refused(given: dict[str, Any], reason: str) -> None:
    assert reason in " ".join(fault[1] for fault in faults(**given))
