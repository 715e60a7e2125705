"""Two promises of every process of the cloud: it reaches loopback only, and it ends with its parent."""

import os
import signal
import sys
import threading
from typing import Any

_LOOPBACK_NAMES = frozenset({"localhost", "::1", "0.0.0.0", "::", ""})  # noqa: S104 - the last four mean "here"


class BeyondLoopbackError(OSError):
    """An address outside this machine was asked for."""


def is_loopback(host: str) -> bool:
    """Tell whether `host` is a name or literal of this machine's loopback interface."""
    return host in _LOOPBACK_NAMES or host.startswith("127.")


def _refuse_outside(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
    else:
        return
    if isinstance(host, bytes):
        host = host.decode()
    if isinstance(host, str) and not is_loopback(host):
        raise BeyondLoopbackError(f"{host} is not on this machine; the embedded AWS reaches loopback only.")


def confine() -> None:
    """From now on refuse, in this process, every look-up of and connection to an outside address."""
    sys.addaudithook(_refuse_outside)


def _end_with_parent(lifeline: int) -> None:
    while os.read(lifeline, 1):
        pass
    os.killpg(0, signal.SIGKILL)


def hold_lifeline(lifeline: int) -> None:
    """Kill this process group once the other end of the pipe `lifeline` closes, as it does when the cloud dies.

    A pipe and not PR_SET_PDEATHSIG: that one fires when the *thread* that forked ends, and Linux alone has it.
    """
    threading.Thread(target=_end_with_parent, args=(lifeline,), daemon=True, name="lifeline").start()
