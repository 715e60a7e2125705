"""CloudFormation templates: whether they parse, and what the schemas have against each of their resources."""

import json
from functools import lru_cache
from typing import Any

import yaml

from embedded.provider import cloudformation

# Resources that may bear a name of the user's own need CAPABILITY_NAMED_IAM if they do, else CAPABILITY_IAM:
# docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html, Capabilities.
_IAM = {
    "AWS::IAM::AccessKey": "",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Policy": "",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::UserToGroupAddition": "",
}


class TemplateError(ValueError):
    """The text is no template."""


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms of its functions."""


def _function(loader: Any, suffix: str, node: Any) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


def _text(loader: Any, node: Any) -> Any:
    return loader.construct_scalar(node)


_Loader.add_multi_constructor("!", _function)
# A date such as AWSTemplateFormatVersion's is a text to CloudFormation.
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _text)


@lru_cache(maxsize=64)
def parse(body: str) -> dict[str, Any]:
    """The template of a text in JSON or YAML; raises TemplateError."""
    try:
        found = json.loads(body) if body.lstrip().startswith("{") else yaml.load(body, Loader=_Loader)  # noqa: S506
    except (ValueError, yaml.YAMLError) as fault:
        raise TemplateError(f"is neither JSON nor YAML ({fault}): give a template") from fault
    if not isinstance(found, dict) or not isinstance(found.get("Resources"), dict) or not found["Resources"]:
        raise TemplateError("has no Resources, and a template needs at least one: add it")
    return found


@lru_cache(maxsize=64)
def faults(body: str) -> tuple[str, ...]:
    """What CloudFormation has against the resources and outputs of a template that parses."""
    template = parse(body)
    told: list[str] = []
    for name, resource in template["Resources"].items():
        kind = resource.get("Type") if isinstance(resource, dict) else None
        if not isinstance(kind, str):
            told.append(f"Resources.{name}.Type is missing: name the type")
        elif not kind.startswith("Custom::"):
            told += _resource(name, kind, resource)
    known = template["Resources"].keys() | (template.get("Parameters") or {}).keys()
    for name, output in (template.get("Outputs") or {}).items():
        if not isinstance(output, dict) or "Value" not in output:
            told.append(f"Outputs.{name}.Value is missing: give what the output says")
    for target in _targets({k: template[k] for k in ("Resources", "Outputs") if template.get(k)}):
        if target not in known and not target.startswith("AWS::"):
            told.append(f"refers to {target!r}, which is neither a resource nor a parameter: declare it, or mend it")
    return tuple(dict.fromkeys(told))


def _resource(name: str, kind: str, resource: dict[str, Any]) -> list[str]:
    if not cloudformation.schema(kind):
        return [f"Resources.{name}.Type is {kind!r}, which CloudFormation does not know: give a type of its reference"]
    found = cloudformation.strict(kind, resource.get("Properties") or {}, ("Resources", name, "Properties"))
    return [f"{fault.path} {fault.reason}" for fault in found]


def _targets(value: Any) -> list[str]:
    if isinstance(value, list):
        return [t for v in value for t in _targets(v)]
    if not isinstance(value, dict):
        return []
    if set(value) == {"Ref"}:
        return [str(value["Ref"])]
    if set(value) == {"Fn::GetAtt"}:
        found = value["Fn::GetAtt"]
        return [str(found[0] if isinstance(found, list) else found).split(".")[0]]
    return [t for v in value.values() for t in _targets(v)]


def capabilities(template: dict[str, Any]) -> dict[str, str]:
    """The capabilities that a template needs, and for what."""
    needed: dict[str, str] = {}
    for name, resource in template["Resources"].items():
        kind, properties = str(resource.get("Type")), resource.get("Properties") or {}
        if kind in _IAM:
            own = _IAM[kind]
            needed["CAPABILITY_NAMED_IAM" if own and own in properties else "CAPABILITY_IAM"] = f"{name} is {kind}"
    if template.get("Transform"):
        needed["CAPABILITY_AUTO_EXPAND"] = "it has a Transform"
    return needed
