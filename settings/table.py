"""How the stacks differ, as a page: `python -m settings.table` writes docs/stacks.md anew from the stack files.

Values are those that the program takes, defaults among them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from settings import Settings

PAGE = Path("docs/stacks.md")
STACKS = ("dev", "prod")
HEAD = """# How the stacks differ

Written by `python -m settings.table` from `Pulumi.dev.yaml` and `Pulumi.prod.yaml`; a test tells when it is out of
date. What isn't here is the same in both. The settings say what they mean in `settings/`.
"""


def page() -> str:
    """The whole page."""
    chosen = {stack: dict(flat(load(stack).model_dump(mode="json"))) for stack in STACKS}
    return f"{HEAD}\n{table(chosen)}"


def load(stack: str) -> Settings:
    """The settings in the file of a stack."""
    config = yaml.safe_load(Path(f"Pulumi.{stack}.yaml").read_text("utf-8"))["config"]
    ours = {key.removeprefix("medallion:"): value for key, value in config.items() if key.startswith("medallion:")}
    return Settings.model_validate_json(json.dumps(ours))


def flat(section: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Each setting by its path, in the order of the settings."""
    for name, value in section.items():
        if isinstance(value, Mapping) and value:
            yield from flat(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def table(chosen: Mapping[str, Mapping[str, Any]]) -> str:
    """A row for each setting that isn't the same in all stacks."""
    stacks = list(chosen)
    paths = list(dict.fromkeys(path for values in chosen.values() for path in values))
    sections = list(dict.fromkeys(path.partition(".")[0] for path in paths))
    paths.sort(key=lambda path: sections.index(path.partition(".")[0]))
    lines = [_row(["setting", *stacks]), _row(["---"] * (len(stacks) + 1))]
    for path in paths:
        cells = [_shown(chosen[stack].get(path)) for stack in stacks]
        if len(set(cells)) > 1:
            lines.append(_row([f"`{path}`", *cells]))
    return "".join(f"{line}\n" for line in lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _shown(value: Any) -> str:
    match value:
        case None | [] | {}:
            return "none"
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(_shown, value))
    return str(value)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
