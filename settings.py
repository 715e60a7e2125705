"""What a stack may choose: frozen, typed, checked whole before anything is deployed.

The only reader of `pulumi.Config`. Everything below takes these values, never the configuration.
"""

import ipaddress
import json
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypeAlias

import pulumi
from pulumi.runtime import config as pulumi_config
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails, PydanticCustomError

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

LOG_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
"""All that CloudWatch Logs takes:
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html."""

PRIVATE_RANGES = tuple(ipaddress.IPv4Network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))


class SettingsError(Exception):
    """The stack's configuration can't be deployed; `faults` has one sentence for each thing wrong."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("Invalid settings:\n" + "\n".join(f"  {fault}" for fault in self.faults))


def refuse(limit: str, reason: str, remedy: str) -> PydanticCustomError:
    """The error of a value that is outside `limit`; its value and path are added by `load`."""
    # As context, not as template: a limit may have braces in it.
    return PydanticCustomError("setting", "{told}", {"told": f"{limit}, since {reason}; {remedy}"})


def within(low: int, high: int, reason: str) -> AfterValidator:
    """Accept whole numbers from `low` to `high`, both included."""

    def check(value: int) -> int:
        if not low <= value <= high:
            raise refuse(
                f"it must be {low} to {high}", reason, f"give {low if value < low else high} or another of these."
            )
        return value

    return AfterValidator(check)


def one_of(choices: Sequence[int | str], reason: str) -> AfterValidator:
    """Accept what is among `choices`."""

    def check(value: Any) -> Any:
        if value not in choices:
            raise refuse(f"it must be one of {', '.join(map(str, choices))}", reason, "give one of these.")
        return value

    return AfterValidator(check)


def shaped(pattern: str, limit: str, reason: str, remedy: str) -> AfterValidator:
    """Accept texts that match `pattern` from end to end."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise refuse(limit, reason, remedy)
        return value

    return AfterValidator(check)


InstanceType: TypeAlias = Annotated[
    str,
    shaped(
        r"[cmr][5-8][a-z]{0,4}\.\d{0,2}xlarge",
        "it must be a c, m or r instance of generation 5 or later and of size xlarge or larger",
        "EMR 7 runs on no smaller one",
        "give for example m7g.xlarge.",
    ),
]
RoleArn: TypeAlias = Annotated[
    str,
    shaped(
        r"arn:aws[a-z-]*:iam::\d{12}:(role|user)/[^*?]+",
        "it must be the ARN of an IAM role or user, without wildcards",
        "Lake Formation and bucket policies name principals exactly",
        "give arn:aws:iam::<account>:role/<path and name>.",
    ),
]
ShardCount: TypeAlias = Annotated[int, within(1, 500, "that is a region's usual quota")]
TopicArn: TypeAlias = Annotated[
    str,
    shaped(
        r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}",
        "it must be the ARN of an SNS topic",
        "alarms are sent to topics",
        "give arn:aws:sns:<region>:<account>:<name>.",
    ),
]


class Section(BaseModel):
    """A block of settings; a key that it does not know is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Network(Section):
    """The VPC: its addresses (IPv4, in CIDR form), how many zones it spans, and how private subnets reach out."""

    cidr: str
    availability_zones: Annotated[int, within(2, 3, "one zone is a single point of failure and few regions have four")]
    nat: Literal["none", "single", "per_az"]

    @field_validator("cidr")
    @classmethod
    def _is_roomy_and_private(cls, value: str) -> str:
        try:
            block = ipaddress.IPv4Network(value)
        except ValueError as error:
            raise refuse("it must be an IPv4 block", str(error), "give one such as 10.20.0.0/16.") from error
        if not 16 <= block.prefixlen <= 21:
            reason = "a VPC takes no larger one, and a smaller one leaves a zone too few addresses for Glue's workers"
            raise refuse("it must be a /16 to /21", reason, "give one such as 10.20.0.0/16.")
        if not any(block.subnet_of(each) for each in PRIVATE_RANGES):
            ranges = ", ".join(map(str, PRIVATE_RANGES))
            raise refuse(f"it must lie in {ranges}", "other addresses belong to somebody", "give one from these.")
        return value


class Kinesis(Section):
    """The streams, one a stream contract. `record_kib` is the largest record that they take."""

    mode: Literal["provisioned", "on_demand"]
    shards: ShardCount | None = Field(default=None, validate_default=True)
    retention_hours: Annotated[int, within(24, 8760, "Kinesis keeps records for a day to a year")]
    record_kib: Annotated[int, within(1024, 10240, "Kinesis takes records of 1 to 10 MiB")] = 1024

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
    """The Lambda functions; `files_at_once` bounds how many run on dropped files."""

    memory_mb: Annotated[int, within(128, 10240, "Lambda offers no other sizes")]
    timeout_seconds: Annotated[int, within(3, 900, "Lambda ends a call after 15 minutes")]
    files_at_once: Annotated[int, within(2, 1000, "an event source mapping on a queue takes these")]


class Glue(Section):
    """The size of each Glue job."""

    worker_type: Literal["G.1X", "G.2X", "G.4X", "G.8X", "G.12X", "G.16X", "R.1X", "R.2X", "R.4X", "R.8X"]
    workers: Annotated[int, within(2, 299, "a Spark job needs a driver and an executor, and 299 is Glue's most")]
    timeout_minutes: Annotated[int, within(1, 10080, "Glue ends a job after 7 days")]


class Emr(Section):
    """The EMR cluster: instance types, and between how many instances (core and task) it scales."""

    release: Annotated[
        str,
        one_of(tuple(EMR_RELEASES), f"these have Spark {SPARK_VERSION} and Iceberg 1.10.0 as Glue {GLUE_VERSION} has"),
    ]
    primary: InstanceType
    primary_nodes: Annotated[
        int, one_of((1, 3), "EMR takes one primary node, or three that stand in for each other")
    ] = 1
    core: InstanceType
    min_units: Annotated[int, within(1, 1000, "HDFS needs a core node")]
    max_units: Annotated[int, within(1, 1000, "that is a cluster's usual quota")]
    idle_minutes: Annotated[int, within(1, 10080, "EMR ends an idle cluster after a minute to 7 days")] | None = None

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
    """The warehouse. With `multi_az`, `nodes` counts per zone. `snapshot_days`: how long automatic snapshots stay."""

    node_type: Annotated[str, one_of(tuple(REDSHIFT_NODES), "only RA3 and RG nodes can be created")]
    nodes: Annotated[int, within(1, 128, "no node type takes more")]
    multi_az: bool = False
    port: int = 5439
    snapshot_days: Annotated[int, within(1, 35, "managed storage always has a snapshot, and keeps it 35 days at most")]

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


class Api(Section):
    """How much the REST API lets through."""

    requests_per_second: Annotated[int, within(1, 10000, "that is an account's quota")]
    burst: Annotated[int, within(1, 5000, "that is an account's quota")]


class Initial(Section):
    """How long nobody may delete a raw object. COMPLIANCE binds even the account's root user."""

    lock_mode: Literal["GOVERNANCE", "COMPLIANCE"]
    lock_days: Annotated[int, within(1, 36500, "S3 locks for a day to a hundred years")]


class Retention(Section):
    """How many days things are kept that nobody deletes by hand."""

    logs_days: Annotated[int, one_of(LOG_DAYS, "CloudWatch Logs takes no other number of days")]
    landing_days: Annotated[int, within(1, 3650, "a file must outlive its first read")]
    quarantine_days: Annotated[int, within(1, 3650, "somebody must have the time to look")]
    results_days: Annotated[int, within(1, 3650, "a query's result must outlive its reading")]
    superseded_days: Annotated[int, within(1, 3650, "an object version is what an overwritten one is restored from")]
    audit_days: Annotated[int, within(1, 36500, "S3 locks for a day to a hundred years")]


class Protection(Section):
    """`keep`: a destroy is refused as a whole. `disposable`: it takes the data along."""

    data: Literal["keep", "disposable"]
    key_deletion_days: Annotated[int, within(7, 30, "KMS waits that long before it deletes a key")]

    @property
    def keep(self) -> bool:
        """Whether what holds data refuses to be destroyed."""
        return self.data == "keep"


class Perimeter(Section):
    """Who may reach the buckets from outside the VPC. Without `deployers`, only the one who deploys may."""

    deployers: tuple[RoleArn, ...] = ()
    producers: tuple[RoleArn, ...] = ()


class Alerts(Section):
    """Where alarms go, and from when on a stream that is not read is one."""

    topics: tuple[TopicArn, ...] = ()
    stream_lag_minutes: Annotated[int, within(1, 1440, "Kinesis may drop a record after a day")] = 30


class Settings(Section):
    """All that a stack chooses."""

    network: Network
    kinesis: Kinesis
    functions: Functions
    glue: Glue
    emr: Emr
    redshift: Redshift
    api: Api
    initial: Initial
    retention: Retention
    protection: Protection
    perimeter: Perimeter = Perimeter()
    alerts: Alerts = Alerts()

    @field_validator("redshift")
    @classmethod
    def _spans_the_zones(cls, value: Redshift, info: ValidationInfo) -> Redshift:
        network = info.data.get("network")
        if value.multi_az and network is not None and network.availability_zones < 3:
            told = (
                "Multi-AZ is True; its subnet group must span 3 zones; set network.availability_zones to 3, or false."
            )
            raise PydanticCustomError("sentence", "{told}", {"told": told})
        return value


def load(config: pulumi.Config) -> Settings:
    """The settings of the stack whose configuration `config` is. Raises SettingsError with every fault in it."""
    raw = {name: _value(config.get(name)) for name in _names(config.name)}
    try:
        return Settings.model_validate_json(json.dumps(raw))
    except ValidationError as error:
        raise SettingsError([_sentence(fault, config.name) for fault in error.errors()]) from None


def _names(namespace: str) -> list[str]:
    """What is configured under `namespace`, known to us or not: the SDK's Config can only ask for known names."""
    given = {**pulumi_config.get_config_env(), **pulumi_config.CONFIG.get()}
    return sorted(key.removeprefix(f"{namespace}:") for key in given if key.startswith(f"{namespace}:"))


def _value(text: str | None) -> Any:
    try:
        return json.loads(text or "null")
    except json.JSONDecodeError:
        return text


def _sentence(fault: ErrorDetails, namespace: str) -> str:
    """One fault as path, value, limit, reason and remedy."""
    path = f"{namespace}:" + ".".join(map(str, fault["loc"]))
    match fault["type"]:
        case "missing":
            return f"{path} is missing; it has no default, since it decides what a stack costs; add it."
        case "extra_forbidden":
            # Its value is not shown: under a mistyped name there may be a secret.
            return f"{path} is not a setting; there is {_known(fault['loc'][:-1])}; mend the name or remove it."
        case "sentence":
            return f"{path}: {fault['msg']}"
        case "setting":
            return f"{path} is {_shown(fault['input'])}; {fault['msg']}"
        case _:
            return f"{path} is {_shown(fault['input'])}; {_lower(fault['msg'])}; give a value of that kind."


def _known(loc: Sequence[int | str]) -> str:
    """The names that the section at `loc` knows."""
    section: type[BaseModel] = Settings
    for name in loc:
        found = section.model_fields[str(name)].annotation
        assert isinstance(found, type), f"{name} is no section"
        section = found
    return ", ".join(section.model_fields)


def _shown(value: Any) -> str:
    return "absent" if value is None else json.dumps(value) if not isinstance(value, str) else repr(value)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
