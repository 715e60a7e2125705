"""Prints what the pack catches: `python -m tests.policy.mutants STATE.json`, the state of a gate of stack prod."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from policy.review import resources
from tests.policy.mutants.trial import of_prod, table, tried


def main(args: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.policy.mutants", description=__doc__)
    parser.add_argument("state", type=Path, help="a state, as the gate writes it to build/gate/prod/state.json")
    state = json.loads(parser.parse_args(args).state.read_text(encoding="utf-8"))
    result = tried(resources(state), of_prod())
    print(table(result))
    return 0 if result.holds else 1


if __name__ == "__main__":
    sys.exit(main())
