import pytest

from components.quality import Quality, QualityArgs, judges
from components.shelf import Shelf, ShelfArgs
from components.tables import iceberg_table
from tests.components import parts
from tests.components.mock_engine import NAMES, Recording, deploy

SOURCES = parts.all_contracts().sources


@pytest.fixture(scope="module")
def made() -> Recording:
    def program() -> None:
        on = parts.platform()
        shelf = Shelf(
            "intermediate",
            ShelfArgs(platform=on, layer="intermediate", contracts=SOURCES, table=iceberg_table, key_arn=parts.KEY),
        )
        Quality("quality", QualityArgs(platform=on, shelf=shelf))

    return deploy(program)


def test_every_conformed_table_has_its_contract_s_rules(made: Recording) -> None:
    targets = {each.inputs["name"]: each.inputs["targetTable"] for each in made.of("DataQualityRuleset")}
    assert targets == {
        f"medallion-dev-{each.name}": {"databaseName": "medallion_dev_intermediate", "tableName": each.name}
        for each in SOURCES
    }
    assert all(each.inputs["tags"]["dataset"] for each in made.of("DataQualityRuleset"))


def test_the_role_of_a_run_reads_what_it_judges_in_lake_formation_too(made: Recording) -> None:
    grants = {
        each.inputs["lfTagPolicy"]["resourceType"]: each.inputs["permissions"]
        for each in made.of("Permissions")
        if each.inputs["principal"] == NAMES.role_arn("data-quality")
    }
    assert grants == {"DATABASE": ["DESCRIBE"], "TABLE": ["DESCRIBE", "SELECT"]}


def test_the_role_of_a_run_changes_nothing() -> None:
    actions = {action for each in judges(NAMES, {"intermediate": parts.KEY}) for action in each["Action"]}
    assert not [each for each in actions if "Put" in each and each.startswith("s3:")]
    assert not [each for each in actions if each.startswith(("glue:Create", "glue:Update", "glue:Delete"))]


def test_only_measures_of_data_quality_are_published() -> None:
    (metrics,) = [
        each
        for each in judges(NAMES, {"intermediate": parts.KEY})
        if each["Resource"] == ["*"] and "Metrics" in each["Sid"]
    ]
    assert metrics["Condition"] == {"StringEquals": {"cloudwatch:namespace": "Glue Data Quality"}}
