-- Which planes does each carrier fly, and how far? Flights whose plane is not known are left out.
CREATE MATERIALIZED VIEW marts.fleet AS
SELECT
  carrier,
  plane_manufacturer,
  plane_model,
  count(*) AS flights,
  sum(plane_seats) AS seats,
  sum(distance) AS miles,
  sum(air_time) AS minutes_in_the_air
FROM integrated.flights_enriched
WHERE plane_type IS NOT NULL
GROUP BY carrier, plane_manufacturer, plane_model;
