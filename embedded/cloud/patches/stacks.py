"""CloudFormation: a resource type that moto lacks is refused by name, or recorded if it is one of a few.

moto itself passes over such a resource with a warning, and the stack is said to be complete.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.exceptions import UnformattedGetAttTemplateException, ValidationError
from moto.cloudformation.models import CloudFormationBackend, Stack
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.common_models import CloudFormationModel

# What a template may hold beyond what moto makes: by type, what Ref gives. `{Id}` is made up, the rest are properties.
RECORDED = {
    "AWS::DataZone::DataSource": "{DomainIdentifier}|{Id}",
    "AWS::DataZone::ProjectMembership": (
        "{DomainIdentifier}|{ProjectIdentifier}|{Member[UserIdentifier]}|USER_IDENTIFIER"
    ),
    "AWS::DataZone::UserProfile": "{DomainIdentifier}|{Id}",
    "AWS::QuickSight::Analysis": "{AwsAccountId}|{AnalysisId}",
    "AWS::QuickSight::Dashboard": "{AwsAccountId}|{DashboardId}",
    "AWS::QuickSight::DataSource": "{AwsAccountId}|{DataSourceId}",
    "AWS::QuickSight::Template": "{AwsAccountId}|{TemplateId}",
}


class _Recorded:
    """A resource that is checked by its schema and then lives in the stack alone."""

    kind = ""

    def __init__(self, name: str, properties: Mapping[str, Any], account: str, region: str) -> None:
        made = hashlib.sha256(name.encode()).hexdigest()[:14]
        self.properties = {**properties, "Id": made}
        self.account, self.region = account, region

    @property
    def physical_resource_id(self) -> str:
        return RECORDED[self.kind].format_map(self.properties)

    def get_cfn_attribute(self, name: str) -> Any:
        given = {**self.properties, **{f"{k.removesuffix('entifier')}": v for k, v in self.properties.items()}}
        if name == "Arn":
            _, service, what = self.kind.split("::")
            mine = given[f"{what}Id"]
            return f"arn:aws:{service.lower()}:{self.region}:{self.account}:{what.lower()}/{mine}"
        if name not in given or not self.has_cfn_attr(name):
            raise UnformattedGetAttTemplateException
        return given[name]

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return f"/properties/{attr}" in _schema(cls.kind).get("readOnlyProperties", [])

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @classmethod
    def create_from_cloudformation_json(
        cls, name: str, resource: dict[str, Any], account: str, region: str, **_: Any
    ) -> Any:
        return cls(name, resource["Properties"], account, region)

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,  # noqa: ARG003 - moto passes it by name
        cloudformation_json: dict[str, Any],
        account_id: str,  # noqa: ARG003
        region_name: str,  # noqa: ARG003
    ) -> Any:
        made = original_resource.properties["Id"]
        original_resource.properties = {**cloudformation_json["Properties"], "Id": made}
        return original_resource

    @classmethod
    def delete_from_cloudformation_json(cls, *_: Any) -> None:
        """Nothing is to be deleted."""

    def is_created(self) -> bool:
        return True


# moto finds its models among the direct subclasses.
MODELS = [
    type(
        kind.replace("::", ""),
        (_Recorded, CloudFormationModel),
        {"kind": kind, "cloudformation_type": staticmethod(lambda kind=kind: kind)},
    )
    for kind in RECORDED
]


def _schema(kind: str) -> dict[str, Any]:
    from embedded.provider import cloudformation  # brings pulumi, which few servers need

    return cloudformation.schema(kind)


def _refuse(template: Any) -> None:
    """What can't be made, or lacks what it needs, before anything is made."""
    if not isinstance(template, dict):
        raise ValidationError(message="Template format error: unsupported structure.")
    known = parsing.get_model_map().keys() | set(parsing.NULL_MODELS)
    for name, resource in (template.get("Resources") or {}).items():
        kind = resource.get("Type", "")
        if kind not in known and not kind.startswith("Custom::"):
            raise ValidationError(
                message=f"Resource {name}: {kind} is not handled by the embedded AWS: take it out of the template, or "
                "add it to RECORDED in embedded/cloud/patches/stacks.py"
            )
        if kind in RECORDED:
            missing = sorted(set(_schema(kind).get("required", [])) - set(resource.get("Properties") or {}))
            if missing:
                raise ValidationError(message=f"Resource {name}: {kind} requires {', '.join(missing)}: add them")


_parse_template = Stack._parse_template
_create_stack = CloudFormationBackend.create_stack
_validate_different_update = CloudFormationResponse._validate_different_update
_update_stack = CloudFormationResponse.update_stack


def _parse_and_refuse(self: Any) -> None:
    _parse_template(self)
    _refuse(self.template_dict)


def _create_or_forget(self: Any, name: str, *arguments: Any, **options: Any) -> Any:
    """Forget a stack whose resources could not be made; moto keeps it as one in progress."""
    before = set(self.stacks)
    try:
        return _create_stack(self, name, *arguments, **options)
    except Exception:
        for stack_id in set(self.stacks) - before:
            self.stacks.pop(stack_id)
        raise


def _tags_may_differ(self: Any, incoming: Any, body: str, stack: Any) -> None:
    """An update of the tags or the topics alone is an update too."""
    tags = {item["Key"]: item["Value"] for item in self._get_param("Tags", [])}
    if tags in ({}, stack.tags) and self._get_param("NotificationARNs", []) == stack.notification_arns:
        _validate_different_update(self, incoming, body, stack)


def _update_with_topics(self: Any) -> Any:
    answer = _update_stack(self)
    stack = self.cloudformation_backend.get_stack(self._get_param("StackName"))
    stack.notification_arns = self._get_param("NotificationARNs", [])
    return answer


def install() -> None:
    """Patch moto's stacks, their backend and the answers."""
    for cached in (parsing.get_model_list, parsing.get_model_map, parsing.get_name_type_map):
        cached.cache_clear()
    Stack._parse_template = _parse_and_refuse
    CloudFormationBackend.create_stack = _create_or_forget
    CloudFormationResponse._validate_different_update = _tags_may_differ
    CloudFormationResponse.update_stack = _update_with_topics
