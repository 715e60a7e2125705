"""Lambda: functions, what invokes them and who may."""

import json
from collections.abc import Mapping
from typing import Any

from embedded.provider.assets import zipped
from embedded.provider.entry import Entry, Fault, Gone, Tagging, call, put, words
from embedded.provider.values import Props
from embedded.provider.work import CallError, Work

_NAME: dict[str, Any] = {"FunctionName": "{id}"}
_GONE = words("ResourceNotFoundException")
_UNKNOWN_HERE = "codeSigningConfigArn publishTo capacityProviderConfig durableConfig"
_CODE = "code s3Bucket s3Key s3ObjectVersion imageUri sourceCodeHash"


def _code(context: Mapping[str, Any]) -> dict[str, Any]:
    if context.get("code"):
        return {"ZipFile": zipped(context["code"])}
    members = {"s3Bucket": "S3Bucket", "s3Key": "S3Key", "s3ObjectVersion": "S3ObjectVersion", "imageUri": "ImageUri"}
    return {m: context[n] for n, m in members.items() if context.get(n)}


def _update_code(work: Work) -> None:
    machine = {"Architectures": work.new["architectures"]} if work.new.get("architectures") else {}
    work.ask("update_function_code", FunctionName=work.id, **_code(work.new), **machine)


def _one_code(props: Mapping[str, Any]) -> list[Fault]:
    given = [n for n in ("code", "s3Bucket", "imageUri") if props.get(n)]
    if len(given) == 1:
        return []
    told = f"{' and '.join(given)} are given" if given else "no code is given"
    return [Fault("code", f"{told}: give exactly one of code, s3Bucket with s3Key, imageUri")]


def _zip_needs(props: Mapping[str, Any]) -> list[Fault]:
    if props.get("packageType", "Zip") != "Zip":
        return []
    return [
        Fault(n, "is missing, and a function of package type Zip needs it: set it")
        for n in ("handler", "runtime")
        if not props.get(n)
    ]


def _permit(work: Work) -> str:
    id_ = work.new.get("statementId") or f"terraform-{abs(hash((work.new['function'], work.new['principal'])))}"
    work.send(call("add_permission", StatementId=id_, FunctionName="{function}", skip="statementId function"))
    return id_


def _read_permission(work: Work) -> Props:
    qualifier = {"Qualifier": work.get("qualifier")} if work.get("qualifier") else {}
    try:
        policy = json.loads(work.ask("get_policy", FunctionName=work.get("function"), **qualifier)["Policy"])
    except CallError as fault:
        if fault.code in _GONE:
            raise Gone from fault
        raise
    found = next((s for s in policy["Statement"] if s.get("Sid") == work.id), None)
    if found is None:
        raise Gone
    who, condition = found["Principal"], found.get("Condition", {})
    conditions = {k.lower(): v for test in condition.values() for k, v in test.items()}
    return {
        "statementId": work.id,
        "function": work.get("function"),
        "action": found["Action"],
        "principal": who if isinstance(who, str) else who.get("Service") or who.get("AWS"),
        "sourceArn": conditions.get("aws:sourcearn"),
        "sourceAccount": conditions.get("aws:sourceaccount"),
        "qualifier": work.get("qualifier"),
    }


def _delete_permission(work: Work) -> None:
    qualifier = {"Qualifier": work.old["qualifier"]} if work.old.get("qualifier") else {}
    work.ask("remove_permission", FunctionName=work.old["function"], StatementId=work.id, **qualifier)


_INVOKE = "arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations"
_MAPPED = "eventSourceArn startingPosition startingPositionTimestamp queues topics selfManagedEventSource"
_PERMISSION = (
    "action function principal sourceArn sourceAccount statementId qualifier eventSourceToken principalOrgId "
    "functionUrlAuthType invokedViaFunctionUrl"
)

ENTRIES: dict[str, Entry] = {
    "aws:lambda/function:Function": Entry(
        service="lambda",
        id="{name}",
        create=call("create_function", Code=_code, skip=f"{_CODE} {_UNKNOWN_HERE}"),
        read=(
            call("get_function", **_NAME, take="Configuration"),
            call(
                "get_function",
                **_NAME,
                sets={"reservedConcurrentExecutions": "Concurrency.ReservedConcurrentExecutions", "tags": "Tags"},
            ),
        ),
        puts=(
            put(f"{_CODE} architectures", _update_code, at_creation=False),
            put(
                "reservedConcurrentExecutions",
                call("put_function_concurrency", **_NAME),
                call("delete_function_concurrency", **_NAME),
            ),
        ),
        update=call("update_function_configuration", **_NAME, skip="name"),
        unset={
            "deadLetterConfig": {"DeadLetterConfig": {"TargetArn": ""}},
            "description": {"Description": ""},
            "environment": {"Environment": {"Variables": {}}},
            "fileSystemConfig": {"FileSystemConfigs": []},
            "kmsKeyArn": {"KMSKeyArn": ""},
            "layers": {"Layers": []},
            "vpcConfig": {"VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []}},
        },
        delete=call("delete_function", **_NAME),
        tags=Tagging({"Resource": "{arn}"}, "tag_resource", "untag_resource"),
        takes=words(_CODE),
        names={
            "name": "FunctionName",
            "fileSystemConfig": "FileSystemConfigs",
            "imageConfig.commands": "Command",
            "imageConfig.entryPoints": "EntryPoint",
        },
        reads={"layers": "Layers[].Arn", "sourceCodeSize": "CodeSize"},
        local={"publish": False, "skipDestroy": False},
        defaults={"timeout": 3, "memorySize": 128, "packageType": "Zip"},
        unread=words(f"{_CODE} sourceKmsKeyArn"),
        outputs={
            "arn": "arn:{partition}:lambda:{region}:{account}:function:{name}",
            "invokeArn": _INVOKE,
            "qualifiedArn": "{arn}:$LATEST",
            "qualifiedInvokeArn": _INVOKE.replace("{arn}", "{arn}:$LATEST"),
            "responseStreamingInvokeArn": _INVOKE.replace("2015-03-31", "2021-11-15").replace(
                "/invocations", "/response-streaming-invocations"
            ),
            "version": "$LATEST",
            "sourceCodeHash": "{codeSha256}",
            "reservedConcurrentExecutions": -1,
        },
        renewed=words("codeSha256 lastModified sourceCodeSize"),
        replace=words("name packageType tenancyConfig"),
        gone=_GONE,
        named="name",
        rules=(_one_code, _zip_needs),
        cfn="AWS::Lambda::Function",
    ),
    "aws:lambda/eventSourceMapping:EventSourceMapping": Entry(
        service="lambda",
        id="{uuid}",
        create=call("create_event_source_mapping", gives="UUID"),
        read=(call("get_event_source_mapping", UUID="{id}"),),
        update=call("update_event_source_mapping", UUID="{id}", skip=_MAPPED),
        unset={
            "batchSize": {"BatchSize": lambda c: 10 if ":sqs:" in str(c.get("eventSourceArn")) else 100},
            "bisectBatchOnFunctionError": {"BisectBatchOnFunctionError": False},
            "destinationConfig": {"DestinationConfig": {"OnFailure": {}}},
            "functionResponseTypes": {"FunctionResponseTypes": []},
            "maximumBatchingWindowInSeconds": {"MaximumBatchingWindowInSeconds": 0},
        },
        delete=call("delete_event_source_mapping", UUID="{id}"),
        tags=Tagging({"Resource": "{arn}"}, "tag_resource", "untag_resource", "list_tags", after=True),
        names={"destinationConfig.onFailure.destinationArn": "Destination"},
        reads={"enabled": "State != 'Disabled'"},
        unread=words("functionName scalingConfig metricsConfig kmsKeyArn"),
        defaults={"enabled": True},
        outputs={
            "arn": "arn:{partition}:lambda:{region}:{account}:event-source-mapping:{id}",
            "uuid": "{id}",
            "functionArn": "arn:{partition}:lambda:{region}:{account}:function:{functionName}",
            "state": "Enabled",
        },
        replace=words(_MAPPED),
        gone=_GONE,
        cfn="AWS::Lambda::EventSourceMapping",
    ),
    "aws:lambda/permission:Permission": Entry(
        service="lambda",
        id="{statementId}",
        create=_permit,
        like=call("add_permission"),
        read=(_read_permission,),
        delete=_delete_permission,
        unread=words("eventSourceToken principalOrgId functionUrlAuthType"),
        replace=words(_PERMISSION),
        gone=_GONE,
        named="statementId",
        longest=100,
        names={"function": "FunctionName", "principalOrgId": "PrincipalOrgID"},
        cfn="AWS::Lambda::Permission",
    ),
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": Entry(
        service="lambda",
        id="{functionName}",
        create=call("put_function_event_invoke_config"),
        read=(call("get_function_event_invoke_config", FunctionName="{functionName}", Qualifier="{qualifier}"),),
        update=call("update_function_event_invoke_config"),
        delete=call("delete_function_event_invoke_config", FunctionName="{functionName}", Qualifier="{qualifier}"),
        names={
            "destinationConfig.onFailure.destination": "Destination",
            "destinationConfig.onSuccess.destination": "Destination",
            "maximumEventAgeInSeconds": "MaximumEventAgeInSeconds",
        },
        outputs={"functionName": "{functionName}", "qualifier": "{qualifier}"},
        replace=words("functionName qualifier"),
        gone=_GONE,
        cfn="AWS::Lambda::EventInvokeConfig",
    ),
}
