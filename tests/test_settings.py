"""Settings: every stack's are good, and every bad value is refused with the reason, all at once."""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime import set_all_config
from pydantic import ValidationError

from settings import REDSHIFT_NODES, Settings, SettingsError, load

STACKS = ("dev", "local", "prod")
KINDS = {"private": "a", "isolated": "b", "public": "c"}


@pytest.fixture(autouse=True)
def _no_configuration_left() -> Iterator[None]:
    yield
    set_all_config({})


def configured(stack: str) -> dict[str, Any]:
    """What the file of a stack configures of ours, by section."""
    config = yaml.safe_load(Path(f"Pulumi.{stack}.yaml").read_text())["config"]
    return {key.removeprefix("medallion:"): value for key, value in config.items() if key.startswith("medallion:")}


def loaded(sections: dict[str, Any]) -> Settings:
    given_ = {
        f"medallion:{name}": value if isinstance(value, str) else json.dumps(value) for name, value in sections.items()
    }
    set_all_config({"aws:region": "eu-west-1", **given_})
    return load(pulumi.Config("medallion"))


def faults(sections: dict[str, Any]) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        loaded(sections)
    return caught.value.faults


def spoiled(path: str, value: Any, stack: str = "dev") -> dict[str, Any]:
    """A stack's configuration with one value changed."""
    section, name = path.split(".")
    sections = deepcopy(configured(stack))
    sections.setdefault(section, {})[name] = value
    return sections


@pytest.mark.parametrize("stack", STACKS)
def test_the_settings_of_each_stack_are_good(stack: str) -> None:
    assert loaded(configured(stack)).network.cidr == configured(stack)["network"]["cidr"]


def test_prod_is_larger_than_dev_spans_more_zones_and_is_protected() -> None:
    dev, prod = loaded(configured("dev")), loaded(configured("prod"))
    assert prod.network.availability_zones > dev.network.availability_zones
    assert prod.redshift.multi_az
    assert not dev.redshift.multi_az
    assert (prod.redshift.node_type, prod.redshift.nodes) != (dev.redshift.node_type, dev.redshift.nodes)
    assert prod.glue.workers > dev.glue.workers
    assert prod.emr.max_units > dev.emr.max_units
    assert prod.protection.keep
    assert not dev.protection.keep


@pytest.mark.parametrize(
    ("path", "value", "limit"),
    [
        ("network.cidr", "10.0.0.0/24", "/16 to /21"),
        ("quicksight.identity_region", "Ireland", "name of a region"),
        ("quicksight.refresh_at", "8am", "time of the day"),
        ("portal.refresh_at", "24:00", "time of the day"),
        ("portal.sign_in", "password", "'roles' or 'identity_center'"),
        ("network.cidr", "10.0.0.0/12", "/16 to /21"),
        ("network.cidr", "10.0.0.1/16", "host bits"),
        ("network.cidr", "8.8.0.0/16", "10.0.0.0/8"),
        ("network.cidr", "here", "IPv4 block"),
        ("network.availability_zones", 1, "2 to 3"),
        ("network.availability_zones", 4, "2 to 3"),
        ("network.nat", "many", "'none', 'single' or 'per_az'"),
        ("kinesis.mode", "fast", "'provisioned' or 'on_demand'"),
        ("kinesis.shards", 0, "1 to 500"),
        ("kinesis.retention_hours", 23, "24 to 8760"),
        ("kinesis.retention_hours", 8761, "24 to 8760"),
        ("kinesis.record_kib", 512, "1024 to 10240"),
        ("functions.memory_mb", 64, "128 to 10240"),
        ("functions.timeout_seconds", 901, "3 to 900"),
        ("functions.files_at_once", 1, "2 to 1000"),
        ("glue.worker_type", "Standard", "'G.1X'"),
        ("glue.workers", 1, "2 to 299"),
        ("glue.workers", "2", "valid integer"),
        ("glue.timeout_minutes", 0, "1 to 10080"),
        ("emr.release", "emr-7.0.0", "emr-7.12.0, emr-7.13.0"),
        ("emr.primary", "t3.medium", "xlarge or larger"),
        ("emr.core", "m7g.large", "xlarge or larger"),
        ("emr.primary_nodes", 2, "one of 1, 3"),
        ("emr.max_units", 0, "1 to 1000"),
        ("redshift.node_type", "dc2.large", "only RA3 and RG"),
        ("redshift.nodes", 17, "1 to 16"),
        ("redshift.multi_az", True, "a single node can't span zones"),
        ("redshift.port", 5430, "5431 to 5455 or 8191 to 8215"),
        ("redshift.port", 8216, "5431 to 5455 or 8191 to 8215"),
        ("redshift.snapshot_days", 0, "1 to 35"),
        ("api.burst", 0, "1 to 5000"),
        ("api.requests_per_address", 9, "10 to 2000000000"),
        ("access.second_factor", "never", "'required' or 'optional'"),
        ("initial.lock_mode", "NONE", "'GOVERNANCE' or 'COMPLIANCE'"),
        ("initial.lock_days", 0, "1 to 36500"),
        ("retention.logs_days", 15, "14, 30"),
        ("retention.landing_days", 0, "must outlive its first read"),
        ("protection.data", "maybe", "'keep' or 'disposable'"),
        ("protection.key_deletion_days", 6, "7 to 30"),
        ("perimeter.deployers", ["arn:aws:iam::123456789012:role/*"], "without wildcards"),
        ("perimeter.producers", ["me"], "ARN of an IAM role or user"),
        ("alerts.topics", ["mail"], "ARN of an SNS topic"),
        ("alerts.emails", ["ops"], "e-mail address"),
        ("alerts.monthly_budget_usd", 0, "1 to 10000000"),
        ("functions.reserved", {"landing-files": 1}, "5 or more"),
        ("alerts.topics", [f"arn:aws:sns:eu-west-1:123456789012:t{number}" for number in range(5)], "4 at most"),
    ],
)
def test_a_bad_value_is_refused_with_its_path_and_its_limit(path: str, value: Any, limit: str) -> None:
    found = faults(spoiled(path, value))
    assert len(found) == 1, found
    assert found[0].startswith(f"medallion:{path}"), found[0]
    assert limit in found[0]


@pytest.mark.parametrize(
    ("sections", "told"),
    [
        (spoiled("kinesis.mode", "on_demand"), "medallion:kinesis.shards is 1; it must be absent"),
        (spoiled("kinesis.shards", None), "medallion:kinesis.shards is absent; it must be given"),
        (spoiled("emr.min_units", 9), "medallion:emr.max_units is 2; it must be 9 or more"),
        (spoiled("emr.primary_nodes", 3), "medallion:emr.idle_minutes is 60; it must be absent"),
        (spoiled("emr.task", "r7g.2xlarge"), "medallion:emr.task_price_usd is absent; it must be given"),
        (spoiled("emr.task_price_usd", "0.50"), "medallion:emr.task_price_usd is '0.50'; it must be absent"),
        (spoiled("redshift.node_type", "ra3.16xlarge"), "medallion:redshift.nodes is 1; it must be 2 to 128"),
        (spoiled("redshift.node_type", "rg.4xlarge", "prod"), "medallion:redshift.multi_az is true; it must be false"),
        (spoiled("network.availability_zones", 2, "prod"), "its subnet group must span 3 zones"),
        (
            spoiled("functions.reserved", {"landing-files": 4}),
            'medallion:functions.reserved is {"landing-files": 4}; landing-files must be 5 or more',
        ),
        (
            spoiled("load_balancer.certificate_arn", "arn:aws:acm:eu-west-1:123456789012:certificate/" + "a" * 36),
            "it must be absent, since certificate is self_signed",
        ),
        (spoiled("load_balancer.zone_id", None, "prod"), "it must be given, since certificate is domain"),
        (
            spoiled("quicksight.refresh_at", "05:30"),
            "medallion:quicksight: refresh_at is 05:30; it must not be within an hour from 05:00",
        ),
        (
            spoiled("portal.refresh_at", "05:59"),
            "medallion:portal: refresh_at is 05:59; it must not be within an hour from 05:00",
        ),
        (spoiled("orchestration.schedule", "cron(15 7 * * ? *)"), "refresh_at is 08:00; it must not be within an hour"),
    ],
)
def test_values_that_do_not_fit_each_other_are_refused(sections: dict[str, Any], told: str) -> None:
    found = faults(sections)
    assert len(found) == 1, found
    assert told in found[0]


def test_all_faults_are_told_at_once() -> None:
    sections = spoiled("network.nat", "many") | {"glue": {"workers": 1, "worker_type": "G.1X"}, "knesis": {}}
    del sections["emr"]
    paths = [fault.split(" ")[0] for fault in faults(sections)]
    assert paths == [
        "medallion:network.nat",
        "medallion:glue.workers",
        "medallion:glue.timeout_minutes",
        "medallion:emr",
        "medallion:knesis",
    ]


def test_an_unknown_key_is_refused_without_showing_what_may_be_a_secret() -> None:
    (fault,) = faults(spoiled("redshift.master_password", "hunter2"))
    assert fault.startswith("medallion:redshift.master_password is not a setting; there is node_type, nodes,")
    assert "hunter2" not in fault


def test_a_section_that_is_not_one_is_refused() -> None:
    (fault,) = faults(configured("dev") | {"glue": "large"})
    assert fault.startswith("medallion:glue is 'large'; input should be an object")


def test_what_is_configured_for_others_is_none_of_our_business() -> None:
    loaded(configured("dev"))
    assert "region" not in configured("dev")


def in_existing_network(**changes: Any) -> dict[str, Any]:
    """A stack's configuration that puts it into an existing network, with some of that changed."""
    existing = {
        "vpc_id": "vpc-0123456789abcdef0",
        **{f"{kind}_subnet_ids": [f"subnet-{kind_}0000001", f"subnet-{kind_}0000002"] for kind, kind_ in KINDS.items()},
        "route_table_ids": ["rtb-00000001"],
        "endpoint_ids": {"s3": "vpce-00000001", "dynamodb": "vpce-00000002"},
    }
    return configured("dev") | {"network": {"availability_zones": 2, "existing": existing | changes}}


def test_a_stack_can_go_into_an_existing_network_in_place_of_one_of_its_own() -> None:
    network = loaded(in_existing_network(endpoint_cidrs=["10.200.0.0/24"])).network
    assert network.existing is not None
    assert (network.cidr, network.nat) == (None, None)
    (fault,) = faults(spoiled("network.cidr", None))
    assert "network.cidr is absent; it must be given, since a network of our own is made with it" in fault


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"endpoint_ids": {"s3": "vpce-00000001"}}, "it must have dynamodb, since gateway endpoints are routes"),
        ({"endpoint_ids": {}}, "it must have s3 and dynamodb"),
        ({"endpoint_ids": {"s3": "vpc-00000001", "dynamodb": "vpce-00000002"}}, "it must be the id of a VPC endpoint"),
        ({"endpoint_cidrs": ["52.95.0.0/16"]}, "it must lie in 10.0.0.0/8"),
        ({"endpoint_cidrs": ["central"]}, "it must be an IPv4 block"),
        ({"private_subnet_ids": ["subnet-00000001"]}, "it must have 2 subnets of each kind, and has 1 private"),
        (
            {"public_subnet_ids": []},
            "enabled is True; it must be false, since the existing network has no public subnets",
        ),
    ],
)
def test_an_existing_network_that_is_not_described_in_full_is_refused(changes: dict[str, Any], told: str) -> None:
    assert any(told in fault for fault in faults(in_existing_network(**changes)))


def test_only_a_private_api_needs_an_endpoint() -> None:
    assert loaded(configured("dev")).api.endpoints == ()
    assert loaded(spoiled("api.private", True)).api.endpoints == ("execute-api",)


def test_settings_can_not_be_changed_once_they_are_read() -> None:
    settings = loaded(configured("dev"))
    with pytest.raises(ValidationError):
        settings.glue.workers = 3


def test_a_schedule_without_one_start_a_day_leaves_the_refresh_alone() -> None:
    for schedule in ("rate(1 hour)", "cron(0 6,12 * * ? *)"):
        assert loaded(spoiled("orchestration.schedule", schedule)).orchestration.starts is None
    assert loaded(configured("dev")).orchestration.starts == "05:00"


@given(node_type=st.sampled_from(sorted(REDSHIFT_NODES)), nodes=st.integers(1, 128))
def test_a_warehouse_has_as_many_nodes_as_its_type_takes(node_type: str, nodes: int) -> None:
    sections = spoiled("redshift.node_type", node_type)
    sections["redshift"]["nodes"] = nodes
    low, high = REDSHIFT_NODES[node_type]
    if low <= nodes <= high:
        assert loaded(sections).redshift.nodes == nodes
    else:
        assert len(faults(sections)) == 1
