import json
from typing import Any

import pytest

from components.graphql import Graphql, GraphqlArgs, endpoint_arn, rule_arn, variables
from components.iam import Statement
from components.keys import service_statements
from components.marts import marts
from components.queue import queue_arn
from components.users import Users, UsersArgs
from settings import Access
from tests.components import parts
from tests.components.mock_engine import ACCOUNT, NAMES, Recording, deploy


def program(**changes: Any) -> None:
    on = parts.platform()
    users = Users("users", UsersArgs(platform=on, access=Access()))
    args: dict[str, Any] = {"api": parts.API, "marts_job": "medallion-dev-refined-marts"} | changes
    Graphql("graphql", GraphqlArgs(platform=on, function=parts.api_function(on), users=users, **args))


@pytest.fixture(scope="module")
def made() -> Recording:
    return deploy(program)


def test_callers_sign_or_sign_in_with_the_client_of_our_apps(made: Recording) -> None:
    api = made.one("GraphQLApi").inputs
    assert api["authenticationType"] == "AWS_IAM"
    (also,) = api["additionalAuthenticationProviders"]
    assert also["authenticationType"] == "AMAZON_COGNITO_USER_POOLS"
    assert also["userPoolConfig"]["appIdClientRegex"]


def test_the_api_is_limited_traced_and_logs_errors_without_what_was_asked(made: Recording) -> None:
    api = made.one("GraphQLApi").inputs
    assert api["queryDepthLimit"] > 0
    assert api["resolverCountLimit"] > 0
    assert api["xrayEnabled"] is True
    assert (api["logConfig"]["fieldLogLevel"], api["logConfig"]["excludeVerboseContent"]) == ("ERROR", True)
    (group,) = [each for each in made.of("LogGroup") if each.inputs["name"].startswith("/aws/appsync/apis/")]
    (may,) = made.document("RolePolicy", "graphql-logs")
    assert may["Resource"] == [f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:{group.inputs['name']}:*"]


def test_the_schema_is_shown_only_where_the_setting_says_so(made: Recording) -> None:
    assert made.one("GraphQLApi").inputs["introspectionConfig"] == "DISABLED"
    shown = deploy(lambda: program(api=parts.API.model_copy(update={"introspection": True})))
    assert shown.one("GraphQLApi").inputs["introspectionConfig"] == "ENABLED"


def test_every_mart_is_resolved_by_the_function_and_a_version_by_nothing(made: Recording) -> None:
    resolvers = {
        (each.inputs["type"], each.inputs["field"]): each.inputs for each in made.of("appsync/resolver:Resolver")
    }
    assert set(resolvers) == {("Query", mart.name) for mart in marts(parts.all_contracts())} | {
        ("Mutation", "publishMartVersion")
    }
    assert {inputs["dataSource"] for (type_, _), inputs in resolvers.items() if type_ == "Query"} == {"marts"}
    assert resolvers["Mutation", "publishMartVersion"]["dataSource"] == "nothing"
    assert all(inputs["runtime"]["name"] == "APPSYNC_JS" for inputs in resolvers.values())


def test_the_data_source_may_call_that_function_alone(made: Recording) -> None:
    (may,) = made.document("RolePolicy", "graphql")
    assert may["Action"] == ["lambda:InvokeFunction"]
    assert may["Resource"] == [f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:medallion-dev-end-use-api"]
    for role in ("graphql", "graphql-logs", "graphql-announcer"):
        (trust,) = made.document("iam/role:Role", role, of="assumeRolePolicy")
        assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_the_success_of_the_marts_job_is_announced_by_a_mutation_and_nothing_else_is_allowed(made: Recording) -> None:
    pattern = json.loads(made.one("EventRule", "graphql").inputs["eventPattern"])
    assert pattern["detail"] == {"jobName": ["medallion-dev-refined-marts"], "state": ["SUCCEEDED"]}
    target = made.one("EventTarget", "graphql").inputs
    assert target["arn"].startswith(f"arn:aws:appsync:eu-west-1:{ACCOUNT}:endpoints/graphql-api/")
    assert target["appsyncTarget"]["graphqlOperation"].startswith("mutation ")
    (may,) = made.document("RolePolicy", "graphql-announcer")
    assert may["Action"] == ["appsync:GraphQL"]
    assert may["Resource"][0].endswith("/types/Mutation/fields/publishMartVersion")


def test_what_could_not_be_announced_is_put_aside_by_that_rule_alone(made: Recording) -> None:
    target = made.one("EventTarget", "graphql").inputs
    assert target["deadLetterConfig"] == {"arn": queue_arn(NAMES, "graphql-undelivered")}
    statements = made.document("QueuePolicy", "graphql-undelivered")
    (admits,) = [each for each in statements if each["Effect"] == "Allow"]
    assert admits["Condition"] == {"ArnEquals": {"aws:SourceArn": [rule_arn(NAMES)]}}
    (key,) = [each for each in service_statements("end-use", NAMES) if each["Sid"] == "PutEventsAside"]
    assert context(key) == queue_arn(NAMES, "graphql-undelivered")


def context(statement: Statement) -> str:
    return str(statement["Condition"]["StringEquals"]["kms:EncryptionContext:aws:sqs:arn"])


def test_the_template_is_json_once_eventbridge_filled_it_in() -> None:
    filled = variables(["routes"]).replace("<version>", '"jr_1"').replace("<at>", '"2026-01-01T00:00:00Z"')
    assert json.loads(filled) == {"version": "jr_1", "marts": ["routes"], "published_at": "2026-01-01T00:00:00Z"}


def test_eventbridge_calls_the_address_whose_id_is_not_the_api_s() -> None:
    url = "https://abcdefghijklmnopqrstuvwxyz.appsync-api.eu-west-1.amazonaws.com/graphql"
    assert endpoint_arn(NAMES, url).endswith(":endpoints/graphql-api/abcdefghijklmnopqrstuvwxyz")
