"""API Gateway: what moto drops of an OpenAPI body, and UpdateMethod."""

import json
from typing import Any
from urllib.parse import unquote

from moto.apigateway import urls
from moto.apigateway.models import APIGatewayBackend
from moto.apigateway.responses import APIGatewayResponse

from embedded.cloud.patches.graft import graft

_put = APIGatewayBackend.put_rest_api
_import = APIGatewayBackend.import_rest_api
_integration_arguments = APIGatewayBackend._build_integration_args
_METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options", "x-amazon-apigateway-any-method"})


def authorization(document: dict[str, Any], method: dict[str, Any]) -> str:
    """The authorization type that an OpenAPI method asks for: NONE, AWS_IAM, CUSTOM or COGNITO_USER_POOLS."""
    own = (method.get("x-amazon-apigateway-auth") or {}).get("type")
    if own:
        return str(own).upper()
    schemes = (document.get("components") or {}).get("securitySchemes") or {}
    for requirement in method.get("security", document.get("security")) or []:
        for name in requirement:
            kind = str(schemes.get(name, {}).get("x-amazon-apigateway-authtype", "")).lower()
            if kind == "awssigv4":
                return "AWS_IAM"
            if kind:
                return "COGNITO_USER_POOLS" if "cognito" in kind else "CUSTOM"
    return "NONE"


def wants_key(document: dict[str, Any], method: dict[str, Any]) -> bool:
    """Whether an OpenAPI method asks for an API key: by a scheme of the header's name that is no authorizer.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-key-usage-plan-oas.html
    """
    schemes = (document.get("components") or {}).get("securitySchemes") or {}
    asked = [
        schemes.get(name, {})
        for requirement in method.get("security", document.get("security")) or []
        for name in requirement
    ]
    return any(
        str(scheme.get("name", "")).lower() == "x-api-key" and "x-amazon-apigateway-authtype" not in scheme
        for scheme in asked
    )


def _put_rest_api(
    self: Any, function_id: str, api_doc: dict[str, Any], fail_on_warnings: bool, mode: str = "merge"
) -> Any:
    api = self.get_rest_api(function_id)
    # moto makes a method of every key of a path, `parameters` among them, and takes "any" for a name.
    paths = {
        path: {name: body for name, body in methods.items() if name.lower() in _METHODS}
        for path, methods in api_doc.get("paths", {}).items()
    }
    answer = _put(self, function_id, {**api_doc, "paths": paths}, fail_on_warnings, mode)
    for resource in api.resources.values():
        described = paths.get(resource.get_path(), {})
        for name, body in described.items():
            verb = name.upper()
            method = resource.resource_methods[verb]
            method.authorization_type = authorization(api_doc, body)
            method.api_key_required = wants_key(api_doc, body)
            if verb == "X-AMAZON-APIGATEWAY-ANY-METHOD":
                method.http_method = "ANY"
                resource.resource_methods["ANY"] = resource.resource_methods.pop(verb)
    if "x-amazon-apigateway-binary-media-types" in api_doc:
        api.binaryMediaTypes = api_doc["x-amazon-apigateway-binary-media-types"]
    return answer


def _build_integration_args(self: Any, integration: dict[str, Any]) -> dict[str, Any]:
    """What an integration is; one that calls nobody has neither address nor method, which moto takes for granted."""
    return {"uri": "", "integration_method": "", **_known(_integration_arguments(self, integration))}


def _known(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value is not None}


def _import_rest_api(self: Any, api_doc: dict[str, Any], fail_on_warnings: bool) -> Any:
    information = {"description": "", **api_doc["info"]}
    return _import(self, {**api_doc, "info": information}, fail_on_warnings)


_tag_resource = APIGatewayResponse.tag_resource
_untag_resource = APIGatewayResponse.untag_resource


class _Actions:
    def tag_resource(self: Any) -> str:
        api = _tagged_api(self)
        if api is None:
            answer: str = _tag_resource(self)
            return answer
        api.tags = {**(api.tags or {}), **(self._get_param("tags") or {})}
        return "{}"

    def untag_resource(self: Any) -> str:
        api = _tagged_api(self)
        if api is None:
            answer: str = _untag_resource(self)
            return answer
        for key in self.querystring.get("tagKeys") or []:
            (api.tags or {}).pop(key, None)
        return "{}"

    def update_method(self: Any) -> str:
        api, resource, verb = self.path.split("/")[2], self.path.split("/")[4], self.path.split("/")[6]
        method = self.backend.get_method(api, resource, verb)
        for operation in self._get_param("patchOperations"):
            names = {"/authorizationType": "authorization_type", "/apiKeyRequired": "api_key_required"}
            name = names.get(operation["path"])
            if operation["op"] != "replace" or name is None:
                raise NotImplementedError(f"UpdateMethod {operation['op']} {operation['path']} is not done")
            value = operation["value"]
            setattr(method, name, value == "true" if name == "api_key_required" else value)
        return json.dumps(method.to_json())


def _tagged_api(response: Any) -> Any | None:
    """The API that a tag call names; None where it names a stage."""
    parts = unquote(response.path.split("/tags/")[1]).split("/")
    return response.backend.get_rest_api(parts[-1]) if parts[-2] == "restapis" else None


def install() -> None:
    """Patch the backend and APIGatewayResponse."""
    APIGatewayBackend.put_rest_api = _put_rest_api
    APIGatewayBackend.import_rest_api = _import_rest_api
    APIGatewayBackend._build_integration_args = _build_integration_args
    graft(APIGatewayResponse, _Actions)
    tags = "{0}/tags/arn:(?P<partition>[^/]+):apigateway:(?P<region_name>[^/]+)::/restapis/(?P<function_id>[^/]+)$"
    urls.url_paths[tags] = APIGatewayResponse.dispatch
