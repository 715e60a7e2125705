"""`make up`, from nothing to checked figures, and again after all that can befall it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from embedded import running
from embedded.engine.workspace import ROOT
from embedded.rehearsal import Rehearsal
from embedded.summary import shares
from tests.rehearsal.conftest import Platform, up

pytestmark = pytest.mark.rehearsal

ONLY_RECORDED = {
    "aws:dataexchange/dataSet:DataSet",
    "aws:dataexchange/eventAction:EventAction",
    "aws:dataexchange/revisionAssets:RevisionAssets",
    "aws:datazone/domain:Domain",
    "aws:datazone/environment:Environment",
    "aws:datazone/environmentBlueprintConfiguration:EnvironmentBlueprintConfiguration",
    "aws:datazone/environmentProfile:EnvironmentProfile",
    "aws:datazone/glossary:Glossary",
    "aws:datazone/glossaryTerm:GlossaryTerm",
    "aws:datazone/project:Project",
    "aws:quicksight/dataSet:DataSet",
    "aws:quicksight/keyRegistration:KeyRegistration",
    "aws:quicksight/refreshSchedule:RefreshSchedule",
    "aws:quicksight/vpcConnection:VpcConnection",
    "aws:redshift/snapshotSchedule:SnapshotSchedule",
    "aws:redshift/snapshotScheduleAssociation:SnapshotScheduleAssociation",
    "aws:redshift/usageLimit:UsageLimit",
    "aws:serverlessrepository/cloudFormationStack:CloudFormationStack",
}
"""What moto lacks altogether; `make up` names each with the reason."""


def test_up_deploys_the_platform_and_the_check_names_all_flights(platform: Platform) -> None:
    assert "336,776" in platform.printed
    assert "live in the embedded AWS" in platform.printed


def test_a_refresh_finds_no_drift(platform: Platform) -> None:
    refreshed = platform.workspace.deploy("refresh", "--preview-only", "--expect-no-changes")
    assert refreshed.ok, refreshed.log.read_text()


def test_a_second_up_changes_no_resource_and_no_figure(platform: Platform) -> None:
    """January is sent once more; the figures are those of the whole year."""
    again = up(platform.rehearsal, "0", "31")
    assert again.returncode == 0, again.stdout
    assert "up: nothing to change" in again.stdout
    assert "checks hold for 336,776 flights" in again.stdout


def test_no_secret_lies_open_in_the_state(platform: Platform) -> None:
    assert "embedded" not in json.dumps(platform.workspace.state()["deployment"].get("secrets_providers", {}))
    environment = platform.workspace.env
    state = json.dumps(platform.workspace.state())
    assert environment["PULUMI_CONFIG_PASSPHRASE"] not in state


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_deployment_that_was_cut_off_is_noticed_and_leaves_no_process(small: Rehearsal, how: signal.Signals) -> None:
    # A shell has what it starts in the background ignore interrupts, and so would all that these tests start there.
    heeding = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)"
    code = f"{heeding}; from embedded.rehearsal import Rehearsal; sys.exit(Rehearsal(sys.argv[1]).up(0, 1))"
    process = subprocess.Popen([sys.executable, "-c", code, small.name], cwd=ROOT, start_new_session=True)
    wait_until(small.under_way.exists)
    time.sleep(2)  # Into the middle of it.
    os.killpg(process.pid, how)
    assert process.wait(timeout=60) != 0
    wait_until(lambda: not processes_of(small))
    assert "cut off" in str(small.reason_to_rebuild(running.find(small.folder)))


def test_a_corrupt_state_is_named_and_rebuilt(small: Rehearsal) -> None:
    small.ready()
    for file in (small.folder / "state").rglob("local.json"):
        file.write_text("{ not json")
    assert "can't be read" in str(small.reason_to_rebuild(running.find(small.folder)))


def test_a_taken_port_is_named_with_the_remedy(small: Rehearsal) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code = "import sys; from embedded.rehearsal import Rehearsal; Rehearsal(sys.argv[1]).ready(int(sys.argv[2]))"
        command = [sys.executable, "-c", code, small.name, str(port)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode != 0
    assert f"{port}" in done.stderr
    assert "did not start" in done.stderr


def test_most_resources_live_in_the_embedded_aws(platform: Platform) -> None:
    layers, recorded = shares(platform.workspace.resources())
    realised = sum(each["realised"] for each in layers.values())
    assert set(recorded) <= ONLY_RECORDED, "a type that lived in the embedded AWS is only recorded now"
    assert realised / (realised + sum(recorded.values())) > 0.939


def test_a_killed_cloud_is_noticed_and_all_is_rebuilt(platform: Platform) -> None:
    """Stands last: the year's data go with the cloud."""
    cloud = running.find(platform.rehearsal.folder)
    assert cloud
    os.kill(cloud.pid, signal.SIGKILL)
    again = up(platform.rehearsal, "0", "1")
    assert again.returncode == 0, again.stdout
    assert "Starting afresh: the embedded AWS of the last run was killed" in again.stdout


def processes_of(rehearsal: Rehearsal) -> list[int]:
    """The engines and plugins that work on this rehearsal: its state's folder is in their environment."""
    found = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):  # It ended while we looked, or is not ours to look at.
            if f"file://{rehearsal.folder / 'state'}".encode() in environment.read_bytes():
                found.append(int(environment.parent.name))
    return found


def wait_until(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for a condition, or fail."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold in time"
        time.sleep(0.1)
