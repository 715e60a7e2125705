"""The account itself: who deploys, what may exist once only, quotas, and who is named in the settings."""

from __future__ import annotations

from collections.abc import Iterator

from botocore.exceptions import ClientError

from components import observability
from components.perimeter import PerimeterError, deployers
from preflight.asking import Account, Lack, code

MISSING_ROLE = frozenset({"NoSuchEntity", "NoSuchEntityException"})

# Each is made with the first cluster or load balancer, for a caller who may make it; once it is there, nobody need.
SERVICE_LINKED = {
    "AWSServiceRoleForRedshift": "redshift.amazonaws.com",
    "AWSServiceRoleForEMRCleanup": "elasticmapreduce.amazonaws.com",
    "AWSServiceRoleForElasticLoadBalancing": "elasticloadbalancing.amazonaws.com",
}


def caller(account: Account) -> Iterator[Lack]:
    """The caller must be one of those who deploy, or the buckets would lock it out."""
    try:
        deployers(account.caller, account.settings.perimeter.deployers)
    except PerimeterError as error:
        yield Lack(str(error), "Deploy as a role that is listed, or list it.")


def principals(account: Account) -> Iterator[Lack]:
    """Every role and policy that the settings name must exist: bucket policies and trusts refuse others."""
    iam, access = account.client("iam"), account.settings.access
    named = {
        "perimeter.deployers": account.settings.perimeter.deployers,
        "perimeter.producers": account.settings.perimeter.producers,
        "access.engineers": access.engineers,
        "access.analysts": access.analysts,
        "access.stewards": access.stewards,
    }
    for setting, arns in named.items():
        for arn in arns:
            if f":{account.names.account}:role/" not in arn:
                continue
            try:
                iam.get_role(RoleName=arn.rpartition("/")[2])
            except ClientError as error:
                if code(error) not in MISSING_ROLE:
                    raise
                yield Lack(f"medallion:{setting} names {arn}, which does not exist.", "Make it, or take it out.")
    if access.permissions_boundary:
        try:
            iam.get_policy(PolicyArn=access.permissions_boundary)
        except ClientError as error:
            if code(error) not in MISSING_ROLE:
                raise
            yield Lack(
                f"medallion:access.permissions_boundary is {access.permissions_boundary}, which does not exist.",
                "Make the policy, or leave the setting out.",
            )


def service_roles(account: Account) -> Iterator[Lack]:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html"""
    iam = account.client("iam")
    for name, service in SERVICE_LINKED.items():
        if service.startswith("elasticloadbalancing") and not account.settings.load_balancer.enabled:
            continue
        try:
            iam.get_role(RoleName=name)
        except ClientError as error:
            if code(error) not in MISSING_ROLE:
                raise
            yield Lack(
                f"The role {name} is missing: {service} makes it at its first use only if whoever deploys may "
                "(iam:CreateServiceLinkedRole).",
                f"Run: aws iam create-service-linked-role --aws-service-name {service}",
            )


def topics(account: Account) -> Iterator[Lack]:
    """Alarms go to topics that exist."""
    sns = account.client("sns")
    for arn in account.settings.alerts.topics:
        try:
            sns.get_topic_attributes(TopicArn=arn)
        except ClientError as error:
            if code(error) not in {"NotFound", "NotFoundException"}:
                raise
            yield Lack(f"medallion:alerts.topics names {arn}, which does not exist.", "Make it, or take it out.")


def cost_tags(account: Account) -> Iterator[Lack]:
    """A budget of a tag stays at 0 until the tag is activated, in the account that pays: no other may even ask.

    A key that nothing has borne yet is not listed, and can't be activated: on an account's first deployment that is no
    lack. https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/activating-tags.html
    """
    wanted = list(observability.cost_tags(account.names))
    try:
        found = account.client("ce").list_cost_allocation_tags(TagKeys=wanted, Status="Inactive")
    except ClientError as error:
        # https://github.com/hashicorp/terraform-provider-aws/issues/37636
        if "Linked account doesn't have access" not in str(error):
            raise
        return
    for key in sorted(each["TagKey"] for each in found["CostAllocationTags"]):
        yield Lack(
            f"The tag {key} is not activated as a cost allocation tag: the budget would stay at 0.",
            f"Run: aws ce update-cost-allocation-tags-status --cost-allocation-tags-status TagKey={key},Status=Active",
        )


def organisation(account: Account) -> Iterator[Lack]:
    """Endpoint policies that name another organisation admit nobody."""
    wanted = account.settings.perimeter.organization_id
    if wanted is None:
        return
    found = account.client("organizations").describe_organization()["Organization"]["Id"]
    if found != wanted:
        yield Lack(
            f"medallion:perimeter.organization_id is {wanted}; the account belongs to {found}.", f"Set it to {found}."
        )


def lake_formation(account: Account) -> Iterator[Lack]:
    """Defaults that let IAM alone decide aren't cleared by the provider: pulumi-aws #4366."""
    found = account.client("lakeformation").get_data_lake_settings()["DataLakeSettings"]
    for kind in ("CreateDatabaseDefaultPermissions", "CreateTableDefaultPermissions"):
        everyone = [
            each
            for each in found.get(kind, [])
            if each["Principal"]["DataLakePrincipalIdentifier"] == "IAM_ALLOWED_PRINCIPALS"
        ]
        if everyone:
            yield Lack(
                f"Lake Formation's {kind} has IAM_ALLOWED_PRINCIPALS: new tables would be open to whoever IAM lets.",
                "Clear it once, in Lake Formation's console under Data Catalog settings.",
            )
    if account.settings.account.lake_formation == "leave":
        listed = {each["DataLakePrincipalIdentifier"] for each in found.get("DataLakeAdmins", [])}
        missing = set(deployers(account.caller, account.settings.perimeter.deployers)) - listed
        for arn in sorted(missing):
            yield Lack(
                f"{arn} is no Lake Formation administrator, and medallion:account.lake_formation is leave.",
                "Add it as an administrator, or set it to manage.",
            )


def catalog_encryption(account: Account) -> Iterator[Lack]:
    """An account whose catalog settings are left alone must have them encrypted already."""
    if account.settings.account.catalog_encryption == "manage":
        return
    found = account.client("glue").get_data_catalog_encryption_settings()["DataCatalogEncryptionSettings"]
    mode = found.get("EncryptionAtRest", {}).get("CatalogEncryptionMode", "DISABLED")
    if mode == "DISABLED":
        yield Lack(
            "The Glue catalog is not encrypted, and medallion:account.catalog_encryption is leave.",
            "Encrypt it with a key of yours, or set it to manage.",
        )


def api_gateway_logging(account: Account) -> Iterator[Lack]:
    """A stage with logs needs the account's role for them."""
    if account.settings.account.api_gateway_logging == "manage":
        return
    if not account.client("apigateway").get_account().get("cloudwatchRoleArn"):
        yield Lack(
            "API Gateway has no role to write logs with, and medallion:account.api_gateway_logging is leave.",
            "Set one in API Gateway's settings, or set it to manage.",
        )


def trails(account: Account) -> Iterator[Lack]:
    """A region takes 5 trails:
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html"""
    found = account.client("cloudtrail").describe_trails()["trailList"]
    ours = account.names.resource("audit")
    if len([each for each in found if each["Name"] != ours]) >= 5:
        yield Lack("The region has 5 trails, which is the most that it takes.", "Delete one that is not needed.")
