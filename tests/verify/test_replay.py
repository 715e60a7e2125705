"""The replay command: page by page, and what it says."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from verify import replay


class Lambda:
    """Functions that answer so, call after call."""

    def __init__(self, *answers: dict[str, Any], error: bool = False) -> None:
        self.answers, self.asked, self.error = list(answers), list[dict[str, Any]](), error

    def invoke(self, FunctionName: str, Payload: str) -> dict[str, Any]:  # noqa: N803 (the name is AWS's)
        self.asked.append({"function": FunctionName, **json.loads(Payload)})
        body = io.BytesIO(json.dumps(self.answers.pop(0)).encode())
        return {"Payload": body} | ({"FunctionError": "Unhandled"} if self.error else {})


def test_all_pages_are_asked_for_and_added_up(capsys: pytest.CaptureFixture[str]) -> None:
    pages = Lambda({"released": 2, "left": 1, "next": "q/2"}, {"released": 1, "left": 0, "next": None})
    assert replay.replay(pages, "landing-files", "flights") == 3
    assert [each["after"] for each in pages.asked] == ["", "q/2"]
    assert "flights: 3 records released, 1 left in quarantine" in capsys.readouterr().out


def test_a_function_that_fails_is_told_in_its_own_words() -> None:
    broken = Lambda({"errorMessage": "flights is no data set"}, error=True)
    with pytest.raises(replay.ReplayError, match="flights is no data set"):
        replay.replay(broken, "landing-stream", "flights")


def test_names_and_outputs_that_can_t_be_used_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outputs = tmp_path / "outputs.json"
    assert replay.main(["--outputs", str(outputs)]) == replay.UNUSABLE
    outputs.write_text(json.dumps({"region": "eu-west-1", "replay_functions": {"flights": "f", "weather": "s"}}))
    assert replay.main(["--outputs", str(outputs), "--datasets", "flights,fights"]) == replay.UNUSABLE
    told = capsys.readouterr().err
    assert "replay_functions" in told
    assert "No data set is called fights; give some of flights, weather." in told
