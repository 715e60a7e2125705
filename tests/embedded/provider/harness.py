"""Drives the provider as the engine would: protobuf in, protobuf out, one resource through its life."""

from dataclasses import dataclass, field
from typing import Any

from pulumi.runtime.proto import provider_pb2

from embedded.provider import sdk
from embedded.provider.aws import AwsProvider
from embedded.provider.values import DEFAULTS, Props, from_struct, to_struct

NONE = provider_pb2.DiffResponse.DIFF_NONE


class AbortedError(RuntimeError):
    """What the engine would see as a failed call."""


class Context:
    """A gRPC context that remembers metadata and raises on abort."""

    def __init__(self) -> None:
        self.trailing: Any = ()

    def set_trailing_metadata(self, metadata: Any) -> None:
        self.trailing = metadata

    def abort(self, code: Any, details: str) -> None:
        raise AbortedError(f"{code.name}: {details}")


@dataclass
class Engine:
    """One configured provider."""

    provider: AwsProvider
    context: Context = field(default_factory=Context)

    def configure(self, **config: Any) -> Any:
        request = provider_pb2.ConfigureRequest(args=to_struct(config))
        return self.provider.Configure(request, self.context)

    def check(
        self, token: str, news: Props, olds: Props | None = None, name: str = "thing"
    ) -> tuple[Props, dict[str, str]]:
        request = provider_pb2.CheckRequest(
            urn=urn(token, name), news=to_struct(news), olds=to_struct(olds or {}), randomSeed=b"seed"
        )
        answer = self.provider.Check(request, self.context)
        return from_struct(answer.inputs), {f.property: f.reason for f in answer.failures}

    def invoke(self, token: str, **arguments: Any) -> Props:
        request = provider_pb2.InvokeRequest(tok=token, args=to_struct(arguments))
        return from_struct(getattr(self.provider.Invoke(request, self.context), "return"))

    def make(self, token: str, news: Props, name: str = "thing") -> "Resource":
        inputs, faults = self.check(token, news, name=name)
        assert not faults, f"{token} should be accepted: {faults}"
        request = provider_pb2.CreateRequest(urn=urn(token, name), properties=to_struct(inputs))
        answer = self.provider.Create(request, self.context)
        return Resource(self, token, name, answer.id, inputs, from_struct(answer.properties))


@dataclass
class Resource:
    """A resource as the state file would hold it."""

    engine: Engine
    token: str
    name: str
    id: str
    inputs: Props
    outputs: Props

    def diff(self, news: Props, ignore: tuple[str, ...] = ()) -> Any:
        inputs, faults = self.engine.check(self.token, news, self.inputs, self.name)
        assert not faults, f"{self.token} should be accepted: {faults}"
        request = provider_pb2.DiffRequest(
            id=self.id,
            urn=urn(self.token, self.name),
            olds=to_struct(self.outputs),
            old_inputs=to_struct(self.inputs),
            news=to_struct(inputs),
            ignoreChanges=ignore,
        )
        return self.engine.provider.Diff(request, self.engine.context)

    def update(self, news: Props) -> None:
        inputs, faults = self.engine.check(self.token, news, self.inputs, self.name)
        assert not faults, f"{self.token} should be accepted: {faults}"
        request = provider_pb2.UpdateRequest(
            id=self.id,
            urn=urn(self.token, self.name),
            olds=to_struct(self.outputs),
            old_inputs=to_struct(self.inputs),
            news=to_struct(inputs),
        )
        answer = self.engine.provider.Update(request, self.engine.context)
        self.inputs, self.outputs = inputs, from_struct(answer.properties)

    def read(self) -> tuple[str, Props, Props]:
        request = provider_pb2.ReadRequest(
            id=self.id,
            urn=urn(self.token, self.name),
            properties=to_struct(self.outputs),
            inputs=to_struct(self.inputs),
        )
        answer = self.engine.provider.Read(request, self.engine.context)
        return answer.id, from_struct(answer.properties), from_struct(answer.inputs)

    def delete(self) -> None:
        request = provider_pb2.DeleteRequest(
            id=self.id,
            urn=urn(self.token, self.name),
            properties=to_struct(self.outputs),
            old_inputs=to_struct(self.inputs),
        )
        self.engine.provider.Delete(request, self.engine.context)


def urn(token: str, name: str) -> str:
    return f"urn:pulumi:local::medallion::medallion:layers:Landing${token}::{name}"


def preview(engine: Engine, token: str, inputs: Props) -> Props:
    request = provider_pb2.CreateRequest(urn=urn(token, "thing"), properties=to_struct(inputs), preview=True)
    answer = engine.provider.Create(request, engine.context)
    assert answer.id == "", "a preview knows no id"
    return from_struct(answer.properties)


def misfits(token: str, outputs: Props) -> list[str]:
    """Outputs that the SDK could not read, or that it says are always there and are not."""
    kind = sdk.outputs(token)
    found = [f"{name} is missing" for name, fld in kind.fields.items() if _needed(fld) and name not in outputs]
    for name, value in outputs.items():
        if name == DEFAULTS:
            continue
        if name not in kind.fields:
            found.append(f"{name} is not an output")
        else:
            found += _misfits(kind.fields[name].kind, value, name)
    return found


def _needed(fld: sdk.Field) -> bool:
    """Objects that aren't there are null in the real provider too."""
    return fld.required and not isinstance(fld.kind, sdk.Object)


def _misfits(kind: sdk.Kind, value: Any, path: str) -> list[str]:
    match kind:
        case sdk.Object():
            if not isinstance(value, dict):
                return [f"{path} is {value!r}, not an object"]
            unknown = [f"{path}.{k} is not in {kind.name}" for k in value if k not in kind.fields]
            return unknown + [
                m for k, v in value.items() if k in kind.fields for m in _misfits(kind.fields[k].kind, v, f"{path}.{k}")
            ]
        case sdk.ListOf(of):
            if not isinstance(value, list):
                return [f"{path} is {value!r}, not a list"]
            return [m for i, v in enumerate(value) for m in _misfits(of, v, f"{path}[{i}]")]
        case sdk.MapOf(of):
            if not isinstance(value, dict):
                return [f"{path} is {value!r}, not a map"]
            return [m for k, v in value.items() for m in _misfits(of, v, f"{path}.{k}")]
        case sdk.Scalar(name):
            kinds: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (int, float), "bool": (bool,)}
            wanted = kinds[name]
            fits = isinstance(value, wanted) and (name == "bool" or not isinstance(value, bool))
            return [] if fits else [f"{path} is {value!r}, not {name}"]
    return []
