"""Check: all faults at once, each with its path, value, limit and remedy; unknowns wait for the deployment."""

from collections.abc import Mapping
from typing import Any

import pytest

from embedded.provider import cloudformation, sdk
from embedded.provider.entry import Call, Entry
from embedded.provider.names import places
from embedded.provider.shapes import destination, matches, show
from embedded.provider.table import TABLE
from embedded.provider.values import DEFAULTS, UNKNOWN
from embedded.provider.work import operation
from tests.embedded.provider.harness import Engine, preview

STREAM = "aws:kinesis/stream:Stream"


def test_all_faults_of_a_resource_are_told_at_once(configured: Engine) -> None:
    _, faults = configured.check(
        STREAM,
        {
            "shardCount": "two",
            "retentionPeriod": 5,
            "streamModeDetails": {"mode": "X"},
            "shards": 3,
            "encryptionType": "ROT",
        },
    )
    assert set(faults) >= {
        "shardCount",
        "retentionPeriod",
        "streamModeDetails.mode",
        "streamModeDetails.streamMode",
        "shards",
    }


def test_a_fault_tells_value_limit_and_remedy(configured: Engine) -> None:
    _, faults = configured.check(STREAM, {"shardCount": 1, "retentionPeriod": 5})
    assert faults["retentionPeriod"].startswith("retentionPeriod: 5 is ")
    assert "24" in faults["retentionPeriod"]
    assert "give" in faults["retentionPeriod"]


def test_an_unknown_property_is_told_with_the_known_ones(configured: Engine) -> None:
    _, faults = configured.check("aws:s3/bucket:Bucket", {"bucketName": "b"})
    assert "bucketPrefix" in faults["bucketName"]


def test_an_input_that_the_entry_does_not_handle_is_an_error_by_name(configured: Engine) -> None:
    _, faults = configured.check("aws:s3/bucket:Bucket", {"acl": "private", "website": {"indexDocument": "i"}})
    assert set(faults) == {"acl", "website"}
    assert "is not handled by the embedded AWS" in faults["acl"]


def test_a_nested_input_that_the_request_has_no_place_for_is_an_error_by_path(configured: Engine) -> None:
    _, faults = configured.check(
        "aws:glue/crawler:Crawler",
        {
            "role": "r",
            "databaseName": "d",
            "catalogTargets": [{"databaseName": "d", "tables": ["t"]}],
            "deltaTargets": [{"deltaTables": ["t"], "writeManifest": "perhaps"}],
        },
    )
    assert set(faults) == {"deltaTargets[0].writeManifest"}


def test_unknown_values_are_passed_over(configured: Engine) -> None:
    inputs, faults = configured.check(
        "aws:lambda/function:Function",
        {
            "role": UNKNOWN,
            "runtime": "python3.11",
            "handler": "h.h",
            "code": "e48ece36-62e2-4504-bad9-02848725956a",
            "kmsKeyArn": UNKNOWN,
            "memorySize": "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
            "vpcConfig": {"subnetIds": UNKNOWN, "securityGroupIds": [UNKNOWN]},
        },
    )
    assert not faults
    assert inputs["memorySize"] == UNKNOWN
    assert preview(configured, "aws:lambda/function:Function", inputs)["arn"] == UNKNOWN


def test_what_may_be_secret_is_not_shown() -> None:
    assert show("hush", "masterPassword") == "(secret)"
    assert show("hush", "secretString") == "(secret)"
    assert show("plain", "name") == "'plain'"
    assert len(show("x" * 500, "name")) <= 80


def test_a_policy_may_be_a_map_and_must_be_json(configured: Engine) -> None:
    inputs, faults = configured.check("aws:s3/bucketPolicy:BucketPolicy", {"bucket": "b", "policy": {"Version": "x"}})
    assert not faults
    assert inputs["policy"] == '{"Version": "x"}'
    _, faults = configured.check("aws:s3/bucketPolicy:BucketPolicy", {"bucket": "b", "policy": "nonsense"})
    assert "JSON" in faults["policy"]


def test_a_type_that_the_table_lacks_is_told_with_the_way_to_add_it(configured: Engine) -> None:
    with pytest.raises(RuntimeError, match="aws:ec2/instance:Instance is not among the embedded AWS's"):
        configured.check("aws:ec2/instance:Instance", {})


def test_a_missing_name_is_made_and_kept(configured: Engine) -> None:
    first, _ = configured.check(STREAM, {"shardCount": 1}, name="flow")
    again, _ = configured.check(STREAM, {"shardCount": 2}, olds=first, name="flow")
    named, _ = configured.check(STREAM, {"shardCount": 2, "name": "mine"}, olds=first, name="flow")
    assert first["name"].startswith("flow-")
    assert first[DEFAULTS] == ["name"]
    assert again["name"] == first["name"]
    assert named["name"] == "mine"
    assert DEFAULTS not in named


def test_patterns_that_only_java_reads_match_everything() -> None:
    assert matches(r"[\uD800\uDC00-\uDBFF\uDFFF]*", "anything")
    assert matches(r"[", "anything")
    assert not matches(r"[a-z]+", "A")


def _realised() -> list[str]:
    return sorted(token for token, entry in TABLE.items() if entry.realised)


@pytest.mark.parametrize("token", _realised())
def test_an_input_can_be_changed_or_makes_a_new_resource(token: str) -> None:
    entry = TABLE[token]
    lasting = {path.split(".")[0] for path in entry.replace} | {"region"}
    changeable = set(entry.local) | {p for each in entry.puts for p in each.props} | ({"tags"} if entry.tags else set())
    handled = set(entry.takes)
    for step in (entry.create, entry.like):
        handled |= _carried(token, entry, step)
    rest = handled - lasting - changeable - {"tags"}
    if isinstance(entry.update, Call):
        rest -= _carried(token, entry, entry.update)
    assert entry.update is not None or not rest, f"{sorted(rest)} can neither be changed nor replaced"
    assert not isinstance(entry.update, Call) or not rest, f"{sorted(rest)} are dropped by the update"


def _carried(token: str, entry: Entry, step: Any) -> set[str]:
    if not isinstance(step, Call):
        return set()
    target = operation(entry.service, step.op).input_shape
    for part in filter(None, step.into.split(".")):
        target = target.members[part]
        target = target.member if target.type_name == "list" else target
    fields: Mapping[str, sdk.Field] = sdk.inputs(token).fields
    named = {n for n in fields if destination(target, n, entry.names.get(n))}
    chosen = named if step.only is None else named & step.only
    return (chosen - step.skip - set(entry.local)) | (places(dict(step.args)) & fields.keys())


_RULE = {"cidrIpv6", "fromPort", "ipProtocol", "toPort"}
# What CloudFormation replaces, and Terraform's provider (so Pulumi's) updates: ModifySecurityGroupRules came later,
# and UpdateApiKey takes names.
UPDATED_BY_TERRAFORM = {
    "aws:apigateway/apiKey:ApiKey": {"name"},
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _RULE,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _RULE,
}


@pytest.mark.parametrize("token", sorted(t for t, e in TABLE.items() if e.cfn))
def test_what_cloudformation_can_only_create_makes_a_new_resource(token: str) -> None:
    entry = TABLE[token]
    known = sdk.inputs(token).fields
    fixed = {n for name in cloudformation.create_only(entry.cfn) for n in known if n.lower() == name.lower()}
    handled = set(entry.takes) | _carried(token, entry, entry.create) | _carried(token, entry, entry.like)
    missing = (fixed & handled) - {p.split(".")[0] for p in entry.replace} - UPDATED_BY_TERRAFORM.get(token, set())
    assert not missing, f"{sorted(missing)} can't be changed in AWS"


def test_every_type_s_cloudformation_schema_is_there() -> None:
    assert not [e.cfn for e in TABLE.values() if e.cfn and not cloudformation.schema(e.cfn)]


def test_a_recorded_type_says_why() -> None:
    assert not [token for token, entry in TABLE.items() if not entry.realised and not entry.reason]
