from pathlib import Path

import pytest

from components.star import Star, StarArgs, digest
from components.warehouse import Warehouse, WarehouseArgs
from embedded.cloud import warehouse_asked, warehouse_sql
from tests.components import parts
from tests.components.mock_engine import Recording, Registration, deploy

TABLES = sorted(path.stem for path in Path("workloads/sql/redshift/star/tables").glob("*.sql"))


@pytest.fixture(scope="module")
def made() -> Recording:
    def program() -> None:
        platform = parts.platform()
        warehouse = Warehouse("warehouse", WarehouseArgs(platform=platform, size=parts.REDSHIFT, key_arn=parts.KEY))
        Star("star", StarArgs(platform=platform, warehouse=warehouse, lake=[parts.bucket("intermediate")]))

    return deploy(program)


def statement(made: Recording, what: str) -> Registration:
    return made.one("redshiftdata/statement:Statement", f"star-{what}")


def test_every_table_is_made_in_the_schema_once_the_lake_is_there_and_loaded_by_a_procedure(made: Recording) -> None:
    assert "intermediate" in statement(made, "star").depends_on, "the schema waits for the lake"
    for table in TABLES:
        assert "star-star" in statement(made, f"drop-{table}").depends_on
        assert f"star-drop-{table}" in statement(made, table).depends_on
        assert f"star-{table}" in statement(made, "load").depends_on
    fill = statement(made, "fill")
    assert "star-load" in fill.depends_on
    assert fill.inputs["sql"].endswith("\nCALL star.load();")


def test_a_table_that_changes_is_dropped_and_made_anew(made: Recording) -> None:
    for table in TABLES:
        stamp, drop = statement(made, f"drop-{table}").inputs["sql"].split("\n")
        assert stamp == f"-- for the table {digest(statement(made, table).inputs['sql'])}"
        assert drop == f"DROP TABLE IF EXISTS star.{table} CASCADE;"


def test_the_warehouse_of_the_rehearsal_understands_every_statement(made: Recording) -> None:
    kinds = {type(warehouse_sql.read(each.inputs["sql"], {})).__name__ for each in made.of("Statement")}
    assert kinds == {"Call", "CreateProcedure", "CreateSchema", "CreateTable", "DropTable"}


def test_the_job_calls_the_procedure_as_the_user_of_the_managed_secret(made: Recording) -> None:
    job = made.one("glue/job:Job")
    (call,) = [warehouse_sql.read(sql, {}) for sql in job.inputs["defaultArguments"]["--statements"].split(";") if sql]
    assert call == warehouse_asked.Call(warehouse_asked.Named("star", "load"))
    assert job.inputs["defaultArguments"]["--secret"].startswith("arn:aws:secretsmanager:")
    assert job.inputs["command"]["name"] == "pythonshell"
