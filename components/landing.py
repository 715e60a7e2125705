"""Landing: files, records and bulk deliveries come in, are checked for the first time, and go on to initial."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.alarms import alarm
from components.bucket import Bucket, BucketArgs
from components.code import function_archive
from components.function import Function, FunctionArgs
from components.iam import Statement, allow, lists_objects, reads_objects, uses_keys, writes_objects
from components.job import Job, JobArgs, Runtime
from components.keys import KeyName
from components.names import Names
from components.network import Network
from components.perimeter import Perimeter
from components.queue import TRIES, Queue, QueueArgs, queue_arn
from contracts import Contract, Contracts
from settings import Alerts, Functions, Kinesis, Retention


@dataclass(frozen=True, kw_only=True)
class LandingArgs:
    """What the landing layer needs. `perimeter` must admit the producers that are outside."""

    names: Names
    contracts: Contracts
    keys: Mapping[KeyName, pulumi.Output[str]]
    access_logs: pulumi.Input[str]
    perimeter: Perimeter
    network: Network
    runtime: Runtime
    initial_bucket: Bucket
    kinesis: Kinesis
    functions: Functions
    retention: Retention
    alerts: Alerts
    keep: bool


class Landing(pulumi.ComponentResource):
    """Where producers drop files and send records, each handed on to the initial layer whole.

    `streams` maps a data set to its stream's name; `queues` maps what a queue is for to its URL.
    """

    bucket: Bucket
    streams: Mapping[str, pulumi.Output[str]]
    queues: Mapping[str, pulumi.Output[str]]
    intake: Job

    def __init__(self, name: str, args: LandingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:layers:Landing", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.bucket = Bucket(
            name,
            BucketArgs(
                names=args.names,
                layer="landing",
                key_arn=args.keys["landing"],
                access_logs=args.access_logs,
                perimeter=args.perimeter,
                superseded_days=args.retention.superseded_days,
                keep=args.keep,
                expire_days={
                    "drop/": args.retention.landing_days,
                    "exchange/": args.retention.landing_days,
                    "quarantine/": args.retention.quarantine_days,
                    "_scratch/": 1,
                },
            ),
            child,
        )
        self.queues = {}
        self._take_files(name, args)
        self.streams = self._take_records(name, args)
        self.intake = Job(
            f"{name}-intake",
            JobArgs(
                runtime=args.runtime,
                what="landing-intake",
                layer="landing",
                key_arn=args.keys["landing"],
                may=[
                    *hands_on(args.names, args.keys, "exchange/"),
                    # A delivery that is in initial already is not taken again.
                    lists_objects("Arrived", args.names.bucket_arn("initial"), "raw/"),
                ],
            ),
            child,
        )
        self.register_outputs({"bucket": self.bucket.name, "streams": dict(self.streams), "queues": dict(self.queues)})

    def _take_files(self, name: str, args: LandingArgs) -> None:
        """S3 announces each dropped file on a queue, from which a function takes it."""
        dead = self._queue(f"{name}-files-dead", "landing-files-dead", args)
        queue = self._queue(
            f"{name}-files",
            "landing-files",
            args,
            put_aside=dead,
            # As Lambda advises, so that no message is handed out again while it is worked on.
            work_seconds=6 * args.functions.timeout_seconds,
            admits=[announces(args.names, "landing-files")],
        )
        aws.s3.BucketNotification(
            name,
            bucket=self.bucket.name,
            queues=[
                {"queue_arn": queue.arn, "events": ["s3:ObjectCreated:*"], "filter_prefix": "drop/", "id": "files"}
            ],
            # S3 tries whether it may announce on the queue.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[queue]),
        )
        may = [
            *hands_on(args.names, args.keys, "drop/"),
            allow("Queue", ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], [queue.arn]),
        ]
        function = self._function(f"{name}-files", "landing-files", may, args)
        aws.lambda_.EventSourceMapping(
            f"{name}-files",
            event_source_arn=queue.arn,
            function_name=function.arn,
            batch_size=10,
            maximum_batching_window_in_seconds=1,
            function_response_types=["ReportBatchItemFailures"],
            scaling_config={"maximum_concurrency": args.functions.files_at_once},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[function]),
        )

    def _take_records(self, name: str, args: LandingArgs) -> dict[str, pulumi.Output[str]]:
        """One function takes the records of all streams: which data set a record belongs to shows in its stream."""
        contracts = streamed(args.contracts.sources)
        streams = {contract.name: self._stream(f"{name}-{contract.name}", contract, args) for contract in contracts}
        dead = self._queue(f"{name}-stream-dead", "landing-stream-dead", args)
        may = [
            *hands_on(args.names, args.keys),
            allow(
                "Streams",
                [
                    f"kinesis:{each}"
                    for each in (
                        "DescribeStream",
                        "DescribeStreamSummary",
                        "GetRecords",
                        "GetShardIterator",
                        "ListShards",
                    )
                ],
                [stream.arn for stream in streams.values()],
            ),
            allow("PutAside", ["sqs:SendMessage"], [dead.arn]),
        ]
        function = self._function(f"{name}-stream", "landing-stream", may, args)
        for dataset, stream in streams.items():
            aws.lambda_.EventSourceMapping(
                f"{name}-{dataset}",
                event_source_arn=stream.arn,
                function_name=function.arn,
                starting_position="TRIM_HORIZON",
                batch_size=1000,
                maximum_batching_window_in_seconds=1,
                bisect_batch_on_function_error=True,
                maximum_retry_attempts=TRIES,
                function_response_types=["ReportBatchItemFailures"],
                destination_config={"on_failure": {"destination_arn": dead.arn}},
                opts=pulumi.ResourceOptions(parent=self, depends_on=[function]),
            )
        return {dataset: stream.name for dataset, stream in streams.items()}

    def _stream(self, name: str, contract: Contract, args: LandingArgs) -> aws.kinesis.Stream:
        stream_name = args.names.stream(contract.name)
        stream = aws.kinesis.Stream(
            name,
            name=stream_name,
            stream_mode_details={"stream_mode": args.kinesis.mode.upper()},
            shard_count=args.kinesis.shards,
            retention_period=args.kinesis.retention_hours,
            max_record_size_in_kib=args.kinesis.record_kib,
            encryption_type="KMS",
            kms_key_id=args.keys["landing"],
            opts=pulumi.ResourceOptions(parent=self, protect=args.keep),
        )
        alarm(
            f"{name}-lag",
            args.names.resource(f"{contract.name}-lag"),
            f"Records of {contract.name} wait longer than {args.alerts.stream_lag_minutes} minutes to be read",
            metric=("AWS/Kinesis", "GetRecords.IteratorAgeMilliseconds", {"StreamName": stream_name}),
            above=args.alerts.stream_lag_minutes * 60_000,
            topics=args.alerts.topics,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return stream

    def _queue(self, name: str, what: str, args: LandingArgs, **more: Any) -> Queue:
        queue = Queue(
            name,
            QueueArgs(names=args.names, what=what, key_arn=args.keys["landing"], topics=args.alerts.topics, **more),
            pulumi.ResourceOptions(parent=self),
        )
        self.queues = {**self.queues, what: queue.url}
        return queue

    def _function(self, name: str, what: str, may: Sequence[Statement], args: LandingArgs) -> Function:
        return Function(
            name,
            FunctionArgs(
                names=args.names,
                what=what,
                code=function_archive(what.replace("-", "_"), args.contracts),
                may=may,
                environment={
                    "INITIAL_BUCKET": args.names.bucket("initial"),
                    "LANDING_BUCKET": args.names.bucket("landing"),
                },
                network=args.network,
                memory_mb=args.functions.memory_mb,
                timeout_seconds=args.functions.timeout_seconds,
                key_arn=args.keys["landing"],
                log_key_arn=args.keys["logs"],
                log_days=args.retention.logs_days,
            ),
            # A function that starts before its buckets are there puts its first events aside.
            pulumi.ResourceOptions(parent=self, depends_on=[self.bucket, args.initial_bucket]),
        )


def streamed(sources: Sequence[Contract]) -> list[Contract]:
    """The contracts whose data set comes as a stream."""
    return [contract for contract in sources if contract.delivery == "stream"]


def drop_prefixes(sources: Sequence[Contract]) -> dict[str, str]:
    """Data set → prefix in the landing bucket, for what comes as files of one kind or the other."""
    return {contract.name: contract.prefix for contract in sources if contract.prefix is not None}


def announces(names: Names, queue: str) -> Statement:
    """The landing bucket may announce its files on a queue."""
    return {
        "Sid": "AnnounceFiles",
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn(names, queue),
        "Condition": {
            "StringEquals": {"aws:SourceAccount": names.account},
            "ArnEquals": {"aws:SourceArn": names.bucket_arn("landing")},
        },
    }


def hands_on(names: Names, keys: Mapping[KeyName, pulumi.Input[str]], *taken: str) -> list[Statement]:
    """May read what came in under these prefixes, put it whole into initial, and put rejects into quarantine."""
    return [
        *(reads_objects("Taken", names.bucket_arn("landing"), *taken) if taken else []),
        *writes_objects("Quarantine", names.bucket_arn("landing"), "quarantine/", delete=True),
        *writes_objects("Raw", names.bucket_arn("initial"), "raw/"),
        *uses_keys(names, "Keys", keys["landing"], keys["initial"], write=True, by=("kinesis", "s3", "sqs")),
    ]
