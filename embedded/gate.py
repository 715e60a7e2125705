"""`make gate`: a stack judged by what it really deploys, on an embedded AWS that is thrown away afterwards.

A preview alone can't judge: a rule that meets a value that is not known yet becomes an advisory line. So the stack is
deployed, where all is known, and every rule must come to an answer.
"""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from embedded import running
from embedded.account import furnish
from embedded.engine.workspace import PRIVATE, ROOT, WITH_PACK, Workspace
from embedded.judgement import Verdict, judge
from embedded.summary import leftovers, share_lines

# The setting that keeps data from being destroyed, and its value that lets it be, as an operator would set them.
PROTECTION = "medallion:protection.data"
DISPOSABLE = "disposable"


@dataclass
class Report:
    """What the gate found, step by step, as `report.md` will tell it."""

    stack: str
    faults: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def step(self, title: str, verdict: Verdict, *, decided: bool = False) -> bool:
        """Write down a step; where `decided`, a rule without an answer is a fault. Returns whether it is well."""
        faults = list(verdict.errors) + [f"violated: {found}" for found in verdict.violations]
        if decided:
            faults += [f"undecided: {found}" for found in verdict.undecided]
        self.faults += [f"{title}: {fault}" for fault in faults]
        self.lines += [f"## {title}", "", "```", verdict.text, "```", ""]
        print(verdict.text, flush=True)
        return not faults and verdict.deployment.ok

    def write(self, folder: Path) -> None:
        """Write `report.md` into `folder`."""
        outcome = f"**{'passed' if not self.faults else f'{len(self.faults)} faults'}**"
        faults = [f"- {fault}" for fault in self.faults]
        (folder / "report.md").write_text(
            "\n".join([f"# Gate of stack {self.stack}: {outcome}", *faults, "", *self.lines])
        )


def gate(stack: str) -> int:
    """Deploy `stack` with the pack, preview it again, destroy it. Returns 0 if all held, else 1."""
    folder = ROOT / "build" / "gate" / stack
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    name = f"gate-{stack}"
    private = PRIVATE / name
    running.stop(private)
    shutil.rmtree(private, ignore_errors=True)
    report = Report(stack)
    try:
        Workspace(name, stack, "").check_stack()
        workspace = Workspace(name, stack, running.start(private).endpoint)
        workspace.create()
        for line in furnish(workspace):
            print(line, flush=True)
            report.lines += [line, ""]
        judge_stack(workspace, report, folder)
    finally:
        running.stop(private)
        report.write(folder)
    shown = folder.relative_to(ROOT)
    if report.faults:
        print(f"\nThe gate of stack {stack} is shut; {shown}/report.md has all of it:", file=sys.stderr)
        print("\n".join(f"- {fault}" for fault in report.faults), file=sys.stderr)
        return 1
    print(f"\nThe gate of stack {stack} is open: nothing violated, nothing undecided, nothing left over. See {shown}/.")
    return 0


def judge_stack(workspace: Workspace, report: Report, folder: Path) -> None:
    """The gate's steps, each only after the one before it went well."""
    preview = workspace.deploy("preview", "--json", *WITH_PACK, stdout=folder / "preview.json")
    if not report.step("Preview", judge(preview)):
        return
    deployed = report.step(
        "Deployment", judge(workspace.deploy("up", "--yes", "--skip-preview", *WITH_PACK)), decided=True
    )
    (folder / "state.json").write_text(json.dumps(workspace.state(), indent=2))
    if deployed:
        report.lines += [share_lines(workspace.resources()), ""]
        report.step("Second preview", judge(workspace.deploy("preview", "--expect-no-changes")))
    # Whatever went wrong before, what was deployed must be possible to take down: first its protection, then all.
    if deployed and protected(workspace):
        refuse_destruction(workspace, report)
        workspace.run("config", "set", "--path", PROTECTION, DISPOSABLE, *workspace.stack_args)
        report.step("Protection lifted", judge(workspace.deploy("up", "--yes", "--skip-preview")))
    if report.step("Destruction", judge(workspace.deploy("destroy", "--yes", "--skip-preview"))):
        found = [
            *(str(each["urn"]) for each in workspace.resources()),
            *leftovers(workspace.endpoint, workspace.region),
        ]
        report.faults += [f"Destruction: left over: {each}" for each in found]


def refuse_destruction(workspace: Workspace, report: Report) -> None:
    """What is protected must not go by one command, nor in part."""
    before = len(list(workspace.resources()))
    attempt = workspace.deploy("destroy", "--yes")
    left = len(list(workspace.resources()))
    outcome = "done" if attempt.ok else "refused"
    print(f"destroy while protected: {outcome}, {left} of {before} resources stay", flush=True)
    if attempt.ok or left != before:
        report.faults.append(f"Destruction while protected: {before - left} of {before} resources went; none may.")
    report.lines += ["## Destruction while protected", "", f"{left} of {before} resources stay.", ""]


def protected(workspace: Workspace) -> bool:
    """Whether the stack's settings keep its data from being destroyed."""
    key, _, field_name = PROTECTION.partition(".")
    settings = yaml.safe_load(workspace.stack_file.read_text())["config"]
    return bool(settings.get(key, {}).get(field_name) != DISPOSABLE)
