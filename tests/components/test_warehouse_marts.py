import json
from pathlib import Path
from typing import Any

import pytest

from components.star import Star, StarArgs
from components.warehouse import Warehouse, WarehouseArgs
from components.warehouse_marts import WarehouseMarts, WarehouseMartsArgs
from embedded.cloud import warehouse_asked, warehouse_catalog, warehouse_sql
from tests.components import parts
from tests.components.mock_engine import NAMES, Recording, Registration, deploy

VIEWS = sorted(path.stem for path in Path("workloads/sql/redshift/marts/views").glob("*.sql"))


@pytest.fixture(scope="module")
def made() -> Recording:
    def program() -> None:
        platform = parts.platform()
        warehouse = Warehouse("warehouse", WarehouseArgs(platform=platform, size=parts.REDSHIFT, key_arn=parts.KEY))
        star = Star("star", StarArgs(platform=platform, warehouse=warehouse, lake=[parts.bucket("integrated")]))
        WarehouseMarts("marts", WarehouseMartsArgs(platform=platform, warehouse=warehouse, star=star))

    return deploy(program)


def statement(made: Recording, what: str) -> Registration:
    return made.one("redshiftdata/statement:Statement", f"marts-{what}")


def of_marts(made: Recording) -> list[Registration]:
    return [each for each in made.of("redshiftdata/statement:Statement") if each.name.startswith("marts-")]


def test_every_view_is_made_in_the_schema_once_the_star_is_there_and_may_be_read(made: Recording) -> None:
    assert "star-load" in statement(made, "marts").depends_on, "the schema waits for the star"
    for view in VIEWS:
        assert "marts-marts" in statement(made, f"drop-{view}").depends_on
        assert f"marts-drop-{view}" in statement(made, view).depends_on
        grant = statement(made, f"grant-{view}")
        assert f"marts-{view}" in grant.depends_on
        assert grant.inputs["sql"].endswith(f"\nGRANT SELECT ON marts.{view} TO ROLE analysts;")


def test_a_view_whose_query_changes_is_dropped_made_and_granted_anew(made: Recording) -> None:
    stamps = {view: statement(made, f"drop-{view}").inputs["sql"].partition("\n")[0] for view in VIEWS}
    assert len(set(stamps.values())) == len(VIEWS), "each stamp is of one query"
    for view, stamp in stamps.items():
        assert statement(made, f"grant-{view}").inputs["sql"].startswith(stamp)


def test_the_warehouse_of_the_rehearsal_understands_every_statement(made: Recording) -> None:
    kinds = {type(warehouse_sql.read(each.inputs["sql"], {})).__name__ for each in of_marts(made)}
    assert kinds == {"Call", "CreateProcedure", "CreateSchema", "CreateView", "DropView", "Grant"}


def test_what_a_refresh_has_forgotten_can_be_stated_again(made: Recording) -> None:
    database = warehouse_catalog.Database()
    with database.tables.transaction() as connection:
        for each in of_marts(made) * 2:
            asked = warehouse_sql.read(each.inputs["sql"], {})
            for one in database.called(asked).body if isinstance(asked, warehouse_asked.Call) else (asked,):
                database.change(one, connection)
    assert database.roles == {"analysts"}
    assert {name.name for name in database.views} == set(VIEWS)


def test_the_job_refreshes_every_view_as_the_user_of_the_managed_secret(made: Recording) -> None:
    arguments: dict[str, Any] = made.one("glue/job:Job", "marts-refresh").inputs["defaultArguments"]
    asked = [warehouse_sql.read(sql, {}) for sql in arguments["--statements"].split(";") if sql.strip()]
    assert asked == [warehouse_asked.RefreshView(warehouse_asked.Named("marts", view)) for view in VIEWS]
    assert arguments["--cluster"] == "medallion-dev-warehouse"
    assert arguments["--secret"].startswith("arn:aws:secretsmanager:")
    assert made.one("glue/job:Job", "marts-refresh").inputs["command"]["name"] == "pythonshell"


def test_the_job_may_follow_its_own_statements_only_and_read_one_secret(made: Recording) -> None:
    statements = {each["Sid"]: each for each in made.document("RolePolicy", "marts-refresh")}
    assert statements["RunStatements"]["Resource"] == [
        "arn:aws:redshift:eu-west-1:123456789012:cluster:medallion-dev-warehouse"
    ]
    own = {"StringEquals": {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}}
    assert statements["FollowOwnStatements"]["Condition"] == own
    (secret,) = statements["Password"]["Resource"]
    assert secret.startswith("arn:aws:secretsmanager:")
    assert "*" not in secret
    assert "secretsmanager." in json.dumps(statements["PasswordKey"]["Condition"])
    assert NAMES.bucket_arn("integrated") not in json.dumps(list(statements.values()))
