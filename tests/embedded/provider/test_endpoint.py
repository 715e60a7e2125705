"""Nothing but loopback is ever asked, whatever the machine's own AWS settings say."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from embedded.provider.aws import AwsProvider
from embedded.provider.endpoint import EndpointError, loopback
from tests.embedded.provider.harness import AbortedError, Engine


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:5000", "http://127.9.9.9", "https://localhost:1/", "http://[::1]:80"]
)
def test_a_loopback_address_is_accepted(url: str) -> None:
    assert loopback(url, "AWS_ENDPOINT_URL") == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "https://s3.eu-central-1.amazonaws.com",
        "http://10.0.0.1:5000",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://user@example.com",
        "http://127.0.0.1@example.com",
        "http://0.0.0.0:5000",
        "example.com",
        "",
        None,
    ],
)
def test_any_other_address_is_refused_by_name(url: str | None) -> None:
    with pytest.raises(EndpointError) as told:
        loopback(url, "AWS_ENDPOINT_URL")
    assert "AWS_ENDPOINT_URL" in str(told.value)
    assert not url or url in str(told.value)


def test_configure_refuses_an_endpoint_elsewhere() -> None:
    engine = Engine(AwsProvider({"AWS_ENDPOINT_URL": "https://example.com", "AWS_REGION": "eu-central-1"}))
    with pytest.raises(AbortedError, match=r"example\.com is not a loopback address"):
        engine.configure()


def test_configure_refuses_a_service_endpoint_elsewhere() -> None:
    engine = Engine(AwsProvider({"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_REGION": "eu-central-1"}))
    with pytest.raises(AbortedError, match=r"endpoints.s3 is 'https://s3.example.com'"):
        engine.configure(endpoints='[{"s3": "https://s3.example.com"}]')


def test_configure_without_an_endpoint_says_what_to_set() -> None:
    with pytest.raises(AbortedError, match="AWS_ENDPOINT_URL is not set"):
        Engine(AwsProvider({"AWS_REGION": "eu-central-1"})).configure()


def test_configure_refuses_credentials_and_other_settings_by_name() -> None:
    engine = Engine(AwsProvider({"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_REGION": "eu-central-1"}))
    with pytest.raises(AbortedError, match="profile is not handled"):
        engine.configure(profile="production")


def test_configure_accepts_what_a_stack_for_local_use_sets(moto_url: str) -> None:
    engine = Engine(AwsProvider({}))
    engine.configure(
        region="eu-north-1",
        s3UsePathStyle="true",
        skipCredentialsValidation="true",
        skipMetadataApiCheck="true",
        endpoints=f'[{{"s3": "{moto_url}", "ec2": "{moto_url}"}}]',
        defaultTags='{"tags": {"owner": "data"}}',
    )
    assert engine.invoke("aws:index/getRegion:getRegion")["name"] == "eu-north-1"


class Tattler(BaseHTTPRequestHandler):
    """Somebody else's address: whoever calls is written down."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_error(500)

    do_POST = do_GET  # noqa: N815
    do_PUT = do_GET  # noqa: N815
    do_HEAD = do_GET  # noqa: N815
    do_CONNECT = do_GET  # noqa: N815

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    handler = type("Listening", (Tattler,), {"asked": asked})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def test_foreign_settings_of_the_machine_are_ignored(
    moto_url: str, elsewhere: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other, asked = elsewhere
    config = tmp_path / "config"
    config.write_text(f"[profile production]\nregion = us-west-2\nendpoint_url = {other}\nretries = 9\n")
    (tmp_path / "credentials").write_text("[production]\naws_access_key_id = REAL\naws_secret_access_key = REAL\n")
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AKIAREALREALREALREAL",
        "AWS_SECRET_ACCESS_KEY": "real",
        "AWS_SESSION_TOKEN": "real",
        "AWS_PROFILE": "production",
        "AWS_CONFIG_FILE": str(config),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_ENDPOINT_URL_S3": other,
        "AWS_ENDPOINT_URL_STS": other,
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": other,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": other,
        "HTTP_PROXY": other,
        "http_proxy": other,
        "ALL_PROXY": other,
    }.items():
        monkeypatch.setenv(name, value)
    engine = Engine(AwsProvider({"AWS_ENDPOINT_URL": moto_url, "AWS_REGION": "eu-central-1"}))
    engine.configure()

    bucket = engine.make("aws:s3/bucket:Bucket", {"bucket": "foreign-settings"})
    account = engine.invoke("aws:index/getCallerIdentity:getCallerIdentity")["accountId"]
    client = engine.provider.resources.cloud.client("s3")

    assert account == "123456789012"
    assert client.meta.endpoint_url == moto_url
    assert client._request_signer._credentials.access_key == "embedded"
    assert asked == [], "nobody else was asked"
    bucket.delete()
