"""What a contract becomes for people: a page's worth of plain words, so that a new one needs no other edit."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from components import marts
from contracts import Contract, Contracts, Field
from terms import Promise

ARRIVES: Mapping[str, str] = {
    "stream": "by the stream {name}, one JSON object a record",
    "files": "as CSV files under {prefix} of the landing bucket",
    "exchange": "as CSV files of Data Exchange revisions, under {prefix} of the landing bucket",
}
"""Delivery → how it is said, of a contract."""


LAYERS = (None, "integrated", "refined")
"""Where a contract's table is, in the order in which data flow; a source's is before them."""


def documentation(agreed: Contracts) -> list[dict[str, Any]]:
    """What is said of every contract, as plain JSON values. `facts` are pairs: names of an output have no order."""
    served = marts.served(agreed, marts.description(agreed))["paths"]
    path_of = {mart: path for path, mart in served.items()}
    in_order = sorted((*agreed.sources, *agreed.products), key=lambda each: (LAYERS.index(each.layer), each.name))
    return [
        {
            "name": each.name,
            "version": each.version,
            "place": each.layer or f"source, by {each.delivery}",
            "purpose": each.description,
            "limitations": each.limitations,
            "facts": [list(fact) for fact in _facts(each, path_of)],
            "columns": [_column(field) for field in each.fields],
            "rules": [*map(_promise, each.promises), *each.advice],
        }
        for each in in_order
    ]


def _facts(contract: Contract, path_of: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield "owner", contract.owner or "not named"
    yield "domain", contract.domain
    yield "key", ", ".join(contract.key)
    if contract.delivery:
        yield "arrives", ARRIVES[contract.delivery].format(name=contract.name, prefix=contract.prefix)
        yield "missing values", ", ".join(repr(null) for null in contract.nulls) if contract.format == "csv" else "null"
        yield "freshness", _hours(contract.levels.fresh_hours)
        kept = contract.levels.kept_days
        yield "retention", f"{kept:,} days in initial" if kept else "not limited: raw objects stay in initial"
    if contract.made_of:
        yield "made of", ", ".join(contract.made_of)
    if contract.local_time:
        clocks = (" and ".join(name for _, name in clock) for clock in contract.local_time.clocks)
        date, zone = ", ".join(contract.local_time.date), contract.local_time.zone
        yield "local times", f"{date} with {' or '.join(clocks)}, by the clocks of {zone}"
    yield "tables", ", ".join(f"{layer}.{contract.name}" for layer in _layers(contract))
    if contract.published:
        yield "published", f"its open columns, as {contract.publication().name}"
    if path := path_of.get(contract.name):
        yield "REST", f"GET {path}"
        yield "GraphQL", f"{contract.name} of Query"


def _layers(contract: Contract) -> Sequence[str]:
    return (contract.layer,) if contract.layer else ("initial", "intermediate")


def _hours(hours: int | None) -> str:
    if hours is None:
        return "not promised"
    return f"something new is accepted within {hours} hours, or an alarm tells"


def _column(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "type": f"{field.type} ({field.narrow})" if field.narrow else field.type,
        "required": field.required,
        "classification": field.classification,
        "description": field.description,
        "limits": "; ".join(_limits(field)),
        "added_in": field.added_in or "",
    }


def _limits(field: Field) -> Iterator[str]:
    for low, high, unit in (
        (field.minimum, field.maximum, ""),
        (field.min_length, field.max_length, " characters"),
    ):
        if low is not None and high is not None:
            yield f"{low} to {high}{unit}"
        elif low is not None:
            yield f"{low} or more{unit}"
        elif high is not None:
            yield f"{high} or less{unit}"
    if field.pattern is not None:
        yield f"fits {field.pattern}"
    if field.enum:
        yield f"one of {', '.join(map(str, field.enum))}"
    if field.derived is not None:
        yield f"derived: {field.derived}"


def _promise(promise: Promise) -> str:
    what = f"missing values of {promise.column}" if promise.column else "rows"
    unit = " %" if promise.column else ""
    return f"{what} {promise.sign} {promise.limit:,g}{unit}{f' ({promise.reason})' if promise.reason else ''}"
