"""Athena, and Lake Formation, which decides what of the lake its callers see."""

from embedded.abilities.row import asked, does, ignores, refuses, seen_in

ATHENA = (
    does(
        "`StartQueryExecution` runs a query over the catalog's own tables, carried from Athena's dialect to DuckDB by "
        "sqlglot",
        *seen_in("athena", "tables_of_all_kinds_join"),
        asked("athena", "SELECT carrier, count(*) FROM flights GROUP BY 1"),
    ),
    does(
        "dividing an integer or a decimal by zero fails",
        asked("athena", "SELECT 1 / 0", "INVALID_CAST_ARGUMENT: "),
        asked("athena", "SELECT 5 % 0", "GENERIC_USER_ERROR: Invalid Input Error: Division by zero"),
        but="under other names than Athena's `DIVISION_BY_ZERO`",
    ),
    does(
        "Iceberg v1 and v2 with position deletes; columns and files that a query does not need are not read",
        *seen_in(
            "iceberg",
            "what_a_client_commits_athena_reads_with_only_the_columns_it_needs",
            "deleted_rows_are_gone_and_new_columns_are_there",
        ),
    ),
    does(
        "external tables over CSV (OpenCSVSerDe: all strings; LazySimpleSerDe), JSON, Parquet, with partitions "
        "registered in the catalog",
        *seen_in(
            "athena",
            "csv_is_all_strings_and_spoiled_lines_do_not_stop_it",
            "json_has_the_tables_types",
            "partitions_are_read_from_the_catalog",
        ),
    ),
    does(
        "workgroups (state, enforced output, scan limit), `ExecutionParameters`, `ClientRequestToken`, "
        "`StopQueryExecution`, paging",
        *seen_in(
            "athena",
            "a_workgroup_that_is_disabled_or_unknown_or_without_output_refuses_the_call",
            "a_scan_past_the_workgroups_limit_is_cancelled",
            "parameters_are_literals",
            "a_repeated_request_token_runs_the_query_once",
            "a_query_can_be_stopped",
            "results_come_in_pages_with_the_header_once",
        ),
    ),
    does(
        "types and text of values; results as `<id>.csv`; `DataScannedInBytes` is what was read",
        *seen_in(
            "athena",
            "columns_have_athenas_types",
            "results_are_written_as_csv_where_the_workgroup_says",
            "an_execution_tells_what_it_scanned_and_how_long",
        ),
        but="without the `.metadata` file",
    ),
    does(
        "decimals divide as in Trino: `100.0 * 3 / 7` is `42.9`",
        *seen_in("athena", "decimals_divide_as_trino_divides_them"),
    ),
    does(
        "refuses what Athena refuses and DuckDB would let pass: a string compared or reckoned with a number or a date, "
        "a string parameter without its single quotes",
        asked(
            "athena",
            "SELECT * FROM flights WHERE month = 2",
            "TYPE_MISMATCH: Cannot apply operator EQ to varchar, integer",
        ),
    ),
    refuses(
        "DDL, `CTAS`, views",
        asked(
            "athena", "CREATE TABLE t AS SELECT 1", "NOT_SUPPORTED: the embedded cloud runs queries, not CREATE TABLE"
        ),
        asked("athena", "CREATE VIEW v AS SELECT 1 AS a", "runs queries, not CREATE VIEW"),
        asked("athena", "SHOW TABLES", "runs queries, not SHOW TABLES"),
        asked("athena", "MSCK REPAIR TABLE flights", "runs queries, not MSCK REPAIR"),
    ),
    refuses(
        "`INSERT`, `MERGE`, `UPDATE`, `DELETE`, `UNLOAD`",
        asked("athena", "INSERT INTO flights VALUES ('1')", "runs queries, not INSERT INTO"),
        asked(
            "athena",
            "MERGE INTO flights f USING weather w ON f.dest = w.origin WHEN MATCHED THEN DELETE",
            "runs queries, not MERGE INTO",
        ),
        asked("athena", "DELETE FROM flights", "runs queries, not DELETE FROM"),
        asked("athena", "UPDATE flights SET dest = 'x'", "runs queries, not UPDATE FLIGHTS"),
        asked("athena", "UNLOAD (SELECT 1) TO 's3://x/'", "runs queries, not UNLOAD"),
    ),
    refuses(
        "`OPTIMIZE`, `VACUUM`, `EXPLAIN`",
        asked("athena", "OPTIMIZE flights REWRITE DATA USING BIN_PACK", "runs queries, not OPTIMIZE"),
        asked("athena", "VACUUM flights", "runs queries, not VACUUM"),
        asked("athena", "EXPLAIN SELECT 1", "runs queries, not EXPLAIN"),
    ),
    refuses(
        "time travel, metadata tables, `information_schema`",
        asked("athena", "SELECT * FROM flights FOR TIMESTAMP AS OF current_timestamp", "does no time travel"),
        asked("athena", 'SELECT * FROM "flights$files"', "has no metadata table"),
        asked("athena", "SELECT * FROM information_schema.tables", "has no information_schema"),
    ),
    refuses(
        "prepared statements by name: they are kept, and not run",
        asked("athena", "EXECUTE mine USING 1", "runs queries, not EXECUTE MINE"),
    ),
    refuses(
        "reading views of the catalog, partition projection, other SerDes",
        asked("athena", "SELECT * FROM a_view", "a_view is a view, and views are not read here"),
        asked("athena", "SELECT * FROM projected", "has partition projection, which is not done here"),
        asked("athena", "SELECT * FROM strange", "is stored with org.example.UnheardOfSerDe, which is not read here"),
    ),
    refuses(
        "other catalogs",
        asked("athena", "SELECT * FROM hive.db.flights", "CATALOG_NOT_FOUND: Catalog 'hive' does not exist"),
    ),
    refuses(
        "notebooks, sessions, `GetTableMetadata`",
        asked(
            "call",
            "athena.get_table_metadata",
            "get_table_metadata action has not been implemented",
            CatalogName="AwsDataCatalog",
            DatabaseName="d",
            TableName="t",
        ),
    ),
    ignores(
        "`ListDatabases`: it shows moto's `default`, not the catalog's databases; ask Glue",
        asked("call", "athena.list_databases", CatalogName="AwsDataCatalog"),
    ),
)

LAKE_FORMATION = (
    does(
        "grants on a table, on all of a database, on columns by name or all but some; to the principal, "
        "`IAM_ALLOWED_PRINCIPALS` or all principals of the account",
        *seen_in(
            "lake_grants",
            "a_grant_on_a_table_shows_all_of_it",
            "columns_are_granted_by_name_or_all_but_some",
            "what_is_granted_to_everybody_is_granted_to_each",
            "describe_shows_that_a_table_is_there_and_none_of_it",
        ),
        but="`SELECT` and `ALL` show; any other permission, and being a data lake administrator, lets describe and "
        "shows nothing",
    ),
    does(
        "tags on databases, tables and columns, inherited and overridden; grants by an expression of them",
        *seen_in("lake_grants", "tags_are_inherited_and_overridden"),
        *seen_in("lake_enforced", "tags_open_tables_and_close_columns"),
    ),
    does(
        "filters of cells (`CreateDataCellsFilter` and its kin): columns, and a row condition of AWS's subset of "
        "PartiQL over whole columns; a cell that is hidden in a row that is seen is null",
        *seen_in("lake_enforced", "rows_are_those_of_the_filter", "filters_add_up_and_a_hidden_cell_is_null"),
    ),
    does(
        "all of these add up: a grant on the whole table undoes a filter on it",
        *seen_in("lake_enforced", "a_grant_on_the_whole_table_undoes_the_filter"),
    ),
    does(
        "a new table is open to whom `CreateTableDefaultPermissions` names at that moment, and to who made it",
        *seen_in("lake_enforced", "a_new_table_is_open_to_whom_the_settings_say_and_to_its_maker"),
    ),
    does(
        "fails a query without any grant (`Principal does not have any privilege on specified resource`), with "
        "`DESCRIBE` alone (`Relation contains no accessible columns`, `count(*)` too), or of a column that isn't "
        "granted (can't be resolved)",
        *seen_in(
            "lake_enforced",
            "a_role_to_which_nothing_is_granted_is_told_so",
            "describe_alone_reads_no_column",
            "columns_that_are_not_granted_are_not_there",
        ),
    ),
    does(
        "a row condition that does not fit its table is `INVALID_ROW_FILTER`",
        *seen_in("row_filters", "a_condition_that_does_not_fit_the_table_fails_the_query"),
    ),
    refuses(
        "hybrid access mode: nobody can opt in",
        asked(
            "call",
            "lakeformation.create_lake_formation_opt_in",
            "CreateLakeFormationOptIn of lakeformation has not been implemented",
            Principal={"DataLakePrincipalIdentifier": "arn:aws:iam::123456789012:role/r"},
            Resource={"Catalog": {}},
        ),
    ),
    refuses(
        "credentials for tables, transactions",
        asked(
            "call",
            "lakeformation.start_transaction",
            "StartTransaction of lakeformation has not been implemented",
        ),
    ),
    ignores("permissions on databases, conditions on grants, other accounts' grants"),
    ignores("IAM's `athena:`, `glue:` and `lakeformation:` actions"),
    ignores("Glue's own catalog calls, which show every column"),
    ignores("**Redshift Spectrum and Glue jobs: they read as the deployer**, who sees everything"),
)
