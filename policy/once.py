"""Has the SDK read each resource once, where it would read it anew for every rule.

The SDK's server asks one policy after the other, and before each it makes the same Python objects out of the same
message: of every resource for a resource policy, of the whole stack for a stack policy. With as many rules as here
that is nine tenths of what the pack takes. No setting changes it, so the three functions that do the reading are
replaced, in the SDK's module alone, by ones that remember what they made. A version of the SDK that no longer has
them is left as it is: nothing but time is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pulumi_policy import policy as server


class Remembered:
    """A function of one argument that is asked once about each object; with further arguments it is asked each time.

    It holds on to the objects, so that none of their identities comes back as another's. They are as many as the
    resources of one run, after which the process ends.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.held: dict[int, tuple[Any, Any]] = {}

    def __call__(self, asked: Any, *others: Any) -> Any:
        """What the function answers about `asked`, the same object each time."""
        if others:
            return self.function(asked, *others)
        found = self.held.get(id(asked))
        if found is None:
            found = self.held[id(asked)] = asked, self.function(asked)
        return found[1]


class RememberedModule:
    """A module with one of its functions replaced."""

    def __init__(self, module: Any, name: str) -> None:
        self.module = module
        setattr(self, name, Remembered(getattr(module, name)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.module, name)


def read_once() -> None:
    """Replace what reads a message, what finds secrets and assets in it, and what guards its unknowns."""
    for name in ("deserialize_properties", "unknown_checking_proxy"):
        if hasattr(server, name):
            setattr(server, name, Remembered(getattr(server, name)))
    if hasattr(getattr(server, "json_format", None), "MessageToDict"):
        server.__dict__["json_format"] = RememberedModule(server.__dict__["json_format"], "MessageToDict")
