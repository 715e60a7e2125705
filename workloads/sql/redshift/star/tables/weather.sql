-- Facts: the weather of each airport and hour. Year, month and day are local, time_hour is in UTC.
CREATE TABLE IF NOT EXISTS star.weather (
  origin VARCHAR(3) NOT NULL,
  time_hour TIMESTAMP NOT NULL,
  year BIGINT NOT NULL,
  month BIGINT NOT NULL,
  day BIGINT NOT NULL,
  temp DOUBLE PRECISION,
  dewp DOUBLE PRECISION,
  humid DOUBLE PRECISION,
  wind_dir BIGINT,
  wind_speed DOUBLE PRECISION,
  wind_gust DOUBLE PRECISION,
  precip DOUBLE PRECISION,
  pressure DOUBLE PRECISION,
  visib DOUBLE PRECISION,
  PRIMARY KEY (origin, time_hour)
);
