from pathlib import Path

import pytest

from components.queries import (
    federated_queries,
    filled,
    named_queries,
    prepared_statements,
    warehouse_statements,
)
from tests.components.mock_engine import NAMES


def test_every_query_is_named_and_says_what_it_answers() -> None:
    found = named_queries(NAMES)
    assert len(found) == len(list(Path("workloads/sql/athena").glob("*.sql"))) > 0
    for query in found:
        assert query.description, query.name
        assert "$" not in query.sql, "a placeholder was left in"
        assert "medallion_dev_" in query.sql


def test_every_file_is_somebody_s_query() -> None:
    found = [*named_queries(NAMES), *named_queries(NAMES, "engineers"), *prepared_statements(NAMES)]
    found += federated_queries(NAMES)
    assert len(found) == len(list(Path("workloads/sql").glob("athena*/*.sql")))
    assert all(query.description.count("?") for query in found), "it says what is asked"


def test_a_prepared_statement_s_question_marks_are_its_parameters() -> None:
    for statement in prepared_statements(NAMES):
        assert not statement.sql.startswith("--")
        _, _, values = statement.description.partition(" USING ")
        assert statement.sql.count("?") == len(values.split(",")), statement.name
        assert "-" not in statement.name


def test_the_warehouse_s_schema_is_over_this_stack_s_lake_by_its_own_role() -> None:
    schemas = {each.name: each.sql for each in warehouse_statements("external_schemas", NAMES)}
    assert set(schemas) == {"intermediate", "integrated"}
    for layer, sql in schemas.items():
        assert f"DATABASE 'medallion_dev_{layer}'" in sql
        assert NAMES.role_arn("spectrum") in sql


def test_a_placeholder_that_nothing_fills_is_an_error() -> None:
    with pytest.raises(KeyError):
        filled("SELECT ${unheard_of}", NAMES)
