"""Iceberg in the Glue catalog: created by CreateTable, committed to by any client, read by Athena."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa
import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table import Table
from pyiceberg.types import StringType

from embedded.cloud.hive import HiveTypeError, arrow_type, trino_type
from tests.embedded.cloud.clients import REGION, Aws
from tests.embedded.cloud.test_athena import Lake

COLUMNS = [
    {"Name": "flight", "Type": "bigint", "Comment": "number"},
    {"Name": "carrier", "Type": "string"},
    {"Name": "time_hour", "Type": "timestamp"},
    {"Name": "delay", "Type": "double"},
    {"Name": "cancelled", "Type": "boolean"},
]


@pytest.fixture(scope="module")
def lake(aws: Aws) -> Lake:
    return Lake(aws)


def _create(lake: Lake, name: str, columns: list[dict[str, str]] | None = None, **options: Any) -> None:
    lake.aws.client("glue").create_table(
        DatabaseName=lake.database,
        TableInput={
            "Name": name,
            "TableType": "EXTERNAL_TABLE",
            "StorageDescriptor": {"Columns": columns or COLUMNS, "Location": f"s3://{lake.bucket}/{name.lower()}/"},
            **options,
        },
        OpenTableFormatInput={"IcebergInput": {"MetadataOperation": "CREATE", "Version": "2"}},
    )


def _load(lake: Lake, name: str) -> Table:
    catalog = load_catalog(
        "glue",
        **{
            "type": "glue",
            "glue.endpoint": lake.aws.endpoint,
            "glue.region": REGION,
            "glue.access-key-id": "embedded",
            "glue.secret-access-key": "embedded",
            "s3.endpoint": lake.aws.endpoint,
            "s3.region": REGION,
            "s3.access-key-id": "embedded",
            "s3.secret-access-key": "embedded",
        },
    )
    return catalog.load_table((lake.database, name))


def _flights(table: Table, *numbers: int) -> pa.Table:
    rows = [
        {"flight": number, "carrier": "UA", "time_hour": None, "delay": number / 2, "cancelled": number % 2 == 0}
        for number in numbers
    ]
    return pa.Table.from_pylist(rows, schema=table.schema().as_arrow())


def test_creating_an_iceberg_table_writes_its_first_metadata(lake: Lake) -> None:
    _create(lake, "Created")
    table = lake.aws.client("glue").get_table(DatabaseName=lake.database, Name="created")["Table"]
    assert table["Parameters"]["table_type"] == "ICEBERG"
    location = table["Parameters"]["metadata_location"]
    assert location.startswith(f"s3://{lake.bucket}/created/metadata/00000-")
    metadata = json.loads(lake.aws.get(lake.bucket, location.removeprefix(f"s3://{lake.bucket}/")))
    assert metadata["format-version"] == 2
    assert metadata["location"] == f"s3://{lake.bucket}/created"
    (schema,) = metadata["schemas"]
    assert [(field["name"], field["type"], field["required"]) for field in schema["fields"]] == [
        ("flight", "long", False),
        ("carrier", "string", False),
        ("time_hour", "timestamp", False),
        ("delay", "double", False),
        ("cancelled", "boolean", False),
    ]
    assert schema["fields"][0]["doc"] == "number"


def test_an_empty_iceberg_table_is_read(lake: Lake) -> None:
    _create(lake, "empty")
    assert lake.rows("SELECT count(*), max(delay) FROM empty") == [["_col0", "_col1"], ["0", None]]


def test_what_a_client_commits_athena_reads_with_only_the_columns_it_needs(lake: Lake) -> None:
    _create(lake, "appended")
    table = _load(lake, "appended")
    table.append(_flights(table, *range(1, 5001)))
    table.append(_flights(table, *range(5001, 5011)))
    assert lake.rows("SELECT count(*), sum(flight), min(delay) FROM appended")[1] == ["5010", "12552555", "0.5"]
    assert lake.rows("SELECT flight, cancelled FROM appended WHERE flight >= ? AND delay > 2503.5", ["5006"]) == [
        ["flight", "cancelled"],
        ["5008", "true"],
        ["5009", "false"],
        ["5010", "true"],
    ]
    everything = lake.run("SELECT * FROM appended")["Statistics"]["DataScannedInBytes"]
    one_column = lake.run("SELECT sum(flight) FROM appended")["Statistics"]["DataScannedInBytes"]
    one_file = lake.run("SELECT * FROM appended WHERE flight > 5000")["Statistics"]["DataScannedInBytes"]
    assert one_column < everything
    assert one_file < everything


def test_deleted_rows_are_gone_and_new_columns_are_there(lake: Lake) -> None:
    _create(lake, "evolved")
    table = _load(lake, "evolved")
    table.append(_flights(table, 1, 2, 3))
    table.delete("flight = 2")
    with table.update_schema() as update:
        update.add_column("Gate", StringType())
    assert lake.rows("SELECT flight, gate FROM evolved ORDER BY flight") == [
        ["flight", "gate"],
        ["1", None],
        ["3", None],
    ]


def test_concurrent_commits_do_not_lose_one_another(lake: Lake) -> None:
    _create(lake, "contended")

    def commit(number: int) -> bool:
        for _ in range(40):
            try:
                table = _load(lake, "contended")
                table.append(_flights(table, number))
            except CommitFailedException:
                continue
            return True
        return False

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(commit, range(6)))
    assert lake.rows("SELECT count(*), count(DISTINCT flight) FROM contended")[1] == ["6", "6"]


def test_an_update_of_an_old_version_is_refused(lake: Lake) -> None:
    _create(lake, "versioned")
    glue = lake.aws.client("glue")
    table = glue.get_table(DatabaseName=lake.database, Name="versioned")["Table"]
    given = {key: table[key] for key in ("Name", "TableType", "Parameters", "StorageDescriptor")}
    glue.update_table(DatabaseName=lake.database, TableInput=given, VersionId=table["VersionId"])
    with pytest.raises(ClientError, match="ConcurrentModificationException"):
        glue.update_table(DatabaseName=lake.database, TableInput=given, VersionId=table["VersionId"])
    glue.update_table(DatabaseName=lake.database, TableInput=given)
    assert glue.get_table(DatabaseName=lake.database, Name="versioned")["Table"]["VersionId"] == "3"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": [{"Name": "a", "Type": "bigin"}, {"Name": "b", "Type": "int"}]}, "a: 'bigin' is not a type"),
        ({"PartitionKeys": [{"Name": "day", "Type": "date"}]}, "PartitionKeys are Hive's"),
        ({"StorageDescriptor": {"Columns": COLUMNS, "Location": "s3://no-such-bucket-here/x"}}, "There is no bucket"),
        ({"StorageDescriptor": {"Columns": COLUMNS, "Location": "/tmp/x"}}, "needs an s3:// address"),
    ],
)
def test_a_table_that_can_not_be_iceberg_is_refused(lake: Lake, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError, match="InvalidInputException") as raised:
        _create(lake, "refused", **options)
    assert message in raised.value.response["Error"]["Message"]


SIMPLE = st.sampled_from(
    ["string", "int", "bigint", "double", "boolean", "date", "timestamp", "decimal(10,2)", "binary"]
)
TYPES = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        inner.map(lambda kind: f"array<{kind}>"),
        st.tuples(SIMPLE, inner).map(lambda pair: f"map<{pair[0]},{pair[1]}>"),
        st.lists(inner, min_size=1, max_size=3).map(
            lambda kinds: "struct<" + ",".join(f"f{n}:{kind}" for n, kind in enumerate(kinds)) + ">"
        ),
    ),
    max_leaves=6,
)


@given(kind=TYPES)
def test_every_type_of_the_catalog_is_known_to_arrow_and_to_trino(kind: str) -> None:
    trino = trino_type(arrow_type(kind))
    assert kind.count("struct<") == trino.count("row(")
    assert kind.count("array<") == trino.count("array(")
    assert kind.count("map<") == trino.count("map(")
    assert arrow_type(kind.upper().replace(",", ", ")) == arrow_type(kind)


@pytest.mark.parametrize("kind", ["", "strin", "array<>", "array<int", "map<int>", "struct<a>", "decimal(a,b)"])
def test_what_is_no_type_is_refused_by_name(kind: str) -> None:
    with pytest.raises(HiveTypeError):
        arrow_type(kind)
