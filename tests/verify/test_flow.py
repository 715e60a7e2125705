"""Sending, waiting for landing and for the workflow."""

import json
import zlib
from datetime import UTC, datetime
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


WORKFLOW = "medallion-test-workflow"


def listed(stub: Stubber, *runs: tuple[str, str]) -> None:
    """Have the workflow's runs asked for, and be these: ids and states."""
    found = [{"Name": WORKFLOW, "WorkflowRunId": run, "Status": status} for run, status in runs]
    stub.add_response("get_workflow_runs", {"Runs": found} if found else {}, {"Name": WORKFLOW})


def looked_at(stub: Stubber, status: str, **jobs: list[dict[str, Any]]) -> None:
    """Have run wr_new looked at: its state, and the runs of each of its jobs."""
    nodes: list[dict[str, Any]] = [{"Type": "TRIGGER", "Name": "start"}, {"Type": "CRAWLER", "Name": "finder"}]
    nodes += [{"Type": "JOB", "Name": name, "JobDetails": {"JobRuns": runs}} for name, runs in jobs.items()]
    run = {"WorkflowRunId": "wr_new", "Status": status, "Graph": {"Nodes": nodes}}
    stub.add_response("get_workflow_run", {"Run": run}, {"Name": WORKFLOW, "RunId": "wr_new", "IncludeGraph": True})


def came_to(state: str, hour: int = 1, **more: Any) -> dict[str, Any]:
    return {"JobRunState": state, "StartedOn": datetime(2026, 1, 1, hour, tzinfo=UTC), "ExecutionTime": 7, **more}


@pytest.fixture
def asked(platform: Platform) -> Any:
    """What is put on the bus: the event of the stack's schedule, taken as AWS takes it."""
    with Stubber(platform.events) as stub:
        entry = {"Source": "medallion.test", "DetailType": "Scheduled run", "Detail": "{}"}
        stub.add_response("put_events", {"FailedEntryCount": 0, "Entries": [{}]}, {"Entries": [entry]})
        yield stub


def test_the_workflow_is_asked_for_and_each_job_told_as_it_ends(
    platform: Platform, glue: Stubber, asked: Stubber, said: list[str]
) -> None:
    listed(glue, ("wr_old", "COMPLETED"))
    listed(glue, ("wr_old", "COMPLETED"))
    listed(glue, ("wr_old", "COMPLETED"), ("wr_new", "RUNNING"))
    looked_at(glue, "RUNNING", join=[], conform=[came_to("RUNNING")])
    looked_at(glue, "RUNNING", join=[came_to("RUNNING", 2)], conform=[came_to("SUCCEEDED")])
    looked_at(glue, "COMPLETED", join=[came_to("SUCCEEDED", 2)], conform=[came_to("SUCCEEDED")])
    assert flow.run_workflow(platform) == {"conform": 7.0, "join": 7.0}
    assert said == ["job conform", "     done after 7 s", "job join", "     done after 7 s"]
    asked.assert_no_pending_responses()
    glue.assert_no_pending_responses()


def test_an_earlier_run_is_waited_for_and_one_by_arrivals_does_as_well(platform: Platform, glue: Stubber) -> None:
    listed(glue, ("wr_old", "RUNNING"))
    listed(glue, ("wr_old", "RUNNING"))
    listed(glue, ("wr_old", "COMPLETED"), ("wr_new", "RUNNING"))
    looked_at(glue, "COMPLETED", conform=[came_to("SUCCEEDED")])
    assert flow.run_workflow(platform) == {"conform": 7.0}


@pytest.mark.parametrize("state", ["FAILED", "TIMEOUT", "STOPPED", "ERROR"])
def test_a_job_that_fails_is_told_with_its_message_and_what_it_kept_from_starting(
    platform: Platform, glue: Stubber, asked: Stubber, state: str
) -> None:
    listed(glue)
    listed(glue)
    listed(glue, ("wr_new", "RUNNING"))
    failed = [came_to("FAILED"), came_to(state, 2, ErrorMessage="no such table")]
    looked_at(glue, "COMPLETED", conform=failed, join=[])
    with pytest.raises(PlatformError, match=f"Job conform {state}: no such table; not started: join"):
        flow.run_workflow(platform)


def test_a_workflow_that_was_stopped_is_told(platform: Platform, glue: Stubber, asked: Stubber) -> None:
    listed(glue)
    listed(glue)
    listed(glue, ("wr_new", "STOPPING"))
    looked_at(glue, "STOPPED", conform=[came_to("SUCCEEDED")])
    with pytest.raises(PlatformError, match="The workflow is STOPPED"):
        flow.run_workflow(platform)


def test_an_event_that_is_refused_is_told(platform: Platform, glue: Stubber) -> None:
    listed(glue)
    listed(glue)
    with Stubber(platform.events) as stub:
        refused = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "AccessDeniedException"}]}
        stub.add_response("put_events", refused)
        with pytest.raises(PlatformError, match=r"refused: .*AccessDeniedException"):
            flow.run_workflow(platform)


def test_a_workflow_that_does_not_start_or_end_in_time_is_told(
    platform: Platform, glue: Stubber, asked: Stubber
) -> None:
    listed(glue)
    listed(glue)
    with pytest.raises(PlatformError, match=f"{WORKFLOW} has not started after -1 s"):
        flow.run_workflow(platform, seconds=-1)
    listed(glue)
    listed(glue, ("wr_new", "RUNNING"))
    looked_at(glue, "RUNNING", conform=[came_to("RUNNING")])
    with pytest.raises(PlatformError, match="still RUNNING at the deadline; it goes on"):
        flow.run_workflow(platform, seconds=-1)


def test_what_takes_long_says_how_far_it_is(said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [0.0]
    monkeypatch.setattr("verify.platform.time.monotonic", lambda: moment[0])
    progress = Progress(said.append, "files", 10)
    for moment[0] in (1.0, 3.0, 4.0, 6.5):
        progress.at(int(moment[0]))
    assert said == ["  files 3 of 10, 3 s", "  files 6 of 10, 6 s"]
