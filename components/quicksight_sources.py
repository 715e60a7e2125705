"""What QuickSight reads from: the lake through Athena, and the warehouse through a connection into the VPC."""

import json
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.iam import role
from components.names import Names
from components.platform import Platform
from components.quicksight_access import (
    DATABASE_USER,
    USE_DATA_SOURCE,
    actions,
    connects,
    queries_lake,
    signs_in,
    trusts_quicksight,
)
from components.statements import states
from components.warehouse import DATABASE, Warehouse
from components.warehouse_marts import READERS, WarehouseMarts
from components.workgroup import DASHBOARDS


@dataclass(frozen=True, kw_only=True)
class LakeSourceArgs:
    """`stewards` is the ARN of the group that may make data sets; `workgroup` is where queries run."""

    platform: Platform
    workgroup: pulumi.Input[str] | None
    stewards: pulumi.Input[str]


class LakeSource(pulumi.ComponentResource):
    """The products in the lake, by a role that Lake Formation lets read them. `arn` is the data source's."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: LakeSourceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:quicksight:LakeSource", name, {}, opts)
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        reader = role(
            name,
            on.names.resource(DASHBOARDS),
            [trusts_quicksight(on.names)],
            queries_lake(on.names, on.keys),
            child,
        )
        # All columns: which of them a person sees is the rule of the data set, that knows the person.
        on.lake.grant(name, reader.arn, child, reads=["integrated", "refined"])
        self.arn = aws.quicksight.DataSource(
            name,
            data_source_id=on.names.resource("lake"),
            name=f"Lake ({on.names.stack})",
            type="ATHENA",
            parameters={"athena": {"work_group": args.workgroup, "role_arn": reader.arn}},
            ssl_properties={"disable_ssl": False},
            # Not for analysts: who makes data sets of their own goes round the rules of ours.
            permissions=[{"principal": args.stewards, "actions": actions(USE_DATA_SOURCE)}],
            opts=child,
        ).arn
        self.register_outputs({"arn": self.arn})


@dataclass(frozen=True, kw_only=True)
class WarehouseSourceArgs:
    """`stewards` is the ARN of the group that may make data sets."""

    platform: Platform
    warehouse: Warehouse
    marts: WarehouseMarts
    stewards: pulumi.Input[str]


class WarehouseSource(pulumi.ComponentResource):
    """The marts in the warehouse, by a user of QuickSight's own that has no password. `arn` is the data source's."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: WarehouseSourceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:quicksight:WarehouseSource", name, {}, opts)
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        signer = role(
            name,
            on.names.resource("dashboards-warehouse"),
            [trusts_quicksight(on.names)],
            signs_in(on.names, on.names.resource("warehouse"), DATABASE),
            child,
        )
        connection = self._connect(name, on)
        stack = aws.cloudformation.Stack(
            name,
            name=on.names.resource("dashboards-warehouse"),
            template_body=json.dumps(warehouse_template(on.names), indent=1),
            parameters={
                "Host": args.warehouse.cluster.dns_name,
                "Port": args.warehouse.cluster.port.apply(lambda port: str(int(port or 5439))),
                "Role": signer.arn,
                "Connection": connection.arn,
                "Stewards": args.stewards,
            },
            # What failed leaves nothing in the way of the next attempt.
            on_failure="DELETE",
            timeout_in_minutes=15,
            # QuickSight tries the source as it is made: as this user, through these security groups.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*on.ways_out, self._let_read(name, args)]),
        )
        source = on.names.arn("quicksight", f"datasource/{source_id(on.names)}")
        self.arn = stack.id.apply(lambda _: source)
        self.register_outputs({"arn": self.arn})

    def _connect(self, name: str, on: Platform) -> aws.quicksight.VpcConnection:
        subnets, group = on.network.private_subnet_ids, on.network.groups["dashboards"]
        child = pulumi.ResourceOptions(parent=self)
        connector = role(
            f"{name}-connection",
            on.names.resource("dashboards-connection"),
            [trusts_quicksight(on.names)],
            connects(on.names, [subnets[index] for index, _ in enumerate(on.network.zones)], group),
            child,
        )
        return aws.quicksight.VpcConnection(
            name,
            vpc_connection_id=on.names.resource("warehouse"),
            name=on.names.resource("warehouse"),
            # Known once its policy stands: QuickSight makes the interfaces with it straight away.
            role_arn=connector.arn,
            subnet_ids=subnets,
            security_group_ids=[group],
            opts=child,
        )

    def _let_read(self, name: str, args: WarehouseSourceArgs) -> pulumi.Resource:
        """The user, who may read the views that there are and those that come; the last thing that is done for it."""
        steps = {
            # A statement isn't undone when QuickSight is switched off, and the user may be left from then.
            "leaver": f"DROP USER IF EXISTS {DATABASE_USER};",
            "user": f"CREATE USER {DATABASE_USER} PASSWORD DISABLE;",
            "reader": f"GRANT ROLE {READERS} TO {DATABASE_USER};",
        }
        last: pulumi.Resource = args.marts
        for what, sql in steps.items():
            last = states(args.warehouse, f"{name}-{what}", f"dashboards-{what}", sql, after=[last], parent=self)
        return last


def source_id(names: Names) -> str:
    """Id of the data source of the warehouse."""
    return names.resource("warehouse")


def warehouse_template(names: Names) -> dict[str, Any]:
    """The CloudFormation template of the data source of the warehouse.

    The provider knows no sign-in by role (https://github.com/hashicorp/terraform-provider-aws/issues/38030). Its other
    ways are worse: a password in the state; or the secret of the warehouse's superuser, which QuickSight reads by a
    role that all of the account's data sources share.
    """
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "The data source of dashboards over the warehouse",
        "Parameters": {
            "Port": {"Type": "Number"},
            **{each: {"Type": "String"} for each in ("Host", "Role", "Connection", "Stewards")},
        },
        "Resources": {
            "Source": {
                "Type": "AWS::QuickSight::DataSource",
                "Properties": {
                    "AwsAccountId": {"Ref": "AWS::AccountId"},
                    "DataSourceId": source_id(names),
                    "Name": f"Warehouse ({names.stack})",
                    "Type": "REDSHIFT",
                    "DataSourceParameters": {
                        "RedshiftParameters": {
                            "ClusterId": names.resource("warehouse"),
                            "Host": {"Ref": "Host"},
                            "Port": {"Ref": "Port"},
                            "Database": DATABASE,
                            "IAMParameters": {"RoleArn": {"Ref": "Role"}, "DatabaseUser": DATABASE_USER},
                        }
                    },
                    "VpcConnectionProperties": {"VpcConnectionArn": {"Ref": "Connection"}},
                    "SslProperties": {"DisableSsl": False},
                    "Permissions": [{"Principal": {"Ref": "Stewards"}, "Actions": actions(USE_DATA_SOURCE)}],
                },
            }
        },
    }
