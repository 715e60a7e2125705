"""`make bench`: what the program's structure and the policy pack cost, against a flat program of as many resources."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

import yaml

from embedded import running
from embedded.engine.workspace import PRIVATE, ROOT, WITH_PACK, Workspace
from embedded.judgement import judge

STACK = "prod"
ROUNDS = 3
FLAT_PROGRAM = """
import pulumi_aws as aws

for number in range({count}):
    aws.cloudwatch.LogGroup(f"flat-{{number}}", name=f"/flat/{{number}}", retention_in_days=30)
"""


def main() -> int:
    """Measure in turns and print the ratio of medians. Returns 1 where a run failed."""
    folder = PRIVATE / "bench"
    running.stop(folder)
    endpoint = running.start(folder).endpoint
    try:
        real = Workspace("bench/real", STACK, endpoint)
        real.create()
        count = sum(seen.kind == "resourcePreEvent" for seen in real.deploy("preview").events)
        flat = flat_workspace(folder / "program", endpoint, count)
        contestants = {
            "flat program": (flat, ()),
            "stack prod": (real, ()),
            "stack prod with the policy pack": (real, WITH_PACK),
        }
        seconds: dict[str, list[float]] = {name: [] for name in contestants}
        for _ in range(ROUNDS):
            for name, (workspace, args) in contestants.items():
                verdict = judge(workspace.deploy("preview", *args))
                if not verdict.holds:
                    print(f"{name}: {verdict.text}", file=sys.stderr)
                    return 1
                seconds[name].append(verdict.deployment.seconds)
    finally:
        running.stop(folder)
    base = statistics.median(seconds["flat program"])
    print(f"pulumi preview of {count} resources, median of {ROUNDS}:")
    for name, measured in seconds.items():
        print(f"  {name:<34}{statistics.median(measured):6.1f} s{statistics.median(measured) / base:7.2f} x flat")
    return 0


def flat_workspace(program: Path, endpoint: str, count: int) -> Workspace:
    """A workspace whose program is `count` bare resources on the same provider."""
    program.mkdir(parents=True, exist_ok=True)
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    (program / "Pulumi.yaml").write_text(yaml.safe_dump({"name": project["name"], "runtime": "python"}))
    (program / "__main__.py").write_text(FLAT_PROGRAM.format(count=count))
    region = yaml.safe_load((ROOT / f"Pulumi.{STACK}.yaml").read_text())["config"]["aws:region"]
    (program / f"Pulumi.{STACK}.yaml").write_text(yaml.safe_dump({"config": {"aws:region": region}}))
    workspace = Workspace("bench/flat", STACK, endpoint, program)
    workspace.create()
    return workspace


if __name__ == "__main__":
    sys.exit(main())
