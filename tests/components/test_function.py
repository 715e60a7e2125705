from typing import Any

import pulumi
import pytest

from components.function import Function, FunctionArgs
from components.iam import allow
from tests.components import parts
from tests.components.mock_engine import Recording, deploy


def function(**changes: Any) -> Recording:
    def program() -> None:
        args: dict[str, Any] = {
            "platform": parts.platform(keys={"logs": parts.KEY}),
            "what": "end-use-api",
            "code": pulumi.AssetArchive({"handler.py": pulumi.StringAsset("")}),
            "may": [allow("Own", ["s3:GetObject"], ["arn:aws:s3:::b/*"])],
            "environment": {"WORKGROUP": "w"},
            "memory_mb": 256,
            "timeout_seconds": 30,
            "key_arn": parts.KEY,
        }
        Function("api", FunctionArgs(**(args | changes)))

    return deploy(program)


@pytest.fixture(scope="module")
def made() -> Recording:
    return function()


def test_a_function_runs_in_the_private_subnets_with_its_own_group(made: Recording) -> None:
    vpc = made.one("lambda/function:Function").inputs["vpcConfig"]
    assert vpc["subnetIds"] == ["subnet-privateeuwest1a", "subnet-privateeuwest1b"]
    assert len(vpc["securityGroupIds"]) == 1


def test_its_environment_and_its_logs_are_encrypted_with_our_keys(made: Recording) -> None:
    assert made.one("lambda/function:Function").inputs["kmsKeyArn"] == parts.KEY
    logs = made.one("LogGroup", "api").inputs
    assert logs["name"] == "/aws/lambda/medallion-dev-end-use-api"
    assert logs["kmsKeyId"] == parts.KEY


def test_its_role_may_do_what_it_was_told_and_log_to_its_own_group_only(made: Recording) -> None:
    statements = {each["Sid"]: each for each in made.document("RolePolicy", "api")}
    assert set(statements) == {"Logs", "FindNetwork", "NetworkInterfaces", "OwnEnvironment", "Traces", "Own"}
    assert statements["Logs"]["Resource"] == [
        "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/medallion-dev-end-use-api:*"
    ]
    assert statements["NetworkInterfaces"]["Resource"] == ["arn:aws:ec2:eu-west-1:123456789012:*/*"]
    (trust,) = made.document("iam/role:Role", "api", "assumeRolePolicy")
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_a_function_takes_no_more_of_the_accounts_executions_than_is_set_aside(made: Recording) -> None:
    assert "reservedConcurrentExecutions" not in made.one("lambda/function:Function").inputs
    assert function(at_once=7).one("lambda/function:Function").inputs["reservedConcurrentExecutions"] == 7


def test_its_errors_and_its_being_held_back_are_told(made: Recording) -> None:
    alarms = {each.inputs["name"]: each.inputs for each in made.of("MetricAlarm")}
    assert set(alarms) == {"medallion-dev-end-use-api-errors", "medallion-dev-end-use-api-throttles"}
    assert all(each["alarmActions"] == list(parts.ALERTS.topics) for each in alarms.values())
