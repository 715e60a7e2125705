"""Pushes real data through a running platform and checks what comes out. `python -m verify --help`."""

import argparse
import json
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from verify import check, expected, flow, plan, source
from verify.platform import Outputs, OutputsError, Platform, PlatformError
from verify.report import findings, page
from verify.send import send

DIFFERS, UNUSABLE, FAILED, INTERRUPTED = 1, 2, 3, 130


def main(argv: Sequence[str]) -> int:
    """Returns the exit code."""
    args = _arguments(argv)
    try:
        if args.report:
            # What stays there after a run that fails would be the page of another.
            args.report.unlink(missing_ok=True)
        return verify(Platform(Outputs.read(args.outputs), _say), args)
    except (OutputsError, source.SourceError) as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    except (PlatformError, BotoCoreError, ClientError) as error:
        print(f"The platform failed: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("\nInterrupted. What was sent stays sent, and a workflow that runs goes on.", file=sys.stderr)
        return INTERRUPTED


def verify(platform: Platform, args: argparse.Namespace) -> int:
    """Send, wait for landing and for the workflow, compare. Returns the exit code."""
    began = time.monotonic()
    timing: dict[str, float] = {}

    def clock() -> float:
        """Seconds since the end of the last phase."""
        return time.monotonic() - began - sum(timing.values())

    sent: plan.Plan | None = None
    checks: list[check.Check] = []
    if args.send:
        sent = plan.make(args.days, args.spoil_seed)
        broken = sum(sent.kinds().values())
        _say(
            f"send {sent.sent('flights'):,} flights in {len(sent.drops):,} files, {len(sent.weather):,} weather records"
        )
        _say(f"     {broken:,} records of all are broken on purpose, in {len(sent.kinds())} ways")
        if args.manifest:
            args.manifest.write_text(json.dumps(sent.manifest(), indent=1), encoding="utf-8")
        landed = flow.before(platform)
        send(platform, sent)
        timing["sending"] = clock()
        _say("wait for landing")
        flow.drain(platform, sent, landed)
        _say(f"landed after {time.monotonic() - began:.0f} s")
        timing["landing"] = clock()
    took = flow.run_workflow(platform)
    timing["workflow"] = clock()
    _say(f"{len(took)} jobs, which took {sum(took.values()):.0f} s")
    _say("check")
    figures = expected.count(days(platform, sent))
    if sent:
        flow.read_quarantine(platform, landed)
        checks += check.accounts(platform, sent, landed)
        checks += check.quarantine(sent, landed)
        checks += check.raw_objects(platform, sent)
    checks += check.layers(platform, sent, figures)
    checks += check.quality(platform)
    checks += check.queries(platform, figures)
    checks += check.warehouse(platform, figures)
    checks += check.calls(platform, figures)
    timing["checks"] = clock()
    print(f"\n{check.table(checks)}\n", flush=True)
    if args.report:
        found = findings.gather(
            platform, checks, figures.rows["flights"], timing, took, (sent, landed) if sent else None
        )
        args.report.parent.mkdir(parents=True, exist_ok=True)
        args.report.write_text(page.render(found), encoding="utf-8")
        _say(f"The report is at {args.report.resolve().as_uri()}")
    return _verdict(checks, figures, time.monotonic() - began)


def days(platform: Platform, sent: plan.Plan | None) -> set[source.Day]:
    """The days whose flights the platform has: this run's, and those of runs before it."""
    raw = platform.objects(platform.outputs.initial_bucket, "raw/flights/")
    names = (re.search(r"/flights-2013-(\d\d)-(\d\d)\.csv$", key) for key in raw)
    there = {(int(name[1]), int(name[2])) for name in names if name}
    if not there and not sent:
        raise PlatformError("There are no flights in the initial layer; send some.")
    return there | set(sent.days if sent else ())


def _verdict(checks: Sequence[check.Check], figures: expected.Expected, seconds: float) -> int:
    differing = [each for each in checks if not each.holds]
    if not differing:
        _say(f"All {len(checks)} checks hold for {figures.rows['flights']:,} flights, after {seconds:.0f} s.")
        return 0
    print(f"{len(differing)} of {len(checks)} checks differ:", file=sys.stderr)
    for each in differing:
        print(f"  {each.what}: expected {each.expected}, found {each.found}", file=sys.stderr)
    return DIFFERS


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m verify",
        description="Push real data through a running platform and check what comes out. The account, region and "
        "endpoint are those of the environment, as for any AWS tool.",
        epilog="Exit codes: 0 all holds, 1 something differs, 2 the outputs cannot be used, 3 the platform failed.",
    )
    parser.add_argument("--outputs", type=Path, required=True, help="file with `pulumi stack output --json`")
    parser.add_argument(
        "--send", action=argparse.BooleanOptionalAction, default=True, help="send data first; else check what is there"
    )
    parser.add_argument("--days", type=_days, default=365, help="how many days of 2013 to send, from 1 January on")
    parser.add_argument("--spoil-seed", type=int, default=2013, help="picks which records are broken and repeated")
    parser.add_argument("--report", type=Path, help="write what was found to this file, as a page")
    parser.add_argument("--manifest", type=Path, help="write what is sent, broken records above all, to this file")
    return parser.parse_args(argv)


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 365:
        raise argparse.ArgumentTypeError(f"is {text}; give 1 to 365.")
    return int(text)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
