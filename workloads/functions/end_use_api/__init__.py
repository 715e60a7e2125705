"""The REST API over the refined layer."""
