"""The statements: they fill in, they parse, and they name columns that exist."""

from pathlib import Path
from string import Template

import pytest
import sqlglot
from sqlglot.optimizer.qualify import qualify

import contracts
from embedded.cloud import warehouse_asked, warehouse_sql

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
    if isinstance(made, warehouse_asked.Named):
        made = made.name
    if isinstance(statement, warehouse_asked.Call):
        made = str(made).removeprefix("have_")
    assert made == path.stem, "a file is named after what it makes"


@pytest.mark.parametrize(
    "path", sorted((SQL / "redshift" / "marts" / "views").glob("*.sql")), ids=lambda path: path.stem
)
def test_a_view_of_the_warehouse_asks_for_columns_that_the_star_has(path: Path) -> None:
    statement = understood(path)
    assert isinstance(statement, warehouse_asked.CreateView)
    assert statement.name.schema == "marts"
    qualify(statement.query, dialect="redshift", schema={"star": star()}, validate_qualify_columns=True)


def test_the_star_is_loaded_from_columns_that_the_lake_has_and_all_of_it() -> None:
    loads = understood(SQL / "redshift/star/procedures/load.sql")
    assert isinstance(loads, warehouse_asked.CreateProcedure)
    layers = {database.removeprefix("medallion_test_"): tables for database, tables in schema().items()}
    filled = {each.into.name: each for each in loads.body if isinstance(each, warehouse_asked.Insert)}
    emptied = {each.out_of.name for each in loads.body if isinstance(each, warehouse_asked.Delete)}
    assert filled.keys() == emptied == star().keys(), "every table is made anew"
    for name, insert in filled.items():
        assert set(insert.columns) == star()[name].keys(), name
        qualify(insert.rows, dialect="redshift", schema={**layers, "star": star()}, validate_qualify_columns=True)


def star() -> dict[str, dict[str, str]]:
    """The tables of the star, and the types of their columns."""
    found = {}
    for path in (SQL / "redshift/star/tables").glob("*.sql"):
        table = understood(path)
        assert isinstance(table, warehouse_asked.CreateTable)
        assert table.name == warehouse_asked.Named("star", path.stem)
        found[path.stem] = {name: kind.sql("redshift") for name, kind in table.columns.items()}
    return found


def understood(path: Path) -> warehouse_asked.Asked:
    """What the embedded warehouse makes of a statement."""
    return warehouse_sql.read(Template(path.read_text()).substitute(NAMES), {})
