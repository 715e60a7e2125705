"""The real engine runs small programs through our language host."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from embedded.engine.workspace import ROOT, Tools


class Project:
    """A throw-away Pulumi project with a stack `try`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        self.folder.mkdir()
        (folder / "state").mkdir()
        (self.folder / "Pulumi.yaml").write_text("name: trial\nruntime: python\n")
        self.pulumi = Tools.load().pulumi
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")} | {
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{folder}/state",
            "PULUMI_CONFIG_PASSPHRASE": "trial",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "MEDALLION_ROOT": str(ROOT),
            "MEDALLION_PULUMI_BIN": str(self.pulumi.parent),
        }
        self.run("stack", "init", "try")

    def start(self, *args: str) -> subprocess.Popen[str]:
        """Start the engine."""
        command = [str(self.pulumi), *args, "--non-interactive"]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.env,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, *args: str) -> tuple[int, str]:
        """Run the engine to its end."""
        process = self.start(*args)
        said, _ = process.communicate(timeout=60)
        return process.returncode, said

    def program(self, text: str) -> None:
        """Write the program."""
        (self.folder / "__main__.py").write_text(text)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_a_program_reads_its_config_and_its_outputs_reach_the_state(project: Project) -> None:
    project.program("import pulumi\npulumi.export('told', pulumi.Config().require('colour'))\n")
    project.run("config", "set", "colour", "blue")
    code, said = project.run("up", "--yes", "--skip-preview")
    assert code == 0, said
    assert "warning" not in said, "the engine should not notice that the host is ours"
    _, outputs = project.run("stack", "output", "--json")
    assert json.loads(outputs) == {"told": "blue"}


def test_a_program_that_raises_fails_the_run_and_shows_its_traceback(project: Project) -> None:
    project.program("raise ValueError('no such zone')\n")
    code, said = project.run("preview")
    assert code != 0
    assert "ValueError: no such zone" in said


def test_an_interrupted_run_leaves_no_program_behind(project: Project, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    project.program(
        f"import os, pathlib, time\npathlib.Path({str(pid_file)!r}).write_text(str(os.getpid()))\ntime.sleep(60)\n"
    )
    engine = project.start("up", "--yes", "--skip-preview")
    wait_until(lambda: pid_file.exists() and pid_file.read_text() != "")
    engine.send_signal(signal.SIGINT)
    engine.communicate(timeout=20)
    wait_until(lambda: not alive(int(pid_file.read_text())))


def test_a_killed_engine_takes_its_program_with_it(project: Project, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    project.program(
        f"import os, pathlib, time\npathlib.Path({str(pid_file)!r}).write_text(str(os.getpid()))\ntime.sleep(60)\n"
    )
    engine = project.start("preview")
    wait_until(lambda: pid_file.exists() and pid_file.read_text() != "")
    engine.kill()
    engine.communicate(timeout=20)
    wait_until(lambda: not alive(int(pid_file.read_text())))


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(holds: object, seconds: float = 20) -> None:
    """Wait for a condition, or fail."""
    assert callable(holds)
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold in time"
        time.sleep(0.1)
