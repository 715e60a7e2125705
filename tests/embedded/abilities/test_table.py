"""The page on what the embedded AWS does is that of the table as it is, and its rows are shown by something."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded.abilities.row import Does, Example, Instead, Row, asked, does, ignores, records, refuses, seen_in
from embedded.abilities.table import ENGINES, PAGE, PageError, page, tables

TESTS = Path("tests/embedded")


def _rows() -> Iterator[Row]:
    for rows in ENGINES.values():
        yield from rows


def test_the_page_is_up_to_date() -> None:
    text = PAGE.read_text("utf-8")
    assert text == page(text), "docs/embedded.md is out of date: run python -m embedded.abilities.table"


def test_every_test_that_a_row_names_is_there() -> None:
    named = {each for row in _rows() for each in row.shown if not isinstance(each, Example)}
    texts = {each.file: (TESTS / f"{each.file}.py").read_text("utf-8") for each in named}
    gone = [each for each in named if not re.search(rf"^def {each.name}\(", texts[each.file], re.MULTILINE)]
    assert gone == []


def test_what_is_done_and_what_is_an_error_is_shown() -> None:
    shown = [row for row in _rows() if isinstance(row, Does) or row.instead is Instead.ERROR]
    assert [row.what for row in shown if not row.shown] == [], "name a test, or give an example"


def test_what_is_an_error_tells_something() -> None:
    errors = [row for row in _rows() if not isinstance(row, Does) and row.instead is Instead.ERROR]
    silent = [each for row in errors for each in row.shown if isinstance(each, Example) and not each.told]
    assert silent == []


def test_errors_come_before_what_is_recorded_and_what_nothing_tells() -> None:
    written = tables([ignores("c"), records("b"), refuses("a"), does("d")])
    assert re.findall(r"^\| (\w) \|", written, re.MULTILINE) == ["d", "a", "b", "c"]


def test_an_example_is_shown_with_its_answer_and_a_test_with_its_file() -> None:
    written = tables(
        [
            refuses("a|b", asked("athena", "SELECT 1 || 2", "no")),
            records("c", asked("call", "glue.start_crawler", Name="x", Tags={}), *seen_in("jobs", "x", "y")),
        ]
    )
    assert "| a\\|b | **error** | `SELECT 1 \\|\\| 2`: *no* |" in written
    assert "| `StartCrawler(Tags=…)`: accepted<br>[jobs](../tests/embedded/cloud/test_jobs.py) |" in written


@pytest.mark.parametrize(
    "text",
    ["", "<!-- engine: b -->\n<!-- end -->", "<!-- engine: a -->\n<!-- end -->\n<!-- engine: a -->\n<!-- end -->"],
    ids=["none", "another", "twice"],
)
def test_a_page_without_one_place_for_each_engine_is_refused(text: str) -> None:
    with pytest.raises(PageError, match=r"must have each engine once.*: a"):
        page(text, {"a": [does("x")]})


def test_what_stands_around_the_tables_is_left_alone() -> None:
    written = page("before\n<!-- engine: a -->\nold\n<!-- end -->\nafter\n", {"a": [does("x")]})
    assert written.startswith("before\n<!-- engine: a -->\n")
    assert written.endswith("<!-- end -->\nafter\n")
    assert "old" not in written
    assert page(written, {"a": [does("x")]}) == written
