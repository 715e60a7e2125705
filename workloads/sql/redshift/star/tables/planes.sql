-- Dimension: the planes, by their tail number. Some that fly are not among them.
CREATE TABLE IF NOT EXISTS star.planes (
  tailnum VARCHAR(6) NOT NULL,
  year BIGINT,
  type VARCHAR(30) NOT NULL,
  manufacturer VARCHAR(240) NOT NULL,
  model VARCHAR(160) NOT NULL,
  engines BIGINT NOT NULL,
  seats BIGINT NOT NULL,
  engine VARCHAR(160) NOT NULL,
  PRIMARY KEY (tailnum)
);
