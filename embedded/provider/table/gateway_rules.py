"""What API Gateway refuses of a REST API's endpoint and of those who use it."""

import re
from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Fault
from embedded.provider.rules import Rule
from embedded.provider.values import has_unknown


def _endpoint(props: Mapping[str, Any]) -> list[Fault]:
    """API_EndpointConfiguration.html and apigateway-private-apis.html."""
    given = props.get("endpointConfiguration") or {}
    kind = given.get("types", "EDGE")
    if has_unknown(kind):
        return []
    if kind not in ("EDGE", "REGIONAL", "PRIVATE"):
        told = f"{kind!r} is not one of EDGE, REGIONAL, PRIVATE: give one of these"
        return [Fault("endpointConfiguration.types", told)]
    faults = []
    if given.get("vpcEndpointIds") and kind != "PRIVATE":
        told = f"does not go with an endpoint of type {kind}: remove it, or set types: PRIVATE"
        faults.append(Fault("endpointConfiguration.vpcEndpointIds", told))
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-ip-address-type.html
    if kind == "PRIVATE" and given.get("ipAddressType", "dualstack") == "ipv4":
        told = "is ipv4, and a private API has dualstack alone: set dualstack"
        faults.append(Fault("endpointConfiguration.ipAddressType", told))
    return faults


def _security(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html."""
    policy = props.get("securityPolicy")
    kind = (props.get("endpointConfiguration") or {}).get("types", "EDGE")
    if not isinstance(policy, str) or has_unknown(policy) or not policy.startswith("SecurityPolicy_"):
        return []
    faults = []
    if props.get("endpointAccessMode") is None:
        told = f"is missing, and securityPolicy {policy} needs it: set STRICT, or BASIC while clients change over"
        faults.append(Fault("endpointAccessMode", told))
    if not has_unknown(kind) and policy.endswith("_EDGE") != (kind == "EDGE"):
        wanted = "one that ends in _EDGE" if kind == "EDGE" else "one that does not end in _EDGE"
        faults.append(Fault("securityPolicy", f"{policy!r} does not go with an endpoint of type {kind}: give {wanted}"))
    return faults


# API_QuotaSettings.html: the day of the period that it starts on.
_OFFSETS = {"DAY": 0, "WEEK": 6, "MONTH": 27}


def _quota(props: Mapping[str, Any]) -> list[Fault]:
    quota = props.get("quotaSettings") or {}
    offset, period = quota.get("offset", 0), quota.get("period")
    if not isinstance(offset, int) or period not in _OFFSETS or 0 <= offset <= _OFFSETS[period]:
        return []
    told = f"{offset} is outside 0 to {_OFFSETS[period]} for the period {period}: give a value within"
    return [Fault("quotaSettings.offset", told)]


def _methods(props: Mapping[str, Any]) -> list[Fault]:
    stages = props.get("apiStages")
    told = "is not handled by the embedded AWS: throttle the whole plan by throttleSettings, or extend the entry"
    return [
        Fault(f"apiStages[{number}].throttles", told)
        for number, stage in enumerate(stages if isinstance(stages, list) else [])
        if isinstance(stage, dict) and stage.get("throttles")
    ]


def _key_value(props: Mapping[str, Any]) -> list[Fault]:
    """api-gateway-api-usage-plans.html; the value is a secret, so the fault doesn't show it."""
    value = props.get("value")
    if not isinstance(value, str) or has_unknown(value) or 20 <= len(value) <= 128:
        return []
    return [Fault("value", f"has {len(value)} characters, which is outside 20 to 128: give one within, or none")]


_TARGET = r"gatewayresponse\.(header|querystring|path)\.[\w.-]+"
_SOURCE = r"'.*'|(method\.request|integration|context|stageVariables)\..+"


def _mappings(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html."""
    faults = []
    given = props.get("responseParameters")
    for name, value in (given if isinstance(given, dict) else {}).items():
        path = f"responseParameters.{name}"
        if not re.fullmatch(_TARGET, name):
            faults.append(Fault(path, "is no target: name one such as gatewayresponse.header.X-Reason"))
        elif not has_unknown(value) and not re.fullmatch(_SOURCE, str(value), re.DOTALL):
            faults.append(Fault(path, f"{value!r} is no source: put a fixed text in single quotes"))
    return faults


api_rules: tuple[Rule, ...] = (_endpoint, _security)
plan_rules: tuple[Rule, ...] = (_quota, _methods)
key_rules: tuple[Rule, ...] = (_key_value,)
answer_rules: tuple[Rule, ...] = (_mappings,)
