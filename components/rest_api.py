"""The REST API over the marts: API Gateway, as the one OpenAPI document describes it."""

import hashlib
import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.documents import json_document
from components.function import Function
from components.iam import Statement, role, trusted_without_source
from components.marts import description, operations
from components.names import Names
from components.platform import Platform
from components.watches import Watched, watch_rest_api
from settings import Account, Api

STAGE = "v1"
VALIDATOR = "body-and-parameters"
TLS_POLICY = "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"
"""TLS 1.2 and 1.3, with forward secrecy alone; a regional API would else take TLS 1.0 too:
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html."""
ACCESS_LOG = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "caller": "$context.identity.userArn",
    "apiKey": "$context.identity.apiKeyId",
    "address": "$context.identity.sourceIp",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "status": "$context.status",
    "error": "$context.error.message",
    "firewall": "$context.wafResponseCode",
    "tls": "$context.tlsVersion",
    "milliseconds": "$context.responseLatency",
}


class RestApiError(Exception):
    """The REST API can't be made as the settings say."""


@dataclass(frozen=True, kw_only=True)
class RestApiArgs:
    """`endpoint_id` is that of the VPC endpoint for `execute-api`, which a private API needs."""

    platform: Platform
    function: Function
    api: Api
    account: Account
    endpoint_id: pulumi.Input[str] | None


class RestApi(pulumi.ComponentResource):
    """The deployed API. Callers sign their requests and send the key of a usage plan; `url` ends in the stage.

    `key_id` is the id of that key, by which those who may read keys find its value.
    """

    url: pulumi.Output[str]
    key_id: pulumi.Output[str]
    stage_arn: pulumi.Output[str]

    def __init__(self, name: str, args: RestApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:delivery:RestApi", name, {}, opts)
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        if args.api.private and args.endpoint_id is None:
            raise RestApiError(
                "medallion:api.private is true; the VPC must have an endpoint for execute-api, since nothing else "
                "reaches a private API; let one be made, or name it in medallion:network.existing.endpoint_ids."
            )
        document = integrated(description(on.contracts), invocation_uri(on.names))
        if args.endpoint_id is not None and args.api.private:
            document |= closed(on.names, args.endpoint_id)
        body = json_document(document, sort_keys=True)
        api = aws.apigateway.RestApi(
            name,
            name=on.names.resource("api"),
            description="The marts, as REST resources",
            body=body,
            # A private API is dual-stack or nothing:
            # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-ip-address-type.html
            endpoint_configuration={"types": "PRIVATE", "ip_address_type": "dualstack"}
            if args.api.private
            else {"types": "REGIONAL"},
            security_policy=TLS_POLICY,
            # Only by its own host name: no request gets here under another API's.
            endpoint_access_mode="STRICT",
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.function]),
        )
        permission = aws.lambda_.Permission(
            name,
            statement_id="api",
            action="lambda:InvokeFunction",
            function=args.function.name,
            principal="apigateway.amazonaws.com",
            source_arn=pulumi.Output.concat(api.execution_arn, "/*"),
            opts=child,
        )
        deployment = aws.apigateway.Deployment(
            name,
            rest_api=api.id,
            # A deployment is a snapshot: a changed API needs another one.
            triggers={"body": body.apply(lambda text: hashlib.sha256(text.encode()).hexdigest())},
            # What is deployed can be called at once.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )
        stage = self._stage(name, args, api, deployment)
        self.key_id = self._usage(name, args, api, stage)
        self.stage_arn = stage.arn
        self.url = stage.invoke_url
        watch_rest_api(Watched(name=name, called=on.names.resource("api"), topics=on.topics, opts=child), STAGE)
        self.register_outputs({"url": self.url, "key_id": self.key_id})

    def _stage(
        self, name: str, args: RestApiArgs, api: aws.apigateway.RestApi, deployment: aws.apigateway.Deployment
    ) -> aws.apigateway.Stage:
        child = pulumi.ResourceOptions(parent=self)
        logs = self._log_group(name, args, f"/aws/apigateway/{args.platform.names.resource('api')}")
        # API Gateway says what it is called, and would else make it itself: without our key, and for ever.
        errors = self._log_group(
            f"{name}-errors", args, pulumi.Output.concat("API-Gateway-Execution-Logs_", api.id, f"/{STAGE}")
        )
        stage = aws.apigateway.Stage(
            name,
            rest_api=api.id,
            deployment=deployment.id,
            stage_name=STAGE,
            access_log_settings={"destination_arn": logs.arn, "format": json.dumps(ACCESS_LOG)},
            xray_tracing_enabled=True,
            # A stage that logs is refused while the account names no role for it.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[errors, *self._may_log(name, args)]),
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

    def _log_group(self, name: str, args: RestApiArgs, called: pulumi.Input[str]) -> aws.cloudwatch.LogGroup:
        return aws.cloudwatch.LogGroup(
            name,
            name=called,
            kms_key_id=args.platform.keys["logs"],
            retention_in_days=args.platform.retention.logs_days,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _may_log(self, name: str, args: RestApiArgs) -> list[pulumi.Resource]:
        """Name the role by which all APIs of the account and region log, unless somebody else keeps that."""
        if args.account.api_gateway_logging == "leave":
            return []
        child = pulumi.ResourceOptions(parent=self)
        names = args.platform.names
        # The account's role serves every API and stage: its setting names no source to hold the service to.
        trust = [trusted_without_source("apigateway.amazonaws.com")]
        logger = role(f"{name}-logs", names.resource("api-logs"), trust, [], child)
        # API Gateway checks that the role may do all of this:
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
        may_log = aws.iam.RolePolicyAttachment(
            f"{name}-logs",
            role=logger.name,
            policy_arn=names.aws_policy_arn("service-role/AmazonAPIGatewayPushToCloudWatchLogs"),
            opts=child,
        )
        account = aws.apigateway.Account(
            name,
            cloudwatch_role_arn=logger.arn,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[may_log]),
        )
        return [account]

    def _usage(
        self, name: str, args: RestApiArgs, api: aws.apigateway.RestApi, stage: aws.apigateway.Stage
    ) -> pulumi.Output[str]:
        """A key, by which a plan counts what is asked. It is no proof of who asks: the signature is."""
        names = args.platform.names
        child = pulumi.ResourceOptions(parent=self)
        plan = aws.apigateway.UsagePlan(
            name,
            name=names.resource("api"),
            description="What consumers may ask of the marts",
            api_stages=[{"api_id": api.id, "stage": stage.stage_name}],
            quota_settings={"limit": args.api.requests_per_month, "period": "MONTH"},
            throttle_settings={"rate_limit": args.api.requests_per_second, "burst_limit": args.api.burst},
            opts=child,
        )
        key = aws.apigateway.ApiKey(
            name, name=names.resource("api"), description="Consumers of the marts", enabled=True, opts=child
        )
        member = aws.apigateway.UsagePlanKey(name, key_id=key.id, key_type="API_KEY", usage_plan_id=plan.id, opts=child)
        # Known once the plan has it: before, the key opens nothing.
        return member.key_id


def invocation_uri(names: Names) -> str:
    """Where API Gateway sends a request for the API's function."""
    function = names.arn("lambda", f"function:{names.resource('end-use-api')}")
    return f"arn:{names.partition}:apigateway:{names.region}:lambda:path/2015-03-31/functions/{function}/invocations"


def integrated(api: Mapping[str, Any], uri: str) -> dict[str, Any]:
    """The OpenAPI document with every operation checked, then handed to `uri`, for callers with signature and key.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
    """
    document = deepcopy(dict(api))
    for _, _, operation in operations(document):
        operation["x-amazon-apigateway-integration"] = {
            "type": "aws_proxy",
            # Lambda is always called by POST, whatever the caller's method.
            "httpMethod": "POST",
            "uri": uri,
            "passthroughBehavior": "when_no_match",
        }
        operation["x-amazon-apigateway-request-validator"] = VALIDATOR
        # In OpenAPI these two would be alternatives; API Gateway wants both, and so AWS's own tools write it:
        # https://github.com/aws/serverless-application-model/blob/develop/samtranslator/swagger/swagger.py
        operation["security"] = [{"sigv4": []}, {"api_key": []}]
    document["x-amazon-apigateway-request-validators"] = {
        VALIDATOR: {"validateRequestBody": True, "validateRequestParameters": True}
    }
    document["x-amazon-apigateway-api-key-source"] = "HEADER"
    schemes = document.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes["sigv4"] = {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "awsSigv4",
    }
    schemes["api_key"] = {"type": "apiKey", "name": "x-api-key", "in": "header"}
    return document


def closed(names: Names, endpoint_id: pulumi.Input[str]) -> dict[str, Any]:
    """What makes an API private, as part of its OpenAPI document: an import would else wipe it out.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-api-create.html
    """
    return {
        "x-amazon-apigateway-endpoint-configuration": {"vpcEndpointIds": [endpoint_id]},
        "x-amazon-apigateway-policy": {"Version": "2012-10-17", "Statement": only_through(names, endpoint_id)},
    }


def only_through(names: Names, endpoint_id: pulumi.Input[str]) -> list[Statement]:
    """The statements of a private API's policy: our account's principals may call it, through one endpoint alone.

    API Gateway puts the API's ARN before the resource: the id isn't known before the API is there.
    """
    scope = {"Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
    ours = {"AWS": f"arn:{names.partition}:iam::{names.account}:root"}
    return [
        {"Sid": "OurAccountOnly", "Effect": "Allow", "Principal": ours, **scope},
        {
            "Sid": "OnlyThroughOurEndpoint",
            "Effect": "Deny",
            "Principal": "*",
            **scope,
            "Condition": {"StringNotEquals": {"aws:SourceVpce": endpoint_id}},
        },
    ]
