"""A real embedded AWS, started once as its users start it, and clients of it."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.embedded.cloud.clients import Aws

ROOT = Path(__file__).parents[3]
START_SECONDS = 60


@contextlib.contextmanager
def running_cloud(work: Path, environment: dict[str, str] | None = None) -> Iterator[Aws]:
    """Start `python -m embedded.cloud`, wait for its ready line, and end it after use."""
    process = subprocess.Popen(
        [sys.executable, "-m", "embedded.cloud", "--port", "0", "--work", str(work)],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline().strip()
            assert line.startswith("ready http://127.0.0.1:"), f"the cloud said {line!r}"
            yield Aws(line.removeprefix("ready "), work, process)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    with running_cloud(tmp_path_factory.mktemp("cloud")) as running:
        yield running
