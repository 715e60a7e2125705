"""Tags go with what bore them: moto keeps those of deleted Glue resources, and goes on listing their ARNs."""

import functools
from collections.abc import Callable
from typing import Any

from moto.glue.models import GlueBackend

KINDS = {"delete_crawler": "crawler", "delete_database": "database", "delete_job": "job", "delete_trigger": "trigger"}


def install() -> None:
    """Wrap the deletions of Glue's backend."""
    for method, kind in KINDS.items():
        setattr(GlueBackend, method, _forgetting(getattr(GlueBackend, method), kind))


def _forgetting(delete: Callable[..., Any], kind: str) -> Callable[..., Any]:
    @functools.wraps(delete)
    def deleted(self: GlueBackend, name: str) -> Any:
        answer = delete(self, name)
        forget(self, kind, name)
        return answer

    return deleted


def forget(backend: GlueBackend, kind: str, name: str) -> None:
    """Drop the tags of a Glue resource."""
    arn = f"arn:{backend.partition}:glue:{backend.region_name}:{backend.account_id}:{kind}/{name}"
    backend.tagger.delete_all_tags_for_resource(arn)
