"""What the workflows call is there, of the version that the project pins; zizmor reads them in `make check`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from embedded.engine.setup import PULUMI_VERSION

FOLDER = Path(".github/workflows")
WORKFLOWS = sorted(FOLDER.glob("*.yml"))


def steps(workflow: Path) -> Iterator[dict[str, Any]]:
    for job in yaml.safe_load(workflow.read_text())["jobs"].values():
        yield from job.get("steps", ())


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_each_target_that_a_workflow_makes_is_one_of_the_makefile(workflow: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", Path("Makefile").read_text(), re.MULTILINE))
    called = {target for step in steps(workflow) for target in re.findall(r"\bmake ([a-z]+)", step.get("run", ""))}
    assert called <= targets


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_each_file_of_the_repository_that_a_workflow_uses_is_there(workflow: Path) -> None:
    used = re.findall(r"uses: \./(\S+)", workflow.read_text())
    assert all(Path(path).exists() for path in used)


def test_the_engine_that_deploys_is_the_one_that_rehearses() -> None:
    versions = [
        step["with"]["pulumi-version"]
        for step in steps(FOLDER / "stack.yml")
        if "pulumi/actions" in step.get("uses", "")
    ]
    assert versions == [PULUMI_VERSION]


def test_prod_waits_for_dev_and_dev_for_the_tests() -> None:
    jobs = yaml.safe_load((FOLDER / "deploy.yml").read_text())["jobs"]
    assert [jobs["dev"]["needs"], jobs["prod"]["needs"]] == ["ci", "dev"]
    assert [jobs[stack]["with"]["environment"] for stack in ("dev", "prod")] == ["dev", "prod"]
