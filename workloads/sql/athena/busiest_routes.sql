-- Which routes have the most flights, and how late are they?
SELECT origin, dest, dest_name, flights, carriers, delayed_share, mean_arr_delay
FROM ${database_prefix}_refined.routes
ORDER BY flights DESC, origin, dest
LIMIT 20
