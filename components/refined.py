"""Refined: marts, each shaped for those who ask one kind of question."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.iam import Statement, reads_objects, uses_catalog, uses_keys, writes_objects
from components.job import Job, JobArgs, Runtime
from components.keys import KeyName
from components.lake import Lake
from components.names import Names
from components.perimeter import Perimeter
from components.shelf import MIGRATED, Shelf, ShelfArgs
from components.tables import iceberg_table
from contracts import Contracts
from settings import Retention


@dataclass(frozen=True, kw_only=True)
class RefinedArgs:
    """What the refined layer needs."""

    names: Names
    contracts: Contracts
    keys: Mapping[KeyName, pulumi.Output[str]]
    access_logs: pulumi.Input[str]
    perimeter: Perimeter
    runtime: Runtime
    lake: Lake
    retention: Retention
    keep: bool


class Refined(pulumi.ComponentResource):
    """A table of each mart's contract, and the job that fills them."""

    shelf: Shelf
    marts: Job

    def __init__(self, name: str, args: RefinedArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:layers:Refined", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.shelf = Shelf(
            name,
            ShelfArgs(
                names=args.names,
                layer="refined",
                lake=args.lake,
                contracts=[each for each in args.contracts.products if each.layer == "refined"],
                table=iceberg_table,
                unmanaged=MIGRATED,
                key_arn=args.keys["refined"],
                access_logs=args.access_logs,
                perimeter=args.perimeter,
                superseded_days=args.retention.superseded_days,
                keep=args.keep,
                expire_days={"_scratch/": 1},
            ),
            child,
        )
        self.marts = Job(
            f"{name}-marts",
            JobArgs(
                runtime=args.runtime,
                what="refined-marts",
                layer="refined",
                key_arn=args.keys["refined"],
                may=refines(args.names, args.keys),
            ),
            child,
        )
        args.lake.grant(
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
