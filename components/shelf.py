"""What each layer of the lake has: a bucket, a Glue database, its tables, and their place in Lake Formation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from components.bucket import Bucket, BucketArgs, ObjectLock
from components.names import LakeLayer
from components.platform import Platform
from contracts import Contract

# A migration job alone changes a table's schema; the provider can't update an Iceberg table's:
# https://github.com/pulumi/pulumi-aws/issues/4618
MIGRATED = ("description", "openTableFormatInput", "parameters", "storageDescriptor", "tableType")


@dataclass(frozen=True, kw_only=True)
class ShelfArgs:
    """`table` makes the arguments of a catalog table from a contract and the bucket's name, for each contract.

    `admitted` are ARNs of roles that reach the bucket from outside the VPC, beside Lake Formation's own.
    `cold_after_days` maps a prefix to when its objects go to a colder class, `kept_days` to when they are gone.
    `unmanaged` are the properties of tables that something else changes after creation.
    """

    platform: Platform
    layer: LakeLayer
    contracts: Sequence[Contract]
    table: Callable[[Contract, str], dict[str, Any]]
    key_arn: pulumi.Input[str]
    admitted: Sequence[str] = ()
    object_lock: ObjectLock | None = None
    expire_days: Mapping[str, int] = field(default_factory=dict)
    cold_after_days: Mapping[str, int] = field(default_factory=dict)
    kept_days: Mapping[str, int] = field(default_factory=dict)
    unmanaged: Sequence[str] = ()


class Shelf(pulumi.ComponentResource):
    """One layer's bucket, which is registered as `location`, and its tables by the names of their contracts."""

    layer: LakeLayer
    contracts: Sequence[Contract]
    bucket: Bucket
    database: pulumi.Output[str]
    location: pulumi.Output[str]
    tables: Mapping[str, aws.glue.CatalogTable]

    def __init__(self, name: str, args: ShelfArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:storage:Shelf", name, {}, opts)
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        self.layer, self.contracts = args.layer, args.contracts
        self.bucket = Bucket(
            name,
            BucketArgs(
                names=on.names,
                layer=args.layer,
                key_arn=args.key_arn,
                access_logs=on.access_logs,
                # Athena reads with credentials that Lake Formation hands out, from outside the VPC.
                perimeter=on.perimeter.admitting(*args.admitted, on.names.role_arn("lake-access")),
                superseded_days=on.retention.superseded_days,
                keep=on.keep,
                object_lock=args.object_lock,
                expire_days=args.expire_days,
                cold_after_days=args.cold_after_days,
                kept_days=args.kept_days,
            ),
            child,
        )
        self.location = aws.lakeformation.Resource(
            name, arn=self.bucket.arn, role_arn=on.lake.access_role_arn, use_service_linked_role=False, opts=child
        ).arn
        database = aws.glue.CatalogDatabase(
            name,
            name=on.names.database(args.layer),
            description=f"The {args.layer} layer",
            location_uri=pulumi.Output.concat("s3://", self.bucket.name, "/"),
            # What is made before Lake Formation's settings stand is open to whoever IAM lets, and stays so.
            opts=pulumi.ResourceOptions(parent=self, protect=on.keep, depends_on=[on.lake]),
        )
        self.database = database.name
        tagged = aws.lakeformation.ResourceLfTags(
            name,
            database={"name": database.name},
            lf_tags=on.lake.tags(layer=args.layer),
            opts=child,
        )
        may_create = [
            aws.lakeformation.Permissions(
                f"{name}-location-{index}",
                principal=deployer,
                permissions=["DATA_LOCATION_ACCESS"],
                data_location={"arn": self.location},
                opts=child,
            )
            for index, deployer in enumerate(on.lake.administrators)
        ]
        described = {contract.name: args.table(contract, on.names.bucket(args.layer)) for contract in args.contracts}
        self.tables = {
            contract.name: aws.glue.CatalogTable(
                f"{name}-{contract.name}",
                database_name=database.name,
                **described[contract.name],
                opts=pulumi.ResourceOptions(
                    parent=self,
                    # Glue writes the first metadata of an Iceberg table into the bucket.
                    depends_on=[self.bucket, tagged, *may_create],
                    ignore_changes=list(args.unmanaged),
                    # A data set that is no longer described keeps its table, and so its data can still be read.
                    retain_on_delete=on.keep,
                ),
            )
            for contract in args.contracts
        }
        for contract in args.contracts:
            self._tag(name, contract, described[contract.name], args)
        self.register_outputs({"bucket": self.bucket.name, "database": self.database})

    def _tag(self, name: str, contract: Contract, table: Mapping[str, Any], args: ShelfArgs) -> None:
        """A table is as sensitive as the most sensitive of its columns; a guarded column says so itself.

        So a column that is added is closed until its contract says otherwise, and a guarded one stays closed should
        somebody open the table.
        """
        lake, found = args.platform.lake, self.tables[contract.name]
        tagged = aws.lakeformation.ResourceLfTags(
            f"{name}-{contract.name}",
            table={"database_name": self.database, "name": found.name},
            lf_tags=lake.tags(sensitivity=contract.sensitivity, domain=contract.domain),
            # A tag has one value on a table: the new one takes the place of the old, which then can't be taken off.
            # In between, a table without the tag is in nobody's grant.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        columns = {column["name"] for column in table["storage_descriptor"]["columns"]}
        if args.unmanaged:
            columns -= args.platform.to_come.get(contract.name, frozenset())
        for classification, guarded in contract.guarded.items():
            # Raw tables lack what is derived only later.
            here = [column for column in guarded if column in columns]
            if here:
                aws.lakeformation.ResourceLfTags(
                    f"{name}-{contract.name}-{classification}",
                    table_with_columns={"database_name": self.database, "name": found.name, "column_names": here},
                    lf_tags=lake.tags(sensitivity=classification),
                    # Tags of one table are changed one after the other: Lake Formation refuses two at a time.
                    opts=pulumi.ResourceOptions(parent=self, depends_on=[tagged], delete_before_replace=True),
                )
