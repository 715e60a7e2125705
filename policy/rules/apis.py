"""APIs and the pool of their users: who gets in, and what is known afterwards."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from ..rule import Finding, Verdict, fsbp, must, nist, resource_rule, stack_rule
from ..subject import Stack, Subject
from ..tokens import API_METHOD_SETTINGS, API_REST, API_STAGE, GRAPHQL_API, USER_POOL
from .audit import RECORDS


@resource_rule(
    id="graphql-logged",
    title="GraphQL APIs log the fields that fail.",
    severity=Severity.MEDIUM,
    controls=(*fsbp("AppSync.2"), *RECORDS),
    types=(GRAPHQL_API,),
    why="GraphQL answers 200 to what it refuses, so that no other log tells a refusal from an answer",
    remedy='log_config={"cloudwatch_logs_role_arn": role.arn, "field_log_level": "ERROR"}',
)
def graphql_logged(api: Subject) -> Verdict:
    """How much more than errors is the API's own affair."""
    yield from must(
        api,
        "logConfig.fieldLogLevel",
        lambda level: level in ("ERROR", "INFO", "DEBUG", "ALL"),
        "logConfig.fieldLogLevel is {}",
    )


@resource_rule(
    id="graphql-no-api-key",
    title="GraphQL APIs ask who calls, not for a key that all share.",
    severity=Severity.HIGH,
    controls=(*fsbp("AppSync.5"), *nist("AC-3", "IA-2")),
    types=(GRAPHQL_API,),
    why="an API key stands in every client that uses it, and says of nobody who he is",
    remedy='authentication_type="AWS_IAM", or AMAZON_COGNITO_USER_POOLS, OPENID_CONNECT, AWS_LAMBDA',
)
def graphql_no_api_key(api: Subject) -> Verdict:
    """One way in is enough, be it the first or a further one."""
    paths = ["authenticationType"]
    paths += [
        f"additionalAuthenticationProviders.{position}.authenticationType"
        for position in range(api.count("additionalAuthenticationProviders"))
    ]
    for path in paths:
        yield from must(api, path, lambda kind: kind != "API_KEY", f"{path} is {{}}")


@stack_rule(
    id="api-errors-logged",
    title="API stages log what fails in them, and no bodies.",
    severity=Severity.MEDIUM,
    controls=(*fsbp("APIGateway.1"), *RECORDS),
    types=(API_STAGE,),
    why="an access log tells that a request failed, not why; a trace of the data tells everybody everything",
    remedy='MethodSettings(..., method_path="*/*", settings={"logging_level": "ERROR", "data_trace_enabled": False})',
)
def api_errors_logged(stage: Subject, stack: Stack) -> Verdict:
    """The settings for all methods; those of single methods may only add to them."""
    settings = list(_settings(stage, stack))
    if not any(each.get("methodPath") == "*/*" for each in settings):
        yield Finding("no MethodSettings for */* name it")
    for each in settings:
        yield from must(
            each,
            "settings.loggingLevel",
            lambda level: level in ("ERROR", "INFO"),
            f"loggingLevel of its {each.short} is {{}}",
        )
        yield from must(
            each,
            "settings.dataTraceEnabled",
            lambda value: value is not True,
            f"dataTraceEnabled of its {each.short} is {{}}",
        )


def _settings(stage: Subject, stack: Stack) -> Iterator[Subject]:
    for api in stack.referred(stage, "restApi", API_REST):
        for each in stack.pointing(api, "restApi", API_METHOD_SETTINGS):
            if each.get("stageName") == stage.get("stageName"):
                yield each


@resource_rule(
    id="users-strong-sign-in",
    title="User pools ask for a second factor and strong passwords, and take in nobody by himself.",
    severity=Severity.HIGH,
    controls=(*fsbp("Cognito.3", "Cognito.5"), *nist("AC-2", "IA-2(1)", "IA-5(1)")),
    types=(USER_POOL,),
    why="whoever is in the pool reads what is behind it, and a pool lets strangers sign up unless told otherwise",
    remedy='mfa_configuration="ON", admin_create_user_config={"allow_admin_create_user_only": True}, '
    "password_policy={...}",
)
def users_strong_sign_in(pool: Subject) -> Verdict:
    """Passwords as Cognito.3 has them."""
    yield from must(pool, "mfaConfiguration", lambda value: value == "ON", "mfaConfiguration is {}")
    only = "adminCreateUserConfig.allowAdminCreateUserOnly"
    yield from must(pool, only, lambda value: value is True, f"{only} is {{}}")
    yield from must(pool, "passwordPolicy.minimumLength", lambda value: (value or 0) >= 8, "minimumLength is {}")
    for kind in ("Lowercase", "Uppercase", "Numbers", "Symbols"):
        yield from must(pool, f"passwordPolicy.require{kind}", lambda value: value is True, f"require{kind} is {{}}")
    days = "temporaryPasswordValidityDays"
    yield from must(pool, f"passwordPolicy.{days}", lambda value: (value or 0) <= 7, f"{days} is {{}}")
