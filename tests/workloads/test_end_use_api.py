"""The REST API: what it asks of Athena, what it answers, and what never gets through."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest
import yaml
from botocore.stub import Stubber
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate

from workloads.functions.end_use_api import handler as source

Event = Callable[[str], dict[str, Any]]

HOSTILE = [
    "UA' OR '1'='1",
    "UA'; DROP TABLE routes; --",
    "UA'--",
    "'",
    "",
    "ua",
    "UA\n",
    "UA ",
    "\uff35\uff21",
    "UA" * 500,
    "%27",
    "?",
]


@pytest.fixture
def api(deployed: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[ModuleType, Stubber]]:
    """The deployed handler, and what stands for Athena: every call must be announced to it."""
    monkeypatch.setenv("DATABASE_REFINED", "medallion_test_refined")
    monkeypatch.setenv("WORKGROUP", "medallion-test")
    client = boto3.client("athena", region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test")
    module = deployed("end_use_api")
    monkeypatch.setattr(module, "athena", lambda: client)
    monkeypatch.setattr(module, "PAUSES", (0.0,))
    with Stubber(client) as stub:
        yield module, stub
        stub.assert_no_pending_responses()


def context(milliseconds: int = 20_000) -> Any:
    return SimpleNamespace(aws_request_id="request-1", get_remaining_time_in_millis=lambda: milliseconds)


def call(module: ModuleType, event: dict[str, Any], milliseconds: int = 20_000) -> tuple[int, dict[str, Any]]:
    answer = module.handler(event, context(milliseconds))
    assert answer["headers"]["Content-Type"] == "application/json"
    return answer["statusCode"], json.loads(answer["body"])


def asked(event: dict[str, Any], path: str, **parameters: list[str]) -> dict[str, Any]:
    return event | {"resource": path, "multiValueQueryStringParameters": parameters or None}


def expect(stub: Stubber, sql: str, parameters: list[str], states: list[str], rows: list[list[str | None]]) -> None:
    wanted: dict[str, Any] = {
        "QueryString": sql,
        "QueryExecutionContext": {"Database": "medallion_test_refined"},
        "WorkGroup": "medallion-test",
    }
    if parameters:
        wanted["ExecutionParameters"] = parameters
    stub.add_response("start_query_execution", {"QueryExecutionId": "q-1"}, wanted)
    for state in states:
        status = {"State": state, "StateChangeReason": "secret details"}
        stub.add_response("get_query_execution", {"QueryExecution": {"Status": status}}, {"QueryExecutionId": "q-1"})
    if states[-1:] == ["SUCCEEDED"]:
        columns = [
            {"Name": "carrier", "Type": "varchar"},
            {"Name": "flights", "Type": "bigint"},
            {"Name": "delayed_share", "Type": "double"},
            {"Name": "open", "Type": "boolean"},
        ]
        header: list[str | None] = ["carrier", "flights", "delayed_share", "open"]
        data = [{"Data": [{"VarCharValue": cell} if cell else {} for cell in row]} for row in (header, *rows)]
        result = {"ResultSet": {"Rows": data, "ResultSetMetadata": {"ColumnInfo": columns}}}
        stub.add_response("get_query_results", result, {"QueryExecutionId": "q-1"})


def test_parameters_reach_athena_apart_from_the_statement(api: tuple[ModuleType, Stubber], event: Event) -> None:
    module, stub = api
    expect(
        stub,
        "SELECT * FROM punctuality_by_carrier WHERE carrier = ? AND month = ? ORDER BY carrier, year, month LIMIT 999",
        ["'UA'", "1"],
        ["QUEUED", "RUNNING", "SUCCEEDED"],
        [["UA", "4637", "0.25", "true"], ["UA", "1", None, "false"]],
    )
    assert call(module, event("apigateway_get")) == (
        200,
        {
            "count": 2,
            "items": [
                {"carrier": "UA", "flights": 4637, "delayed_share": 0.25, "open": True},
                {"carrier": "UA", "flights": 1, "delayed_share": None, "open": False},
            ],
        },
    )


def test_without_parameters_everything_is_given(api: tuple[ModuleType, Stubber], event: Event) -> None:
    module, stub = api
    sql = "SELECT * FROM routes ORDER BY origin, dest LIMIT 999"
    expect(stub, sql, [], ["SUCCEEDED"], [["UA", "1", "0", "true"]])
    assert call(module, asked(event("apigateway_get"), "/routes"))[0] == 200


def test_no_rows_are_404(api: tuple[ModuleType, Stubber], event: Event) -> None:
    module, stub = api
    sql = "SELECT * FROM routes WHERE dest = ? ORDER BY origin, dest LIMIT 999"
    expect(stub, sql, ["'XXX'"], ["SUCCEEDED"], [])
    status, body = call(module, asked(event("apigateway_get"), "/routes", dest=["XXX"]))
    assert (status, body["errors"][0][:15]) == (404, "Nothing matches")


def test_an_unknown_path_is_404(api: tuple[ModuleType, Stubber], event: Event) -> None:
    status, body = call(api[0], asked(event("apigateway_get"), "/secrets"))
    assert (status, "There is no /secrets" in body["errors"][0]) == (404, True)


def test_every_fault_of_the_input_is_told(api: tuple[ModuleType, Stubber], event: Event) -> None:
    asking = asked(
        event("apigateway_get"), "/punctuality", carrier=["united"], month=["13"], year=["1", "2"], sort=["x"]
    )
    status, body = call(api[0], asking)
    assert status == 400
    assert body["errors"] == [
        "carrier is 'united'; give a carrier's code as UA.",
        "month is '13'; give 1 to 12.",
        "year is given 2 times; give it once.",
        "'sort' is not a parameter here; give some of carrier, year, month.",
    ]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize(("path", "name"), [("/punctuality", "carrier"), ("/routes", "dest"), ("/delays", "wind")])
def test_hostile_input_never_reaches_athena(
    api: tuple[ModuleType, Stubber], event: Event, path: str, name: str, value: str
) -> None:
    assert call(api[0], asked(event("apigateway_get"), path, **{name: [value]}))[0] == 400


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(source.RESOURCES)), st.text(max_size=30))
def test_whatever_passes_a_parameter_is_one_literal(path: str, value: str) -> None:
    for parameter in source.RESOURCES[path].parameters.values():
        if parameter.pattern.fullmatch(value):
            assert set("'\"\\;?").isdisjoint(value)
            assert parameter.literal(value) == (value if parameter.number else f"'{value}'")


def test_what_fails_inside_is_not_told_outside(
    api: tuple[ModuleType, Stubber], event: Event, capsys: pytest.CaptureFixture[str]
) -> None:
    module, stub = api
    sql = "SELECT * FROM routes ORDER BY origin, dest LIMIT 999"
    expect(stub, sql, [], ["FAILED"], [])
    status, body = call(module, asked(event("apigateway_get"), "/routes"))
    assert (status, body) == (502, {"errors": ["The data could not be read; request request-1."]})
    assert "secret details" in capsys.readouterr().out, "but it is logged"


def test_a_throttled_athena_is_502(api: tuple[ModuleType, Stubber], event: Event) -> None:
    module, stub = api
    stub.add_client_error("start_query_execution", "TooManyRequestsException")
    assert call(module, asked(event("apigateway_get"), "/routes"))[0] == 502


def test_a_query_that_outlasts_the_function_is_stopped(api: tuple[ModuleType, Stubber], event: Event) -> None:
    module, stub = api
    sql = "SELECT * FROM routes ORDER BY origin, dest LIMIT 999"
    expect(stub, sql, [], ["RUNNING"], [])
    stub.add_response("stop_query_execution", {}, {"QueryExecutionId": "q-1"})
    assert call(module, asked(event("apigateway_get"), "/routes"), milliseconds=500)[0] == 504


def test_the_description_is_openapi_and_has_the_very_parameters() -> None:
    description = yaml.safe_load(Path("workloads/api/openapi.yaml").read_text())
    validate(description)
    described = {
        path: {parameter["name"] for parameter in operations["get"]["parameters"]}
        for path, operations in description["paths"].items()
    }
    assert described == {path: set(resource.parameters) for path, resource in source.RESOURCES.items()}
    assert description["info"]["description"]
    for path, operations in description["paths"].items():
        for parameter in operations["get"]["parameters"]:
            for value in parameter["schema"].get("enum", [parameter["schema"].get("example", 1)]):
                assert source.RESOURCES[path].parameters[parameter["name"]].pattern.fullmatch(str(value))
