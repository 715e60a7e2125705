import json
from copy import deepcopy
from typing import Any

import pytest

from components.marts import description, operations
from components.rest_api import RestApi, RestApiArgs, RestApiError, integrated, invocation_uri, only_through
from settings import Account
from tests.components import parts
from tests.components.mock_engine import ACCOUNT, NAMES, Recording, deploy

API = description(parts.all_contracts())


def program(**changes: Any) -> None:
    on = parts.platform()
    args: dict[str, Any] = {"api": parts.API, "account": Account(), "endpoint_id": None} | changes
    RestApi("rest", RestApiArgs(platform=on, function=parts.api_function(on), **args))


@pytest.fixture(scope="module")
def made() -> Recording:
    return deploy(program)


@pytest.fixture(scope="module")
def private() -> Recording:
    api = parts.API.model_copy(update={"private": True})
    return deploy(lambda: program(api=api, endpoint_id="vpce-0123456789abcdef0"))


def test_every_operation_is_checked_handed_to_the_function_and_asks_for_a_signature_and_a_key() -> None:
    document = integrated(API, invocation_uri(NAMES))
    found = [operation for _, _, operation in operations(document)]
    assert found
    for operation in found:
        assert operation["x-amazon-apigateway-integration"] == {
            "type": "aws_proxy",
            "httpMethod": "POST",
            "uri": "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/"
            "arn:aws:lambda:eu-west-1:123456789012:function:medallion-dev-end-use-api/invocations",
            "passthroughBehavior": "when_no_match",
        }
        assert operation["security"] == [{"sigv4": []}, {"api_key": []}]
        assert document["x-amazon-apigateway-request-validators"][
            operation["x-amazon-apigateway-request-validator"]
        ] == {
            "validateRequestBody": True,
            "validateRequestParameters": True,
        }
    schemes = document["components"]["securitySchemes"]
    assert schemes["sigv4"]["x-amazon-apigateway-authtype"] == "awsSigv4"
    assert schemes["api_key"] == {"type": "apiKey", "name": "x-api-key", "in": "header"}


def test_the_description_itself_is_not_changed() -> None:
    before = deepcopy(API)
    integrated(API, "uri")
    assert before == API


def test_the_api_is_regional_and_speaks_tls_1_2_or_later_by_its_own_name(made: Recording) -> None:
    api = made.one("apigateway/restApi:RestApi").inputs
    assert api["endpointConfiguration"] == {"types": "REGIONAL"}
    assert api["securityPolicy"].startswith("SecurityPolicy_TLS13_1_2_")
    assert api["endpointAccessMode"] == "STRICT"
    assert "x-amazon-apigateway-policy" not in json.loads(api["body"])


def test_the_stage_is_logged_traced_and_throttled(made: Recording) -> None:
    stage = made.one("apigateway/stage:Stage").inputs
    assert stage["stageName"] == "v1"
    assert stage["xrayTracingEnabled"] is True
    assert "$context.requestId" in stage["accessLogSettings"]["format"]
    settings = made.one("MethodSettings").inputs["settings"]
    assert (settings["throttlingRateLimit"], settings["throttlingBurstLimit"]) == (10, 20)
    assert settings["dataTraceEnabled"] is False, "a data trace would log what callers ask for"


@pytest.mark.parametrize(
    ("group", "called"), [("rest", "/aws/apigateway/medallion-dev-api"), ("rest-errors", "API-Gateway-Execution-Logs_")]
)
def test_the_access_log_and_api_gateway_s_own_are_encrypted_and_end(made: Recording, group: str, called: str) -> None:
    logs = made.one("cloudwatch/logGroup:LogGroup", group).inputs
    assert logs["name"].startswith(called)
    assert logs["retentionInDays"] == parts.RETENTION.logs_days
    assert logs["kmsKeyId"]


def test_api_gateway_finds_its_own_log_group_before_it_would_make_one(made: Recording) -> None:
    assert made.one("cloudwatch/logGroup:LogGroup", "rest-errors").inputs["name"].endswith("/v1")
    assert "rest-errors" in made.one("apigateway/stage:Stage").depends_on


def test_what_a_key_may_ask_is_counted_by_the_month(made: Recording) -> None:
    plan = made.one("apigateway/usagePlan:UsagePlan").inputs
    assert plan["quotaSettings"] == {"limit": 1000, "period": "MONTH"}
    assert plan["throttleSettings"] == {"rateLimit": 10, "burstLimit": 20}
    assert [each["stage"] for each in plan["apiStages"]] == ["v1"]
    assert "value" not in made.one("apigateway/apiKey:ApiKey").inputs, "API Gateway makes it up"
    assert made.one("apigateway/usagePlanKey:UsagePlanKey").inputs["keyType"] == "API_KEY"


def test_a_changed_api_is_deployed_anew(made: Recording) -> None:
    assert len(made.one("apigateway/deployment:Deployment").inputs["triggers"]["body"]) == 64
    assert json.loads(made.one("apigateway/restApi:RestApi").inputs["body"])["paths"].keys() == API["paths"].keys()


def test_only_this_api_may_call_the_function(made: Recording) -> None:
    permission = made.one("lambda/permission:Permission").inputs
    assert permission["principal"] == "apigateway.amazonaws.com"
    assert permission["sourceArn"].startswith(f"arn:aws:execute-api:eu-west-1:{ACCOUNT}:")
    assert permission["sourceArn"].endswith("/*")
    assert "sourceAccount" not in permission, "the account is in the ARN; that API Gateway sends it as well is not said"


def test_the_stage_waits_for_the_account_s_role_unless_somebody_else_keeps_it(made: Recording) -> None:
    assert made.one("apigateway/account:Account").name in made.one("apigateway/stage:Stage").depends_on
    left = deploy(lambda: program(account=Account(api_gateway_logging="leave")))
    assert not left.of("apigateway/account:Account")
    assert not [each for each in left.of("iam/role:Role") if each.inputs["name"].endswith("api-logs")]
    assert left.of("apigateway/stage:Stage")


def test_a_private_api_answers_through_our_endpoint_alone(private: Recording) -> None:
    api = private.one("apigateway/restApi:RestApi").inputs
    assert api["endpointConfiguration"] == {"types": "PRIVATE", "ipAddressType": "dualstack"}
    body = json.loads(api["body"])
    assert body["x-amazon-apigateway-endpoint-configuration"] == {"vpcEndpointIds": ["vpce-0123456789abcdef0"]}
    assert body["x-amazon-apigateway-policy"]["Statement"] == only_through(NAMES, "vpce-0123456789abcdef0")


def test_the_policy_of_a_private_api_admits_our_account_and_denies_what_comes_another_way() -> None:
    admits, denies = only_through(NAMES, "vpce-1")
    assert (admits["Effect"], admits["Principal"]) == ("Allow", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    assert (denies["Effect"], denies["Principal"]) == ("Deny", "*")
    assert denies["Condition"] == {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}


def test_a_private_api_without_an_endpoint_is_refused() -> None:
    with pytest.raises(RestApiError, match=r"medallion:api\.private is true; the VPC must have an endpoint"):
        deploy(lambda: program(api=parts.API.model_copy(update={"private": True})))
