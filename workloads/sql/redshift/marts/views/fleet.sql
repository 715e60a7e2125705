-- Which planes does each carrier fly, and how far? Flights whose plane is not known are left out.
CREATE MATERIALIZED VIEW marts.fleet AS
SELECT
  f.carrier,
  p.manufacturer AS plane_manufacturer,
  p.model AS plane_model,
  count(*) AS flights,
  sum(p.seats) AS seats,
  sum(f.distance) AS miles,
  sum(f.air_time) AS minutes_in_the_air
FROM star.flights AS f
JOIN star.planes AS p ON f.tailnum = p.tailnum
GROUP BY f.carrier, p.manufacturer, p.model;
