"""Redshift Data API: external schemas over the catalog, tables of its own, materialized views, and queries."""

import contextlib
import functools
import json
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.redshift.models import redshift_backends
from moto.redshiftdata.models import RedshiftDataAPIServiceBackend, Statement
from moto.redshiftdata.responses import RedshiftDataAPIServiceResponse

if TYPE_CHECKING:
    import duckdb

    from embedded.cloud.warehouse_asked import Asked
    from embedded.cloud.warehouse_catalog import Database

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
    from embedded.cloud.warehouse_asked import Query, StatementError
    from embedded.cloud.warehouse_sql import read

    begun = time.monotonic()
    try:
        parameters = {one["name"]: one["value"] for one in statement.query_parameters or []}
        asked = read(statement.query_string, parameters)
        cluster = redshift_backends[backend.account_id][backend.region_name].clusters[statement.cluster_identifier]
        database = _database(cluster, statement.database)
        with database.tables.transaction(changes=not isinstance(asked, Query)) as connection:
            _Turn(backend, statement, cluster, database, connection).perform(asked)
        status = "FINISHED"
    except StatementError as problem:
        statement.embedded_error, status = str(problem), "FAILED"
    except Exception as problem:
        log.exception("A Redshift statement failed")
        statement.embedded_error, status = f"ERROR: {type(problem).__name__}: {problem}", "FAILED"
    statement.duration = int((time.monotonic() - begun) * 1e9)
    if statement.status != "ABORTED":
        statement.status = status


@dataclass
class _Turn:
    """One statement on its way, within a transaction of its own."""

    backend: Any
    statement: Any
    cluster: Any
    database: "Database"
    connection: "duckdb.DuckDBPyConnection"

    def perform(self, asked: "Asked") -> None:
        """Do what is asked. Raises StatementError."""
        from embedded.cloud import warehouse_asked as ask

        match asked:
            case ask.Query():
                self._answer(asked.expression)
            case ask.Insert():
                self.database.must_be_table(asked.into)
                with self._opened(asked.rows) as sql:
                    self.database.tables.insert(asked, sql, self.connection)
            case ask.Delete():
                self.database.must_be_table(asked.out_of)
                self.database.tables.delete(asked, self.connection)
            case ask.Call():
                for each in self.database.called(asked).body:
                    self.perform(each)
            case _:
                self._change(asked)

    def _change(self, asked: "Asked") -> None:
        from embedded.cloud import warehouse_asked as ask

        if isinstance(asked, ask.CreateExternalSchema):
            _check_role(self.cluster, asked.role)
        # As Redshift, which fills a view when it is made and refreshed: one that can't be read is neither.
        if isinstance(asked, ask.CreateView):
            self._read(asked.query)
        self.database.change(asked, self.connection)
        if isinstance(asked, ask.RefreshView):
            self._read(self.database.views[asked.name])

    def _answer(self, query: Any) -> None:
        from embedded.cloud.warehouse_sql import cells

        described, found = self._read(query)
        rows = [cells(row) for row in found]
        self.statement.embedded_columns, self.statement.embedded_rows = described, rows
        self.statement.has_result_set = True
        self.statement.result_rows = len(rows)
        self.statement.result_size = len(json.dumps(rows))

    def _read(self, query: Any) -> tuple[list[tuple[str, str]], list[Any]]:
        """The columns of a query, name and type, and its rows."""
        with self._opened(query) as sql:
            cursor = self.connection.execute(sql)
            return [(item[0].lower(), str(item[1]).lower()) for item in cursor.description], cursor.fetchall()

    @contextlib.contextmanager
    def _opened(self, query: Any) -> "Iterator[str]":
        """A query in DuckDB's words, while what it reads of the lake is before the connection."""
        from embedded.cloud import athena_sql, warehouse_sql
        from embedded.cloud.lake import MissingTableError, find_table
        from embedded.cloud.lake_query import put_before, schemas
        from embedded.cloud.objects import Objects
        from embedded.cloud.warehouse_asked import StatementError

        backend, columns = self.backend, self.database.tables.columns
        objects = Objects(backend.account_id)
        expression = self.database.expanded(query)
        of_lake, of_ours = warehouse_sql.resolve(expression, self.database.external, columns.keys())
        own = {
            (named.schema, named.name): {name: kind.sql("trino") for name, kind in columns[named].items()}
            for named in of_ours
        }
        try:
            tables = {name: find_table(backend.account_id, backend.region_name, *name, objects) for name in of_lake}
            plan = athena_sql.plan(expression, schemas(tables), self.statement.query_string, "redshift", own)
        except (MissingTableError, athena_sql.QueryError) as problem:
            raise StatementError(f"ERROR: {problem}") from problem
        put_before(self.connection, plan, tables, objects)
        yield plan.sql


def _check_role(cluster: Any, role: str | None) -> None:
    from embedded.cloud.warehouse_asked import StatementError

    if role is None or (role.upper() != "DEFAULT" and role not in cluster.iam_roles_arn):
        name = cluster.cluster_identifier
        raise StatementError(f"ERROR: The IAM role {role} is not attached to the cluster {name}.")


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
