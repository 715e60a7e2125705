"""The layers from initial to refined, each on small parts."""

import pytest

from components.cluster import Cluster, ClusterArgs
from components.initial import Initial, InitialArgs
from components.integrated import Integrated, IntegratedArgs
from components.intermediate import Intermediate, IntermediateArgs
from components.refined import Refined, RefinedArgs
from components.warehouse import Warehouse, WarehouseArgs
from settings import Account, Athena, QuickSight
from tests.components import parts
from tests.components.mock_engine import NAMES, Recording, deploy

AGREED = parts.all_contracts()


def granted(made: Recording, role: str) -> dict[tuple[str, str], list[str]]:
    """What a role was granted by layer: (kind of resource, layer) → permissions."""
    return {
        (
            each.inputs["lfTagPolicy"]["resourceType"],
            each.inputs["lfTagPolicy"]["expressions"][0]["values"][0],
        ): each.inputs["permissions"]
        for each in made.of("Permissions")
        if each.inputs["principal"] == NAMES.role_arn(role) and "lfTagPolicy" in each.inputs
    }


def admitted(made: Recording, bucket: str) -> list[str]:
    """Who reaches a bucket from outside the VPC."""
    (statement,) = [each for each in made.document("BucketPolicy", bucket) if "SourceVpce" in str(each)]
    principals: list[str] = statement["Condition"]["ArnNotLikeIfExists"]["aws:PrincipalArn"]
    return principals


@pytest.fixture(scope="module")
def initial() -> Recording:
    return deploy(lambda: Initial("initial", InitialArgs(platform=parts.platform(), lock=parts.LOCK)))


@pytest.fixture(scope="module")
def intermediate() -> Recording:
    def program() -> None:
        args = IntermediateArgs(platform=parts.platform(), emr=parts.EMR, redshift=parts.REDSHIFT, account=Account())
        Intermediate("intermediate", args)

    return deploy(program)


def integrated_with(athena: Athena) -> Recording:
    def program() -> None:
        platform = parts.platform()
        warehouse = WarehouseArgs(platform=platform, size=parts.REDSHIFT, key_arn=parts.KEY)
        cluster = ClusterArgs(platform=platform, size=parts.EMR, key_arn=parts.KEY, may=[], guards_account=True)
        args = IntegratedArgs(
            platform=platform,
            cluster=Cluster("cluster", cluster),
            warehouse=Warehouse("warehouse", warehouse),
            landing_bucket=parts.bucket("landing"),
            athena=athena,
        )
        Integrated("integrated", args)

    return deploy(program)


@pytest.fixture(scope="module")
def integrated() -> Recording:
    return integrated_with(parts.ATHENA)


@pytest.fixture(scope="module")
def refined() -> Recording:
    def program() -> None:
        platform = parts.platform()
        warehouse = Warehouse("warehouse", WarehouseArgs(platform=platform, size=parts.REDSHIFT, key_arn=parts.KEY))
        args = RefinedArgs(
            platform=platform,
            warehouse=warehouse,
            star=parts.star(platform, warehouse),
            account=Account(),
            quicksight=QuickSight(enabled=False),
            workgroup=None,
            tables={},
        )
        Refined("refined", args)

    return deploy(program)


def test_raw_objects_are_locked_from_the_moment_they_come_in(initial: Recording) -> None:
    assert initial.one("s3/bucket:Bucket", "initial").inputs["objectLockEnabled"] is True
    lock = initial.one("BucketObjectLockConfiguration").inputs["rule"]["defaultRetention"]
    assert lock == {"mode": "GOVERNANCE", "days": 3}


def test_raw_objects_go_cold_when_the_stack_says(initial: Recording) -> None:
    rules = initial.one("BucketLifecycleConfiguration", "initial").inputs["rules"]
    (cooling,) = [rule for rule in rules if "transitions" in rule]
    assert cooling["filter"] == {"prefix": "raw/"}
    assert [each["days"] for each in cooling["transitions"]] == [30, 90]


def test_every_source_has_a_table_over_its_raw_objects(initial: Recording) -> None:
    locations = {
        each.inputs["name"]: each.inputs["storageDescriptor"]["location"] for each in initial.of("CatalogTable")
    }
    bucket = NAMES.bucket("initial")
    assert locations == {each.name: f"s3://{bucket}/raw/{each.name}/" for each in AGREED.sources}
    assert not any("openTableFormatInput" in each.inputs for each in initial.of("CatalogTable"))


def test_runs_that_judge_the_conformed_tables_reach_them_from_outside_the_vpc(intermediate: Recording) -> None:
    assert NAMES.role_arn("data-quality") in admitted(intermediate, "intermediate")


def test_every_source_has_a_conformed_iceberg_table(intermediate: Recording) -> None:
    assert {each.inputs["name"] for each in intermediate.of("CatalogTable")} == {each.name for each in AGREED.sources}
    assert all("openTableFormatInput" in each.inputs for each in intermediate.of("CatalogTable"))


def test_conforming_reads_raw_and_writes_conformed_and_may_do_so_in_lake_formation_too(intermediate: Recording) -> None:
    assert granted(intermediate, "intermediate-conform") == {
        ("DATABASE", "initial"): ["DESCRIBE"],
        ("TABLE", "initial"): ["DESCRIBE", "SELECT"],
        ("DATABASE", "intermediate"): ["DESCRIBE"],
        ("TABLE", "intermediate"): ["ALTER", "DELETE", "DESCRIBE", "INSERT", "SELECT"],
    }


def test_the_join_may_do_the_same_on_the_cluster_as_in_glue(integrated: Recording) -> None:
    on_cluster, in_glue = (granted(integrated, role) for role in ("cluster-nodes", "integrated-join"))
    assert on_cluster == in_glue
    assert on_cluster[("TABLE", "integrated")] == ["ALTER", "DELETE", "DESCRIBE", "INSERT", "SELECT"]
    assert {layer for _, layer in on_cluster} == {"intermediate", "integrated"}


def test_a_thin_job_has_the_join_run_on_the_cluster_and_where_that_has_ended_in_glue(integrated: Recording) -> None:
    job = integrated.one("glue/job:Job", "integrated-cluster-step").inputs
    assert job["command"]["name"] == "pythonshell"
    arguments = job["defaultArguments"]
    assert arguments["--cluster_id"].startswith("j-")
    assert (
        arguments["--script"] == integrated.one("glue/job:Job", "integrated-join").inputs["command"]["scriptLocation"]
    )
    assert arguments["--otherwise"] == "medallion-dev-integrated-join"
    statements = {each["Sid"]: each for each in integrated.document("RolePolicy", "integrated-cluster-step")}
    (cluster,) = statements["Steps"]["Resource"]
    assert cluster.endswith(f":cluster/{arguments['--cluster_id']}")
    assert statements["InItsPlace"]["Resource"] == [
        "arn:aws:glue:eu-west-1:123456789012:job/medallion-dev-integrated-join"
    ]


def test_nothing_that_runs_here_may_change_raw_objects(intermediate: Recording) -> None:
    for role in ("intermediate-conform", "intermediate-cluster-nodes"):
        statements = intermediate.document("RolePolicy", role)
        written = [arn for each in statements if "s3:PutObject" in each["Action"] for arn in each["Resource"]]
        assert not [arn for arn in written if "-initial-" in arn]


def test_spectrum_reads_what_the_warehouse_has_schemas_over_from_outside_the_vpc_and_nothing_else(
    initial: Recording, intermediate: Recording, integrated: Recording
) -> None:
    schemas = {each.inputs["statementName"] for each in integrated.of("Statement") if "external" in each.name}
    layers = {"intermediate": intermediate, "integrated": integrated}
    assert schemas == {f"external-{layer}" for layer in layers}
    assert NAMES.role_arn("spectrum") not in admitted(initial, "initial")
    assert "-initial-" not in str(integrated.document("RolePolicy", "integrated-spectrum"))
    for layer, made in layers.items():
        assert {parts.BUILDER, NAMES.role_arn("spectrum"), NAMES.role_arn("lake-access")} <= set(admitted(made, layer))
    assert granted(integrated, "spectrum") == {
        (kind, layer): permissions
        for layer in layers
        for kind, permissions in (("DATABASE", ["DESCRIBE"]), ("TABLE", ["DESCRIBE", "SELECT"]))
    }


def test_the_warehouse_gets_its_schemas_by_statements_that_wait_for_its_rights(integrated: Recording) -> None:
    for layer in ("intermediate", "integrated"):
        statement = integrated.one("redshiftdata/statement:Statement", f"integrated-external-{layer}")
        assert statement.inputs["sql"].startswith("--")
        assert f"CREATE EXTERNAL SCHEMA IF NOT EXISTS {layer}" in statement.inputs["sql"]
        assert "dbUser" not in statement.inputs, "it takes the password that Redshift manages"
        assert {"integrated-spectrum", f"integrated-spectrum-{layer}-tables"} <= statement.depends_on


def test_the_crawler_makes_tables_of_rejects_only(integrated: Recording) -> None:
    crawler = integrated.one("glue/crawler:Crawler").inputs
    (target,) = crawler["s3Targets"]
    assert target["path"] == f"s3://{NAMES.bucket('landing')}/quarantine/"
    assert target["connectionName"]
    assert crawler["tablePrefix"] == "quarantine_"
    statements = {each["Sid"]: each for each in integrated.document("RolePolicy", "integrated-crawler")}
    tables = [arn for arn in statements["QuarantineTables"]["Resource"] if ":table/" in arn]
    assert tables == ["arn:aws:glue:eu-west-1:123456789012:table/medallion_dev_integrated/quarantine_*"]
    assert granted(integrated, "quarantine-crawler")[("DATABASE", "integrated")] == ["CREATE_TABLE", "DESCRIBE"]


def test_the_connector_is_there_where_the_stack_wants_it(integrated: Recording) -> None:
    assert integrated.of("DataCatalog")
    without = integrated_with(Athena(scan_limit_gb=20, connector=False))
    assert not without.of("cloudFormationStack:CloudFormationStack")
    assert not without.of("DataCatalog")
    assert not [each for each in without.of("secretsmanager/secret:Secret") if "connector" in each.name]


def test_results_are_no_data_to_keep(integrated: Recording) -> None:
    bucket = integrated.one("s3/bucket:Bucket", "integrated-results")
    assert bucket.inputs["forceDestroy"] is True
    assert not bucket.protect


def test_each_product_has_its_table_in_its_layer(integrated: Recording, refined: Recording) -> None:
    for made, layer in ((integrated, "integrated"), (refined, "refined")):
        wanted = {each.name for each in AGREED.products if each.layer == layer}
        assert {each.inputs["name"] for each in made.of("CatalogTable")} == wanted
        assert wanted, f"no product in {layer}"


def test_marts_are_made_of_integrated_tables_and_reached_from_outside_by_lake_formation_and_the_judge_alone(
    refined: Recording,
) -> None:
    assert refined.one("glue/job:Job", "refined-marts").inputs["name"] == "medallion-dev-refined-marts"
    assert {layer for _, layer in granted(refined, "refined-marts")} == {"intermediate", "integrated", "refined"}
    assert admitted(refined, "refined") == [
        parts.BUILDER,
        NAMES.role_arn("data-quality"),
        NAMES.role_arn("lake-access"),
    ]
