"""The plugin `pulumi-resource-aws`: Pulumi's provider protocol over the generic engine."""

import json
import os
import threading
from collections.abc import Mapping
from typing import Any, NoReturn

import grpc
from google.protobuf import any_pb2, empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from embedded.provider import invokes
from embedded.provider.assets import AssetError
from embedded.provider.differing import Difference
from embedded.provider.endpoint import Cloud, EndpointError, loopback
from embedded.provider.resources import InitialisationError, Resources, UnknownTypeError
from embedded.provider.serve import run
from embedded.provider.values import Props, from_struct, has_unknown, to_struct
from embedded.provider.work import CallError

Context = Any

VERSION = "7.51.1"
_SETTINGS = {"region", "s3UsePathStyle", "endpoints", "defaultTags", "version", "pluginDownloadURL"}
_KINDS = {
    "add": (provider_pb2.PropertyDiff.ADD, provider_pb2.PropertyDiff.ADD_REPLACE),
    "delete": (provider_pb2.PropertyDiff.DELETE, provider_pb2.PropertyDiff.DELETE_REPLACE),
    "update": (provider_pb2.PropertyDiff.UPDATE, provider_pb2.PropertyDiff.UPDATE_REPLACE),
}


def serve(arguments: list[str]) -> NoReturn:  # noqa: ARG001 - the engine gives its address to every plugin
    """Serve until killed, or until the engine that started us is gone."""
    run(AwsProvider())


def settings(inputs: Mapping[str, Any]) -> Props:
    """Provider configuration with its JSON-encoded members decoded."""
    out = {}
    for name, value in inputs.items():
        if isinstance(value, str) and name not in {"region", "version"}:
            try:
                value = json.loads(value)
            except ValueError:
                out[name] = value
                continue
        out[name] = value
    return out


def setting_faults(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is wrong with the provider's configuration: unknown settings, endpoints off this machine."""
    faults = []
    for name in config:
        if name not in _SETTINGS and not name.startswith("skip") and not name.startswith("__"):
            known = ", ".join(sorted(_SETTINGS))
            faults.append((name, f"{name} is not handled by the embedded AWS: remove it, or use one of {known}, skip*"))
    for service, url in endpoints(config).items():
        try:
            loopback(url, f"endpoints.{service}")
        except EndpointError as fault:
            faults.append(("endpoints", str(fault)))
    if len(set(endpoints(config).values())) > 1:
        faults.append(("endpoints", "name more than one address: the embedded AWS has one for all services; name that"))
    return faults


def endpoints(config: Mapping[str, Any]) -> dict[str, str]:
    """The addresses that the configuration gives, by service."""
    return {service: str(url) for group in config.get("endpoints") or [] for service, url in group.items()}


class AwsProvider(provider_pb2_grpc.ResourceProviderServicer):
    """One provider process; resources of all regions of the embedded account."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment
        self._resources: Resources | None = None
        self._lock = threading.Lock()

    # -- the plugin ---------------------------------------------------------------------------------------------

    def Handshake(self, request: Any, context: Context) -> Any:  # noqa: D102
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=False, accept_resources=False, accept_outputs=False
        )

    def GetPluginInfo(self, request: Any, context: Context) -> Any:  # noqa: D102
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetSchema(self, request: Any, context: Context) -> Any:  # noqa: D102
        return provider_pb2.GetSchemaResponse(schema=json.dumps({"name": "aws", "version": VERSION}))

    def GetMapping(self, request: Any, context: Context) -> Any:  # noqa: D102
        return provider_pb2.GetMappingResponse()

    def GetMappings(self, request: Any, context: Context) -> Any:  # noqa: D102
        return provider_pb2.GetMappingsResponse()

    def Attach(self, request: Any, context: Context) -> Any:  # noqa: D102
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Context) -> Any:  # noqa: D102
        return empty_pb2.Empty()

    # -- the configuration --------------------------------------------------------------------------------------

    def CheckConfig(self, request: Any, context: Context) -> Any:  # noqa: D102
        failures = [
            provider_pb2.CheckFailure(property=name, reason=reason)
            for name, reason in setting_faults(settings(from_struct(request.news)))
        ]
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def DiffConfig(self, request: Any, context: Context) -> Any:  # noqa: D102
        news, olds = from_struct(request.news), from_struct(request.old_inputs) or from_struct(request.olds)
        changed = sorted(k for k in news.keys() | olds.keys() if news.get(k) != olds.get(k))
        replaces = ["region"] if "region" in changed and "region" in olds else []
        some = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=some, diffs=changed, replaces=replaces)

    def Configure(self, request: Any, context: Context) -> Any:  # noqa: D102
        config = settings(from_struct(request.args) or {k.split(":")[-1]: v for k, v in request.variables.items()})
        with _faults_told(context):
            faults = setting_faults(config)
            if faults:
                raise EndpointError("; ".join(reason for _, reason in faults))
            region = (
                config.get("region")
                or self._environment.get("AWS_REGION")
                or self._environment.get("AWS_DEFAULT_REGION")
            )
            if not region:
                raise EndpointError("no region: set aws:region for the stack, or AWS_REGION")
            url = next(iter(endpoints(config).values()), None)
            cloud = Cloud(loopback(url or self._environment.get("AWS_ENDPOINT_URL"), "AWS_ENDPOINT_URL"), str(region))
            tags = (config.get("defaultTags") or {}).get("tags") or {}
            with self._lock:
                self._resources = Resources(cloud, tags)
        return provider_pb2.ConfigureResponse(
            acceptSecrets=False, supportsPreview=True, acceptResources=False, acceptOutputs=False
        )

    @property
    def resources(self) -> Resources:
        """The generic engine, once configured."""
        if self._resources is None:
            raise EndpointError("the provider has not been configured yet: Configure comes first")
        return self._resources

    # -- resources ----------------------------------------------------------------------------------------------

    def Check(self, request: Any, context: Context) -> Any:  # noqa: D102
        token, name = _of(request)
        with _faults_told(context):
            inputs, faults = self.resources.check(
                token, name, from_struct(request.olds), from_struct(request.news), request.randomSeed
            )
        failures = [provider_pb2.CheckFailure(property=f.path, reason=f"{f.path}: {f.reason}") for f in faults]
        return provider_pb2.CheckResponse(inputs=to_struct(inputs), failures=failures)

    def Diff(self, request: Any, context: Context) -> Any:  # noqa: D102
        token, _ = _of(request)
        with _faults_told(context):
            found = self.resources.diff(
                token,
                from_struct(request.olds),
                from_struct(request.old_inputs),
                from_struct(request.news),
                list(request.ignoreChanges),
            )
        return _difference(found)

    def Create(self, request: Any, context: Context) -> Any:  # noqa: D102
        token, name = _of(request)
        with _faults_told(context):
            id_, outputs = self.resources.create(token, name, from_struct(request.properties), preview=request.preview)
        return provider_pb2.CreateResponse(id=id_, properties=to_struct(outputs))

    def Read(self, request: Any, context: Context) -> Any:  # noqa: D102
        token, _ = _of(request)
        with _faults_told(context):
            found = self.resources.read(token, request.id, from_struct(request.properties), from_struct(request.inputs))
        if found is None:
            return provider_pb2.ReadResponse()
        outputs, inputs = found
        return provider_pb2.ReadResponse(id=request.id, properties=to_struct(outputs), inputs=to_struct(inputs))

    def Update(self, request: Any, context: Context) -> Any:  # noqa: D102
        token, _ = _of(request)
        with _faults_told(context):
            outputs = self.resources.update(
                token,
                request.id,
                from_struct(request.olds),
                from_struct(request.old_inputs),
                from_struct(request.news),
                list(request.ignoreChanges),
                preview=request.preview,
            )
        return provider_pb2.UpdateResponse(properties=to_struct(outputs))

    def Delete(self, request: Any, context: Context) -> Any:  # noqa: D102
        token, _ = _of(request)
        with _faults_told(context):
            self.resources.delete(token, request.id, from_struct(request.properties))
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Context) -> Any:  # noqa: D102
        with _faults_told(context):
            arguments = from_struct(request.args)
            if has_unknown(arguments):
                return provider_pb2.InvokeResponse()
            answer = invokes.invoke(request.tok, arguments, self.resources.cloud)
        return provider_pb2.InvokeResponse(**{"return": to_struct(answer)})


def _of(request: Any) -> tuple[str, str]:
    """The type and name of the resource that a request is about."""
    parts = request.urn.split("::", 3)
    return parts[2].split("$")[-1], parts[3]


def _difference(found: Difference) -> Any:
    some = provider_pb2.DiffResponse.DIFF_SOME if found.kinds else provider_pb2.DiffResponse.DIFF_NONE
    detailed = {
        name: provider_pb2.PropertyDiff(
            kind=_KINDS[kind][name in found.replaces], inputDiff=name in found.seen_in_inputs
        )
        for name, kind in found.kinds.items()
    }
    return provider_pb2.DiffResponse(
        changes=some,
        diffs=sorted(found.kinds),
        replaces=found.replaces,
        deleteBeforeReplace=found.delete_first,
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )


class _faults_told:  # noqa: N801 - reads as a clause
    """Turns what goes wrong inside into the protocol's own errors."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, fault: BaseException | None, trace: Any) -> None:
        if isinstance(fault, InitialisationError):
            self._keep(fault)
        if isinstance(fault, EndpointError | UnknownTypeError):
            self.context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(fault))
        if isinstance(fault, AssetError | CallError | invokes.InvokeError):
            self.context.abort(grpc.StatusCode.UNKNOWN, str(fault))

    def _keep(self, fault: InitialisationError) -> NoReturn:
        detail = any_pb2.Any()
        detail.Pack(
            provider_pb2.ErrorResourceInitFailed(
                id=fault.id, properties=to_struct(fault.outputs), reasons=[str(fault)], inputs=to_struct(fault.outputs)
            )
        )
        status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(fault), details=[detail])
        self.context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        self.context.abort(grpc.StatusCode.UNKNOWN, str(fault))
        raise AssertionError("abort raises")
