"""External tables over text: CSV and JSON read as their SerDes do, spoiled lines included."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
LAZY_SIMPLE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
JSON_SERDES = ("org.openx.data.jsonserde.JsonSerDe", "org.apache.hive.hcatalog.data.JsonSerDe")


class MalformedTextError(ValueError):
    """A line that the table's SerDe can't read."""


def open_csv(data: bytes, schema: pa.Schema, parameters: Mapping[str, str], skip: int) -> pa.Table:
    """Read OpenCSVSerDe: every column a string, missing ones null, further ones ignored."""
    names = schema.names
    options = {
        "delimiter": parameters.get("separatorChar", ","),
        "quote_char": parameters.get("quoteChar", '"'),
        "escape_char": parameters.get("escapeChar", "\\"),
    }
    strings = {name: pa.string() for name in names}
    try:
        return pyarrow.csv.read_csv(
            io.BytesIO(data),
            read_options=pyarrow.csv.ReadOptions(column_names=names, skip_rows=skip, use_threads=False),
            parse_options=pyarrow.csv.ParseOptions(**options, newlines_in_values=False),
            convert_options=pyarrow.csv.ConvertOptions(column_types=strings, strings_can_be_null=False),
        )
    except pa.ArrowInvalid:
        # Lines of unequal length: pyarrow refuses the file, Hive does not.
        return _ragged_csv(data, names, options, skip)


def _ragged_csv(data: bytes, names: list[str], options: Mapping[str, str], skip: int) -> pa.Table:
    lines = data.decode("utf-8", errors="replace").splitlines()[skip:]
    reader = csv.reader(
        (line for line in lines if line),
        delimiter=options["delimiter"],
        quotechar=options["quote_char"],
        escapechar=options["escape_char"],
    )
    width = len(names)
    rows = [[*row[:width], *[None] * (width - len(row))] for row in reader]
    columns = list(zip(*rows, strict=True)) or [()] * width
    return pa.table({name: pa.array(column, pa.string()) for name, column in zip(names, columns, strict=True)})


def lazy_simple(data: bytes, schema: pa.Schema, parameters: Mapping[str, str], skip: int) -> pa.Table:
    """Read LazySimpleSerDe: fields split at the delimiter alone, what does not fit its type null."""
    delimiter = parameters.get("field.delim", parameters.get("serialization.format", "\x01"))
    lines = data.decode("utf-8", errors="replace").splitlines()[skip:]
    rows = [line.split(delimiter) for line in lines]
    columns = {}
    for place, field in enumerate(schema):
        values = [row[place] if place < len(row) and row[place] != "\\N" else None for row in rows]
        columns[field.name] = _column(values, field.type)
    return pa.table(columns)


def json_lines(data: bytes, schema: pa.Schema, parameters: Mapping[str, str], skip: int) -> pa.Table:
    """Read a JSON SerDe: an object a line. Raises MalformedTextError unless the table ignores malformed lines."""
    lenient = parameters.get("ignore.malformed.json", "false").lower() == "true"
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(data.decode("utf-8", errors="replace").splitlines()[skip:], start=skip + 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
            if not isinstance(value, dict):
                raise MalformedTextError(f"line {number}: not a JSON object")
            rows.append({key.lower(): item for key, item in value.items()})
        except ValueError as problem:
            if not lenient:
                raise MalformedTextError(f"line {number}: {problem}") from problem
            rows.append({})
    return pa.table({field.name: _json_column([row.get(field.name) for row in rows], field.type) for field in schema})


def _json_column(values: list[Any], kind: pa.DataType) -> pa.Array:
    try:
        return pa.array(values, kind)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        if not pa.types.is_nested(kind) and all(value is None or isinstance(value, str) for value in values):
            return _column(values, kind)
        return pa.array([_json_value(value, kind) for value in values], kind)


def _column(values: list[str | None], kind: pa.DataType) -> pa.Array:
    if pa.types.is_timestamp(kind):
        values = [value and _timestamp_text(value) for value in values]
    try:
        return pa.array(values, pa.string()).cast(kind)
    except pa.ArrowInvalid:
        return pa.array([_cast(value, kind) for value in values], kind)


def _json_value(value: Any, kind: pa.DataType) -> Any:
    if value is None:
        return None
    if pa.types.is_string(kind):
        return value if isinstance(value, str) else json.dumps(value)
    if isinstance(value, dict | list):
        return value if pa.types.is_nested(kind) else None
    if isinstance(value, bool) and not pa.types.is_boolean(kind):
        return None
    return _cast(str(value).lower() if isinstance(value, bool) else str(value), kind)


def _cast(text: str | None, kind: pa.DataType) -> Any:
    """One value out of its text; None where the text is not of the type, as Hive reads it."""
    if text is None or pa.types.is_string(kind):
        return text
    if pa.types.is_boolean(kind):
        return {"true": True, "false": False}.get(text.strip().lower())
    if pa.types.is_timestamp(kind):
        text = _timestamp_text(text)
    try:
        return pc.cast(pa.scalar(text.strip()), kind).as_py()
    except pa.ArrowInvalid:
        return None


def _timestamp_text(text: str) -> str:
    return text.strip().replace("T", " ").removesuffix("Z")


def concatenated(tables: Iterable[pa.Table], schema: pa.Schema) -> pa.Table:
    """All rows of `tables`, or none in the table's own schema."""
    parts = list(tables)
    return pa.concat_tables(parts) if parts else schema.empty_table()
