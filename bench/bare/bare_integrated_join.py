"""Five tables → one, by a single statement."""

import sys

from pyspark.sql import SparkSession

given = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=False))
lake = f"glue_catalog.{given['--database_prefix']}"
spark = SparkSession.builder.getOrCreate()
target = f"{lake}_integrated.flights_enriched"
joined = spark.sql(
    f"""
    SELECT f.*, w.temp, w.dewp, w.humid, w.wind_dir, w.wind_speed, w.wind_gust, w.precip, w.pressure, w.visib,
           l.name AS carrier_name, o.name AS origin_name, d.name AS dest_name, d.lat AS dest_lat, d.lon AS dest_lon,
           d.tzone AS dest_tzone, p.year AS plane_year, p.type AS plane_type, p.manufacturer AS plane_manufacturer,
           p.model AS plane_model, p.engines AS plane_engines, p.seats AS plane_seats,
           to_utc_timestamp(make_timestamp(f.year, f.month, f.day, f.hour, f.minute, 0), o.tzone) AS sched_dep_at,
           to_utc_timestamp(make_timestamp(f.year, f.month, f.day, f.hour, f.minute, 0), o.tzone)
               + make_interval(0, 0, 0, 0, 0, f.dep_delay) AS dep_at
    FROM {lake}_intermediate.flights f
    LEFT JOIN {lake}_intermediate.weather w ON f.origin = w.origin AND f.time_hour = w.time_hour
    LEFT JOIN {lake}_intermediate.airlines l ON f.carrier = l.carrier
    LEFT JOIN {lake}_intermediate.airports o ON f.origin = o.faa
    LEFT JOIN {lake}_intermediate.airports d ON f.dest = d.faa
    LEFT JOIN {lake}_intermediate.planes p ON f.tailnum = p.tailnum
    """
)
joined.select(spark.table(target).columns).writeTo(target).append()
