"""Glue job (Python shell): run a script of the code bucket as a step of the EMR cluster, and end as the step ends.

A cluster that ended because it idled, as a small stack's does, is no failure: the Glue job `--otherwise`, which runs
the same script, does the work then. Python 3.9 and boto3 alone are there:
https://docs.aws.amazon.com/glue/latest/dg/add-job-python.html
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import boto3

ENDED = ("TERMINATING", "TERMINATED", "TERMINATED_WITH_ERRORS")
UNDER_WAY = ("PENDING", "RUNNING", "CANCEL_PENDING", "STARTING", "STOPPING", "WAITING")
SECONDS_BETWEEN_LOOKS = 5.0
PASSED_ON = ("database_prefix", "landing_bucket", "initial_bucket", "contracts")
"""The arguments that every Spark script gets, from whoever runs it."""


class StepError(Exception):
    """The work was not done; the text says why, as EMR or Glue tells it."""


def run(emr: Any, glue: Any, args: argparse.Namespace, wait: Callable[[float], None] = time.sleep) -> None:
    """Do the work on the cluster if it is there, else by the Glue job. Raises StepError."""
    state = emr.describe_cluster(ClusterId=args.cluster_id)["Cluster"]["Status"]["State"]
    if state in ENDED:
        log("WARNING", "cluster_ended", cluster=args.cluster_id, state=state, instead=args.otherwise)
        by_job(glue, args.otherwise, wait)
    else:
        by_step(emr, args, wait)


def by_step(emr: Any, args: argparse.Namespace, wait: Callable[[float], None]) -> None:
    """Submit the step and see it end well. Raises StepError with the step's reason."""
    # CONTINUE: the cluster is there for others too, whatever becomes of this step.
    step = {"Name": args.JOB_NAME, "ActionOnFailure": "CONTINUE", "HadoopJarStep": jar_step(args)}
    step_id = emr.add_job_flow_steps(JobFlowId=args.cluster_id, Steps=[step])["StepIds"][0]
    log("INFO", "step_submitted", cluster=args.cluster_id, step=step_id)
    while True:
        status = emr.describe_step(ClusterId=args.cluster_id, StepId=step_id)["Step"]["Status"]
        if status["State"] not in UNDER_WAY:
            break
        wait(SECONDS_BETWEEN_LOOKS)
    if status["State"] != "COMPLETED":
        raise StepError(f"Step {step_id} of cluster {args.cluster_id} is {status['State']}: {reason(status)}")
    log("INFO", "step_completed", step=step_id)


def by_job(glue: Any, name: str, wait: Callable[[float], None]) -> None:
    """Run the Glue job and see it end well. Raises StepError with the run's error."""
    run_id = glue.start_job_run(JobName=name)["JobRunId"]
    while True:
        found = glue.get_job_run(JobName=name, RunId=run_id)["JobRun"]
        if found["JobRunState"] not in UNDER_WAY:
            break
        wait(SECONDS_BETWEEN_LOOKS)
    if found["JobRunState"] != "SUCCEEDED":
        told = found.get("ErrorMessage", "no reason was given")
        raise StepError(f"Run {run_id} of {name} is {found['JobRunState']}: {told}")
    log("INFO", "job_succeeded", job=name, run=run_id)


def jar_step(args: argparse.Namespace) -> dict[str, Any]:
    """The step: spark-submit, with the driver on the cluster's nodes too."""
    passed = [part for name in PASSED_ON for part in (f"--{name}", getattr(args, name))]
    submit = ["spark-submit", "--deploy-mode", "cluster", "--py-files", args.libraries, args.script]
    return {"Jar": "command-runner.jar", "Args": [*submit, "--JOB_NAME", args.JOB_NAME, *passed]}


def reason(status: dict[str, Any]) -> str:
    """Why a step failed, of all that EMR tells: reason, message and where the log is."""
    details = status.get("FailureDetails", {})
    told = [details.get(each) for each in ("Reason", "Message", "LogFile")]
    told.append(status.get("StateChangeReason", {}).get("Message"))
    return "; ".join(each for each in told if each) or "no reason was given"


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments, as Glue passes them: `--name value`. Glue adds more for itself; those are ignored."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("JOB_NAME", "cluster_id", "script", "libraries", "otherwise", *PASSED_ON):
        parser.add_argument(f"--{name}", required=True)
    return parser.parse_known_args(argv[1:])[0]


def log(level: str, event: str, **details: Any) -> None:
    """One line of JSON on stdout, which Glue hands on to CloudWatch Logs."""
    print(json.dumps({"level": level, "event": event, **details}, default=str), flush=True)


if __name__ == "__main__":
    run(boto3.client("emr"), boto3.client("glue"), arguments(sys.argv))
