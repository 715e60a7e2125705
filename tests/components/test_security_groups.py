import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.network import switched_off
from components.security_groups import GROUPS, flows
from tests.components import parts
from tests.components.mock_engine import Recording, deploy
from tests.components.test_program import whole

INGRESS, EGRESS = "SecurityGroupIngressRule", "SecurityGroupEgressRule"


@pytest.fixture(scope="module")
def made() -> Recording:
    return deploy(lambda: parts.network(nat="single"))


def test_every_workload_has_a_group_of_its_own_without_rules_of_its_own(made: Recording) -> None:
    groups = made.of("ec2/securityGroup:SecurityGroup")
    assert {each.name for each in groups} == {f"network-{group}" for group in GROUPS}
    assert not [each.name for each in groups if {"ingress", "egress"} & set(each.inputs)]


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_every_group_and_rule_says_why_in_characters_that_ec2_takes(stack: str) -> None:
    """No apostrophe among them: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html."""
    whole_program, _ = whole(stack)
    told = [each for kind in (INGRESS, EGRESS, "ec2/securityGroup:SecurityGroup") for each in whole_program.of(kind)]
    assert told
    for each in told:
        assert re.fullmatch(r"[\w .:/()#,@\[\]+=&;{}!$*-]{1,255}", each.inputs["description"], re.ASCII), each.name


def test_only_the_load_balancer_is_open_to_the_internet_and_only_on_443(made: Recording) -> None:
    (rule,) = [each for each in made.of(INGRESS) if "referencedSecurityGroupId" not in each.inputs]
    assert rule.name == "network-entrance-from-internet"
    assert (rule.inputs["cidrIpv4"], rule.inputs["fromPort"], rule.inputs["toPort"]) == ("0.0.0.0/0", 443, 443)


def test_the_load_balancer_reaches_nothing(made: Recording) -> None:
    """Its target is a function, which Lambda calls for it."""
    assert not [each.name for each in made.of(EGRESS) if each.name.startswith("network-entrance-")]


def test_quicksight_reaches_the_warehouse_and_lets_its_answers_in(made: Recording) -> None:
    out = made.one(EGRESS, "network-dashboards-to-warehouse").inputs
    answers = made.one(INGRESS, "network-dashboards-from-warehouse").inputs
    assert (out["fromPort"], out["toPort"]) == (5439, 5439)
    assert (answers["ipProtocol"], answers["fromPort"], answers["toPort"]) == ("tcp", 0, 65535)
    assert answers["referencedSecurityGroupId"] == out["referencedSecurityGroupId"]
    assert not [each.name for each in made.of(EGRESS) if each.name == "network-warehouse-to-dashboards"]


@pytest.mark.parametrize(("nat", "reaching_out"), [("none", 0), ("single", 2), ("per_az", 2)])
def test_only_cluster_nodes_reach_out_and_only_where_there_is_nat(nat: str, reaching_out: int) -> None:
    made = deploy(lambda: parts.network(nat=nat))
    outside = [each.name for each in made.of(EGRESS) if "cidrIpv4" in each.inputs]
    assert len(outside) == reaching_out
    assert all("cluster-" in name for name in outside)


def test_what_is_switched_off_has_neither_group_nor_rules() -> None:
    without = switched_off(load_balancer=False, dashboards=False, connector=False)
    made = deploy(lambda: parts.network(without=without))
    assert {"entrance", "dashboards", "connector"} == without
    assert not [each.name for each in made.registrations if any(group in each.name for group in without)]
    assert not switched_off(load_balancer=True, dashboards=True, connector=True)


@given(st.integers(5431, 5455))
def test_every_flow_is_between_groups_that_exist_and_the_warehouse_listens_on_its_port_only(port: int) -> None:
    for flow in flows(port):
        assert {flow.source, flow.target} <= set(GROUPS)
        if flow.target == "warehouse":
            assert flow.ports == (port, port)


def test_no_two_flows_would_make_the_same_rule() -> None:
    ends = [(each.source, each.target) for each in flows(5439)]
    assert len(set(ends)) == len(ends)
    assert not [each for each in flows(5439) if each.answers_let_in and (each.target, each.source) in ends]
