"""Spark's JVMs: each serves one job run at a time, and the next one warm.

A cold JVM spends 8 of the 11 seconds of a small job on loading and compiling; a warm one does not. A run still has its
own driver process, SparkContext and settings; what it leaves in the JVM is stopped, closed and cleared after it.
"""

import contextlib
import logging
import os
import struct
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from py4j.java_gateway import GatewayParameters, JavaGateway
from py4j.protocol import Py4JError

from embedded.cloud.children import Child, Output

log = logging.getLogger(__name__)

# It reports every object that is collected after its JVM has ended.
logging.getLogger("py4j").setLevel(logging.CRITICAL)

START_SECONDS = 60.0
IDLE_SECONDS = 120.0
MOST_RUNS = 30


class JvmError(Exception):
    """The JVM did not start, or does not answer."""


@dataclass(frozen=True)
class JvmSettings:
    """What is fixed when a JVM starts. Runs that want the same may share one."""

    region: str
    class_path: str
    memory: str
    options: str


class SparkJvm:
    """A JVM with PySpark's gateway in it."""

    def __init__(self, settings: JvmSettings, environment: Mapping[str, str], folder: Path) -> None:
        """Start it and wait for its gateway. Raises JvmError."""
        self.settings = settings
        self.runs = 0
        self._folder = Path(tempfile.mkdtemp(prefix="jvm-", dir=folder))
        self._output = Output(self._folder / "output")
        information = self._folder / "gateway"
        options = {
            "spark.driver.memory": settings.memory,
            "spark.driver.extraClassPath": settings.class_path,
            "spark.driver.extraJavaOptions": f"{settings.options} -Djava.io.tmpdir={self._folder}",
        }
        command = [f"{environment['SPARK_HOME']}/bin/spark-submit"]
        for key, value in options.items():
            command += ["--conf", f"{key}={value}"]
        with self._output.path.open("wb") as output:
            self.child = Child(
                lambda _: [*command, "pyspark-shell"],
                environment={**environment, "_PYSPARK_DRIVER_CONN_INFO_PATH": str(information)},
                folder=self._folder,
                output=output,
                # The gateway ends at the end of its input, so the lifeline is that.
                lifeline_is_input=True,
            )
        self.port, self.secret = self._await_gateway(information)

    def _await_gateway(self, information: Path) -> tuple[int, str]:
        deadline = time.monotonic() + START_SECONDS
        while not information.exists():
            if self.child.process.poll() is not None or time.monotonic() > deadline:
                said = self.printed().strip().splitlines()
                self.end()
                raise JvmError(f"Spark's JVM did not start: {said[-1] if said else 'it said nothing'}")
            time.sleep(0.02)
        data = information.read_bytes()
        port, length = struct.unpack(">ii", data[:8])
        return port, data[8 : 8 + length].decode()

    @contextlib.contextmanager
    def _gateway(self) -> Any:
        gateway = JavaGateway(
            gateway_parameters=GatewayParameters(address="127.0.0.1", port=self.port, auth_token=self.secret)
        )
        try:
            yield gateway.jvm
        except (Py4JError, OSError) as problem:
            raise JvmError(f"Spark's JVM does not answer: {problem}") from problem
        finally:
            gateway.close()

    def prepare(self, settings: Mapping[str, str]) -> None:
        """Make `settings` what the next SparkContext starts from. Raises JvmError."""
        self.runs += 1
        with self._gateway() as jvm:
            self._clear(jvm)
            for key, value in settings.items():
                jvm.java.lang.System.setProperty(key, value)

    def clean(self) -> None:
        """Stop and close what a run left behind. Raises JvmError."""
        with self._gateway() as jvm:
            companion = getattr(jvm, "org.apache.spark.SparkContext$")
            active = getattr(companion, "MODULE$").getActive()
            if active.isDefined():
                active.get().stop()
            jvm.org.apache.spark.sql.SparkSession.clearDefaultSession()
            jvm.org.apache.hadoop.fs.FileSystem.closeAll()
            self._clear(jvm)

    @staticmethod
    def _clear(jvm: Any) -> None:
        for name in list(jvm.java.lang.System.getProperties().stringPropertyNames()):
            if name.startswith("spark."):
                jvm.java.lang.System.clearProperty(name)

    def printed(self) -> str:
        """What the JVM wrote since the last call."""
        return self._output.more()

    def end(self) -> None:
        """Kill the JVM and the Python workers that it started."""
        self.child.end()


class JvmPool:
    """JVMs that wait for a run. Safe for threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._idle: list[tuple[float, SparkJvm]] = []
        self._lock = threading.Lock()

    def take(self, settings: JvmSettings, environment: Mapping[str, str]) -> SparkJvm:
        """A JVM of these settings, warm if there is one. Raises JvmError."""
        with self._lock:
            for entry in self._idle:
                if entry[1].settings == settings and entry[1].child.process.poll() is None:
                    self._idle.remove(entry)
                    return entry[1]
        os.makedirs(self._folder, exist_ok=True)  # noqa: PTH103 - two runs may begin together
        return SparkJvm(settings, environment, self._folder)

    def give_back(self, jvm: SparkJvm, *, healthy: bool) -> None:
        """Keep a JVM for the next run, or end it."""
        if healthy and jvm.runs < MOST_RUNS:
            try:
                jvm.clean()
            except JvmError as problem:
                log.warning("A JVM is ended: %s", problem)
            else:
                with self._lock:
                    self._idle.append((time.monotonic(), jvm))
                timer = threading.Timer(IDLE_SECONDS + 1, self._expire)
                timer.daemon = True
                timer.start()
                return
        jvm.end()

    def _expire(self) -> None:
        now = time.monotonic()
        with self._lock:
            late = [entry for entry in self._idle if now - entry[0] >= IDLE_SECONDS]
            self._idle = [entry for entry in self._idle if entry not in late]
        for _, jvm in late:
            jvm.end()
