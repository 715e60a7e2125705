"""Lambda Invoke: the deployed archive runs, as it would on Lambda."""

import base64
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.embedded.cloud.clients import ACCOUNT, REGION, Aws, archive, eventually

ECHO = "def handler(event, context):\n    return event\n"


def test_a_function_gets_its_event_and_context(aws: Aws) -> None:
    name = aws.function(
        "def handler(event, context):\n"
        "    return [event, context.function_name, context.invoked_function_arn, context.memory_limit_in_mb,\n"
        "            context.get_remaining_time_in_millis() > 0, context.aws_request_id]\n",
        MemorySize=256,
    )
    answer, response = aws.invoke(name, {"a": [1, None, "ä"]})
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
    assert answer[:5] == [{"a": [1, None, "ä"]}, name, arn, "256", True]
    assert len(answer[5]) == 36
    assert response["StatusCode"] == 200
    assert response["ExecutedVersion"] == "$LATEST"
    assert "FunctionError" not in response


def test_a_function_sees_the_runtimes_variables_and_its_own_and_no_others(aws: Aws) -> None:
    code = "import os\ndef handler(event, context):\n    return dict(os.environ)\n"
    name = aws.function(code, Environment={"Variables": {"BUCKET": "mine", "AWS_ENDPOINT_URL": "http://10.0.0.1"}})
    variables, _ = aws.invoke(name)
    assert variables["BUCKET"] == "mine"
    assert variables["AWS_ENDPOINT_URL"] == aws.endpoint
    assert variables["AWS_LAMBDA_FUNCTION_NAME"] == name
    assert variables["AWS_REGION"] == REGION
    assert not {"HOME", "USER", "PYTHONPATH", "VIRTUAL_ENV"} & set(variables)


def test_a_function_imports_the_standard_library_boto3_and_its_archive_only(aws: Aws) -> None:
    code = (
        "import boto3, botocore, urllib3, json, sqlite3\n"
        "from package import inner\n"
        "def handler(event, context):\n"
        "    return inner.VALUE\n"
    )
    name = aws.function(code, files={"package/__init__.py": "", "package/inner.py": "VALUE = 7"})
    assert aws.invoke(name)[0] == 7
    for module in ("yaml", "moto", "pydantic", "embedded"):
        answer, response = aws.invoke(aws.function(f"import {module}\n" + ECHO))
        assert response["FunctionError"] == "Unhandled"
        assert answer["errorType"] == "Runtime.ImportModuleError"
        assert answer["errorMessage"] == f"Unable to import module 'handler': No module named '{module}'"


def test_a_layer_is_on_the_path(aws: Aws) -> None:
    layer = aws.client("lambda").publish_layer_version(
        LayerName="shared", Content={"ZipFile": archive({"python/shared.py": "VALUE = 'from the layer'"})}
    )
    code = "import shared\ndef handler(event, context):\n    return shared.VALUE\n"
    name = aws.function(code, Layers=[layer["LayerVersionArn"]])
    assert aws.invoke(name)[0] == "from the layer"


def test_an_exception_is_a_function_error_with_its_trace(aws: Aws) -> None:
    name = aws.function("def handler(event, context):\n    raise KeyError('carrier')\n")
    answer, response = aws.invoke(name, LogType="Tail")
    assert response["FunctionError"] == "Unhandled"
    assert answer["errorType"] == "KeyError"
    assert answer["errorMessage"] == "'carrier'"
    assert "raise KeyError('carrier')" in "".join(answer["stackTrace"])
    assert "inside/function.py" not in "".join(answer["stackTrace"])
    log = base64.b64decode(response["LogResult"]).decode()
    assert "[ERROR] KeyError: 'carrier'\nTraceback (most recent call last):\n" in log


@pytest.mark.parametrize(
    ("options", "code", "kind"),
    [
        ({"Handler": "handler.missing"}, ECHO, "Runtime.HandlerNotFound"),
        ({"Handler": "nodot"}, ECHO, "Runtime.MalformedHandlerName"),
        ({}, "def handler(event context):\n", "Runtime.UserCodeSyntaxError"),
        ({}, "def handler(event, context):\n    return {1, 2}\n", "Runtime.MarshalError"),
        ({}, "import os\ndef handler(event, context):\n    os._exit(3)\n", "Runtime.ExitError"),
        ({}, "import sys\ndef handler(event, context):\n    sys.exit(0)\n", "Runtime.ExitError"),
        ({"Runtime": "nodejs20.x"}, ECHO, "Embedded.NotSupported"),
    ],
)
def test_each_way_to_fail_has_its_type(aws: Aws, options: dict[str, Any], code: str, kind: str) -> None:
    answer, response = aws.invoke(aws.function(code, **options))
    assert response["FunctionError"] == "Unhandled"
    assert answer["errorType"] == kind


def test_the_timeout_is_honoured_and_the_next_invocation_works(aws: Aws) -> None:
    name = aws.function(
        "import time\ndef handler(event, context):\n    time.sleep(event)\n    return 'done'\n", Timeout=1
    )
    begun = time.monotonic()
    answer, _ = aws.invoke(name, 10)
    assert time.monotonic() - begun < 3
    assert answer["errorType"] == "Sandbox.Timedout"
    assert answer["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")
    assert aws.invoke(name, 0)[0] == "done"


def test_a_child_is_reused_and_replaced_after_an_update(aws: Aws) -> None:
    code = (
        "import os\ncalls = 0\ndef handler(event, context):\n    global calls\n    calls += 1\n    return [{}, calls]\n"
    )
    name = aws.function(code.format("1"))
    assert [aws.invoke(name)[0] for _ in range(3)] == [[1, 1], [1, 2], [1, 3]]
    aws.client("lambda").update_function_code(FunctionName=name, ZipFile=archive({"handler.py": code.format("2")}))
    assert aws.invoke(name)[0] == [2, 1]
    aws.client("lambda").update_function_configuration(FunctionName=name, Environment={"Variables": {"A": "1"}})
    assert aws.invoke(name)[0] == [2, 1]


def test_reserved_concurrency_bounds_the_children(aws: Aws) -> None:
    code = "import os, time\ndef handler(event, context):\n    time.sleep(0.2)\n    return os.getpid()\n"
    name = aws.function(code)
    with ThreadPoolExecutor(6) as threads:
        free = set(threads.map(lambda _: aws.invoke(name)[0], range(6)))
        aws.client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
        bound = set(threads.map(lambda _: aws.invoke(name)[0], range(4)))
    assert 1 < len(free) <= 3
    assert len(bound) == 1
    aws.client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError, match="TooManyRequestsException"):
        aws.invoke(name)


def test_what_a_function_says_is_in_cloudwatch_and_in_a_file(aws: Aws) -> None:
    name = aws.function(
        "import logging, sys\n"
        "log = logging.getLogger()\nlog.setLevel('INFO')\n"
        "def handler(event, context):\n"
        "    print('printed')\n    log.info('logged %s', 1)\n    print('aside', file=sys.stderr)\n"
    )
    _, response = aws.invoke(name, LogType="Tail")
    tail = base64.b64decode(response["LogResult"]).decode()
    assert tail.startswith("START RequestId: ")
    assert "\nREPORT RequestId: " in tail
    events = aws.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    messages = [event["message"] for event in events]
    assert "printed" in messages
    assert "aside" in messages
    assert any(message.startswith("[INFO]\t") and message.endswith("\tlogged 1") for message in messages)
    assert "printed" in (aws.work / "logs" / f"lambda-{name}.log").read_text()


def test_a_log_group_of_ones_own_and_json_lines_follow_logging_config(aws: Aws) -> None:
    name = aws.function(
        "import logging\ndef handler(event, context):\n    logging.getLogger('mine').info('hello')\n",
        LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "LogGroup": "/mine"},
    )
    aws.invoke(name)
    events = aws.client("logs").filter_log_events(logGroupName="/mine")["events"]
    assert any('"message": "hello"' in event["message"] and '"logger": "mine"' in event["message"] for event in events)
    shown = aws.client("lambda").get_function_configuration(FunctionName=name)
    assert shown["LoggingConfig"]["LogGroup"] == "/mine"


def test_an_asynchronous_invocation_is_retried_and_then_reported(aws: Aws) -> None:
    bucket = aws.bucket()
    url, arn = aws.queue()
    name = aws.function(
        "import boto3, uuid\n"
        "s3 = boto3.client('s3')\n"
        "def handler(event, context):\n"
        f"    s3.put_object(Bucket='{bucket}', Key=str(uuid.uuid4()))\n"
        "    raise RuntimeError('never')\n"
    )
    aws.client("lambda").put_function_event_invoke_config(
        FunctionName=name, MaximumRetryAttempts=1, DestinationConfig={"OnFailure": {"Destination": arn}}
    )
    _, response = aws.invoke(name, {"n": 1}, InvocationType="Event")
    assert response["StatusCode"] == 202
    record = eventually(lambda: aws.messages(url))[0]
    assert len(aws.keys(bucket)) == 2
    assert record["requestPayload"] == {"n": 1}
    assert record["responsePayload"]["errorMessage"] == "never"
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 2


def test_a_dry_run_runs_nothing(aws: Aws) -> None:
    name = aws.function("raise SystemExit\n")
    _, response = aws.invoke(name, InvocationType="DryRun")
    assert response["StatusCode"] == 204
