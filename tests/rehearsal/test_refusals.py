"""`pulumi up --policy-pack` refuses the project with one mistake in it, whichever of these it is.

One stack goes through all of them. A resource rule stops the deployment at the resource, which is not created; what
comes before it stays, so that the next mistake is met sooner. Where the mistake shows in the whole stack only, the
deployment goes to its end and is refused there.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import yaml

from embedded import running
from embedded.engine.workspace import PRIVATE, WITH_PACK, Deployment, Workspace
from embedded.judgement import MANDATORY, judge, policy_events
from tests.rehearsal.conftest import copy_project

pytestmark = pytest.mark.rehearsal

# Off, for a stack that is up sooner: what no mistake below is about.
OFF = {
    "athena": "connector",
    "exchange": "publish",
    "load_balancer": "enabled",
    "portal": "enabled",
    "quicksight": "enabled",
}


@dataclass(frozen=True)
class Mistake:
    """`before` is written once in `file`, and `after` in its place breaks `rule`."""

    file: str
    before: str
    after: str
    rule: str


# In the order in which the program makes the resources.
AT_A_RESOURCE = (
    Mistake(
        "components/keys.py",
        "enable_key_rotation=True",
        "enable_key_rotation=False",
        "kms-rotation",
    ),
    Mistake(
        "components/network.py",
        "kms_key_id=args.log_key_arn",
        "kms_key_id=None",
        "logs-customer-key",
    ),
    Mistake(
        "components/bucket.py",
        '"sse_algorithm": "aws:kms", "kms_master_key_id": key_arn',
        '"sse_algorithm": "AES256"',
        "s3-customer-key",
    ),
    Mistake(
        "components/audit.py",
        "enable_log_file_validation=True",
        "enable_log_file_validation=False",
        "cloudtrail-complete",
    ),
    Mistake(
        "components/queue.py",
        "kms_master_key_id=args.key_arn",
        "sqs_managed_sse_enabled=True",
        "sqs-customer-key",
    ),
    Mistake(
        "components/landing.py",
        'kms_key_id=on.keys["landing"]',
        'kms_key_id="alias/aws/kinesis"',
        "kinesis-customer-key",
    ),
    Mistake(
        "components/function.py",
        '"security_group_ids": [on.network.groups["functions"]],',
        '"security_group_ids": [],',
        "function-in-vpc",
    ),
    Mistake(
        "components/cluster.py",
        '"EnableInTransitEncryption": True',
        '"EnableInTransitEncryption": False',
        "emr-tls",
    ),
    Mistake(
        "components/warehouse.py",
        "publicly_accessible=False",
        "publicly_accessible=True",
        "redshift-private",
    ),
)
AT_THE_END = (
    Mistake(
        "Pulumi.dev.yaml",
        "  medallion:alerts:",
        "  medallion:account:\n    emr_public_access: leave\n  medallion:alerts:",
        "emr-public-access-blocked",
    ),
    Mistake(
        "components/perimeter.py",
        '"aws:SourceVpce": list(perimeter.endpoint_ids)',
        '"aws:SourceVpce": ["vpce-0123456789abcdef0"]',
        "s3-perimeter",
    ),
    Mistake(
        "components/perimeter.py",
        '"aws:SecureTransport": "false"',
        '"aws:SecureTransport": "true"',
        "s3-tls-only",
    ),
    Mistake(
        "components/endpoints.py",
        '        "redshift-data",\n',
        "",
        "endpoints-closed",
    ),
)


@dataclass(frozen=True)
class Copy:
    """A copy of the project, deployed as stack dev to an embedded AWS of its own."""

    workspace: Workspace

    def up_with(self, mistake: Mistake) -> Deployment:
        """Deploy with a mistake in the copy, and mend it again."""
        file = self.workspace.project / mistake.file
        text = file.read_text()
        assert text.count(mistake.before) == 1, f"{mistake.file} must have {mistake.before!r} once"
        file.write_text(text.replace(mistake.before, mistake.after))
        try:
            self.settle()
            return self.workspace.deploy("up", "--yes", "--skip-preview", *WITH_PACK)
        finally:
            file.write_text(text)

    def settle(self) -> None:
        """Take the settings of the project's file as it is now, less what is off."""
        self.workspace.create()
        file = self.workspace.stack_file
        content = yaml.safe_load(file.read_text())
        for section, switch in OFF.items():
            content["config"].setdefault(f"medallion:{section}", {})[switch] = False
        file.write_text(yaml.safe_dump(content))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """A copy of the project for mistakes; nothing of it is deployed yet."""
    folder = PRIVATE / "test-refusals"
    running.stop(folder)
    shutil.rmtree(folder, ignore_errors=True)
    project = copy_project(tmp_path_factory.mktemp("refusals") / "medallion")
    try:
        yield Copy(Workspace(folder.name, "dev", running.start(folder).endpoint, project))
    finally:
        running.stop(folder)
        shutil.rmtree(folder, ignore_errors=True)


def worked_on(deployment: Deployment) -> set[str]:
    """The URNs of the resources that a deployment created, changed, deleted or found as they should be."""
    return {event.body["metadata"]["urn"] for event in deployment.events if event.kind == "resourcePreEvent"}


def refused(deployment: Deployment) -> set[str]:
    """The URNs of the resources that broke a rule."""
    mandatory = [event.body for event in policy_events(deployment) if event.body["enforcementLevel"] in MANDATORY]
    return {body["resourceUrn"] for body in mandatory}


@pytest.mark.parametrize("mistake", AT_A_RESOURCE, ids=lambda mistake: str(mistake.rule))
def test_a_mistake_is_refused_before_the_resource_is_made(copy: Copy, mistake: Mistake) -> None:
    done = copy.up_with(mistake)
    assert not done.ok
    assert {each.rule for each in judge(done).violations} == {mistake.rule}, done.log.read_text()[-3000:]
    assert not refused(done) & worked_on(done), "what breaks a rule must not be touched"


@pytest.mark.parametrize("mistake", AT_THE_END, ids=lambda mistake: str(mistake.rule))
def test_a_mistake_that_only_the_whole_stack_shows_is_refused_at_the_end(copy: Copy, mistake: Mistake) -> None:
    done = copy.up_with(mistake)
    assert not done.ok
    assert {each.rule for each in judge(done).violations} == {mistake.rule}, done.log.read_text()[-3000:]
    assert refused(done) <= worked_on(done), "a stack rule sees what is deployed already"


def test_without_a_mistake_the_same_copy_is_taken(copy: Copy) -> None:
    copy.settle()
    verdict = judge(copy.workspace.deploy("up", "--yes", "--skip-preview", *WITH_PACK))
    assert verdict.holds, verdict.text
    assert not verdict.undecided, verdict.text
