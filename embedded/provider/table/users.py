"""Cognito: user pools, their clients, domains and groups."""

from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Entry, Tagging, call, put, words
from embedded.provider.table.user_rules import client_rules, domain_rules, pool_rules
from embedded.provider.values import Props
from embedded.provider.work import CallError, Work

_GONE = words("ResourceNotFoundException")
_POOL: dict[str, Any] = {"UserPoolId": "{id}"}
_CLIENT: dict[str, Any] = {"UserPoolId": "{userPoolId}", "ClientId": "{id}"}
_GROUP: dict[str, Any] = {"UserPoolId": "{userPoolId}", "GroupName": "{name}"}
_FACTORS = "mfaConfiguration softwareTokenMfaConfiguration"
# moto drops what is asked of a factor by mail or by key.
_UNTOLD = "emailMfaConfiguration webAuthnConfiguration"
_FIXED = "name schemas aliasAttributes usernameAttributes usernameConfiguration"


def _update_pool(work: Work) -> None:
    """Cognito replaces the whole: what isn't said goes back to its default, tags among it."""
    _write_pool(work, work.new.get("tags") or {})


def _write_pool(work: Work, tags: Mapping[str, str]) -> None:
    held = dict(tags)
    work.send(call("update_user_pool", **_POOL, UserPoolTags=lambda _: held, skip=f"{_FIXED} {_FACTORS} {_UNTOLD}"))


def _write_factors(work: Work) -> None:
    mode = work.new.get("mfaConfiguration", "OFF")
    members: dict[str, Any] = {"MfaConfiguration": mode}
    if mode != "OFF" and work.new.get("softwareTokenMfaConfiguration"):
        enabled = work.new["softwareTokenMfaConfiguration"]["enabled"]
        members["SoftwareTokenMfaConfiguration"] = {"Enabled": enabled}
    if mode != "OFF" and work.new.get("smsConfiguration"):
        names = {"externalId": "ExternalId", "snsCallerArn": "SnsCallerArn", "snsRegion": "SnsRegion"}
        sms = {member: work.new["smsConfiguration"].get(name) for name, member in names.items()}
        members["SmsMfaConfiguration"] = {"SmsConfiguration": {k: v for k, v in sms.items() if v is not None}}
    work.ask("set_user_pool_mfa_config", UserPoolId=work.id, **members)


def _add_attributes(work: Work) -> None:
    before, after = (side.get("schemas") or [] for side in (work.old, work.new))
    if any(each not in after for each in before):
        raise CallError("cognito-idp:add_custom_attributes: attributes of a user pool can't be changed or removed")
    added = [_attribute(each) for each in after if each not in before]
    work.ask("add_custom_attributes", UserPoolId=work.id, CustomAttributes=added)


def _attribute(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name[0].upper() + name[1:]: _attribute(value) if isinstance(value, dict) else value
        for name, value in given.items()
        if value is not None
    }


def _read_factors(work: Work) -> Props:
    found = work.ask("get_user_pool_mfa_config", UserPoolId=work.id)
    token = found.get("SoftwareTokenMfaConfiguration")
    return {
        "mfaConfiguration": found.get("MfaConfiguration"),
        "softwareTokenMfaConfiguration": {"enabled": token.get("Enabled", False)} if token else None,
    }


_NAMES = {
    "name": "PoolName",
    "tags": "UserPoolTags",
    "passwordPolicy": "Policies.PasswordPolicy",
    "signInPolicy": "Policies.SignInPolicy",
    "emailConfiguration.fromEmailAddress": "From",
}

ENTRIES: dict[str, Entry] = {
    "aws:cognito/userPool:UserPool": Entry(
        service="cognito-idp",
        id="{region}_{lower10}",
        create=call("create_user_pool", skip=f"{_FACTORS} {_UNTOLD}", gives="UserPool.Id"),
        read=(call("describe_user_pool", **_POOL, take="UserPool"), _read_factors),
        puts=(
            put(f"{_FACTORS}", _write_factors, _write_factors),
            put("schemas", _add_attributes, _add_attributes, at_creation=False),
        ),
        update=_update_pool,
        delete=call("delete_user_pool", **_POOL),
        tags=Tagging({}, "", "", write=_write_pool),
        names=_NAMES,
        reads={"name": "Name", "tags": "UserPoolTags"},
        unread=words("schemas"),
        defaults={"mfaConfiguration": "OFF", "deletionProtection": "INACTIVE"},
        outputs={
            "arn": "arn:{partition}:cognito-idp:{region}:{account}:userpool/{id}",
            "endpoint": "cognito-idp.{region}.amazonaws.com/{id}",
            "creationDate": "{now}",
            "lastModifiedDate": "{now}",
            "userPoolTier": "ESSENTIALS",
        },
        renewed=words("lastModifiedDate"),
        replace=words("name aliasAttributes usernameAttributes usernameConfiguration"),
        gone=_GONE,
        named="name",
        longest=128,
        rules=pool_rules,
        cfn="AWS::Cognito::UserPool",
    ),
    "aws:cognito/userPoolClient:UserPoolClient": Entry(
        service="cognito-idp",
        id="{lower10}{lower10}{lower6}",
        create=call("create_user_pool_client", gives="UserPoolClient.ClientId"),
        read=(call("describe_user_pool_client", **_CLIENT, take="UserPoolClient"),),
        update=call("update_user_pool_client", ClientId="{id}"),
        delete=call("delete_user_pool_client", **_CLIENT),
        names={"name": "ClientName"},
        unread=words("generateSecret"),
        outputs={
            "refreshTokenValidity": 30,
            "enableTokenRevocation": True,
            "authSessionValidity": 3,
            "clientSecret": lambda c: f"{c['hex32']}{c['hex17']}" if c.get("generateSecret") and "hex32" in c else None,
        },
        replace=words("userPoolId generateSecret"),
        gone=_GONE,
        named="name",
        longest=128,
        rules=client_rules,
        cfn="AWS::Cognito::UserPoolClient",
    ),
    "aws:cognito/userPoolDomain:UserPoolDomain": Entry(
        service="cognito-idp",
        id="{domain}",
        # The shape's pattern knows prefixes alone, and not the domains of one's own.
        create=call(
            "create_user_pool_domain",
            only="userPoolId",
            Domain=lambda c: c.get("domain"),
            CustomDomainConfig=lambda c: {"CertificateArn": c["certificateArn"]} if c.get("certificateArn") else None,
        ),
        read=(call("describe_user_pool_domain", Domain="{id}", take="DomainDescription"),),
        delete=call("delete_user_pool_domain", Domain="{id}", UserPoolId="{userPoolId}"),
        takes=words("domain certificateArn"),
        reads={
            "certificateArn": "CustomDomainConfig.CertificateArn",
            "cloudfrontDistribution": "CloudFrontDistribution",
            "cloudfrontDistributionArn": "CloudFrontDistribution",
        },
        outputs={
            "awsAccountId": "{account}",
            "cloudfrontDistributionZoneId": "Z2FDTNDATAQYW2",
            "managedLoginVersion": 1,
        },
        replace=words("domain userPoolId certificateArn"),
        gone=_GONE,
        rules=domain_rules,
    ),
    "aws:cognito/userGroup:UserGroup": Entry(
        service="cognito-idp",
        id="{userPoolId}/{name}",
        create=call("create_group"),
        read=(call("get_group", **_GROUP, take="Group"),),
        update=call("update_group"),
        unset={"description": {"Description": ""}},
        delete=call("delete_group", **_GROUP),
        names={"name": "GroupName"},
        replace=words("userPoolId name"),
        gone=_GONE,
        named="name",
        longest=128,
        cfn="AWS::Cognito::UserPoolGroup",
    ),
}
