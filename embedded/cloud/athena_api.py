"""The actions of Athena's API that concern executions, put in the place of moto's."""

import functools
import json
from typing import TYPE_CHECKING, Any

from moto.athena.models import athena_backends
from moto.athena.responses import AthenaResponse

from embedded.cloud import callers
from embedded.cloud.athena_results import InvalidRequestError, page

if TYPE_CHECKING:
    from embedded.cloud.athena import Athena

MOST_ROWS = 1000


@functools.cache
def engine() -> "Athena":
    """The engine, loaded at its first use: DuckDB, pyiceberg and pandas take seconds to import."""
    from embedded.cloud.athena import Athena

    return Athena()


def _refused(message: str) -> tuple[str, dict[str, int]]:
    return json.dumps({"__type": "InvalidRequestException", "Message": message}), {"status": 400}


def _backend(response: Any) -> Any:
    return athena_backends[response.current_account][response.region]


class _Actions:
    """Methods for moto's response class; `self` is that class's instance."""

    def start_query_execution(self: Any) -> Any:
        try:
            identifier = engine().start(_backend(self), json.loads(self.body), callers.current())
        except InvalidRequestError as problem:
            return _refused(str(problem))
        return json.dumps({"QueryExecutionId": identifier})

    def get_query_execution(self: Any) -> Any:
        identifier = self._get_param("QueryExecutionId")
        execution = _backend(self).executions.get(identifier)
        if execution is None:
            return _refused(f"QueryExecution {identifier} was not found")
        return json.dumps({"QueryExecution": execution.describe()})

    def batch_get_query_execution(self: Any) -> Any:
        asked = self._get_param("QueryExecutionIds") or []
        executions = _backend(self).executions
        missing = [
            {"QueryExecutionId": one, "ErrorCode": "INVALID_INPUT", "ErrorMessage": "was not found"}
            for one in asked
            if one not in executions
        ]
        shown = [executions[one].describe() for one in asked if one in executions]
        return json.dumps({"QueryExecutions": shown, "UnprocessedQueryExecutionIds": missing})

    def get_query_results(self: Any) -> Any:
        identifier = self._get_param("QueryExecutionId")
        execution = _backend(self).executions.get(identifier)
        if execution is None:
            return _refused(f"QueryExecution {identifier} was not found")
        if execution.status != "SUCCEEDED":
            return _refused(f"Query has not yet finished. Current state: {execution.status}")
        limit = min(int(self._get_param("MaxResults") or MOST_ROWS), MOST_ROWS)
        return json.dumps(page(execution.columns, execution.rows, self._get_param("NextToken"), limit))

    def stop_query_execution(self: Any) -> Any:
        identifier = self._get_param("QueryExecutionId")
        execution = _backend(self).executions.get(identifier)
        if execution is None:
            return _refused(f"QueryExecution {identifier} was not found")
        engine().stop(execution)
        return "{}"


def install() -> None:
    """Let moto's Athena run queries through the engine."""
    for name, action in vars(_Actions).items():
        if not name.startswith("_") and callable(action):
            setattr(AthenaResponse, name, action)
