from collections.abc import Sequence
from typing import Any

import pytest

from workloads.jobs import cluster_step

ARGV = (
    *("cluster_step.py", "--JOB_RUN_ID", "jr_1", "--JOB_NAME", "medallion-dev-cluster-step"),
    *("--cluster_id", "j-1", "--otherwise", "by-glue", "--script", "s3://code/jobs/integrated_join.py"),
    *("--libraries", "s3://code/jobs/lake.py,s3://code/lib/records.py", "--database_prefix", "medallion_dev"),
    *("--landing_bucket", "landing", "--initial_bucket", "initial", "--contracts", "s3://code/contracts.json"),
    *("--TempDir", "s3://b/_scratch/"),
)


class Emr:
    """EMR with a cluster in a state, on which a step goes through states."""

    def __init__(self, cluster: str, *step: dict[str, Any]) -> None:
        self.cluster, self.states = cluster, list(step)
        self.submitted: list[dict[str, Any]] = []

    def describe_cluster(self, ClusterId: str) -> dict[str, Any]:  # noqa: N803 (the name is AWS's)
        assert ClusterId == "j-1"
        return {"Cluster": {"Status": {"State": self.cluster}}}

    def add_job_flow_steps(self, JobFlowId: str, Steps: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self.submitted += Steps
        return {"StepIds": ["s-1"]}

    def describe_step(self, ClusterId: str, StepId: str) -> dict[str, Any]:  # noqa: N803
        return {"Step": {"Status": self.states.pop(0)}}


class Glue:
    """Glue with a job whose run goes through states."""

    def __init__(self, *states: str) -> None:
        self.states, self.started = list(states), list[str]()

    def start_job_run(self, JobName: str) -> dict[str, Any]:  # noqa: N803
        self.started.append(JobName)
        return {"JobRunId": "jr_2"}

    def get_job_run(self, JobName: str, RunId: str) -> dict[str, Any]:  # noqa: N803
        state = self.states.pop(0)
        return {"JobRun": {"JobRunState": state} | ({"ErrorMessage": "no such table"} if state == "FAILED" else {})}


def run(emr: Emr, glue: Glue, argv: Sequence[str] = ARGV) -> list[float]:
    """Runs the job; how long it waited between looks."""
    waited: list[float] = []
    cluster_step.run(emr, glue, cluster_step.arguments(argv), waited.append)
    return waited


def test_the_script_runs_on_the_cluster_with_the_arguments_that_it_gets_from_glue() -> None:
    emr, glue = Emr("WAITING", {"State": "PENDING"}, {"State": "RUNNING"}, {"State": "COMPLETED"}), Glue()
    assert len(run(emr, glue)) == 2
    (step,) = emr.submitted
    assert step["ActionOnFailure"] == "CONTINUE"
    assert step["HadoopJarStep"]["Jar"] == "command-runner.jar"
    assert " ".join(step["HadoopJarStep"]["Args"]) == (
        "spark-submit --deploy-mode cluster --py-files s3://code/jobs/lake.py,s3://code/lib/records.py "
        "s3://code/jobs/integrated_join.py --JOB_NAME medallion-dev-cluster-step --database_prefix medallion_dev "
        "--landing_bucket landing --initial_bucket initial --contracts s3://code/contracts.json"
    )
    assert not glue.started


def test_a_step_that_fails_fails_the_job_with_emr_s_reason() -> None:
    failed = {
        "State": "FAILED",
        "FailureDetails": {"Reason": "Unknown Error.", "Message": "exit code 1", "LogFile": "s3://logs/stderr.gz"},
    }
    with pytest.raises(cluster_step.StepError, match=r"s-1 .* FAILED: Unknown Error.; exit code 1; s3://logs/stderr"):
        run(Emr("RUNNING", failed), Glue())


def test_a_step_that_is_cancelled_fails_the_job_too() -> None:
    with pytest.raises(cluster_step.StepError, match="CANCELLED: no reason was given"):
        run(Emr("WAITING", {"State": "CANCEL_PENDING"}, {"State": "CANCELLED"}), Glue())


@pytest.mark.parametrize("state", cluster_step.ENDED)
def test_where_the_cluster_has_ended_the_glue_job_does_the_work(state: str, capsys: pytest.CaptureFixture[str]) -> None:
    emr, glue = Emr(state), Glue("RUNNING", "SUCCEEDED")
    run(emr, glue)
    assert not emr.submitted
    assert glue.started == ["by-glue"]
    assert '"event": "cluster_ended"' in capsys.readouterr().out


def test_a_glue_job_that_fails_instead_fails_the_job_with_its_error() -> None:
    with pytest.raises(cluster_step.StepError, match="jr_2 of by-glue is FAILED: no such table"):
        run(Emr("TERMINATED"), Glue("FAILED"))
