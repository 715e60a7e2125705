-- How did each airport's day go? Sums, so that days add up to weeks and airports to the city.
CREATE MATERIALIZED VIEW marts.daily_operations AS
SELECT
  origin,
  year,
  month,
  day,
  count(*) AS flights,
  sum(CASE WHEN cancelled THEN 1 ELSE 0 END) AS cancelled,
  count(arr_delay) AS arrived,
  sum(CASE WHEN arr_delay > 15 THEN 1 ELSE 0 END) AS delayed,
  sum(dep_delay) AS departure_minutes_late,
  sum(arr_delay) AS arrival_minutes_late
FROM integrated.flights_enriched
GROUP BY origin, year, month, day;
