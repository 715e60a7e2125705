"""The evaluator answers as AWS's documentation says that IAM does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.policy.contexts.simulator import Answer, Simulation, SimulatorError, simulate

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text())


def document(statements: list[dict[str, Any]] | None) -> dict[str, Any] | None:
    return {"Version": "2012-10-17", "Statement": statements} if statements else None


def simulation(case: dict[str, Any]) -> Simulation:
    identity = document(case.get("identity"))
    return Simulation(
        principal=case.get("as", "arn:aws:iam::111122223333:role/reader"),
        action=case.get("action", "s3:GetObject"),
        resource=case.get("target", "arn:aws:s3:::shelf/book"),
        account="111122223333",
        context=case.get("context", {}),
        identity=[identity] if identity else [],
        policy=document(case.get("resource")),
        endpoint=document(case.get("endpoint")),
    )


@pytest.fixture(scope="module")
def answers() -> dict[str, Answer]:
    return dict(zip([case["says"] for case in CASES], simulate([simulation(case) for case in CASES]), strict=True))


@pytest.mark.parametrize("case", CASES, ids=[case["says"] for case in CASES])
def test_the_evaluator_answers_as_the_documentation_says(case: dict[str, Any], answers: dict[str, Answer]) -> None:
    assert case["doc"].startswith("https://docs.aws.amazon.com/")
    assert answers[case["says"]].allowed is case["allowed"], answers[case["says"]]


def test_an_answer_names_the_statements_that_decide(answers: dict[str, Answer]) -> None:
    assert answers["An explicit denial overrides every allowance"].statements == ("resource: #1",)


def test_a_key_that_the_action_never_comes_with_is_told() -> None:
    stray = simulation({"context": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}})
    assert simulate([stray])[0].ignored == ("kms:ViaService",)


def test_an_action_that_there_is_not_is_refused_by_name() -> None:
    with pytest.raises(
        SimulatorError, match=r"s3:ReadObject on arn:aws:s3:::shelf/book is malformed: .*invalid\.action"
    ):
        simulate([simulation({"action": "s3:ReadObject"})])
