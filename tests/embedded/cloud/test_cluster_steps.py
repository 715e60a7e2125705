"""EMR steps without Spark: what is refused, and what a failed step does to those behind it."""

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded.cloud.cluster_steps import RefusedStepError, parse
from tests.embedded.cloud.clients import Aws, eventually, unique


def cluster(aws: Aws, **options: Any) -> str:
    groups = [
        {"InstanceRole": role, "InstanceType": "m7g.xlarge", "InstanceCount": 1, "Name": role}
        for role in ("MASTER", "CORE")
    ]
    made = aws.client("emr").run_job_flow(
        Name=unique(),
        ReleaseLabel="emr-7.13.0",
        Instances={"InstanceGroups": groups, "KeepJobFlowAliveWhenNoSteps": True},
        JobFlowRole="profile",
        ServiceRole="role",
        **options,
    )
    return str(made["JobFlowId"])


def step(*args: str, on_failure: str = "CONTINUE", jar: str = "command-runner.jar") -> dict[str, Any]:
    return {"Name": "join", "ActionOnFailure": on_failure, "HadoopJarStep": {"Jar": jar, "Args": list(args)}}


def submitted(*args: str, jar: str = "command-runner.jar") -> Any:
    return parse(SimpleNamespace(jar=jar, args=list(args)))


def ended(aws: Aws, on: str, identifier: str, seconds: float = 15) -> dict[str, Any]:
    def final() -> dict[str, Any]:
        found: dict[str, Any] = aws.client("emr").describe_step(ClusterId=on, StepId=identifier)["Step"]["Status"]
        return found if found["State"] not in ("PENDING", "RUNNING") else {}

    return eventually(final, seconds)


def test_a_script_gets_what_follows_it_and_the_rest_is_sparks() -> None:
    args = [
        "--deploy-mode",
        "cluster",
        "--py-files",
        "s3://b/lib.zip",
        "--conf",
        "a=b",
        "s3://b/join.py",
        "--conf",
        "c",
    ]
    found = submitted("spark-submit", *args)
    assert (found.script, found.given) == ("s3://b/join.py", ["--conf", "c"])
    assert (found.py_files, found.conf) == ("s3://b/lib.zip", ["a=b"])


@pytest.mark.parametrize(
    ("args", "jar", "told"),
    [
        (["hive-script"], "command-runner.jar", "runs command-runner.jar with spark-submit only"),
        ([], "command-runner.jar", "runs command-runner.jar with spark-submit only"),
        (["spark-submit", "s3://b/a.py"], "s3://b/own.jar", r"not s3://b/own\.jar"),
        (["spark-submit", "--class", "org.Main", "s3://b/a.jar"], "command-runner.jar", "--class"),
        (["spark-submit", "--master", "local", "s3://b/a.py"], "command-runner.jar", "invalid choice: 'local'"),
        (["spark-submit"], "command-runner.jar", "there is no script"),
    ],
)
def test_what_the_engine_does_not_do_is_refused_by_name(args: list[str], jar: str, told: str) -> None:
    with pytest.raises(RefusedStepError, match=told):
        submitted(*args, jar=jar)


def test_a_step_that_fails_says_why_and_the_cluster_goes_on(aws: Aws) -> None:
    emr, on = aws.client("emr"), cluster(aws)
    one, other = emr.add_job_flow_steps(JobFlowId=on, Steps=[step("hive-script"), step("hive-script")])["StepIds"]
    for identifier in (one, other):
        status = ended(aws, on, identifier)
        assert status["State"] == "FAILED"
        assert status["FailureDetails"]["Reason"] == "Unsupported by the embedded cloud"
    assert emr.describe_cluster(ClusterId=on)["Cluster"]["Status"]["State"] == "WAITING"


@pytest.mark.parametrize(("action", "state"), [("CANCEL_AND_WAIT", "WAITING"), ("TERMINATE_CLUSTER", "TERMINATED")])
def test_a_failed_step_does_to_those_behind_it_what_it_says(aws: Aws, action: str, state: str) -> None:
    emr, on = aws.client("emr"), cluster(aws)
    steps = [step("hive-script", on_failure=action), step("hive-script")]
    one, other = emr.add_job_flow_steps(JobFlowId=on, Steps=steps)["StepIds"]
    assert [ended(aws, on, each)["State"] for each in (one, other)] == ["FAILED", "CANCELLED"]
    assert emr.describe_cluster(ClusterId=on)["Cluster"]["Status"]["State"] == state


def test_a_cluster_that_ended_takes_no_step_and_an_unknown_step_is_refused(aws: Aws) -> None:
    emr, on = aws.client("emr"), cluster(aws)
    with pytest.raises(ClientError, match="Step id 's-none' is not valid"):
        emr.describe_step(ClusterId=on, StepId="s-none")
    emr.terminate_job_flows(JobFlowIds=[on])
    with pytest.raises(ClientError, match="may not be modified"):
        emr.add_job_flow_steps(JobFlowId=on, Steps=[step("spark-submit", "s3://b/a.py")])
