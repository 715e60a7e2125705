"""Assets and archives: the same files give the same bytes, wherever and whenever they are packed."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from embedded.provider.assets import AssetError, content, zipped
from embedded.provider.values import ARCHIVE, ASSET, SIGNATURE


def names(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def archive(**more: Any) -> dict[str, Any]:
    return {SIGNATURE: ARCHIVE, "hash": "h", **more}


def asset(**more: Any) -> dict[str, Any]:
    return {SIGNATURE: ASSET, "hash": "h", **more}


def test_a_folder_a_file_and_a_text_are_packed_together(tmp_path: Path) -> None:
    (tmp_path / "code" / "inner").mkdir(parents=True)
    (tmp_path / "code" / "handler.py").write_text("def handler(): ...")
    (tmp_path / "code" / "inner" / "more.py").write_text("x = 1")
    (tmp_path / "code" / "__pycache__").mkdir()
    (tmp_path / "code" / "__pycache__" / "handler.pyc").write_text("junk")
    (tmp_path / "records.py").write_text("y = 2")
    packed = names(
        zipped(
            archive(
                assets={
                    "app": archive(path=str(tmp_path / "code")),
                    "records.py": asset(path=str(tmp_path / "records.py")),
                    "contracts.json": asset(text="[]"),
                }
            )
        )
    )
    assert packed == {
        "app/handler.py": b"def handler(): ...",
        "app/inner/more.py": b"x = 1",
        "records.py": b"y = 2",
        "contracts.json": b"[]",
    }


def test_the_zip_does_not_depend_on_order_or_time(tmp_path: Path) -> None:
    first = archive(assets={"a": asset(text="1"), "b": asset(text="2")})
    second = archive(assets={"b": asset(text="2"), "a": asset(text="1")})
    (tmp_path / "f").write_text("x")
    folder = archive(path=str(tmp_path))
    before = zipped(folder)
    (tmp_path / "f").touch()
    assert zipped(first) == zipped(second)
    assert zipped(folder) == before


def test_a_zip_that_is_there_already_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "code.zip"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("a", "1")
    assert zipped(archive(path=str(path))) == path.read_bytes()
    assert names(zipped(archive(assets={"in": archive(path=str(path))}))) == {"in/a": b"1"}


def test_relative_paths_count_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("hello")
    monkeypatch.chdir(tmp_path)
    assert content(asset(path="a.txt")) == b"hello"


def test_a_missing_file_is_told_with_the_folder_it_was_sought_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AssetError, match=f"'nowhere.py' can't be read from {tmp_path}"):
        content(asset(path="nowhere.py"))


def test_remote_assets_are_refused() -> None:
    with pytest.raises(AssetError, match="remote"):
        content(asset(uri="https://example.com/a"))
    with pytest.raises(AssetError, match="remote"):
        zipped(archive(uri="https://example.com/a.zip"))
