"""Application load balancers at `/elb/{name}/{path}`: what comes to the HTTPS listener, answered by lambda targets."""

import base64
import json
import logging
import random
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from moto.awslambda.models import lambda_backends
from moto.elbv2.models import elbv2_backends

from embedded.cloud.functions import Functions, TooManyRequestsError
from embedded.cloud.listener_rules import Request, chosen
from embedded.cloud.permissions import permits

log = logging.getLogger(__name__)

PREFIX = "/elb"
SERVICE = "elasticloadbalancing.amazonaws.com"
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
LARGEST = 1024 * 1024
PLAIN = ("text/", "application/json", "application/javascript", "application/xml")
HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade", "content-length"})
REASONS = {
    400: "Bad Request",
    404: "Not Found",
    413: "Request Entity Too Large",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Temporarily Unavailable",
}


@dataclass(frozen=True)
class Answer:
    """An HTTP response: its status line's code and words, its headers and body."""

    status: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""


class Refusal(Exception):  # noqa: N818 - an answer, not a fault of ours
    """The load balancer's own answer instead of a target's. Why, only our log says, as AWS's does.

    What a load balancer of AWS's would do and ours does not is 501, and says why in its page.
    """

    def __init__(self, status: int, why: str) -> None:
        log.warning("load balancer: %s", why)
        super().__init__(why)
        line = f"{status} {REASONS[status]}"
        head = f"<html>\r\n<head><title>{line}</title></head>\r\n<body>\r\n<center><h1>{line}</h1></center>\r\n"
        told = f"<p>{escape(why)}</p>\r\n" if status == 501 else ""
        self.answer = Answer(line, (("Content-Type", "text/html"),), f"{head}{told}</body>\r\n</html>\r\n".encode())


class LoadBalancerFront:
    """A WSGI application for all application load balancers."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        extra: tuple[tuple[str, str], ...] = ()
        try:
            name, request = _received(environ)
            listener = _listener(name)
            extra = _added(listener)
            answer = self._answer(listener, request)
        except Refusal as refusal:
            answer = refusal.answer
        start_response(answer.status, [*answer.headers, *extra, ("Content-Length", str(len(answer.body)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    def _answer(self, listener: Any, request: Request) -> Answer:
        action = chosen(listener, request)
        match action["Type"]:
            case "fixed-response":
                return _fixed(action["FixedResponseConfig"])
            case "redirect":
                return _redirect(action["RedirectConfig"], request)
            case "forward":
                return self._forward(_group(action, listener), request)
        raise Refusal(501, f"{action['Type']} is not done by the embedded cloud")

    def _forward(self, group: Any, request: Request) -> Answer:
        if group.target_type != "lambda":
            raise Refusal(501, f"{group.name} has targets of type {group.target_type}, which don't live here")
        if not group.targets:
            raise Refusal(503, f"{group.name} has no registered targets")
        if len(request.body) > LARGEST:
            raise Refusal(413, f"the body has {len(request.body)} bytes, and a function takes {LARGEST}")
        if request.header("upgrade"):
            raise Refusal(400, "a function can't be reached by WebSocket")
        function = _function(group)
        several = group.attributes.get("lambda.multi_value_headers.enabled") == "true"
        try:
            outcome = self._functions.invoke(function, json.dumps(event(group.arn, request, several=several)))
        except TooManyRequestsError as fault:
            raise Refusal(502, f"{function.function_name} was throttled") from fault
        if outcome.error:
            raise Refusal(502, f"{function.function_name} failed: {outcome.payload[:500]}")
        return read_answer(outcome.payload, several=several)


def _received(environ: dict[str, Any]) -> tuple[str, Request]:
    """The name of the load balancer and the request as it would have come to it: nothing of it is decoded."""
    path, _, query = str(environ.get("REQUEST_URI") or environ["PATH_INFO"]).partition("?")
    name, _, rest = path.removeprefix(PREFIX + "/").partition("/")
    headers = {k[5:].replace("_", "-").lower(): str(v) for k, v in environ.items() if k.startswith("HTTP_")}
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    source = environ.get("REMOTE_ADDR", "127.0.0.1")
    before = headers.get("x-forwarded-for")
    headers |= {
        "x-amzn-trace-id": f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)}",
        "x-forwarded-for": f"{before}, {source}" if before else source,
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
    }
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return name, Request(environ["REQUEST_METHOD"], f"/{rest}", query, headers, body, source)


def _listener(name: str) -> Any:
    for regions in list(elbv2_backends.values()):
        for backend in list(regions.values()):
            for balancer in list(backend.load_balancers.values()):
                secure = [each for each in balancer.listeners.values() if each.protocol == "HTTPS"]
                if balancer.name == name and secure:
                    return min(secure, key=lambda each: int(each.port))
    raise Refusal(404, f"there is no load balancer {name} with an HTTPS listener")


def _added(listener: Any) -> tuple[tuple[str, str], ...]:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/header-modification.html."""
    prefix, ending = "routing.http.response.", ".header_value"
    found = [
        (key.removeprefix(prefix).removesuffix(ending).replace("_", "-").title(), value)
        for key, value in listener.attributes.items()
        if key.startswith(prefix) and key.endswith(ending) and value
    ]
    named = listener.attributes.get(f"{prefix}server.enabled", "true") == "true"
    return (*found, ("Server", "awselb/2.0")) if named else tuple(found)


def _group(action: dict[str, Any], listener: Any) -> Any:
    """The target group of a forward action, by weight if there are several."""
    account, region = listener.arn.split(":")[4], listener.arn.split(":")[3]
    groups = elbv2_backends[account][region].target_groups
    weighted = [
        (groups[each["TargetGroupArn"]], int(each.get("Weight", 1)))
        for each in action.get("ForwardConfig", {}).get("TargetGroups", [])
    ] or [(groups[action["TargetGroupArn"]], 1)]
    if not any(weight for _, weight in weighted):
        raise Refusal(503, "no target group has a weight")
    return random.choices([group for group, _ in weighted], [weight for _, weight in weighted])[0]  # noqa: S311


def _function(group: Any) -> Any:
    (arn,) = list(group.targets)[:1]
    backend = lambda_backends[group.account_id][group.region_name]
    function = backend.get_function_by_arn(arn)
    if function is None:
        raise Refusal(502, f"there is no function {arn}")
    if not permits(function, SERVICE, group.arn):
        raise Refusal(502, f"{arn} has no permission for {SERVICE} and {group.arn}")
    return backend.get_function(arn)


def event(group_arn: str, request: Request, *, several: bool) -> dict[str, Any]:
    """The event that a function gets; `several` if the group has multi-value headers."""
    text, encoded = _text(request)
    pairs = request.parameters
    if several:
        grouped: dict[str, list[str]] = {}
        for name, value in pairs:
            grouped.setdefault(name, []).append(value)
        said: dict[str, Any] = {
            "multiValueQueryStringParameters": grouped,
            "multiValueHeaders": {name: [value] for name, value in request.headers.items()},
        }
    else:
        said = {"queryStringParameters": dict(pairs), "headers": dict(request.headers)}
    return {
        "requestContext": {"elb": {"targetGroupArn": group_arn}},
        "httpMethod": request.method,
        "path": request.path,
        **said,
        "body": text,
        "isBase64Encoded": encoded,
    }


def _text(request: Request) -> tuple[str, bool]:
    kind = request.header("content-type").lower()
    if not request.body or (kind.startswith(PLAIN) and not request.header("content-encoding")):
        try:
            return request.body.decode(), False
        except UnicodeDecodeError:
            log.warning("load balancer: a body of type %s is no UTF-8", kind)
    return base64.b64encode(request.body).decode(), True


def _fixed(config: dict[str, Any]) -> Answer:
    kind = config.get("ContentType", "text/plain")
    status = str(config["StatusCode"])
    line = f"{status} {REASONS.get(int(status), 'Status')}"
    return Answer(line, (("Content-Type", f"{kind}; charset=utf-8"),), config.get("MessageBody", "").encode())


def _redirect(config: dict[str, Any], request: Request) -> Answer:
    now = {
        "protocol": "HTTPS",
        "host": request.header("host").partition(":")[0],
        "port": "443",
        "path": request.path.removeprefix("/"),
        "query": request.query,
    }
    usual = {"Protocol": "#{protocol}", "Host": "#{host}", "Port": "#{port}", "Path": "/#{path}", "Query": "#{query}"}
    parts = {}
    for member, template in usual.items():
        text = str(config.get(member, template))
        for name, value in now.items():
            text = text.replace(f"#{{{name}}}", value)
        parts[member] = text
    query = f"?{parts['Query']}" if parts["Query"] else ""
    place = f"{parts['Protocol'].lower()}://{parts['Host']}:{parts['Port']}{parts['Path']}{query}"
    status = {"HTTP_301": "301 Moved Permanently", "HTTP_302": "302 Found"}[config["StatusCode"]]
    return Answer(status, (("Location", place), ("Content-Type", "text/html")))


def read_answer(payload: str, *, several: bool) -> Answer:
    """Turn a function's answer into a response. Raises Refusal (502) where it is not in the documented form."""
    if len(payload.encode()) > LARGEST:
        raise Refusal(502, f"the function's answer has more than {LARGEST} bytes")
    answer = json.loads(payload)
    code = answer.get("statusCode") if isinstance(answer, dict) else None
    if isinstance(code, bool) or not str(code).isdigit() or not 100 <= int(str(code)) <= 599:
        raise Refusal(502, f"the function answered {payload[:200]}, which has no statusCode")
    body = answer.get("body")
    if body is not None and not isinstance(body, str):
        raise Refusal(502, "the function's body is not a string")
    try:
        data = base64.b64decode(body or "", validate=True) if answer.get("isBase64Encoded") else (body or "").encode()
    except ValueError as problem:
        raise Refusal(502, f"the function's body is not Base64: {problem}") from problem
    found = answer.get("multiValueHeaders" if several else "headers") or {}
    pairs = [(str(k), str(v)) for k, vs in found.items() for v in (vs if several else [vs])]
    said = str(answer.get("statusDescription") or "")
    status = said if said.startswith(f"{code} ") else f"{code} {REASONS.get(int(str(code)), 'Status')}"
    return Answer(status, tuple(pair for pair in pairs if pair[0].lower() not in HOP_BY_HOP), data)
