"""A planned query's tables put before DuckDB."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

import duckdb
import pyarrow as pa

from embedded.cloud.athena_sql import Plan, Source
from embedded.cloud.hive import trino_type
from embedded.cloud.lake import LakeTable
from embedded.cloud.objects import Objects
from embedded.cloud.row_filters import Window

Tables: TypeAlias = Mapping[tuple[str, str], LakeTable]
Schemas: TypeAlias = dict[tuple[str, str], dict[str, str]]

SHUT = {"enable_external_access": "false", "autoload_known_extensions": "false"}
"""A DuckDB that reaches no file and no address, and loads no extension."""


def schemas(tables: Tables) -> Schemas:
    """The columns of each table, name to Trino type."""
    return {key: {field.name: trino_type(field.type) for field in table.schema} for key, table in tables.items()}


@contextlib.contextmanager
def opened(
    plan: Plan,
    tables: Tables,
    objects: Objects,
    after_each: Callable[[], None] = lambda: None,
    windows: Mapping[tuple[str, str], Window] | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection on which `plan.sql` can run. `after_each` is called after each table is read.

    Tables that have one of the `windows` are seen through it.
    """
    with duckdb.connect(config=SHUT) as connection:
        connection.execute("SET TimeZone='UTC'")
        put_before(connection, plan, tables, objects, after_each, windows)
        yield connection


def put_before(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    tables: Tables,
    objects: Objects,
    after_each: Callable[[], None] = lambda: None,
    windows: Mapping[tuple[str, str], Window] | None = None,
) -> None:
    """Read what a plan asks for, and give it to a connection under the names that the plan has for it."""
    for source in plan.sources:
        table = tables[source.database, source.table]
        through = (windows or {}).get((source.database, source.table))
        if through is None:
            connection.register(source.view, _rows(table, objects, source))
        else:
            unfiltered = f"unfiltered_{source.view}"
            connection.register(unfiltered, _rows(table, objects, through.reading(source)))
            connection.sql(through.query(source, unfiltered)).create_view(source.view)
        after_each()


def _rows(table: LakeTable, objects: Objects, source: Source) -> pa.Table:
    # A query that uses no column, such as count(*), still needs the rows.
    columns = list(source.columns) or [table.schema.names[0]]
    if source.row_filter is None:
        return table.read(objects, columns)
    try:
        return table.read(objects, columns, source.row_filter)
    except (ValueError, TypeError):
        # A literal that Iceberg does not bind to the column; DuckDB judges it.
        return table.read(objects, columns)
