"""`python -m preflight` as it is used."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.embedded.cloud.clients import Aws


def preflight(cloud: Aws, *args: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "AWS_EC2_METADATA_DISABLED": "true"}
    if cloud:
        env |= {
            "AWS_ENDPOINT_URL": cloud.endpoint,
            "AWS_ACCESS_KEY_ID": "embedded",
            "AWS_SECRET_ACCESS_KEY": "embedded",
        }
    return subprocess.run([sys.executable, "-m", "preflight", *args], env=env, capture_output=True, text=True)


def test_all_that_is_missing_is_told_at_once_and_the_exit_code_says_so(cloud: Aws) -> None:
    done = preflight(cloud, "--stack", "prod")
    assert done.returncode == 1, done.stderr
    assert "Stack prod in account 123456789012" in done.stdout
    assert "no hosted zone of this account" in done.stdout
    assert "QuickSight" in done.stdout


def test_an_unknown_stack_is_refused_with_those_there_are(cloud: Aws) -> None:
    done = preflight(cloud, "--stack", "staging")
    assert done.returncode == 2
    assert "the project has dev, local, prod" in done.stderr
