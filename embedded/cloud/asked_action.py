"""Which action of which service a request asks for, told by the description that SDKs are made from."""

import re
from typing import Any

from botocore.exceptions import UnknownServiceError
from moto.core.request import Request
from moto.core.routing import get_service_router
from werkzeug.exceptions import HTTPException

_SERVICE = re.compile(r"Credential=[^/,\s]+/\d+/[^/]+/(?P<service>[^/]+)/aws4_request")


def asked_action(environ: dict[str, Any]) -> str:
    """Such as `CreateFunction of appsync`; method and path where nothing tells."""
    signed = _SERVICE.search(environ.get("HTTP_AUTHORIZATION", ""))
    place = f"{environ.get('REQUEST_METHOD')} {environ.get('PATH_INFO')}"
    if not signed:
        return place
    target = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    return f"{target or _routed(signed['service'], environ) or place} of {signed['service']}"


def _routed(service: str, environ: dict[str, Any]) -> str | None:
    """The action that a REST service's method, path and query are those of; None where none is."""
    try:
        return str(get_service_router(service).match(Request(environ))[0].name)
    except (HTTPException, NotImplementedError, UnknownServiceError):
        return None
