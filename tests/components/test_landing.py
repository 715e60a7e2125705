import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.landing import Landing, LandingArgs, drop_prefixes, streamed
from components.watches import ACCEPTED
from contracts import Contracts
from settings import Entitlement, Functions, Kinesis
from terms import ServiceLevels
from tests.components import parts
from tests.components.mock_engine import ACCOUNT, NAMES, Recording, deploy

SOURCES = (parts.source("signals", "stream"), parts.source("stops", "exchange"), parts.source("trips", "files"))


def landing(
    sources: Any = SOURCES,
    kinesis: Kinesis = parts.KINESIS,
    keep: bool = False,
    functions: Functions = parts.FUNCTIONS,
    entitlements: Sequence[Entitlement] = (),
) -> Recording:
    def program() -> None:
        args = LandingArgs(
            platform=parts.platform(agreed=Contracts(sources=sources, products=()), keep=keep),
            initial_bucket=parts.bucket("initial"),
            kinesis=kinesis,
            functions=functions,
            alerts=parts.ALERTS,
            entitlements=entitlements,
        )
        made = Landing("landing", args)
        pulumi.export("queues", dict(made.queues))

    return deploy(program)


@pytest.fixture(scope="module")
def made() -> Recording:
    return landing()


def test_there_is_a_stream_for_each_stream_contract_and_no_other(made: Recording) -> None:
    stream = made.one("kinesis/stream:Stream").inputs
    assert stream["name"] == "medallion-dev-signals"
    assert stream["encryptionType"] == "KMS"
    assert stream["kmsKeyId"].startswith("arn:aws:kms:")
    assert (stream["shardCount"], stream["retentionPeriod"]) == (2, 48)
    more = landing((*SOURCES, parts.source("meters", "stream")))
    assert {each.inputs["name"] for each in more.of("kinesis/stream:Stream")} == {
        "medallion-dev-signals",
        "medallion-dev-meters",
    }


def test_an_on_demand_stream_has_no_shards_of_ours() -> None:
    stream = (
        landing(kinesis=Kinesis(mode="on_demand", shards=None, retention_hours=24)).one("kinesis/stream:Stream").inputs
    )
    assert stream["streamModeDetails"] == {"streamMode": "ON_DEMAND"}
    assert "shardCount" not in stream


def test_dropped_files_are_announced_on_a_queue_that_only_our_bucket_may_write_to(made: Recording) -> None:
    (queue,) = made.one("BucketNotification").inputs["queues"]
    assert queue["events"] == ["s3:ObjectCreated:*"]
    assert queue["id"] == "trips"
    denied, admitted = made.document("QueuePolicy", "landing-files")
    assert admitted["Principal"] == {"Service": "s3.amazonaws.com"}
    assert admitted["Condition"]["ArnEquals"] == {"aws:SourceArn": NAMES.bucket_arn("landing")}
    assert admitted["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
    assert denied["Effect"] == "Deny"


def test_a_file_is_announced_only_under_the_prefix_of_a_contract(made: Recording) -> None:
    (queue,) = made.one("BucketNotification").inputs["queues"]
    assert queue["filterPrefix"] == "drop/trips/"
    more = landing((*SOURCES, parts.source("tickets", "files"))).one("BucketNotification").inputs["queues"]
    assert {each["filterPrefix"] for each in more} == {"drop/trips/", "drop/tickets/"}


def test_what_can_not_be_taken_in_ends_in_a_queue_that_raises_an_alarm(made: Recording) -> None:
    queues = {each.name: each.inputs for each in made.of("sqs/queue:Queue")}
    assert {each.name for each in made.of("QueuePolicy")} == set(queues), "a queue takes plain transport"
    assert set(queues) == {"landing-files", "landing-files-dead", "landing-stream-dead"}
    redrive = json.loads(queues["landing-files"]["redrivePolicy"])
    assert redrive["deadLetterTargetArn"].endswith(":medallion-dev-landing-files-dead")
    assert all(queue["kmsMasterKeyId"] for queue in queues.values())
    alarms = {each.inputs["name"]: each.inputs for each in made.of("MetricAlarm")}
    for name in ("medallion-dev-landing-files-dead", "medallion-dev-landing-stream-dead"):
        assert alarms[name]["dimensions"] == {"QueueName": name}
        assert alarms[name]["alarmActions"] == list(parts.ALERTS.topics)


def test_a_message_is_not_handed_out_again_while_it_is_worked_on(made: Recording) -> None:
    queue = made.one("sqs/queue:Queue", "landing-files").inputs
    assert queue["visibilityTimeoutSeconds"] >= 6 * parts.FUNCTIONS.timeout_seconds


def test_a_batch_that_fails_in_part_is_not_done_again_as_a_whole(made: Recording) -> None:
    mappings = {each.name: each.inputs for each in made.of("EventSourceMapping")}
    assert set(mappings) == {"landing-files", "landing-signals"}
    assert all(each["functionResponseTypes"] == ["ReportBatchItemFailures"] for each in mappings.values())
    stream = mappings["landing-signals"]
    assert stream["bisectBatchOnFunctionError"] is True
    assert stream["startingPosition"] == "TRIM_HORIZON"
    assert stream["destinationConfig"]["onFailure"]["destinationArn"].endswith(":medallion-dev-landing-stream-dead")


@pytest.mark.parametrize(
    ("function", "reads"), [("landing-files", {"s3:GetObject", "s3:GetObjectVersion"}), ("landing-stream", set())]
)
def test_functions_may_put_raw_objects_and_delete_none_and_only_who_replays_files_reads_them(
    made: Recording, function: str, reads: set[str]
) -> None:
    raw = f"{NAMES.bucket_arn('initial')}/raw/*"
    statements = made.document("RolePolicy", function)
    actions = {action for each in statements if raw in each["Resource"] for action in each["Action"]}
    puts = {"s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"}
    assert actions == puts | reads
    verdicts = f"{NAMES.bucket_arn('initial')}/verdicts/*"
    assert {action for each in statements if verdicts in each["Resource"] for action in each["Action"]} == puts


def test_bulk_deliveries_are_taken_in_by_a_job(made: Recording) -> None:
    assert made.one("glue/job:Job").inputs["name"] == "medallion-dev-landing-intake"


def test_what_landed_goes_after_its_days_and_rejects_later(made: Recording) -> None:
    rules = made.one("BucketLifecycleConfiguration", "landing").inputs["rules"]
    days = {each["filter"]["prefix"]: each["expiration"]["days"] for each in rules if "expiration" in each}
    assert days == {"drop/": 7, "exchange/": 7, "quarantine/": 30, "_scratch/": 1}


def test_what_belongs_to_one_data_set_is_tagged_with_it(made: Recording) -> None:
    tagged = {each.type.rpartition(":")[2] for each in made.registrations if each.inputs.get("tags", {}).get("dataset")}
    assert tagged == {"Stream", "EventSourceMapping", "MetricAlarm"}
    assert made.one("kinesis/stream:Stream").inputs["tags"] == {"dataset": "signals"}


@pytest.mark.parametrize("asked", [True, False])
def test_each_shard_is_measured_where_a_stack_asks_for_it(asked: bool) -> None:
    kinesis = Kinesis(mode="provisioned", shards=1, retention_hours=24, shard_metrics=asked)
    stream = landing(kinesis=kinesis).one("kinesis/stream:Stream").inputs
    assert ("IteratorAgeMilliseconds" in stream.get("shardLevelMetrics", [])) is asked


def test_late_records_and_producers_held_back_are_told(made: Recording) -> None:
    alarms = {each.inputs["name"]: each.inputs for each in made.of("MetricAlarm")}
    lag, held = alarms["medallion-dev-signals-lag"], alarms["medallion-dev-signals-throttles"]
    assert lag["threshold"] == parts.ALERTS.stream_lag_minutes * 60_000
    assert held["metricName"] == "WriteProvisionedThroughputExceeded"


def test_what_is_accepted_is_counted_by_data_set_whichever_way_it_comes(made: Recording) -> None:
    filters = {each.inputs["logGroupName"]: each.inputs for each in made.of("LogMetricFilter")}
    files, records = (filters[f"/aws/lambda/{NAMES.resource(f'landing-{way}')}"] for way in ("files", "stream"))
    assert files["pattern"] == '{ $.event = "file_landed" && $.accepted > 0 }'
    assert records["pattern"] == '{ $.event = "batch_landed" && $.accepted > 0 }'
    for each in (files, records):
        assert each["metricTransformation"] == {
            "namespace": NAMES.metrics,
            "name": ACCEPTED,
            "value": "$.accepted",
            "unit": "Count",
            "dimensions": {"dataset": "$.dataset"},
        }
    intake = made.one("glue/job:Job").inputs["defaultArguments"]
    assert intake["--metrics"] == NAMES.metrics
    (told,) = [each for each in made.document("RolePolicy", "landing-intake") if each["Sid"] == "Accepted"]
    assert told["Condition"] == {"StringEquals": {"cloudwatch:namespace": NAMES.metrics}}
    job = Path("workloads/jobs/landing_intake.py").read_text("utf-8")
    assert f'ACCEPTED = "{ACCEPTED}"' in job, "the job that counts what comes by exchange calls it so, too"


def test_each_source_is_watched_for_the_freshness_that_it_promises() -> None:
    fresh = [replace(each, levels=ServiceLevels(fresh_hours=3)) for each in SOURCES[:2]]
    stale = [each.name for each in landing([*fresh, SOURCES[2]]).of("MetricAlarm") if each.name.endswith("-stale")]
    assert sorted(stale) == ["landing-signals-stale", "landing-stops-stale"]


def test_functions_run_so_many_at_once_as_a_stack_sets_aside(made: Recording) -> None:
    functions = {each.name: each.inputs for each in made.of("lambda/function:Function")}
    assert not any("reservedConcurrentExecutions" in each for each in functions.values())
    reserving = parts.FUNCTIONS.model_copy(update={"reserved": {"landing-files": 5, "landing-stream": 9}})
    reserved = {
        each.name: each.inputs["reservedConcurrentExecutions"]
        for each in landing(functions=reserving).of("lambda/function:Function")
    }
    assert reserved == {"landing-files": 5, "landing-stream": 9}


def test_a_platform_without_streams_has_no_stream_and_maps_none() -> None:
    made = landing((parts.source("trips", "files"),))
    assert not made.of("kinesis/stream:Stream")
    assert {each.name for each in made.of("EventSourceMapping")} == {"landing-files"}
    assert all(each["Resource"] for each in made.document("RolePolicy", "landing-stream")), "IAM refuses it"


def test_producers_find_their_place_by_data_set() -> None:
    assert [each.name for each in streamed(SOURCES)] == ["signals"]
    assert drop_prefixes(SOURCES) == {"stops": "exchange/stops/", "trips": "drop/trips/"}


@pytest.mark.parametrize("keep", [True, False])
def test_a_protected_stack_keeps_its_streams(keep: bool) -> None:
    assert landing(keep=keep).one("kinesis/stream:Stream").protect is keep


def test_data_exchange_is_let_in_where_something_is_exported_and_nowhere_else(made: Recording) -> None:
    assert "dataexchange" not in json.dumps(made.document("BucketPolicy", "landing"))
    assert not made.of("EventAction")
    entitled = landing(entitlements=[Entitlement(data_set_id="0123456789abcdef" * 2, contract="stops")])
    (statement,) = [each for each in entitled.document("BucketPolicy", "landing") if each["Effect"] == "Allow"]
    bucket = NAMES.bucket_arn("landing")
    assert statement["Resource"] == [f"{bucket}/_ADX-TEST-*", f"{bucket}/exchange/stops/*"]
    assert len(entitled.of("EventAction")) == 1
    rules = entitled.one("BucketLifecycleConfiguration", "landing").inputs["rules"]
    assert {"days": 1} in [each.get("expiration") for each in rules if each["id"] == "expire-_ADX-TEST-"]
