"""What takes data in, keeps it and works on it, and how large each is."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from settings.checks import InstanceType, Section, ShardCount, one_of, refuse, shaped, within

GLUE_VERSION = "5.1"
SPARK_VERSION = "3.5.6"
"""Of Glue 5.1: https://docs.aws.amazon.com/glue/latest/dg/release-notes.html (Iceberg 1.10.0, Python 3.11)."""

EMR_RELEASES: Mapping[str, str] = {"emr-7.12.0": "3.5.6-amzn-1", "emr-7.13.0": "3.5.6-amzn-2"}
"""Releases with Glue 5.1's Spark and Iceberg 1.10.0, so that a job runs alike on both:
https://docs.aws.amazon.com/emr/latest/ReleaseGuide/Spark-release-history.html and Iceberg-release-history.html."""

REDSHIFT_NODES: Mapping[str, tuple[int, int]] = {
    "ra3.large": (1, 16),
    "ra3.xlplus": (1, 16),
    "ra3.4xlarge": (2, 32),
    "ra3.16xlarge": (2, 128),
    "rg.xlarge": (1, 16),
    "rg.4xlarge": (2, 32),
}
"""Node type → fewest and most nodes at creation. DC2 and DS2 can no longer be created. RG is kept to the limits of
the RA3 type that it follows: https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-clusters.html."""

_DAY, _TIME = "(mon|tue|wed|thu|fri|sat|sun)", r"([01]\d|2[0-3]):[0-5]\d"


class Kinesis(Section):
    """The streams, one a stream contract. `record_kib` is the largest record that they take.

    `shard_metrics` are billed for each shard: https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html
    """

    mode: Literal["provisioned", "on_demand"]
    shards: ShardCount | None = Field(default=None, validate_default=True)
    retention_hours: Annotated[int, within(24, 8760, "Kinesis keeps records for a day to a year")]
    record_kib: Annotated[int, within(1024, 10240, "Kinesis takes records of 1 to 10 MiB")] = 1024
    shard_metrics: bool = False

    @field_validator("shards")
    @classmethod
    def _fit_the_mode(cls, value: int | None, info: ValidationInfo) -> int | None:
        mode = info.data.get("mode")
        if mode == "provisioned" and value is None:
            raise refuse("it must be given", "a provisioned stream has a fixed number of shards", "give 1 or more.")
        if mode == "on_demand" and value is not None:
            raise refuse("it must be absent", "an on-demand stream scales its shards itself", "leave it out.")
        return value


class Functions(Section):
    """The Lambda functions; `files_at_once` bounds how many run on dropped files.

    `reserved` sets aside how many of a function may run at once, and lets no more run. An account has to keep 100 for
    functions without, so a new one, which has 10 in all, can reserve none:
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html.
    """

    memory_mb: Annotated[int, within(128, 10240, "Lambda offers no other sizes")]
    timeout_seconds: Annotated[int, within(3, 900, "Lambda ends a call after 15 minutes")]
    files_at_once: Annotated[int, within(2, 1000, "an event source mapping on a queue takes these")]
    reserved: Mapping[
        Literal["landing-files", "landing-stream", "end-use-api"],
        Annotated[int, within(1, 10_000, "a function that may not run at all serves nobody")],
    ] = {}

    @field_validator("reserved")
    @classmethod
    def _is_enough_for_the_files(cls, value: Mapping[str, int], info: ValidationInfo) -> Mapping[str, int]:
        files, at_once = value.get("landing-files"), info.data.get("files_at_once", 0)
        if files is not None and files < at_once:
            limit = f"landing-files must be {at_once} or more"
            raise refuse(limit, f"files_at_once is {at_once}, and the queue would be throttled", "give more.")
        return value


class Glue(Section):
    """The size of each Glue job."""

    worker_type: Literal["G.1X", "G.2X", "G.4X", "G.8X", "G.12X", "G.16X", "R.1X", "R.2X", "R.4X", "R.8X"]
    workers: Annotated[int, within(2, 299, "a Spark job needs a driver and an executor, and 299 is Glue's most")]
    timeout_minutes: Annotated[int, within(1, 10080, "Glue ends a job after 7 days")]


class Emr(Section):
    """The EMR cluster: instance types, and between how many instances (core and task) it scales.

    With `task`, what is beyond the core nodes is of that type, at the spot price of the hour, and at most at
    `task_price_usd`.
    """

    release: Annotated[
        str,
        one_of(tuple(EMR_RELEASES), f"these have Spark {SPARK_VERSION} and Iceberg 1.10.0 as Glue {GLUE_VERSION} has"),
    ]
    primary: InstanceType
    primary_nodes: Annotated[
        int, one_of((1, 3), "EMR takes one primary node, or three that stand in for each other")
    ] = 1
    core: InstanceType
    task: InstanceType | None = None
    task_price_usd: str | None = Field(default=None, validate_default=True)
    min_units: Annotated[int, within(1, 1000, "HDFS needs a core node")]
    max_units: Annotated[int, within(1, 1000, "that is a cluster's usual quota")]
    idle_minutes: Annotated[int, within(1, 10080, "EMR ends an idle cluster after a minute to 7 days")] | None = None

    @field_validator("task_price_usd")
    @classmethod
    def _goes_with_task_nodes(cls, value: str | None, info: ValidationInfo) -> str | None:
        task = info.data.get("task")
        if value is None and task is not None:
            reason = "EMR buys spot instances by a highest price an hour"
            raise refuse("it must be given", reason, f"give what {task} costs on demand, such as '0.50'.")
        if value is not None and task is None and "task" in info.data:
            raise refuse("it must be absent", "there are no task nodes", "leave it out, or give task.")
        if value is not None and not re.fullmatch(r"\d{1,3}\.\d{1,4}", value):
            raise refuse("it must be dollars an hour in quotes", "EMR takes a decimal text", "give one such as '0.50'.")
        return value

    @field_validator("max_units")
    @classmethod
    def _is_not_below_the_least(cls, value: int, info: ValidationInfo) -> int:
        least = info.data.get("min_units", 0)
        if value < least:
            raise refuse(f"it must be {least} or more", f"min_units is {least}", f"give {least} or more.")
        return value

    @field_validator("idle_minutes")
    @classmethod
    def _suits_the_primary_nodes(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value is not None and info.data.get("primary_nodes") == 3:
            raise refuse("it must be absent", "three primary nodes are for a cluster that stays", "leave it out.")
        return value


class Redshift(Section):
    """The warehouse. With `multi_az`, `nodes` counts per zone. `snapshot_days`: how long automatic snapshots stay.

    `maintenance_window` is in UTC; `spectrum_tb_per_month` is where queries over the lake end.
    """

    node_type: Annotated[str, one_of(tuple(REDSHIFT_NODES), "only RA3 and RG nodes can be created")]
    nodes: Annotated[int, within(1, 128, "no node type takes more")]
    multi_az: bool = False
    port: int = 5439
    snapshot_days: Annotated[int, within(1, 35, "managed storage always has a snapshot, and keeps it 35 days at most")]
    maintenance_window: Annotated[
        str,
        shaped(
            rf"{_DAY}:{_TIME}-{_DAY}:{_TIME}",
            "it must be a span such as sun:03:00-sun:03:30",
            "Redshift takes day and time in UTC",
            "give ddd:hh:mm-ddd:hh:mm of half an hour or more.",
        ),
    ] = "sun:03:00-sun:03:30"
    spectrum_tb_per_month: Annotated[int, within(1, 1_000_000, "a usage limit is a positive amount")]

    @field_validator("nodes")
    @classmethod
    def _suit_the_type(cls, value: int, info: ValidationInfo) -> int:
        kind = info.data.get("node_type")
        if kind is not None:
            low, high = REDSHIFT_NODES[kind]
            if not low <= value <= high:
                raise refuse(f"it must be {low} to {high}", f"{kind} is created with that many", "give one of these.")
        return value

    @field_validator("multi_az")
    @classmethod
    def _has_enough_nodes(cls, value: bool, info: ValidationInfo) -> bool:
        if value and info.data.get("nodes") == 1:
            raise refuse("it must be false", "a single node can't span zones", "give 2 nodes or more, or false.")
        if value and info.data.get("node_type", "ra3").startswith("rg."):
            raise refuse(
                "it must be false", "Multi-AZ is documented for RA3 nodes only", "choose an ra3 type, or false."
            )
        return value

    @field_validator("port")
    @classmethod
    def _is_open_to_managed_storage(cls, value: int) -> int:
        if not (5431 <= value <= 5455 or 8191 <= value <= 8215):
            raise refuse("it must be 5431 to 5455 or 8191 to 8215", "RA3 and RG listen on no other", "give 5439.")
        return value


class Athena(Section):
    """Queries: where the workgroup ends one. With `connector`, Athena reads the warehouse too."""

    scan_limit_gb: Annotated[int, within(1, 1_000_000, "a limit under a gigabyte would end every query")]
    connector: bool = True


class Orchestration(Section):
    """When the workflow from landing to refined starts: by `schedule` (an expression of EventBridge Scheduler, in UTC),
    and by arrivals: after so many objects, or when the window is over. When the tables are tended: `maintenance`.
    """

    schedule: Annotated[
        str,
        shaped(
            r"(cron|rate)\([^()]+\)",
            "it must be a cron(...) or rate(...) expression",
            "EventBridge Scheduler takes these",
            "give for example cron(0 5 * * ? *).",
        ),
    ]
    arrivals: Annotated[int, within(1, 100, "a Glue event trigger batches so many")] = 100
    window_seconds: Annotated[int, within(60, 900, "a Glue event trigger waits so long")] = 900
    maintenance: Annotated[
        str,
        shaped(
            r"cron\([^()]+\)",
            "it must be a cron(...) expression",
            "Glue triggers take no other",
            "give for example cron(0 1 ? * SUN *), when the workflow does not run.",
        ),
    ] = "cron(0 1 ? * SUN *)"

    @property
    def starts(self) -> str | None:
        """At what time of the day (HH:MM, UTC) the schedule starts, if it is one a day."""
        found = re.match(r"cron\(([0-5]?\d) ([01]?\d|2[0-3]) ", self.schedule)
        return f"{int(found[2]):02}:{int(found[1]):02}" if found else None


class Entitlement(Section):
    """A Data Exchange data set that the account is entitled to; its revisions are exported for a data contract."""

    data_set_id: Annotated[
        str,
        shaped(
            r"[0-9a-f]{32}",
            "it must be the id of an entitled data set",
            "Data Exchange gives ids of 32 hexadecimal digits",
            "copy it from the subscription's data sets.",
        ),
    ]
    contract: str


class Exchange(Section):
    """Data Exchange: what is taken from others, and whether the refined products are offered as a data set."""

    entitlements: tuple[Entitlement, ...] = ()
    publish: bool = True


class Initial(Section):
    """How long nobody may delete a raw object, and when it goes to a colder class. COMPLIANCE binds even root."""

    lock_mode: Literal["GOVERNANCE", "COMPLIANCE"]
    lock_days: Annotated[int, within(1, 36500, "S3 locks for a day to a hundred years")]
    cold_after_days: Annotated[int, within(30, 36500, "S3 moves nothing to STANDARD_IA before 30 days")]
