"""How a plugin's process ends."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from embedded.engine.workspace import ROOT


@pytest.mark.parametrize("name", ["aws", "awsx"])
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_plugin_ends_in_silence_when_the_engine_tells_it_to(name: str, ending: signal.Signals) -> None:
    command = [sys.executable, "-m", "embedded.provider", name]
    plugin = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert plugin.stdout is not None
    assert plugin.stdout.readline().strip().isdigit()
    plugin.send_signal(ending)
    _, complaints = plugin.communicate(timeout=10)
    assert (plugin.returncode, complaints) == (0, "")
