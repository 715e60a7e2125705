from typing import get_args

import pytest

from components.iam import Statement
from components.names import LakeLayer
from components.quality import JUDGED, Quality, QualityArgs, asks, judges
from components.shelf import Shelf, ShelfArgs
from components.tables import iceberg_table
from tests.components import parts
from tests.components.mock_engine import NAMES, Recording, deploy

AGREED = parts.all_contracts()
TABLES = {
    "intermediate": AGREED.sources,
    "integrated": [each for each in AGREED.products if each.layer == "integrated"],
    "refined": [each for each in AGREED.products if each.layer == "refined"],
}


@pytest.fixture(scope="module")
def made() -> Recording:
    def program() -> None:
        on = parts.platform()
        shelves = [
            Shelf(
                layer,
                ShelfArgs(platform=on, layer=layer, contracts=TABLES[layer], table=iceberg_table, key_arn=parts.KEY),
            )
            for layer in JUDGED
        ]
        Quality("quality", QualityArgs(platform=on, shelves=shelves))

    return deploy(program)


def actions(statements: list[Statement]) -> set[str]:
    return {action for each in statements for action in each["Action"]}


def test_every_table_beyond_the_raw_ones_has_its_contract_s_rules(made: Recording) -> None:
    targets = {each.inputs["name"]: each.inputs["targetTable"] for each in made.of("DataQualityRuleset")}
    assert targets == {
        f"medallion-dev-{each.name}": {"databaseName": f"medallion_dev_{layer}", "tableName": each.name}
        for layer in JUDGED
        for each in TABLES[layer]
    }
    assert all(each.inputs["tags"]["dataset"] for each in made.of("DataQualityRuleset"))
    assert set(get_args(LakeLayer)) - set(JUDGED) == {"initial"}


@pytest.mark.parametrize("layer", JUDGED)
def test_a_layer_s_gate_asks_for_all_rulesets_of_its_tables_by_the_judge_s_role(
    made: Recording, layer: LakeLayer
) -> None:
    job = made.one("glue/job:Job", f"quality-{layer}").inputs
    assert job["name"] == f"medallion-dev-quality-{layer}"
    assert job["command"]["scriptLocation"].endswith("/jobs/quality_gate.py")
    given = job["defaultArguments"]
    assert given["--rulesets"].split(",") == [f"medallion-dev-{each.name}" for each in TABLES[layer]]
    assert given["--role"] == NAMES.role_arn("data-quality")
    assert given["--layer"] == layer
    assert given["--results"] == f"s3://{NAMES.bucket('intermediate')}/quality_results/"


def test_results_are_a_table_of_json_lines_where_the_gates_put_them(made: Recording) -> None:
    table = made.one("CatalogTable", "quality-results").inputs
    assert (table["databaseName"], table["name"]) == ("medallion_dev_intermediate", "quality_results")
    assert table["storageDescriptor"]["location"] == f"s3://{NAMES.bucket('intermediate')}/quality_results/"
    tags = made.one("ResourceLfTags", "quality-results").inputs["lfTags"]
    assert [(each["key"], each["value"]) for each in tags] == [("medallion-dev-sensitivity", "confidential")]


def test_a_gate_writes_results_and_nothing_else_and_hands_over_one_role() -> None:
    statements = {each["Sid"]: each for each in asks(NAMES)}
    assert actions(list(statements.values())) == {
        "glue:GetDataQualityResult",
        "glue:GetDataQualityRuleset",
        "glue:GetDataQualityRulesetEvaluationRun",
        "glue:StartDataQualityRulesetEvaluationRun",
        "iam:PassRole",
        "s3:PutObject",
    }
    assert statements["QualityRole"]["Resource"] == [NAMES.role_arn("data-quality")]


def test_the_role_of_a_run_reads_what_it_judges_in_lake_formation_too(made: Recording) -> None:
    grants = [
        (each.inputs["lfTagPolicy"]["resourceType"], each.inputs["lfTagPolicy"]["expressions"][0]["values"])
        for each in made.of("Permissions")
        if each.inputs["principal"] == NAMES.role_arn("data-quality")
    ]
    assert sorted(grants) == sorted((kind, [layer]) for layer in JUDGED for kind in ("DATABASE", "TABLE"))


def test_the_role_of_a_run_changes_nothing() -> None:
    found = actions(judges(NAMES, dict.fromkeys(JUDGED, parts.KEY)))
    assert not [each for each in found if "Put" in each and each.startswith("s3:")]
    assert not [each for each in found if each.startswith(("glue:Create", "glue:Update", "glue:Delete"))]


def test_only_measures_of_data_quality_are_published() -> None:
    (metrics,) = [
        each
        for each in judges(NAMES, dict.fromkeys(JUDGED, parts.KEY))
        if each["Resource"] == ["*"] and "Metrics" in each["Sid"]
    ]
    assert metrics["Condition"] == {"StringEquals": {"cloudwatch:namespace": "Glue Data Quality"}}
