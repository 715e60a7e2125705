"""The Redshift cluster: the warehouse for OLAP and data marts."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.iam import Statement, role, trusted_without_source
from components.names import Names
from components.platform import Platform
from components.watches import Watched, watch_warehouse
from settings import Redshift

DATABASE = "medallion"
SNAPSHOTS = {True: "rate(8 hours)", False: "rate(24 hours)"}
"""How often a snapshot is taken of what is kept, and of what is disposable. The setting says how long they stay."""
BREACH = {True: "emit-metric", False: "disable"}
"""What happens once queries over the lake have read what the setting allows in a month. Where data is kept, people
depend on it: the limit raises an alarm, and a dashboard doesn't go dark. Elsewhere it ends the cost."""
LOGS = ("connectionlog", "useractivitylog", "userlog")
PARAMETERS = {
    "require_ssl": "true",
    "enable_user_activity_logging": "true",
    # Without a limit a query that somebody forgot reads on: an hour, in milliseconds.
    "statement_timeout": "3600000",
}


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

    cluster: aws.redshift.Cluster
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
            # Should a zone fail, it moves to another, under the same address; one in two zones has that by itself.
            availability_zone_relocation_enabled=moves_between_zones(args.size),
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
            preferred_maintenance_window=args.size.maintenance_window,
            allow_version_upgrade=True,
            skip_final_snapshot=not on.keep,
            final_snapshot_identifier=f"{physical_name}-final" if on.keep else None,
            # By enhanced VPC routing it reaches S3 and the catalog from its subnets only.
            opts=pulumi.ResourceOptions(parent=self, protect=on.keep, depends_on=on.ways_out),
        )
        aws.redshift.Logging(
            name,
            cluster_identifier=cluster.cluster_identifier,
            log_destination_type="cloudwatch",
            log_exports=list(LOGS),
            opts=pulumi.ResourceOptions(parent=self, depends_on=logs),
        )
        self._keep_within_limits(name, args, cluster)
        self._take_snapshots(name, args, cluster)
        self.cluster = cluster
        watch_warehouse(Watched(name=name, called=physical_name, topics=on.topics, opts=child))
        self.identifier = cluster.cluster_identifier
        self.database = cluster.database_name
        self.password_secret_arn = cluster.master_password_secret_arn
        self.role_name = spectrum.name
        self.role_arn = spectrum.arn
        self.register_outputs({"identifier": self.identifier})

    def _keep_within_limits(self, name: str, args: WarehouseArgs, cluster: aws.redshift.Cluster) -> None:
        aws.redshift.UsageLimit(
            name,
            cluster_identifier=cluster.cluster_identifier,
            feature_type="spectrum",
            limit_type="data-scanned",
            amount=args.size.spectrum_tb_per_month,
            period="monthly",
            breach_action=BREACH[args.platform.keep],
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _take_snapshots(self, name: str, args: WarehouseArgs, cluster: aws.redshift.Cluster) -> None:
        child = pulumi.ResourceOptions(parent=self)
        schedule = aws.redshift.SnapshotSchedule(
            name,
            identifier=args.platform.names.resource("warehouse"),
            description="Snapshots of the warehouse",
            definitions=[SNAPSHOTS[args.platform.keep]],
            opts=child,
        )
        aws.redshift.SnapshotScheduleAssociation(
            name,
            cluster_identifier=cluster.cluster_identifier,
            schedule_identifier=schedule.identifier,
            opts=child,
        )


def moves_between_zones(size: Redshift) -> bool:
    """Whether a zone's failure can be mended by relocation, which RA3 nodes have, and Multi-AZ makes needless.

    https://docs.aws.amazon.com/redshift/latest/mgmt/managing-cluster-recovery.html
    """
    return size.node_type.startswith("ra3.") and not size.multi_az


def taken_by_users_of(cluster: str, names: Names) -> Statement:
    """A trust statement for Redshift, for users of this cluster only.

    https://docs.aws.amazon.com/redshift/latest/mgmt/authorizing-redshift-service-database-users.html
    """
    users = names.arn("redshift", f"dbuser:{cluster}/*")
    return trusted_without_source("redshift.amazonaws.com") | {"Condition": {"StringLike": {"sts:ExternalId": users}}}
