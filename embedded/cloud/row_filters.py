"""The conditions of Lake Formation's filters of cells: what they may say, and a table as it looks through them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import sqlglot
from pyiceberg import expressions as iceberg
from sqlglot import exp
from sqlglot.errors import SqlglotError

from embedded.cloud.athena_sql import QueryError, Source, plan
from embedded.cloud.lake_grants import Visible

# https://docs.aws.amazon.com/lake-formation/latest/dg/partiql-support.html
LONGEST = 2047
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In, exp.Like, exp.Is)
_PARTS = (exp.And, exp.Or, exp.Not, exp.Paren, exp.Column, exp.Identifier, exp.Literal, exp.Neg, exp.Boolean, exp.Null)


class RowFilterError(Exception):
    """Lake Formation allows no such condition, or this cloud can't apply it."""


def parsed(text: str) -> exp.Expression:
    """Read a condition: columns compared with constants, put together by AND, OR and NOT. Raises RowFilterError."""
    if len(text) > LONGEST:
        raise RowFilterError(f"it has {len(text)} characters; {LONGEST} are allowed")
    try:
        condition = sqlglot.condition(text, dialect="athena")
    except SqlglotError as problem:
        raise RowFilterError(str(problem).splitlines()[0]) from problem
    for node in condition.walk():
        if not isinstance(node, _COMPARISONS + _PARTS):
            raise RowFilterError(f"{node.sql('athena')} is more than columns, constants and comparisons")
        if isinstance(node, exp.Column) and node.table:
            raise RowFilterError(f"{node.sql('athena')} is in a column; the embedded cloud filters by whole columns")
        if isinstance(node, exp.Column) and node.find_ancestor(*_COMPARISONS) is None:
            raise RowFilterError(f"{node.sql('athena')} is compared with nothing")
        if isinstance(node, _COMPARISONS) and not _compares_column(node):
            raise RowFilterError(f"{node.sql('athena')} does not compare a column with a constant")
    return condition


def _compares_column(node: exp.Expression) -> bool:
    others = [part for name, part in node.args.items() if name != "this"]
    parts = [each for part in others for each in (part if isinstance(part, list) else [part])]
    constant = all(part.find(exp.Column) is None for part in parts if isinstance(part, exp.Expression))
    return isinstance(node.this.unnest(), exp.Column) and constant


@dataclass(frozen=True)
class Window:
    """What of a table is seen: the rows that meet a condition, and cells of single columns that meet their own.

    `columns` are those that the conditions ask for. `row_filter` lets a scan leave out some of what isn't seen.
    """

    columns: tuple[str, ...]
    rows: exp.Expression | None
    cells: Mapping[str, exp.Expression]
    row_filter: iceberg.BooleanExpression | None

    def reading(self, source: Source) -> Source:
        """What has to be read for `source` to be seen through the window."""
        filters = [each for each in (source.row_filter, self.row_filter) if each is not None]
        found = iceberg.And(*filters) if len(filters) > 1 else next(iter(filters), None)
        return replace(source, columns=tuple(dict.fromkeys([*source.columns, *self.columns])), row_filter=found)

    def query(self, source: Source, rows: str) -> str:
        """The query by which `source` looks at what was read as `rows`. A hidden cell is null."""
        seen = [self._cell(column) for column in source.columns] or [exp.Literal.number(1)]
        return str(exp.select(*seen).from_(rows).where(self.rows).sql("duckdb"))

    def _cell(self, column: str) -> exp.Expression:
        found = exp.column(column, quoted=True)
        if column in self.cells:
            found = exp.case().when(self.cells[column], found)
        return exp.alias_(found, column, quoted=True)


def window(seen: Visible, table: tuple[str, str], types: Mapping[str, str]) -> Window | None:
    """The window through which somebody looks at a table, given its columns' types; None where no row is filtered.

    Raises QueryError.
    """
    rows = seen.rows()
    by_column = {column: seen.rows(column) for column in sorted(seen.columns)}
    cells = {column: held for column, held in by_column.items() if held is not None and held != rows}
    if rows is None and not cells:
        return None
    every = tuple(dict.fromkeys(text for held in (rows or (), *cells.values()) for text in held))
    return Window(
        _source(every, table, types).columns,
        None if rows is None else _any(rows),
        {column: _any(held) for column, held in cells.items()},
        None if rows is None else _source(rows, table, types).row_filter,
    )


def _source(conditions: Sequence[str], table: tuple[str, str], types: Mapping[str, str]) -> Source:
    """The reading of a table that conditions ask for, their types judged as those of a query are."""
    try:
        query = exp.select("1").from_(exp.table_(table[1], db=table[0], quoted=True)).where(_any(conditions))
        return plan(query, {table: types}, "").sources[0]
    except (RowFilterError, QueryError) as problem:
        # Trino's code for it.
        raise QueryError("INVALID_ROW_FILTER", f"a filter of {'.'.join(table)}: {problem}") from problem


def _any(conditions: Sequence[str]) -> exp.Expression:
    found = [parsed(text) for text in conditions]
    return found[0] if len(found) == 1 else exp.or_(*found)
