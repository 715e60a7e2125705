"""The platform under check: what its stack says of it, and the calls that read it."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.httpsession import URLLib3Session

AT_ONCE = 8
"""Calls to S3 made at a time."""
SAY_AFTER = 3.0
"""Seconds after which something that takes longer says how far it is, and again each time."""

Say = Callable[[str], None]
Row = dict[str, str | None]


class OutputsError(Exception):
    """The file with the stack's outputs cannot be used."""


class PlatformError(Exception):
    """The platform did not do what it was asked to."""


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """What `pulumi stack output --json` gives."""

    region: str
    landing_bucket: str
    initial_bucket: str
    streams: Mapping[str, str]
    drop_prefixes: Mapping[str, str]
    workflow: str
    workflow_event: Mapping[str, str]
    databases: Mapping[str, str]
    contracts: Mapping[str, Mapping[str, Any]]
    warehouse: Mapping[str, str]
    athena_workgroup: str
    api_url: str
    api_key_id: str
    graphql_url: str
    queues: Mapping[str, str]
    documentation: Sequence[Mapping[str, Any]] = ()
    """Of the data contracts; a stack that was deployed before there was any has none."""

    @classmethod
    def read(cls, path: Path) -> "Outputs":
        """Raises OutputsError, naming everything that is missing."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise OutputsError(f"{path} is not a JSON file of stack outputs: {error}") from error
        names = [each.name for each in fields(cls) if each.default is MISSING]
        missing = [name for name in names if not content.get(name)] if isinstance(content, dict) else names
        if missing:
            raise OutputsError(f"{path} has no {', '.join(missing)}; write it with `pulumi stack output --json`.")
        return cls(**{each.name: content[each.name] for each in fields(cls) if each.name in content})


@dataclass(frozen=True)
class Stored:
    """An object in a bucket. `modified` has whole seconds."""

    key: str
    modified: datetime
    size: int


class Platform:
    """A running platform, called through boto3's default chain: the environment says which account and endpoint."""

    def __init__(self, outputs: Outputs, say: Say) -> None:
        self.outputs = outputs
        self.say = say
        session = boto3.Session(region_name=outputs.region)
        config = Config(retries={"mode": "standard", "max_attempts": 6}, max_pool_connections=2 * AT_ONCE)
        self._session = session
        self.s3, self.kinesis, self.sqs, self.glue, self.events, self.athena, self.apigateway, self.redshift = (
            session.client(name, config=config)
            for name in ("s3", "kinesis", "sqs", "glue", "events", "athena", "apigateway", "redshift-data")
        )

    def objects(self, bucket: str, prefix: str) -> dict[str, Stored]:
        """Everything below a prefix, by key."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return {
            entry["Key"]: Stored(entry["Key"], entry["LastModified"], entry["Size"])
            for page in pages
            for entry in page.get("Contents", ())
        }

    def bodies(self, bucket: str, keys: list[str], what: str) -> Iterator[tuple[str, bytes]]:
        """The content of each of these objects, several fetched at a time."""
        progress = Progress(self.say, what, len(keys))

        def fetch(key: str) -> tuple[str, bytes]:
            return key, self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()

        with ThreadPoolExecutor(AT_ONCE) as pool:
            for number, found in enumerate(pool.map(fetch, keys), 1):
                progress.at(number)
                yield found

    def query(self, sql: str, layer: str = "refined", seconds: float = 300) -> list[Row]:
        """Run a query in Athena. Raises PlatformError with Athena's reason when it fails."""
        execution = self.athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": self.outputs.databases[layer]},
            WorkGroup=self.outputs.athena_workgroup,
        )["QueryExecutionId"]
        progress = Progress(self.say, "Athena query", 0)
        deadline = time.monotonic() + seconds
        while True:
            status = self.athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"]
            if status["State"] == "SUCCEEDED":
                break
            if status["State"] in ("FAILED", "CANCELLED") or time.monotonic() > deadline:
                reason = status.get("StateChangeReason", f"not finished after {seconds:.0f} s")
                raise PlatformError(f"Athena query {execution} {status['State']}: {reason}\n{sql}")
            progress.at(0)
            time.sleep(0.2)
        pages = self.athena.get_paginator("get_query_results").paginate(QueryExecutionId=execution)
        rows = [row["Data"] for page in pages for row in page["ResultSet"]["Rows"]]
        names, *values = [[cell.get("VarCharValue") for cell in row] for row in rows]
        return [dict(zip(names, row, strict=True)) for row in values]

    def ask_warehouse(self, sql: str, seconds: float = 300) -> list[dict[str, Any]]:
        """Run a query in Redshift. Raises PlatformError with Redshift's reason when it fails."""
        warehouse = self.outputs.warehouse
        statement = self.redshift.execute_statement(
            ClusterIdentifier=warehouse["cluster"],
            Database=warehouse["database"],
            SecretArn=warehouse["secret_arn"],
            Sql=sql,
        )["Id"]
        progress = Progress(self.say, "Redshift query", 0)
        deadline = time.monotonic() + seconds
        while (found := self.redshift.describe_statement(Id=statement))["Status"] != "FINISHED":
            if found["Status"] in ("FAILED", "ABORTED") or time.monotonic() > deadline:
                reason = found.get("Error", f"not finished after {seconds:.0f} s")
                raise PlatformError(f"Redshift statement {statement} {found['Status']}: {reason}\n{sql}")
            progress.at(0)
            time.sleep(0.2)
        pages = list(self.redshift.get_paginator("get_statement_result").paginate(Id=statement))
        names = [column["name"] for column in pages[0]["ColumnMetadata"]]
        rows = [row for page in pages for row in page["Records"]]
        return [dict(zip(names, map(_cell, row), strict=True)) for row in rows]

    def count(self, layer: str, table: str, where: str = "") -> int:
        """Rows of a table by Athena."""
        rows = self.query(f"SELECT count(*) AS n FROM {table} {where}", layer)  # noqa: S608 - names of our own
        return int(rows[0]["n"] or 0)

    def call(self, path: str, parameters: Mapping[str, str]) -> tuple[int, Any]:
        """GET a path of the REST API, signed and with the key. Returns the status and the decoded body."""
        url = f"{self._address(path)}?{urlencode(parameters)}"
        headers = {"Accept": "application/json", "x-api-key": self._key}
        return self._signed(AWSRequest(method="GET", url=url, headers=headers), "execute-api")

    def ask(self, query: str, **variables: Any) -> Any:
        """The answer of the GraphQL API to a signed query: `data`, and `errors` if there are."""
        body = json.dumps({"query": query, "variables": variables})
        headers = {"Content-Type": "application/json"}
        return self._signed(AWSRequest("POST", self.outputs.graphql_url, headers, body), "appsync")[1]

    def _signed(self, request: AWSRequest, service: str) -> tuple[int, Any]:
        """Send a request, signed for a service. Returns the status and the decoded body."""
        credentials = self._session.get_credentials()
        if credentials is None:
            raise PlatformError("There are no AWS credentials to sign the call to the API with.")
        SigV4Auth(credentials, service, self.outputs.region).add_auth(request)
        response = URLLib3Session(timeout=60).send(request.prepare())
        try:
            return response.status_code, json.loads(response.content)
        except ValueError as error:
            told = f"{request.url} answered {response.status_code} without JSON: {response.text[:200]}"
            raise PlatformError(told) from error

    def knock(self, path: str) -> int:
        """The status of a GET of a path of the REST API by nobody: without signature or key."""
        return int(
            URLLib3Session(timeout=60).send(AWSRequest(method="GET", url=self._address(path)).prepare()).status_code
        )

    def _address(self, path: str) -> str:
        return f"{self.outputs.api_url.rstrip('/')}{path}"

    @cached_property
    def _key(self) -> str:
        """The API key's value, which no output of the stack shows."""
        found = self.apigateway.get_api_key(apiKey=self.outputs.api_key_id, includeValue=True)
        return str(found["value"])


def _cell(cell: Mapping[str, Any]) -> Any:
    """A value of the Data API's, which bears its type as its name."""
    ((kind, value),) = cell.items()
    return None if kind == "isNull" else value


class Progress:
    """Says how far something is, once it has taken some seconds and then every few."""

    def __init__(self, say: Say, what: str, total: int) -> None:
        self._say, self._what, self._total = say, what, total
        self._began = self._said = time.monotonic()

    def at(self, done: int, detail: str = "") -> None:
        """Now at `done`."""
        now = time.monotonic()
        if now - self._said >= SAY_AFTER:
            self._said = now
            of = f" {done:,} of {self._total:,}" if self._total else ""
            self._say(f"  {self._what}{of}{detail}, {now - self._began:.0f} s")
