"""Dropped files: raw bytes to initial, bad lines to quarantine, failed messages back to the queue."""

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from tests.workloads.conftest import INITIAL, LANDING
from tests.workloads.reading import entries, objects

Deploy = Callable[[str], ModuleType]
Event = Callable[[str], dict[str, Any]]

KEY = "drop/flights/flights-2013-01-01.csv"
RAW = "raw/flights/flights-2013-01-01.csv"
VERDICT = "verdicts/flights/flights-2013-01-01.csv.json"
QUARANTINE = "quarantine/flights/flights-2013-01-01.csv.jsonl"
HEADER = (
    b"year,month,day,dep_time,sched_dep_time,dep_delay,arr_time,sched_arr_time,arr_delay,carrier,flight,tailnum,"
    b"origin,dest,air_time,distance,hour,minute,time_hour\n"
)
GOOD = b"2013,1,1,517,515,2,830,819,11,UA,1545,N14228,EWR,IAH,227,1400,5,15,2013-01-01T10:00:00Z\n"
CANCELLED = b"2013,1,1,NA,1630,NA,NA,1815,NA,EV,4308,NA,EWR,RDU,NA,416,16,30,2013-01-01T21:00:00Z\n"
BAD = GOOD.replace(b",UA,", b",united,")
NOT_UTF8 = GOOD.replace(b"N14228", b"N\xff4228")


@pytest.fixture
def handler(deployed: Deploy) -> Any:
    module = deployed("landing_files")
    return lambda event: module.handler(event, None)


def test_a_good_file_goes_whole_to_initial_and_nothing_to_quarantine(aws: Any, handler: Any, event: Event) -> None:
    body = HEADER + GOOD + CANCELLED
    aws.put_object(Bucket=LANDING, Key=KEY, Body=body)
    assert handler(event("sqs_s3_object_created")) == {"batchItemFailures": []}
    assert objects(aws, INITIAL, "raw/") == {RAW: body}
    assert objects(aws, LANDING) == {KEY: body}


def test_a_line_that_breaks_its_contract_is_quarantined_with_the_reason(aws: Any, handler: Any, event: Event) -> None:
    body = HEADER + GOOD + BAD + NOT_UTF8
    aws.put_object(Bucket=LANDING, Key=KEY, Body=body)
    handler(event("sqs_s3_object_created"))
    assert objects(aws, INITIAL, "raw/") == {RAW: body}, "the raw object is untouched"
    bad, not_utf8 = entries(objects(aws, LANDING)[QUARANTINE])
    assert bad["record"] == BAD.decode().rstrip("\n")
    assert bad["reasons"] == ["carrier is 'united'; the pattern is ^[0-9A-Z]{2}$."]
    assert (bad["source"], bad["position"]) == (f"s3://{INITIAL}/{RAW}", "3")
    assert not_utf8["reasons"][0].startswith("the record is not UTF-8")
    assert "record_base64" in not_utf8


def test_a_time_in_a_daylight_saving_gap_is_quarantined_by_its_zone(aws: Any, handler: Any, event: Event) -> None:
    skipped = b"2013,3,10,233,230,3,500,459,1,UA,1545,N14228,EWR,IAH,227,1400,2,30,2013-03-10T07:00:00Z\n"
    aws.put_object(Bucket=LANDING, Key=KEY, Body=HEADER + GOOD + skipped)
    handler(event("sqs_s3_object_created"))
    (found,) = entries(objects(aws, LANDING)[QUARANTINE])
    assert found["record"] == skipped.decode().rstrip("\n")
    assert all(
        "2013-03-10T02:30 is a time that the clocks of America/New_York skip" in each for each in found["reasons"]
    )


def test_how_many_records_were_accepted_is_told_by_data_set(
    aws: Any, handler: Any, event: Event, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.put_object(Bucket=LANDING, Key=KEY, Body=HEADER + GOOD + CANCELLED + BAD)
    handler(event("sqs_s3_object_created"))
    (told,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (told["event"], told["dataset"], told["accepted"], told["rejected"]) == ("file_landed", "flights", 2, 1)


def test_beside_a_file_lies_the_verdict_on_its_lines(aws: Any, handler: Any, event: Event) -> None:
    aws.put_object(Bucket=LANDING, Key=KEY, Body=HEADER + GOOD + BAD)
    handler(event("sqs_s3_object_created"))
    verdict = json.loads(objects(aws, INITIAL)[VERDICT])
    assert verdict.pop("judged_at").startswith("20")
    assert verdict == {
        "dataset": "flights",
        "contract_version": "1.0.0",
        "source": f"s3://{INITIAL}/{RAW}",
        "records": 2,
        "rejected": [{"position": "3", "reasons": ["carrier is 'united'; the pattern is ^[0-9A-Z]{2}$."]}],
    }
    assert "ChecksumCRC32" in aws.head_object(Bucket=INITIAL, Key=VERDICT, ChecksumMode="ENABLED")
    aws.put_object(Bucket=LANDING, Key=KEY, Body=HEADER + GOOD)
    handler(event("sqs_s3_object_created"))
    assert json.loads(objects(aws, INITIAL)[VERDICT])["rejected"] == []


def test_a_file_that_s3_would_not_copy_in_one_piece_goes_back_to_the_queue_with_the_reason(
    aws: Any, deployed: Deploy, event: Event, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = deployed("landing_files")
    monkeypatch.setattr(module, "LARGEST", 10)
    aws.put_object(Bucket=LANDING, Key=KEY, Body=HEADER + GOOD)
    assert len(module.handler(event("sqs_s3_object_created"), None)["batchItemFailures"]) == 1
    assert "drop files of 10 at most" in capsys.readouterr().out
    assert objects(aws, INITIAL, "raw/") == {}


def test_a_redelivery_changes_nothing(aws: Any, handler: Any, event: Event) -> None:
    aws.put_object(Bucket=LANDING, Key=KEY, Body=HEADER + GOOD + BAD)
    handler(event("sqs_s3_object_created"))
    first = (objects(aws, INITIAL, "raw/"), len(entries(objects(aws, LANDING)[QUARANTINE])))
    handler(event("sqs_s3_object_created"))
    assert (objects(aws, INITIAL, "raw/"), len(entries(objects(aws, LANDING)[QUARANTINE]))) == first


def test_a_mended_file_takes_its_old_rejects_out_of_quarantine(aws: Any, handler: Any, event: Event) -> None:
    aws.put_object(Bucket=LANDING, Key=KEY, Body=HEADER + BAD)
    handler(event("sqs_s3_object_created"))
    aws.put_object(Bucket=LANDING, Key=KEY, Body=HEADER + GOOD)
    handler(event("sqs_s3_object_created"))
    assert QUARANTINE not in objects(aws, LANDING)
    assert objects(aws, INITIAL, "raw/") == {RAW: HEADER + GOOD}


def test_a_file_of_another_shape_is_quarantined_whole(aws: Any, handler: Any, event: Event) -> None:
    aws.put_object(Bucket=LANDING, Key=KEY, Body=b"a,b\n1,2\n3,4\n")
    handler(event("sqs_s3_object_created"))
    found = entries(objects(aws, LANDING)[QUARANTINE])
    assert [entry["record"] for entry in found] == ["a,b", "1,2", "3,4"]
    assert RAW in objects(aws, INITIAL), "raw is kept, whatever it is"


def test_s3s_test_message_is_no_file(aws: Any, handler: Any, event: Event) -> None:
    assert handler(event("sqs_s3_test_event")) == {"batchItemFailures": []}
    assert objects(aws, INITIAL, "raw/") == {}


def test_a_key_comes_form_encoded(aws: Any, handler: Any, event: Event) -> None:
    aws.put_object(Bucket=LANDING, Key="drop/flights/January 1, 100% é.csv", Body=HEADER + GOOD)
    assert handler(event("sqs_s3_encoded_key")) == {"batchItemFailures": []}
    assert list(objects(aws, INITIAL, "raw/")) == ["raw/flights/January 1, 100% é.csv"]


def test_only_the_messages_that_failed_go_back(
    aws: Any, handler: Any, event: Event, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.put_object(Bucket=LANDING, Key=KEY, Body=HEADER + GOOD)
    failed = [entry["itemIdentifier"][-1] for entry in handler(event("sqs_mixed_batch"))["batchItemFailures"]]
    assert failed == ["2", "3", "4", "6", "7"], "gone, unknown data set, no event, other prefix, torn event"
    assert list(objects(aws, INITIAL, "raw/")) == [RAW]
    logged = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [entry["level"] for entry in logged].count("ERROR") == 5
    assert any("is under no data set's drop prefix" in entry.get("error", "") for entry in logged)


def test_a_data_set_that_comes_otherwise_is_not_taken_from_the_drop_zone(aws: Any, handler: Any, event: Event) -> None:
    message = event("sqs_s3_object_created")
    message["Records"][0]["body"] = message["Records"][0]["body"].replace("drop/flights/", "drop/planes/")
    aws.put_object(Bucket=LANDING, Key="drop/planes/flights-2013-01-01.csv", Body=b"tailnum\n")
    assert len(handler(message)["batchItemFailures"]) == 1
