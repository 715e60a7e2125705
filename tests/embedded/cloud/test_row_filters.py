"""Conditions of filters: what AWS's documentation allows, and nothing else."""

import pytest
from pyiceberg.expressions import parser

from embedded.cloud.athena_sql import QueryError
from embedded.cloud.lake_grants import Share, Visible
from embedded.cloud.row_filters import RowFilterError, parsed, window

TYPES = {"country": "varchar", "id": "bigint", "year": "integer", "month": "integer"}


def through(*shares: tuple[set[str], str | None]) -> Visible:
    return Visible(False, tuple(Share(frozenset(columns), rows) for columns, rows in shares))


# From https://docs.aws.amazon.com/lake-formation/latest/dg/partiql-support.html, "Row filter expressions".
@pytest.mark.parametrize(
    "text",
    [
        "year > 2010 and country != 'US'",
        "(year > 2010 and country = 'US') or (month < 8 and id > 23)",
        "(country between 'Z' and 'U') and (year = 2018)",
        "(country like '%ited%') and (year > 2000)",
        "country IN ('US', 'UK') AND NOT id IS NULL AND id IS NOT NULL",
        "true",
    ],
)
def test_a_documented_condition_is_read_and_applied(text: str) -> None:
    assert window(through(({"country"}, text)), ("sales", "orders"), TYPES)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("lower(country) = 'us'", "LOWER(country)"),
        ("year = month", "does not compare a column with a constant"),
        ("2010 < year", "does not compare a column with a constant"),
        ("year + 1 = 2011", "year + 1"),
        ("id in (select id from others)", "SELECT"),
        ("country like '%a' escape '!'", "ESCAPE"),
        ("active and year = 2013", "active is compared with nothing"),
        ("customer.id <> 1", "customer.id is in a column"),
        ("country = = 'US'", ""),
        ("country = 'US' or " * 200 + "true", "characters"),
    ],
)
def test_any_other_condition_is_refused_with_what_is_wrong(text: str, reason: str) -> None:
    with pytest.raises(RowFilterError) as told:
        parsed(text)
    assert reason in str(told.value)


@pytest.mark.parametrize(
    ("text", "reason"), [("year = '2010'", "TYPE_MISMATCH"), ("planet = 'Earth'", "Column 'planet' cannot be resolved")]
)
def test_a_condition_that_does_not_fit_the_table_fails_the_query(text: str, reason: str) -> None:
    with pytest.raises(QueryError, match=r"^INVALID_ROW_FILTER: a filter of sales\.orders: ") as told:
        window(through(({"country"}, text)), ("sales", "orders"), TYPES)
    assert reason in str(told.value)


def test_whole_rows_need_no_window() -> None:
    assert window(through(({"country"}, None)), ("sales", "orders"), TYPES) is None
    assert window(through(({"country"}, None), ({"country"}, "id = 1")), ("sales", "orders"), TYPES) is None


def test_a_single_condition_is_handed_to_the_scan_and_alternatives_are_not() -> None:
    one = window(through(({"id"}, "id > 1 and year = 2013")), ("sales", "orders"), TYPES)
    assert one
    assert one.row_filter == parser.parse("id > 1 and year = 2013")
    either = window(through(({"id"}, "id > 1"), ({"id"}, "year = 2013")), ("sales", "orders"), TYPES)
    assert either
    assert either.row_filter is None
    assert set(either.columns) == {"id", "year"}
