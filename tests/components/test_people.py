from typing import Any

import pytest

from components.duties import analyses, engineers, stewards
from components.iam import Statement
from components.people import People, PeopleArgs, open_columns, taken_by
from components.shelf import Shelf, ShelfArgs
from components.tables import iceberg_table
from settings import Access
from tests.components import parts
from tests.components.mock_engine import ACCOUNT, NAMES, Recording, deploy

CONNECTOR = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:medallion-dev-connector"
PRODUCTS = parts.all_contracts().products
ENRICHED = next(each for each in PRODUCTS if each.name == "flights_enriched")
KEYS: Any = dict.fromkeys(("initial", "integrated", "refined"), parts.KEY)
ROLE = f"arn:aws:iam::{ACCOUNT}:role/sso/Analysts"
USER = f"arn:aws:iam::{ACCOUNT}:user/ada"


def people(access: Access | None = None, connector: str | None = CONNECTOR, **changes: Any) -> Recording:
    def program() -> None:
        on = parts.platform(**changes)
        shelf = Shelf(
            "integrated",
            ShelfArgs(
                platform=on,
                layer="integrated",
                contracts=[each for each in PRODUCTS if each.layer == "integrated"],
                table=iceberg_table,
                key_arn=parts.KEY,
            ),
        )
        People("people", PeopleArgs(platform=on, access=access or Access(), shelves=[shelf], connector=connector))

    return deploy(program)


@pytest.fixture(scope="module")
def made() -> Recording:
    return people()


def test_a_column_that_the_jobs_have_yet_to_add_is_not_in_the_filter() -> None:
    columns = {
        name: people(to_come=coming).one("DataCellsFilter").inputs["tableData"]["columnNames"]
        for name, coming in (("now", {}), ("then", {"flights_enriched": frozenset(("dep_at",))}))
    }
    assert "dep_at" in columns["now"]
    assert columns["then"] == [each for each in columns["now"] if each != "dep_at"]


def by_tags(made: Recording, role: str) -> dict[str, tuple[list[str], list[str], dict[str, list[str]]]]:
    """Name → permissions, those that may be handed on, and the expression, of what a role is granted by tags."""
    return {
        each.name: (
            each.inputs["permissions"],
            each.inputs.get("permissionsWithGrantOptions", []),
            {e["key"].removeprefix("medallion-dev-"): e["values"] for e in each.inputs["lfTagPolicy"]["expressions"]},
        )
        for each in made.of("Permissions")
        if each.inputs["principal"] == NAMES.role_arn(role) and "lfTagPolicy" in each.inputs
    }


def allowed(statements: list[Statement]) -> set[str]:
    return {action for each in statements for action in each["Action"]}


def everywhere(statements: list[Statement]) -> set[str]:
    """What may be done without naming a resource."""
    return {action for each in statements if each["Resource"] == ["*"] for action in each["Action"]}


def test_analysts_read_whole_tables_only_where_every_column_is_open(made: Recording) -> None:
    layers = ["integrated", "refined"]
    assert by_tags(made, "analyst") == {
        "people-analyst-databases": (["DESCRIBE"], [], {"layer": layers}),
        "people-analyst-tables": (
            ["DESCRIBE", "SELECT"],
            [],
            {"layer": layers, "sensitivity": ["public", "internal"]},
        ),
    }


def test_no_grant_by_tags_reaches_the_table_that_is_filtered(made: Recording) -> None:
    tagged = made.one("ResourceLfTags", "integrated-flights_enriched").inputs
    assert {"key": "medallion-dev-sensitivity", "value": "confidential"} in tagged["lfTags"]
    (column,) = [each for each in made.of("ResourceLfTags") if "tableWithColumns" in each.inputs]
    assert column.inputs["tableWithColumns"]["columnNames"] == ["tailnum"]
    assert column.inputs["lfTags"] == [{"key": "medallion-dev-sensitivity", "value": "confidential"}]
    assert "confidential" not in by_tags(made, "analyst")["people-analyst-tables"][2]["sensitivity"]
    named = [each for each in made.of("Permissions") if "table" in each.inputs or "tableWithColumns" in each.inputs]
    assert not named


def test_analysts_see_the_filtered_table_through_its_filter(made: Recording) -> None:
    cells = made.one("DataCellsFilter").inputs["tableData"]
    assert cells["tableName"] == "flights_enriched"
    assert "tailnum" not in cells["columnNames"]
    assert len(cells["columnNames"]) == len(ENRICHED.fields) - 1
    assert cells["rowFilter"] == {"allRowsWildcard": {}}
    (grant,) = [each for each in made.of("Permissions") if "dataCellsFilter" in each.inputs]
    assert grant.inputs["principal"] == NAMES.role_arn("analyst")
    assert grant.inputs["permissions"] == ["SELECT"]
    assert grant.inputs["dataCellsFilter"]["name"] == cells["name"]
    assert "people-analyst-flights_enriched" in grant.depends_on, "a grant on a filter that isn't there is refused"


def test_open_columns_are_all_but_those_that_are_guarded() -> None:
    assert set(open_columns(ENRICHED)) == {field.name for field in ENRICHED.fields} - {"tailnum"}


def test_engineers_read_every_layer_and_change_nothing_by_hand(made: Recording) -> None:
    layers = ["initial", "intermediate", "integrated", "refined"]
    granted = by_tags(made, "engineer")
    assert granted["people-engineer-tables"] == (["DESCRIBE", "SELECT"], [], {"layer": layers})
    assert {permission for permissions, _, _ in granted.values() for permission in permissions} == {
        "DESCRIBE",
        "SELECT",
    }


def test_stewards_hand_on_what_they_may_but_nothing_restricted(made: Recording) -> None:
    granted = by_tags(made, "steward")
    assert granted["people-steward-tables"][:2] == (["DESCRIBE"], ["DESCRIBE"])
    permissions, handed_on, expression = granted["people-steward-rows"]
    assert (permissions, handed_on) == (["SELECT"], ["SELECT"])
    assert expression["sensitivity"] == ["public", "internal", "confidential"]


def test_stewards_grant_by_our_tags_and_put_none_on_tables(made: Recording) -> None:
    on_tags = {
        each.inputs["lfTag"]["key"]: each.inputs["permissions"]
        for each in made.of("Permissions")
        if "lfTag" in each.inputs
    }
    assert set(on_tags) == {f"medallion-dev-{tag}" for tag in ("layer", "sensitivity", "domain")}
    assert all(each == ["DESCRIBE", "GRANT_WITH_LF_TAG_EXPRESSION"] for each in on_tags.values())
    assert not {"lakeformation:AddLFTagsToResource", "lakeformation:UpdateLFTag"} & allowed(stewards(NAMES, KEYS, None))


@pytest.mark.parametrize("may", [analyses, engineers, stewards])
def test_nobody_may_do_everything_anywhere(may: Any) -> None:
    statements = may(NAMES, KEYS, CONNECTOR)
    assert not [action for action in allowed(statements) if "*" in action and not action.startswith("kms:")]
    assert len({each["Sid"] for each in statements}) == len(statements)
    assert all(
        action.startswith(("athena:List", "lakeformation:", "glue:List", "logs:GetQuery", "logs:StopQuery"))
        for action in everywhere(statements)
    )


def test_analysts_start_nothing_but_queries_in_their_workgroup() -> None:
    statements = {each["Sid"]: each for each in analyses(NAMES, KEYS, None)}
    assert statements["Workgroup"]["Resource"] == [f"arn:aws:athena:eu-west-1:{ACCOUNT}:workgroup/medallion-dev"]
    assert not {"glue:StartJobRun", "lakeformation:GrantPermissions", "lambda:InvokeFunction"} & allowed(
        analyses(NAMES, KEYS, None)
    )
    databases = [arn for arn in statements["CatalogRead"]["Resource"] if ":database/" in arn]
    assert [arn.rpartition("/")[2] for arn in databases] == ["medallion_dev_integrated", "medallion_dev_refined"]


def test_results_are_read_by_those_alone_who_asked(made: Recording) -> None:
    prefixes = {}
    for role in ("analyst", "engineer", "steward"):
        statements = {each["Sid"]: each for each in made.document("RolePolicy", f"people-{role}")}
        prefixes[role] = statements["Results"]["Resource"]
    bucket = NAMES.bucket_arn("results")
    assert prefixes == {
        "analyst": [f"{bucket}/athena/*"],
        "engineer": [f"{bucket}/athena-engineers/*"],
        "steward": [f"{bucket}/athena-stewards/*"],
    }


def test_the_warehouse_is_reached_through_the_connector_where_there_is_one() -> None:
    with_it = {each["Sid"]: each for each in analyses(NAMES, KEYS, CONNECTOR)}
    assert with_it["Connector"]["Resource"] == [CONNECTOR]
    assert any(arn.endswith("datacatalog/medallion-dev-warehouse") for arn in with_it["Catalogs"]["Resource"])
    without = {each["Sid"]: each for each in analyses(NAMES, KEYS, None)}
    assert not {"Connector", "Spilled"} & set(without)
    assert [arn.rpartition("/")[2] for arn in without["Catalogs"]["Resource"]] == ["AwsDataCatalog"]


@pytest.mark.parametrize("may", [engineers, stewards])
def test_who_judges_quality_hands_the_run_its_role_and_no_other(may: Any) -> None:
    statements = {each["Sid"]: each for each in may(NAMES, KEYS, None)}
    assert statements["QualityRole"]["Resource"] == [NAMES.role_arn("data-quality")]
    assert statements["QualityRole"]["Condition"] == {"StringEquals": {"iam:PassedToService": "glue.amazonaws.com"}}
    assert "glue:StartDataQualityRulesetEvaluationRun" in statements["Quality"]["Action"]


def test_engineers_run_what_is_ours_only() -> None:
    statements = {each["Sid"]: each for each in engineers(NAMES, KEYS, None)}
    for sid, kind in (("Jobs", "job"), ("Workflows", "workflow"), ("Crawlers", "crawler")):
        assert statements[sid]["Resource"] == [f"arn:aws:glue:eu-west-1:{ACCOUNT}:{kind}/medallion-dev-*"]


def test_engineers_start_the_workflow_by_the_event_that_its_trigger_takes() -> None:
    statements = {each["Sid"]: each for each in engineers(NAMES, KEYS, None)}
    start = statements["StartWorkflow"]
    assert start["Action"] == ["events:PutEvents"]
    assert start["Condition"] == {
        "StringEquals": {"events:source": "medallion.dev", "events:detail-type": "Scheduled run"}
    }
    assert "glue:StartWorkflowRun" not in statements["Workflows"]["Action"], "it starts none that waits for events"


def test_the_roles_are_for_those_listed_and_nobody_else(made: Recording) -> None:
    listed = people(Access(analysts=(ROLE, USER)))
    trust = listed.document("iam/role:Role", "people-analyst", of="assumeRolePolicy")
    assert [each["Principal"]["AWS"] for each in trust] == [[USER], [ROLE]]
    engineer = listed.document("iam/role:Role", "people-engineer", of="assumeRolePolicy")
    assert {arn for each in engineer for arn in each["Principal"]["AWS"]} == {f"arn:aws:iam::{ACCOUNT}:root"}


def test_users_prove_a_second_factor_whether_listed_or_not() -> None:
    for listed in ([USER], []):
        (users,) = [each for each in taken_by(listed, NAMES) if each["Sid"] == "UsersWithSecondFactor"]
        assert users["Condition"]["Bool"] == {"aws:MultiFactorAuthPresent": "true"}


def test_sessions_of_roles_are_told_from_users_where_nobody_is_listed() -> None:
    users, sessions = taken_by([], NAMES)
    assert users["Condition"]["StringEquals"] == {"aws:PrincipalType": "User"}
    assert sessions["Condition"] == {"StringEquals": {"aws:PrincipalType": "AssumedRole"}}
    assert len(taken_by([ROLE], NAMES)) == 1
