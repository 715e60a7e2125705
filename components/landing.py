"""Landing: files, records and bulk deliveries come in, are checked for the first time, and go on to initial."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pulumi
import pulumi_aws as aws

from components.bucket import Bucket, BucketArgs
from components.code import function_archive
from components.exchange import TRIAL, Subscriptions, SubscriptionsArgs, destinations, exports_into
from components.function import Function, FunctionArgs
from components.iam import Statement, allow, lists_objects, reads_objects, uses_keys, writes_objects
from components.job import Job, JobArgs
from components.keys import KeyName
from components.lake import QUARANTINE
from components.names import Names
from components.platform import Platform
from components.queue import TRIES, Queue, QueueArgs, queue_arn
from components.watches import Watched, count_accepted, watch_freshness, watch_stream
from contracts import Contract
from settings import Alerts, Entitlement, Functions, Kinesis

SHARD_METRICS = (
    "IncomingBytes",
    "IncomingRecords",
    "IteratorAgeMilliseconds",
    "ReadProvisionedThroughputExceeded",
    "WriteProvisionedThroughputExceeded",
)
"""Of each shard: which one gets all, and which one is read too slowly."""

OF_STREAMS = ("DescribeStream", "DescribeStreamSummary", "GetRecords", "GetShardIterator", "ListShards")


@dataclass(frozen=True, kw_only=True)
class LandingArgs:
    """What the landing layer needs. `producers` are ARNs of roles that drop files from outside the VPC.

    `entitlements` are the data sets of Data Exchange that are taken in.
    """

    platform: Platform
    producers: Sequence[str] = ()
    initial_bucket: Bucket
    kinesis: Kinesis
    functions: Functions
    alerts: Alerts
    entitlements: Sequence[Entitlement] = ()


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
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        exported = destinations(args.entitlements, on.contracts.sources)
        self.bucket = Bucket(
            name,
            BucketArgs(
                names=on.names,
                layer="landing",
                key_arn=on.keys["landing"],
                access_logs=on.access_logs,
                # Rejects are queried too, with credentials that Lake Formation hands out.
                perimeter=on.perimeter.admitting(*args.producers, on.names.role_arn("lake-access")),
                superseded_days=on.retention.superseded_days,
                keep=on.keep,
                expire_days={
                    "drop/": on.retention.landing_days,
                    "exchange/": on.retention.landing_days,
                    QUARANTINE: on.retention.quarantine_days,
                    "_scratch/": 1,
                    **({TRIAL: 1} if exported else {}),
                },
                statements=exports_into(on.names, list(exported.values())),
            ),
            child,
        )
        Subscriptions(name, SubscriptionsArgs(platform=on, entitlements=args.entitlements, bucket=self.bucket), child)
        self.queues = {}
        self._take_files(name, args)
        self.streams = self._take_records(name, args)
        self.intake = Job(
            f"{name}-intake",
            JobArgs(
                runtime=on.runtime,
                what="landing-intake",
                layer="landing",
                key_arn=on.keys["landing"],
                may=[
                    *hands_on(on.names, on.keys, "exchange/"),
                    # A delivery that is in initial already is not taken again.
                    lists_objects("Arrived", on.names.bucket_arn("initial"), "raw/"),
                    counts(on.names),
                ],
                arguments={"--metrics": on.names.metrics},
            ),
            child,
        )
        for contract in on.contracts.sources:
            thing = Watched(
                name=f"{name}-{contract.name}", called=on.names.resource(contract.name), topics=on.topics, opts=child
            )
            watch_freshness(thing, contract, on.names.metrics)
        self.register_outputs({"bucket": self.bucket.name, "streams": dict(self.streams), "queues": dict(self.queues)})

    def _take_files(self, name: str, args: LandingArgs) -> None:
        """S3 announces each dropped file on a queue, from which a function takes it."""
        on = args.platform
        dead = self._queue(f"{name}-files-dead", "landing-files-dead", args)
        queue = self._queue(
            f"{name}-files",
            "landing-files",
            args,
            put_aside=dead,
            # As Lambda advises, so that no message is handed out again while it is worked on.
            work_seconds=6 * args.functions.timeout_seconds,
            admits=[announces(on.names, "landing-files")],
        )
        aws.s3.BucketNotification(
            name,
            bucket=self.bucket.name,
            queues=[
                {"queue_arn": queue.arn, "events": ["s3:ObjectCreated:*"], "filter_prefix": prefix, "id": dataset}
                for dataset, prefix in dropped(on.contracts.sources).items()
            ],
            # S3 tries whether it may announce on the queue.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[queue]),
        )
        may = [
            *hands_on(on.names, on.keys, "drop/", QUARANTINE),
            # A replay judges what is in initial.
            *reads_objects("Raw", on.names.bucket_arn("initial"), "raw/"),
            allow("Queue", ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], [queue.arn]),
        ]
        function = self._function(f"{name}-files", "landing-files", may, args)
        count_accepted(
            f"{name}-files", function.log_group, on.names.metrics, "file_landed", pulumi.ResourceOptions(parent=self)
        )
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
        on = args.platform
        contracts = streamed(on.contracts.sources)
        streams = {contract.name: self._stream(f"{name}-{contract.name}", contract, args) for contract in contracts}
        dead = self._queue(f"{name}-stream-dead", "landing-stream-dead", args)
        may = [
            *hands_on(on.names, on.keys, QUARANTINE),
            # IAM refuses a statement without resources.
            *(
                [allow("Streams", [f"kinesis:{each}" for each in OF_STREAMS], [each.arn for each in streams.values()])]
                if streams
                else []
            ),
            allow("PutAside", ["sqs:SendMessage"], [dead.arn]),
        ]
        function = self._function(f"{name}-stream", "landing-stream", may, args)
        count_accepted(
            f"{name}-stream", function.log_group, on.names.metrics, "batch_landed", pulumi.ResourceOptions(parent=self)
        )
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
                tags={"dataset": dataset},
                opts=pulumi.ResourceOptions(parent=self, depends_on=[function]),
            )
        return {dataset: stream.name for dataset, stream in streams.items()}

    def _stream(self, name: str, contract: Contract, args: LandingArgs) -> aws.kinesis.Stream:
        on = args.platform
        stream_name = on.names.stream(contract.name)
        stream = aws.kinesis.Stream(
            name,
            name=stream_name,
            stream_mode_details={"stream_mode": args.kinesis.mode.upper()},
            shard_count=args.kinesis.shards,
            retention_period=args.kinesis.retention_hours,
            max_record_size_in_kib=args.kinesis.record_kib,
            encryption_type="KMS",
            kms_key_id=on.keys["landing"],
            shard_level_metrics=list(SHARD_METRICS) if args.kinesis.shard_metrics else None,
            tags={"dataset": contract.name},
            opts=pulumi.ResourceOptions(parent=self, protect=on.keep),
        )
        watch_stream(
            Watched(name=name, called=stream_name, topics=on.topics, opts=pulumi.ResourceOptions(parent=self)),
            contract.name,
            args.alerts.stream_lag_minutes,
        )
        return stream

    def _queue(self, name: str, what: str, args: LandingArgs, **more: Any) -> Queue:
        on = args.platform
        queue = Queue(
            name,
            QueueArgs(names=on.names, what=what, key_arn=on.keys["landing"], topics=on.topics, **more),
            pulumi.ResourceOptions(parent=self),
        )
        self.queues = {**self.queues, what: queue.url}
        return queue

    def _function(
        self,
        name: str,
        what: Literal["landing-files", "landing-stream"],
        may: Sequence[Statement],
        args: LandingArgs,
    ) -> Function:
        on = args.platform
        return Function(
            name,
            FunctionArgs(
                platform=on,
                what=what,
                code=function_archive(what.replace("-", "_"), on.contracts),
                may=may,
                environment={
                    "INITIAL_BUCKET": on.names.bucket("initial"),
                    "LANDING_BUCKET": on.names.bucket("landing"),
                },
                memory_mb=args.functions.memory_mb,
                timeout_seconds=args.functions.timeout_seconds,
                key_arn=on.keys["landing"],
                at_once=args.functions.reserved.get(what),
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


def dropped(sources: Sequence[Contract]) -> dict[str, str]:
    """Data set → prefix, for what producers drop: a file beside these belongs to no contract, and starts nothing."""
    files = [contract for contract in sources if contract.delivery == "files"]
    return drop_prefixes(files)


def replayers(sources: Sequence[Contract], names: Names) -> dict[str, str]:
    """Data set → the function that judges its quarantine anew: each writes rejects of its own kind of delivery."""
    return {
        each.name: names.resource(f"landing-{'stream' if each.delivery == 'stream' else 'files'}") for each in sources
    }


def replays(names: Names) -> Statement:
    """May have quarantine judged anew."""
    functions = [
        names.arn("lambda", f"function:{names.resource(each)}") for each in ("landing-files", "landing-stream")
    ]
    return allow("Replay", ["lambda:InvokeFunction"], functions)


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


def counts(names: Names) -> Statement:
    """May tell how many records it accepted."""
    return allow(
        "Accepted", ["cloudwatch:PutMetricData"], ["*"], {"StringEquals": {"cloudwatch:namespace": names.metrics}}
    )


def hands_on(names: Names, keys: Mapping[KeyName, pulumi.Input[str]], *taken: str) -> list[Statement]:
    """May read what came in under these prefixes, put it whole into initial, and rejects into quarantine."""
    return [
        *(reads_objects("Taken", names.bucket_arn("landing"), *taken) if taken else []),
        *writes_objects("Quarantine", names.bucket_arn("landing"), QUARANTINE, delete=True),
        *writes_objects("Raw", names.bucket_arn("initial"), "raw/", "verdicts/"),
        *uses_keys(names, "Keys", keys["landing"], keys["initial"], write=True, by=("kinesis", "s3", "sqs")),
    ]
