-- Which carriers kept time over the whole year?
SELECT
  carrier,
  max(carrier_name) AS carrier_name,
  sum(flights) AS flights,
  sum(cancelled) AS cancelled,
  sum(delayed) * 1e0 / sum(arrived) AS delayed_share,
  sum(mean_arr_delay * arrived) / sum(arrived) AS mean_arr_delay
FROM ${database_prefix}_refined.punctuality_by_carrier
GROUP BY carrier
ORDER BY delayed_share, carrier
