"""The marts, for whoever asks: API Gateway, the load balancer or AppSync → here → Athena.

What may be asked is in `marts.json`, made from the data contracts and the description of the REST API. Input is checked
against it, and reaches Athena as execution parameters only: the text of every statement is made of our own names alone.
"""

import base64
import hashlib
import json
import os
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

import boto3
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from workloads.functions import records
else:
    import records

MOST_ROWS = 999
"""One page of Athena's results is 1,000 rows, the header's among them."""
PAGE_ROWS = 500
"""The most rows of an answer of REST's; one more is read, to know whether there are more."""
RESERVE_MS = 1_000
"""What is left of the function's time when it gives up waiting for Athena."""
PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds between looks at a running query; the last one repeats."""
SAFE = re.compile(r"[\w .,:/+&()-]{1,64}", re.ASCII)
"""What no text may go beyond, whatever its contract admits: no quote among them, so that a literal stays one."""
NUMBER = re.compile(r"0|-?[1-9][0-9]{0,17}", re.ASCII)
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
TIME = re.compile(DATE.pattern + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z", re.ASCII)


@dataclass(frozen=True)
class Parameter:
    """A parameter, which selects on the column of its name, and what its contract says that it may be."""

    type: str
    enum: tuple[str, ...] = ()
    pattern: str | None = None
    minimum: int | None = None
    maximum: int | None = None

    def accepts(self, value: str) -> bool:
        """Whether a value may be asked for."""
        if self.type == "integer":
            if not NUMBER.fullmatch(value):
                return False
            return self._within(int(value))
        if self.type == "date":
            return DATE.fullmatch(value) is not None
        if not SAFE.fullmatch(value) or (self.enum and value not in self.enum):
            return False
        return self.pattern is None or re.fullmatch(self.pattern, value, re.ASCII) is not None

    def _within(self, value: int) -> bool:
        return (self.minimum is None or value >= self.minimum) and (self.maximum is None or value <= self.maximum)

    @property
    def wanted(self) -> str:
        """What to give, for who gave something else."""
        if self.type == "integer":
            low, high = (f" {word} {n}" if n is not None else "" for word, n in self._limits)
            return f"a whole number{low}{high}"
        if self.type == "date":
            return "a date as 2013-01-31"
        if self.enum:
            return f"one of {', '.join(self.enum)}"
        return f"a text of the form {self.pattern}" if self.pattern else "up to 64 letters, digits or . , : / + & ( ) -"

    @property
    def _limits(self) -> tuple[tuple[str, int | None], tuple[str, int | None]]:
        return ("from", self.minimum), ("to", self.maximum)

    def literal(self, value: str) -> str:
        """The value as an Athena execution parameter, which is a literal: texts come in quotes."""
        if self.type == "integer":
            return value
        return f"DATE '{value}'" if self.type == "date" else f"'{value}'"


@dataclass(frozen=True)
class Mart:
    """A table, the key that orders its rows, the parameters that select some, and the types of columns to sort by."""

    table: str
    key: tuple[str, ...]
    parameters: Mapping[str, Parameter]
    sortable: Mapping[str, str]


@dataclass(frozen=True)
class Page:
    """Some rows in an order: at most `limit`, of those `after` a row with these values in the order's columns."""

    order: tuple[tuple[str, bool], ...]
    """Columns, and whether each descends. The key's are among them, so that no two rows are alike."""
    limit: int
    after: tuple[Any, ...] | None = None

    @property
    def sort(self) -> str:
        """The order as one text."""
        return ",".join(f"{'-' if descends else ''}{column}" for column, descends in self.order)

    def cursor(self, row: Mapping[str, Any]) -> str:
        """What to give for the page after this row."""
        content = [self.sort, [row[column] for column, _ in self.order]]
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


@cache
def marts() -> Mapping[str, Mart]:
    """All marts by name."""
    return {
        name: Mart(
            name,
            tuple(mart["key"]),
            {
                column: Parameter(**rule | {"enum": tuple(rule.get("enum", ()))})
                for column, rule in mart["parameters"].items()
            },
            mart["sortable"],
        )
        for name, mart in _described()["marts"].items()
    }


@cache
def paths() -> Mapping[str, str]:
    """The mart that each path of the REST API is about."""
    found: Mapping[str, str] = _described()["paths"]
    return found


@cache
def _described() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((Path(__file__).parent / "marts.json").read_text(encoding="utf-8"))
    return found


class QueryError(Exception):
    """Athena did not give an answer. `status` is what the caller gets."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(message)


@dataclass(frozen=True)
class Outcome:
    """What came of a question: rows, or what was wrong."""

    status: int
    rows: tuple[dict[str, Any], ...] = ()
    errors: tuple[str, ...] = ()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer a request of API Gateway or of the load balancer, or resolve a field of AppSync's."""
    if "info" in event:
        return _resolve(event, context)
    if "elb" in event["requestContext"]:
        return _answer_balancer(event, context)
    return _answer_gateway(event, context)


def _resolve(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """https://docs.aws.amazon.com/appsync/latest/devguide/resolver-context-reference-js.html"""
    given = {name: [str(value)] for name, value in event["arguments"].items() if value is not None}
    outcome = ask(event["info"]["fieldName"], given, context)
    if outcome.errors:
        return {"errors": list(outcome.errors), "type": "Refused" if outcome.status == 400 else "Unavailable"}
    return {"items": list(outcome.rows)}


def _answer_gateway(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html"""
    path = event.get("resource") or event.get("path") or ""
    status, body = _answer(path, event.get("multiValueQueryStringParameters") or {}, context)
    status, headers, text = _tagged(status, body, event.get("headers") or {})
    return {"statusCode": status, "headers": headers, "body": text}


def _answer_balancer(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """It hands on parameters as they stand in the address, and wants headers as it gives them: with many values.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
    """
    if event["httpMethod"] in ("GET", "HEAD"):
        raw = event.get("multiValueQueryStringParameters") or {}
        given = {unquote_plus(name): [unquote_plus(value) for value in values] for name, values in raw.items()}
        status, body = _answer(event["path"], given, context)
    else:
        status, body = 405, {"errors": [f"{event['httpMethod']} is not done here; GET what there is."]}
    sent = {name: ",".join(values) for name, values in (event.get("multiValueHeaders") or {}).items()}
    status, headers, text = _tagged(status, body, sent)
    return {
        "statusCode": status,
        "statusDescription": f"{status} {HTTPStatus(status).phrase}",
        "isBase64Encoded": False,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "body": text,
    }


PAGING = ("sort", "limit", "cursor")
"""Parameters of every path, beside those that select rows."""
HEADERS: Mapping[str, str] = {"Content-Type": "application/json", "X-Content-Type-Options": "nosniff"}


def _tagged(status: int, body: Mapping[str, Any], sent: Mapping[str, str]) -> tuple[int, dict[str, str], str]:
    """Status, headers and text of an answer; 304 and no text for who has this very one already.

    https://www.rfc-editor.org/rfc/rfc9110#name-if-none-match
    """
    text = json.dumps(body)
    if status != 200:
        return status, dict(HEADERS), text
    tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    # Answers are somebody's who may ask, and marts are made anew: none is kept without asking again.
    headers = {**HEADERS, "ETag": tag, "Cache-Control": "private, no-cache"}
    known = next((value for name, value in sent.items() if name.lower() == "if-none-match"), "")
    has = {each.strip().removeprefix("W/") for each in known.split(",")}
    return (304, headers, "") if has & {tag, "*"} else (200, headers, text)


def _answer(path: str, given: Mapping[str, list[str]], context: Any) -> tuple[int, dict[str, Any]]:
    """Status and body of a REST request."""
    if path not in paths():
        return 404, {"errors": [f"There is no {path[:40]}; ask for one of {', '.join(paths())}."]}
    name = paths()[path]
    selects = {each: values for each, values in given.items() if each not in PAGING}
    errors: list[str] = []
    page = _page(marts()[name], {each: given[each] for each in PAGING if each in given}, errors)
    errors = _errors(marts()[name], selects) + errors
    if errors:
        return 400, {"errors": errors}
    outcome = ask(name, selects, context, page)
    if outcome.errors:
        return outcome.status, {"errors": list(outcome.errors)}
    if not outcome.rows:
        return 404, {"errors": ["Nothing matches; leave out a parameter to see what there is."]}
    rows = outcome.rows[: page.limit]
    more = page.cursor(rows[-1]) if len(outcome.rows) > page.limit else None
    return 200, {"count": len(rows), "items": list(rows), "next": more}


def ask(name: str, given: Mapping[str, list[str]], context: Any, page: Page | None = None) -> Outcome:
    """The rows of a mart that these values of its parameters select; of a page, one more than it has, if there are."""
    mart = marts()[name]
    errors = _errors(mart, given)
    if errors:
        return Outcome(400, errors=tuple(errors))
    page = page or Page(tuple((column, False) for column in mart.key), MOST_ROWS - 1)
    try:
        rows = query(*_statement(mart, {name: values[0] for name, values in given.items()}, page), context)
    except (QueryError, BotoCoreError, ClientError) as error:
        # What went wrong inside is for the log, not for the caller.
        request = getattr(context, "aws_request_id", "")
        records.log("ERROR", "query_failed", mart=name, request=request, error=str(error))
        status = error.status if isinstance(error, QueryError) else 502
        return Outcome(status, errors=(f"The data could not be read; request {request}.",))
    return Outcome(200, rows=tuple(rows))


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


def _errors(mart: Mart, given: Mapping[str, list[str]]) -> list[str]:
    """Everything that is wrong with the query parameters."""
    errors = []
    for name, values in given.items():
        parameter = mart.parameters.get(name)
        if parameter is None:
            known = ", ".join((*mart.parameters, *PAGING))
            errors.append(f"{name[:40]!r} is not a parameter here; give some of {known}.")
        elif len(values) != 1:
            errors.append(f"{name} is given {len(values)} times; give it once.")
        elif not parameter.accepts(values[0]):
            errors.append(f"{name} is {values[0][:40]!r}; give {parameter.wanted}.")
    return errors


def _page(mart: Mart, given: Mapping[str, list[str]], errors: list[str]) -> Page:
    """The page that is asked for; adds to `errors` what is wrong with `sort`, `limit` and `cursor`."""
    errors += [
        f"{name} is given {len(values)} times; give it once." for name, values in given.items() if len(values) > 1
    ]
    asked = {name: values[0] for name, values in given.items()}
    order = _order(mart, asked.get("sort", ""), errors)
    limit = asked.get("limit", str(PAGE_ROWS))
    if not NUMBER.fullmatch(limit) or not 1 <= int(limit) <= PAGE_ROWS:
        errors.append(f"limit is {limit[:40]!r}; give a whole number from 1 to {PAGE_ROWS}.")
        limit = "1"
    page = Page(order, int(limit))
    if "cursor" not in asked:
        return page
    after = _after(mart, page, asked["cursor"])
    if after is None:
        errors.append("cursor is none of this path and order; give the `next` of an answer, with the same sort.")
    return Page(order, int(limit), after)


def _order(mart: Mart, sort: str, errors: list[str]) -> tuple[tuple[str, bool], ...]:
    """The columns of `sort`, and then those of the key that it leaves out."""
    chosen = [(part.removeprefix("-"), part.startswith("-")) for part in sort.split(",")] if sort else []
    names = [column for column, _ in chosen]
    unknown = [column for column in names if column not in mart.sortable]
    if unknown:
        known = ", ".join(mart.sortable)
        errors.append(f"sort has {unknown[0][:40]!r}; give some of {known}, each with - before it to descend.")
        return tuple((column, False) for column in mart.key)
    if len(set(names)) < len(names):
        errors.append("sort has a column twice; give each once.")
    whole = (*chosen, *((column, False) for column in mart.key if column not in names))
    # The key tells rows apart: what would come after all of it decides nothing.
    last = max(place for place, (column, _) in enumerate(whole) if column in mart.key)
    return whole[: last + 1]


def _after(mart: Mart, page: Page, cursor: str) -> tuple[Any, ...] | None:
    """The values of a cursor, each of its column's type; None where it is no cursor of this order."""
    try:
        sort, values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError):
        return None
    if sort != page.sort or not isinstance(values, list) or len(values) != len(page.order):
        return None
    good = [
        (value is None and column not in mart.key) or _is(mart.sortable[column], value)
        for (column, _), value in zip(page.order, values, strict=True)
    ]
    return tuple(values) if all(good) else None


def _is(kind: str, value: Any) -> bool:
    if kind == "integer":
        return type(value) is int and NUMBER.fullmatch(str(value)) is not None
    if kind == "number":
        return type(value) in (int, float) and abs(value) < 1e300
    if kind == "boolean":
        return type(value) is bool
    form = {"date": DATE, "timestamp": TIME}.get(kind, SAFE)
    return type(value) is str and form.fullmatch(value) is not None


def _statement(mart: Mart, given: Mapping[str, str], page: Page) -> tuple[str, list[str]]:
    """The statement with its question marks, and the literals that fill them, in order."""
    conditions = [f"{column} = ?" for column in given]
    literals = [mart.parameters[column].literal(value) for column, value in given.items()]
    if page.after is not None:
        condition, values = _beyond(mart, page.order, page.after)
        conditions.append(f"({condition})")
        literals += values
    where = " AND ".join(conditions)
    order = ", ".join(f"{column}{' DESC' if descends else ''}" for column, descends in page.order)
    # Table, columns and order are the contracts' names; nothing of the request is in the text.
    statement = f"SELECT * FROM {mart.table}{' WHERE ' if where else ''}{where}"  # noqa: S608
    return f"{statement} ORDER BY {order} LIMIT {page.limit + 1}", literals


def _beyond(mart: Mart, order: Sequence[tuple[str, bool]], after: Sequence[Any]) -> tuple[str, list[str]]:
    """The condition of rows after the one with these values, and its literals. Athena puts nulls last, either way."""
    (column, descends), value = order[0], after[0]
    rest, values = _beyond(mart, order[1:], after[1:]) if len(order) > 1 else ("", [])
    if value is None:
        return f"{column} IS NULL AND ({rest})", values
    literal = _literal(mart.sortable[column], value)
    later = f"{column} {'<' if descends else '>'} ?"
    if column not in mart.key:
        later += f" OR {column} IS NULL"
    if not rest:
        return later, [literal]
    return f"{later} OR ({column} = ? AND ({rest}))", [literal, literal, *values]


def _literal(kind: str, value: Any) -> str:
    """A value of a cursor as an Athena execution parameter."""
    if kind in ("integer", "number"):
        return str(value) if type(value) is int else f"{value:.17E}"
    if kind == "boolean":
        return str(value).lower()
    if kind == "timestamp":
        return f"TIMESTAMP '{value.removesuffix('Z').replace('T', ' ')}'"
    return f"DATE '{value}'" if kind == "date" else f"'{value}'"


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
    if kind.startswith("timestamp"):
        return f"{text.removesuffix(' UTC').replace(' ', 'T')}Z"
    return text == "true" if kind == "boolean" else text


@cache
def athena() -> Any:
    """The Athena client, made at the first call and kept while the function is warm."""
    return boto3.client("athena")
