"""What AppSync refuses: schemas that are none, providers without settings, resolvers that lack a half."""

import re
from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Fault
from embedded.provider.rules import Rule
from embedded.provider.values import has_unknown

# https://docs.aws.amazon.com/appsync/latest/devguide/scalars.html, security-authz.html and merged-api.html
_AWS_OWN = """
scalar AWSDate scalar AWSTime scalar AWSDateTime scalar AWSTimestamp scalar AWSEmail scalar AWSJSON scalar AWSURL
scalar AWSPhone scalar AWSIPAddress
directive @aws_api_key on FIELD_DEFINITION | OBJECT
directive @aws_iam on FIELD_DEFINITION | OBJECT
directive @aws_oidc on FIELD_DEFINITION | OBJECT
directive @aws_lambda on FIELD_DEFINITION | OBJECT
directive @aws_cognito_user_pools(cognito_groups: [String!]) on FIELD_DEFINITION | OBJECT
directive @aws_auth(cognito_groups: [String!]!) on FIELD_DEFINITION
directive @aws_subscribe(mutations: [String!]!) on FIELD_DEFINITION
directive @canonical on FIELD_DEFINITION | OBJECT
directive @hidden on FIELD_DEFINITION | OBJECT
directive @renamed(to: String!) on FIELD_DEFINITION | OBJECT
"""


def _schema(props: Mapping[str, Any]) -> list[Fault]:
    text = props.get("schema")
    if not isinstance(text, str) or has_unknown(text):
        return []
    # Takes a third of a second to import, which only a stack with a schema should wait for.
    from graphql import GraphQLError, build_schema, validate_schema

    try:
        wrong = validate_schema(build_schema(text + _AWS_OWN))
    except (GraphQLError, TypeError) as fault:
        return [Fault("schema", f"is no schema ({fault.args[0] if fault.args else fault}): give one in GraphQL's SDL")]
    return [Fault("schema", f"is not valid ({each.message}): mend it") for each in wrong]


_NEEDS = {
    "AMAZON_COGNITO_USER_POOLS": "userPoolConfig",
    "OPENID_CONNECT": "openidConnectConfig",
    "AWS_LAMBDA": "lambdaAuthorizerConfig",
}
# https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html: these can't be named twice.
_ONCE = ("API_KEY", "AWS_IAM", "AWS_LAMBDA")


def _providers(props: Mapping[str, Any]) -> list[Fault]:
    more = props.get("additionalAuthenticationProviders")
    all_ = [("", props)]
    all_ += (
        [(f"additionalAuthenticationProviders[{n}].", p) for n, p in enumerate(more)] if isinstance(more, list) else []
    )
    faults: list[Fault] = []
    seen: set[Any] = set()
    for path, each in all_:
        kind = each.get("authenticationType")
        needed = _NEEDS.get(str(kind))
        if needed and each.get(needed) is None:
            faults.append(Fault(f"{path}{needed}", f"is missing, and {kind} needs it: set it"))
        faults += [
            Fault(f"{path}{name}", f"does not go with authenticationType {kind}: remove it")
            for name in _NEEDS.values()
            if name != needed and each.get(name) is not None and not has_unknown(kind)
        ]
        if kind in _ONCE and kind in seen:
            faults.append(Fault(f"{path}authenticationType", f"{kind!r} is given twice: give it once"))
        seen.add(kind)
    return faults


# https://docs.aws.amazon.com/appsync/latest/APIReference/API_CreateDataSource.html and API_DataSource.html
_SETTINGS = {
    "AWS_LAMBDA": "lambdaConfig",
    "AMAZON_DYNAMODB": "dynamodbConfig",
    "AMAZON_ELASTICSEARCH": "elasticsearchConfig",
    "AMAZON_OPENSEARCH_SERVICE": "opensearchserviceConfig",
    "AMAZON_EVENTBRIDGE": "eventBridgeConfig",
    "HTTP": "httpConfig",
    "RELATIONAL_DATABASE": "relationalDatabaseConfig",
}
# AppSync assumes a role to reach these; a plain HTTP endpoint and NONE need none.
_WITH_ROLE = set(_SETTINGS) - {"HTTP"}


def _source(props: Mapping[str, Any]) -> list[Fault]:
    kind = props.get("type")
    if has_unknown(kind):
        return []
    needed = _SETTINGS.get(str(kind))
    faults = [
        Fault(name, f"does not go with a data source of type {kind}: remove it")
        for name in _SETTINGS.values()
        if name != needed and props.get(name) is not None
    ]
    wanted = [needed] if needed else []
    wanted += ["serviceRoleArn"] if kind in _WITH_ROLE else []
    return faults + [
        Fault(name, f"is missing, and a data source of type {kind} needs it: set it")
        for name in wanted
        if props.get(name) is None
    ]


def _exports(code: str, name: str) -> bool:
    declared = rf"export\s+(?:function|const|let|var)\s+{name}\b"
    listed = rf"export\s*\{{[^}}]*\b{name}\b[^}}]*\}}"
    return re.search(f"{declared}|{listed}", code) is not None


def _javascript(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/appsync/latest/devguide/resolver-reference-overview-js.html."""
    code, runtime = props.get("code"), props.get("runtime")
    if code is None and runtime is None:
        return []
    if runtime is None:
        return [Fault("runtime", "is missing, and code needs it: set name APPSYNC_JS and runtimeVersion 1.0.0")]
    if code is None:
        return [Fault("code", "is missing, and a runtime needs it: set it")]
    faults = []
    version = runtime.get("runtimeVersion") if isinstance(runtime, dict) else None
    if version not in (None, "1.0.0") and not has_unknown(version):
        faults.append(Fault("runtime.runtimeVersion", f"{version!r} is not 1.0.0, the one there is: give 1.0.0"))
    if not has_unknown(code):
        faults += [
            Fault("code", f"exports no function {name}: export both request and response")
            for name in ("request", "response")
            if not _exports(code, name)
        ]
    templates = ("requestMappingTemplate", "responseMappingTemplate", "requestTemplate", "responseTemplate")
    return faults + [
        Fault(n, "does not go with code: give either templates or code") for n in templates if props.get(n) is not None
    ]


def _function_templates(props: Mapping[str, Any]) -> list[Fault]:
    """API_CreateFunction.html: without a runtime, the request's mapping template and the version 2018-05-29."""
    if props.get("code") is not None or props.get("runtime") is not None:
        return []
    faults = [
        Fault(n, "is missing, and a function without code needs it: set it, or code with a runtime")
        for n in ("requestMappingTemplate", "responseMappingTemplate")
        if props.get(n) is None
    ]
    version = props.get("functionVersion", "2018-05-29")
    if version != "2018-05-29" and not has_unknown(version):
        faults.append(Fault("functionVersion", f"{version!r} is not 2018-05-29, the one there is: give that"))
    return faults


def _kind(props: Mapping[str, Any]) -> list[Fault]:
    """API_CreateResolver.html: a unit has a data source, a pipeline has functions, ten at most."""
    kind, functions = props.get("kind", "UNIT"), (props.get("pipelineConfig") or {}).get("functions")
    if has_unknown(kind):
        return []
    faults = []
    if kind == "UNIT":
        if props.get("dataSource") is None:
            faults.append(Fault("dataSource", "is missing, and a resolver of kind UNIT needs it: set it"))
        if props.get("pipelineConfig") is not None:
            faults.append(Fault("pipelineConfig", "does not go with a resolver of kind UNIT: set kind: PIPELINE"))
    if kind == "PIPELINE":
        if props.get("dataSource") is not None:
            faults.append(
                Fault("dataSource", "does not go with a resolver of kind PIPELINE: its functions have theirs")
            )
        if props.get("pipelineConfig") is None:
            faults.append(Fault("pipelineConfig", "is missing, and a resolver of kind PIPELINE needs it: set it"))
        elif isinstance(functions, list) and len(functions) > 10:
            told = f"has {len(functions)}, above the most of 10: give 10 or less"
            faults.append(Fault("pipelineConfig.functions", told))
        if props.get("code") is None and props.get("requestTemplate") is None:
            faults.append(Fault("code", "is missing, and a pipeline needs it or requestTemplate: set one of them"))
    return faults


api_rules: tuple[Rule, ...] = (_schema, _providers)
data_source_rules: tuple[Rule, ...] = (_source,)
code_rules: tuple[Rule, ...] = (_javascript, _function_templates)
resolver_rules: tuple[Rule, ...] = (_javascript, _kind)
