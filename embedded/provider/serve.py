"""What both plugins share: serve a gRPC ResourceProvider for as long as the process that started it lives."""

import os
import signal
import threading
from collections.abc import Callable
from concurrent import futures
from typing import NoReturn

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

Servicer = provider_pb2_grpc.ResourceProviderServicer

_UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def start(servicer: Servicer, workers: int = 16) -> tuple[grpc.Server, int]:
    """Start serving on 127.0.0.1; gives the server and its port."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=workers), options=_UNLIMITED)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    return server, _started(server)


def _started(server: grpc.Server) -> int:
    port: int = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return port


def run(servicer: Servicer) -> NoReturn:
    """Print the port, as the engine expects of a plugin, and serve until killed or orphaned."""
    _, port = start(servicer)
    # The engine starts plugins in groups of their own and ends them by an interrupt; a Ctrl-C reaches the engine alone.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda *_: os._exit(0))
    print(port, flush=True)
    _await_orphanhood(os.getppid, lambda: os._exit(0))
    raise SystemExit(0)


def _await_orphanhood(parent: Callable[[], int], end: Callable[[], None], every: float = 0.5) -> None:
    """Call `end` once `parent()` changes: an engine that was killed can't tell its plugins to stop."""
    first = parent()
    tick = threading.Event()
    while parent() == first:
        tick.wait(every)
    end()
