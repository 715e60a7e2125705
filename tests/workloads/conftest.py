"""Functions as they are deployed, on moto; jobs on one Spark session that all tests share."""

import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
from moto import mock_aws

import contracts
from components.marts import description, served

FUNCTIONS = Path("workloads/functions")
EVENTS = Path(__file__).parent / "events"
REGION = "eu-west-1"
LANDING, INITIAL = "landing-bucket", "initial-bucket"

# Jobs and functions import what lies beside them in AWS by its bare name.
sys.path[:0] = [str(FUNCTIONS.resolve()), str(Path("workloads/jobs").resolve())]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """PySpark leaves the sockets that results come through to the garbage collector, which then warns."""
    for item in items:
        if "spark" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.filterwarnings("ignore:unclosed .socket:ResourceWarning"))


@pytest.fixture(scope="session")
def document() -> list[dict[str, Any]]:
    """What `contracts.json` has."""
    return contracts.load(Path("datasets")).document()


@pytest.fixture(scope="session")
def schemas(document: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {schema["name"]: schema for schema in document}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An S3 client of an account that has the two buckets."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("LANDING_BUCKET", LANDING)
    monkeypatch.setenv("INITIAL_BUCKET", INITIAL)
    with mock_aws():
        s3 = boto3.client("s3", region_name=REGION)
        for bucket in (LANDING, INITIAL):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        yield s3
        s3.close()


@pytest.fixture
def deployed(tmp_path: Path, document: list[dict[str, Any]]) -> Callable[[str], ModuleType]:
    """Imports the handler of a function from a folder that has what its archive has."""

    def deploy(function: str) -> ModuleType:
        shutil.copy(FUNCTIONS / function / "handler.py", tmp_path / "handler.py")
        shutil.copy(FUNCTIONS / "records.py", tmp_path / "records.py")
        (tmp_path / "contracts.json").write_text(json.dumps(document))
        agreed = contracts.load(Path("datasets"))
        (tmp_path / "marts.json").write_text(json.dumps(served(agreed, description(agreed))))
        spec = importlib.util.spec_from_file_location(f"deployed_{function}", tmp_path / "handler.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return deploy


@pytest.fixture
def event() -> Callable[[str], dict[str, Any]]:
    """An event of AWS by the name of its file."""

    def read(name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
        return found

    return read


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Spark with Iceberg; `glue_catalog` is a folder here, and the Python workers see the shared validator."""
    from pyspark.sql import SparkSession

    from embedded.engine.workspace import Tools

    tools = Tools.load()
    folder = tmp_path_factory.mktemp("spark")
    paths = [str(FUNCTIONS.resolve()), str(Path("workloads/jobs").resolve())]
    variables = {
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": os.pathsep.join(paths),
        "SPARK_LOCAL_IP": "127.0.0.1",
        **({"JAVA_HOME": tools.java_home} if tools.java_home else {}),
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        settings = {
            "spark.driver.extraClassPath": os.pathsep.join(map(str, sorted(tools.jars.glob("*.jar")))),
            "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Duser.timezone=Asia/Tokyo",
            "spark.driver.memory": "1g",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.ui.enabled": "false",
            # For a handful of rows planning anew and compiling take longer than all else.
            "spark.sql.adaptive.enabled": "false",
            "spark.sql.codegen.factoryMode": "NO_CODEGEN",
            "spark.sql.codegen.wholeStage": "false",
            "spark.local.dir": str(folder / "local"),
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
            "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
            "spark.sql.catalog.glue_catalog": "org.apache.iceberg.spark.SparkCatalog",
            "spark.sql.catalog.glue_catalog.type": "hadoop",
            "spark.sql.catalog.glue_catalog.warehouse": str(folder / "lake"),
            "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
            "spark.hadoop.fs.s3a.path.style.access": "true",
            "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
            "spark.hadoop.fs.s3a.access.key": "test",
            "spark.hadoop.fs.s3a.secret.key": "test",
            "spark.hadoop.fs.s3a.aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
        }
        builder = SparkSession.builder.master("local[2]").appName("tests")
        for name, value in settings.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        # As `lake.session` has it, wherever the machine is.
        session.conf.set("spark.sql.session.timeZone", "UTC")
        session.conf.set("spark.sql.shuffle.partitions", 2)
        yield session
        gateway = session.sparkContext._gateway
        session.stop()
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait(timeout=30)
