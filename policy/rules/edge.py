"""What the internet reaches: load balancers, and the firewall before these and all APIs."""

from __future__ import annotations

import re
from typing import Any

from pulumi_policy import Severity

from ..rule import (
    Finding,
    NotApplicableError,
    Verdict,
    fsbp,
    must,
    nist,
    resource_rule,
    security_hub,
    shown,
    stack_rule,
)
from ..subject import Stack, Subject
from ..tokens import (
    API_REST,
    API_STAGE,
    GRAPHQL_API,
    LISTENER,
    LISTENER_RULE,
    LOAD_BALANCER,
    USER_POOL,
    WEB_ACL,
    WEB_ACL_ASSOCIATION,
    WEB_ACL_LOGGING,
)
from .audit import RECORDS
from .transit import IN_TRANSIT

# Actions that find out who asks, and where each has its properties.
ASKING = {
    "authenticate-cognito": "authenticateCognito",
    "authenticate-oidc": "authenticateOidc",
    "jwt-validation": "jwtValidation",
}
FILTERED = nist("AC-4", "SC-7", "SI-10")
# Security policies of listeners that take nothing below TLS 1.2.
MODERN_POLICY = re.compile(r"ELBSecurityPolicy-(TLS13-1-[23]|TLS-1-2|FS-1-2)(-.+)?")


@stack_rule(
    id="lb-tls",
    title="Load balancers listen by TLS 1.2 or newer, or send callers there.",
    severity=Severity.HIGH,
    controls=(*fsbp("ELB.1", "ELB.17", "ELB.18"), *IN_TRANSIT),
    types=(LISTENER, LISTENER_RULE),
    why="what comes in clear shows sessions and data to the network between; the default policy still takes TLS 1.0",
    remedy='protocol="HTTPS", ssl_policy="ELBSecurityPolicy-TLS13-1-2-Res-2021-06"',
)
def lb_tls(holder: Subject, stack: Stack) -> Verdict:
    """A listener for plain HTTP may do nothing but redirect to HTTPS, and so may its rules."""
    listeners = [holder] if holder.type == LISTENER else stack.referred(holder, "listenerArn", LISTENER)
    if any(each.get("protocol") in ("HTTPS", "TLS") for each in listeners):
        if holder.type == LISTENER_RULE:
            raise NotApplicableError("its listener decides")
        yield from must(holder, "sslPolicy", _modern, "sslPolicy is {}")
        return
    path = "defaultActions" if holder.type == LISTENER else "actions"
    redirected = all(_to_https(holder, f"{path}.{position}") for position in range(holder.count(path)))
    for listener in listeners:
        if listener.get("protocol") != "HTTP" or not redirected:
            protocol = shown(listener.get("protocol"))
            yield Finding(f"protocol is {protocol}, and it does other than redirect to HTTPS")


def _modern(policy: Any) -> bool:
    return MODERN_POLICY.fullmatch(str(policy)) is not None


def _to_https(listener: Subject, action: str) -> bool:
    return (listener.get(f"{action}.type"), listener.get(f"{action}.redirect.protocol")) == ("redirect", "HTTPS")


@resource_rule(
    id="lb-strict",
    title="Load balancers drop malformed requests, and let none past a firewall that doesn't answer.",
    severity=Severity.MEDIUM,
    controls=(*fsbp("ELB.4", "ELB.12"), *FILTERED),
    types=(LOAD_BALANCER,),
    why="requests that two servers read differently are how one caller's request ends up in another's",
    remedy='drop_invalid_header_fields=True, desync_mitigation_mode="strictest", enable_waf_fail_open=False',
)
def lb_strict(balancer: Subject) -> Verdict:
    """Headers are forwarded as they come unless switched off; the other two are right unless changed."""
    _application(balancer)
    yield from must(balancer, "dropInvalidHeaderFields", lambda value: value is True, "dropInvalidHeaderFields is {}")
    yield from must(
        balancer,
        "desyncMitigationMode",
        lambda mode: mode in (None, "", "defensive", "strictest"),
        "desyncMitigationMode is {}",
    )
    yield from must(balancer, "enableWafFailOpen", lambda value: value is not True, "enableWafFailOpen is {}")


@resource_rule(
    id="lb-access-logged",
    title="Load balancers log their requests.",
    severity=Severity.MEDIUM,
    controls=(*fsbp("ELB.5"), *RECORDS),
    types=(LOAD_BALANCER,),
    why="they alone see every request, those that reach nothing behind them among them",
    remedy='access_logs={"bucket": access_logs.id, "enabled": True}',
)
def lb_access_logged(balancer: Subject) -> Verdict:
    """Naming a bucket doesn't switch them on."""
    yield from must(balancer, "accessLogs.enabled", lambda value: value is True, "accessLogs.enabled is {}")


@stack_rule(
    id="lb-authenticated",
    title="Load balancers on the internet forward nothing before they know who asks.",
    severity=Severity.HIGH,
    controls=nist("AC-3", "IA-2"),
    types=(LISTENER, LISTENER_RULE),
    why="what stands behind a load balancer takes its callers for known, as API Gateway would have asked them",
    remedy='default_actions=[{"order": 1, "type": "authenticate-cognito", ...}, {"order": 2, "type": "forward", ...}]',
)
def lb_authenticated(holder: Subject, stack: Stack) -> Verdict:
    """Each rule acts for itself, whatever the listener's default; client certificates are asked for before any."""
    listeners = [holder] if holder.type == LISTENER else stack.referred(holder, "listenerArn", LISTENER)
    if listeners and not any(each.get("protocol") in ("HTTP", "HTTPS") for each in listeners):
        raise NotApplicableError("it doesn't read requests")
    balancers = [each for found in listeners for each in stack.referred(found, "loadBalancerArn", LOAD_BALANCER)]
    if balancers and all(each.get("internal") is True for each in balancers):
        raise NotApplicableError("not on the internet")
    if any(each.get("mutualAuthentication.mode") == "verify" for each in listeners):
        return
    path = "defaultActions" if holder.type == LISTENER else "actions"
    actions = [f"{path}.{position}" for position in range(holder.count(path))]
    known = False
    for action in sorted(actions, key=lambda action: int(holder.get(f"{action}.order") or 0)):
        kind = holder.get(f"{action}.type")
        known = known or kind in ASKING
        if kind == "forward" and not known:
            yield Finding("it forwards requests of anybody")
        if kind in ASKING and holder.get(f"{action}.{ASKING[kind]}.onUnauthenticatedRequest") == "allow":
            yield Finding("it lets requests pass whose caller isn't known")


def _application(balancer: Subject) -> None:
    if balancer.get("loadBalancerType") not in (None, "", "application"):
        raise NotApplicableError("it doesn't read requests")


@stack_rule(
    id="edge-firewalled",
    title="Whatever the internet reaches stands behind a web application firewall.",
    severity=Severity.HIGH,
    controls=(*fsbp("APIGateway.4"), *security_hub("ELB.16"), *FILTERED),
    types=(LOAD_BALANCER, API_STAGE, GRAPHQL_API, USER_POOL),
    why="floods and known attacks else reach code that has to answer each of them",
    remedy="aws.wafv2.WebAclAssociation(..., web_acl_arn=acl.arn, resource_arn=api.arn)",
)
def edge_firewalled(edge: Subject, stack: Stack) -> Verdict:
    """Internal load balancers and private APIs are behind the VPC instead."""
    if edge.type == LOAD_BALANCER:
        _application(edge)
    if edge.get("internal") is True or edge.get("visibility") == "PRIVATE" or _in_private_api(edge, stack):
        raise NotApplicableError("not on the internet")
    if not stack.pointing(edge, "resourceArn", WEB_ACL_ASSOCIATION):
        yield Finding("no WebAclAssociation names it")


def _in_private_api(edge: Subject, stack: Stack) -> bool:
    apis = stack.referred(edge, "restApi", API_REST) if edge.type == API_STAGE else []
    return any("PRIVATE" in str(api.get("endpointConfiguration.types")) for api in apis)


@resource_rule(
    id="firewall-effective",
    title="Web ACLs have rules, which act and are counted.",
    severity=Severity.MEDIUM,
    controls=(*fsbp("WAF.10", "WAF.12"), *FILTERED),
    types=(WEB_ACL,),
    why="a firewall without rules, or with rules that only count, lets everything through and looks like one",
    remedy='rules=[{..., "override_action": {"none": {}}, '
    '"visibility_config": {"cloudwatch_metrics_enabled": True, ...}}]',
)
def firewall_effective(acl: Subject) -> Verdict:
    """Counting is for a rule's first days."""
    if acl.writes("ruleJson"):
        raise NotApplicableError("its rules are JSON of its own")
    rules = acl.many("rules")
    if not rules and "block" not in (acl.get("defaultAction") or {}):
        yield Finding("it has no rule")
    for rule in rules:
        if "count" in (rule.get("overrideAction") or {}) or "count" in (rule.get("action") or {}):
            yield Finding(f"its rule {shown(rule.get('name'))} only counts")
        if (rule.get("visibilityConfig") or {}).get("cloudwatchMetricsEnabled") is not True:
            yield Finding(f"its rule {shown(rule.get('name'))} has no metrics")


@stack_rule(
    id="firewall-logged",
    title="Web ACLs log what they stop.",
    severity=Severity.MEDIUM,
    controls=(*security_hub("WAF.11"), *RECORDS),
    types=(WEB_ACL,),
    why="who tries what shows here first, and what was stopped for no reason shows nowhere else",
    remedy="aws.wafv2.WebAclLoggingConfiguration(..., resource_arn=acl.arn, log_destination_configs=[group.arn])",
)
def firewall_logged(acl: Subject, stack: Stack) -> Verdict:
    """What it filters of the log is its own affair."""
    if not stack.pointing(acl, "resourceArn", WEB_ACL_LOGGING):
        yield Finding("no WebAclLoggingConfiguration names it")
