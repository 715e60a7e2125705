"""Redshift Data API: external schemas over the catalog, materialized views, and queries through them.

There are no local tables.
"""

import functools
import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from moto.redshift.models import redshift_backends
from moto.redshiftdata.models import RedshiftDataAPIServiceBackend, Statement
from moto.redshiftdata.responses import RedshiftDataAPIServiceResponse

if TYPE_CHECKING:
    from embedded.cloud.athena_sql import Plan
    from embedded.cloud.lake_query import Tables
    from embedded.cloud.objects import Objects
    from embedded.cloud.warehouse_catalog import Database
    from embedded.cloud.warehouse_sql import Asked

log = logging.getLogger(__name__)


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix="redshift")


def _database(cluster: Any, name: str) -> "Database":
    """What a database of a cluster knows of. It goes with its cluster: one that is made anew starts empty."""
    from embedded.cloud.warehouse_catalog import Database

    held: dict[str, Database] = cluster.__dict__.setdefault("embedded_databases", {})
    return held.setdefault(name, Database())


def _run(backend: Any, statement: Any) -> None:
    from embedded.cloud.warehouse_sql import StatementError, read

    begun = time.monotonic()
    try:
        parameters = {one["name"]: one["value"] for one in statement.query_parameters or []}
        _perform(backend, statement, read(statement.query_string, parameters))
        status = "FINISHED"
    except StatementError as problem:
        statement.embedded_error, status = str(problem), "FAILED"
    except Exception as problem:
        log.exception("A Redshift statement failed")
        statement.embedded_error, status = f"ERROR: {type(problem).__name__}: {problem}", "FAILED"
    statement.duration = int((time.monotonic() - begun) * 1e9)
    if statement.status != "ABORTED":
        statement.status = status


def _perform(backend: Any, statement: Any, asked: "Asked") -> None:
    from embedded.cloud import warehouse_sql as sql

    cluster = redshift_backends[backend.account_id][backend.region_name].clusters[statement.cluster_identifier]
    database = _database(cluster, statement.database)
    if isinstance(asked, sql.Query):
        columns, rows = _rows(backend, statement, asked.expression, database)
        statement.embedded_columns, statement.embedded_rows = columns, rows
        statement.has_result_set = True
        statement.result_rows = len(rows)
        statement.result_size = len(json.dumps(rows))
        return
    if isinstance(asked, sql.CreateExternalSchema):
        _check_role(cluster, asked.role)
    # As Redshift, which fills a view when it is made and refreshed: one that can't be read is neither.
    if isinstance(asked, sql.CreateView):
        _rows(backend, statement, asked.query, database)
    database.change(asked)
    if isinstance(asked, sql.RefreshView):
        _rows(backend, statement, database.views[asked.name], database)


def _check_role(cluster: Any, role: str | None) -> None:
    from embedded.cloud.warehouse_sql import StatementError

    if role is None or (role.upper() != "DEFAULT" and role not in cluster.iam_roles_arn):
        name = cluster.cluster_identifier
        raise StatementError(f"ERROR: The IAM role {role} is not attached to the cluster {name}.")


def _rows(
    backend: Any, statement: Any, query: Any, database: "Database"
) -> tuple[list[tuple[str, str]], list[list[dict[str, object]]]]:
    """The columns of a query, name and type, and its rows."""
    from embedded.cloud import warehouse_sql
    from embedded.cloud.lake_query import opened
    from embedded.cloud.objects import Objects

    objects = Objects(backend.account_id)
    plan, tables = _planned(backend, statement, query, database, objects)
    with opened(plan, tables, objects) as connection:
        cursor = connection.execute(plan.sql)
        columns = [(item[0].lower(), str(item[1]).lower()) for item in cursor.description]
        return columns, [warehouse_sql.cells(row) for row in cursor.fetchall()]


def _planned(
    backend: Any, statement: Any, query: Any, database: "Database", objects: "Objects"
) -> "tuple[Plan, Tables]":
    from embedded.cloud import athena_sql, warehouse_sql
    from embedded.cloud.lake import MissingTableError, find_table
    from embedded.cloud.lake_query import schemas

    expression = database.expanded(query)
    names = warehouse_sql.resolve(expression, database.external)
    try:
        tables = {name: find_table(backend.account_id, backend.region_name, *name, objects) for name in sorted(names)}
        return athena_sql.plan(expression, schemas(tables), statement.query_string, "redshift"), tables
    except (MissingTableError, athena_sql.QueryError) as problem:
        raise warehouse_sql.StatementError(f"ERROR: {problem}") from problem


_execute = RedshiftDataAPIServiceBackend.execute_statement
_shown = Statement.__iter__


def _execute_statement(self: Any, **asked: Any) -> Any:
    statement = _execute(self, **asked)
    if asked["cluster_identifier"] not in redshift_backends[self.account_id][self.region_name].clusters:
        statement.status = "FAILED"
        statement.embedded_error = f"Redshift endpoint {asked['cluster_identifier']} doesn't exist in this region."
    else:
        _pool().submit(_run, self, statement)
    return statement


def _describe(self: Any) -> Any:
    yield from _shown(self)
    if getattr(self, "embedded_error", None):
        yield "Error", self.embedded_error


def _get_statement_result(self: Any) -> Any:
    statement = self.redshiftdata_backend.describe_statement(self._get_param("Id"))
    if not statement.has_result_set:
        message = f"Query does not have result. Please check query status with DescribeStatement: {statement.status}"
        return 400, {"status": 400}, json.dumps({"__type": "ResourceNotFoundException", "Message": message})
    columns = [
        {"name": name, "label": name, "typeName": kind, "nullable": 1} for name, kind in statement.embedded_columns
    ]
    return (
        200,
        {},
        json.dumps(
            {
                "ColumnMetadata": columns,
                "Records": statement.embedded_rows,
                "TotalNumRows": statement.result_rows,
            }
        ),
    )


def install() -> None:
    """Let moto's Data API run statements."""
    RedshiftDataAPIServiceBackend.execute_statement = _execute_statement
    Statement.__iter__ = _describe
    RedshiftDataAPIServiceResponse.get_statement_result = _get_statement_result
