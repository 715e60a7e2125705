"""Work that moto does at every start or request, and that nothing here asks for."""

from typing import Any

from moto import backends, settings

# A tuple once, where moto looks through its own folder at every request.
_MODULES = tuple(backends.list_of_moto_modules())


def install() -> None:
    """Do without."""
    # A thousand machine images in each region that EC2 is asked about, and no instance to start from them.
    _set(settings, "ec2_load_default_amis", lambda: False)
    _set(backends, "list_of_moto_modules", lambda: _MODULES)


def _set(module: Any, name: str, function: Any) -> None:
    if not hasattr(module, name):
        raise AttributeError(f"moto has no {module.__name__}.{name} any more; see {__name__}")
    setattr(module, name, function)
