"""The statements: they fill in, they parse, and they name columns that exist."""

from pathlib import Path
from string import Template

import pytest
import sqlglot
from sqlglot.optimizer.qualify import qualify

import contracts
from embedded.cloud import warehouse_sql

SQL = Path("workloads/sql")
NAMES = {"database_prefix": "medallion_test", "spectrum_role_arn": "arn:aws:iam::1:role/x", "region": "eu-west-1"}


def schema() -> dict[str, dict[str, dict[str, str]]]:
    loaded = contracts.load(Path("datasets"))
    databases: dict[str, dict[str, dict[str, str]]] = {}
    raw = {each.name: {name: kind for name, kind, _ in each.raw_columns()} for each in loaded.sources}
    databases["medallion_test_initial"] = raw
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


@pytest.mark.parametrize("path", sorted((SQL / "redshift").rglob("*.sql")), ids=lambda path: path.stem)
def test_a_statement_for_the_warehouse_is_one_that_its_first_line_explains(path: Path) -> None:
    text = path.read_text()
    assert text.startswith("-- "), "its first line says what it is for"
    statement = understood(path)
    assert "${" not in Template(text).substitute(NAMES)
    made = getattr(statement, "name", None)
    if isinstance(made, warehouse_sql.Named):
        made = made.name
    if isinstance(statement, warehouse_sql.Call):
        made = str(made).removeprefix("have_")
    assert made == path.stem, "a file is named after what it makes"


@pytest.mark.parametrize("path", sorted((SQL / "redshift" / "views").glob("*.sql")), ids=lambda path: path.stem)
def test_a_view_of_the_warehouse_asks_for_columns_that_the_lake_has(path: Path) -> None:
    statement = understood(path)
    assert isinstance(statement, warehouse_sql.CreateView)
    assert statement.name.schema == "marts"
    layers = {database.removeprefix("medallion_test_"): tables for database, tables in schema().items()}
    qualify(statement.query, dialect="redshift", schema=layers, validate_qualify_columns=True)


def understood(path: Path) -> warehouse_sql.Asked:
    """What the embedded warehouse makes of a statement."""
    return warehouse_sql.read(Template(path.read_text()).substitute(NAMES), {})
