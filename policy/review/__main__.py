"""Judges a stack from its state and prints the evidence: `pulumi stack export | python -m policy.review -`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import yaml

from .. import exceptions
from ..exceptions import Waivers
from ..pack import EXCEPTIONS_HOLD, EXCEPTIONS_IN_FORCE
from ..rules import RULES
from . import StateError, configuration, judge, origin, resources
from .configuration import ConfigurationError
from .evidence import document, facts_of


def main(arguments: list[str] | None = None) -> int:
    """Prints the evidence on a stack's state; returns 0 if it holds, 1 if not, 2 if it can't be judged."""
    parser = argparse.ArgumentParser(
        prog="python -m policy.review",
        description="Judge a stack from its state and print the evidence as Markdown. Exit code 0: it holds; "
        "1: a rule is violated or undecided, or an exception is out of order; 2: it can't be judged.",
        epilog="Values that the state keeps encrypted leave rules undecided: export it with --show-secrets then.",
    )
    parser.add_argument("state", help="what `pulumi stack export` wrote; - for standard input")
    parser.add_argument(
        "--exceptions",
        type=Path,
        metavar="FILE",
        help=f"the exceptions (default: {exceptions.FILE_NAME} of the stack's own project, if this is its folder)",
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="levels and settings, as Pulumi takes them by --policy-pack-config"
    )
    given = parser.parse_args(arguments)
    try:
        state = json.loads(sys.stdin.read() if given.state == "-" else Path(given.state).read_text(encoding="utf-8"))
        held = resources(state)
    except ValueError as error:
        return _refused(f"{given.state}: it is no JSON ({error}); write a state with `pulumi stack export --file FILE`")
    except (OSError, StateError) as error:
        return _refused(f"{given.state}: {error}")
    try:
        config = (
            configuration.read(given.config, RULES, (EXCEPTIONS_HOLD, EXCEPTIONS_IN_FORCE)) if given.config else None
        )
    except ConfigurationError as error:
        return _refused(str(error))
    if given.exceptions and not given.exceptions.exists():
        return _refused(f"{given.exceptions}: there is no such file")
    judged = judge(held, _waivers(given.exceptions, *origin(held)), config)
    print(f"# Evidence on stack {judged.stack} of project {judged.project}\n")
    print(document(judged, facts_of(state)))
    return 0 if judged.holds else 1


def _waivers(named: Path | None, project: str, stack: str) -> Waivers:
    """The exceptions of a file, or else of the stack's own project if this is its folder: no other project's count."""
    ids = frozenset(rule.id for rule in RULES)
    if named:
        return exceptions.load(named, stack, ids)
    here = exceptions.project_file(Path.cwd())
    at_home = here is not None and (yaml.safe_load(here.read_text(encoding="utf-8")) or {}).get("name") == project
    return exceptions.load(exceptions.file_of(Path.cwd()), stack, ids) if at_home else Waivers(())


def _refused(why: str) -> int:
    print(why, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
