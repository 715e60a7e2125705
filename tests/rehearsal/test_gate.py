"""The gate opens for what the project deploys and shuts for a spoiled copy of it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from embedded.engine.workspace import ROOT
from tests.rehearsal.conftest import Gated, run_gate

pytestmark = pytest.mark.rehearsal

# What GitHub takes as the summary of a job's step.
SUMMARY_BYTES = 2**20

TINY = """
import pulumi_aws as aws
aws.kms.Key("key", enable_key_rotation=True)
"""

# Who may use the queue is in a document that nobody knows before the queue is there.
PLAIN_HTTP = """
import json
import pulumi_aws as aws
key = aws.kms.Key("key", enable_key_rotation=True)
queue = aws.sqs.Queue("orders", kms_master_key_id=key.arn)
allowed = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:role/shop"}, "Action": "sqs:SendMessage"}
policy = queue.arn.apply(lambda arn: json.dumps({"Version": "2012-10-17", "Statement": [allowed | {"Resource": arn}]}))
aws.sqs.QueuePolicy("orders", queue_url=queue.id, policy=policy)
"""


@pytest.mark.parametrize("stack", ["prod", "dev"])
def test_the_gate_is_open_for_the_project_and_leaves_its_files(gates: Callable[[str], Gated], stack: str) -> None:
    before = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True).stdout
    done, folder = gates(stack).done, gates(stack).folder
    assert done.returncode == 0, done.stdout
    assert json.loads((folder / "preview.json").read_text())["steps"]
    assert json.loads((folder / "state.json").read_text())["deployment"]["resources"]
    report = (folder / "report.md").read_text()
    assert report.splitlines()[0] == f"# Gate of stack {stack}: **passed**"
    assert "**The stack holds.**" in report
    assert "both say the same" in report
    for section in ("Rules", "Controls", "Exceptions in force", "Deferred by the preview", "Resources, rule by rule"):
        assert f"\n## {section}\n" in report
    assert report.index("## Resources, rule by rule") < report.index("## Steps"), "what the steps printed comes last"
    assert len(report.encode()) < SUMMARY_BYTES / 4, "the report must fit a job summary with room for a larger stack"
    kept = stack == "prod"
    assert ("destroy while protected: refused" in done.stdout) is kept, "what prod keeps must not go by one command"
    after = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True).stdout
    assert after == before, "a run must not change a tracked file"


def test_the_gate_shuts_on_a_switched_off_encryption_and_says_rule_resource_reason_and_remedy(
    copy_of_the_project: Path,
) -> None:
    landing = copy_of_the_project / "components" / "landing.py"
    text = landing.read_text()
    assert text.count('encryption_type="KMS"') == 1
    landing.write_text(text.replace('encryption_type="KMS"', 'encryption_type="NONE"'))
    done = run_gate(copy_of_the_project, "dev").done
    assert done.returncode == 1
    assert "violated: kinesis" in done.stdout
    report = (copy_of_the_project / "build" / "gate" / "dev" / "report.md").read_text()
    assert "faults" in report.splitlines()[0]
    assert "No evidence" in report, "a stack that was stopped half-way proves nothing"


def test_the_gate_shuts_on_what_only_the_deployment_shows_and_the_report_says_which_controls_fall(
    copy_of_the_project: Path,
) -> None:
    (copy_of_the_project / "__main__.py").write_text(PLAIN_HTTP)
    (copy_of_the_project / "policy-exceptions.yaml").unlink()
    gated = run_gate(copy_of_the_project, "dev")
    assert gated.done.returncode == 1
    report = (gated.folder / "report.md").read_text()
    assert "**The stack does not hold.**" in report
    assert "both say the same" in report
    assert '[sqs-tls-only] Queue "orders": its policy has no Deny' in report
    assert "| `sqs-tls-only` | high | Every queue refuses requests without TLS. | 1 | **1 violated** |" in report
    assert re.search(r"^\| SC-8 \| .*`sqs-tls-only` \(violated\).* \| \*\*violated\*\* \|$", report, re.MULTILINE)


def test_the_gate_shuts_on_a_rule_that_stays_undecided(copy_of_the_project: Path) -> None:
    (copy_of_the_project / "__main__.py").write_text(TINY)  # One key is enough for a rule that never comes to an end.
    pack = copy_of_the_project / "policy" / "__main__.py"
    pack.write_text(
        "from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy\n"
        "from pulumi_policy.proxy import UnknownValueError\n"
        "def never(args, report):\n"
        "    if args.resource_type == 'aws:kms/key:Key':\n"
        "        raise UnknownValueError('04da6b54-80e4-46f7-96ec-b56ff0331ba9', ['arn'])\n"
        "PolicyPack('trial', enforcement_level=EnforcementLevel.MANDATORY,\n"
        "    policies=[ResourceValidationPolicy('never-decided', 'Never decided.', never)])\n"
    )
    done = run_gate(copy_of_the_project, "dev").done
    assert done.returncode == 1
    assert "undecided: never-decided" in done.stdout


def test_an_unknown_stack_is_refused_with_the_ones_there_are() -> None:
    done = run_gate(ROOT, "staging").done
    assert done.returncode == 1
    assert "there is no stack 'staging': the project has dev, local, prod" in done.stdout
