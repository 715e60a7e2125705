"""What Lake Formation guards: who may do what in the lake, and what a query may cost it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pulumi_policy import Severity

from ..documents import statements
from ..rule import Finding, NotApplicableError, Verdict, fsbp, must, nist, resource_rule, shown, stack_rule
from ..subject import Stack, Subject, plain
from ..tokens import (
    ATHENA_WORKGROUP,
    GLUE_DATABASE,
    GLUE_TABLE,
    IAM_ROLE,
    LAKE_CELL_FILTER,
    LAKE_PERMISSIONS,
    LAKE_RESOURCE,
    LAKE_SETTINGS,
    LAKE_TAGGED,
)

# Everybody whom IAM lets, or who has a role or user in an account.
EVERYBODY = re.compile(r"IAM_ALLOWED_PRINCIPALS|\d{12}:IAMPrincipals")
# Values of tags that guard nothing.
OPEN: dict[str, dict[str, Any]] = {
    "open": {
        "type": "array",
        "items": {"type": "string"},
        "default": ["public", "internal"],
        "description": "Values of tags that guard nothing.",
    }
}
# Grants that hold for whatever a table or database will be able to do.
EVERYTHING = frozenset({"ALL", "SUPER", "SUPER_USER"})
# How a principal shows that people are behind it: IAM users, everybody of an account, and who signs in elsewhere.
PEOPLE = re.compile(r".+:(user|federated-user)/.+|\d{12}:IAMPrincipals|.+:(saml-provider|oidc-provider)/.+|.+:root")


@stack_rule(
    id="lake-formation-only",
    title="Lake Formation alone grants access to the catalog: nothing falls back to IAM.",
    severity=Severity.HIGH,
    controls=nist("AC-3", "AC-6"),
    types=(LAKE_SETTINGS, LAKE_PERMISSIONS, LAKE_RESOURCE, GLUE_DATABASE),
    why="IAM_ALLOWED_PRINCIPALS lets every IAM principal past Lake Formation, and its tags and filters protect nothing",
    remedy="create_database_default_permissions=[], create_table_default_permissions=[]",
)
def lake_formation_only(holder: Subject, stack: Stack) -> Verdict:
    """Where the group may turn up: the account's defaults, a database's defaults, an explicit grant.

    A location in hybrid access mode is open to both, IAM's permissions and Lake Formation's.
    https://docs.aws.amazon.com/lake-formation/latest/dg/hybrid-access-mode.html
    """
    if holder.type == GLUE_DATABASE and not stack.of(LAKE_SETTINGS, LAKE_PERMISSIONS):
        raise NotApplicableError("the stack doesn't use Lake Formation")
    if holder.type == LAKE_RESOURCE:
        hybrid = "hybridAccessEnabled"
        yield from must(
            holder, hybrid, lambda value: value is not True, f"{hybrid} is {{}}", "no hybrid_access_enabled"
        )
    elif holder.type == LAKE_PERMISSIONS:
        if not stack.of(LAKE_SETTINGS):
            yield Finding(
                "it grants by Lake Formation, while no DataLakeSettings of this stack ends the account's defaults",
                "aws.lakeformation.DataLakeSettings(..., create_table_default_permissions=[])",
            )
        # A principal that is a role of this stack needs no value to be told from the group.
        if not stack.referred(holder, "principal", IAM_ROLE):
            yield from must(holder, "principal", _somebody, "principal is {}", "principal=role.arn")
    else:
        yield from _defaults(holder)


def _defaults(holder: Subject) -> Verdict:
    for path in ("createDatabaseDefaultPermissions", "createTableDefaultPermissions"):
        for position in range(len(holder.written(path) or ())):
            # A database writes its principal as an object, the settings as text.
            principal = f"{path}.{position}.principal"
            inside = "" if isinstance(holder.get(principal), str) else ".dataLakePrincipalIdentifier"
            yield from must(holder, f"{principal}{inside}", _somebody, f"{path} names {{}}")


def _somebody(principal: Any) -> bool:
    return EVERYBODY.fullmatch(str(principal)) is None


@stack_rule(
    id="lake-locations-registered",
    title="Tables lie where Lake Formation guards the data.",
    severity=Severity.HIGH,
    controls=nist("AC-3", "AC-6"),
    types=(GLUE_TABLE,),
    why="what isn't registered is read by S3 permissions alone, past every grant, tag and filter on the table",
    remedy="aws.lakeformation.Resource(..., arn=bucket.arn, role_arn=role.arn)",
)
def lake_locations_registered(table: Subject, stack: Stack) -> Verdict:
    """A location stands for all that is below it. Views and tables over streams lie nowhere."""
    if not stack.of(LAKE_SETTINGS, LAKE_PERMISSIONS):
        raise NotApplicableError("the stack doesn't use Lake Formation")
    location = str(table.get("storageDescriptor.location") or "")
    if not location.startswith(("s3://", "s3a://")):
        raise NotApplicableError("it lies in no bucket")
    place = f"{location.partition('://')[2].rstrip('/')}/"
    registered = [str(each.get("arn")).rpartition(":::")[2].rstrip("/*") for each in stack.of(LAKE_RESOURCE)]
    if not any(place.startswith(f"{each}/") for each in registered):
        yield Finding(f"it lies in {shown(location)}, which no Resource of Lake Formation in this stack registers")


@stack_rule(
    id="lake-tables-tagged",
    title="Tables are tagged, and a column that is guarded in one table is guarded in all.",
    severity=Severity.HIGH,
    controls=nist("AC-3", "AC-16"),
    types=(GLUE_TABLE,),
    why="grants by tags show whatever nobody tagged as guarded, and the same column in another table tells the same",
    remedy='aws.lakeformation.ResourceLfTags(..., table_with_columns={..., "column_names": [...]}, lf_tags=[...])',
    settings=OPEN,
)
def lake_tables_tagged(table: Subject, stack: Stack) -> Verdict:
    """Only where tags are used at all. Columns of one name are taken for the same data."""
    if not stack.of(LAKE_TAGGED):
        raise NotApplicableError("the stack uses no tags of Lake Formation")
    own = (table.get("databaseName"), table.get("name"))
    if own not in stack.once(_tagged):
        yield Finding("no ResourceLfTags of this stack tag it or its columns")
    guarded = _guarded(stack, lake_tables_tagged.setting(stack.config, "open"))
    here = {column for column, _, where in guarded if where == own}
    elsewhere = {column for column, _, _ in guarded} - here
    columns = [str(each.get("name")) for each in table.many("storageDescriptor.columns")]
    for column in columns:
        if column in elsewhere:
            yield Finding(f"its column {column} is guarded in another table, but has no such tag here")


@stack_rule(
    id="lake-people-not-all",
    title="Nobody holds everything of a table or database: people are granted what they do.",
    severity=Severity.HIGH,
    controls=nist("AC-3", "AC-6"),
    types=(LAKE_PERMISSIONS, LAKE_SETTINGS),
    why="with ALL goes what jobs do for them, dropping and altering, and every right that is yet to come",
    remedy='permissions=["DESCRIBE", "SELECT"]',
)
def lake_people_not_all(holder: Subject, stack: Stack) -> Verdict:
    """People are users, and whoever takes a role that trusts users, accounts or another identity provider.

    An administrator of the lake grants himself what he likes; who deploys the stack has to be one.
    """
    if holder.type == LAKE_SETTINGS:
        for role in stack.referred(holder, "admins", IAM_ROLE) if holder.writes("admins") else []:
            if _taken_by_people(role):
                yield Finding(f"admins has {role.short}, which people take", "no role of people among admins")
        return
    if not _is_for_people(holder, stack):
        raise NotApplicableError("not a grant to people")
    for path in ("permissions", "permissionsWithGrantOptions"):
        for held in holder.many(path):
            if held in EVERYTHING:
                yield Finding(f"{path} has {held}")


def _is_for_people(grant: Subject, stack: Stack) -> bool:
    roles = stack.referred(grant, "principal", IAM_ROLE)
    if roles:
        return any(_taken_by_people(role) for role in roles)
    return PEOPLE.fullmatch(str(grant.get("principal"))) is not None


def _taken_by_people(role: Subject) -> bool:
    return any(
        statement.allows and any(kind == "Federated" or PEOPLE.fullmatch(value) for kind, value in statement.principals)
        for statement in statements(role.get("assumeRolePolicy"))
    )


@stack_rule(
    id="lake-guarded-columns",
    title="Columns that are tagged as guarded are in no cell filter, and people are granted their tables by tags.",
    severity=Severity.HIGH,
    controls=nist("AC-3", "AC-4", "AC-6"),
    types=(LAKE_CELL_FILTER, LAKE_PERMISSIONS),
    why="grants add up: a filter or a grant by name that holds a guarded column undoes the tag on it",
    remedy='column_names=[...what may be seen...], or lf_tag_policy={"expressions": [...what may be seen...]}',
    settings=OPEN,
)
def lake_guarded_columns(holder: Subject, stack: Stack) -> Verdict:
    """A column is guarded by a tag of its own."""
    if holder.type == LAKE_CELL_FILTER:
        yield from _shows(_part(holder, "tableData"), stack)
        return
    if "SELECT" not in holder.many("permissions") or not _is_for_people(holder, stack):
        raise NotApplicableError("it shows no rows to people")
    for table in (_part(holder, "table"), _part(holder, "tableWithColumns")):
        if table:
            yield from _shows(table, stack)


def _part(holder: Subject, path: str) -> dict[str, Any]:
    found = holder.written(path)
    return dict(plain(found)) if isinstance(found, Mapping) else {}


def _shows(part: Mapping[str, Any], stack: Stack) -> Iterator[Finding]:
    """The guarded columns among those that a filter or grant shows: the named ones, or all but the excluded."""
    names = part.get("columnNames")
    excluded = part.get("excludedColumnNames") or (part.get("columnWildcard") or {}).get("excludedColumnNames") or ()
    # Without a name it is every table of the database.
    table = part.get("tableName") or part.get("name")
    for column, value, where in _guarded(stack, lake_guarded_columns.setting(stack.config, "open")):
        within = where[0] == part.get("databaseName") and table in (None, "", where[1])
        if within and ((column in names) if names else (column not in excluded)):
            yield Finding(f"it shows {column} of {where[0]}.{where[1]}, which is tagged {shown(value)}")


def _tagged(stack: Stack) -> set[tuple[Any, Any]]:
    """The tables that have tags, or columns with tags: database and name of each."""
    parts = [_part(each, path) for each in stack.of(LAKE_TAGGED) for path in ("table", "tableWithColumns")]
    return {(part.get("databaseName"), part.get("name")) for part in parts if part}


def _guarded(stack: Stack, openly: Sequence[str]) -> list[tuple[str, Any, tuple[Any, Any]]]:
    """Each column with a guarding tag of its own, that tag's value, and the database and table it is in."""
    return [each for each in stack.once(_column_tags) if each[1] not in openly]


def _column_tags(stack: Stack) -> list[tuple[str, Any, tuple[Any, Any]]]:
    found = []
    for tagged in stack.of(LAKE_TAGGED):
        part = _part(tagged, "tableWithColumns")
        for tag in tagged.many("lfTags"):
            where = (part.get("databaseName"), part.get("name"))
            found += [(column, tag.get("value"), where) for column in part.get("columnNames") or ()]
    return found


@resource_rule(
    id="athena-bounded",
    title="Athena workgroups end queries that read too much, and show what each read.",
    severity=Severity.MEDIUM,
    controls=(*fsbp("Athena.4"), *nist("AU-12", "SC-5")),
    types=(ATHENA_WORKGROUP,),
    why="one careless query reads the whole lake, and nobody sees it before the bill",
    remedy='configuration={"bytes_scanned_cutoff_per_query": 50 * 2**30, '
    '"publish_cloudwatch_metrics_enabled": True, ...}',
)
def athena_bounded(workgroup: Subject) -> Verdict:
    """There is no limit unless it is set; metrics are on unless switched off."""
    limit = "bytesScannedCutoffPerQuery"
    yield from must(workgroup, f"configuration.{limit}", bool, f"{limit} is {{}}")
    metrics = "publishCloudwatchMetricsEnabled"
    yield from must(workgroup, f"configuration.{metrics}", lambda value: value is not False, f"{metrics} is {{}}")
