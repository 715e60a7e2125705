"""Glue job: raw objects in initial → typed, UTC, deduplicated rows in the Iceberg tables of intermediate.

Reads only raw objects that arrived since a table's newest row, less an overlap; `--full true` reads them all. Either
way a rerun changes nothing: rows are merged by key, and an older arrival never replaces a newer one. What landing
rejected stays out: by its quarantine, and, since raw outlives that, by the contract in force for objects of old.
"""

import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as fn

if TYPE_CHECKING:
    from workloads.functions import records
    from workloads.jobs import lake
else:
    import lake
    import records

OVERLAP = timedelta(hours=1)
"""An upload bears the time at which it began: one that took long shows up after objects that are newer."""

OLD = timedelta(days=1)
"""Age from which on an object's rejects may have left quarantine: no setting lets them leave sooner."""

AT_A_TIME = 3
"""Data sets that are conformed at a time."""

SPARK_TYPES = {"bigint": "BIGINT", "double": "DOUBLE", "boolean": "BOOLEAN"}
"""Types that a JSON record is read in; times and dates are texts in JSON."""

REJECTED = "dataset STRING, source STRING, record STRING, record_base64 STRING"
NEWER = "s.arrived_at > t.arrived_at OR (s.arrived_at = t.arrived_at AND s.raw_object > t.raw_object)"


def transform(lines: DataFrame, rejected: DataFrame, schema: Mapping[str, Any]) -> DataFrame:
    """Rows of one data set, one per key: the newest arrival; within one object, the last.

    `lines`: record (binary, without line end), raw_object, arrived_at (timestamp), block and row (order in the object).
    `rejected`: record (binary) and raw_object of what landing refused. Raises, when run, for a record that landing
    let pass and that has no key, since merging it would never find it again.
    """
    accepted = lines.join(rejected, ["raw_object", "record"], "left_anti")
    rows = _parsed(accepted, schema)
    for name, expression in schema["table"]["derived"].items():
        rows = rows.withColumn(name, fn.expr(expression))
    latest = Window.partitionBy(*schema["key"]).orderBy(
        fn.desc("arrived_at"), fn.desc("raw_object"), fn.desc("block"), fn.desc("row")
    )
    columns = [column["name"] for column in schema["table"]["columns"]]
    return rows.withColumn("rank", fn.row_number().over(latest)).where("rank = 1").select(columns)


def still_good(lines: DataFrame, schema: Mapping[str, Any]) -> DataFrame:
    """The lines that keep the contract, by the validator that landing uses; headers are none of them."""
    rules, made = dict(schema), list[records.Validator]()

    def keeps(record: bytearray) -> bool:
        if not made:
            made.append(records.Validator(rules))
        return not made[0].reasons(bytes(record))

    return lines.where(fn.udf(keeps, "BOOLEAN")("record"))


def read_lines(spark: SparkSession, path: str, since: datetime | None, until: datetime | None) -> DataFrame | None:
    """The lines of every object below `path` that arrived after `since` and before `until` (UTC).

    None when there is nothing below the path at all.
    """
    # Without a zone of their own, the limits are taken for the machine's local times.
    options: dict[str, Any] = {"lineSep": "\n", "recursiveFileLookup": True, "timeZone": "UTC"}
    limits = {"modifiedAfter": since, "modifiedBefore": until}
    options |= {name: f"{limit:%Y-%m-%dT%H:%M:%S}" for name, limit in limits.items() if limit}
    try:
        text = spark.read.options(**options).text(path)
    except AnalysisException as error:
        if error.getErrorClass() == "PATH_NOT_FOUND":
            return None
        raise
    line = fn.col("value").cast("binary")
    chomped = line.substr(fn.lit(1), fn.octet_length("value") - 1)
    found = text.select(
        fn.when(fn.col("value").endswith("\r"), chomped).otherwise(line).alias("record"),
        _object(fn.col("_metadata.file_path")).alias("raw_object"),
        fn.col("_metadata.file_modification_time").alias("arrived_at"),
        fn.col("_metadata.file_block_start").alias("block"),
        fn.monotonically_increasing_id().alias("row"),
    )
    # What is longer is in quarantine, by its beginning alone.
    return found.where(fn.octet_length("record") <= records.LONGEST_LINE)


def read_rejected(spark: SparkSession, path: str) -> DataFrame:
    """What landing refused, from the quarantine below `path`."""
    try:
        entries = spark.read.schema(REJECTED).option("recursiveFileLookup", True).json(path)
    except AnalysisException as error:
        if error.getErrorClass() != "PATH_NOT_FOUND":
            raise
        # Spark sees that this is empty, and leaves the join with it out.
        entries = spark.sql("SELECT '' AS source, '' AS record, '' AS record_base64 WHERE false")
    record = fn.coalesce(fn.unbase64("record_base64"), fn.encode("record", "UTF-8"))
    return entries.select(record.alias("record"), fn.regexp_replace("source", "^s3://", "").alias("raw_object"))


def main(argv: Sequence[str]) -> None:
    """Conform `--datasets a,b` (all, when not given). One that fails does not keep the others from their turn."""
    args = lake.arguments(argv, "datasets", "full")
    spark = lake.session(args.JOB_NAME)
    schemas = {name: schema for name, schema in lake.contracts(spark, args.contracts).items() if schema["delivery"]}
    names = args.datasets.split(",") if args.datasets else list(schemas)
    # A small table's merge is mostly waiting, for the catalog and for S3: side by side they fill the gaps.
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        turns = [pool.submit(conform, spark, args, schemas[name]) for name in names]
    for turn in turns:
        turn.result()


def conform(spark: SparkSession, args: Any, schema: Mapping[str, Any]) -> None:
    """Bring one data set's table up to date."""
    name = schema["name"]
    target = lake.table(args, "intermediate", name)
    lake.evolve(spark, target, schema["table"]["columns"])
    since = None if args.full == "true" else _since(spark, target)
    path = f"s3://{args.initial_bucket}/{schema['raw_prefix']}"
    # Limits are exclusive, and arrivals have whole seconds: `old` itself is the first second that is not old.
    old = datetime.now(UTC).replace(tzinfo=None, microsecond=0) - OLD
    before_old = old - timedelta(seconds=1)
    # The raw objects are listed before the rejects, since landing writes them in the other order.
    lines = read_lines(spark, path, max(since or before_old, before_old), None)
    of_old = read_lines(spark, path, since, old) if since is None or since < before_old else None
    if lines is not None and of_old is not None:
        lines = lines.union(still_good(of_old, schema))
    if lines is None:
        lake.log("WARNING", "nothing_raw", dataset=name)
        return
    rejected = read_rejected(spark, f"s3://{args.landing_bucket}/quarantine/{name}/")
    lake.merge(transform(lines, rejected, schema), target, schema["key"], NEWER)
    lake.log("INFO", "conformed", dataset=name, since=since, rows=spark.table(target).count())


def _parsed(accepted: DataFrame, schema: Mapping[str, Any]) -> DataFrame:
    """The fields of each record, typed, beside its lineage and place."""
    types = {column["name"]: column["type"] for column in schema["table"]["columns"]}
    names = [rule["name"] for rule in schema["fields"]]
    # What landing accepted is UTF-8.
    text = fn.col("record").cast("string")
    if schema["format"] == "csv":
        headers = [",".join(names[:count]) for count in range(len(names) - schema["added"], len(names) + 1)]
        body = accepted.where(~text.isin(*headers, *("\ufeff" + header for header in headers)))
        # Read as texts: from_csv knows one null text, a contract may have several.
        fields = ", ".join(f"`{name}` STRING" for name in names)
        parsed = body.withColumn("fields", fn.from_csv(text, fields, {"quote": '"', "escape": '"'}))
        values = {name: _value(fn.col("fields")[name], schema["nulls"]) for name in names}
    else:
        fields = ", ".join(f"`{name}` {SPARK_TYPES.get(types[name], 'STRING')}" for name in names)
        parsed = accepted.withColumn("fields", fn.from_json(text, fields))
        values = {name: fn.col("fields")[name] for name in names}
    return parsed.select(
        *[_present(name, values[name].cast(types[name]), name in schema["key"]).alias(name) for name in names],
        "raw_object",
        "arrived_at",
        "block",
        "row",
    )


def _value(column: Column, nulls: Sequence[str]) -> Column:
    return fn.when(column.isin(*nulls), None).otherwise(column)


def _present(name: str, value: Column, in_key: bool) -> Column:
    if not in_key:
        return value
    complaint = fn.concat(fn.lit(f"{name} has no readable value in a record of "), fn.col("raw_object"))
    return fn.when(value.isNull(), fn.raise_error(complaint)).otherwise(value)


def _object(path: Column) -> Column:
    """Bucket and key of a file's URL, whose scheme is s3 or s3a with the runtime, and which is encoded."""
    bare = fn.substring_index(path, "://", -1)
    # Only where there is something to decode, since this runs for every line. A plus is literal in a path.
    decoded = fn.url_decode(fn.replace(bare, fn.lit("+"), fn.lit("%2B")))
    return fn.when(bare.contains("%"), decoded).otherwise(bare)


def _since(spark: SparkSession, target: str) -> datetime | None:
    """From when on (UTC) raw objects may not be in the table yet."""
    newest = spark.table(target).agg(fn.max("arrived_at").cast("TIMESTAMP_NTZ")).first()[0]
    return None if newest is None else newest - OVERLAP


if __name__ == "__main__":
    main(sys.argv)
