"""Fails where two lakes differ: `--database_prefix ours --other theirs`. Where a row came from is each lake's own."""

import sys

from pyspark.sql import SparkSession

given = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=False))
spark = SparkSession.builder.getOrCreate()
for name in given["--tables"].split(","):
    ours, theirs = (
        spark.table(f"glue_catalog.{given[lake]}_{name}").drop("arrived_at", "raw_object")
        for lake in ("--database_prefix", "--other")
    )
    apart = ours.exceptAll(theirs).count() + theirs.exceptAll(ours).count()
    if apart or ours.isEmpty():
        raise SystemExit(f"{name}: {apart} rows are in one lake only, of {ours.count()}")
