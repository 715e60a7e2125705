"""The marts as those ask for them who are outside: by their contracts, and by the description of the REST API."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from contracts import LOADER, Contract, Contracts, Field

OPENAPI = Path("workloads/api/openapi.yaml")
METHODS = frozenset(("get", "put", "post", "delete", "options", "head", "patch"))
PAGING = ("sort", "limit", "cursor")
"""Parameters of every path of the REST API, which no column that selects rows can have as its name."""
ASKED_BY = frozenset(("string", "integer", "date"))
"""Types of key columns that rows can be selected by; equality means nothing for the others."""


class MartsError(Exception):
    """The description of the REST API speaks of a mart that no contract describes."""


def marts(contracts: Contracts) -> tuple[Contract, ...]:
    """The contracts of the refined layer."""
    return tuple(each for each in contracts.products if each.layer == "refined")


def parameters(mart: Contract) -> tuple[Field, ...]:
    """The columns that rows of a mart can be selected by: those of its key, in order."""
    by_name = {field.name: field for field in mart.fields}
    return tuple(by_name[name] for name in mart.key if by_name[name].type in ASKED_BY)


def description(contracts: Contracts) -> dict[str, Any]:
    """The OpenAPI document of the REST API: as it is written, and a path for each mart that it doesn't speak of."""
    found: dict[str, Any] = yaml.load(OPENAPI.read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506
    written = [operation for _, _, operation in operations(found)]
    spoken_of = {operation["operationId"] for operation in written}
    for mart in marts(contracts):
        if mart.name not in spoken_of:
            found["paths"][f"/{mart.name}"] = {"get": _operation(mart, written[0])}
    return found


def _operation(mart: Contract, like: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked of a mart and answered, as its contract has it; pages and answers are as those of `like`."""
    return {
        "operationId": mart.name,
        "summary": mart.description,
        "description": "Every parameter narrows the answer; without any, it has all rows.",
        "parameters": [
            *(
                {"name": field.name, "in": "query", "description": field.description, "schema": _schema(field)}
                for field in parameters(mart)
            ),
            *(each for each in like["parameters"] if each["name"] in PAGING),
        ],
        "responses": like["responses"],
    }


def _schema(field: Field) -> dict[str, Any]:
    return {"type": "string", "format": "date"} if field.type == "date" else _rule(field)


def operations(api: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and content of each operation of an OpenAPI document."""
    for path, item in api["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield path, method, operation


def served(contracts: Contracts, api: Mapping[str, Any]) -> dict[str, Any]:
    """The content of `marts.json`: what may be asked of each mart, and which one each path is about.

    An operation's id is its mart's name. Raises MartsError where there is no such mart.
    """
    known = marts(contracts)
    paths = {path: str(operation["operationId"]) for path, _, operation in operations(api)}
    unknown = sorted(set(paths.values()) - {mart.name for mart in known})
    if unknown:
        raise MartsError(
            f"{OPENAPI} has the operation id {', '.join(unknown)}; it must be the name of a mart, which says what the "
            f"path is about; give one of {', '.join(mart.name for mart in known)}."
        )
    taken = [f"{mart.name}.{field.name}" for mart in known for field in parameters(mart) if field.name in PAGING]
    if taken:
        raise MartsError(
            f"{', '.join(taken)} is in a mart's key, and a parameter of every path; name the column otherwise."
        )
    return {
        "paths": paths,
        "marts": {
            mart.name: {
                "key": list(mart.key),
                "parameters": {field.name: _rule(field) for field in parameters(mart)},
                "sortable": {field.name: field.type for field in sortable(mart)},
            }
            for mart in known
        },
    }


def sortable(mart: Contract) -> list[Field]:
    """The columns that rows can be sorted by: those of the key, and measures. Other texts may be anything."""
    return [each for each in mart.fields if each.name in mart.key or each.type in ("integer", "number")]


def _rule(field: Field) -> dict[str, Any]:
    rule = {
        "type": field.type,
        "enum": _texts(field.enum),
        "pattern": field.pattern,
        "minimum": field.minimum if field.type == "integer" else None,
        "maximum": field.maximum if field.type == "integer" else None,
    }
    return {key: value for key, value in rule.items() if value is not None}


def _texts(values: Sequence[Any]) -> list[str] | None:
    return [str(value) for value in values] or None
