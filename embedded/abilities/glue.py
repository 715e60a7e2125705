"""Glue's jobs, catalog, workflows and data quality."""

from embedded.abilities.row import asked, does, ignores, records, refuses, seen_in

JOBS = (
    does(
        "`StartJobRun` runs the script of `ScriptLocation` in a child: `glueetl` on Spark, `pythonshell` plain",
        *seen_in("spark", "a_job_merges_files_into_an_iceberg_table_that_athena_reads"),
        but="Spark is 3.5.6, local; at most two runs of each kind at once, others wait as STARTING",
    ),
    does(
        "states, `ErrorMessage` (the exception's own line), `ExecutionTime`, `Timeout`, `MaxRetries` (run ids "
        "`..._attempt_1`), `MaxConcurrentRuns`, `BatchStopJobRun`",
        *seen_in(
            "jobs",
            "how_a_script_ends_is_how_its_run_ends",
            "a_run_past_its_timeout_is_ended",
            "a_failing_run_is_retried_under_a_new_id",
            "one_run_at_a_time_unless_the_job_allows_more",
            "a_run_can_be_stopped_while_it_works_and_while_it_waits",
        ),
    ),
    does(
        "a script, and its Python workers, see the standard library, PySpark, boto3 and `--extra-py-files`",
        *seen_in("jobs", "a_script_sees_the_standard_library_boto3_and_its_extra_files_only"),
        but="Glue's other packages (pandas, numpy, `awsglue`) are not there: `ModuleNotFoundError`",
    ),
    does(
        '`--conf "k=v --conf k2=v2"` is read as Glue reads it, `--extra-jars` are added, and the script gets the rest',
        *seen_in("jobs", "a_chain_of_conf_is_read_as_glue_reads_it", "a_script_gets_its_arguments_as_glue_passes_them"),
    ),
    does(
        "each run has its own driver process, SparkContext and settings",
        *seen_in(
            "spark",
            "the_next_run_has_a_warm_jvm_and_nothing_of_the_run_before",
            "a_stopped_run_takes_its_jvm_with_it",
        ),
        but="its JVM served the run before, if that ended by itself (see below)",
    ),
    refuses(
        "Glue versions other than 5",
        asked("job", "GlueVersion: 4.0", "has the Spark 3.5 of Glue 5 only", kind="glueetl", GlueVersion="4.0"),
    ),
    refuses(
        "streaming jobs, and Ray",
        asked(
            "job",
            "Command: gluestreaming",
            "runs glueetl and pythonshell jobs, not gluestreaming",
            kind="gluestreaming",
        ),
    ),
    refuses(
        "bookmarks",
        asked(
            "job",
            "--job-bookmark-option job-bookmark-enable",
            "The embedded cloud keeps no job bookmarks.",
            DefaultArguments={"--job-bookmark-option": "job-bookmark-enable"},
        ),
    ),
    refuses(
        "`--additional-python-modules`, `--python-modules-installer-option`, `--extra-files`",
        asked(
            "job",
            "--additional-python-modules numpy",
            "The embedded cloud does not do --additional-python-modules.",
            DefaultArguments={"--additional-python-modules": "numpy"},
        ),
        asked(
            "job",
            "--extra-files s3://b/a.txt",
            "The embedded cloud does not do --extra-files.",
            DefaultArguments={"--extra-files": "s3://b/a.txt"},
        ),
    ),
    refuses(
        "Hudi and Delta",
        asked(
            "job",
            "--datalake-formats hudi",
            "The embedded cloud has Iceberg only",
            DefaultArguments={"--datalake-formats": "hudi"},
        ),
    ),
    records("worker type and count, security configuration, connections, metrics"),
)

CATALOG = (
    does(
        "`CreateTable` with `OpenTableFormatInput` writes the first Iceberg metadata to `<location>/metadata/` and "
        "points the table at it",
        *seen_in("iceberg", "creating_an_iceberg_table_writes_its_first_metadata", "an_empty_iceberg_table_is_read"),
    ),
    does(
        "`UpdateTable` honours `VersionId`: a commit that comes second gets `ConcurrentModificationException`, and "
        "none is lost",
        *seen_in("iceberg", "concurrent_commits_do_not_lose_one_another", "an_update_of_an_old_version_is_refused"),
    ),
    refuses(
        "Iceberg v3",
        asked(
            "call",
            "glue.create_table",
            "Iceberg version 3 is not known to Glue; give 1 or 2.",
            DatabaseName="{database}",
            TableInput="{table}",
            OpenTableFormatInput={"IcebergInput": {"MetadataOperation": "CREATE", "Version": "3"}},
        ),
    ),
    refuses(
        "Iceberg tables that are partitioned from the start",
        *seen_in("iceberg", "a_table_that_can_not_be_iceberg_is_refused"),
    ),
    refuses(
        "`CreateIcebergTableInput`, `UpdateOpenTableFormatInput`",
        asked(
            "call",
            "glue.update_table",
            "The embedded cloud does not read UpdateOpenTableFormatInput.",
            DatabaseName="{database}",
            Name="t",
            TableInput="{table}",
            UpdateOpenTableFormatInput={
                "UpdateIcebergInput": {
                    "UpdateIcebergTableInput": {"Updates": [{"Schema": {"Fields": []}, "Location": "s3://b/t"}]}
                }
            },
        ),
    ),
    ignores(
        "crawlers: one that is started is `RUNNING` until it is stopped, and finds nothing",
        asked("call", "glue.start_crawler", Name="{crawler}"),
    ),
)

WORKFLOWS = (
    does(
        "a run starts what the deployed triggers say, job after job, each with `--WORKFLOW_NAME` and "
        "`--WORKFLOW_RUN_ID`",
        *seen_in("workflow_runs", "each_job_starts_when_the_one_before_succeeded_and_knows_its_run"),
        but="a trigger fires once in a run",
    ),
    does(
        "`StartWorkflowRun` starts one whose start trigger is on demand",
        *seen_in("workflow_runs", "what_glue_refuses_is_refused"),
    ),
    does(
        "a start trigger of type `EVENT`: a rule of EventBridge whose target is the workflow hands events over, those "
        "of `PutEvents` and of a bucket that tells EventBridge, in batches as the trigger says",
        *seen_in(
            "workflow_runs",
            "so_many_events_start_one_run_that_names_them",
            "fewer_events_start_a_run_when_the_window_is_over",
            "objects_that_arrive_start_a_run",
        ),
        but="a window of minutes lasts as many seconds",
    ),
    does(
        "`MaxConcurrentRuns`; events that would start more start none",
        *seen_in(
            "workflow_runs",
            "no_more_runs_go_on_than_a_workflow_may_have",
            "events_that_would_start_one_run_too_many_start_none",
        ),
    ),
    does(
        "`GetWorkflow`, `GetWorkflowRun` show graph, statistics and each job's runs; `ResumeWorkflowRun` takes a run "
        "up from the nodes that it is given; `StopWorkflowRun` stops it with its jobs",
        *seen_in(
            "workflow_runs",
            "the_graph_is_what_the_triggers_say_before_anything_ran",
            "a_failed_job_starts_nothing_that_waits_for_its_success_and_a_resumed_run_goes_on_from_there",
        ),
    ),
    does(
        "refuses what Glue refuses: a second starting trigger in a workflow, starting a trigger of an event, "
        "`StartWorkflowRun` where events start it",
        *seen_in(
            "patches_workflows",
            "a_workflow_has_one_starting_trigger",
            "a_trigger_of_an_event_is_started_by_nobody_and_one_that_waits_is_not_stopped",
        ),
        *seen_in("workflow_runs", "what_glue_refuses_is_refused"),
    ),
    refuses(
        "crawlers in a workflow: an error in the run, of which nothing else takes note",
        *seen_in("workflow_runs", "a_crawler_of_a_workflow_is_told_not_to_run"),
    ),
    records("schedules of triggers"),
    ignores(
        "triggers outside a workflow: started, they fire nothing",
        asked("call", "glue.start_trigger", Name="{trigger}"),
    ),
)

DATA_QUALITY = (
    does(
        "`StartDataQualityRulesetEvaluationRun` evaluates rulesets on a table of the catalog",
        *seen_in("data_quality", "the_score_is_the_share_of_rules_that_hold_and_each_ruleset_has_its_result"),
        but="by DuckDB",
    ),
    does(
        "`RowCount`, `IsPrimaryKey`, `IsComplete`, `Completeness`, `ColumnValues` (`in`, `not in`, `matches`, "
        "comparisons with a constant) and `ColumnLength`, each with or without `where`",
        *seen_in("data_quality", "a_rule_measures_its_rows"),
    ),
    does(
        "results, scores, measures, and the event on the bus",
        *seen_in("data_quality", "a_result_with_a_rule_that_fails_is_told_to_the_topic_of_a_rule_on_the_bus"),
    ),
    refuses(
        "any other rule: it comes out as `ERROR`, naming itself",
        asked("rule", 'Entropy "id" > 1', "does not evaluate rules of the type Entropy"),
        asked("rule", "RowCount > avg(last(10))", "does not evaluate a rule of this form"),
    ),
    refuses(
        "composite rules",
        asked("rule", '(RowCount > 1) and (IsComplete "id")', "does not evaluate rules of the type ("),
    ),
    refuses(
        "more than one `GlueTable` a run",
        asked(
            "call",
            "glue.start_data_quality_ruleset_evaluation_run",
            "The embedded cloud evaluates one GlueTable a run, and no other data source.",
            DataSource={"GlueTable": {"DatabaseName": "d", "TableName": "t"}},
            AdditionalDataSources={"other": {"GlueTable": {"DatabaseName": "d", "TableName": "u"}}},
            RulesetNames=["r"],
            Role="arn:aws:iam::123456789012:role/r",
        ),
    ),
    refuses(
        "recommendations of rules",
        asked(
            "call",
            "glue.start_data_quality_rule_recommendation_run",
            "start_data_quality_rule_recommendation_run action has not been implemented",
            DataSource={"GlueTable": {"DatabaseName": "d", "TableName": "t"}},
            Role="arn:aws:iam::123456789012:role/r",
        ),
    ),
    records("role, workers, timeout and composite options of a run"),
)
