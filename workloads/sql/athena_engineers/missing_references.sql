-- How many flights refer to what each source lacks?
SELECT
  count(*) AS flights,
  count_if(carrier_name IS NULL) AS carrier,
  count_if(dest_name IS NULL) AS dest,
  count_if(plane_type IS NULL AND tailnum IS NOT NULL) AS plane,
  count_if(visib IS NULL) AS weather
FROM ${database_prefix}_integrated.flights_enriched
