"""What people may do in the lake, and what a query may cost it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from ..documents import statements
from ..rule import Finding, NotApplicableError, Verdict, fsbp, must, nist, resource_rule, shown, stack_rule
from ..subject import Stack, Subject, plain
from ..tokens import ATHENA_WORKGROUP, IAM_ROLE, LAKE_CELL_FILTER, LAKE_PERMISSIONS, LAKE_TAGGED

# Grants that hold for whatever a table or database will be able to do.
EVERYTHING = frozenset({"ALL", "SUPER", "SUPER_USER"})
# How a principal shows that people are behind it: IAM users, everybody of an account, and who signs in elsewhere.
PEOPLE = re.compile(r".+:(user|federated-user)/.+|\d{12}:IAMPrincipals|.+:(saml-provider|oidc-provider)/.+|.+:root")


@stack_rule(
    id="lake-people-not-all",
    title="Nobody holds everything of a table or database: people are granted what they do.",
    severity=Severity.HIGH,
    controls=nist("AC-3", "AC-6"),
    types=(LAKE_PERMISSIONS,),
    why="with ALL goes what jobs do for them, dropping and altering, and every right that is yet to come",
    remedy='permissions=["DESCRIBE", "SELECT"]',
)
def lake_people_not_all(grant: Subject, stack: Stack) -> Verdict:
    """People are users, and whoever takes a role that trusts users, accounts or another identity provider."""
    if not _is_for_people(grant, stack):
        raise NotApplicableError("not a grant to people")
    for path in ("permissions", "permissionsWithGrantOptions"):
        for held in grant.many(path):
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
    settings={
        "open": {
            "type": "array",
            "items": {"type": "string"},
            "default": ["public", "internal"],
            "description": "Values of tags that guard nothing.",
        }
    },
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
    table = (part.get("databaseName"), part.get("tableName") or part.get("name"))
    for column, value in _guarded(table, stack):
        if (column in names) if names else (column not in excluded):
            yield Finding(f"it shows {column} of {table[0]}.{table[1]}, which is tagged {shown(value)}")


def _guarded(table: tuple[Any, Any], stack: Stack) -> Iterator[tuple[str, Any]]:
    openly = lake_guarded_columns.setting(stack.config, "open")
    for tagged in stack.of(LAKE_TAGGED):
        columns = _part(tagged, "tableWithColumns")
        if (columns.get("databaseName"), columns.get("name")) != table:
            continue
        for tag in tagged.many("lfTags"):
            if tag.get("value") not in openly:
                yield from ((column, tag.get("value")) for column in columns.get("columnNames") or ())


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
