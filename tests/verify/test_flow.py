"""Sending, waiting for landing, and running the jobs."""

import json
import zlib
from typing import Any

import pytest
from botocore.stub import Stubber

from verify import flow
from verify import send as sending
from verify.flow import Landed
from verify.plan import Plan
from verify.platform import Platform, PlatformError, Progress


def land(platform: Platform, plan: Plan) -> None:
    """Do what the functions would: files go to initial, the stream's records to initial or quarantine."""
    for file in plan.drops:
        platform.s3.put_object(Bucket="initial", Key=f"raw/{file.dataset}/{file.name}", Body=file.body)
    broken = [each.record for each in plan.weather_spoiled]
    good = [record for record in plan.weather if record not in broken]
    platform.s3.put_object(Bucket="initial", Key="raw/weather/shard-1.jsonl", Body=b"\n".join(good) + b"\n")
    entries = "\n".join(json.dumps({"dataset": "weather", "n": number}) for number in range(len(broken)))
    platform.s3.put_object(Bucket="landing", Key="quarantine/weather/shard-1.jsonl", Body=entries.encode() + b"\n")


def test_everything_is_sent(platform: Platform, day: Plan) -> None:
    sending.send(platform, day)
    found = platform.objects("landing", "")
    assert len(found) == len(day.files)
    assert found["drop/flights/flights-2013-01-01.csv"].size == len(day.drops[0].body)
    shard = platform.kinesis.describe_stream(StreamName="medallion-test-weather")["StreamDescription"]["Shards"][0]
    iterator = platform.kinesis.get_shard_iterator(
        StreamName="medallion-test-weather", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    records = platform.kinesis.get_records(ShardIterator=iterator)["Records"]
    assert sorted(record["Data"] for record in records) == sorted(day.weather)


def answer(*codes: str | None) -> dict[str, Any]:
    records = [{"ErrorCode": code} if code else {"SequenceNumber": "1", "ShardId": "0"} for code in codes]
    failed = sum(code is not None for code in codes)
    return {"Records": records} | ({"FailedRecordCount": failed} if failed else {})


def test_records_that_a_stream_refuses_are_put_again(platform: Platform) -> None:
    with Stubber(platform.kinesis) as stub:
        stub.add_response("put_records", answer(None, "ProvisionedThroughputExceededException", None))
        entry = {"Data": b"b", "PartitionKey": str(zlib.crc32(b"b"))}
        stub.add_response("put_records", answer(None), {"StreamName": "s", "Records": [entry]})
        sending.put_records(platform, "s", [b"a", b"b", b"c"])
        stub.assert_no_pending_responses()


def test_a_stream_that_keeps_refusing_is_an_error(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "LONGEST_PAUSE", 0.0)
    with Stubber(platform.kinesis) as stub:
        for _ in range(sending.TRIES):
            stub.add_response("put_records", answer("InternalFailure"))
        with pytest.raises(PlatformError, match="still refuses 1 records after 12 tries: InternalFailure"):
            sending.put_records(platform, "s", [b"a"])


def test_landing_is_done_when_every_file_and_record_is_there(platform: Platform, day: Plan) -> None:
    landed = flow.before(platform)
    sending.send(platform, day)
    land(platform, day)
    flow.drain(platform, day, landed, seconds=5)
    assert sum(landed.lines.values()) + sum(map(len, landed.rejects.values())) == day.sent("weather")


def test_what_was_there_before_does_not_count(platform: Platform, day: Plan) -> None:
    land(platform, day)
    landed = flow.before(platform)
    sending.send(platform, day)
    with pytest.raises(PlatformError, match=r"Landing is not done after 0 s: .*records to come; 0 messages queued"):
        flow.drain(platform, day, landed, seconds=0)


def test_the_deadline_says_what_is_missing(platform: Platform, day: Plan) -> None:
    landed = flow.before(platform)
    sending.send(platform, day)
    with pytest.raises(PlatformError, match=r"2 files to come, \d+ records to come; 0 messages queued"):
        flow.drain(platform, day, landed, seconds=0)


def test_a_message_in_a_dead_letter_queue_ends_the_wait(
    platform: Platform, day: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    landed = flow.before(platform)
    sending.send(platform, day)

    def die(_: float) -> None:
        platform.sqs.send_message(QueueUrl=platform.outputs.queues["landing-files-dead"], MessageBody="x")

    monkeypatch.setattr("verify.flow.time.sleep", die)
    with pytest.raises(PlatformError, match=r"see the dead-letter queue\(s\) landing-files-dead"):
        flow.drain(platform, day, landed, seconds=60)


def test_an_object_that_is_written_again_is_read_again(platform: Platform, day: Plan) -> None:
    landed = Landed({})
    platform.s3.put_object(Bucket="landing", Key="quarantine/flights/a.jsonl", Body=b'{"n": 1}\n{"n": 2}\n')
    flow.read_quarantine(platform, landed)
    flow.read_quarantine(platform, landed)
    assert {key: len(found) for key, found in landed.rejects.items()} == {"quarantine/flights/a.jsonl": 2}


@pytest.fixture
def glue(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(flow, "PAUSE", 0.0)
    with Stubber(platform.glue) as stub:
        yield stub


def run(stub: Stubber, job: str, *states: str, message: str = "") -> None:
    stub.add_response("start_job_run", {"JobRunId": "jr_1"}, {"JobName": job})
    for state in states:
        found = {"JobRunState": state, "ErrorMessage": message}
        stub.add_response("get_job_run", {"JobRun": found}, {"JobName": job, "RunId": "jr_1"})


def test_jobs_run_in_their_order_each_to_its_end(platform: Platform, glue: Stubber, said: list[str]) -> None:
    run(glue, "first-job", "STARTING", "RUNNING", "SUCCEEDED")
    run(glue, "second-job", "SUCCEEDED")
    assert list(flow.run_jobs(platform)) == ["first-job", "second-job"]
    assert [line.split(",")[0] for line in said if line.startswith("job ")] == ["job first-job", "job second-job"]


@pytest.mark.parametrize("state", ["FAILED", "TIMEOUT", "STOPPED", "ERROR"])
def test_a_job_that_fails_is_told_with_its_message(platform: Platform, glue: Stubber, state: str) -> None:
    run(glue, "first-job", "RUNNING", state, message="no such table")
    with pytest.raises(PlatformError, match=f"Job first-job {state}: no such table"):
        flow.run_jobs(platform)


def test_a_run_under_way_is_waited_for(platform: Platform, glue: Stubber) -> None:
    glue.add_client_error("start_job_run", "ConcurrentRunsExceededException")
    run(glue, "first-job", "SUCCEEDED")
    run(glue, "second-job", "SUCCEEDED")
    assert len(flow.run_jobs(platform)) == 2


def test_a_job_that_does_not_start_is_told(platform: Platform, glue: Stubber) -> None:
    glue.add_client_error("start_job_run", "EntityNotFoundException", "Job not found")
    with pytest.raises(PlatformError, match=r"Job first-job does not start: .*Job not found"):
        flow.run_jobs(platform)


def test_a_job_beyond_the_deadline_is_told(platform: Platform, glue: Stubber) -> None:
    run(glue, "first-job", "RUNNING")
    with pytest.raises(PlatformError, match="still RUNNING at the deadline; run jr_1 goes on"):
        flow.run_jobs(platform, seconds=-1)


def test_what_takes_long_says_how_far_it_is(said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [0.0]
    monkeypatch.setattr("verify.platform.time.monotonic", lambda: moment[0])
    progress = Progress(said.append, "files", 10)
    for moment[0] in (1.0, 3.0, 4.0, 6.5):
        progress.at(int(moment[0]))
    assert said == ["  files 3 of 10, 3 s", "  files 6 of 10, 6 s"]
