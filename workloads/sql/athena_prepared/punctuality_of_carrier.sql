-- How punctual was one carrier, month by month? EXECUTE punctuality_of_carrier USING 'UA', 2013
SELECT year, month, flights, cancelled, delayed_share, mean_arr_delay
FROM ${database_prefix}_refined.punctuality_by_carrier
WHERE carrier = ? AND year = ?
ORDER BY year, month
