"""The REST API over the refined marts: API Gateway → here → Athena.

Input is checked against a closed list of parameters, and reaches Athena as execution parameters only: the text of
every statement is made from this file alone.
"""

import json
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from workloads.functions import records
else:
    import records

MOST_ROWS = 999
"""One page of Athena's results is 1,000 rows, the header's among them."""
RESERVE_MS = 1_000
"""What is left of the function's time when it gives up waiting for Athena."""
PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds between looks at a running query; the last one repeats."""


@dataclass(frozen=True)
class Parameter:
    """A query parameter: the column it selects on, and what it may be. A pattern admits no quote."""

    column: str
    pattern: re.Pattern[str]
    wanted: str
    number: bool = False

    def literal(self, value: str) -> str:
        """The value as an Athena execution parameter, which is a literal: texts come in quotes."""
        return value if self.number else f"'{value}'"


@dataclass(frozen=True)
class Resource:
    """One path: a mart, its order, and the parameters that select rows of it."""

    table: str
    order: str
    parameters: Mapping[str, Parameter]


def _one_of(column: str, *values: str) -> Parameter:
    return Parameter(column, re.compile("|".join(map(re.escape, values))), f"one of {', '.join(values)}")


_AIRPORT = re.compile(r"[0-9A-Z]{3}", re.ASCII)
RESOURCES: Mapping[str, Resource] = {
    "/punctuality": Resource(
        "punctuality_by_carrier",
        "carrier, year, month",
        {
            "carrier": Parameter("carrier", re.compile(r"[0-9A-Z]{2}", re.ASCII), "a carrier's code as UA"),
            "year": Parameter("year", re.compile(r"20[0-9]{2}", re.ASCII), "a year as 2013", number=True),
            "month": Parameter("month", re.compile(r"[1-9]|1[0-2]", re.ASCII), "1 to 12", number=True),
        },
    ),
    "/routes": Resource(
        "routes",
        "origin, dest",
        {
            "origin": Parameter("origin", _AIRPORT, "an airport's code as JFK"),
            "dest": Parameter("dest", _AIRPORT, "an airport's code as LAX"),
        },
    ),
    "/delays": Resource(
        "delay_by_weather",
        "visibility, precipitation, wind",
        {
            "visibility": _one_of("visibility", "under 1 mile", "1 to 5 miles", "5 to 10 miles", "10 miles", "unknown"),
            "precipitation": _one_of("precipitation", "none", "light", "heavy", "unknown"),
            "wind": _one_of("wind", "calm", "breeze", "strong", "unknown"),
        },
    ),
}


class QueryError(Exception):
    """Athena did not give an answer. `status` is what the caller gets."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(message)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one proxied request of API Gateway."""
    path = event.get("resource") or event.get("path") or ""
    resource = RESOURCES.get(path)
    if resource is None:
        return _answer(404, {"errors": [f"There is no {path}; ask for one of {', '.join(RESOURCES)}."]})
    given = event.get("multiValueQueryStringParameters") or {}
    errors = _errors(resource, given)
    if errors:
        return _answer(400, {"errors": errors})
    try:
        rows = query(*_statement(resource, {name: values[0] for name, values in given.items()}), context)
    except (QueryError, BotoCoreError, ClientError) as error:
        # What went wrong inside is for the log, not for the caller.
        request = getattr(context, "aws_request_id", "")
        records.log("ERROR", "query_failed", path=path, request=request, error=str(error))
        status = error.status if isinstance(error, QueryError) else 502
        return _answer(status, {"errors": [f"The data could not be read; request {request}."]})
    if not rows:
        return _answer(404, {"errors": ["Nothing matches; leave out a parameter to see what there is."]})
    return _answer(200, {"count": len(rows), "items": rows})


def query(statement: str, parameters: list[str], context: Any) -> list[dict[str, Any]]:
    """Run a statement and return its rows, typed. Raises QueryError when it fails or outlasts the function."""
    arguments = {"ExecutionParameters": parameters} if parameters else {}
    execution = athena().start_query_execution(
        QueryString=statement,
        QueryExecutionContext={"Database": os.environ["DATABASE_REFINED"]},
        WorkGroup=os.environ["WORKGROUP"],
        **arguments,
    )["QueryExecutionId"]
    for look in range(10_000):
        status = athena().get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"]
        if status["State"] == "SUCCEEDED":
            return _rows(athena().get_query_results(QueryExecutionId=execution)["ResultSet"])
        if status["State"] in ("FAILED", "CANCELLED"):
            reason = status.get("StateChangeReason", "no reason given")
            raise QueryError(502, f"{execution} {status['State']}: {reason}")
        if context.get_remaining_time_in_millis() < RESERVE_MS:
            break
        time.sleep(PAUSES[min(look, len(PAUSES) - 1)])
    athena().stop_query_execution(QueryExecutionId=execution)
    raise QueryError(504, f"{execution} did not finish in the function's time")


def _errors(resource: Resource, given: Mapping[str, list[str]]) -> list[str]:
    """Everything that is wrong with the query parameters."""
    errors = []
    for name, values in given.items():
        parameter = resource.parameters.get(name)
        if parameter is None:
            known = ", ".join(resource.parameters)
            errors.append(f"{name[:40]!r} is not a parameter here; give some of {known}.")
        elif len(values) != 1:
            errors.append(f"{name} is given {len(values)} times; give it once.")
        elif not parameter.pattern.fullmatch(values[0]):
            errors.append(f"{name} is {values[0][:40]!r}; give {parameter.wanted}.")
    return errors


def _statement(resource: Resource, given: Mapping[str, str]) -> tuple[str, list[str]]:
    """The statement with its question marks, and the literals that fill them, in order."""
    chosen = [(resource.parameters[name], value) for name, value in given.items()]
    where = " AND ".join(f"{parameter.column} = ?" for parameter, _ in chosen)
    # Table, columns and order are this file's own; nothing of the request is in the text.
    statement = f"SELECT * FROM {resource.table}{' WHERE ' if where else ''}{where}"  # noqa: S608
    return (
        f"{statement} ORDER BY {resource.order} LIMIT {MOST_ROWS}",
        [parameter.literal(value) for parameter, value in chosen],
    )


def _rows(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    columns = [(info["Name"], info["Type"]) for info in result["ResultSetMetadata"]["ColumnInfo"]]
    return [
        {name: _typed(kind, cell.get("VarCharValue")) for (name, kind), cell in zip(columns, row["Data"], strict=True)}
        for row in result["Rows"][1:]
    ]


def _typed(kind: str, text: str | None) -> Any:
    """A cell of Athena's result, where everything is text, in the type of its column."""
    if text is None:
        return None
    if kind in ("tinyint", "smallint", "integer", "bigint"):
        return int(text)
    if kind in ("double", "float", "real"):
        return float(text)
    return text == "true" if kind == "boolean" else text


def _answer(status: int, body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json", "X-Content-Type-Options": "nosniff"},
        "body": json.dumps(body),
    }


@cache
def athena() -> Any:
    """The Athena client, made at the first call and kept while the function is warm."""
    return boto3.client("athena")
