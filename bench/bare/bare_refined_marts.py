"""One table → three marts, and airports as they are: one statement each."""

import sys

from pyspark.sql import SparkSession

MEASURES = """
    count(*) AS flights, count_if(cancelled) AS cancelled, count(arr_delay) AS arrived,
    count_if(arr_delay > 15) AS delayed, count_if(arr_delay > 15) / count(arr_delay) AS delayed_share
"""
given = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=False))
lake = f"glue_catalog.{given['--database_prefix']}"
enriched = f"{lake}_integrated.flights_enriched"
spark = SparkSession.builder.getOrCreate()
marts = {
    "punctuality_by_carrier": f"""
        SELECT carrier, max(carrier_name) AS carrier_name, year, month, {MEASURES}, avg(arr_delay) AS mean_arr_delay
        FROM {enriched} GROUP BY carrier, year, month""",
    "delay_by_weather": f"""
        SELECT visibility, precipitation, wind, {MEASURES}, avg(dep_delay) AS mean_dep_delay,
               avg(arr_delay) AS mean_arr_delay
        FROM (SELECT *,
                CASE WHEN visib IS NULL THEN 'unknown' WHEN visib < 1 THEN 'under 1 mile' WHEN visib < 5 THEN
                     '1 to 5 miles' WHEN visib < 10 THEN '5 to 10 miles' ELSE '10 miles' END AS visibility,
                CASE WHEN precip IS NULL THEN 'unknown' WHEN precip = 0 THEN 'none' WHEN precip < 0.1 THEN 'light'
                     ELSE 'heavy' END AS precipitation,
                CASE WHEN wind_speed IS NULL OR wind_speed > 200 THEN 'unknown' WHEN wind_speed < 10 THEN 'calm'
                     WHEN wind_speed < 20 THEN 'breeze' ELSE 'strong' END AS wind
              FROM {enriched})
        GROUP BY visibility, precipitation, wind""",
    "routes": f"""
        SELECT origin, dest, max(origin_name) AS origin_name, max(dest_name) AS dest_name,
               count(DISTINCT carrier) AS carriers, avg(distance) AS mean_distance, {MEASURES},
               avg(arr_delay) AS mean_arr_delay, avg(air_time) AS mean_air_time
        FROM {enriched} GROUP BY origin, dest""",
    "published_airports": f"SELECT * FROM {lake}_intermediate.airports",
}
for name, statement in marts.items():
    target = f"{lake}_refined.{name}"
    spark.sql(statement).select(spark.table(target).columns).coalesce(1).writeTo(target).overwritePartitions()
