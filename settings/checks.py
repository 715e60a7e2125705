"""How a single value is checked: its limit, the reason and the remedy, in one sentence."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic_core import PydanticCustomError


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
PolicyArn: TypeAlias = Annotated[
    str,
    shaped(
        r"arn:aws[a-z-]*:iam::(\d{12}|aws):policy/[^*?]+",
        "it must be the ARN of an IAM policy",
        "roles are bounded by a policy",
        "give arn:aws:iam::<account>:policy/<path and name>.",
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


def identifier(prefix: str, what: str) -> AfterValidator:
    """Accept ids that AWS makes: `prefix`, a dash and 8 to 17 hexadecimal digits."""
    limit = f"it must be the id of a {what}"
    return shaped(rf"{prefix}-[0-9a-f]{{8,17}}", limit, "AWS gives it", f"give {prefix}-<hexadecimal digits>.")
