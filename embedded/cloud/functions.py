"""Lambda: runs the deployed archive of a function, for Invoke and for every event source."""

import base64
import json
import logging
import os
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from moto.awslambda import models
from moto.core.exceptions import JsonRESTError
from moto.core.utils import unix_time_millis

from embedded.cloud import surroundings
from embedded.cloud.destinations import send, stamp
from embedded.cloud.function_pool import MAXIMUM_CHILDREN, ChildGoneError, Code, Outcome, Pool

log = logging.getLogger(__name__)

RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
TAIL_BYTES = 4096
# AWS waits one and two minutes before its two retries of an asynchronous invocation.
RETRY_SECONDS = (0.5, 1.0)


class TooManyRequestsError(JsonRESTError):  # type: ignore[misc]
    """The function's reserved concurrency is 0: nothing may run."""

    code = 429

    def __init__(self) -> None:
        super().__init__("TooManyRequestsException", "Rate Exceeded.")


class Functions:
    """All pools of all functions, and what was left behind of each invocation: answer, log line, destination."""

    def __init__(self, *, endpoint: str, work: Path) -> None:
        self._endpoint = endpoint
        self._work = work
        self._logs = work / "logs"
        self._sdk = surroundings.link_packages(work / "runtime" / "lambda", *surroundings.AWS_SDK)
        self._pools: dict[tuple[str, str, str], Pool] = {}
        self._lock = threading.Lock()
        self._log_lock = threading.Lock()
        self._asynchronous = ThreadPoolExecutor(max_workers=4, thread_name_prefix="invoke")

    def invoke(self, function: Any, event: str) -> Outcome:
        """Run `function` (moto's) on `event` (JSON text) and wait for its answer.

        Raises TooManyRequestsError where its reserved concurrency is 0.
        """
        request_id = str(uuid.uuid4())
        if function.reserved_concurrency is not None and int(function.reserved_concurrency) == 0:
            raise TooManyRequestsError
        refusal = _refusal(function)
        if refusal:
            fault = {"errorType": "Embedded.NotSupported", "errorMessage": refusal, "requestId": request_id}
            return Outcome(
                request_id=request_id, payload=json.dumps(fault), error=True, log=refusal + "\n", log_stream="embedded"
            )
        while True:
            pool = self._pool(function)
            try:
                outcome = pool.invoke(event, request_id)
            except ChildGoneError:  # the function was updated while we waited for a child
                continue
            self._keep_log(function, outcome)
            return outcome

    def invoke_later(self, function: Any, event: str) -> str:
        """Queue an asynchronous invocation with its retries and destination; its request id."""
        request_id = str(uuid.uuid4())
        self._asynchronous.submit(self._deliver, function, event, request_id)
        return request_id

    def _deliver(self, function: Any, event: str, request_id: str) -> None:
        settings = function.event_invoke_config[-1].config if function.event_invoke_config else {}
        retries = settings.get("MaximumRetryAttempts")
        retries = len(RETRY_SECONDS) if retries is None else int(retries)
        for attempt in range(retries + 1):
            outcome = self.invoke(function, event)
            if not outcome.error:
                break
            if attempt < retries:
                time.sleep(RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)])
        _report(function, settings, event, request_id, outcome, attempt + 1)

    def forget(self, name: str) -> None:
        """End the children of a deleted function."""
        with self._lock:
            for key in [key for key in self._pools if key[1] == name]:
                self._pools.pop(key).close()

    def _pool(self, function: Any) -> Pool:
        code = self._code(function)
        key = (function.region, function.function_name, str(function.version))
        with self._lock:
            pool = self._pools.get(key)
            if pool is None or pool.code != code:
                if pool is not None:
                    pool.close()
                folder = self._work / "lambda" / f"{code.name}-{uuid.uuid4().hex[:12]}"
                folder.mkdir(parents=True)
                pool = self._pools[key] = Pool(code, sdk=self._sdk, folder=folder)
            return pool

    def _code(self, function: Any) -> Code:
        backend = models.lambda_backends[function.account_id][function.region]
        layers = [backend.layers_versions_by_arn(layer["Arn"]).code_bytes for layer in function.layers]
        reserved = function.reserved_concurrency
        return Code(
            arn=function.function_arn,
            name=function.function_name,
            version=str(function.version),
            handler=function.handler,
            digest=function.code_sha_256,
            archive=function.code_bytes,
            layers=tuple(layers),
            variables=tuple(self._variables(function).items()),
            timeout_seconds=float(function.timeout),
            memory_mb=int(function.memory_size),
            concurrency=MAXIMUM_CHILDREN if reserved is None else int(reserved),
        )

    def _variables(self, function: Any) -> dict[str, str]:
        logging_config = getattr(function, "logging_config", None) or {}
        form = logging_config.get("LogFormat", "Text")
        variables = {
            **{str(name): str(value) for name, value in (function.environment_vars or {}).items()},
            **surroundings.aws_variables(function.region, self._endpoint, self._work / "runtime"),
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "TZ": ":UTC",
            "_HANDLER": function.handler,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
            "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "AWS_LAMBDA_FUNCTION_VERSION": str(function.version),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": _log_group(function),
            "AWS_LAMBDA_LOG_FORMAT": form,
        }
        if form == "JSON":
            variables["AWS_LAMBDA_LOG_LEVEL"] = logging_config.get("ApplicationLogLevel", "INFO")
        return variables

    def _keep_log(self, function: Any, outcome: Outcome) -> None:
        path = self._logs / f"lambda-{function.function_name}.log"
        group = _log_group(function)
        events = [{"timestamp": unix_time_millis(), "message": line} for line in outcome.log.splitlines() if line]
        with self._log_lock:
            with path.open("a", encoding="utf-8") as stream:
                stream.write(outcome.log)
            backend = function.logs_backend
            backend.ensure_log_group(group)
            if outcome.log_stream not in backend.groups[group].streams:
                backend.create_log_stream(group, outcome.log_stream)
            backend.put_log_events(group, outcome.log_stream, events)

    def close(self) -> None:
        """End all children."""
        self._asynchronous.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            for pool in self._pools.values():
                pool.close()
            self._pools.clear()


def _refusal(function: Any) -> str | None:
    if function.package_type != "Zip":
        return f"{function.function_name} is an image; the embedded cloud runs zip packages of {RUNTIME} only."
    if function.run_time != RUNTIME:
        return f"{function.function_name} wants {function.run_time}; the embedded cloud runs {RUNTIME} only."
    return None


def _log_group(function: Any) -> str:
    configured = (getattr(function, "logging_config", None) or {}).get("LogGroup")
    return str(configured or f"/aws/lambda/{function.function_name}")


def _report(
    function: Any, settings: dict[str, Any], event: str, request_id: str, outcome: Outcome, attempts: int
) -> None:
    """Send the record of a finished asynchronous invocation where its configuration says."""
    side = "OnFailure" if outcome.error else "OnSuccess"
    target = (settings.get("DestinationConfig") or {}).get(side, {}).get("Destination")
    record = {
        "version": "1.0",
        "timestamp": stamp(time.time()),
        "requestContext": {
            "requestId": request_id,
            "functionArn": f"{function.function_arn}:{function.version}",
            "condition": "RetriesExhausted" if outcome.error else "Success",
            "approximateInvokeCount": attempts,
        },
        "requestPayload": json.loads(event),
        "responseContext": {
            "statusCode": 200,
            "executedVersion": str(function.version),
            **({"functionError": "Unhandled"} if outcome.error else {}),
        },
        "responsePayload": json.loads(outcome.payload),
    }
    if target:
        send(target, json.dumps(record))
    dead_letters = (getattr(function, "dead_letter_config", None) or {}).get("TargetArn")
    if outcome.error and dead_letters:
        send(dead_letters, event)


def install(functions: Functions) -> None:
    """Let moto's Lambda API run functions through `functions`."""

    def invoke(self: Any, body: Any, request_headers: Any, response_headers: Any) -> bytes:
        text = body.decode() if isinstance(body, bytes) else (body or "{}")
        try:
            json.loads(text)
        except ValueError as problem:
            message = f"Could not parse request body into json: {problem}"
            raise JsonRESTError("InvalidRequestContentException", message) from problem
        response_headers["x-amz-executed-version"] = str(self.version)
        kind = request_headers.get("x-amz-invocation-type", "RequestResponse")
        if kind == "DryRun":
            return b""
        if kind == "Event":
            functions.invoke_later(self, text)
            return b""
        outcome = functions.invoke(self, text)
        if outcome.error:
            response_headers["x-amz-function-error"] = "Unhandled"
        tail = outcome.log.encode()[-TAIL_BYTES:]
        response_headers["x-amz-log-result"] = base64.b64encode(tail).decode()
        return outcome.payload.encode()

    models.LambdaFunction.invoke = invoke

    delete = models.LambdaBackend.delete_function

    def delete_function(self: Any, function_name: str, qualifier: str | None = None) -> None:
        delete(self, function_name, qualifier)
        functions.forget(function_name.rsplit(":", 1)[-1])

    models.LambdaBackend.delete_function = delete_function
