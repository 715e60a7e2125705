"""A warehouse's own tables, which a DuckDB in memory holds."""

import contextlib
import threading
from collections.abc import Iterator, Mapping

import duckdb
from sqlglot import exp

from embedded.cloud.lake_query import SHUT
from embedded.cloud.warehouse_asked import CreateTable, Delete, Insert, Named, StatementError


class OwnTables:
    """The tables of one database; `columns` maps each to the types of its columns. They go with the object."""

    def __init__(self) -> None:
        self.columns: dict[Named, Mapping[str, exp.DataType]] = {}
        self._database = duckdb.connect(config=SHUT)
        self._changing = threading.Lock()

    @contextlib.contextmanager
    def transaction(self, *, changes: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection whose changes are kept together, or not at all where an error is raised.

        Who `changes` something waits for the other who does: DuckDB would refuse one of them, and Redshift has locks.
        What DuckDB refuses is raised as StatementError.
        """
        with self._changing if changes else contextlib.nullcontext(), self._database.cursor() as connection:
            connection.execute("SET TimeZone='UTC'")
            connection.begin()
            try:
                yield connection
                connection.commit()
            except duckdb.Error as problem:
                connection.rollback()
                raise StatementError(f"ERROR: {str(problem).partition(chr(10))[0]}") from problem
            except BaseException:
                connection.rollback()
                raise

    def create(self, asked: CreateTable, connection: duckdb.DuckDBPyConnection) -> None:
        """Make a table. A text that is longer than its column is refused, in bytes, as on Redshift."""
        described = []
        for name, kind in asked.columns.items():
            column = f"{_quoted(name)} {kind.sql('duckdb')}"
            if name in asked.required:
                column += " NOT NULL"
            if kind.is_type(*exp.DataType.TEXT_TYPES) and kind.expressions:
                column += f" CHECK (strlen({_quoted(name)}) <= {kind.expressions[0].name})"
            described.append(column)
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_quoted(asked.name.schema)}")
        connection.execute(f"CREATE TABLE {_full(asked.name)} ({', '.join(described)})")
        self.columns[asked.name] = asked.columns

    def drop(self, name: Named, connection: duckdb.DuckDBPyConnection) -> None:
        """End a table that is there."""
        connection.execute(f"DROP TABLE {_full(name)}")
        del self.columns[name]

    def insert(self, asked: Insert, rows: str, connection: duckdb.DuckDBPyConnection) -> int:
        """Put in what `rows`, a query in DuckDB's own words, gives; the number of them."""
        listed = f" ({', '.join(map(_quoted, asked.columns))})" if asked.columns else ""
        return _changed(connection, f"INSERT INTO {_full(asked.into)}{listed} {rows}")

    def delete(self, asked: Delete, connection: duckdb.DuckDBPyConnection) -> int:
        """Take rows out; the number of them."""
        where = f" {asked.where.sql('duckdb')}" if asked.where else ""
        return _changed(connection, f"DELETE FROM {_full(asked.out_of)}{where}")  # noqa: S608 - quoted


def _changed(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    (count,) = connection.execute(sql).fetchone() or (0,)
    return int(count)


def _full(name: Named) -> str:
    return f"{_quoted(name.schema)}.{_quoted(name.name)}"


def _quoted(name: str) -> str:
    return f'"{name.replace(chr(34), chr(34) * 2)}"'
