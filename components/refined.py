"""Refined: marts, each shaped for those who ask one kind of question."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.iam import Statement, reads_objects, uses_catalog, uses_keys, writes_objects
from components.job import Job, JobArgs
from components.keys import KeyName
from components.names import Names
from components.platform import Platform
from components.shelf import MIGRATED, Shelf, ShelfArgs
from components.tables import iceberg_table


@dataclass(frozen=True, kw_only=True)
class RefinedArgs:
    """What the refined layer needs."""

    platform: Platform


class Refined(pulumi.ComponentResource):
    """A table of each mart's contract, and the job that fills them."""

    shelf: Shelf
    marts: Job

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
                expire_days={"_scratch/": 1},
            ),
            child,
        )
        self.marts = Job(
            f"{name}-marts",
            JobArgs(
                runtime=on.runtime,
                what="refined-marts",
                layer="refined",
                key_arn=on.keys["refined"],
                may=refines(on.names, on.keys),
            ),
            child,
        )
        on.lake.grant(
            f"{name}-marts",
            self.marts.role_arn,
            child,
            reads=["integrated"],
            writes=["refined"],
            locations=[self.shelf.location],
        )
        self.register_outputs({"database": self.shelf.database})


def refines(names: Names, keys: Mapping[KeyName, pulumi.Input[str]]) -> list[Statement]:
    """May read the integrated tables and overwrite the marts."""
    refined = names.bucket_arn("refined")
    return [
        *reads_objects("Integrated", names.bucket_arn("integrated")),
        *reads_objects("Tables", refined),
        *writes_objects("Tables", refined, delete=True),
        *uses_catalog(names, reads=["integrated"], writes=["refined"]),
        *uses_keys(names, "ReadKeys", keys["integrated"]),
    ]
