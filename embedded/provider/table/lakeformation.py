"""Lake Formation: settings, locations, tags and grants."""

from embedded.provider.entry import Entry

ENTRIES: dict[str, Entry] = {}
