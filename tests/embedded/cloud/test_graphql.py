"""GraphQL as AppSync answers it: the deployed schema, resolvers in JavaScript, functions behind them."""

import base64
import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded.cloud.graphql_code import RefusedCodeError, evaluate
from tests.embedded.cloud.clients import ACCOUNT, REGION, Aws, eventually, unique

SDL = """
type Query {
  routes(origin: String, limit: Int): [Route!]!  @aws_iam @aws_cognito_user_pools
  broken: Route
  plain: Route
}
type Route @aws_iam @aws_cognito_user_pools { origin: String!  flights: Int  next: Route }
type Version { version: ID!  at: AWSDateTime! }
type Mutation { publish(version: ID!, at: AWSDateTime!): Version @aws_iam }
type Subscription { onVersion: Version @aws_subscribe(mutations: ["publish"]) }
"""
MART = Path("workloads/api/resolvers/mart.js").read_text()
PUBLISH = Path("workloads/api/resolvers/publish_mart_version.js").read_text()
FUNCTION = """
def handler(event, context):
    arguments = event["arguments"]
    if arguments.get("origin") == "boom":
        raise ValueError("secret details")
    if arguments.get("origin") == "bad":
        return {"errors": ["origin is 'bad'; give one of EWR, JFK, LGA."], "type": "Refused"}
    return {"items": [{"origin": arguments.get("origin"), "flights": 7, "field": event["info"]["fieldName"]}]}
"""
ANNOUNCE = "mutation A($version: ID!, $at: AWSDateTime!) { publish(version: $version, at: $at) { version } }"
RUNTIME = {"name": "APPSYNC_JS", "runtimeVersion": "1.0.0"}


class Api:
    """A deployed GraphQL API."""

    def __init__(self, aws: Aws, **options: Any) -> None:
        self.aws, self.appsync = aws, aws.client("appsync")
        options.setdefault("authenticationType", "AWS_IAM")
        made = self.appsync.create_graphql_api(name=unique(), **options)["graphqlApi"]
        self.id, self.url = made["apiId"], made["uris"]["GRAPHQL"]
        self.appsync.start_schema_creation(apiId=self.id, definition=SDL.encode())
        arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{aws.function(FUNCTION)}"
        self.source("marts", type="AWS_LAMBDA", lambdaConfig={"lambdaFunctionArn": arn})
        self.source("nothing", type="NONE")
        self.resolver("Query", "routes", "marts", MART)
        self.resolver("Mutation", "publish", "nothing", PUBLISH)

    def source(self, name: str, **options: Any) -> None:
        self.appsync.create_data_source(apiId=self.id, name=name, serviceRoleArn=self.aws.role(), **options)

    def resolver(self, kind: str, field: str, source: str, code: str) -> None:
        self.appsync.create_resolver(
            apiId=self.id, typeName=kind, fieldName=field, dataSourceName=source, code=code, runtime=RUNTIME
        )

    def ask(self, query: str, token: str = "AWS4-HMAC-SHA256 Credential=x", **variables: Any) -> dict[str, Any]:
        return self.post(json.dumps({"query": query, "variables": variables}).encode(), token)[1]

    def post(self, body: bytes, token: str) -> tuple[int, dict[str, Any]]:
        headers = {"Content-Type": "application/json", **({"Authorization": token} if token else {})}
        request = urllib.request.Request(self.url, body, headers)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)


@pytest.fixture(scope="module")
def api(aws: Aws) -> Api:
    users = {"userPoolId": "eu-west-1_x", "awsRegion": REGION}
    return Api(
        aws,
        queryDepthLimit=3,
        additionalAuthenticationProviders=[
            {"authenticationType": "AMAZON_COGNITO_USER_POOLS", "userPoolConfig": users}
        ],
    )


def token(**claims: str) -> str:
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{part}.signature"


def test_a_field_is_resolved_by_its_javascript_and_the_function_behind_it(api: Api) -> None:
    answer = api.ask("query Q($o: String) { routes(origin: $o) { origin flights } }", o="JFK")
    assert answer == {"data": {"routes": [{"origin": "JFK", "flights": 7}]}}


def test_what_a_resolver_refuses_is_an_error_with_its_type_and_path(api: Api) -> None:
    answer = api.ask('{ routes(origin: "bad") { origin } }')
    assert answer["data"] is None
    (error,) = answer["errors"]
    assert (error["errorType"], error["path"]) == ("Refused", ["routes"])
    assert error["message"] == "origin is 'bad'; give one of EWR, JFK, LGA."


def test_what_fails_inside_a_function_is_not_told_outside(api: Api) -> None:
    (error,) = api.ask('{ routes(origin: "boom") { origin } }')["errors"]
    assert (error["message"], error["errorType"]) == ("The data could not be read.", "Unavailable")


def test_a_mutation_without_a_source_hands_on_its_arguments(api: Api) -> None:
    query = 'mutation { publish(version: "jr_1", at: "2026-01-01T00:00:00Z") { version at } }'
    assert api.ask(query) == {"data": {"publish": {"version": "jr_1", "at": "2026-01-01T00:00:00Z"}}}


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("{ routes { origin", "Syntax Error"),
        ("{ flights { origin } }", "Cannot query field 'flights'"),
        ('{ routes(limit: "many") { origin } }', "Int cannot represent non-integer value"),
        ("{ routes { next { next { origin } } } }", "Query depth limit exceeded: 4 levels, and 3 are allowed."),
        (
            "{ routes { ...deep } } fragment deep on Route { next { ... on Route { next { origin } } } }",
            "Query depth limit exceeded: 4 levels",
        ),
        (
            "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }",
            "Cannot spread fragment 'a' within itself",
        ),
        ("subscription { onVersion { version } }", "The embedded cloud has no subscriptions"),
    ],
)
def test_a_query_that_can_t_be_is_refused_with_the_reason(api: Api, query: str, told: str) -> None:
    answer = api.ask(query)
    assert answer["data"] is None
    assert told in answer["errors"][0]["message"]


def test_introspection_answers_unless_it_is_switched_off(aws: Aws, api: Api) -> None:
    asked = "{ __schema { queryType { name } } }"
    assert api.ask(asked) == {"data": {"__schema": {"queryType": {"name": "Query"}}}}
    closed = Api(aws, introspectionConfig="DISABLED")
    assert "introspection" in closed.ask(asked)["errors"][0]["message"]


def test_who_says_nothing_of_themselves_is_refused(api: Api) -> None:
    status, answer = api.post(b'{"query": "{ routes { origin } }"}', "")
    assert (status, answer["errors"][0]["errorType"]) == (401, "UnauthorizedException")


def test_a_key_is_refused_by_name(aws: Aws) -> None:
    by_key = Api(aws, authenticationType="API_KEY")
    key = by_key.appsync.create_api_key(apiId=by_key.id)["apiKey"]["id"]
    request = urllib.request.Request(by_key.url, b'{"query": "{ routes { origin } }"}', {"x-api-key": key})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    with refused.value as answer:
        (error,) = json.load(answer)["errors"]
    assert (answer.code, error["errorType"]) == (401, "NotSupported")
    assert error["message"].startswith("The embedded cloud has no API keys")


def test_a_body_that_is_no_query_is_refused(api: Api) -> None:
    for body in (b"", b"[]", b'{"variables": {}}', b"\xff", b'{"query": "{ routes { origin } }", "variables": [1]}'):
        assert api.post(body, "AWS4-HMAC-SHA256 x")[0] == 400


def test_who_signed_in_gets_what_is_open_to_them_and_nothing_else(aws: Aws, api: Api) -> None:
    signed_in = token(sub="1", iss="https://cognito/x", username="ann")
    assert api.ask('{ routes(origin: "JFK") { origin } }', signed_in)["data"] == {"routes": [{"origin": "JFK"}]}
    publish = 'mutation { publish(version: "1", at: "2026-01-01T00:00:00Z") { version } }'
    assert api.ask(publish, signed_in)["errors"][0]["errorType"] == "Unauthorized"
    hidden = "mutation { ...all } fragment all on Mutation { " + publish.removeprefix("mutation { ")
    assert api.ask(hidden, signed_in)["errors"][0]["errorType"] == "Unauthorized"
    inline = "mutation { ... on Mutation { " + publish.removeprefix("mutation { ") + " }"
    assert api.ask(inline, signed_in)["errors"][0]["errorType"] == "Unauthorized"
    only_signed = Api(aws)
    assert only_signed.post(b'{"query": "{ routes { origin } }"}', signed_in)[0] == 401


def test_a_rule_of_the_bus_sends_its_operation(aws: Aws, api: Api) -> None:
    code = "export function request(ctx) { console.log('heard', ctx.args); return { payload: ctx.args } }\n"
    api.appsync.update_resolver(
        apiId=api.id,
        typeName="Mutation",
        fieldName="publish",
        dataSourceName="nothing",
        code=code + "export function response(ctx) { return ctx.result }",
        runtime=RUNTIME,
    )
    events, rule, source = aws.client("events"), unique(), unique()
    events.put_rule(Name=rule, EventPattern=json.dumps({"source": [source]}))
    host = api.url.partition(".appsync-api.")[0].rpartition("/")[2]
    target = {
        "Id": "graphql",
        "Arn": f"arn:aws:appsync:{REGION}:{ACCOUNT}:endpoints/graphql-api/{host}",
        "RoleArn": aws.role(),
        "AppSyncParameters": {"GraphQLOperation": ANNOUNCE},
        "InputTransformer": {
            "InputPathsMap": {"version": "$.detail.run", "at": "$.time"},
            "InputTemplate": '{"version": <version>, "at": <at>}',
        },
    }
    events.put_targets(Rule=rule, Targets=[target])
    run = unique()
    events.put_events(Entries=[{"Source": source, "DetailType": "made", "Detail": json.dumps({"run": run})}])
    log = aws.work / "logs" / "cloud.log"
    eventually(lambda: f'A resolver says: heard {{"version":"{run}"' in log.read_text())
    assert "'publish': {'version': '" + run in log.read_text()


def test_a_resolver_needs_its_source_and_is_there_once(api: Api) -> None:
    with pytest.raises(ClientError, match="Data source nobody not found"):
        api.resolver("Query", "plain", "nobody", PUBLISH)
    with pytest.raises(ClientError, match="already exists"):
        api.resolver("Query", "routes", "marts", MART)


@pytest.mark.parametrize(
    ("code", "kind", "told"),
    [
        ("export function request(ctx) { while (true) {} }", "Code", "terminated by timeout"),
        ("export function request(ctx) { return nothing.there }", "Code", "nothing is not defined"),
        ("export function request(ctx) { return util.dynamodb.toMapValues({}) }", "Code", "has no util.dynamodb"),
        ("export function request(ctx) { return fetch('http://x') }", "Code", "fetch is not defined"),
        ("export function request(ctx {", "Code", "SyntaxError"),
        ("export function request(ctx) { util.error('no', 'Mine', {a: 1}) }", "Mine", "no"),
    ],
)
def test_code_that_fails_says_why(code: str, kind: str, told: str) -> None:
    found = evaluate(f"import {{ util }} from '@aws-appsync/utils';\n{code}", "request", {})
    assert found.error
    assert found.error["type"] == kind
    assert told in found.error["message"]


def test_a_module_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(RefusedCodeError, match="no module axios"):
        evaluate("import x from 'axios';\nexport function request(ctx) {}", "request", {})


def test_a_handler_may_return_early_and_leave_things_in_the_stash() -> None:
    code = "import { runtime } from '@aws-appsync/utils';\nexport function request(ctx) { runtime.earlyReturn({a: 1}) }"
    early = evaluate(code, "request", {})
    assert (early.returned_early, early.value) == (True, {"a": 1})
    kept = evaluate(
        "export function request(ctx) { ctx.stash.seen = ctx.args.x; return {} }",
        "request",
        {"args": {"x": 5}, "stash": {}},
    )
    assert kept.stash == {"seen": 5}
