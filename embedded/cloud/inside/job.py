"""The driver of a Glue job: runs the script as `__main__` with Glue's arguments, and notes how it ended.

argv: lifeline, result file, script, number of folders for `sys.path`, those folders, the script's own arguments.
"""

import json
import os
import runpy
import sys
import traceback
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100,PTH120 - pathlib costs start-up
from guard import confine, hold_lifeline  # type: ignore[import-not-found]

del sys.path[0]
del sys.modules["guard"]

MESSAGE_CHARACTERS = 2000


def _message(problem: BaseException) -> str:
    """What Glue shows of an exception: its name and the beginning of its text, on one line."""
    lines = [line.strip() for line in str(problem).splitlines() if line.strip()]
    return f"{type(problem).__name__}: {' '.join(lines[:2])}"[:MESSAGE_CHARACTERS]


def _run(script: str, arguments: list[str]) -> dict[str, Any]:
    sys.argv = [script, *arguments]
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as problem:
        if problem.code in (None, 0):
            return {}
        return {"error": f"SystemExit: {problem.code}"}
    except BaseException as problem:  # noqa: BLE001 - whatever ends the script is the run's error
        traceback.print_exc()
        return {"error": _message(problem)}
    return {}


def main() -> None:
    """Run the script; the exit code is 0 or 1."""
    lifeline, result, script, count = sys.argv[1:5]
    folders = sys.argv[5 : 5 + int(count)]
    arguments = sys.argv[5 + int(count) :]
    hold_lifeline(int(lifeline))
    confine()
    sys.path[:0] = folders
    outcome = _run(script, arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    with open(result, "w", encoding="utf-8") as stream:  # noqa: PTH123 - see above
        json.dump(outcome, stream)
    # The cloud stops the SparkContext, in the JVM that it keeps for the next run.
    os._exit(1 if outcome else 0)


if __name__ == "__main__":
    main()
