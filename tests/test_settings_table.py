"""The page on how the stacks differ is that of the stack files as they are."""

from settings.table import PAGE, flat, page, table


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), "docs/stacks.md is out of date: run python -m settings.table"


def test_only_what_differs_is_in_the_table() -> None:
    written = table({"dev": {"a": 1, "b": 2}, "prod": {"a": 1, "b": 3}})
    assert "| `b` | 2 | 3 |" in written
    assert "`a`" not in written


def test_what_only_one_stack_has_is_in_it_too() -> None:
    written = table({"dev": {"on": True, "list": ["x", "y"]}, "prod": {"on": False}})
    assert "| `on` | yes | no |" in written
    assert "| `list` | x, y | none |" in written


def test_a_section_stays_together_whichever_stack_has_it() -> None:
    written = table({"dev": {"a.x": 1, "b.x": 1}, "prod": {"a.x": 2, "b.x": 2, "a.y": 3}})
    assert [line.split("`")[1] for line in written.splitlines()[2:]] == ["a.x", "a.y", "b.x"]


def test_a_setting_is_named_by_its_path() -> None:
    assert dict(flat({"a": {"b": {"c": 1}, "d": {}}})) == {"a.b.c": 1, "a.d": {}}
