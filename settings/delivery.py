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


class Api(Section):
    """How much the REST API lets through; `private` makes it answer inside the VPC only."""

    requests_per_second: Annotated[int, within(1, 10000, "that is an account's quota")]
    burst: Annotated[int, within(1, 5000, "that is an account's quota")]
    requests_per_month: Annotated[int, within(1, 1_000_000_000, "a usage plan's quota is a positive number")]
    private: bool = False


class LoadBalancer(Section):
    """The public entrance with a name of its own, and where its certificate comes from.

    `existing`: `certificate_arn`. `domain`: one is asked for, for `domain`, and proved in the hosted zone `zone_id`.
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
        wanted = {"certificate_arn": "existing", "domain": "domain", "zone_id": "domain"}[str(info.field_name)]
        if kind == wanted and value is None:
            raise refuse("it must be given", f"certificate is {kind}", "give it, or choose another certificate.")
        if kind is not None and kind != wanted and value is not None:
            raise refuse("it must be absent", f"certificate is {kind}", "leave it out.")
        return value


class QuickSight(Section):
    """Dashboards; the account needs a QuickSight subscription (Enterprise, for its VPC connection)."""

    enabled: bool = True


class Portal(Section):
    """The DataZone portal; the account needs DataZone in its region."""

    enabled: bool = True
