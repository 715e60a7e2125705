"""Accounts to be asked: the embedded AWS, with the settings of a stack and what a test changes in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

import settings
from components.names import Names
from preflight.asking import Account

# First: the SDK's modules warn of their own old names when they are first touched.
from tests.components.conftest import LOADED  # noqa: F401
from tests.embedded.cloud.clients import Aws
from tests.embedded.cloud.conftest import running_cloud

REGION = "eu-west-1"
ACCOUNT = "123456789012"
Ask = Callable[..., Account]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    with running_cloud(tmp_path_factory.mktemp("cloud")) as running:
        yield running


@pytest.fixture
def ask(cloud: Aws, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Makes the account that a stack goes into: `ask(network={...})` changes values of a section of stack dev."""
    for name, value in (
        ("AWS_ENDPOINT_URL", cloud.endpoint),
        ("AWS_ACCESS_KEY_ID", "embedded"),
        ("AWS_SECRET_ACCESS_KEY", "embedded"),
    ):
        monkeypatch.setenv(name, value)

    def asked(**changes: dict[str, Any]) -> Account:
        config = yaml.safe_load(Path("Pulumi.dev.yaml").read_text())["config"]
        values = {key.partition(":")[2]: value for key, value in config.items() if key.startswith("medallion:")}
        for section, more in changes.items():
            mended = {**values.get(section, {}), **more}
            values[section] = {name: value for name, value in mended.items() if value is not None}
        chosen = settings.from_values(values, "medallion")
        names = Names(project="medallion", stack="dev", account=ACCOUNT, region=REGION)
        session = boto3.Session(region_name=REGION)
        caller = session.client("sts").get_caller_identity()["Arn"]
        return Account(chosen, names, caller, session)

    return asked
