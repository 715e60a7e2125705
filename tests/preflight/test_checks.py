"""Each check finds what is missing, says nothing of what is there, and owns up to what it can't ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
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


class Concurrency:
    """Lambda of an account that has so many concurrent executions; moto answers a thousand, all of them unreserved."""

    def __init__(self, most: int, **reserved: int) -> None:
        self.most, self.reserved = most, {name.replace("_", "-"): held for name, held in reserved.items()}

    def get_account_settings(self) -> dict[str, dict[str, int]]:
        left = self.most - sum(self.reserved.values())
        return {"AccountLimit": {"ConcurrentExecutions": self.most, "UnreservedConcurrentExecutions": left}}

    def get_function_concurrency(self, **asked: str) -> dict[str, int]:
        name = asked["FunctionName"]
        if name not in self.reserved:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetFunctionConcurrency")
        return {"ReservedConcurrentExecutions": self.reserved[name]}


RESERVED = {"landing-files": 50, "landing-stream": 100, "end-use-api": 100}


@pytest.mark.parametrize(
    ("reserved", "account_has", "told"),
    [
        (RESERVED, Concurrency(1000), ""),
        (RESERVED, Concurrency(350), ""),
        (RESERVED, Concurrency(349), "would leave 99 of 349"),
        (RESERVED, Concurrency(10), "would leave -240 of 10"),
        (RESERVED, Concurrency(1000, others=700), "would leave 50 of 1000"),
        (RESERVED, Concurrency(350, medallion_dev_landing_stream=100, medallion_dev_end_use_api=100), ""),
        ({}, Concurrency(10), ""),
        ({}, Concurrency(4), "files_at_once is 5, and all functions together may run 4"),
        ({"end-use-api": 1}, Concurrency(100), "would leave 99 of 100"),
    ],
)
def test_what_is_reserved_must_leave_a_hundred_and_the_files_find_room(
    ask: Ask, reserved: dict[str, int], account_has: Concurrency, told: str
) -> None:
    asked = replace(ask(functions={"reserved": reserved}), _clients={"lambda": account_has})
    found, why = run(services.lambda_concurrency, asked)
    assert not why
    assert told in "".join(each.what for each in found)
    assert len(found) == bool(told)


class Subscribed:
    """QuickSight of an account with this edition, whose users and groups are in a region, asked in another one."""

    def __init__(self, edition: str | None, status: str = "ACCOUNT_CREATED", elsewhere: str = "") -> None:
        self.edition, self.status, self.elsewhere = edition, status, elsewhere

    def describe_account_subscription(self, **_: str) -> dict[str, dict[str, str]]:
        if self.edition is None:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "DescribeAccountSubscription")
        return {"AccountInfo": {"Edition": self.edition, "AccountSubscriptionStatus": self.status}}

    def list_groups(self, **_: str) -> dict[str, list[object]]:
        if self.elsewhere:
            told = f"Operation is being called from endpoint {REGION}, but your identity region is {self.elsewhere}."
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": told}}, "ListGroups")
        return {"GroupList": []}


@pytest.mark.parametrize(
    ("subscribed", "told"),
    [
        (Subscribed("ENTERPRISE"), ""),
        (Subscribed("ENTERPRISE_AND_Q", "OK"), ""),
        (Subscribed("STANDARD"), "edition is STANDARD"),
        (Subscribed(None), "edition is none"),
        (Subscribed("ENTERPRISE", "UNSUBSCRIBED"), "edition is none"),
        (Subscribed("ENTERPRISE", elsewhere="us-east-1"), "keeps users and groups in us-east-1"),
    ],
)
def test_quicksight_must_be_of_enterprise_edition_and_asked_where_its_groups_are(
    ask: Ask, subscribed: Subscribed, told: str
) -> None:
    found, why = run(services.quicksight, replace(ask(), _clients={"quicksight": subscribed}))
    assert not why
    assert told in "".join(each.what for each in found)
    assert len(found) == bool(told)


def test_quicksight_is_asked_in_the_identity_region_that_is_set(ask: Ask) -> None:
    clients = {"quicksight in us-east-1": Subscribed("ENTERPRISE"), "quicksight": Subscribed(None)}
    account = replace(ask(quicksight={"identity_region": "us-east-1"}), _clients=clients)
    assert run(services.quicksight, account) == ([], "")


def test_quicksight_that_may_not_be_asked_is_undecided(ask: Ask) -> None:
    class Denied(Subscribed):
        def list_groups(self, **_: str) -> dict[str, list[object]]:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "ListGroups")

    found, why = run(services.quicksight, replace(ask(), _clients={"quicksight": Denied("ENTERPRISE")}))
    assert not found
    assert why.startswith("ListGroups")


class Costs:
    """Cost Explorer of an account that pays, or of one that another pays for, with tags that are not activated."""

    def __init__(self, *inactive: str, linked: bool = False) -> None:
        self.inactive, self.linked = inactive, linked

    def list_cost_allocation_tags(self, **asked: Any) -> dict[str, list[dict[str, str]]]:
        if self.linked:
            told = "Failed to list Cost Allocation Tags: Linked account doesn't have access to cost allocation tags."
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": told}}, "ListCostAllocationTags")
        assert asked["Status"] == "Inactive"
        return {"CostAllocationTags": [{"TagKey": key} for key in self.inactive if key in asked["TagKeys"]]}


def test_tags_that_the_budget_asks_for_must_be_activated_by_who_pays(ask: Ask) -> None:
    found, why = run(ground.cost_tags, replace(ask(), _clients={"ce": Costs("project", "environment", "owner")}))
    assert not why
    assert [each.what.split()[2] for each in found] == ["environment", "project"]
    assert all("update-cost-allocation-tags-status" in each.remedy for each in found)


@pytest.mark.parametrize("costs", [Costs(), Costs("project", linked=True)])
def test_tags_that_are_active_or_unknown_or_another_account_s_are_no_lack(ask: Ask, costs: Costs) -> None:
    assert run(ground.cost_tags, replace(ask(), _clients={"ce": costs})) == ([], "")


def test_a_denied_question_is_no_answer(ask: Ask) -> None:
    def denied(account: Account) -> Iterator[Lack]:
        yield Lack("first", "mend it")
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListThings")

    found, why = run(denied, ask())
    assert [each.what for each in found] == ["first"], "what was found before counts"
    assert why == "ListThings: no Allow the caller this read."
