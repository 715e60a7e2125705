import pytest

from components.warehouse import Warehouse, WarehouseArgs
from settings import Redshift
from tests.components import parts
from tests.components.mock_engine import Recording, deploy

PROD = Redshift(node_type="ra3.4xlarge", nodes=2, multi_az=True, snapshot_days=35, spectrum_tb_per_month=5)


def warehouse(size: Redshift = parts.REDSHIFT, keep: bool = False) -> Recording:
    def program() -> None:
        Warehouse("warehouse", WarehouseArgs(platform=parts.platform(zones=3, keep=keep), size=size, key_arn=parts.KEY))

    return deploy(program)


@pytest.fixture(scope="module")
def made() -> Recording:
    return warehouse()


def test_the_warehouse_is_private_encrypted_and_routed_through_the_vpc(made: Recording) -> None:
    inputs = made.one("redshift/cluster:Cluster").inputs
    assert inputs["publiclyAccessible"] is False
    assert inputs["encrypted"] == "true"
    assert inputs["kmsKeyId"] == parts.KEY
    assert inputs["enhancedVpcRouting"] is True
    subnets = made.one("SubnetGroup").inputs["subnetIds"]
    assert subnets == [f"subnet-isolatedeuwest1{zone}" for zone in "abc"]


def test_nobody_knows_its_password(made: Recording) -> None:
    inputs = made.one("redshift/cluster:Cluster").inputs
    assert inputs["manageMasterPassword"] is True
    assert inputs["masterPasswordSecretKmsKeyId"] == parts.KEY
    assert "masterPassword" not in inputs


def test_it_takes_encrypted_transport_only_and_logs_what_users_do(made: Recording) -> None:
    parameters = {each["name"]: each["value"] for each in made.one("ParameterGroup").inputs["parameters"]}
    assert parameters == {
        "require_ssl": "true",
        "enable_user_activity_logging": "true",
        "statement_timeout": "3600000",
    }
    assert made.one("redshift/logging:Logging").inputs["logDestinationType"] == "cloudwatch"
    groups = {each.inputs["name"] for each in made.of("LogGroup") if each.name.startswith("warehouse-")}
    assert groups == {
        f"/aws/redshift/cluster/medallion-dev-warehouse/{log}"
        for log in ("connectionlog", "useractivitylog", "userlog")
    }


def test_a_single_node_and_a_multi_az_warehouse_are_described_as_redshift_wants_them(made: Recording) -> None:
    small = made.one("redshift/cluster:Cluster").inputs
    large = warehouse(PROD).one("redshift/cluster:Cluster").inputs
    assert (small["clusterType"], small["numberOfNodes"], small["multiAz"]) == ("single-node", 1, False)
    assert (large["clusterType"], large["numberOfNodes"], large["multiAz"]) == ("multi-node", 2, True)
    assert large["automatedSnapshotRetentionPeriod"] == 35


@pytest.mark.parametrize("keep", [True, False])
def test_a_protected_warehouse_is_kept_and_leaves_a_snapshot(keep: bool) -> None:
    cluster = warehouse(keep=keep).one("redshift/cluster:Cluster")
    assert cluster.protect is keep
    assert cluster.inputs["skipFinalSnapshot"] is not keep
    assert ("finalSnapshotIdentifier" in cluster.inputs) is keep


def test_its_role_is_taken_up_for_its_own_users_only_and_may_do_nothing_by_itself(made: Recording) -> None:
    (trust,) = made.document("iam/role:Role", "warehouse", "assumeRolePolicy")
    users = "arn:aws:redshift:eu-west-1:123456789012:dbuser:medallion-dev-warehouse/*"
    assert trust["Condition"] == {"StringLike": {"sts:ExternalId": users}}
    assert "warehouse" not in {each.name for each in made.of("RolePolicy")}


def test_it_is_maintained_when_the_stack_says() -> None:
    assert warehouse().one("redshift/cluster:Cluster").inputs["preferredMaintenanceWindow"] == "sun:03:00-sun:03:30"
    size = parts.REDSHIFT.model_copy(update={"maintenance_window": "sat:22:00-sat:23:00"})
    made = warehouse(size).one("redshift/cluster:Cluster").inputs
    assert made["preferredMaintenanceWindow"] == "sat:22:00-sat:23:00"


@pytest.mark.parametrize(("keep", "action"), [(True, "emit-metric"), (False, "disable")])
def test_what_queries_read_of_the_lake_in_a_month_is_limited(keep: bool, action: str) -> None:
    limit = warehouse(PROD, keep).one("redshift/usageLimit:UsageLimit").inputs
    assert (limit["featureType"], limit["limitType"]) == ("spectrum", "data-scanned")
    assert (limit["amount"], limit["period"], limit["breachAction"]) == (5, "monthly", action)


@pytest.mark.parametrize(("keep", "often"), [(True, "rate(8 hours)"), (False, "rate(24 hours)")])
def test_snapshots_are_taken_by_a_schedule_of_its_own(keep: bool, often: str) -> None:
    made = warehouse(keep=keep)
    schedule = made.one("redshift/snapshotSchedule:SnapshotSchedule").inputs
    assert schedule["definitions"] == [often]
    association = made.one("SnapshotScheduleAssociation").inputs
    assert association == {
        "clusterIdentifier": "medallion-dev-warehouse",
        "scheduleIdentifier": schedule["identifier"],
    }


def test_a_warehouse_in_one_zone_moves_to_another_where_its_nodes_can() -> None:
    rg = parts.REDSHIFT.model_copy(update={"node_type": "rg.xlarge"})
    moves = [
        warehouse(size).one("redshift/cluster:Cluster").inputs["availabilityZoneRelocationEnabled"]
        for size in (parts.REDSHIFT, PROD, rg)
    ]
    assert moves == [True, False, False]
