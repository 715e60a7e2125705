"""A row of the table of abilities, and what shows that it is true.

A row is shown by a test that is named, or by an example: `tests/embedded/abilities/asking.py` asks it of a running
embedded AWS, whose answer has to hold the example's words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, TypeAlias

Way: TypeAlias = Literal[
    "call", "athena", "redshift", "function", "job", "rule", "step", "graphql", "field", "rest", "elb"
]
"""What an example is, by which it is known how to ask it."""


class Instead(Enum):
    """What there is instead of what an engine does not do."""

    ERROR = "**error**"
    RECORDED = "recorded"
    SILENT = "nothing"


@dataclass(frozen=True)
class Example:
    """Something asked, and words of the answer; where there are none, it is accepted.

    A `{word}` in a value of `given` stands for something that is made for the example, such as `{bucket}`.
    """

    way: Way
    asked: str
    told: str
    given: Mapping[str, Any]


@dataclass(frozen=True)
class Tested:
    """A test: its file below tests/embedded, without the ending, and its name."""

    file: str
    name: str


Shown: TypeAlias = Example | Tested


@dataclass(frozen=True)
class Does:
    """What an engine does, and how it differs from AWS in that."""

    what: str
    differently: str
    shown: tuple[Shown, ...]


@dataclass(frozen=True)
class DoesNot:
    """What an engine does not do, and what there is instead."""

    what: str
    instead: Instead
    shown: tuple[Shown, ...]


Row: TypeAlias = Does | DoesNot


def does(what: str, *shown: Shown, but: str = "") -> Does:
    """A row of what is done; `but` says how it differs."""
    return Does(what, but, shown)


def refuses(what: str, *shown: Shown) -> DoesNot:
    """A row of what fails with an error that names it."""
    return DoesNot(what, Instead.ERROR, shown)


def records(what: str, *shown: Shown) -> DoesNot:
    """A row of what is taken, kept and shown as on AWS, and has no effect."""
    return DoesNot(what, Instead.RECORDED, shown)


def ignores(what: str, *shown: Shown) -> DoesNot:
    """A row of what has no effect, and nothing tells so: these are to be known."""
    return DoesNot(what, Instead.SILENT, shown)


def seen_in(file: str, *names: str) -> tuple[Tested, ...]:
    """Tests of a file below tests/embedded/cloud, by their names without `test_`."""
    return tuple(Tested(f"cloud/test_{file}", f"test_{name}") for name in names)


def asked(way: Way, text: str, told: str = "", **given: Any) -> Example:
    """An example; see `Example`."""
    return Example(way, text, told, given)
