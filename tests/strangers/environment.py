"""Projects of strangers: each deployed from a folder of its own, in an environment that has nothing of this project.

A stranger has his program, a virtual environment with pulumi and pulumi-aws, and a copy of `policy/` with what its
requirements name, as docs/policy.md asks for. Only the engine and the embedded AWS are shared with this project.
"""

from __future__ import annotations

import shutil
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement

from embedded.engine.workspace import ROOT, Workspace

PROGRAMS = Path(__file__).parent
STACK = "dev"
# The language host that setup.py installs starts this one with the interpreter of MEDALLION_ROOT.
HOST = Path("embedded") / "engine" / "language_host.py"


@dataclass(frozen=True)
class Stranger(Workspace):
    """A stranger's stack on the embedded AWS at `endpoint`, in a project made by `settle`."""

    @cached_property
    def env(self) -> dict[str, str]:
        """As for this project's own stacks, but with the stranger's interpreter for the program and the pack."""
        interpreter = self.project / "venv" / "bin"
        return super().env | {
            "MEDALLION_ROOT": str(self.project),
            # An official language host takes a pack's interpreter from the PATH.
            "PATH": f"{interpreter}:{super().env['PATH']}",
        }

    @property
    def with_pack(self) -> tuple[str, str]:
        """What has the stranger's copy of the pack judge a run."""
        return "--policy-pack", str(self.project / "policy")


def settle(program: str, folder: Path) -> Path:
    """Copy a program and the pack into `folder`, with an environment of their own; a program may bring exceptions."""
    left_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "policy", folder / "policy", ignore=left_out)
    shutil.copytree(PROGRAMS / program, folder, ignore=left_out, dirs_exist_ok=True)
    make_environment(folder / "venv", [*requirements(folder), *requirements(folder / "policy")])
    (folder / ".venv").symlink_to("venv")
    (folder / HOST).parent.mkdir(parents=True)
    (folder / HOST).symlink_to(ROOT / HOST)
    return folder


def requirements(folder: Path) -> list[str]:
    """What the requirements file of `folder` names, a line each."""
    return (folder / "requirements.txt").read_text().split()


def make_environment(folder: Path, wanted: list[str]) -> None:
    """A virtual environment that holds `wanted` and what these need, linked from our own: no network, no second copy.

    Raises PackageNotFoundError for what our own environment lacks, and ValueError for what it has in a wrong version.
    """
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python3*/site-packages")
    for name in sorted(set(needed(wanted, set()))):
        found = distribution(name)
        for top in {Path(file).parts[0] for file in found.files or ()} - {"..", "__pycache__"}:
            link = packages / top
            if not link.is_symlink():
                link.symlink_to(str(found.locate_file(top)))


def needed(wanted: list[str], seen: set[str]) -> Iterator[str]:
    """The names of the distributions behind requirements, each once."""
    for each in map(Requirement, wanted):
        if each.name in seen or (each.marker and not each.marker.evaluate({"extra": ""})):
            continue
        seen.add(each.name)
        found = distribution(each.name)
        if not each.specifier.contains(found.version):
            raise ValueError(f"{each} is wanted, but {found.version} is installed: mend the requirements file.")
        yield each.name
        yield from needed(found.requires or [], seen)
