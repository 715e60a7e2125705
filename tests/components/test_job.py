import pytest

from components.iam import allow
from components.job import Job, JobArgs, Runtime, spark_conf
from settings import GLUE_VERSION
from tests.components import parts
from tests.components.mock_engine import NAMES, Recording, deploy, subnet_id


@pytest.fixture(scope="module")
def made() -> Recording:
    def program() -> None:
        runtime: Runtime = parts.runtime(parts.network(zones=3))
        Job(
            "conform",
            JobArgs(
                runtime=runtime,
                what="intermediate-conform",
                layer="intermediate",
                key_arn=parts.KEY,
                may=[allow("Own", ["s3:GetObject"], ["arn:aws:s3:::b/*"])],
                arguments={"--datasets": "flights"},
            ),
        )

    return deploy(program)


def test_there_is_a_connection_into_each_zone_s_private_subnet(made: Recording) -> None:
    found = [each.inputs["physicalConnectionRequirements"] for each in made.of("glue/connection:Connection")]
    assert sorted((each["availabilityZone"], each["subnetId"]) for each in found) == [
        (zone, subnet_id("private", zone)) for zone in ("eu-west-1a", "eu-west-1b", "eu-west-1c")
    ]
    assert all(each.inputs["connectionType"] == "NETWORK" for each in made.of("glue/connection:Connection"))


def test_a_job_runs_on_the_version_that_is_rehearsed_in_the_vpc_and_encrypted(made: Recording) -> None:
    job = made.one("glue/job:Job").inputs
    assert job["name"] == "medallion-dev-intermediate-conform"
    assert job["glueVersion"] == GLUE_VERSION
    assert job["command"]["scriptLocation"] == f"s3://{NAMES.bucket('code')}/jobs/intermediate_conform.py"
    assert (job["workerType"], job["numberOfWorkers"]) == ("G.1X", 2)
    assert len(job["connections"]) == 3
    assert job["securityConfiguration"] == "medallion-dev-intermediate-conform"
    encryption = made.one("glue/securityConfiguration:SecurityConfiguration").inputs["encryptionConfiguration"]
    assert encryption["s3Encryption"] == {"s3EncryptionMode": "SSE-KMS", "kmsKeyArn": parts.KEY}
    assert encryption["cloudwatchEncryption"]["cloudwatchEncryptionMode"] == "SSE-KMS"
    assert encryption["jobBookmarksEncryption"]["jobBookmarksEncryptionMode"] == "CSE-KMS"


def test_a_job_gets_the_arguments_that_every_script_expects_and_its_own(made: Recording) -> None:
    arguments = made.one("glue/job:Job").inputs["defaultArguments"]
    assert arguments["--JOB_NAME"] == "medallion-dev-intermediate-conform"
    assert arguments["--database_prefix"] == "medallion_dev"
    assert arguments["--landing_bucket"] == NAMES.bucket("landing")
    assert arguments["--initial_bucket"] == NAMES.bucket("initial")
    assert arguments["--contracts"] == f"s3://{NAMES.bucket('code')}/contracts.json"
    assert arguments["--datalake-formats"] == "iceberg"
    assert arguments["--TempDir"] == f"s3://{NAMES.bucket('intermediate')}/_scratch/"
    assert arguments["--continuous-log-logGroup"] == "/aws-glue/jobs/medallion-dev-jobs"
    assert arguments["--datasets"] == "flights"


def test_several_spark_settings_go_into_one_argument_by_repeating_the_flag() -> None:
    settings = spark_conf("s3://bucket/").split(" --conf ")
    assert "spark.sql.catalog.glue_catalog.catalog-impl=org.apache.iceberg.aws.glue.GlueCatalog" in settings
    assert "spark.sql.catalog.glue_catalog.warehouse=s3://bucket/" in settings
    assert not any(" " in each for each in settings)


def test_a_job_waits_for_its_code(made: Recording) -> None:
    assert "code-jobs-intermediate_conform.py" in made.one("glue/job:Job").depends_on


def test_a_thin_job_is_a_python_shell_of_the_least_size_in_one_subnet() -> None:
    def program() -> None:
        Job(
            "statements",
            JobArgs(
                runtime=parts.runtime(parts.network()),
                what="warehouse-statements",
                layer="refined",
                key_arn=parts.KEY,
                may=[],
                arguments={"--statements": "SELECT 1"},
                thin=True,
            ),
        )

    job = deploy(program).one("glue/job:Job").inputs
    assert (job["command"]["name"], job["command"]["pythonVersion"], job["maxCapacity"]) == (
        "pythonshell",
        "3.9",
        0.0625,
    )
    assert not {"glueVersion", "workerType", "numberOfWorkers"} & set(job)
    assert len(job["connections"]) == 1
    assert job["defaultArguments"]["--statements"] == "SELECT 1"
    spark = {"--conf", "--datalake-formats", "--extra-py-files", "--enable-metrics", "--continuous-log-logGroup"}
    assert not spark & set(job["defaultArguments"])
    assert job["securityConfiguration"] == "medallion-dev-warehouse-statements"
