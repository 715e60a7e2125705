"""Redshift Data API: external schemas over the catalog, and queries through them. There are no local tables."""

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
    from embedded.cloud.warehouse_sql import CreateSchema, DropSchema, Query

log = logging.getLogger(__name__)

Schemas = dict[str, str]


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix="redshift")


def _schemas(backend: Any, cluster: str, database: str) -> Schemas:
    """The external schemas of one database: name to database of the Glue catalog."""
    held: dict[tuple[str, str], Schemas] = backend.__dict__.setdefault("embedded_schemas", {})
    return held.setdefault((cluster, database), {})


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


def _perform(backend: Any, statement: Any, asked: "CreateSchema | DropSchema | Query") -> None:
    from embedded.cloud.warehouse_sql import CreateSchema, DropSchema, StatementError

    held = _schemas(backend, statement.cluster_identifier, statement.database)
    if isinstance(asked, CreateSchema):
        if asked.name in held and not asked.lenient:
            raise StatementError(f'ERROR: schema "{asked.name}" already exists')
        _check_role(backend, statement.cluster_identifier, asked.role)
        held.setdefault(asked.name, asked.database)
    elif isinstance(asked, DropSchema):
        if held.pop(asked.name, None) is None and not asked.lenient:
            raise StatementError(f'ERROR: schema "{asked.name}" does not exist')
    else:
        _query(backend, statement, asked, held)


def _check_role(backend: Any, cluster: str, role: str | None) -> None:
    from embedded.cloud.warehouse_sql import StatementError

    attached = redshift_backends[backend.account_id][backend.region_name].clusters[cluster].iam_roles_arn
    if role is None or (role.upper() != "DEFAULT" and role not in attached):
        raise StatementError(f"ERROR: The IAM role {role} is not attached to the cluster {cluster}.")


def _query(backend: Any, statement: Any, asked: "Query", held: Schemas) -> None:
    from embedded.cloud import athena_sql, warehouse_sql
    from embedded.cloud.lake import MissingTableError, find_table
    from embedded.cloud.lake_query import opened, schemas
    from embedded.cloud.objects import Objects

    objects = Objects(backend.account_id)
    names = warehouse_sql.resolve(asked.expression, held)
    try:
        tables = {name: find_table(backend.account_id, backend.region_name, *name, objects) for name in sorted(names)}
        plan = athena_sql.plan(asked.expression, schemas(tables), statement.query_string, "redshift")
    except (MissingTableError, athena_sql.QueryError) as problem:
        raise warehouse_sql.StatementError(f"ERROR: {problem}") from problem
    with opened(plan, tables, objects) as connection:
        cursor = connection.execute(plan.sql)
        statement.embedded_columns = [(item[0].lower(), str(item[1]).lower()) for item in cursor.description]
        statement.embedded_rows = [warehouse_sql.cells(row) for row in cursor.fetchall()]
    statement.has_result_set = True
    statement.result_rows = len(statement.embedded_rows)
    statement.result_size = len(json.dumps(statement.embedded_rows))


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
