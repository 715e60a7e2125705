"""Glue jobs on real Spark, with the versions and the wiring of Glue 5.1."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded.engine.workspace import Tools
from tests.embedded.cloud.clients import Aws
from tests.embedded.cloud.conftest import running_cloud
from tests.embedded.cloud.test_athena import Lake
from tests.embedded.cloud.test_jobs import create_job, run_job

pytestmark = pytest.mark.rehearsal

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


@pytest.fixture(scope="module")
def spark_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    tools = Tools.load()
    environment = {"SPARK_JARS_DIR": str(tools.jars)}
    if tools.java_home:
        environment["JAVA_HOME"] = str(tools.java_home)
    with running_cloud(tmp_path_factory.mktemp("spark"), environment) as running:
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


def test_without_jars_a_job_says_what_is_missing(tmp_path: Path) -> None:
    with running_cloud(tmp_path, {"SPARK_JARS_DIR": str(tmp_path)}) as aws:
        run = run_job(aws, create_job(aws, "pass", kind="glueetl"))
    assert run["JobRunState"] == "FAILED"
    assert "holds no iceberg-spark-runtime jar" in run["ErrorMessage"]
