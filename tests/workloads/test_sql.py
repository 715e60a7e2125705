"""The statements: they fill in, they parse, and they name columns that exist."""

from pathlib import Path
from string import Template

import pytest
import sqlglot
from sqlglot.optimizer.qualify import qualify

import contracts

SQL = Path("workloads/sql")
NAMES = {"database_prefix": "medallion_test", "spectrum_role_arn": "arn:aws:iam::1:role/x", "region": "eu-west-1"}


def schema() -> dict[str, dict[str, dict[str, str]]]:
    loaded = contracts.load(Path("datasets"))
    databases: dict[str, dict[str, dict[str, str]]] = {}
    for contract, layer in [(c, "intermediate") for c in loaded.sources] + [(c, str(c.layer)) for c in loaded.products]:
        columns = {name: kind for name, kind, _ in contract.table_columns()}
        databases.setdefault(f"medallion_test_{layer}", {})[contract.name] = columns
    return databases


@pytest.mark.parametrize("path", sorted((SQL / "athena").glob("*.sql")), ids=lambda path: path.stem)
def test_a_named_query_asks_for_columns_that_its_tables_have(path: Path) -> None:
    text = path.read_text()
    assert text.startswith("-- "), "its first line says what it answers"
    statement = sqlglot.parse_one(Template(text).substitute(NAMES), read="trino")
    qualify(statement, dialect="trino", schema=schema(), validate_qualify_columns=True)


def test_the_external_schema_is_over_the_integrated_layer() -> None:
    text = Template((SQL / "external_schema.sql").read_text()).substitute(NAMES)
    assert "CREATE EXTERNAL SCHEMA IF NOT EXISTS integrated" in text
    assert "DATABASE 'medallion_test_integrated'" in text
    assert "IAM_ROLE 'arn:aws:iam::1:role/x'" in text
    assert "${" not in text
