"""The REST front: deployed routes answered by deployed functions, with API Gateway's own refusals."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from embedded.cloud.rest import Refusal, read_answer
from tests.embedded.cloud.clients import ACCOUNT, REGION, Aws

ECHO = "import json\ndef handler(event, context):\n    return {'statusCode': 200, 'body': json.dumps(event)}\n"


def _document(function: str, paths: dict[str, dict[str, Any]]) -> dict[str, Any]:
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"
    integration = {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations",
    }
    return {
        "openapi": "3.0.1",
        "info": {"title": "tests", "version": "1"},
        "paths": {
            path: {
                method: {"responses": {"200": {"description": "ok"}}, "x-amazon-apigateway-integration": integration}
                | extra
                for method, extra in methods.items()
            }
            for path, methods in paths.items()
        },
    }


def _deploy(aws: Aws, code: str, paths: dict[str, dict[str, Any]], *, permit: bool = True, **document: Any) -> str:
    """The URL of stage v1 of a new API."""
    function = aws.function(code)
    if permit:
        aws.client("lambda").add_permission(
            FunctionName=function,
            StatementId="api",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
        )
    gateway = aws.client("apigateway")
    api = gateway.import_rest_api(body=json.dumps(_document(function, paths) | document))["id"]
    deployment = gateway.create_deployment(restApiId=api)["id"]
    gateway.create_stage(restApiId=api, stageName="v1", deploymentId=deployment, variables={"colour": "blue"})
    return f"{aws.endpoint}/execute-api/{api}/v1"


def _call(
    url: str, *, method: str = "GET", body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, Any, Any]:
    """Status, parsed body and headers."""
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer), answer.headers
    except urllib.error.HTTPError as problem:
        with problem:
            return problem.code, json.load(problem), problem.headers


def _signed(url: str) -> dict[str, str]:
    request = AWSRequest("GET", url)
    SigV4Auth(Credentials("embedded", "embedded"), "execute-api", REGION).add_auth(request)
    return dict(request.headers)


def test_a_function_gets_the_documented_proxy_event(aws: Aws) -> None:
    url = _deploy(aws, ECHO, {"/routes/{origin}": {"get": {}, "post": {}}})
    status, event, _ = _call(f"{url}/routes/JFK?dest=LAX&dest=SFO&month=&q=a%20b", headers={"X-Own": "1"})
    assert status == 200
    assert event["resource"] == "/routes/{origin}"
    assert event["path"] == "/routes/JFK"
    assert event["httpMethod"] == "GET"
    assert event["pathParameters"] == {"origin": "JFK"}
    assert event["queryStringParameters"] == {"dest": "SFO", "month": "", "q": "a b"}
    assert event["multiValueQueryStringParameters"] == {"dest": ["LAX", "SFO"], "month": [""], "q": ["a b"]}
    assert event["headers"]["X-Own"] == "1"
    assert event["multiValueHeaders"]["X-Own"] == ["1"]
    assert event["stageVariables"] == {"colour": "blue"}
    assert event["body"] is None
    assert event["isBase64Encoded"] is False
    context = event["requestContext"]
    assert context["stage"] == "v1"
    assert context["path"] == "/v1/routes/JFK"
    assert context["resourcePath"] == "/routes/{origin}"
    assert context["accountId"] == ACCOUNT
    assert context["identity"]["sourceIp"] == "127.0.0.1"

    _, event, _ = _call(f"{url}/routes/JFK", method="POST", body='{"ä": 1}'.encode())
    assert event["body"] == '{"ä": 1}'
    assert event["queryStringParameters"] is None
    _, event, _ = _call(f"{url}/routes/JFK", method="POST", body=b"\xff\x00")
    assert (event["body"], event["isBase64Encoded"]) == ("/wA=", True)


def test_unknown_routes_methods_stages_and_apis_are_refused_as_api_gateway_does(aws: Aws) -> None:
    url = _deploy(aws, ECHO, {"/routes": {"get": {}}})
    missing = {"message": "Missing Authentication Token"}
    assert _call(f"{url}/nothing")[:2] == (403, missing)
    assert _call(f"{url}/routes", method="DELETE")[:2] == (403, missing)
    assert _call(url.removesuffix("/v1") + "/v2/routes")[:2] == (403, {"message": "Forbidden"})
    assert _call(f"{aws.endpoint}/execute-api/abcdef/v1/routes")[:2] == (403, {"message": "Forbidden"})
    assert _call(f"{url}/nothing")[2]["x-amzn-ErrorType"] == "MissingAuthenticationTokenException"


SCHEME = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}


@pytest.mark.parametrize("extra", [{"x-amazon-apigateway-auth": {"type": "AWS_IAM"}}, {"security": [{"sigv4": []}]}])
def test_a_method_with_iam_wants_a_signature(aws: Aws, extra: dict[str, Any]) -> None:
    components = {"securitySchemes": {"sigv4": SCHEME}}
    url = _deploy(aws, ECHO, {"/open": {"get": {}}, "/closed": {"get": extra}}, components=components)
    assert _call(f"{url}/open")[0] == 200
    assert _call(f"{url}/closed")[:2] == (403, {"message": "Missing Authentication Token"})
    assert _call(f"{url}/closed", headers=_signed(f"{url}/closed"))[0] == 200


KEYS = {"sigv4": SCHEME, "api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"}}


@pytest.mark.parametrize("security", [[{"sigv4": []}, {"api_key": []}], [{"sigv4": [], "api_key": []}]])
def test_a_method_with_a_key_wants_one_of_a_usage_plan_of_its_stage(aws: Aws, security: list[dict[str, Any]]) -> None:
    paths: dict[str, dict[str, Any]] = {"/open": {"get": {}}, "/closed": {"get": {"security": security}}}
    url = _deploy(aws, ECHO, paths, components={"securitySchemes": KEYS})
    gateway = aws.client("apigateway")
    made = gateway.create_api_key(name=f"key-{url[-20:-3]}", enabled=True)
    value = gateway.get_api_key(apiKey=made["id"], includeValue=True)["value"]
    closed = f"{url}/closed"

    def ask(**headers: str) -> tuple[int, Any]:
        return _call(closed, headers=_signed(closed) | headers)[:2]

    assert _call(f"{url}/open")[0] == 200
    assert ask() == (403, {"message": "Forbidden"})
    assert ask(**{"x-api-key": value}) == (403, {"message": "Forbidden"}), "the key is in no plan"
    api, stage = url.split("/")[-2:]
    plan = gateway.create_usage_plan(name="plan", apiStages=[{"apiId": api, "stage": stage}])["id"]
    gateway.create_usage_plan_key(usagePlanId=plan, keyId=made["id"], keyType="API_KEY")
    assert ask(**{"x-api-key": value})[0] == 200
    assert ask(**{"x-api-key": "another"})[0] == 403
    assert _call(closed, headers={"x-api-key": value})[:2] == (403, {"message": "Missing Authentication Token"})
    gateway.update_api_key(apiKey=made["id"], patchOperations=[{"op": "replace", "path": "/enabled", "value": "false"}])
    assert ask(**{"x-api-key": value})[0] == 403, "the key is switched off"


def test_greedy_paths_and_any_method_come_last(aws: Aws) -> None:
    url = _deploy(
        aws,
        ECHO,
        {
            "/a/{rest+}": {"x-amazon-apigateway-any-method": {}},
            "/a/{one}": {"get": {}},
            "/a/fixed": {"get": {}},
        },
    )
    assert _call(f"{url}/a/fixed")[1]["resource"] == "/a/fixed"
    assert _call(f"{url}/a/other")[1]["resource"] == "/a/{one}"
    _, event, _ = _call(f"{url}/a/b/c%20d", method="PUT", body=b"x")
    assert event["resource"] == "/a/{rest+}"
    assert event["pathParameters"] == {"rest": "b/c d"}


def test_status_and_headers_are_the_functions(aws: Aws) -> None:
    url = _deploy(
        aws,
        "def handler(event, context):\n"
        "    return {'statusCode': 404, 'headers': {'X-One': 1, 'Content-Type': 'application/problem+json'},\n"
        "            'multiValueHeaders': {'X-Two': ['a', 'b']}, 'body': '{\"message\": \"no such route\"}'}\n",
        {"/x": {"get": {}}},
    )
    status, body, headers = _call(f"{url}/x")
    assert (status, body) == (404, {"message": "no such route"})
    assert headers["X-One"] == "1"
    assert headers.get_all("X-Two") == ["a", "b"]
    assert headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "code",
    [
        "def handler(event, context):\n    raise ValueError('bad')\n",
        "def handler(event, context):\n    return 'text'\n",
        "def handler(event, context):\n    return {'body': '{}'}\n",
        "def handler(event, context):\n    return {'statusCode': 200, 'body': {'a': 1}}\n",
    ],
)
def test_a_malformed_answer_is_502(aws: Aws, code: str) -> None:
    url = _deploy(aws, code, {"/x": {"get": {}}})
    assert _call(f"{url}/x")[:2] == (502, {"message": "Internal server error"})


def test_a_function_that_did_not_permit_the_gateway_is_not_invoked(aws: Aws) -> None:
    url = _deploy(aws, ECHO, {"/x": {"get": {}}}, permit=False)
    assert _call(f"{url}/x")[:2] == (500, {"message": "Internal server error"})


def test_the_authorization_of_an_imported_method_is_shown(aws: Aws) -> None:
    url = _deploy(aws, ECHO, {"/x": {"get": {"x-amazon-apigateway-auth": {"type": "AWS_IAM"}}}})
    api = url.split("/")[-2]
    gateway = aws.client("apigateway")
    resources = gateway.get_resources(restApiId=api)["items"]
    (resource,) = [one["id"] for one in resources if one["path"] == "/x"]
    assert gateway.get_method(restApiId=api, resourceId=resource, httpMethod="GET")["authorizationType"] == "AWS_IAM"


def test_a_binary_body_is_decoded() -> None:
    answer = read_answer('{"statusCode": "200", "isBase64Encoded": true, "body": "/wA="}')
    assert answer.body == b"\xff\x00"
    with pytest.raises(Refusal):
        read_answer('{"statusCode": 200, "isBase64Encoded": true, "body": "%"}')
