"""Who may see which tables: Lake Formation's settings, tags and grants, for all layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import pulumi
import pulumi_aws as aws

from components.iam import reads_objects, role, trusted, trusted_without_source, uses_keys, writes_objects
from components.keys import KeyName
from components.names import LakeLayer, Names
from contracts import SENSITIVITIES

LAYERS: tuple[LakeLayer, ...] = get_args(LakeLayer)
READS = ("DESCRIBE", "SELECT")
WRITES = ("ALTER", "DELETE", "DESCRIBE", "INSERT", "SELECT")


@dataclass(frozen=True, kw_only=True)
class LakeArgs:
    """`administrators` are ARNs of who deploys: only they may grant. `domains` are all that data sets belong to."""

    names: Names
    administrators: Sequence[str]
    keys: Mapping[KeyName, pulumi.Output[str]]
    domains: Sequence[str]


class Lake(pulumi.ComponentResource):
    """The account's data lake: its catalog encrypted, its tags there to be put on databases and tables.

    `access_role_arn` is the role whose credentials Lake Formation hands out for what is registered with it.
    """

    access_role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: LakeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:layers:Lake", name, {}, opts)
        self._names = args.names
        self._name = name
        child = pulumi.ResourceOptions(parent=self)
        settings = aws.lakeformation.DataLakeSettings(
            name,
            admins=list(args.administrators),
            # Nothing for IAM_ALLOWED_PRINCIPALS. On an account where they have it already, the provider leaves it:
            # https://github.com/pulumi/pulumi-aws/issues/4366
            create_database_default_permissions=[],
            create_table_default_permissions=[],
            opts=child,
        )
        self._encrypt_catalog(name, args)
        after_settings = pulumi.ResourceOptions(parent=self, depends_on=[settings])
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
                *uses_keys(args.names, "Keys", *(args.keys[layer] for layer in LAYERS), write=True),
            ],
            child,
        ).arn
        self.register_outputs({"access_role_arn": self.access_role_arn})

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
    ) -> None:
        """Let a principal read, write or create the tables of layers: all that bear a layer's tag, now and later.

        Whoever changes a table's metadata needs its registered location too.
        """
        for index, location in enumerate(locations):
            aws.lakeformation.Permissions(
                f"{name}-location-{index}",
                principal=principal,
                permissions=["DATA_LOCATION_ACCESS"],
                data_location={"arn": location},
                opts=opts,
            )
        for layer, on_database, on_tables in grants(reads, writes, creates):
            self._permit(f"{name}-{layer}-database", principal, "DATABASE", layer, on_database, opts)
            self._permit(f"{name}-{layer}-tables", principal, "TABLE", layer, on_tables, opts)

    def _permit(
        self,
        name: str,
        principal: pulumi.Input[str],
        kind: str,
        layer: LakeLayer,
        permissions: Sequence[str],
        opts: pulumi.ResourceOptions,
    ) -> None:
        aws.lakeformation.Permissions(
            name,
            principal=principal,
            permissions=list(permissions),
            lf_tag_policy={"resource_type": kind, "expressions": [{"key": self._tags["layer"].key, "values": [layer]}]},
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
