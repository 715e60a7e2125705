"""Who may see which tables: Lake Formation's settings, tags and grants, for all layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import pulumi
import pulumi_aws as aws

from components.iam import reads_objects, role, trusted, trusted_without_source, uses_keys, writes_objects
from components.keys import KeyName
from components.names import LakeLayer, Names
from components.portal_access import provisioner
from contracts import SENSITIVITIES
from settings import Account

LAYERS: tuple[LakeLayer, ...] = get_args(LakeLayer)
READS = ("DESCRIBE", "SELECT")
WRITES = ("ALTER", "DELETE", "DESCRIBE", "INSERT", "SELECT")
QUARANTINE = "quarantine/"
"""Where in the landing bucket rejects are."""

TagExpression: TypeAlias = Mapping[str, Sequence[str]]
"""Tag → the values of which one is wanted."""


@dataclass(frozen=True, kw_only=True)
class LakeArgs:
    """`administrators` are ARNs of who deploys: only they may grant. `domains` are all that data sets belong to.

    `account` says which of the account's own settings are ours to set. What is left as it is must do already: the
    administrators among Lake Formation's, and the catalog encrypted. With a `portal`, the role that provisions its
    environments is an administrator too; where the settings are left, DataZone makes it one itself.
    """

    names: Names
    administrators: Sequence[str]
    keys: Mapping[KeyName, pulumi.Output[str]]
    domains: Sequence[str]
    account: Account
    portal: bool = False


class Lake(pulumi.ComponentResource):
    """The account's data lake: its catalog encrypted, its tags there to be put on databases and tables.

    `access_role_arn` is the role whose credentials Lake Formation hands out for what is registered with it;
    `portal_provisioner_arn` the one as which DataZone provisions the portal's environments, if there is a portal.
    """

    access_role_arn: pulumi.Output[str]
    portal_provisioner_arn: pulumi.Output[str] | None

    def __init__(self, name: str, args: LakeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:layers:Lake", name, {}, opts)
        self._names = args.names
        self._name = name
        child = pulumi.ResourceOptions(parent=self)
        self.portal_provisioner_arn = provisioner(f"{name}-portal", args.names, child) if args.portal else None
        # Tags, locations and grants are refused to who isn't an administrator yet.
        after_settings = pulumi.ResourceOptions(parent=self, depends_on=self._administer(name, args))
        if args.account.catalog_encryption == "manage":
            self._encrypt_catalog(name, args)
        self._tags = {
            tag: aws.lakeformation.LfTag(
                f"{name}-{tag}", key=args.names.resource(tag), values=list(values), opts=after_settings
            )
            for tag, values in tag_values(args.domains).items()
        }
        self.administrators = tuple(args.administrators)
        self.access_role_arn = role(
            f"{name}-access",
            args.names.resource("lake-access"),
            [trusted("lakeformation.amazonaws.com", args.names.account)],
            [
                *(
                    statement
                    for layer in LAYERS
                    for statement in reads_objects(layer.title(), args.names.bucket_arn(layer))
                ),
                *(
                    statement
                    for layer in LAYERS
                    if layer != "initial"
                    for statement in writes_objects(layer.title(), args.names.bucket_arn(layer), delete=True)
                ),
                # Rejects are under tables too, which a crawler makes.
                *reads_objects("Quarantine", args.names.bucket_arn("landing"), QUARANTINE),
                *uses_keys(args.names, "Keys", *(args.keys[layer] for layer in LAYERS), write=True),
                *uses_keys(args.names, "ReadKeys", args.keys["landing"]),
            ],
            after_settings,
        ).arn
        self.register_outputs({"access_role_arn": self.access_role_arn})

    def _administer(self, name: str, args: LakeArgs) -> list[pulumi.Resource]:
        if args.account.lake_formation == "leave":
            return []
        return [
            aws.lakeformation.DataLakeSettings(
                name,
                admins=[
                    *args.administrators,
                    *([self.portal_provisioner_arn] if self.portal_provisioner_arn is not None else []),
                ],
                # Nothing for IAM_ALLOWED_PRINCIPALS. On an account where they have it already, the provider leaves it:
                # https://github.com/pulumi/pulumi-aws/issues/4366
                create_database_default_permissions=[],
                create_table_default_permissions=[],
                opts=pulumi.ResourceOptions(parent=self),
            )
        ]

    def _encrypt_catalog(self, name: str, args: LakeArgs) -> None:
        # With a role of its own, whoever may read a table need not be admitted to the catalog's key:
        # https://docs.aws.amazon.com/glue/latest/dg/encrypt-glue-data-catalog.html
        encrypter = role(
            f"{name}-catalog",
            args.names.resource("catalog-encryption"),
            [trusted_without_source("glue.amazonaws.com")],
            uses_keys(args.names, "CatalogKey", args.keys["initial"], write=True, by=()),
            pulumi.ResourceOptions(parent=self),
        )
        aws.glue.DataCatalogEncryptionSettings(
            name,
            data_catalog_encryption_settings={
                "encryption_at_rest": {
                    "catalog_encryption_mode": "SSE-KMS-WITH-SERVICE-ROLE",
                    "catalog_encryption_service_role": encrypter.arn,
                    "sse_aws_kms_key_id": args.keys["initial"],
                },
                "connection_password_encryption": {
                    "return_connection_password_encrypted": True,
                    "aws_kms_key_id": args.keys["initial"],
                },
            },
            opts=pulumi.ResourceOptions(parent=self),
        )

    def tags(self, **values: str) -> list[aws.lakeformation.ResourceLfTagsLfTagArgsDict]:
        """These tags, to be put on a database or table."""
        return [{"key": self._tags[tag].key, "value": value} for tag, value in values.items()]

    def grant(
        self,
        name: str,
        principal: pulumi.Input[str],
        opts: pulumi.ResourceOptions,
        *,
        reads: Sequence[LakeLayer] = (),
        writes: Sequence[LakeLayer] = (),
        creates: Sequence[LakeLayer] = (),
        locations: Sequence[pulumi.Input[str]] = (),
    ) -> list[pulumi.Resource]:
        """Let a principal read, write or create the tables of layers: all that bear a layer's tag, now and later.

        Whoever changes a table's metadata needs its registered location too.
        """
        made: list[pulumi.Resource] = [
            aws.lakeformation.Permissions(
                f"{name}-location-{index}",
                principal=principal,
                permissions=["DATA_LOCATION_ACCESS"],
                data_location={"arn": location},
                opts=opts,
            )
            for index, location in enumerate(locations)
        ]
        for layer, on_database, on_tables in grants(reads, writes, creates):
            of_layer: TagExpression = {"layer": [layer]}
            made += [
                self.permit(f"{name}-{layer}-database", principal, "DATABASE", of_layer, on_database, opts),
                self.permit(f"{name}-{layer}-tables", principal, "TABLE", of_layer, on_tables, opts),
            ]
        return made

    def permit(
        self,
        name: str,
        principal: pulumi.Input[str],
        kind: Literal["DATABASE", "TABLE"],
        expression: TagExpression,
        permissions: Sequence[str],
        opts: pulumi.ResourceOptions,
        *,
        grantable: Sequence[str] = (),
    ) -> pulumi.Resource:
        """Let a principal do something with whatever bears one of the values of *each* of these tags.

        `grantable` are those of the permissions that it may hand on.
        """
        expressions: list[aws.lakeformation.PermissionsLfTagPolicyExpressionArgsDict] = [
            {"key": self._tags[tag].key, "values": list(values)} for tag, values in expression.items()
        ]
        return aws.lakeformation.Permissions(
            name,
            principal=principal,
            permissions=list(permissions),
            permissions_with_grant_options=list(grantable) or None,
            lf_tag_policy={"resource_type": kind, "expressions": expressions},
            opts=opts,
        )

    def share(
        self, name: str, principal: pulumi.Input[str], database: pulumi.Input[str], opts: pulumi.ResourceOptions
    ) -> pulumi.Resource:
        """Let a principal see a database, by its name, and let others see it."""
        return aws.lakeformation.Permissions(
            f"{name}-database",
            principal=principal,
            permissions=["DESCRIBE"],
            permissions_with_grant_options=["DESCRIBE"],
            database={"name": database},
            opts=opts,
        )

    def share_table(
        self,
        name: str,
        principal: pulumi.Input[str],
        database: pulumi.Input[str],
        table: pulumi.Input[str],
        opts: pulumi.ResourceOptions,
        *,
        selects: bool,
    ) -> list[pulumi.Resource]:
        """Let a principal see a table, by its name, read it where `selects`, and let others do so.

        Two grants: Lake Formation gives SELECT back as one on columns, and one grant of both would be made anew each
        time. https://github.com/hashicorp/terraform-provider-aws/issues/22570
        """
        sees = aws.lakeformation.Permissions(
            f"{name}-table",
            principal=principal,
            permissions=["DESCRIBE"],
            permissions_with_grant_options=["DESCRIBE"],
            table={"database_name": database, "name": table},
            opts=opts,
        )
        if not selects:
            return [sees]
        reads = aws.lakeformation.Permissions(
            f"{name}-rows",
            principal=principal,
            permissions=["SELECT"],
            permissions_with_grant_options=["SELECT"],
            table_with_columns={"database_name": database, "name": table, "wildcard": True},
            opts=opts,
        )
        return [sees, reads]

    def entrust(
        self, name: str, principal: pulumi.Input[str], permissions: Sequence[str], opts: pulumi.ResourceOptions
    ) -> None:
        """Let a principal do something with the tags themselves, such as grant by them."""
        for tag, made in self._tags.items():
            aws.lakeformation.Permissions(
                f"{name}-{tag}",
                principal=principal,
                permissions=list(permissions),
                lf_tag={"key": made.key, "values": made.values},
                opts=opts,
            )


def tag_values(domains: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The tags and what they may be. Tables are granted by layer; sensitivity and domain are there to narrow it."""
    return {"layer": LAYERS, "sensitivity": SENSITIVITIES, "domain": tuple(sorted(set(domains)))}


def grants(
    reads: Sequence[LakeLayer], writes: Sequence[LakeLayer], creates: Sequence[LakeLayer]
) -> list[tuple[LakeLayer, tuple[str, ...], tuple[str, ...]]]:
    """Permissions on database and tables for each layer, the widest where a layer is named more than once."""
    chosen: dict[LakeLayer, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    chosen |= dict.fromkeys(reads, (("DESCRIBE",), READS))
    chosen |= dict.fromkeys(writes, (("DESCRIBE",), WRITES))
    chosen |= dict.fromkeys(creates, (("CREATE_TABLE", "DESCRIBE"), WRITES))
    return [(layer, on_database, on_tables) for layer, (on_database, on_tables) in chosen.items()]
