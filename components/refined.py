"""Refined: marts, each shaped for those who ask one kind of question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

import settings
from components.exchange import Offer, OfferArgs, offers
from components.iam import Statement, reads_objects, uses_catalog, uses_keys, writes_objects
from components.job import Job, JobArgs
from components.keys import KeyName
from components.names import Names
from components.platform import Platform
from components.quality import JUDGE
from components.quicksight import QuickSight, QuickSightArgs
from components.shelf import MIGRATED, Shelf, ShelfArgs
from components.star import Star
from components.tables import iceberg_table
from components.warehouse import Warehouse
from components.warehouse_marts import WarehouseMarts, WarehouseMartsArgs


@dataclass(frozen=True, kw_only=True)
class RefinedArgs:
    """What the refined layer needs. `star` is what the warehouse's marts are made of.

    `readers` are database users who may read those. QuickSight queries the lake in `workgroup`: the marts, and the
    `tables` that they are made of. `publish` offers the public marts by Data Exchange.
    """

    platform: Platform
    warehouse: Warehouse
    star: Star
    account: settings.Account
    quicksight: settings.QuickSight
    workgroup: pulumi.Input[str] | None
    tables: Mapping[str, aws.glue.CatalogTable]
    readers: Sequence[pulumi.Input[str]] = ()
    publish: bool = False


class Refined(pulumi.ComponentResource):
    """A table of each mart's contract, the job that fills them, and their data sets for people, if wanted."""

    shelf: Shelf
    marts: Job
    warehouse_marts: WarehouseMarts
    quicksight: QuickSight | None
    offer: Offer | None

    def __init__(self, name: str, args: RefinedArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:layers:Refined", name, {}, opts)
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        self.shelf = Shelf(
            name,
            ShelfArgs(
                platform=on,
                layer="refined",
                contracts=[each for each in on.contracts.products if each.layer == "refined"],
                table=iceberg_table,
                unmanaged=MIGRATED,
                key_arn=on.keys["refined"],
                # Runs that judge quality are in Glue's own network.
                admitted=(on.names.role_arn(JUDGE),),
                expire_days={"_scratch/": 1},
            ),
            child,
        )
        offer = (
            Offer(f"{name}-offer", OfferArgs(platform=on, marts=self.shelf.contracts), child) if args.publish else None
        )
        self.offer = offer
        self.marts = Job(
            f"{name}-marts",
            JobArgs(
                runtime=on.runtime,
                what="refined-marts",
                layer="refined",
                key_arn=on.keys["refined"],
                may=[*refines(on.names, on.keys), *(offers(on.names) if offer else [])],
                arguments={"--shared_bucket": offer.bucket.name, "--shared": ",".join(offer.marts)} if offer else {},
            ),
            child,
        )
        on.lake.grant(
            f"{name}-marts",
            self.marts.role_arn,
            child,
            reads=["intermediate", "integrated"],
            writes=["refined"],
            locations=[self.shelf.location],
        )
        self.warehouse_marts = WarehouseMarts(
            f"{name}-warehouse",
            WarehouseMartsArgs(platform=on, warehouse=args.warehouse, star=args.star, readers=args.readers),
            child,
        )
        self.quicksight = self._show(name, args)
        self.register_outputs({"database": self.shelf.database})

    def _show(self, name: str, args: RefinedArgs) -> QuickSight | None:
        if not args.quicksight.enabled:
            return None
        return QuickSight(
            f"{name}-quicksight",
            QuickSightArgs(
                platform=args.platform,
                chosen=args.quicksight,
                account=args.account,
                workgroup=args.workgroup,
                tables={**args.tables, **self.shelf.tables},
                warehouse=args.warehouse,
                marts=self.warehouse_marts,
            ),
            pulumi.ResourceOptions(parent=self),
        )


def refines(names: Names, keys: Mapping[KeyName, pulumi.Input[str]]) -> list[Statement]:
    """May read what marts are made of and overwrite the marts."""
    refined = names.bucket_arn("refined")
    return [
        *reads_objects("Intermediate", names.bucket_arn("intermediate")),
        *reads_objects("Integrated", names.bucket_arn("integrated")),
        *reads_objects("Tables", refined),
        *writes_objects("Tables", refined, delete=True),
        *uses_catalog(names, reads=["intermediate", "integrated"], writes=["refined"]),
        *uses_keys(names, "ReadKeys", keys["intermediate"], keys["integrated"]),
    ]
