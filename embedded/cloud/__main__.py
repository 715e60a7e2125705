"""`python -m embedded.cloud --port PORT --work DIR`: serve until SIGTERM or SIGINT."""

import argparse
import logging
import os
import signal
import socket
import sys
from pathlib import Path

from embedded.cloud import surroundings
from embedded.cloud.inside import guard


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m embedded.cloud", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1; 0 picks a free one")
    parser.add_argument("--work", type=Path, required=True, help="folder for logs and unpacked code")
    return parser.parse_args()


def main() -> int:
    """Serve; the exit code."""
    arguments = _arguments()
    # moto reads its settings while it is imported, so the environment comes first.
    surroundings.strip()
    guard.confine()
    work: Path = arguments.work.resolve()
    (work / "logs").mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        filename=work / "logs" / "cloud.log", level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    from embedded.cloud.cloud import Cloud

    try:
        cloud = Cloud(port=arguments.port, work=work)
    except OSError as problem:
        print(f"127.0.0.1:{arguments.port} cannot be served: {problem.strerror}.", file=sys.stderr)
        return 2
    # The system may give a signal to any thread, and that wakes no main thread that waits for a lock. So ours reads the
    # byte that each signal writes: https://docs.python.org/3.11/library/signal.html#signal.set_wakeup_fd
    asked, asks = socket.socketpair()
    asks.setblocking(False)
    signal.set_wakeup_fd(asks.fileno())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    cloud.start()
    print(f"ready {cloud.endpoint}", flush=True)
    asked.recv(1)
    cloud.close()
    return 0


if __name__ == "__main__":
    code = main()
    logging.shutdown()
    # Threads of clients that still hold a connection must not keep us.
    os._exit(code)
