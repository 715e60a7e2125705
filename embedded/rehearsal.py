"""`make up`: the whole platform on the embedded AWS, real data through it, checked. `make down` ends it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable

from embedded import running
from embedded.engine.workspace import PRIVATE, ROOT, Workspace, WorkspaceError, aws_env
from embedded.judgement import judge
from embedded.summary import share_lines

STACK = "local"
FOLDER = PRIVATE / STACK
OUTPUTS = FOLDER / "outputs.json"
# There while resources are being changed: a run that was killed leaves it, and its state can't be trusted.
UNDER_WAY = FOLDER / "deployment-under-way"


def up(port: int = 0, days: int | None = None) -> int:
    """Deploy stack local, send the data (of `days` days; all by default) and check it. Returns an exit code."""
    start = time.monotonic()
    workspace = ready_workspace(port)
    UNDER_WAY.touch()
    deployment = workspace.deploy("up", "--yes", "--skip-preview", "--policy-pack", str(ROOT / "policy"))
    UNDER_WAY.unlink()
    verdict = judge(deployment)
    print(verdict.text, flush=True)
    if not verdict.holds:
        print(f"The platform was not deployed; the engine's output is in {deployment.log.relative_to(ROOT)}.")
        return 1
    OUTPUTS.write_text(workspace.run("stack", "output", "--json", "--stack", STACK))
    print(f"\n{share_lines(workspace.resources())}\n", flush=True)
    code = check(workspace.endpoint, workspace.region, days)
    print(f"\n{'Done' if code == 0 else 'Failed'} in {time.monotonic() - start:.0f} s. The embedded AWS serves on")
    print(f"{workspace.endpoint} until `make down`.")
    return code


def ready_workspace(port: int) -> Workspace:
    """Stack local with a running embedded AWS under it, built anew where the last one can't be gone on with."""
    cloud = running.find(FOLDER)
    doubt = reason_to_rebuild(cloud)
    if doubt:
        print(f"Starting afresh: {doubt}.")
        running.stop(FOLDER)
        Workspace(STACK, STACK, "").forget()
        cloud = None
    if cloud is None:
        cloud = running.start(FOLDER, port)
    workspace = Workspace(STACK, STACK, cloud.endpoint)
    workspace.create()
    return workspace


def reason_to_rebuild(cloud: running.Cloud | None) -> str | None:
    """Why the platform of the last run can't be gone on with, or None."""
    if not (FOLDER / "state").exists():
        return None
    if cloud is None:
        return "the embedded AWS of the last run was killed or the machine restarted, and it keeps nothing"
    if UNDER_WAY.exists():
        return "the last deployment was cut off, so what it left is unknown"
    try:
        Workspace(STACK, STACK, cloud.endpoint).state()
    except (WorkspaceError, ValueError) as error:
        return f"the state of the last run can't be read ({error})"
    return None


def check(endpoint: str, region: str, days: int | None) -> int:
    """Run the end-to-end check against the deployed stack, as against any AWS."""
    command = [sys.executable, "-m", "verify", "--outputs", str(OUTPUTS)]
    command += ["--days", str(days)] if days else []
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(command, cwd=ROOT, env=kept | aws_env(endpoint, region)).returncode


def verify() -> int:
    """Check the running platform again. Raises WorkspaceError where none runs."""
    cloud = running.find(FOLDER)
    if cloud is None or not OUTPUTS.exists():
        raise WorkspaceError("stack local is not running; deploy it with `make up`.")
    return check(cloud.endpoint, Workspace(STACK, STACK, cloud.endpoint).region, None)


def down() -> int:
    """Destroy stack local and end the embedded AWS."""
    cloud = running.find(FOLDER)
    if cloud is None:
        running.stop(FOLDER)
        Workspace(STACK, STACK, "").forget()
        print("Nothing was running.")
        return 0
    workspace = Workspace(STACK, STACK, cloud.endpoint)
    destroyed = workspace.deploy("destroy", "--yes", "--skip-preview")
    verdict = judge(destroyed)
    if not verdict.holds:
        print(verdict.text)
    running.stop(FOLDER)
    if verdict.holds:
        workspace.forget()
        print("Stack local is destroyed and the embedded AWS stopped.")
    return 0 if verdict.holds else 1


def status() -> int:
    """Say what is running."""
    cloud = running.find(FOLDER)
    if cloud is None:
        print("The embedded AWS is not running; `make up` starts it.")
        return 0
    print(f"The embedded AWS serves on {cloud.endpoint} (process {cloud.pid}).")
    print(share_lines(Workspace(STACK, STACK, cloud.endpoint).resources()))
    return 0


COMMANDS: dict[str, Callable[[], int]] = {"down": down, "status": status}
