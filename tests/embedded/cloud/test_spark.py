"""Glue jobs on real Spark, with the versions and the wiring of Glue 5.1."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded.engine.workspace import Tools
from tests.embedded.cloud import test_cluster_steps as cluster_steps
from tests.embedded.cloud.clients import Aws, alive, eventually
from tests.embedded.cloud.conftest import running_cloud
from tests.embedded.cloud.test_athena import Lake
from tests.embedded.cloud.test_jobs import create_job, ended, run_job

pytestmark = [pytest.mark.rehearsal, pytest.mark.xdist_group("spark")]

ICEBERG = " --conf ".join(
    [
        "spark.sql.extensions=org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.catalog.glue_catalog=org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.glue_catalog.catalog-impl=org.apache.iceberg.aws.glue.GlueCatalog",
        "spark.sql.catalog.glue_catalog.io-impl=org.apache.iceberg.aws.s3.S3FileIO",
    ]
)
MERGE = """
import argparse, sys
from pyspark.sql import SparkSession
from shared import KEY

def main(argv):
    parser = argparse.ArgumentParser()
    parser.add_argument("--database")
    parser.add_argument("--bucket")
    known, _ = parser.parse_known_args(argv[1:])
    spark = SparkSession.builder.getOrCreate()
    assert spark.version == "3.5.6", spark.version
    assert spark.conf.get("spark.sql.session.timeZone") == "UTC"
    schema = "flight bigint, carrier string, delay double"
    rows = spark.read.csv(f"s3://{known.bucket}/raw/", header=True, schema=schema)
    rows.dropDuplicates([KEY]).createOrReplaceTempView("rows")
    spark.sql(f"MERGE INTO glue_catalog.{known.database}.merged t USING rows r ON t.flight = r.flight "
              "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *")

    def seen(_):
        try:
            import pandas
        except ImportError:
            import shared
            return [shared.KEY]
        return ["pandas"]

    # What a Python worker sees of packages is what the driver sees.
    assert spark.sparkContext.parallelize([1], 1).mapPartitions(seen).collect() == [KEY]
    rows.limit(1).write.mode("overwrite").json(f"s3://{known.bucket}/sample/")

if __name__ == "__main__":
    main(sys.argv)
"""


def _environment() -> dict[str, str]:
    tools = Tools.load()
    return {"SPARK_JARS_DIR": str(tools.jars)} | ({"JAVA_HOME": tools.java_home} if tools.java_home else {})


STEP = """
import sys
from pyspark.sql import SparkSession
import shared
spark = SparkSession.builder.getOrCreate()
rows = spark.range(10 * shared.DOUBLE)
print(spark.conf.get("spark.medallion.greeting"), rows.count(), sep=", ", end=" rows\\n")
rows.write.csv(sys.argv[1])
"""


@pytest.fixture(scope="module")
def spark_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    with running_cloud(tmp_path_factory.mktemp("spark"), _environment()) as running:
        yield running


def test_a_job_merges_files_into_an_iceberg_table_that_athena_reads(spark_aws: Aws) -> None:
    lake = Lake(spark_aws)
    columns = [("flight", "bigint"), ("carrier", "string"), ("delay", "double")]
    spark_aws.client("glue").create_table(
        DatabaseName=lake.database,
        TableInput={
            "Name": "merged",
            "TableType": "EXTERNAL_TABLE",
            "StorageDescriptor": {
                "Columns": [{"Name": name, "Type": kind} for name, kind in columns],
                "Location": f"s3://{lake.bucket}/merged/",
            },
        },
        OpenTableFormatInput={"IcebergInput": {"MetadataOperation": "CREATE", "Version": "2"}},
    )
    spark_aws.put(lake.bucket, "code/shared.py", 'KEY = "flight"\n')
    spark_aws.put(lake.bucket, "raw/1.csv", "flight,carrier,delay\n1,UA,1.5\n2,AA,\n2,AA,\n")
    arguments = {
        "--conf": ICEBERG,
        "--datalake-formats": "iceberg",
        "--extra-py-files": f"s3://{lake.bucket}/code/shared.py",
        "--database": lake.database,
        "--bucket": lake.bucket,
    }
    name = create_job(spark_aws, MERGE, kind="glueetl", DefaultArguments=arguments)
    run = run_job(spark_aws, name, 180)
    assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
    assert run["ExecutionTime"] > 0
    spark_aws.put(lake.bucket, "raw/2.csv", "flight,carrier,delay\n2,DL,7\n3,DL,8\n")
    spark_aws.client("s3").delete_object(Bucket=lake.bucket, Key="raw/1.csv")
    assert run_job(spark_aws, name, 180)["JobRunState"] == "SUCCEEDED"
    assert lake.rows("SELECT * FROM merged ORDER BY flight") == [
        ["flight", "carrier", "delay"],
        ["1", "UA", "1.5"],
        ["2", "DL", "7.0"],
        ["3", "DL", "8.0"],
    ]
    assert any(key.startswith("sample/part-") for key in spark_aws.keys(lake.bucket))
    table = spark_aws.client("glue").get_table(DatabaseName=lake.database, Name="merged")["Table"]
    assert table["StorageDescriptor"]["Location"] == f"s3://{lake.bucket}/merged"


def test_a_query_that_spark_refuses_is_the_runs_error(spark_aws: Aws) -> None:
    script = "from pyspark.sql import SparkSession\nSparkSession.builder.getOrCreate().sql('SELECT nope')\n"
    run = run_job(spark_aws, create_job(spark_aws, script, kind="glueetl"), 180)
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith("AnalysisException: [UNRESOLVED_COLUMN.WITHOUT_SUGGESTION]")


LEAVES = """
import boto3
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
spark.range(3).createOrReplaceTempView("left_behind")
spark.conf.set("spark.sql.shuffle.partitions", "77")
pid = spark.sparkContext._jvm.ProcessHandle.current().pid()
boto3.client("s3").put_object(Bucket="BUCKET", Key="jvm", Body=str(pid))
assert spark.conf.get("spark.own.setting") == "of the first job"
raise RuntimeError("left in the middle")
"""
FINDS = """
import boto3
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
assert [table.name for table in spark.catalog.listTables()] == []
assert spark.conf.get("spark.sql.shuffle.partitions") != "77"
assert spark.conf.get("spark.own.setting", "none") == "none"
assert spark.sparkContext.appName.startswith("job-")

def seen(_):
    try:
        import shared
    except ImportError:
        return ["nothing"]
    return ["shared"]

assert spark.sparkContext.parallelize([1], 1).mapPartitions(seen).collect() == ["nothing"]
pid = boto3.client("s3").get_object(Bucket="BUCKET", Key="jvm")["Body"].read().decode()
print("same JVM", str(spark.sparkContext._jvm.ProcessHandle.current().pid()) == pid)
"""


def test_the_next_run_has_a_warm_jvm_and_nothing_of_the_run_before(spark_aws: Aws) -> None:
    bucket = spark_aws.bucket()
    spark_aws.put(bucket, "code/shared.py", "")
    arguments = {"--conf": "spark.own.setting=of the first job", "--extra-py-files": f"s3://{bucket}/code/shared.py"}
    first = create_job(spark_aws, LEAVES.replace("BUCKET", bucket), kind="glueetl", DefaultArguments=arguments)
    assert run_job(spark_aws, first, 180)["ErrorMessage"] == "RuntimeError: left in the middle"
    second = create_job(spark_aws, FINDS.replace("BUCKET", bucket), kind="glueetl")
    run = run_job(spark_aws, second, 180)
    assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
    assert "same JVM True" in (spark_aws.work / "logs" / f"glue-{second}.log").read_text()


def _held_jvm(aws: Aws) -> tuple[str, str, int]:
    """Start a run that holds a Spark session; its job, its id and its JVM's pid."""
    bucket = aws.bucket()
    script = (
        "import boto3, time\nfrom pyspark.sql import SparkSession\n"
        "pid = SparkSession.builder.getOrCreate().sparkContext._jvm.ProcessHandle.current().pid()\n"
        f"boto3.client('s3').put_object(Bucket='{bucket}', Key='jvm', Body=str(pid))\ntime.sleep(120)\n"
    )
    name = create_job(aws, script, kind="glueetl")
    identifier = aws.client("glue").start_job_run(JobName=name)["JobRunId"]
    eventually(lambda: aws.keys(bucket), 120)
    return name, identifier, int(aws.get(bucket, "jvm"))


def test_a_stopped_run_takes_its_jvm_with_it(spark_aws: Aws) -> None:
    name, identifier, pid = _held_jvm(spark_aws)
    spark_aws.client("glue").batch_stop_job_run(JobName=name, JobRunIds=[identifier])
    assert ended(spark_aws, name, identifier)["JobRunState"] == "STOPPED"
    eventually(lambda: not alive(pid), 5)


def test_a_jvm_dies_with_a_killed_cloud(tmp_path: Path) -> None:
    with running_cloud(tmp_path, _environment()) as aws:
        _, _, pid = _held_jvm(aws)
        aws.process.kill()
        eventually(lambda: not alive(pid), 5)


def test_the_jvm_resolves_no_outside_name(spark_aws: Aws) -> None:
    script = (
        "from pyspark.sql import SparkSession\n"
        "jvm = SparkSession.builder.getOrCreate().sparkContext._jvm\n"
        "assert jvm.java.net.InetAddress.getByName('localhost').isLoopbackAddress()\n"
        "jvm.java.net.InetAddress.getByName('s3.eu-central-1.amazonaws.com')\n"
    )
    run = run_job(spark_aws, create_job(spark_aws, script, kind="glueetl"), 180)
    assert "UnknownHostException: Unable to resolve host s3.eu-central-1.amazonaws.com" in run["ErrorMessage"]


def test_without_jars_a_job_says_what_is_missing(tmp_path: Path) -> None:
    with running_cloud(tmp_path, {"SPARK_JARS_DIR": str(tmp_path)}) as aws:
        run = run_job(aws, create_job(aws, "pass", kind="glueetl"))
    assert run["JobRunState"] == "FAILED"
    assert "holds no iceberg-spark-runtime jar" in run["ErrorMessage"]


def test_a_step_runs_on_the_cluster_with_its_settings_and_leaves_its_log(spark_aws: Aws) -> None:
    bucket, emr = spark_aws.bucket(), spark_aws.client("emr")
    spark_aws.put(bucket, "shared.py", "DOUBLE = 2\n")
    spark_aws.put(bucket, "step.py", STEP)
    settings = {"Classification": "spark-defaults", "Properties": {"spark.medallion.greeting": "hello"}}
    on = cluster_steps.cluster(spark_aws, LogUri=f"s3://{bucket}/logs/", Configurations=[settings])
    command = ["spark-submit", "--deploy-mode", "cluster", "--py-files", f"s3://{bucket}/shared.py"]
    command += [f"s3://{bucket}/step.py"]
    steps = [cluster_steps.step(*command, f"s3://{bucket}/out"), cluster_steps.step(*command)]
    good, bad = emr.add_job_flow_steps(JobFlowId=on, Steps=steps)["StepIds"]

    assert cluster_steps.ended(spark_aws, on, good, 120)["State"] == "COMPLETED"
    assert any(key.startswith("out/part-") for key in spark_aws.keys(bucket))
    log = gzip.decompress(spark_aws.get(bucket, f"logs/{on}/steps/{good}/stdout.gz")).decode()
    assert "hello, 20 rows" in log
    failure = cluster_steps.ended(spark_aws, on, bad, 120)["FailureDetails"]
    assert failure["Message"] == "IndexError: list index out of range"
    assert failure["LogFile"] == f"s3://{bucket}/logs/{on}/steps/{bad}/"
