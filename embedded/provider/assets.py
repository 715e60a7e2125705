"""Assets and archives as the engine sends them: their bytes, and zips that are the same for the same files.

Relative paths count from the working directory: the engine starts plugins in the project's folder.
"""

import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from embedded.provider.values import ARCHIVE, SIGNATURE

_EPOCH = (1980, 1, 1, 0, 0, 0)


class AssetError(ValueError):
    """An asset or archive can't be read."""


def content(asset: Mapping[str, Any]) -> bytes:
    """The bytes of an asset; of an archive, its zip."""
    if asset.get(SIGNATURE) == ARCHIVE:
        return zipped(asset)
    if asset.get("text") is not None:
        return str(asset["text"]).encode()
    if asset.get("path"):
        return _file(str(asset["path"]))
    raise AssetError(
        f"an asset has neither text nor path ({sorted(asset)}): remote assets are not handled by the embedded AWS"
    )


def zipped(archive: Mapping[str, Any]) -> bytes:
    """The archive as a zip whose bytes depend on the files' names and bytes alone."""
    path = archive.get("path")
    if path and not Path(path).is_dir():
        return _file(str(path))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in sorted(files(archive)):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(info, data)
    return buffer.getvalue()


def files(archive: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, bytes]]:
    """The files of an archive by the names that they have in it."""
    if archive.get("assets") is not None:
        for name, item in archive["assets"].items():
            if item.get(SIGNATURE) == ARCHIVE:
                yield from files(item, f"{prefix}{name}/")
            else:
                yield f"{prefix}{name}", content(item)
    elif archive.get("path"):
        yield from _packed(Path(archive["path"]), prefix)
    else:
        raise AssetError(f"an archive has neither assets nor path ({sorted(archive)}): remote ones are not handled")


def _packed(path: Path, prefix: str) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        for each in sorted(p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
            yield f"{prefix}{each.relative_to(path).as_posix()}", each.read_bytes()
        return
    with zipfile.ZipFile(io.BytesIO(_file(str(path)))) as packed:
        for info in packed.infolist():
            if not info.is_dir():
                yield f"{prefix}{info.filename}", packed.read(info)


def _file(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as fault:
        raise AssetError(
            f"{path!r} can't be read from {Path.cwd()}: {fault.strerror}; paths count from the project's folder"
        ) from fault
