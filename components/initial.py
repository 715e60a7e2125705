"""Initial: raw objects as they came, which nobody may change or delete, under tables that govern who reads them."""

from dataclasses import dataclass

import pulumi

from components.bucket import ObjectLock
from components.platform import Platform
from components.shelf import Shelf, ShelfArgs
from components.tables import external_table
from settings import Initial as InitialSettings


@dataclass(frozen=True, kw_only=True)
class InitialArgs:
    """What the initial layer needs; `lock` says how long an object is immutable, and when it goes cold."""

    platform: Platform
    lock: InitialSettings


class Initial(pulumi.ComponentResource):
    """The bucket of raw objects and an external table over each source's."""

    shelf: Shelf

    def __init__(self, name: str, args: InitialArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:layers:Initial", name, {}, opts)
        on = args.platform
        self.shelf = Shelf(
            name,
            ShelfArgs(
                platform=on,
                layer="initial",
                contracts=on.contracts.sources,
                table=external_table,
                key_arn=on.keys["initial"],
                object_lock=ObjectLock(mode=args.lock.lock_mode, days=args.lock.lock_days),
                # A lock goes with its object into whatever class.
                cold_after_days={"raw/": args.lock.cold_after_days},
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"bucket": self.shelf.bucket.name, "database": self.shelf.database})
