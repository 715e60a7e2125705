"""Dashboards as code: what is drawn, whom it is published to, and what is refused."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from components.dashboards import (
    FOLDER,
    DashboardError,
    Dashboards,
    DashboardsArgs,
    Drawing,
    drawings,
    parameter,
    template,
    wrong,
)
from components.quicksight import QuickSight
from contracts import Contract, Contracts, Field
from embedded.provider import templates
from tests.components import parts
from tests.components.mock_engine import NAMES, Recording, deploy

AGREED = parts.all_contracts()
MARTS = {each.name: each for each in AGREED.products if each.layer == "refined"}
GROUPS = {"analysts": "arn:analysts", "stewards": "arn:stewards"}
DRAWINGS = drawings(AGREED)


@pytest.fixture(scope="module")
def made() -> Recording:
    def program() -> None:
        data_sets = {each.name: f"arn:{each.name}" for each in AGREED.products}
        shown = cast(QuickSight, SimpleNamespace(groups=GROUPS, data_sets=data_sets))
        Dashboards("dashboards", DashboardsArgs(platform=parts.platform(), quicksight=shown))

    return deploy(program)


def drawn(*columns: tuple[str, str], computed: tuple[str, str, str] | None = None) -> Drawing:
    fields = [
        {"FieldId": f"f{index}", "Column": {"DataSetIdentifier": mart, "ColumnName": column}}
        for index, (mart, column) in enumerate(columns)
    ]
    calculated = (
        [{"DataSetIdentifier": computed[0], "Name": computed[1], "Expression": computed[2]}] if computed else []
    )
    return Drawing(key="d", title="D", definition={"CalculatedFields": calculated, "Sheets": [{"Fields": fields}]})


def visuals(drawing: Drawing) -> dict[str, dict[str, Any]]:
    return {
        visual["VisualId"]: visual
        for sheet in drawing.definition["Sheets"]
        for each in sheet["Visuals"]
        for visual in each.values()
    }


def test_each_file_becomes_an_analysis_for_stewards_and_a_dashboard_for_analysts(made: Recording) -> None:
    stacks = {each.inputs["name"]: each.inputs for each in made.of("cloudformation/stack:Stack")}
    assert stacks.keys() == {NAMES.resource(f"dashboard-{path.stem}") for path in FOLDER.glob("*.yaml")}
    for stack in stacks.values():
        found = json.loads(stack["templateBody"])
        assert set(stack["parameters"]) == set(found["Parameters"])
        assert stack["parameters"]["Analysts"] == "arn:analysts"
        analysis, dashboard = (found["Resources"][each]["Properties"] for each in ("Analysis", "Dashboard"))
        assert [each["Principal"] for each in analysis["Permissions"]] == [{"Ref": "Stewards"}]
        who = {each["Principal"]["Ref"]: each["Actions"] for each in dashboard["Permissions"]}
        assert who["Analysts"] == [
            f"quicksight:{action}" for action in ("DescribeDashboard", "ListDashboardVersions", "QueryDashboard")
        ]
        assert "quicksight:UpdateDashboardPermissions" in who["Stewards"]
        assert dashboard["Definition"] == analysis["Definition"]
        assert dashboard["DashboardPublishOptions"]["ExportToCSVOption"] == {"AvailabilityStatus": "DISABLED"}


@pytest.mark.parametrize("drawing", DRAWINGS, ids=lambda drawing: str(drawing.key))
def test_cloudformation_has_nothing_against_the_template_and_takes_its_size(drawing: Drawing) -> None:
    body = json.dumps(template(drawing, NAMES), separators=(",", ":"))
    assert templates.faults(body) == ()
    assert len(body.encode()) < 51_200


@pytest.mark.parametrize("drawing", DRAWINGS, ids=lambda drawing: str(drawing.key))
def test_every_data_set_that_is_shown_is_filled_in(drawing: Drawing) -> None:
    definition = template(drawing, NAMES)["Resources"]["Dashboard"]["Properties"]["Definition"]
    declared = {each["Identifier"]: each["DataSetArn"]["Ref"] for each in definition["DataSetIdentifierDeclarations"]}
    assert declared == {mart: parameter(mart) for mart in drawing.shown}
    assert parameter("punctuality_by_carrier") == "PunctualityByCarrier"


@pytest.mark.parametrize("drawing", DRAWINGS, ids=lambda drawing: str(drawing.key))
def test_every_visual_has_a_title_and_a_place_and_sorts_by_its_own_fields(drawing: Drawing) -> None:
    placed = {
        element["ElementId"]
        for sheet in drawing.definition["Sheets"]
        for layout in sheet["Layouts"]
        for element in layout["Configuration"]["GridLayout"]["Elements"]
    }
    found = visuals(drawing)
    assert placed == found.keys()
    for visual in found.values():
        assert visual["Title"]["FormatText"]["PlainText"]
        text = json.dumps(visual["ChartConfiguration"]["FieldWells"])
        sorting = json.dumps(visual["ChartConfiguration"].get("SortConfiguration", {}))
        used = [part.split('"')[0] for part in sorting.split('"FieldId": "')[1:]]
        assert all(f'"FieldId": "{field}"' in text for field in used)


def test_the_flights_dashboard_shows_every_mart_that_measures() -> None:
    (flights,) = [each for each in DRAWINGS if each.key == "flights"]
    assert flights.shown == sorted(name for name, mart in MARTS.items() if mart.copy_of is None)
    assert visuals(flights).keys() == {"punctuality", "weather", "routes"}


@pytest.mark.parametrize(
    ("drawing", "told"),
    [
        (drawn(("punctuality", "late")), "shows 'punctuality', which is no mart; give one of delay_by_weather"),
        (drawn(("flights_enriched", "tailnum")), "shows 'flights_enriched', which is no mart"),
        (drawn(("routes", "gates")), "shows 'gates' of routes, which its contract lacks"),
        (drawn(("routes", "ratio"), computed=("routes", "ratio", "sum({gates})")), "shows 'gates' of routes"),
    ],
)
def test_what_no_contract_describes_is_refused(drawing: Drawing, told: str) -> None:
    (fault,) = wrong(drawing, MARTS)
    assert told in fault


def test_what_is_computed_of_columns_that_there_are_is_shown() -> None:
    assert not wrong(drawn(("routes", "ratio"), computed=("routes", "ratio", "sum({flights})")), MARTS)


def test_a_guarded_column_is_not_shown_to_everybody() -> None:
    fields = (Field(name="id", type="integer"), Field(name="rider", type="string", classification="restricted"))
    trips = Contract(
        name="trips", version="1.0.0", domain="t", description="", key=("id",), fields=fields, layer="refined"
    )
    (fault,) = wrong(drawn(("trips", "rider"), ("trips", "id")), {"trips": trips})
    assert "shows 'rider' of trips, which is guarded" in fault


def test_all_faults_are_told_with_the_file_that_has_them(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(
            "name: N\ndefinition: {Sheets: [{Column: {DataSetIdentifier: nobody, ColumnName: id}}]}\n"
        )
    with pytest.raises(DashboardError) as caught:
        drawings(Contracts(sources=(), products=()), tmp_path)
    assert [fault.split(": ")[0] for fault in caught.value.faults] == [
        f"{tmp_path}/one.yaml",
        f"{tmp_path}/two.yaml",
    ]


def test_its_address_is_known_once_it_is_published() -> None:
    urls: list[Any] = []

    def program() -> None:
        data_sets = {each.name: f"arn:{each.name}" for each in AGREED.products}
        shown = cast(QuickSight, SimpleNamespace(groups=GROUPS, data_sets=data_sets))
        made = Dashboards("dashboards", DashboardsArgs(platform=parts.platform(), quicksight=shown))
        made.urls["flights"].apply(urls.append)

    deploy(program)
    assert urls == ["https://eu-west-1.quicksight.aws.amazon.com/sn/dashboards/medallion-dev-flights"]
