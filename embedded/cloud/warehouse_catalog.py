"""What a warehouse's database knows of: schemas, tables, materialized views, procedures, roles and grants.

A materialized view is kept as its query, which runs whenever the view is read: as if it had just been refreshed.
"""

from dataclasses import dataclass, field

import duckdb
import sqlglot
from sqlglot import exp
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
    DropSchema,
    DropTable,
    DropUser,
    DropView,
    Grant,
    GrantRole,
    Named,
    RefreshView,
    SetUser,
    StatementError,
)
from embedded.cloud.warehouse_tables import OwnTables

SYSTEM = {
    "svv_roles": ("role_name",),
    "svv_user_info": ("user_name",),
    "svv_user_grants": ("user_name", "role_name"),
    "svv_relation_privileges": ("namespace_name", "relation_name", "privilege_type", "identity_name"),
    "svv_schema_privileges": ("namespace_name", "privilege_type", "identity_name"),
}
"""System views that can be asked, and their columns: https://docs.aws.amazon.com/redshift/latest/dg/svv_views.html"""


@dataclass
class Database:
    """`external` maps an external schema to its database of the Glue catalog; `schemas` are the warehouse's own.

    Grants are kept and listed, and nobody is refused anything by them.
    """

    external: dict[str, str] = field(default_factory=dict)
    schemas: set[str] = field(default_factory=lambda: {"public"})
    tables: OwnTables = field(default_factory=OwnTables)
    views: dict[Named, exp.Query] = field(default_factory=dict)
    procedures: dict[Named, CreateProcedure] = field(default_factory=dict)
    roles: set[str] = field(default_factory=set)
    users: set[str] = field(default_factory=set)
    members: set[GrantRole] = field(default_factory=set)
    grants: list[Grant] = field(default_factory=list)

    def change(self, asked: Asked, connection: duckdb.DuckDBPyConnection) -> None:
        """Do what a statement asks for, but for rows. Raises StatementError as Redshift refuses it."""
        match asked:
            case CreateTable():
                self._create_table(asked, connection)
            case DropTable():
                self._drop_table(asked, connection)
            case CreateExternalSchema() | CreateSchema():
                self._create_schema(asked)
            case DropSchema():
                self._drop_schema(asked, connection)
            case CreateView() | DropView() | RefreshView():
                self._change_view(asked)
            case Grant():
                self._grant(asked)
            case CreateRole() | SetUser() | DropUser() | GrantRole():
                self._change_people(asked)
            case CreateProcedure():
                self._must_have(asked.name.schema)
                self.procedures[asked.name] = asked

    def called(self, asked: Call) -> CreateProcedure:
        """The procedure that is called. Raises StatementError."""
        if asked.name not in self.procedures:
            raise StatementError(f"ERROR: procedure {asked.name.schema}.{asked.name.name}() does not exist")
        return self.procedures[asked.name]

    def must_be_table(self, name: Named) -> None:
        """Raises StatementError for what is no table of the warehouse's own."""
        if name not in self.tables.columns:
            raise StatementError(f'ERROR: relation "{name.schema}.{name.name}" does not exist')

    def _must_have(self, schema: str) -> None:
        _must(schema in self.schemas, "schema", schema, "does not exist")

    def _must_be_free(self, name: Named) -> None:
        _must(name not in self.views and name not in self.tables.columns, "relation", name.name, "already exists")

    def _create_table(self, asked: CreateTable, connection: duckdb.DuckDBPyConnection) -> None:
        self._must_have(asked.name.schema)
        if not (asked.lenient and asked.name in self.tables.columns):
            self._must_be_free(asked.name)
            self.tables.create(asked, connection)

    def _drop_table(self, asked: DropTable, connection: duckdb.DuckDBPyConnection) -> None:
        if asked.name not in self.tables.columns:
            if not asked.lenient:
                self.must_be_table(asked.name)
            return
        over = [view for view, query in self.views.items() if asked.name in _relations(self.expanded(query))]
        if over and not asked.cascade:
            raise StatementError(
                f"ERROR: cannot drop table {asked.name.schema}.{asked.name.name} because other objects depend on it"
            )
        self.tables.drop(asked.name, connection)
        for name in (asked.name, *over):
            self._forget(name)

    def _create_schema(self, asked: CreateSchema | CreateExternalSchema) -> None:
        if asked.name in self.external or asked.name in self.schemas:
            if not asked.lenient:
                raise StatementError(f'ERROR: schema "{asked.name}" already exists')
        elif isinstance(asked, CreateExternalSchema):
            self.external[asked.name] = asked.database
        else:
            self.schemas.add(asked.name)

    def _drop_schema(self, asked: DropSchema, connection: duckdb.DuckDBPyConnection) -> None:
        held = [name for name in (*self.views, *self.tables.columns) if name.schema == asked.name]
        if held and not asked.cascade:
            raise StatementError(
                f"ERROR: cannot drop schema {asked.name} because other objects depend on it; use DROP ... CASCADE"
            )
        if asked.name not in self.external and asked.name not in self.schemas and not asked.lenient:
            raise StatementError(f'ERROR: schema "{asked.name}" does not exist')
        self.external.pop(asked.name, None)
        self.schemas.discard(asked.name)
        for name in held:
            if name in self.tables.columns:
                self.tables.drop(name, connection)
            self._forget(name)
        self.procedures = {name: made for name, made in self.procedures.items() if name.schema != asked.name}

    def _change_view(self, asked: CreateView | DropView | RefreshView) -> None:
        known = asked.name in self.views
        if isinstance(asked, CreateView):
            self._must_have(asked.name.schema)
            self._must_be_free(asked.name)
            self.views[asked.name] = asked.query
        elif not known and not (isinstance(asked, DropView) and asked.lenient):
            raise StatementError(f"ERROR: materialized view {asked.name.name} does not exist")
        elif isinstance(asked, DropView):
            self._forget(asked.name)

    def _change_people(self, asked: CreateRole | SetUser | DropUser | GrantRole) -> None:
        match asked:
            case CreateRole():
                _must(asked.lenient or asked.name not in self.roles, "role", asked.name, "already exists")
                self.roles.add(asked.name)
            case SetUser(new=True):
                _must(asked.name not in self.users, "user", asked.name, "already exists")
                self.users.add(asked.name)
            case SetUser():
                _must(asked.name in self.users, "user", asked.name, "does not exist")
            case DropUser():
                _must(asked.lenient or asked.name in self.users, "user", asked.name, "does not exist")
                self.users.discard(asked.name)
                self.members = {member for member in self.members if member.user != asked.name}
            case GrantRole():
                _must(asked.role in self.roles, "role", asked.role, "does not exist")
                _must(asked.user in self.users, "user", asked.user, "does not exist")
                self.members.add(asked)

    def _grant(self, asked: Grant) -> None:
        _must(asked.role is None or asked.role in self.roles, "role", str(asked.role), "does not exist")
        schema = asked.on.schema
        if schema not in self.schemas and schema not in self.external:
            raise StatementError(f'ERROR: schema "{schema}" does not exist')
        if asked.on.name and asked.on not in self.views:
            self.must_be_table(asked.on)
        if asked not in self.grants:
            self.grants.append(asked)

    def expanded(self, query: exp.Query) -> exp.Query:
        """A query with the views in it put in full, and the system views as what they would list."""
        query = query.copy()
        while True:
            tables = [
                source
                for scope in traverse_scope(query)
                for source in scope.sources.values()
                if isinstance(source, exp.Table) and self._view(source) is not None
            ]
            if not tables:
                return query
            for table in tables:
                view = self._view(table)
                assert view is not None
                alias = exp.TableAlias(this=exp.to_identifier(table.alias or table.name))
                table.replace(exp.Subquery(this=view.copy(), alias=alias))

    def _view(self, table: exp.Table) -> exp.Query | None:
        name = Named(table.db.lower() or "public", table.name.lower())
        if name.name in SYSTEM and table.db.lower() in ("", "pg_catalog"):
            return _listing(SYSTEM[name.name], self._rows(name.name))
        return self.views.get(name)

    def _rows(self, system: str) -> list[tuple[str, ...]]:
        if system == "svv_roles":
            return [(role,) for role in sorted(self.roles)]
        if system == "svv_user_info":
            return [(user,) for user in sorted(self.users)]
        if system == "svv_user_grants":
            return sorted((member.user, member.role) for member in self.members)
        told = [(grant, privilege, grant.role or "public") for grant in self.grants for privilege in grant.privileges]
        if system == "svv_schema_privileges":
            return [(grant.on.schema, privilege, who) for grant, privilege, who in told if not grant.on.name]
        return [(grant.on.schema, grant.on.name, privilege, who) for grant, privilege, who in told if grant.on.name]

    def _forget(self, name: Named) -> None:
        self.views.pop(name, None)
        self.grants = [grant for grant in self.grants if grant.on != name]


def _relations(query: exp.Expression) -> set[Named]:
    return {Named(table.db.lower() or "public", table.name.lower()) for table in query.find_all(exp.Table)}


def _must(holds: bool, kind: str, name: str, else_it: str) -> None:
    if not holds:
        raise StatementError(f'ERROR: {kind} "{name}" {else_it}')


def _listing(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> exp.Query:
    """A query whose result is these rows."""
    selects = [
        "SELECT "
        + ", ".join(f"{exp.Literal.string(value).sql()} AS {name}" for name, value in zip(columns, row, strict=True))
        for row in rows
    ]
    nothing = "SELECT " + ", ".join(f"CAST(NULL AS VARCHAR) AS {name}" for name in columns) + " WHERE FALSE"
    made = sqlglot.parse_one(" UNION ALL ".join(selects or [nothing]), read="redshift")
    assert isinstance(made, exp.Query)
    return made
