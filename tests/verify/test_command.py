"""The command: its arguments and exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.verify.conftest import OUTPUTS
from verify import __main__ as command
from verify import flow
from verify.platform import Outputs, OutputsError, Platform


def outputs(folder: Path, **changed: Any) -> Path:
    path = folder / "outputs.json"
    path.write_text(json.dumps(OUTPUTS | {"queues": {"landing-files": "https://queue"}} | changed))
    return path


def test_help_says_what_it_does_and_its_exit_codes() -> None:
    found = subprocess.run([sys.executable, "-m", "verify", "--help"], capture_output=True, text=True, check=True)
    assert "--days" in found.stdout
    assert "Exit codes" in found.stdout


def test_outputs_that_lack_something_name_all_of_it(tmp_path: Path) -> None:
    with pytest.raises(OutputsError, match=r"has no region, api_url; write it with"):
        Outputs.read(outputs(tmp_path, region=None, api_url=""))


@pytest.mark.parametrize("content", ["", "[]", "{}"])
def test_unusable_outputs_exit_2(tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "outputs.json"
    path.write_text(content)
    assert command.main(["--outputs", str(path)]) == command.UNUSABLE
    assert str(path) in capsys.readouterr().err
    assert command.main(["--outputs", str(tmp_path / "none.json")]) == command.UNUSABLE


@pytest.mark.parametrize("days", ["0", "366", "-1", "many"])
def test_days_outside_the_year_are_refused(days: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["--outputs", "x", f"--days={days}"])
    assert ended.value.code == 2
    assert "give 1 to 365" in capsys.readouterr().err


def test_a_platform_that_fails_exits_3(tmp_path: Path, platform: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    path = outputs(tmp_path, initial_bucket="no-such-bucket")
    assert command.main(["--outputs", str(path), "--days", "1"]) == command.FAILED
    assert "The platform failed: " in capsys.readouterr().err


def test_an_empty_platform_without_sending_exits_3(
    tmp_path: Path, platform: Platform, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(flow, "run_workflow", lambda _: {})
    assert command.main(["--outputs", str(outputs(tmp_path)), "--no-send"]) == command.FAILED
    assert "There are no flights in the initial layer" in capsys.readouterr().err


def test_a_run_that_fails_leaves_no_page_of_another(tmp_path: Path, platform: Platform) -> None:
    page = tmp_path / "index.html"
    page.write_text("All checks hold.")
    path = outputs(tmp_path, initial_bucket="no-such-bucket")
    assert command.main(["--outputs", str(path), "--days", "1", "--report", str(page)]) == command.FAILED
    assert not page.exists()


def test_an_interrupt_is_no_traceback(
    tmp_path: Path, platform: Platform, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_: Platform) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(flow, "before", interrupt)
    assert command.main(["--outputs", str(outputs(tmp_path)), "--days", "1"]) == command.INTERRUPTED
    assert "Interrupted" in capsys.readouterr().err


def test_the_manifest_is_written_before_anything_is_sent(
    tmp_path: Path, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: Platform) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(flow, "before", interrupt)
    manifest = tmp_path / "manifest.json"
    command.main(["--outputs", str(outputs(tmp_path)), "--days", "1", "--manifest", str(manifest)])
    assert json.loads(manifest.read_text())["days"] == 1


def test_what_verify_imports_is_neither_the_program_nor_what_stands_in_for_aws() -> None:
    code = "import sys, verify.__main__; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]}
    )
    assert not {"components", "workloads", "embedded", "contracts", "pulumi", "moto"} & set(found.stdout.split())
