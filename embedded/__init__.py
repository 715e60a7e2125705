"""Stands in for AWS on 127.0.0.1, so that the platform can be rehearsed whole with no account."""
