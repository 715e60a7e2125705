"""API Gateway at `/execute-api/{api id}/{stage}/{path}`: the deployed routes, answered by the deployed functions."""

import base64
import json
import logging
import re
import time
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from moto.apigateway.models import apigateway_backends
from moto.awslambda.models import lambda_backends

from embedded.cloud.functions import Functions
from embedded.cloud.surroundings import ACCOUNT

log = logging.getLogger(__name__)

PREFIX = "/execute-api"
# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
INTEGRATION_SECONDS = 29.0
REASONS = {200: "OK", 201: "Created", 204: "No Content", 400: "Bad Request", 403: "Forbidden", 404: "Not Found"}


@dataclass(frozen=True)
class Answer:
    """An HTTP response."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)


@dataclass(frozen=True)
class Route:
    """A method that a request came to, and what its path's braces stand for."""

    resource_path: str
    resource_id: str
    method: Any
    parameters: dict[str, str]


class Refusal(Exception):  # noqa: N818 - an answer, not a fault of ours
    """API Gateway's own answer instead of an integration's."""

    def __init__(self, status: int, message: str, kind: str) -> None:
        super().__init__(message)
        self.answer = Answer(
            status,
            json.dumps({"message": message}).encode(),
            (("Content-Type", "application/json"), ("x-amzn-ErrorType", kind)),
        )


def missing_token() -> Refusal:
    """The answer to an unknown route, and to an unsigned request where a signature is wanted."""
    return Refusal(403, "Missing Authentication Token", "MissingAuthenticationTokenException")


def broken(why: str, status: int = 502) -> Refusal:
    """The answer where the integration fails; why, only our log says, as AWS's does."""
    log.warning("API Gateway: %s", why)
    return Refusal(status, "Internal server error", "InternalServerErrorException")


def not_done(what: str) -> Refusal:
    """The answer to what API Gateway does and we do not: unlike AWS's it says so, as nobody would look in our log."""
    return Refusal(501, f"The embedded cloud does not do {what}.", "NotImplemented")


class RestFront:
    """A WSGI application for all deployed REST APIs."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions
        self._pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="rest")

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        try:
            answer = self._answer(environ)
        except Refusal as refusal:
            answer = refusal.answer
        reason = REASONS.get(answer.status, "Status")
        headers = [*answer.headers, ("x-amzn-RequestId", str(uuid.uuid4()))]
        start_response(f"{answer.status} {reason}", [*headers, ("Content-Length", str(len(answer.body)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    def _answer(self, environ: dict[str, Any]) -> Answer:
        parts = environ["PATH_INFO"].removeprefix(PREFIX + "/").split("/", 2)
        if len(parts) < 2:
            raise missing_token()
        api, stage = _deployed(parts[0], parts[1])
        path = "/" + (parts[2] if len(parts) == 3 else "")
        verb = environ["REQUEST_METHOD"]
        route = find_route(api, verb, path)
        if route is None:
            raise missing_token()
        _authorize(route.method, environ)
        _admit(api, stage, route.method, environ)
        function = _target(api, route, verb)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        event = proxy_event(api, stage, route, environ, path, body)
        pending = self._pool.submit(self._functions.invoke, function, json.dumps(event))
        try:
            outcome = pending.result(INTEGRATION_SECONDS)
        except FutureTimeoutError:
            raise Refusal(504, "Endpoint request timed out", "InternalServerErrorException") from None
        if outcome.error:
            raise broken(f"{function.function_name} failed: {outcome.payload[:500]}")
        return read_answer(outcome.payload)


def _deployed(api_id: str, stage_name: str) -> tuple[Any, Any]:
    for regions in list(apigateway_backends.values()):
        for backend in list(regions.values()):
            api = backend.apis.get(api_id)
            if api is None:
                continue
            stage = api.stages.get(stage_name)
            if stage is None or stage.deployment_id not in api.deployments:
                raise Refusal(403, "Forbidden", "ForbiddenException")
            return api, stage
    raise Refusal(403, "Forbidden", "ForbiddenException")


def find_route(api: Any, verb: str, path: str) -> Route | None:
    """The method of moto's `api` for a request: literal paths before {name}, and {name} before {name+}."""
    found = []
    for resource in api.resources.values():
        template = resource.get_path()
        matched = re.fullmatch(_pattern(template), path) or re.fullmatch(_pattern(template), path.rstrip("/"))
        method = resource.resource_methods.get(verb) or resource.resource_methods.get("ANY")
        if matched and method:
            parameters = {name: unquote(value) for name, value in matched.groupdict().items()}
            found.append(
                ((template.count("+}"), template.count("{")), Route(template, resource.id, method, parameters))
            )
    return min(found, key=lambda one: one[0])[1] if found else None


def _pattern(template: str) -> str:
    pattern = ""
    for part in re.split(r"(\{[^}]+\})", template):
        name = part[1:-1]
        if part.startswith("{") and name.endswith("+"):
            pattern += f"(?P<{name[:-1]}>.+)"
        elif part.startswith("{"):
            pattern += f"(?P<{name}>[^/]+)"
        else:
            pattern += re.escape(part)
    return pattern


def _authorize(method: Any, environ: dict[str, Any]) -> None:
    kind = method.authorization_type or "NONE"
    if kind == "NONE":
        return
    if kind != "AWS_IAM":
        raise not_done(f"authorization {kind}")
    signed = environ.get("HTTP_AUTHORIZATION", "").startswith("AWS4-HMAC-SHA256 ")
    if not signed and "X-Amz-Signature=" not in environ.get("QUERY_STRING", ""):
        raise missing_token()


def _admit(api: Any, stage: Any, method: Any, environ: dict[str, Any]) -> None:
    """Let a request through that has a key of a usage plan of this stage, where one is wanted. Nothing is counted.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
    """
    if not method.api_key_required:
        return
    backend = apigateway_backends[api.account_id][api.region_name]
    given = environ.get("HTTP_X_API_KEY", "")
    for plan in backend.usage_plans.values():
        stages = {(each.get("apiId"), each.get("stage")) for each in plan.api_stages or []}
        members = backend.usage_plan_keys.get(plan.id, {})
        if (api.id, stage.name) in stages and any(
            key.value == given and key.enabled and key.id in members for key in backend.keys.values()
        ):
            return
    raise Refusal(403, "Forbidden", "ForbiddenException")


def _target(api: Any, route: Route, verb: str) -> Any:
    """The function behind a route, if API Gateway may invoke it."""
    integration = route.method.method_integration
    if integration is None:
        raise broken(f"{verb} {route.resource_path} has no integration", 500)
    if str(integration.integration_type).lower() != "aws_proxy":
        raise not_done(f"integration {integration.integration_type}")
    found = re.search(r"/functions/(arn:[^/]+:function:[^/]+)/invocations$", integration.uri or "")
    if not found:
        raise broken(f"integration uri {integration.uri} names no function", 500)
    arn = found[1]
    backend = lambda_backends[api.account_id][arn.split(":")[3]]
    function = backend.get_function_by_arn(arn)
    if function is None:
        raise broken(f"there is no function {arn}", 500)
    if not _permitted(function):
        raise broken(f"{arn} has no permission for apigateway.amazonaws.com", 500)
    return backend.get_function(arn)


def _permitted(function: Any) -> bool:
    return any(
        "apigateway.amazonaws.com" in json.dumps(statement.get("Principal")) for statement in function.policy.statements
    )


def proxy_event(api: Any, stage: Any, route: Route, environ: dict[str, Any], path: str, body: bytes) -> dict[str, Any]:
    """The event of a Lambda proxy integration, format 1.0."""
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
    headers = _headers(environ)
    query = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    text, encoded = _text(body)
    now = time.time()
    verb = environ["REQUEST_METHOD"]
    return {
        "resource": route.resource_path,
        "path": path,
        "httpMethod": verb,
        "headers": headers or None,
        "multiValueHeaders": {name: [value] for name, value in headers.items()} or None,
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": _grouped(query) or None,
        "pathParameters": route.parameters or None,
        "stageVariables": getattr(stage, "variables", None) or None,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": api.id,
            "domainName": environ.get("HTTP_HOST", ""),
            "httpMethod": verb,
            "identity": {
                "sourceIp": environ.get("REMOTE_ADDR", "127.0.0.1"),
                "userAgent": environ.get("HTTP_USER_AGENT"),
                "accountId": None,
                "caller": None,
                "userArn": None,
            },
            "path": f"/{stage.name}{path}",
            "protocol": environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
            "requestId": str(uuid.uuid4()),
            "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
            "requestTimeEpoch": int(now * 1000),
            "resourceId": route.resource_id,
            "resourcePath": route.resource_path,
            "stage": stage.name,
        },
        "body": text,
        "isBase64Encoded": encoded,
    }


def _headers(environ: dict[str, Any]) -> dict[str, str]:
    headers = {
        name[5:].replace("_", "-").title(): str(value) for name, value in environ.items() if name.startswith("HTTP_")
    }
    if environ.get("CONTENT_TYPE"):
        headers["Content-Type"] = environ["CONTENT_TYPE"]
    return headers


def _text(body: bytes) -> tuple[str | None, bool]:
    if not body:
        return None, False
    try:
        return body.decode(), False
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), True


def _grouped(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped


def read_answer(payload: str) -> Answer:
    """Turn a function's answer into a response. Raises Refusal (502) where it is not in the documented form."""
    answer = json.loads(payload)
    if not isinstance(answer, dict) or not _status(answer.get("statusCode")):
        raise broken(f"the function answered {payload[:200]}, which has no statusCode")
    body = answer.get("body")
    if body is not None and not isinstance(body, str):
        raise broken("the function's body is not a string")
    headers = {str(name): [_header(value)] for name, value in (answer.get("headers") or {}).items()}
    for name, values in (answer.get("multiValueHeaders") or {}).items():
        headers[str(name)] = [_header(value) for value in values]
    if not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = ["application/json"]
    try:
        data = base64.b64decode(body or "", validate=True) if answer.get("isBase64Encoded") else (body or "").encode()
    except ValueError as problem:
        raise broken(f"the function's body is not Base64: {problem}") from problem
    pairs = tuple((name, value) for name, values in headers.items() for value in values)
    return Answer(int(answer["statusCode"]), data, tuple(pair for pair in pairs if pair[0].lower() != "content-length"))


def _status(value: Any) -> bool:
    return not isinstance(value, bool) and str(value).isdigit() and 100 <= int(value) <= 599


def _header(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
