"""Integrated: conformed tables joined into analytical sets, and the ways to query them."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.bucket import Bucket, BucketArgs
from components.iam import Statement, document, reads_objects, role, trusted_without_source, uses_catalog, uses_keys
from components.iam import writes_objects as writes
from components.job import Job, JobArgs, runs
from components.keys import KeyName
from components.names import Names
from components.platform import Platform
from components.queries import external_schema, named_queries
from components.shelf import MIGRATED, Shelf, ShelfArgs
from components.tables import iceberg_table
from components.warehouse import Warehouse


@dataclass(frozen=True, kw_only=True)
class IntegratedArgs:
    """What the integrated layer needs."""

    platform: Platform
    warehouse: Warehouse
    landing_bucket: Bucket


class Integrated(pulumi.ComponentResource):
    """The joined tables, a crawler over what was rejected, Athena, and the warehouse's view of the lake."""

    shelf: Shelf
    join: Job
    workgroup: pulumi.Output[str]

    def __init__(self, name: str, args: IntegratedArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:layers:Integrated", name, {}, opts)
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        self.shelf = Shelf(
            name,
            ShelfArgs(
                platform=on,
                layer="integrated",
                contracts=[each for each in on.contracts.products if each.layer == "integrated"],
                table=iceberg_table,
                unmanaged=MIGRATED,
                key_arn=on.keys["integrated"],
                # On RA3 nodes Spectrum reads from outside the VPC.
                admitted=(on.names.role_arn("spectrum"),),
                expire_days={"_scratch/": 1},
            ),
            child,
        )
        self.join = Job(
            f"{name}-join",
            JobArgs(
                runtime=on.runtime,
                what="integrated-join",
                layer="integrated",
                key_arn=on.keys["integrated"],
                may=joins(on.names, on.keys),
            ),
            child,
        )
        on.lake.grant(
            f"{name}-join",
            self.join.role_arn,
            child,
            reads=["intermediate"],
            writes=["integrated"],
            locations=[self.shelf.location],
        )
        self._crawl(name, args)
        self.workgroup = self._query(name, args)
        self._reach_from_warehouse(name, args)
        self.register_outputs({"database": self.shelf.database, "workgroup": self.workgroup})

    def _crawl(self, name: str, args: IntegratedArgs) -> None:
        """Quarantine has what no contract describes: a crawler finds its tables, so that rejects can be queried."""
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        physical_name = on.names.resource("quarantine-crawler")
        crawler_role = role(
            f"{name}-crawler",
            physical_name,
            [trusted_without_source("glue.amazonaws.com")],
            [*runs(on.runtime), *crawls(on.names, on.keys)],
            child,
        )
        # Its tables lie in landing, which isn't registered: no location to be granted.
        on.lake.grant(f"{name}-crawler", crawler_role.arn, child, creates=["integrated"])
        security = on.runtime.security_configuration(
            f"{name}-crawler", "quarantine-crawler", on.keys["integrated"], child
        )
        aws.glue.Crawler(
            name,
            name=physical_name,
            description="Tables over the rejected lines of each data set",
            role=crawler_role.arn,
            database_name=self.shelf.database,
            table_prefix="quarantine_",
            s3_targets=[
                {
                    "path": pulumi.Output.concat("s3://", args.landing_bucket.name, "/quarantine/"),
                    "connection_name": on.runtime.connections[0],
                }
            ],
            schema_change_policy={"update_behavior": "UPDATE_IN_DATABASE", "delete_behavior": "LOG"},
            recrawl_policy={"recrawl_behavior": "CRAWL_EVERYTHING"},
            configuration=pulumi.Output.json_dumps(
                {"Version": 1.0, "Grouping": {"TableLevelConfiguration": 3}, "CreatePartitionIndex": False}
            ),
            security_configuration=security.name,
            schedule="cron(30 4 * * ? *)",
            opts=child,
        )

    def _query(self, name: str, args: IntegratedArgs) -> pulumi.Output[str]:
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        results = Bucket(
            f"{name}-results",
            BucketArgs(
                names=on.names,
                layer="results",
                key_arn=on.keys["integrated"],
                access_logs=on.access_logs,
                perimeter=on.perimeter,
                superseded_days=on.retention.superseded_days,
                # Results can be had again.
                keep=False,
                expire_days={"": on.retention.results_days},
            ),
            child,
        )
        workgroup = aws.athena.Workgroup(
            name,
            name=on.names.workgroup,
            description="Queries on the lake, their results encrypted whatever the client asks for",
            force_destroy=not on.keep,
            configuration={
                "enforce_workgroup_configuration": True,
                "publish_cloudwatch_metrics_enabled": True,
                "engine_version": {"selected_engine_version": "Athena engine version 3"},
                "result_configuration": {
                    "output_location": pulumi.Output.concat("s3://", results.name, "/athena/"),
                    "expected_bucket_owner": on.names.account,
                    "encryption_configuration": {
                        "encryption_option": "SSE_KMS",
                        "kms_key_arn": on.keys["integrated"],
                    },
                },
            },
            opts=child,
        )
        for query in named_queries(on.names):
            aws.athena.NamedQuery(
                f"{name}-{query.name}",
                name=query.name,
                description=query.description,
                database=on.names.database("refined"),
                query=query.sql,
                workgroup=workgroup.name,
                opts=child,
            )
        return workgroup.name

    def _reach_from_warehouse(self, name: str, args: IntegratedArgs) -> None:
        """Give the warehouse's role the lake's tables, and its database a schema over them."""
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        may = aws.iam.RolePolicy(
            f"{name}-spectrum",
            name="what-it-may-do",
            role=args.warehouse.role_name,
            policy=document(scans(on.names, on.keys)),
            opts=child,
        )
        on.lake.grant(f"{name}-spectrum", args.warehouse.role_arn, child, reads=["intermediate", "integrated"])
        aws.redshiftdata.Statement(
            f"{name}-external-schema",
            cluster_identifier=args.warehouse.identifier,
            database=args.warehouse.database,
            secret_arn=args.warehouse.password_secret_arn,
            statement_name="external-schema",
            sql=external_schema(on.names),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[may]),
        )


def joins(names: Names, keys: Mapping[KeyName, pulumi.Input[str]]) -> list[Statement]:
    """May read conformed tables and merge into the integrated ones."""
    integrated = names.bucket_arn("integrated")
    return [
        *reads_objects("Conformed", names.bucket_arn("intermediate")),
        *reads_objects("Tables", integrated),
        *writes("Tables", integrated, delete=True),
        *uses_catalog(names, reads=["intermediate"], writes=["integrated"]),
        *uses_keys(names, "ReadKeys", keys["intermediate"]),
    ]


def crawls(names: Names, keys: Mapping[KeyName, pulumi.Input[str]]) -> list[Statement]:
    """May read quarantine and make tables for it."""
    tables = [names.arn("glue", f"table/{names.database('integrated')}/quarantine_*")]
    database = [names.arn("glue", "catalog"), names.arn("glue", f"database/{names.database('integrated')}")]
    actions = ["glue:CreateTable", "glue:BatchGetPartition", "glue:DeleteTable"]
    return [
        *reads_objects("Quarantine", names.bucket_arn("landing"), "quarantine/"),
        *uses_catalog(names, writes=["integrated"]),
        {"Sid": "QuarantineTables", "Effect": "Allow", "Action": actions, "Resource": [*database, *tables]},
        *uses_keys(names, "ReadKeys", keys["landing"]),
    ]


def scans(names: Names, keys: Mapping[KeyName, pulumi.Input[str]]) -> list[Statement]:
    """May read the conformed and integrated tables, as Spectrum does for the warehouse."""
    return [
        *reads_objects("Conformed", names.bucket_arn("intermediate")),
        *reads_objects("Integrated", names.bucket_arn("integrated")),
        *uses_catalog(names, reads=["intermediate", "integrated"]),
        *uses_keys(names, "ReadKeys", keys["intermediate"], keys["integrated"]),
    ]
