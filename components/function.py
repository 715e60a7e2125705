"""A Lambda function in the VPC, with a log group and a role of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.iam import Statement, allow, attaches_to_network, role, trusted_without_source, uses_keys, writes_logs
from components.platform import Platform
from components.watches import Watched, watch_function

RUNTIME = "python3.11"


@dataclass(frozen=True, kw_only=True)
class FunctionArgs:
    """`what` names the function; `may` is what its code may do; `key_arn` encrypts its environment.

    `at_once` sets aside so many of the account's concurrent executions, and is the most that run.
    """

    platform: Platform
    what: str
    code: pulumi.Archive
    may: Sequence[Statement]
    environment: Mapping[str, pulumi.Input[str]]
    memory_mb: int
    timeout_seconds: int
    key_arn: pulumi.Input[str]
    at_once: int | None = None


class Function(pulumi.ComponentResource):
    """A function that can be called: by then it may log and has its network."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    role_arn: pulumi.Output[str]
    log_group: pulumi.Output[str]

    def __init__(self, name: str, args: FunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:compute:Function", name, {}, opts)
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        physical_name = on.names.resource(args.what)
        logs = aws.cloudwatch.LogGroup(
            name,
            name=f"/aws/lambda/{physical_name}",
            kms_key_id=on.keys["logs"],
            retention_in_days=on.retention.logs_days,
            opts=child,
        )
        may = [
            *writes_logs(on.names, f"/aws/lambda/{physical_name}"),
            *attaches_to_network(on.names),
            *uses_keys(on.names, "OwnEnvironment", args.key_arn, by=("lambda",)),
            *traces(),
            *args.may,
        ]
        made = role(name, physical_name, [trusted_without_source("lambda.amazonaws.com")], may, child)
        function = aws.lambda_.Function(
            name,
            name=physical_name,
            runtime=RUNTIME,
            architectures=["arm64"],
            handler="handler.handler",
            code=args.code,
            role=made.arn,
            memory_size=args.memory_mb,
            timeout=args.timeout_seconds,
            reserved_concurrent_executions=args.at_once,
            environment={"variables": args.environment},
            kms_key_arn=args.key_arn,
            vpc_config={
                "subnet_ids": on.network.private_subnet_ids,
                "security_group_ids": [on.network.groups["functions"]],
            },
            logging_config={"log_format": "JSON", "log_group": logs.name},
            tracing_config={"mode": "Active"},
            opts=child,
        )
        watch_function(Watched(name=name, called=physical_name, topics=on.topics, opts=child))
        self.name = function.name
        self.arn = function.arn
        self.role_arn = made.arn
        self.log_group = logs.name
        self.register_outputs({"name": self.name, "arn": self.arn})


def traces() -> list[Statement]:
    """May send traces, which the Lambda service does for the function; X-Ray has no resources to name."""
    actions = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    return [allow("Traces", actions, ["*"])]
