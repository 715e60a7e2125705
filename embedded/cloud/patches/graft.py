"""Put methods of one class onto another of moto's."""

from collections.abc import Callable, Iterable
from typing import Any


def graft(target: type, source: type) -> None:
    """Set every public method of `source` on `target`; in each, `self` is an instance of `target`."""
    for name, member in vars(source).items():
        if not name.startswith("_"):
            setattr(target, name, member)


def keep(model: type, describe: str, fields: Iterable[str]) -> Callable[[Any, dict[str, Any]], None]:
    """Make `model.describe()` show what was kept of `fields`; the result keeps them from a request's parameters."""
    names = tuple(fields)
    original = getattr(model, describe)

    def described(self: Any, *arguments: Any, **options: Any) -> Any:
        shown = original(self, *arguments, **options)
        return {**shown, **getattr(self, "_embedded_kept", {})}

    setattr(model, describe, described)

    def remember(instance: Any, parameters: dict[str, Any]) -> None:
        instance._embedded_kept = {name: parameters[name] for name in names if parameters.get(name) is not None}

    return remember
