-- What were the extremes of each month's weather?
CREATE MATERIALIZED VIEW marts.weather_extremes AS
SELECT
  origin,
  year,
  month,
  count(*) AS readings,
  min(temp) AS coldest,
  max(temp) AS hottest,
  max(precip) AS wettest,
  min(visib) AS poorest_visibility
FROM star.weather
GROUP BY origin, year, month;
