"""The GraphQL API over the marts, which also tells of new versions of them: AppSync."""

import json
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws

from components.documents import json_document
from components.function import Function
from components.graphql_schema import schema
from components.iam import allow, document, role, trusted
from components.marts import marts
from components.names import Names
from components.platform import Platform
from components.queue import Queue, QueueArgs, takes_undelivered
from components.users import Users
from components.watches import Watched, watch_graphql
from settings import Api

WRITTEN = Path("workloads/api/schema.graphql")
RESOLVERS = Path("workloads/api/resolvers")
RUNTIME: aws.appsync.ResolverRuntimeArgsDict = {"name": "APPSYNC_JS", "runtime_version": "1.0.0"}
DEPTH = 15
"""The schema has two levels and no way round; a tool's question for the schema itself has this many."""
RESOLVERS_A_REQUEST = 5
"""Each is a query of Athena's."""
ANNOUNCEMENT = (
    "mutation Announce($version: ID!, $marts: [Mart!]!, $published_at: AWSDateTime!) { "
    "publishMartVersion(version: $version, marts: $marts, published_at: $published_at) "
    "{ version marts published_at } }"
)
"""With all fields: those who listen get no others than these."""
TRIES = 10
HOUR = 3600


@dataclass(frozen=True, kw_only=True)
class GraphqlArgs:
    """`marts_job` is the job whose success is a new version of the marts."""

    platform: Platform
    function: Function
    users: Users
    marts_job: pulumi.Input[str]
    api: Api


class Graphql(pulumi.ComponentResource):
    """The API; callers sign their requests, or sign in. What couldn't be announced waits in `undelivered`."""

    id: pulumi.Output[str]
    arn: pulumi.Output[str]
    url: pulumi.Output[str]
    undelivered: Queue

    def __init__(self, name: str, args: GraphqlArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:delivery:Graphql", name, {}, opts)
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        ours = [trusted("appsync.amazonaws.com", on.names.account)]
        # What it may do comes below: the log group has the API's id in its name.
        logger = role(f"{name}-logs", on.names.resource("graphql-logs"), ours, [], child)
        api = aws.appsync.GraphQLApi(
            name,
            name=on.names.resource("graphql"),
            schema=schema(marts(on.contracts), WRITTEN.read_text(encoding="utf-8")),
            authentication_type="AWS_IAM",
            additional_authentication_providers=[
                {
                    "authentication_type": "AMAZON_COGNITO_USER_POOLS",
                    "user_pool_config": {
                        "user_pool_id": args.users.pool_id,
                        "aws_region": on.names.region,
                        "app_id_client_regex": args.users.client_id,
                    },
                }
            ],
            introspection_config="ENABLED" if args.api.introspection else "DISABLED",
            query_depth_limit=DEPTH,
            resolver_count_limit=RESOLVERS_A_REQUEST,
            log_config={
                "cloudwatch_logs_role_arn": logger.arn,
                "field_log_level": "ERROR",
                "exclude_verbose_content": True,
            },
            xray_enabled=True,
            opts=child,
        )
        self._log(name, on, api, logger.name)
        self._resolve(name, args, api)
        self.undelivered = self._announce(name, args, api)
        watch_graphql(Watched(name=name, called=on.names.resource("graphql"), topics=on.topics, opts=child), api.id)
        self.id = api.id
        self.arn = api.arn
        self.url = api.uris["GRAPHQL"]
        self.register_outputs({"id": self.id, "url": self.url})

    def _log(self, name: str, on: Platform, api: aws.appsync.GraphQLApi, role_name: pulumi.Input[str]) -> None:
        child = pulumi.ResourceOptions(parent=self)
        # AppSync says what it is called: https://docs.aws.amazon.com/appsync/latest/devguide/monitoring.html
        group = aws.cloudwatch.LogGroup(
            name,
            name=pulumi.Output.concat("/aws/appsync/apis/", api.id),
            kms_key_id=on.keys["logs"],
            retention_in_days=on.retention.logs_days,
            opts=child,
        )
        streams = pulumi.Output.concat(group.arn, ":*")
        aws.iam.RolePolicy(
            f"{name}-logs",
            name="what-it-may-do",
            role=role_name,
            policy=document([allow("Logs", ["logs:CreateLogStream", "logs:PutLogEvents"], [streams])]),
            opts=child,
        )

    def _resolve(self, name: str, args: GraphqlArgs, api: aws.appsync.GraphQLApi) -> None:
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        caller = role(
            name,
            on.names.resource("graphql"),
            [trusted("appsync.amazonaws.com", on.names.account)],
            [allow("Resolve", ["lambda:InvokeFunction"], [args.function.arn])],
            child,
        )
        source = aws.appsync.DataSource(
            f"{name}-marts",
            api_id=api.id,
            name="marts",
            description="The function that reads the marts",
            type="AWS_LAMBDA",
            service_role_arn=caller.arn,
            lambda_config={"function_arn": args.function.arn},
            opts=child,
        )
        nothing = aws.appsync.DataSource(
            f"{name}-nothing",
            api_id=api.id,
            name="nothing",
            description="Hands on what it is given",
            type="NONE",
            opts=child,
        )
        for mart in marts(on.contracts):
            self._resolver(name, ("Query", mart.name), api, source, "mart")
        self._resolver(name, ("Mutation", "publishMartVersion"), api, nothing, "publish_mart_version")

    def _resolver(
        self,
        name: str,
        place: tuple[str, str],
        api: aws.appsync.GraphQLApi,
        source: aws.appsync.DataSource,
        code: str,
    ) -> None:
        type_, field = place
        aws.appsync.Resolver(
            f"{name}-{field}",
            api_id=api.id,
            type=type_,
            field=field,
            kind="UNIT",
            data_source=source.name,
            runtime=RUNTIME,
            code=(RESOLVERS / f"{code}.js").read_text(encoding="utf-8"),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _announce(self, name: str, args: GraphqlArgs, api: aws.appsync.GraphQLApi) -> Queue:
        """Let EventBridge publish a version whenever the marts have been made anew."""
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        rule = aws.cloudwatch.EventRule(
            name,
            name=on.names.resource("new-marts"),
            description="The marts have been made anew",
            event_pattern=json_document(
                {
                    "source": ["aws.glue"],
                    "detail-type": ["Glue Job State Change"],
                    "detail": {"jobName": [args.marts_job], "state": ["SUCCEEDED"]},
                }
            ),
            opts=child,
        )
        undelivered = Queue(
            f"{name}-undelivered",
            QueueArgs(
                names=on.names,
                what="graphql-undelivered",
                key_arn=on.keys["end-use"],
                topics=on.topics,
                admits=[takes_undelivered(on.names, "graphql-undelivered", [rule_arn(on.names)])],
            ),
            child,
        )
        publisher = role(
            f"{name}-announcer",
            on.names.resource("graphql-announcer"),
            [trusted("events.amazonaws.com", on.names.account)],
            [
                allow(
                    "Announce",
                    ["appsync:GraphQL"],
                    [pulumi.Output.concat(api.arn, "/types/Mutation/fields/publishMartVersion")],
                )
            ],
            child,
        )
        aws.cloudwatch.EventTarget(
            name,
            rule=rule.name,
            target_id="graphql",
            arn=api.uris["GRAPHQL"].apply(lambda url: endpoint_arn(on.names, url)),
            role_arn=publisher.arn,
            appsync_target={"graphql_operation": ANNOUNCEMENT},
            input_transformer={
                "input_paths": {"version": "$.detail.jobRunId", "at": "$.time"},
                "input_template": variables([mart.name for mart in marts(on.contracts)]),
            },
            retry_policy={"maximum_event_age_in_seconds": HOUR, "maximum_retry_attempts": TRIES},
            dead_letter_config={"arn": undelivered.arn},
            opts=child,
        )
        return undelivered


def variables(names: list[str]) -> str:
    """The template of the announcement's variables: EventBridge puts texts in quotes itself.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """
    return f'{{"version": <version>, "marts": {json.dumps(names)}, "published_at": <at>}}'


def endpoint_arn(names: Names, url: str) -> str:
    """The ARN by which EventBridge calls an API. It has the id of the address, which is not that of the API.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/target-appsync.html
    """
    host = url.partition(".appsync-api.")[0].rpartition("/")[2]
    return names.arn("appsync", f"endpoints/graphql-api/{host}")


def rule_arn(names: Names) -> str:
    """ARN of the rule that announces new marts."""
    return names.arn("events", f"rule/{names.resource('new-marts')}")
