"""Records of streams: good payloads to initial, one a line; the others to quarantine."""

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from tests.workloads.conftest import INITIAL, LANDING
from tests.workloads.reading import entries, objects

Deploy = Callable[[str], ModuleType]
Event = Callable[[str], dict[str, Any]]

FIRST = "49590338271490256608559692538361571095921575989136588891"
NAME = f"shardId-000000000000-{FIRST}.jsonl"


@pytest.fixture
def handler(deployed: Deploy) -> Any:
    module = deployed("landing_stream")
    return lambda event: module.handler(event, None)


def test_good_payloads_go_to_initial_one_a_line(aws: Any, handler: Any, event: Event) -> None:
    assert handler(event("kinesis_batch")) == {"batchItemFailures": []}
    body = objects(aws, INITIAL)[f"raw/weather/{NAME}"]
    assert body.endswith(b"}\n")
    rows = [json.loads(line) for line in body.splitlines()]
    assert [row["hour"] for row in rows] == [1, 2], "the second came with line ends inside"
    assert rows[0]["wind_speed"] == 10.357019999999999


def test_what_goes_to_initial_has_a_checksum_as_object_lock_asks(aws: Any, handler: Any, event: Event) -> None:
    handler(event("kinesis_batch"))
    found = aws.head_object(Bucket=INITIAL, Key=f"raw/weather/{NAME}", ChecksumMode="ENABLED")
    assert found["ChecksumCRC32"]


def test_bad_payloads_go_to_quarantine_with_their_sequence_number(aws: Any, handler: Any, event: Event) -> None:
    handler(event("kinesis_batch"))
    found = entries(objects(aws, LANDING)[f"quarantine/weather/{NAME}"])
    assert [entry["position"][-1] for entry in found] == ["3", "4", "5"]
    assert {entry["source"] for entry in found} == {"kinesis://medallion-test-weather/shardId-000000000000"}
    assert "origin is 'ORD'; give one of EWR, JFK, LGA." in found[0]["reasons"]
    assert "not JSON" in found[1]["reasons"][0]
    assert "not UTF-8" in found[2]["reasons"][0]
    assert found[2]["record_base64"] == "//4A"


def test_how_many_records_were_accepted_is_told_by_data_set(
    aws: Any, handler: Any, event: Event, capsys: pytest.CaptureFixture[str]
) -> None:
    handler(event("kinesis_batch"))
    (told,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (told["event"], told["dataset"], told["accepted"], told["rejected"]) == ("batch_landed", "weather", 2, 3)


def test_a_batch_that_comes_again_overwrites_its_objects(aws: Any, handler: Any, event: Event) -> None:
    handler(event("kinesis_batch"))
    raw = objects(aws, INITIAL)
    handler(event("kinesis_batch"))
    assert objects(aws, INITIAL) == raw
    assert len(objects(aws, LANDING)) == 1


def test_a_half_that_comes_back_without_its_bad_records_leaves_none_in_quarantine_twice(
    aws: Any, handler: Any, event: Event
) -> None:
    handler(event("kinesis_batch"))
    whole = event("kinesis_batch")["Records"]
    handler({"Records": whole[:2]})
    handler({"Records": whole[2:]})
    found = [entry for body in objects(aws, LANDING).values() for entry in entries(body)]
    assert sorted(entry["position"][-1] for entry in found) == ["3", "4", "5"]


def test_a_batch_of_bad_records_makes_no_raw_object(aws: Any, handler: Any, event: Event) -> None:
    handler({"Records": event("kinesis_batch")["Records"][3:]})
    assert objects(aws, INITIAL) == {}


def test_a_failure_asks_for_the_batch_from_its_first_record(
    aws: Any, handler: Any, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INITIAL_BUCKET", "no-such-bucket")
    assert handler(event("kinesis_batch")) == {"batchItemFailures": [{"itemIdentifier": FIRST}]}


def test_a_stream_without_contract_is_a_failure(aws: Any, handler: Any, event: Event) -> None:
    assert handler(event("kinesis_unknown_stream")) == {"batchItemFailures": [{"itemIdentifier": FIRST}]}
