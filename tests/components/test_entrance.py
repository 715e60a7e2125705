from typing import Any

import pytest
from cryptography import x509

from components.entrance import HEALTH, Entrance, EntranceArgs, balancer_name, target_name
from components.firewall import Firewall, FirewallArgs
from components.names import Names
from components.users import Users, UsersArgs
from settings import Access, LoadBalancer
from tests.components import parts
from tests.components.mock_engine import ACCOUNT, NAMES, Recording, deploy

CERTIFICATE = f"arn:aws:acm:eu-west-1:{ACCOUNT}:certificate/01234567-89ab-cdef-0123-456789abcdef"
OWN = LoadBalancer(certificate="domain", domain="data.example.com", zone_id="Z0123456789EXAMPLE")
GIVEN = LoadBalancer(certificate="existing", certificate_arn=CERTIFICATE, domain="data.example.com")


def made(settings: LoadBalancer | None = None, **changes: Any) -> Recording:
    def program() -> None:
        on = parts.platform(**changes)
        args = EntranceArgs(
            platform=on,
            function=parts.api_function(on),
            users=Users("users", UsersArgs(platform=on, access=Access())),
            firewall=Firewall("firewall", FirewallArgs(platform=on, requests_per_address=500)),
            settings=settings or LoadBalancer(certificate="self_signed"),
        )
        Entrance("entrance", args)

    return deploy(program)


@pytest.fixture(scope="module")
def plain() -> Recording:
    return made()


def test_there_is_https_and_nothing_else(plain: Recording) -> None:
    listener = plain.one("lb/listener:Listener").inputs
    assert (listener["port"], listener["protocol"]) == (443, "HTTPS")
    assert listener["sslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2-Res-")
    assert listener["routingHttpResponseServerEnabled"] is False
    assert "max-age" in listener["routingHttpResponseStrictTransportSecurityHeaderValue"]


def test_whoever_comes_signs_in_before_the_function_is_asked(plain: Recording) -> None:
    sign_in, forward = plain.one("lb/listener:Listener").inputs["defaultActions"]
    assert (sign_in["type"], sign_in["order"]) == ("authenticate-cognito", 1)
    assert sign_in["authenticateCognito"]["onUnauthenticatedRequest"] == "authenticate"
    assert (forward["type"], forward["order"]) == ("forward", 2)
    (rule,) = plain.of("ListenerRule")
    assert rule.inputs["conditions"] == [{"pathPattern": {"values": [HEALTH]}}]
    assert [action["type"] for action in rule.inputs["actions"]] == ["fixed-response"]


def test_the_client_that_signs_people_in_keeps_a_secret_and_sends_them_back_here_alone(plain: Recording) -> None:
    client = plain.one("UserPoolClient", "entrance").inputs
    assert client["generateSecret"] is True
    assert client["allowedOauthFlows"] == ["code"]
    (callback,) = client["callbackUrls"]
    assert callback.startswith("https://medallion-dev-alb")
    assert callback.endswith("/oauth2/idpresponse")
    (own,) = made(GIVEN).one("UserPoolClient", "entrance").inputs["callbackUrls"]
    assert own == "https://data.example.com/oauth2/idpresponse"


def test_the_balancer_is_public_logged_strict_and_behind_the_firewall(plain: Recording) -> None:
    balancer = plain.one("lb/loadBalancer:LoadBalancer").inputs
    assert balancer["internal"] is False
    assert all("public" in subnet for subnet in balancer["subnets"])
    assert balancer["accessLogs"]["enabled"] is True
    assert balancer["connectionLogs"]["enabled"] is True
    assert balancer["dropInvalidHeaderFields"] is True
    assert balancer["desyncMitigationMode"] == "strictest"
    assert balancer["enableWafFailOpen"] is False
    assert ":loadbalancer/app/" in plain.one("WebAclAssociation").inputs["resourceArn"]


def test_a_protected_stack_s_balancer_can_t_be_deleted_by_mistake(plain: Recording) -> None:
    assert plain.one("lb/loadBalancer:LoadBalancer").inputs["enableDeletionProtection"] is False
    assert made(keep=True).one("lb/loadBalancer:LoadBalancer").inputs["enableDeletionProtection"] is True


def test_only_our_target_group_calls_the_function_and_may_before_it_is_a_target(plain: Recording) -> None:
    permission = plain.one("lambda/permission:Permission", "entrance")
    assert permission.inputs["principal"] == "elasticloadbalancing.amazonaws.com"
    assert ":targetgroup/medallion-dev-api/" in permission.inputs["sourceArn"]
    assert "entrance" in plain.one("TargetGroupAttachment").depends_on
    assert plain.one("TargetGroup").inputs["lambdaMultiValueHeadersEnabled"] is True


def test_without_a_domain_the_certificate_is_made_once_and_its_key_is_a_secret(plain: Recording) -> None:
    certificate = plain.one("acm/certificate:Certificate")
    assert set(certificate.ignore_changes) == {"certificateBody", "privateKey"}
    body = x509.load_pem_x509_certificate(certificate.inputs["certificateBody"].encode())
    assert body.subject.rfc4514_string() == "CN=medallion-dev-entrance.internal"
    assert certificate.inputs["privateKey"]["value"].startswith("-----BEGIN PRIVATE KEY-----"), "a marked secret"


def test_a_domain_is_proved_in_its_zone_and_points_here() -> None:
    made_own = made(OWN)
    asked = made_own.one("acm/certificate:Certificate").inputs
    assert (asked["domainName"], asked["validationMethod"]) == ("data.example.com", "DNS")
    records = {each.name: each.inputs for each in made_own.of("route53/record:Record")}
    assert records["entrance-proof"]["type"] == "CNAME"
    assert records["entrance"]["name"] == "data.example.com"
    assert records["entrance"]["aliases"][0]["name"].startswith("medallion-dev-alb")
    assert made_own.one("CertificateValidation").inputs["validationRecordFqdns"]
    assert made_own.one("lb/listener:Listener").inputs["certificateArn"].startswith("arn:aws:acm:")


def test_a_certificate_that_exists_is_used_and_none_is_made() -> None:
    given = made(GIVEN)
    assert given.one("lb/listener:Listener").inputs["certificateArn"] == CERTIFICATE
    assert not given.of("acm/certificate:Certificate")
    assert not given.of("route53/record:Record"), "the zone is somebody else's"


def test_names_are_short_enough_wherever_the_names_of_buckets_are() -> None:
    longest = Names(project="medallion", stack="s" * 17, account=ACCOUNT, region="eu-west-1")
    assert max(len(balancer_name(longest)), len(target_name(longest))) <= 32
    assert balancer_name(NAMES) == "medallion-dev-alb"
