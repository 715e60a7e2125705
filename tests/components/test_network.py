import ipaddress
from math import ceil, log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.network import NetworkError, first_zones, subnet_specs
from tests.components import parts
from tests.components.mock_engine import deploy


def test_the_network_has_a_subnet_of_each_kind_in_each_zone_by_awsx() -> None:
    made = deploy(lambda: parts.network(zones=3, nat="per_az"))
    vpc = made.one("awsx:ec2:Vpc").inputs
    assert vpc["availabilityZoneNames"] == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    assert vpc["subnetStrategy"] == "Auto"
    assert [(spec["name"], spec["type"]) for spec in vpc["subnetSpecs"]] == [
        ("private", "Private"),
        ("isolated", "Isolated"),
        ("public", "Public"),
    ]
    assert vpc["natGateways"] == {"strategy": "OnePerAz"}


def test_the_default_security_group_is_emptied() -> None:
    inputs = deploy(parts.network).one("DefaultSecurityGroup").inputs
    assert not {"ingress", "egress"} & set(inputs)


def test_flows_are_logged_encrypted_and_not_for_ever() -> None:
    made = deploy(parts.network)
    group = made.one("LogGroup").inputs
    assert group["kmsKeyId"] == parts.KEY
    assert group["retentionInDays"] == 14
    assert made.one("FlowLog").inputs["trafficType"] == "ALL"
    assert made.one("FlowLog").inputs["logDestination"].startswith("arn:aws:logs:")


def test_private_route_tables_are_those_of_the_private_and_isolated_subnets() -> None:
    found: list[list[str]] = []
    deploy(lambda: parts.network(zones=2).private_route_table_ids.apply(found.append))
    assert sorted(found[0]) == [
        f"rtb-{kind}-{zone}" for kind in ("isolated", "private") for zone in ("eu-west-1a", "eu-west-1b")
    ]


def test_what_is_put_out_is_the_vpc_s() -> None:
    found: list[object] = []

    def program() -> None:
        made = parts.network(zones=2)
        found.append(made.cidrs)
        made.public_subnet_ids.apply(found.append)
        assert not made.endpoint_ids
        assert not made.endpoint_cidrs

    deploy(program)
    assert found == [("10.0.0.0/16",), ["subnet-publiceuwest1a", "subnet-publiceuwest1b"]]


def test_the_same_zones_are_chosen_whatever_order_aws_lists_them_in() -> None:
    assert first_zones(["eu-west-1c", "eu-west-1a", "eu-west-1b"], 2) == ("eu-west-1a", "eu-west-1b")


def test_local_zones_do_not_count() -> None:
    assert first_zones(["us-west-2-lax-1a", "us-west-2b", "us-west-2a"], 2) == ("us-west-2a", "us-west-2b")
    with pytest.raises(NetworkError, match="offers 1"):
        first_zones(["us-west-2-lax-1a", "us-west-2b"], 2)
    assert first_zones(["us-gov-west-1b", "us-gov-west-1a"], 1) == ("us-gov-west-1a",)


@given(prefix=st.integers(16, 21), zones=st.integers(2, 3))
def test_the_subnets_of_all_zones_fit_into_the_network_without_gaps(prefix: int, zones: int) -> None:
    network = ipaddress.ip_network(f"10.0.0.0/{prefix}")
    block = 2 ** (32 - prefix - ceil(log2(zones)))
    starts, end = [], 0
    for spec in subnet_specs(str(network), zones):
        size = 2 ** (32 - int(str(spec.cidr_mask)))
        assert end % size == 0, "a subnet that is not aligned would leave a gap"
        starts.append(end)
        end += size
    assert end <= block
    assert block * zones <= network.num_addresses
    assert 32 - int(str(subnet_specs(str(network), zones)[2].cidr_mask)) >= 4, "AWS takes no subnet below a /28"
