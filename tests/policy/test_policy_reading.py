"""How documents, address blocks and resources are read: properties that hold whatever is written."""

from __future__ import annotations

import ipaddress
import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from policy.documents import reaches_everything, statements
from policy.network import Way, wide_open
from policy.rules.scope import UNSCOPED
from policy.subject import Subject, canonical

WORDS = st.text(alphabet="abcdefghij:*", min_size=1, max_size=8)


@given(st.lists(WORDS, min_size=1, max_size=3), WORDS, WORDS)
def test_a_single_value_reads_as_a_list_of_one(actions: list[str], resource: str, value: str) -> None:
    alone: dict[str, Any] = {"Effect": "Allow", "Principal": "*", "Action": actions[0], "Resource": resource}
    alone["Condition"] = {"StringEquals": {"aws:SourceAccount": value}}
    listed = {**alone, "Action": actions[:1], "Resource": [resource]}
    listed["Condition"] = {"StringEquals": {"aws:SourceAccount": [value]}}
    assert statements({"Statement": alone}) == statements(json.dumps({"Statement": [listed]}))


@given(st.integers(0, 32), st.integers(0, 2**32 - 1))
def test_no_block_within_the_private_ranges_is_wide_open(prefix: int, address: int) -> None:
    network = ipaddress.ip_network((address, prefix), strict=False)
    if network.is_private or prefix >= 8:
        assert not wide_open(str(network))
    else:
        assert wide_open(str(network))


@given(st.integers(16, 28), st.integers(0, 2**16 - 1))
def test_a_group_that_admits_a_block_admits_every_block_inside_it(prefix: int, offset: int) -> None:
    way = Way("tcp", (0, 65535), ("10.0.0.0/16",), ())
    inside = ipaddress.ip_network((int(ipaddress.ip_address("10.0.0.0")) + offset, prefix), strict=False)
    assert way.admits((), [str(inside)])
    assert not way.admits((), [str(inside), "10.1.0.0/24"])
    assert not way.admits((), [])


@given(st.sampled_from(["tcp", "udp", "-1"]), st.integers(0, 65535), st.integers(0, 65535))
def test_https_is_taken_where_protocol_and_ports_say_so(protocol: str, first: int, last: int) -> None:
    way = Way(protocol, (first, last), (), ())
    assert way.takes_https() is (protocol == "-1" or (protocol == "tcp" and first <= 443 <= last))


def test_ipv6_blocks_and_ipv4_blocks_are_never_within_one_another() -> None:
    assert not Way("tcp", (443, 443), ("::/0",), ()).admits((), ["10.0.0.0/24"])
    assert Way("tcp", (443, 443), ("fd00::/8",), ()).admits((), ["fd00:1::/64"])


def test_only_the_s3_types_lose_their_v2() -> None:
    assert canonical("aws:s3/bucketV2:BucketV2") == "aws:s3/bucket:Bucket"
    assert canonical("aws:s3/bucketObjectv2:BucketObjectv2") == "aws:s3/bucketObjectv2:BucketObjectv2"
    assert canonical("aws:apigatewayv2/api:Api") == "aws:apigatewayv2/api:Api"


def test_a_path_leads_through_names_and_positions_and_ends_in_none() -> None:
    subject = Subject("aws:x/y:Y", "y", "urn", {"a": [{"b": 1}], "c": "text"})
    assert subject.get("a.0.b") == 1
    assert subject.get("a.1.b") is None
    assert subject.get("c.d") is None
    assert subject.many("c") == ["text"]
    assert subject.many("none") == []


@pytest.mark.parametrize(
    ("value", "everything"),
    [
        ("*", True),
        ("arn:aws:s3:::*", True),
        ("arn:aws:s3:::*/*", True),
        ("arn:aws:kms:*:*:*", True),
        ("arn:aws:events:*", True),
        ("arn:aws:s3:::lake/*", False),
        ("arn:aws:ec2:eu-west-1:123456789012:*/*", False),
        ("arn:aws:logs:*:*:log-group:/aws-glue/*", False),
        ("arn:aws:events:eu-west-1:123456789012:*", False),
        ("123456789012", False),
    ],
)
def test_an_arn_of_nothing_but_wildcards_reaches_everything(value: str, everything: bool) -> None:
    assert reaches_everything(value) is everything


def test_each_action_without_resources_says_why_and_at_most_which_condition_narrows_it() -> None:
    for action, entry in yaml.safe_load(UNSCOPED.read_text(encoding="utf-8")).items():
        assert ":" in action
        assert entry["why"], action
        assert entry.keys() <= {"why", "with"}, action


def test_a_map_names_each_part_of_its_values() -> None:
    subject = Subject("aws:x/y:Y", "y", "urn", {"map": {"a": "one, two", "b": "three"}, "list": ["one,two"]})
    assert subject.named("map") == {"one", "two", "three"}
    assert subject.named("list") == {"one,two"}
