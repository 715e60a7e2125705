"""Column types as the Glue catalog writes them, in the terms of Arrow and of Iceberg."""

import re

import pyarrow as pa

_SIMPLE = {
    "string": pa.string(),
    "varchar": pa.string(),
    "char": pa.string(),
    "tinyint": pa.int8(),
    "smallint": pa.int16(),
    "int": pa.int32(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "long": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "timestamptz": pa.timestamp("us", tz="UTC"),
    "binary": pa.binary(),
}
_DECIMAL = re.compile(r"decimal(?:\((\d+)(?:,(\d+))?\))?$")


class HiveTypeError(ValueError):
    """A column type that the catalog can't hold."""


def arrow_type(text: str) -> pa.DataType:
    """Read a type such as `bigint`, `decimal(10,2)` or `struct<a:string,b:array<int>>`. Raises HiveTypeError."""
    text = text.strip().lower().replace(" ", "")
    simple = _SIMPLE.get(re.sub(r"^(varchar|char)\(\d+\)$", r"\1", text))
    if simple is not None:
        return simple
    decimal = _DECIMAL.match(text)
    if decimal:
        return pa.decimal128(int(decimal[1] or 10), int(decimal[2] or 0))
    outer, angle, rest = text.partition("<")
    if angle and rest.endswith(">"):
        parts = _split(rest[:-1])
        if outer == "array" and len(parts) == 1:
            return pa.list_(arrow_type(parts[0]))
        if outer == "map" and len(parts) == 2:
            return pa.map_(arrow_type(parts[0]), arrow_type(parts[1]))
        if outer == "struct":
            return pa.struct([_field(part) for part in parts])
    raise HiveTypeError(f"{text!r} is not a type of the Glue catalog")


def _field(text: str) -> pa.Field:
    name, colon, kind = text.partition(":")
    if not colon:
        raise HiveTypeError(f"{text!r} is not a field of a struct")
    return pa.field(name, arrow_type(kind))


def _split(text: str) -> list[str]:
    """Split at the commas that lie in no bracket."""
    parts, depth, start = [], 0, 0
    for place, character in enumerate(text):
        if character in "<(":
            depth += 1
        elif character in ">)":
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


def trino_type(kind: pa.DataType) -> str:
    """The name that Athena gives to values of an Arrow type."""
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return f"array({trino_type(kind.value_type)})"
    if pa.types.is_map(kind):
        return f"map({trino_type(kind.key_type)}, {trino_type(kind.item_type)})"
    if pa.types.is_struct(kind):
        return f"row({', '.join(f'{field.name} {trino_type(field.type)}' for field in kind)})"
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if pa.types.is_timestamp(kind):
        return "timestamp with time zone" if kind.tz else "timestamp"
    names = {
        pa.string(): "varchar",
        pa.large_string(): "varchar",
        pa.int8(): "tinyint",
        pa.int16(): "smallint",
        pa.int32(): "integer",
        pa.int64(): "bigint",
        pa.float32(): "real",
        pa.float64(): "double",
        pa.bool_(): "boolean",
        pa.date32(): "date",
        pa.null(): "unknown",
    }
    return names.get(kind, "varbinary" if pa.types.is_binary(kind) else str(kind))
