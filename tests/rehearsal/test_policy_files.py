"""A project that has nothing of ours decides by files of its own what the pack asks of it, through the real engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded.engine.workspace import WITH_PACK, Workspace
from embedded.judgement import Finding, Verdict, judge

pytestmark = pytest.mark.rehearsal

PROGRAM = """
import pulumi_aws as aws

aws.kinesis.Stream("clicks", shard_count=1)
aws.s3.Bucket("archive", tags={"layer": "bronze"})
"""
EXCEPTION = """
- rule: kinesis-customer-key
  resource: aws:kinesis/stream:Stream::clicks
  reason: Clicks are public.
  owner: shop
  expires: 2999-12-31
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A stranger's project; it is only previewed, so that nothing has to answer for AWS."""
    project = tmp_path_factory.mktemp("shop")
    (project / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (project / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-west-1\n")
    (project / "__main__.py").write_text(PROGRAM)
    workspace = Workspace("test-policy-files", "dev", "http://127.0.0.1:9", project)
    workspace.forget()
    workspace.create()
    yield workspace
    workspace.forget()


def previewed(shop: Workspace, config: Path | None = None) -> Verdict:
    chosen = ("--policy-pack-config", str(config)) if config else ()
    return judge(shop.deploy("preview", *WITH_PACK, *chosen))


def rules(findings: tuple[Finding, ...]) -> set[str]:
    return {found.rule for found in findings}


def test_an_exception_in_the_judged_projects_own_folder_lets_one_breach_pass_and_is_printed(shop: Workspace) -> None:
    before = previewed(shop)
    assert "kinesis-customer-key" in rules(before.violations)
    assert not before.deployment.ok
    file = shop.project / "policy-exceptions.yaml"
    file.write_text(EXCEPTION)
    try:
        after = previewed(shop)
    finally:
        file.unlink()
    assert rules(after.violations) == rules(before.violations) - {"kinesis-customer-key"}
    assert any("Clicks are public." in each.message for each in after.advice)


def test_pulumis_own_configuration_file_sets_levels_and_settings(shop: Workspace, tmp_path: Path) -> None:
    before = previewed(shop)
    assert "s3-object-lock" not in rules(before.violations)
    config = tmp_path / "policy-config.json"
    bronze = {"enforcementLevel": "mandatory", "tag": "layer", "values": ["bronze"]}
    config.write_text(json.dumps({"all": "advisory", "kinesis-customer-key": "disabled", "s3-object-lock": bronze}))
    after = previewed(shop, config)
    assert rules(after.violations) == {"s3-object-lock"}
    assert rules(before.violations) - {"kinesis-customer-key"} <= rules(after.advice)
    assert "kinesis-customer-key" not in rules(after.advice)
