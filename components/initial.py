"""Initial: raw objects as they came, which nobody may change or delete, under tables that govern who reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components.bucket import ObjectLock
from components.platform import Platform
from components.shelf import Shelf, ShelfArgs
from components.tables import external_table
from contracts import Contract
from settings import Initial as InitialSettings


class RetentionError(Exception):
    """Contracts want raw objects gone that a stack still locks."""


@dataclass(frozen=True, kw_only=True)
class InitialArgs:
    """What the initial layer needs; `lock` says how long an object is immutable, and when it goes cold.

    `kept_days` maps a prefix to when its objects are gone; without one they stay.
    """

    platform: Platform
    lock: InitialSettings
    kept_days: Mapping[str, int] = field(default_factory=dict)


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
                kept_days=args.kept_days,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"bucket": self.shelf.bucket.name, "database": self.shelf.database})


def kept_days(sources: Sequence[Contract], lock: InitialSettings) -> dict[str, int]:
    """Prefix → for how many days its objects stay: what contracts say of raw objects holds of the verdicts on them too.

    Raises RetentionError, with all faults, where that is shorter than their lock.
    """
    wanted = {each: each.levels.kept_days for each in sources if each.levels.kept_days is not None}
    faults = [
        f"{each.name}: slaProperties: retention is {days} days; it must be {lock.lock_days} or more, since "
        "initial.lock_days locks each raw object for that long; give more, or lower the setting."
        for each, days in wanted.items()
        if days < lock.lock_days
    ]
    if faults:
        raise RetentionError("\n".join(faults))
    # Records of a stream are judged one by one, and nothing lies beside them.
    folders = {each: ["raw"] if each.delivery == "stream" else ["raw", "verdicts"] for each in wanted}
    return {f"{folder}/{each.name}/": days for each, days in wanted.items() for folder in folders[each]}
