"""What a contract becomes in Glue Data Quality: rules in its definition language, DQDL.

https://docs.aws.amazon.com/glue/latest/dg/dqdl.html
"""

from collections.abc import Iterator
from typing import Any

from contracts import Contract, Field
from terms import Promise


def ruleset(contract: Contract) -> str:
    """The rules that every version of a contract's conformed table keeps."""
    return "Rules = [\n    " + ",\n    ".join(rules(contract)) + "\n]"


def rules(contract: Contract) -> Iterator[str]:
    """There are rows, the key tells them apart, what is required is there, and every value is one that is allowed."""
    yield "RowCount > 0"
    yield from map(_promise, contract.promises)
    yield " ".join(["IsPrimaryKey", *map(_text, contract.key)])
    for field in contract.fields:
        if field.required and field.name not in contract.key:
            yield f"IsComplete {_text(field.name)}"
        yield from _values(field)


def _promise(promise: Promise) -> str:
    """DQDL measures which share of the values is there, where the standard measures how many percent are missing."""
    if promise.column is None:
        return f"RowCount {promise.sign} {promise.limit:.0f}"
    sign = promise.sign.translate(str.maketrans("<>", "><"))
    return f"Completeness {_text(promise.column)} {sign} {round(1 - promise.limit / 100, 6)}"


def _values(field: Field) -> Iterator[str]:
    """DQDL's own `between` leaves both limits out, so each limit is a rule."""
    # A missing value fails every rule on values:
    # https://docs.aws.amazon.com/glue/latest/dg/dqdl-rule-types-ColumnValues.html
    given = "" if field.required else f" where {_text(f'{field.name} is not null')}"
    column = _text(field.name)
    if field.enum:
        yield f"ColumnValues {column} in [{', '.join(_value(each) for each in field.enum)}]{given}"
    if field.pattern is not None:
        yield f"ColumnValues {column} matches {_text(field.pattern)}{given}"
    for sign, limit in ((">=", field.minimum), ("<=", field.maximum)):
        if limit is not None:
            yield f"ColumnValues {column} {sign} {_value(limit)}{given}"
    for sign, length in ((">=", field.min_length), ("<=", field.max_length)):
        if length is not None:
            yield f"ColumnLength {column} {sign} {length}{given}"


def _value(value: Any) -> str:
    """A constant: texts and dates in quotation marks, true and false as the words that Spark makes of them."""
    if isinstance(value, bool):
        return _text(str(value).lower())
    return _text(value) if isinstance(value, str) else str(value)


def _text(value: str) -> str:
    escaped = value.replace('"', '\\"')
    return f'"{escaped}"'
