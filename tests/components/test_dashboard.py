import json
from typing import Any

import pulumi
import pytest

from components.dashboard import COLUMNS, Dashboard, DashboardArgs, Shown, dashboard_body
from tests.components.mock_engine import NAMES, deploy

LAYERS = ["Landing", "Initial", "Intermediate", "Integrated", "Refined", "End use"]
JOBS = {
    "landing": ["in"],
    "intermediate": ["conform", "load"],
    "integrated": ["join"],
    "refined": ["marts"],
}


def body(**changes: Any) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "datasets": ["weather"],
        "queues": {"landing": ["landing-files-dead"], "end-use": ["undelivered"]},
        "functions": {"landing": ["landing-files"], "end-use": ["end-use-api"]},
        "jobs": JOBS,
        "cluster_id": "j-1",
        "graphql_id": "g1",
        "load_balancer": "app/b/1",
    }
    return dashboard_body(NAMES, Shown(**(shown | changes)))


def titles(of: dict[str, Any]) -> list[str]:
    return [each["properties"].get("title", each["properties"].get("markdown")) for each in of["widgets"]]


def series(of: dict[str, Any]) -> list[list[Any]]:
    return [metric for each in of["widgets"] for metric in each["properties"].get("metrics", [])]


def test_a_row_a_layer_in_the_order_in_which_data_flows() -> None:
    headings = [each for each in titles(body()) if each.startswith("## ")]
    assert headings[1:] == [f"## {layer}" for layer in LAYERS]
    assert "alarmsV2:?search=medallion-dev" in headings[0]


def test_rows_follow_each_other_without_overlap_and_fit_the_page() -> None:
    taken: set[tuple[int, int]] = set()
    for each in body()["widgets"]:
        cells = {
            (x, y)
            for x in range(each["x"], each["x"] + each["width"])
            for y in range(each["y"], each["y"] + each["height"])
        }
        assert not cells & taken, titles({"widgets": [each]})
        assert all(x < COLUMNS for x, _ in cells)
        taken |= cells


def test_every_series_is_a_namespace_a_metric_and_pairs_of_dimension_and_value() -> None:
    for each in series(body()):
        words = [part for part in each if isinstance(part, str)]
        assert (len(words) % 2 == 0 and len(words) >= 4) or "expression" in each[-1], each


def test_all_jobs_streams_and_functions_are_on_it() -> None:
    named = {part for each in series(body()) for part in each if isinstance(part, str)}
    assert {"in", "conform", "load", "join", "marts", "j-1", "g1", "app/b/1"} <= named
    assert {"medallion-dev-landing-files-dead", "medallion-dev-undelivered"} <= named
    assert {NAMES.stream("weather"), "medallion-dev-landing-files", "medallion-dev-end-use-api"} <= named


def test_what_a_stack_does_without_is_not_on_it() -> None:
    shown = titles(body(graphql_id=None, load_balancer=None, datasets=[]))
    assert not {"GraphQL", "Load balancer", "Records that arrive"} & set(shown)
    assert "REST" in shown


@pytest.mark.parametrize("graphql_id", [None, "g1"])
def test_the_dashboard_is_made_once_all_ids_are_known_and_its_address_is_told(graphql_id: str | None) -> None:
    urls: list[str] = []

    def program() -> None:
        args = DashboardArgs(
            names=NAMES,
            datasets=["weather"],
            queues={},
            functions={},
            jobs={"landing": [pulumi.Output.from_input("in")]},
            cluster_id=pulumi.Output.from_input("j-1"),
            graphql_id=graphql_id,
        )
        Dashboard("dashboard", args).url.apply(urls.append)

    made = deploy(program).one("dashboard:Dashboard").inputs
    assert made["dashboardName"] == "medallion-dev-platform"
    assert ("GraphQL" in titles(json.loads(made["dashboardBody"]))) is (graphql_id is not None)
    assert urls == [
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#dashboards/dashboard/medallion-dev-platform"
    ]
