"""The gate opens for what the project deploys and shuts for a spoiled copy of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from embedded.engine.workspace import ROOT

pytestmark = pytest.mark.rehearsal


def run_gate(project: Path, stack: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "embedded", "gate", "--stack", stack]
    return subprocess.run(command, cwd=project, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_gate_is_open_for_the_project_and_leaves_its_files(stack: str) -> None:
    before = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True).stdout
    done = run_gate(ROOT, stack)
    assert done.returncode == 0, done.stdout
    folder = ROOT / "build" / "gate" / stack
    assert json.loads((folder / "preview.json").read_text())["steps"]
    assert json.loads((folder / "state.json").read_text())["deployment"]["resources"]
    assert "passed" in (folder / "report.md").read_text().splitlines()[0]
    kept = stack == "prod"
    assert ("destroy while protected: refused" in done.stdout) is kept, "what prod keeps must not go by one command"
    after = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True).stdout
    assert after == before, "a run must not change a tracked file"


def test_the_gate_shuts_on_a_switched_off_encryption_and_says_rule_resource_reason_and_remedy(
    copy_of_the_project: Path,
) -> None:
    landing = copy_of_the_project / "components" / "landing.py"
    text = landing.read_text()
    assert text.count('encryption_type="KMS"') == 1
    landing.write_text(text.replace('encryption_type="KMS"', 'encryption_type="NONE"'))
    done = run_gate(copy_of_the_project, "dev")
    assert done.returncode == 1
    assert "violated: kinesis" in done.stdout
    report = (copy_of_the_project / "build" / "gate" / "dev" / "report.md").read_text()
    assert "faults" in report.splitlines()[0]


def test_the_gate_shuts_on_a_rule_that_stays_undecided(copy_of_the_project: Path) -> None:
    pack = copy_of_the_project / "policy" / "__main__.py"
    pack.write_text(
        "from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy\n"
        "from pulumi_policy.proxy import UnknownValueError\n"
        "def never(args, report):\n"
        "    if args.resource_type == 'aws:kms/key:Key':\n"
        "        raise UnknownValueError('04da6b54-80e4-46f7-96ec-b56ff0331ba9', ['arn'])\n"
        "PolicyPack('trial', enforcement_level=EnforcementLevel.MANDATORY,\n"
        "    policies=[ResourceValidationPolicy('never-decided', 'Never decided.', never)])\n"
    )
    done = run_gate(copy_of_the_project, "dev")
    assert done.returncode == 1
    assert "undecided: never-decided" in done.stdout


def test_an_unknown_stack_is_refused_with_the_ones_there_are() -> None:
    done = run_gate(ROOT, "staging")
    assert done.returncode == 1
    assert "there is no stack 'staging': the project has dev, local, prod" in done.stdout
