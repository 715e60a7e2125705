"""Glue job: flights_enriched in integrated → the marts of refined, each replaced whole in one commit.

Sources whose contracts publish them are copied to marts of their own, from intermediate and without guarded columns.
"""

import csv
import io
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as fn

if TYPE_CHECKING:
    from workloads.jobs import lake
else:
    import lake

DELAYED = 15
"""Minutes late from which on, and not at which, an arrival counts as delayed."""
AT_A_TIME = 3
"""Marts that are made at a time."""
NO_WIND = 200
"""Miles per hour above which a wind was misread: the strongest gust ever measured is 253, on a mountain."""


def punctuality_by_carrier(enriched: DataFrame) -> DataFrame:
    """How punctual each carrier was, month by month."""
    return enriched.groupBy("carrier", "year", "month").agg(
        fn.max("carrier_name").alias("carrier_name"),
        *_measures(),
        fn.avg("arr_delay").alias("mean_arr_delay"),
    )


def delay_by_weather(enriched: DataFrame) -> DataFrame:
    """How delays go with bands of visibility, precipitation and wind."""
    visib, precip, wind = fn.col("visib"), fn.col("precip"), fn.col("wind_speed")
    bands = enriched.select(
        "*",
        _band(
            [(visib < 1, "under 1 mile"), (visib < 5, "1 to 5 miles"), (visib < 10, "5 to 10 miles")],
            visib.isNotNull(),
            "10 miles",
        ).alias("visibility"),
        _band([(precip == 0, "none"), (precip < 0.1, "light")], precip.isNotNull(), "heavy").alias("precipitation"),
        _band([(wind < 10, "calm"), (wind < 20, "breeze")], wind <= NO_WIND, "strong").alias("wind"),
    )
    return bands.groupBy("visibility", "precipitation", "wind").agg(
        *_measures(), fn.avg("dep_delay").alias("mean_dep_delay"), fn.avg("arr_delay").alias("mean_arr_delay")
    )


def routes(enriched: DataFrame) -> DataFrame:
    """What each route carries, and how it keeps time."""
    return enriched.groupBy("origin", "dest").agg(
        fn.max("origin_name").alias("origin_name"),
        fn.max("dest_name").alias("dest_name"),
        fn.countDistinct("carrier").alias("carriers"),
        fn.avg("distance").alias("mean_distance"),
        *_measures(),
        fn.avg("arr_delay").alias("mean_arr_delay"),
        fn.avg("air_time").alias("mean_air_time"),
    )


MARTS: Mapping[str, Callable[[DataFrame], DataFrame]] = {
    mart.__name__: mart for mart in (punctuality_by_carrier, delay_by_weather, routes)
}


def transform(enriched: DataFrame) -> dict[str, DataFrame]:
    """Every mart, by its table's name."""
    return {name: mart(enriched) for name, mart in MARTS.items()}


def main(argv: Sequence[str]) -> None:
    """Replace the marts, and of those that are shared the copies for others."""
    args = lake.arguments(argv, "shared_bucket", "shared")
    shared = args.shared.split(",") if args.shared_bucket else []
    spark = lake.session(args.JOB_NAME)
    enriched = spark.table(lake.table(args, "integrated", "flights_enriched"))
    schemas = lake.contracts(spark, args.contracts)
    made = transform(enriched) | publications(spark, args, schemas)

    def replace(name: str) -> None:
        target = lake.table(args, "refined", name)
        lake.evolve(spark, target, schemas[name]["table"]["columns"])
        # A mart is a few hundred rows: one file. Readers see the old rows or the new ones, never both or neither.
        lake.shaped(made[name].coalesce(1), target).writeTo(target).overwrite(fn.lit(True))
        lake.log("INFO", "mart_replaced", mart=name, rows=spark.table(target).count())
        if name in shared:
            share(spark.table(target), args.shared_bucket, name)

    # A small table's commit is mostly waiting, for the catalog and for S3: side by side they fill the gaps.
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        turns = [pool.submit(replace, name) for name in made]
    for turn in turns:
        turn.result()


def publications(spark: SparkSession, args: Any, schemas: Mapping[str, Any]) -> dict[str, DataFrame]:
    """What the marts that publish a source get: all of its rows, of which the table takes the columns that it has."""
    copies = {name: schema["copy_of"] for name, schema in schemas.items() if schema["copy_of"]}
    return {name: spark.table(lake.table(args, "intermediate", source)) for name, source in copies.items()}


def share(mart: DataFrame, bucket: str, name: str) -> None:
    """Replace the copy of a mart that others read, who don't have the catalog: a CSV file, put there in one piece.

    A mart is a few hundred rows. Spark's own writers rename what they wrote, so that a reader may find nothing between.
    """
    # Here, as in `lake`: EMR's Python 3.11 doesn't bring it.
    import boto3

    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(mart.columns)
    lines.writerows(mart.collect())
    boto3.client("s3").put_object(
        Bucket=bucket, Key=f"{name}/{name}.csv", Body=text.getvalue().encode(), ContentType="text/csv"
    )


def _measures() -> list[Column]:
    late = fn.col("arr_delay") > DELAYED
    return [
        fn.count("*").alias("flights"),
        fn.count_if("cancelled").alias("cancelled"),
        fn.count("arr_delay").alias("arrived"),
        fn.count_if(late).alias("delayed"),
        (fn.count_if(late) / fn.count("arr_delay")).alias("delayed_share"),
    ]


def _band(bands: Sequence[tuple[Column, str]], known: Column, last: str) -> Column:
    """The first band whose condition holds, `last` where none does, `unknown` where the reading is not known."""
    chosen = fn.when(~fn.coalesce(known, fn.lit(False)), "unknown")
    for condition, name in bands:
        chosen = chosen.when(condition, name)
    return chosen.otherwise(last)


if __name__ == "__main__":
    main(sys.argv)
