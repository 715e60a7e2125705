"""`make up`: the whole platform on the embedded AWS, real data through it, checked. `make down` ends it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from embedded import running
from embedded.engine.workspace import PRIVATE, ROOT, WITH_PACK, Workspace, WorkspaceError, aws_env
from embedded.judgement import judge
from embedded.summary import share_lines

STACK = "local"
REPORT = ROOT / "build" / "report" / "index.html"
"""What the last check found, as a page; that of tests' own rehearsals is not kept."""


@dataclass(frozen=True)
class Rehearsal:
    """Stack local on an embedded AWS of its own, kept in `.medallion/NAME` from one command to the next."""

    name: str = STACK

    @property
    def folder(self) -> Path:
        """Where state, logs and the embedded AWS's work lie."""
        return PRIVATE / self.name

    @property
    def outputs(self) -> Path:
        """The stack's outputs, as the check reads them."""
        return self.folder / "outputs.json"

    @property
    def under_way(self) -> Path:
        """There while resources are being changed: a run that was killed leaves it, and its state can't be trusted."""
        return self.folder / "deployment-under-way"

    def up(self, port: int = 0, days: int | None = None) -> int:
        """Deploy, send the data (of the first `days` days; all by default) and check it. Returns an exit code."""
        start = time.monotonic()
        workspace = self.deploy(port)
        if workspace is None:
            return 1
        code = self.check(workspace, days)
        print(f"\n{'Done' if code == 0 else 'Failed'} in {time.monotonic() - start:.0f} s.", end=" ")
        print(f"The embedded AWS serves on {workspace.endpoint} until `make down`.")
        return code

    def deploy(self, port: int = 0) -> Workspace | None:
        """Deploy under the policy pack and tell how much of it is real. Returns None where it was not deployed."""
        workspace = self.ready(port)
        self.under_way.touch()
        deployment = workspace.deploy("up", "--yes", "--skip-preview", *WITH_PACK)
        self.under_way.unlink()
        verdict = judge(deployment)
        print(verdict.text, flush=True)
        if not verdict.holds:
            print(f"The platform was not deployed; the engine's output is in {deployment.log.relative_to(ROOT)}.")
            return None
        self.outputs.write_text(workspace.run("stack", "output", "--json", "--stack", STACK))
        print(f"\n{share_lines(workspace.resources())}\n", flush=True)
        return workspace

    def ready(self, port: int = 0) -> Workspace:
        """The workspace with a running embedded AWS under it, built anew where the last one can't be gone on with."""
        cloud = running.find(self.folder)
        doubt = self.reason_to_rebuild(cloud)
        if doubt:
            print(f"Starting afresh: {doubt}.", flush=True)
            self.forget()
            cloud = None
        if cloud is None:
            cloud = running.start(self.folder, port)
        workspace = self.workspace(cloud)
        workspace.create()
        return workspace

    def reason_to_rebuild(self, cloud: running.Cloud | None) -> str | None:
        """Why the platform of the last run can't be gone on with, or None."""
        if not (self.folder / "state").exists():
            return None
        if cloud is None:
            return "the embedded AWS of the last run was killed or the machine restarted, and it keeps nothing"
        if self.under_way.exists():
            return "the last deployment was cut off, so what it left is unknown"
        try:
            self.workspace(cloud).state()
        except (WorkspaceError, ValueError) as error:
            return f"the state of the last run can't be read ({error})"
        return None

    def check(self, workspace: Workspace, days: int | None = None) -> int:
        """Run the end-to-end check against the deployed stack, as against any AWS."""
        command = [sys.executable, "-m", "verify", "--outputs", str(self.outputs)]
        command += ["--days", str(days)] if days else []
        command += ["--report", str(REPORT)] if self.name == STACK else []
        return subprocess.run(command, cwd=ROOT, env=clients_env(workspace)).returncode

    def verify(self) -> int:
        """Check the running platform again. Raises WorkspaceError where none runs."""
        return self.check(self._deployed())

    def environment(self) -> dict[str, str]:
        """What makes any AWS client talk to the running rehearsal. Raises WorkspaceError where none runs."""
        return clients_env(self._deployed())

    def _deployed(self) -> Workspace:
        cloud = running.find(self.folder)
        if cloud is None or not self.outputs.exists():
            raise WorkspaceError("stack local is not running; deploy it with `make up`.")
        return self.workspace(cloud)

    def down(self) -> int:
        """Destroy the stack and end the embedded AWS."""
        cloud = running.find(self.folder)
        if cloud is None:
            self.forget()
            print("Nothing was running.")
            return 0
        verdict = judge(self.workspace(cloud).deploy("destroy", "--yes", "--skip-preview"))
        print(verdict.text)
        if not verdict.holds:
            return 1
        self.forget()
        print("Stack local is destroyed and the embedded AWS stopped.")
        return 0

    def status(self) -> int:
        """Say what is running."""
        cloud = running.find(self.folder)
        if cloud is None:
            print("The embedded AWS is not running; `make up` starts it.")
            return 0
        print(f"The embedded AWS serves on {cloud.endpoint} (process {cloud.pid}).")
        print(share_lines(self.workspace(cloud).resources()))
        return 0

    def workspace(self, cloud: running.Cloud) -> Workspace:
        """The engine's workspace on `cloud`."""
        return Workspace(self.name, STACK, cloud.endpoint)

    def forget(self) -> None:
        """End the embedded AWS and drop all that was kept."""
        running.stop(self.folder)
        Workspace(self.name, STACK, "").forget()


def clients_env(workspace: Workspace) -> dict[str, str]:
    """The environment of AWS clients of the embedded AWS, without the caller's own AWS settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | aws_env(workspace.endpoint, workspace.region)
