"""How data reach people and applications."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, ValidationInfo, field_validator

from settings.checks import Section, refuse, shaped, within

CertificateArn: TypeAlias = Annotated[
    str,
    shaped(
        r"arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[0-9a-f-]{36}",
        "it must be the ARN of an ACM certificate",
        "the load balancer takes certificates from ACM",
        "give arn:aws:acm:<region>:<account>:certificate/<id>.",
    ),
]
TimeOfDay: TypeAlias = Annotated[
    str,
    shaped(
        r"([01]\d|2[0-3]):[0-5]\d",
        "it must be a time of the day",
        "it is done once a day",
        "give HH:MM, in UTC.",
    ),
]


class Api(Section):
    """How much the APIs let through. `requests_per_address` is what one address may ask in five minutes.

    `private` makes the REST API answer inside the VPC only; GraphQL stays public, since EventBridge, which announces
    new marts, can't call a private one: https://docs.aws.amazon.com/eventbridge/latest/userguide/target-appsync.html.
    `introspection` lets GraphQL callers ask for the schema.
    """

    requests_per_second: Annotated[int, within(1, 10000, "that is an account's quota")]
    burst: Annotated[int, within(1, 5000, "that is an account's quota")]
    requests_per_month: Annotated[int, within(1, 1_000_000_000, "a usage plan's quota is a positive number")]
    requests_per_address: Annotated[int, within(10, 2_000_000_000, "a rate rule of WAF takes these")] = 2000
    private: bool = False
    introspection: bool = False

    @property
    def endpoints(self) -> tuple[str, ...]:
        """What callers in the VPC need. A public API gets none: its private DNS takes over the names of public APIs."""
        return ("execute-api",) if self.private else ()


class LoadBalancer(Section):
    """The public entrance with a name of its own, and where its certificate comes from.

    `existing`: `certificate_arn`, for `domain`. `domain`: one is asked for, for `domain`, and proved in the hosted
    zone `zone_id`, which then has the load balancer's name too.
    `self_signed`: made with the platform; browsers warn of it.
    """

    enabled: bool = True
    certificate: Literal["existing", "domain", "self_signed"]
    certificate_arn: CertificateArn | None = Field(default=None, validate_default=True)
    domain: (
        Annotated[
            str,
            shaped(
                r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}",
                "it must be a domain name",
                "a certificate is made out to one",
                "give for example data.example.com.",
            ),
        ]
        | None
    ) = Field(default=None, validate_default=True)
    zone_id: (
        Annotated[
            str,
            shaped(
                r"Z[A-Z0-9]{5,31}",
                "it must be the id of a hosted zone",
                "Route 53 gives it",
                "give Z<letters and digits>.",
            ),
        ]
        | None
    ) = Field(default=None, validate_default=True)

    @field_validator("certificate_arn", "domain", "zone_id")
    @classmethod
    def _suits_the_certificate(cls, value: str | None, info: ValidationInfo) -> str | None:
        kind = info.data.get("certificate")
        wanted = {"certificate_arn": ("existing",), "domain": ("existing", "domain"), "zone_id": ("domain",)}
        kinds = wanted[str(info.field_name)]
        if kind in kinds and value is None:
            raise refuse("it must be given", f"certificate is {kind}", "give it, or choose another certificate.")
        if kind is not None and kind not in kinds and value is not None:
            raise refuse("it must be absent", f"certificate is {kind}", "leave it out.")
        return value


class QuickSight(Section):
    """Dashboards; the account needs a QuickSight subscription (Enterprise, for its VPC connection).

    `identity_region` is where the subscription keeps users and groups, unless in the stack's region. At `refresh_at`
    (HH:MM, UTC) data sets are imported anew, each day.
    """

    enabled: bool = True
    identity_region: (
        Annotated[
            str,
            shaped(
                r"[a-z]{2}(-[a-z]+)+-\d",
                "it must be the name of a region",
                "QuickSight takes calls about groups in one region only",
                "give for example us-east-1, as its console shows under the account's name.",
            ),
        ]
        | None
    ) = None
    refresh_at: TimeOfDay = "08:00"


class Portal(Section):
    """The DataZone portal; the account needs DataZone in its region.

    At `refresh_at` (HH:MM, UTC) its catalogue takes over, each day, what changed in the Glue catalog. `sign_in`: people
    enter with the platform's roles, or also by IAM Identity Center, which must then be in the region, and can't be
    turned off again: https://docs.aws.amazon.com/datazone/latest/userguide/sso-setup.html.
    """

    enabled: bool = True
    refresh_at: TimeOfDay = "08:30"
    sign_in: Literal["roles", "identity_center"] = "roles"
