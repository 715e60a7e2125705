"""The table: every resource type of the embedded AWS, by its token."""

from collections.abc import Mapping

from embedded.provider.entry import Entry
from embedded.provider.table import (
    athena,
    buckets,
    endpoints,
    firewall,
    functions,
    glue,
    identity,
    keys,
    network,
    objects,
    queues,
)

TABLE: Mapping[str, Entry] = {
    token: entry
    for module in (network, firewall, endpoints, buckets, objects, identity, keys, queues, functions, glue, athena)
    for token, entry in module.ENTRIES.items()
}
