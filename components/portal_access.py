"""The roles as which DataZone runs the portal, provisions its environments, and hands out access to tables.

https://docs.aws.amazon.com/datazone/latest/userguide/iam-roles-datazone.html
"""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.iam import Statement, allow, role, trusted
from components.names import Names

SERVICE = "datazone.amazonaws.com"
PROVISIONER = "portal-provisioning"
ENVIRONMENT_ROLES = "datazone_usr_*"
"""How DataZone names the role of an environment, which it makes itself, with its id behind."""


def service_role(
    name: str,
    physical_name: str,
    trust: Statement,
    managed: str,
    may: Sequence[Statement],
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """ARN of a role with a policy that AWS manages for DataZone, known once the policy is attached.

    DataZone tries a role when it is given it, and needs it until what it made is gone.
    """
    made = role(name, physical_name, [trust], may, opts)
    attached = aws.iam.RolePolicyAttachment(name, role=made.name, policy_arn=managed, opts=opts)
    return pulumi.Output.all(made.arn, attached.id).apply(lambda both: str(both[0]))


def provisioner(name: str, names: Names, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """The role that makes an environment's databases, workgroup and role. It must be one of the lake's administrators:
    it registers the environment's place in S3 with Lake Formation, and grants the environment's role its databases.
    """
    managed = names.aws_policy_arn("AmazonDataZoneRedshiftGlueProvisioningPolicy")
    return service_role(name, names.resource(PROVISIONER), trusted(SERVICE, names.account), managed, [], opts)


def runs_domain(names: Names) -> Statement:
    """Trust of the role as which people act in the portal: DataZone tells by session tags for whom.

    https://docs.aws.amazon.com/datazone/latest/userguide/AmazonDataZoneDomainExecutionRole.html
    """
    return {
        "Effect": "Allow",
        "Principal": {"Service": SERVICE},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": {
            "StringEquals": {"aws:SourceAccount": names.account},
            "ForAllValues:StringLike": {"aws:TagKeys": ["datazone*"]},
        },
    }


def for_domain(names: Names, domain_arn: pulumi.Input[str]) -> Statement:
    """Trust of the role that hands out tables: for this domain alone.

    https://docs.aws.amazon.com/datazone/latest/userguide/glue-manage-access-role.html
    """
    conditions = {"StringEquals": {"aws:SourceAccount": names.account}, "ArnEquals": {"aws:SourceArn": domain_arn}}
    return trusted(SERVICE, names.account) | {"Condition": conditions}


def uses_domain_key(key_arn: pulumi.Input[str]) -> list[Statement]:
    """May read and write what a domain keeps encrypted, and nothing else that the key encrypts.

    https://docs.aws.amazon.com/datazone/latest/userguide/encryption-rest-datazone.html
    """
    of_domains = {"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "aws:datazone:domainId"}}
    return [
        allow("FindPortalKey", ["kms:DescribeKey"], [key_arn]),
        allow("UsePortalKey", ["kms:Decrypt", "kms:GenerateDataKey"], [key_arn], of_domains),
    ]


def enters(domain_arn: pulumi.Input[str], key_arn: pulumi.Input[str]) -> list[Statement]:
    """May open the portal, in the console or by its address.

    https://docs.aws.amazon.com/datazone/latest/userguide/data-portal-permissions.html
    """
    return [
        allow("Portal", ["datazone:GetDomain", "datazone:GetIamPortalLoginUrl"], [domain_arn]),
        # Which domains there are is under no resource:
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondatazone.html
        allow("Portals", ["datazone:ListDomains"], ["*"]),
        *uses_domain_key(key_arn),
    ]
