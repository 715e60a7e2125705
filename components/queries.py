"""The SQL that the platform brings along, filled in with this stack's names."""

from dataclasses import dataclass, replace
from pathlib import Path
from string import Template

from components.names import Names

FOLDER = Path("workloads/sql")


@dataclass(frozen=True, kw_only=True)
class NamedQuery:
    """A query that people find in Athena."""

    name: str
    description: str
    sql: str


def named_queries(names: Names, persona: str = "analysts", folder: Path = FOLDER) -> list[NamedQuery]:
    """The queries of a kind of person: of `folder/athena` for analysts, of `folder/athena_<persona>` for others."""
    return _read(folder / ("athena" if persona == "analysts" else f"athena_{persona}"), names, dashed=True)


def prepared_statements(names: Names, folder: Path = FOLDER) -> list[NamedQuery]:
    """The statements with parameters, without their comment: in it too, a question mark might pass for a parameter."""
    found = _read(folder / "athena_prepared", names, dashed=False)
    return [replace(each, sql=each.sql.partition("\n")[2]) for each in found]


def federated_queries(names: Names, folder: Path = FOLDER) -> list[NamedQuery]:
    """The queries that need the connector."""
    return _read(folder / "athena_federated", names, dashed=True)


def _read(folder: Path, names: Names, *, dashed: bool) -> list[NamedQuery]:
    """One query a file; a file's first line is a comment that says what it answers.

    A prepared statement's name takes no dashes:
    https://docs.aws.amazon.com/athena/latest/APIReference/API_PreparedStatement.html
    """
    found = []
    for path in sorted(folder.glob("*.sql")):
        text = path.read_text()
        name = path.stem.replace("_", "-") if dashed else path.stem
        description = text.partition("\n")[0].removeprefix("--").strip()
        found.append(NamedQuery(name=name, description=description, sql=filled(text, names)))
    return found


def warehouse_statements(kind: str, names: Names, folder: Path = FOLDER) -> list[NamedQuery]:
    """The statements of a kind that the warehouse gets: each makes what its file is named after."""
    return _read(folder / "redshift" / kind, names, dashed=False)


def filled(text: str, names: Names) -> str:
    """A query with its `${...}` filled in; KeyError on what isn't below."""
    return Template(text).substitute(
        database_prefix=names.database_prefix,
        spectrum_role_arn=names.role_arn("spectrum"),
        warehouse_catalog=names.resource("warehouse"),
        region=names.region,
    )
