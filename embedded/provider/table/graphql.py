"""AppSync: GraphQL APIs, and what answers their fields."""

from typing import Any

from embedded.provider.entry import Entry, Tagging, call, put, words
from embedded.provider.rules import among
from embedded.provider.table.graphql_rules import api_rules, code_rules, data_source_rules, resolver_rules
from embedded.provider.values import Props
from embedded.provider.work import CallError, Work

_API: dict[str, Any] = {"apiId": "{id}"}
_FIELD: dict[str, Any] = {"apiId": "{apiId}", "typeName": "{type}", "fieldName": "{field}"}
_APIS = "arn:{partition}:appsync:{region}:{account}:apis/"
_UNTOLD = "apiType mergedApiExecutionRoleArn"
_RECORDED = "moto has no {}, so nothing answers a query: inputs are checked, and the state alone holds them"
_CREATE = call("create_graphql_api", skip=_UNTOLD)


def _placed(work: Work) -> Props:
    """The inputs with the region of user pools, which is this one where none is said."""
    props = dict(work.new)
    if props.get("userPoolConfig"):
        props["userPoolConfig"] = {"awsRegion": work.region, **props["userPoolConfig"]}
    if props.get("additionalAuthenticationProviders"):
        props["additionalAuthenticationProviders"] = [
            {**each, "userPoolConfig": {"awsRegion": work.region, **each["userPoolConfig"]}}
            if each.get("userPoolConfig")
            else each
            for each in props["additionalAuthenticationProviders"]
        ]
    return props


def _create(work: Work) -> str:
    tags = {"tags": work.new["tags"]} if work.new.get("tags") else {}
    step = call(_CREATE.op, skip=_UNTOLD, **tags)
    work.id = str(work.send(step, _placed(work))["graphqlApi"]["apiId"])
    _write_schema(work)
    return work.id


def _update(work: Work) -> None:
    work.send(call("update_graphql_api", apiId="{id}", skip=f"{_UNTOLD} visibility"), _placed(work))


def _write_schema(work: Work) -> None:
    if not work.new.get("schema"):
        return
    work.ask("start_schema_creation", apiId=work.id, definition=work.new["schema"].encode())
    found = work.ask("get_schema_creation_status", apiId=work.id)
    if found["status"] not in ("SUCCESS", "ACTIVE"):
        raise CallError(f"appsync:start_schema_creation ended as {found['status']}: {found.get('details')}")


_DATABASE = "relationalDatabaseConfig"

ENTRIES: dict[str, Entry] = {
    "aws:appsync/graphQLApi:GraphQLApi": Entry(
        service="appsync",
        id="{lower10}{lower10}{lower6}",
        create=_create,
        like=_CREATE,
        read=(call("get_graphql_api", **_API, take="graphqlApi"),),
        puts=(put("schema", _write_schema, at_creation=False),),
        update=_update,
        delete=call("delete_graphql_api", **_API),
        tags=Tagging({"resourceArn": "{arn}"}, "tag_resource", "untag_resource", tags="tags", keys="tagKeys"),
        takes=words("schema apiType"),
        local={"apiType": "GRAPHQL"},
        defaults={"xrayEnabled": False, "visibility": "GLOBAL", "introspectionConfig": "ENABLED"},
        assumed={"queryDepthLimit": 0, "resolverCountLimit": 0},
        unread=words("schema"),
        outputs={
            "arn": _APIS + "{id}",
            "uris": {
                "GRAPHQL": "https://{lower10}{lower10}{lower6}.appsync-api.{region}.amazonaws.com/graphql",
                "REALTIME": "wss://{lower10}{lower10}{lower6}.appsync-realtime-api.{region}.amazonaws.com/graphql",
            },
        },
        replace=words("apiType visibility"),
        gone=words("NotFoundException"),
        named="name",
        longest=128,
        rules=(among(apiType=("GRAPHQL",)), *api_rules),
        cfn="AWS::AppSync::GraphQLApi",
    ),
    "aws:appsync/dataSource:DataSource": Entry(
        service="appsync",
        id="{apiId}-{name}",
        create=call("create_data_source"),
        read=(call("get_data_source", apiId="{apiId}", name="{name}", take="dataSource"),),
        update=call("update_data_source"),
        delete=call("delete_data_source", apiId="{apiId}", name="{name}"),
        unread=words("apiId"),
        names={
            "lambdaConfig.functionArn": "lambdaFunctionArn",
            "dynamodbConfig.region": "awsRegion",
            "elasticsearchConfig.region": "awsRegion",
            "opensearchserviceConfig.region": "awsRegion",
            f"{_DATABASE}.sourceType": "relationalDatabaseSourceType",
            f"{_DATABASE}.httpEndpointConfig": "rdsHttpEndpointConfig",
            f"{_DATABASE}.httpEndpointConfig.region": "awsRegion",
        },
        outputs={"arn": _APIS + "{apiId}/datasources/{name}"},
        replace=words("apiId name"),
        named="name",
        longest=255,
        gone=words("NotFoundException"),
        rules=data_source_rules,
        cfn="AWS::AppSync::DataSource",
    ),
    "aws:appsync/function:Function": Entry(
        service="appsync",
        id="{apiId}-{lower10}{lower10}{lower6}",
        like=call("create_function"),
        names={"dataSource": "dataSourceName"},
        outputs={
            "arn": _APIS + "{apiId}/functions/{lower10}{lower10}{lower6}",
            "functionId": "{lower10}{lower10}{lower6}",
            "functionVersion": "2018-05-29",
        },
        replace=words("apiId"),
        named="name",
        longest=255,
        rules=code_rules,
        cfn="AWS::AppSync::FunctionConfiguration",
        reason=_RECORDED.format("AppSync functions"),
    ),
    "aws:appsync/resolver:Resolver": Entry(
        service="appsync",
        id="{apiId}-{type}-{field}",
        create=call("create_resolver"),
        read=(call("get_resolver", **_FIELD, take="resolver"),),
        update=call("update_resolver"),
        delete=call("delete_resolver", **_FIELD),
        unread=words("apiId"),
        names={
            "field": "fieldName",
            "type": "typeName",
            "dataSource": "dataSourceName",
            "requestTemplate": "requestMappingTemplate",
            "responseTemplate": "responseMappingTemplate",
        },
        defaults={"kind": "UNIT"},
        ordered=words("pipelineConfig.functions"),
        outputs={"arn": _APIS + "{apiId}/types/{type}/resolvers/{field}"},
        replace=words("apiId type field"),
        gone=words("NotFoundException"),
        rules=resolver_rules,
        cfn="AWS::AppSync::Resolver",
    ),
}
