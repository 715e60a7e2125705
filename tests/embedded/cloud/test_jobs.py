"""Glue job runs without Spark: states, arguments, limits. Python shell jobs show them in a second."""

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from moto.s3.models import s3_backends

from embedded.cloud.jobs import JobRun, Jobs, script_arguments
from embedded.cloud.spark import parse_conf
from tests.embedded.cloud.clients import Aws, eventually

FINAL = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT")


def create_job(aws: Aws, script: str, *, kind: str = "pythonshell", **options: Any) -> str:
    bucket = aws.bucket()
    aws.put(bucket, "jobs/script.py", script)
    name = f"job-{time.monotonic_ns()}"
    command = {"Name": kind, "ScriptLocation": f"s3://{bucket}/jobs/script.py", "PythonVersion": "3.9"}
    options.setdefault("GlueVersion", "5.1")
    aws.client("glue").create_job(Name=name, Role=aws.role(), Command=command, **options)
    return name


def run_job(aws: Aws, name: str, seconds: float = 30, **options: Any) -> dict[str, Any]:
    """Start a run and wait for its end."""
    identifier = aws.client("glue").start_job_run(JobName=name, **options)["JobRunId"]
    return ended(aws, name, identifier, seconds)


def ended(aws: Aws, name: str, identifier: str, seconds: float = 30) -> dict[str, Any]:
    def final() -> dict[str, Any] | None:
        run: dict[str, Any] = aws.client("glue").get_job_run(JobName=name, RunId=identifier)["JobRun"]
        return run if run["JobRunState"] in FINAL else None

    run = eventually(final, seconds)
    assert run is not None
    return run


def test_a_script_gets_its_arguments_as_glue_passes_them(aws: Aws) -> None:
    bucket = aws.bucket()
    name = create_job(
        aws,
        "import boto3, json, sys\n"
        f"boto3.client('s3').put_object(Bucket='{bucket}', Key='argv', Body=json.dumps(sys.argv))\n",
        DefaultArguments={"--a": "default", "--b": "default", "--enable-metrics": "true", "--TempDir": "s3://x/"},
    )
    run = run_job(aws, name, Arguments={"--b": "given"})
    assert run["JobRunState"] == "SUCCEEDED"
    assert run["Arguments"]["--b"] == "given"
    assert run["GlueVersion"] == "5.1"
    argv = aws.get(bucket, "argv").decode()
    for pair in ('"--a", "default"', '"--b", "given"', f'"--JOB_NAME", "{name}"', f'"--JOB_RUN_ID", "{run["Id"]}"'):
        assert pair in argv
    assert "--enable-metrics" not in argv


def test_a_script_sees_the_standard_library_boto3_and_its_extra_files_only(aws: Aws) -> None:
    bucket = aws.bucket()
    aws.put(bucket, "records.py", "VALUE = 7")
    script = "import boto3, records, os\nassert records.VALUE == 7\nassert 'VIRTUAL_ENV' not in os.environ\n"
    name = create_job(aws, script, DefaultArguments={"--extra-py-files": f"s3://{bucket}/records.py"})
    assert run_job(aws, name)["JobRunState"] == "SUCCEEDED"
    run = run_job(aws, create_job(aws, "import yaml\n"))
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"] == "ModuleNotFoundError: No module named 'yaml'"


@pytest.mark.parametrize(
    ("script", "state", "message"),
    [
        ("raise ValueError('bad\\ninput')", "FAILED", "ValueError: bad input"),
        ("import sys; sys.exit(3)", "FAILED", "SystemExit: 3"),
        ("import sys; sys.exit(0)", "SUCCEEDED", None),
        ("import os; os._exit(9)", "FAILED", "Command failed with exit code 9"),
        ("def broken(:", "FAILED", "SyntaxError: invalid syntax (script.py, line 1)"),
    ],
)
def test_how_a_script_ends_is_how_its_run_ends(aws: Aws, script: str, state: str, message: str | None) -> None:
    run = run_job(aws, create_job(aws, script))
    assert (run["JobRunState"], run.get("ErrorMessage")) == (state, message)
    assert run["CompletedOn"] >= run["StartedOn"]


def test_one_run_at_a_time_unless_the_job_allows_more(aws: Aws) -> None:
    name = create_job(aws, "import time; time.sleep(1)")
    glue = aws.client("glue")
    first = glue.start_job_run(JobName=name)["JobRunId"]
    with pytest.raises(ClientError, match="ConcurrentRunsExceededException"):
        glue.start_job_run(JobName=name)
    assert ended(aws, name, first)["JobRunState"] == "SUCCEEDED"
    more = create_job(aws, "import time; time.sleep(1)", ExecutionProperty={"MaxConcurrentRuns": 2})
    runs = [glue.start_job_run(JobName=more)["JobRunId"] for _ in range(2)]
    assert {ended(aws, more, run)["JobRunState"] for run in runs} == {"SUCCEEDED"}


def test_a_run_can_be_stopped_while_it_works_and_while_it_waits(aws: Aws) -> None:
    name = create_job(aws, "import time; time.sleep(60)", ExecutionProperty={"MaxConcurrentRuns": 3})
    glue = aws.client("glue")
    runs = [glue.start_job_run(JobName=name)["JobRunId"] for _ in range(3)]

    def states() -> list[str]:
        return sorted(glue.get_job_run(JobName=name, RunId=run)["JobRun"]["JobRunState"] for run in runs)

    eventually(lambda: states() == ["RUNNING", "RUNNING", "STARTING"])
    answer = glue.batch_stop_job_run(JobName=name, JobRunIds=[*runs, "jr_nothing"])
    assert len(answer["SuccessfulSubmissions"]) == 3
    assert answer["Errors"][0]["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"
    assert [ended(aws, name, run, 5)["JobRunState"] for run in runs] == ["STOPPED"] * 3


def test_a_failing_run_is_retried_under_a_new_id(aws: Aws) -> None:
    name = create_job(aws, "raise ValueError('always')", MaxRetries=1)
    first = run_job(aws, name)
    glue = aws.client("glue")
    runs = eventually(lambda: (found := glue.get_job_runs(JobName=name)["JobRuns"]) and len(found) == 2 and found)
    assert runs
    second = ended(aws, name, f"{first['Id']}_attempt_1")
    assert second["Attempt"] == 1
    assert second["PreviousRunId"] == first["Id"]
    assert second["JobRunState"] == "FAILED"


def test_a_run_past_its_timeout_is_ended(tmp_path: Path) -> None:
    backend = SimpleNamespace(account_id="123456789012", region_name="eu-central-1")
    s3_backends["123456789012"]["aws"].create_bucket("code", "eu-central-1")
    s3_backends["123456789012"]["aws"].put_object("code", "script.py", b"import time; time.sleep(60)")
    command = {"Name": "pythonshell", "ScriptLocation": "s3://code/script.py"}
    job = SimpleNamespace(name="late", command=command, glue_version="5.1", backend=backend)
    run = JobRun(job, attempt=0, previous=None, arguments={})
    run.timeout = 0.01  # minutes; Glue takes whole ones
    (tmp_path / "logs").mkdir()
    Jobs(endpoint="http://127.0.0.1:9", work=tmp_path).submit(job, run, lambda _: None)
    assert eventually(lambda: run.state in FINAL)
    assert run.state == "TIMEOUT"
    assert run.error == "Job run exceeded its timeout of 0.01 minutes"


def test_a_file_that_is_not_there_fails_the_run_by_name(aws: Aws) -> None:
    run = run_job(aws, create_job(aws, "pass", DefaultArguments={"--extra-py-files": "s3://nowhere/a.py"}))
    assert run["JobRunState"] == "FAILED"
    assert "needs s3://nowhere/a.py, and there is no such object" in run["ErrorMessage"]


def test_what_a_script_prints_is_in_cloudwatch_and_in_a_file(aws: Aws) -> None:
    name = create_job(aws, "print('counted 7 rows')")
    run = run_job(aws, name)
    events = aws.client("logs").get_log_events(logGroupName="/aws-glue/jobs/output", logStreamName=run["Id"])["events"]
    assert [event["message"] for event in events] == ["counted 7 rows"]
    assert "counted 7 rows" in (aws.work / "logs" / f"glue-{name}.log").read_text()


WORDS = st.from_regex(r"[a-z][a-z.]{0,8}", fullmatch=True)


@given(
    settings=st.dictionaries(WORDS, st.from_regex(r"[A-Za-z0-9:/=,.]([A-Za-z0-9:/=,. -]{0,8}[a-z])?", fullmatch=True))
)
def test_a_chain_of_conf_is_read_as_glue_reads_it(settings: dict[str, str]) -> None:
    chain = " --conf ".join(f"{key}={value}" for key, value in settings.items())
    assert parse_conf(chain) == settings


def test_conf_without_equals_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"'spark\.x' has no '='"):
        parse_conf("a=b --conf spark.x")


def test_the_jobs_own_name_comes_once() -> None:
    passed = script_arguments("job", "jr_1", {"--JOB_NAME": "other", "--x": "1", "--conf": "a=b"})
    assert passed == ["--JOB_RUN_ID", "jr_1", "--JOB_NAME", "job", "--x", "1"]
