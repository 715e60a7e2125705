"""The page of findings: what it says of a known run, and that nothing of the data becomes part of it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from verify.check import Check
from verify.platform import Row
from verify.report.findings import LAYERS, Findings, Sent, reason_of, rows_of
from verify.report.page import bands, busiest, heat, line, render

HOSTILE = "<script>alert('x')</script>"


def punctuality(carrier: str, month: int, arrived: int, delayed: int) -> Row:
    return {
        "carrier": carrier,
        "carrier_name": f"{carrier} Air",
        "month": str(month),
        "arrived": str(arrived),
        "delayed": str(delayed),
    }


PUNCTUALITY = [punctuality("UA", 1, 100, 50), punctuality("UA", 2, 100, 10), punctuality("AA", 1, 100, 10)]
WEATHER: list[Row] = [
    {"visibility": "under 1 mile", "precipitation": "heavy", "wind": "calm", "arrived": "10", "delayed": "8"},
    {"visibility": "10 miles", "precipitation": "none", "wind": "calm", "arrived": "30", "delayed": "6"},
]
ROUTES: list[Row] = [
    {"origin": "JFK", "dest": "LAX", "dest_name": "Los Angeles Intl", "flights": "40", "arrived": "39", "delayed": "4"},
    {"origin": "EWR", "dest": "BQN", "dest_name": None, "flights": "10", "arrived": "9", "delayed": "1"},
]
CONTRACT: dict[str, Any] = {
    "name": "flights",
    "version": "1.2.3",
    "place": "source, by files",
    "purpose": "Every flight.",
    "limitations": "Some were cancelled.",
    "facts": [["owner", "flight-data"], ["key", "time_hour, carrier"], ["freshness", "within 48 hours"]],
    "columns": [
        {
            "name": "dep_time",
            "type": "integer",
            "required": True,
            "classification": "public",
            "description": "Departure",
            "limits": "0 to 2400",
            "added_in": "1.1.0",
        }
    ],
    "rules": ["rows > 1,000"],
}
FOUND = Findings(
    flights=336_776,
    checked_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    seconds=157.4,
    checks=[Check("intermediate: flights", 336_776, 336_776), Check("Athena: cancelled", 8_255, 8_255)],
    rows={
        "initial": {"flights": 337_060},
        "intermediate": {"flights": 336_776},
        "integrated": {"flights_enriched": 336_776},
        "refined": {"routes": 224},
    },
    sent=[Sent(dataset="flights", sent=337_077, quarantined=221, repeated=80)],
    reasons={("flights", "carrier: the pattern is ^[0-9A-Z]{2}$"): 5},
    quality=[{"layer": "intermediate", "dataset": "flights", "rules": "46", "holding": "46"}],
    lineage={"flights_enriched": ["flights", "weather"], "routes": ["flights_enriched"]},
    contracts=[CONTRACT, {**CONTRACT, "name": "routes", "place": "refined", "limitations": "", "rules": []}],
    phases={"sending": 5.0, "workflow": 62.0},
    jobs={"medallion-local-refined-marts": 4.0},
    punctuality=PUNCTUALITY,
    weather=WEATHER,
    routes=ROUTES,
)


def test_the_headline_names_the_flights_and_the_verdict() -> None:
    page = render(FOUND)
    assert "<h1>336,776 flights through the platform</h1>" in page
    assert "All 2 checks hold." in page
    assert "2 January 2026, 03:04 UTC" in page
    assert "in 157 s" in page


def test_what_differs_is_said_in_words_at_the_top() -> None:
    page = render(replace(FOUND, checks=[*FOUND.checks, Check("refined: routes", 224, 223)]))
    assert "1 of 3 checks differ." in page
    assert "<strong>refined: routes</strong>: expected 224, found 223" in page
    assert page.index("What differs") < page.index("The flow")
    assert "DIFFERS" in page


def test_every_count_and_reason_of_the_run_is_on_the_page() -> None:
    page = render(FOUND)
    for told in ("337,077", "221", "336,776", "337,060", "carrier: the pattern is", "made of flights, weather", "62 s"):
        assert told in page, told
    assert "All 46 rules of 1 tables hold" in page


def test_a_contract_is_told_whole_and_linked_from_the_lineage() -> None:
    page = render(FOUND)
    for told in (
        "1.2.3",
        "source, by files",
        "Every flight.",
        "Some were cancelled.",
        "flight-data",
        "rows &gt; 1,000",
    ):
        assert told in page, told
    for told in ("within 48 hours", "dep_<wbr>time", "integer", "Departure", "0 to 2400", "1.1.0"):
        assert told in page, told
    assert page.count("<strong>Limitations:</strong>") == 1
    assert 'id="contract-flights"' in page
    assert 'href="#contract-flights"' in page
    assert 'href="#contract-weather"' not in page, "nothing is said of it"


def test_what_was_not_asked_for_leaves_no_empty_part() -> None:
    bare = Findings(flights=1, checked_at=FOUND.checked_at, seconds=1, checks=[], rows={})
    page = render(bare)
    for part in ("Data contracts", "Lineage", "landing</h3>", "Quarantine:", "<svg", "busiest"):
        assert part not in page, part


def test_the_page_asks_for_nothing_beside_itself() -> None:
    page = render(FOUND)
    for word in ("http://", "https://", "<script", "@import", "url("):
        assert word not in page, word


@pytest.mark.parametrize(
    "found",
    [
        replace(FOUND, checks=[Check(HOSTILE, HOSTILE, HOSTILE)]),
        replace(FOUND, reasons={(HOSTILE, HOSTILE): 1}),
        replace(FOUND, routes=[{**ROUTES[0], "dest_name": HOSTILE, "dest": HOSTILE}]),
        replace(FOUND, punctuality=[{**each, "carrier_name": HOSTILE} for each in PUNCTUALITY]),
        replace(FOUND, rows={**FOUND.rows, "refined": {f"{HOSTILE}_": 1}}, lineage={f"{HOSTILE}_": [HOSTILE]}),
        replace(FOUND, quality=[{**FOUND.quality[0], "dataset": f"{HOSTILE}_{HOSTILE}"}]),
        replace(FOUND, contracts=[{**CONTRACT, "purpose": HOSTILE, "name": f"{HOSTILE}_"}]),
        replace(FOUND, contracts=[{**CONTRACT, "facts": [[HOSTILE, HOSTILE]], "rules": [HOSTILE]}]),
        replace(FOUND, jobs={HOSTILE: 1.0}, sent=[Sent(dataset=HOSTILE, sent=1, quarantined=0, repeated=0)]),
    ],
)
def test_hostile_text_stays_text(found: Findings) -> None:
    page = render(found)
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_the_most_punctual_carrier_comes_first_and_a_month_without_arrivals_is_no_zero() -> None:
    assert [(code, [shown for shown, _ in cells]) for code, _, cells in heat(PUNCTUALITY)] == [
        ("AA", ["10%", "-"]),
        ("UA", ["50%", "10%"]),
    ]
    assert heat([punctuality("UA", 1, 0, 0)]) == [("UA", "UA Air", [("-", 0)])]


def test_the_line_goes_through_the_months_that_there_are() -> None:
    found = line(PUNCTUALITY)
    assert found
    assert [(month, shown) for _, _, month, shown in found.points] == [("Jan", "30%"), ("Feb", "10%")]
    assert [x for x, *_ in found.points] == [34, 344]
    assert line(PUNCTUALITY[:1]) is None


def test_bars_are_as_long_as_their_values() -> None:
    assert [(bar.label, bar.shown, bar.length) for bar in bands(WEATHER, "visibility")] == [
        ("under 1 mile", "80%", 1.0),
        ("10 miles", "20%", 0.25),
    ]
    assert [(bar.label, bar.length, bar.note) for bar in busiest(ROUTES)] == [
        ("JFK to LAX", 1.0, "Los Angeles Intl"),
        ("EWR to BQN", 0.25, ""),
    ]


def test_rows_are_those_that_the_checks_counted() -> None:
    counted = [
        Check(f"{layer}: {'raw records of ' if layer == 'initial' else ''}{name}", 0, number)
        for layer, names in LAYERS.items()
        for number, name in enumerate(names)
    ]
    assert rows_of(counted)["initial"]["weather"] == LAYERS["initial"].index("weather")
    assert list(rows_of(counted)) == list(LAYERS)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("carrier is 'united'; the pattern is ^[0-9A-Z]{2}$.", "carrier: the pattern is ^[0-9A-Z]{2}$"),
        ("dep_delay is '9; 9'; the maximum is 2880.", "dep_delay: the maximum is 2880"),
        ("carrier is missing; the contract requires it.", "carrier: the contract requires it"),
        ("the row has 18 columns; the contract has 19.", "the row has … columns; the contract has …"),
        (
            "the record is not UTF-8 at byte 7; encode it as UTF-8.",
            "the record is not UTF-8 at byte …; encode it as UTF-8",
        ),
    ],
)
def test_reasons_are_counted_without_the_values_that_they_quote(told: str, reason: str) -> None:
    assert reason_of(told) == reason
