"""What takes minutes to deploy, deployed once for all tests that look at it."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from embedded.engine.workspace import EMBEDDED_CREDENTIALS, PRIVATE, ROOT, WITH_PACK, Workspace
from embedded.judgement import judge
from embedded.rehearsal import Rehearsal


@dataclass(frozen=True)
class Platform:
    """A deployed and checked rehearsal, and what its first `up` printed."""

    rehearsal: Rehearsal
    workspace: Workspace
    printed: str


def up(rehearsal: Rehearsal, *args: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run `up` for `rehearsal` as a command of its own, as a user would."""
    code = (
        "import sys; from embedded.rehearsal import Rehearsal; "
        "sys.exit(Rehearsal(sys.argv[1]).up(*map(int, sys.argv[2:])))"
    )
    command = [sys.executable, "-c", code, rehearsal.name, *args]
    return subprocess.run(
        command, cwd=ROOT, env=env or dict(os.environ), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    """The platform with the whole year's data in it."""
    rehearsal = Rehearsal("test-platform")
    rehearsal.forget()
    done = up(rehearsal)
    assert done.returncode == 0, done.stdout
    yield Platform(rehearsal, rehearsal.ready(), done.stdout)
    rehearsal.forget()


@dataclass(frozen=True)
class Gated:
    """How a run of the gate ended and what it printed; `folder` is where its files are."""

    done: subprocess.CompletedProcess[str]
    folder: Path


def run_gate(project: Path, stack: str) -> Gated:
    """Run the gate of a stack in `project` as a command of its own, as a user would."""
    command = [sys.executable, "-m", "embedded", "gate", "--stack", stack]
    done = subprocess.run(command, cwd=project, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return Gated(done, project / "build" / "gate" / stack)


@pytest.fixture(scope="session")
def gates() -> Callable[[str], Gated]:
    """What the gate of each of the project's stacks came to: run once, when a test first asks for that stack."""
    return functools.cache(functools.partial(run_gate, ROOT))


@pytest.fixture(scope="session")
def prod_state(gates: Callable[[str], Gated]) -> dict[str, Any]:
    """The state of stack prod as the gate deployed it, as `pulumi stack export` gives it."""
    gated = gates("prod")
    assert gated.done.returncode == 0, gated.done.stdout
    state: dict[str, Any] = json.loads((gated.folder / "state.json").read_text())
    return state


@pytest.fixture
def small() -> Iterator[Rehearsal]:
    """A rehearsal that a test may break."""
    rehearsal = Rehearsal("test-small")
    rehearsal.forget()
    yield rehearsal
    rehearsal.forget()


def deploy_and_judge(workspace: Workspace) -> None:
    """Deploy under the policy pack: every rule comes to an answer and holds, and nothing is left to change."""
    verdict = judge(workspace.deploy("up", "--yes", "--skip-preview", *WITH_PACK))
    assert verdict.holds, verdict.text
    assert not verdict.undecided, verdict.text
    again = workspace.deploy("preview", "--expect-no-changes")
    assert again.ok, again.log.read_text()[-2000:]


def client(workspace: Workspace, service: str) -> Any:
    """A client of the embedded AWS under `workspace`."""
    session = boto3.Session(
        EMBEDDED_CREDENTIALS["AWS_ACCESS_KEY_ID"],
        EMBEDDED_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=workspace.region,
    )
    return session.client(service, endpoint_url=workspace.endpoint)


@pytest.fixture
def copy_of_the_project(tmp_path: Path) -> Iterator[Path]:
    """The tracked files in a folder of their own, for a test to spoil; tools and packages are shared."""
    yield copy_project(tmp_path / "medallion")
    # Whatever the test broke, no process of the copy outlives it.
    subprocess.run(["pkill", "-f", str(tmp_path)], check=False)


def copy_project(folder: Path) -> Path:
    """Copy the project's files, as they are now, and point at the tools and packages of this clone."""
    # With the files that are new and not tracked yet.
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(lambda name: (ROOT / name).exists(), listed.splitlines()):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    (folder / ".medallion").mkdir()
    shutil.copy(PRIVATE / "tools.json", folder / ".medallion")
    (folder / ".venv").symlink_to(ROOT / ".venv")
    hints = PRIVATE / "sdk-hints"  # What the provider has read of the SDK, the same for every copy.
    hints.mkdir(exist_ok=True)
    (folder / ".medallion" / "sdk-hints").symlink_to(hints)
    return folder
