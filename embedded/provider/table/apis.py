"""API Gateway: REST APIs, their deployments and stages."""

from embedded.provider.entry import Entry

ENTRIES: dict[str, Entry] = {}
