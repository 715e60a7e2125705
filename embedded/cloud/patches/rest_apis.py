"""API Gateway: private REST APIs, their TLS policy, and the tags of plans and keys."""

import json
from typing import Any
from urllib.parse import unquote

from moto.apigateway import urls
from moto.apigateway.exceptions import BadRequestException
from moto.apigateway.models import APIGatewayBackend, RestAPI
from moto.apigateway.responses import APIGatewayResponse

from embedded.cloud.patches.graft import graft

_KEPT = ("securityPolicy", "endpointAccessMode")
# What was there at the time of installing: `gateway` patches some of the same methods before.
_before: dict[str, Any] = {}
_DOCUMENT_POLICY = "x-amazon-apigateway-policy"


class _Api:
    def to_dict(self: Any) -> dict[str, Any]:
        return {**_before["to_dict"](self), **getattr(self, "embedded_kept", {})}

    def apply_patch_operations(self: Any, patch_operations: list[dict[str, Any]]) -> None:
        _before["apply_patch_operations"](self, [each for each in patch_operations if not _ours(each["path"])])
        for each in patch_operations:
            if _ours(each["path"]):
                _apply(self, each["op"], each["path"], each.get("value", ""))


def _ours(path: str) -> bool:
    """What moto does not know of, or takes for the type of the endpoint, or for true whatever is said."""
    inside = path.startswith("/endpointConfiguration/") and "/types" not in path
    return inside or path[1:] in (*_KEPT, "disableExecuteApiEndpoint")


def _apply(api: Any, op: str, path: str, value: str) -> None:
    name = path.rpartition("/")[2]
    if name == "vpcEndpointIds":
        held = [each for each in api.endpoint_configuration.get(name) or [] if each != value]
        api.endpoint_configuration = {**api.endpoint_configuration, name: [*held, value] if op == "add" else held}
    elif name == "ipAddressType":
        api.endpoint_configuration = {**api.endpoint_configuration, name: value}
    elif name == "disableExecuteApiEndpoint":
        api.disableExecuteApiEndpoint = str(value).lower() == "true"
    else:
        kept = {**getattr(api, "embedded_kept", {}), name: value}
        api.embedded_kept = {k: v for k, v in kept.items() if v}


class _Backend:
    def put_rest_api(self: Any, function_id: str, api_doc: dict[str, Any], *rest: Any, **options: Any) -> Any:
        api = _before["put_rest_api"](self, function_id, api_doc, *rest, **options)
        if _DOCUMENT_POLICY in api_doc:
            api.policy = json.dumps(api_doc[_DOCUMENT_POLICY])
        return api

    def create_deployment(self: Any, function_id: str, *rest: Any, **options: Any) -> Any:
        api = self.get_rest_api(function_id)
        if "PRIVATE" in api.endpoint_configuration.get("types", []) and not api.policy:
            raise BadRequestException("Private REST API doesn't have a resource policy attached to it")
        return _before["create_deployment"](self, function_id, *rest, **options)


class _Response:
    def create_rest_api(self: Any) -> Any:
        answer = _before["create_rest_api"](self)
        made = json.loads(answer[2]) if answer[0] == 200 else {}
        kept = {name: self._get_param(name) for name in _KEPT if self._get_param(name)}
        if made.get("id") and kept:
            api = self.backend.get_rest_api(made["id"])
            api.embedded_kept = kept
            return 200, {}, json.dumps(api.to_dict())
        return answer

    def tag_resource(self: Any) -> Any:
        held = _tagged(self)
        if held is None:
            return _before["tag_resource"](self)
        held.tags = {**(held.tags or {}), **(self._get_param("tags") or {})}
        return "{}"

    def untag_resource(self: Any) -> Any:
        held = _tagged(self)
        if held is None:
            return _before["untag_resource"](self)
        held.tags = {k: v for k, v in (held.tags or {}).items() if k not in (self.querystring.get("tagKeys") or [])}
        return "{}"


def _tagged(response: Any) -> Any | None:
    """The plan or key that a tag call names; None where it names an API or a stage."""
    kind, _, id_ = unquote(response.path.split("/tags/")[1]).rpartition("/")
    held = {"usageplans": response.backend.usage_plans, "apikeys": response.backend.keys}
    found: dict[str, Any] = held.get(kind.rpartition("/")[2], {})
    return found.get(id_)


def install() -> None:
    """Patch the API, the backend and the response class, after `gateway`."""
    for target, source in ((RestAPI, _Api), (APIGatewayBackend, _Backend), (APIGatewayResponse, _Response)):
        _before.update({name: getattr(target, name) for name in vars(source) if not name.startswith("_")})
        graft(target, source)
    for kind in ("usageplans", "apikeys"):
        tags = "{0}/tags/arn:(?P<partition>[^/]+):apigateway:(?P<region_name>[^/]+)::/" + kind + "/(?P<name>[^/]+)$"
        urls.url_paths[tags] = APIGatewayResponse.dispatch
