"""The whole platform, deployed once for the tests that look at it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from embedded.engine.workspace import PRIVATE, ROOT, Workspace
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


@pytest.fixture
def small() -> Iterator[Rehearsal]:
    """A rehearsal that a test may break."""
    rehearsal = Rehearsal("test-small")
    rehearsal.forget()
    yield rehearsal
    rehearsal.forget()


@pytest.fixture
def copy_of_the_project(tmp_path: Path) -> Iterator[Path]:
    """The tracked files in a folder of their own, for a test to spoil; tools and packages are shared."""
    yield copy_project(tmp_path / "medallion")
    # Whatever the test broke, no process of the copy outlives it.
    subprocess.run(["pkill", "-f", str(tmp_path)], check=False)


def copy_project(folder: Path) -> Path:
    """Copy the tracked files, as they are now, and point at the tools and packages of this clone."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(lambda name: (ROOT / name).exists(), listed.splitlines()):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    (folder / ".medallion").mkdir()
    shutil.copy(PRIVATE / "tools.json", folder / ".medallion")
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder
