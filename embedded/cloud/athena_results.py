"""Query results as Athena writes them: text of each value, column metadata, the CSV object."""

import base64
import datetime
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

PRECISION = {
    "tinyint": (3, 0),
    "smallint": (5, 0),
    "integer": (10, 0),
    "bigint": (19, 0),
    "float": (17, 0),
    "double": (17, 0),
    "varchar": (2147483647, 0),
    "timestamp": (3, 0),
    "timestamp with time zone": (3, 0),
}
# Athena's name of what DuckDB calls otherwise. DuckDB widens the sum of bigint, Athena does not.
_NAMES = {"HUGEINT": "bigint", "REAL": "float", "BLOB": "varbinary", "UUID": "varchar", '"NULL"': "varchar"}


class InvalidRequestError(Exception):
    """The call is refused before there is an execution."""


@dataclass(frozen=True)
class Column:
    """One column of a result: its label and Athena's name of its type."""

    name: str
    type: str

    def describe(self) -> dict[str, Any]:
        """The column as GetQueryResults describes it."""
        precision, scale = PRECISION.get(self.type, (0, 0))
        kind = self.type
        if kind.startswith("decimal("):
            precision, scale = (int(part) for part in kind[8:-1].split(","))
            kind = "decimal"
        return {
            "CatalogName": "hive",
            "SchemaName": "",
            "TableName": "",
            "Name": self.name,
            "Label": self.name,
            "Type": kind,
            "Precision": precision,
            "Scale": scale,
            "Nullable": "UNKNOWN",
            "CaseSensitive": kind == "varchar",
        }


def athena_type(duckdb_type: str) -> str:
    """Athena's name of a DuckDB type."""
    if duckdb_type.endswith("[]"):
        return "array"
    if duckdb_type.startswith("STRUCT"):
        return "row"
    if duckdb_type.startswith("MAP"):
        return "map"
    if duckdb_type.startswith("TIMESTAMP"):
        return "timestamp with time zone" if "TIME ZONE" in duckdb_type else "timestamp"
    return _NAMES.get(duckdb_type, duckdb_type.lower().replace(" ", ""))


def text(value: Any) -> str | None:
    """A value as Athena writes it; None for null."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return double_text(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime.datetime):
        digits = "microseconds" if value.microsecond % 1000 else "milliseconds"
        shown = value.replace(tzinfo=None).isoformat(sep=" ", timespec=digits)
        return f"{shown} UTC" if value.tzinfo else shown
    if isinstance(value, bytes | bytearray):
        return " ".join(f"{byte:02x}" for byte in value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_nested(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_nested(item) for item in value) + "]"
    return str(value)


def _nested(value: Any) -> str:
    shown = text(value)
    return "null" if shown is None else shown


def double_text(value: float) -> str:
    """A double as Java writes it: 1.0E7, 0.001, NaN, Infinity."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        shown = format(Decimal(repr(value)), "f")
        return shown if "." in shown else shown + ".0"
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    stripped = "".join(map(str, digits)).rstrip("0") or "0"
    power = len(digits) - 1 + int(exponent)
    return f"{'-' if sign else ''}{stripped[0]}.{stripped[1:] or '0'}E{power}"


def csv_object(columns: Sequence[Column], rows: Iterable[Sequence[str | None]]) -> bytes:
    """The result object: every value in quotes, nulls empty."""
    lines = [",".join(_quoted(column.name) for column in columns)]
    lines += [",".join("" if value is None else _quoted(value) for value in row) for row in rows]
    return ("\n".join(lines) + "\n").encode()


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def page(
    columns: Sequence[Column], rows: Sequence[Sequence[str | None]], token: str | None, limit: int
) -> dict[str, Any]:
    """One page of GetQueryResults; the first begins with the names of the columns, as Athena's does."""
    start = json.loads(base64.b64decode(token)) if token else 0
    everything: list[Sequence[str | None]] = [[column.name for column in columns], *rows]
    shown = everything[start : start + limit]
    answer: dict[str, Any] = {
        "UpdateCount": 0,
        "ResultSet": {
            "Rows": [{"Data": [{} if value is None else {"VarCharValue": value} for value in row]} for row in shown],
            "ResultSetMetadata": {"ColumnInfo": [column.describe() for column in columns]},
        },
    }
    if start + limit < len(everything):
        answer["NextToken"] = base64.b64encode(json.dumps(start + limit).encode()).decode()
    return answer
