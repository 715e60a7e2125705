"""The comparison: it holds for a platform that did its work, and tells each thing that differs."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from verify import check, expected
from verify.check import Check
from verify.expected import Expected
from verify.flow import Landed
from verify.plan import Plan
from verify.platform import Platform

Entries = list[dict[str, Any]]


@pytest.fixture(scope="module")
def figures() -> Expected:
    return expected.count({(1, 1)})


@pytest.fixture
def entries(day: Plan) -> Entries:
    """The quarantine that a platform should have."""
    found = [
        entry(
            file.dataset,
            broken.record.removesuffix(b"\n"),
            broken.reason,
            f"s3://initial/raw/{file.dataset}/{file.name}",
            line,
        )
        for file in day.files
        for line, broken in file.spoiled.items()
    ]
    stream = "kinesis://medallion-test-weather/shardId-0"
    return found + [entry("weather", each.record, each.reason, stream, 1) for each in day.weather_spoiled]


def entry(dataset: str, record: bytes, reason: str, source: str, position: int) -> dict[str, Any]:
    return {
        "dataset": dataset,
        "record": record.decode("utf-8", errors="replace"),
        "record_base64": base64.b64encode(record).decode(),
        "reasons": ["another reason", f"{reason} and so on"],
        "source": source,
        "position": str(position),
    }


def differing(checks: list[Check]) -> list[str]:
    return [each.what for each in checks if not each.holds]


def quarantine(day: Plan, entries: Entries) -> list[str]:
    return differing(check.quarantine(day, Landed({}, rejects={"quarantine/all": entries})))


def test_a_quarantine_of_exactly_the_broken_records_holds(day: Plan, entries: Entries) -> None:
    assert quarantine(day, entries) == []


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda found: found.pop(), {"quarantine: broken records that are not there"}),
        (lambda found: found.append(dict(found[0])), {"quarantine: records that are not broken"}),
        (lambda found: found[0].update(reasons=["because"]), set()),
        (
            lambda found: found[0].update(position="1000"),
            {"quarantine: broken records that are not there", "quarantine: records that are not broken"},
        ),
        (
            lambda found: found[-1].update(dataset="flights"),
            {"quarantine: broken records that are not there", "quarantine: records that are not broken"},
        ),
    ],
)
def test_a_quarantine_that_is_not_exact_differs(
    day: Plan, entries: Entries, spoil: Callable[[Entries], Any], told: set[str]
) -> None:
    spoil(entries)
    found = set(quarantine(day, entries))
    assert found, "something must differ"
    assert told <= found


def test_raw_files_are_compared_with_what_was_sent(platform: Platform, day: Plan) -> None:
    for file in day.files:
        platform.s3.put_object(Bucket="initial", Key=f"raw/{file.dataset}/{file.name}", Body=file.body)
        verdict = json.dumps({"rejected": [{"position": str(line)} for line in file.spoiled]})
        platform.s3.put_object(Bucket="initial", Key=f"verdicts/{file.dataset}/{file.name}.json", Body=verdict)
    assert differing(check.raw_objects(platform, day)) == []
    first = day.files[0]
    verdict = f"verdicts/{first.dataset}/{first.name}.json"
    kept = platform.s3.get_object(Bucket="initial", Key=verdict)["Body"].read()
    platform.s3.put_object(Bucket="initial", Key=verdict, Body=b'{"rejected": [{"position": "0"}]}')
    told = "initial: sampled files with the verdict on exactly the lines that are broken"
    assert differing(check.raw_objects(platform, day)) == [told]
    platform.s3.put_object(Bucket="initial", Key=verdict, Body=kept)
    changed = first.body[:-1] + b"x"
    platform.s3.put_object(Bucket="initial", Key=f"raw/{first.dataset}/{first.name}", Body=changed)
    assert differing(check.raw_objects(platform, day)) == ["initial: sampled files with the very bytes that were sent"]
    platform.s3.delete_object(Bucket="initial", Key=f"raw/{first.dataset}/{first.name}")
    assert len(differing(check.raw_objects(platform, day))) == 2


class Answers:
    """A platform of which only the queries and calls are asked."""

    def __init__(self, figures: Expected, tamper: Callable[[dict[str, Any]], Any] = id) -> None:
        self.figures, self.tamper = figures, tamper

    def rows(self, figures: expected.Figures, key: tuple[str, ...]) -> list[dict[str, Any]]:
        rows = [dict(zip(key, index, strict=True)) | dict(row) for index, row in figures.items()]
        self.tamper(rows[0])
        return rows

    def query(self, sql: str, layer: str = "refined") -> list[dict[str, Any]]:
        if layer == "integrated":
            count = {"flights": self.figures.rows["flights"], "cancelled": self.figures.cancelled}
            return [{name: str(value) for name, value in {**count, **self.figures.missing, "misplaced": 0}.items()}]
        if "punctuality_by_carrier" in sql:
            return self.rows(self.figures.carriers, ("carrier",))
        return self.rows(self.figures.weather, ("visibility", "precipitation", "wind"))

    def ask_warehouse(self, sql: str) -> list[dict[str, Any]]:
        if sql == check.STAR_ROWS:
            return [{"name": table, "n": self.figures.rows[name]} for name, table in check.STAR.items()]
        if sql == check.STAR_CARRIERS:
            return self.rows(self.figures.carriers, ("carrier",))
        rows = self.figures.rows
        return [{"flights": rows["flights"], "cancelled": self.figures.cancelled, "readings": rows["weather"]}]

    def knock(self, path: str) -> int:
        return 403

    def ask(self, query: str, carrier: str = "", month: int = 0) -> Any:
        if query == check.PUBLISHED:
            return {"data": {"published_airports": self.rows(self.figures.airport, ("name",))}}
        if carrier == check.HOSTILE:
            return {"data": None, "errors": [{"errorType": "Refused", "message": "no"}]}
        rows = self.rows(self.figures.punctuality, ("carrier", "year", "month"))
        wanted = [row for row in rows if (row["carrier"], row["month"]) == (carrier, month)]
        return {"data": {"punctuality_by_carrier": wanted}}

    def call(self, path: str, parameters: dict[str, str]) -> tuple[int, Any]:
        if parameters.get("carrier") == check.HOSTILE:
            return 400, {"errors": ["no"]}
        if path == "/published_airports":
            return 200, {"count": 1, "items": self.rows(self.figures.airport, ("name",)), "next": None}
        if path == "/routes":
            rows = self.rows(self.figures.routes, ("origin", "dest"))
        else:
            rows = self.rows(self.figures.punctuality, ("carrier", "year", "month"))
        selects = {name: value for name, value in parameters.items() if name not in ("sort", "limit", "cursor")}
        wanted = [row for row in rows if all(str(row[name]) == value for name, value in selects.items())]
        if parameters.get("sort") == "-flights":
            wanted.sort(key=lambda row: -row["flights"])
        begin, limit = int(parameters.get("cursor", 0)), int(parameters.get("limit", 500))
        more = str(begin + limit) if len(wanted) > begin + limit else None
        return 200, {"count": len(wanted), "items": wanted[begin : begin + limit], "next": more}


def test_queries_and_calls_that_answer_rightly_hold(figures: Expected) -> None:
    platform: Any = Answers(figures)
    assert differing(check.queries(platform, figures)) == []
    assert differing(check.warehouse(platform, figures)) == []
    assert differing(check.calls(platform, figures)) == []


@pytest.mark.parametrize(
    ("tamper", "told"),
    [
        (lambda row: row.update(flights=-1), "has flights -1, not"),
        (lambda row: row.update(mean_arr_delay=0.5), "has mean_arr_delay 0.5, not"),
        (lambda row: row.update(delayed_share=None), "has delayed_share None, not"),
        (lambda row: row.pop("arrived"), "has arrived None, not"),
        (lambda row: row.update(carrier="XX"), "is in one only"),
    ],
)
def test_a_wrong_figure_is_told_with_its_row(figures: Expected, tamper: Any, told: str) -> None:
    platform: Any = Answers(figures, tamper)
    (carriers,) = [each for each in check.queries(platform, figures) if each.what.endswith("of carriers")]
    assert not carriers.holds
    assert told in carriers.found


def test_a_warehouse_that_lags_behind_the_lake_differs(figures: Expected) -> None:
    platform: Any = Answers(figures, lambda row: row.update(delayed=-1))
    platform.figures = replace(figures, rows={**figures.rows, "weather": 1}, cancelled=-1)
    assert differing(check.warehouse(platform, figures)) == [
        "Redshift: weather of the star",
        "Redshift: punctuality of carriers",
        "Redshift: flights cancelled in its marts",
        "Redshift: weather readings in its marts",
    ]


def test_an_api_that_lets_hostile_input_through_differs(figures: Expected) -> None:
    platform: Any = Answers(figures)
    platform.call = lambda *_: (200, {"items": []})
    assert "REST: status of a hostile parameter" in differing(check.calls(platform, figures))


def test_an_api_that_loses_a_page_or_forgets_the_order_differs(figures: Expected) -> None:
    platform: Any = Answers(figures)
    answer = platform.call

    def first_page_only(path: str, parameters: dict[str, str]) -> tuple[int, Any]:
        status, body = answer(path, parameters)
        return status, {**body, "next": None}

    def unsorted(path: str, parameters: dict[str, str]) -> tuple[int, Any]:
        return answer(path, {name: value for name, value in parameters.items() if name != "sort"})  # type: ignore[no-any-return]

    platform.call = first_page_only
    assert differing(check.calls(platform, figures)) == [f"REST: all routes, in pages of {check.PAGE}"]
    platform.call = unsorted
    assert differing(check.calls(platform, figures)) == ["REST: routes out of order, the busiest first"]


def test_an_api_that_answers_nobody_in_particular_differs(figures: Expected) -> None:
    platform: Any = Answers(figures)
    platform.knock = lambda _: 200
    assert differing(check.calls(platform, figures)) == ["REST: status for nobody, without signature or key"]


def test_a_graphql_api_that_answers_with_errors_or_lets_hostile_input_through_differs(figures: Expected) -> None:
    platform: Any = Answers(figures)
    platform.ask = lambda *_, **__: {"data": None, "errors": [{"errorType": "Unavailable"}]}
    month = min(key[2] for key in figures.punctuality)
    assert differing(check.calls(platform, figures)) == [
        f"GraphQL: punctuality of UA in month {month}",
        "GraphQL: answer to a hostile argument",
        "GraphQL: airport JFK",
    ]


def test_an_api_that_fails_is_shown_with_what_it_said(figures: Expected) -> None:
    platform: Any = Answers(figures)
    platform.call = lambda *_: (502, {"errors": ["request 7"]})
    shown = check.table(check.calls(platform, figures))
    assert "502 {'errors': ['request 7']}" in shown


def test_raw_records_are_counted_without_headers(platform: Platform, day: Plan) -> None:
    platform.s3.put_object(Bucket="initial", Key="raw/weather/shard-1.jsonl", Body=b"{}\n{}\n")
    platform.s3.put_object(Bucket="initial", Key="raw/flights/from-another-run.csv", Body=b"year\n1\n2")
    counts = check._raw_lines(platform, day)
    assert counts["weather"] == 2
    assert counts["flights"] == day.sent("flights") - 1 + 2, "of the file of another shape, one line reads as a header"


def test_the_table_names_what_differs() -> None:
    shown = check.table([Check("flights", 336_776, 336_776), Check("routes", 224, 223)])
    assert shown.splitlines() == [
        "what     expected    found",
        "flights   336,776  336,776  ok",
        "routes        224      223  DIFFERS",
    ]
