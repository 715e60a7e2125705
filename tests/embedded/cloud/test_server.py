"""The process: how it starts, what it reaches, how it ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from embedded.cloud.surroundings import strip
from tests.embedded.cloud.clients import Aws, alive, eventually
from tests.embedded.cloud.conftest import ROOT, running_cloud

SLEEPER = "import time\ndef handler(event, context):\n    time.sleep(30)\n"


def _children(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def _busy(aws: Aws) -> list[int]:
    """Start an invocation that lasts, and return the pids of the cloud's children."""
    name = aws.function(SLEEPER, Timeout=60)
    aws.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")
    return eventually(lambda: _children(aws.process.pid))


def test_health_tells_the_boot_and_the_process(aws: Aws) -> None:
    with urllib.request.urlopen(f"{aws.endpoint}/embedded/health") as answer:
        health = json.load(answer)
    assert health["pid"] == aws.process.pid
    assert len(health["boot"]) == 36


def test_a_taken_port_is_one_clear_line_and_exit_2(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "embedded.cloud", "--port", str(port), "--work", str(tmp_path)]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr == f"127.0.0.1:{port} cannot be served: Address already in use.\n"


def test_it_listens_on_loopback_only(aws: Aws) -> None:
    port = int(aws.endpoint.rsplit(":", 1)[1])
    listening = {
        line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:] if line.split()[3] == "0A"
    }
    assert f"0100007F:{port:04X}" in listening
    assert f"00000000:{port:04X}" not in listening


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_its_children_within_three_seconds(tmp_path: Path, number: signal.Signals) -> None:
    with running_cloud(tmp_path) as aws:
        children = _busy(aws)
        asked = time.monotonic()
        aws.process.send_signal(number)
        assert aws.process.wait(5) == 0
        assert time.monotonic() - asked < 3
        eventually(lambda: not any(map(alive, children)), 1)


def test_a_signal_that_another_thread_than_the_main_one_gets_ends_it_too(tmp_path: Path) -> None:
    with running_cloud(tmp_path) as aws:
        threads = (int(task.name) for task in Path(f"/proc/{aws.process.pid}/task").iterdir())
        os.kill(max(threads), signal.SIGTERM)
        assert aws.process.wait(3) == 0


def test_children_die_even_where_the_cloud_is_killed(tmp_path: Path) -> None:
    with running_cloud(tmp_path) as aws:
        children = _busy(aws)
        aws.process.kill()
        aws.process.wait(5)
        eventually(lambda: not any(map(alive, children)), 3)


def test_foreign_credentials_profiles_and_proxies_change_nothing(tmp_path: Path) -> None:
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as trap:

        def listen() -> None:
            while True:
                try:
                    connection, _ = trap.accept()
                except OSError:
                    return
                with connection:
                    asked.append(connection.recv(200))

        threading.Thread(target=listen, daemon=True).start()
        address = f"http://127.0.0.1:{trap.getsockname()[1]}"
        profile = tmp_path / "credentials"
        profile.write_text("[work]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret\n")
        foreign = {
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "AWS_SESSION_TOKEN": "token",
            "AWS_PROFILE": "work",
            "AWS_SHARED_CREDENTIALS_FILE": str(profile),
            "AWS_ENDPOINT_URL": address,
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": address,
            "HTTP_PROXY": address,
            "HTTPS_PROXY": address,
            "MOTO_ACCOUNT_ID": "999999999999",
        }
        with running_cloud(tmp_path / "work", foreign) as aws:
            assert aws.client("sts").get_caller_identity()["Account"] == "123456789012"
            name = aws.function(
                "import boto3, os\n"
                "def handler(event, context):\n"
                "    boto3.client('s3').list_buckets()\n"
                "    return {name: value for name, value in os.environ.items()}\n"
            )
            variables, response = aws.invoke(name)
    assert "FunctionError" not in response, variables
    assert asked == [], "somebody asked the address of the foreign settings"
    assert variables["AWS_ACCESS_KEY_ID"] == "embedded"
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "HTTP_PROXY", "HTTPS_PROXY"} & set(variables)


def test_an_address_outside_is_refused_by_name(aws: Aws) -> None:
    name = aws.function(
        "import urllib.request\ndef handler(event, context):\n    urllib.request.urlopen(event['address'], timeout=2)\n"
    )
    for address, host in (
        ("http://169.254.169.254/latest/meta-data/", "169.254.169.254"),
        ("https://s3.eu-central-1.amazonaws.com/", "s3.eu-central-1.amazonaws.com"),
    ):
        answer, _ = aws.invoke(name, {"address": address})
        assert f"{host} is not on this machine" in answer["errorMessage"]


@pytest.mark.parametrize(
    ("service", "action", "asked", "named"),
    [
        ("glue", "create_classifier", {"CsvClassifier": {"Name": "x"}}, "create_classifier action"),
        ("appsync", "create_function", {"apiId": "x", "name": "x", "dataSourceName": "x"}, "CreateFunction of appsync"),
        ("datazone", "list_domains", {}, "ListDomains of datazone"),
    ],
    ids=["an action named in a header", "an action that is a path", "a whole service"],
)
def test_what_moto_lacks_is_an_error_that_sdks_read_and_do_not_retry(
    aws: Aws, service: str, action: str, asked: dict[str, Any], named: str
) -> None:
    from botocore.exceptions import ClientError

    with pytest.raises(ClientError, match=f"{named} has not been implemented") as raised:
        getattr(aws.client(service), action)(**asked)
    assert raised.value.response["Error"]["Code"] == "NotImplemented"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_what_is_not_there_in_a_service_that_is_stays_its_own_error(aws: Aws) -> None:
    from botocore.exceptions import ClientError

    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        aws.client("lambda").get_function(FunctionName="nobody")


def test_stripping_keeps_what_the_cli_hands_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {"SPARK_JARS_DIR": "/jars", "PATH": "/bin", "AWS_PROFILE": "x", "no_proxy": "y"})
    strip()
    assert os.environ["SPARK_JARS_DIR"] == "/jars"
    assert os.environ["PATH"] == "/bin"
    assert "AWS_PROFILE" not in os.environ
    assert "no_proxy" not in os.environ
