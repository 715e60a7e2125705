-- Dimension: the local days on which flights were to leave; weeks are those of ISO 8601, and Sunday is weekday 0.
CREATE TABLE IF NOT EXISTS star.dates (
  flight_date DATE NOT NULL,
  year BIGINT NOT NULL,
  month BIGINT NOT NULL,
  day BIGINT NOT NULL,
  week BIGINT NOT NULL,
  weekday BIGINT NOT NULL,
  PRIMARY KEY (flight_date)
);
