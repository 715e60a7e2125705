"""What may be asked of a warehouse, statement by statement."""

from dataclasses import dataclass
from typing import TypeAlias

from sqlglot import exp


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
class CreateTable:
    """A table of the warehouse's own; `columns` maps a name to its type, `required` are never null."""

    name: Named
    lenient: bool
    columns: dict[str, exp.DataType]
    required: frozenset[str]


@dataclass(frozen=True)
class DropTable:
    """The end of a table, and with `cascade` of the views over it."""

    name: Named
    lenient: bool
    cascade: bool


@dataclass(frozen=True)
class Insert:
    """Rows of a query put into a table, by the names of its columns or, with none, by their order."""

    into: Named
    columns: tuple[str, ...]
    rows: exp.Query


@dataclass(frozen=True)
class Delete:
    """Rows taken out of a table: those for which `where` holds, or all."""

    out_of: Named
    where: exp.Where | None


@dataclass(frozen=True)
class CreateRole:
    """A role, which privileges can be granted to."""

    name: str
    lenient: bool = False


@dataclass(frozen=True)
class CreateProcedure:
    """Statements under a name, which take effect together: those that change rows, or one that makes a role."""

    name: Named
    body: tuple[CreateRole | Insert | Delete, ...]


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
    | CreateTable
    | DropTable
    | Insert
    | Delete
    | CreateRole
    | CreateProcedure
    | Call
    | Grant
    | SetUser
    | DropUser
    | GrantRole
    | Query
)
