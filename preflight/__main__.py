"""`python -m preflight --stack dev`: what the account lacks for a stack, all at once, before anything is created."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import boto3
import yaml
from botocore.exceptions import BotoCoreError, ClientError

import settings
from components.names import Names, NamesError
from preflight import ground, network, services
from preflight.asking import Account, Check, Lack, run

ROOT = Path(__file__).resolve().parent.parent

CHECKS: Sequence[tuple[str, Check]] = (
    ("who deploys", ground.caller),
    ("roles and policies that the settings name", ground.principals),
    ("service-linked roles", ground.service_roles),
    ("topics for alarms", ground.topics),
    ("cost allocation tags", ground.cost_tags),
    ("organisation", ground.organisation),
    ("Lake Formation", ground.lake_formation),
    ("encryption of the Glue catalog", ground.catalog_encryption),
    ("API Gateway's role for logs", ground.api_gateway_logging),
    ("trails", ground.trails),
    ("zones", network.enough_zones),
    ("quotas of the network", network.quotas),
    ("endpoints on offer", network.endpoint_services),
    ("existing network", network.existing),
    ("Redshift nodes", services.redshift_nodes),
    ("EMR instances", services.emr_sizes),
    ("EMR release", services.emr_release),
    ("EMR's block of public access", services.emr_public_access),
    ("Kinesis shards", services.kinesis_shards),
    ("Lambda concurrency", services.lambda_concurrency),
    ("certificate", services.certificate),
    ("QuickSight", services.quicksight),
    ("DataZone", services.portal),
    ("sign-in to the portal", services.sign_in),
    ("Data Exchange", services.entitlements),
)


def main(argv: Sequence[str]) -> int:
    """Run every check. Returns 0 if nothing lacks and all could be asked, 1 if not, 2 if nothing could be asked."""
    stack = arguments(argv).stack
    try:
        account = reach(stack)
    except (settings.SettingsError, NamesError, FileNotFoundError) as error:
        print(f"preflight: {error}", file=sys.stderr)
        return 2
    except (BotoCoreError, ClientError) as error:
        print(f"preflight: AWS can't be asked: {error}. Set credentials for the account.", file=sys.stderr)
        return 2
    print(f"Stack {stack} in account {account.names.account}, {account.names.region}, as {account.caller}")
    lacks: list[Lack] = []
    unknown: list[str] = []
    for title, check in CHECKS:
        found, why = run(check, account)
        lacks += found
        verdict = f"{len(found)} missing" if found else "ok"
        if why:
            unknown.append(f"{title}: {why}")
            verdict = "could not be decided" if not found else f"{verdict}, the rest could not be decided"
        print(f"  {title:<45}{verdict}", flush=True)
    for each in lacks:
        print(f"\nmissing: {each.what}\n    {each.remedy}")
    for reason in unknown:
        print(f"\nundecided: {reason}")
    if not lacks and not unknown:
        print("\nNothing is missing.")
    return 1 if lacks or unknown else 0


def reach(stack: str) -> Account:
    """The account that the environment's credentials open, with the settings of a stack's file."""
    file = ROOT / f"Pulumi.{stack}.yaml"
    if not file.exists():
        known = ", ".join(sorted(path.name.split(".")[1] for path in ROOT.glob("Pulumi.*.yaml")))
        raise FileNotFoundError(f"there is no stack {stack!r}: the project has {known}.")
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["name"]
    config = yaml.safe_load(file.read_text()).get("config", {})
    chosen = settings.from_values(
        {key.partition(":")[2]: value for key, value in config.items() if key.startswith(f"{project}:")}, project
    )
    session = boto3.Session(region_name=config["aws:region"])
    identity = session.client("sts").get_caller_identity()
    names = Names(
        project=project,
        stack=stack,
        account=identity["Account"],
        region=config["aws:region"],
        partition=identity["Arn"].split(":")[1],
    )
    return Account(chosen, names, identity["Arn"], session)


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m preflight",
        description="Ask the account of the environment's credentials what it lacks for a stack. It only reads.",
        epilog="Exit codes: 0 nothing is missing, 1 something is or could not be decided, 2 nothing could be asked.",
    )
    parser.add_argument("--stack", required=True, help="the stack, as in Pulumi.STACK.yaml")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
