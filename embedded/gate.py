"""`make gate`: a stack judged by what it really deploys, on an embedded AWS that is thrown away afterwards.

A preview alone can't judge: a rule that meets a value that is not known yet becomes an advisory line. So the stack is
deployed, where all is known, and every rule must come to an answer. The state that it leaves is then judged once more,
offline: the engine reports only what is wrong, while evidence has to say what was judged. Both must say the same.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from embedded import running
from embedded.account import furnish
from embedded.agreement import disagreements, judged_to_the_end
from embedded.engine.workspace import PRIVATE, ROOT, WITH_PACK, Deployment, Workspace
from embedded.judgement import Verdict, judge
from embedded.summary import leftovers, share_lines
from policy import exceptions, review
from policy.review import evidence
from policy.rules import RULES

# The setting that keeps data from being destroyed, and its value that lets it be, as an operator would set them.
PROTECTION = "medallion:protection.data"
DISPOSABLE = "disposable"


@dataclass
class Report:
    """What the gate found, step by step, as `report.md` will tell it."""

    stack: str
    faults: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    evidence: str = "No evidence: the stack did not come to its end, so that it could not be judged as a whole.\n"

    def step(self, title: str, verdict: Verdict, *, decided: bool = False) -> bool:
        """Write down a step; where `decided`, a rule without an answer is a fault. Returns whether it is well."""
        faults = list(verdict.errors) + [f"violated: {found}" for found in verdict.violations]
        if decided:
            faults += [f"undecided: {found}" for found in verdict.undecided]
        self.faults += [f"{title}: {fault}" for fault in faults]
        self.lines += [f"### {title}", "", "````", verdict.text, "````", ""]
        print(verdict.text, flush=True)
        return not faults and verdict.deployment.ok

    def write(self, folder: Path) -> None:
        """Write `report.md` into `folder`."""
        outcome = f"**{'passed' if not self.faults else f'{len(self.faults)} faults'}**"
        faults = [f"- {fault}" for fault in self.faults]
        head = [f"# Gate of stack {self.stack}: {outcome}", "", *faults, *([""] if faults else [])]
        lines = [*head, self.evidence, "## Steps", "", *self.lines]
        (folder / "report.md").write_text("\n".join(lines))


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
    preview = judge(workspace.deploy("preview", "--json", *WITH_PACK, stdout=folder / "preview.json"))
    if not report.step("Preview", preview):
        return
    deployment = workspace.deploy("up", "--yes", "--skip-preview", *WITH_PACK)
    deployed = report.step("Deployment", judge(deployment), decided=True)
    state = workspace.state()
    (folder / "state.json").write_text(json.dumps(state, indent=2))
    if judged_to_the_end(deployment):
        deployed = bear_witness(workspace, report, preview, deployment, state) and deployed
    elif deployed:
        report.faults.append("Deployment: it ended well, but the policy pack was not asked about the whole stack.")
        deployed = False
    if deployed:
        report.lines += ["````", share_lines(workspace.resources()), "````", ""]
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


def bear_witness(
    workspace: Workspace, report: Report, preview: Verdict, deployment: Deployment, state: dict[str, Any]
) -> bool:
    """Judge the deployed state offline and put the evidence into the report. Returns whether it holds."""
    waivers = exceptions.load(
        exceptions.file_of(workspace.project), workspace.stack, frozenset(rule.id for rule in RULES)
    )
    judged = review.judge(review.resources(state), waivers)
    differences = disagreements(deployment, judged)
    report.faults += [f"Review: {difference}" for difference in differences]
    deferred: dict[str, list[str]] = {}
    for each in preview.undecided:
        deferred.setdefault(each.rule, []).append(each.resource)
    twice = "by the engine as it deployed, and offline from the state that this left"
    facts = evidence.facts_of(state) | {
        "deployed to": "the embedded AWS, thrown away afterwards",
        "judged": f"{twice}: {'**they differ**' if differences else 'both say the same'}",
        "commit": commit(),
    }
    report.evidence = evidence.document(judged, facts, deferred)
    print(f"review: {evidence.verdict_line(judged)}", flush=True)
    return judged.holds and not differences


def commit() -> str:
    """The commit that was judged, and whether the tree differs from it; empty where there is no git to ask."""
    head, changes = (
        subprocess.run(["git", *args], cwd=ROOT, capture_output=True, text=True, check=False)
        for args in (("rev-parse", "HEAD"), ("status", "--porcelain"))
    )
    if head.returncode:
        return ""
    return head.stdout.strip() + (", with changes that are not committed" if changes.stdout.strip() else "")


def refuse_destruction(workspace: Workspace, report: Report) -> None:
    """What is protected must not go by one command, nor in part."""
    before = len(list(workspace.resources()))
    attempt = workspace.deploy("destroy", "--yes")
    left = len(list(workspace.resources()))
    outcome = "done" if attempt.ok else "refused"
    print(f"destroy while protected: {outcome}, {left} of {before} resources stay", flush=True)
    if attempt.ok or left != before:
        report.faults.append(f"Destruction while protected: {before - left} of {before} resources went; none may.")
    report.lines += ["### Destruction while protected", "", f"{left} of {before} resources stay.", ""]


def protected(workspace: Workspace) -> bool:
    """Whether the stack's settings keep its data from being destroyed."""
    key, _, field_name = PROTECTION.partition(".")
    settings = yaml.safe_load(workspace.stack_file.read_text())["config"]
    return bool(settings.get(key, {}).get(field_name) != DISPOSABLE)
