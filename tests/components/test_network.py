import ipaddress
from math import ceil, log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.network import GROUPS, NetworkError, first_zones, flows, subnet_specs
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


def test_every_rule_says_why_and_names_its_other_end() -> None:
    made = deploy(lambda: parts.network(nat="single"))
    rules = made.of("SecurityGroupIngressRule") + made.of("SecurityGroupEgressRule")
    assert all(rule.inputs["description"] for rule in rules)
    assert not [each.name for each in made.of("SecurityGroupIngressRule") if "cidrIpv4" in each.inputs]


@pytest.mark.parametrize(("nat", "reaching_out"), [("none", 0), ("single", 2), ("per_az", 2)])
def test_only_cluster_nodes_reach_out_and_only_where_there_is_nat(nat: str, reaching_out: int) -> None:
    made = deploy(lambda: parts.network(nat=nat))
    outside = [each.name for each in made.of("SecurityGroupEgressRule") if "cidrIpv4" in each.inputs]
    assert len(outside) == reaching_out
    assert all("cluster-" in name for name in outside)


def test_private_route_tables_are_those_of_the_private_and_isolated_subnets() -> None:
    found: list[list[str]] = []
    deploy(lambda: parts.network(zones=2).private_route_table_ids.apply(found.append))
    assert sorted(found[0]) == [
        f"rtb-{kind}-{zone}" for kind in ("isolated", "private") for zone in ("eu-west-1a", "eu-west-1b")
    ]


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


@given(st.integers(5431, 5455))
def test_every_flow_is_between_groups_that_exist_and_the_warehouse_listens_on_its_port_only(port: int) -> None:
    for flow in flows(port):
        assert {flow.source, flow.target} <= set(GROUPS)
        if flow.target == "warehouse":
            assert flow.ports == (port, port)
