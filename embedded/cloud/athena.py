"""Athena StartQueryExecution: runs the query on DuckDB over the lake's own tables."""

import contextlib
import logging
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import duckdb

from embedded.cloud import athena_sql, lake_grants
from embedded.cloud.athena_results import Column, InvalidRequestError, athena_type, csv_object, text
from embedded.cloud.athena_sql import QueryError
from embedded.cloud.callers import Caller
from embedded.cloud.hive import HiveTypeError
from embedded.cloud.lake import MissingTableError, UnreadableTableError, find_table
from embedded.cloud.lake_grants import NoPrivilegeError
from embedded.cloud.lake_query import Schemas, Tables, opened, schemas
from embedded.cloud.objects import MissingObjectError, Objects, split
from embedded.cloud.row_filters import Window, window
from embedded.cloud.text_tables import MalformedTextError

log = logging.getLogger(__name__)

AT_ONCE = 2
# AthenaError's categories: https://docs.aws.amazon.com/athena/latest/ug/error-reference.html
SYSTEM, USER = 1, 2


class ScanLimitError(Exception):
    """The query read more than its workgroup allows."""


class Execution:
    """One query execution, from QUEUED to its end."""

    def __init__(
        self,
        *,
        query: str,
        database: str | None,
        parameters: list[str],
        workgroup: Any,
        output: str,
        context: Any,
        caller: Caller | None,
    ) -> None:
        self.id = str(uuid.uuid4())
        self.query = query
        self.database = database
        self.execution_parameters = parameters
        self.workgroup = workgroup
        self.context = context
        self.caller = caller
        self.config = {"OutputLocation": f"{output.rstrip('/')}/{self.id}.csv"}
        self.status = "QUEUED"
        self.reason: str | None = None
        self.submitted = time.time()
        self.begun: float | None = None
        self.ended: float | None = None
        self.scanned = 0
        self.columns: list[Column] = []
        self.rows: list[list[str | None]] = []
        self.connection: Any = None

    def advance(self) -> None:
        """Do nothing: asking does not change an execution."""

    def describe(self) -> dict[str, Any]:
        """The execution as GetQueryExecution shows it."""
        end = self.ended or time.time()
        begun = self.begun or end
        status: dict[str, Any] = {"State": self.status, "SubmissionDateTime": self.submitted}
        if self.ended:
            status["CompletionDateTime"] = self.ended
        if self.reason:
            status["StateChangeReason"] = self.reason
            category = SYSTEM if self.reason.startswith("GENERIC_INTERNAL_ERROR") else USER
            status["AthenaError"] = {"ErrorCategory": category, "Retryable": False, "ErrorMessage": self.reason}
        shown: dict[str, Any] = {
            "QueryExecutionId": self.id,
            "Query": self.query,
            "StatementType": "DML",
            "SubstatementType": "SELECT",
            "ResultConfiguration": self.config,
            "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
            "QueryExecutionContext": self.context,
            "Status": status,
            "Statistics": {
                "EngineExecutionTimeInMillis": int((end - begun) * 1000),
                "DataScannedInBytes": self.scanned,
                "TotalExecutionTimeInMillis": int((end - self.submitted) * 1000),
                "QueryQueueTimeInMillis": int((begun - self.submitted) * 1000),
                "ResultReuseInformation": {"ReusedPreviousResult": False},
            },
            "WorkGroup": self.workgroup.name,
            "EngineVersion": {
                "SelectedEngineVersion": "AUTO",
                "EffectiveEngineVersion": "Athena engine version 3",
            },
        }
        if self.execution_parameters:
            shown["ExecutionParameters"] = self.execution_parameters
        return shown


class Athena:
    """Runs executions, at most two at once."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="athena")
        self._tokens: dict[str, str] = {}
        self._lock = threading.Lock()

    def start(self, backend: Any, request: dict[str, Any], caller: Caller | None) -> str:
        """Queue a query, which runs with its caller's rights; its execution id. Raises InvalidRequestError."""
        token = request.get("ClientRequestToken")
        with self._lock:
            if token and token in self._tokens:
                return self._tokens[token]
            execution = _accept(backend, request, caller)
            backend.executions[execution.id] = execution
            if token:
                self._tokens[token] = execution.id
        self._pool.submit(self._run, backend, execution)
        return execution.id

    def stop(self, execution: Any) -> None:
        """Cancel an execution that has not ended."""
        if execution.status in ("QUEUED", "RUNNING"):
            execution.status = "CANCELLED"
            execution.ended = time.time()
            with contextlib.suppress(duckdb.Error):
                if execution.connection is not None:
                    execution.connection.interrupt()

    def _run(self, backend: Any, execution: Execution) -> None:
        if execution.status == "CANCELLED":
            return
        execution.status, execution.begun = "RUNNING", time.time()
        state, reason = "SUCCEEDED", None
        try:
            _execute(backend, execution)
        except ScanLimitError:
            state, reason = "CANCELLED", "Bytes scanned limit was exceeded"
        except Exception as problem:  # noqa: BLE001 - whatever ends a query is its reason
            state, reason = "FAILED", _reason(problem)
            log.info("Query %s failed: %s", execution.id, reason)
        if execution.status == "CANCELLED":
            return
        execution.ended = time.time()
        execution.reason = reason
        execution.status = state


def _accept(backend: Any, request: dict[str, Any], caller: Caller | None) -> Execution:
    name = request.get("WorkGroup") or "primary"
    workgroup = backend.work_groups.get(name)
    if workgroup is None:
        raise InvalidRequestError(f"WorkGroup {name} is not found.")
    if workgroup.state != "ENABLED":
        raise InvalidRequestError(f"WorkGroup {name} is disabled.")
    own = (workgroup.configuration.get("ResultConfiguration") or {}).get("OutputLocation")
    asked = (request.get("ResultConfiguration") or {}).get("OutputLocation")
    output = own if workgroup.configuration.get("EnforceWorkGroupConfiguration") and own else asked or own
    if not output:
        raise InvalidRequestError(
            "No output location provided. An output location is required either through the Workgroup result "
            "configuration setting or as an API input."
        )
    if split(output)[0] not in Objects(backend.account_id)._backend.buckets:
        raise InvalidRequestError(f"Unable to verify/create output bucket {split(output)[0]}")
    context = request.get("QueryExecutionContext") or {}
    return Execution(
        query=request["QueryString"],
        database=context.get("Database"),
        parameters=request.get("ExecutionParameters") or [],
        workgroup=workgroup,
        output=output,
        context=context,
        caller=caller,
    )


def _execute(backend: Any, execution: Execution) -> None:
    objects = Objects(backend.account_id)
    query = athena_sql.parse(execution.query, execution.execution_parameters)
    found = {
        (database, name): find_table(backend.account_id, backend.region_name, database, name, objects)
        for database, name in sorted(athena_sql.tables(query, execution.database))
    }
    columns = schemas(found)
    windows = _look(backend, execution.caller, found, columns) if execution.caller is not None else {}
    plan = athena_sql.plan(query, columns, execution.query)
    objects.bytes_read = 0
    with opened(plan, found, objects, lambda: _check_scanned(execution, objects.bytes_read), windows) as connection:
        execution.connection = connection
        if execution.status == "CANCELLED":
            return
        cursor = connection.execute(plan.sql)
        execution.columns = [Column(item[0].lower(), athena_type(str(item[1]))) for item in cursor.description]
        execution.rows = [[text(value) for value in row] for row in cursor.fetchall()]
    execution.scanned = objects.bytes_read
    objects.write(execution.config["OutputLocation"], csv_object(execution.columns, execution.rows))


def _look(backend: Any, caller: Caller, found: Tables, columns: Schemas) -> dict[tuple[str, str], Window]:
    """Leave in `columns` those that the caller may see; the windows through which it sees rows.

    Raises NoPrivilegeError and QueryError.
    """
    windows = {}
    for key, table in found.items():
        seen = lake_grants.seen(backend.account_id, backend.region_name, caller.arn, table)
        if not seen.columns:
            # What Athena says where there is DESCRIBE, and no SELECT.
            raise QueryError("COLUMN_NOT_FOUND", "Relation contains no accessible columns")
        through = window(seen, key, columns[key])
        if through is not None:
            windows[key] = through
        columns[key] = {name: kind for name, kind in columns[key].items() if name in seen.columns}
    return windows


def _check_scanned(execution: Execution, scanned: int) -> None:
    cutoff = execution.workgroup.configuration.get("BytesScannedCutoffPerQuery")
    execution.scanned = scanned
    if cutoff and scanned > int(cutoff):
        raise ScanLimitError


def _reason(problem: Exception) -> str:
    """What went wrong, in Athena's words where it has some."""
    if isinstance(problem, QueryError | NoPrivilegeError):
        return str(problem)
    if isinstance(problem, MissingTableError):
        kind = problem.kind
        name = f"'{athena_sql.CATALOG}.{problem}'" if kind == "TABLE" else f"'{problem}'"
        return f"{kind}_NOT_FOUND: {kind.capitalize()} {name} does not exist"
    if isinstance(problem, UnreadableTableError | HiveTypeError):
        return f"NOT_SUPPORTED: the embedded cloud: {problem}"
    if isinstance(problem, MalformedTextError):
        return f"HIVE_CURSOR_ERROR: Row is not a valid JSON Object: {problem}"
    if isinstance(problem, MissingObjectError):
        return f"ICEBERG_MISSING_METADATA: {problem}"
    if isinstance(problem, duckdb.Error):
        return f"{_code(problem)}: {str(problem).splitlines()[0]}"
    log.exception("A query failed", exc_info=problem)
    return f"GENERIC_INTERNAL_ERROR: {type(problem).__name__}: {problem}"


def _code(problem: duckdb.Error) -> str:
    if isinstance(problem, duckdb.ConversionException):
        return "INVALID_CAST_ARGUMENT"
    if isinstance(problem, duckdb.CatalogException) and "Function" in str(problem):
        return "FUNCTION_NOT_FOUND"
    if isinstance(problem, duckdb.BinderException):
        return "SYNTAX_ERROR"
    return "GENERIC_USER_ERROR"
