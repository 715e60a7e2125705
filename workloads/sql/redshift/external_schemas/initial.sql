-- The raw files as they came in, seen from the warehouse through Spectrum: the weather's JSON among them.
CREATE EXTERNAL SCHEMA IF NOT EXISTS initial
FROM DATA CATALOG
DATABASE '${database_prefix}_initial'
REGION '${region}'
IAM_ROLE '${spectrum_role_arn}';
