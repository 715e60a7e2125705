"""Flights as CSV → typed rows, the newest of each key, in an Iceberg table: what anybody would write in an hour."""

import sys

from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as fn

given = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=False))
target = f"glue_catalog.{given['--database_prefix']}_intermediate.flights"
spark = SparkSession.builder.getOrCreate()
text = spark.read.csv(f"s3://{given['--initial_bucket']}/raw/flights/", header=True, nullValue="NA")
rows = (
    text.withColumn("arrived_at", fn.col("_metadata.file_modification_time"))
    .withColumn("raw_object", fn.col("_metadata.file_path"))
    .withColumn("cancelled", fn.col("dep_time").isNull())
)
newest = Window.partitionBy("time_hour", "carrier", "flight").orderBy(fn.desc("arrived_at"))
unique = rows.withColumn("rank", fn.row_number().over(newest)).where("rank = 1")
schema = spark.table(target).schema
unique.select([fn.col(f.name).cast(f.dataType).alias(f.name) for f in schema]).writeTo(target).append()
