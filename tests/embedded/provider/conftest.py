"""A moto server in this process, and a provider that was told of it; foreign AWS settings lie about on purpose."""

from collections.abc import Iterator

import pytest
import requests

from tests.embedded.provider.harness import Engine

ENVIRONMENT = {"AWS_REGION": "eu-central-1"}


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    from embedded.cloud import warehouse
    from embedded.cloud.patches import install

    install()
    warehouse.install()

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def configured(moto_url: str) -> Engine:
    from embedded.provider.aws import AwsProvider

    engine = Engine(AwsProvider({**ENVIRONMENT, "AWS_ENDPOINT_URL": moto_url}))
    engine.configure()
    return engine


@pytest.fixture
def engine(configured: Engine, moto_url: str) -> Engine:
    requests.post(f"{moto_url}/moto-api/reset", timeout=10).raise_for_status()
    return configured
