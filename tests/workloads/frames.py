"""Small frames for the jobs' transforms."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

LINES = "record BINARY, raw_object STRING, arrived_at TIMESTAMP, block BIGINT, row BIGINT"
REJECTED = "record BINARY, raw_object STRING"
EARLY = datetime(2026, 1, 1, tzinfo=UTC)
LATE = datetime(2026, 1, 2, tzinfo=UTC)


def lines(spark: Any, *records: bytes, raw_object: str = "initial/raw/a", arrived_at: datetime = EARLY) -> Any:
    """Lines of one raw object, in order."""
    rows = [(bytearray(record), raw_object, arrived_at, 0, number) for number, record in enumerate(records)]
    return spark.createDataFrame(rows, LINES)


def rejected(spark: Any, *records: bytes, raw_object: str = "initial/raw/a") -> Any:
    """Rejects of one raw object."""
    return spark.createDataFrame([(bytearray(record), raw_object) for record in records], REJECTED)


def table(spark: Any, columns: Sequence[Mapping[str, str]], rows: Iterable[Mapping[str, Any]]) -> Any:
    """Rows with some columns of a table; the others are null."""
    schema = ", ".join(f"`{column['name']}` {column['type'].upper()}" for column in columns)
    names = [column["name"] for column in columns]
    return spark.createDataFrame([tuple(row.get(name) for name in names) for row in rows], schema)


def dicts(frame: Any) -> list[dict[str, Any]]:
    """Every row as a dictionary."""
    return [row.asDict() for row in frame.collect()]
