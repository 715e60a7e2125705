"""Set-up finds, builds or fetches each tool once, and says in one line what it can't."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from embedded.engine import setup
from embedded.engine.workspace import ROOT, Tools


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    folder.mkdir()
    monkeypatch.setattr(setup, "CACHE", folder)
    return folder


def tool(folder: Path, name: str, script: str) -> Path:
    """A stand-in executable that prints what the real one would."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_second_run_needs_no_network_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = (ROOT / ".medallion" / "tools.json").read_text()
    for variable in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    done = subprocess.run([sys.executable, setup.__file__], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (ROOT / ".medallion" / "tools.json").read_text() == before


def test_the_engine_has_the_version_of_the_sdk() -> None:
    from importlib.metadata import version

    assert version("pulumi") == setup.PULUMI_VERSION
    assert setup.output([str(Tools.load().pulumi), "version"]) == f"v{setup.PULUMI_VERSION}"


def test_a_pulumi_of_the_pinned_version_on_the_path_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "bin"
    official = tool(folder, "pulumi", f"echo v{setup.PULUMI_VERSION}")
    tool(folder, "pulumi-language-python", "true")
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    assert setup.find_engine() == official


def test_a_pulumi_of_another_version_on_the_path_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    tool(tmp_path / "bin", "pulumi", "echo v3.0.0")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    built = tool(cache / f"pulumi-{setup.PULUMI_VERSION}", "pulumi", "true")
    assert setup.find_engine() == built


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_402"', 8),
        ('openjdk version "21" 2023-09-19', 21),
        ("no java here", None),
    ],
)
def test_the_java_release_is_read_from_what_it_says(tmp_path: Path, told: str, expected: int | None) -> None:
    java = tool(tmp_path, "java", f"cat >&2 <<'E'\n{told}\nE")
    assert setup.java_version(str(java)) == expected


def test_a_step_that_fails_says_what_and_what_to_do_and_leaves_nothing_half_done(tmp_path: Path) -> None:
    def build() -> None:
        with setup.placed(tmp_path / "engine") as new:
            (new / "half").write_text("half")
            setup.run(["sh", "-c", "echo no space left; exit 3"], "building it")

    with pytest.raises(setup.SetupError, match=r"building it failed .* run it again") as caught:
        build()
    assert "no space left" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_step_leaves_nothing_half_done(tmp_path: Path) -> None:
    def build() -> None:
        with setup.placed(tmp_path / "engine") as new:
            (new / "half").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build()
    assert list(tmp_path.iterdir()) == []


def test_jars_that_differ_from_their_hashes_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    monkeypatch.setattr(setup, "run", lambda _, what: (cache.parent / "ran").write_text(what))
    with pytest.raises(setup.SetupError, match="is missing or differs"):
        setup.find_jars(None)
    assert (cache.parent / "ran").exists()
    assert not list(cache.glob("jars-*"))


def test_an_unpinned_package_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "some.lock"
    lock.write_text("boto3==1 \\\n    --hash=sha256:00\nbotocore==1\n")
    assert setup.locked("boto3", lock) == "boto3==1 \\\n    --hash=sha256:00\n"
    with pytest.raises(setup.SetupError, match="does not pin uv"):
        setup.locked("uv", lock)


def test_an_old_python_gets_one_line_with_the_remedy() -> None:
    pretend = (
        f"import sys, runpy; sys.version_info = (3, 9, 1); runpy.run_path({setup.__file__!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "install Python 3.11" in done.stderr


def test_the_locks_pin_every_package_with_a_hash() -> None:
    for lock in (ROOT / "requirements.lock", ROOT / "embedded" / "engine" / "tools.lock"):
        pins = [line for line in lock.read_text().splitlines() if line and line[0].isalpha()]
        assert pins
        assert all("==" in pin and pin.endswith("\\") for pin in pins), lock.name


def test_what_set_up_found_is_what_the_commands_use() -> None:
    found = json.loads((ROOT / ".medallion" / "tools.json").read_text())
    assert Tools.load().jars == Path(found["jars"])


def test_java_trusts_whom_the_machine_trusts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = self_signed("a company's proxy")
    listed = tmp_path / "authorities.pem"
    listed.write_bytes(authority.public_bytes(Encoding.PEM))
    monkeypatch.setenv("SSL_CERT_FILE", str(listed))
    store, password = (option.partition("=")[2] for option in setup.trust_options(tmp_path))
    trusted = pkcs12.load_pkcs12(Path(store).read_bytes(), password.encode()).additional_certs
    assert [each.certificate for each in trusted] == [authority]


def self_signed(name: str) -> x509.Certificate:
    """A certificate of its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    builder = x509.CertificateBuilder(named, named, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(start).not_valid_after(start + datetime.timedelta(days=1))
    return builder.sign(key, hashes.SHA256())
