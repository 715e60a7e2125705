"""How tests are shared out between processes (`--dist loadgroup`)."""

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep each file's tests in one process, for its fixtures, and those of the whole program too: it takes seconds."""
    for item in items:
        describes_all = hasattr(getattr(item, "module", None), "whole")
        item.add_marker(pytest.mark.xdist_group("whole program" if describes_all else str(item.path)))
