"""Data quality: the rules of each contract on its table, judged between one layer and the next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.iam import (
    Statement,
    allow,
    objects,
    reads_objects,
    role,
    trusted_without_source,
    uses_catalog,
    uses_keys,
)
from components.job import Job, JobArgs
from components.keys import KeyName
from components.names import LakeLayer, Names
from components.platform import Platform
from components.rulesets import ruleset
from components.shelf import Shelf
from components.tables import json_lines_table
from contracts import Column

JUDGE = "data-quality"
"""What the role's name ends in: the buckets of what it judges admit it, since a run is not in our network."""
JUDGED: tuple[LakeLayer, ...] = ("intermediate", "integrated", "refined")
"""Layers whose tables keep all rules. Raw ones hold rejects too, and CSV as text."""
RESULTS = "quality_results"
"""The table of results, in the first of these layers, and its folder in that layer's bucket."""
COLUMNS: tuple[Column, ...] = (
    ("evaluated_at", "timestamp", "When the rule was evaluated, UTC"),
    ("layer", "string", "Layer of the table"),
    ("dataset", "string", "Table, which has the name of its contract"),
    ("rule", "string", "The rule, in Glue's Data Quality Definition Language"),
    ("outcome", "string", "PASS, FAIL, or ERROR where it could not be evaluated"),
    ("measured", "double", "What the rule measured: a number of rows, or a share of them"),
    ("message", "string", "Why it does not hold"),
    ("ruleset", "string", "The ruleset that the rule is in"),
    ("evaluation_run", "string", "Glue's run that evaluated the ruleset"),
    ("workflow_run", "string", "Run of the workflow that asked for it; none where a person did"),
)

OF_RUN = ("GetDataQualityRuleset", "GetDataQualityRulesetEvaluationRun", "PublishDataQuality")
ASKED = (
    "GetDataQualityResult",
    "GetDataQualityRuleset",
    "GetDataQualityRulesetEvaluationRun",
    "StartDataQualityRulesetEvaluationRun",
)


@dataclass(frozen=True, kw_only=True)
class QualityArgs:
    """`shelves` are those of the layers that are judged, the first of which keeps the results."""

    platform: Platform
    shelves: Sequence[Shelf]


class Quality(pulumi.ComponentResource):
    """A ruleset on each table, and a job a layer that has its rulesets evaluated and fails where a rule does.

    People start evaluations too, and hand the run `role_arn`. `results` is the table with the outcome of every rule.
    """

    rulesets: Mapping[str, pulumi.Output[str]]
    gates: Mapping[LakeLayer, Job]
    results: pulumi.Output[str]
    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: QualityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:layers:Quality", name, {}, opts)
        on, child = args.platform, pulumi.ResourceOptions(parent=self)
        judge = role(
            name,
            on.names.resource(JUDGE),
            # Glue doesn't say for whom it acts.
            [trusted_without_source("glue.amazonaws.com")],
            judges(on.names, on.keys),
            child,
        )
        on.lake.grant(name, judge.arn, child, reads=JUDGED)
        self.role_arn = judge.arn
        rulesets: dict[str, pulumi.Output[str]] = {}
        self.gates = {}
        for shelf in args.shelves:
            of_layer = self._rulesets(name, shelf, on.names)
            rulesets |= of_layer
            self.gates[shelf.layer] = self._gate(name, args, shelf, of_layer)
        self.rulesets = rulesets
        self.results = self._results(name, args)
        self.register_outputs({"rulesets": dict(self.rulesets), "role_arn": self.role_arn, "results": self.results})

    def _rulesets(self, name: str, shelf: Shelf, names: Names) -> dict[str, pulumi.Output[str]]:
        return {
            contract.name: aws.glue.DataQualityRuleset(
                f"{name}-{contract.name}",
                name=names.resource(contract.name),
                description=f"What contract {contract.name} {contract.version} promises",
                ruleset=ruleset(contract),
                target_table={"database_name": shelf.database, "table_name": shelf.tables[contract.name].name},
                tags={"dataset": contract.name},
                opts=pulumi.ResourceOptions(parent=self),
            ).name
            for contract in shelf.contracts
        }

    def _gate(self, name: str, args: QualityArgs, shelf: Shelf, rulesets: Mapping[str, pulumi.Output[str]]) -> Job:
        on = args.platform
        return Job(
            f"{name}-{shelf.layer}",
            JobArgs(
                runtime=on.runtime,
                what=f"quality-{shelf.layer}",
                script="quality_gate",
                # Whatever it judges, it writes to where the results are.
                layer=JUDGED[0],
                key_arn=on.keys[JUDGED[0]],
                may=asks(on.names),
                arguments={
                    "--layer": shelf.layer,
                    "--rulesets": pulumi.Output.all(*rulesets.values()).apply(",".join),
                    "--role": self.role_arn,
                    "--results": f"s3://{on.names.bucket(JUDGED[0])}/{RESULTS}/",
                },
                thin=True,
            ),
            pulumi.ResourceOptions(parent=self),
        )

    def _results(self, name: str, args: QualityArgs) -> pulumi.Output[str]:
        on, keeps = args.platform, args.shelves[0]
        described = json_lines_table(
            RESULTS, "The outcome of every data quality rule, run by run", on.names.bucket(keeps.layer), COLUMNS
        )
        table = aws.glue.CatalogTable(
            f"{name}-results",
            database_name=keeps.database,
            **described,
            # Who makes a table needs its location first, which is the shelf's to grant.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[keeps]),
        )
        aws.lakeformation.ResourceLfTags(
            f"{name}-results",
            table={"database_name": keeps.database, "name": table.name},
            # A message may quote what is in a guarded column.
            lf_tags=on.lake.tags(sensitivity="confidential"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return table.name


def rulesets_arn(names: Names) -> str:
    """ARN pattern of the rulesets of this stack."""
    return names.arn("glue", f"dataQualityRuleset/{names.resource('*')}")


def hands_role_over(names: Names) -> Statement:
    """May let a run judge by the role that is there for it, and by no other."""
    return allow(
        "QualityRole",
        ["iam:PassRole"],
        [names.role_arn(JUDGE)],
        {"StringEquals": {"iam:PassedToService": "glue.amazonaws.com"}},
    )


def asks(names: Names) -> list[Statement]:
    """May have rulesets evaluated, see the results, and keep them in the table of results."""
    return [
        allow("Quality", [f"glue:{each}" for each in ASKED], [rulesets_arn(names)]),
        hands_role_over(names),
        allow("Results", ["s3:PutObject"], objects(names.bucket_arn(JUDGED[0]), f"{RESULTS}/")),
    ]


def judges(names: Names, keys: Mapping[KeyName, pulumi.Input[str]]) -> list[Statement]:
    """May read the tables that it judges, and publish and log how they were judged.

    https://docs.aws.amazon.com/glue/latest/dg/data-quality-authorization.html
    """
    group = names.arn("logs", "log-group:/aws-glue/*")
    assets = f"arn:{names.partition}:s3:::aws-glue-ml-data-quality-assets-{names.region}/*"
    return [
        *uses_catalog(names, reads=JUDGED),
        *(
            statement
            for layer in JUDGED
            for statement in reads_objects(f"{layer.title()}Tables", names.bucket_arn(layer))
        ),
        *uses_keys(names, "TablesKey", *(keys[layer] for layer in JUDGED)),
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
