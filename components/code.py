"""What runs in AWS, brought there: scripts, the shared validator and the contracts, in a bucket of their own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws

from components.bucket import Bucket, BucketArgs
from components.names import Names
from components.perimeter import Perimeter
from contracts import Contracts

JOBS = Path("workloads/jobs")
FUNCTIONS = Path("workloads/functions")
VALIDATOR = FUNCTIONS / "records.py"


@dataclass(frozen=True, kw_only=True)
class CodeArgs:
    """`key_arn` encrypts the bucket."""

    names: Names
    contracts: Contracts
    key_arn: pulumi.Input[str]
    access_logs: pulumi.Input[str]
    perimeter: Perimeter
    superseded_days: int
    keep: bool


class Code(pulumi.ComponentResource):
    """The bucket that jobs fetch their scripts from. Its addresses are known before it is filled."""

    bucket: Bucket
    objects: list[pulumi.Resource]

    def __init__(self, name: str, args: CodeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:layers:Code", name, {}, opts)
        self.key_arn = args.key_arn
        self._address = f"s3://{args.names.bucket('code')}"
        self.bucket = Bucket(
            name,
            BucketArgs(
                names=args.names,
                layer="code",
                key_arn=args.key_arn,
                access_logs=args.access_logs,
                perimeter=args.perimeter,
                superseded_days=args.superseded_days,
                keep=args.keep,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        files: dict[str, pulumi.Asset] = {
            f"jobs/{path.name}": pulumi.FileAsset(str(path))
            for path in sorted(JOBS.glob("*.py"))
            if path.name != "__init__.py"
        }
        files["lib/records.py"] = pulumi.FileAsset(str(VALIDATOR))
        files["contracts.json"] = pulumi.StringAsset(contracts_json(args.contracts))
        self.objects = [
            aws.s3.BucketObjectv2(
                f"{name}-{key.replace('/', '-')}",
                bucket=self.bucket.name,
                key=key,
                source=asset,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for key, asset in files.items()
        ]
        self.register_outputs({"bucket": self.bucket.name})

    def script(self, job: str) -> str:
        """Address of the script of a job, by its file's name without ending."""
        return f"{self._address}/jobs/{job}.py"

    @property
    def libraries(self) -> str:
        """Addresses of the modules that jobs import, as Glue's `--extra-py-files` takes them."""
        return f"{self._address}/jobs/lake.py,{self._address}/lib/records.py"

    @property
    def contracts(self) -> str:
        """Address of the contracts that jobs read."""
        return f"{self._address}/contracts.json"


def contracts_json(contracts: Contracts) -> str:
    """The content of `contracts.json`, the same for functions and jobs."""
    return json.dumps(contracts.document(), indent=1, sort_keys=True)


def function_archive(
    function: str, contracts: Contracts, texts: Mapping[str, str] | None = None
) -> pulumi.AssetArchive:
    """The zip of a function: its folder's modules, the shared validator, the contracts, and `texts` by file name."""
    files: dict[str, pulumi.Asset | pulumi.Archive] = {
        path.name: pulumi.FileAsset(str(path))
        for path in sorted((FUNCTIONS / function).glob("*.py"))
        if path.name != "__init__.py"
    }
    files["records.py"] = pulumi.FileAsset(str(VALIDATOR))
    files["contracts.json"] = pulumi.StringAsset(contracts_json(contracts))
    files |= {name: pulumi.StringAsset(text) for name, text in (texts or {}).items()}
    return pulumi.AssetArchive(files)
