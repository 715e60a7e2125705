"""Each check finds what is missing, says nothing of what is there, and owns up to what it can't ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from botocore.exceptions import ClientError

from preflight import ground, network, services
from preflight.asking import Account, Lack, run
from tests.preflight.conftest import ACCOUNT, REGION, Ask

ROLE = f"arn:aws:iam::{ACCOUNT}:role/analyst-who-is-not-there"


def test_a_role_that_the_settings_name_and_nobody_made_is_missing(ask: Ask) -> None:
    account = ask(access={"analysts": [ROLE]})
    found, why = run(ground.principals, account)
    assert not why
    assert [each.what for each in found] == [f"medallion:access.analysts names {ROLE}, which does not exist."]
    account.client("iam").create_role(RoleName="analyst-who-is-not-there", AssumeRolePolicyDocument="{}")
    assert run(ground.principals, account) == ([], "")
    account.client("iam").delete_role(RoleName="analyst-who-is-not-there")


def test_a_boundary_that_is_not_there_is_missing(ask: Ask) -> None:
    policy = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
    found, _ = run(ground.principals, ask(access={"permissions_boundary": policy}))
    assert policy in found[0].what


def test_service_linked_roles_are_missing_until_they_are_made_and_the_command_is_given(ask: Ask) -> None:
    account = ask()
    found, why = run(ground.service_roles, account)
    assert not why
    assert {each.remedy.rpartition(" ")[2] for each in found} == set(ground.SERVICE_LINKED.values())
    for name in ground.SERVICE_LINKED:
        account.client("iam").create_role(RoleName=name, Path="/aws-service-role/", AssumeRolePolicyDocument="{}")
    assert run(ground.service_roles, account)[0] == []


def test_a_topic_that_is_not_there_is_missing(ask: Ask) -> None:
    arn = f"arn:aws:sns:{REGION}:{ACCOUNT}:nowhere"
    found, _ = run(ground.topics, ask(alerts={"topics": [arn]}))
    assert arn in found[0].what


def test_a_caller_that_may_not_deploy_is_told_so(ask: Ask) -> None:
    found, _ = run(ground.caller, ask(perimeter={"deployers": [ROLE]}))
    assert "must be listed" in found[0].what
    assert run(ground.caller, ask()) == ([], "")


def test_catalog_settings_that_are_left_alone_must_be_encrypted(ask: Ask) -> None:
    assert run(ground.catalog_encryption, ask()) == ([], "")
    found, _ = run(ground.catalog_encryption, ask(account={"catalog_encryption": "leave"}))
    assert "not encrypted" in found[0].what


def test_zones_that_the_region_has_are_enough(ask: Ask) -> None:
    assert run(network.enough_zones, ask(network={"availability_zones": 3})) == ([], "")


def test_an_instance_type_that_nobody_offers_is_missing(ask: Ask) -> None:
    found, why = run(services.emr_sizes, ask(emr={"core": "m8zz.48xlarge"}))
    assert not why
    assert [each.what for each in found] == ["EC2 offers no m8zz.48xlarge in eu-west-1a."]


def test_a_certificate_or_zone_that_is_not_there_is_missing(ask: Ask) -> None:
    arn = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/12345678-1234-1234-1234-123456789012"
    existing = {"certificate": "existing", "certificate_arn": arn, "domain": "data.example.com"}
    found, why = run(services.certificate, ask(load_balancer=existing))
    assert not why
    assert "not there" in found[0].what
    domain = {"certificate": "domain", "domain": "data.example.com", "zone_id": "Z0123456789EXAMPLE"}
    found, why = run(services.certificate, ask(load_balancer=domain))
    assert not why
    assert "no hosted zone" in found[0].what
    assert run(services.certificate, ask()) == ([], "")


def test_a_zone_of_another_domain_is_told(ask: Ask) -> None:
    account = ask()
    made = account.client("route53").create_hosted_zone(Name="other.org", CallerReference="1")["HostedZone"]["Id"]
    domain = {"certificate": "domain", "domain": "data.example.com", "zone_id": "Z0123456789EXAMPLE"}
    chosen = ask(load_balancer=domain).settings
    # The embedded AWS gives ids that need not begin with Z.
    entrance = chosen.load_balancer.model_copy(update={"zone_id": made.rpartition("/")[2]})
    other = replace(account, settings=chosen.model_copy(update={"load_balancer": entrance}))
    found, _ = run(services.certificate, other)
    assert [each.what for each in found] == ["data.example.com is not in the zone other.org."]


def test_an_existing_network_that_is_not_there_is_told(ask: Ask) -> None:
    given = {
        "vpc_id": "vpc-0123456789abcdef0",
        "private_subnet_ids": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        "isolated_subnet_ids": ["subnet-0123456789abcdef2", "subnet-0123456789abcdef3"],
        "public_subnet_ids": ["subnet-0123456789abcdef4", "subnet-0123456789abcdef5"],
        "route_table_ids": ["rtb-0123456789abcdef0"],
        "endpoint_ids": {"s3": "vpce-0123456789abcdef0", "dynamodb": "vpce-0123456789abcdef1"},
    }
    found, _ = run(network.existing, ask(network={"cidr": None, "nat": None, "existing": given}))
    assert [each.what for each in found] == [
        "medallion:network.existing.vpc_id is vpc-0123456789abcdef0, which does not exist."
    ]


def test_an_existing_network_is_told_all_that_it_lacks(ask: Ask) -> None:
    ec2 = ask().client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{number}.0/24", AvailabilityZone=f"{REGION}{'ab'[number % 2]}")[
            "Subnet"
        ]["SubnetId"]
        for number in range(6)
    ]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    for subnet in subnets[:4]:
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    s3 = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3", VpcEndpointType="Gateway")
    given = {
        "vpc_id": vpc,
        "private_subnet_ids": subnets[:2],
        "isolated_subnet_ids": subnets[2:4],
        "public_subnet_ids": subnets[4:],
        "route_table_ids": [table],
        "endpoint_ids": {"s3": s3["VpcEndpoint"]["VpcEndpointId"], "dynamodb": "vpce-0123456789abcdef1"},
    }
    found, why = run(network.existing, ask(network={"cidr": None, "nat": None, "existing": given}))
    assert not why
    told = "\n".join(each.what for each in found)
    assert "enableDnsHostnames off" in told
    assert told.count("is to be isolated and has a default route") == 2
    assert "vpce-0123456789abcdef1 (for dynamodb) does not exist" in told
    assert f"(s3) is not on {table}" in told


def test_data_exchange_must_be_in_the_region_where_anything_is_exchanged(ask: Ask) -> None:
    account = ask(exchange={"publish": True})
    assert run(services.entitlements, account) == ([], "")
    north = replace(account, names=replace(account.names, region="eu-north-1"))
    found, why = run(services.entitlements, north)
    assert not why
    assert found[0].what.startswith("Data Exchange is not in eu-north-1; it is in ap-northeast-1, ")
    nothing = ask(exchange={"publish": False})
    assert run(services.entitlements, replace(nothing, names=north.names)) == ([], "")


class NoIdentityCenter:
    """What a region answers in which IAM Identity Center was never set up; moto always has an instance."""

    def list_instances(self) -> dict[str, list[object]]:
        return {"Instances": []}


def test_identity_center_must_be_there_for_people_who_come_in_by_it(ask: Ask) -> None:
    by_identity_center = ask(portal={"sign_in": "identity_center"})
    assert run(services.sign_in, by_identity_center) == ([], "")
    without = {"sso-admin": NoIdentityCenter()}
    (found,), why = run(services.sign_in, replace(by_identity_center, _clients=without))
    assert not why
    assert "set medallion:portal.sign_in to roles" in found.remedy
    assert run(services.sign_in, replace(ask(), _clients=without)) == ([], "")


def test_a_denied_question_is_no_answer(ask: Ask) -> None:
    def denied(account: Account) -> Iterator[Lack]:
        yield Lack("first", "mend it")
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListThings")

    found, why = run(denied, ask())
    assert [each.what for each in found] == ["first"], "what was found before counts"
    assert why == "ListThings: no Allow the caller this read."
