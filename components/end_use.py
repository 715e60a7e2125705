"""End use: the marts, delivered to people and applications."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.code import function_archive
from components.dashboards import Dashboards, DashboardsArgs
from components.entrance import Entrance, EntranceArgs
from components.firewall import Firewall, FirewallArgs
from components.function import Function, FunctionArgs
from components.graphql import Graphql, GraphqlArgs
from components.iam import (
    Statement,
    allow,
    finds_default_database,
    reads_objects,
    uses_catalog,
    uses_keys,
    writes_objects,
)
from components.keys import KeyName
from components.marts import description, served
from components.names import Names
from components.platform import Platform
from components.quicksight import QuickSight
from components.rest_api import RestApi, RestApiArgs
from components.users import Users, UsersArgs
from components.workgroup import results_of
from settings import Access, Account, Api, Functions, LoadBalancer

LONGEST_ANSWER = 29
"""Seconds that API Gateway waits: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html."""


@dataclass(frozen=True, kw_only=True)
class EndUseArgs:
    """What the end-use layer needs. `workgroup` is where its queries run, `marts_job` what makes the marts anew.

    `api_endpoint_id` is that of the VPC endpoint for `execute-api`, where there is one.
    """

    platform: Platform
    workgroup: pulumi.Input[str]
    marts_job: pulumi.Input[str]
    api_endpoint_id: pulumi.Input[str] | None
    api: Api
    load_balancer: LoadBalancer
    functions: Functions
    access: Access
    account: Account
    quicksight: QuickSight | None = None


class EndUse(pulumi.ComponentResource):
    """One function that reads the marts, and the ways to it: REST, GraphQL, and the entrance for people.

    `entrance` is None where it is switched off. `dashboards` are where people look at the marts, by name; `queues` are
    those that somebody may have to look into.
    """

    function: Function
    users: Users
    rest: RestApi
    graphql: Graphql
    entrance: Entrance | None
    dashboards: Mapping[str, pulumi.Output[str]]
    queues: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: EndUseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:layers:EndUse", name, {}, opts)
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        self.function = self._function(name, args)
        self.users = Users(f"{name}-users", UsersArgs(platform=on, access=args.access), child)
        firewall = Firewall(
            f"{name}-firewall",
            FirewallArgs(platform=on, requests_per_address=args.api.requests_per_address),
            child,
        )
        self.rest = RestApi(
            f"{name}-rest",
            RestApiArgs(
                platform=on,
                function=self.function,
                api=args.api,
                account=args.account,
                endpoint_id=args.api_endpoint_id,
            ),
            child,
        )
        self.graphql = Graphql(
            f"{name}-graphql",
            GraphqlArgs(platform=on, function=self.function, users=self.users, marts_job=args.marts_job, api=args.api),
            child,
        )
        self.entrance = self._entrance(name, args, firewall)
        for what, arn in (
            ("users", self.users.pool_arn),
            ("rest", self.rest.stage_arn),
            ("graphql", self.graphql.arn),
        ):
            firewall.protect(f"{name}-{what}", arn, child)
        self.dashboards = self._publish(name, args)
        self.queues = {"graphql-undelivered": self.graphql.undelivered.url}
        self.register_outputs({"rest": self.rest.url, "graphql": self.graphql.url})

    def _function(self, name: str, args: EndUseArgs) -> Function:
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        described = json.dumps(served(on.contracts, description(on.contracts)), indent=1, sort_keys=True)
        function = Function(
            f"{name}-api",
            FunctionArgs(
                platform=on,
                what="end-use-api",
                code=function_archive("end_use_api", on.contracts, {"marts.json": described}),
                may=queries_marts(on.names, on.keys),
                environment={"DATABASE_REFINED": on.names.database("refined"), "WORKGROUP": args.workgroup},
                memory_mb=args.functions.memory_mb,
                timeout_seconds=LONGEST_ANSWER,
                key_arn=on.keys["end-use"],
                at_once=args.functions.reserved.get("end-use-api"),
            ),
            child,
        )
        on.lake.grant(f"{name}-api", function.role_arn, child, reads=["refined"])
        return function

    def _publish(self, name: str, args: EndUseArgs) -> Mapping[str, pulumi.Output[str]]:
        if args.quicksight is None:
            return {}
        shown = DashboardsArgs(platform=args.platform, quicksight=args.quicksight)
        return Dashboards(f"{name}-dashboards", shown, pulumi.ResourceOptions(parent=self)).urls

    def _entrance(self, name: str, args: EndUseArgs, firewall: Firewall) -> Entrance | None:
        if not args.load_balancer.enabled:
            return None
        return Entrance(
            f"{name}-entrance",
            EntranceArgs(
                platform=args.platform,
                function=self.function,
                users=self.users,
                firewall=firewall,
                settings=args.load_balancer,
            ),
            pulumi.ResourceOptions(parent=self),
        )


def queries_marts(names: Names, keys: Mapping[KeyName, pulumi.Input[str]]) -> list[Statement]:
    """May run queries on the marts, and read their results. Athena acts for the caller, so this is for both."""
    results = names.bucket_arn("results")
    actions = ["StartQueryExecution", "StopQueryExecution", "GetQueryExecution", "GetQueryResults", "GetWorkGroup"]
    return [
        allow("Query", [f"athena:{each}" for each in actions], [names.arn("athena", f"workgroup/{names.workgroup}")]),
        *reads_objects("Results", results, results_of("analysts")),
        *writes_objects("Results", results, results_of("analysts")),
        *uses_catalog(names, reads=["refined"]),
        finds_default_database(names),
        *uses_keys(names, "ResultKey", keys["integrated"], write=True),
    ]
