"""Warm children of one function version: unpacked once, started on demand, reused, replaced when they die."""

import json
import os
import select
import shutil
import struct
import sys
import threading
import time
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from embedded.cloud.children import Child, Output

RUNTIME = Path(__file__).parent / "inside" / "function.py"
INIT_SECONDS = 10.0
MAXIMUM_CHILDREN = 3


@dataclass(frozen=True, kw_only=True)
class Code:
    """All that a child is made from; two equal ones may share children."""

    arn: str
    name: str
    version: str
    handler: str
    digest: str
    archive: bytes = field(compare=False, repr=False)
    layers: tuple[bytes, ...] = field(repr=False)
    variables: tuple[tuple[str, str], ...]
    timeout_seconds: float
    memory_mb: int
    concurrency: int


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How one invocation ended. `payload` is JSON text; `error` marks a function error."""

    request_id: str
    payload: str
    error: bool
    log: str
    log_stream: str


class ChildGoneError(Exception):
    """The child closed its pipe: it exited or crashed."""


class ChildLateError(Exception):
    """The child did not answer in time."""


class Worker:
    """One child, answering one invocation at a time."""

    def __init__(self, code: Code, environment: Mapping[str, str], paths: Sequence[str], folder: Path) -> None:
        self.log_stream = time.strftime(f"%Y/%m/%d/[{code.version}]", time.gmtime()) + uuid.uuid4().hex
        self._output = Output(folder / f"{self.log_stream[-12:]}.out")
        theirs_in, self._requests = os.pipe()
        self._responses, theirs_out = os.pipe()
        with self._output.path.open("wb") as output:
            self.child = Child(
                lambda lifeline: [
                    *(sys.executable, "-I", "-S", "-u", str(RUNTIME)),
                    *(str(lifeline), str(theirs_in), str(theirs_out), *paths),
                ],
                environment={**environment, "AWS_LAMBDA_LOG_STREAM_NAME": self.log_stream},
                folder=Path(environment["LAMBDA_TASK_ROOT"]),
                output=output,
                pipes=(theirs_in, theirs_out),
            )
        os.close(theirs_in)
        os.close(theirs_out)

    def receive(self, seconds: float) -> dict[str, Any]:
        """Wait for the child's next message. Raises ChildLateError, ChildGoneError."""
        deadline = time.monotonic() + seconds
        (size,) = struct.unpack(">I", self._read(4, deadline))
        message: dict[str, Any] = json.loads(self._read(size, deadline))
        return message

    def send(self, message: dict[str, Any], seconds: float) -> None:
        """Hand the child a message. Raises ChildLateError, ChildGoneError."""
        body = json.dumps(message).encode()
        data = memoryview(struct.pack(">I", len(body)) + body)
        deadline = time.monotonic() + seconds
        os.set_blocking(self._requests, False)
        while data:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([], [self._requests], [], left)[1]:
                raise ChildLateError
            try:
                data = data[os.write(self._requests, data) :]
            except BrokenPipeError as problem:
                raise ChildGoneError from problem

    def _read(self, size: int, deadline: float) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            left = deadline - time.monotonic()
            poll = select.poll()
            poll.register(self._responses, select.POLLIN)
            if left <= 0 or not poll.poll(left * 1000):
                raise ChildLateError
            part = os.read(self._responses, min(size - len(parts), 1 << 20))
            if not part:
                raise ChildGoneError
            parts += part
        return bytes(parts)

    def printed(self) -> str:
        """Whatever the child wrote to stdout and stderr since the last call."""
        return self._output.more()

    def end(self) -> None:
        """Kill the child and forget its pipes."""
        self.child.end()
        for pipe in (self._requests, self._responses):
            os.close(pipe)
        self._output.path.unlink(missing_ok=True)


class Pool:
    """The children of one `Code`. Safe for threads; no more children than the function's concurrency allows."""

    def __init__(self, code: Code, *, sdk: Path, folder: Path) -> None:
        self.code = code
        self._folder = folder
        self._limit = min(code.concurrency, MAXIMUM_CHILDREN)
        self._idle: list[Worker] = []
        self._all: set[Worker] = set()
        self._closed = False
        self._change = threading.Condition()
        task = folder / "task"
        _unpack((code.archive,), task)
        _unpack(code.layers, folder / "opt")
        layer = folder / "opt" / "python"
        site = layer / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
        self._paths = [str(path) for path in (task, site, layer) if path.is_dir()] + [str(sdk)]
        self._environment = {**dict(code.variables), "LAMBDA_TASK_ROOT": str(task)}

    def invoke(self, event: str, request_id: str) -> Outcome:
        """Run the handler on `event` (JSON text) in a free child, waiting for one if all are busy."""
        worker, started_ms = self._take()
        healthy = False
        try:
            init_ms = None
            if started_ms is None:
                answer = self._begin(worker, request_id)
                if "fault" in answer:
                    return self._outcome(worker, request_id, answer, started=time.monotonic(), init_ms=None)
                init_ms = float(answer["init_ms"])
            outcome, healthy = self._run(worker, event, request_id, init_ms)
            return outcome
        finally:
            self._give_back(worker, healthy)

    def _take(self) -> tuple[Worker, float | None]:
        with self._change:
            while True:
                if self._closed:
                    raise ChildGoneError
                if self._idle:
                    return self._idle.pop(), 0.0
                if len(self._all) < self._limit:
                    worker = Worker(self.code, self._environment, self._paths, self._folder)
                    self._all.add(worker)
                    return worker, None
                self._change.wait()

    def _give_back(self, worker: Worker, healthy: bool) -> None:
        with self._change:
            if healthy and not self._closed:
                self._idle.append(worker)
            elif worker in self._all:
                self._all.discard(worker)
                worker.end()
            self._change.notify()

    def _begin(self, worker: Worker, request_id: str) -> dict[str, Any]:
        try:
            return worker.receive(INIT_SECONDS)
        except ChildLateError:
            message = f"RequestId: {request_id} Error: the function did not start in {INIT_SECONDS:.0f} seconds"
            return {"fault": {"errorType": "Sandbox.Timedout", "errorMessage": message}}
        except ChildGoneError:
            return {"fault": _exit_fault(worker, request_id)}

    def _run(self, worker: Worker, event: str, request_id: str, init_ms: float | None) -> tuple[Outcome, bool]:
        timeout = self.code.timeout_seconds
        request = {
            "id": request_id,
            "arn": self.code.arn,
            "event": event,
            "deadline_ms": int((time.time() + timeout) * 1000),
        }
        started = time.monotonic()
        healthy = False
        try:
            worker.send(request, timeout)
            answer = worker.receive(timeout - (time.monotonic() - started))
            healthy = True
        except ChildLateError:
            message = f"RequestId: {request_id} Error: Task timed out after {timeout:.2f} seconds"
            answer = {"fault": {"errorType": "Sandbox.Timedout", "errorMessage": message}}
        except ChildGoneError:
            answer = {"fault": _exit_fault(worker, request_id)}
        return self._outcome(worker, request_id, answer, started=started, init_ms=init_ms), healthy

    def _outcome(
        self, worker: Worker, request_id: str, answer: dict[str, Any], *, started: float, init_ms: float | None
    ) -> Outcome:
        spent_ms = (time.monotonic() - started) * 1000
        printed = worker.printed()
        if printed and not printed.endswith("\n"):
            printed += "\n"
        fault = answer.get("fault")
        if fault and fault["errorType"] in ("Sandbox.Timedout", "Runtime.ExitError"):
            printed += f"{fault['errorMessage']}\n"
        report = (
            f"REPORT RequestId: {request_id}\tDuration: {spent_ms:.2f} ms\tBilled Duration: {int(spent_ms) + 1} ms"
            f"\tMemory Size: {self.code.memory_mb} MB"
        )
        if init_ms is not None:
            report += f"\tInit Duration: {init_ms:.2f} ms"
        log = (
            f"START RequestId: {request_id} Version: {self.code.version}\n{printed}"
            f"END RequestId: {request_id}\n{report}\n"
        )
        payload = json.dumps({**fault, "requestId": request_id}) if fault else answer["payload"]
        return Outcome(request_id=request_id, payload=payload, error=bool(fault), log=log, log_stream=worker.log_stream)

    def close(self) -> None:
        """End all children; invocations under way end as crashes do."""
        with self._change:
            self._closed = True
            for worker in self._all:
                worker.child.end()
            for worker in self._idle:
                self._all.discard(worker)
                worker.end()
            self._idle.clear()
            self._change.notify_all()


def _exit_fault(worker: Worker, request_id: str) -> dict[str, Any]:
    code = worker.child.process.wait(5)
    how = f"signal: {-code}" if code < 0 else f"exit status {code}"
    message = f"RequestId: {request_id} Error: Runtime exited with error: {how}"
    return {"errorType": "Runtime.ExitError", "errorMessage": message}


def _unpack(archives: Sequence[bytes], folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    if archives:
        folder.mkdir(parents=True)
    for archive in archives:
        with zipfile.ZipFile(BytesIO(archive)) as opened:
            opened.extractall(folder)
