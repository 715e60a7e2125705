"""Elastic Load Balancing: application load balancers and target groups, lambda ones above all (see `listeners`)."""

from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Call, Entry, Gone, Tagging, call, put, words
from embedded.provider.rules import among, like, within
from embedded.provider.table.load_balancer_rules import load_balancer_rules, target_group_rules
from embedded.provider.values import Props
from embedded.provider.work import Work

_ARN = "arn:{partition}:elasticloadbalancing:{region}:{account}:"


def tagged() -> Tagging:
    """How the service tags all that it has."""
    tags = "TagDescriptions[0].Tags"
    return Tagging({"ResourceArns": ["{id}"]}, "add_tags", "remove_tags", "describe_tags", take=tags)


def _suffix(context: Mapping[str, Any]) -> str:
    """What CloudWatch calls it: the ARN from `app/` or `targetgroup/` on."""
    return str(context["id"]).rpartition(":")[2].removeprefix("loadbalancer/")


def text(value: Any) -> str:
    """A value as an attribute, which is text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


_SCALARS = {
    "clientKeepAlive": ("client_keep_alive.seconds", 3600),
    "desyncMitigationMode": ("routing.http.desync_mitigation_mode", "defensive"),
    "dropInvalidHeaderFields": ("routing.http.drop_invalid_header_fields.enabled", False),
    "enableDeletionProtection": ("deletion_protection.enabled", False),
    "enableHttp2": ("routing.http2.enabled", True),
    "enableTlsVersionAndCipherSuiteHeaders": ("routing.http.x_amzn_tls_version_and_cipher_suite.enabled", False),
    "enableWafFailOpen": ("waf.fail_open.enabled", False),
    "enableXffClientPort": ("routing.http.xff_client_port.enabled", False),
    "enableZonalShift": ("zonal_shift.config.enabled", False),
    "idleTimeout": ("idle_timeout.timeout_seconds", 60),
    "preserveHostHeader": ("routing.http.preserve_host_header.enabled", False),
    "xffHeaderProcessingMode": ("routing.http.xff_header_processing.mode", "append"),
}
_LOGS = {"accessLogs": "access_logs.s3", "connectionLogs": "connection_logs.s3"}


def _write_attributes(work: Work) -> None:
    wanted = {key: text(work.new.get(name, usual)) for name, (key, usual) in _SCALARS.items()}
    for name, key in _LOGS.items():
        logs = work.new.get(name) or {}
        wanted |= {f"{key}.{member}": logs.get(member, "") for member in ("bucket", "prefix")}
        wanted[f"{key}.enabled"] = text(bool(logs.get("enabled", False)))
    modify_attributes(work, "load_balancer", {"LoadBalancerArn": work.id}, wanted)


def modify_attributes(work: Work, kind: str, key: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    """Set attributes of a load balancer, a listener or a target group, which `key` names."""
    attributes = [{"Key": k, "Value": v} for k, v in wanted.items()]
    work.ask(f"modify_{kind}_attributes", **key, Attributes=attributes)


def attributes_of(work: Work, kind: str, **key: str) -> dict[str, str]:
    """All attributes of a load balancer, a listener or a target group."""
    found = work.ask(f"describe_{kind}_attributes", **key)["Attributes"]
    return {each["Key"]: each["Value"] for each in found}


def _read_attributes(work: Work) -> Props:
    found = attributes_of(work, "load_balancer", LoadBalancerArn=work.id)
    out: Props = {name: found.get(key, usual) for name, (key, usual) in _SCALARS.items()}
    for name, key in _LOGS.items():
        if found.get(f"{key}.bucket"):
            out[name] = {member: found.get(f"{key}.{member}") for member in ("bucket", "prefix", "enabled")}
    return out


_GROUP_SCALARS = {
    "deregistrationDelay": ("deregistration_delay.timeout_seconds", 300),
    "lambdaMultiValueHeadersEnabled": ("lambda.multi_value_headers.enabled", False),
    "loadBalancingAlgorithmType": ("load_balancing.algorithm.type", "round_robin"),
    "slowStart": ("slow_start.duration_seconds", 0),
}
_STICKINESS = {
    "enabled": "stickiness.enabled",
    "type": "stickiness.type",
    "cookieName": "stickiness.app_cookie.cookie_name",
}


def _duration(kind: str) -> str:
    return f"stickiness.{kind}.duration_seconds"


def _write_group_attributes(work: Work) -> None:
    """Only what is given, or no longer is: a lambda group refuses attributes that mean nothing to it."""
    wanted = {}
    for name, (key, usual) in _GROUP_SCALARS.items():
        if work.new.get(name) is not None or work.old.get(name) not in (None, usual, str(usual)):
            wanted[key] = text(work.new.get(name, usual))
    sticky = work.new.get("stickiness")
    if sticky:
        wanted["stickiness.enabled"] = text(sticky.get("enabled", True))
        wanted["stickiness.type"] = sticky["type"]
        wanted[_duration(sticky["type"])] = str(sticky.get("cookieDuration", 86400))
        wanted |= {"stickiness.app_cookie.cookie_name": sticky["cookieName"]} if sticky.get("cookieName") else {}
    elif (work.old.get("stickiness") or {}).get("enabled"):
        wanted["stickiness.enabled"] = "false"
    if wanted:
        modify_attributes(work, "target_group", {"TargetGroupArn": work.id}, wanted)


def _read_group_attributes(work: Work) -> Props:
    found = attributes_of(work, "target_group", TargetGroupArn=work.id)
    out: Props = {name: found[key] for name, (key, _) in _GROUP_SCALARS.items() if key in found}
    if found.get("stickiness.type"):
        sticky = {name: found[key] for name, key in _STICKINESS.items() if key in found}
        out["stickiness"] = {**sticky, "cookieDuration": found.get(_duration(found["stickiness.type"]), 86400)}
    return out


_HEALTH = {
    "enabled": "HealthCheckEnabled",
    "healthyThreshold": "HealthyThresholdCount",
    "interval": "HealthCheckIntervalSeconds",
    "path": "HealthCheckPath",
    "port": "HealthCheckPort",
    "protocol": "HealthCheckProtocol",
    "timeout": "HealthCheckTimeoutSeconds",
    "unhealthyThreshold": "UnhealthyThresholdCount",
}
# What Terraform's provider sends for members that aren't given, once there is a block.
_HEALTH_DEFAULTS = {"enabled": True, "healthyThreshold": 3, "interval": 30, "unhealthyThreshold": 3}


def _health(context: Mapping[str, Any]) -> dict[str, Any]:
    if not context.get("healthCheck"):
        return {}
    given = {**_HEALTH_DEFAULTS, **context["healthCheck"]}
    members = {_HEALTH[n]: v for n, v in given.items() if n != "matcher" and v is not None}
    return members | ({"Matcher": {"HttpCode": given["matcher"]}} if given.get("matcher") else {})


_GROUP = call("create_target_group", skip="healthCheck targetControlPort")


def _create_group(work: Work) -> str:
    plain = work.send(Call(_GROUP.op, _health(work.new), skip=_GROUP.skip))
    work.id = str(plain["TargetGroups"][0]["TargetGroupArn"])
    _write_group_attributes(work)
    return work.id


def _check_health(work: Work) -> None:
    work.ask("modify_target_group", TargetGroupArn=work.id, **_health(work.new))


def _read_health(work: Work) -> Props:
    found = work.ask("describe_target_groups", TargetGroupArns=[work.id])["TargetGroups"][0]
    health = {name: found.get(member) for name, member in _HEALTH.items()}
    return {"healthCheck": {**health, "matcher": found.get("Matcher", {}).get("HttpCode")}}


def _target(context: Mapping[str, Any]) -> list[dict[str, Any]]:
    members = {"targetId": "Id", "port": "Port", "availabilityZone": "AvailabilityZone"}
    return [{m: context[n] for n, m in members.items() if context.get(n) is not None}]


def _read_target(work: Work) -> Props:
    found = work.ask("describe_target_health", TargetGroupArn=work.get("targetGroupArn"))["TargetHealthDescriptions"]
    if work.get("targetId") not in [each["Target"]["Id"] for each in found]:
        raise Gone
    return {name: work.get(name) for name in ("targetGroupArn", "targetId", "port", "availabilityZone")}


# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html and
# API_CreateTargetGroup.html: letters, digits and hyphens, 32 at most, none at either end, and not internal-.
_NAMED = "up to 32 letters, digits or hyphens, with no hyphen at either end"
_BALANCER_NAME = like("name", r"(?!internal-)(?!-)[A-Za-z0-9-]{1,32}(?<!-)", f"{_NAMED} and no internal- before it")
_GROUP_NAME = like("name", r"(?!-)(?!.*--)[A-Za-z0-9-]{1,32}(?<!-)", f"{_NAMED} and no two in a row")
_REPLACING = "name port protocol protocolVersion targetType vpcId ipAddressType"
_BALANCER_HANDLED = "name subnets securityGroups ipAddressType"

ENTRIES: dict[str, Entry] = {
    "aws:lb/loadBalancer:LoadBalancer": Entry(
        service="elbv2",
        id=_ARN + "loadbalancer/app/{name}/{hex8}{hex8}",
        create=call(
            "create_load_balancer",
            only=_BALANCER_HANDLED,
            Type="{loadBalancerType}",
            Scheme=lambda c: "internal" if c.get("internal") else "internet-facing",
            gives="LoadBalancers[0].LoadBalancerArn",
        ),
        read=(call("describe_load_balancers", LoadBalancerArns=["{id}"], take="LoadBalancers[0]"), _read_attributes),
        puts=(
            put("subnets", call("set_subnets", LoadBalancerArn="{id}")),
            put("securityGroups", call("set_security_groups", LoadBalancerArn="{id}")),
            put("ipAddressType", call("set_ip_address_type", LoadBalancerArn="{id}")),
            put(" ".join((*_SCALARS, *_LOGS)), _write_attributes, _write_attributes),
        ),
        delete=call("delete_load_balancer", LoadBalancerArn="{id}"),
        tags=tagged(),
        takes=words("internal"),
        names={"zoneId": "CanonicalHostedZoneId"},
        reads={
            "name": "LoadBalancerName",
            "internal": "Scheme == 'internal'",
            "loadBalancerType": "Type",
            "subnets": "AvailabilityZones[].SubnetId",
        },
        defaults={name: usual for name, (_, usual) in _SCALARS.items()}
        | {"loadBalancerType": "application", "internal": False},
        outputs={
            "arn": "{id}",
            "arnSuffix": _suffix,
            "dnsName": "{name}-{hex8}.{region}.elb.amazonaws.com",
            "ipAddressType": "ipv4",
            "vpcId": "vpc-{hex17}",
            "zoneId": "Z2P70J7EXAMPLE",
        },
        replace=words("name internal loadBalancerType"),
        gone=words("LoadBalancerNotFound"),
        named="name",
        longest=32,
        rules=(
            _BALANCER_NAME,
            # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html
            within(idleTimeout=(1, 4000), clientKeepAlive=(60, 604800)),
            among(
                desyncMitigationMode=("monitor", "defensive", "strictest"),
                xffHeaderProcessingMode=("append", "preserve", "remove"),
            ),
            *load_balancer_rules,
        ),
        cfn="AWS::ElasticLoadBalancingV2::LoadBalancer",
    ),
    "aws:lb/targetGroup:TargetGroup": Entry(
        service="elbv2",
        id=_ARN + "targetgroup/{name}/{hex8}{hex8}",
        create=_create_group,
        like=_GROUP,
        read=(
            call("describe_target_groups", TargetGroupArns=["{id}"], take="TargetGroups[0]"),
            _read_health,
            _read_group_attributes,
        ),
        puts=(
            put("healthCheck", _check_health, at_creation=False),
            put(" ".join((*_GROUP_SCALARS, "stickiness")), _write_group_attributes, _write_group_attributes),
        ),
        delete=call("delete_target_group", TargetGroupArn="{id}"),
        tags=tagged(),
        takes=words(f"healthCheck stickiness {' '.join(_GROUP_SCALARS)}"),
        reads={"name": "TargetGroupName"},
        defaults={"targetType": "instance"},
        assumed={name: usual for name, (_, usual) in _GROUP_SCALARS.items()},
        outputs={"arn": "{id}", "arnSuffix": _suffix},
        replace=words(_REPLACING),
        gone=words("TargetGroupNotFound"),
        named="name",
        longest=32,
        rules=(_GROUP_NAME, *target_group_rules),
        cfn="AWS::ElasticLoadBalancingV2::TargetGroup",
    ),
    "aws:lb/targetGroupAttachment:TargetGroupAttachment": Entry(
        service="elbv2",
        id="{targetGroupArn}-{targetId}",
        create=call("register_targets", TargetGroupArn="{targetGroupArn}", Targets=_target),
        read=(_read_target,),
        delete=call("deregister_targets", TargetGroupArn="{targetGroupArn}", Targets=_target),
        takes=words("targetId port availabilityZone"),
        replace=words("targetGroupArn targetId port availabilityZone"),
        gone=words("TargetGroupNotFound InvalidTarget"),
    ),
}
