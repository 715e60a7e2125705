"""Finding the embedded AWS again, or noticing that it is gone."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded import running


@pytest.fixture
def answering() -> Iterator[tuple[str, list[bytes]]]:
    """A server on loopback that answers each connection with the next of a list of bytes."""
    answers: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(4096)
                connection.sendall(answers.pop(0))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", answers
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def ok(body: str) -> bytes:
    return f"HTTP/1.0 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def remember(folder: Path, endpoint: str, boot: str) -> None:
    (folder / "cloud.json").write_text(json.dumps({"endpoint": endpoint, "pid": 1, "boot": boot}))


def test_the_same_boot_is_found_again(tmp_path: Path, answering: tuple[str, list[bytes]]) -> None:
    endpoint, answers = answering
    remember(tmp_path, endpoint, "first")
    answers.append(ok('{"boot": "first"}'))
    assert running.find(tmp_path) == running.Cloud(endpoint, 1, "first")


def test_another_boot_on_the_same_port_is_not_ours(tmp_path: Path, answering: tuple[str, list[bytes]]) -> None:
    endpoint, answers = answering
    remember(tmp_path, endpoint, "first")
    answers.append(ok('{"boot": "second"}'))
    assert running.find(tmp_path) is None


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", id="breaks off while it ends"),
        pytest.param(b"", id="says nothing"),
        pytest.param(ok("<html>"), id="is something else"),
    ],
)
def test_what_does_not_answer_as_the_embedded_aws_does_is_not_running(
    tmp_path: Path, answering: tuple[str, list[bytes]], answer: bytes
) -> None:
    endpoint, answers = answering
    remember(tmp_path, endpoint, "first")
    answers.append(answer)
    assert running.find(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{ not json", "{}"])
def test_a_spoiled_note_of_the_last_run_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "cloud.json").write_text(text)
    assert running.find(tmp_path) is None


def test_stopping_what_does_not_run_says_so(tmp_path: Path) -> None:
    assert running.stop(tmp_path) is False
