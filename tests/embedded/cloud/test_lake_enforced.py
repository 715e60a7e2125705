"""Athena and S3 asked by roles and users: each sees what Lake Formation and IAM let it, and the deployer everything."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import boto3
import pyarrow as pa
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from pyiceberg.catalog import load_catalog

from tests.embedded.cloud.clients import ACCOUNT, REGION, Aws, eventually, unique

COLUMNS = {"name": "string", "country": "string", "street": "string", "born": "bigint"}
PERSONS = [
    {"name": "Ada", "country": "UK", "street": "St James's Square", "born": 1815},
    {"name": "Grace", "country": "US", "street": "West End Avenue", "born": 1906},
    {"name": "Emmy", "country": "DE", "street": "Hauptstrasse", "born": 1882},
]
NO_PRIVILEGE = (
    "Insufficient permissions to execute the query. Principal does not have any privilege on specified resource"
)


@pytest.fixture(scope="module")
def lake(aws: Aws) -> Iterator["Guarded"]:
    formation = aws.client("lakeformation")
    before = formation.get_data_lake_settings()["DataLakeSettings"]
    # As the platform has it: what is new is open to nobody.
    formation.put_data_lake_settings(DataLakeSettings={"CreateTableDefaultPermissions": []})
    yield Guarded(aws)
    formation.put_data_lake_settings(DataLakeSettings=before)


class Asking:
    """Somebody with keys of their own, and what the cloud answers them."""

    def __init__(self, lake: "Guarded", arn: str, keys: dict[str, str]) -> None:
        self.lake = lake
        self.arn = arn
        self.keys = keys

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.lake.aws.endpoint,
            region_name=REGION,
            config=Config(retries={"total_max_attempts": 1}),
            **self.keys,
        )

    def run(self, sql: str) -> dict[str, Any]:
        athena = self.client("athena")
        started = athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": self.lake.database},
            ResultConfiguration={"OutputLocation": f"s3://{self.lake.bucket}/results/"},
        )

        def ended() -> dict[str, Any] | None:
            found: dict[str, Any] = athena.get_query_execution(QueryExecutionId=started["QueryExecutionId"])
            execution: dict[str, Any] = found["QueryExecution"]
            return execution if execution["Status"]["State"] not in ("QUEUED", "RUNNING") else None

        execution = eventually(ended, 30)
        assert execution
        return execution

    def rows(self, sql: str) -> list[list[str | None]]:
        execution = self.run(sql)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        found = self.client("athena").get_query_results(QueryExecutionId=execution["QueryExecutionId"])
        return [[cell.get("VarCharValue") for cell in row["Data"]] for row in found["ResultSet"]["Rows"]]

    def fault(self, sql: str) -> str:
        execution = self.run(sql)
        assert execution["Status"]["State"] == "FAILED", execution["Status"]
        return str(execution["Status"]["StateChangeReason"])


class Guarded:
    """The same persons in a table of JSON, in an Iceberg table, and in one outside the registered location."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.bucket, self.database = aws.bucket(), aws.database()
        self.formation = aws.client("lakeformation")
        self.formation.register_resource(
            ResourceArn=f"arn:aws:s3:::{self.bucket}/lake", RoleArn=f"arn:aws:iam::{ACCOUNT}:role/lake"
        )
        for name, place in (("persons", "lake/persons"), ("unguarded", "elsewhere")):
            aws.put(self.bucket, f"{place}/1.jsonl", "\n".join(map(json.dumps, PERSONS)))
            self.table(name, place, SerdeInfo={"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"})
        self.table("iceberg", "lake/iceberg")
        keys = {
            "access-key-id": "embedded",
            "secret-access-key": "embedded",
            "endpoint": aws.endpoint,
            "region": REGION,
        }
        catalog = load_catalog(
            "glue",
            **{"type": "glue", **{f"{at}.{name}": value for at in ("glue", "s3") for name, value in keys.items()}},
        )
        table = catalog.load_table((self.database, "iceberg"))
        for person in PERSONS:
            table.append(pa.Table.from_pylist([person], schema=table.schema().as_arrow()))

    def table(self, name: str, place: str, **storage: Any) -> None:
        iceberg = {} if storage else {"OpenTableFormatInput": {"IcebergInput": {"MetadataOperation": "CREATE"}}}
        described = {
            "Location": f"s3://{self.bucket}/{place}/",
            "Columns": [{"Name": column, "Type": kind} for column, kind in COLUMNS.items()],
            **storage,
        }
        self.aws.client("glue").create_table(
            DatabaseName=self.database,
            TableInput={"Name": name, "TableType": "EXTERNAL_TABLE", "StorageDescriptor": described},
            **iceberg,
        )

    def role(self, *statements: dict[str, Any], session_policy: dict[str, Any] | None = None) -> Asking:
        """Somebody in a new role that may do what the statements say."""
        iam, name = self.aws.client("iam"), unique()
        trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
        options = {"Policy": document(session_policy)} if session_policy else {}
        made = self.aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="ada", **options)["Credentials"]
        return Asking(
            self,
            arn,
            {
                "aws_access_key_id": made["AccessKeyId"],
                "aws_secret_access_key": made["SecretAccessKey"],
                "aws_session_token": made["SessionToken"],
            },
        )

    def user(self, *statements: dict[str, Any]) -> Asking:
        iam, name = self.aws.client("iam"), unique()
        arn = iam.create_user(UserName=name)["User"]["Arn"]
        if statements:
            iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*statements))
        made = iam.create_access_key(UserName=name)["AccessKey"]
        return Asking(
            self, arn, {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}
        )

    def deployer(self) -> Asking:
        return Asking(self, "", {"aws_access_key_id": "embedded", "aws_secret_access_key": "embedded"})

    def grant(self, to: Asking, resource: dict[str, Any], *permissions: str) -> None:
        self.formation.grant_permissions(
            Principal={"DataLakePrincipalIdentifier": to.arn},
            Resource=resource,
            Permissions=list(permissions or ("SELECT",)),
        )

    def named(self, table: str) -> dict[str, str]:
        return {"DatabaseName": self.database, "Name": table}

    def filter(self, table: str, rows: str | None, **columns: Any) -> dict[str, Any]:
        """A filter of cells, as a resource to grant on."""
        where = {"TableCatalogId": ACCOUNT, "DatabaseName": self.database, "TableName": table, "Name": unique()}
        chosen: dict[str, Any] = {"FilterExpression": rows} if rows else {"AllRowsWildcard": {}}
        data = {**where, "RowFilter": chosen, **(columns or {"ColumnWildcard": {}})}
        self.formation.create_data_cells_filter(TableData=data)
        return {"DataCellsFilter": where}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(resource: str, *actions: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def test_the_deployer_sees_everything(lake: Guarded) -> None:
    assert lake.deployer().rows("SELECT name FROM persons ORDER BY born") == [["name"], ["Ada"], ["Emmy"], ["Grace"]]


@pytest.mark.parametrize("table", ["persons", "iceberg"])
def test_a_role_to_which_nothing_is_granted_is_told_so(lake: Guarded, table: str) -> None:
    assert lake.role().fault(f"SELECT name FROM {table}") == NO_PRIVILEGE
    assert lake.role().fault(f"SELECT count(*) FROM unguarded u WHERE EXISTS (SELECT 1 FROM {table})") == NO_PRIVILEGE


def test_a_table_outside_registered_locations_is_left_to_iam(lake: Guarded) -> None:
    assert len(lake.role().rows("SELECT * FROM unguarded")) == 4


def test_describe_alone_reads_no_column(lake: Guarded) -> None:
    somebody = lake.role()
    lake.grant(somebody, {"Table": lake.named("persons")}, "DESCRIBE")
    assert somebody.fault("SELECT * FROM persons") == "COLUMN_NOT_FOUND: Relation contains no accessible columns"


def test_a_user_is_known_by_its_keys_too(lake: Guarded) -> None:
    somebody = lake.user()
    assert somebody.fault("SELECT name FROM persons") == NO_PRIVILEGE
    lake.grant(somebody, {"Table": lake.named("persons")})
    assert len(somebody.rows("SELECT name FROM persons")) == 4


@pytest.mark.parametrize("table", ["persons", "iceberg"])
def test_columns_that_are_not_granted_are_not_there(lake: Guarded, table: str) -> None:
    somebody = lake.role()
    lake.grant(
        somebody, {"TableWithColumns": {**lake.named(table), "ColumnWildcard": {"ExcludedColumnNames": ["street"]}}}
    )
    assert somebody.rows(f"SELECT * FROM {table} WHERE born < 1850") == [
        ["name", "country", "born"],
        ["Ada", "UK", "1815"],
    ]
    refused = "Column 'street' cannot be resolved or requester is not authorized to access requested resources"
    for sql in (
        f"SELECT street FROM {table}",
        f"SELECT p.street FROM {table} p",
        f"SELECT name FROM {table} WHERE street LIKE 'W%'",
        f"WITH p AS (SELECT * FROM {table}) SELECT street FROM p",
        f"SELECT name FROM {table} ORDER BY street",
    ):
        reason = somebody.fault(sql)
        assert reason.startswith("COLUMN_NOT_FOUND: "), sql
        assert refused in reason, sql


@pytest.mark.parametrize("table", ["persons", "iceberg"])
def test_rows_are_those_of_the_filter(lake: Guarded, table: str) -> None:
    somebody = lake.role()
    lake.grant(somebody, lake.filter(table, "country <> 'DE' and born > 1800", ColumnNames=["name", "born"]))
    assert somebody.rows(f"SELECT * FROM {table} ORDER BY born") == [
        ["name", "born"],
        ["Ada", "1815"],
        ["Grace", "1906"],
    ]
    assert somebody.rows(f"SELECT count(*) FROM {table}") == [["_col0"], ["2"]]
    assert somebody.rows(f"SELECT a.name FROM {table} a JOIN {table} b ON a.born < b.born") == [["name"], ["Ada"]]
    assert somebody.rows(f"SELECT name FROM {table} WHERE born = 1882") == [["name"]]


@pytest.mark.parametrize("table", ["persons", "iceberg"])
def test_filters_add_up_and_a_hidden_cell_is_null(lake: Guarded, table: str) -> None:
    somebody = lake.role()
    lake.grant(somebody, lake.filter(table, "country = 'US'"))
    lake.grant(somebody, lake.filter(table, "country = 'UK'", ColumnWildcard={"ExcludedColumnNames": ["street"]}))
    assert somebody.rows(f"SELECT name, street FROM {table} ORDER BY name") == [
        ["name", "street"],
        ["Ada", None],
        ["Grace", "West End Avenue"],
    ]
    assert somebody.rows(f"SELECT name FROM {table} WHERE street LIKE 'St%'") == [["name"]]
    assert somebody.rows(f"SELECT name FROM {table} WHERE street = 'St James''s Square'") == [["name"]]
    assert somebody.rows(f"SELECT count(street) FROM {table}")[1] == ["1"]


def test_a_cell_that_hides_itself_is_judged_by_what_it_holds(lake: Guarded) -> None:
    somebody = lake.role()
    lake.grant(somebody, {"TableWithColumns": {**lake.named("persons"), "ColumnNames": ["name"]}})
    lake.grant(somebody, lake.filter("persons", "street LIKE 'W%'", ColumnNames=["street"]))
    assert somebody.rows("SELECT name, street FROM persons ORDER BY name") == [
        ["name", "street"],
        ["Ada", None],
        ["Emmy", None],
        ["Grace", "West End Avenue"],
    ]


def test_a_grant_on_the_whole_table_undoes_the_filter(lake: Guarded) -> None:
    somebody = lake.role()
    lake.grant(somebody, lake.filter("persons", "country = 'US'", ColumnNames=["name"]))
    assert len(somebody.rows("SELECT * FROM persons")) == 2
    lake.grant(somebody, {"Table": lake.named("persons")})
    assert len(somebody.rows("SELECT street FROM persons")) == 4


def test_a_filter_that_changes_or_goes_changes_what_is_seen(lake: Guarded) -> None:
    somebody = lake.role()
    through = lake.filter("persons", "country = 'US'", ColumnNames=["name"])
    lake.grant(somebody, through)
    where = through["DataCellsFilter"]
    changed = {**where, "RowFilter": {"AllRowsWildcard": {}}, "ColumnNames": ["born"]}
    lake.formation.update_data_cells_filter(TableData=changed)
    held = lake.formation.get_data_cells_filter(**where)["DataCellsFilter"]
    assert {name: held[name] for name in changed} == changed
    assert somebody.rows("SELECT * FROM persons ORDER BY 1")[:2] == [["born"], ["1815"]]
    lake.formation.delete_data_cells_filter(**where)
    assert somebody.fault("SELECT * FROM persons") == NO_PRIVILEGE


def test_a_scan_leaves_out_the_files_that_a_filter_hides(lake: Guarded) -> None:
    """Each person of the Iceberg table has a file of their own."""
    somebody = lake.role()
    lake.grant(somebody, lake.filter("iceberg", "born > 1900"))
    lake.grant(everyone := lake.role(), {"Table": lake.named("iceberg")})

    def scanned(asking: Asking) -> int:
        return int(asking.run("SELECT name FROM iceberg")["Statistics"]["DataScannedInBytes"])

    assert 0 < scanned(somebody) < scanned(everyone)


def test_tags_open_tables_and_close_columns(lake: Guarded) -> None:
    somebody, key = lake.role(), unique()
    lake.formation.create_lf_tag(TagKey=key, TagValues=["open", "closed"])

    def tag(resource: dict[str, Any], value: str) -> None:
        answer = lake.formation.add_lf_tags_to_resource(
            Resource=resource, LFTags=[{"TagKey": key, "TagValues": [value]}]
        )
        assert not answer["Failures"]

    policy = {"ResourceType": "TABLE", "Expression": [{"TagKey": key, "TagValues": ["open"]}]}
    lake.grant(somebody, {"LFTagPolicy": policy}, "DESCRIBE", "SELECT")
    tag({"Database": {"Name": lake.database}}, "closed")
    assert somebody.fault("SELECT * FROM persons") == NO_PRIVILEGE
    tag({"Table": lake.named("persons")}, "open")
    tag({"TableWithColumns": {**lake.named("persons"), "ColumnNames": ["street", "born"]}}, "closed")
    assert somebody.rows("SELECT * FROM persons ORDER BY 1")[:2] == [["name", "country"], ["Ada", "UK"]]
    assert somebody.fault("SELECT * FROM iceberg") == NO_PRIVILEGE


def test_a_filter_that_lake_formation_would_not_have_is_refused(lake: Guarded) -> None:
    for rows, columns, message in (
        ("country = 'US'", {"ColumnNames": ["name"], "ColumnWildcard": {}}, "cannot have both column wildcard"),
        ("lower(country) = 'us'", {"ColumnNames": ["name"]}, "Row filter .* is not supported: LOWER"),
        ("country = 'US'", {"ColumnNames": ["planet"]}, "planet"),
    ):
        with pytest.raises(ClientError, match=message):
            lake.filter("persons", rows, **columns)
    with pytest.raises(ClientError, match="EntityNotFoundException"):
        lake.filter("nowhere", "country = 'US'")
    through = lake.filter("persons", None)
    with pytest.raises(ClientError, match="AlreadyExistsException"):
        lake.formation.create_data_cells_filter(
            TableData={**through["DataCellsFilter"], "RowFilter": {"AllRowsWildcard": {}}, "ColumnWildcard": {}}
        )
    with pytest.raises(ClientError, match="EntityNotFoundException"):
        lake.grant(lake.role(), {"DataCellsFilter": {**through["DataCellsFilter"], "Name": "nobody's"}})
    listed = lake.formation.list_data_cells_filter(Table=lake.named("persons"))["DataCellsFilters"]
    assert through["DataCellsFilter"]["Name"] in {each["Name"] for each in listed}
    assert not lake.formation.list_data_cells_filter(Table=lake.named("unguarded"))["DataCellsFilters"]


def test_a_condition_of_the_wrong_type_fails_the_query_and_shows_nothing(lake: Guarded) -> None:
    somebody = lake.role()
    lake.grant(somebody, lake.filter("persons", "born = '1815'"))
    assert somebody.fault("SELECT name FROM persons").startswith("INVALID_ROW_FILTER: a filter of ")


def test_a_new_table_is_open_to_whom_the_settings_say_and_to_its_maker(lake: Guarded) -> None:
    somebody, maker = lake.role(), lake.role()
    name = unique().replace("-", "_")
    settings = {"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": ["ALL"]}
    lake.formation.put_data_lake_settings(DataLakeSettings={"CreateTableDefaultPermissions": [settings]})
    storage = {"SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"}}
    lake.table(name, "lake/persons", **storage)
    lake.formation.put_data_lake_settings(DataLakeSettings={"CreateTableDefaultPermissions": []})
    assert len(somebody.rows(f"SELECT * FROM {name}")) == 4
    glue = maker.client("glue")
    described = lake.aws.client("glue").get_table(DatabaseName=lake.database, Name=name)["Table"]["StorageDescriptor"]
    glue.delete_table(DatabaseName=lake.database, Name=name)
    glue.create_table(DatabaseName=lake.database, TableInput={"Name": name, "StorageDescriptor": described})
    assert somebody.fault(f"SELECT * FROM {name}") == NO_PRIVILEGE
    assert len(maker.rows(f"SELECT * FROM {name}")) == 4


def test_an_administrator_is_not_shown_what_it_did_not_grant_itself(lake: Guarded) -> None:
    somebody = lake.role()
    admins = {"DataLakeAdmins": [{"DataLakePrincipalIdentifier": somebody.arn}], "CreateTableDefaultPermissions": []}
    lake.formation.put_data_lake_settings(DataLakeSettings=admins)
    assert somebody.fault("SELECT * FROM persons") == "COLUMN_NOT_FOUND: Relation contains no accessible columns"


def denied(call: Any, *arguments: Any, **options: Any) -> bool:
    try:
        call(*arguments, **options)
    except ClientError as problem:
        if problem.response["ResponseMetadata"]["HTTPStatusCode"] == 403:
            return True
        raise
    return False


def test_objects_are_refused_to_whom_no_policy_lets_have_them(lake: Guarded) -> None:
    files, key = f"arn:aws:s3:::{lake.bucket}", "lake/persons/1.jsonl"
    for somebody in (lake.role(), lake.user()):
        s3 = somebody.client("s3")
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.get_object(Bucket=lake.bucket, Key=key)
        assert denied(s3.head_object, Bucket=lake.bucket, Key=key)
        assert denied(s3.list_objects_v2, Bucket=lake.bucket)
        assert denied(s3.put_object, Bucket=lake.bucket, Key="mine", Body=b"")
        assert denied(s3.delete_object, Bucket=lake.bucket, Key=key)
        answer = s3.delete_objects(Bucket=lake.bucket, Delete={"Objects": [{"Key": key}]})
        assert [each["Code"] for each in answer["Errors"]] == ["AccessDenied"]
    for somebody in (
        lake.role(allow(f"{files}/lake/*", "s3:Get*")),
        lake.user(allow(f"{files}/lake/*", "s3:GetObject")),
    ):
        s3 = somebody.client("s3")
        assert json.loads(s3.get_object(Bucket=lake.bucket, Key=key)["Body"].readline()) == PERSONS[0]
        assert denied(s3.get_object, Bucket=lake.bucket, Key="elsewhere/1.jsonl")
    assert lake.aws.get(lake.bucket, key)


def test_a_listing_is_judged_by_its_prefix(lake: Guarded) -> None:
    prefix = {"StringLike": {"s3:prefix": ["lake/*"]}}
    s3 = lake.role(allow(f"arn:aws:s3:::{lake.bucket}", "s3:ListBucket", Condition=prefix)).client("s3")
    assert not denied(s3.list_objects_v2, Bucket=lake.bucket, Prefix="lake/persons/")
    assert denied(s3.list_objects_v2, Bucket=lake.bucket, Prefix="elsewhere/")
    assert denied(s3.list_objects_v2, Bucket=lake.bucket)


def test_no_way_round_leads_to_an_object(lake: Guarded) -> None:
    """Neither a copy, nor a URL signed beforehand, nor a part of a larger object."""
    key = "lake/persons/1.jsonl"
    s3 = lake.role(allow(f"arn:aws:s3:::{lake.bucket}/mine/*", "s3:GetObject", "s3:PutObject")).client("s3")
    source = {"Bucket": lake.bucket, "Key": key}
    assert denied(s3.copy_object, Bucket=lake.bucket, Key="mine/copy", CopySource=source)
    begun = s3.create_multipart_upload(Bucket=lake.bucket, Key="mine/parts")["UploadId"]
    assert denied(
        s3.upload_part_copy, Bucket=lake.bucket, Key="mine/parts", PartNumber=1, UploadId=begun, CopySource=source
    )
    url = s3.generate_presigned_url("get_object", Params=source)
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(url)
    s3.put_object(Bucket=lake.bucket, Key="mine/own", Body=b"own")
    own = s3.generate_presigned_url("get_object", Params={"Bucket": lake.bucket, "Key": "mine/own"})
    assert urllib.request.urlopen(own).read() == b"own"


def test_a_session_or_a_boundary_narrows_what_a_role_may(lake: Guarded) -> None:
    objects, key = f"arn:aws:s3:::{lake.bucket}/*", "lake/persons/1.jsonl"
    narrowed = lake.role(allow(objects, "s3:GetObject"), session_policy=allow(objects, "s3:PutObject"))
    assert denied(narrowed.client("s3").get_object, Bucket=lake.bucket, Key=key)
    bounded = lake.role(allow(objects, "s3:GetObject"))
    assert not denied(bounded.client("s3").get_object, Bucket=lake.bucket, Key=key)
    iam = lake.aws.client("iam")
    boundary = iam.create_policy(PolicyName=unique(), PolicyDocument=document(allow(objects, "s3:PutObject")))
    iam.put_role_permissions_boundary(
        RoleName=bounded.arn.rsplit("/", 1)[1], PermissionsBoundary=boundary["Policy"]["Arn"]
    )
    assert denied(bounded.client("s3").get_object, Bucket=lake.bucket, Key=key)


def test_a_bucket_may_admit_or_deny_by_name(lake: Guarded) -> None:
    bucket, put = lake.aws.bucket(), lake.aws.client("s3").put_bucket_policy
    lake.aws.put(bucket, "k", b"v")
    admitted, other = lake.role(), lake.role()
    reads = allow(f"arn:aws:s3:::{bucket}/*", "s3:GetObject")
    but_one = {**reads, "Effect": "Deny", "Condition": {"ArnNotLike": {"aws:PrincipalArn": admitted.arn}}}
    for statements in (
        [{**reads, "Principal": {"AWS": admitted.arn}}],
        [{**reads, "Principal": "*"}, {**but_one, "Principal": "*"}],
    ):
        put(Bucket=bucket, Policy=document(*statements))
        assert not denied(admitted.client("s3").get_object, Bucket=bucket, Key="k")
        assert denied(other.client("s3").get_object, Bucket=bucket, Key="k")
        assert lake.aws.get(bucket, "k") == b"v", "the deployer is not judged by name"


def test_a_statement_that_can_not_be_judged_may_allow_and_does_not_deny(lake: Guarded) -> None:
    objects, key = f"arn:aws:s3:::{lake.bucket}", "lake/persons/1.jsonl"
    variable = lake.user(allow(f"{objects}/${{aws:username}}/*", "s3:PutObject")).client("s3")
    assert not denied(variable.put_object, Bucket=lake.bucket, Key="somebody/k", Body=b"")
    denial = {**allow(f"{objects}/{key}", "s3:GetObject"), "Effect": "Deny"}
    endpoint = {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}
    everything = allow("*", "s3:*")
    maybe = lake.role(everything, {**denial, "Condition": endpoint}).client("s3")
    assert not denied(maybe.get_object, Bucket=lake.bucket, Key=key)
    assert denied(lake.role(everything, denial).client("s3").get_object, Bucket=lake.bucket, Key=key)
