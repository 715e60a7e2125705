"""A valid case with one thing changed, and what the provider's check must or must not say of it."""

from typing import Any

from tests.embedded.provider.cases import CASES
from tests.embedded.provider.harness import Engine
from tests.embedded.provider.test_table import Paper


def refused(engine: Engine, title: str, change: dict[str, Any], path: str, reason: str) -> None:
    """Assert that the change is told at the path, for this reason."""
    faults = _told(engine, title, change)
    assert path in faults, f"{path} is told among {faults}"
    assert reason in faults[path]


def taken(engine: Engine, title: str, change: dict[str, Any]) -> None:
    """Assert that nothing is told of the change."""
    told = _told(engine, title, change)
    assert not told, told


def _told(engine: Engine, title: str, change: dict[str, Any]) -> dict[str, str]:
    _, faults = engine.check(title.split()[0], {**Paper(engine).fill(CASES[title].inputs), **change})
    return dict(faults)
