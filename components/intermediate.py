"""Intermediate: raw data becomes typed, clean tables; the warehouse and the cluster stand here."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.cluster import Cluster, ClusterArgs, joins_lake
from components.iam import Statement, reads_objects, uses_catalog, uses_keys, writes_objects
from components.job import Job, JobArgs
from components.keys import KeyName
from components.lake import QUARANTINE
from components.names import Names
from components.platform import Platform
from components.quality import JUDGE, RESULTS
from components.shelf import MIGRATED, Shelf, ShelfArgs
from components.tables import iceberg_table
from components.warehouse import Warehouse, WarehouseArgs
from settings import Account, Emr, Redshift


@dataclass(frozen=True, kw_only=True)
class IntermediateArgs:
    """What the intermediate layer needs."""

    platform: Platform
    emr: Emr
    redshift: Redshift
    account: Account


class Intermediate(pulumi.ComponentResource):
    """A conformed table of each source, the job that fills them, the EMR cluster and the warehouse."""

    shelf: Shelf
    conform: Job
    cluster: Cluster
    warehouse: Warehouse

    def __init__(self, name: str, args: IntermediateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:layers:Intermediate", name, {}, opts)
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        self.shelf = Shelf(
            name,
            ShelfArgs(
                platform=on,
                layer="intermediate",
                contracts=on.contracts.sources,
                table=iceberg_table,
                unmanaged=MIGRATED,
                key_arn=on.keys["intermediate"],
                # On RA3 nodes Spectrum reads from outside the VPC; runs that judge quality are in Glue's own network.
                admitted=(on.names.role_arn("spectrum"), on.names.role_arn(JUDGE)),
                expire_days={
                    "_scratch/": 1,
                    "_logs/": on.retention.logs_days,
                    f"{RESULTS}/": on.retention.logs_days,
                },
            ),
            child,
        )
        self.conform = Job(
            f"{name}-conform",
            JobArgs(
                runtime=on.runtime,
                what="intermediate-conform",
                layer="intermediate",
                key_arn=on.keys["intermediate"],
                may=conforms(on.names, on.keys),
            ),
            child,
        )
        self.cluster = Cluster(
            f"{name}-cluster",
            ClusterArgs(
                platform=on,
                size=args.emr,
                key_arn=on.keys["intermediate"],
                may=joins_lake(on.names, on.keys),
                guards_account=args.account.emr_public_access == "manage",
            ),
            # Its nodes write their logs into the layer's bucket.
            pulumi.ResourceOptions(parent=self, depends_on=[self.shelf.bucket]),
        )
        on.lake.grant(
            f"{name}-conform",
            self.conform.role_arn,
            child,
            reads=["initial"],
            writes=["intermediate"],
            locations=[self.shelf.location],
        )
        self.warehouse = Warehouse(
            f"{name}-warehouse",
            WarehouseArgs(
                platform=on,
                size=args.redshift,
                key_arn=on.keys["intermediate"],
            ),
            child,
        )
        self.register_outputs(
            {"database": self.shelf.database, "cluster": self.cluster.id, "warehouse": self.warehouse.identifier}
        )


def conforms(names: Names, keys: Mapping[KeyName, pulumi.Input[str]]) -> list[Statement]:
    """May read raw objects and what was rejected of them, and merge into the conformed tables."""
    intermediate = names.bucket_arn("intermediate")
    return [
        *reads_objects("Raw", names.bucket_arn("initial"), "raw/"),
        *reads_objects("Rejects", names.bucket_arn("landing"), QUARANTINE),
        *reads_objects("Tables", intermediate),
        *writes_objects("Tables", intermediate, delete=True),
        *uses_catalog(names, reads=["initial"], writes=["intermediate"]),
        *uses_keys(names, "ReadKeys", keys["landing"], keys["initial"]),
    ]
