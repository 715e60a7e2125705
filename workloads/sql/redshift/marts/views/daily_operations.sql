-- How did each airport's day go? Sums, so that days add up to weeks and airports to the city.
CREATE MATERIALIZED VIEW marts.daily_operations AS
SELECT
  f.origin,
  d.year,
  d.month,
  d.day,
  count(*) AS flights,
  sum(CASE WHEN f.cancelled THEN 1 ELSE 0 END) AS cancelled,
  count(f.arr_delay) AS arrived,
  sum(CASE WHEN f.arr_delay > 15 THEN 1 ELSE 0 END) AS delayed,
  sum(f.dep_delay) AS departure_minutes_late,
  sum(f.arr_delay) AS arrival_minutes_late
FROM star.flights AS f
JOIN star.dates AS d ON f.flight_date = d.flight_date
GROUP BY f.origin, d.year, d.month, d.day;
