-- The marts that the warehouse keeps itself.
CREATE SCHEMA IF NOT EXISTS marts;
