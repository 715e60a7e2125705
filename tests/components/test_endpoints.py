import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.endpoint_policies import s3_statements
from components.endpoints import CALLS, GATEWAYS, Endpoints, EndpointsArgs, interface_services
from components.names import Names
from components.security_groups import GROUPS, GroupName
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


def endpoints(**changes: Any) -> Recording:
    """Endpoints whose arguments are changed."""
    return deploy(lambda: Endpoints("endpoints", EndpointsArgs(names=NAMES, network=parts.network(), **changes)))


def test_endpoints_admit_our_account_on_what_is_our_account_s(made: Recording) -> None:
    for each in made.of("VpcEndpoint"):
        ours, *others = json.loads(each.inputs["policy"])["Statement"]
        assert ours["Condition"] == {"StringEquals": {"aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT}}
        assert ours["Action"] != "*"
        assert all("*" not in other["Resource"] for other in others), each.name


def test_with_an_organisation_endpoints_admit_it_instead_of_the_account() -> None:
    for each in endpoints(organization_id="o-1234567890").of("VpcEndpoint"):
        ours = json.loads(each.inputs["policy"])["Statement"][0]
        assert ours["Condition"] == {
            "StringEquals": {"aws:PrincipalOrgID": "o-1234567890", "aws:ResourceOrgID": "o-1234567890"}
        }


def test_policies_name_services_as_iam_does(made: Recording) -> None:
    (statement,) = made.document("VpcEndpoint", "endpoints-monitoring")
    assert statement["Action"] == "cloudwatch:*"
    (statement,) = made.document("VpcEndpoint", "endpoints-athena")
    assert statement["Action"] == "athena:*"


def test_nodes_may_fetch_aws_s_software_leave_logs_and_nothing_else_that_is_not_ours(made: Recording) -> None:
    _, software, logs = made.document("VpcEndpoint", "endpoints-s3")
    assert software["Action"] == ["s3:GetObject"]
    assert software["Resource"] == [
        "arn:aws:s3:::al2023-repos-eu-west-1-de612dc2/*",
        "arn:aws:s3:::repo.eu-west-1.emr.amazonaws.com/*",
    ]
    assert (logs["Action"], logs["Resource"]) == (["s3:Put*"], ["arn:aws:s3:::aws157-logs-prod-eu-west-1/*"])


def test_the_bucket_for_logs_of_nodes_has_another_name_in_us_east_1() -> None:
    names = Names(project="medallion", stack="dev", account=ACCOUNT, region="us-east-1")
    assert s3_statements(names, None)[2]["Resource"] == ["arn:aws:s3:::aws157-logs-prod/*"]


def test_a_private_api_has_an_endpoint_for_callers_in_the_vpc_and_a_public_one_has_none(made: Recording) -> None:
    private = endpoints(extra=["execute-api"])
    endpoint = private.one("VpcEndpoint", "endpoints-execute-api").inputs
    rule = private.one("SecurityGroupIngressRule", "endpoints-execute-api-from-vpc-1").inputs
    assert endpoint["privateDnsEnabled"] is True
    assert endpoint["securityGroupIds"] == [rule["securityGroupId"]]
    assert (rule["cidrIpv4"], rule["fromPort"], rule["toPort"]) == ("10.0.0.0/16", 443, 443)
    assert not [each.name for each in made.registrations if "execute-api" in each.name]


def test_jobs_reach_secrets_whether_the_connector_is_there_or_not() -> None:
    network = parts.network(without=frozenset({"connector"}))
    made = deploy(lambda: Endpoints("endpoints", EndpointsArgs(names=NAMES, network=network)))
    assert made.one("VpcEndpoint", "endpoints-secretsmanager").inputs["vpcEndpointType"] == "Interface"


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
