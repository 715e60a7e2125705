"""API Gateway: who may use a REST API and how much, its policy, and its own answers."""

from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Entry, Gone, Tagging, call, words
from embedded.provider.rules import among, document
from embedded.provider.table.gateway import replace
from embedded.provider.table.gateway_rules import answer_rules, key_rules, plan_rules
from embedded.provider.values import Props
from embedded.provider.work import Work

_GONE = words("NotFoundException")
_ARN = "arn:{partition}:apigateway:{region}::/"
_TAGS = Tagging({"resourceArn": "{arn}"}, "tag_resource", "untag_resource", tags="tags", keys="tagKeys")


def _stages(context: Mapping[str, Any]) -> list[dict[str, str]] | None:
    return [{"apiId": each["apiId"], "stage": each["stage"]} for each in context.get("apiStages") or []] or None


_LIMITS = {"throttleSettings": "/throttle", "quotaSettings": "/quota"}


def _update_plan(work: Work) -> None:
    changed = work.facts["changed"]
    operations = [replace(f"/{name}", work.new.get(name, "")) for name in ("name", "description") if name in changed]
    for name, path in _LIMITS.items():
        if name in changed:
            limits = work.new.get(name)
            operations += [replace(f"{path}/{k}", v) for k, v in (limits or {}).items() if v is not None]
            operations += [] if limits else [{"op": "remove", "path": path}]
    if "apiStages" in changed:
        before, after = ({f"{s['apiId']}:{s['stage']}" for s in _stages(side) or []} for side in (work.old, work.new))
        for op, stages in (("remove", before - after), ("add", after - before)):
            operations += [{"op": op, "path": "/apiStages", "value": stage} for stage in sorted(stages)]
    work.ask("update_usage_plan", usagePlanId=work.id, patchOperations=operations)


def _update_key(work: Work) -> None:
    changed = work.facts["changed"]
    usual = {"description": "", "enabled": True, "customerId": ""}
    operations = [
        replace(f"/{name}", work.new.get(name, usual.get(name, "")))
        for name in ("name", "description", "enabled", "customerId")
        if name in changed
    ]
    work.ask("update_api_key", apiKey=work.id, patchOperations=operations)


def _write_policy(work: Work) -> str:
    operations = [replace("/policy", work.new["policy"])]
    work.ask("update_rest_api", restApiId=work.new["restApiId"], patchOperations=operations)
    return str(work.new["restApiId"])


def _read_policy(work: Work) -> Props:
    found = work.ask("get_rest_api", restApiId=work.get("restApiId"))
    if not found.get("policy"):
        raise Gone
    return {"restApiId": found["id"], "policy": found["policy"]}


def _drop_policy(work: Work) -> None:
    work.ask("update_rest_api", restApiId=work.old["restApiId"], patchOperations=[replace("/policy", "")])


_ANSWER: dict[str, Any] = {"restApiId": "{restApiId}", "responseType": "{responseType}"}

ENTRIES: dict[str, Entry] = {
    "aws:apigateway/usagePlan:UsagePlan": Entry(
        service="apigateway",
        id="{lower6}",
        create=call("create_usage_plan", apiStages=_stages, skip="apiStages", gives="id"),
        read=(call("get_usage_plan", usagePlanId="{id}"),),
        update=_update_plan,
        delete=call("delete_usage_plan", usagePlanId="{id}"),
        tags=_TAGS,
        takes=words("apiStages"),
        names={"throttleSettings": "throttle", "quotaSettings": "quota"},
        outputs={"arn": _ARN + "usageplans/{id}"},
        gone=_GONE,
        named="name",
        longest=255,
        rules=plan_rules,
        cfn="AWS::ApiGateway::UsagePlan",
    ),
    "aws:apigateway/apiKey:ApiKey": Entry(
        service="apigateway",
        id="{lower10}",
        create=call("create_api_key", gives="id"),
        read=(call("get_api_key", apiKey="{id}", includeValue=True),),
        update=_update_key,
        delete=call("delete_api_key", apiKey="{id}"),
        tags=_TAGS,
        defaults={"enabled": True, "description": "Managed by Pulumi"},
        outputs={
            "arn": _ARN + "apikeys/{id}",
            "value": "{lower10}{lower10}{lower10}{lower10}",
            "createdDate": "{now}",
            "lastUpdatedDate": "{now}",
        },
        replace=words("value"),
        gone=_GONE,
        named="name",
        longest=1024,
        rules=key_rules,
        cfn="AWS::ApiGateway::ApiKey",
    ),
    "aws:apigateway/usagePlanKey:UsagePlanKey": Entry(
        service="apigateway",
        id="{keyId}",
        create=call("create_usage_plan_key"),
        read=(call("get_usage_plan_key", usagePlanId="{usagePlanId}", keyId="{keyId}"),),
        delete=call("delete_usage_plan_key", usagePlanId="{usagePlanId}", keyId="{keyId}"),
        reads={"keyId": "id", "keyType": "type"},
        outputs={"usagePlanId": "{usagePlanId}"},
        replace=words("keyId keyType usagePlanId"),
        gone=_GONE,
        rules=(among(keyType=("API_KEY",)),),
        cfn="AWS::ApiGateway::UsagePlanKey",
    ),
    "aws:apigateway/restApiPolicy:RestApiPolicy": Entry(
        service="apigateway",
        id="{restApiId}",
        create=_write_policy,
        read=(_read_policy,),
        update=_write_policy,
        delete=_drop_policy,
        takes=words("restApiId policy"),
        replace=words("restApiId"),
        gone=_GONE,
        rules=(document("policy"),),
    ),
    "aws:apigateway/response:Response": Entry(
        service="apigateway",
        id="aggr-{restApiId}-{responseType}",
        create=call("put_gateway_response"),
        read=(call("get_gateway_response", **_ANSWER),),
        update=call("put_gateway_response"),
        delete=call("delete_gateway_response", **_ANSWER),
        outputs={"restApiId": "{restApiId}"},
        replace=words("restApiId responseType"),
        gone=_GONE,
        rules=answer_rules,
        cfn="AWS::ApiGateway::GatewayResponse",
    ),
}
