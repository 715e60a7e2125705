"""Redshift statements over external schemas: what is understood, everything else refused by name."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError
from sqlglot.optimizer.scope import traverse_scope

_NAME = r'(?:"(?P<quoted>[^"]+)"|(?P<name>\w+))'
_CREATE = re.compile(
    rf"CREATE\s+EXTERNAL\s+SCHEMA\s+(?P<lenient>IF\s+NOT\s+EXISTS\s+)?{_NAME}\s+FROM\s+DATA\s+CATALOG\s+(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_DROP = re.compile(rf"DROP\s+SCHEMA\s+(?P<lenient>IF\s+EXISTS\s+)?{_NAME}(?:\s+(?:CASCADE|RESTRICT))?", re.IGNORECASE)
_OPTION = re.compile(r"(DATABASE|REGION|IAM_ROLE|CATALOG_ROLE)\s+(?:'([^']*)'|(DEFAULT))", re.IGNORECASE)
_TAIL = re.compile(r"\s*CREATE\s+EXTERNAL\s+DATABASE\s+IF\s+NOT\s+EXISTS\s*", re.IGNORECASE)


class StatementError(Exception):
    """The statement fails; the text is its Error."""


@dataclass(frozen=True)
class CreateSchema:
    """An external schema over a database of the Glue catalog."""

    name: str
    lenient: bool
    database: str
    role: str | None


@dataclass(frozen=True)
class DropSchema:
    """The end of an external schema."""

    name: str
    lenient: bool


@dataclass(frozen=True)
class Query:
    """A query, its parameters bound."""

    expression: exp.Expression


def read(text: str, parameters: Mapping[str, str]) -> CreateSchema | DropSchema | Query:
    """Understand one statement. Raises StatementError naming what is not done."""
    bare = re.sub(r"--[^\n]*", "", text).strip().rstrip(";").strip()
    created = _CREATE.fullmatch(bare)
    if created:
        return _create(created)
    dropped = _DROP.fullmatch(bare)
    if dropped:
        return DropSchema((dropped["quoted"] or dropped["name"]).lower(), bool(dropped["lenient"]))
    try:
        statements = [found for found in sqlglot.parse(bare, read="redshift") if found is not None]
    except ParseError as problem:
        raise StatementError(f"ERROR: syntax error: {problem.errors[0]['description']}") from problem
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        verb = " ".join(bare.split()[:2]).upper()
        raise StatementError(f"ERROR: the embedded cloud does not run {verb} on Redshift.")
    return Query(_bind(statements[0], parameters))


def _create(found: re.Match[str]) -> CreateSchema:
    options = {key.upper(): value or word for key, value, word in _OPTION.findall(found["rest"])}
    if "DATABASE" not in options:
        raise StatementError("ERROR: CREATE EXTERNAL SCHEMA needs a DATABASE.")
    left = _TAIL.sub("", _OPTION.sub("", found["rest"])).strip()
    if left:
        raise StatementError(f"ERROR: the embedded cloud does not know {left!r} in CREATE EXTERNAL SCHEMA.")
    name = (found["quoted"] or found["name"]).lower()
    return CreateSchema(name, bool(found["lenient"]), options["DATABASE"].lower(), options.get("IAM_ROLE"))


def _bind(query: exp.Expression, parameters: Mapping[str, str]) -> exp.Expression:
    """Put values for :names. The Data API binds text, and Redshift casts it where it stands."""
    for hole in list(query.find_all(exp.Placeholder)):
        if hole.name not in parameters:
            raise StatementError(f"ERROR: Parameters list contains no value for :{hole.name}.")
        hole.replace(exp.Literal.string(parameters[hole.name]))
    return query


def resolve(query: exp.Expression, external: Mapping[str, str]) -> set[tuple[str, str]]:
    """Turn external schemas into catalog databases; database and name of every table. Raises StatementError."""
    found = set()
    for scope in traverse_scope(query):
        for source in scope.sources.values():
            if not isinstance(source, exp.Table) or not source.name:
                continue
            schema = source.db.lower()
            if schema not in external:
                known = f'"{schema}"."{source.name}"' if schema else f'"{source.name}"'
                raise StatementError(
                    f"ERROR: relation {known} does not exist; the embedded cloud has external schemas only."
                )
            source.set("catalog", None)
            source.set("db", exp.to_identifier(external[schema]))
            found.add((external[schema], source.name.lower()))
    return found


def cells(row: Sequence[object]) -> list[dict[str, object]]:
    """A row as GetStatementResult shows it."""
    shown: list[dict[str, object]] = []
    for value in row:
        if value is None:
            shown.append({"isNull": True})
        elif isinstance(value, bool):
            shown.append({"booleanValue": value})
        elif isinstance(value, int):
            shown.append({"longValue": value})
        elif isinstance(value, float):
            shown.append({"doubleValue": value})
        else:
            shown.append({"stringValue": str(value)})
    return shown
