-- In which weather do flights run late or not at all?
SELECT
  visibility,
  precipitation,
  wind,
  flights,
  cancelled * 1e0 / flights AS cancelled_share,
  delayed_share,
  mean_dep_delay
FROM ${database_prefix}_refined.delay_by_weather
WHERE flights >= 100
ORDER BY delayed_share DESC, visibility, precipitation, wind
