from dataclasses import replace

import pytest

from components.shelf import MIGRATED, Shelf, ShelfArgs
from components.tables import iceberg_table
from contracts import Contract, Contracts, Field
from tests.components import parts
from tests.components.mock_engine import NAMES, Recording, deploy

CONTRACTS = [parts.source("trips", "files"), parts.source("stops", "exchange")]


def shelf(contracts: list[Contract] = CONTRACTS, keep: bool = False) -> Recording:
    def program() -> None:
        agreed = Contracts(sources=tuple(CONTRACTS), products=())
        args = ShelfArgs(
            platform=parts.platform(agreed=agreed, keep=keep),
            layer="intermediate",
            contracts=contracts,
            table=iceberg_table,
            unmanaged=MIGRATED,
            key_arn=parts.KEY,
        )
        Shelf("intermediate", args)

    return deploy(program)


@pytest.fixture(scope="module")
def made() -> Recording:
    return shelf()


def test_there_is_a_table_for_each_contract_and_no_other(made: Recording) -> None:
    assert {each.inputs["name"] for each in made.of("CatalogTable")} == {"trips", "stops"}
    assert {each.inputs["databaseName"] for each in made.of("CatalogTable")} == {"medallion_dev_intermediate"}
    assert not shelf([]).of("CatalogTable")


def test_a_table_s_schema_is_left_to_migrations_once_it_is_there(made: Recording) -> None:
    assert all(set(each.ignore_changes) == set(MIGRATED) for each in made.of("CatalogTable"))


def test_the_layer_s_bucket_is_registered_with_our_role(made: Recording) -> None:
    inputs = made.one("lakeformation/resource:Resource").inputs
    assert inputs["arn"] == NAMES.bucket_arn("intermediate")
    assert inputs["roleArn"] == NAMES.role_arn("lake-access")
    assert inputs["useServiceLinkedRole"] is False


def test_that_role_reads_the_bucket_from_outside_the_vpc(made: Recording) -> None:
    (statement,) = [each for each in made.document("BucketPolicy", "intermediate") if "SourceVpce" in str(each)]
    assert statement["Condition"]["ArnNotLikeIfExists"]["aws:PrincipalArn"] == [
        parts.BUILDER,
        NAMES.role_arn("lake-access"),
    ]


def test_the_database_is_tagged_with_its_layer_and_each_table_with_what_its_contract_says(made: Recording) -> None:
    tags = {
        each.name: {tag["key"]: tag["value"] for tag in each.inputs["lfTags"]} for each in made.of("ResourceLfTags")
    }
    assert tags == {
        "intermediate": {"medallion-dev-layer": "intermediate"},
        "intermediate-trips": {"medallion-dev-sensitivity": "public", "medallion-dev-domain": "trains"},
        "intermediate-stops": {"medallion-dev-sensitivity": "public", "medallion-dev-domain": "trains"},
    }


def test_a_guarded_column_says_so_itself_and_closes_its_table() -> None:
    guarded = replace(
        CONTRACTS[0], fields=(*CONTRACTS[0].fields, Field(name="rider", type="string", classification="restricted"))
    )
    tags = shelf([guarded]).of("ResourceLfTags")
    (column,) = [each for each in tags if "tableWithColumns" in each.inputs]
    assert column.inputs["tableWithColumns"]["columnNames"] == ["rider"]
    assert column.inputs["lfTags"] == [{"key": "medallion-dev-sensitivity", "value": "restricted"}]
    (table,) = [each for each in tags if "table" in each.inputs]
    assert {"key": "medallion-dev-sensitivity", "value": "restricted"} in table.inputs["lfTags"]
    assert table.name in column.depends_on, "Lake Formation refuses two changes of a table's tags at a time"


def test_tables_wait_for_the_tag_and_the_location_that_the_deployer_needs(made: Recording) -> None:
    assert made.one("Permissions").inputs["permissions"] == ["DATA_LOCATION_ACCESS"]
    assert {"intermediate-location-0"} <= made.one("CatalogTable", "intermediate-trips").depends_on


def test_a_database_comes_after_the_settings_that_close_new_ones_to_whom_only_iam_lets(made: Recording) -> None:
    (settings,) = made.of("DataLakeSettings")
    assert settings.inputs["createTableDefaultPermissions"] == []
    assert settings.name in made.one("CatalogDatabase").depends_on


def test_a_protected_stack_keeps_its_tables() -> None:
    assert all(each.retain for each in shelf(keep=True).of("CatalogTable"))
    assert not any(each.retain for each in shelf().of("CatalogTable"))
