"""The pack judges other people's programs, which have nothing of this project: what they deserve, and no more."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from embedded import running
from embedded.engine.workspace import PRIVATE
from embedded.judgement import Verdict, judge
from tests.strangers.environment import STACK, Stranger, settle

pytestmark = pytest.mark.rehearsal

# What the quickstart of a tutorial deserves: rule and resource, nothing missed and nothing besides.
DESERVED = {
    ("data-recorded", "files"),
    ("function-calls-recorded", "lister"),
    ("function-customer-key", "lister"),
    ("function-in-vpc", "lister"),
    ("function-log-group", "lister"),
    ("function-not-public", "lister-anyone"),
    ("iam-no-unscoped-resource", "warehouse"),
    ("iam-no-wildcard-action", "warehouse"),
    ("no-open-egress", "warehouse"),
    ("no-open-ingress", "warehouse"),
    ("no-wildcard-principal", "files-read"),
    ("redshift-audited", "warehouse"),
    ("redshift-customer-key", "warehouse"),
    ("redshift-enhanced-routing", "warehouse"),
    ("redshift-managed-password", "warehouse"),
    ("redshift-private", "warehouse"),
    ("redshift-tls-only", "warehouse"),
    ("s3-access-logged", "files"),
    ("s3-encryption-declared", "files"),
    ("s3-public-access-blocked", "files"),
    ("s3-tls-only", "files"),
    ("s3-versioned", "files"),
}

# Programs that keep to AWS's own guidance, and what the pack says of them all the same, each with why it stands.
GOOD = {
    "clickstream_lake": {},
    "sales_warehouse": {
        (
            "data-recorded",
            "sales",
        ): "AWS would have the organisation's trail record it, of which the stack shows nothing; the pack says so "
        "rather than trust in it",
    },
    "invoice_api": {
        (
            "function-in-vpc",
            "answer",
        ): "AWS puts a function into a VPC only where it needs something there (Lambda.3 is outside FSBP for that "
        "reason); the pack wants all calls on the VPC's endpoints, and a program that doesn't turns the rule off",
        (
            "function-calls-recorded",
            "answer",
        ): "AWS would have the organisation's trail record it, of which the stack shows nothing; the pack says so "
        "rather than trust in it",
    },
}

Settle = Callable[[str], Stranger]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """An embedded AWS for all strangers: they share no names."""
    folder = PRIVATE / "test-strangers"
    running.stop(folder)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield running.start(folder).endpoint
    finally:
        running.stop(folder)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def stranger(endpoint: str, tmp_path: Path) -> Iterator[Settle]:
    """Settles a program in a folder of its own, with its stack ready."""
    settled: list[Stranger] = []

    def at_home(program: str) -> Stranger:
        made = Stranger(f"test-{program}", STACK, endpoint, settle(program, tmp_path / program))
        settled.append(made)
        made.forget()
        made.create()
        return made

    yield at_home
    for each in settled:
        each.forget()


def found(verdict: Verdict) -> set[tuple[str, str]]:
    """What was violated: rule and resource."""
    return {(each.rule, each.resource) for each in verdict.violations}


def test_a_strangers_environment_has_pulumi_and_nothing_of_ours(tmp_path: Path) -> None:
    home = settle("quickstart", tmp_path / "quickstart")
    names = "pulumi pulumi_aws pulumi_policy yaml boto3 moto pulumi_awsx pydantic embedded settings components"
    code = "import importlib.util, sys; print(*(n for n in sys.argv[1:] if importlib.util.find_spec(n)))"
    asked = [str(home / "venv" / "bin" / "python"), "-c", code, *names.split()]
    done = subprocess.run(asked, cwd=home / "policy", env={}, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["pulumi", "pulumi_aws", "pulumi_policy", "yaml"]


def test_a_tutorials_quickstart_gets_the_violations_that_it_deserves(stranger: Settle) -> None:
    quickstart = stranger("quickstart")
    # It runs already, as tutorials do, when its owner first hears of the pack; so every value is known.
    deployed = quickstart.deploy("up", "--yes", "--skip-preview")
    assert deployed.ok, deployed.log.read_text()
    verdict = judge(quickstart.deploy("preview", *quickstart.with_pack))
    assert not verdict.deployment.ok
    assert found(verdict) == DESERVED
    assert not verdict.undecided
    assert all("Why: " in each.message and "Write: " in each.message for each in verdict.violations)


def test_the_quickstart_is_refused_before_anything_of_it_is_public(stranger: Settle) -> None:
    quickstart = stranger("quickstart")
    verdict = judge(quickstart.deploy("up", "--yes", *quickstart.with_pack))
    assert not verdict.holds
    assert {"s3-public-access-blocked", "redshift-private", "no-open-ingress"} <= {rule for rule, _ in found(verdict)}
    assert not any("aws:" in each["type"] for each in quickstart.resources()), "the preview must stop it already"


@pytest.mark.parametrize("program", ["quickstart_mended", *(name for name, known in GOOD.items() if not known)])
def test_a_program_that_keeps_to_the_rules_is_deployed_without_a_word(stranger: Settle, program: str) -> None:
    kept = stranger(program)
    previewed = judge(kept.deploy("preview", *kept.with_pack))
    assert previewed.holds, previewed.text
    verdict = judge(kept.deploy("up", "--yes", "--skip-preview", *kept.with_pack))
    assert verdict.holds, verdict.text
    assert not verdict.undecided, verdict.text


@pytest.mark.parametrize("program", [name for name, known in GOOD.items() if known])
def test_of_a_program_that_keeps_to_awss_guidance_the_pack_says_only_what_is_written_down(
    stranger: Settle, program: str
) -> None:
    kept = stranger(program)
    deployed = kept.deploy("up", "--yes", "--skip-preview")
    assert deployed.ok, deployed.log.read_text()
    verdict = judge(kept.deploy("preview", *kept.with_pack))
    assert found(verdict) == set(GOOD[program])
    assert not verdict.undecided
