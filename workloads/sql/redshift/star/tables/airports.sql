-- Dimension: the airports, by their code. Some destinations are not among them, so none is a foreign key: Redshift
-- would believe it.
CREATE TABLE IF NOT EXISTS star.airports (
  faa VARCHAR(3) NOT NULL,
  name VARCHAR(400) NOT NULL,
  lat DOUBLE PRECISION NOT NULL,
  lon DOUBLE PRECISION NOT NULL,
  alt BIGINT NOT NULL,
  tzone VARCHAR(100),
  PRIMARY KEY (faa)
);
