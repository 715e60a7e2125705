"""What Elastic Load Balancing refuses, as far as the inputs show it."""

import re
from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Fault
from embedded.provider.rules import Rule, among
from embedded.provider.values import has_unknown

_FAMILIES = ("1-0", "1-1", "1-2", "1-2-Ext1", "1-2-Ext2", "1-2-Res", "1-3")
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
SSL_POLICIES = (
    *(f"ELBSecurityPolicy-TLS13-{family}-2021-06" for family in _FAMILIES),
    *(f"ELBSecurityPolicy-TLS13-{family}-PQ-2025-09" for family in _FAMILIES if family != "1-1"),
    *(f"ELBSecurityPolicy-TLS13-{family}-FIPS-2023-04" for family in (*_FAMILIES, "1-2-Ext0")),
    *(f"ELBSecurityPolicy-TLS13-{family}-FIPS-PQ-2025-09" for family in (*_FAMILIES, "1-2-Ext0") if family != "1-1"),
    "ELBSecurityPolicy-TLS13-1-2-RFC9151-FIPS-2023-07",
    *(f"ELBSecurityPolicy-TLS13-1-2-RFC9151-INTEROP{number}-FIPS-2023-07" for number in range(1, 5)),
    "ELBSecurityPolicy-2015-05",
    "ELBSecurityPolicy-2016-08",
    "ELBSecurityPolicy-TLS-1-0-2015-04",
    "ELBSecurityPolicy-TLS-1-1-2017-01",
    "ELBSecurityPolicy-TLS-1-2-2017-01",
    "ELBSecurityPolicy-TLS-1-2-Ext-2018-06",
    "ELBSecurityPolicy-FS-2018-06",
    "ELBSecurityPolicy-FS-1-1-2019-08",
    "ELBSecurityPolicy-FS-1-2-2019-08",
    "ELBSecurityPolicy-FS-1-2-Res-2019-08",
    "ELBSecurityPolicy-FS-1-2-Res-2020-10",
)


def _application(props: Mapping[str, Any]) -> list[Fault]:
    if props.get("loadBalancerType", "application") == "application":
        return []
    kind = props["loadBalancerType"]
    return [Fault("loadBalancerType", f"{kind!r} is not handled by the embedded AWS: give application")]


def _zones(props: Mapping[str, Any]) -> list[Fault]:
    """API_CreateLoadBalancer.html: application load balancers need subnets of two zones; one subnet has one."""
    subnets = props.get("subnets")
    if not isinstance(subnets, list) or len(subnets) >= 2:
        return [] if subnets is not None else [Fault("subnets", "is missing: give subnets of two zones or more")]
    told = f"has {len(subnets)} subnets, and an application load balancer needs two zones"
    return [Fault("subnets", f"{told}: give subnets of two zones or more")]


def _bucket(props: Mapping[str, Any]) -> list[Fault]:
    """enable-access-logging.html: logs go to a bucket, which is named without s3://."""
    faults = []
    for name in ("accessLogs", "connectionLogs"):
        logs = props.get(name) or {}
        bucket = logs.get("bucket")
        if bucket is None or has_unknown(bucket) or re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", bucket):
            continue
        faults.append(Fault(f"{name}.bucket", f"{bucket!r} is no bucket's name: give the name of the bucket for logs"))
    return faults


def _type_needs(props: Mapping[str, Any]) -> list[Fault]:
    """API_CreateTargetGroup.html: port, protocol and VPC are for all target types but lambda."""
    kind = props.get("targetType", "instance")
    names = ("port", "protocol", "vpcId")
    if kind != "lambda":
        return [
            Fault(n, f"is missing, and a target group of type {kind} needs it: set it")
            for n in names
            if props.get(n) is None
        ]
    # The attributes: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
    useless = (*names, "protocolVersion", "deregistrationDelay", "slowStart", "stickiness")
    return [
        Fault(n, "does not go with a target group of type lambda: remove it")
        for n in useless
        if props.get(n) is not None
    ]


def _multi_value(props: Mapping[str, Any]) -> list[Fault]:
    kind = props.get("targetType", "instance")
    if kind == "lambda" or not props.get("lambdaMultiValueHeadersEnabled"):
        return []
    told = f"does not go with a target group of type {kind}: remove it, or set targetType: lambda"
    return [Fault("lambdaMultiValueHeadersEnabled", told)]


# API_CreateTargetGroup.html
_HEALTH_RANGES = {
    "interval": (5, 300),
    "timeout": (2, 120),
    "healthyThreshold": (2, 10),
    "unhealthyThreshold": (2, 10),
}


def _health(props: Mapping[str, Any]) -> list[Fault]:
    health = props.get("healthCheck") or {}
    faults = [
        Fault(f"healthCheck.{name}", f"{health[name]} is outside {least} to {most}: give a value within")
        for name, (least, most) in _HEALTH_RANGES.items()
        if isinstance(health.get(name), int) and not least <= health[name] <= most
    ]
    is_lambda = props.get("targetType") == "lambda"
    timeout, interval = health.get("timeout"), health.get("interval", 30)
    if isinstance(timeout, int) and isinstance(interval, int) and timeout > interval - (not is_lambda):
        told = f"{timeout} leaves no room in the interval of {interval} seconds"
        faults.append(Fault("healthCheck.timeout", f"{told}: give less, or a longer interval"))
    if is_lambda:
        faults += [
            Fault(f"healthCheck.{name}", "does not go with a target group of type lambda: remove it")
            for name in ("port", "protocol")
            if health.get(name) is not None
        ]
    return faults


def _tls(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/create-https-listener.html."""
    protocol = props.get("protocol", "HTTP")
    if has_unknown(protocol):
        return []
    if protocol not in ("HTTP", "HTTPS"):
        return [Fault("protocol", f"{protocol!r} is not one that an application load balancer speaks: give HTTPS")]
    if protocol == "HTTPS" and not props.get("certificateArn"):
        return [Fault("certificateArn", "is missing, and an HTTPS listener needs a certificate: set it")]
    if protocol == "HTTP":
        return [
            Fault(n, "does not go with an HTTP listener: remove it, or set protocol: HTTPS")
            for n in ("certificateArn", "sslPolicy")
            if props.get(n)
        ]
    return []


def _port(props: Mapping[str, Any]) -> list[Fault]:
    return [] if props.get("port") is not None else [Fault("port", "is missing, and a listener needs it: set it")]


_NEEDS = {
    "redirect": ("redirect",),
    "fixed-response": ("fixedResponse",),
    "authenticate-cognito": ("authenticateCognito",),
    "authenticate-oidc": ("authenticateOidc",),
    "jwt-validation": ("jwtValidation",),
}
_CONTENT_TYPES = ("text/plain", "text/css", "text/html", "application/javascript", "application/json")
_UNCHANGED = {"protocol": "#{protocol}", "port": "#{port}", "host": "#{host}", "path": "/#{path}"}


def actions_in(name: str) -> Rule:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html."""
    return lambda props: _actions(props, name)


def _actions(props: Mapping[str, Any], name: str) -> list[Fault]:
    faults: list[Fault] = []
    actions = props.get(name)
    for number, action in enumerate(actions if isinstance(actions, list) else []):
        path = f"{name}[{number}]"
        kind = action.get("type")
        if kind == "forward":
            if action.get("targetGroupArn") is None and action.get("forward") is None:
                faults.append(Fault(f"{path}.targetGroupArn", "is missing, and forward needs it: set it, or forward"))
        elif (needed := _NEEDS.get(kind)) and action.get(needed[0]) is None:
            faults.append(Fault(f"{path}.{needed[0]}", f"is missing, and an action of type {kind} needs it: set it"))
        faults += _answer(f"{path}.fixedResponse", action.get("fixedResponse"))
        faults += _redirect(f"{path}.redirect", action.get("redirect"))
    return faults


def _answer(path: str, given: Any) -> list[Fault]:
    if not isinstance(given, dict):
        return []
    faults = []
    if given.get("statusCode") is None:
        faults.append(Fault(f"{path}.statusCode", "is missing, and a fixed response needs it: set 2XX, 4XX or 5XX"))
    kind = given.get("contentType")
    if kind is not None and not has_unknown(kind) and kind not in _CONTENT_TYPES:
        told = f"{kind!r} is not one of {', '.join(_CONTENT_TYPES)}: give one of these"
        faults.append(Fault(f"{path}.contentType", told))
    return faults


def _redirect(path: str, given: Any) -> list[Fault]:
    """A redirect that changes none of these would go round in a circle."""
    if not isinstance(given, dict):
        return []
    if any(given.get(name, usual) != usual for name, usual in _UNCHANGED.items()):
        return []
    return [Fault(path, "sends every request to itself: change at least one of protocol, host, port, path")]


load_balancer_rules: tuple[Rule, ...] = (_application, _zones, _bucket)
target_group_rules: tuple[Rule, ...] = (_type_needs, _multi_value, _health)
listener_rules: tuple[Rule, ...] = (_tls, _port, among(sslPolicy=SSL_POLICIES), actions_in("defaultActions"))
