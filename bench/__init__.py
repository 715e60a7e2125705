"""Benchmarks: ratios of things measured side by side in one run, since seconds differ from machine to machine."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from embedded import running
from embedded.engine.workspace import PRIVATE


@contextmanager
def embedded_aws() -> Iterator[str]:
    """The address of an embedded AWS that begins empty, and ends after use; its logs stay until the next one."""
    folder = PRIVATE / "bench"
    running.stop(folder)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield running.start(folder).endpoint
    finally:
        running.stop(folder)
