"""Has quarantine judged anew, by the contracts as they are deployed now. `python -m verify.replay --help`."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

REPLAYED, UNUSABLE, FAILED, INTERRUPTED = 0, 2, 3, 130


class ReplayError(Exception):
    """A data set was not replayed to its end; what was released before stays released."""


def main(argv: Sequence[str]) -> int:
    """Returns the exit code."""
    args = _arguments(argv)
    try:
        outputs = json.loads(args.outputs.read_text(encoding="utf-8"))
        functions, region = outputs["replay_functions"], outputs["region"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(
            f"{args.outputs} has no replay_functions or region: {error!r}; write it with `pulumi stack output --json`.",
            file=sys.stderr,
        )
        return UNUSABLE
    names = args.datasets.split(",") if args.datasets else sorted(functions)
    unknown = [name for name in names if name not in functions]
    if unknown:
        print(
            f"No data set is called {', '.join(unknown)}; give some of {', '.join(sorted(functions))}.", file=sys.stderr
        )
        return UNUSABLE
    # A function answers within 15 minutes. One that is asked twice does no harm, but an answer would be lost.
    config = Config(read_timeout=900, retries={"total_max_attempts": 1})
    client = boto3.client("lambda", region_name=region, config=config)
    try:
        released = sum([replay(client, functions[name], name) for name in names])
    except (ReplayError, BotoCoreError, ClientError) as error:
        print(f"The replay failed: {error}\nRun it again: what was released stays so.", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("\nInterrupted. What was released stays so; run it again for the rest.", file=sys.stderr)
        return INTERRUPTED
    if released:
        print("Their arrival in initial starts the workflow, which takes them on.")
    return REPLAYED


def replay(client: Any, function: str, dataset: str) -> int:
    """Replay all of a data set's quarantine; how many records were released. Raises ReplayError."""
    after: str | None = ""
    released = left = 0
    while after is not None:
        payload = json.dumps({"replay": dataset, "after": after})
        answer = client.invoke(FunctionName=function, Payload=payload)
        found = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise ReplayError(f"{dataset}: {found.get('errorMessage', found)}")
        released, left, after = released + found["released"], left + found["left"], found["next"]
        if after is not None:
            print(f"  {dataset}: {released:,} records released so far", flush=True)
    print(f"{dataset}: {released:,} records released, {left:,} left in quarantine", flush=True)
    return released


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m verify.replay",
        description="Judge what is in quarantine by the contracts as they are deployed now, and hand on what is good. "
        "The account and endpoint are those of the environment, as for any AWS tool.",
        epilog="Exit codes: 0 replayed, 2 the outputs or names cannot be used, 3 the platform failed.",
    )
    parser.add_argument("--outputs", type=Path, required=True, help="file with `pulumi stack output --json`")
    parser.add_argument("--datasets", default="", help="a,b: only these data sets (default: all)")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
