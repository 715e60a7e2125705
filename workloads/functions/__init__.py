"""Lambda functions. Each folder, with records.py and contracts.json beside its handler, is one archive."""
