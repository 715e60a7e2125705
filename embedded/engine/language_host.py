"""The Python language host: how the Pulumi engine runs a Python program or policy pack.

The official host is a Go program that ships with Pulumi's downloads but not with its Go modules, which is where a
machine without those downloads takes the engine from. This one implements the part of `LanguageRuntime`
(proto/pulumi/language.proto of pulumi/pulumi) that `preview`, `up`, `refresh` and `destroy` use; any other call is
answered UNIMPLEMENTED by gRPC itself. It starts programs with the interpreter that runs it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent import futures
from pathlib import Path
from types import FrameType

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import language_pb2 as pb
from pulumi.runtime.proto import language_pb2_grpc as pb_grpc
from pulumi.runtime.proto.plugin_pb2 import PluginInfo

# The starter script ships beside the engine (it is part of the Go module), and names this exit code for
# "an error was already shown to the user".
EXECUTOR = "pulumi-language-python-exec"
BAIL_EXIT_CODE = 32


class Children:
    """The programs under way, ended together so that an interrupted run leaves none behind."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()

    def start(
        self, command: list[str], cwd: str, env: Mapping[str, str], stdout: int | None = None
    ) -> subprocess.Popen[bytes]:
        """Start `command` and remember it until `wait`."""
        child = subprocess.Popen(command, cwd=cwd, env=dict(env), stdin=subprocess.DEVNULL, stdout=stdout)
        with self._lock:
            self._running.add(child)
        return child

    def wait(self, child: subprocess.Popen[bytes]) -> int:
        """Wait for `child` to end and forget it. Returns its exit code."""
        code = child.wait()
        with self._lock:
            self._running.discard(child)
        return code

    def kill(self) -> None:
        """End every program at once."""
        with self._lock:
            for child in self._running:
                child.kill()


class LanguageHost(pb_grpc.LanguageRuntimeServicer):
    """Runs Python programs (Pulumi projects) and Python plugins (policy packs) for the engine at `engine_address`."""

    def __init__(self, engine_address: str, children: Children, executor: Path) -> None:
        self._engine_address = engine_address
        self._children = children
        self._executor = executor

    def Handshake(
        self, request: pb.LanguageHandshakeRequest, context: grpc.ServicerContext
    ) -> pb.LanguageHandshakeResponse:
        """Learn the engine's address."""
        self._engine_address = request.engine_address
        return pb.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Empty, context: grpc.ServicerContext) -> PluginInfo:
        """The host has the version of the SDK that it runs."""
        from importlib.metadata import version

        return PluginInfo(version=version("pulumi"))

    def GetRequiredPackages(
        self, request: pb.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> pb.GetRequiredPackagesResponse:
        """Plugins are put in place by set-up, so the engine is asked to fetch none."""
        return pb.GetRequiredPackagesResponse()

    def GetRequiredPlugins(
        self, request: pb.GetRequiredPluginsRequest, context: grpc.ServicerContext
    ) -> pb.GetRequiredPluginsResponse:
        """As `GetRequiredPackages`, for engines that still ask this way."""
        return pb.GetRequiredPluginsResponse()

    def About(self, request: pb.AboutRequest, context: grpc.ServicerContext) -> pb.AboutResponse:
        """Which interpreter runs programs (`pulumi about`)."""
        return pb.AboutResponse(executable=sys.executable, version=sys.version.split()[0])

    def GetProgramDependencies(
        self, request: pb.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> pb.GetProgramDependenciesResponse:
        """What the program may import (`pulumi about`)."""
        from importlib.metadata import distributions

        found = sorted({(d.metadata["Name"], d.version) for d in distributions()})
        return pb.GetProgramDependenciesResponse(
            dependencies=[pb.DependencyInfo(name=name, version=version) for name, version in found]
        )

    def InstallDependencies(
        self, request: pb.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.InstallDependenciesResponse]:
        """Nothing to install: set-up made the virtual environment from the lock file."""
        return iter(())

    def Run(self, request: pb.RunRequest, context: grpc.ServicerContext) -> pb.RunResponse:
        """Run the Pulumi program once; its resources reach the engine through the monitor."""
        command = [
            sys.executable,
            "-u",
            str(self._executor),
            f"--monitor={request.monitor_address}",
            f"--engine={self._engine_address}",
            f"--project={request.project}",
            f"--stack={request.stack}",
            f"--organization={request.organization}",
            f"--root_directory={request.info.root_directory}",
            f"--pwd={request.pwd}",
            f"--dry_run={'true' if request.dryRun else 'false'}",
            f"--parallel={request.parallel}",
            request.info.program_directory + "/" + request.info.entry_point,
            *request.args,
        ]
        env = os.environ | {
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        code = self._children.wait(self._children.start(command, request.pwd, env))
        if code == BAIL_EXIT_CODE:
            return pb.RunResponse(bail=True)
        return pb.RunResponse(error=f"the program ended with exit code {code}" if code else "")

    def RunPlugin(self, request: pb.RunPluginRequest, context: grpc.ServicerContext) -> Iterator[pb.RunPluginResponse]:
        """Run a plugin written in Python, a policy pack above all: its first line on stdout is its port."""
        directory = request.info.program_directory
        if request.kind == "analyzer":
            command = [sys.executable, "-u", "-m", "pulumi.policy", self._engine_address, directory]
        else:
            command = [sys.executable, "-u", directory, *request.args]
        env = os.environ | dict(pair.split("=", 1) for pair in request.env)
        child = self._children.start(command, request.pwd, env, stdout=subprocess.PIPE)
        context.add_callback(child.kill)
        assert child.stdout is not None
        for line in child.stdout:
            yield pb.RunPluginResponse(stdout=line)
        yield pb.RunPluginResponse(exitcode=self._children.wait(child))

    def Cancel(self, request: Empty, context: grpc.ServicerContext) -> Empty:
        """End what runs: the user pressed Ctrl-C."""
        self._children.kill()
        return Empty()


def main() -> None:
    """Serve on a free loopback port, print it, and end with the engine that started us."""
    children = Children()
    parent = os.getppid()
    engine_address = sys.argv[1] if len(sys.argv) > 1 else ""
    executor = Path(os.environ["MEDALLION_PULUMI_BIN"]) / EXECUTOR
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=16))
    pb_grpc.add_LanguageRuntimeServicer_to_server(LanguageHost(engine_address, children, executor), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()

    def end(_signal: int, _frame: FrameType | None) -> None:
        children.kill()
        os._exit(0)

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    print(port, flush=True)
    while os.getppid() == parent:  # A killed engine sends no signal.
        time.sleep(0.5)
    children.kill()


if __name__ == "__main__":
    main()
