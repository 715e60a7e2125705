-- Loads the whole star from the conformed tables: in one transaction, so that who asks meanwhile sees the star before.
-- Whole, since what was corrected or erased there must not live on here. A dollar is written twice, for Python's.
CREATE OR REPLACE PROCEDURE star.load() AS $$$$
BEGIN
  DELETE FROM star.carriers;
  INSERT INTO star.carriers (carrier, name)
  SELECT carrier, name FROM intermediate.airlines;

  DELETE FROM star.airports;
  INSERT INTO star.airports (faa, name, lat, lon, alt, tzone)
  SELECT faa, name, lat, lon, alt, tzone FROM intermediate.airports;

  DELETE FROM star.planes;
  INSERT INTO star.planes (tailnum, year, type, manufacturer, model, engines, seats, engine)
  SELECT tailnum, year, type, manufacturer, model, engines, seats, engine FROM intermediate.planes;

  DELETE FROM star.weather;
  INSERT INTO star.weather (
    origin, time_hour, year, month, day,
    temp, dewp, humid, wind_dir, wind_speed, wind_gust, precip, pressure, visib
  )
  SELECT
    origin, time_hour, year, month, day,
    temp, dewp, humid, wind_dir, wind_speed, wind_gust, precip, pressure, visib
  FROM intermediate.weather;

  DELETE FROM star.flights;
  INSERT INTO star.flights (
    time_hour, carrier, flight, flight_date, origin, dest, tailnum,
    sched_dep_time, dep_time, dep_delay, sched_arr_time, arr_time, arr_delay, air_time, distance, cancelled
  )
  SELECT
    time_hour, carrier, flight, CAST(year || '-' || month || '-' || day AS DATE), origin, dest, tailnum,
    sched_dep_time, dep_time, dep_delay, sched_arr_time, arr_time, arr_delay, air_time, distance, cancelled
  FROM intermediate.flights;

  DELETE FROM star.dates;
  INSERT INTO star.dates (flight_date, year, month, day, week, weekday)
  SELECT DISTINCT
    flight_date,
    EXTRACT(YEAR FROM flight_date),
    EXTRACT(MONTH FROM flight_date),
    EXTRACT(DAY FROM flight_date),
    EXTRACT(WEEK FROM flight_date),
    EXTRACT(DOW FROM flight_date)
  FROM star.flights;
END;
$$$$ LANGUAGE plpgsql;
