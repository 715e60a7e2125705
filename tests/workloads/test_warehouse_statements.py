from typing import Any

import pytest

from workloads.jobs import warehouse_statements

ARGV = (
    *("warehouse_statements.py", "--JOB_NAME", "refresh", "--cluster", "warehouse", "--database", "medallion"),
    *("--secret", "arn:secret", "--TempDir", "s3://b/", "--statements", "REFRESH MATERIALIZED VIEW a; SELECT 1;\n"),
)


class Data:
    """A Data API that tells of a statement what it is told to."""

    def __init__(self, *statuses: dict[str, Any]) -> None:
        self.statuses = list(statuses)
        self.executed: list[dict[str, Any]] = []

    def execute_statement(self, **asked: Any) -> dict[str, Any]:
        self.executed.append(asked)
        return {"Id": str(len(self.executed))}

    def describe_statement(self, Id: str) -> dict[str, Any]:  # noqa: N803 (the name is AWS's)
        return self.statuses.pop(0)


def run(data: Data) -> None:
    warehouse_statements.run(data, warehouse_statements.arguments(ARGV), lambda _: None)


def test_statements_run_one_after_the_other_as_the_user_of_the_secret() -> None:
    data = Data({"Status": "PICKED"}, {"Status": "FINISHED"}, {"Status": "FINISHED"})
    run(data)
    assert [each["Sql"] for each in data.executed] == ["REFRESH MATERIALIZED VIEW a", "SELECT 1"]
    assert {each["SecretArn"] for each in data.executed} == {"arn:secret"}
    assert data.executed[0]["ClusterIdentifier"] == "warehouse"
    assert data.executed[0]["Database"] == "medallion"


def test_a_statement_that_fails_fails_the_job_with_the_warehouse_s_error_and_ends_the_list() -> None:
    data = Data({"Status": "FAILED", "Error": "ERROR: no such view"})
    with pytest.raises(warehouse_statements.StatementError, match="VIEW a is FAILED on warehouse: ERROR: no such view"):
        run(data)
    assert len(data.executed) == 1
