"""Data quality: the rules of each contract on its table, and the role by which they are judged."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.iam import Statement, allow, reads_objects, role, trusted_without_source, uses_catalog, uses_keys
from components.keys import KeyName
from components.names import Names
from components.platform import Platform
from components.rulesets import ruleset
from components.shelf import Shelf

JUDGE = "data-quality"
"""What the role's name ends in: the intermediate bucket admits it, since a run is not in our network."""

OF_RUN = ("GetDataQualityRuleset", "GetDataQualityRulesetEvaluationRun", "PublishDataQuality")


@dataclass(frozen=True, kw_only=True)
class QualityArgs:
    """`shelf` has the tables: the conformed ones, of which all rules must hold.

    Raw ones hold rejects too, and CSV as text.
    """

    platform: Platform
    shelf: Shelf


class Quality(pulumi.ComponentResource):
    """A ruleset on each table. People start its evaluation, and hand the run `role_arn`."""

    rulesets: Mapping[str, pulumi.Output[str]]
    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: QualityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:governance:Quality", name, {}, opts)
        on, shelf = args.platform, args.shelf
        child = pulumi.ResourceOptions(parent=self)
        self.rulesets = {
            contract.name: aws.glue.DataQualityRuleset(
                f"{name}-{contract.name}",
                name=on.names.resource(contract.name),
                description=f"What contract {contract.name} {contract.version} promises",
                ruleset=ruleset(contract),
                target_table={"database_name": shelf.database, "table_name": shelf.tables[contract.name].name},
                tags={"dataset": contract.name},
                opts=child,
            ).name
            for contract in shelf.contracts
        }
        judge = role(
            name,
            on.names.resource(JUDGE),
            # Glue doesn't say for whom it acts.
            [trusted_without_source("glue.amazonaws.com")],
            judges(on.names, on.keys),
            child,
        )
        on.lake.grant(name, judge.arn, child, reads=["intermediate"])
        self.role_arn = judge.arn
        self.register_outputs({"rulesets": dict(self.rulesets), "role_arn": self.role_arn})


def rulesets_arn(names: Names) -> str:
    """ARN pattern of the rulesets of this stack."""
    return names.arn("glue", f"dataQualityRuleset/{names.resource('*')}")


def judges(names: Names, keys: Mapping[KeyName, pulumi.Input[str]]) -> list[Statement]:
    """May read the conformed tables, and publish and log how they were judged.

    https://docs.aws.amazon.com/glue/latest/dg/data-quality-authorization.html
    """
    group = names.arn("logs", "log-group:/aws-glue/*")
    assets = f"arn:{names.partition}:s3:::aws-glue-ml-data-quality-assets-{names.region}/*"
    return [
        *uses_catalog(names, reads=["intermediate"]),
        *reads_objects("Tables", names.bucket_arn("intermediate")),
        *uses_keys(names, "TablesKey", keys["intermediate"]),
        allow("Rulesets", [f"glue:{each}" for each in OF_RUN], [rulesets_arn(names)]),
        # The program that judges is AWS's own.
        allow("Program", ["s3:GetObject"], [assets]),
        allow("Logs", ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], [group, f"{group}:*"]),
        # CloudWatch has no resource for what is measured; the namespace bounds it.
        allow(
            "Metrics",
            ["cloudwatch:PutMetricData"],
            ["*"],
            {"StringEquals": {"cloudwatch:namespace": "Glue Data Quality"}},
        ),
    ]
