"""The HTTP side: one port on 127.0.0.1 for moto's API, the REST front and the health page."""

import json
import logging
import os
import socket
import uuid
from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, ThreadedWSGIServer

from embedded.cloud.asked_action import asked_action

log = logging.getLogger(__name__)

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
HOST = "127.0.0.1"
# How Flask begins its answer where no route is: one of moto's own is never a page of HTML.
NO_ROUTE = (b"<!doctype html>\n<html lang=en>\n<title>404 ", b"<!doctype html>\n<html lang=en>\n<title>405 ")


class Front:
    """Sends a request to moto, or to what answers under a path of our own."""

    def __init__(self) -> None:
        self._moto = DomainDispatcherApplication(_backend_app)
        self._ours: dict[str, Application] = {}
        self.boot = str(uuid.uuid4())
        self.mount("/embedded/health", self._health)

    def mount(self, prefix: str, application: Application) -> None:
        """Give every path under `prefix` to `application`."""
        self._ours[prefix] = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one WSGI request."""
        path = environ.get("PATH_INFO", "")
        for prefix, application in self._ours.items():
            if path == prefix or path.startswith(prefix + "/"):
                return application(environ, start_response)
        try:
            return self._asked_of_moto(environ, start_response)
        except NotImplementedError as problem:
            told = str(problem) or f"{asked_action(environ)} has not been implemented"
            log.warning("%s %s: %s", environ.get("REQUEST_METHOD"), path, told)
            return _refuse(environ, start_response, "NotImplemented", f"The embedded cloud: {told}.")
        except Exception as problem:
            log.exception("%s %s failed", environ.get("REQUEST_METHOD"), path)
            text = f"The embedded cloud failed: {type(problem).__name__}: {problem}"
            return _refuse(environ, start_response, "InternalFailure", text)

    def _asked_of_moto(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Raises NotImplementedError for an action that moto lacks, which it tells in several ways, or by a page."""
        told: list[Any] = []
        answer: Iterable[bytes] = self._moto(environ, lambda *head: told.extend(head))
        if str(told[0]).startswith(("404 ", "405 ")):
            body = b"".join(answer)
            if close := getattr(answer, "close", None):
                close()
            if body.startswith(NO_ROUTE):
                raise NotImplementedError
            answer = [body]
        start_response(*told)
        return answer

    def _health(self, _environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps({"boot": self.boot, "pid": os.getpid()}).encode()]


def _backend_app(service: Any) -> Any:
    """The application of one of moto's services. Raises NotImplementedError where moto has no such service."""
    if service is None:
        raise NotImplementedError
    return create_backend_app(service)


def _refuse(environ: dict[str, Any], start_response: Callable[..., Any], code: str, message: str) -> Iterable[bytes]:
    """Answer with an error that an SDK can read.

    501 and not AWS's 500: SDKs retry a 500, and none of ours passes at the second attempt.
    """
    query = environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded")
    if query or "/s3/" in environ.get("HTTP_AUTHORIZATION", ""):
        error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        body = f"<ErrorResponse>{error}<RequestId>embedded</RequestId></ErrorResponse>" if query else error
        kind = "text/xml"
    else:
        body = json.dumps({"__type": code, "message": message})
        kind = "application/json"
    start_response("501 Not Implemented", [("Content-Type", kind), ("x-amzn-errortype", code)])
    return [body.encode()]


class _Handler(MotoRequestHandler):  # type: ignore[misc]
    # A reply is several small writes; with Nagle's algorithm the last one waits 40 ms for the client's ack.
    disable_nagle_algorithm = True

    def log_request(self, *_: Any) -> None:
        """Say nothing of each request."""


class _Server(ThreadedWSGIServer):  # type: ignore[misc]
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128


def bind(port: int, front: Front) -> BaseWSGIServer:
    """Listen on `port` of 127.0.0.1 (0 picks a free one). Raises OSError where the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
        return _Server(HOST, listener.getsockname()[1], front, handler=_Handler, fd=listener.fileno())
    finally:
        listener.close()
