"""The people who sign in, to GraphQL and at the load balancer."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.names import Names
from components.platform import Platform
from settings import Access

RESERVED = ("aws", "amazon", "cognito")


class UsersError(Exception):
    """The names of this stack would be refused by Cognito."""


@dataclass(frozen=True, kw_only=True)
class UsersArgs:
    """`access` says whether a second factor is asked for."""

    platform: Platform
    access: Access


class Users(pulumi.ComponentResource):
    """A user pool whose users only an administrator makes, the page where they sign in, and a client for their apps."""

    pool_id: pulumi.Output[str]
    pool_arn: pulumi.Output[str]
    client_id: pulumi.Output[str]
    domain: pulumi.Output[str]

    def __init__(self, name: str, args: UsersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:delivery:Users", name, {}, opts)
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        pool = aws.cognito.UserPool(
            name,
            name=on.names.resource("users"),
            user_pool_tier="ESSENTIALS",
            username_attributes=["email"],
            username_configuration={"case_sensitive": False},
            auto_verified_attributes=["email"],
            admin_create_user_config={"allow_admin_create_user_only": True},
            account_recovery_setting={"recovery_mechanisms": [{"name": "verified_email", "priority": 1}]},
            # A new address counts once it is proved; until then messages go to the old one.
            user_attribute_update_settings={"attributes_require_verification_before_updates": ["email"]},
            password_policy={
                "minimum_length": 14,
                "require_lowercase": True,
                "require_uppercase": True,
                "require_numbers": True,
                "require_symbols": True,
                "password_history_size": 12,
                "temporary_password_validity_days": 3,
            },
            mfa_configuration="ON" if args.access.second_factor == "required" else "OPTIONAL",
            software_token_mfa_configuration={"enabled": True},
            deletion_protection="ACTIVE" if on.keep else "INACTIVE",
            opts=pulumi.ResourceOptions(parent=self, protect=on.keep),
        )
        client = aws.cognito.UserPoolClient(
            f"{name}-apps",
            name=on.names.resource("apps"),
            user_pool_id=pool.id,
            # Apps on people's own machines can keep no secret; by SRP the password never leaves them.
            generate_secret=False,
            explicit_auth_flows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            prevent_user_existence_errors="ENABLED",
            enable_token_revocation=True,
            access_token_validity=60,
            id_token_validity=60,
            refresh_token_validity=1,
            token_validity_units={"access_token": "minutes", "id_token": "minutes", "refresh_token": "days"},
            opts=child,
        )
        domain = aws.cognito.UserPoolDomain(name, domain=login_prefix(on.names), user_pool_id=pool.id, opts=child)
        self.pool_id = pool.id
        self.pool_arn = pool.arn
        self.client_id = client.id
        self.domain = domain.domain
        self.register_outputs({"pool_id": self.pool_id, "client_id": self.client_id})


def login_prefix(names: Names) -> str:
    """The prefix of the sign-in page's address, unique in the region by the account. Raises UsersError.

    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html
    """
    prefix = f"{names.project}-{names.stack}-{names.account}".lower()
    held = [word for word in RESERVED if word in prefix]
    if held:
        raise UsersError(
            f"The sign-in page's prefix is {prefix}; it must not have {held[0]} in it, since Cognito keeps that word "
            "for itself; name the project and the stack otherwise."
        )
    return prefix
