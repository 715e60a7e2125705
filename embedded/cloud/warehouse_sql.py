"""Redshift statements: what is understood of them, everything else refused by name."""

import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError
from sqlglot.optimizer.scope import traverse_scope

from embedded.cloud.warehouse_asked import (
    Asked,
    Call,
    CreateExternalSchema,
    CreateProcedure,
    CreateRole,
    CreateSchema,
    CreateTable,
    CreateView,
    Delete,
    DropSchema,
    DropTable,
    DropUser,
    DropView,
    Grant,
    GrantRole,
    Insert,
    Named,
    Query,
    RefreshView,
    SetUser,
    StatementError,
)

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
    rf"CREATE\s+OR\s+REPLACE\s+PROCEDURE\s+{_VIEW}\(\)\s+AS\s+\$\$\s+BEGIN\s+(?P<body>.*)\s+END;\s+\$\$"
    r"\s+LANGUAGE\s+plpgsql",
    re.IGNORECASE | re.DOTALL,
)
_HAVE_ROLE = re.compile(
    r"IF\s+NOT\s+EXISTS\s*\(SELECT\s+role_name\s+FROM\s+svv_roles\s+WHERE\s+role_name\s*=\s*'(?P<role>\w+)'\)"
    r"\s+THEN\s+EXECUTE\s+'CREATE\s+ROLE\s+(?P=role)';\s+END\s+IF;",
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


def read(text: str, parameters: Mapping[str, str]) -> Asked:
    """Understand one statement. Raises StatementError naming what is not done."""
    bare = re.sub(r"--[^\n]*", "", text).strip().rstrip(";").strip()
    for form, understood in _FORMS:
        found = form.fullmatch(bare)
        if found:
            return understood(found)
    (statement, *others) = _parsed(bare) or [exp.Command()]
    if others:
        raise _not_done(bare)
    if isinstance(statement, exp.Query):
        return Query(_bind(statement, parameters))
    return _on_tables(statement, bare)


def _parsed(text: str) -> list[exp.Expression]:
    try:
        statements = [found for found in sqlglot.parse(text, read="redshift") if found is not None]
    except ParseError as problem:
        fault = problem.errors[0]
        # Not every form of Redshift's is known to the parser: the place tells which of the two it is.
        raise StatementError(
            f'ERROR: syntax error at or near "{fault["highlight"]}", or a form that the embedded cloud does not read: '
            f"{fault['description']}"
        ) from problem
    # It would run as the query that it is without it.
    if any(statement.find(exp.Into) for statement in statements):
        raise StatementError("ERROR: the embedded cloud does not run SELECT INTO on Redshift.")
    return statements


def _not_done(statement: str) -> StatementError:
    """Tells by its first words what a statement is."""
    verb = " ".join(statement.split()[:2]).upper()
    return StatementError(f"ERROR: the embedded cloud does not run {verb} on Redshift.")


def _query(text: str, statement: str) -> exp.Query:
    """The only query in a text, which is a part of `statement`."""
    match _parsed(text):
        case [exp.Query() as query]:
            return query
    raise _not_done(statement)


def _on_tables(statement: exp.Expression, text: str) -> CreateTable | DropTable | Insert | Delete:
    """A statement on the warehouse's own tables. Raises StatementError for what else it may be, or has besides."""
    match statement:
        case exp.Create(kind="TABLE", this=exp.Schema(this=exp.Table() as table) as described):
            return _create_table(statement, described, table)
        case exp.Drop(kind="TABLE", this=None) if len(statement.args["tables"]) == 1:
            return DropTable(
                _named(statement.args["tables"][0]), bool(statement.args["exists"]), bool(statement.args["cascade"])
            )
        case exp.Insert(this=exp.Table() as table, expression=exp.Select() as rows):
            return Insert(_named(table), (), rows)
        case exp.Insert(this=exp.Schema(this=exp.Table() as table) as listed, expression=exp.Select() as rows):
            return Insert(_named(table), tuple(each.name.lower() for each in listed.expressions), rows)
        case exp.Delete(this=exp.Table() as table) if not statement.args.get("using"):
            return Delete(_named(table), statement.args.get("where"))
    raise _not_done(text)


def _create_table(statement: exp.Create, described: exp.Schema, table: exp.Table) -> CreateTable:
    """How rows are spread and sorted, and keys, are hints on Redshift too, which it does not enforce."""
    columns = {each.name.lower(): each.kind for each in described.expressions if isinstance(each, exp.ColumnDef)}
    hints = (exp.DistStyleProperty, exp.DistKeyProperty, exp.SortKeyProperty)
    properties = statement.args.get("properties")
    unknown: list[exp.Expression] = [
        *(each for each in described.expressions if not isinstance(each, exp.ColumnDef | exp.PrimaryKey)),
        *(each for each in (properties.expressions if properties else ()) if not isinstance(each, hints)),
    ]
    required = set()
    for each in described.find_all(exp.ColumnConstraint):
        if isinstance(each.kind, exp.NotNullColumnConstraint):
            required.add(each.parent.name.lower())
        elif not isinstance(each.kind, exp.EncodeColumnConstraint):
            unknown.append(each)
    if unknown:
        told = ", ".join(each.sql("redshift") for each in unknown)
        raise StatementError(f"ERROR: the embedded cloud does not know {told} in CREATE TABLE.")
    return CreateTable(_named(table), bool(statement.args["exists"]), columns, frozenset(required))


def _named(table: exp.Table) -> Named:
    return Named(table.db.lower() or "public", table.name.lower())


def _name(found: re.Match[str]) -> str:
    return str(found["quoted"] or found["name"]).lower()


def _relation(found: re.Match[str]) -> Named:
    return Named((found["schema"] or "public").strip('"').lower(), found["view"].strip('"').lower())


def _procedure(found: re.Match[str]) -> CreateProcedure:
    role = _HAVE_ROLE.fullmatch(found["body"].strip())
    if role:
        return CreateProcedure(_relation(found), (CreateRole(role["role"].lower(), lenient=True),))
    body = []
    for statement in _parsed(found["body"]):
        text = statement.sql("redshift")
        asked = _on_tables(statement, text)
        if not isinstance(asked, Insert | Delete):
            raise StatementError(f"ERROR: the embedded cloud does not run {text.split()[0]} in a procedure.")
        body.append(asked)
    return CreateProcedure(_relation(found), tuple(body))


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
    (_PROCEDURE, _procedure),
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


def resolve(
    query: exp.Expression, external: Mapping[str, str], own: AbstractSet[Named]
) -> tuple[set[tuple[str, str]], set[Named]]:
    """Turn external schemas into catalog databases; database and name of every table there, and those of our `own`.

    Raises StatementError.
    """
    of_lake, of_ours = set(), set()
    for scope in traverse_scope(query):
        for source in scope.sources.values():
            if not isinstance(source, exp.Table) or not source.name:
                continue
            schema, named = source.db.lower(), _named(source)
            source.set("catalog", None)
            if named in own:
                source.set("db", exp.to_identifier(named.schema))
                of_ours.add(named)
            elif schema in external:
                source.set("db", exp.to_identifier(external[schema]))
                of_lake.add((external[schema], source.name.lower()))
            else:
                known = f'"{schema}"."{source.name}"' if schema else f'"{source.name}"'
                raise StatementError(f"ERROR: relation {known} does not exist")
    return of_lake, of_ours


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
