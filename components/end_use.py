"""End use: the marts, delivered to people and applications."""

import hashlib
import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import yaml

from components.alarms import alarm
from components.code import function_archive
from components.function import Function, FunctionArgs
from components.iam import (
    Statement,
    allow,
    reads_objects,
    role,
    trusted_without_source,
    uses_catalog,
    uses_keys,
    writes_objects,
)
from components.keys import KeyName
from components.names import Names
from components.platform import Platform
from settings import Api, Functions

OPENAPI = Path("workloads/api/openapi.yaml")
STAGE = "v1"
METHODS = frozenset(("get", "put", "post", "delete", "options", "head", "patch"))
ACCESS_LOG = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "caller": "$context.identity.userArn",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "status": "$context.status",
    "milliseconds": "$context.responseLatency",
}


@dataclass(frozen=True, kw_only=True)
class EndUseArgs:
    """What the end-use layer needs; `workgroup` is where the API's queries run."""

    platform: Platform
    workgroup: pulumi.Input[str]
    api: Api
    functions: Functions


class EndUse(pulumi.ComponentResource):
    """A REST API over the marts. Callers sign their requests; `api_url` ends in the stage."""

    api_url: pulumi.Output[str]

    def __init__(self, name: str, args: EndUseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:layers:EndUse", name, {}, opts)
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        function = Function(
            f"{name}-api",
            FunctionArgs(
                platform=on,
                what="end-use-api",
                code=function_archive("end_use_api", on.contracts),
                may=queries_marts(on.names, on.keys),
                environment={
                    "DATABASE_REFINED": on.names.database("refined"),
                    "WORKGROUP": args.workgroup,
                },
                memory_mb=args.functions.memory_mb,
                # API Gateway waits no longer: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
                timeout_seconds=29,
                key_arn=on.keys["end-use"],
            ),
            child,
        )
        on.lake.grant(f"{name}-api", function.role_arn, child, reads=["refined"])
        body = json.dumps(integrated(yaml.safe_load(OPENAPI.read_text()), invocation_uri(on.names)), sort_keys=True)
        api = aws.apigateway.RestApi(
            name,
            name=on.names.resource("api"),
            description="The marts, as REST resources",
            body=body,
            endpoint_configuration={"types": "REGIONAL"},
            opts=after(self, function),
        )
        aws.lambda_.Permission(
            name,
            statement_id="api",
            action="lambda:InvokeFunction",
            function=function.name,
            principal="apigateway.amazonaws.com",
            source_account=on.names.account,
            source_arn=pulumi.Output.concat(api.execution_arn, "/*"),
            opts=child,
        )
        deployment = aws.apigateway.Deployment(
            name,
            rest_api=api.id,
            # A deployment is a snapshot: a changed API needs another one.
            triggers={"body": hashlib.sha256(body.encode()).hexdigest()},
            opts=child,
        )
        stage = self._stage(name, args, api, deployment)
        alarm(
            f"{name}-errors",
            on.names.resource("api-errors"),
            "The API answers with errors of its own",
            metric=("AWS/ApiGateway", "5XXError", {"ApiName": on.names.resource("api"), "Stage": STAGE}),
            above=0,
            topics=on.topics,
            opts=child,
        )
        self.api_url = stage.invoke_url
        self.register_outputs({"api_url": self.api_url})

    def _stage(
        self, name: str, args: EndUseArgs, api: aws.apigateway.RestApi, deployment: aws.apigateway.Deployment
    ) -> aws.apigateway.Stage:
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        logs = aws.cloudwatch.LogGroup(
            name,
            name=f"/aws/apigateway/{on.names.resource('api')}",
            kms_key_id=on.keys["logs"],
            retention_in_days=on.retention.logs_days,
            opts=child,
        )
        logger = role(
            f"{name}-logs",
            on.names.resource("api-logs"),
            [trusted_without_source("apigateway.amazonaws.com")],
            [],
            child,
        )
        # API Gateway checks that the role may do all of this:
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
        may_log = aws.iam.RolePolicyAttachment(
            f"{name}-logs",
            role=logger.name,
            policy_arn=on.names.aws_policy_arn("service-role/AmazonAPIGatewayPushToCloudWatchLogs"),
            opts=child,
        )
        account = aws.apigateway.Account(name, cloudwatch_role_arn=logger.arn, opts=after(self, may_log))
        stage = aws.apigateway.Stage(
            name,
            rest_api=api.id,
            deployment=deployment.id,
            stage_name=STAGE,
            access_log_settings={"destination_arn": logs.arn, "format": json.dumps(ACCESS_LOG)},
            xray_tracing_enabled=True,
            opts=after(self, account),
        )
        aws.apigateway.MethodSettings(
            name,
            rest_api=api.id,
            stage_name=stage.stage_name,
            method_path="*/*",
            settings={
                "logging_level": "ERROR",
                "metrics_enabled": True,
                "data_trace_enabled": False,
                "throttling_rate_limit": args.api.requests_per_second,
                "throttling_burst_limit": args.api.burst,
            },
            opts=child,
        )
        return stage


def after(parent: pulumi.Resource, *others: pulumi.Resource) -> pulumi.ResourceOptions:
    """Options of a child that is made once these others stand."""
    return pulumi.ResourceOptions(parent=parent, depends_on=list(others))


def invocation_uri(names: Names) -> str:
    """Where API Gateway sends a request for the API's function."""
    function = names.arn("lambda", f"function:{names.resource('end-use-api')}")
    return f"arn:{names.partition}:apigateway:{names.region}:lambda:path/2015-03-31/functions/{function}/invocations"


def integrated(api: Mapping[str, Any], uri: str) -> dict[str, Any]:
    """The OpenAPI document with every operation handed to `uri` whole, and only for callers who sign."""
    document = deepcopy(dict(api))
    for path in document["paths"].values():
        for method, operation in path.items():
            if method in METHODS:
                operation["x-amazon-apigateway-integration"] = {
                    "type": "aws_proxy",
                    # Lambda is always called by POST, whatever the caller's method.
                    "httpMethod": "POST",
                    "uri": uri,
                    "passthroughBehavior": "when_no_match",
                }
                operation["security"] = [{"sigv4": []}]
    schemes = document.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes["sigv4"] = {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "awsSigv4",
    }
    return document


def queries_marts(names: Names, keys: Mapping[KeyName, pulumi.Input[str]]) -> list[Statement]:
    """May run queries on the marts, and read their results. Athena acts for the caller, so this is for both."""
    results = names.bucket_arn("results")
    actions = ["StartQueryExecution", "StopQueryExecution", "GetQueryExecution", "GetQueryResults", "GetWorkGroup"]
    return [
        allow("Query", [f"athena:{each}" for each in actions], [names.arn("athena", f"workgroup/{names.workgroup}")]),
        *reads_objects("Results", results),
        *writes_objects("Results", results),
        *uses_catalog(names, reads=["refined"]),
        *uses_keys(names, "ResultKey", keys["integrated"], write=True),
    ]
