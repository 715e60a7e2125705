"""Redshift: what the statements of its Data API do."""

from embedded.abilities.row import asked, does, records, refuses, seen_in

REDSHIFT = (
    does(
        "`CREATE EXTERNAL SCHEMA ... FROM DATA CATALOG`; its role must be attached to the cluster",
        *seen_in("warehouse", "a_query_reads_the_lake_through_an_external_schema"),
        asked(
            "redshift",
            "CREATE EXTERNAL SCHEMA s FROM DATA CATALOG DATABASE 'd' IAM_ROLE 'arn:aws:iam::123456789012:role/other'",
            "ERROR: The IAM role arn:aws:iam::123456789012:role/other is not attached",
        ),
    ),
    does(
        "`CREATE SCHEMA`, `DROP SCHEMA`; `public` is there; one that holds tables or views goes only with `CASCADE`",
        *seen_in("warehouse", "a_materialized_view_answers_queries_as_the_lake_stands"),
    ),
    does(
        "`CREATE TABLE` and `DROP TABLE`: types, `NOT NULL`, a `VARCHAR`'s length in bytes; `PRIMARY KEY`, "
        "`DISTSTYLE`, `DISTKEY`, `SORTKEY` after the columns and a column's `ENCODE` are hints; one that views are "
        "over goes only with `CASCADE`",
        asked(
            "redshift",
            "CREATE TABLE hints (a int ENCODE zstd, b int, PRIMARY KEY (a)) DISTSTYLE KEY DISTKEY (a) SORTKEY (b)",
        ),
        *seen_in("warehouse", "a_table_goes_only_with_the_views_over_it"),
        *seen_in("warehouse_statements", "a_table_is_made_anew_with_the_views_over_it"),
    ),
    does(
        "`INSERT INTO ... SELECT`, `DELETE FROM ... WHERE`; who changes rows waits for others who do",
        *seen_in(
            "warehouse",
            "a_procedure_loads_a_table_from_the_lake_and_a_view_joins_both",
            "statements_at_the_same_time_wait_for_one_another",
        ),
    ),
    does(
        "`CREATE`, `REFRESH`, `DROP MATERIALIZED VIEW`; one that can't be read is neither made nor refreshed",
        *seen_in("warehouse", "a_materialized_view_answers_queries_as_the_lake_stands"),
        but="kept as its query, which runs whenever the view is read: as if just refreshed",
    ),
    does(
        "`CREATE ROLE`, `CREATE`, `ALTER`, `DROP USER`, `GRANT`",
        *seen_in("warehouse", "roles_and_grants_are_kept_and_listed"),
        but="kept and listed, and nobody is refused anything by them; passwords are not kept",
    ),
    does(
        "`CREATE OR REPLACE PROCEDURE` without parameters, `CALL`: of `INSERT` and `DELETE`, which take effect "
        "together or not at all; or of the one form that makes a role unless it is there",
        *seen_in(
            "warehouse",
            "a_procedure_that_fails_half_way_leaves_the_table_as_it_was",
            "roles_and_grants_are_kept_and_listed",
        ),
    ),
    does(
        "queries over external schemas, tables and views, with named parameters; `svv_roles`, `svv_user_info`, "
        "`svv_user_grants`, `svv_relation_privileges`, `svv_schema_privileges`",
        *seen_in(
            "warehouse", "a_query_reads_the_lake_through_an_external_schema", "roles_and_grants_are_kept_and_listed"
        ),
        but="in DuckDB",
    ),
    refuses(
        "`COPY`, `UNLOAD`",
        asked("redshift", "COPY t FROM 's3://a'", "ERROR: the embedded cloud does not run COPY T on Redshift."),
        asked("redshift", "UNLOAD ('SELECT 1') TO 's3://a'", "does not run UNLOAD ('SELECT on Redshift."),
    ),
    refuses(
        "`CREATE TABLE AS`, `CREATE VIEW`, `ALTER TABLE`, `IDENTITY`, default values, temporary tables",
        asked("redshift", "CREATE TABLE t AS SELECT 1 AS a", "does not run CREATE TABLE on Redshift."),
        asked("redshift", "CREATE VIEW v AS SELECT 1 AS a", "does not run CREATE VIEW on Redshift."),
        asked("redshift", "ALTER TABLE t ADD COLUMN b int", "does not run ALTER TABLE on Redshift."),
        asked("redshift", "CREATE TABLE t (a int identity(0, 1))", "does not know IDENTITY(0, 1) in CREATE TABLE."),
        asked("redshift", "CREATE TABLE t (a int DEFAULT 1)", "does not know DEFAULT 1 in CREATE TABLE."),
        asked("redshift", "CREATE TEMP TABLE t (a int)", "does not know TEMPORARY in CREATE TABLE."),
    ),
    refuses(
        "keys, `DISTKEY` and `SORTKEY` said of a column; `UNIQUE` and `FOREIGN KEY`",
        asked("redshift", "CREATE TABLE t (a int PRIMARY KEY)", "does not know PRIMARY KEY in CREATE TABLE."),
        asked("redshift", "CREATE TABLE t (a int DISTKEY)", "or a form that the embedded cloud does not read"),
        asked("redshift", "CREATE TABLE t (a int, UNIQUE (a))", "does not know UNIQUE (a) in CREATE TABLE."),
        asked(
            "redshift",
            "CREATE TABLE t (a int, FOREIGN KEY (a) REFERENCES u (a))",
            "does not know FOREIGN KEY (a) REFERENCES u (a) in CREATE TABLE.",
        ),
    ),
    refuses(
        "`INSERT` of anything but one `SELECT` (`VALUES`, `UNION`), `SELECT ... INTO`, `TRUNCATE`, `DELETE ... USING`, "
        "several statements in one",
        asked("redshift", "INSERT INTO t SELECT 1 UNION ALL SELECT 2", "does not run INSERT INTO on Redshift."),
        *seen_in("warehouse", "what_is_not_done_fails_by_name"),
    ),
    refuses(
        "`UPDATE`, `MERGE`, `VACUUM`, `ANALYZE`",
        asked("redshift", "UPDATE t SET a = 1", "does not run UPDATE T on Redshift."),
        asked(
            "redshift",
            "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (u.a)",
            "does not run MERGE INTO on Redshift.",
        ),
        asked("redshift", "VACUUM t", "does not run VACUUM T on Redshift."),
        asked("redshift", "ANALYZE t", "does not run ANALYZE T on Redshift."),
    ),
    refuses(
        "other forms of `GRANT` and `CREATE USER`, and `REVOKE`",
        asked(
            "redshift",
            "GRANT SELECT ON ALL TABLES IN SCHEMA s TO ROLE r",
            "does not run GRANT SELECT on Redshift.",
        ),
        asked("redshift", "REVOKE SELECT ON v FROM ROLE r", "does not run REVOKE SELECT on Redshift."),
    ),
    refuses(
        "functions, groups, databases, and any other statement",
        asked("redshift", "CREATE GROUP g", "does not run CREATE GROUP on Redshift."),
        asked("redshift", "EXPLAIN SELECT 1", "does not run EXPLAIN SELECT on Redshift."),
    ),
    refuses(
        "other system views, `pg_` tables among them",
        asked("redshift", "SELECT * FROM svv_tables", 'ERROR: relation "svv_tables" does not exist'),
    ),
    refuses(
        "procedures with parameters, and of other statements",
        asked(
            "redshift",
            "CREATE OR REPLACE PROCEDURE p(a int) AS $$ BEGIN DELETE FROM t; END; $$ LANGUAGE plpgsql",
            "does not run CREATE OR on Redshift.",
        ),
        *seen_in("warehouse", "a_procedure_of_another_kind_is_refused_by_name"),
    ),
    refuses(
        "`BatchExecuteStatement`, and what lists a database's insides (`ListTables`, `DescribeTable` and their kin)",
        asked(
            "call",
            "redshift-data.list_tables",
            "list_tables action has not been implemented",
            ClusterIdentifier="c",
            Database="dev",
        ),
    ),
    records(
        "snapshot schedules, usage limits, event subscriptions and scheduled actions, by the state of Pulumi alone"
    ),
)
