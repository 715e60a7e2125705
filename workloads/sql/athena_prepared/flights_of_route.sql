-- Which flights of a day went from one airport to another? EXECUTE flights_of_route USING 'JFK', 'LAX', 2013, 7, 4
SELECT time_hour, carrier, flight, carrier_name, cancelled, dep_delay, arr_delay, plane_type, visib, precip
FROM ${database_prefix}_integrated.flights_enriched
WHERE origin = ? AND dest = ? AND year = ? AND month = ? AND day = ?
ORDER BY time_hour, carrier, flight
