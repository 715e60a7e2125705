"""What the Spark jobs share: their arguments, their session, and how rows get into an Iceberg table.

The jobs run on AWS Glue 5.1, which is Spark 3.5.6, Iceberg 1.10.0 and Python 3.11:
https://docs.aws.amazon.com/glue/latest/dg/release-notes.html
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as fn

CATALOG = "glue_catalog"
WIDENED = (("int", "bigint"), ("float", "double"))


def arguments(argv: Sequence[str], *own: str) -> argparse.Namespace:
    """The arguments that every job gets, and a job's `own` optional ones, as Glue passes them: `--name value`.

    Glue adds more for itself; those are ignored.
    """
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--JOB_NAME", default="local")
    for name in ("database_prefix", "landing_bucket", "initial_bucket", "contracts"):
        parser.add_argument(f"--{name}", required=True)
    for name in own:
        parser.add_argument(f"--{name}", default="")
    return parser.parse_known_args(argv[1:])[0]


def session(name: str) -> SparkSession:
    """The session, with what the jobs rely on. The catalog is static configuration: it comes in by `--conf`."""
    spark = SparkSession.builder.appName(name).getOrCreate()
    # Every time in the lake is UTC, whatever zone the machine is in.
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    # The default of 200 is for large clusters. Two per core follows the size of the one there is.
    spark.conf.set("spark.sql.shuffle.partitions", 2 * spark.sparkContext.defaultParallelism)
    return spark


def contracts(spark: SparkSession, uri: str) -> dict[str, dict[str, Any]]:
    """The record schemas in `contracts.json`, by data set. A product has no delivery."""
    # By Spark: EMR's Python 3.11 has no boto3.
    text = spark.read.text(uri, wholetext=True).first()[0]
    return {schema["name"]: schema for schema in json.loads(text)}


def table(args: argparse.Namespace, layer: str, name: str) -> str:
    """The full name of a table."""
    return f"{CATALOG}.{args.database_prefix}_{layer}.{name}"


def evolve(spark: SparkSession, target: str, columns: Sequence[Mapping[str, str]]) -> None:
    """Give a table the columns and the wider types that its contract has by now. No data file is rewritten.

    Contracts that ask for more were refused before they were deployed. https://iceberg.apache.org/docs/1.10.0/evolution/
    """
    there = {field.name: field.dataType.simpleString() for field in spark.table(target).schema}
    for column in columns:
        name, kind = column["name"], column["type"]
        if name not in there:
            # What Glue makes of a timestamp, when it makes a table, is one without a zone.
            made = "timestamp_ntz" if kind == "timestamp" else kind
            spark.sql(f"ALTER TABLE {target} ADD COLUMN `{name}` {made}")
            log("INFO", "column_added", table=target, column=name, type=kind)
        elif (there[name], kind) in WIDENED:
            spark.sql(f"ALTER TABLE {target} ALTER COLUMN `{name}` TYPE {kind}")
            log("INFO", "column_widened", table=target, column=name, type=kind)


def shaped(frame: DataFrame, target: str) -> DataFrame:
    """The frame with the target's columns, in its order and types.

    Pulumi creates the tables, so the catalog has the last word: a timestamp there may have a zone or not.
    """
    wanted = frame.sparkSession.table(target).schema
    missing = [field.name for field in wanted if field.name not in frame.columns]
    if missing:
        raise ValueError(f"{target} has columns {missing}, which the job does not make; mend its contract.")
    return frame.select([fn.col(field.name).cast(field.dataType).alias(field.name) for field in wanted])


def merge(frame: DataFrame, target: str, key: Sequence[str], update_when: str) -> None:
    """MERGE rows, unique by `key`, into a table; a matched row is replaced where `update_when` (over s and t) holds.

    A table has one writer, the job that calls this, with one run at a time: so rows are simply added to an empty one.
    """
    spark, rows = frame.sparkSession, shaped(frame, target)
    if spark.table(target).isEmpty():
        rows.writeTo(target).append()
        return
    view = "batch_of_" + target.rpartition(".")[2]
    # MERGE reads its source twice, and refuses one that numbers its rows. Should an executor take the checkpoint
    # with it, the job fails and is run again, which is safe.
    rows.localCheckpoint().createOrReplaceTempView(view)
    on = " AND ".join(f"t.`{column}` = s.`{column}`" for column in key)
    spark.sql(
        f"MERGE INTO {target} AS t USING {view} AS s ON {on} "
        f"WHEN MATCHED AND ({update_when}) THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    )


def differs(columns: Sequence[str]) -> str:
    """The condition, for `merge`, that some column differs: a rerun then rewrites nothing."""
    rows = (", ".join(f"{side}.`{column}`" for column in columns) for side in "ts")
    return "NOT (struct({}) <=> struct({}))".format(*rows)


def log(level: str, event: str, **details: Any) -> None:
    """One line of JSON on stdout, which Glue hands on to CloudWatch Logs."""
    print(json.dumps({"level": level, "event": event, **details}, default=str), flush=True)
