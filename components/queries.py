"""The SQL that the platform brings along, filled in with this stack's names."""

from dataclasses import dataclass
from pathlib import Path
from string import Template

from components.names import Names

FOLDER = Path("workloads/sql")


@dataclass(frozen=True, kw_only=True)
class NamedQuery:
    """A query that analysts find in Athena."""

    name: str
    description: str
    sql: str


def named_queries(names: Names, folder: Path = FOLDER) -> list[NamedQuery]:
    """One query a file of `folder/athena`; a file's first line is a comment that says what it answers."""
    found = []
    for path in sorted((folder / "athena").glob("*.sql")):
        text = path.read_text()
        description = text.partition("\n")[0].removeprefix("--").strip()
        found.append(NamedQuery(name=path.stem.replace("_", "-"), description=description, sql=filled(text, names)))
    return found


def external_schema(names: Names, folder: Path = FOLDER) -> str:
    """The statement that gives the warehouse a schema over the lake."""
    return filled((folder / "external_schema.sql").read_text(), names)


def filled(text: str, names: Names) -> str:
    """A query with `${database_prefix}`, `${spectrum_role_arn}` and `${region}` filled in. KeyError on others."""
    return Template(text).substitute(
        database_prefix=names.database_prefix, spectrum_role_arn=names.role_arn("spectrum"), region=names.region
    )
