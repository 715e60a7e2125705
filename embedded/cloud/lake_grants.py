"""What of a table Lake Formation lets somebody see, by its grants, tags and filters of cells as they are deployed."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from moto.lakeformation.models import lakeformation_backends

from embedded.cloud.lake import LakeTable
from embedded.cloud.objects import split
from embedded.cloud.patches.cells import cells_filters

Tags: TypeAlias = Mapping[str, str]
READING = frozenset({"ALL", "SELECT"})
"""Permissions that let somebody read what they are granted on: ALL is the console's Super."""

EVERYBODY = "IAM_ALLOWED_PRINCIPALS"


class NoPrivilegeError(Exception):
    """The table is hidden from who asks."""

    def __init__(self) -> None:
        # Athena's words: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-integrating-athena.html
        super().__init__(
            "Insufficient permissions to execute the query. Principal does not have any privilege on specified resource"
        )


@dataclass(frozen=True, kw_only=True)
class Described:
    """A table as Lake Formation knows it. Tags are its own; `filters` are those of cells, by name."""

    catalog: str
    database: str
    name: str
    columns: tuple[str, ...]
    database_tags: Tags = field(default_factory=dict)
    tags: Tags = field(default_factory=dict)
    column_tags: Mapping[str, Tags] = field(default_factory=dict)
    filters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Share:
    """One grant's part of a table: columns, in the rows for which a condition holds; None is all rows."""

    columns: frozenset[str]
    rows: str | None = None


@dataclass(frozen=True)
class Visible:
    """All that somebody may see of a table; it is hidden where nothing is granted on it."""

    hidden: bool
    shares: tuple[Share, ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """Those that can be read, in some row at least."""
        return frozenset(column for share in self.shares for column in share.columns)

    def rows(self, column: str | None = None) -> tuple[str, ...] | None:
        """Conditions of which one must hold for a row to be seen, or one column of it; None where all are."""
        found = [share.rows for share in self.shares if column is None or column in share.columns]
        return None if None in found else tuple(dict.fromkeys(each for each in found if each is not None))


def visible(
    principal: str, table: Described, grants: Iterable[Mapping[str, Any]], administrators: Collection[str] = ()
) -> Visible:
    """What `principal` sees of a table. Grants add up: one on the whole table undoes a filter on it.

    Data lake administrators see that every table is there, and read none that they are not granted.
    https://docs.aws.amazon.com/lake-formation/latest/dg/implicit-permissions.html
    """
    names = {principal, EVERYBODY, f"{table.catalog}:IAMPrincipals"}
    hidden, shares = principal not in administrators, []
    for grant in grants:
        if grant["Principal"]["DataLakePrincipalIdentifier"] not in names:
            continue
        share = _reached(grant["Resource"], table)
        if share is None:
            continue
        hidden = False
        if share.columns and READING & set(grant["Permissions"]):
            shares.append(share)
    return Visible(hidden, tuple(shares))


def _reached(resource: Mapping[str, Any], table: Described) -> Share | None:
    """The part of a table that a grant's resource is about, or None."""
    ((kind, about),) = resource.items()
    everything = frozenset(table.columns)
    if about.get("CatalogId", table.catalog) != table.catalog:
        return None
    if kind == "LFTagPolicy" and about["ResourceType"] == "TABLE":
        return _tagged(about.get("Expression", []), table)
    if kind == "DataCellsFilter":
        return _cells(about, table)
    if kind not in ("Table", "TableWithColumns") or about["DatabaseName"] != table.database:
        return None
    if about.get("Name") != table.name and "TableWildcard" not in about:
        return None
    return Share(everything if kind == "Table" else everything & _chosen(about, everything))


def _chosen(about: Mapping[str, Any], everything: frozenset[str]) -> frozenset[str]:
    """Columns by name, or all but some."""
    if about.get("ColumnNames"):
        return frozenset(name.lower() for name in about["ColumnNames"])
    excluded = (about.get("ColumnWildcard") or {}).get("ExcludedColumnNames") or []
    return everything - {name.lower() for name in excluded}


def _cells(about: Mapping[str, Any], table: Described) -> Share | None:
    if (about["DatabaseName"], about["TableName"]) != (table.database, table.name):
        return None
    held = table.filters.get(about["Name"])
    if held is None:
        return None
    everything = frozenset(table.columns)
    return Share(everything & _chosen(held, everything), held["RowFilter"].get("FilterExpression"))


def _tagged(expression: Iterable[Mapping[str, Any]], table: Described) -> Share | None:
    """The columns whose tags fit: each key of the expression, with one of its values.

    A table inherits its database's tags and a column its table's; what either bears itself takes the place of what it
    inherits. https://docs.aws.amazon.com/lake-formation/latest/dg/TBAC-assigning-tags.html
    """
    wanted = {term["TagKey"]: set(term["TagValues"]) for term in expression}
    inherited = {**table.database_tags, **table.tags}

    def fits(tags: Tags) -> bool:
        return bool(wanted) and all(tags.get(key) in values for key, values in wanted.items())

    columns = frozenset(name for name in table.columns if fits({**inherited, **table.column_tags.get(name, {})}))
    return Share(columns) if columns or fits(inherited) else None


def seen(account: str, region: str, principal: str, table: LakeTable) -> Visible:
    """What `principal` sees of a catalog table of this cloud. Raises NoPrivilegeError.

    Lake Formation guards the tables whose data lie where it is registered. The others are left to IAM, which isn't
    asked here. https://docs.aws.amazon.com/athena/latest/ug/security-athena-lake-formation.html
    """
    backend = lakeformation_backends[account][region]
    columns = tuple(table.schema.names)
    location = table.definition["StorageDescriptor"].get("Location", "")
    if not any(_covers(resource.to_dict(), location) for resource in backend.list_resources()):
        return Visible(False, (Share(frozenset(columns)),))
    database, _, name = table.name.partition(".")
    described = Described(
        catalog=account,
        database=database,
        name=name,
        columns=columns,
        database_tags=_tags(backend.lf_database_tags.get((account, database))),
        tags=_tags(backend.lf_table_tags.get((account, database, name))),
        column_tags={each: _tags(backend.lf_columns_tags.get((account, database, name, each))) for each in columns},
        filters={
            held["Name"]: held
            for held in cells_filters(backend).values()
            if (held["TableCatalogId"], held["DatabaseName"], held["TableName"]) == (account, database, name)
        },
    )
    settings = backend.get_data_lake_settings(account)
    administrators = {
        each["DataLakePrincipalIdentifier"]
        for kind in ("DataLakeAdmins", "ReadOnlyAdmins")
        for each in settings.get(kind) or []
    }
    found = visible(principal, described, backend.list_permissions(account), administrators)
    if found.hidden:
        raise NoPrivilegeError
    return found


def _tags(held: Iterable[Mapping[str, Any]] | None) -> Tags:
    return {tag["TagKey"]: tag["TagValues"][0] for tag in held or []}


def _covers(resource: Mapping[str, Any], location: str) -> bool:
    """Whether a registered location guards this one; in hybrid mode, it does for who opted in, and here nobody can."""
    if resource.get("HybridAccessEnabled"):
        return False
    registered = resource["ResourceArn"].split(":::", 1)[-1].rstrip("/*")
    return f"{'/'.join(split(location)).rstrip('/')}/".startswith(f"{registered}/")
