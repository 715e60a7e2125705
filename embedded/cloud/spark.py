"""What stands in for Glue's own wiring of Spark: versions, classpath, s3:// and the sizes of one machine."""

import os
import re
import shutil
import socket
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from embedded.cloud import surroundings
from embedded.cloud.spark_jvm import JvmSettings

SPARK_PACKAGES = ("pyspark", "py4j")
JVM_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Duser.timezone=UTC -Djava.net.preferIPv4Stack=true"
LOG_SETTINGS = """\
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n
logger.native.name = org.apache.hadoop.util.NativeCodeLoader
logger.native.level = error
logger.metrics.name = org.apache.hadoop.metrics2
logger.metrics.level = error
logger.conf.name = org.apache.spark.SparkConf
logger.conf.level = error
"""


class SparkMissingError(Exception):
    """Java or the jars are not there."""


@dataclass(frozen=True)
class Spark:
    """A Spark of Glue's version on this machine, seen by jobs as Glue's."""

    endpoint: str
    folder: Path

    def prepare(self) -> None:
        """Lay out, once, what every job shares: Python packages, the workers' interpreter, log settings."""
        surroundings.link_packages(self.packages, *SPARK_PACKAGES, *surroundings.AWS_SDK)
        (self.folder / "conf").mkdir(exist_ok=True)
        (self.folder / "conf" / "log4j2.properties").write_text(LOG_SETTINGS)
        # The JVM resolves these names and no others.
        hosts = f"127.0.0.1 localhost\n127.0.0.1 {socket.gethostname()}\n"
        (self.folder / "hosts").write_text(hosts)
        # -S: a worker sees PYTHONPATH and the standard library, not our site-packages.
        self._worker.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S -s "$@"\n')
        self._worker.chmod(self._worker.stat().st_mode | stat.S_IXUSR)

    @property
    def packages(self) -> Path:
        """The folder that holds PySpark, Py4J and boto3, and nothing else."""
        return self.folder / "packages"

    @property
    def _worker(self) -> Path:
        return self.folder / "python"

    def environment(self, region: str, folder: Path) -> dict[str, str]:
        """The variables of a driver, or of a JVM, whose own folder is `folder`. Raises SparkMissingError."""
        home = surroundings.site_packages("pyspark")["pyspark"]
        variables = {
            **surroundings.aws_variables(region, self.endpoint, self.folder),
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "SPARK_HOME": str(home),
            "SPARK_CONF_DIR": str(self.folder / "conf"),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "PYSPARK_PYTHON": str(self._worker),
            "PYSPARK_DRIVER_PYTHON": sys.executable,
        }
        if "JAVA_HOME" in os.environ:
            variables["JAVA_HOME"] = os.environ["JAVA_HOME"]
        elif not shutil.which("java"):
            raise SparkMissingError("There is no java on PATH and no JAVA_HOME; Glue jobs need Java 17.")
        return variables

    def jvm(self, region: str, own: Mapping[str, str], jars: list[Path]) -> JvmSettings:
        """What a job's JVM must be started with, given the job's `own` settings. Raises SparkMissingError."""
        options = f"{JVM_OPTIONS} -Djdk.net.hosts.file={self.folder / 'hosts'}"
        return JvmSettings(
            region=region,
            class_path=os.pathsep.join(str(jar) for jar in (*self._jars(), *jars)),
            memory=own.get("spark.driver.memory", "2g"),
            options=f"{options} {own.get('spark.driver.extraJavaOptions', '')}".strip(),
        )

    def settings(
        self, region: str, job: str, folder: Path, own: Mapping[str, str], python_path: list[str]
    ) -> dict[str, str]:
        """Spark's properties: sizes of this machine, then the job's `own`, then the wiring, which always wins."""
        sizes = {
            "spark.app.name": job,
            "spark.sql.shuffle.partitions": str(2 * (os.cpu_count() or 1)),
            "spark.default.parallelism": str(os.cpu_count() or 1),
            "spark.sql.session.timeZone": "UTC",
        }
        wiring = {
            "spark.master": "local[*]",
            "spark.submit.deployMode": "client",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.local.dir": str(folder / "local"),
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
            # A worker gets the path from here; the JVM's own environment knows no job.
            "spark.executorEnv.PYTHONPATH": os.pathsep.join(python_path),
            "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
            "spark.hadoop.fs.s3a.endpoint": self.endpoint,
            "spark.hadoop.fs.s3a.endpoint.region": region,
            "spark.hadoop.fs.s3a.path.style.access": "true",
            "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
            "spark.hadoop.fs.s3a.access.key": surroundings.KEY,
            "spark.hadoop.fs.s3a.secret.key": surroundings.KEY,
            "spark.hadoop.fs.s3a.aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
            "spark.hadoop.fs.s3a.change.detection.mode": "none",
            "spark.hadoop.fs.s3a.fast.upload.buffer": "bytebuffer",
        }
        return {**sizes, **own, **wiring}

    def _jars(self) -> list[Path]:
        folder = os.environ.get("SPARK_JARS_DIR")
        if not folder:
            raise SparkMissingError("SPARK_JARS_DIR is not set; Glue jobs need the Iceberg and hadoop-aws jars.")
        jars = sorted(Path(folder).glob("*.jar"))
        if not any(jar.name.startswith("iceberg-spark-runtime") for jar in jars):
            raise SparkMissingError(f"{folder} holds no iceberg-spark-runtime jar; Glue jobs need it.")
        return jars


def parse_conf(argument: str) -> dict[str, str]:
    """Read Glue's `--conf` value: `k=v --conf k2=v2 ...`. Raises ValueError naming a part without `=`."""
    settings = {}
    for part in re.split(r"\s+--conf\s+", argument.strip()):
        if not part:
            continue
        key, equals, value = part.removeprefix("--conf ").strip().partition("=")
        if not equals:
            raise ValueError(f"--conf {part!r} has no '='")
        settings[key.strip()] = value.strip()
    return settings
