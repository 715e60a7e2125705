-- Facts: the flights. Times of day are local, as HHMM; time_hour is in UTC, and leads to the weather of the origin.
CREATE TABLE IF NOT EXISTS star.flights (
  time_hour TIMESTAMP NOT NULL,
  carrier VARCHAR(2) NOT NULL,
  flight BIGINT NOT NULL,
  flight_date DATE NOT NULL,
  origin VARCHAR(3) NOT NULL,
  dest VARCHAR(3) NOT NULL,
  tailnum VARCHAR(6),
  sched_dep_time BIGINT NOT NULL,
  dep_time BIGINT,
  dep_delay BIGINT,
  sched_arr_time BIGINT NOT NULL,
  arr_time BIGINT,
  arr_delay BIGINT,
  air_time BIGINT,
  distance BIGINT NOT NULL,
  cancelled BOOLEAN NOT NULL,
  PRIMARY KEY (time_hour, carrier, flight)
);
