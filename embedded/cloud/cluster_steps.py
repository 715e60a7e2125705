"""EMR steps: `spark-submit` of a deployed script, on the Spark that runs Glue's jobs, with the cluster's own settings.

Step states and what a failure shows: https://docs.aws.amazon.com/emr/latest/APIReference/API_StepStatus.html
"""

import argparse
import gzip
import logging
import threading
import time
from types import SimpleNamespace
from typing import Any, NoReturn

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.emr.exceptions import ValidationException
from moto.emr.models import Cluster, Step
from moto.emr.responses import ElasticMapReduceResponse
from moto.s3.models import s3_backends

from embedded.cloud.jobs import JobRun, Jobs

log = logging.getLogger(__name__)

RUNNER = "command-runner.jar"
ENDED = ("TERMINATING", "TERMINATED", "TERMINATED_WITH_ERRORS")
NEW = ("STARTING", "BOOTSTRAPPING")
SECONDS_BETWEEN_LOOKS = 0.05
SPARK_OF_GLUE = "5.1"
"""The Glue version whose Spark 3.5 stands for the cluster's."""


class RefusedStepError(Exception):
    """The step asks for what this engine does not do."""


class SparkSubmit(argparse.ArgumentParser):
    """The command line of `spark-submit`, as far as it is known here."""

    def error(self, message: str) -> NoReturn:
        """Refuse all else."""
        raise RefusedStepError(f"The embedded cloud can't run this spark-submit: {message}")


class StepRun(JobRun):
    """A step's script on Spark. Its output goes where EMR puts it: below the cluster's LogUri."""

    service = "emr"

    def __init__(self, job: Any, cluster: Any, step: Any, submitted: argparse.Namespace) -> None:
        arguments = {"--conf": " --conf ".join(_settings(cluster, submitted.conf))}
        if submitted.py_files:
            arguments["--extra-py-files"] = submitted.py_files
        super().__init__(job, attempt=0, previous=None, arguments=arguments, timeout=None)
        self._cluster, self._step, self._submitted = cluster, step, submitted

    def passed(self) -> list[str]:
        """What the script is given: what follows it on the command line."""
        given: list[str] = self._submitted.given
        return given

    def announce(self, job: Any) -> None:
        """Tell nobody: no rule of ours asks for EMR's events."""

    @property
    def log_folder(self) -> str:
        """Where the step's log is."""
        return f"{(self._cluster.log_uri or '').rstrip('/')}/{self._cluster.id}/steps/{self._step.id}"

    def keep_log(self, job: Any, lines: list[str]) -> None:
        """Keep what the script said as EMR does: as stdout.gz, if the cluster has a place for logs."""
        if self._cluster.log_uri:
            bucket, _, folder = self.log_folder.split("://", 1)[-1].partition("/")
            body = gzip.compress("".join(f"{line}\n" for line in lines).encode())
            s3_backends[job.backend.account_id]["aws"].put_object(bucket, f"{folder}/stdout.gz", body)


class Steps:
    """Runs the steps of each cluster one after the other."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._lock = threading.Lock()
        self._at_work: set[str] = set()
        """The clusters whose steps a thread works off."""

    def add(self, cluster: Any, asked: list[dict[str, Any]]) -> list[Any]:
        """Queue steps. Raises ValidationException where the cluster takes none any more."""
        with self._lock:
            if getattr(cluster, "state", NEW[0]) in ENDED:
                told = "A job flow that is shutting down, terminated, or finished may not be modified."
                raise ValidationException(told)
            steps = [Step(state="PENDING", **step) for step in asked]
            cluster.steps += steps
            if steps and cluster.id not in self._at_work:
                self._at_work.add(cluster.id)
                threading.Thread(target=self._work_off, args=(cluster,), daemon=True, name=cluster.id).start()
        return steps

    def _work_off(self, cluster: Any) -> None:
        # The steps that a cluster is made with are there before its state is.
        while getattr(cluster, "state", NEW[0]) in NEW:
            time.sleep(SECONDS_BETWEEN_LOOKS)
        while True:
            with self._lock:
                step = next((each for each in cluster.steps if each.state == "PENDING"), None)
                if step is None or cluster.state in ENDED:
                    self._at_work.remove(cluster.id)
                    return
                cluster.state, step.state = "RUNNING", "RUNNING"
                step.start()
            state, failure = self._run(cluster, step)
            with self._lock:
                step.failure, step.end_date_time, step.state = failure, utcnow(), state
                cluster.state = "WAITING" if cluster.state == "RUNNING" else cluster.state
                if state == "FAILED":
                    log.warning("Step %s of %s: %s", step.name, cluster.id, failure)
                    _react(cluster, step)
                left = any(each.state == "PENDING" for each in cluster.steps)
                if not left and not cluster.keep_job_flow_alive_when_no_steps and cluster.state not in ENDED:
                    cluster.terminate()

    def _run(self, cluster: Any, step: Any) -> tuple[str, dict[str, str] | None]:
        """Run a step to its end; its state, and what failed."""
        try:
            submitted = parse(step)
        except RefusedStepError as refused:
            return "FAILED", {"Reason": "Unsupported by the embedded cloud", "Message": str(refused)}
        job = SimpleNamespace(
            name=step.name,
            command={"Name": "glueetl", "ScriptLocation": submitted.script},
            backend=cluster.emr_backend,
            glue_version=SPARK_OF_GLUE,
            max_retries=0,
        )
        run = StepRun(job, cluster, step, submitted)
        self._jobs.run(job, run)
        if run.state != "SUCCEEDED":
            reason = {"Reason": "Unknown Error.", "Message": run.error or run.state}
            return "FAILED", {**reason, "LogFile": f"{run.log_folder}/"} if cluster.log_uri else reason
        return "COMPLETED", None


def parse(step: Any) -> argparse.Namespace:
    """The step's `spark-submit`: `script`, what it is `given`, `py_files` and `conf`. Raises RefusedStepError."""
    if step.jar != RUNNER or not step.args or step.args[0] != "spark-submit":
        raise RefusedStepError(
            f"The embedded cloud runs {RUNNER} with spark-submit only, not {step.jar} {step.args[:1]}."
        )
    parser = SparkSubmit(allow_abbrev=False, add_help=False)
    parser.add_argument("--deploy-mode", choices=("client", "cluster"))
    parser.add_argument("--master", choices=("yarn",))
    parser.add_argument("--name")
    parser.add_argument("--py-files")
    parser.add_argument("--conf", action="append", default=[])
    parser.add_argument("command", nargs=argparse.REMAINDER)
    submitted = parser.parse_args([str(each) for each in step.args[1:]])
    if not submitted.command or submitted.command[0].startswith("-"):
        parser.error(f"there is no script, or an option that is unknown: {' '.join(submitted.command[:1])}")
    submitted.script, *submitted.given = submitted.command
    return submitted


def _settings(cluster: Any, own: list[str]) -> list[str]:
    """Spark's properties: the cluster's `spark-defaults`, then the step's own."""
    held: dict[str, str] = {}
    for each in cluster.configurations:
        if each["Classification"] == "spark-defaults":
            held |= each.get("Properties") or {}
    # The workers' interpreter is this machine's.
    held.pop("spark.pyspark.python", None)
    return [*(f"{key}={value}" for key, value in held.items()), *own]


def _react(cluster: Any, failed: Any) -> None:
    """Do what the failed step says is to be done: https://docs.aws.amazon.com/emr/latest/APIReference/API_StepConfig.html"""
    if failed.action_on_failure == "CONTINUE":
        return
    for step in cluster.steps:
        if step.state == "PENDING":
            step.state = "CANCELLED"
    if failed.action_on_failure in ("TERMINATE_CLUSTER", "TERMINATE_JOB_FLOW"):
        cluster.terminate()


_describe_step = ElasticMapReduceResponse.describe_step
_status = Step.status.fget


def install(jobs: Jobs) -> None:
    """Let moto's EMR run steps through `jobs`."""
    steps = Steps(jobs)

    def add_steps(self: Any, asked: list[dict[str, Any]]) -> list[Any]:
        return steps.add(self, asked)

    def status(self: Any) -> dict[str, Any]:
        shown: dict[str, Any] = _status(self)
        failure = getattr(self, "failure", None)
        return {**shown, "FailureDetails": failure} if failure else shown

    def describe_step(self: Any) -> ActionResult:
        found: ActionResult = _describe_step(self)
        if found.result["Step"] is None:
            raise ValidationException(f"Step id '{self._get_param('StepId')}' is not valid.")
        return found

    Cluster.add_steps = add_steps
    Step.status = property(status)
    ElasticMapReduceResponse.describe_step = describe_step
