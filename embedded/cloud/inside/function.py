"""The Python runtime of a function: loads the handler, then answers one invocation after the other.

argv: lifeline, request and response file descriptors, then the folders of `sys.path` before the standard library.
Requests and responses are JSON after four bytes of length. What the handler prints goes to stdout as it is.
"""

import contextlib
import importlib
import json
import logging
import os
import struct
import sys
import time
import traceback
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100,PTH120 - pathlib costs start-up
from guard import confine, hold_lifeline  # type: ignore[import-not-found]

del sys.path[0]
del sys.modules["guard"]

Handler = Callable[[Any, Any], Any]


class Context:
    """The second argument of every handler."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.aws_request_id: str = request["id"]
        self.invoked_function_arn: str = request["arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.client_context = None
        self.identity = SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None)
        self._deadline_ms: int = request["deadline_ms"]

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function's timeout; never negative."""
        return max(self._deadline_ms - int(time.time() * 1000), 0)

    def log(self, message: object) -> None:
        """Write a line to the function's log."""
        sys.stdout.write(str(message))


class _Log(logging.Handler):
    """Log records in the shape of AWS's Python runtime: text, or JSON where LoggingConfig says so."""

    request_id = ""

    def emit(self, record: logging.LogRecord) -> None:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        if os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON":
            line: dict[str, Any] = {
                "timestamp": stamp + "Z",
                "level": record.levelname,
                "message": record.getMessage(),
                "logger": record.name,
                "requestId": self.request_id,
            }
            if record.exc_info and record.exc_info[0]:
                line["errorType"] = record.exc_info[0].__name__
                line["stackTrace"] = traceback.format_exception(*record.exc_info)
            sys.stdout.write(json.dumps(line) + "\n")
            return
        text = self.format(record)
        sys.stdout.write(f"[{record.levelname}]\t{stamp}.{int(record.msecs):03d}Z\t{self.request_id}\t{text}\n")


def _read(stream: int, size: int) -> bytes:
    parts = []
    while size:
        part = os.read(stream, size)
        if not part:
            os._exit(0)
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _receive(stream: int) -> dict[str, Any]:
    (size,) = struct.unpack(">I", _read(stream, 4))
    message: dict[str, Any] = json.loads(_read(stream, size))
    return message


def _send(stream: int, message: dict[str, Any]) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    body = json.dumps(message).encode()
    data = struct.pack(">I", len(body)) + body
    while data:
        data = data[os.write(stream, data) :]


def _fault(kind: str, message: str, trace: list[str] | None = None) -> dict[str, Any]:
    return {"errorMessage": message, "errorType": kind, "stackTrace": trace or []}


def _load(handler: str) -> Handler:
    """Import `module.function`. Raises ValueError with the fault, as AWS's runtime names it."""
    module_name, dot, function_name = handler.rpartition(".")
    if not dot:
        raise ValueError(_fault("Runtime.MalformedHandlerName", f"Bad handler '{handler}': no dot in it"))
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as problem:
        message = f"Unable to import module '{module_name}': {problem}"
        raise ValueError(_fault("Runtime.ImportModuleError", message)) from problem
    except SyntaxError as problem:
        message = f"Syntax error in module '{module_name}': {problem}"
        raise ValueError(_fault("Runtime.UserCodeSyntaxError", message)) from problem
    found: Handler | None = getattr(module, function_name, None)
    if found is None:
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        raise ValueError(_fault("Runtime.HandlerNotFound", message))
    return found


def _answer(handler: Handler, request: dict[str, Any]) -> dict[str, Any]:
    try:
        result = handler(json.loads(request["event"]), Context(request))
    except Exception as problem:  # noqa: BLE001 - whatever a function raises is its answer
        frames = traceback.extract_tb(problem.__traceback__)[1:]
        fault = _fault(type(problem).__name__, str(problem), traceback.format_list(frames))
        return {"fault": fault}
    try:
        return {"payload": json.dumps(result, ensure_ascii=False)}
    except (TypeError, ValueError) as problem:
        return {"fault": _fault("Runtime.MarshalError", f"Unable to marshal response: {problem}")}


def _log_fault(fault: dict[str, Any], log: _Log) -> None:
    if os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON":
        sys.stdout.write(json.dumps({"level": "ERROR", "requestId": log.request_id, **fault}) + "\n")
        return
    trace = "".join(fault["stackTrace"])
    heading = f"[ERROR] {fault['errorType']}: {fault['errorMessage']}\n"
    sys.stdout.write(heading + (f"Traceback (most recent call last):\n{trace}" if trace else ""))


def main() -> None:
    """Serve until the cloud closes the request pipe."""
    lifeline, requests, responses = (int(argument) for argument in sys.argv[1:4])
    hold_lifeline(lifeline)
    confine()
    sys.path[:0] = sys.argv[4:]
    sys.argv = sys.argv[:1]
    log = _Log()
    logging.getLogger().addHandler(log)
    with contextlib.suppress(KeyError):
        logging.getLogger().setLevel(os.environ["AWS_LAMBDA_LOG_LEVEL"])
    started = time.perf_counter()
    try:
        handler = _load(os.environ["_HANDLER"])
    except ValueError as problem:
        fault = problem.args[0]
        if not isinstance(fault, dict):
            fault = _fault("ValueError", str(problem), traceback.format_tb(problem.__traceback__))
        _log_fault(fault, log)
        _send(responses, {"fault": fault})
        return
    except Exception as problem:  # noqa: BLE001 - a module's own fault while it loads
        fault = _fault(type(problem).__name__, str(problem), traceback.format_tb(problem.__traceback__)[2:])
        _log_fault(fault, log)
        _send(responses, {"fault": fault})
        return
    _send(responses, {"init_ms": (time.perf_counter() - started) * 1000})
    while True:
        request = _receive(requests)
        log.request_id = request["id"]
        answer = _answer(handler, request)
        if "fault" in answer:
            _log_fault(answer["fault"], log)
        _send(responses, answer)


if __name__ == "__main__":
    main()
