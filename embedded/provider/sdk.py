"""What a resource type takes and gives, read from the type hints of the `pulumi_aws` SDK.

What was read is kept in `.medallion/`: the SDK's modules take 2 seconds to import for the types of one stack.
"""

import collections.abc
import enum
import hashlib
import importlib
import importlib.metadata
import inspect
import pickle
import tempfile
import threading
import typing
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pulumi
from pulumi import _types

KEPT = Path(__file__).resolve().parent.parent.parent / ".medallion" / "sdk-hints"

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
    """A type with named properties: a class of the SDK's, by its module and name."""

    module: str
    name: str

    @cached_property
    def fields(self) -> dict[str, Field]:
        """The properties by their Pulumi names."""
        found: dict[str, Field] = _recalled(f"{self.module}.{self.name}", self._read)
        return found

    def _read(self) -> dict[str, Field]:
        cls = _class(self.module, self.name)
        if _types.is_input_type(cls):
            return _input_fields(cls)
        if _types.is_output_type(cls):
            return _output_fields(cls, _types.output_type_types(cls))
        return _output_fields(cls, _types.resource_types(cls))


@cache
def inputs(token: str) -> Object:
    """The arguments of a resource type such as `aws:kinesis/stream:Stream`."""
    found: Object = _recalled(f"inputs {token.replace('/', '.')}", lambda: _arguments(token))
    return found


@cache
def outputs(token: str) -> Object:
    """The outputs of a resource type."""
    return Object(_module(token), token.split(":")[2])


def _arguments(token: str) -> Object:
    name = f"{token.split(':')[2]}InitArgs"
    found = _class(_module(token), name) or _class(_module(token), name.replace("InitArgs", "Args"))
    return _object(found)


def _object(cls: type) -> Object:
    return Object(cls.__module__, cls.__name__)


def _module(token: str) -> str:
    module = token.split(":")[1].split("/")[0]
    return f"pulumi_aws.{'lambda_' if module == 'lambda' else module}"


def _class(module: str, name: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the SDK warns of its own aliases
        return getattr(importlib.import_module(module), name, None)


def _recalled(key: str, make: Callable[[], Any]) -> Any:
    """What `make` gives for the installed SDK, from the file that an earlier process kept it in if there is one."""
    file = KEPT / _version() / key
    if file.exists():
        return pickle.loads(file.read_bytes())  # noqa: S301 - written below, in a folder of this clone's own
    with _import_lock:
        made = make()
    file.parent.mkdir(parents=True, exist_ok=True)
    # Moved into place whole: other processes read and write beside this one.
    with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as scratch:
        scratch.write(pickle.dumps(made))
    Path(scratch.name).replace(file)
    return made


@cache
def _version() -> str:
    """The SDK's version and that of this file, whose classes are what is kept."""
    ours = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
    return f"{importlib.metadata.version('pulumi-aws')}-{ours}"


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
        return Json() if str in found else _object(classes[0])
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
