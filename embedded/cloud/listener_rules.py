"""Which action of a load balancer's listener a request meets."""

import fnmatch
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Request:
    """A request as it came: path and query as they were sent, header names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    source: str

    def header(self, name: str) -> str:
        """A header's value, "" where there is none."""
        return self.headers.get(name, "")

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """The query's pairs, not decoded."""
        pairs = [part.partition("=") for part in self.query.split("&") if part]
        return [(name, value) for name, _, value in pairs]


def chosen(listener: Any, request: Request) -> dict[str, Any]:
    """The last action of the first rule, by priority, that holds; the default one holds always."""
    rules = sorted(listener.rules.values(), key=lambda each: (each.is_default, _number(each.priority)))
    rule = next(each for each in rules if all(_holds(c, request) for c in each.conditions))
    data = [action.data for action in rule.actions]
    asked = [each for each in data if each["Type"] not in ("forward", "redirect", "fixed-response")]
    # What asks for a login comes before what answers.
    found: dict[str, Any] = (asked or sorted(data, key=lambda each: int(each.get("Order", 0))))[-1]
    return found


def _number(priority: Any) -> int:
    return int(priority) if str(priority).isdigit() else 0


def _holds(condition: Mapping[str, Any], request: Request) -> bool:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html."""
    match condition["Field"]:
        case "path-pattern":
            return any(_like(request.path, each) for each in _values(condition, "PathPatternConfig"))
        case "host-header":
            host = request.header("host").partition(":")[0].lower()
            return any(_like(host, each.lower()) for each in _values(condition, "HostHeaderConfig"))
        case "http-request-method":
            return request.method in _values(condition, "HttpRequestMethodConfig")
        case "http-header":
            name = condition["HttpHeaderConfig"]["HttpHeaderName"].lower()
            value = request.headers.get(name)
            wanted = _values(condition, "HttpHeaderConfig")
            return value is not None and any(_like(value.lower(), each.lower()) for each in wanted)
        case "query-string":
            return any(_asked(each, request) for each in condition["QueryStringConfig"]["Values"])
        case "source-ip":
            source = ipaddress.ip_address(request.source)
            return any(source in ipaddress.ip_network(each) for each in _values(condition, "SourceIpConfig"))
    raise NotImplementedError(f"a listener rule's condition {condition['Field']} is not done by the embedded cloud")


def _values(condition: Mapping[str, Any], config: str) -> list[str]:
    return list(condition.get(config, {}).get("Values") or condition.get("Values") or [])


def _asked(wanted: Mapping[str, str], request: Request) -> bool:
    key, value = wanted.get("Key"), wanted["Value"]
    return any(
        (key is None or _like(name.lower(), key.lower())) and _like(given.lower(), value.lower())
        for name, given in request.parameters
    )


def _like(text: str, pattern: str) -> bool:
    """Whether a text is like a pattern of `*` and `?`; square brackets stand for themselves."""
    return fnmatch.fnmatchcase(text, re.sub(r"\[", "[[]", pattern))
