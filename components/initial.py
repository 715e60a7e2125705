"""Initial: raw objects as they came, which nobody may change or delete, under tables that govern who reads them."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.bucket import ObjectLock
from components.keys import KeyName
from components.lake import Lake
from components.names import Names
from components.perimeter import Perimeter
from components.shelf import Shelf, ShelfArgs
from components.tables import external_table
from contracts import Contracts
from settings import Initial as InitialSettings
from settings import Retention


@dataclass(frozen=True, kw_only=True)
class InitialArgs:
    """What the initial layer needs; `lock` says how long an object is immutable."""

    names: Names
    contracts: Contracts
    keys: Mapping[KeyName, pulumi.Output[str]]
    access_logs: pulumi.Input[str]
    perimeter: Perimeter
    lake: Lake
    lock: InitialSettings
    retention: Retention
    keep: bool


class Initial(pulumi.ComponentResource):
    """The bucket of raw objects and an external table over each source's."""

    shelf: Shelf

    def __init__(self, name: str, args: InitialArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:layers:Initial", name, {}, opts)
        self.shelf = Shelf(
            name,
            ShelfArgs(
                names=args.names,
                layer="initial",
                lake=args.lake,
                contracts=args.contracts.sources,
                table=external_table,
                key_arn=args.keys["initial"],
                access_logs=args.access_logs,
                perimeter=args.perimeter,
                superseded_days=args.retention.superseded_days,
                keep=args.keep,
                object_lock=ObjectLock(mode=args.lock.lock_mode, days=args.lock.lock_days),
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"bucket": self.shelf.bucket.name, "database": self.shelf.database})
