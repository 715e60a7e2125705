"""The text of results: as Java writes numbers, as Athena quotes and pages."""

import csv
import datetime
import io
import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded.cloud.athena_results import Column, athena_type, csv_object, double_text, page, text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (0.001, "0.001"),
        (0.00099, "9.9E-4"),
        (9999999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (-12345678.9, "-1.23456789E7"),
        (1e22, "1.0E22"),
        (1.5e-10, "1.5E-10"),
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
    ],
)
def test_a_double_is_written_as_java_writes_it(value: float, shown: str) -> None:
    assert double_text(value) == shown


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_a_written_double_reads_back(value: float) -> None:
    assert float(double_text(value)) == value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, None),
        (True, "true"),
        (7, "7"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.10"), "0.10"),
        (datetime.date(2013, 1, 2), "2013-01-02"),
        (datetime.datetime(2013, 1, 2, 3, 4, 5), "2013-01-02 03:04:05.000"),
        (datetime.datetime(2013, 1, 2, 3, 4, 5, 123456), "2013-01-02 03:04:05.123456"),
        (datetime.datetime(2013, 1, 2, tzinfo=datetime.UTC), "2013-01-02 00:00:00.000 UTC"),
        ([1, None, "a"], "[1, null, a]"),
        ({"x": 1, "y": None}, "{x=1, y=null}"),
        (b"\x00\xff", "00 ff"),
    ],
)
def test_values_are_written_as_athena_writes_them(value: object, shown: str | None) -> None:
    assert text(value) == shown


ROWS = st.lists(st.lists(st.one_of(st.none(), st.text("a,\"'é ", max_size=5)), min_size=2, max_size=2))


@given(rows=ROWS)
def test_a_written_result_reads_back_as_csv(rows: list[list[str | None]]) -> None:
    columns = [Column("a", "varchar"), Column('b"', "varchar")]
    read = list(csv.reader(io.StringIO(csv_object(columns, rows).decode())))
    assert read == [["a", 'b"'], *[[value or "" for value in row] for row in rows]]


@given(count=st.integers(0, 30), limit=st.integers(1, 12))
def test_pages_hold_every_row_once_after_the_header(count: int, limit: int) -> None:
    columns, rows = [Column("n", "bigint")], [[str(number)] for number in range(count)]
    seen: list[str] = []
    token = None
    while True:
        answer = page(columns, rows, token, limit)
        held = [row["Data"][0]["VarCharValue"] for row in answer["ResultSet"]["Rows"]]
        assert len(held) <= limit
        seen += held
        token = answer.get("NextToken")
        if token is None:
            break
    assert seen == ["n", *map(str, range(count))]


@pytest.mark.parametrize(
    ("duckdb", "athena"),
    [
        ("VARCHAR", "varchar"),
        ("HUGEINT", "bigint"),
        ("DECIMAL(38,2)", "decimal(38,2)"),
        ("TIMESTAMP", "timestamp"),
        ("TIMESTAMP WITH TIME ZONE", "timestamp with time zone"),
        ("INTEGER[]", "array"),
        ("STRUCT(a INTEGER)", "row"),
        ("MAP(VARCHAR, INTEGER)", "map"),
        ("REAL", "float"),
    ],
)
def test_types_have_athenas_names(duckdb: str, athena: str) -> None:
    assert athena_type(duckdb) == athena
