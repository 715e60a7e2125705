"""The engine's word and the offline review's, compared."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from embedded.agreement import disagreements, judged_to_the_end
from embedded.engine.events import Event
from embedded.engine.workspace import Deployment
from policy.exceptions import Waivers
from policy.review import Resource, Review, judge
from policy.rules import RULES

PREFIX = "urn:pulumi:dev::shop::"
KEY = "aws:kms/key:Key"
ROTATED, STALE = f"{PREFIX}{KEY}::rotated", f"{PREFIX}{KEY}::stale"
ROTATION = tuple(rule for rule in RULES if rule.id in ("kms-rotation", "vpc-flow-logs"))
VPC = f"{PREFIX}aws:ec2/vpc:Vpc::net"


def key(urn: str, rotated: bool) -> Resource:
    held = {"enableKeyRotation": rotated}
    return Resource(KEY, urn.rpartition("::")[2], urn, held, held)


def review(*held: Resource) -> Review:
    return judge(held, Waivers((), today=datetime.date(2026, 1, 1)), rules=ROTATION)


def run(*events: tuple[str, dict[str, Any]]) -> Deployment:
    told = (Event(kind, {"policyPackName": "medallion"} | body) for kind, body in events)
    return Deployment("up", 0, 1.0, Path("log"), tuple(told))


def passed(urn: str, *rules: str) -> tuple[str, dict[str, Any]]:
    return "policyAnalyzeSummaryEvent", {"resourceUrn": urn, "passed": list(rules)}


def violated(urn: str, rule: str, message: str = "found") -> tuple[str, dict[str, Any]]:
    return "policyEvent", {"resourceUrn": urn, "policyName": rule, "message": message, "enforcementLevel": "mandatory"}


def the_end(*rules: str) -> tuple[str, dict[str, Any]]:
    return "policyAnalyzeStackSummaryEvent", {"passed": list(rules)}


def test_engine_and_review_that_say_the_same_agree() -> None:
    told = run(passed(ROTATED, "kms-rotation"), violated(STALE, "kms-rotation"), the_end("exceptions-hold"))
    assert disagreements(told, review(key(ROTATED, True), key(STALE, False))) == []


def test_a_breach_that_only_the_review_finds_is_told_with_rule_and_resource() -> None:
    told = run(passed(ROTATED, "kms-rotation"), passed(STALE, "kms-rotation"), the_end("exceptions-hold"))
    assert disagreements(told, review(key(ROTATED, True), key(STALE, False))) == [
        "the engine and the review differ on kms-rotation: the engine alone has stale passed, "
        "the review alone stale violated"
    ]


def test_a_resource_that_only_the_review_judges_is_told() -> None:
    told = run(passed(ROTATED, "kms-rotation"), the_end("exceptions-hold"))
    assert disagreements(told, review(key(ROTATED, True), key(STALE, True))) == [
        "the engine and the review differ on kms-rotation: the engine alone has nothing, the review alone stale passed"
    ]


def test_a_rule_over_the_stack_passes_as_a_whole() -> None:
    flows = Resource("aws:ec2/flowLog:FlowLog", "all", f"{PREFIX}aws:ec2/flowLog:FlowLog::all", {}, {})
    flows.outputs = {"vpcId": "vpc-1", "trafficType": "ALL"}
    held = (Resource("aws:ec2/vpc:Vpc", "net", VPC, {}, {"id": "vpc-1"}), flows)
    assert disagreements(run(the_end("vpc-flow-logs", "exceptions-hold")), review(*held)) == []
    (told,) = disagreements(run(the_end("exceptions-hold")), review(*held))
    assert told.endswith("the review alone the stack passed")


def test_an_exception_that_only_one_of_them_finds_out_of_order_is_told() -> None:
    told = run(passed(ROTATED, "kms-rotation"), violated("", "exceptions-hold"), the_end())
    assert "exceptions-hold" in disagreements(told, review(key(ROTATED, True)))[0]


def test_what_the_engine_could_not_decide_is_not_compared() -> None:
    unknown = "can't run policy 'kms-rotation' from policy pack 'medallion@v0.1.0' during preview: value at .x"
    told = run(passed(ROTATED, "kms-rotation"), violated(ROTATED, "kms-rotation", unknown), the_end("exceptions-hold"))
    assert disagreements(told, review(key(ROTATED, True))) == []


def test_only_a_run_of_this_pack_over_the_whole_stack_has_judged_to_the_end() -> None:
    assert judged_to_the_end(run(the_end()))
    assert not judged_to_the_end(run(passed(ROTATED, "kms-rotation")))
    assert not judged_to_the_end(run(("policyAnalyzeStackSummaryEvent", {"policyPackName": "another"})))
