"""What the warehouse keeps itself: materialized views over the lake, who may read them, and how they are brought up to
date."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.iam import Statement, allow, uses_keys
from components.job import Job, JobArgs
from components.names import Names
from components.platform import Platform
from components.queries import NamedQuery, warehouse_statements
from components.warehouse import Warehouse

SCHEMA, READERS = "marts", "analysts"
"""The schema of the views, and the database role that may read them."""


@dataclass(frozen=True, kw_only=True)
class WarehouseMartsArgs:
    """`lake` is what must be there before a view over the lake can be read: its tables, schemas and grants.

    `readers` are database users who may read the views.
    """

    platform: Platform
    warehouse: Warehouse
    lake: Sequence[pulumi.Resource]
    readers: Sequence[pulumi.Input[str]] = ()


class WarehouseMarts(pulumi.ComponentResource):
    """A view for each file of `workloads/sql/redshift/views`, and the job that refreshes all of them."""

    refresh: Job

    def __init__(self, name: str, args: WarehouseMartsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:warehouse:Marts", name, {}, opts)
        on = args.platform
        self._warehouse, self._name = args.warehouse, name
        schemas = [
            self._state(each.name, each.sql, after=args.lake) for each in warehouse_statements("schemas", on.names)
        ]
        procedures = [
            self._state(each.name, each.sql, after=schemas) for each in warehouse_statements("procedures", on.names)
        ]
        roles = [self._state(each.name, each.sql, after=procedures) for each in warehouse_statements("roles", on.names)]
        self._state("grant-schema", f"GRANT USAGE ON SCHEMA {SCHEMA} TO ROLE {READERS};", after=[*schemas, *roles])
        for index, reader in enumerate(args.readers):
            self._state(f"reader-{index}", pulumi.Output.format(f"GRANT ROLE {READERS} TO {{0}};", reader), after=roles)
        views = warehouse_statements("views", on.names)
        for view in views:
            self._view(view, after=[*schemas, *roles])
        self.refresh = Job(
            f"{name}-refresh",
            JobArgs(
                runtime=on.runtime,
                what="warehouse-statements",
                layer="refined",
                key_arn=on.keys["refined"],
                may=refreshes(on.names, args.warehouse.password_secret_arn, on.keys["intermediate"]),
                arguments={
                    "--cluster": args.warehouse.identifier,
                    "--database": args.warehouse.database,
                    "--secret": args.warehouse.password_secret_arn,
                    "--statements": " ".join(f"REFRESH MATERIALIZED VIEW {SCHEMA}.{each.name};" for each in views),
                },
                thin=True,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"refresh": self.refresh.name})

    def _view(self, view: NamedQuery, after: Sequence[pulumi.Resource]) -> None:
        """A view is made anew when its query changes: Redshift can't replace one, and what was granted goes with it."""
        stamp = f"-- for the query {hashlib.sha256(view.sql.encode()).hexdigest()[:12]}\n"
        dropped = self._state(
            f"drop-{view.name}", f"{stamp}DROP MATERIALIZED VIEW IF EXISTS {SCHEMA}.{view.name};", after=after
        )
        made = self._state(view.name, view.sql, after=[dropped])
        self._state(
            f"grant-{view.name}", f"{stamp}GRANT SELECT ON {SCHEMA}.{view.name} TO ROLE {READERS};", after=[made]
        )

    def _state(self, what: str, sql: pulumi.Input[str], after: Sequence[pulumi.Resource]) -> pulumi.Resource:
        return states(self._warehouse, f"{self._name}-{what}", what, sql, after, parent=self)


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


def refreshes(names: Names, secret_arn: pulumi.Input[str], secret_key_arn: pulumi.Input[str]) -> list[Statement]:
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
