"""The pack as a whole: its list of rules, unknown values, crashes, its page, and the wording that gates rely on."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from google.protobuf import struct_pb2
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import _PolicyAnalyzerServicer

from policy import manual
from policy.exceptions import Waivers
from policy.pack import NAME, UNDECIDED, policies
from policy.rule import FRAMEWORKS, ResourceRule, StackRule, Verdict, by_control
from policy.rules import RULES
from policy.subject import Stack, Subject
from tests.policy.court import TODAY, UNKNOWN, Made, names, ruling
from tests.policy.pieces import bucket
from tests.policy.platform import platform
from tests.policy.spoiling import Spoil
from tests.policy.test_policy_rules import SPOILED

RESOURCE_RULES = (
    "kinesis-customer-key",
    "s3-customer-key",
    "sqs-customer-key",
    "sns-customer-key",
    "scheduler-customer-key",
    "logs-customer-key",
    "redshift-customer-key",
    "emr-customer-key",
    "glue-customer-key",
    "glue-catalog-customer-key",
    "athena-customer-key",
    "datazone-customer-key",
    "dataexchange-customer-key",
    "cloudtrail-customer-key",
    "secrets-customer-key",
    "function-customer-key",
    "redshift-managed-password",
    "kms-rotation",
    "emr-tls",
    "api-tls",
    "s3-acls-off",
    "redshift-private",
    "no-open-egress",
    "function-not-public",
    "emr-metadata-v2",
    "firewall-effective",
    "lb-strict",
    "api-authorized",
    "graphql-no-api-key",
    "users-strong-sign-in",
    "no-wildcard-principal",
    "service-principal-bounded",
    "iam-no-wildcard-action",
    "iam-no-unscoped-resource",
    "trust-not-whole-account",
    "athena-bounded",
    "function-in-vpc",
    "quicksight-private",
    "template-transparent",
    "redshift-enhanced-routing",
    "redshift-snapshots",
    "cloudtrail-complete",
    "api-access-logged",
    "graphql-logged",
    "lb-access-logged",
)
STACK_RULES = (
    "s3-encryption-declared",
    "glue-secured",
    "glue-catalog-declared",
    "quicksight-customer-key",
    "s3-tls-only",
    "sqs-tls-only",
    "sns-tls-only",
    "redshift-tls-only",
    "lb-tls",
    "s3-public-access-blocked",
    "no-open-ingress",
    "default-group-closed",
    "emr-public-access-blocked",
    "edge-firewalled",
    "lb-authenticated",
    "lake-formation-only",
    "lake-locations-registered",
    "lake-tables-tagged",
    "lake-people-not-all",
    "lake-guarded-columns",
    "gateways-on-private-tables",
    "endpoints-closed",
    "endpoint-private-dns",
    "endpoint-policy",
    "isolated-without-default-route",
    "s3-perimeter",
    "glue-in-vpc",
    "emr-secured",
    "workloads-in-private-subnets",
    "application-contained",
    "s3-object-lock",
    "s3-versioned",
    "cloudtrail-guarded",
    "data-recorded",
    "function-calls-recorded",
    "s3-access-logged",
    "log-bucket-deliverable",
    "vpc-flow-logs",
    "redshift-audited",
    "api-errors-logged",
    "firewall-logged",
    "function-log-group",
)


def test_the_pack_holds_exactly_these_policies() -> None:
    bound = policies(RULES, lambda _: Waivers(()))
    assert names(bound) == [*RESOURCE_RULES, *STACK_RULES, "exceptions-in-force", "exceptions-hold"]


def test_every_policy_is_mandatory_but_the_one_that_only_prints() -> None:
    levels = {policy.name: policy.enforcement_level for policy in policies(RULES, lambda _: Waivers(()))}
    assert levels.pop("exceptions-in-force") is EnforcementLevel.ADVISORY
    assert set(levels.values()) == {EnforcementLevel.MANDATORY}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_says_why_and_what_to_write_and_whom_it_serves(rule: ResourceRule | StackRule) -> None:
    assert rule.title.endswith(".")
    assert rule.why
    assert not rule.why.endswith(".")
    assert rule.remedy
    assert rule.controls
    assert len(set(rule.controls)) == len(rule.controls)
    assert {control.framework for control in rule.controls} <= FRAMEWORKS.keys()
    assert rule.types
    for schema in rule.settings.values():
        assert schema["description"].endswith(".")
        assert "default" in schema


def test_controls_stand_by_framework_and_as_people_count() -> None:
    served = list(by_control(RULES))
    assert [control.framework for control in served] == sorted(
        (control.framework for control in served), key=list(FRAMEWORKS).index
    )
    ids = [control.id for control in served if control.id in ("S3.9", "S3.12", "AC-6", "AC-6(10)")]
    assert ids == ["S3.9", "S3.12", "AC-6", "AC-6(10)"]


MESSAGE = re.compile(r"\[(?P<rule>[a-z0-9-]+)\] (?P<resource>\w+ \"[^\"]+\"): (?P<found>.+)\.\n  Why: .+\n  Write: .+")
# What a message would show if a value of Python's or of JSON's got into it unread.
UNREAD = re.compile(r"\bNone\b|\bTrue\b|\bFalse\b|(?<![.\d])\d+\.0(?![.\d/])|<[\w.]+ object|\{\}")


@pytest.mark.parametrize(("rule_id", "spoil"), [case[:2] for case in SPOILED], ids=[case[0] for case in SPOILED])
def test_a_violation_names_rule_and_resource_and_says_what_was_found_why_it_matters_and_what_to_write(
    rule_id: str, spoil: Spoil
) -> None:
    made = platform()
    spoil(made)
    short = {f'{each.type.rsplit(":", 1)[-1]} "{each.name}"' for each in made.values()}
    rule = next(rule for rule in RULES if rule.id == rule_id)
    for message in ruling(made.values(), [rule]).violated[rule_id]:
        match = MESSAGE.fullmatch(message)
        assert match, message
        assert match["rule"] == rule_id
        assert match["resource"] in short
        assert not UNREAD.search(match["found"]), message
        assert match["found"] != rule.title.rstrip("."), "the title says what must hold, not what was found"


def test_the_page_is_current() -> None:
    assert manual.main(["--check"]) == 0, "docs/policies.md is not current; run python -m policy.manual"


def test_the_pack_imports_nothing_of_the_platform() -> None:
    for module in (manual.PROSE.parent).rglob("*.py"):
        for line in module.read_text(encoding="utf-8").splitlines():
            if line.startswith(("import ", "from ")):
                assert not line.split()[1].startswith(("components", "settings", "contracts", "embedded", "workloads"))


def test_a_rule_that_meets_an_unknown_value_lets_the_sdk_say_so() -> None:
    stream = Made("aws:kinesis/stream:Stream", "flights", {"encryptionType": "KMS", "kmsKeyId": UNKNOWN})
    found = ruling([stream])
    assert not found.violated
    assert found.undecided["kinesis-customer-key"].props == ["kmsKeyId"]


def test_what_is_certain_is_reported_beside_what_is_unknown() -> None:
    stream = Made("aws:kinesis/stream:Stream", "flights", {"kmsKeyId": UNKNOWN, "encryptionType": "NONE"})
    found = ruling([stream])
    assert "kinesis-customer-key" in found.violated
    assert "kinesis-customer-key" in found.undecided


def test_an_unknown_value_on_one_resource_hides_no_breach_on_another() -> None:
    made = platform()
    made["lake-policy"].props["policy"] = UNKNOWN
    made["raw-policy"].props["policy"] = '{"Statement": []}'
    found = ruling(made.values())
    assert any('Bucket "raw"' in message for message in found.violated["s3-tls-only"])
    assert not any('Bucket "lake"' in message for message in found.violated["s3-tls-only"])
    assert "s3-tls-only" in found.undecided


def test_links_that_are_unknown_yet_are_answered_by_property_dependencies() -> None:
    made = bucket("lake")
    for key in ("lake-encryption", "lake-public", "lake-logging"):
        made[key].props["bucket"] = UNKNOWN
        made[key].after["bucket"] = [made["lake"].urn]
    found = ruling(made.values())
    for rule in ("s3-encryption-declared", "s3-public-access-blocked", "s3-access-logged"):
        assert rule not in found.violated
        assert rule not in found.undecided, rule


def test_a_grant_to_a_role_whose_name_is_unknown_yet_is_told_by_what_it_depends_on() -> None:
    made = platform()
    made["lake-grant"].props["principal"] = UNKNOWN
    made["lake-grant"].after["principal"] = [made["job-role"].urn]
    assert "lake-formation-only" not in ruling(made.values()).undecided


def test_what_the_provider_will_fill_by_itself_is_not_taken_for_written() -> None:
    made = platform()
    for key, *computed in (
        ("lake", "policy", "tagsAll", "objectLockEnabled"),
        ("queue", "policy"),
        ("private-table", "routes"),
        ("endpoints-group", "ingress", "egress"),
        ("default-group", "ingress", "egress"),
        ("function-role", "inlinePolicies", "managedPolicyArns"),
        ("lake-settings", "createDatabaseDefaultPermissions", "createTableDefaultPermissions"),
    ):
        made[key].props |= dict.fromkeys(computed, UNKNOWN)
    found = ruling(made.values())
    stack_rules = {rule.id for rule in RULES if isinstance(rule, StackRule)}
    assert not stack_rules & found.undecided.keys()
    assert not stack_rules & found.violated.keys()


def test_a_link_that_nothing_answers_yet_leaves_the_rule_undecided() -> None:
    made = bucket("lake")
    made["lake-encryption"].props["bucket"] = UNKNOWN
    found = ruling(made.values())
    assert "s3-encryption-declared" in found.undecided
    assert "s3-encryption-declared" not in found.violated


def test_a_route_whose_gateway_is_unknown_yet_is_told_by_what_it_depends_on() -> None:
    made = platform()
    for key, prop, dependency in (("public-route", "gatewayId", "igw"), ("private-route", "natGatewayId", "vpc")):
        made[key].props[prop] = UNKNOWN
        made[key].after[prop] = [made[dependency].urn]
    found = ruling(made.values())
    assert "gateways-on-private-tables" not in found.violated
    assert "gateways-on-private-tables" not in found.undecided


def crash(*_: Subject | Stack) -> Verdict:
    raise KeyError("policy")
    yield


@pytest.mark.parametrize("rule_id", ["kms-rotation", "vpc-flow-logs"])
def test_a_rule_that_crashes_counts_as_violated(rule_id: str) -> None:
    rule: Any = next(rule for rule in RULES if rule.id == rule_id)
    (message,) = ruling(platform().values(), [replace(rule, judge=crash)]).violated[rule_id]
    assert "the rule itself failed (KeyError: 'policy')" in message


def test_a_document_that_is_no_json_counts_as_a_violation() -> None:
    made = platform()
    made["job-role-may"].props["policy"] = "{"
    assert "the policy document is no JSON" in ruling(made.values()).violated["iam-no-wildcard-action"][0]


def test_the_sdk_words_an_undecided_rule_as_gates_expect() -> None:
    rules = [rule for rule in RULES if rule.id == "kinesis-customer-key"]
    servicer: Any = _PolicyAnalyzerServicer(
        NAME, "0.1.0", policies(rules, lambda _: Waivers((), today=TODAY)), EnforcementLevel.MANDATORY
    )
    properties = struct_pb2.Struct()
    properties.update({"encryptionType": "KMS", "kmsKeyId": UNKNOWN})
    made = Made("aws:kinesis/stream:Stream", "flights", {})
    request = proto.AnalyzeRequest(type=made.type, urn=made.urn, name=made.name, properties=properties)
    (diagnostic,) = servicer.Analyze(request, None).diagnostics
    assert diagnostic.enforcementLevel == proto.ADVISORY
    match = UNDECIDED.fullmatch(diagnostic.message)
    assert match
    assert match["rule"] == "kinesis-customer-key"
    assert match["pack"] == NAME


def test_what_is_required_is_pinned() -> None:
    lines = (manual.PROSE.parent / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert all("==" in line for line in lines)
    assert "pulumi-policy==1.21.0" in lines


def test_a_rule_that_does_not_apply_says_so_instead_of_passing() -> None:
    rules = [rule for rule in RULES if rule.id == "kinesis-customer-key"]
    assert "kinesis-customer-key" in ruling([Made("aws:s3/bucket:Bucket", "b", {})], rules).not_applicable
