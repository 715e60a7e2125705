"""EMR: security configurations, clusters and their managed scaling."""

from embedded.provider.entry import Entry

ENTRIES: dict[str, Entry] = {}
