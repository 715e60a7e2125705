"""EMR: clusters, and the steps that run on them."""

from embedded.abilities.row import asked, does, records, refuses, seen_in

EMR = (
    does(
        "clusters, their groups and fleets",
        *seen_in("patches", "emr_clusters_are_in_their_region_and_keep_their_policies"),
        but="they are moto's: no machine is behind them, and a cluster waits for steps at once",
    ),
    does(
        "a step of `command-runner.jar` with `spark-submit` of a Python script (`--deploy-mode`, `--master yarn`, "
        "`--name`, `--py-files`, `--conf`), with the cluster's `spark-defaults`",
        *seen_in("spark", "a_step_runs_on_the_cluster_with_its_settings_and_leaves_its_log"),
        *seen_in("cluster_steps", "a_script_gets_what_follows_it_and_the_rest_is_sparks"),
        but="on the Spark that runs Glue's jobs, one step after the other",
    ),
    does(
        "states, `FailureDetails`, `ActionOnFailure`, the log below `LogUri`",
        *seen_in(
            "cluster_steps",
            "a_step_that_fails_says_why_and_the_cluster_goes_on",
            "a_failed_step_does_to_those_behind_it_what_it_says",
        ),
    ),
    refuses(
        "any other step",
        asked("step", "command-runner.jar hive-script", "runs command-runner.jar with spark-submit only, not"),
        asked("step", "s3://b/own.jar", "runs command-runner.jar with spark-submit only, not s3://b/own.jar"),
    ),
    refuses(
        "other options of `spark-submit`, and jars as programs",
        asked("step", "command-runner.jar spark-submit --class org.Main s3://b/a.jar", "can't run this spark-submit"),
    ),
    refuses(
        "notebooks, Studio, `CancelSteps`",
        asked(
            "call",
            "emr.cancel_steps",
            "cancel_steps action has not been implemented",
            ClusterId="j-1",
            StepIds=["s-1"],
        ),
    ),
    records("step concurrency, bootstrap actions, scaling, idle time-outs, security configurations"),
)
