from dataclasses import replace

import pytest

from components.tables import COMMENT_LIMIT, external_table, iceberg_table
from contracts import Contract, Field
from tests.components.parts import all_contracts, source


def test_csv_is_read_as_text_without_its_header() -> None:
    table = external_table(source("trips", "files"), "initial-bucket")
    assert table["parameters"]["skip.header.line.count"] == "1"
    descriptor = table["storage_descriptor"]
    assert descriptor["location"] == "s3://initial-bucket/raw/trips/"
    assert descriptor["ser_de_info"]["serialization_library"].endswith("OpenCSVSerde")
    assert [(each["name"], each["type"]) for each in descriptor["columns"]] == [("id", "string"), ("at", "string")]


def test_json_is_read_with_its_types() -> None:
    table = external_table(source("signals", "stream"), "initial-bucket")
    assert "skip.header.line.count" not in table["parameters"]
    descriptor = table["storage_descriptor"]
    assert descriptor["ser_de_info"]["serialization_library"].endswith("JsonSerDe")
    assert [(each["name"], each["type"]) for each in descriptor["columns"]] == [("id", "bigint"), ("at", "string")]


@pytest.mark.parametrize("contract", [*all_contracts().sources, *all_contracts().products], ids=lambda each: each.name)
def test_an_iceberg_table_is_of_format_v2_in_its_own_folder_with_the_contract_s_columns(contract: Contract) -> None:
    table = iceberg_table(contract, "bucket")
    assert table["open_table_format_input"] == {"iceberg_input": {"metadata_operation": "CREATE", "version": "2"}}
    assert table["storage_descriptor"]["location"] == f"s3://bucket/{contract.name}/"
    found = [(each["name"], each["type"]) for each in table["storage_descriptor"]["columns"]]
    assert found == [(name, kind) for name, kind, _ in contract.table_columns()]


def test_a_table_says_who_answers_for_it_and_one_of_iceberg_where_commits_keep_it() -> None:
    owned = replace(source("trips", "files"), owner="timetable-data")
    raw, conformed = external_table(owned, "bucket"), iceberg_table(owned, "bucket")
    assert raw["owner"] == raw["parameters"]["contract_owner"] == "timetable-data"
    assert conformed["parameters"] == {"contract_owner": "timetable-data"}
    assert "owner" not in conformed, "the first commit would lose it, which is a difference at each deployment"


def test_a_table_of_nobody_names_nobody() -> None:
    assert "contract_owner" not in external_table(source("trips", "files"), "bucket")["parameters"]
    assert iceberg_table(source("trips", "files"), "bucket")["parameters"] == {}


def test_a_comment_that_glue_would_refuse_is_cut() -> None:
    contract = Contract(
        name="x",
        version="1.0.0",
        domain="d",
        description="",
        key=(),
        fields=(Field(name="a", type="string", description="long " * 100),),
        layer="refined",
    )
    (column,) = iceberg_table(contract, "bucket")["storage_descriptor"]["columns"]
    assert len(column["comment"]) == COMMENT_LIMIT
