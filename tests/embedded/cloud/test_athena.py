"""Athena: real answers over external and Iceberg tables, states and errors as AWS has them."""

import csv
import io
import json
import time
import uuid
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from botocore.exceptions import ClientError

from tests.embedded.cloud.clients import Aws, eventually

FLIGHTS = """year,month,carrier,dep_delay,dest
2013,1,UA,2,IAH
2013,1,AA,,MIA
2013,2,UA,-4.5,"O'Hare, Chicago"
2013,2,B6,16,BQN
"""


@pytest.fixture(scope="module")
def lake(aws: Aws) -> "Lake":
    return Lake(aws)


class Lake:
    """A database with one table of each kind, and a workgroup."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.bucket = aws.bucket()
        self.database = aws.database()
        self.workgroup = f"wg-{uuid.uuid4().hex[:8]}"
        configuration = {"ResultConfiguration": {"OutputLocation": f"s3://{self.bucket}/results/"}}
        aws.client("athena").create_work_group(Name=self.workgroup, Configuration=configuration)
        aws.put(self.bucket, "flights/2013.csv", FLIGHTS)
        aws.put(
            self.bucket, "flights/spoiled.csv", "year,month,carrier,dep_delay,dest\n2013,3\n2013,3,DL,1,ATL,extra\n"
        )
        aws.put(self.bucket, "flights/_hidden.csv", "not,to,be,read,ever\n")
        columns = [(name, "string") for name in FLIGHTS.splitlines()[0].split(",")]
        self.table("flights", columns, "org.apache.hadoop.hive.serde2.OpenCSVSerde", {"skip.header.line.count": "1"})
        lines = [
            {"origin": "EWR", "temp": 39.02, "n": 1, "at": "2013-01-01T06:00:00Z"},
            {"origin": "JFK", "temp": None},
        ]
        aws.put(self.bucket, "weather/1.jsonl", "\n".join(map(json.dumps, lines)))
        columns = [("origin", "string"), ("temp", "double"), ("n", "bigint"), ("at", "timestamp")]
        self.table("weather", columns, "org.openx.data.jsonserde.JsonSerDe")
        held = io.BytesIO()
        pyarrow.parquet.write_table(pa.table({"code": ["UA", "AA"], "name": ["United", "American"]}), held)
        aws.put(self.bucket, "carriers/1.parquet", held.getvalue())
        columns = [("code", "string"), ("name", "string")]
        self.table("carriers", columns, "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe")

    def table(
        self, name: str, columns: Sequence[tuple[str, str]], serde: str, parameters: dict[str, str] | None = None
    ) -> None:
        self.aws.client("glue").create_table(
            DatabaseName=self.database,
            TableInput={
                "Name": name,
                "TableType": "EXTERNAL_TABLE",
                "Parameters": parameters or {},
                "StorageDescriptor": {
                    "Location": f"s3://{self.bucket}/{name}/",
                    "Columns": [{"Name": column, "Type": kind} for column, kind in columns],
                    "SerdeInfo": {"SerializationLibrary": serde},
                },
            },
        )

    def run(self, sql: str, parameters: list[str] | None = None, **options: Any) -> dict[str, Any]:
        athena = self.aws.client("athena")
        if parameters:
            options["ExecutionParameters"] = parameters
        options.setdefault("WorkGroup", self.workgroup)
        started = athena.start_query_execution(
            QueryString=sql, QueryExecutionContext={"Database": self.database}, **options
        )

        def ended() -> dict[str, Any] | None:
            found: dict[str, Any] = athena.get_query_execution(QueryExecutionId=started["QueryExecutionId"])
            execution: dict[str, Any] = found["QueryExecution"]
            return execution if execution["Status"]["State"] not in ("QUEUED", "RUNNING") else None

        execution = eventually(ended, 30)
        assert execution
        return execution

    def rows(self, sql: str, parameters: list[str] | None = None) -> list[list[str | None]]:
        """The rows of an answer, its header first."""
        execution = self.run(sql, parameters)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        results = self.aws.client("athena").get_query_results(QueryExecutionId=execution["QueryExecutionId"])
        return [[cell.get("VarCharValue") for cell in row["Data"]] for row in results["ResultSet"]["Rows"]]

    def fault(self, sql: str, parameters: list[str] | None = None) -> str:
        execution = self.run(sql, parameters)
        assert execution["Status"]["State"] == "FAILED", execution["Status"]
        reason: str = execution["Status"]["StateChangeReason"]
        assert execution["Status"]["AthenaError"]["ErrorMessage"] == reason
        return reason


def test_csv_is_all_strings_and_spoiled_lines_do_not_stop_it(lake: Lake) -> None:
    rows = lake.rows("SELECT * FROM flights ORDER BY month, carrier, dest")
    assert rows[0] == ["year", "month", "carrier", "dep_delay", "dest"]
    assert ["2013", "1", "AA", "", "MIA"] in rows, "an empty field is an empty string, not null"
    assert ["2013", "2", "UA", "-4.5", "O'Hare, Chicago"] in rows
    assert ["2013", "3", None, None, None] in rows, "missing fields are null"
    assert ["2013", "3", "DL", "1", "ATL"] in rows, "further fields are ignored"
    assert len(rows) == 7


def test_json_has_the_tables_types(lake: Lake) -> None:
    assert lake.rows("SELECT origin, temp, n + 1 AS next, at FROM weather ORDER BY origin") == [
        ["origin", "temp", "next", "at"],
        ["EWR", "39.02", "2", "2013-01-01 06:00:00.000"],
        ["JFK", None, None, None],
    ]


def test_tables_of_all_kinds_join(lake: Lake) -> None:
    sql = """
        WITH late AS (SELECT carrier, avg(try_cast(dep_delay AS double)) AS delay FROM flights GROUP BY carrier)
        SELECT c.name, l.delay, count(w.origin) FROM carriers c
        JOIN late l ON l.carrier = c.code LEFT JOIN weather w ON w.origin = 'EWR'
        GROUP BY c.name, l.delay ORDER BY c.name
    """
    assert lake.rows(sql) == [["name", "delay", "_col2"], ["American", None, "1"], ["United", "-1.25", "1"]]


def test_parameters_are_literals(lake: Lake) -> None:
    sql = "SELECT count(*) FROM flights WHERE carrier = ? AND cast(month AS integer) < ?"
    assert lake.rows(sql, ["'UA'", "2"]) == [["_col0"], ["1"]]
    assert lake.rows("SELECT count(*) FROM flights WHERE dest = ?", ["'O''Hare, Chicago'"])[1] == ["1"]
    assert lake.rows("SELECT count(*) FROM flights WHERE dest = ?", ["'x'' OR ''1''=''1'"])[1] == ["0"]
    assert "a string needs its single quotes" in lake.fault(sql, ["UA", "2"])
    assert "expected 2 but found 1" in lake.fault(sql, ["'UA'"])


def test_results_are_written_as_csv_where_the_workgroup_says(lake: Lake) -> None:
    execution = lake.run(
        "SELECT dest, try_cast(dep_delay AS double) d FROM flights WHERE month = '2' OR carrier = 'AA' ORDER BY 1",
        ResultConfiguration={"OutputLocation": "s3://elsewhere/"},
    )
    location = execution["ResultConfiguration"]["OutputLocation"]
    assert location == f"s3://{lake.bucket}/results/{execution['QueryExecutionId']}.csv"
    body = lake.aws.get(lake.bucket, location.removeprefix(f"s3://{lake.bucket}/")).decode()
    assert body == '"dest","d"\n"BQN","16.0"\n"MIA",\n"O\'Hare, Chicago","-4.5"\n'
    assert list(csv.reader(io.StringIO(body)))[3] == ["O'Hare, Chicago", "-4.5"]


def test_an_execution_tells_what_it_scanned_and_how_long(lake: Lake) -> None:
    execution = lake.run("SELECT count(*) FROM weather")
    size = len(lake.aws.get(lake.bucket, "weather/1.jsonl"))
    assert execution["Statistics"]["DataScannedInBytes"] == size
    assert execution["Statistics"]["TotalExecutionTimeInMillis"] >= 0
    assert execution["StatementType"] == "DML"
    assert execution["WorkGroup"] == lake.workgroup
    assert execution["Status"]["CompletionDateTime"] >= execution["Status"]["SubmissionDateTime"]


def test_results_come_in_pages_with_the_header_once(lake: Lake) -> None:
    execution = lake.run("SELECT n FROM unnest(sequence(1, 25)) AS t(n) ORDER BY n")
    athena = lake.aws.client("athena")
    pages = athena.get_paginator("get_query_results").paginate(
        QueryExecutionId=execution["QueryExecutionId"], PaginationConfig={"PageSize": 10}
    )
    sizes, values = [], []
    for page in pages:
        sizes.append(len(page["ResultSet"]["Rows"]))
        values += [row["Data"][0]["VarCharValue"] for row in page["ResultSet"]["Rows"]]
    assert sizes == [10, 10, 6]
    assert values == ["n", *map(str, range(1, 26))]


def test_columns_have_athenas_types(lake: Lake) -> None:
    sql = (
        "SELECT 1 i, sum(n) s, 1.50 d, avg(temp) a, true b, date '2013-01-02' dt, max(at) t, "
        "array[1] l, cast(row(1) AS row(x integer)) r, map(array['k'], array[1]) m, 'x' v FROM weather"
    )
    execution = lake.run(sql)
    results = lake.aws.client("athena").get_query_results(QueryExecutionId=execution["QueryExecutionId"])
    columns = {one["Name"]: one for one in results["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]}
    assert {name: one["Type"] for name, one in columns.items()} == {
        "i": "integer",
        "s": "bigint",
        "d": "decimal",
        "a": "double",
        "b": "boolean",
        "dt": "date",
        "t": "timestamp",
        "l": "array",
        "r": "row",
        "m": "map",
        "v": "varchar",
    }
    assert (columns["d"]["Precision"], columns["d"]["Scale"]) == (3, 2)
    values = [cell["VarCharValue"] for cell in results["ResultSet"]["Rows"][1]["Data"]]
    assert values[4:] == ["true", "2013-01-02", "2013-01-01 06:00:00.000", "[1]", "{x=1}", "{k=1}", "x"]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT nope FROM flights", "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved"),
        ("SELECT f.nope FROM flights f", "COLUMN_NOT_FOUND: line 1:10: Column 'nope' cannot be resolved"),
        ("SELECT * FROM nothere", "TABLE_NOT_FOUND: Table 'awsdatacatalog."),
        ("SELECT * FROM other.flights", "SCHEMA_NOT_FOUND: Schema 'other' does not exist"),
        ("SELEC 1", "SYNTAX_ERROR: line 1:"),
        ("SELECT * INTO t FROM flights", "SYNTAX_ERROR: mismatched input 'INTO'"),
        ("SELECT no_such_function(1)", "FUNCTION_NOT_FOUND: "),
        ("SELECT cast('x' AS bigint)", "INVALID_CAST_ARGUMENT: "),
        ("SELECT dep_delay * 2 FROM flights", "TYPE_MISMATCH: "),
        ("SELECT sum(dep_delay) FROM flights", "TYPE_MISMATCH: Unexpected parameters (varchar) for function sum"),
        ("SELECT * FROM weather WHERE at > '2013-01-01'", "TYPE_MISMATCH: "),
        ("SELECT 1; SELECT 2", "NOT_SUPPORTED: Athena runs one statement at a time"),
        ("SELECT * FROM read_csv('/etc/passwd')", ""),
    ],
)
def test_what_athena_refuses_fails_with_a_reason(lake: Lake, sql: str, reason: str) -> None:
    assert lake.fault(sql).startswith(reason)


def test_a_malformed_json_line_fails_the_query_unless_the_table_ignores_it(lake: Lake) -> None:
    lake.aws.put(lake.bucket, "events/1.jsonl", '{"a": 1}\nnot json\n')
    lake.table("events", [("a", "bigint")], "org.openx.data.jsonserde.JsonSerDe")
    assert lake.fault("SELECT * FROM events").startswith("HIVE_CURSOR_ERROR: Row is not a valid JSON Object: line 2")
    lake.aws.client("glue").delete_table(DatabaseName=lake.database, Name="events")
    serde = {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"}
    storage = {
        "Location": f"s3://{lake.bucket}/events/",
        "Columns": [{"Name": "a", "Type": "bigint"}],
        "SerdeInfo": serde | {"Parameters": {"ignore.malformed.json": "true"}},
    }
    table = {"Name": "events", "TableType": "EXTERNAL_TABLE", "StorageDescriptor": storage}
    lake.aws.client("glue").create_table(DatabaseName=lake.database, TableInput=table)
    assert lake.rows("SELECT a FROM events") == [["a"], ["1"], [None]]


def test_decimals_divide_as_trino_divides_them(lake: Lake) -> None:
    assert lake.rows("SELECT 100.0 * 3 / 7, 7 / 2, 7.00 / 2, 100e0 * 3 / 7") == [
        ["_col0", "_col1", "_col2", "_col3"],
        ["42.9", "3", "3.50", "42.857142857142854"],
    ]


def test_a_workgroup_that_is_disabled_or_unknown_or_without_output_refuses_the_call(lake: Lake) -> None:
    athena = lake.aws.client("athena")
    name = f"wg-{uuid.uuid4().hex[:8]}"
    with pytest.raises(ClientError, match=f"WorkGroup {name} is not found"):
        lake.run("SELECT 1", WorkGroup=name)
    athena.create_work_group(Name=name, Configuration={})
    with pytest.raises(ClientError, match="No output location provided"):
        lake.run("SELECT 1", WorkGroup=name)
    athena.update_work_group(WorkGroup=name, State="DISABLED")
    with pytest.raises(ClientError, match="is disabled"):
        lake.run("SELECT 1", WorkGroup=name)


def test_a_workgroup_that_enforces_nothing_leaves_the_output_to_the_caller(lake: Lake) -> None:
    name = f"wg-{uuid.uuid4().hex[:8]}"
    configuration = {
        "EnforceWorkGroupConfiguration": False,
        "ResultConfiguration": {"OutputLocation": f"s3://{lake.bucket}/default/"},
        "BytesScannedCutoffPerQuery": 10_000_000,
    }
    lake.aws.client("athena").create_work_group(Name=name, Configuration=configuration)
    own = {"OutputLocation": f"s3://{lake.bucket}/own/"}
    execution = lake.run("SELECT 1", WorkGroup=name, ResultConfiguration=own)
    assert execution["ResultConfiguration"]["OutputLocation"].startswith(own["OutputLocation"])
    execution = lake.run("SELECT 1", WorkGroup=name)
    assert "/default/" in execution["ResultConfiguration"]["OutputLocation"]


def test_a_scan_past_the_workgroups_limit_is_cancelled(lake: Lake) -> None:
    lake.aws.put(lake.bucket, "large/1.csv", b"0123456789\n" * 1_000_000)
    lake.table("large", [("n", "string")], "org.apache.hadoop.hive.serde2.OpenCSVSerde")
    name = f"wg-{uuid.uuid4().hex[:8]}"
    configuration = {
        "ResultConfiguration": {"OutputLocation": f"s3://{lake.bucket}/results/"},
        "BytesScannedCutoffPerQuery": 10_000_000,
    }
    lake.aws.client("athena").create_work_group(Name=name, Configuration=configuration)
    execution = lake.run("SELECT count(*) FROM large", WorkGroup=name)
    assert execution["Status"]["State"] == "CANCELLED"
    assert execution["Status"]["StateChangeReason"] == "Bytes scanned limit was exceeded"


def test_a_repeated_request_token_runs_the_query_once(lake: Lake) -> None:
    token = uuid.uuid4().hex
    first = lake.run("SELECT 1", ClientRequestToken=token)
    assert lake.run("SELECT 1", ClientRequestToken=token)["QueryExecutionId"] == first["QueryExecutionId"]


def test_a_query_can_be_stopped(lake: Lake) -> None:
    athena = lake.aws.client("athena")
    sql = "SELECT count(*) FROM unnest(sequence(1, 100000)) a(x), unnest(sequence(1, 100000)) b(y) WHERE x * y % 7 = 3"
    started = athena.start_query_execution(QueryString=sql, WorkGroup=lake.workgroup)["QueryExecutionId"]

    def state() -> str:
        found: str = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]["State"]
        return found

    eventually(lambda: state() == "RUNNING")
    with pytest.raises(ClientError, match="Query has not yet finished"):
        athena.get_query_results(QueryExecutionId=started)
    athena.stop_query_execution(QueryExecutionId=started)
    assert state() == "CANCELLED"
    begun = time.monotonic()
    assert lake.rows("SELECT 1")[1] == ["1"]
    assert time.monotonic() - begun < 10, "the stopped query still holds the engine"


def test_partitions_are_read_from_the_catalog(lake: Lake) -> None:
    glue = lake.aws.client("glue")
    serde = {"SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"}
    storage = {
        "Location": f"s3://{lake.bucket}/parts/",
        "Columns": [{"Name": "v", "Type": "int"}, {"Name": "s", "Type": "string"}],
        "SerdeInfo": serde | {"Parameters": {"field.delim": "|"}},
    }
    table = {
        "Name": "parts",
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [{"Name": "day", "Type": "date"}],
        "StorageDescriptor": storage,
    }
    glue.create_table(DatabaseName=lake.database, TableInput=table)
    for day in ("2013-01-01", "2013-01-02"):
        place = f"parts/day={day}/"
        lake.aws.put(lake.bucket, f"{place}1.txt", "1|a\nx|b\n\\N|\n")
        partition = {"Values": [day], "StorageDescriptor": storage | {"Location": f"s3://{lake.bucket}/{place}"}}
        glue.create_partition(DatabaseName=lake.database, TableName="parts", PartitionInput=partition)
    lake.aws.put(lake.bucket, "parts/day=2013-01-03/1.txt", "9|not in the catalog\n")
    assert lake.rows("SELECT day, sum(v), count(*), max(s) FROM parts GROUP BY day ORDER BY day") == [
        ["day", "_col1", "_col2", "_col3"],
        ["2013-01-01", "1", "3", "b"],
        ["2013-01-02", "1", "3", "b"],
    ]
