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
        ("initial.lock_mode", "NONE", "'GOVERNANCE' or 'COMPLIANCE'"),
        ("initial.lock_days", 0, "1 to 36500"),
        ("retention.logs_days", 15, "14, 30"),
        ("retention.landing_days", 0, "must outlive its first read"),
        ("protection.data", "maybe", "'keep' or 'disposable'"),
        ("protection.key_deletion_days", 6, "7 to 30"),
        ("perimeter.deployers", ["arn:aws:iam::123456789012:role/*"], "without wildcards"),
        ("perimeter.producers", ["me"], "ARN of an IAM role or user"),
        ("alerts.topics", ["mail"], "ARN of an SNS topic"),
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
        (spoiled("redshift.node_type", "ra3.16xlarge"), "medallion:redshift.nodes is 1; it must be 2 to 128"),
        (spoiled("redshift.node_type", "rg.4xlarge", "prod"), "medallion:redshift.multi_az is true; it must be false"),
        (spoiled("network.availability_zones", 2, "prod"), "its subnet group must span 3 zones"),
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


def test_settings_can_not_be_changed_once_they_are_read() -> None:
    settings = loaded(configured("dev"))
    with pytest.raises(ValidationError):
        settings.glue.workers = 3


@given(node_type=st.sampled_from(sorted(REDSHIFT_NODES)), nodes=st.integers(1, 128))
def test_a_warehouse_has_as_many_nodes_as_its_type_takes(node_type: str, nodes: int) -> None:
    sections = spoiled("redshift.node_type", node_type)
    sections["redshift"]["nodes"] = nodes
    low, high = REDSHIFT_NODES[node_type]
    if low <= nodes <= high:
        assert loaded(sections).redshift.nodes == nodes
    else:
        assert len(faults(sections)) == 1
