"""Glue job (Python shell): SQL statements on the warehouse, one after the other, by the Redshift Data API.

Python 3.9 and boto3 alone are there: https://docs.aws.amazon.com/glue/latest/dg/add-job-python.html
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import boto3

UNDER_WAY = ("SUBMITTED", "PICKED", "STARTED")
SECONDS_BETWEEN_LOOKS = 2.0


class StatementError(Exception):
    """A statement failed; the text is the statement and the warehouse's error."""


def run(data: Any, args: argparse.Namespace, wait: Callable[[float], None] = time.sleep) -> None:
    """Execute all statements, in order. Raises StatementError for the first that fails; those after it are not run."""
    for sql in statements(args.statements):
        execute(data, args, sql, wait)


def execute(data: Any, args: argparse.Namespace, sql: str, wait: Callable[[float], None]) -> None:
    """Execute a statement and see it end well. Raises StatementError."""
    began = time.monotonic()
    statement = data.execute_statement(
        ClusterIdentifier=args.cluster,
        Database=args.database,
        SecretArn=args.secret,
        StatementName=args.JOB_NAME,
        Sql=sql,
    )["Id"]
    while True:
        found = data.describe_statement(Id=statement)
        if found["Status"] not in UNDER_WAY:
            break
        wait(SECONDS_BETWEEN_LOOKS)
    if found["Status"] != "FINISHED":
        told = found.get("Error", "no reason was given")
        raise StatementError(f"{sql} is {found['Status']} on {args.cluster}: {told}")
    log("INFO", "statement_finished", sql=sql, seconds=round(time.monotonic() - began, 1))


def statements(text: str) -> list[str]:
    """The statements of a text that ends each with a semicolon."""
    return [sql.strip() for sql in text.split(";") if sql.strip()]


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments, as Glue passes them: `--name value`. Glue adds more for itself; those are ignored."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("JOB_NAME", "cluster", "database", "secret", "statements"):
        parser.add_argument(f"--{name}", required=True)
    return parser.parse_known_args(argv[1:])[0]


def log(level: str, event: str, **details: Any) -> None:
    """One line of JSON on stdout, which Glue hands on to CloudWatch Logs."""
    print(json.dumps({"level": level, "event": event, **details}, default=str), flush=True)


if __name__ == "__main__":
    run(boto3.client("redshift-data"), arguments(sys.argv))
