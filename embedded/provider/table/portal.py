"""DataZone: the domain, its projects, blueprints, environments and glossaries; moto has none of it, so all is recorded.

Names, lengths and patterns are those of botocore's model, which is the API reference's; what is said here is the rest.
"""

from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Entry, Fault, Tagging, call, words

_REASON = "moto has no DataZone"


def _needs(name: str, why: str) -> Any:
    """A property that the SDK leaves open and AWS does not."""

    def rule(props: Mapping[str, Any]) -> list[Fault]:
        return [] if props.get(name) else [Fault(name, f"is missing, and {why}: set it")]

    return rule


def _version_two(props: Mapping[str, Any]) -> list[Fault]:
    """A V2 domain has a service role: pulumi.com/registry/packages/aws/api-docs/datazone/domain, `serviceRole`."""
    if props.get("domainVersion") != "V2" or props.get("serviceRole"):
        return []
    return [Fault("serviceRole", "is missing, and a domain of domainVersion V2 needs it: set it, or use V1")]


def _some_region(props: Mapping[str, Any]) -> list[Fault]:
    """The first environment fails with "configuration needs to enable atleast one region" otherwise.

    https://github.com/hashicorp/terraform-provider-awscc/issues/1587
    """
    if props.get("enabledRegions") != []:
        return []
    return [Fault("enabledRegions", "has 0 items, and no environment can be made without a region: give 1 or more")]


def _some_relation(props: Mapping[str, Any]) -> list[Fault]:
    """UpdateGlossaryTerm and CreateGlossaryTerm want 1 to 10 terms in each relation (API_TermRelations)."""
    given = props.get("termRelations")
    if not isinstance(given, dict) or any(given.values()):
        return []
    return [Fault("termRelations", "relates to nothing: give isAs or classifies, or leave it out")]


_ROLES = {
    "provisioningRoleArn": "DataZone provisions an environment as this role",
    "manageAccessRoleArn": "DataZone grants access to what is published as this role",
}


def _roles(props: Mapping[str, Any]) -> list[Fault]:
    """A blueprint that provisions has both; the API leaves them open, and no environment is made without either.

    docs.aws.amazon.com/datazone/latest/userguide/enable-default-blueprint.html has one choose both. A blueprint for
    resources that are there already has neither, nor parameters of a region.
    """
    if not props.get("regionalParameters") and not any(props.get(name) for name in _ROLES):
        return []
    return [fault for name, why in _ROLES.items() for fault in _needs(name, why)(props)]


_PERSON = "{uuid}"
_MADE = {"createdAt": "{now}", "createdBy": _PERSON}

ENTRIES: dict[str, Entry] = {
    "aws:datazone/domain:Domain": Entry(
        service="datazone",
        id="dzd_{lower14}",
        like=call("create_domain"),
        tags=Tagging({"resourceArn": "{arn}"}, "tag_resource", "untag_resource", tags="tags", keys="tagKeys"),
        defaults={"domainVersion": "V1"},
        local={"skipDeletionCheck": None, "timeouts": None},
        outputs={
            "arn": "arn:{partition}:datazone:{region}:{account}:domain/{id}",
            "portalUrl": "https://{id}.datazone.{region}.on.aws",
            "rootDomainUnitId": "{lower6}{hex8}",
        },
        replace=words("name kmsKeyIdentifier domainVersion"),
        named="name",
        rules=(_version_two,),
        cfn="AWS::DataZone::Domain",
        reason=_REASON,
    ),
    "aws:datazone/project:Project": Entry(
        service="datazone",
        id="{lower14}",
        like=call("create_project"),
        local={"skipDeletionCheck": None, "timeouts": None},
        outputs={**_MADE, "lastUpdatedAt": "{now}", "projectStatus": "ACTIVE"},
        replace=words("domainIdentifier"),
        named="name",
        cfn="AWS::DataZone::Project",
        reason=_REASON,
    ),
    "aws:datazone/environmentBlueprintConfiguration:EnvironmentBlueprintConfiguration": Entry(
        service="datazone",
        id="{domainId}/{environmentBlueprintId}",
        like=call("put_environment_blueprint_configuration"),
        names={"domainId": "domainIdentifier", "environmentBlueprintId": "environmentBlueprintIdentifier"},
        replace=words("domainId environmentBlueprintId"),
        rules=(_some_region, _roles),
        cfn="AWS::DataZone::EnvironmentBlueprintConfiguration",
        reason=_REASON,
    ),
    "aws:datazone/environmentProfile:EnvironmentProfile": Entry(
        service="datazone",
        id="{lower14}",
        like=call("create_environment_profile"),
        outputs={**_MADE, "updatedAt": "{now}", "awsAccountId": "{account}"},
        replace=words("domainIdentifier environmentBlueprintIdentifier projectIdentifier"),
        named="name",
        cfn="AWS::DataZone::EnvironmentProfile",
        reason=_REASON,
    ),
    "aws:datazone/environment:Environment": Entry(
        service="datazone",
        id="{lower14}",
        like=call("create_environment"),
        names={
            "profileIdentifier": "environmentProfileIdentifier",
            "accountIdentifier": "environmentAccountIdentifier",
            "accountRegion": "environmentAccountRegion",
            "blueprintIdentifier": "environmentBlueprintIdentifier",
        },
        local={"timeouts": None},
        outputs={
            **_MADE,
            "accountIdentifier": "{account}",
            "accountRegion": "{region}",
            "providerEnvironment": "Amazon DataZone",
        },
        # UpdateEnvironment takes a new name, description and terms alone; CloudFormation replaces for the rest.
        replace=words(
            "domainIdentifier profileIdentifier projectIdentifier accountIdentifier accountRegion blueprintIdentifier "
            "userParameters"
        ),
        named="name",
        cfn="AWS::DataZone::Environment",
        reason=_REASON,
    ),
    "aws:datazone/glossary:Glossary": Entry(
        service="datazone",
        id="{lower14}",
        like=call("create_glossary"),
        # UpdateGlossary takes no project: API_UpdateGlossary.
        replace=words("domainIdentifier owningProjectIdentifier"),
        named="name",
        longest=256,
        reason=_REASON,
    ),
    "aws:datazone/glossaryTerm:GlossaryTerm": Entry(
        service="datazone",
        id="{lower14}",
        like=call("create_glossary_term"),
        local={"timeouts": None},
        outputs=_MADE,
        replace=words("domainIdentifier glossaryIdentifier"),
        named="name",
        longest=256,
        # CreateGlossaryTerm's domainIdentifier is part of the request's path; the SDK leaves it open.
        rules=(_needs("domainIdentifier", "CreateGlossaryTerm requires it"), _some_relation),
        reason=_REASON,
    ),
}
