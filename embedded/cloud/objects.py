"""Objects of moto's S3 read in this process, without HTTP, and counted as they are read."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from moto.s3.models import FakeKey, s3_backends
from pyiceberg.io import FileIO, InputFile, InputStream, OutputFile


class MissingObjectError(FileNotFoundError):
    """There is no such object."""


def split(uri: str) -> tuple[str, str]:
    """Bucket and key of an `s3://` (or `s3a://`) address."""
    bucket, _, key = uri.split("://", 1)[-1].partition("/")
    return bucket, key


class _Counted(io.BytesIO):
    def __init__(self, data: bytes, count: Any) -> None:
        super().__init__(data)
        self._count = count

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self._count(len(data))
        return data


class Objects(FileIO):
    """Reads objects of one account; `bytes_read` is what was handed out so far. Also pyiceberg's FileIO."""

    def __init__(self, account: str) -> None:
        super().__init__({})
        self._backend = s3_backends[account]["aws"]
        self._lock = threading.Lock()
        self.bytes_read = 0

    def _count(self, size: int) -> None:
        with self._lock:
            self.bytes_read += size

    def find(self, uri: str) -> FakeKey:
        """The object at `uri`. Raises MissingObjectError."""
        bucket, key = split(uri)
        held = self._backend.buckets.get(bucket)
        found = held.keys.get(key) if held else None
        if not isinstance(found, FakeKey):
            raise MissingObjectError(f"There is no object {uri}")
        return found

    def open(self, uri: str) -> io.BytesIO:
        """The bytes of an object, counted as they are read. Raises MissingObjectError."""
        return _Counted(self.find(uri).value, self._count)

    def read(self, uri: str) -> bytes:
        """All bytes of an object. Raises MissingObjectError."""
        return self.open(uri).read()

    def list(self, prefix: str) -> Iterator[str]:
        """Addresses below a location as Athena sees them: no empty object, none whose name begins with _ or a dot."""
        bucket, start = split(prefix)
        start = start.rstrip("/") + "/" if start else ""
        held = self._backend.buckets.get(bucket)
        if held is None:
            return
        for name, key in sorted(held.keys.items()):
            hidden = name.rsplit("/", 1)[-1].startswith(("_", "."))
            if name.startswith(start) and isinstance(key, FakeKey) and key.size and not hidden:
                yield f"s3://{bucket}/{name}"

    def write(self, uri: str, data: bytes) -> None:
        """Put an object. Raises MissingObjectError where the bucket does not exist."""
        bucket, key = split(uri)
        if bucket not in self._backend.buckets:
            raise MissingObjectError(f"There is no bucket {bucket}")
        self._backend.put_object(bucket, key, data)

    def new_input(self, location: str) -> InputFile:
        """An object to read, as pyiceberg wants it."""
        return _Input(location, self)

    def new_output(self, location: str) -> OutputFile:
        """An object to write, as pyiceberg wants it."""
        return _Output(location, self)

    def delete(self, location: str | InputFile | OutputFile) -> None:
        """Refuse: nothing here deletes."""
        raise NotImplementedError(f"The lake is not cleaned up from here: {location}")


class _Input(InputFile):
    def __init__(self, location: str, objects: Objects) -> None:
        super().__init__(location)
        self._objects = objects

    def __len__(self) -> int:
        return int(self._objects.find(self.location).size)

    def exists(self) -> bool:
        try:
            self._objects.find(self.location)
        except MissingObjectError:
            return False
        return True

    def open(self, seekable: bool = True) -> InputStream:
        return self._objects.open(self.location)


class _Writer(io.BytesIO):
    def __init__(self, location: str, objects: Objects) -> None:
        super().__init__()
        self._location = location
        self._objects = objects

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if problem is None:
            self._objects.write(self._location, self.getvalue())
        super().__exit__(kind, problem, trace)


class _Output(OutputFile):
    def __init__(self, location: str, objects: Objects) -> None:
        super().__init__(location)
        self._objects = objects

    def __len__(self) -> int:
        return len(self.to_input_file())

    def exists(self) -> bool:
        return self.to_input_file().exists()

    def to_input_file(self) -> InputFile:
        return self._objects.new_input(self.location)

    def create(self, overwrite: bool = False) -> Any:
        if not overwrite and self.exists():
            raise FileExistsError(self.location)
        return _Writer(self.location, self._objects)
