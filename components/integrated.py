"""Integrated: conformed tables joined into analytical sets, and the ways to query them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.bucket import Bucket
from components.cluster import Cluster
from components.crawler import Crawler, CrawlerArgs
from components.federation import Federation, FederationArgs, function_arn
from components.iam import Statement, allow, document, reads_objects, uses_catalog, uses_keys
from components.iam import writes_objects as writes
from components.job import Job, JobArgs
from components.keys import KeyName
from components.names import LakeLayer, Names
from components.platform import Platform
from components.quality import JUDGE
from components.queries import warehouse_statements
from components.shelf import MIGRATED, Shelf, ShelfArgs
from components.statements import states
from components.tables import iceberg_table
from components.warehouse import Warehouse
from components.workgroup import Workgroups, WorkgroupsArgs
from settings import Athena

SCANNED: tuple[LakeLayer, ...] = ("intermediate", "integrated")
"""What the warehouse has external schemas over."""


@dataclass(frozen=True, kw_only=True)
class IntegratedArgs:
    """What the integrated layer needs. `dashboards`: whether QuickSight reads from it."""

    platform: Platform
    cluster: Cluster
    warehouse: Warehouse
    landing_bucket: Bucket
    athena: Athena
    dashboards: bool = False


class Integrated(pulumi.ComponentResource):
    """The joined tables, a crawler over what was rejected, Athena, and the warehouse's view of the lake.

    `connector` is the ARN of the function by which Athena reads the warehouse, `warehouse_readers` the users by whom.
    """

    shelf: Shelf
    join: Job
    join_on_cluster: Job
    crawler: pulumi.Output[str]
    workgroups: Workgroups
    workgroup: pulumi.Output[str]
    connector: str | None
    warehouse_readers: Sequence[pulumi.Output[str]]

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
                # On RA3 nodes Spectrum reads from outside the VPC; runs that judge quality are in Glue's own network.
                admitted=(on.names.role_arn("spectrum"), on.names.role_arn(JUDGE)),
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
        self._join_on_cluster(name, args)
        # The crawler's tables lie among those of this layer.
        self.crawler = Crawler(
            f"{name}-crawler",
            CrawlerArgs(platform=on, landing_bucket=args.landing_bucket, database=self.shelf.database),
            child,
        ).name
        self.workgroups = Workgroups(
            name,
            WorkgroupsArgs(platform=on, scan_limit_gb=args.athena.scan_limit_gb, dashboards=args.dashboards),
            child,
        )
        self.workgroup = self.workgroups.names["analysts"]
        self.connector = function_arn(on.names) if args.athena.connector else None
        self.warehouse_readers = ()
        if args.athena.connector:
            federation = Federation(
                f"{name}-federation",
                FederationArgs(
                    platform=on,
                    warehouse=args.warehouse,
                    spill_bucket=self.workgroups.results,
                    workgroup=self.workgroup,
                ),
                child,
            )
            self.warehouse_readers = [federation.user]
        self._reach_from_warehouse(name, args)
        self.register_outputs({"database": self.shelf.database, "workgroup": self.workgroup})

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
        granted = on.lake.grant(f"{name}-spectrum", args.warehouse.role_arn, child, reads=SCANNED)
        for schema in warehouse_statements("external_schemas", on.names):
            states(
                args.warehouse,
                f"{name}-external-{schema.name}",
                f"external-{schema.name}",
                schema.sql,
                # Redshift looks the database up with the rights of its role.
                after=[may, *granted],
                parent=self,
            )

    def _join_on_cluster(self, name: str, args: IntegratedArgs) -> None:
        """A thin job has the same script run on the cluster; where that has ended, it has the Glue job run instead."""
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        on.lake.grant(
            f"{name}-cluster",
            args.cluster.role_arn,
            child,
            reads=["intermediate"],
            writes=["integrated"],
            locations=[self.shelf.location],
        )
        self.join_on_cluster = Job(
            f"{name}-cluster-step",
            JobArgs(
                runtime=on.runtime,
                what="cluster-step",
                layer="integrated",
                key_arn=on.keys["integrated"],
                may=submits(on.names, args.cluster.arn),
                arguments={
                    "--cluster_id": args.cluster.id,
                    "--script": on.code.script("integrated_join"),
                    "--libraries": on.code.libraries,
                    "--otherwise": self.join.name,
                },
                thin=True,
            ),
            child,
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


def submits(names: Names, cluster_arn: pulumi.Input[str]) -> list[Statement]:
    """May submit steps to this cluster, or run the Glue job in its place, and see how they went."""
    steps = ["AddJobFlowSteps", "DescribeCluster", "DescribeStep"]
    return [
        allow("Steps", [f"elasticmapreduce:{each}" for each in steps], [cluster_arn]),
        allow(
            "InItsPlace",
            ["glue:StartJobRun", "glue:GetJobRun"],
            [names.arn("glue", f"job/{names.resource('integrated-join')}")],
        ),
    ]


def scans(names: Names, keys: Mapping[KeyName, pulumi.Input[str]]) -> list[Statement]:
    """May read the conformed and the integrated tables, as Spectrum does for the warehouse."""
    return [
        *(statement for layer in SCANNED for statement in reads_objects(layer.title(), names.bucket_arn(layer))),
        *uses_catalog(names, reads=SCANNED),
        *uses_keys(names, "ReadKeys", *(keys[layer] for layer in SCANNED)),
    ]
