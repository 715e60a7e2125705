"""The GraphQL schema: what the contracts of the marts give, beside what `workloads/api/schema.graphql` has."""

from collections.abc import Mapping, Sequence

from components.marts import parameters
from contracts import NARROW_LIMITS, Contract, Field

SCALARS: Mapping[str, str] = {
    "string": "String",
    # 32 bits: most whole numbers of marts are counts, years and months.
    "integer": "Int",
    "number": "Float",
    "boolean": "Boolean",
    "date": "AWSDate",
    "timestamp": "AWSDateTime",
}
"""Logical type of a contract → scalar of AppSync:
https://docs.aws.amazon.com/appsync/latest/devguide/scalars.html."""
SIGNED_IN = "@aws_iam @aws_cognito_user_pools"
"""Who may read: those who sign their requests, and those who signed in."""


def schema(marts: Sequence[Contract], written: str) -> str:
    """The whole schema: a type and a field of Query for each mart, by its name, and what is written by hand."""
    parts = [
        _block("type Query", [_query(mart) for mart in marts]),
        _block("enum Mart", [mart.name for mart in marts]),
        *(_type(mart) for mart in marts),
        written,
    ]
    return "\n".join(parts)


def type_name(mart: Contract) -> str:
    """The name of the type of a mart's rows."""
    return "".join(word.capitalize() for word in mart.name.split("_"))


def _query(mart: Contract) -> str:
    arguments = ", ".join(f"{field.name}: {_scalar(field)}" for field in parameters(mart))
    asked = f"({arguments})" if arguments else ""
    return f"{_told(mart.description)}  {mart.name}{asked}: [{type_name(mart)}!]! {SIGNED_IN}"


def _type(mart: Contract) -> str:
    return _block(f"type {type_name(mart)} {SIGNED_IN}", [_field(field) for field in mart.fields])


def _field(field: Field) -> str:
    return f"{_told(field.description)}  {field.name}: {_scalar(field)}{'!' if field.required else ''}"


def _scalar(field: Field) -> str:
    """A whole number that its contract lets grow beyond 32 bits is a Float, which has it exactly up to 2^53."""
    wide = field.type == "integer" and isinstance(field.maximum, int) and field.maximum > NARROW_LIMITS["int"]
    return "Float" if wide else SCALARS[field.type]


def _told(text: str) -> str:
    """A description, as a line before what it describes."""
    plain = text.replace("\\", "").replace('"', "'").strip()
    return f'  "{plain}"\n' if plain else ""


def _block(head: str, lines: Sequence[str]) -> str:
    inside = "\n".join(line if line.startswith("  ") else f"  {line}" for line in lines)
    return f"{head} {{\n{inside}\n}}\n"
