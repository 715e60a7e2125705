"""`make bench`: what the data path (`bench.data`) and its jobs (`bench.spark`) cost, then the program and the rules.

The program is measured against flat programs of as many resources.

Two yardsticks: bare log groups, which are about the cheapest resources there are, and the stack's own resources, of
their own types and with their own inputs, registered one after the other without components, outputs or awsx's plugin.

Then how the rules' time grows: what each resource takes among so many and among so many more, of copies of the deployed
stack that share nothing.
"""

from __future__ import annotations

import datetime
import gc
import hashlib
import json
import re
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import yaml

from bench import data, embedded_aws, spark
from embedded.account import furnish
from embedded.engine.events import Event
from embedded.engine.workspace import PRIVATE, ROOT, WITH_PACK, Workspace
from embedded.judgement import judge
from embedded.provider.values import ARCHIVE, ASSET, SIGNATURE
from policy import review
from policy.exceptions import Waivers

STACK = "prod"
ROUNDS = 3
COPIES = 3  # of about 700 resources
EMPTY = {SIGNATURE: ASSET, "text": " "}
FLAT_PROGRAM = """
import pulumi_aws as aws

for number in range({count}):
    aws.cloudwatch.LogGroup(f"flat-{{number}}", name=f"/flat/{{number}}", retention_in_days=30)
"""
TWIN_PROGRAM = """
import json

import pulumi

options = pulumi.ResourceOptions(version="{version}")
for token, name, inputs in json.load(open("resources.json")):
    pulumi.CustomResource(token, name, inputs, options)
"""


def main() -> int:
    """The data path and its jobs first, which need no engine. Returns 1 where a run failed."""
    data.main()
    spark.main()
    return preview()


def preview() -> int:
    """Measure in turns and print the ratios of medians. Returns 1 where a run failed."""
    with embedded_aws() as endpoint:
        real = Workspace("bench/real", STACK, endpoint)
        real.create()
        for line in furnish(real):
            print(line)
        seen = resources(real.deploy("preview").events)
        version = next(each["metadata"]["new"]["inputs"]["version"] for each in providers(seen))
        flat = workspace("flat", endpoint, FLAT_PROGRAM.format(count=len(seen)))
        twin = workspace("twin", endpoint, TWIN_PROGRAM.format(version=version), bare(seen))
        contestants = {
            "bare log groups": (flat, ()),
            "its own resources, bare": (twin, ()),
            "stack prod": (real, ()),
            "stack prod with the policy pack": (real, WITH_PACK),
        }
        seconds: dict[str, list[float]] = {name: [] for name in contestants}
        for _ in range(ROUNDS):
            for name, (contestant, args) in contestants.items():
                verdict = judge(contestant.deploy("preview", *args))
                if not verdict.holds:
                    print(f"{name}: {verdict.text}", file=sys.stderr)
                    return 1
                seconds[name].append(verdict.deployment.seconds)
        if not real.deploy("up", "--yes", "--skip-preview").ok:
            print(f"stack {STACK} could not be deployed; `make gate STACK={STACK}` says why.", file=sys.stderr)
            return 1
        state = real.state()
    median = {name: statistics.median(measured) for name, measured in seconds.items()}
    print(f"pulumi preview of {len(seen)} resources, median of {ROUNDS}:")
    for name, measured in median.items():
        against = "".join(f"{measured / median[base]:9.2f} x {base}" for base in list(contestants)[:2])
        print(f"  {name:<34}{measured:6.1f} s{against}")
    alone, judged = (median[name] for name in list(contestants)[2:])
    print(f"  the pack's own time is {(judged - alone) / alone:.0%} of the preview's without it")
    few, many = (per_resource(state, number) for number in (1, COPIES))
    print(f"rules, least of {ROUNDS}, time per resource in one deployed stack and in {COPIES}:")
    print(f"  {few * 1000:.2f} ms, {many * 1000:.2f} ms: {many / few:.2f} x")
    return 0


def per_resource(state: Mapping[str, Any], number: int) -> float:
    """Seconds that the rules take for a resource of so many copies of a stack."""
    held = {"deployment": {"resources": copies(state, number)}}
    taken = []
    gc.disable()  # as the pack does while it serves
    for _ in range(ROUNDS):
        resources = review.resources(held)
        started = time.perf_counter()
        review.judge(resources, Waivers((), today=datetime.date.today()))
        taken.append(time.perf_counter() - started)
    gc.enable()
    return min(taken) / len(resources)


def copies(state: Mapping[str, Any], number: int) -> list[dict[str, Any]]:
    """The resources of a deployed stack so many times, each time under URNs, names and ids of its own."""
    text = json.dumps(state["deployment"]["resources"])
    renamed = (re.sub(r"medallion(?=-prod|::)|[0-9a-f]{8,}", partial(other, each), text) for each in range(number))
    return [resource for each in renamed for resource in json.loads(each)]


def other(number: int, found: re.Match[str]) -> str:
    """Another name or id of the same form; the account's number stays."""
    text = found[0]
    if text.isdigit():
        return text
    if text == "medallion":
        return f"{text}{number}"
    return hashlib.sha256(f"{text} {number}".encode()).hexdigest()[: len(text)]


def resources(events: Sequence[Event]) -> list[dict[str, Any]]:
    """What a preview registered, in order."""
    return [each.body for each in events if each.kind == "resourcePreEvent"]


def providers(seen: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The `aws` providers among them."""
    return [each for each in seen if each["metadata"]["type"] == "pulumi:providers:aws"]


def bare(seen: Sequence[dict[str, Any]]) -> list[tuple[str, str, Any]]:
    """Type, name and inputs of each AWS resource; what is unknown in a preview stays so."""
    steps = [each["metadata"] for each in seen]
    return [
        (step["type"], f"{step['urn'].rpartition('::')[2]}", without_assets(step["new"]["inputs"]))
        for step in steps
        if step["type"].startswith("aws:")
    ]


def without_assets(value: Any) -> Any:
    """Inputs with each file and archive as an empty one, and a text for each secret, which events don't show."""
    if isinstance(value, list):
        return [without_assets(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.get(SIGNATURE) == ASSET:
        return EMPTY
    if value.get(SIGNATURE) == ARCHIVE:
        return {SIGNATURE: ARCHIVE, "assets": {"empty": EMPTY}}
    if SIGNATURE in value:
        return "a secret"
    return {key: without_assets(each) for key, each in value.items() if key != "__defaults"}


def workspace(name: str, endpoint: str, program: str, listed: Sequence[tuple[str, str, Any]] = ()) -> Workspace:
    """A workspace whose program is this, on the same provider."""
    folder = PRIVATE / "bench" / f"{name}-program"
    folder.mkdir(parents=True, exist_ok=True)
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump({"name": project["name"], "runtime": "python"}))
    (folder / "__main__.py").write_text(program)
    (folder / "resources.json").write_text(json.dumps(listed))
    region = yaml.safe_load((ROOT / f"Pulumi.{STACK}.yaml").read_text())["config"]["aws:region"]
    (folder / f"Pulumi.{STACK}.yaml").write_text(yaml.safe_dump({"config": {"aws:region": region}}))
    made = Workspace(f"bench/{name}", STACK, endpoint, folder)
    made.create()
    return made


if __name__ == "__main__":
    sys.exit(main())
