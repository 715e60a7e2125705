"""Child processes: each in a session of its own, none outlives this process."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

_living: set["Child"] = set()
_lock = threading.Lock()


class Output:
    """A file that a child writes to, read piece by piece."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read_to = 0

    def more(self) -> str:
        """What was written since the last call."""
        with self.path.open("rb") as file:
            file.seek(self._read_to)
            data = file.read()
        self._read_to += len(data)
        return data.decode(errors="replace")


class Child:
    """A started process and everything that it starts, ended together."""

    def __init__(
        self,
        command: Callable[[int], Sequence[str]],
        *,
        environment: Mapping[str, str],
        folder: Path,
        output: IO[bytes],
        pipes: Sequence[int] = (),
        lifeline_is_input: bool = False,
    ) -> None:
        """Start `command(lifeline)` in `folder`, with exactly this environment and these inherited pipes.

        The child must end when `lifeline` does; where `lifeline_is_input`, that is its standard input.
        """
        theirs, self._lifeline = os.pipe()
        try:
            self.process = subprocess.Popen(
                list(command(theirs)),
                env=dict(environment),
                cwd=folder,
                stdin=theirs if lifeline_is_input else subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(theirs, *pipes),
                start_new_session=True,
            )
        except OSError:
            os.close(self._lifeline)
            raise
        finally:
            os.close(theirs)
        with _lock:
            _living.add(self)

    def wait(self, seconds: float | None = None) -> int | None:
        """Wait for the end; the exit code, or None if it still runs after `seconds`."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        self.end()
        return code

    def end(self) -> None:
        """Kill the process group now. Does nothing the second time."""
        with _lock:
            if self not in _living:
                return
            _living.discard(self)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        os.close(self._lifeline)
        self.process.wait()


def living() -> list[int]:
    """Process ids of the children that run now."""
    with _lock:
        return [child.process.pid for child in _living]


def end_all() -> None:
    """Kill every child and wait for each."""
    with _lock:
        children = list(_living)
    for child in children:
        child.end()
