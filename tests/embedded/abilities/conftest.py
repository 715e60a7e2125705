"""The embedded AWS that the examples are asked."""

from tests.embedded.cloud.conftest import aws

__all__ = ["aws"]
