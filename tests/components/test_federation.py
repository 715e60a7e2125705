import hashlib
import json

import pytest

from components.federation import Federation, FederationArgs, connects, credentials, sets_password
from components.warehouse import Warehouse, WarehouseArgs
from embedded.cloud import warehouse_sql
from embedded.cloud.warehouse_catalog import Database
from tests.components import parts
from tests.components.mock_engine import ACCOUNT, NAMES, Recording, deploy


@pytest.fixture(scope="module")
def made() -> Recording:
    def program() -> None:
        on = parts.platform()
        warehouse = Warehouse("warehouse", WarehouseArgs(platform=on, size=parts.REDSHIFT, key_arn=parts.KEY))
        args = FederationArgs(
            platform=on, warehouse=warehouse, spill_bucket=parts.bucket("results"), workgroup=NAMES.workgroup
        )
        Federation("federation", args)

    return deploy(program)


def test_the_connector_is_aws_s_own_in_a_version_that_is_named(made: Recording) -> None:
    stack = made.one("cloudFormationStack:CloudFormationStack").inputs
    assert stack["applicationId"].endswith("applications/AthenaRedshiftConnector")
    assert stack["semanticVersion"]
    assert set(stack["capabilities"]) == {"CAPABILITY_IAM", "CAPABILITY_RESOURCE_POLICY"}


def test_the_connector_runs_in_the_private_subnets_by_our_role(made: Recording) -> None:
    parameters = made.one("cloudFormationStack:CloudFormationStack").inputs["parameters"]
    assert parameters["LambdaRole"] == NAMES.role_arn("connector")
    assert len(parameters["SubnetIds"].split(",")) == 2
    assert parameters["SecurityGroupIds"].startswith("sg-")
    assert (parameters["SpillBucket"], parameters["SpillPrefix"]) == (NAMES.bucket("results"), "spill")
    assert parameters["DisableSpillEncryption"] == "false"


def test_its_log_group_is_there_before_lambda_would_make_one(made: Recording) -> None:
    stack = made.one("cloudFormationStack:CloudFormationStack")
    logs = made.one("LogGroup", "federation")
    assert logs.inputs["name"] == f"/aws/lambda/{stack.inputs['parameters']['LambdaFunctionName']}"
    assert "federation" in stack.depends_on


def test_it_signs_in_as_a_user_of_its_own_whose_password_is_in_a_secret(made: Recording) -> None:
    connection = made.one("cloudFormationStack:CloudFormationStack").inputs["parameters"]["DefaultConnectionString"]
    assert connection.startswith("redshift://jdbc:redshift://")
    assert "medallion-dev-connector-" in connection.partition("${")[2]
    assert "password" not in connection
    secret = made.one("secretsmanager/secret:Secret", "medallion-dev-connector").inputs
    assert "name" not in secret, "a secret to be deleted keeps its name, so that it must have a suffix"
    assert secret["kmsKeyId"]
    version = made.one("SecretVersion", "federation")
    assert version.ignore_changes == ("secretString",), "else each run would give another password"


def test_the_warehouse_learns_a_digest_of_the_password_and_never_the_password() -> None:
    told = sets_password(credentials("00ff"))
    _, _, rest = told.partition("PASSWORD 'sha256|")
    digest, salt = rest.rstrip("';").split("|")
    assert digest == hashlib.sha256(b"Aa00ff" + bytes.fromhex(salt)).hexdigest()
    assert "Aa00ff" not in told


def test_the_secret_has_what_the_connector_looks_for_in_it() -> None:
    assert set(json.loads(credentials("x"))) == {"username", "password"}


def test_the_user_may_nothing_until_somebody_grants_it(made: Recording) -> None:
    statements = {each.name: each for each in made.of("redshiftdata/statement:Statement")}
    assert statements["federation-user"].inputs["sql"] == "CREATE USER athena_connector PASSWORD DISABLE;"
    assert not [each for each in statements.values() if "GRANT" in each.inputs["sql"]]
    assert "federation-user" in statements["federation-password"].depends_on


def test_a_user_that_is_left_from_before_the_connector_was_switched_off_is_dropped_first(made: Recording) -> None:
    leaver = made.one("redshiftdata/statement:Statement", "federation-leaver")
    assert leaver.inputs["sql"] == "DROP USER IF EXISTS athena_connector;"
    assert "federation-leaver" in made.one("redshiftdata/statement:Statement", "federation-user").depends_on


def test_what_a_refresh_has_forgotten_can_be_stated_again(made: Recording) -> None:
    database = Database()
    with database.tables.transaction() as connection:
        for each in made.of("redshiftdata/statement:Statement") * 2:
            sql = each.inputs["sql"]
            database.change(warehouse_sql.read(sql if isinstance(sql, str) else sql["value"], {}), connection)
    assert database.users == {"athena_connector"}


def test_athena_finds_the_warehouse_once_the_function_is_there(made: Recording) -> None:
    catalog = made.one("DataCatalog")
    assert catalog.inputs["name"] == "medallion-dev-warehouse"
    assert catalog.inputs["type"] == "LAMBDA"
    function = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:medallion-dev-connector"
    assert catalog.inputs["parameters"] == {"function": function}
    assert "federation" in catalog.depends_on


def test_a_query_shows_lake_and_warehouse_joined(made: Recording) -> None:
    sql = made.one("NamedQuery").inputs["query"]
    assert '"medallion-dev-warehouse"."marts"' in sql
    assert "medallion_dev_refined" in sql


def test_the_connector_writes_nothing_but_what_it_spills() -> None:
    statements = connects(NAMES, "secret", "k1", "k2")
    written = [arn for each in statements if "s3:PutObject" in each["Action"] for arn in each["Resource"]]
    assert len(written) == 1
    assert not [each for each in statements if each["Resource"] == ["*"]]


def test_a_connector_that_keeps_failing_raises_an_alarm(made: Recording) -> None:
    alarm = made.one("MetricAlarm", "federation-errors").inputs
    assert alarm["dimensions"] == {"FunctionName": "medallion-dev-connector"}
    assert alarm["alarmActions"] == list(parts.ALERTS.topics)
