"""AppSync at `/appsync/{host}/graphql`: the deployed schema, answered by the deployed resolvers.

https://docs.aws.amazon.com/appsync/latest/devguide/what-is-appsync.html
"""

import base64
import json
import logging
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    SelectionSetNode,
    build_schema,
    execute,
    get_named_type,
    parse,
    print_ast,
    specified_rules,
    validate,
)
from moto.appsync.models import appsync_backends
from moto.awslambda.models import lambda_backends

from embedded.cloud.bus import Event, Target, message
from embedded.cloud.functions import Functions
from embedded.cloud.patches.graphql import PREFIX
from embedded.cloud.patches.resolvers import held

log = logging.getLogger(__name__)

IAM, USER_POOLS = "AWS_IAM", "AMAZON_COGNITO_USER_POOLS"
MODES = {
    "aws_iam": IAM,
    "aws_cognito_user_pools": USER_POOLS,
    "aws_auth": USER_POOLS,
    "aws_api_key": "API_KEY",
    "aws_oidc": "OPENID_CONNECT",
    "aws_lambda": "AWS_LAMBDA",
}
# https://docs.aws.amazon.com/appsync/latest/devguide/scalars.html and security-authz.html
OF_APPSYNC = """
scalar AWSDate scalar AWSTime scalar AWSDateTime scalar AWSTimestamp scalar AWSEmail scalar AWSJSON scalar AWSURL
scalar AWSPhone scalar AWSIPAddress
directive @aws_subscribe(mutations: [String!]!) on FIELD_DEFINITION
directive @aws_auth(cognito_groups: [String!]!) on FIELD_DEFINITION
directive @aws_api_key on FIELD_DEFINITION | OBJECT
directive @aws_iam on FIELD_DEFINITION | OBJECT
directive @aws_oidc on FIELD_DEFINITION | OBJECT
directive @aws_lambda on FIELD_DEFINITION | OBJECT
directive @aws_cognito_user_pools(cognito_groups: [String!]) on FIELD_DEFINITION | OBJECT
"""


class Refusal(Exception):  # noqa: N818 - an answer, not a fault of ours
    """AppSync's own answer instead of data."""

    def __init__(self, status: int, kind: str, told: str) -> None:
        super().__init__(told)
        self.status = status
        self.answer = {"errors": [{"errorType": kind, "message": told}]}


class ResolverError(GraphQLError):
    """What a resolver answers instead of a value, with the type that AppSync shows beside its message."""

    def __init__(self, told: str, kind: str | None, data: Any = None, info: Any = None) -> None:
        super().__init__(told)
        self.shown = {"errorType": kind, "data": data, "errorInfo": info}


@dataclass(frozen=True)
class Caller:
    """Who asks: by which way of authorization, and what resolvers are told of it."""

    mode: str
    identity: dict[str, Any] | None
    headers: dict[str, str]


class GraphqlFront:
    """A WSGI application for all deployed GraphQL APIs, and where rules of the bus reach them."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        try:
            status, answer = 200, self._answer(environ)
        except Refusal as refusal:
            status, answer = refusal.status, refusal.answer
        body = json.dumps(answer).encode()
        headers = [("Content-Type", "application/json;charset=UTF-8"), ("Content-Length", str(len(body)))]
        reason = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found"}[status]
        start_response(f"{status} {reason}", [*headers, ("x-amzn-RequestId", str(uuid.uuid4()))])
        return [body]

    def _answer(self, environ: dict[str, Any]) -> dict[str, Any]:
        host = environ["PATH_INFO"].removeprefix(PREFIX + "/").partition(".")[0]
        api = _api(host)
        if api is None or environ["REQUEST_METHOD"] != "POST":
            raise Refusal(404, "NotFoundException", "There is no such GraphQL API; POST a query to the address of one.")
        caller = _caller(api, environ)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        try:
            asked = json.loads(body)
            query, variables = asked["query"], asked.get("variables") or {}
            named = asked.get("operationName")
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            raise Refusal(400, "MalformedHttpRequestException", "Request body must be JSON with a query.") from problem
        if not isinstance(variables, dict):
            raise Refusal(400, "MalformedHttpRequestException", "Variables must be an object.")
        return self.ask(api, str(query), variables, named, caller)

    def take(self, target: Target, event: Event) -> None:
        """Send the operation of a rule's target, with the variables that its transformer makes of the event."""
        api = _api(target["Arn"].rpartition("/")[2])
        if api is None:
            log.warning("Rule's target %s is no GraphQL API", target["Arn"])
            return
        variables = json.loads(message(target.get("InputTransformer"), event))
        query = target["AppSyncParameters"]["GraphQLOperation"]
        answer = self.ask(api, query, variables, None, Caller(IAM, {"userArn": target.get("RoleArn")}, {}))
        log.log(logging.WARNING if answer.get("errors") else logging.INFO, "The bus asked GraphQL: %s", answer)

    def ask(self, api: Any, query: str, variables: dict[str, Any], named: str | None, caller: Caller) -> dict[str, Any]:
        """The answer to a query or mutation: `data`, and `errors` if there are."""
        try:
            document = parse(query)
        except GraphQLError as problem:
            return {"data": None, "errors": [_shown(problem, "ValidationError")]}
        schema = build_schema(OF_APPSYNC + _definition(api))
        faults = _faults(api, schema, document) or _forbidden(api, schema, document, caller)
        if faults:
            return {"data": None, "errors": faults}
        for name, kind in schema.type_map.items():
            if isinstance(kind, GraphQLObjectType) and not name.startswith("__"):
                self._resolve_fields(api, kind, variables, caller)
        # No awaitables: every resolver answers at once.
        outcome: Any = execute(schema, document, variable_values=variables, operation_name=named)
        answer = {"data": outcome.data}
        if outcome.errors:
            answer["errors"] = [_shown(each) for each in outcome.errors]
        return answer

    def _resolve_fields(self, api: Any, kind: GraphQLObjectType, variables: dict[str, Any], caller: Caller) -> None:
        for (type_name, field_name), resolver in held(api, "resolvers").items():
            if type_name == kind.name and field_name in kind.fields:
                kind.fields[field_name].resolve = self._resolver(api, resolver, variables, caller)

    def _resolver(
        self, api: Any, resolver: dict[str, Any], variables: dict[str, Any], caller: Caller
    ) -> Callable[..., Any]:
        def resolve(source: Any, info: Any, **arguments: Any) -> Any:
            context = {
                "arguments": arguments,
                "args": arguments,
                "source": source,
                "identity": caller.identity,
                "request": {"headers": caller.headers, "domainName": None},
                "stash": {},
                "prev": None,
                "info": {
                    "fieldName": info.field_name,
                    "parentTypeName": info.parent_type.name,
                    "variables": variables,
                    "selectionSetList": [name for node in info.field_nodes for name in _selected(node.selection_set)],
                    "selectionSetGraphQL": "".join(
                        print_ast(node.selection_set) for node in info.field_nodes if node.selection_set
                    ),
                },
            }
            return self._run(api, resolver, context)

        return resolve

    def _run(self, api: Any, resolver: dict[str, Any], context: dict[str, Any]) -> Any:
        """Request handler, data source, response handler. Raises ResolverError."""
        from embedded.cloud.graphql_code import RefusedCodeError, evaluate

        if resolver["kind"] != "UNIT" or not resolver.get("code"):
            raise ResolverError("The embedded cloud runs unit resolvers in JavaScript only.", "NotSupported")
        try:
            asked = evaluate(resolver["code"], "request", context)
            _tell(asked.logs)
            if asked.error:
                raise _raised(asked.error)
            if asked.returned_early:
                return asked.value
            source = held(api, "sources")[resolver["dataSourceName"]]
            context = {**context, "stash": asked.stash, **self._from_source(source, asked.value or {})}
            given = evaluate(resolver["code"], "response", context)
            _tell(given.logs)
        except RefusedCodeError as problem:
            raise ResolverError(str(problem), "NotSupported") from problem
        if given.error:
            raise _raised(given.error)
        if given.appended:
            raise _raised(given.appended[0])
        return given.value

    def _from_source(self, source: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
        """`result`, or `error`, of a data source."""
        if source["type"] == "NONE":
            return {"result": request.get("payload")}
        if source["type"] != "AWS_LAMBDA" or request.get("operation") != "Invoke":
            told = f"The embedded cloud does not do {request.get('operation')} on a data source {source['type']}."
            raise ResolverError(told, "NotSupported")
        arn = source["lambdaConfig"]["lambdaFunctionArn"]
        _, _, _, region, account, *_ = arn.split(":")
        function = lambda_backends[account][region].get_function(arn)
        outcome = self._functions.invoke(function, json.dumps(request.get("payload")))
        answer = json.loads(outcome.payload or "null")
        if outcome.error:
            fault = {
                "message": answer.get("errorMessage", ""),
                "type": f"Lambda:{answer.get('errorType', 'Unhandled')}",
            }
            return {"result": None, "error": fault}
        return {"result": answer}


def _api(host: str) -> Any:
    """The API of an address, whose first label is its id without dashes."""
    for regions in list(appsync_backends.values()):
        for backend in list(regions.values()):
            for api in backend.graphql_apis.values():
                if host and api.api_id.replace("-", "")[:26] == host:
                    return api
    return None


def _definition(api: Any) -> str:
    if api.graphql_schema is None:
        raise Refusal(400, "GraphQLSchemaException", "The API has no schema yet.")
    text = api.graphql_schema.definition
    return text.decode() if isinstance(text, bytes) else str(text)


def _caller(api: Any, environ: dict[str, Any]) -> Caller:
    """Raises Refusal (401) where nothing tells who asks, or by a way that the API does not have."""
    given = environ.get("HTTP_AUTHORIZATION", "")
    headers = {
        name[5:].replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_") and name != "HTTP_AUTHORIZATION"
    }
    others = [each["authenticationType"] for each in api.additional_authentication_providers or []]
    modes = {api.authentication_type, *others}
    if "x-api-key" in headers and not given:
        raise Refusal(401, "NotSupported", "The embedded cloud has no API keys: sign the request, or send a token.")
    if given.startswith("AWS4-HMAC-SHA256 "):
        caller = Caller(IAM, {"sourceIp": [environ.get("REMOTE_ADDR", "127.0.0.1")]}, headers)
    else:
        caller = Caller(USER_POOLS, _claims(given), headers)
    if caller.mode not in modes or (caller.mode == USER_POOLS and caller.identity is None):
        raise Refusal(401, "UnauthorizedException", "You are not authorized to make this call.")
    return caller


def _claims(token: str) -> dict[str, Any] | None:
    """What a token of a user pool says of who signed in; its signature is not verified."""
    try:
        part = token.removeprefix("Bearer ").split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        return {"sub": claims["sub"], "username": claims.get("username"), "claims": claims, "issuer": claims["iss"]}
    except (IndexError, ValueError, KeyError, TypeError):
        return None


def _faults(api: Any, schema: GraphQLSchema, document: DocumentNode) -> list[dict[str, Any]]:
    """What is wrong with a query before it runs: names and types, depth, introspection, subscriptions."""
    kept = getattr(api, "embedded_kept", {})
    rules = list(specified_rules)
    if kept.get("introspectionConfig") == "DISABLED":
        rules.append(NoSchemaIntrospectionCustomRule)
    faults = [_shown(each, "ValidationError") for each in validate(schema, document, rules)]
    limit = int(kept.get("queryDepthLimit") or 0)
    if limit and not faults and _depth(document) > limit:
        told = f"Query depth limit exceeded: {_depth(document)} levels, and {limit} are allowed."
        faults.append({"path": None, "locations": None, "message": told, "errorType": "QueryDepthLimitExceeded"})
    if any(each.operation.value == "subscription" for each in _operations(document)):
        told = "The embedded cloud has no subscriptions: nothing listens over a web socket."
        faults.append({"path": None, "locations": None, "message": told, "errorType": "NotSupported"})
    return faults


def _operations(document: DocumentNode) -> list[OperationDefinitionNode]:
    return [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]


def _forbidden(api: Any, schema: GraphQLSchema, document: DocumentNode, caller: Caller) -> list[dict[str, Any]]:
    """The root fields that this way of authorization does not open; a field's directives go before its type's."""
    faults = []
    for operation in _operations(document):
        root = schema.get_root_type(operation.operation)
        for node in _fields(document, operation.selection_set):
            field = root.fields.get(node.name.value) if root else None
            if root is None or field is None or field.ast_node is None:
                continue
            kind = get_named_type(field.type)
            of_type = _modes(api, kind.ast_node) if isinstance(kind, GraphQLObjectType) else {caller.mode}
            if caller.mode not in _modes(api, field.ast_node) & of_type:
                told = f"Not Authorized to access {field.ast_node.name.value} on type {root.name}"
                path = [field.ast_node.name.value]
                faults.append({"path": path, "data": None, "errorType": "Unauthorized", "message": told})
    return faults


def _fields(document: DocumentNode, selections: SelectionSetNode) -> Iterator[FieldNode]:
    """The fields of a selection, those that come by fragments too."""
    for node in selections.selections:
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _fields(document, node.selection_set)
        elif isinstance(node, FragmentSpreadNode):
            yield from _fields(document, _fragments(document)[node.name.value].selection_set)


def _fragments(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}


def _modes(api: Any, node: Any) -> set[str]:
    """The ways of authorization that a field's or type's directives name; without any, the API's default."""
    named = {MODES[each.name.value] for each in node.directives or () if each.name.value in MODES}
    return named or {api.authentication_type}


def _depth(document: DocumentNode) -> int:
    """How deep the deepest field of a valid query is; a fragment is as deep as where it is spread."""

    def of(selections: SelectionSetNode | None) -> int:
        return 0 if selections is None else 1 + max(of(each.selection_set) for each in _fields(document, selections))

    return max((of(each.selection_set) for each in _operations(document)), default=0)


def _selected(selections: SelectionSetNode | None, before: str = "") -> Iterator[str]:
    """The fields that are asked for, as `a` and `a/b`.

    https://docs.aws.amazon.com/appsync/latest/devguide/resolver-context-reference-js.html
    """
    for node in selections.selections if selections else ():
        if isinstance(node, FieldNode):
            yield before + node.name.value
            yield from _selected(node.selection_set, f"{before}{node.name.value}/")


def _raised(error: dict[str, Any]) -> ResolverError:
    return ResolverError(str(error.get("message")), error.get("type"), error.get("data"), error.get("info"))


def _tell(lines: list[str]) -> None:
    for line in lines:
        log.info("A resolver says: %s", line)


def _shown(error: GraphQLError, kind: str | None = None) -> dict[str, Any]:
    """An error as AppSync shows it."""
    original = error.original_error
    shown = original.shown if isinstance(original, ResolverError) else {"errorType": kind}
    places = [{"line": each.line, "column": each.column, "sourceName": None} for each in error.locations or ()]
    return {**shown, "path": error.path, "locations": places or None, "message": error.message}
