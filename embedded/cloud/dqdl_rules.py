"""Rules of Glue Data Quality as questions to DuckDB: what each measures, and what it must be.

https://docs.aws.amazon.com/glue/latest/dg/dqdl-rule-types.html
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlglot
from sqlglot import exp

COMPARISONS = (">=", "<=", "!=", "=", ">", "<")
TABLE = "judged"
"""The view under which DuckDB has the rows."""


class RuleRefusedError(Exception):
    """The rule is one that the embedded cloud does not evaluate."""


@dataclass(frozen=True)
class Rule:
    """A rule as it is written, the name of its metric, the query of its one value, and what that value must be."""

    text: str
    metric: str
    sql: str
    holds: Callable[[float], bool]


def written(parts: Sequence[str]) -> str:
    """A rule's text, from its parts."""
    text = " ".join(parts)
    for spaced, close in (("> =", ">="), ("< =", "<="), ("! =", "!="), (" ,", ","), ("[ ", "["), (" ]", "]")):
        text = text.replace(spaced, close)
    return text


def read(parts: Sequence[str]) -> Rule:
    """Raises RuleRefusedError, naming what is not evaluated here."""
    text = written(parts)
    kind, rest, rows = parts[0], list(parts[1:]), "true"
    if "where" in rest:
        at = rest.index("where")
        rows, rest = _condition(_unquoted(rest[at + 1])), rest[:at] + rest[at + 2 :]
    names = []
    while rest and rest[0].startswith('"'):
        names.append(_unquoted(rest.pop(0)))
    if kind not in _KINDS:
        raise RuleRefusedError(f"The embedded cloud does not evaluate rules of the type {kind}: {text}")
    return _KINDS[kind](text, names, rest, rows)


def _row_count(text: str, names: list[str], rest: list[str], rows: str) -> Rule:
    _must_be(not names, text)
    return Rule(text, "Dataset.*.RowCount", _select("count(*)", rows), _comparison(rest, text))


def _is_primary_key(text: str, names: list[str], rest: list[str], rows: str) -> Rule:
    _must_be(bool(names) and not rest, text)
    columns = [_column(name) for name in names]
    complete = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    # Of all rows, those that the key tells from every other.
    alone = f"count(DISTINCT ({', '.join(columns)})) FILTER ({complete})"
    return Rule(text, f"Multicolumn.{','.join(names)}.Uniqueness", _share(alone, rows), lambda share: share == 1)


def _is_complete(text: str, names: list[str], rest: list[str], rows: str) -> Rule:
    _must_be(not rest, text)
    return _complete(text, names, rows, lambda share: share == 1)


def _completeness(text: str, names: list[str], rest: list[str], rows: str) -> Rule:
    return _complete(text, names, rows, _comparison(rest, text))


def _complete(text: str, names: list[str], rows: str, holds: Callable[[float], bool]) -> Rule:
    _must_be(len(names) == 1, text)
    there = f"count({_column(names[0])})"
    return Rule(text, f"Column.{names[0]}.Completeness", _share(there, rows), holds)


def _column_values(text: str, names: list[str], rest: list[str], rows: str) -> Rule:
    _must_be(bool(names) and bool(rest), text)
    column = _column(names[0])
    if rest[0] == "in" or rest[:2] == ["not", "in"]:
        choices = [_literal(part) for part in rest[rest.index("in") + 1 :] if part not in "[],"]
        good = f"{column} {' '.join(rest[: rest.index('in') + 1])} ({', '.join(choices)})"
    elif rest[0] == "matches":
        _must_be(len(rest) == 2, text)
        good = f"regexp_full_match({column}, {_literal(rest[1])})"
    else:
        sign, value = _compared(rest, text)
        good = f"{column} {sign} {_literal(value)}"
    # A missing value meets none but the negated ones:
    # https://docs.aws.amazon.com/glue/latest/dg/dqdl-rule-types-ColumnValues.html
    missing = "true" if rest[0] == "not" or rest[:2] == ["!", "="] else "false"
    return _compliance(text, names[0], "ColumnValues", f"coalesce({good}, {missing})", rows)


def _column_length(text: str, names: list[str], rest: list[str], rows: str) -> Rule:
    _must_be(len(names) == 1, text)
    sign, value = _compared(rest, text)
    # "ColumnLength treats NULLs as 0 length strings": its page among the rule types.
    good = f"coalesce(length({_column(names[0])}), 0) {sign} {_literal(value)}"
    return _compliance(text, names[0], "ColumnLength", good, rows)


def _compliance(text: str, name: str, kind: str, good: str, rows: str) -> Rule:
    compliant = _share(f"count(*) FILTER ({good})", rows)
    return Rule(text, f"Column.{name}.{kind}.Compliance", compliant, lambda share: share == 1)


_KINDS: dict[str, Callable[[str, list[str], list[str], str], Rule]] = {
    "RowCount": _row_count,
    "IsPrimaryKey": _is_primary_key,
    "IsComplete": _is_complete,
    "Completeness": _completeness,
    "ColumnValues": _column_values,
    "ColumnLength": _column_length,
}


def _select(value: str, rows: str) -> str:
    return f"SELECT {value} FROM {TABLE} WHERE {rows}"  # noqa: S608 - quoted part by part


def _share(counted: str, rows: str) -> str:
    """A share of the rows; of none, the whole."""
    return _select(f"coalesce({counted} / nullif(count(*), 0), 1.0)", rows)


def _compared(rest: Sequence[str], text: str) -> tuple[str, str]:
    """The sign and the constant of a comparison; the tokenizer parts a sign's characters."""
    sign = "".join(part for part in rest if part in "<>=!")
    _must_be(sign in COMPARISONS and len(rest) == len(sign) + 1, text)
    return sign, rest[-1]


def _comparison(rest: Sequence[str], text: str) -> Callable[[float], bool]:
    sign, value = _compared(rest, text)
    try:
        limit = float(value)
    except ValueError as error:
        raise RuleRefusedError(f"The embedded cloud compares a measure with a number only: {text}") from error
    compare: dict[str, Callable[[float], bool]] = {
        ">": lambda found: found > limit,
        ">=": lambda found: found >= limit,
        "<": lambda found: found < limit,
        "<=": lambda found: found <= limit,
        "=": lambda found: found == limit,
        "!=": lambda found: found != limit,
    }
    return compare[sign]


def _condition(text: str) -> str:
    """A `where`, which is Spark's SQL, for DuckDB."""
    try:
        return str(sqlglot.parse_one(text, read="spark").sql(dialect="duckdb"))
    except sqlglot.errors.SqlglotError as error:
        raise RuleRefusedError(f"The embedded cloud can't read the condition {text!r}: {error}") from error


def _unquoted(part: str) -> str:
    return part[1:-1].replace('\\"', '"').replace("\\\\", "\\")


def _column(name: str) -> str:
    return str(exp.to_identifier(name, quoted=True).sql(dialect="duckdb"))


def _literal(part: str) -> str:
    """A constant: a text, which DuckDB takes for a time or a truth value where the column is one; or a number."""
    if part.startswith('"'):
        return str(exp.Literal.string(_unquoted(part)).sql(dialect="duckdb"))
    try:
        float(part)
    except ValueError as error:
        raise RuleRefusedError(f"The embedded cloud does not know the value {part} in a rule.") from error
    return part


def _must_be(form: bool, text: str) -> None:
    if not form:
        raise RuleRefusedError(f"The embedded cloud does not evaluate a rule of this form: {text}")
