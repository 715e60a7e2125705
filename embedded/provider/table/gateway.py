"""API Gateway: REST APIs from OpenAPI documents, their deployments, stages and settings."""

import json
from collections.abc import Mapping
from typing import Any

import yaml

from embedded.provider.entry import Entry, Fault, Gone, Tagging, call, put, words
from embedded.provider.table.gateway_rules import api_rules
from embedded.provider.values import Props, is_unknown
from embedded.provider.work import Work

_GONE = words("NotFoundException")
_API: dict[str, Any] = {"restApiId": "{id}"}
_STAGE: dict[str, Any] = {"restApiId": "{restApi}", "stageName": "{stageName}"}
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "x-amazon-apigateway-any-method")


def _tagged() -> Tagging:
    return Tagging({"resourceArn": "{arn}"}, "tag_resource", "untag_resource", tags="tags", keys="tagKeys")


def replace(path: str, value: Any) -> dict[str, str]:
    """One operation of a patch; values are strings in this API."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return {"op": "replace", "path": path, "value": text}


def _document(body: str) -> dict[str, Any]:
    found = yaml.safe_load(body)
    if not isinstance(found, dict):
        raise ValueError("it is not a map")
    return found


def _import(work: Work) -> None:
    if not work.new.get("body"):
        return
    mode = work.new.get("putRestApiMode", "overwrite")
    body = json.dumps(_document(work.new["body"]))
    work.ask(
        "put_rest_api",
        restApiId=work.id,
        mode=mode,
        body=body.encode(),
        failOnWarnings=bool(work.new.get("failOnWarnings")),
    )


_PATCHED = {
    "name": "/name",
    "description": "/description",
    "apiKeySource": "/apiKeySource",
    "policy": "/policy",
    "disableExecuteApiEndpoint": "/disableExecuteApiEndpoint",
    "minimumCompressionSize": "/minimumCompressionSize",
    "securityPolicy": "/securityPolicy",
    "endpointAccessMode": "/endpointAccessMode",
}


def _patch_api(work: Work) -> None:
    changed = work.facts["changed"]
    operations = [replace(path, work.new.get(n, "")) for n, path in _PATCHED.items() if n in changed]
    if "endpointConfiguration" in changed:
        operations += _move(work.old.get("endpointConfiguration") or {}, work.new["endpointConfiguration"])
    work.ask("update_rest_api", restApiId=work.id, patchOperations=operations)


def _move(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, str]]:
    """From one endpoint to another: its type, its addresses, and the VPC endpoints of a private one."""
    operations = [replace("/endpointConfiguration/types/0", after["types"])]
    if after.get("ipAddressType"):
        operations.append(replace("/endpointConfiguration/ipAddressType", after["ipAddressType"]))
    gone, come = (set(side.get("vpcEndpointIds") or []) for side in (before, after))
    path = "/endpointConfiguration/vpcEndpointIds"
    operations += [{"op": "remove", "path": path, "value": each} for each in sorted(gone - come)]
    return operations + [{"op": "add", "path": path, "value": each} for each in sorted(come - gone)]


def _take_media(work: Work) -> None:
    before, after = (set(side.get("binaryMediaTypes") or []) for side in (work.old, work.new))
    operations = [_media("remove", t) for t in sorted(before - after)] + [
        _media("add", t) for t in sorted(after - before)
    ]
    work.ask("update_rest_api", restApiId=work.id, patchOperations=operations)


def _media(op: str, name: str) -> dict[str, str]:
    return {"op": op, "path": "/binaryMediaTypes/" + name.replace("/", "~1"), "value": name}


def _openapi(props: Mapping[str, Any]) -> list[Fault]:
    """What PutRestApi would refuse; AWS takes OpenAPI 3.0 and Swagger 2.0."""
    body = props.get("body")
    if not body or is_unknown(body):
        return []
    try:
        document = _document(body)
    except (ValueError, yaml.YAMLError) as fault:
        return [Fault("body", f"is neither JSON nor YAML ({fault}): give an OpenAPI document")]
    faults = []
    if not str(document.get("openapi", "")).startswith("3.0"):
        said = document.get("openapi") or document.get("swagger") or "no version"
        faults.append(Fault("body", f"says OpenAPI {said}: API Gateway imports 3.0; set openapi: 3.0.x"))
    for path, item in (document.get("paths") or {}).items():
        for method in set(item) & set(_METHODS):
            integration = item[method].get("x-amazon-apigateway-integration")
            if not integration:
                faults.append(Fault("body", f"{method.upper()} {path} has no x-amazon-apigateway-integration: add one"))
            elif (
                integration.get("type", "").lower() not in {"mock"} and not {"uri", "httpMethod"} <= integration.keys()
            ):
                faults.append(
                    Fault("body", f"the integration of {method.upper()} {path} lacks uri or httpMethod: add them")
                )
    return faults


_STAGE_PATCHES = {
    "deployment": "/deploymentId",
    "description": "/description",
    "xrayTracingEnabled": "/tracingEnabled",
    "cacheClusterEnabled": "/cacheClusterEnabled",
    "cacheClusterSize": "/cacheClusterSize",
    "documentationVersion": "/documentationVersion",
    "clientCertificateId": "/clientCertificateId",
}


_UNSAID = {"xrayTracingEnabled": False, "cacheClusterEnabled": False}


def _patch_stage(work: Work) -> None:
    changed = work.facts["changed"]
    operations = [
        replace(path, work.new.get(n, _UNSAID.get(n, ""))) for n, path in _STAGE_PATCHES.items() if n in changed
    ]
    if "variables" in changed:
        before, after = work.old.get("variables") or {}, work.new.get("variables") or {}
        operations += [{"op": "remove", "path": f"/variables/{k}"} for k in before.keys() - after.keys()]
        operations += [replace(f"/variables/{k}", v) for k, v in after.items() if before.get(k) != v]
    if operations:
        work.ask(
            "update_stage", restApiId=work.get("restApi"), stageName=work.get("stageName"), patchOperations=operations
        )


def _log_access(work: Work) -> None:
    settings = work.new["accessLogSettings"]
    operations = [
        replace("/accessLogSettings/destinationArn", settings["destinationArn"]),
        replace("/accessLogSettings/format", settings["format"]),
    ]
    work.ask("update_stage", restApiId=work.get("restApi"), stageName=work.get("stageName"), patchOperations=operations)


def _stop_logging(work: Work) -> None:
    operations = [{"op": "remove", "path": "/accessLogSettings"}]
    work.ask("update_stage", restApiId=work.get("restApi"), stageName=work.get("stageName"), patchOperations=operations)


_SETTINGS = {
    "cacheDataEncrypted": "caching/dataEncrypted",
    "cacheTtlInSeconds": "caching/ttlInSeconds",
    "cachingEnabled": "caching/enabled",
    "dataTraceEnabled": "logging/dataTrace",
    "loggingLevel": "logging/loglevel",
    "metricsEnabled": "metrics/enabled",
    "requireAuthorizationForCacheControl": "caching/requireAuthorizationForCacheControl",
    "throttlingBurstLimit": "throttling/burstLimit",
    "throttlingRateLimit": "throttling/rateLimit",
    "unauthorizedCacheControlHeaderStrategy": "caching/unauthorizedCacheControlHeaderStrategy",
}


def _method_key(path: str) -> str:
    """`a/b/GET` as the API's paths spell it: `a~1b/GET`."""
    resource, _, method = path.strip("/").rpartition("/")
    return f"{resource.replace('/', '~1')}/{method}"


def _write_settings(work: Work) -> str:
    path = _method_key(work.get("methodPath"))
    operations = [replace(f"/{path}/{_SETTINGS[n]}", v) for n, v in work.new["settings"].items() if v is not None]
    work.ask("update_stage", restApiId=work.get("restApi"), stageName=work.get("stageName"), patchOperations=operations)
    return f"{work.get('restApi')}-{work.get('stageName')}-{work.get('methodPath')}"


def _read_settings(work: Work) -> Props:
    stage = work.ask("get_stage", restApiId=work.get("restApi"), stageName=work.get("stageName"))
    found = stage.get("methodSettings", {}).get(_method_key(work.get("methodPath")))
    if found is None:
        raise Gone
    asked = work.get("settings") or {}
    settings = {n: found[n] for n in _SETTINGS if n in found}
    # What was never set has defaults that are nobody's wish, and moto's differ from AWS's.
    kept = {n: v for n, v in settings.items() if n in asked}
    return {"settings": kept, **{n: work.get(n) for n in ("restApi", "stageName", "methodPath")}}


def _drop_settings(work: Work) -> None:
    operations = [{"op": "remove", "path": f"/{_method_key(work.get('methodPath'))}"}]
    work.ask("update_stage", restApiId=work.get("restApi"), stageName=work.get("stageName"), patchOperations=operations)


def _write_account(work: Work) -> str:
    operations = [replace("/cloudwatchRoleArn", work.new.get("cloudwatchRoleArn", ""))]
    work.ask("update_account", patchOperations=operations)
    return "api-gateway-account"


def _clear_account(work: Work) -> None:
    work.new = {}
    _write_account(work)


def _invoke_url(context: Mapping[str, Any]) -> str:
    """Where the stage answers: on the embedded AWS under its one address, else at the API's own name."""
    if context.get("endpoint"):
        return f"{context['endpoint']}/execute-api/{context['restApi']}/{context['stageName']}"
    return f"https://{context['restApi']}.execute-api.{context['region']}.amazonaws.com/{context['stageName']}"


_EXECUTE = "arn:{partition}:execute-api:{region}:{account}:"

ENTRIES: dict[str, Entry] = {
    "aws:apigateway/restApi:RestApi": Entry(
        service="apigateway",
        id="{lower10}",
        create=call("create_rest_api", skip="binaryMediaTypes", gives="id"),
        read=(call("get_rest_api", **_API),),
        puts=(
            put("body putRestApiMode failOnWarnings", _import),
            put("binaryMediaTypes", _take_media, _take_media),
        ),
        update=_patch_api,
        delete=call("delete_rest_api", **_API),
        tags=_tagged(),
        takes=words("body putRestApiMode failOnWarnings"),
        unread=words("body putRestApiMode failOnWarnings minimumCompressionSize"),
        shared=words("policy"),
        outputs={
            "arn": "arn:{partition}:apigateway:{region}::/restapis/{id}",
            "executionArn": _EXECUTE + "{id}",
            "rootResourceId": "{lower10}",
            "createdDate": "{now}",
            "apiKeySource": "HEADER",
            # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html
            "securityPolicy": lambda c: (
                "TLS_1_2" if (c.get("endpointConfiguration") or {}).get("types") == "PRIVATE" else "TLS_1_0"
            ),
        },
        gone=_GONE,
        named="name",
        longest=255,
        rules=(_openapi, *api_rules),
        cfn="AWS::ApiGateway::RestApi",
    ),
    "aws:apigateway/deployment:Deployment": Entry(
        service="apigateway",
        id="{lower6}",
        create=call("create_deployment", restApiId="{restApi}", gives="id"),
        read=(call("get_deployment", restApiId="{restApi}", deploymentId="{id}"),),
        delete=call("delete_deployment", restApiId="{restApi}", deploymentId="{id}"),
        local={"triggers": None},
        unread=words("variables"),
        outputs={"restApi": "{restApi}", "createdDate": "{now}"},
        replace=words("restApi triggers variables description"),
        gone=_GONE | {"500"},
    ),
    "aws:apigateway/stage:Stage": Entry(
        service="apigateway",
        id="ags-{restApi}-{stageName}",
        create=call("create_stage"),
        read=(call("get_stage", **_STAGE),),
        puts=(put("accessLogSettings", _log_access, _stop_logging),),
        update=_patch_stage,
        delete=call("delete_stage", **_STAGE),
        tags=_tagged(),
        names={"restApi": "restApiId", "deployment": "deploymentId", "xrayTracingEnabled": "tracingEnabled"},
        outputs={
            "arn": "arn:{partition}:apigateway:{region}::/restapis/{restApi}/stages/{stageName}",
            "executionArn": _EXECUTE + "{restApi}/{stageName}",
            "invokeUrl": _invoke_url,
            "restApi": "{restApi}",
        },
        replace=words("restApi stageName"),
        gone=_GONE,
        cfn="AWS::ApiGateway::Stage",
    ),
    "aws:apigateway/account:Account": Entry(
        service="apigateway",
        id="api-gateway-account",
        create=_write_account,
        read=(call("get_account"),),
        update=_write_account,
        delete=_clear_account,
        takes=words("cloudwatchRoleArn"),
    ),
    "aws:apigateway/methodSettings:MethodSettings": Entry(
        service="apigateway",
        id="{restApi}-{stageName}-{methodPath}",
        create=_write_settings,
        read=(_read_settings,),
        update=_write_settings,
        delete=_drop_settings,
        takes=words("restApi stageName methodPath settings"),
        replace=words("restApi stageName methodPath"),
        gone=_GONE,
    ),
}
