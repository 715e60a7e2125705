"""The Redshift cluster: the warehouse for OLAP and data marts."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.iam import Statement, role, trusted_without_source
from components.names import Names
from components.platform import Platform
from settings import Redshift

DATABASE = "medallion"
LOGS = ("connectionlog", "useractivitylog", "userlog")
PARAMETERS = {"require_ssl": "true", "enable_user_activity_logging": "true"}


@dataclass(frozen=True, kw_only=True)
class WarehouseArgs:
    """`key_arn` encrypts data and password."""

    platform: Platform
    size: Redshift
    key_arn: pulumi.Input[str]


class Warehouse(pulumi.ComponentResource):
    """A private, encrypted warehouse whose traffic stays in the VPC, with a password that nobody sees.

    `role_name` is the role that it takes for Spectrum: what it may read is for the layers to say.
    """

    identifier: pulumi.Output[str]
    database: pulumi.Output[str]
    password_secret_arn: pulumi.Output[str]
    role_name: pulumi.Output[str]
    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: WarehouseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:warehouse:Warehouse", name, {}, opts)
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        physical_name = on.names.resource("warehouse")
        subnets = aws.redshift.SubnetGroup(
            name,
            name=physical_name,
            description="Isolated subnets: no way out but by endpoints",
            subnet_ids=on.network.isolated_subnet_ids,
            opts=child,
        )
        parameters = aws.redshift.ParameterGroup(
            name,
            name=physical_name,
            family="redshift-1.0",
            description="Encrypted transport only; what users do is logged",
            parameters=[{"name": key, "value": value} for key, value in PARAMETERS.items()],
            opts=child,
        )
        # Redshift takes it up for Spectrum, and so reads S3 from outside the VPC on RA3 nodes.
        spectrum = role(name, on.names.resource("spectrum"), [taken_by_users_of(physical_name, on.names)], [], child)
        # Redshift would make them itself, without key and without end.
        logs = [
            aws.cloudwatch.LogGroup(
                f"{name}-{log}",
                name=f"/aws/redshift/cluster/{physical_name}/{log}",
                kms_key_id=on.keys["logs"],
                retention_in_days=on.retention.logs_days,
                opts=child,
            )
            for log in LOGS
        ]
        cluster = aws.redshift.Cluster(
            name,
            cluster_identifier=physical_name,
            database_name=DATABASE,
            node_type=args.size.node_type,
            cluster_type="single-node" if args.size.nodes == 1 else "multi-node",
            number_of_nodes=args.size.nodes,
            multi_az=args.size.multi_az,
            port=args.size.port,
            master_username="warehouse_admin",
            manage_master_password=True,
            master_password_secret_kms_key_id=args.key_arn,
            encrypted="true",
            kms_key_id=args.key_arn,
            publicly_accessible=False,
            enhanced_vpc_routing=True,
            cluster_subnet_group_name=subnets.name,
            cluster_parameter_group_name=parameters.name,
            vpc_security_group_ids=[on.network.groups["warehouse"]],
            iam_roles=[spectrum.arn],
            default_iam_role_arn=spectrum.arn,
            automated_snapshot_retention_period=args.size.snapshot_days,
            allow_version_upgrade=True,
            skip_final_snapshot=not on.keep,
            final_snapshot_identifier=f"{physical_name}-final" if on.keep else None,
            opts=pulumi.ResourceOptions(parent=self, protect=on.keep),
        )
        aws.redshift.Logging(
            name,
            cluster_identifier=cluster.cluster_identifier,
            log_destination_type="cloudwatch",
            log_exports=list(LOGS),
            opts=pulumi.ResourceOptions(parent=self, depends_on=logs),
        )
        self.identifier = cluster.cluster_identifier
        self.database = cluster.database_name
        self.password_secret_arn = cluster.master_password_secret_arn
        self.role_name = spectrum.name
        self.role_arn = spectrum.arn
        self.register_outputs({"identifier": self.identifier})


def taken_by_users_of(cluster: str, names: Names) -> Statement:
    """A trust statement for Redshift, for users of this cluster only.

    https://docs.aws.amazon.com/redshift/latest/mgmt/authorizing-redshift-service-database-users.html
    """
    users = names.arn("redshift", f"dbuser:{cluster}/*")
    return trusted_without_source("redshift.amazonaws.com") | {"Condition": {"StringLike": {"sts:ExternalId": users}}}
