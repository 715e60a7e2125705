"""Athena over the warehouse: AWS's connector as a function of its own, and the catalog under which it is queried."""

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.alarms import alarm
from components.bucket import Bucket
from components.iam import (
    Statement,
    allow,
    attaches_to_network,
    lists_objects,
    objects,
    role,
    trusted_without_source,
    uses_keys,
    writes_logs,
    writes_objects,
)
from components.names import Names
from components.platform import Platform
from components.queries import federated_queries
from components.statements import states
from components.warehouse import Warehouse
from components.workgroup import PERSONAS, SPILL, workgroup_of

APPLICATION = "arn:{partition}:serverlessrepo:us-east-1:292517598671:applications/AthenaRedshiftConnector"
"""It is published from one region to all:
https://docs.aws.amazon.com/athena/latest/ug/connect-data-source-serverless-app-repo.html."""
VERSION = "2025.8.1"
"""Its parameters are in its template:
https://github.com/awslabs/aws-athena-query-federation/blob/master/athena-redshift/athena-redshift-package.yaml."""
WHAT = "connector"
DATABASE_USER = "athena_connector"


@dataclass(frozen=True, kw_only=True)
class FederationArgs:
    """`spill_bucket` takes what is too large for an answer; `workgroup` gets the query that shows it."""

    platform: Platform
    warehouse: Warehouse
    spill_bucket: Bucket
    workgroup: pulumi.Input[str]


class Federation(pulumi.ComponentResource):
    """The warehouse as a catalog of Athena's. `user` is to be granted what Athena is to see there.

    The connector signs in as a database user of its own, who may nothing by itself. By password, since it lacks what
    IAM sign-in needs (https://github.com/awslabs/aws-athena-query-federation/pull/2882), and not by the one that
    Redshift manages, which is the administrator's.
    """

    catalog: pulumi.Output[str]
    user: pulumi.Output[str]

    def __init__(self, name: str, args: FederationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:query:Federation", name, {}, opts)
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        secret, signed_up = self._sign_up(name, args)
        function_name = on.names.resource(WHAT)
        group = f"/aws/lambda/{function_name}"
        logs = aws.cloudwatch.LogGroup(
            name, name=group, kms_key_id=on.keys["logs"], retention_in_days=on.retention.logs_days, opts=child
        )
        made = role(
            name,
            function_name,
            [trusted_without_source("lambda.amazonaws.com")],
            [
                *attaches_to_network(on.names),
                *writes_logs(on.names, group),
                *connects(on.names, secret.arn, on.keys["intermediate"], on.keys["integrated"]),
            ],
            child,
        )
        connector = aws.serverlessrepository.CloudFormationStack(
            name,
            name=function_name,
            application_id=APPLICATION.format(partition=on.names.partition),
            semantic_version=VERSION,
            # Its template has a role, and policies of it, for whoever brings none:
            # https://docs.aws.amazon.com/serverlessrepo/latest/devguide/acknowledging-application-capabilities.html
            capabilities=["CAPABILITY_IAM", "CAPABILITY_RESOURCE_POLICY"],
            parameters={
                "LambdaFunctionName": function_name,
                "LambdaRole": made.arn,
                "LambdaTimeout": "900",
                "LambdaMemory": "3008",
                "DefaultConnectionString": connection(args.warehouse.cluster, secret),
                "SecretNamePrefix": on.names.resource(WHAT),
                "SpillBucket": args.spill_bucket.name,
                "SpillPrefix": SPILL.rstrip("/"),
                # Each block by a key of its own, under the bucket's encryption by ours.
                "DisableSpillEncryption": "false",
                "SubnetIds": on.network.private_subnet_ids.apply(",".join),
                "SecurityGroupIds": on.network.groups["connector"],
            },
            # Lambda would make a log group without key and end.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[logs, *on.ways_out, *signed_up]),
        )
        alarm(
            f"{name}-errors",
            f"{function_name}-errors",
            f"Athena's connector to the warehouse fails again and again. Look for its errors in log group {group}: it "
            f"lacks the network, the warehouse, or the password of {DATABASE_USER}. Mend that, and ask again.",
            metric=("AWS/Lambda", "Errors", {"FunctionName": function_name}),
            above=0,
            statistic="Sum",
            times=2,
            of=3,
            topics=on.topics,
            opts=child,
        )
        catalog = aws.athena.DataCatalog(
            name,
            name=catalog_of(on.names),
            type="LAMBDA",
            description="The warehouse",
            parameters={"function": function_arn(on.names)},
            # By ARN, it doesn't wait for the function by itself.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[connector]),
        )
        for query in federated_queries(on.names):
            aws.athena.NamedQuery(
                f"{name}-{query.name}",
                name=query.name,
                description=query.description,
                database=on.names.database("refined"),
                query=query.sql,
                workgroup=args.workgroup,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[catalog]),
            )
        self.catalog = catalog.name
        # Known once there is the user: what it may read is for those to say who have it.
        self.user = signed_up[0].id.apply(lambda _: DATABASE_USER)
        self.register_outputs({"catalog": self.catalog})

    def _sign_up(
        self, name: str, args: FederationArgs
    ) -> tuple[aws.secretsmanager.Secret, Sequence[pulumi.CustomResource]]:
        """A password that nobody sees, and the database user who has it."""
        on, warehouse = args.platform, args.warehouse
        child = pulumi.ResourceOptions(parent=self)
        secret = aws.secretsmanager.Secret(
            # Pulumi adds a suffix of its own: a secret that is scheduled for deletion keeps its name.
            on.names.resource(WHAT),
            description=f"How Athena's connector signs in to the warehouse, as {DATABASE_USER}",
            kms_key_id=on.keys["intermediate"],
            recovery_window_in_days=30 if on.keep else 7,
            opts=child,
        )
        version = aws.secretsmanager.SecretVersion(
            name,
            secret_id=secret.id,
            secret_string=pulumi.Output.secret(credentials(secrets.token_hex(24))),
            # Made anew by every run of this program, it stays what it was at first.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["secretString"]),
        )
        # A statement isn't undone when the connector is switched off, and the user may be left from then.
        left = self._state(name, "leaver", f"DROP USER IF EXISTS {DATABASE_USER};", [], warehouse)
        user = self._state(name, "user", f"CREATE USER {DATABASE_USER} PASSWORD DISABLE;", [left], warehouse)
        password = self._state(name, "password", version.secret_string.apply(sets_password), [user], warehouse)
        return secret, [user, password]

    def _state(
        self,
        name: str,
        what: str,
        sql: pulumi.Input[str],
        after: Sequence[pulumi.Resource],
        warehouse: Warehouse,
    ) -> pulumi.CustomResource:
        return states(warehouse, f"{name}-{what}", f"connector-{what}", sql, after, parent=self)


def catalog_of(names: Names) -> str:
    """Name of the catalog under which Athena finds the warehouse."""
    return names.resource("warehouse")


def function_arn(names: Names) -> str:
    """ARN of the connector's function."""
    return names.arn("lambda", f"function:{names.resource(WHAT)}")


def connection(cluster: aws.redshift.Cluster, secret: aws.secretsmanager.Secret) -> pulumi.Output[str]:
    """The connection string, whose `${...}` the connector fills in with the secret's user and password.

    https://docs.aws.amazon.com/athena/latest/ug/connectors-redshift.html
    """
    return pulumi.Output.format(
        "redshift://jdbc:redshift://{0}:{1}/{2}?ssl=true&${{{3}}}",
        cluster.dns_name,
        cluster.port.apply(lambda port: str(int(port or 5439))),
        cluster.database_name,
        secret.name,
    )


def credentials(password: str) -> str:
    """The content of the secret. A letter of each case: Redshift asks for them, in clear text at least."""
    return json.dumps({"username": DATABASE_USER, "password": f"Aa{password}"})


def sets_password(secret: str | None) -> str:
    """The statement that gives the user its password, which is told as a digest: statements are logged.

    Redshift takes the salt for what its hexadecimal digits stand for:
    https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html
    """
    password = str(json.loads(secret or "{}").get("password", "")).encode()
    salt = hashlib.sha256(b"salt of " + password).digest()[:16]
    digest = hashlib.sha256(password + salt).hexdigest()
    return f"ALTER USER {DATABASE_USER} PASSWORD 'sha256|{digest}|{salt.hex()}'"


def connects(
    names: Names, secret_arn: pulumi.Input[str], secret_key: pulumi.Input[str], spill_key: pulumi.Input[str]
) -> list[Statement]:
    """May read its password, ask whether its query still runs, and spill what is too large for an answer."""
    results = names.bucket_arn("results")
    groups = [names.arn("athena", f"workgroup/{workgroup_of(persona, names)}") for persona in PERSONAS]
    return [
        allow("Password", ["secretsmanager:GetSecretValue"], [secret_arn]),
        *uses_keys(names, "PasswordKey", secret_key, by=("secretsmanager",)),
        allow("Query", ["athena:GetQueryExecution"], groups),
        lists_objects("SpillList", results, SPILL),
        allow("SpillFind", ["s3:GetBucketLocation"], [results]),
        allow("SpillRead", ["s3:GetObject"], objects(results, SPILL)),
        *writes_objects("Spill", results, SPILL),
        *uses_keys(names, "SpillKey", spill_key, write=True),
    ]
