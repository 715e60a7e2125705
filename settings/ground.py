"""What all layers stand on: the network, who may reach it, what is kept, and for whom."""

import ipaddress
from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from settings.checks import PolicyArn, RoleArn, Section, TopicArn, identifier, one_of, refuse, shaped, within

LOG_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
"""All that CloudWatch Logs takes:
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html."""

PRIVATE_RANGES = tuple(ipaddress.IPv4Network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))


def _block(value: str) -> ipaddress.IPv4Network:
    try:
        return ipaddress.IPv4Network(value)
    except ValueError as error:
        raise refuse("it must be an IPv4 block", str(error), "give one such as 10.20.0.0/16.") from error


def _private_block(value: str) -> str:
    block = _block(value)
    if not any(block.subnet_of(each) for each in PRIVATE_RANGES):
        ranges = ", ".join(map(str, PRIVATE_RANGES))
        raise refuse(f"it must lie in {ranges}", "other addresses belong to somebody", "give one from these.")
    return value


SubnetId: TypeAlias = Annotated[str, identifier("subnet", "subnet")]


class ExistingNetwork(Section):
    """A network that another team keeps; one private and one isolated subnet a zone, in the order of the zones.

    `route_table_ids` are those of the private and isolated subnets; `endpoint_ids` maps the name of a service, such as
    `s3` or `athena`, to its shared or central endpoint. An interface endpoint that is not in it is made; the gateway
    endpoints of `s3` and `dynamodb` must be in it, since they are routes in tables of that team. `endpoint_cidrs` are
    the addresses of central endpoints that are not in this VPC.
    """

    vpc_id: Annotated[str, identifier("vpc", "VPC")]
    private_subnet_ids: tuple[SubnetId, ...]
    isolated_subnet_ids: tuple[SubnetId, ...]
    public_subnet_ids: tuple[SubnetId, ...] = ()
    route_table_ids: tuple[Annotated[str, identifier("rtb", "route table")], ...]
    endpoint_ids: Mapping[str, Annotated[str, identifier("vpce", "VPC endpoint")]]
    endpoint_cidrs: tuple[Annotated[str, AfterValidator(_private_block)], ...] = ()

    @field_validator("endpoint_ids")
    @classmethod
    def _have_the_gateways(cls, value: Mapping[str, str]) -> Mapping[str, str]:
        lacking = [service for service in ("s3", "dynamodb") if service not in value]
        if lacking:
            limit = f"it must have {' and '.join(lacking)}"
            raise refuse(limit, "gateway endpoints are routes in tables of whoever keeps the network", "name them.")
        return value


class Network(Section):
    """The VPC: its addresses (IPv4, in CIDR form), how many zones it spans, and how private subnets reach out.

    With `existing`, no network is made, and `cidr` and `nat` are absent.
    """

    availability_zones: Annotated[int, within(2, 3, "one zone is a single point of failure and few regions have four")]
    existing: ExistingNetwork | None = None
    cidr: str | None = Field(default=None, validate_default=True)
    nat: Literal["none", "single", "per_az"] | None = Field(default=None, validate_default=True)

    @field_validator("existing")
    @classmethod
    def _has_a_subnet_of_each_kind_in_each_zone(
        cls, value: ExistingNetwork | None, info: ValidationInfo
    ) -> ExistingNetwork | None:
        zones = info.data.get("availability_zones")
        if value is None or zones is None:
            return value
        wrong = [
            f"{len(ids)} {kind}"
            for kind, ids in (("private", value.private_subnet_ids), ("isolated", value.isolated_subnet_ids))
            if len(ids) != zones
        ]
        if value.public_subnet_ids and len(value.public_subnet_ids) != zones:
            wrong.append(f"{len(value.public_subnet_ids)} public")
        if wrong:
            limit = f"it must have {zones} subnets of each kind, and has {', '.join(wrong)}"
            raise refuse(limit, f"availability_zones is {zones}", "name one subnet of each kind a zone.")
        return value

    @field_validator("cidr", "nat")
    @classmethod
    def _goes_with_a_network_of_our_own(cls, value: str | None, info: ValidationInfo) -> str | None:
        if "existing" not in info.data:
            return value
        existing = info.data["existing"] is not None
        if value is None and not existing:
            reason = "a network of our own is made with it"
            raise refuse("it must be given", reason, "give it, or name an existing network.")
        if value is not None and existing:
            raise refuse("it must be absent", "the network is an existing one", "leave it out.")
        return value

    @field_validator("cidr")
    @classmethod
    def _is_roomy_and_private(cls, value: str | None) -> str | None:
        if value is None:
            return value
        if not 16 <= _block(value).prefixlen <= 21:
            reason = "a VPC takes no larger one, and a smaller one leaves a zone too few addresses for Glue's workers"
            raise refuse("it must be a /16 to /21", reason, "give one such as 10.20.0.0/16.")
        return _private_block(value)


class Retention(Section):
    """How many days things are kept that nobody deletes by hand."""

    logs_days: Annotated[int, one_of(LOG_DAYS, "CloudWatch Logs takes no other number of days")]
    landing_days: Annotated[int, within(1, 3650, "a file must outlive its first read")]
    quarantine_days: Annotated[int, within(1, 3650, "somebody must have the time to look")]
    results_days: Annotated[int, within(1, 3650, "a query's result must outlive its reading")]
    superseded_days: Annotated[int, within(1, 3650, "an object version is what an overwritten one is restored from")]
    snapshot_days: Annotated[
        int, within(1, 3650, "a query that runs, or a look back, needs the snapshot that it reads")
    ]
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
    """Who may reach the buckets from outside the VPC. Without `deployers`, only the one who deploys may.

    With `organization_id`, endpoints admit the whole organisation's principals and buckets instead of the account's.
    """

    deployers: tuple[RoleArn, ...] = ()
    producers: tuple[RoleArn, ...] = ()
    organization_id: (
        Annotated[
            str,
            shaped(
                r"o-[a-z0-9]{10,32}",
                "it must be the id of an AWS organisation",
                "endpoint policies name it",
                "give o-<letters and digits>.",
            ),
        ]
        | None
    ) = None


class Access(Section):
    """Who may take the platform's roles for people, by ARN; without any, whom the account's own policies let.

    `permissions_boundary` bounds every role that the platform makes. `second_factor`: whether people who sign in with
    the user pool must give a code besides their password.
    """

    engineers: tuple[RoleArn, ...] = ()
    analysts: tuple[RoleArn, ...] = ()
    stewards: tuple[RoleArn, ...] = ()
    permissions_boundary: PolicyArn | None = None
    second_factor: Literal["required", "optional"] = "required"


class Account(Section):
    """Settings that an account and region have once: `manage` sets them, `leave` takes them as they are."""

    lake_formation: Literal["manage", "leave"] = "manage"
    catalog_encryption: Literal["manage", "leave"] = "manage"
    emr_public_access: Literal["manage", "leave"] = "manage"
    api_gateway_logging: Literal["manage", "leave"] = "manage"
    quicksight_key: Literal["manage", "leave"] = "manage"


TagValue: TypeAlias = Annotated[
    str,
    shaped(
        r"[\w .:/=+@-]{1,256}",
        "it must have 1 to 256 letters, digits, spaces or . : / = + - @ _",
        "AWS takes no other tags",
        "shorten it or leave out the rest.",
    ),
]


class Tags(Section):
    """What every resource is tagged with besides its environment and layer."""

    owner: TagValue
    cost_centre: TagValue


MOST_TOPICS = 4


class Alerts(Section):
    """Where alarms go besides the platform's own topic, from when on what is late is one, and the monthly budget.

    `topics` are of the stack's own account and region; `emails` get a message by which they subscribe.
    """

    topics: tuple[TopicArn, ...] = ()
    emails: tuple[
        Annotated[
            str,
            shaped(
                r"[^@\s]+@[^@\s]+\.[^@\s]+",
                "it must be an e-mail address",
                "alarms are sent there",
                "give name@example.com.",
            ),
        ],
        ...,
    ] = ()
    stream_lag_minutes: Annotated[int, within(1, 1440, "Kinesis may drop a record after a day")] = 30
    monthly_budget_usd: Annotated[int, within(1, 10_000_000, "a budget is a positive amount")]

    @field_validator("topics")
    @classmethod
    def _are_no_more_than_an_alarm_tells(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(value) > MOST_TOPICS:
            reason = f"an alarm tells {MOST_TOPICS + 1}, and the platform's own is one of them"
            raise refuse(f"it must have {MOST_TOPICS} at most", reason, "subscribe the others to that one.")
        return value
