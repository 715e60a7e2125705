"""The conformed tables of intermediate → flights_enriched in integrated, one row a flight: on EMR, or as a Glue job.

References that a source lacks leave nulls and are counted; they never lose a flight.
"""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
from pyspark.sql import functions as fn

if TYPE_CHECKING:
    from workloads.jobs import lake
else:
    import lake

KEY = ("time_hour", "carrier", "flight")
WEATHER = ("temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib")
PLANE = ("year", "type", "manufacturer", "model", "engines", "seats")
LEFT_OUT = ("arrived_at", "raw_object", "minute", "origin_tzone")
"""Where a row came from is for its own table; the minute is in sched_dep_time; a zone has done its work here."""

SCHED_DEP_AT = "to_utc_timestamp(make_timestamp(year, month, day, hour, minute, 0, 'UTC'), origin_tzone)"
"""The clock on the wall, read as if it were UTC, and then moved by the zone of that date. Of the hour that comes twice
when summer time ends, the first; of one that is left out when it begins, as much later."""


def transform(
    flights: DataFrame, weather: DataFrame, airlines: DataFrame, airports: DataFrame, planes: DataFrame
) -> DataFrame:
    """Each flight with its carrier, airports, plane and weather; as many rows as `flights`."""
    return (
        flights.join(weather.select("origin", "time_hour", *WEATHER), ["origin", "time_hour"], "left")
        .join(airlines.select("carrier", fn.col("name").alias("carrier_name")), "carrier", "left")
        .join(
            airports.select(
                fn.col("faa").alias("origin"),
                fn.col("name").alias("origin_name"),
                fn.col("tzone").alias("origin_tzone"),
            ),
            "origin",
            "left",
        )
        .join(
            airports.select(
                fn.col("faa").alias("dest"),
                fn.col("name").alias("dest_name"),
                *[fn.col(name).alias(f"dest_{name}") for name in ("lat", "lon", "tzone")],
            ),
            "dest",
            "left",
        )
        .join(planes.select("tailnum", *[fn.col(name).alias(f"plane_{name}") for name in PLANE]), "tailnum", "left")
        .withColumn("sched_dep_at", fn.expr(SCHED_DEP_AT))
        .withColumn("dep_at", fn.expr("sched_dep_at + make_interval(0, 0, 0, 0, 0, dep_delay)"))
        .drop(*LEFT_OUT)
    )


def missing(enriched: DataFrame) -> DataFrame:
    """One row: how many flights there are, and how many refer to what each source lacks.

    A flight without tail number names no plane, so none is missing.
    """
    return enriched.agg(
        fn.count("*").alias("flights"),
        fn.count_if(fn.col("carrier_name").isNull()).alias("carrier"),
        fn.count_if(fn.col("origin_name").isNull()).alias("origin"),
        fn.count_if(fn.col("dest_name").isNull()).alias("dest"),
        fn.count_if(fn.col("plane_type").isNull() & fn.col("tailnum").isNotNull()).alias("plane"),
        fn.count_if(fn.col("visib").isNull()).alias("weather"),
    )


def main(argv: Sequence[str]) -> None:
    """Join everything and merge what changed."""
    args = lake.arguments(argv)
    spark = lake.session(args.JOB_NAME)
    names = ("flights", "weather", "airlines", "airports", "planes")
    target = lake.table(args, "integrated", "flights_enriched")
    lake.evolve(spark, target, lake.contracts(spark, args.contracts)["flights_enriched"]["table"]["columns"])
    enriched = transform(*[spark.table(lake.table(args, "intermediate", name)) for name in names])
    lake.merge(enriched, target, KEY, lake.differs(spark.table(target).columns))
    counts = missing(spark.table(target)).first().asDict()
    lake.log("INFO", "joined", flights=counts.pop("flights"))
    for reference, count in counts.items():
        if count:
            lake.log("WARNING", "missing_references", reference=reference, flights=count)


if __name__ == "__main__":
    main(sys.argv)
