"""Prints what a stack's policies say to every call: `python -m tests.policy.contexts STATE.json`.

STATE.json is what `pulumi stack export` gives, such as the gate's `build/gate/STACK/state.json`.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.policy.contexts.deployed import Deployed
from tests.policy.contexts.table import Table, every_call, judge


def main(arguments: Sequence[str]) -> int:
    """Judge the state in a file. Returns 1 where a call is let through that must not be, or the other way round."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    stack = Deployed.read(json.loads(Path(arguments[0]).read_text()))
    verdicts = judge(stack, list(every_call(stack, Table.read())))
    print(*verdicts, sep="\n")
    faults = [verdict for verdict in verdicts if not verdict.holds]
    needed = sum(verdict.call.allowed for verdict in verdicts)
    print(f"\n{len(verdicts)} calls: {needed} must be allowed, {len(verdicts) - needed} denied; {len(faults)} are not.")
    print(*faults, sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
