"""The function behind all APIs: what it asks of Athena, what it answers to each, and what never gets through."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import duckdb
import pytest
from botocore.stub import Stubber
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate

import contracts
from components.marts import description, operations
from workloads.functions.end_use_api.handler import Parameter

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
        "SELECT * FROM punctuality_by_carrier WHERE carrier = ? AND month = ? ORDER BY carrier, year, month LIMIT 501",
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
            "next": None,
        },
    )


def test_without_parameters_everything_is_given(api: tuple[ModuleType, Stubber], event: Event) -> None:
    module, stub = api
    sql = "SELECT * FROM routes ORDER BY origin, dest LIMIT 501"
    expect(stub, sql, [], ["SUCCEEDED"], [["UA", "1", "0", "true"]])
    assert call(module, asked(event("apigateway_get"), "/routes"))[0] == 200


def test_no_rows_are_404(api: tuple[ModuleType, Stubber], event: Event) -> None:
    module, stub = api
    sql = "SELECT * FROM routes WHERE dest = ? ORDER BY origin, dest LIMIT 501"
    expect(stub, sql, ["'XXX'"], ["SUCCEEDED"], [])
    status, body = call(module, asked(event("apigateway_get"), "/routes", dest=["XXX"]))
    assert (status, body["errors"][0][:15]) == (404, "Nothing matches")


def test_an_unknown_path_is_404(api: tuple[ModuleType, Stubber], event: Event) -> None:
    status, body = call(api[0], asked(event("apigateway_get"), "/secrets"))
    assert (status, "There is no /secrets" in body["errors"][0]) == (404, True)


def test_every_fault_of_the_input_is_told(api: tuple[ModuleType, Stubber], event: Event) -> None:
    asking = asked(
        event("apigateway_get"), "/punctuality", carrier=["united"], month=["13"], year=["1", "2"], order=["x"]
    )
    status, body = call(api[0], asking)
    assert status == 400
    assert body["errors"] == [
        "carrier is 'united'; give a text of the form ^[0-9A-Z]{2}$.",
        "month is '13'; give a whole number from 1 to 12.",
        "year is given 2 times; give it once.",
        "'order' is not a parameter here; give some of carrier, year, month, sort, limit, cursor.",
    ]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize(("path", "name"), [("/punctuality", "carrier"), ("/routes", "dest"), ("/delays", "wind")])
def test_hostile_input_never_reaches_athena(
    api: tuple[ModuleType, Stubber], event: Event, path: str, name: str, value: str
) -> None:
    assert call(api[0], asked(event("apigateway_get"), path, **{name: [value]}))[0] == 400


ANY = (
    Parameter("string"),
    Parameter("string", pattern="^.*$"),
    Parameter("string", enum=("O'Hare", "JFK")),
    Parameter("integer"),
    Parameter("integer", minimum=1, maximum=12),
    Parameter("date"),
)


@pytest.mark.parametrize("parameter", ANY)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.text(max_size=30) | st.from_regex(r"[-0-9]{1,10}", fullmatch=True))
def test_whatever_passes_a_parameter_is_one_literal(parameter: Parameter, value: str) -> None:
    if parameter.accepts(value):
        assert set("'\"\\;?\n").isdisjoint(value), "whatever its contract admits"
        literals = {"integer": value, "date": f"DATE '{value}'"}
        assert parameter.literal(value) == literals.get(parameter.type, f"'{value}'")


@pytest.mark.parametrize(
    ("parameter", "good", "bad"),
    [
        (Parameter("integer", minimum=1, maximum=12), ["1", "12"], ["0", "13", "01", "1.0", "\u0661"]),
        (Parameter("integer"), ["-5", "0"], ["-0", "+1", ""]),
        (Parameter("date"), ["2013-01-31"], ["2013-1-31", "today"]),
        (Parameter("string", enum=("a", "b")), ["a"], ["c", "A"]),
        (Parameter("string"), ["1 to 5 miles"], ["", "a" * 65, "\u00e4"]),
    ],
)
def test_a_parameter_is_what_its_contract_says(parameter: Parameter, good: list[str], bad: list[str]) -> None:
    assert [value for value in (*good, *bad) if parameter.accepts(value)] == good
    assert parameter.wanted


def test_what_fails_inside_is_not_told_outside(
    api: tuple[ModuleType, Stubber], event: Event, capsys: pytest.CaptureFixture[str]
) -> None:
    module, stub = api
    sql = "SELECT * FROM routes ORDER BY origin, dest LIMIT 501"
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
    sql = "SELECT * FROM routes ORDER BY origin, dest LIMIT 501"
    expect(stub, sql, [], ["RUNNING"], [])
    stub.add_response("stop_query_execution", {}, {"QueryExecutionId": "q-1"})
    assert call(module, asked(event("apigateway_get"), "/routes"), milliseconds=500)[0] == 504


def test_the_load_balancer_hands_on_parameters_undecoded_and_wants_many_values(
    api: tuple[ModuleType, Stubber], event: Event
) -> None:
    module, stub = api
    sql = (
        "SELECT * FROM delay_by_weather WHERE visibility = ? AND wind = ? "
        "ORDER BY visibility, precipitation, wind LIMIT 501"
    )
    expect(stub, sql, ["'5 to 10 miles'", "'calm'"], ["SUCCEEDED"], [["UA", "1", "0", "true"]])
    answer = module.handler(event("balancer_get"), context())
    assert (answer["statusCode"], answer["statusDescription"]) == (200, "200 OK")
    assert answer["isBase64Encoded"] is False
    assert answer["multiValueHeaders"]["Content-Type"] == ["application/json"]
    assert "headers" not in answer, "the load balancer ignores them where it gives many values"
    assert json.loads(answer["body"])["count"] == 1


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"path": "/secrets"}, "404 Not Found"),
        ({"httpMethod": "DELETE"}, "405 Method Not Allowed"),
        ({"multiValueQueryStringParameters": {"wind": ["calm%27"]}}, "400 Bad Request"),
    ],
)
def test_the_load_balancer_lets_anything_through_and_the_function_refuses_it(
    api: tuple[ModuleType, Stubber], event: Event, changes: dict[str, Any], status: str
) -> None:
    answer = api[0].handler(event("balancer_get") | changes, context())
    assert answer["statusDescription"] == status
    assert json.loads(answer["body"])["errors"]


def test_a_field_of_graphql_is_a_mart_and_its_arguments_select(api: tuple[ModuleType, Stubber], event: Event) -> None:
    module, stub = api
    expect(
        stub,
        "SELECT * FROM punctuality_by_carrier WHERE carrier = ? AND month = ? ORDER BY carrier, year, month LIMIT 999",
        ["'UA'", "1"],
        ["SUCCEEDED"],
        [["UA", "4637", "0.25", "true"]],
    )
    row = {"carrier": "UA", "flights": 4637, "delayed_share": 0.25, "open": True}
    assert module.handler(event("appsync_query"), context()) == {"items": [row]}


def test_a_field_of_graphql_without_rows_is_an_empty_list(api: tuple[ModuleType, Stubber], event: Event) -> None:
    module, stub = api
    expect(stub, "SELECT * FROM routes ORDER BY origin, dest LIMIT 999", [], ["SUCCEEDED"], [])
    asking = {"info": {"fieldName": "routes", "parentTypeName": "Query"}, "arguments": {"dest": None}}
    assert module.handler(event("appsync_query") | asking, context()) == {"items": []}


def test_what_is_wrong_with_the_arguments_of_a_field_is_told(api: tuple[ModuleType, Stubber], event: Event) -> None:
    asking = event("appsync_query") | {"arguments": {"carrier": "UA", "month": 13}}
    told = ["month is '13'; give a whole number from 1 to 12."]
    assert api[0].handler(asking, context()) == {"errors": told, "type": "Refused"}


def test_a_field_that_could_not_be_read_is_not_told_to_have_been_asked_wrongly(
    api: tuple[ModuleType, Stubber], event: Event
) -> None:
    module, stub = api
    stub.add_client_error("start_query_execution", "TooManyRequestsException")
    told = ["The data could not be read; request request-1."]
    assert module.handler(event("appsync_query"), context()) == {"errors": told, "type": "Unavailable"}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("timestamp(6) with time zone", "2013-01-01 05:00:00.000000 UTC", "2013-01-01T05:00:00.000000Z"),
        ("timestamp", "2013-01-01 05:00:00.000", "2013-01-01T05:00:00.000Z"),
        ("date", "2013-01-01", "2013-01-01"),
    ],
)
def test_times_are_given_as_graphql_and_json_have_them(
    api: tuple[ModuleType, Stubber], kind: str, text: str, value: str
) -> None:
    assert api[0]._typed(kind, text) == value


def test_answers_come_in_the_order_and_number_that_is_asked_for_and_say_how_to_go_on(
    api: tuple[ModuleType, Stubber], event: Event
) -> None:
    module, stub = api
    order = "ORDER BY flights DESC, carrier, year, month LIMIT 2"
    row: list[str | None] = ["UA", "9", "0.5", "true"]
    columns = {"year": 2013, "month": 1}
    expect(stub, f"SELECT * FROM punctuality_by_carrier {order}", [], ["SUCCEEDED"], [row, ["AA", "7", None, "true"]])
    page = module.Page((("flights", True), ("carrier", False)), 1)
    asking = asked(event("apigateway_get"), "/punctuality", sort=["-flights"], limit=["1"])
    # The stand-in has four columns; the mart's key has more.
    cursor = module.Page.cursor
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module.Page, "cursor", lambda _, last: cursor(page, last | columns))
        status, body = call(module, asking)
    assert (status, body["count"], body["items"][0]["carrier"]) == (200, 1, "UA")
    assert module._after(module.marts()["punctuality_by_carrier"], page, body["next"]) == (9, "UA")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"sort": ["carrier_name"]}, "sort has 'carrier_name'; give some of carrier, year, month, flights"),
        ({"sort": ["flights,-flights"]}, "sort has a column twice"),
        ({"sort": ["flights;--"]}, "sort has 'flights;--'"),
        ({"limit": ["0"]}, "limit is '0'; give a whole number from 1 to 500."),
        ({"limit": ["501"]}, "limit is '501'"),
        ({"limit": ["1", "2"]}, "limit is given 2 times"),
        ({"cursor": ["%%%"]}, "cursor is none of this path and order"),
        ({"cursor": [""]}, "cursor is none of this path and order"),
    ],
)
def test_a_page_that_can_t_be_is_refused_with_the_reason(
    api: tuple[ModuleType, Stubber], event: Event, given: dict[str, list[str]], told: str
) -> None:
    status, body = call(api[0], asked(event("apigateway_get"), "/punctuality", **given))
    assert status == 400
    assert told in body["errors"][0]


@pytest.mark.parametrize(
    "values",
    [
        ["UA' OR 1=1 --", 2013, 1],
        ["UA", "2013", 1],
        ["UA", 2013.5, 1],
        ["UA", True, 1],
        ["UA", None, 1],
        [None, 2013, 1],
        ["UA", 2013],
        ["UA", 2013, 1, 1],
        "UA",
        {"carrier": "UA"},
    ],
)
def test_a_forged_cursor_is_no_way_into_the_statement(api: tuple[ModuleType, Stubber], values: Any) -> None:
    module = api[0]
    mart = module.marts()["punctuality_by_carrier"]
    page = module.Page((("carrier", False), ("year", False), ("month", False)), 10)
    forged = base64.urlsafe_b64encode(json.dumps([page.sort, values]).encode()).decode()
    assert module._after(mart, page, forged) is None


@given(st.binary(max_size=80))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_no_cursor_breaks_the_function(api: tuple[ModuleType, Stubber], raw: bytes) -> None:
    module = api[0]
    mart = module.marts()["routes"]
    page = module.Page((("origin", False), ("dest", False)), 10)
    for cursor in (raw.decode("latin-1"), base64.urlsafe_b64encode(raw).decode()):
        assert module._after(mart, page, cursor) is None


@given(
    st.lists(
        st.tuples(st.sampled_from("ABC"), st.integers(1, 3), st.none() | st.floats(-9, 9), st.integers(0, 2)),
        max_size=12,
        unique_by=lambda row: row[:2],
    ),
    st.lists(st.sampled_from(["name", "number", "mean", "flights"]), max_size=3, unique=True),
    st.tuples(st.booleans(), st.booleans(), st.booleans()),
    st.integers(1, 5),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
def test_pages_are_the_whole_in_order_whatever_is_null_or_alike(
    api: tuple[ModuleType, Stubber], rows: list[Any], sort: list[str], descends: tuple[bool, ...], limit: int
) -> None:
    module = api[0]
    kinds = {"name": "string", "number": "integer", "mean": "number", "flights": "integer"}
    mart = module.Mart("mart", ("name", "number"), {}, kinds)
    asked_for = ",".join(("-" if down else "") + column for column, down in zip(sort, descends, strict=False))
    order = module._order(mart, asked_for, [])
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE mart (name VARCHAR, number BIGINT, mean DOUBLE, flights BIGINT)")
        for row in rows:
            connection.execute("INSERT INTO mart VALUES (?, ?, ?, ?)", row)

        def read(page: Any) -> list[dict[str, Any]]:
            sql, literals = module._statement(mart, {}, page)
            for literal in literals:
                sql = sql.replace("?", literal, 1)
            return [dict(zip(kinds, row, strict=True)) for row in connection.execute(sql).fetchall()]

        whole = read(module.Page(order, 100))
        found: list[dict[str, Any]] = []
        page = module.Page(order, limit)
        while True:
            got = read(page)
            found += got[:limit]
            if len(got) <= limit:
                break
            page = module.Page(order, limit, module._after(mart, page, page.cursor(got[limit - 1])))
    assert found == whole


def test_who_has_the_very_answer_already_gets_304_and_no_body(api: tuple[ModuleType, Stubber], event: Event) -> None:
    module, stub = api
    asking = asked(event("apigateway_get"), "/routes")
    sql = "SELECT * FROM routes ORDER BY origin, dest LIMIT 501"
    rows: list[list[str | None]] = [["UA", "1", "0", "true"]]
    for _ in range(3):
        expect(stub, sql, [], ["SUCCEEDED"], rows)
    first = module.handler(asking, context())
    tag = first["headers"]["ETag"]
    again = module.handler(asking | {"headers": {"If-None-Match": f'"other", W/{tag}'}}, context())
    assert (again["statusCode"], again["body"], again["headers"]["ETag"]) == (304, "", tag)
    other = module.handler(asking | {"headers": {"if-none-match": '"other"'}}, context())
    assert (other["statusCode"], other["body"]) == (200, first["body"])


def test_the_description_is_openapi_and_has_the_very_parameters(api: tuple[ModuleType, Stubber]) -> None:
    described = description(contracts.load(Path("datasets")))
    validate(described)
    assert described["info"]["description"]
    for path, _, operation in operations(described):
        mart = api[0].marts()[api[0].paths()[path]]
        names = [parameter["name"] for parameter in operation["parameters"]]
        assert names == [*mart.parameters, *api[0].PAGING]
        for parameter in operation["parameters"][: len(mart.parameters)]:
            known, schema = mart.parameters[parameter["name"]], parameter["schema"]
            assert known.pattern == schema.get("pattern")
            examples = [schema["example"]] if "example" in schema else []
            for value in schema.get("enum", examples):
                assert known.accepts(str(value))
            told = (tuple(schema.get("enum", ())), schema.get("pattern"), schema.get("minimum"), schema.get("maximum"))
            assert told == (known.enum, known.pattern, known.minimum, known.maximum)
