"""The layers from initial to refined, each on small parts."""

import pytest

from components.initial import Initial, InitialArgs
from components.integrated import Integrated, IntegratedArgs
from components.intermediate import Intermediate, IntermediateArgs
from components.refined import Refined, RefinedArgs
from components.warehouse import Warehouse, WarehouseArgs
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
        args = IntermediateArgs(platform=parts.platform(), emr=parts.EMR, redshift=parts.REDSHIFT)
        Intermediate("intermediate", args)

    return deploy(program)


@pytest.fixture(scope="module")
def integrated() -> Recording:
    def program() -> None:
        platform = parts.platform()
        warehouse = WarehouseArgs(platform=platform, size=parts.REDSHIFT, key_arn=parts.KEY)
        args = IntegratedArgs(
            platform=platform,
            warehouse=Warehouse("warehouse", warehouse),
            landing_bucket=parts.bucket("landing"),
        )
        Integrated("integrated", args)

    return deploy(program)


@pytest.fixture(scope="module")
def refined() -> Recording:
    return deploy(lambda: Refined("refined", RefinedArgs(platform=parts.platform())))


def test_raw_objects_are_locked_from_the_moment_they_come_in(initial: Recording) -> None:
    assert initial.one("s3/bucket:Bucket", "initial").inputs["objectLockEnabled"] is True
    lock = initial.one("BucketObjectLockConfiguration").inputs["rule"]["defaultRetention"]
    assert lock == {"mode": "GOVERNANCE", "days": 3}


def test_every_source_has_a_table_over_its_raw_objects(initial: Recording) -> None:
    locations = {
        each.inputs["name"]: each.inputs["storageDescriptor"]["location"] for each in initial.of("CatalogTable")
    }
    bucket = NAMES.bucket("initial")
    assert locations == {each.name: f"s3://{bucket}/raw/{each.name}/" for each in AGREED.sources}
    assert not any("openTableFormatInput" in each.inputs for each in initial.of("CatalogTable"))


def test_every_source_has_a_conformed_iceberg_table(intermediate: Recording) -> None:
    assert {each.inputs["name"] for each in intermediate.of("CatalogTable")} == {each.name for each in AGREED.sources}
    assert all("openTableFormatInput" in each.inputs for each in intermediate.of("CatalogTable"))


def test_conforming_reads_raw_and_writes_conformed_and_may_do_so_in_lake_formation_too(intermediate: Recording) -> None:
    for role in ("intermediate-conform", "cluster-nodes"):
        assert granted(intermediate, role) == {
            ("DATABASE", "initial"): ["DESCRIBE"],
            ("TABLE", "initial"): ["DESCRIBE", "SELECT"],
            ("DATABASE", "intermediate"): ["DESCRIBE"],
            ("TABLE", "intermediate"): ["ALTER", "DELETE", "DESCRIBE", "INSERT", "SELECT"],
        }


def test_nothing_that_runs_here_may_change_raw_objects(intermediate: Recording) -> None:
    for role in ("intermediate-conform", "intermediate-cluster-nodes"):
        statements = intermediate.document("RolePolicy", role)
        written = [arn for each in statements if "s3:PutObject" in each["Action"] for arn in each["Resource"]]
        assert not [arn for arn in written if "-initial-" in arn]


def test_spectrum_reads_conformed_and_integrated_tables_from_outside_the_vpc(
    intermediate: Recording, integrated: Recording
) -> None:
    for made, layer in ((intermediate, "intermediate"), (integrated, "integrated")):
        assert admitted(made, layer) == [parts.BUILDER, NAMES.role_arn("spectrum"), NAMES.role_arn("lake-access")]
    assert granted(integrated, "spectrum") == {
        (kind, layer): permissions
        for layer in ("intermediate", "integrated")
        for kind, permissions in (("DATABASE", ["DESCRIBE"]), ("TABLE", ["DESCRIBE", "SELECT"]))
    }


def test_the_warehouse_gets_its_schema_by_a_statement_that_waits_for_its_rights(integrated: Recording) -> None:
    statement = integrated.one("redshiftdata/statement:Statement")
    assert statement.inputs["sql"].startswith("--")
    assert "CREATE EXTERNAL SCHEMA" in statement.inputs["sql"]
    assert "dbUser" not in statement.inputs, "it takes the password that Redshift manages"
    assert "integrated-spectrum" in statement.depends_on


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


def test_athena_encrypts_results_whatever_a_client_asks_for(integrated: Recording) -> None:
    configuration = integrated.one("athena/workgroup:Workgroup").inputs["configuration"]
    assert configuration["enforceWorkgroupConfiguration"] is True
    result = configuration["resultConfiguration"]
    assert result["outputLocation"] == f"s3://{NAMES.bucket('results')}/athena/"
    assert result["encryptionConfiguration"]["encryptionOption"] == "SSE_KMS"


def test_results_are_no_data_to_keep(integrated: Recording) -> None:
    bucket = integrated.one("s3/bucket:Bucket", "integrated-results")
    assert bucket.inputs["forceDestroy"] is True
    assert not bucket.protect


def test_each_product_has_its_table_in_its_layer(integrated: Recording, refined: Recording) -> None:
    for made, layer in ((integrated, "integrated"), (refined, "refined")):
        wanted = {each.name for each in AGREED.products if each.layer == layer}
        assert {each.inputs["name"] for each in made.of("CatalogTable")} == wanted
        assert wanted, f"no product in {layer}"


def test_marts_are_made_of_integrated_tables_and_reached_by_nobody_outside_but_lake_formation(
    refined: Recording,
) -> None:
    assert refined.one("glue/job:Job").inputs["name"] == "medallion-dev-refined-marts"
    assert {layer for _, layer in granted(refined, "refined-marts")} == {"integrated", "refined"}
    assert admitted(refined, "refined") == [parts.BUILDER, NAMES.role_arn("lake-access")]
