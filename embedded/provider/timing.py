"""The grammar of AWS's schedules: cron(), rate() and at(), as EventBridge, Glue and Redshift read them."""

import re
from collections.abc import Mapping
from typing import Any

from embedded.provider import paths
from embedded.provider.entry import Fault
from embedded.provider.rules import Rule
from embedded.provider.values import has_unknown

_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
_FIELDS: tuple[tuple[str, int, int, list[str], str], ...] = (
    ("minutes", 0, 59, [], r"(?!)"),
    ("hours", 0, 23, [], r"(?!)"),
    ("day-of-month", 1, 31, [], r"\?|L|L-\d+|LW|\d+W"),
    ("month", 1, 12, _MONTHS, r"(?!)"),
    ("day-of-week", 1, 7, _DAYS, r"\?|L|\w+L|\w+#[1-5]"),
    ("year", 1970, 2199, [], r"(?!)"),
)
_AT = re.compile(r"at\(\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\)")
_RATE = re.compile(r"rate\(([1-9]\d*) (minute|hour|day)(s?)\)")


def expression(name: str, *, at: bool = False, rate: bool = True) -> Rule:
    """A property, by its path, that is a schedule: a cron() always, a rate() or an at() where the service takes it."""

    def rule(props: Mapping[str, Any]) -> list[Fault]:
        value = paths.get(props, name.split("."))
        if not isinstance(value, str) or not value or has_unknown(value):
            return []
        reason = _reason(value, at=at, rate=rate)
        return [Fault(name, f"{value!r} {reason}")] if reason else []

    return rule


def _reason(text: str, *, at: bool, rate: bool) -> str:
    if text.startswith("cron(") and text.endswith(")"):
        return cron(text[5:-1])
    if rate and text.startswith("rate("):
        return _rate(text)
    if at and text.startswith("at("):
        return "" if _AT.fullmatch(text) else "is no time: give it as at(2030-12-31T23:59:00)"
    known = ["cron(0 3 * * ? *)", *(["rate(1 hour)"] if rate else []), *(["at(2030-12-31T23:59:00)"] if at else [])]
    return f"is no schedule: give one such as {' or '.join(known)}"


def _rate(text: str) -> str:
    found = _RATE.fullmatch(text)
    if not found:
        return "is no rate: give a whole number from 1 and minutes, hours or days, as in rate(5 minutes)"
    if (found[1] == "1") == bool(found[3]):
        return f"counts wrong: say rate(1 {found[2]}), or a larger number with {found[2]}s"
    return ""


def cron(fields: str) -> str:
    """What is wrong with the six fields of a cron expression, "" for nothing."""
    parts = fields.split()
    if len(parts) != len(_FIELDS):
        names = ", ".join(name for name, *_ in _FIELDS)
        return f"has {len(parts)} fields, and AWS's cron has {len(_FIELDS)}: give {names}"
    for part, (name, least, most, words, special) in zip(parts, _FIELDS, strict=True):
        if not all(_piece(each.upper(), least, most, words, special) for each in part.split(",")):
            return f"has {part!r} for the {name}: give values from {least} to {most}, or *"
    if (parts[2] == "?") == (parts[4] == "?"):
        return "must have ? for exactly one of day-of-month and day-of-week: AWS takes no other pair"
    return ""


def _piece(text: str, least: int, most: int, words: list[str], special: str) -> bool:
    if re.fullmatch(special, text):
        return True
    span, _, step = text.partition("/")
    if step and not (step.isdigit() and int(step) > 0):
        return False
    if span == "*" or (span == "" and step):
        return True
    numbers = [words.index(end) + least if end in words else _number(end) for end in span.split("-")]
    return len(numbers) <= 2 and all(least <= n <= most for n in numbers)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else -1
