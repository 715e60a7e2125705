"""The whole program, with each stack's own settings."""

import atexit
import gc
import json
import runpy
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from pulumi.runtime import rpc, set_all_config

from embedded.provider import sdk
from embedded.provider.endpoint import Cloud
from embedded.provider.resources import Resources
from embedded.provider.values import ARCHIVE, ASSET, SIGNATURE
from tests.components.mock_engine import REGION, Lookups, Recording, deploy

OUTPUTS = {
    "alerts_topic",
    "api_key_id",
    "api_url",
    "athena_workgroup",
    "athena_workgroups",
    "cluster_id",
    "contracts",
    "dashboard_url",
    "data_quality",
    "databases",
    "documentation",
    "drop_prefixes",
    "entrance_url",
    "graphql_url",
    "initial_bucket",
    "jobs",
    "landing_bucket",
    "offered_data_set",
    "people_roles",
    "portal_url",
    "queues",
    "quicksight_dashboards",
    "region",
    "replay_functions",
    "streams",
    "user_pool_client_id",
    "user_pool_id",
    "vpc_id",
    "warehouse",
    "workflow",
    "workflow_event",
}
HOLDS_DATA = ("s3/bucket:Bucket", "kms/key:Key", "redshift/cluster:Cluster", "kinesis/stream:Stream", "CatalogDatabase")


@cache
def whole(stack: str) -> tuple[Recording, dict[str, object]]:
    """What the program registers and exports with the settings of a stack."""
    return described(configured(stack))


def configured(stack: str) -> dict[str, Any]:
    """What the file of a stack configures."""
    config: dict[str, Any] = yaml.safe_load(Path(f"Pulumi.{stack}.yaml").read_text())["config"]
    return config


def described(config: dict[str, Any], lookups: Lookups | None = None) -> tuple[Recording, dict[str, object]]:
    """What the program registers and exports when it is configured so, and AWS answers its lookups so."""
    set_all_config({key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()})
    exported: dict[str, object] = {}

    def program() -> None:
        try:
            runpy.run_path("__main__.py", run_name="__main__")
        finally:
            gc.enable()  # The program goes without, which is no good for a process as long-lived as the tests'.
            atexit.unregister(gc.freeze)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pulumi, "export", exported.__setitem__)
        try:
            return deploy(program, lookups), exported
        finally:
            set_all_config({})


def on_the_wire(value: Any) -> Any:
    """Inputs with their assets as the engine hands them to a provider."""
    match value:
        case {rpc._special_sig_key: kind, "value": hidden} if kind == rpc._special_secret_sig:
            return on_the_wire(hidden)
        case dict():
            return {key: on_the_wire(inner) for key, inner in value.items()}
        case list():
            return [on_the_wire(inner) for inner in value]
        case pulumi.Asset():
            return {SIGNATURE: ASSET, "hash": "", "text": ""}
        case pulumi.Archive():
            return {SIGNATURE: ARCHIVE, "hash": "", "assets": {}}
    return value


@pytest.mark.parametrize("stack", ["dev", "local", "prod"])
def test_every_stack_is_described_to_its_end(stack: str) -> None:
    made, exported = whole(stack)
    assert set(exported) == OUTPUTS
    layers = {each.type for each in made.registrations if each.type.startswith("medallion:layers:")}
    assert len(layers) == 19
    assert len({(each.type, each.name) for each in made.registrations}) == len(made.registrations)


def test_every_output_is_explained() -> None:
    page = Path("docs/outputs.md").read_text()
    explained = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `")}
    assert explained == OUTPUTS


@pytest.mark.parametrize("stack", ["dev", "local", "prod"])
def test_whatever_is_registered_would_be_taken_by_aws_as_far_as_the_embedded_provider_knows(stack: str) -> None:
    made, _ = whole(stack)
    resources = Resources(Cloud("http://127.0.0.1:9", REGION), {})
    faults = [
        f"{each.type} {each.name}: {fault.path} {fault.reason}"
        for each in made.registrations
        if each.type.startswith("aws:")
        for fault in resources.check(each.type, each.name, {}, on_the_wire(each.inputs))[1]
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("stack", ["dev", "local", "prod"])
def test_whatever_can_be_tagged_says_whose_it_is_and_of_which_layer(stack: str) -> None:
    made, _ = whole(stack)
    untagged = [
        f"{each.type} {each.name}"
        for each in made.registrations
        if each.type.startswith("aws:")
        and "tags" in sdk.inputs(each.type).fields
        and not {"project", "environment", "owner", "cost-centre", "layer"} <= set(each.inputs.get("tags") or {})
    ]
    assert not untagged, untagged


@pytest.mark.parametrize("stack", ["dev", "local", "prod"])
def test_every_log_group_is_encrypted_with_the_key_for_logs_and_has_an_end(stack: str) -> None:
    made, _ = whole(stack)
    key = made.one("kms/alias:Alias", "keys-logs").inputs["targetKeyId"]
    groups = made.of("cloudwatch/logGroup:LogGroup")
    assert groups
    for group in groups:
        assert str(group.inputs.get("kmsKeyId", "")).endswith(f"/{key}"), f"{group.name} has another key or none"
        assert group.inputs.get("retentionInDays"), f"{group.name} keeps lines for ever"


@pytest.mark.parametrize("stack", ["dev", "local", "prod"])
def test_every_alarm_and_rule_tells_the_platforms_own_topic_what_to_do(stack: str) -> None:
    made, _ = whole(stack)
    alarms = made.of("cloudwatch/metricAlarm:MetricAlarm")
    topic = made.one("sns/topicPolicy:TopicPolicy", "alerting").inputs["arn"]
    assert alarms
    assert not [each.name for each in alarms if topic not in each.inputs["alarmActions"]]
    names = [each.inputs["name"] for each in alarms]
    assert len(set(names)) == len(names)
    mute = [each.name for each in alarms if len(each.inputs["alarmDescription"].split()) < 10]
    assert not mute, f"{mute} say no more than what is wrong"


def test_whatever_is_not_a_layer_belongs_to_one() -> None:
    made, _ = whole("dev")
    orphans = [each.type for each in made.registrations if each.parent.startswith("medallion-")]
    assert all(type_.startswith("medallion:") for type_ in orphans), orphans


def test_prod_refuses_to_destroy_whatever_holds_data_and_dev_does_not() -> None:
    prod, _ = whole("prod")
    dev, _ = whole("dev")
    for type_ in HOLDS_DATA:
        kept = [each for each in prod.of(type_) if each.name != "integrated-results"]
        assert kept
        assert all(each.protect for each in kept), type_
    assert not [each.name for each in dev.registrations if each.protect]


def test_no_name_in_a_policy_waits_for_anything_but_a_key_or_an_endpoint() -> None:
    made, _ = whole("dev")
    names = [each.inputs["name"] for each in made.of("iam/role:Role")]
    assert len(set(names)) == len(names)
    assert all(name.startswith("medallion-dev-") for name in names)
