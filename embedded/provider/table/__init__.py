"""The table: every resource type of the embedded AWS, by its token."""

from collections.abc import Mapping

from embedded.provider.entry import Entry
from embedded.provider.table import (
    athena,
    buckets,
    clusters,
    endpoints,
    firewall,
    functions,
    gateway,
    glue,
    governance,
    identity,
    keys,
    network,
    objects,
    queues,
    secrets,
    streams,
    warehouse,
    watching,
)

_MODULES = (
    athena,
    buckets,
    clusters,
    endpoints,
    firewall,
    functions,
    gateway,
    glue,
    governance,
    identity,
    keys,
    network,
    objects,
    queues,
    secrets,
    streams,
    warehouse,
    watching,
)

TABLE: Mapping[str, Entry] = {token: entry for module in _MODULES for token, entry in module.ENTRIES.items()}
