"""The entrance with a name of its own: a load balancer in the public subnets, for people with a browser."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.audit import BALANCER_LOGS
from components.certificates import entrance_certificate
from components.firewall import Firewall
from components.function import Function
from components.names import Names
from components.platform import Platform
from components.users import Users
from components.watches import Watched, watch_load_balancer
from settings import LoadBalancer

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
"""TLS 1.2 and 1.3, with forward secrecy and authenticated encryption alone:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html."""
SESSION_SECONDS = 8 * 3600
"""A working day, after which people sign in again."""
HEALTH = "/health"


@dataclass(frozen=True, kw_only=True)
class EntranceArgs:
    """`settings` says where the certificate comes from. Only `users` get through to `function`."""

    platform: Platform
    function: Function
    users: Users
    firewall: Firewall
    settings: LoadBalancer


class Entrance(pulumi.ComponentResource):
    """HTTPS alone. Whoever comes signs in first; only `/health` answers anybody, and by itself."""

    url: pulumi.Output[str]
    arn_suffix: pulumi.Output[str]

    def __init__(self, name: str, args: EntranceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:delivery:Entrance", name, {}, opts)
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        group_id = on.network.groups["entrance"]
        # The function is no address: the only thing that the balancer itself calls is where people sign in.
        aws.vpc.SecurityGroupEgressRule(
            name,
            security_group_id=group_id,
            cidr_ipv4="0.0.0.0/0",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            description="Cognito, which has no endpoint in a VPC",
            opts=child,
        )
        balancer = aws.lb.LoadBalancer(
            name,
            name=balancer_name(on.names),
            load_balancer_type="application",
            internal=False,
            subnets=on.network.public_subnet_ids,
            security_groups=[group_id],
            # Both in one place: the names of the files say which is which.
            access_logs={"bucket": on.access_logs, "prefix": BALANCER_LOGS, "enabled": True},
            connection_logs={"bucket": on.access_logs, "prefix": BALANCER_LOGS, "enabled": True},
            drop_invalid_header_fields=True,
            desync_mitigation_mode="strictest",
            # Without an answer of the firewall nothing passes.
            enable_waf_fail_open=False,
            enable_deletion_protection=on.keep,
            opts=child,
        )
        name_called = args.settings.domain or balancer.dns_name
        target = self._target(name, args)
        self._listener(name, args, balancer, target, name_called)
        if args.settings.zone_id is not None and args.settings.domain is not None:
            aws.route53.Record(
                name,
                zone_id=args.settings.zone_id,
                name=args.settings.domain,
                type="A",
                aliases=[
                    {"name": balancer.dns_name, "zone_id": balancer.zone_id, "evaluate_target_health": False},
                ],
                opts=child,
            )
        args.firewall.protect(name, balancer.arn, child)
        called = Watched(name=name, called=balancer_name(on.names), topics=on.topics, opts=child)
        watch_load_balancer(called, balancer.arn_suffix)
        self.url = pulumi.Output.concat("https://", name_called)
        self.arn_suffix = balancer.arn_suffix
        self.register_outputs({"url": self.url})

    def _target(self, name: str, args: EntranceArgs) -> pulumi.Output[str]:
        """The function as a target, known once it is one."""
        child = pulumi.ResourceOptions(parent=self)
        group = aws.lb.TargetGroup(
            name,
            name=target_name(args.platform.names),
            target_type="lambda",
            lambda_multi_value_headers_enabled=True,
            opts=child,
        )
        permission = aws.lambda_.Permission(
            name,
            statement_id="entrance",
            action="lambda:InvokeFunction",
            function=args.function.name,
            principal="elasticloadbalancing.amazonaws.com",
            source_arn=group.arn,
            opts=child,
        )
        attached = aws.lb.TargetGroupAttachment(
            name,
            target_group_arn=group.arn,
            target_id=args.function.arn,
            # A function that the balancer may not call is refused as a target.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )
        return attached.target_group_arn

    def _listener(
        self,
        name: str,
        args: EntranceArgs,
        balancer: aws.lb.LoadBalancer,
        target: pulumi.Input[str],
        name_called: pulumi.Input[str],
    ) -> None:
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        client = aws.cognito.UserPoolClient(
            name,
            name=on.names.resource("entrance"),
            user_pool_id=args.users.pool_id,
            # As the balancer needs it:
            # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html
            generate_secret=True,
            allowed_oauth_flows_user_pool_client=True,
            allowed_oauth_flows=["code"],
            allowed_oauth_scopes=["openid"],
            supported_identity_providers=["COGNITO"],
            callback_urls=[pulumi.Output.concat("https://", name_called, "/oauth2/idpresponse")],
            explicit_auth_flows=["ALLOW_REFRESH_TOKEN_AUTH"],
            prevent_user_existence_errors="ENABLED",
            enable_token_revocation=True,
            access_token_validity=60,
            id_token_validity=60,
            refresh_token_validity=1,
            token_validity_units={"access_token": "minutes", "id_token": "minutes", "refresh_token": "days"},
            opts=child,
        )
        listener = aws.lb.Listener(
            name,
            load_balancer_arn=balancer.arn,
            port=443,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=self._certificate(name, args),
            default_actions=[
                {
                    "type": "authenticate-cognito",
                    "order": 1,
                    "authenticate_cognito": {
                        "user_pool_arn": args.users.pool_arn,
                        "user_pool_client_id": client.id,
                        "user_pool_domain": args.users.domain,
                        "on_unauthenticated_request": "authenticate",
                        "scope": "openid",
                        "session_timeout": SESSION_SECONDS,
                    },
                },
                {"type": "forward", "order": 2, "target_group_arn": target},
            ],
            routing_http_response_server_enabled=False,
            routing_http_response_strict_transport_security_header_value="max-age=31536000; includeSubDomains",
            routing_http_response_x_content_type_options_header_value="nosniff",
            routing_http_response_x_frame_options_header_value="DENY",
            routing_http_response_content_security_policy_header_value="default-src 'none'",
            opts=child,
        )
        aws.lb.ListenerRule(
            name,
            listener_arn=listener.arn,
            priority=1,
            conditions=[{"path_pattern": {"values": [HEALTH]}}],
            actions=[
                {
                    "type": "fixed-response",
                    "fixed_response": {
                        "status_code": "200",
                        "content_type": "application/json",
                        "message_body": '{"status": "up"}',
                    },
                }
            ],
            opts=child,
        )

    def _certificate(self, name: str, args: EntranceArgs) -> pulumi.Input[str]:
        """The ARN of the certificate, issued."""
        settings = args.settings
        if settings.certificate_arn is not None:
            return settings.certificate_arn
        if settings.domain is not None and settings.zone_id is not None:
            return self._proved(name, settings.domain, settings.zone_id)
        # Each run of the program would make another pair.
        child = pulumi.ResourceOptions(parent=self, ignore_changes=["certificateBody", "privateKey"])
        body, key = entrance_certificate(f"{args.platform.names.resource('entrance')}.internal")
        made = aws.acm.Certificate(name, certificate_body=body, private_key=pulumi.Output.secret(key), opts=child)
        return made.arn

    def _proved(self, name: str, domain: str, zone_id: str) -> pulumi.Output[str]:
        """A certificate that ACM makes, and renews, as long as the record stands by which the domain is proved ours."""
        child = pulumi.ResourceOptions(parent=self)
        asked = aws.acm.Certificate(
            name, domain_name=domain, validation_method="DNS", key_algorithm="EC_prime256v1", opts=child
        )
        proof = asked.domain_validation_options[0]
        record = aws.route53.Record(
            f"{name}-proof",
            zone_id=zone_id,
            name=proof.resource_record_name,
            type=proof.resource_record_type,
            ttl=300,
            records=[proof.resource_record_value],
            opts=child,
        )
        issued = aws.acm.CertificateValidation(
            name, certificate_arn=asked.arn, validation_record_fqdns=[record.fqdn], opts=child
        )
        return issued.certificate_arn


def balancer_name(names: Names) -> str:
    """The load balancer's name: at most 32 characters, which it has wherever the buckets' names fit."""
    return names.resource("alb")


def target_name(names: Names) -> str:
    """The target group's name, as short."""
    return names.resource("api")
