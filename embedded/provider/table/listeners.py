"""Elastic Load Balancing: what an application load balancer listens to, and what it does with what comes."""

import re
from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Entry, call, put, words
from embedded.provider.table.load_balancer_rules import listener_rules
from embedded.provider.table.load_balancers import attributes_of, modify_attributes, tagged, text
from embedded.provider.values import Props
from embedded.provider.work import Work

_HEADER = re.compile(r"routingHttp(Request|Response)(\w+?)(HeaderName|HeaderValue|Enabled)")
_LISTENER_HEADERS = (
    *(
        f"routingHttpRequestXAmznMtlsClientcert{part}HeaderName"
        for part in ("", "Issuer", "Leaf", "SerialNumber", "Subject", "Validity")
    ),
    *(f"routingHttpRequestXAmznTls{part}HeaderName" for part in ("CipherSuite", "Version")),
    *(
        f"routingHttpResponseAccessControl{part}HeaderValue"
        for part in ("AllowCredentials", "AllowHeaders", "AllowMethods", "AllowOrigin", "ExposeHeaders", "MaxAge")
    ),
    *(
        f"routingHttpResponse{part}HeaderValue"
        for part in ("ContentSecurityPolicy", "StrictTransportSecurity", "XContentTypeOptions", "XFrameOptions")
    ),
    "routingHttpResponseServerEnabled",
)


def _snake(text: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", text).lower()


def _header_key(name: str) -> str:
    """`routingHttpResponseServerEnabled` is AWS's `routing.http.response.server.enabled`."""
    found = _HEADER.fullmatch(name)
    assert found is not None, name
    return f"routing.http.{found[1].lower()}.{_snake(found[2])}.{_snake(found[3])}"


def _write_headers(work: Work) -> None:
    usual = {"routingHttpResponseServerEnabled": "true"}
    wanted = {
        _header_key(name): text(work.new.get(name, usual.get(name, "")))
        for name in _LISTENER_HEADERS
        if work.new.get(name) is not None or work.old.get(name) not in (None, "", True)
    }
    modify_attributes(work, "listener", {"ListenerArn": work.id}, wanted)


def _read_headers(work: Work) -> Props:
    found = attributes_of(work, "listener", ListenerArn=work.id)
    return {name: found.get(_header_key(name)) for name in _LISTENER_HEADERS}


# moto drops the one, and the other is for TLS listeners alone.
_UNTOLD = "mutualAuthentication alpnPolicy"


def _certificates(context: Mapping[str, Any]) -> list[dict[str, str]] | None:
    return [{"CertificateArn": context["certificateArn"]}] if context.get("certificateArn") else None


def _update_listener(work: Work) -> None:
    step = call("modify_listener", ListenerArn="{id}", Certificates=lambda _: _certificates(work.new), skip=_UNTOLD)
    work.send(step)


def _listener_arn(context: Mapping[str, Any]) -> str:
    balancer = str(context["loadBalancerArn"]).rpartition(":loadbalancer/")[2]
    prefix = f"arn:aws:elasticloadbalancing:{context['region']}:{context['account']}:listener"
    return f"{prefix}/{balancer}/{context['hex8']}{context['hex8']}"


ACTION = {
    "forward": "ForwardConfig",
    "forward.targetGroups.arn": "TargetGroupArn",
    "forward.stickiness": "TargetGroupStickinessConfig",
    "forward.stickiness.duration": "DurationSeconds",
    "redirect": "RedirectConfig",
    "fixedResponse": "FixedResponseConfig",
    "authenticateCognito": "AuthenticateCognitoConfig",
    "authenticateOidc": "AuthenticateOidcConfig",
    "jwtValidation": "JwtValidationConfig",
}
_LISTENER = call("create_listener", Certificates=_certificates, skip=_UNTOLD, gives="Listeners[0].ListenerArn")

ENTRIES: dict[str, Entry] = {
    "aws:lb/listener:Listener": Entry(
        service="elbv2",
        id=_listener_arn,
        create=_LISTENER,
        read=(call("describe_listeners", ListenerArns=["{id}"], take="Listeners[0]"), _read_headers),
        puts=(put(" ".join(_LISTENER_HEADERS), _write_headers, _write_headers),),
        update=_update_listener,
        delete=call("delete_listener", ListenerArn="{id}"),
        tags=tagged(),
        takes=words("certificateArn"),
        names={f"defaultActions.{name}": member for name, member in ACTION.items()},
        reads={"certificateArn": "Certificates[0].CertificateArn"},
        defaults={"protocol": "HTTP"},
        ordered=words("defaultActions"),
        outputs={"arn": "{id}", "protocol": "HTTP", "routingHttpResponseServerEnabled": True},
        replace=words("loadBalancerArn"),
        gone=words("ListenerNotFound"),
        rules=listener_rules,
        cfn="AWS::ElasticLoadBalancingV2::Listener",
    ),
}
