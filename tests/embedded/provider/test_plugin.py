"""The plugin as a process: one port on stdout, an answer over gRPC, an end with its parent."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

ROOT = Path(__file__).parents[3]


@pytest.fixture
def plugin() -> Iterator[tuple["subprocess.Popen[str]", int]]:
    command = [sys.executable, "-m", "embedded.provider", "aws", "127.0.0.1:1"]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    yield child, int(child.stdout.readline())
    child.kill()
    child.wait()
    child.stdout.close()


def test_the_plugin_answers_on_the_port_that_it_prints(plugin: tuple["subprocess.Popen[str]", int]) -> None:
    _, port = plugin
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        shake = stub.Handshake(provider_pb2.ProviderHandshakeRequest(engine_address="127.0.0.1:1"), timeout=10)
        assert (shake.accept_secrets, shake.accept_resources, shake.accept_outputs) == (False, False, False)
        assert stub.GetPluginInfo(empty_pb2.Empty(), timeout=10).version == "7.51.1"
        with pytest.raises(grpc.RpcError, match="the provider has not been configured"):
            stub.Check(provider_pb2.CheckRequest(urn="urn:pulumi:a::b::aws:s3/bucket:Bucket::c"), timeout=10)


def test_the_plugin_ends_when_it_is_interrupted(plugin: tuple["subprocess.Popen[str]", int]) -> None:
    child, _ = plugin
    child.send_signal(signal.SIGINT)
    assert child.wait(timeout=5) == 0


def test_the_plugin_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    script = (
        "import subprocess, sys, pathlib\n"
        f"child = subprocess.Popen([sys.executable, '-m', 'embedded.provider', 'aws'], stdout=subprocess.PIPE)\n"
        f"child.stdout.readline(); pathlib.Path({str(told)!r}).write_text(str(child.pid))\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", script], cwd=ROOT, check=True)
    pid = int(told.read_text())
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and Path(f"/proc/{pid}").exists() and not _is_zombie(pid):
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}").exists() or _is_zombie(pid), "an orphaned plugin ends by itself"


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_an_unknown_plugin_is_told_with_the_usage() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "embedded.provider", "gcp"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=dict(os.environ),
    )
    assert done.returncode != 0
    assert "usage: python -m embedded.provider aws|awsx" in done.stderr
