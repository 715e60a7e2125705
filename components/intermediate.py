"""Intermediate: raw data becomes typed, clean tables; the warehouse and the cluster stand here."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.cluster import Cluster, ClusterArgs, joins_lake
from components.code import Code
from components.iam import Statement, reads_objects, uses_catalog, uses_keys, writes_objects
from components.job import Job, JobArgs, Runtime
from components.keys import KeyName
from components.lake import Lake
from components.names import Names
from components.network import Network
from components.perimeter import Perimeter
from components.shelf import MIGRATED, Shelf, ShelfArgs
from components.tables import iceberg_table
from components.warehouse import Warehouse, WarehouseArgs
from contracts import Contracts
from settings import Emr, Redshift, Retention


@dataclass(frozen=True, kw_only=True)
class IntermediateArgs:
    """What the intermediate layer needs."""

    names: Names
    contracts: Contracts
    keys: Mapping[KeyName, pulumi.Output[str]]
    access_logs: pulumi.Input[str]
    perimeter: Perimeter
    network: Network
    code: Code
    runtime: Runtime
    lake: Lake
    emr: Emr
    redshift: Redshift
    retention: Retention
    keep: bool


class Intermediate(pulumi.ComponentResource):
    """A conformed table of each source, the job that fills them, the EMR cluster and the warehouse."""

    shelf: Shelf
    conform: Job
    cluster: Cluster
    warehouse: Warehouse

    def __init__(self, name: str, args: IntermediateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:layers:Intermediate", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.shelf = Shelf(
            name,
            ShelfArgs(
                names=args.names,
                layer="intermediate",
                lake=args.lake,
                contracts=args.contracts.sources,
                table=iceberg_table,
                unmanaged=MIGRATED,
                key_arn=args.keys["intermediate"],
                access_logs=args.access_logs,
                # On RA3 nodes Spectrum reads from outside the VPC.
                perimeter=args.perimeter.admitting(args.names.role_arn("spectrum")),
                superseded_days=args.retention.superseded_days,
                keep=args.keep,
                expire_days={"_scratch/": 1, "_logs/": args.retention.logs_days},
            ),
            child,
        )
        self.conform = Job(
            f"{name}-conform",
            JobArgs(
                runtime=args.runtime,
                what="intermediate-conform",
                layer="intermediate",
                key_arn=args.keys["intermediate"],
                may=conforms(args.names, args.keys),
            ),
            child,
        )
        self.cluster = Cluster(
            f"{name}-cluster",
            ClusterArgs(
                names=args.names,
                network=args.network,
                code=args.code,
                size=args.emr,
                key_arn=args.keys["intermediate"],
                may=joins_lake(args.names, [args.keys["initial"]]),
                keep=args.keep,
            ),
            # Its nodes write their logs into the layer's bucket.
            pulumi.ResourceOptions(parent=self, depends_on=[self.shelf.bucket]),
        )
        for what, principal in (("conform", self.conform.role_arn), ("cluster", self.cluster.role_arn)):
            args.lake.grant(
                f"{name}-{what}",
                principal,
                child,
                reads=["initial"],
                writes=["intermediate"],
                locations=[self.shelf.location],
            )
        self.warehouse = Warehouse(
            f"{name}-warehouse",
            WarehouseArgs(
                names=args.names,
                network=args.network,
                size=args.redshift,
                key_arn=args.keys["intermediate"],
                log_key_arn=args.keys["logs"],
                log_days=args.retention.logs_days,
                keep=args.keep,
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
        *reads_objects("Rejects", names.bucket_arn("landing"), "quarantine/"),
        *reads_objects("Tables", intermediate),
        *writes_objects("Tables", intermediate, delete=True),
        *uses_catalog(names, reads=["initial"], writes=["intermediate"]),
        *uses_keys(names, "ReadKeys", keys["landing"], keys["initial"]),
    ]
