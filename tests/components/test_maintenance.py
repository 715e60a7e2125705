from components.maintenance import TENDED, Maintenance, MaintenanceArgs, tends
from components.shelf import Shelf, ShelfArgs
from components.tables import iceberg_table
from settings import Orchestration
from tests.components import parts
from tests.components.mock_engine import NAMES, deploy


def test_the_tables_are_tended_on_a_schedule_with_the_retention_of_the_stack() -> None:
    def program() -> None:
        on = parts.platform()
        shelves = [
            Shelf(layer, ShelfArgs(platform=on, layer=layer, contracts=[], table=iceberg_table, key_arn=parts.KEY))
            for layer in TENDED
        ]
        when = Orchestration(schedule="rate(1 day)", maintenance="cron(0 3 ? * SAT *)")
        Maintenance("maintenance", MaintenanceArgs(platform=on, orchestration=when, shelves=shelves))

    made = deploy(program)
    trigger = made.one("glue/trigger:Trigger").inputs
    assert (trigger["type"], trigger["schedule"]) == ("SCHEDULED", "cron(0 3 ? * SAT *)")
    assert trigger["actions"] == [{"jobName": "medallion-dev-lake-maintenance"}]
    job = made.one("glue/job:Job").inputs
    assert job["defaultArguments"]["--snapshot_days"] == str(parts.platform().retention.snapshot_days)
    locations = [each for each in made.of("Permissions") if "DATA_LOCATION_ACCESS" in each.inputs["permissions"]]
    mine = [each for each in locations if each.inputs["principal"] == NAMES.role_arn("lake-maintenance")]
    assert len(mine) == len(TENDED)


def test_raw_objects_and_what_landed_are_not_the_job_s_to_touch() -> None:
    touched = {resource for each in tends(NAMES, dict.fromkeys(TENDED, parts.KEY)) for resource in each["Resource"]}
    assert not [each for each in touched if isinstance(each, str) and ("initial" in each or "landing" in each)]
