import json
from typing import Any

import pytest

from components.end_use import EndUse, EndUseArgs
from settings import Access, Account, LoadBalancer
from tests.components import parts
from tests.components.mock_engine import NAMES, Recording, deploy


def program(**changes: Any) -> None:
    args: dict[str, Any] = {
        "platform": parts.platform(),
        "workgroup": NAMES.workgroup,
        "marts_job": NAMES.resource("refined-marts"),
        "api_endpoint_id": None,
        "api": parts.API,
        "load_balancer": LoadBalancer(certificate="self_signed"),
        "functions": parts.FUNCTIONS,
        "access": Access(),
        "account": Account(),
    }
    EndUse("end-use", EndUseArgs(**(args | changes)))


@pytest.fixture(scope="module")
def made() -> Recording:
    return deploy(program)


def test_the_function_reads_marts_through_its_workgroup_and_writes_nothing_but_results(made: Recording) -> None:
    statements = made.document("RolePolicy", "end-use-api")
    by_id = {each["Sid"]: each for each in statements}
    assert by_id["Query"]["Resource"] == ["arn:aws:athena:eu-west-1:123456789012:workgroup/medallion-dev"]
    written = [arn for each in statements if "s3:PutObject" in each["Action"] for arn in each["Resource"]]
    assert written == [f"{NAMES.bucket_arn('results')}/athena/*"], "what stewards found is not the API's"
    variables = made.one("lambda/function:Function").inputs["environment"]["variables"]
    assert variables == {"DATABASE_REFINED": "medallion_dev_refined", "WORKGROUP": "medallion-dev"}


def test_the_function_knows_what_may_be_asked(made: Recording) -> None:
    described = made.one("lambda/function:Function").inputs["code"].assets["marts.json"].text
    assert "routes" in json.loads(described)["marts"]


def test_the_function_runs_as_often_at_once_as_is_set_aside_for_it(made: Recording) -> None:
    assert "reservedConcurrentExecutions" not in made.one("lambda/function:Function").inputs
    functions = parts.FUNCTIONS.model_copy(update={"reserved": {"end-use-api": 7}})
    held = deploy(lambda: program(functions=functions))
    assert held.one("lambda/function:Function").inputs["reservedConcurrentExecutions"] == 7


def test_the_firewall_stands_before_everything_that_the_internet_reaches(made: Recording) -> None:
    services = {each.inputs["resourceArn"].split(":")[2] for each in made.of("WebAclAssociation")}
    assert services == {"apigateway", "appsync", "cognito-idp", "elasticloadbalancing"}


def test_the_api_and_the_load_balancer_may_call_the_function_and_nobody_else(made: Recording) -> None:
    callers = {each.inputs["principal"] for each in made.of("lambda/permission:Permission")}
    assert callers == {"apigateway.amazonaws.com", "elasticloadbalancing.amazonaws.com"}


def test_the_entrance_may_be_switched_off() -> None:
    off = LoadBalancer(enabled=False, certificate="self_signed")
    without = deploy(lambda: program(load_balancer=off))
    assert not without.of("lb/loadBalancer:LoadBalancer")
    assert not without.of("acm/certificate:Certificate")
    assert len(without.of("WebAclAssociation")) == 3
