"""Redshift statements over the lake: what is understood of them, everything else refused by name."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError
from sqlglot.optimizer.scope import traverse_scope

_NAME = r'(?:"(?P<quoted>[^"]+)"|(?P<name>\w+))'
_VIEW = r'(?:(?P<schema>"[^"]+"|\w+)\.)?(?P<view>"[^"]+"|\w+)'
_EXTERNAL = re.compile(
    rf"CREATE\s+EXTERNAL\s+SCHEMA\s+(?P<lenient>IF\s+NOT\s+EXISTS\s+)?{_NAME}\s+FROM\s+DATA\s+CATALOG\s+(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_SCHEMA = re.compile(rf"CREATE\s+SCHEMA\s+(?P<lenient>IF\s+NOT\s+EXISTS\s+)?{_NAME}", re.IGNORECASE)
_DROP = re.compile(
    rf"DROP\s+SCHEMA\s+(?P<lenient>IF\s+EXISTS\s+)?{_NAME}(?:\s+(?:(?P<cascade>CASCADE)|RESTRICT))?", re.IGNORECASE
)
_CREATE_VIEW = re.compile(
    rf"CREATE\s+MATERIALIZED\s+VIEW\s+{_VIEW}\s+(?:AUTO\s+REFRESH\s+(?:YES|NO)\s+)?AS\s+(?P<query>.*)",
    re.IGNORECASE | re.DOTALL,
)
_DROP_VIEW = re.compile(rf"DROP\s+MATERIALIZED\s+VIEW\s+(?P<lenient>IF\s+EXISTS\s+)?{_VIEW}", re.IGNORECASE)
_REFRESH = re.compile(rf"REFRESH\s+MATERIALIZED\s+VIEW\s+{_VIEW}", re.IGNORECASE)
_ROLE = re.compile(rf"CREATE\s+ROLE\s+{_NAME}", re.IGNORECASE)
_PROCEDURE = re.compile(
    rf"CREATE\s+OR\s+REPLACE\s+PROCEDURE\s+{_VIEW}\(\)\s+AS\s+\$\$\s+BEGIN\s+IF\s+NOT\s+EXISTS\s*"
    r"\(SELECT\s+role_name\s+FROM\s+svv_roles\s+WHERE\s+role_name\s*=\s*'(?P<role>\w+)'\)\s+THEN\s+"
    r"EXECUTE\s+'CREATE\s+ROLE\s+(?P=role)';\s+END\s+IF;\s+END;\s+\$\$\s+LANGUAGE\s+plpgsql",
    re.IGNORECASE,
)
_CALL = re.compile(rf"CALL\s+{_VIEW}\(\)", re.IGNORECASE)
_GRANT = re.compile(
    rf"GRANT\s+(?P<privileges>\w+(?:\s*,\s*\w+)*)\s+ON\s+(?:SCHEMA\s+(?P<whole>\w+)|(?:TABLE\s+)?{_VIEW})"
    rf"\s+TO\s+(?:ROLE\s+(?P<role>\w+)|PUBLIC)",
    re.IGNORECASE,
)
_DROP_USER = re.compile(rf"DROP\s+USER\s+(?P<lenient>IF\s+EXISTS\s+)?{_NAME}", re.IGNORECASE)
_USER = re.compile(rf"(?P<verb>CREATE|ALTER)\s+USER\s+{_NAME}\s+PASSWORD\s+(?:DISABLE|'[^']*')", re.IGNORECASE)
_MEMBER = re.compile(r"GRANT\s+ROLE\s+(?P<role>\w+)\s+TO\s+(?P<user>\w+)", re.IGNORECASE)
_OPTION = re.compile(r"(DATABASE|REGION|IAM_ROLE|CATALOG_ROLE)\s+(?:'([^']*)'|(DEFAULT))", re.IGNORECASE)
_TAIL = re.compile(r"\s*CREATE\s+EXTERNAL\s+DATABASE\s+IF\s+NOT\s+EXISTS\s*", re.IGNORECASE)


class StatementError(Exception):
    """The statement fails; the text is its Error."""


@dataclass(frozen=True)
class Named:
    """A relation of a schema of the warehouse's own; with an empty name, the schema itself."""

    schema: str
    name: str


@dataclass(frozen=True)
class CreateExternalSchema:
    """An external schema over a database of the Glue catalog."""

    name: str
    lenient: bool
    database: str
    role: str | None


@dataclass(frozen=True)
class CreateSchema:
    """A schema of the warehouse's own."""

    name: str
    lenient: bool


@dataclass(frozen=True)
class DropSchema:
    """The end of a schema, and with `cascade` of what is in it."""

    name: str
    lenient: bool
    cascade: bool


@dataclass(frozen=True)
class CreateView:
    """A materialized view."""

    name: Named
    query: exp.Query


@dataclass(frozen=True)
class DropView:
    """The end of a materialized view."""

    name: Named
    lenient: bool


@dataclass(frozen=True)
class RefreshView:
    """A materialized view brought up to date."""

    name: Named


@dataclass(frozen=True)
class CreateRole:
    """A role, which privileges can be granted to."""

    name: str


@dataclass(frozen=True)
class CreateProcedure:
    """A procedure that makes a role unless it is there. Of procedures, only these are understood."""

    name: Named
    role: str


@dataclass(frozen=True)
class Call:
    """A procedure that is run."""

    name: Named


@dataclass(frozen=True)
class Grant:
    """Privileges on a view or a schema to a role, or to everybody where it is None."""

    privileges: tuple[str, ...]
    on: Named
    role: str | None


@dataclass(frozen=True)
class SetUser:
    """A user that is made, or who gets another password. There is no sign-in here: the password isn't kept."""

    name: str
    new: bool


@dataclass(frozen=True)
class DropUser:
    """The end of a user."""

    name: str
    lenient: bool


@dataclass(frozen=True)
class GrantRole:
    """A role that a user may use."""

    role: str
    user: str


@dataclass(frozen=True)
class Query:
    """A query, its parameters bound."""

    expression: exp.Query


Asked: TypeAlias = (
    CreateExternalSchema
    | CreateSchema
    | DropSchema
    | CreateView
    | DropView
    | RefreshView
    | CreateRole
    | CreateProcedure
    | Call
    | Grant
    | SetUser
    | DropUser
    | GrantRole
    | Query
)


def read(text: str, parameters: Mapping[str, str]) -> Asked:
    """Understand one statement. Raises StatementError naming what is not done."""
    bare = re.sub(r"--[^\n]*", "", text).strip().rstrip(";").strip()
    for form, understood in _FORMS:
        found = form.fullmatch(bare)
        if found:
            return understood(found)
    return Query(_bind(_query(bare, bare), parameters))


def _query(text: str, statement: str) -> exp.Query:
    """The only query in a text; what else `statement` may be is told by its first words."""
    try:
        statements = [found for found in sqlglot.parse(text, read="redshift") if found is not None]
    except ParseError as problem:
        raise StatementError(f"ERROR: syntax error: {problem.errors[0]['description']}") from problem
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        verb = " ".join(statement.split()[:2]).upper()
        raise StatementError(f"ERROR: the embedded cloud does not run {verb} on Redshift.")
    return statements[0]


def _name(found: re.Match[str]) -> str:
    return str(found["quoted"] or found["name"]).lower()


def _relation(found: re.Match[str]) -> Named:
    return Named((found["schema"] or "public").strip('"').lower(), found["view"].strip('"').lower())


def _grant(found: re.Match[str]) -> Grant:
    on = Named(found["whole"].lower(), "") if found["whole"] else _relation(found)
    privileges = tuple(each.strip().upper() for each in found["privileges"].split(","))
    return Grant(privileges, on, found["role"].lower() if found["role"] else None)


def _external(found: re.Match[str]) -> CreateExternalSchema:
    options = {key.upper(): value or word for key, value, word in _OPTION.findall(found["rest"])}
    if "DATABASE" not in options:
        raise StatementError("ERROR: CREATE EXTERNAL SCHEMA needs a DATABASE.")
    left = _TAIL.sub("", _OPTION.sub("", found["rest"])).strip()
    if left:
        raise StatementError(f"ERROR: the embedded cloud does not know {left!r} in CREATE EXTERNAL SCHEMA.")
    return CreateExternalSchema(
        _name(found), bool(found["lenient"]), options["DATABASE"].lower(), options.get("IAM_ROLE")
    )


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Asked]], ...] = (
    (_EXTERNAL, _external),
    (_SCHEMA, lambda found: CreateSchema(_name(found), bool(found["lenient"]))),
    (_DROP, lambda found: DropSchema(_name(found), bool(found["lenient"]), bool(found["cascade"]))),
    (_CREATE_VIEW, lambda found: CreateView(_relation(found), _query(found["query"], found[0]))),
    (_DROP_VIEW, lambda found: DropView(_relation(found), bool(found["lenient"]))),
    (_REFRESH, lambda found: RefreshView(_relation(found))),
    (_ROLE, lambda found: CreateRole(_name(found))),
    (_PROCEDURE, lambda found: CreateProcedure(_relation(found), found["role"].lower())),
    (_CALL, lambda found: Call(_relation(found))),
    (_GRANT, _grant),
    (_USER, lambda found: SetUser(_name(found), found["verb"].upper() == "CREATE")),
    (_DROP_USER, lambda found: DropUser(_name(found), bool(found["lenient"]))),
    (_MEMBER, lambda found: GrantRole(found["role"].lower(), found["user"].lower())),
)


def _bind(query: exp.Query, parameters: Mapping[str, str]) -> exp.Query:
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
                    f"ERROR: relation {known} does not exist; the embedded cloud has external tables and views only."
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
