"""Athena's SQL carried to DuckDB: what is read, under which names, and what Athena would refuse."""

import logging
import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

import sqlglot
from pyiceberg import expressions as iceberg
from sqlglot import exp
from sqlglot.errors import OptimizeError, ParseError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope
from sqlglot.schema import MappingSchema

logging.getLogger("sqlglot").setLevel(logging.ERROR)

CATALOG = "awsdatacatalog"
_ANONYMOUS = "_embedded_anonymous_"
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)


class QueryError(Exception):
    """The query fails as it would on Athena; the text is its StateChangeReason."""

    def __init__(self, code: str, message: str, place: tuple[int, int] | None = None) -> None:
        where = f"line {place[0]}:{place[1]}: " if place else ""
        super().__init__(f"{code}: {where}{message}")
        self.code = code


@dataclass(frozen=True)
class Source:
    """One reading of a table: the columns that the query uses, and the rows that can matter to it."""

    view: str
    database: str
    table: str
    columns: tuple[str, ...]
    row_filter: iceberg.BooleanExpression | None


@dataclass(frozen=True)
class Plan:
    """A query for DuckDB over `sources`."""

    sql: str
    sources: tuple[Source, ...]


def parse(text: str, parameters: Sequence[str]) -> exp.Expression:
    """Read one query, its `?` replaced by the literals in `parameters`. Raises QueryError."""
    try:
        statements = [found for found in sqlglot.parse(text, read="athena") if found is not None]
    except ParseError as problem:
        fault = problem.errors[0] if problem.errors else {}
        place = (fault.get("line") or 1, fault.get("col") or 1)
        raise QueryError("SYNTAX_ERROR", str(fault.get("description") or problem), place) from problem
    if len(statements) != 1:
        raise QueryError("NOT_SUPPORTED", f"Athena runs one statement at a time, and here are {len(statements)}")
    query = statements[0]
    _refuse_others(query, text)
    return _bind(query, parameters)


def _refuse_others(query: exp.Expression, text: str) -> None:
    if not isinstance(query, exp.Query):
        verb = " ".join(text.split()[:2]).upper()
        raise QueryError("NOT_SUPPORTED", f"the embedded cloud runs queries, not {verb}")
    # Redshift has it and Athena does not; it would run as the query that it is without it.
    if query.find(exp.Into):
        raise QueryError("SYNTAX_ERROR", "mismatched input 'INTO'")
    for table in query.find_all(exp.Table):
        if table.args.get("version"):
            raise QueryError("NOT_SUPPORTED", "the embedded cloud does no time travel (FOR TIMESTAMP, FOR VERSION)")
        if "$" in table.name:
            raise QueryError("NOT_SUPPORTED", f"the embedded cloud has no metadata table {table.name}")
        if table.db.lower() == "information_schema":
            raise QueryError("NOT_SUPPORTED", "the embedded cloud has no information_schema")
        if table.catalog and table.catalog.lower() != CATALOG:
            raise QueryError("CATALOG_NOT_FOUND", f"Catalog '{table.catalog}' does not exist")


def _bind(query: exp.Expression, parameters: Sequence[str]) -> exp.Expression:
    holes = sorted(query.find_all(exp.Placeholder), key=_offset)
    if len(holes) != len(parameters):
        raise QueryError(
            "INVALID_PARAMETER_USAGE",
            f"Incorrect number of parameters: expected {len(holes)} but found {len(parameters)}",
        )
    for hole, text in zip(holes, parameters, strict=True):
        try:
            value = sqlglot.parse_one(text, read="athena")
        except ParseError as problem:
            raise QueryError("SYNTAX_ERROR", f"parameter {text!r} is not a literal") from problem
        if value.find(exp.Column, exp.Query):
            raise QueryError("SYNTAX_ERROR", f"parameter {text!r} is not a literal; a string needs its single quotes")
        hole.replace(exp.paren(value))
    return query


def _offset(node: exp.Expression) -> int:
    return int(node.meta.get("start", 0))


def tables(query: exp.Expression, default_database: str | None) -> set[tuple[str, str]]:
    """Database and name of every catalog table that a query reads. Raises QueryError."""
    found = set()
    for scope in traverse_scope(query):
        for source in scope.sources.values():
            if isinstance(source, exp.Table) and source.name:
                database = source.db or default_database
                if not database:
                    raise QueryError("MISSING_SCHEMA_NAME", "Schema must be specified when session schema is not set")
                source.set("catalog", None)
                source.set("db", exp.to_identifier(database.lower()))
                found.add((database.lower(), source.name.lower()))
    return found


def plan(
    query: exp.Expression,
    schemas: Mapping[tuple[str, str], Mapping[str, str]],
    text: str,
    dialect: str = "athena",
    own: Mapping[tuple[str, str], Mapping[str, str]] | None = None,
) -> Plan:
    """Translate a parsed query, given the columns (name to Trino type) of its tables. Raises QueryError.

    Tables among `own` are DuckDB's, and are read under their own names.
    """
    schema: dict[str, dict[str, dict[str, str]]] = {}
    for (database, table), columns in {**schemas, **(own or {})}.items():
        schema.setdefault(database, {})[table] = dict(columns)
    if dialect == "athena":
        for number, select in enumerate(query.find_all(exp.Select)):
            _name_anonymous(select, number)
    known = MappingSchema(schema, dialect="athena")
    try:
        qualified = qualify(query, schema=known, dialect=dialect)
        typed = annotate_types(qualified, schema=known, dialect=dialect)
    except OptimizeError as problem:
        raise _unresolved(problem, text) from problem
    if dialect == "athena":
        _check_types(typed)
        _exact_division(typed)
        _label_output(typed)
    sources = _cut_sources(typed, own or {})
    return Plan(typed.sql(dialect="duckdb"), sources)


def _name_anonymous(select: exp.Select, number: int) -> None:
    """Name what has no name: sqlglot would call CAST(n AS varchar) n, Athena does not."""
    for place, expression in enumerate(select.expressions):
        nameless = not isinstance(expression, exp.Alias | exp.Aliases | exp.Column | exp.Star)
        if nameless and not expression.is_star:
            expression.replace(exp.alias_(expression.copy(), f"{_ANONYMOUS}{number}_{place}", quoted=True))


def _label_output(query: exp.Expression) -> None:
    select = query
    while isinstance(select, exp.SetOperation):
        select = select.left.unnest()
    for place, expression in enumerate(select.selects):
        if expression.alias.startswith(_ANONYMOUS):
            old = expression.alias
            for node in query.find_all(exp.Identifier):
                if node.this == old:
                    node.set("this", f"_col{place}")


def _unresolved(problem: OptimizeError, text: str) -> QueryError:
    # A column that is named with its table is unknown to sqlglot, one without it can't be resolved.
    message = re.sub(r"^Unknown column: (\w+)", r"Column '\1'", str(problem))
    name = message.split("'")[1] if message.count("'") >= 2 else message
    offset = text.lower().find(name.lower())
    place = None
    if offset >= 0:
        place = (text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))
    if message.startswith("Column"):
        return QueryError(
            "COLUMN_NOT_FOUND",
            f"Column '{name}' cannot be resolved or requester is not authorized to access requested resources",
            place,
        )
    return QueryError("SYNTAX_ERROR", message, place)


def _family(node: exp.Expression) -> str | None:
    """The group of types that Athena compares with one another, or None where the type is not known."""
    kind = node.type
    if kind is None or not isinstance(kind, exp.DataType):
        return None
    if kind.is_type(*exp.DataType.TEXT_TYPES):
        return "varchar"
    if kind.is_type(*exp.DataType.NUMERIC_TYPES):
        return "number"
    if kind.is_type(*exp.DataType.TEMPORAL_TYPES):
        return "date/timestamp"
    if kind.is_type(exp.DataType.Type.BOOLEAN):
        return "boolean"
    return None


def _check_types(query: exp.Expression) -> None:
    """Refuse what DuckDB would quietly cast and Athena does not: a string compared or reckoned with a number."""
    for node in query.find_all(*_COMPARISONS, *_ARITHMETIC, exp.Between, exp.In):
        operands = [node.this, *_others(node)]
        families = {family for family in map(_family, operands) if family}
        reckons = isinstance(node, _ARITHMETIC)
        if (len(families) > 1 and not (reckons and "varchar" not in families)) or (reckons and "varchar" in families):
            kinds = ", ".join(operand.type.sql("trino").lower() if operand.type else "?" for operand in operands[:2])
            raise QueryError("TYPE_MISMATCH", f"Cannot apply operator {node.key.upper()} to {kinds}")
    for call in query.find_all(exp.Sum, exp.Avg):
        if _family(call.this) == "varchar":
            raise QueryError("TYPE_MISMATCH", f"Unexpected parameters (varchar) for function {call.key}")


def _others(node: exp.Expression) -> list[exp.Expression]:
    if isinstance(node, exp.Between):
        return [node.args["low"], node.args["high"]]
    if isinstance(node, exp.In):
        return list(node.expressions)
    return [node.expression]


def _scale(node: exp.Expression) -> int | None:
    """Decimal places of an exact number as Trino types it; None for anything else."""
    node = node.unnest() if isinstance(node, exp.Paren) else node
    if isinstance(node, exp.Literal) and not node.is_string:
        return None if "e" in node.this.lower() else len(node.this.partition(".")[2])
    if isinstance(node, exp.Neg | exp.Sum):
        return _scale(node.this)
    if isinstance(node, exp.Add | exp.Sub | exp.Mul):
        left, right = _scale(node.left), _scale(node.right)
        if left is None or right is None:
            return None
        return left + right if isinstance(node, exp.Mul) else max(left, right)
    kind = node.type
    if isinstance(kind, exp.DataType) and kind.is_type(*exp.DataType.INTEGER_TYPES):
        return 0
    if isinstance(kind, exp.DataType) and kind.is_type(exp.DataType.Type.DECIMAL) and len(kind.expressions) == 2:
        return int(kind.expressions[1].name)
    return None


def _exact_division(query: exp.Expression) -> None:
    """Divide decimals as Trino does: 100.0 * 3 / 7 is 42.9 there, to the places of its operands."""
    for node in list(query.find_all(exp.Div)):
        left, right = _scale(node.left), _scale(node.right)
        if left is None or right is None or not (left or right):
            continue
        places = max(left, right)
        quotient = exp.Div(
            this=exp.cast(exp.paren(node.left.copy()), "double"),
            expression=exp.cast(exp.paren(node.right.copy()), "double"),
            typed=False,
        )
        node.replace(exp.cast(exp.func("ROUND", quotient, exp.Literal.number(places)), f"DECIMAL(38, {places})"))


def _cut_sources(query: exp.Expression, own: Container[tuple[str, str]]) -> tuple[Source, ...]:
    """Give every reading of a table that is not our own a view, with the columns and rows that it needs."""
    sources: list[Source] = []
    for scope in traverse_scope(query):
        for alias, source in scope.sources.items():
            if not isinstance(source, exp.Table) or not source.db or (source.db, source.name) in own:
                continue
            columns = tuple(dict.fromkeys(column.name for column in scope.columns if column.table == alias))
            view = f"source_{len(sources)}"
            sources.append(Source(view, source.db, source.name, columns, _row_filter(scope, alias)))
            source.set("this", exp.to_identifier(view))
            source.set("db", None)
    return tuple(sources)


def _row_filter(scope: Scope, alias: str) -> iceberg.BooleanExpression | None:
    """The conditions of WHERE that a scan can apply itself: a column of the table against a literal.

    Each is false for a null, so leaving rows out of the inner side of an outer join changes nothing.
    """
    where = scope.expression.args.get("where")
    if not where:
        return None
    conditions = where.this.flatten() if isinstance(where.this, exp.And) else [where.this]
    found = [made for made in (_condition(part, alias) for part in conditions) if made is not None]
    if not found:
        return None
    return found[0] if len(found) == 1 else iceberg.And(*found)


def _condition(node: exp.Expression, alias: str) -> iceberg.BooleanExpression | None:
    makers = {
        exp.EQ: iceberg.EqualTo,
        exp.GT: iceberg.GreaterThan,
        exp.GTE: iceberg.GreaterThanOrEqual,
        exp.LT: iceberg.LessThan,
        exp.LTE: iceberg.LessThanOrEqual,
    }
    node = node.unnest()
    column = node.this
    if not isinstance(column, exp.Column) or column.table != alias:
        return None
    if isinstance(node, exp.In) and node.expressions:
        values = [_value(item) for item in node.expressions]
        return None if None in values else iceberg.In(column.name, set(values))  # type: ignore[call-arg,arg-type]
    maker = makers.get(type(node))
    value = _value(node.expression) if maker else None
    return maker(column.name, value) if maker and value is not None else None


def _value(node: exp.Expression) -> str | int | float | bool | None:
    node = node.unnest()
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if not isinstance(node, exp.Literal):
        return None
    if node.is_string:
        return str(node.this)
    return int(node.this) if node.is_int else float(node.this)
