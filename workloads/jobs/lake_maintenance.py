"""Glue job: keeps the Iceberg tables small: joins small files, forgets old snapshots, removes files that no table has.

Each table by itself: one that can't be tended, as when a run of the workflow commits to it at the same time, does not
keep the others from their turn, and fails the job at its end. https://iceberg.apache.org/docs/1.10.0/maintenance/
"""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

if TYPE_CHECKING:
    from workloads.jobs import lake
else:
    import lake

ORPHAN_DAYS = 3
"""Age from which on a file that no snapshot names is nobody's: a job that writes one commits it within its hours.
Iceberg takes no less than a day."""


class MaintenanceError(Exception):
    """Some tables were not tended; the text has each with its reason."""


def main(argv: Sequence[str]) -> None:
    """Tend every table of intermediate, integrated and refined. Raises MaintenanceError, after all had their turn."""
    args = lake.arguments(argv, "snapshot_days")
    spark = lake.session(args.JOB_NAME)
    now = datetime.now(UTC)
    faults = []
    for layer in ("intermediate", "integrated", "refined"):
        for name in iceberg_tables(spark, f"{lake.CATALOG}.{args.database_prefix}_{layer}"):
            target = lake.table(args, layer, name)
            try:
                tend(spark, target, now - timedelta(days=int(args.snapshot_days)), now - timedelta(days=ORPHAN_DAYS))
            except (PySparkException, Py4JJavaError) as error:
                lake.log("ERROR", "table_not_tended", table=target, error=str(error).splitlines()[0])
                faults.append(f"{target}: {str(error).splitlines()[0]}")
    if faults:
        raise MaintenanceError(f"{len(faults)} table(s) were not tended: {'; '.join(faults)}")


def iceberg_tables(spark: SparkSession, database: str) -> list[str]:
    """The Iceberg tables of a database: the catalog lists no others."""
    return sorted(row.tableName for row in spark.sql(f"SHOW TABLES IN {database}").collect())


def tend(spark: SparkSession, target: str, snapshots_before: datetime, orphans_before: datetime) -> None:
    """Tend one table: snapshots older than `snapshots_before` go, and files without one older than `orphans_before`.

    The newest snapshot stays, however old it is.
    """
    done = {
        # What is joined becomes a snapshot of its own, so the small files go once that of before does.
        "joined": procedure(spark, "rewrite_data_files", target, "options => map('min-input-files', '2')"),
        "expired": procedure(spark, "expire_snapshots", target, f"older_than => {stamp(snapshots_before)}"),
        "orphans": procedure(
            spark,
            "remove_orphan_files",
            target,
            f"older_than => {stamp(orphans_before)}",
            "equal_schemes => map('s3a', 's3')",
        ),
    }
    lake.log(
        "INFO",
        "tended",
        table=target,
        files_joined=done["joined"][0]["rewritten_data_files_count"],
        files_expired=sum(value for name, value in done["expired"][0].items() if name.startswith("deleted_")),
        orphans_removed=len(done["orphans"]),
    )


def procedure(spark: SparkSession, name: str, target: str, *more: str) -> list[dict[str, object]]:
    """Call one of Iceberg's procedures on a table."""
    given = ", ".join((f"table => '{target}'", *more))
    return [row.asDict() for row in spark.sql(f"CALL {lake.CATALOG}.system.{name}({given})").collect()]


def stamp(when: datetime) -> str:
    """A time as SQL has it."""
    return f"TIMESTAMP '{when:%Y-%m-%d %H:%M:%S} UTC'"


if __name__ == "__main__":
    main(sys.argv)
