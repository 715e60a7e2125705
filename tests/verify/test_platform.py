"""How the platform's API is called: as who, and with what."""

from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.httpsession import URLLib3Session

from verify.platform import Platform


class Answer:
    status_code = 200
    content = b"{}"
    text = "{}"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The requests that left."""
    left: list[Any] = []

    def send(_: URLLib3Session, request: AWSPreparedRequest) -> Answer:
        left.append(request)
        return Answer()

    monkeypatch.setattr(URLLib3Session, "send", send)
    return left


def test_a_call_is_signed_and_has_the_key_that_its_id_stands_for(platform: Platform, sent: list[Any]) -> None:
    asked: list[dict[str, Any]] = []

    class Gateway:
        def get_api_key(self, **members: Any) -> dict[str, str]:
            asked.append(members)
            return {"value": "a-key"}

    platform.apigateway = Gateway()
    assert platform.call("/routes", {"dest": "LAX"}) == (200, {})
    assert platform.call("/routes", {"dest": "SFO"}) == (200, {})
    assert asked == [{"apiKey": "abcdefghij", "includeValue": True}], "its value is asked for once"
    assert [request.url for request in sent] == [
        "https://api.example.invalid/v1/routes?dest=LAX",
        "https://api.example.invalid/v1/routes?dest=SFO",
    ]
    for request in sent:
        assert request.headers["x-api-key"] == "a-key"
        assert "SignedHeaders=accept;host;x-amz-date;x-api-key" in request.headers["Authorization"]


def test_nobody_has_neither(platform: Platform, sent: list[Any]) -> None:
    assert platform.knock("/routes") == 200
    assert not {"Authorization", "x-api-key"} & set(sent[0].headers)
