"""Starting, finding and ending the embedded AWS, a process of its own that outlives the command that starts it."""

from __future__ import annotations

import http.client
import json
import os
import selectors
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from embedded.engine.workspace import ROOT, Tools, WorkspaceError

SECONDS_TO_START = 60
SECONDS_TO_STOP = 10

# Those that this process started, kept until they are stopped: they are meant to outlive us, not to be collected.
_started: dict[int, subprocess.Popen[str]] = {}


@dataclass(frozen=True)
class Cloud:
    """A running embedded AWS. `boot` changes with each start: what a stack deployed to another boot is gone."""

    endpoint: str
    pid: int
    boot: str


def find(folder: Path) -> Cloud | None:
    """The embedded AWS that was started in `folder`, or None where it no longer runs (killed, or a reboot since)."""
    try:
        cloud = Cloud(**json.loads((folder / "cloud.json").read_text()))
    except (FileNotFoundError, json.JSONDecodeError, TypeError):
        return None
    return cloud if health(cloud.endpoint).get("boot") == cloud.boot else None


def start(folder: Path, port: int = 0) -> Cloud:
    """Start an embedded AWS that keeps its work in `folder`; port 0 takes a free one. Raises WorkspaceError."""
    folder.mkdir(parents=True, exist_ok=True)
    tools = Tools.load()
    env = os.environ | {"SPARK_JARS_DIR": str(tools.jars)} | ({"JAVA_HOME": tools.java_home} if tools.java_home else {})
    log = folder / "cloud.log"
    command = [sys.executable, "-m", "embedded.cloud", "--port", str(port), "--work", str(folder / "cloud")]
    with log.open("w") as output:
        # Its own session: Ctrl-C in the terminal ends the command, not the platform that it left running.
        process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=output, start_new_session=True, text=True
        )
    _started[process.pid] = process
    try:
        endpoint = ready_line(process, log)
    except BaseException:
        process.kill()
        _started.pop(process.pid).wait()
        raise
    cloud = Cloud(endpoint, process.pid, str(health(endpoint)["boot"]))
    (folder / "cloud.json").write_text(json.dumps(cloud.__dict__))
    return cloud


def ready_line(process: subprocess.Popen[str], log: Path) -> str:
    """The address that a starting cloud prints. Raises WorkspaceError with what it complained of instead."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as waiting:
        waiting.register(process.stdout, selectors.EVENT_READ)
        line = process.stdout.readline() if waiting.select(SECONDS_TO_START) else ""
    process.stdout.close()
    word, _, endpoint = line.strip().partition(" ")
    if word != "ready":
        complaint = "\n".join(log.read_text().splitlines()[-5:]) or f"no answer within {SECONDS_TO_START} s"
        raise WorkspaceError(f"the embedded AWS did not start: {complaint}")
    return endpoint


def stop(folder: Path) -> bool:
    """End the embedded AWS of `folder` with all its children. Returns whether there was one."""
    cloud = find(folder)
    (folder / "cloud.json").unlink(missing_ok=True)
    if cloud is None:
        return False
    os.kill(cloud.pid, signal.SIGTERM)
    deadline = time.monotonic() + SECONDS_TO_STOP
    while health(cloud.endpoint):
        if time.monotonic() > deadline:
            os.kill(cloud.pid, signal.SIGKILL)
            break
        time.sleep(0.05)
    if cloud.pid in _started:
        _started.pop(cloud.pid).wait()
    return True


def health(endpoint: str) -> dict[str, object]:
    """What the embedded AWS at `endpoint` says of itself; empty where nothing answers."""
    try:
        with urllib.request.urlopen(f"{endpoint}/embedded/health", timeout=5) as answer:  # noqa: S310 (loopback)
            found: dict[str, object] = json.load(answer)
            return found
    except (OSError, http.client.HTTPException, ValueError):
        return {}
