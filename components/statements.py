"""SQL statements on the warehouse: those of a deployment, and the jobs that run others."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.iam import Statement, allow, uses_keys
from components.job import Job, JobArgs
from components.names import LakeLayer, Names
from components.platform import Platform
from components.warehouse import Warehouse


def states(
    warehouse: Warehouse,
    name: str,
    what: str,
    sql: pulumi.Input[str],
    after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> pulumi.CustomResource:
    """A statement on the warehouse, run once, and again on a warehouse that takes its place under the same name.

    It must do no harm when it is run again: Redshift forgets statements within days, and a refresh of the state then
    forgets them too. https://github.com/hashicorp/terraform-provider-aws/issues/37301
    """
    return aws.redshiftdata.Statement(
        name,
        cluster_identifier=warehouse.identifier,
        database=warehouse.database,
        secret_arn=warehouse.password_secret_arn,
        statement_name=what,
        sql=sql,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=list(after), replace_with=[warehouse.cluster]),
    )


@dataclass(frozen=True, kw_only=True)
class StatementsJobArgs:
    """`what` names the job, `statements` are run one after the other, each ending with a semicolon."""

    platform: Platform
    warehouse: Warehouse
    what: str
    layer: LakeLayer
    statements: Sequence[str]


def statements_job(name: str, args: StatementsJobArgs, opts: pulumi.ResourceOptions) -> Job:
    """A job that runs statements as the warehouse's administrator."""
    on, warehouse = args.platform, args.warehouse
    return Job(
        name,
        JobArgs(
            runtime=on.runtime,
            what=args.what,
            script="warehouse_statements",
            layer=args.layer,
            key_arn=on.keys[args.layer],
            may=runs_statements(on.names, warehouse.password_secret_arn, on.keys["intermediate"]),
            arguments={
                "--cluster": warehouse.identifier,
                "--database": warehouse.database,
                "--secret": warehouse.password_secret_arn,
                "--statements": " ".join(args.statements),
            },
            thin=True,
        ),
        opts,
    )


def runs_statements(names: Names, secret_arn: pulumi.Input[str], secret_key_arn: pulumi.Input[str]) -> list[Statement]:
    """May run statements on the warehouse as the user of the secret, and see how they went."""
    cluster = names.arn("redshift", f"cluster:{names.resource('warehouse')}")
    return [
        allow("RunStatements", ["redshift-data:ExecuteStatement"], [cluster]),
        # A statement is no resource; the condition leaves one's own:
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonredshiftdataapi.html
        allow(
            "FollowOwnStatements",
            ["redshift-data:DescribeStatement"],
            ["*"],
            {"StringEquals": {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}},
        ),
        allow("Password", ["secretsmanager:GetSecretValue"], [secret_arn]),
        *uses_keys(names, "PasswordKey", secret_key_arn, by=("secretsmanager",)),
    ]
