import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.endpoints import CALLS, GATEWAYS, Endpoints, EndpointsArgs, interface_services
from components.network import GROUPS, GroupName
from tests.components import parts
from tests.components.mock_engine import ACCOUNT, NAMES, Recording, deploy

SERVICES = ("dynamodb", "glue", "kms", "s3", "sts")


@pytest.fixture(scope="module")
def made() -> Recording:
    return deploy(lambda: Endpoints("endpoints", EndpointsArgs(names=NAMES, network=parts.network(zones=2))))


def test_gateways_are_on_every_private_and_isolated_route_table(made: Recording) -> None:
    for service in GATEWAYS:
        inputs = made.one("VpcEndpoint", f"endpoints-{service}").inputs
        assert inputs["vpcEndpointType"] == "Gateway"
        assert len(inputs["routeTableIds"]) == 4
        assert not {"securityGroupIds", "subnetIds", "privateDnsEnabled"} & set(inputs)


def test_what_is_called_has_an_endpoint_with_private_dns_in_every_private_subnet(made: Recording) -> None:
    called = {service for services in CALLS.values() for service in services}
    names = {each.inputs["serviceName"] for each in made.of("VpcEndpoint")}
    assert names == {f"com.amazonaws.eu-west-1.{service}" for service in called}
    for each in made.of("VpcEndpoint"):
        if each.inputs["vpcEndpointType"] == "Interface":
            assert each.inputs["privateDnsEnabled"] is True
            assert each.inputs["subnetIds"] == ["subnet-privateeuwest1a", "subnet-privateeuwest1b"]
            assert len(each.inputs["securityGroupIds"]) == 1


def test_no_endpoint_has_the_default_policy(made: Recording) -> None:
    for each in made.of("VpcEndpoint"):
        ours, *others = json.loads(each.inputs["policy"])["Statement"]
        assert ours["Condition"]["StringEquals"]["aws:PrincipalAccount"] == ACCOUNT
        assert ours["Action"] != "*"
        assert all(other["Resource"] != "*" for other in others), each.name


def test_policies_name_services_as_iam_does(made: Recording) -> None:
    (statement,) = made.document("VpcEndpoint", "endpoints-monitoring")
    assert statement["Action"] == "cloudwatch:*"
    (statement,) = made.document("VpcEndpoint", "endpoints-athena")
    assert statement["Action"] == "athena:*"


def test_nodes_may_fetch_aws_s_software_and_nothing_else_that_is_not_ours(made: Recording) -> None:
    _, software = made.document("VpcEndpoint", "endpoints-s3")
    assert software["Action"] == ["s3:GetObject", "s3:ListBucket"]
    assert "arn:aws:s3:::prod.eu-west-1.appinfo.src/*" in software["Resource"]


def test_each_workload_that_calls_is_let_out_and_let_in_on_443_only(made: Recording) -> None:
    rules = [each for each in made.registrations if each.name.startswith("endpoints-") and "SecurityGroup" in each.type]
    for workload in CALLS:
        assert f"endpoints-{workload}-to-s3" in {each.name for each in rules}
        assert f"endpoints-endpoints-from-{workload}" in {each.name for each in rules}
    assert {(each.inputs["fromPort"], each.inputs["toPort"]) for each in rules} == {(443, 443)}
    assert not any("cidrIpv4" in each.inputs for each in rules)
    assert "cluster-service" not in CALLS, "EMR's side of the cluster is no interface of ours that calls"


@given(st.dictionaries(st.sampled_from(sorted(GROUPS)), st.lists(st.sampled_from(SERVICES))))
def test_a_service_has_an_interface_endpoint_exactly_if_something_calls_it_and_no_gateway_serves_it(
    calls: dict[GroupName, list[str]],
) -> None:
    found = interface_services(calls)
    assert found == sorted(set(found))
    for service in SERVICES:
        wanted = service not in GATEWAYS and any(service in services for services in calls.values())
        assert (service in found) is wanted
