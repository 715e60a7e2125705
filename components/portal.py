"""The portal: people find what the platform makes, read what it means, and ask for it. DataZone, by its first version.

docs/decisions/0010-the-portal-is-a-domain-of-the-first-version.md says why not the second.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.bucket import Bucket, BucketArgs
from components.iam import document
from components.platform import Platform
from components.portal_access import (
    ENVIRONMENT_ROLES,
    PROVISIONER,
    enters,
    for_domain,
    runs_domain,
    service_role,
    uses_domain_key,
)
from components.portal_templates import members, sources
from components.portal_terms import glossaries
from components.shelf import Shelf
from components.workgroup import Persona
from settings import Portal as PortalSettings

BLUEPRINT = "DefaultDataLake"
MOST_TERMS = 20
"""Of an environment: https://docs.aws.amazon.com/datazone/latest/APIReference/API_CreateEnvironment.html."""
WAIT = "30m"
"""CloudFormation provisions an environment, and takes it down, in some ten minutes."""


class PortalError(Exception):
    """The portal has no way to make its environments."""


@dataclass(frozen=True, kw_only=True)
class PortalArgs:
    """`shelves` are those that are shown in the portal; `people` maps a kind of person to the ARN of its role."""

    platform: Platform
    portal: PortalSettings
    shelves: Sequence[Shelf]
    people: Mapping[Persona, pulumi.Output[str]]


class Portal(pulumi.ComponentResource):
    """A domain with the platform's project, whose catalogue follows the Glue catalog; nothing if it is not enabled.

    Destroyed in the opposite order: DataZone refuses to delete what still has something in it.
    """

    url: pulumi.Output[str] | None
    domain_id: pulumi.Output[str] | None

    def __init__(self, name: str, args: PortalArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:layers:Portal", name, {}, opts)
        self.url = self.domain_id = None
        if args.portal.enabled:
            self._open(name, args)
        self.register_outputs({"url": self.url, "domain_id": self.domain_id})

    def _open(self, name: str, args: PortalArgs) -> None:
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        domain = self._domain(name, args)
        project = aws.datazone.Project(
            name,
            domain_identifier=domain.id,
            name=on.names.resource("lake"),
            description=f"What the {on.names.project} platform makes",
            skip_deletion_check=not on.keep,
            opts=child,
        )
        access_arn = service_role(
            f"{name}-access",
            on.names.resource("portal-access"),
            for_domain(on.names, domain.arn),
            on.names.aws_policy_arn("service-role/AmazonDataZoneGlueManageAccessRolePolicy"),
            [],
            child,
        )
        granted = self._let_share(name, access_arn, args)
        environment = self._environment(name, args, domain, project, access_arn)
        ids = {"Domain": domain.id, "Project": project.id}
        tables = {on.names.database(shelf.layer): [each.name for each in shelf.contracts] for shelf in args.shelves}
        aws.cloudformation.Stack(
            f"{name}-sources",
            name=on.names.resource("portal-sources"),
            template_body=sources(
                {database: found for database, found in tables.items() if found}, args.portal.refresh_at
            ),
            parameters={**ids, "Environment": environment.id, "AccessRole": access_arn},
            # A stack that failed to be made can only be deleted.
            on_failure="DELETE",
            # A source that runs before its role may see the tables finds none.
            opts=pulumi.ResourceOptions(parent=self, depends_on=granted),
        )
        self._let_in(name, args, domain, ids)
        self.url, self.domain_id = domain.portal_url, domain.id

    def _domain(self, name: str, args: PortalArgs) -> aws.datazone.Domain:
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        key_arn = on.keys["portal"]
        runner_arn = service_role(
            name,
            on.names.resource("portal"),
            runs_domain(on.names),
            on.names.aws_policy_arn("service-role/AmazonDataZoneDomainExecutionRolePolicy"),
            uses_domain_key(key_arn),
            child,
        )
        single: aws.datazone.DomainSingleSignOnArgsDict = {"type": "IAM_IDC", "user_assignment": "MANUAL"}
        return aws.datazone.Domain(
            name,
            name=on.names.resource("portal"),
            description=f"Data of the {on.names.project} platform, {on.names.stack}",
            domain_version="V1",
            domain_execution_role=runner_arn,
            kms_key_identifier=key_arn,
            single_sign_on=single if args.portal.sign_in == "identity_center" else None,
            skip_deletion_check=not on.keep,
            timeouts={"create": WAIT, "delete": WAIT},
            # What people write in the portal, and who was given what, is nowhere else.
            opts=pulumi.ResourceOptions(parent=self, protect=on.keep),
        )

    def _environment(
        self,
        name: str,
        args: PortalArgs,
        domain: aws.datazone.Domain,
        project: aws.datazone.Project,
        access_arn: pulumi.Input[str],
    ) -> aws.datazone.Environment:
        """Where the project's data sources publish from, and where what it subscribes to appears."""
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        provisioner_arn = on.lake.portal_provisioner_arn
        if provisioner_arn is None:
            raise PortalError(
                "The lake has no role for the portal; it must have one, since DataZone provisions an environment as an "
                "administrator of the lake; give LakeArgs portal=True."
            )
        bucket = Bucket(
            name,
            BucketArgs(
                names=on.names,
                layer="portal",
                key_arn=on.keys["portal"],
                access_logs=on.access_logs,
                # DataZone looks at it as the one, and environments work in it as the others, from outside the VPC.
                perimeter=on.perimeter.admitting(
                    on.names.role_arn(PROVISIONER),
                    f"arn:{on.names.partition}:iam::{on.names.account}:role/{ENVIRONMENT_ROLES}",
                ),
                superseded_days=on.retention.superseded_days,
                keep=on.keep,
            ),
            child,
        )
        blueprint = aws.datazone.get_environment_blueprint_output(domain_id=domain.id, name=BLUEPRINT, managed=True)
        enabled = aws.datazone.EnvironmentBlueprintConfiguration(
            name,
            domain_id=domain.id,
            environment_blueprint_id=blueprint.id,
            enabled_regions=[on.names.region],
            provisioning_role_arn=provisioner_arn,
            manage_access_role_arn=access_arn,
            regional_parameters={on.names.region: {"S3Location": pulumi.Output.concat("s3://", bucket.name)}},
            opts=child,
        )
        profile = aws.datazone.EnvironmentProfile(
            name,
            domain_identifier=domain.id,
            project_identifier=project.id,
            # By the configuration: a profile of a blueprint that isn't enabled makes no environment.
            environment_blueprint_identifier=enabled.environment_blueprint_id,
            aws_account_id=on.names.account,
            aws_account_region=on.names.region,
            name=on.names.resource("lake"),
            description="Glue databases and an Athena workgroup in the platform's account",
            opts=child,
        )
        return aws.datazone.Environment(
            name,
            domain_identifier=domain.id,
            project_identifier=project.id,
            profile_identifier=profile.id,
            account_identifier=on.names.account,
            account_region=on.names.region,
            blueprint_identifier=enabled.environment_blueprint_id,
            name=on.names.resource("lake"),
            description="The platform's own environment",
            glossary_terms=self._glossaries(name, args, domain, project)[:MOST_TERMS],
            user_parameters=[
                {"name": "producerGlueDbName", "value": f"{on.names.database_prefix}_portal_published"},
                {"name": "consumerGlueDbName", "value": f"{on.names.database_prefix}_portal_subscribed"},
                {"name": "workgroupName", "value": on.names.resource("portal")},
            ],
            timeouts={"create": WAIT, "update": WAIT, "delete": WAIT},
            # It is provisioned by an administrator of the lake, and taken down by one too.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[on.lake]),
        )

    def _glossaries(
        self, name: str, args: PortalArgs, domain: aws.datazone.Domain, project: aws.datazone.Project
    ) -> list[pulumi.Output[str]]:
        """Ids of the terms for domains. What a domain or a sensitivity is, in the words of the contracts."""
        shown = [contract for shelf in args.shelves for contract in shelf.contracts]
        made: dict[str, list[pulumi.Output[str]]] = {}
        for kind, (told, terms) in glossaries(shown).items():
            glossary = aws.datazone.Glossary(
                f"{name}-{kind}",
                domain_identifier=domain.id,
                owning_project_identifier=project.id,
                name=kind.title(),
                description=told,
                status="ENABLED",
                opts=pulumi.ResourceOptions(parent=self),
            )
            made[kind] = [
                aws.datazone.GlossaryTerm(
                    f"{name}-{kind}-{term}",
                    domain_identifier=domain.id,
                    glossary_identifier=glossary.id,
                    name=term,
                    short_description=meaning,
                    status="ENABLED",
                    opts=pulumi.ResourceOptions(parent=self),
                ).id
                for term, meaning in terms.items()
            ]
        return made["domains"]

    def _let_share(self, name: str, access_arn: pulumi.Input[str], args: PortalArgs) -> list[pulumi.Resource]:
        """DataZone sees every table that is shown, and hands on those of which every column is open.

        By name, as DataZone asks for it; who is to see a guarded column is not decided in the portal.
        https://docs.aws.amazon.com/datazone/latest/userguide/lake-formation-permissions-for-datazone.html
        """
        lake = args.platform.lake
        # Only who already is an administrator of the lake may grant.
        after_settings = pulumi.ResourceOptions(parent=self, depends_on=[lake])
        granted: list[pulumi.Resource] = []
        for shelf in args.shelves:
            on_database = f"{name}-{shelf.layer}"
            granted.append(lake.share(on_database, access_arn, shelf.database, after_settings))
            for contract in shelf.contracts:
                table, selects = shelf.tables[contract.name].name, not contract.guarded
                granted += lake.share_table(
                    f"{on_database}-{contract.name}", access_arn, shelf.database, table, after_settings, selects=selects
                )
        return granted

    def _let_in(
        self, name: str, args: PortalArgs, domain: aws.datazone.Domain, ids: Mapping[str, pulumi.Input[str]]
    ) -> None:
        """The roles of people may open the portal, and are members of the project; whoever deploys owns it anyway."""
        on = args.platform
        may_enter = [
            aws.iam.RolePolicy(
                f"{name}-{persona}",
                name="open-the-portal",
                role=arn.apply(lambda found: found.rpartition("/")[2]),
                policy=document(enters(domain.arn, on.keys["portal"])),
                opts=pulumi.ResourceOptions(parent=self),
            )
            for persona, arn in args.people.items()
        ]
        if args.people:
            aws.cloudformation.Stack(
                f"{name}-members",
                name=on.names.resource("portal-members"),
                template_body=members(list(args.people)),
                parameters={**ids, **{persona.title(): arn for persona, arn in args.people.items()}},
                on_failure="DELETE",
                opts=pulumi.ResourceOptions(parent=self, depends_on=may_enter),
            )
