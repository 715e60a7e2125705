"""The SDK reads a resource once, where it would read it anew for each rule."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.protobuf import struct_pb2
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel, ResourceValidationPolicy
from pulumi_policy import policy as server

from policy.exceptions import Waivers
from policy.once import Remembered, RememberedModule, read_once
from policy.pack import NAME, policies
from policy.rules import RULES
from tests.policy.court import TODAY, UNKNOWN, Made
from tests.policy.platform import platform

REPLACED = ("deserialize_properties", "unknown_checking_proxy", "json_format")
METHODS = ("Analyze", "AnalyzeStack", "Remediate")
SERVICER = server._PolicyAnalyzerServicer


@pytest.fixture
def sdk(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The SDK's module, whose functions and methods are put back after the test."""
    for name in REPLACED:
        monkeypatch.setattr(server, name, getattr(server, name))
    for name in METHODS:
        monkeypatch.setattr(SERVICER, name, getattr(SERVICER, name))
    return server


EXCEPTIONS = Waivers((), today=TODAY)
BOUND = policies(RULES, lambda _: EXCEPTIONS)


def served() -> Any:
    """The SDK's server of the whole pack, as the engine asks it."""
    return SERVICER(NAME, "0.0.1", BOUND, EnforcementLevel.MANDATORY)


def answers(response: Any) -> tuple[list[str], list[str]]:
    """What a server answers, in an order of its own."""
    return sorted(map(str, response.diagnostics)), sorted(map(str, response.not_applicable))


def message(made: Made) -> dict[str, Any]:
    """What the engine sends about one resource."""
    properties = struct_pb2.Struct()
    properties.update(made.props)
    return {"type": made.type, "urn": made.urn, "name": made.name, "properties": properties}


def spoilt() -> list[Made]:
    """A platform with one resource that breaks a rule of each kind, and one that isn't all known."""
    stream, bucket = "aws:kinesis/stream:Stream", "aws:s3/bucket:Bucket"
    bad = [Made(stream, "open", {"encryptionType": "NONE"}), Made(bucket, "bare", {"bucket": "bare"})]
    return [*platform().values(), *bad, Made(stream, "later", {"encryptionType": "KMS", "kmsKeyId": UNKNOWN})]


def test_a_function_is_asked_once_about_the_same_object() -> None:
    asked: list[list[str]] = []

    def read(what: list[str]) -> list[str]:
        asked.append(what)
        return [*what]

    remembered = Remembered(read)
    one, other = ["bucket"], ["bucket"]
    assert remembered(one) is remembered(one)
    assert remembered(other) is not remembered(one)
    assert asked == [one, other]


def test_a_function_with_further_arguments_is_asked_each_time() -> None:
    remembered = Remembered(lambda what, *others: [what, *others])
    one = "bucket"
    assert remembered(one, "keep") is not remembered(one, "keep")
    assert remembered(one, "keep") == ["bucket", "keep"]
    assert remembered(one) == ["bucket"]


def test_a_module_keeps_all_but_the_function_that_is_replaced() -> None:
    module = RememberedModule(json, "loads")
    text = '{"a": 1}'
    assert module.loads(text) is module.loads(text)
    assert module.dumps is json.dumps
    assert json.loads(text) is not json.loads(text)


def test_this_version_of_the_sdk_has_what_is_replaced(sdk: Any) -> None:
    before = {name: getattr(sdk, name) for name in REPLACED}
    read_once()
    assert isinstance(sdk.deserialize_properties, Remembered)
    assert isinstance(sdk.unknown_checking_proxy, Remembered)
    assert isinstance(sdk.json_format, RememberedModule)
    assert before["json_format"].MessageToDict is not sdk.json_format.MessageToDict


def test_a_version_of_the_sdk_without_them_is_left_as_it_is(sdk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in REPLACED:
        monkeypatch.delattr(sdk, name)
    monkeypatch.delattr(sdk, "_PolicyAnalyzerServicer")
    read_once()
    assert not any(hasattr(sdk, name) for name in (*REPLACED, "_PolicyAnalyzerServicer"))


def test_each_resource_gets_the_answers_that_it_would_get_without(sdk: Any) -> None:
    asked = [proto.AnalyzeRequest(**message(made)) for made in spoilt()]
    without = [answers(served().Analyze(request, None)) for request in asked]
    read_once()
    servicer = served()
    assert [answers(servicer.Analyze(request, None)) for request in asked] == without
    said = "".join(text for diagnostics, _ in without for text in diagnostics)
    assert "[kinesis-customer-key]" in said
    assert "during preview" in said


def test_a_stack_gets_the_answers_that_it_would_get_without(sdk: Any) -> None:
    asked = proto.AnalyzeStackRequest(resources=[proto.AnalyzerResource(**message(made)) for made in spoilt()])
    without = answers(served().AnalyzeStack(asked, None))
    read_once()
    servicer = served()
    assert answers(servicer.AnalyzeStack(asked, None)) == without
    assert answers(servicer.AnalyzeStack(asked, None)) == without, "a second question is about a stack of its own"
    assert "[s3-tls-only]" in "".join(without[0])


def test_what_a_policy_was_configured_with_reaches_those_that_are_asked(sdk: Any) -> None:
    read_once()
    servicer = served()
    stream = proto.AnalyzeRequest(**message(Made("aws:kinesis/stream:Stream", "open", {"encryptionType": "NONE"})))
    assert servicer.Analyze(stream, None).diagnostics
    disabled = proto.PolicyConfig(enforcementLevel=proto.DISABLED)
    servicer.Configure(proto.ConfigureAnalyzerRequest(policyConfig={"kinesis-customer-key": disabled}), None)
    assert not servicer.Analyze(stream, None).diagnostics


def test_nothing_is_read_for_remediations_which_no_rule_has(sdk: Any) -> None:
    read_once()
    stream = proto.AnalyzeRequest(**message(Made("aws:kinesis/stream:Stream", "open", {})))
    assert served().Remediate(stream, None) == proto.RemediateResponse()
    assert not sdk.json_format.MessageToDict.held
    assert not any(isinstance(policy, ResourceValidationPolicy) and policy.has_remediation() for policy in BOUND)
