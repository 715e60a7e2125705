"""What Cognito refuses of a user pool, its clients and its domain."""

import re
from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Fault, words
from embedded.provider.rules import Rule
from embedded.provider.values import has_unknown

# https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
_STANDARD = words(
    "address birthdate email email_verified family_name gender given_name locale middle_name name nickname "
    "phone_number phone_number_verified picture preferred_username profile sub updated_at website zoneinfo"
)


def _attributes(props: Mapping[str, Any]) -> list[Fault]:
    """user-pool-settings-attributes.html: no user can be made to give an attribute of the pool's own."""
    schemas = props.get("schemas")
    return [
        Fault(f"schemas[{n}].required", f"is true, and {each['name']} is a custom attribute: remove it")
        for n, each in enumerate(schemas if isinstance(schemas, list) else [])
        if each.get("required") is True and each.get("name") not in _STANDARD and not has_unknown(each.get("name"))
    ]


def _mfa(props: Mapping[str, Any]) -> list[Fault]:
    """API_SetUserPoolMfaConfig.html: to ask for a second factor there has to be one."""
    mode = props.get("mfaConfiguration", "OFF")
    token = props.get("softwareTokenMfaConfiguration") or {}
    other = props.get("smsConfiguration") or props.get("emailMfaConfiguration")
    if mode == "OFF" or has_unknown(mode) or token.get("enabled") or other:
        return []
    told = f"is missing, and mfaConfiguration {mode} needs a factor: set it, smsConfiguration or emailMfaConfiguration"
    return [Fault("softwareTokenMfaConfiguration", told)]


def _names(props: Mapping[str, Any]) -> list[Fault]:
    """API_CreateUserPool.html: users are known by attributes instead of a name, or beside it."""
    if props.get("aliasAttributes") and props.get("usernameAttributes"):
        return [Fault("usernameAttributes", "does not go with aliasAttributes: give one of the two")]
    return []


def _tier(props: Mapping[str, Any]) -> list[Fault]:
    """cognito-sign-in-feature-plans.html: threat protection is in the Plus plan alone."""
    mode = (props.get("userPoolAddOns") or {}).get("advancedSecurityMode")
    tier = props.get("userPoolTier", "ESSENTIALS")
    if mode not in ("AUDIT", "ENFORCED") or tier == "PLUS" or has_unknown(tier):
        return []
    told = f"is {tier}, and advancedSecurityMode {mode} needs PLUS: set PLUS"
    return [Fault("userPoolTier", told)]


def _mail(props: Mapping[str, Any]) -> list[Fault]:
    """API_EmailConfigurationType.html and API_MessageTemplateType.html."""
    faults = []
    mail = props.get("emailConfiguration") or {}
    if mail.get("emailSendingAccount") == "DEVELOPER" and mail.get("sourceArn") is None:
        told = "is missing, and emailSendingAccount DEVELOPER needs it: set it"
        faults.append(Fault("emailConfiguration.sourceArn", told))
    invite = (props.get("adminCreateUserConfig") or {}).get("inviteMessageTemplate") or {}
    for name in ("emailMessage", "smsMessage"):
        text = invite.get(name)
        lacking = [p for p in ("{username}", "{####}") if isinstance(text, str) and p not in text]
        if lacking and not has_unknown(text):
            path = f"adminCreateUserConfig.inviteMessageTemplate.{name}"
            faults.append(Fault(path, f"lacks {' and '.join(lacking)}: put it in"))
    return faults


_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
# API_CreateUserPoolClient.html: property -> member of the units, its default, least and most seconds.
_VALIDITY = {
    "accessTokenValidity": ("accessToken", "hours", 300, 86400),
    "idTokenValidity": ("idToken", "hours", 300, 86400),
    "refreshTokenValidity": ("refreshToken", "days", 3600, 315360000),
}


def _validity(props: Mapping[str, Any]) -> list[Fault]:
    units = props.get("tokenValidityUnits") or {}
    faults = []
    for name, (member, usual, least, most) in _VALIDITY.items():
        value, unit = props.get(name), units.get(member, usual)
        if isinstance(value, int) and unit in _SECONDS and not least <= value * _SECONDS[unit] <= most:
            told = f"{value} {unit} is outside {least} to {most} seconds: give a value within"
            faults.append(Fault(name, told))
    return faults


_FLOWS = words("code implicit client_credentials")
_AUTH = words(
    "ALLOW_ADMIN_USER_PASSWORD_AUTH ALLOW_CUSTOM_AUTH ALLOW_USER_AUTH ALLOW_USER_PASSWORD_AUTH ALLOW_USER_SRP_AUTH "
    "ALLOW_REFRESH_TOKEN_AUTH"
)
_OLD_AUTH = words("ADMIN_NO_SRP_AUTH CUSTOM_AUTH_FLOW_ONLY USER_PASSWORD_AUTH")


def _oauth(props: Mapping[str, Any]) -> list[Fault]:
    """API_CreateUserPoolClient.html and cognito-user-pools-app-idp-settings.html."""
    flows = props.get("allowedOauthFlows")
    flows = flows if isinstance(flows, list) else []
    faults = []
    if props.get("allowedOauthFlowsUserPoolClient") is True:
        faults += [
            Fault(name, "is missing, and a client that may use OAuth needs it: set it")
            for name in ("allowedOauthFlows", "allowedOauthScopes")
            if not props.get(name)
        ]
    if "client_credentials" in flows:
        if len(flows) > 1:
            told = "has client_credentials beside others: give that flow a client of its own"
            faults.append(Fault("allowedOauthFlows", told))
        if not props.get("generateSecret"):
            faults.append(Fault("generateSecret", "is missing, and client_credentials needs a secret: set it to true"))
    return faults


def _urls(props: Mapping[str, Any]) -> list[Fault]:
    faults = []
    for name in ("callbackUrls", "logoutUrls"):
        given = props.get(name)
        for number, url in enumerate(given if isinstance(given, list) else []):
            if has_unknown(url) or re.match(r"https://|http://localhost\b|(?!https?:)[a-z][a-z0-9+.-]*:", str(url)):
                continue
            told = f"{url!r} is neither HTTPS nor localhost: give an https:// address"
            faults.append(Fault(f"{name}[{number}]", told))
    default, callbacks = props.get("defaultRedirectUri"), props.get("callbackUrls") or []
    if default is not None and not has_unknown(default) and not has_unknown(callbacks) and default not in callbacks:
        faults.append(Fault("defaultRedirectUri", f"{default!r} is not among callbackUrls: add it there"))
    return faults


def _auth_flows(props: Mapping[str, Any]) -> list[Fault]:
    flows = props.get("explicitAuthFlows")
    flows = [f for f in flows if not has_unknown(f)] if isinstance(flows, list) else []
    faults = [
        Fault(f"explicitAuthFlows[{n}]", f"{flow!r} is not one of {', '.join(sorted(_AUTH))}: give one of these")
        for n, flow in enumerate(flows)
        if flow not in _AUTH | _OLD_AUTH
    ]
    if set(flows) & _OLD_AUTH and set(flows) & _AUTH:
        told = f"mixes {', '.join(sorted(set(flows) & _OLD_AUTH))} with names in ALLOW_: give those alone"
        faults.append(Fault("explicitAuthFlows", told))
    grants = props.get("allowedOauthFlows")
    faults += [
        Fault(f"allowedOauthFlows[{n}]", f"{flow!r} is not one of {', '.join(sorted(_FLOWS))}: give one of these")
        for n, flow in enumerate(grants if isinstance(grants, list) else [])
        if flow not in _FLOWS and not has_unknown(flow)
    ]
    return faults


def _domain(props: Mapping[str, Any]) -> list[Fault]:
    """cognito-user-pools-assign-domain-prefix.html and cognito-user-pools-add-custom-domain.html."""
    domain = props.get("domain")
    if not isinstance(domain, str) or has_unknown(domain):
        return []
    if props.get("certificateArn") is not None:
        if re.fullmatch(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}", domain):
            return []
        return [Fault("domain", f"{domain!r} is no domain name: give one such as auth.example.com")]
    reserved = [word for word in ("aws", "amazon", "cognito") if word in domain]
    if reserved:
        return [Fault("domain", f"{domain!r} contains {reserved[0]!r}, which Cognito keeps for itself: give another")]
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", domain):
        told = "give lower-case letters, digits and hyphens, 63 at most, or a certificateArn for a domain of your own"
        return [Fault("domain", f"{domain!r} is no prefix: {told}")]
    return []


pool_rules: tuple[Rule, ...] = (_attributes, _mfa, _names, _tier, _mail)
client_rules: tuple[Rule, ...] = (_validity, _oauth, _urls, _auth_flows)
domain_rules: tuple[Rule, ...] = (_domain,)
