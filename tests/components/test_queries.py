from pathlib import Path

import pytest

from components.queries import external_schema, filled, named_queries
from tests.components.mock_engine import NAMES


def test_every_query_is_named_and_says_what_it_answers() -> None:
    found = named_queries(NAMES)
    assert len(found) == len(list(Path("workloads/sql/athena").glob("*.sql"))) > 0
    for query in found:
        assert query.description, query.name
        assert "$" not in query.sql, "a placeholder was left in"
        assert "medallion_dev_" in query.sql


def test_the_warehouse_s_schema_is_over_this_stack_s_lake_by_its_own_role() -> None:
    sql = external_schema(NAMES)
    assert "medallion_dev_integrated" in sql
    assert NAMES.role_arn("spectrum") in sql


def test_a_placeholder_that_nothing_fills_is_an_error() -> None:
    with pytest.raises(KeyError):
        filled("SELECT ${unheard_of}", NAMES)
