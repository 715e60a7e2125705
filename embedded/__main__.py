"""The commands behind the Makefile: `python -m embedded --help`."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from embedded import diff, gate
from embedded.engine.workspace import ROOT, WorkspaceError, stacks
from embedded.rehearsal import REPORT, STACK, Rehearsal


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m embedded", description="Medallion on the embedded AWS.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="deploy stack local, send the data through, check it")
    up.add_argument("--port", type=int, default=0, help="the embedded AWS's port (default: a free one)")
    up.add_argument("--days", type=int, help="send only the first DAYS days of the year (default: all 365)")
    commands.add_parser("down", help="destroy stack local and stop the embedded AWS")
    commands.add_parser("status", help="say what is running")
    judged = commands.add_parser("gate", help="judge a stack by deploying it to a throw-away embedded AWS")
    judged.add_argument("--stack", default="dev", help="the stack to judge (default: dev)")
    compared = commands.add_parser("diff", help="what differs in a stack's resources from another commit's")
    compared.add_argument("--stack", default="dev", help="the stack to compare (default: dev)")
    compared.add_argument("--base", default="origin/main", help="the commit to compare with (default: origin/main)")
    asked = commands.add_parser("preflight", help="what an account lacks for a stack, read-only")
    asked.add_argument("--stack", default="dev", help="local (the running rehearsal), or another stack (default: dev)")
    checked = commands.add_parser("verify", help="the end-to-end check of a running platform")
    checked.add_argument("--stack", default="local", help="local, or a stack deployed to an account (default: local)")
    again = commands.add_parser("replay", help="judge quarantine anew, by the contracts as they are deployed now")
    again.add_argument("--stack", default="local", help="local, or a stack deployed to an account (default: local)")
    again.add_argument("--datasets", default="", help="a,b: only these data sets (default: all)")
    return top


def verify(stack: str) -> int:
    """Check stack local, or a stack that the user's own Pulumi and AWS settings reach."""
    if stack == STACK:
        return Rehearsal().verify()
    command = [sys.executable, "-m", "verify", "--outputs", str(outputs_of(stack)), "--report", str(REPORT)]
    return subprocess.run(command, cwd=ROOT).returncode


def replay(stack: str, datasets: str) -> int:
    """Replay quarantine in stack local, or in a stack that the user's own Pulumi and AWS settings reach."""
    rehearsal = Rehearsal()
    env = rehearsal.environment() if stack == STACK else None
    outputs = rehearsal.outputs if stack == STACK else outputs_of(stack)
    command = [sys.executable, "-m", "verify.replay", "--outputs", str(outputs), "--datasets", datasets]
    return subprocess.run(command, cwd=ROOT, env=env).returncode


def outputs_of(stack: str) -> Path:
    """A file with the outputs of a stack, by the user's own Pulumi. Raises WorkspaceError."""
    if stack not in stacks():
        raise WorkspaceError(f"there is no stack {stack!r}: the project has {', '.join(stacks())}.")
    found = subprocess.run(
        ["pulumi", "stack", "output", "--json", "-s", stack], cwd=ROOT, capture_output=True, text=True
    )
    if found.returncode:
        raise WorkspaceError(f"the outputs of stack {stack} can't be read: {found.stderr.strip()}")
    outputs = ROOT / "build" / f"outputs-{stack}.json"
    outputs.parent.mkdir(exist_ok=True)
    outputs.write_text(found.stdout)
    return outputs


def preflight(stack: str) -> int:
    """Ask the running rehearsal, or the account of the user's own AWS settings."""
    command = [sys.executable, "-m", "preflight", "--stack", stack]
    env = Rehearsal().environment() if stack == STACK else None
    return subprocess.run(command, cwd=ROOT, env=env).returncode


def main(argv: list[str]) -> int:
    """Run one command; a fault that the user can mend is one line, not a traceback."""
    args = parser().parse_args(argv)
    try:
        match args.command:
            case "up":
                return Rehearsal().up(args.port, args.days)
            case "gate":
                return gate.gate(args.stack)
            case "diff":
                return diff.diff(args.stack, args.base)
            case "verify":
                return verify(args.stack)
            case "replay":
                return replay(args.stack, args.datasets)
            case "preflight":
                return preflight(args.stack)
            case "down":
                return Rehearsal().down()
            case _:
                return Rehearsal().status()
    except WorkspaceError as error:
        print(f"{args.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\n{args.command}: interrupted; run it again and it goes on or starts afresh.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
