-- The conformed tables, seen from the warehouse through Spectrum: what its own are loaded from.
CREATE EXTERNAL SCHEMA IF NOT EXISTS intermediate
FROM DATA CATALOG
DATABASE '${database_prefix}_intermediate'
REGION '${region}'
IAM_ROLE '${spectrum_role_arn}';
