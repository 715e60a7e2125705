"""What the Spark jobs take, each beside a bare script that makes the same table, both as Glue runs on one embedded AWS.

Beside them, for honesty, DuckDB on the same rows. Then growth: the first and heaviest job over 1, 4 and 16 years of
flights, made by shifting dates, less what a job without data takes.
"""

from __future__ import annotations

import json
import re
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import boto3
import duckdb

import contracts
from bench import embedded_aws
from components.code import contracts_json
from components.job import spark_conf
from contracts import Contract, Contracts
from embedded.engine.workspace import EMBEDDED_CREDENTIALS
from verify import plan, source

JOBS = Path("workloads/jobs")
RECORDS = Path("workloads/functions/records.py")
REGION = "eu-west-1"
TURNS = 3
FIRST = 2013
YEARS = (1, 4, 16)
BARE = Path(__file__).parent / "bare"
WAIT = 0.1


class Glue:
    """An embedded AWS with the jobs' scripts, and as many lakes as are asked for, each with tables of its own."""

    def __init__(self, endpoint: str, agreed: Contracts) -> None:
        keys = EMBEDDED_CREDENTIALS["AWS_ACCESS_KEY_ID"], EMBEDDED_CREDENTIALS["AWS_SECRET_ACCESS_KEY"]
        session = boto3.Session(*keys, region_name=REGION)
        self.s3, self.glue = (session.client(each, endpoint_url=endpoint) for each in ("s3", "glue"))
        self.agreed = agreed
        for bucket in ("code", "lake", "landing"):
            self.bucket(bucket)
        self.put("code", "contracts.json", contracts_json(agreed).encode())
        for library in (JOBS / "lake.py", RECORDS):
            self.put("code", library.name, library.read_bytes())
        ours = {f"our_{name}": JOBS / f"{name}.py" for name in PAIRS}
        for name, path in (ours | {path.stem: path for path in sorted(BARE.glob("*.py"))}).items():
            self.put("code", f"{name}.py", path.read_bytes())
            self.glue.create_job(
                Name=name,
                Role="arn:aws:iam::123456789012:role/bench",
                GlueVersion="5.1",
                Command={"Name": "glueetl", "PythonVersion": "3", "ScriptLocation": f"s3://code/{name}.py"},
                DefaultArguments={
                    "--extra-py-files": f"s3://code/lake.py,s3://code/{RECORDS.name}",
                    "--datalake-formats": "iceberg",
                    "--conf": spark_conf("s3://lake/"),
                    "--landing_bucket": "landing",
                    "--contracts": "s3://code/contracts.json",
                },
            )

    def bucket(self, name: str) -> None:
        self.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})

    def put(self, bucket: str, key: str, body: bytes) -> None:
        self.s3.put_object(Bucket=bucket, Key=key, Body=body)

    def run(self, job: str, lake: str, **more: str) -> float:
        """Seconds from a job's start until Glue says that it has succeeded. Raises RuntimeError where it has not."""
        arguments = {"--database_prefix": lake, "--initial_bucket": f"raw-{lake}"}
        arguments |= {f"--{name}": value for name, value in more.items()}
        began = time.perf_counter()
        run = self.glue.start_job_run(JobName=job, Arguments=arguments)["JobRunId"]
        while True:
            found = self.glue.get_job_run(JobName=job, RunId=run)["JobRun"]
            if found["JobRunState"] == "SUCCEEDED":
                return time.perf_counter() - began
            if found["JobRunState"] in ("FAILED", "STOPPED", "TIMEOUT", "ERROR"):
                raise RuntimeError(f"{job} ended as {found['JobRunState']}: {found.get('ErrorMessage')}")
            time.sleep(WAIT)

    def lake(self, name: str) -> None:
        """Make the databases and empty tables of every contract."""
        self.bucket(f"raw-{name}")
        for layer in ("intermediate", "integrated", "refined"):
            self.glue.create_database(DatabaseInput={"Name": f"{name}_{layer}", "LocationUri": f"s3://lake/{name}/"})
        placed: Sequence[tuple[Contract, str]] = [
            *((each, "intermediate") for each in self.agreed.sources),
            *((each, str(each.layer)) for each in self.agreed.products),
        ]
        tables = [f"{name}_{layer}.{contract.name}=" + ",".join(columns(contract)) for contract, layer in placed]
        self.run("make_tables", name, tables=";".join(tables))


def columns(contract: Contract) -> list[str]:
    """As Glue makes them of what Pulumi says: a timestamp has no zone."""
    return [f"{name} {'timestamp_ntz' if kind == 'timestamp' else kind}" for name, kind, _ in contract.table_columns()]


PAIRS: Mapping[str, str] = {
    "intermediate_conform": "flights to typed rows, one a key",
    "integrated_join": "five tables joined",
    "refined_marts": "three marts",
}
MADE = (
    "intermediate.flights",
    "integrated.flights_enriched",
    *(f"refined.{name}" for name in ("punctuality_by_carrier", "delay_by_weather", "routes", "published_airports")),
)
"""The tables in which a job and its bare script must agree."""


def main() -> None:
    """Measure and print."""
    with embedded_aws() as endpoint:
        glue = Glue(endpoint, contracts.load(Path("datasets")))
        beside_bare_scripts(glue)
        growth(glue)


def beside_bare_scripts(glue: Glue) -> None:
    """Each job and its bare script in turns, on lakes of the same year, each table empty before."""
    taken: dict[str, list[float]] = {f"{whose}_{name}": [] for name in PAIRS for whose in ("our", "bare")}
    for turn in range(TURNS):
        for whose in ("our", "bare")[:: 1 if turn % 2 else -1]:
            lake = f"{whose}{turn}"
            filled(glue, lake, 1)
            glue.run("our_intermediate_conform", lake, datasets="weather,airlines,airports,planes")
            for name in PAIRS:
                only = {"datasets": "flights"} if (whose, name) == ("our", "intermediate_conform") else {}
                taken[f"{whose}_{name}"].append(glue.run(f"{whose}_{name}", lake, **only))
        glue.run("same_tables", f"our{turn}", other=f"bare{turn}", tables=",".join(MADE))
        print(f"  turn {turn + 1} of {TURNS}", flush=True)
    quick = beside_duckdb()
    print(f"Spark jobs over a year of flights, run against run on the embedded AWS, median of {TURNS}:")
    for name, what in PAIRS.items():
        ours, bare = (statistics.median(taken[f"{whose}_{name}"]) for whose in ("our", "bare"))
        print(f"  {name:<22}{ours:>6.1f} s: {ours / bare:.2f} x a bare script's {bare:.1f} s ({what})")
    print(f"  DuckDB, without Spark, Iceberg or S3, takes {quick:.1f} s for what the first of them does")


def growth(glue: Glue) -> None:
    """What a year of flights more takes the job that conforms them, whose JVM has 2 GB however many there are."""
    glue.lake("none")
    empty = glue.run("our_intermediate_conform", "none", datasets="flights")
    print(f"growth of intermediate_conform, less the {empty:.1f} s that it takes without data:")
    for years in YEARS:
        lake = f"grown{years}"
        rows = filled(glue, lake, years)
        seconds = glue.run("our_intermediate_conform", lake, datasets="flights") - empty
        print(f"  {rows:>10,} rows  {seconds:>6.1f} s  {1e6 * seconds / rows:.1f} microseconds a row", flush=True)


def filled(glue: Glue, lake: str, years: int) -> int:
    """A lake with raw flights of so many years, and all else of one; the number of flights."""
    glue.lake(lake)
    header, by_day = source.flight_days()
    for month in range(1, 13):
        body = b"".join(b"".join(lines) for (of, _), lines in by_day.items() if of == month)
        for shift in range(years):
            key = f"raw/flights/{FIRST + shift}-{month:02}.csv"
            glue.put(f"raw-{lake}", key, header + shifted(body, shift))
    for name in source.REFERENCES:
        glue.put(f"raw-{lake}", f"raw/{name}/{name}.csv", source.text(name))
    weather = (plan.weather_record(row) for rows in source.weather_days().values() for row in rows)
    glue.put(f"raw-{lake}", "raw/weather/all.jsonl", "".join(json.dumps(each) + "\n" for each in weather).encode())
    return years * sum(map(len, by_day.values()))


def shifted(lines: bytes, years: int) -> bytes:
    """Flights of so many years later."""
    if not years:
        return lines
    later = re.sub(rb"(?m)^2013,", b"%d," % (FIRST + years), lines)
    return re.sub(rb"(20\d\d)(?=-\d\d-\d\dT)", lambda found: b"%d" % (int(found[1]) + years), later)


def beside_duckdb() -> float:
    """Seconds that DuckDB takes to type a year of flights, keep one of each key, and write them as Parquet."""
    with tempfile.TemporaryDirectory() as work:
        (Path(work) / "flights.csv").write_bytes(source.text("flights"))
        began = time.perf_counter()
        duckdb.sql(
            f"""
            COPY (SELECT *, dep_time IS NULL AS cancelled FROM read_csv('{work}/flights.csv', nullstr = 'NA')
                  QUALIFY row_number() OVER (PARTITION BY time_hour, carrier, flight) = 1)
            TO '{work}/flights.parquet' (FORMAT parquet)
            """
        )
        return time.perf_counter() - began


if __name__ == "__main__":
    main()
