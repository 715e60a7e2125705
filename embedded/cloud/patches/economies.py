"""Work that moto does at every start or request, and that nothing here asks for."""

from moto import backends, settings

# A tuple once, where moto looks through its own folder at every request.
_MODULES = tuple(backends.list_of_moto_modules())


def install() -> None:
    """Do without."""
    # A thousand machine images in each region that EC2 is asked about, and no instance to start from them.
    settings.ec2_load_default_amis = lambda: False
    backends.list_of_moto_modules = lambda: _MODULES
