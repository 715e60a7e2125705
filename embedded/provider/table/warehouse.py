"""Redshift: clusters and what belongs to them, and the statements of its Data API."""

from embedded.provider.entry import Entry

ENTRIES: dict[str, Entry] = {}
