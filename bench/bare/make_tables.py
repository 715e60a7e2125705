"""Makes the tables that are asked for: `--tables "database.table=column type,...;..."`."""

import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
for described in sys.argv[sys.argv.index("--tables") + 1].split(";"):
    name, _, columns = described.partition("=")
    spark.sql(f"CREATE TABLE glue_catalog.{name} ({columns}) USING iceberg")
