-- The star schema: flights and weather, and what they refer to. Redshift chooses how to spread and sort them.
CREATE SCHEMA IF NOT EXISTS star;
