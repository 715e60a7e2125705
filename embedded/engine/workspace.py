"""A folder of its own for each embedded run of Pulumi: state, secrets' passphrase, plugins and the stack's settings.

A user's own Pulumi is never touched: PULUMI_HOME and the backend lie under `.medallion/`, which git ignores. The stack
file is copied there, because `pulumi stack init` writes the passphrase's salt into the file that it finds.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import subprocess
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from embedded.engine.events import Event, read_events, tell_progress

ROOT = Path(__file__).resolve().parent.parent.parent
PRIVATE = ROOT / ".medallion"
PULUMI_HOME = PRIVATE / "pulumi-home"

# What has the project's own policy pack judge a run.
WITH_PACK = ("--policy-pack", str(ROOT / "policy"))

# The provider and the account that the embedded AWS knows; neither opens anything elsewhere.
EMBEDDED_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "embedded", "AWS_SECRET_ACCESS_KEY": "embedded"}


class WorkspaceError(Exception):
    """Pulumi could not be run, or could not do what it was asked; the message says which and what to do."""


@dataclass(frozen=True)
class Tools:
    """What set-up found or built: the engine, JAVA_HOME (None where `java` on PATH serves) and the jars' folder."""

    pulumi: Path
    java_home: str | None
    jars: Path

    @classmethod
    def load(cls) -> Tools:
        """Read what set-up wrote. Raises WorkspaceError where it has not run."""
        try:
            found = json.loads((PRIVATE / "tools.json").read_text())
        except (FileNotFoundError, json.JSONDecodeError) as error:
            raise WorkspaceError(
                "the tools are not set up: run `make setup`, which every make target does first."
            ) from error
        return cls(Path(found["pulumi"]), found["java_home"], Path(found["jars"]))


def stacks(project: Path = ROOT) -> list[str]:
    """The stacks that the project has a file for."""
    return sorted(path.name.split(".")[1] for path in project.glob("Pulumi.*.yaml"))


@dataclass(frozen=True)
class Workspace:
    """One stack of `project` run against the embedded AWS at `endpoint`; `name` is its folder under `.medallion/`."""

    name: str
    stack: str
    endpoint: str
    project: Path = ROOT

    @property
    def folder(self) -> Path:
        """Where all that this run keeps lies."""
        return PRIVATE / self.name

    @property
    def stack_file(self) -> Path:
        """The private copy of the stack's settings, with the salt of its secrets."""
        return self.folder / "project" / f"Pulumi.{self.stack}.yaml"

    @property
    def stack_args(self) -> tuple[str, ...]:
        """What tells a Pulumi command which stack is meant and where its settings lie."""
        return ("--stack", self.stack, "--config-file", str(self.stack_file))

    @cached_property
    def region(self) -> str:
        """The region that the stack's file names."""
        settings = yaml.safe_load((self.project / f"Pulumi.{self.stack}.yaml").read_text()) or {}
        region: str = settings.get("config", {}).get("aws:region", "")
        if not region:
            raise WorkspaceError(
                f"Pulumi.{self.stack}.yaml has no aws:region; add one, such as `aws:region: eu-west-1`."
            )
        return region

    @cached_property
    def env(self) -> dict[str, str]:
        """The environment of Pulumi and all under it, without the caller's own AWS and Pulumi settings."""
        tools = Tools.load()
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PULUMI_", "PYTHON"))}
        return (
            kept
            | aws_env(self.endpoint, self.region)
            | {
                "PULUMI_HOME": str(PULUMI_HOME),
                "PULUMI_BACKEND_URL": f"file://{self.folder / 'state'}",
                "PULUMI_CONFIG_PASSPHRASE": passphrase(),
                "PULUMI_SKIP_UPDATE_CHECK": "true",
                # What makes the engine know --event-log.
                "PULUMI_DEBUG_COMMANDS": "true",
                # A plugin that is missing is an error at once, not a download.
                "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
                # Checkpoints make `up` quadratic on a file backend; a run that was killed is rebuilt, see rehearsal.py.
                "PULUMI_SKIP_CHECKPOINTS": "true",
                "MEDALLION_ROOT": str(ROOT),
                "MEDALLION_PULUMI_BIN": str(tools.pulumi.parent),
                "PATH": f"{tools.pulumi.parent}:{os.environ.get('PATH', '')}",
            }
        )

    def check_stack(self) -> None:
        """Raise WorkspaceError unless the project has a file for the stack."""
        found = stacks(self.project)
        if self.stack not in found:
            raise WorkspaceError(
                f"there is no stack {self.stack!r}: the project has {', '.join(found)}; "
                f"name one of them or write Pulumi.{self.stack}.yaml."
            )

    def create(self) -> None:
        """Make the stack unless it is there, with the project's present settings. Raises WorkspaceError."""
        self.check_stack()
        source = self.project / f"Pulumi.{self.stack}.yaml"
        install_plugins(self)
        (self.folder / "state").mkdir(parents=True, exist_ok=True)
        private = self.stack_file.parent
        private.mkdir(exist_ok=True)
        salt = saved_salt(self.stack_file)
        shutil.copy(self.project / "Pulumi.yaml", private)
        self.stack_file.write_text(source.read_text().rstrip() + "\n" + salt)
        if not salt:
            self.run("-C", str(private), "stack", "init", self.stack)

    def run(self, *args: str) -> str:
        """Run one quick Pulumi command and return what it prints. Raises WorkspaceError with what it complains of."""
        command = [str(Tools.load().pulumi), *args, "--non-interactive"]
        done = subprocess.run(command, cwd=self.project, env=self.env, capture_output=True, text=True)
        if done.returncode:
            raise WorkspaceError(f"pulumi {args[0]} failed: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def deploy(self, verb: str, *args: str, stdout: Path | None = None) -> Deployment:
        """Run `pulumi up`, `preview`, `refresh` or `destroy`, telling how far it is.

        The output goes to a log, or to `stdout` and only the complaints to the log.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        events, log = self.folder / f"{verb}.events.json", self.folder / f"{verb}.log"
        events.unlink(missing_ok=True)
        command = [str(Tools.load().pulumi), verb, *self.stack_args]
        command += ["--non-interactive", "--color", "never", "--event-log", str(events), *args]
        start = time.monotonic()
        log.unlink(missing_ok=True)
        with log.open("a") as told, (stdout or log).open("a") as output:
            child = subprocess.Popen(command, cwd=self.project, env=self.env, stdout=output, stderr=told)
            done = threading.Event()
            teller = threading.Thread(target=tell_progress, args=(events, verb, done), daemon=True)
            teller.start()
            try:
                code = child.wait()
            except KeyboardInterrupt:
                # The engine has got the same Ctrl-C and ends its steps in order; a second one would cut it short.
                code = child.wait()
                raise
            finally:
                done.set()
                teller.join()
        return Deployment(verb, code, time.monotonic() - start, log, tuple(read_events(events)))

    def state(self) -> dict[str, Any]:
        """The stack's state, as `pulumi stack export` gives it. Raises WorkspaceError where it can't be read."""
        found: dict[str, Any] = json.loads(self.run("stack", "export", "--stack", self.stack))
        return found

    def resources(self) -> Iterator[dict[str, Any]]:
        """The resources that the state holds."""
        yield from self.state()["deployment"].get("resources") or []

    def forget(self) -> None:
        """Drop the state and all else that this workspace keeps."""
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(frozen=True)
class Deployment:
    """How a run of the engine ended. `seconds` is wall-clock time, `log` the file with its whole output."""

    verb: str
    exit_code: int
    seconds: float
    log: Path
    events: tuple[Event, ...]

    @property
    def ok(self) -> bool:
        """Whether the engine and every mandatory rule were content."""
        return self.exit_code == 0


def aws_env(endpoint: str, region: str) -> dict[str, str]:
    """What makes any AWS client talk to the embedded AWS at `endpoint`, and to nothing else."""
    return EMBEDDED_CREDENTIALS | {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def passphrase() -> str:
    """The passphrase of this clone's throw-away secrets, made once."""
    file = PRIVATE / "passphrase"
    if not file.exists():
        PRIVATE.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=PRIVATE) as made:  # Nobody else may read it.
            made.write(secrets.token_urlsafe())
            made.flush()
            # A link comes whole and only where there is none yet: two runs that begin together agree on the first one.
            with contextlib.suppress(FileExistsError):
                os.link(made.name, file)
    return file.read_text()


def saved_salt(stack_file: Path) -> str:
    """The lines of an earlier private stack file that belong to its secrets, or nothing."""
    if not stack_file.exists():
        return ""
    return "".join(line for line in stack_file.read_text().splitlines(True) if line.startswith("encryptionsalt:"))


def install_plugins(workspace: Workspace) -> None:
    """Put the embedded providers where the engine looks for aws and awsx, each at the version that the SDK asks for."""
    PULUMI_HOME.mkdir(parents=True, exist_ok=True)
    with (PULUMI_HOME / "installing").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # Another run may be half-way through the same.
        install_missing_plugins(workspace)


def install_missing_plugins(workspace: Workspace) -> None:
    """Pack and install each embedded provider that is not there."""
    for name in ("aws", "awsx"):
        wanted = version(f"pulumi-{name}")
        if (PULUMI_HOME / "plugins" / f"resource-{name}-v{wanted}").exists():
            continue
        with tempfile.TemporaryDirectory() as scratch:
            plugin = Path(scratch) / f"pulumi-resource-{name}"
            # PYTHONPATH, not cd: relative paths of assets are looked up in the folder that the engine runs in.
            plugin.write_text(
                f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{ROOT}/.venv/bin/python" -m embedded.provider {name} "$@"\n'
            )
            plugin.chmod(0o755)
            archive = Path(scratch) / f"{name}.tar.gz"
            with tarfile.open(archive, "w:gz") as packed:
                packed.add(plugin, plugin.name)
            workspace.run("plugin", "install", "resource", name, wanted, "--file", str(archive))
