"""How tests are shared out between processes (`--dist loadgroup`), and what spares each process work."""

import functools
import gc
import os

# gRPC's handlers around a fork close what the child needs to start another program: a Java Virtual Machine that
# PySpark starts from a process in which the engine was called dies at once. No test calls gRPC in a forked child.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"

import pytest
from botocore.loaders import JSONFileLoader

# Each session reads the descriptions of the services that it calls anew, a second's work; tests make hundreds.
_describe = functools.cache(JSONFileLoader().load_file)
JSONFileLoader.load_file = lambda _self, file_path: _describe(file_path)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep each file's tests in one process, for its fixtures; so too those that share what takes seconds to make."""
    for item in items:
        if not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(_group(item)))


def _group(item: pytest.Item) -> str:
    if hasattr(getattr(item, "module", None), "whole"):
        return "whole program"
    if "spark" in getattr(item, "fixturenames", ()):
        return "spark session"
    return str(item.path)


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what was imported: it lives to the end, and is most of all objects."""
    gc.collect()
    gc.freeze()
