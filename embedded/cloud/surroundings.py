"""What the process may see and reach: loopback only, and nothing of the account a developer is logged in to."""

import os
from importlib.util import find_spec
from pathlib import Path

ACCOUNT = "123456789012"
KEY = "embedded"

# Read by a client library, a JVM or moto, and therefore ours to set: none of these comes from outside.
_FOREIGN = ("AWS_", "MOTO_", "BOTO", "SPARK_", "PYSPARK_", "HADOOP_", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS")
_KEPT = frozenset({"SPARK_JARS_DIR"})


def strip() -> None:
    """Drop credentials, profiles, proxies and library settings that came with the caller's shell."""
    for name in list(os.environ):
        proxy = name.lower().endswith("_proxy")
        if proxy or (name.upper().startswith(_FOREIGN) and name not in _KEPT):
            del os.environ[name]
    os.environ.update(
        {
            "NO_PROXY": "*",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": KEY,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "MOTO_ACCOUNT_ID": ACCOUNT,
            "MOTO_DISABLE_GLOBAL_CORS": "true",
            "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
        }
    )


def site_packages(*names: str) -> dict[str, Path]:
    """Find where packages (or single modules) of our own interpreter lie, by import name."""
    found: dict[str, Path] = {}
    for name in names:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(f"{name} is not installed; the embedded AWS gives it to what it runs.")
        origin = Path(spec.origin)
        found[origin.parent.name if origin.name == "__init__.py" else origin.name] = (
            origin.parent if origin.name == "__init__.py" else origin
        )
    return found


def link_packages(folder: Path, *names: str) -> Path:
    """Fill `folder` with links to just these packages, for a child that must see nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, origin in site_packages(*names).items():
        link = folder / name
        if not link.exists():
            link.symlink_to(origin)
    return folder


AWS_SDK = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")


def aws_variables(region: str, endpoint: str, runtime: Path) -> dict[str, str]:
    """The variables by which any SDK in a child finds this cloud, and no other.

    The profile files are empty ones in the folder `runtime`: SDKs take /dev/null for a fault and say so at length.
    """
    runtime.mkdir(parents=True, exist_ok=True)
    profile = runtime / "no-profile"
    profile.touch()
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": KEY,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(profile),
        "AWS_SHARED_CREDENTIALS_FILE": str(profile),
    }
