"""WAF: web ACLs, what they stand before, and where they log."""

import re
from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Entry, Fault, Gone, Tagging, call, words
from embedded.provider.rules import like
from embedded.provider.table.web_acl_rules import web_acl_rules
from embedded.provider.values import Props, has_unknown
from embedded.provider.work import CallError, Work

_GONE = words("WAFNonexistentItemException")
_ACL: dict[str, Any] = {"Name": "{name}", "Scope": "{scope}", "Id": "{id}"}
# moto drops the first two; a document of rules would be judged by nothing here.
_UNTOLD = "dataProtectionConfig monetizationConfig ruleJson"
_SPELT_OTHERWISE = "customResponseBodies associationConfig"


def _bodies(context: Mapping[str, Any]) -> dict[str, Any] | None:
    """A list with keys here, a map there."""
    given = context.get("customResponseBodies")
    if not given:
        return None
    return {each["key"]: {"Content": each["content"], "ContentType": each["contentType"]} for each in given}


_BODIES = {
    "apiGateway": "API_GATEWAY",
    "appRunnerService": "APP_RUNNER_SERVICE",
    "cloudfront": "CLOUDFRONT",
    "cognitoUserPool": "COGNITO_USER_POOL",
    "verifiedAccessInstance": "VERIFIED_ACCESS_INSTANCE",
}


def _association(context: Mapping[str, Any]) -> dict[str, Any] | None:
    given = context.get("associationConfig")
    if not given:
        return None
    bodies = {
        _BODIES[name]: {"DefaultSizeInspectionLimit": limit["defaultSizeInspectionLimit"]}
        for each in given.get("requestBodies") or []
        for name, limit in each.items()
        if limit
    }
    return {"RequestBody": bodies}


def _get(work: Work) -> dict[str, Any]:
    return work.ask("get_web_acl", Name=work.get("name"), Scope=work.get("scope"), Id=work.id)


def _read_acl(work: Work) -> Props:
    found = _get(work)
    bodies = found["WebACL"].get("CustomResponseBodies") or {}
    sizes = (found["WebACL"].get("AssociationConfig") or {}).get("RequestBody") or {}
    names = {member: name for name, member in _BODIES.items()}
    limits = {names[m]: {"defaultSizeInspectionLimit": v["DefaultSizeInspectionLimit"]} for m, v in sizes.items()}
    return {
        "lockToken": found["LockToken"],
        "customResponseBodies": [
            {"key": key, "content": each["Content"], "contentType": each["ContentType"]} for key, each in bodies.items()
        ],
        "associationConfig": {"requestBodies": [limits]} if limits else None,
    }


def _update(work: Work) -> None:
    """WAF replaces the whole: what isn't said is gone."""
    work.facts["lock"] = _get(work)["LockToken"]
    nothing: dict[str, Any] = {} if work.new.get("rules") else {"Rules": []}
    step = call(
        "update_web_acl",
        Id="{id}",
        LockToken="{lock}",
        CustomResponseBodies=lambda _: _bodies(work.new),
        AssociationConfig=lambda _: _association(work.new),
        skip=f"{_UNTOLD} {_SPELT_OTHERWISE}",
        **nothing,
    )
    work.send(step)


def _delete(work: Work) -> None:
    lock = _get(work)["LockToken"]
    work.ask("delete_web_acl", Name=work.get("name"), Scope=work.get("scope"), Id=work.id, LockToken=lock)


def _read_association(work: Work) -> Props:
    found = work.ask("get_web_acl_for_resource", ResourceArn=work.get("resourceArn")).get("WebACL")
    if not found or found["ARN"] != work.get("webAclArn"):
        raise Gone
    return {"resourceArn": work.get("resourceArn"), "webAclArn": found["ARN"]}


def _disassociate(work: Work) -> None:
    try:
        _read_association(work)
    except CallError as fault:
        if fault.code in _GONE:
            raise Gone from fault
        raise
    work.ask("disassociate_web_acl", ResourceArn=work.get("resourceArn"))


# https://docs.aws.amazon.com/waf/latest/APIReference/API_AssociateWebACL.html
_PROTECTED = (
    r"arn:[\w-]+:("
    r"elasticloadbalancing:[\w-]+:\d{12}:loadbalancer/app/[\w-]+/\w+"
    r"|apigateway:[\w-]+::/restapis/\w+/stages/[\w-]+"
    r"|appsync:[\w-]+:\d{12}:apis/[\w-]+"
    r"|cognito-idp:[\w-]+:\d{12}:userpool/[\w-]+"
    r"|apprunner:[\w-]+:\d{12}:service/[\w/-]+"
    r"|ec2:[\w-]+:\d{12}:verified-access-instance/[\w-]+"
    r"|amplify:[\w-]+:\d{12}:apps/[\w-]+)"
)
_PROTECTS = like(
    "resourceArn",
    _PROTECTED,
    "the ARN of an application load balancer, a REST API's stage (...::/restapis/ID/stages/NAME), a GraphQL API or "
    "a user pool",
)
# https://docs.aws.amazon.com/waf/latest/developerguide/logging-destinations.html and the pages below it.
_DESTINATIONS = (
    r"arn:[\w-]+:(logs:[\w-]+:\d{12}:log-group:aws-waf-logs-[^:]+(:\*)?"
    r"|s3:::aws-waf-logs-[\w.-]+(/.*)?"
    r"|firehose:[\w-]+:\d{12}:deliverystream/aws-waf-logs-[\w.-]+)"
)


def _destinations(props: Mapping[str, Any]) -> list[Fault]:
    given = props.get("logDestinationConfigs")
    given = given if isinstance(given, list) else []
    faults = []
    if len(given) > 1:
        told = f"has {len(given)} destinations, and a web ACL logs to one: give one"
        faults.append(Fault("logDestinationConfigs", told))
    for number, arn in enumerate(given):
        if not has_unknown(arn) and not re.fullmatch(_DESTINATIONS, str(arn)):
            told = f"{arn!r} is no log group, bucket or delivery stream whose name begins with aws-waf-logs-"
            faults.append(Fault(f"logDestinationConfigs[{number}]", f"{told}: give one"))
    return faults


_LOGGING = call("put_logging_configuration", into="LoggingConfiguration")

ENTRIES: dict[str, Entry] = {
    "aws:wafv2/webAcl:WebAcl": Entry(
        service="wafv2",
        id="{uuid}",
        create=call(
            "create_web_acl",
            CustomResponseBodies=_bodies,
            AssociationConfig=_association,
            skip=f"{_UNTOLD} {_SPELT_OTHERWISE}",
            gives="Summary.Id",
        ),
        read=(call("get_web_acl", **_ACL, take="WebACL"), _read_acl),
        update=_update,
        delete=_delete,
        tags=Tagging(
            {"ResourceARN": "{arn}"},
            "tag_resource",
            "untag_resource",
            "list_tags_for_resource",
            take="TagInfoForResource.TagList",
        ),
        takes=words(_SPELT_OTHERWISE),
        reads={"applicationIntegrationUrl": "ApplicationIntegrationURL"},
        outputs={
            "arn": "arn:{partition}:wafv2:{region}:{account}:regional/webacl/{name}/{id}",
            "scope": "{scope}",
            "lockToken": "{uuid}",
            "capacity": 0,
        },
        renewed=words("lockToken capacity"),
        replace=words("name scope"),
        gone=_GONE,
        named="name",
        longest=128,
        rules=web_acl_rules,
        cfn="AWS::WAFv2::WebACL",
    ),
    "aws:wafv2/webAclAssociation:WebAclAssociation": Entry(
        service="wafv2",
        id="{webAclArn},{resourceArn}",
        create=call("associate_web_acl"),
        read=(_read_association,),
        delete=_disassociate,
        replace=words("resourceArn webAclArn"),
        gone=_GONE,
        rules=(_PROTECTS,),
        cfn="AWS::WAFv2::WebACLAssociation",
    ),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": Entry(
        service="wafv2",
        id="{resourceArn}",
        create=_LOGGING,
        read=(call("get_logging_configuration", ResourceArn="{id}", take="LoggingConfiguration"),),
        update=_LOGGING,
        unset={"loggingFilter": {}, "redactedFields": {}},
        delete=call("delete_logging_configuration", ResourceArn="{id}"),
        replace=words("resourceArn"),
        gone=_GONE,
        rules=(_destinations,),
        cfn="AWS::WAFv2::LoggingConfiguration",
    ),
}
