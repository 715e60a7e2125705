"""Maintenance: a job that keeps the Iceberg tables small, on a schedule of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.iam import Statement, reads_objects, uses_catalog, uses_keys, writes_objects
from components.job import Job, JobArgs
from components.keys import KeyName
from components.names import LakeLayer, Names
from components.platform import Platform
from components.shelf import Shelf
from settings import Orchestration

TENDED: tuple[LakeLayer, ...] = ("intermediate", "integrated", "refined")
"""Layers of Iceberg tables. Raw objects are locked, and stay as they came."""


@dataclass(frozen=True, kw_only=True)
class MaintenanceArgs:
    """`shelves` have the tables; snapshots are kept as long as the platform's retention says."""

    platform: Platform
    orchestration: Orchestration
    shelves: Sequence[Shelf]


class Maintenance(pulumi.ComponentResource):
    """Joins small files, forgets old snapshots and removes files that no table has, in every Iceberg table."""

    job: Job

    def __init__(self, name: str, args: MaintenanceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:layers:Maintenance", name, {}, opts)
        on, child = args.platform, pulumi.ResourceOptions(parent=self)
        self.job = Job(
            name,
            JobArgs(
                runtime=on.runtime,
                what="lake-maintenance",
                layer="intermediate",
                key_arn=on.keys["intermediate"],
                may=tends(on.names, on.keys),
                arguments={"--snapshot_days": str(on.retention.snapshot_days)},
            ),
            child,
        )
        on.lake.grant(
            name,
            self.job.role_arn,
            child,
            writes=TENDED,
            locations=[shelf.location for shelf in args.shelves],
        )
        aws.glue.Trigger(
            name,
            name=on.names.resource("maintenance"),
            description="Tends the tables when the workflow does not write them",
            type="SCHEDULED",
            schedule=args.orchestration.maintenance,
            actions=[{"job_name": self.job.name}],
            opts=child,
        )
        self.register_outputs({"job": self.job.name})


def tends(names: Names, keys: Mapping[KeyName, pulumi.Input[str]]) -> list[Statement]:
    """May read, rewrite and remove the files of these tables, and commit to them."""
    return [
        *(
            statement
            for layer in TENDED
            for statement in (
                *reads_objects(f"{layer.title()}Tables", names.bucket_arn(layer)),
                *writes_objects(f"{layer.title()}Tables", names.bucket_arn(layer), delete=True),
            )
        ),
        *uses_catalog(names, writes=TENDED),
        *uses_keys(names, "TablesKeys", *(keys[layer] for layer in TENDED), write=True),
    ]
