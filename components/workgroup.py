"""Athena: a workgroup for each kind of person, and the bucket of what their queries found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import pulumi
import pulumi_aws as aws

from components.bucket import Bucket, BucketArgs
from components.names import Names
from components.platform import Platform
from components.queries import named_queries, prepared_statements

Persona: TypeAlias = Literal["analysts", "engineers", "stewards", "dashboards"]
PERSONAS: tuple[Persona, ...] = ("analysts", "engineers", "stewards")

DASHBOARDS = "dashboards-lake"
"""What the role is called by which QuickSight queries the lake."""

ENGINE = "Athena engine version 3"
"""Since this one, Athena heeds cell filters on Iceberg tables."""

SPILL = "spill/"
"""Where in the bucket of results a connector leaves what is too large to be handed over."""

GIBIBYTE = 1024**3


@dataclass(frozen=True, kw_only=True)
class WorkgroupsArgs:
    """A query ends once it has scanned `scan_limit_gb`. With `dashboards`, QuickSight has a workgroup too."""

    platform: Platform
    scan_limit_gb: int
    dashboards: bool = False


class Workgroups(pulumi.ComponentResource):
    """The workgroups by who uses them. The analysts' is the API's too.

    Each kind of person has one, since whoever may use a workgroup reads the results of all its queries: in a common
    one, what a steward found would be open to analysts.
    """

    names: Mapping[Persona, pulumi.Output[str]]
    results: Bucket

    def __init__(self, name: str, args: WorkgroupsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:query:Workgroups", name, {}, opts)
        on = args.platform
        self.results = Bucket(
            f"{name}-results",
            BucketArgs(
                names=on.names,
                layer="results",
                key_arn=on.keys["integrated"],
                access_logs=on.access_logs,
                # QuickSight fetches results itself, from outside the VPC.
                perimeter=on.perimeter.admitting(*([on.names.role_arn(DASHBOARDS)] if args.dashboards else [])),
                superseded_days=on.retention.superseded_days,
                # Results can be had again.
                keep=False,
                expire_days={"": on.retention.results_days, SPILL: 1},
            ),
            pulumi.ResourceOptions(parent=self),
        )
        users: tuple[Persona, ...] = (*PERSONAS, "dashboards") if args.dashboards else PERSONAS
        self.names = {persona: self._workgroup(name, persona, args) for persona in users}
        self.register_outputs({"names": dict(self.names)})

    def _workgroup(self, name: str, persona: Persona, args: WorkgroupsArgs) -> pulumi.Output[str]:
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        workgroup = aws.athena.Workgroup(
            f"{name}-{persona}",
            name=workgroup_of(persona, on.names),
            description=f"Queries of {persona} on the lake, their results encrypted whatever the client asks for",
            force_destroy=not on.keep,
            configuration={
                "enforce_workgroup_configuration": True,
                "publish_cloudwatch_metrics_enabled": True,
                "bytes_scanned_cutoff_per_query": args.scan_limit_gb * GIBIBYTE,
                "engine_version": {"selected_engine_version": ENGINE},
                "result_configuration": {
                    "output_location": pulumi.Output.concat("s3://", self.results.name, "/", results_of(persona)),
                    "expected_bucket_owner": on.names.account,
                    "encryption_configuration": {
                        "encryption_option": "SSE_KMS",
                        "kms_key_arn": on.keys["integrated"],
                    },
                },
            },
            opts=child,
        )
        for query in named_queries(on.names, persona):
            aws.athena.NamedQuery(
                f"{name}-{query.name}",
                name=query.name,
                description=query.description,
                database=on.names.database("refined"),
                query=query.sql,
                workgroup=workgroup.name,
                opts=child,
            )
        for statement in prepared_statements(on.names) if persona == "analysts" else ():
            aws.athena.PreparedStatement(
                f"{name}-{statement.name}",
                name=statement.name,
                description=statement.description,
                query_statement=statement.sql,
                workgroup=workgroup.name,
                opts=child,
            )
        return workgroup.name


def workgroup_of(persona: Persona, names: Names) -> str:
    """Name of the workgroup of a kind of person."""
    return names.workgroup if persona == "analysts" else f"{names.workgroup}-{persona}"


def results_of(persona: Persona) -> str:
    """Where in the bucket of results theirs are."""
    return "athena/" if persona == "analysts" else f"athena-{persona}/"
