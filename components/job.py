"""A Glue job in the VPC: its role, its encryption and what Glue passes to its script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.code import Code
from components.iam import (
    Statement,
    allow,
    attaches_to_network,
    reads_objects,
    role,
    trusted_without_source,
    uses_keys,
    writes_objects,
)
from components.names import LakeLayer, Names
from components.network import Network
from settings import GLUE_VERSION, Glue

CATALOG = "spark.sql.catalog.glue_catalog"
SHELL_PYTHON, SHELL_CAPACITY = "3.9", 0.0625
"""The newest Python that Python shell jobs have, and the least capacity that they take, a sixteenth of a worker. They
know no version of Glue: https://docs.aws.amazon.com/glue/latest/dg/add-job-python.html."""


@dataclass(frozen=True, kw_only=True)
class RuntimeArgs:
    """What all jobs share. `log_key_arn` must admit CloudWatch Logs."""

    names: Names
    network: Network
    code: Code
    size: Glue
    log_key_arn: pulumi.Input[str]
    log_days: int


class Runtime(pulumi.ComponentResource):
    """Where Glue jobs and crawlers run: connections into the private subnets, and their log group."""

    connections: Sequence[pulumi.Output[str]]
    log_group: pulumi.Output[str]
    args: RuntimeArgs

    def __init__(self, name: str, args: RuntimeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:compute:Runtime", name, {}, opts)
        self.args = args
        # One a zone: Glue takes the next connection where a subnet has no address left.
        self.connections = [self._connection(name, index, zone) for index, zone in enumerate(args.network.zones)]
        logs = aws.cloudwatch.LogGroup(
            name,
            name=f"/aws-glue/jobs/{args.names.resource('jobs')}",
            kms_key_id=args.log_key_arn,
            retention_in_days=args.log_days,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.log_group = logs.name
        self.register_outputs({"connections": list(self.connections), "log_group": self.log_group})

    def _connection(self, name: str, index: int, zone: str) -> pulumi.Output[str]:
        network = self.args.network
        made = aws.glue.Connection(
            f"{name}-{index + 1}",
            name=self.args.names.resource(zone),
            connection_type="NETWORK",
            physical_connection_requirements={
                "availability_zone": zone,
                "subnet_id": network.private_subnet_ids.apply(lambda ids: ids[index]),
                "security_group_id_lists": [network.groups["jobs"]],
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        return made.name

    def security_configuration(
        self, name: str, what: str, key_arn: pulumi.Input[str], opts: pulumi.ResourceOptions
    ) -> aws.glue.SecurityConfiguration:
        """Encryption of what a job or crawler writes (with `key_arn`) and logs."""
        return aws.glue.SecurityConfiguration(
            name,
            name=self.args.names.resource(what),
            encryption_configuration={
                "s3_encryption": {"s3_encryption_mode": "SSE-KMS", "kms_key_arn": key_arn},
                "cloudwatch_encryption": {
                    "cloudwatch_encryption_mode": "SSE-KMS",
                    "kms_key_arn": self.args.log_key_arn,
                },
                "job_bookmarks_encryption": {"job_bookmarks_encryption_mode": "CSE-KMS", "kms_key_arn": key_arn},
            },
            opts=opts,
        )


@dataclass(frozen=True, kw_only=True)
class JobArgs:
    """`what` names the job and, with underscores, its script, unless `script` does; `may` is what it may do with data.

    The bucket of `layer` holds what the job needs for a while, and `key_arn` is that layer's key. `thin` is for a
    script that only has others work and waits: it gets a Python shell instead of Spark.
    """

    runtime: Runtime
    what: str
    layer: LakeLayer | Literal["landing"]
    key_arn: pulumi.Input[str]
    may: Sequence[Statement]
    script: str | None = None
    arguments: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    thin: bool = False


class Job(pulumi.ComponentResource):
    """A Glue job. `role_arn` is to be granted the tables in Lake Formation."""

    name: pulumi.Output[str]
    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: JobArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:compute:Job", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        shared = args.runtime.args
        made = role(
            name,
            shared.names.resource(args.what),
            [trusted_without_source("glue.amazonaws.com")],
            [*runs(args.runtime), *scratches(args), *args.may],
            child,
        )
        security = args.runtime.security_configuration(name, args.what, args.key_arn, child)
        job = aws.glue.Job(
            name,
            name=shared.names.resource(args.what),
            role_arn=made.arn,
            glue_version=None if args.thin else GLUE_VERSION,
            command={
                "name": "pythonshell" if args.thin else "glueetl",
                "python_version": SHELL_PYTHON if args.thin else "3",
                "script_location": shared.code.script(args.script or script_of(args.what)),
            },
            max_capacity=SHELL_CAPACITY if args.thin else None,
            worker_type=None if args.thin else shared.size.worker_type,
            number_of_workers=None if args.thin else shared.size.workers,
            timeout=shared.size.timeout_minutes,
            max_retries=0,
            # A job writes its tables by merging: two runs side by side would only conflict.
            execution_property={"max_concurrent_runs": 1},
            security_configuration=security.name,
            # One node is in one subnet.
            connections=args.runtime.connections[:1] if args.thin else args.runtime.connections,
            default_arguments=default_arguments(args)
            | ({} if args.thin else spark_arguments(args))
            | dict(args.arguments),
            opts=pulumi.ResourceOptions(parent=self, depends_on=shared.code.objects),
        )
        self.name = job.name
        self.role_arn = made.arn
        self.register_outputs({"name": self.name, "role_arn": self.role_arn})


def script_of(what: str) -> str:
    """The script of a job: `landing-intake` runs `landing_intake.py`."""
    return what.replace("-", "_")


def default_arguments(args: JobArgs) -> dict[str, pulumi.Input[str]]:
    """What Glue passes to the script, unless a run says otherwise."""
    shared = args.runtime.args
    names = shared.names
    return {
        "--JOB_NAME": names.resource(args.what),
        "--job-language": "python",
        "--database_prefix": names.database_prefix,
        "--landing_bucket": names.bucket("landing"),
        "--initial_bucket": names.bucket("initial"),
        "--contracts": shared.code.contracts,
        "--TempDir": f"s3://{names.bucket(args.layer)}/_scratch/",
    }


def spark_arguments(args: JobArgs) -> dict[str, pulumi.Input[str]]:
    """What Glue reads itself of the arguments of a Spark job."""
    shared = args.runtime.args
    return {
        "--extra-py-files": shared.code.libraries,
        "--datalake-formats": "iceberg",
        "--conf": spark_conf(f"s3://{shared.names.bucket(args.layer)}/"),
        "--enable-metrics": "true",
        "--enable-observability-metrics": "true",
        "--enable-continuous-cloudwatch-log": "true",
        "--continuous-log-logGroup": args.runtime.log_group,
    }


def spark_conf(warehouse: str) -> str:
    """The value of Glue's `--conf`: more than one setting goes into it by repeating the flag inside.

    https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-format-iceberg.html
    """
    return " --conf ".join(f"{key}={value}" for key, value in spark_settings(warehouse).items())


def spark_settings(warehouse: str) -> dict[str, str]:
    """What makes Spark find our tables, on Glue and on EMR alike: the Iceberg catalog `glue_catalog`."""
    return {
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        CATALOG: "org.apache.iceberg.spark.SparkCatalog",
        f"{CATALOG}.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        f"{CATALOG}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        f"{CATALOG}.warehouse": warehouse,
        "spark.sql.session.timeZone": "UTC",
    }


def scratches(args: JobArgs) -> list[Statement]:
    """May use the scratch folder of its layer's bucket."""
    bucket_arn = args.runtime.args.names.bucket_arn(args.layer)
    return [
        *reads_objects("Scratch", bucket_arn, "_scratch/"),
        *writes_objects("Scratch", bucket_arn, "_scratch/", delete=True),
        # Glue encrypts what a job remembers between runs itself.
        *uses_keys(args.runtime.args.names, "ScratchKey", args.key_arn, write=True, by=()),
    ]


def runs(runtime: Runtime) -> list[Statement]:
    """What every job and crawler may do in order to run at all."""
    names = runtime.args.names
    group = names.arn("logs", "log-group:/aws-glue/*")
    return [
        *reads_objects("Code", names.bucket_arn("code")),
        *uses_keys(names, "CodeKey", runtime.args.code.key_arn),
        # With a security configuration Glue makes groups whose names it derives, and encrypts them itself.
        allow(
            "Logs",
            ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:AssociateKmsKey"],
            [group, f"{group}:*"],
        ),
        allow(
            "Metrics",
            ["cloudwatch:PutMetricData"],
            ["*"],
            {"StringEquals": {"cloudwatch:namespace": "Glue"}},
        ),
        allow("Connections", ["glue:GetConnection"], [names.arn("glue", "catalog"), names.arn("glue", "connection/*")]),
        *attaches_to_network(names),
        # Glue finds its way into the VPC with these, and tags the interfaces as its own.
        allow(
            "Network",
            [f"ec2:Describe{each}" for each in ("VpcEndpoints", "RouteTables", "SecurityGroups")],
            ["*"],
        ),
        allow("ReadNetwork", ["ec2:DescribeVpcAttribute"], [names.arn("ec2", "vpc/*")]),
        allow("TagInterfaces", ["ec2:CreateTags", "ec2:DeleteTags"], [names.arn("ec2", "network-interface/*")]),
    ]
