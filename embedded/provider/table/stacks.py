"""CloudFormation: stacks of a template, and of an application of the Serverless Application Repository."""

from collections.abc import Mapping
from typing import Any

from embedded.provider import templates
from embedded.provider.entry import Entry, Fault, Gone, Tagging, call, put, words
from embedded.provider.rules import like
from embedded.provider.values import Props, has_unknown
from embedded.provider.work import Work

# Quotas of docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
_BODY_BYTES, _PARAMETERS, _OUTPUTS, _RESOURCES = 51_200, 200, 200, 500

_NAME = like("name", r"[a-zA-Z][-a-zA-Z0-9]{0,127}", "a letter, then up to 127 letters, digits or dashes")


def _one_template(props: Mapping[str, Any]) -> list[Fault]:
    given = [n for n in ("templateBody", "templateUrl") if props.get(n)]
    if len(given) == 1:
        return []
    told = "goes not with templateUrl" if given else "is missing"
    return [Fault("templateBody", f"{told}: give exactly one of templateBody, templateUrl")]


def _excluded(props: Mapping[str, Any]) -> list[Fault]:
    """What API_CreateStack says must not be given together."""
    pairs = (("disableRollback", "onFailure"), ("policyBody", "policyUrl"))
    return [
        Fault(late, f"goes not with {early}: give one of the two")
        for early, late in pairs
        if props.get(early) and props.get(late)
    ]


def _template(props: Mapping[str, Any]) -> list[Fault]:
    body = props.get("templateBody")
    if not isinstance(body, str) or has_unknown(body):
        return []
    size = len(body.encode())
    if size > _BODY_BYTES:
        return [
            Fault("templateBody", f"has {size} bytes, above the most of {_BODY_BYTES}: put it into S3 (templateUrl)")
        ]
    try:
        template = templates.parse(body)
    except templates.TemplateError as fault:
        return [Fault("templateBody", str(fault))]
    sizes = (("Resources", _RESOURCES), ("Parameters", _PARAMETERS), ("Outputs", _OUTPUTS))
    found = [
        Fault("templateBody", f"has {len(template[part])} {part}, above the most of {most}: split the stack")
        for part, most in sizes
        if len(template.get(part) or {}) > most
    ]
    found += [Fault("templateBody", told) for told in templates.faults(body)]
    return found + _parameters(template, props) + _capabilities(template, props)


def _parameters(template: dict[str, Any], props: Mapping[str, Any]) -> list[Fault]:
    declared, given = template.get("Parameters") or {}, props.get("parameters") or {}
    if not isinstance(given, dict):
        return []
    found = [
        Fault(f"parameters.{n}", "is not a parameter of the template: remove it, or declare it")
        for n in given
        if n not in declared
    ]
    for name, told in declared.items():
        if name not in given and "Default" not in told:
            found.append(Fault(f"parameters.{name}", "is missing, and has no Default in the template: give it"))
        allowed = [str(v) for v in told.get("AllowedValues", [])]
        value = given.get(name)
        if allowed and value is not None and not has_unknown(value) and str(value) not in allowed:
            found.append(
                Fault(f"parameters.{name}", f"{value!r} is not one of {', '.join(allowed)}: give one of these")
            )
    return found


def _capabilities(template: dict[str, Any], props: Mapping[str, Any]) -> list[Fault]:
    given = set(props.get("capabilities") or [])
    if "CAPABILITY_NAMED_IAM" in given:
        given.add("CAPABILITY_IAM")
    return [
        Fault("capabilities", f"lacks {capability}, which the template needs as {why}: add it")
        for capability, why in templates.capabilities(template).items()
        if capability not in given
    ]


# API reference of the Serverless Application Repository, Applications/changesets, CreateCloudFormationChangeSetRequest.
_OF_APPLICATIONS = (
    "CAPABILITY_IAM",
    "CAPABILITY_NAMED_IAM",
    "CAPABILITY_AUTO_EXPAND",
    "CAPABILITY_RESOURCE_POLICY",
)


def _known_capabilities(props: Mapping[str, Any]) -> list[Fault]:
    return [
        Fault(f"capabilities[{i}]", f"{c!r} is not one of {', '.join(_OF_APPLICATIONS)}: give one of these")
        for i, c in enumerate(props.get("capabilities") or [])
        if not has_unknown(c) and c not in _OF_APPLICATIONS
    ]


def _tags(context: Mapping[str, Any]) -> list[dict[str, str]]:
    return [{"Key": k, "Value": v} for k, v in (context.get("tags") or {}).items()]


def _write_tags(work: Work, tags: Mapping[str, str]) -> None:  # noqa: ARG001 - the updating call reads them itself
    """There is no call for the tags alone; the creation, and an update of anything else, carry them."""
    if work.facts.get("changed") == {"tags"}:
        work.send(_UPDATE)


def _read(work: Work) -> Props:
    found = work.ask("describe_stacks", StackName=work.id)["Stacks"][0]
    if found["StackStatus"] == "DELETE_COMPLETE":
        raise Gone
    asked = work.get("parameters") or {}
    policy = work.ask("get_stack_policy", StackName=work.id).get("StackPolicyBody")
    held = {p["ParameterKey"]: p["ParameterValue"] for p in found.get("Parameters", [])}
    return {
        "name": found["StackName"],
        "templateBody": work.ask("get_template", StackName=work.id)["TemplateBody"],
        "parameters": {k: v for k, v in held.items() if k in asked},
        "outputs": {o["OutputKey"]: o["OutputValue"] for o in found.get("Outputs", [])},
        "notificationArns": found.get("NotificationARNs"),
        "iamRoleArn": found.get("RoleARN"),
        "policyBody": policy,
        "tags": {t["Key"]: t["Value"] for t in found.get("Tags", [])},
    }


_LATER = "onFailure timeoutInMinutes disableRollback policyBody policyUrl"
_UPDATE = call("update_stack", StackName="{id}", Tags=_tags, skip=f"name {_LATER}")

ENTRIES: dict[str, Entry] = {
    "aws:cloudformation/stack:Stack": Entry(
        service="cloudformation",
        id="arn:{partition}:cloudformation:{region}:{account}:stack/{name}/{uuid}",
        create=call("create_stack", Tags=_tags, gives="StackId"),
        read=(_read,),
        update=_UPDATE,
        puts=(put("policyBody policyUrl", call("set_stack_policy", StackName="{id}")),),
        delete=call("delete_stack", StackName="{id}"),
        tags=Tagging({}, "update_stack", "update_stack", write=_write_tags),
        names={
            "name": "StackName",
            "iamRoleArn": "RoleARN",
            "policyBody": "StackPolicyBody",
            "policyUrl": "StackPolicyURL",
        },
        unread=words("capabilities onFailure timeoutInMinutes disableRollback policyUrl templateUrl"),
        renewed=words("outputs"),
        replace=words("name onFailure timeoutInMinutes disableRollback"),
        gone=words("ValidationError"),
        named="name",
        longest=128,
        rules=(_NAME, _one_template, _excluded, _template),
    ),
    "aws:serverlessrepository/cloudFormationStack:CloudFormationStack": Entry(
        service="serverlessrepo",
        id="arn:{partition}:cloudformation:{region}:{account}:stack/serverlessrepo-{name}/{uuid}",
        like=call("create_cloud_formation_change_set"),
        tags=Tagging({}, "", ""),
        names={"name": "StackName", "parameters": "ParameterOverrides"},
        outputs={"semanticVersion": "1.0.0"},
        replace=words("name applicationId"),
        named="name",
        longest=128,
        rules=(
            _NAME,
            _known_capabilities,
            like(
                "applicationId",
                r"arn:aws[a-z-]*:serverlessrepo:[a-z0-9-]+:\d{12}:applications/[a-zA-Z0-9-]+",
                "the ARN of an application, such as arn:aws:serverlessrepo:us-east-1:123456789012:applications/NAME",
            ),
            # docs.aws.amazon.com/serverlessrepo/latest/devguide/serverlessrepo-how-to-publish.html
            like("semanticVersion", r"\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?", "a semantic version, such as 1.2.3"),
        ),
        reason="moto has no Serverless Application Repository",
    ),
}
