"""What a warehouse's database knows of: schemas, materialized views, roles and grants; and how queries see the views.

A materialized view is kept as its query, which runs whenever the view is read: as if it had just been refreshed.
"""

from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from embedded.cloud.warehouse_sql import (
    Asked,
    Call,
    CreateExternalSchema,
    CreateProcedure,
    CreateRole,
    CreateSchema,
    CreateView,
    DropSchema,
    DropUser,
    DropView,
    Grant,
    GrantRole,
    Named,
    RefreshView,
    SetUser,
    StatementError,
)

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
    `procedures` maps a procedure to the role that it makes unless it is there.

    Grants are kept and listed, and nobody is refused anything by them.
    """

    external: dict[str, str] = field(default_factory=dict)
    schemas: set[str] = field(default_factory=lambda: {"public"})
    views: dict[Named, exp.Query] = field(default_factory=dict)
    procedures: dict[Named, str] = field(default_factory=dict)
    roles: set[str] = field(default_factory=set)
    users: set[str] = field(default_factory=set)
    members: set[GrantRole] = field(default_factory=set)
    grants: list[Grant] = field(default_factory=list)

    def change(self, asked: Asked) -> None:
        """Do what a statement asks for. Raises StatementError as Redshift refuses it."""
        match asked:
            case CreateExternalSchema() | CreateSchema():
                self._create_schema(asked)
            case DropSchema():
                self._drop_schema(asked)
            case CreateView() | DropView() | RefreshView():
                self._change_view(asked)
            case Grant():
                self._grant(asked)
            case CreateRole() | SetUser() | DropUser() | GrantRole():
                self._change_people(asked)
            case CreateProcedure() | Call():
                self._change_procedure(asked)

    def _create_schema(self, asked: CreateSchema | CreateExternalSchema) -> None:
        if asked.name in self.external or asked.name in self.schemas:
            if not asked.lenient:
                raise StatementError(f'ERROR: schema "{asked.name}" already exists')
        elif isinstance(asked, CreateExternalSchema):
            self.external[asked.name] = asked.database
        else:
            self.schemas.add(asked.name)

    def _drop_schema(self, asked: DropSchema) -> None:
        held = [name for name in self.views if name.schema == asked.name]
        if held and not asked.cascade:
            raise StatementError(
                f"ERROR: cannot drop schema {asked.name} because other objects depend on it; use DROP ... CASCADE"
            )
        if asked.name not in self.external and asked.name not in self.schemas and not asked.lenient:
            raise StatementError(f'ERROR: schema "{asked.name}" does not exist')
        self.external.pop(asked.name, None)
        self.schemas.discard(asked.name)
        for name in held:
            self._forget(name)
        self.procedures = {name: role for name, role in self.procedures.items() if name.schema != asked.name}

    def _change_view(self, asked: CreateView | DropView | RefreshView) -> None:
        known = asked.name in self.views
        if isinstance(asked, CreateView):
            if asked.name.schema not in self.schemas:
                raise StatementError(f'ERROR: schema "{asked.name.schema}" does not exist')
            if known:
                raise StatementError(f'ERROR: relation "{asked.name.name}" already exists')
            self.views[asked.name] = asked.query
        elif not known and not (isinstance(asked, DropView) and asked.lenient):
            raise StatementError(f"ERROR: materialized view {asked.name.name} does not exist")
        elif isinstance(asked, DropView):
            self._forget(asked.name)

    def _change_people(self, asked: CreateRole | SetUser | DropUser | GrantRole) -> None:
        match asked:
            case CreateRole():
                _must(asked.name not in self.roles, "role", asked.name, "already exists")
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

    def _change_procedure(self, asked: CreateProcedure | Call) -> None:
        if isinstance(asked, CreateProcedure):
            if asked.name.schema not in self.schemas:
                raise StatementError(f'ERROR: schema "{asked.name.schema}" does not exist')
            self.procedures[asked.name] = asked.role
        elif asked.name in self.procedures:
            self.roles.add(self.procedures[asked.name])
        else:
            raise StatementError(f"ERROR: procedure {asked.name.schema}.{asked.name.name}() does not exist")

    def _grant(self, asked: Grant) -> None:
        _must(asked.role is None or asked.role in self.roles, "role", str(asked.role), "does not exist")
        schema = asked.on.schema
        if schema not in self.schemas and schema not in self.external:
            raise StatementError(f'ERROR: schema "{schema}" does not exist')
        if asked.on.name and asked.on not in self.views:
            raise StatementError(f'ERROR: relation "{schema}.{asked.on.name}" does not exist')
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
