"""`make diff`: what a change does to the resources of a stack, against the commit that it starts from.

Two states are compared, each as a gate left it: this tree's, and that of the base commit, whose own gate runs in a
throw-away git worktree unless it ran before. What AWS makes up by itself, such as ids, differs from one deployment to
the next and says nothing; it is shown by the resource that it belongs to. Secrets are neither compared nor shown.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedded.engine.workspace import ROOT, WorkspaceError

# How a state marks values of the kinds that it has beyond JSON's, and which of these:
# https://github.com/pulumi/pulumi/blob/v3.259.0/sdk/go/common/resource/sig/sig.go
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the mark of a secret, not one
ASSETS = ("c44067f5952c0a294b673a41bacd8c17", "0def7320c3a5731c473e5ecbe6d01bc7")

# A value is shown to this length, so many resources of a kind, and so many properties of each: a summary has an end.
SHOWN = 80
LISTED = 200
PROPERTIES = 20

# AWS makes up no shorter ids than that of an EMR cluster or a REST API.
SHORTEST_ID = 8

NOTHING = "unset"


@dataclass(frozen=True)
class Change:
    """A property that differs; `before` and `after` are as people read them."""

    path: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"  - `{self.path}`: {self.before} → {self.after}"


@dataclass(frozen=True)
class Difference:
    """Two states compared. Resources go by the end of their URN, `PARENTS$TYPE::NAME`."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: Mapping[str, tuple[Change, ...]]
    unchanged: int

    def markdown(self, title: str) -> str:
        """The difference as a job's summary or a comment shows it."""
        counts = f"{len(self.added)} added, {len(self.removed)} removed, {len(self.changed)} changed"
        lines = [f"# {title}", "", f"**{counts}**, {self.unchanged} unchanged.", ""]
        for heading, keys in (("Added", self.added), ("Removed", self.removed)):
            lines += section(heading, [f"- {shown_key(key)}" for key in keys])
        changed = [
            "\n".join([f"- {shown_key(key)}", *cut(map(str, changes), PROPERTIES, indent="  ")])
            for key, changes in self.changed.items()
        ]
        return "\n".join([*lines, *section("Changed", changed)])


def diff(stack: str, base: str) -> int:
    """Compare the stack with that of `base`, any commit that git knows; returns 0 whatever the difference.

    Raises WorkspaceError where one of the two states is not to be had.
    """
    ours = ROOT / "build" / "gate" / stack / "state.json"
    if not ours.exists():
        raise WorkspaceError(f"there is no {ours.relative_to(ROOT)}; `make gate STACK={stack}` makes it.")
    commit = git("rev-parse", "--verify", "--quiet", f"{base}^{{commit}}", otherwise=f"git knows no commit {base!r}.")
    before, after = (json.loads(state.read_text()) for state in (state_of(commit, stack), ours))
    text = compare(before, after).markdown(f"Stack {stack} against {base} ({commit[:7]})")
    report = ROOT / "build" / "diff" / f"{stack}.md"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(text)
    print(text)
    return 0


def state_of(commit: str, stack: str) -> Path:
    """The state that the gate of `commit` leaves for a stack, kept from one run to the next."""
    kept = ROOT / "build" / "base" / commit / stack / "state.json"
    if kept.exists():
        return kept
    with tempfile.TemporaryDirectory(prefix="base-") as scratch:
        tree = Path(scratch) / "tree"
        git("worktree", "add", "--detach", "--quiet", str(tree), commit, otherwise=f"{commit} can't be checked out.")
        try:
            gate = subprocess.run(["make", "gate", f"STACK={stack}"], cwd=tree)
            made = tree / "build" / "gate" / stack / "state.json"
            if not made.exists():
                raise WorkspaceError(
                    f"the gate of {commit[:7]} ended with exit code {gate.returncode} and left no state of {stack}: "
                    "mend the base first, or compare with another one by BASE=COMMIT."
                )
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(made, kept)
        finally:
            git("worktree", "remove", "--force", str(tree), otherwise=f"{tree} can't be removed.")
    return kept


def git(*args: str, otherwise: str) -> str:
    """What a git command prints. Raises WorkspaceError with `otherwise` and git's own complaint."""
    done = subprocess.run(["git", *args], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise WorkspaceError(" ".join([otherwise, *done.stderr.split()]))
    return done.stdout.strip()


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> Difference:
    """Two states, as `pulumi stack export` gives them, compared by what the program asked for."""
    old, new = resources(before), resources(after)
    both = [key for key in new if key in old]
    names = (made_up(old, new), made_up(new, old))
    changed = {key: tuple(changes_of(old[key], new[key], names)) for key in both}
    return Difference(
        tuple(key for key in new if key not in old),
        tuple(key for key in old if key not in new),
        {key: changes for key, changes in changed.items() if changes},
        sum(not changes for changes in changed.values()),
    )


def resources(state: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The resources that are of a provider's making, by the end of their URNs."""
    held = state["deployment"].get("resources") or []
    return {each["urn"].split("::", 2)[2]: each for each in held if each.get("custom") and not is_provider(each)}


def is_provider(resource: Mapping[str, Any]) -> bool:
    """Whether a resource stands for a provider, whose version the lock file says already."""
    return str(resource["type"]).startswith("pulumi:providers:")


def changes_of(
    old: Mapping[str, Any], new: Mapping[str, Any], names: tuple[Mapping[str, str], Mapping[str, str]]
) -> Iterator[Change]:
    """The inputs in which two states of a resource differ, less those that the program leaves alone."""
    ignored = set(new.get("ignoreChanges", ()))
    left, right = (
        {path: value for path, value in inputs(each).items() if re.split(r"[.\[]", path)[0] not in ignored}
        for each in (old, new)
    )
    for path in sorted(left.keys() | right.keys()):
        values = left.get(path), right.get(path)
        if values[0] != values[1]:
            was, now = (named(value, known) for value, known in zip(values, names, strict=True))
            if was != now:
                yield Change(path, *map(shown, told_apart(was, now)))


def inputs(resource: Mapping[str, Any]) -> dict[str, Any]:
    """What the program asks for, by paths: without what the provider filled in, such as a name with a random end."""
    asked = resource.get("inputs") or {}
    filled = {"__defaults", *asked.get("__defaults", ())}
    return dict(leaves({name: value for name, value in asked.items() if name not in filled}))


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The values of nested properties by their paths, a list of texts being one value.

    A JSON document in a text is read; secrets are left out.
    """
    if isinstance(value, str) and value[:1] in ("{", "["):
        with contextlib.suppress(json.JSONDecodeError):  # Some texts only begin like one.
            value = json.loads(value)
    if isinstance(value, Mapping):
        kind = value.get(SIGNATURE)
        if kind == SECRET:
            return
        if kind in ASSETS:
            yield path, f"content {str(value.get('hash'))[:12]}"
            return
        for name, each in value.items():
            yield from leaves(each, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        yield path, tuple(value)
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from leaves(each, f"{path}[{place}]")
    else:
        yield path, value


def told_apart(was: Any, now: Any) -> tuple[Any, Any]:
    """Of two lists only what the other lacks, unless their order alone differs; a single value is a list of one."""
    if not isinstance(was, tuple) and not isinstance(now, tuple):
        return was, now
    left, right = (each if isinstance(each, tuple) else () if each is None else (each,) for each in (was, now))
    here, there = tuple(x for x in left if x not in right), tuple(x for x in right if x not in left)
    return (here, there) if here or there else (left, right)


def made_up(here: Mapping[str, Mapping[str, Any]], there: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The texts that AWS made up for the resources of one state, their words too, and what to call each.

    Made up is what no input says and what the other state has otherwise; of a resource that the other state lacks, its
    id alone is sure to be.
    """
    found: dict[str, str] = {}
    for key, resource in here.items():
        said = set(map(str, inputs(resource).values()))
        others = outputs(there[key]) if key in there else {}
        for path, value in outputs(resource).items():
            if not isinstance(value, str) or value in said or others.get(path) == value:
                continue
            words = [value] if path == "id" else []
            if path in others:
                words = [value, *differing(value, str(others[path]))]
            for word in words:
                found.setdefault(word, f"{short(key)}.{path}")
    return found


def differing(text: str, other: str) -> list[str]:
    """The words of a text that another one has otherwise, in the same places; short ones may mean anything."""
    words, others = (re.split(r"[^A-Za-z0-9-]+", each) for each in (text, other))
    if len(words) != len(others):
        return []
    return [word for word, else_ in zip(words, others, strict=True) if word != else_ and len(word) >= SHORTEST_ID]


def outputs(resource: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs of a resource by their paths, its id among them."""
    return dict(leaves({"id": resource.get("id"), **(resource.get("outputs") or {})}))


def named(value: Any, known: Mapping[str, str]) -> Any:
    """A value with the name of each made-up text in its place, the longest first since an ARN holds an id."""
    if isinstance(value, tuple):
        return tuple(named(each, known) for each in value)
    if not isinstance(value, str):
        return value
    held = sorted((word for word in known if word in value), key=len, reverse=True)
    pattern = "|".join(map(re.escape, held))
    return re.sub(pattern, lambda match: f"<{known[match[0]]}>", value) if held else value


def short(key: str) -> str:
    """A resource's type and name without its parents, as in `Key keys-landing`."""
    kind, _, name = key.rpartition("::")
    return f"{kind.rsplit(':', 1)[-1]} {name}"


def shown(value: Any) -> str:
    """A value as a line of Markdown holds it."""
    if value is None or value == ():
        return NOTHING
    if isinstance(value, tuple):
        value = ", ".join(value)
    text = value if isinstance(value, str) else json.dumps(value)
    text = " ".join(text.split()).replace("`", "'")
    return f"`{text if len(text) <= SHOWN else f'{text[: SHOWN - 1]}…'}`"


def shown_key(key: str) -> str:
    """A resource as a line of Markdown names it: type, then name."""
    kind, _, name = key.rpartition("::")
    return f"`{kind.rsplit('$', 1)[-1]}` {name}"


def section(heading: str, items: Iterable[str]) -> list[str]:
    """A heading and a list below it; nothing for an empty list."""
    lines = cut(items, LISTED)
    return [f"## {heading}", "", *lines, ""] if lines else []


def cut(items: Iterable[str], most: int, indent: str = "") -> list[str]:
    """So many lines of a list, and how many more there are."""
    lines = list(items)
    more = [f"{indent}- … and {len(lines) - most} more"] if len(lines) > most else []
    return [*lines[:most], *more]
