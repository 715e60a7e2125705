"""Small but real parts of a platform, for the tests of components that need them."""

from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Any

import pulumi

import contracts
import settings
from components.bucket import Bucket, BucketArgs
from components.code import Code, CodeArgs
from components.function import Function, FunctionArgs
from components.job import Runtime, RuntimeArgs
from components.keys import Keys, KeysArgs
from components.lake import Lake, LakeArgs
from components.network import Network, NetworkArgs
from components.perimeter import Perimeter
from components.platform import Platform
from components.star import Star, StarArgs
from components.warehouse import Warehouse
from contracts import Contract, Contracts, Delivery, Field
from settings import Account, Alerts, Api, Athena, Emr, Functions, Glue, Initial, Kinesis, Redshift, Retention
from tests.components.mock_engine import ACCOUNT, NAMES

BUILDER = f"arn:aws:iam::{ACCOUNT}:role/builder"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1"
PERIMETER = Perimeter(account=ACCOUNT, endpoint_ids=["vpce-1"], admitted=(BUILDER,))

KINESIS = Kinesis(mode="provisioned", shards=2, retention_hours=48)
FUNCTIONS = Functions(memory_mb=256, timeout_seconds=60, files_at_once=5)
GLUE = Glue(worker_type="G.1X", workers=2, timeout_minutes=60)
EMR = Emr(release="emr-7.13.0", primary="m7g.xlarge", core="m7g.xlarge", min_units=1, max_units=4)
REDSHIFT = Redshift(node_type="ra3.large", nodes=1, snapshot_days=1, spectrum_tb_per_month=1)
ATHENA = Athena(scan_limit_gb=20)
API = Api(requests_per_second=10, burst=20, requests_per_month=1000)
LOCK = Initial(lock_mode="GOVERNANCE", lock_days=3, cold_after_days=30)
ALERTS = Alerts(topics=(f"arn:aws:sns:eu-west-1:{ACCOUNT}:ops",), monthly_budget_usd=100)
RETENTION = Retention(
    logs_days=14, landing_days=7, quarantine_days=30, results_days=5, snapshot_days=7, superseded_days=9, audit_days=90
)


@cache
def all_contracts() -> Contracts:
    """The project's own contracts."""
    return contracts.load(Path("datasets"))


def source(name: str, delivery: Delivery) -> Contract:
    """A contract of a data set that comes in one way or another."""
    return Contract(
        name=name,
        version="1.0.0",
        domain="trains",
        description=f"All {name}",
        key=("id",),
        fields=(
            Field(name="id", type="integer", required=True),
            Field(name="at", type="timestamp"),
        ),
        delivery=delivery,
        format="json" if delivery == "stream" else "csv",
    )


def keys(keep: bool = False) -> Keys:
    return Keys("keys", KeysArgs(names=NAMES, deployers=[BUILDER], deletion_days=7, keep=keep))


def network(zones: int = 2, nat: str = "none", **changes: Any) -> Network:
    """A network; `changes` replace its arguments."""
    size = settings.Network.model_validate({"cidr": "10.0.0.0/16", "availability_zones": zones, "nat": nat})
    args: dict[str, Any] = {
        "names": NAMES,
        "size": size,
        "warehouse_port": 5439,
        "log_key_arn": KEY,
        "log_days": 14,
    }
    return Network("network", NetworkArgs(**(args | changes)))


def platform(zones: int = 2, agreed: Contracts | None = None, portal: bool = False, **changes: Any) -> Platform:
    """What every layer stands on, small; `changes` replace parts of it."""
    inside, described = network(zones), agreed or all_contracts()
    made_keys, made_code = keys(), code(described)
    shared: dict[str, Any] = {
        "names": NAMES,
        "contracts": described,
        "keys": made_keys.arns,
        "access_logs": "access-logs",
        "perimeter": PERIMETER,
        "network": inside,
        "ways_out": [inside],
        "code": made_code,
        "lake": lake({each.domain for each in (*described.sources, *described.products)}, made_keys, portal=portal),
        "runtime": runtime(inside, made_code),
        "retention": RETENTION,
        "topics": ALERTS.topics,
        "keep": False,
    }
    return Platform(**(shared | changes))


def archive() -> pulumi.AssetArchive:
    """The zip of a function that does nothing."""
    return pulumi.AssetArchive({"handler.py": pulumi.StringAsset("def handler(event, context): ...")})


def api_function(on: Platform) -> Function:
    """The function behind all APIs, which here does nothing."""
    return Function(
        "api",
        FunctionArgs(
            platform=on,
            what="end-use-api",
            code=archive(),
            may=[],
            environment={},
            memory_mb=128,
            timeout_seconds=29,
            key_arn=KEY,
        ),
    )


def star(on: Platform, in_warehouse: Warehouse) -> Star:
    """The star schema of a warehouse."""
    return Star("star", StarArgs(platform=on, warehouse=in_warehouse, lake=[]))


def bucket(layer: str) -> Bucket:
    return Bucket(
        layer,
        BucketArgs(
            names=NAMES,
            layer=layer,
            key_arn=KEY,
            access_logs="access-logs",
            perimeter=PERIMETER,
            superseded_days=1,
            keep=False,
        ),
    )


def code(agreed: Contracts | None = None) -> Code:
    return Code(
        "code",
        CodeArgs(
            names=NAMES,
            contracts=agreed or all_contracts(),
            key_arn=KEY,
            access_logs="access-logs",
            perimeter=PERIMETER,
            superseded_days=1,
            keep=False,
        ),
    )


def runtime(in_network: Network, running: Code | None = None) -> Runtime:
    return Runtime(
        "runtime",
        RuntimeArgs(names=NAMES, network=in_network, code=running or code(), size=GLUE, log_key_arn=KEY, log_days=14),
    )


def lake(
    domains: Collection[str] = ("aviation", "weather", "trains"),
    made_keys: Keys | None = None,
    account: Account | None = None,
    portal: bool = False,
) -> Lake:
    arns = (made_keys or keys()).arns
    args = LakeArgs(
        names=NAMES,
        administrators=[BUILDER],
        keys=arns,
        domains=sorted(domains),
        account=account or Account(),
        portal=portal,
    )
    return Lake("lake", args)
