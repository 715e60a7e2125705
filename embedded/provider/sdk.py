"""What a resource type takes and gives, read from the type hints of the `pulumi_aws` SDK."""

import collections.abc
import enum
import importlib
import inspect
import threading
import typing
import warnings
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import pulumi
from pulumi import _types

Kind = typing.Union["Scalar", "ListOf", "MapOf", "Object", "Json", "Asset"]

_import_lock = threading.RLock()  # the SDK's lazy imports aren't safe across threads


@dataclass(frozen=True)
class Scalar:
    """A string, number or boolean."""

    name: str


@dataclass(frozen=True)
class Json:
    """A document that may be given as a map and is kept as a string."""


@dataclass(frozen=True)
class Asset:
    """A file or an archive of files."""


@dataclass(frozen=True)
class ListOf:
    """A sequence of one kind."""

    of: Kind


@dataclass(frozen=True)
class MapOf:
    """A map with free keys."""

    of: Kind


@dataclass(frozen=True)
class Field:
    """One property: of inputs whether it must be given, of outputs whether it is always there."""

    kind: Kind
    required: bool


@dataclass(frozen=True)
class Object:
    """A type with named properties."""

    cls: type

    @cached_property
    def fields(self) -> dict[str, Field]:
        """The properties by their Pulumi names."""
        with _import_lock:
            if _types.is_input_type(self.cls):
                return _input_fields(self.cls)
            if _types.is_output_type(self.cls):
                return _output_fields(self.cls, _types.output_type_types(self.cls))
            return _output_fields(self.cls, _types.resource_types(self.cls))


@cache
def inputs(token: str) -> Object:
    """The arguments of a resource type such as `aws:kinesis/stream:Stream`."""
    name = token.split(":")[2]
    return Object(_class(token, f"{name}InitArgs") or _class(token, f"{name}Args"))


@cache
def outputs(token: str) -> Object:
    """The outputs of a resource type."""
    return Object(_class(token, token.split(":")[2]))


def _class(token: str, name: str) -> Any:
    module = token.split(":")[1].split("/")[0]
    with _import_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the SDK warns of its own aliases
        found = importlib.import_module(f"pulumi_aws.{'lambda_' if module == 'lambda' else module}")
        return getattr(found, name, None)


def _input_fields(cls: type) -> dict[str, Field]:
    names = _types.input_type_py_to_pulumi_names(cls)
    kinds = _types.input_type_types(cls)
    given = inspect.signature(cls.__init__).parameters  # type: ignore[misc]
    return {
        names[k]: Field(_kind(kinds[names[k]]), parameter.default is inspect.Parameter.empty)
        for k, parameter in given.items()
        if k in names
    }


def _output_fields(cls: type, kinds: dict[str, Any]) -> dict[str, Field]:
    optional: dict[str, bool] = {}
    for _, name, prop in _types._py_properties(cls):
        assert prop.fget is not None
        optional[name] = _is_optional(prop.fget.__annotations__["return"])
    return {name: Field(_kind(kind), not optional.get(name, True)) for name, kind in kinds.items()}


def _is_optional(hint: Any) -> bool:
    if typing.get_origin(hint) is pulumi.Output:
        (hint,) = typing.get_args(hint)
    return type(None) in typing.get_args(hint)


def _kind(hint: Any) -> Kind:
    found = [h for h in _alternatives(hint) if not typing.is_typeddict(h)]
    if any(h in (pulumi.Asset, pulumi.Archive) for h in found):
        return Asset()
    classes = [h for h in found if isinstance(h, type) and (_types.is_input_type(h) or _types.is_output_type(h))]
    if classes:
        return Json() if str in found else Object(classes[0])
    for h in found:
        origin = typing.get_origin(h)
        if origin in (collections.abc.Sequence, list):
            return ListOf(_kind(typing.get_args(h)[0]))
        if origin in (collections.abc.Mapping, dict):
            return MapOf(_kind(typing.get_args(h)[1]))
    for h in found:
        if h in (str, bool, int, float):
            return Scalar(h.__name__)
        if isinstance(h, type) and issubclass(h, enum.Enum):
            return Scalar("str")
    return Json()


def _alternatives(hint: Any) -> list[Any]:
    if typing.get_origin(hint) is typing.Union or type(hint).__name__ == "UnionType":
        return [a for h in typing.get_args(hint) for a in _alternatives(h)]
    if hint is type(None) or typing.get_origin(hint) in (collections.abc.Awaitable, pulumi.Output):
        return []
    return [hint]
