"""The only door to the cloud: clients for one loopback endpoint, deaf to every other AWS setting of the machine."""

import ipaddress
import os
import threading
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config
from botocore.loaders import Loader
from botocore.model import ServiceModel

KEY = "embedded"


class EndpointError(ValueError):
    """The endpoint isn't on this machine."""


def loopback(url: str | None, what: str) -> str:
    """The URL, if its host is a loopback address; else an error that names it."""
    if not url:
        raise EndpointError(
            f"{what} is not set: the embedded provider wants the embedded AWS, e.g. http://127.0.0.1:5000"
        )
    host = urlsplit(url).hostname or ""
    if host != "localhost" and not _is_loopback(host):
        raise EndpointError(
            f"{what} is {url!r}, and {host or 'it'} is not a loopback address: this provider talks to the embedded AWS "
            "only (127.0.0.0/8, localhost, ::1). Set AWS_ENDPOINT_URL to it, or install Pulumi's own aws plugin for a "
            "real account."
        )
    return url.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


_loader = Loader()
_models: dict[str, ServiceModel] = {}
_model_lock = threading.Lock()


def model(service: str) -> ServiceModel:
    """What botocore knows of a service; needs no endpoint."""
    with _model_lock:
        if service not in _models:
            _models[service] = ServiceModel(_loader.load_service_model(service, "service-2"), service)
        return _models[service]


class Cloud:
    """Clients of the embedded AWS, one for each service and region."""

    def __init__(self, url: str, region: str) -> None:
        self.url = loopback(url, "AWS_ENDPOINT_URL")
        self.region = region
        self.patience = 300.0  # seconds that a statement may run
        self._session = _session()
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()
        self._account: str | None = None

    @property
    def account(self) -> str:
        """The number of the account that the cloud puts us in."""
        if self._account is None:
            self._account = self.client("sts").get_caller_identity()["Account"]
        return self._account

    def client(self, service: str, region: str | None = None) -> Any:
        """A client that asks once, of the embedded AWS, with the embedded keys."""
        key = (service, region or self.region)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._session.client(
                    service,
                    region_name=key[1],
                    endpoint_url=self.url,
                    aws_access_key_id=KEY,
                    aws_secret_access_key=KEY,
                    config=_CONFIG,
                )
            return self._clients[key]


_CONFIG = Config(
    retries={"total_max_attempts": 1},  # a fault and a retry would read as "already exists"
    proxies={},
    inject_host_prefix=False,
    ignore_configured_endpoint_urls=True,
    max_pool_connections=32,
    s3={"addressing_style": "path"},
    user_agent_extra="medallion-embedded-provider",
)


def _session() -> boto3.Session:
    """A session that reads no file and no profile."""
    fixed = {"profile": None, "config_file": os.devnull, "credentials_file": os.devnull, "ca_bundle": None}
    variables = {name: (None, None, value, None) for name, value in fixed.items()}
    session = botocore.session.Session(session_vars=variables)
    session.register_component("data_loader", _loader)
    return boto3.Session(botocore_session=session)
