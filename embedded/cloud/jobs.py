"""Glue StartJobRun: runs the deployed script on local Spark in a child, and tells how it really went."""

import json
import logging
import shutil
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import unix_time_millis, utcnow
from moto.glue.models import FakeJob, FakeJobRun
from moto.glue.responses import GlueResponse
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends

from embedded.cloud import bus
from embedded.cloud.children import Child
from embedded.cloud.spark import Spark, SparkMissingError, parse_conf
from embedded.cloud.spark_jvm import JvmError, JvmPool, SparkJvm

log = logging.getLogger(__name__)

DRIVER = Path(__file__).parent / "inside" / "job.py"
AT_ONCE = 2
SEVERITIES = {"SUCCEEDED": "INFO", "FAILED": "ERROR", "STOPPED": "WARN", "TIMEOUT": "WARN"}
FINAL = tuple(SEVERITIES)
# What Glue itself reads of a job's arguments; the rest is the script's.
GLUES_OWN = (
    "--conf",
    "--extra-py-files",
    "--extra-jars",
    "--extra-files",
    "--job-language",
    "--job-bookmark-option",
    "--datalake-formats",
    "--scriptLocation",
    "--continuous-log-logGroup",
    "--spark-event-logs-path",
    "--user-jars-first",
)
UNSUPPORTED = ("--additional-python-modules", "--python-modules-installer-option", "--extra-files")


class RefusedJobError(Exception):
    """The job asks for what this engine does not do."""


class JobRun(FakeJobRun):  # type: ignore[misc]
    """A run whose state is what happened, not what moto's transitions say."""

    service = "glue"

    def __init__(self, job: Any, *, attempt: int, previous: "JobRun | None", **options: Any) -> None:
        super().__init__(job_name=job.name, **options)
        self.job_run_id: str
        self.previous_run_id: str | None
        self.state = "STARTING"
        self.attempt = attempt
        self.error: str | None = None
        self.glue_version = job.glue_version or "5.1"
        self.stop_asked = threading.Event()
        self.child: Child | None = None
        self.jvm: SparkJvm | None = None
        self.running_since: float | None = None
        self.execution_seconds = 0
        if previous:
            self.previous_run_id = previous.job_run_id
            self.job_run_id = f"{previous.job_run_id.split('_attempt_')[0]}_attempt_{attempt}"

    @property
    def status(self) -> str:
        """The state now."""
        return self.state

    def advance(self) -> None:
        """Do nothing: asking does not change a run."""

    def passed(self) -> list[str]:
        """What the script is given."""
        return script_arguments(self.job_name, self.job_run_id, self.arguments or {})

    def keep_log(self, job: Any, lines: list[str]) -> None:
        """Keep what the script said where Glue does: in CloudWatch Logs."""
        backend = logs_backends[job.backend.account_id][job.backend.region_name]
        group = "/aws-glue/jobs/output"
        backend.ensure_log_group(group)
        backend.create_log_stream(group, self.job_run_id)
        now = unix_time_millis()
        events = [{"timestamp": now, "message": line} for line in lines if line]
        if events:
            backend.put_log_events(group, self.job_run_id, events)

    def enter(self, state: str, error: str | None = None) -> None:
        """Take on a new state."""
        self.state = state
        self.error = error
        self.modified_on = utcnow()
        if state == "RUNNING":
            self.running_since = time.monotonic()
        if state in FINAL:
            self.completed_on = utcnow()
            if self.running_since is not None:
                self.execution_seconds = round(time.monotonic() - self.running_since)

    def announce(self, job: Any) -> None:
        """Tell the bus how it ended: https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-glue.html"""
        detail = {
            "jobName": self.job_name,
            "severity": SEVERITIES[self.state],
            "state": self.state,
            "jobRunId": self.job_run_id,
            "message": self.error or f"Job run {self.state.lower()}",
        }
        bus.put(job.backend.account_id, job.backend.region_name, "aws.glue", "Glue Job State Change", detail)

    def as_dict(self) -> dict[str, Any]:
        """The run as GetJobRun shows it."""
        shown: dict[str, Any] = super().as_dict()
        shown |= {
            "Attempt": self.attempt,
            "ExecutionTime": self.execution_seconds,
            "LogGroupName": "/aws-glue/jobs",
            "GlueVersion": self.glue_version,
        }
        if self.state not in FINAL:
            del shown["CompletedOn"]
        if self.error:
            shown["ErrorMessage"] = self.error
        return shown


class Jobs:
    """Runs jobs, at most two on Spark and two Python shells at once."""

    def __init__(self, *, endpoint: str, work: Path) -> None:
        self._work = work
        self._spark = Spark(endpoint, work / "runtime" / "glue")
        self._jvms = JvmPool(work / "jobs")
        self._prepared = False
        self._lock = threading.Lock()
        # Apart, since a Python shell may wait for what runs on Spark.
        self._slots = {shell: threading.Semaphore(AT_ONCE) for shell in (False, True)}

    def submit(self, job: Any, run: JobRun, retry: Callable[[JobRun], None]) -> None:
        """Run in the background; `retry` is called with a failed run."""

        def work() -> None:
            self.run(job, run)
            if run.state == "FAILED":
                retry(run)

        threading.Thread(target=work, daemon=True, name=run.job_run_id[:16]).start()

    def stop(self, run: JobRun) -> None:
        """Stop a run, whether it waits or works."""
        run.stop_asked.set()
        run.enter("STOPPING")
        for child in (run.child, run.jvm):
            if child:
                child.end()

    def run(self, job: Any, run: JobRun) -> None:
        """Run to the end, which `run` then tells, once there is room for it."""
        with self._slots[job.command.get("Name") == "pythonshell"]:
            if run.stop_asked.is_set():
                run.enter("STOPPED")
                run.announce(job)
                return
            folder = self._work / "jobs" / run.job_run_id
            folder.mkdir(parents=True)
            try:
                run.enter("RUNNING")
                state, error = self._execute(job, run, folder)
            except (RefusedJobError, SparkMissingError, JvmError) as problem:
                state, error = "FAILED", str(problem)
            except Exception as problem:
                log.exception("Run %s could not be started", run.job_run_id)
                state, error = "FAILED", f"The embedded cloud failed: {type(problem).__name__}: {problem}"
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        if state == "FAILED":
            log.warning("%s %s: %s", job.name, run.job_run_id, error)
        run.enter(state, error)
        run.announce(job)

    def _execute(self, job: Any, run: JobRun, folder: Path) -> tuple[str, str | None]:
        _check(job, run)
        with self._lock:
            if not self._prepared:
                self._spark.prepare()
                self._prepared = True
        arguments: dict[str, str] = run.arguments or {}
        script = _fetch(job, job.command["ScriptLocation"], folder)
        files = [_fetch(job, uri, folder / "py") for uri in _listed(arguments.get("--extra-py-files"))]
        python_path = [str(file) if file.suffix in (".zip", ".egg") else str(file.parent) for file in files]
        python_path.append(str(self._spark.packages))
        environment = self._spark.environment(job.backend.region_name, folder)
        if job.command.get("Name") == "glueetl":
            run.jvm = self._take_jvm(job, run, folder, python_path)
            environment["PYSPARK_GATEWAY_PORT"] = str(run.jvm.port)
            environment["PYSPARK_GATEWAY_SECRET"] = run.jvm.secret
        passed = run.passed()

        def command(lifeline: int) -> list[str]:
            return [
                *(sys.executable, "-I", "-S", "-u", str(DRIVER)),
                *(str(lifeline), str(folder / "result.json"), str(script)),
                *(str(len(python_path)), *python_path, *passed),
            ]

        return self._drive(job, run, folder, command, environment)

    def _take_jvm(self, job: Any, run: JobRun, folder: Path, python_path: list[str]) -> SparkJvm:
        """A JVM prepared for this run. Raises RefusedJobError, SparkMissingError, JvmError."""
        arguments: dict[str, str] = run.arguments or {}
        region = job.backend.region_name
        jars = [_fetch(job, uri, folder / "jars") for uri in _listed(arguments.get("--extra-jars"))]
        try:
            own = parse_conf(arguments.get("--conf", ""))
        except ValueError as problem:
            raise RefusedJobError(str(problem)) from problem
        wanted = self._spark.jvm(region, own, jars)
        jvm = self._jvms.take(wanted, self._spark.environment(region, self._spark.folder))
        try:
            jvm.prepare(self._spark.settings(region, job.name, folder, own, python_path))
        except JvmError:
            jvm.end()
            raise
        return jvm

    def _drive(
        self,
        job: Any,
        run: JobRun,
        folder: Path,
        command: Callable[[int], list[str]],
        environment: dict[str, str],
    ) -> tuple[str, str | None]:
        """Run the driver to its end; the run's state and error."""
        output_path = self._work / "logs" / f"{run.service}-{job.name}.log"
        result = folder / "result.json"
        with output_path.open("ab") as output:
            begin = output.tell()
            run.child = child = Child(command, environment=environment, folder=folder, output=output)
            if run.stop_asked.is_set():
                child.end()
            code = child.wait(float(run.timeout) * 60 if run.timeout else None)
            child.end()
            if run.jvm:
                output.write(run.jvm.printed().encode())
                self._jvms.give_back(run.jvm, healthy=result.exists() and not run.stop_asked.is_set())
        with output_path.open("rb") as stream:
            stream.seek(begin)
            run.keep_log(job, stream.read().decode(errors="replace").splitlines())
        if run.stop_asked.is_set():
            return "STOPPED", None
        if code is None:
            return "TIMEOUT", f"Job run exceeded its timeout of {run.timeout} minutes"
        if code == 0:
            return "SUCCEEDED", None
        return "FAILED", _error(result, code)


def script_arguments(job: str, run_id: str, arguments: dict[str, str]) -> list[str]:
    """What Glue hands the script: its own three names, then every argument that Glue does not read itself."""
    passed = ["--JOB_RUN_ID", run_id, "--JOB_NAME", job]
    for key, value in arguments.items():
        if key not in GLUES_OWN and key != "--JOB_NAME" and not key.startswith("--enable-"):
            passed += [key, value]
    return passed


def _check(job: Any, run: JobRun) -> None:
    kind = job.command.get("Name")
    if kind not in ("glueetl", "pythonshell"):
        raise RefusedJobError(f"The embedded cloud runs glueetl and pythonshell jobs, not {kind}.")
    if kind == "glueetl" and not run.glue_version.startswith("5."):
        raise RefusedJobError(
            f"The embedded cloud has the Spark 3.5 of Glue 5 only, and {job.name} asks for Glue {run.glue_version}."
        )
    arguments = run.arguments or {}
    for name in UNSUPPORTED:
        if arguments.get(name):
            raise RefusedJobError(f"The embedded cloud does not do {name}.")
    formats = _listed(arguments.get("--datalake-formats"))
    if set(formats) - {"iceberg"}:
        raise RefusedJobError(f"The embedded cloud has Iceberg only, and {job.name} asks for {', '.join(formats)}.")
    if arguments.get("--job-bookmark-option", "job-bookmark-disable") != "job-bookmark-disable":
        raise RefusedJobError("The embedded cloud keeps no job bookmarks.")


def _listed(value: str | None) -> list[str]:
    return [part.strip() for part in (value or "").split(",") if part.strip()]


def _fetch(job: Any, uri: str, folder: Path) -> Path:
    """Copy an object into `folder`, under its own name. Raises RefusedJobError where there is none."""
    bucket, _, key = uri.split("://", 1)[-1].partition("/")
    backend = s3_backends[job.backend.account_id]["aws"]
    found = backend.buckets[bucket].keys.get(key) if bucket in backend.buckets else None
    if found is None:
        raise RefusedJobError(f"{job.name} needs {uri}, and there is no such object.")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / key.rsplit("/", 1)[-1]
    path.write_bytes(found.value)
    return path


def _error(result: Path, code: int) -> str:
    if result.exists():
        noted = json.loads(result.read_text())
        if noted.get("error"):
            return str(noted["error"])
    return f"Command failed with exit code {code}"


_start = FakeJob.start_job_run
_begin_lock = threading.Lock()


def begin(jobs: Jobs, job: Any, like: Any, *, attempt: int = 0, previous: JobRun | None = None) -> JobRun:
    """Start a run with the arguments and sizes of the run `like`; a failed one is retried as its job says."""
    run = JobRun(
        job,
        attempt=attempt,
        previous=previous,
        arguments=like.arguments,
        allocated_capacity=like.allocated_capacity,
        max_capacity=like.max_capacity,
        timeout=like.timeout,
        worker_type=like.worker_type,
        notification_property=like.notification_property,
        security_configuration=like.security_configuration,
        number_of_workers=like.number_of_workers,
    )

    def retry(failed: JobRun) -> None:
        if failed.attempt < int(job.max_retries or 0):
            begin(jobs, job, failed, attempt=failed.attempt + 1, previous=failed)

    job.job_runs.append(run)
    jobs.submit(job, run, retry)
    return run


def install(jobs: Jobs) -> None:
    """Let moto's Glue run jobs through `jobs`."""

    def start_job_run(self: Any, **options: Any) -> str:
        with _begin_lock:
            _start(self, **options)
            # moto has checked MaxConcurrentRuns and merged the arguments.
            return begin(jobs, self, self.job_runs.pop()).job_run_id

    def batch_stop_job_run(self: Any) -> ActionResult:
        name = self.parameters["JobName"]
        stopped, errors = [], []
        for identifier in self.parameters["JobRunIds"]:
            fault = _stop(jobs, self.glue_backend.get_job(name), identifier)
            known = {"JobName": name, "JobRunId": identifier}
            if fault:
                errors.append({**known, "ErrorDetail": fault})
            else:
                stopped.append(known)
        return ActionResult({"SuccessfulSubmissions": stopped, "Errors": errors})

    FakeJob.start_job_run = start_job_run
    GlueResponse.batch_stop_job_run = batch_stop_job_run


def _stop(jobs: Jobs, job: Any, identifier: str) -> dict[str, str] | None:
    run = next((run for run in job.job_runs if run.job_run_id == identifier), None)
    if run is None:
        return {"ErrorCode": "EntityNotFoundException", "ErrorMessage": f"Job run {identifier} not found"}
    if run.state in FINAL:
        message = f"Job run {identifier} is {run.state} and can't be stopped"
        return {"ErrorCode": "InvalidInputException", "ErrorMessage": message}
    jobs.stop(run)
    return None
