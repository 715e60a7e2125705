-- Dimension: the airlines, by their code.
CREATE TABLE IF NOT EXISTS star.carriers (
  carrier VARCHAR(2) NOT NULL,
  name VARCHAR(400) NOT NULL,
  PRIMARY KEY (carrier)
);
