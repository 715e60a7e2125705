"""Pulumi itself, set up so that the project can run it with nothing installed by hand and no account."""
