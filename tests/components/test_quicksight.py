"""QuickSight: its groups, roles, data sources and data sets."""

import json
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from components.names import Names
from components.quicksight_access import OWN_DATA_SET, VIEW_DATA_SET, actions
from components.quicksight_tables import TYPES, columns, live_tables, product_table, title
from components.refined import Refined, RefinedArgs
from components.warehouse import Warehouse, WarehouseArgs
from components.workgroup import Workgroups, WorkgroupsArgs
from contracts import Contract, Contracts, Field
from settings import Account, QuickSight
from tests.components import parts
from tests.components.mock_engine import ACCOUNT, NAMES, Recording, deploy

AGREED = parts.all_contracts()
GROUP = f"arn:aws:quicksight:eu-west-1:{ACCOUNT}:group/default/medallion-dev-"
VIEWS = Path("workloads/sql/redshift/marts/views")


def product(layer: Any, **classifications: Any) -> Contract:
    return Contract(
        name="trains",
        version="1.0.0",
        domain="trains",
        description="Trains",
        key=("id",),
        layer=layer,
        fields=(
            Field(name="id", type="integer", required=True),
            *(Field(name=name, type="string", classification=kind) for name, kind in classifications.items()),
        ),
    )


def shown(
    chosen: QuickSight | None = None, account: Account | None = None, agreed: Contracts = AGREED, zones: int = 2
) -> Recording:
    def program() -> None:
        platform = parts.platform(zones=zones, agreed=agreed)
        warehouse = Warehouse("warehouse", WarehouseArgs(platform=platform, size=parts.REDSHIFT, key_arn=parts.KEY))
        args = RefinedArgs(
            platform=platform,
            warehouse=warehouse,
            star=parts.star(platform, warehouse),
            account=account or Account(),
            quicksight=chosen or QuickSight(),
            workgroup="medallion-dev-dashboards",
            tables={},
        )
        Refined("refined", args)

    return deploy(program)


@pytest.fixture(scope="module")
def made() -> Recording:
    return shown()


def statements(made: Recording, name: str, of: str = "policy") -> dict[str, dict[str, Any]]:
    kind = "iam/role:Role" if of == "assumeRolePolicy" else "RolePolicy"
    return {each.get("Sid", ""): each for each in made.document(kind, f"refined-quicksight-{name}", of)}


def data_sets(made: Recording) -> dict[str, dict[str, Any]]:
    return {each.inputs["dataSetId"].removeprefix("medallion-dev-"): each.inputs for each in made.of("DataSet")}


def template(made: Recording) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        made.one("cloudformation/stack:Stack", "refined-quicksight-warehouse").inputs["templateBody"]
    )
    return found


def test_nothing_of_it_is_there_when_it_is_switched_off() -> None:
    made = shown(QuickSight(enabled=False))
    assert not [each.type for each in made.registrations if "quicksight" in each.type]
    assert not made.of("cloudformation/stack:Stack")
    assert not [each for each in made.of("iam/role:Role") if "dashboards" in each.inputs["name"]]


def test_each_persona_has_a_group_where_the_subscription_keeps_them(made: Recording) -> None:
    assert {each.inputs["groupName"] for each in made.of("quicksight/group:Group")} == {
        "medallion-dev-analysts",
        "medallion-dev-stewards",
    }
    assert not [each for each in made.of("quicksight/group:Group") if "region" in each.inputs]
    abroad = shown(QuickSight(identity_region="us-east-1"))
    assert {each.inputs["region"] for each in abroad.of("quicksight/group:Group")} == {"us-east-1"}


@pytest.mark.parametrize("name", ["lake", "warehouse", "warehouse-connection"])
def test_its_roles_are_taken_by_quicksight_and_not_for_another_account(made: Recording, name: str) -> None:
    (trust,) = statements(made, name, "assumeRolePolicy").values()
    assert trust["Principal"] == {"Service": "quicksight.amazonaws.com"}
    assert trust["Condition"] == {"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}}


@pytest.mark.parametrize("zones", [2, 3])
def test_the_connection_is_in_each_private_subnet_behind_its_own_group(zones: int) -> None:
    made = shown(zones=zones)
    connection = made.one("VpcConnection").inputs
    subnets = [f"subnet-privateeuwest1{zone}" for zone in "abc"[:zones]]
    group = made.one("ec2/securityGroup:SecurityGroup", "network-dashboards")
    assert connection["subnetIds"] == subnets
    assert len(connection["securityGroupIds"]) == 1
    assert group.inputs["name"] == "medallion-dev-dashboards"
    may = statements(made, "warehouse-connection")
    assert may["MakeInterfaces"]["Resource"] == [
        f"arn:aws:ec2:eu-west-1:{ACCOUNT}:network-interface/*",
        *(f"arn:aws:ec2:eu-west-1:{ACCOUNT}:subnet/{subnet}" for subnet in subnets),
        f"arn:aws:ec2:eu-west-1:{ACCOUNT}:security-group/{connection['securityGroupIds'][0]}",
    ]


def test_only_what_has_no_resource_is_allowed_on_all(made: Recording) -> None:
    everywhere = {
        sid: each["Action"]
        for name in ("lake", "warehouse", "warehouse-connection")
        for sid, each in statements(made, name).items()
        if each["Resource"] == ["*"]
    }
    assert everywhere == {
        "FindAthena": [f"athena:List{each}" for each in ("DataCatalogs", "EngineVersions", "WorkGroups")],
        "LakeCredentials": ["lakeformation:GetDataAccess"],
        "FindNetwork": ["ec2:DescribeSubnets", "ec2:DescribeSecurityGroups"],
    }


def test_the_lake_is_queried_in_a_workgroup_of_its_own_by_what_lake_formation_grants(made: Recording) -> None:
    source = made.one("DataSource", "refined-quicksight-lake").inputs
    assert source["type"] == "ATHENA"
    assert source["parameters"]["athena"] == {
        "workGroup": "medallion-dev-dashboards",
        "roleArn": NAMES.role_arn("dashboards-lake"),
    }
    may = statements(made, "lake")
    assert may["DefaultDatabase"]["Resource"][-1].endswith(":database/default"), "Athena asks for it in every query"
    assert may["Query"]["Resource"] == [f"arn:aws:athena:eu-west-1:{ACCOUNT}:workgroup/medallion-dev-dashboards"]
    buckets = {arn for each in may.values() for arn in each["Resource"] if arn.startswith("arn:aws:s3:::")}
    results = NAMES.bucket_arn("results")
    assert buckets == {results, f"{results}/athena-dashboards/*"}
    granted = {
        each.inputs["lfTagPolicy"]["expressions"][0]["values"][0]
        for each in made.of("lakeformation/permissions:Permissions")
        if each.inputs["principal"] == NAMES.role_arn("dashboards-lake")
    }
    assert granted == {"integrated", "refined"}


def test_analysts_can_not_make_data_sets_that_go_round_the_rules_of_ours(made: Recording) -> None:
    lake = made.one("DataSource", "refined-quicksight-lake").inputs
    assert [each["principal"] for each in lake["permissions"]] == [f"{GROUP}stewards"]
    warehouse = template(made)["Resources"]["Source"]["Properties"]
    assert [each["Principal"] for each in warehouse["Permissions"]] == [{"Ref": "Stewards"}]
    given = made.one("cloudformation/stack:Stack", "refined-quicksight-warehouse").inputs["parameters"]
    assert given["Stewards"] == f"{GROUP}stewards"


def test_the_warehouse_is_read_without_a_password_as_a_user_who_may_read_marts(made: Recording) -> None:
    source = template(made)["Resources"]["Source"]["Properties"]
    signed = source["DataSourceParameters"]["RedshiftParameters"]["IAMParameters"]
    assert signed == {"RoleArn": {"Ref": "Role"}, "DatabaseUser": "quicksight"}
    assert "Credentials" not in source
    assert source["SslProperties"] == {"DisableSsl": False}
    assert statements(made, "warehouse")["SignIn"]["Resource"] == [
        f"arn:aws:redshift:eu-west-1:{ACCOUNT}:dbuser:medallion-dev-warehouse/quicksight",
        f"arn:aws:redshift:eu-west-1:{ACCOUNT}:dbname:medallion-dev-warehouse/medallion",
    ]
    said = {each.inputs["statementName"]: each.inputs["sql"] for each in made.of("redshiftdata/statement:Statement")}
    assert said["dashboards-leaver"] == "DROP USER IF EXISTS quicksight;"
    assert said["dashboards-user"] == "CREATE USER quicksight PASSWORD DISABLE;"
    assert said["dashboards-reader"] == "GRANT ROLE analysts TO quicksight;"


def test_the_warehouse_is_tried_once_the_user_may_read_and_the_ways_are_open(made: Recording) -> None:
    stack = made.one("cloudformation/stack:Stack", "refined-quicksight-warehouse")
    assert {"refined-quicksight-warehouse-reader", "network-dashboards-to-warehouse"} <= stack.depends_on
    assert stack.inputs["onFailure"] == "DELETE"
    assert set(stack.inputs["parameters"]) == set(template(made)["Parameters"])


def test_every_product_and_every_view_of_the_warehouse_has_a_data_set_of_its_columns(made: Recording) -> None:
    found = data_sets(made)
    assert found.keys() == {each.name for each in AGREED.products} | {path.stem for path in VIEWS.glob("*.sql")}
    for contract in AGREED.products:
        (table,) = (each["relationalTable"] for each in found[contract.name]["physicalTableMaps"])
        assert [each["name"] for each in table["inputColumns"]] == [field.name for field in contract.fields]
        assert (table["catalog"], table["schema"]) == ("AwsDataCatalog", f"medallion_dev_{contract.layer}")
        assert table["name"] == contract.name
    assert "fleet" in found
    (view,) = (each["relationalTable"] for each in found["fleet"]["physicalTableMaps"])
    assert (view.get("catalog"), view["schema"], view["name"]) == (None, "marts", "fleet")


def test_marts_are_imported_each_day_after_the_workflow_and_the_rest_is_asked_live() -> None:
    made = shown(QuickSight(refresh_at="09:30"))
    imported = {name for name, each in data_sets(made).items() if each["importMode"] == "SPICE"}
    assert imported == {each.name for each in AGREED.products if each.layer == "refined"}
    refreshed = {each.inputs["dataSetId"]: each.inputs["schedule"] for each in made.of("RefreshSchedule")}
    assert refreshed.keys() == {NAMES.resource(name) for name in imported}
    for schedule in refreshed.values():
        assert schedule["scheduleFrequency"] == {"interval": "DAILY", "timeOfTheDay": "09:30", "timezone": "UTC"}
        assert "startAfterDateTime" not in schedule


def test_guarded_columns_are_for_stewards(made: Recording) -> None:
    rules = {name: each.get("columnLevelPermissionRules") for name, each in data_sets(made).items()}
    assert rules.pop("flights_enriched") == [{"columnNames": ["tailnum"], "principals": [f"{GROUP}stewards"]}]
    assert not any(rules.values())


def test_stewards_own_data_sets_and_analysts_look_at_them(made: Recording) -> None:
    for each in data_sets(made).values():
        allowed = {permission["principal"]: permission["actions"] for permission in each["permissions"]}
        assert allowed == {f"{GROUP}stewards": actions(OWN_DATA_SET), f"{GROUP}analysts": actions(VIEW_DATA_SET)}
    # All that AWS takes for an owner by now: https://github.com/hashicorp/terraform-provider-aws/issues/33907
    assert len(set(OWN_DATA_SET)) == 18


def test_what_is_imported_is_encrypted_by_our_key_unless_the_account_has_one(made: Recording) -> None:
    (registered,) = made.one("KeyRegistration").inputs["keyRegistrations"]
    assert registered["defaultKey"] is True
    marts = made.one("DataSet", "refined-quicksight-routes")
    assert {"refined-quicksight", "refined-routes", "refined-quicksight-lake"} <= marts.depends_on
    assert not shown(account=Account(quicksight_key="leave")).of("KeyRegistration")


def test_columns_are_typed_as_quicksight_types_them() -> None:
    table = product_table(product("integrated", rider="restricted", station="internal", note="confidential"), NAMES)
    assert columns(table)[0] == {"name": "id", "type": "INTEGER"}
    assert set(table.guarded) == {"rider", "note"}
    assert not table.imported
    assert title(table, NAMES) == "Trains (dev)"
    assert (
        title(table, Names(project="medallion", stack="prod", account=ACCOUNT, region="eu-west-1")) == "Trains (prod)"
    )


@pytest.mark.parametrize("table", live_tables(), ids=lambda table: str(table.name))
def test_the_list_of_a_views_columns_is_that_of_its_query(table: Any) -> None:
    (statement,) = sqlglot.parse((VIEWS / f"{table.name}.sql").read_text(), read="redshift")
    assert isinstance(statement, exp.Create)
    query = statement.expression
    assert isinstance(query, exp.Select)
    assert list(table.types) == query.named_selects
    assert set(table.types.values()) <= TYPES.keys()
    sums = {each.alias for each in query.selects if isinstance(each.unalias(), exp.Sum)}
    unbounded = {name for name in sums if not query.selects[query.named_selects.index(name)].find(exp.Case)}
    assert all(table.types[name] == "number" for name in unbounded)


@pytest.mark.parametrize("dashboards", [True, False])
def test_only_with_dashboards_is_there_a_workgroup_for_them_whose_results_quicksight_reaches(dashboards: bool) -> None:
    def program() -> None:
        args = WorkgroupsArgs(platform=parts.platform(), scan_limit_gb=1, dashboards=dashboards)
        Workgroups("queries", args)

    made = deploy(program)
    names = {each.inputs["name"] for each in made.of("Workgroup")}
    assert ("medallion-dev-dashboards" in names) is dashboards
    (fence,) = [each for each in made.document("BucketPolicy", "queries-results") if "SourceVpce" in str(each)]
    admitted = fence["Condition"]["ArnNotLikeIfExists"]["aws:PrincipalArn"]
    assert (NAMES.role_arn("dashboards-lake") in admitted) is dashboards
