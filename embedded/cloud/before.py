"""What an account holds before a platform comes: made on request, with the ids that a stack's settings name."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.route53.models import route53_backends

PREFIX = "/embedded/before"


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer `POST /embedded/before/hosted-zone` with `{"id": ..., "name": ...}`."""
    if environ.get("PATH_INFO") != f"{PREFIX}/hosted-zone" or environ.get("REQUEST_METHOD") != "POST":
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [f"Only POST {PREFIX}/hosted-zone is answered here.".encode()]
    asked = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
    hosted_zone(asked["id"], asked["name"])
    start_response("204 No Content", [])
    return []


def hosted_zone(zone_id: str, name: str) -> None:
    """A public hosted zone of this id; nothing is done if it is there."""
    backend = route53_backends[DEFAULT_ACCOUNT_ID]["aws"]
    if zone_id in backend.zones:
        return
    made = backend.create_hosted_zone(name=f"{name}.", private_zone=False)
    backend.zones[zone_id] = backend.zones.pop(made.resource_id)
    made.resource_id = zone_id
