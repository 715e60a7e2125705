-- The integrated layer, seen from the warehouse through Spectrum.
CREATE EXTERNAL SCHEMA IF NOT EXISTS integrated
FROM DATA CATALOG
DATABASE '${database_prefix}_integrated'
REGION '${region}'
IAM_ROLE '${spectrum_role_arn}';
