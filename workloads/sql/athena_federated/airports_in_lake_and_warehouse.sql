-- Do the days of each airport, which the warehouse keeps, add up to its routes, which the lake keeps?
WITH days AS (
  SELECT origin, count(*) AS days, sum(flights) AS flights, sum(delayed) * 1e0 / sum(arrived) AS delayed_share
  FROM "${warehouse_catalog}"."marts"."daily_operations"
  GROUP BY origin
), routes AS (
  SELECT origin, max(origin_name) AS origin_name, count(*) AS routes, sum(flights) AS flights
  FROM "awsdatacatalog"."${database_prefix}_refined"."routes"
  GROUP BY origin
)
SELECT origin, origin_name, days, routes, delayed_share, days.flights, days.flights = routes.flights AS agree
FROM days JOIN routes USING (origin)
ORDER BY origin
