"""The crawler over quarantine: what no contract describes gets its tables from what is there."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.bucket import Bucket
from components.documents import json_document
from components.iam import Statement, allow, role, trusted_without_source, uses_catalog
from components.job import runs
from components.lake import QUARANTINE
from components.names import Names
from components.platform import Platform


@dataclass(frozen=True, kw_only=True)
class CrawlerArgs:
    """`database` gets the tables."""

    platform: Platform
    landing_bucket: Bucket
    database: pulumi.Input[str]


class Crawler(pulumi.ComponentResource):
    """Makes a table over each data set's rejects, so that they can be queried. The workflow has it run.

    It reads with credentials that Lake Formation lends, and so does whoever queries its tables: for that, quarantine is
    registered, alone of the landing bucket. The tables bear the tag of their layer and none of sensitivity, since
    nobody knows what a reject holds: engineers and stewards find them, analysts don't.
    """

    name: pulumi.Output[str]

    def __init__(self, name: str, args: CrawlerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:governance:Crawler", name, {}, opts)
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        physical_name = on.names.resource("quarantine-crawler")
        location = aws.lakeformation.Resource(
            f"{name}-quarantine",
            arn=pulumi.Output.concat(args.landing_bucket.arn, "/", QUARANTINE.rstrip("/")),
            role_arn=on.lake.access_role_arn,
            use_service_linked_role=False,
            opts=child,
        )
        made = role(
            name,
            physical_name,
            [trusted_without_source("glue.amazonaws.com")],
            [*runs(on.runtime), *crawls(on.names)],
            child,
        )
        on.lake.grant(name, made.arn, child, creates=["integrated"], locations=[location.arn])
        security = on.runtime.security_configuration(name, "quarantine-crawler", on.keys["integrated"], child)
        crawler = aws.glue.Crawler(
            name,
            name=physical_name,
            description="Tables over the rejected lines of each data set",
            role=made.arn,
            database_name=args.database,
            table_prefix="quarantine_",
            s3_targets=[
                {
                    "path": pulumi.Output.concat("s3://", args.landing_bucket.name, "/", QUARANTINE),
                    "connection_name": on.runtime.connections[0],
                }
            ],
            lake_formation_configuration={"use_lake_formation_credentials": True, "account_id": on.names.account},
            schema_change_policy={"update_behavior": "UPDATE_IN_DATABASE", "delete_behavior": "LOG"},
            recrawl_policy={"recrawl_behavior": "CRAWL_EVERYTHING"},
            configuration=json_document(
                {"Version": 1.0, "Grouping": {"TableLevelConfiguration": 3}, "CreatePartitionIndex": False}
            ),
            security_configuration=security.name,
            opts=child,
        )
        self.name = crawler.name
        self.register_outputs({"name": self.name})


def crawls(names: Names) -> list[Statement]:
    """May make tables for quarantine. What it reads there, Lake Formation lends it: it needs neither bucket nor key."""
    tables = [names.arn("glue", f"table/{names.database('integrated')}/quarantine_*")]
    database = [names.arn("glue", "catalog"), names.arn("glue", f"database/{names.database('integrated')}")]
    actions = ["glue:CreateTable", "glue:BatchGetPartition", "glue:DeleteTable"]
    return [*uses_catalog(names, writes=["integrated"]), allow("QuarantineTables", actions, [*database, *tables])]
