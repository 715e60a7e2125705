"""Glue's Data Quality Definition Language: whether a ruleset is well formed, and which rules it has.

docs.aws.amazon.com/glue/latest/dg/dqdl.html. What a rule says of its columns is not judged here.
"""

import re

from embedded.provider.entry import words

# docs.aws.amazon.com/glue/latest/dg/dqdl-rule-types.html
RULE_TYPES = words(
    "AggregateMatch ColumnCorrelation ColumnCount ColumnDataType ColumnExists ColumnLength ColumnNamesMatchPattern "
    "ColumnValues Completeness CustomSql DataFreshness DatasetMatch DetectAnomalies DistinctValuesCount Entropy "
    "FileFreshness FileMatch FileSize FileUniqueness IsComplete IsPrimaryKey IsUnique Mean ReferentialIntegrity "
    "RowCount RowCountMatch SchemaMatch StandardDeviation Sum UniqueValueRatio Uniqueness"
)
_LISTS = {"Rules", "Analyzers", "DefaultLabels"}
_ANALYZERS = RULE_TYPES | {"AllStatistics"}
_PART = re.compile(
    r'\s+|\#[^\n]*|(?P<text>"(?:[^"\\]|\\.)*")|(?P<mark>[\[\]{}(),=<>!])|(?P<word>[^\s\[\]{}(),=<>!"#]+)|(?P<bad>.)'
)
_OPEN, _CLOSED = "[({", "])}"


def faults(text: str) -> list[str]:
    """What is wrong with a ruleset, each with its remedy."""
    parts: list[str] = []
    for found in _PART.finditer(text):
        if found["bad"]:
            line = text.count("\n", 0, found.start()) + 1
            return [f"has a text that does not end, from line {line} on: close it with a quotation mark"]
        if found.lastgroup:
            parts.append(found[0])
    unbalanced = _unbalanced(parts)
    if unbalanced:
        return [unbalanced]
    lists = _lists(parts)
    told = []
    if not {"Rules", "Analyzers"} & lists.keys():
        told.append("has no list of rules: give Rules = [ ... ]")
    for name in ("Rules", "Analyzers"):
        for rule in _items(lists[name]) if name in lists else []:
            told += _rule(name, rule)
    return told


def rules(text: str) -> list[list[str]]:
    """The parts of each rule of a ruleset that has no faults: words, marks, and texts in their quotation marks."""
    parts = [found[0] for found in _PART.finditer(text) if found.lastgroup]
    return _items(_lists(parts).get("Rules", []))


def _unbalanced(parts: list[str]) -> str:
    waiting: list[str] = []
    for part in parts:
        if part in _OPEN:
            waiting.append(_CLOSED[_OPEN.index(part)])
        elif part in _CLOSED and (not waiting or waiting.pop() != part):
            return f"has a {part} that nothing opens: remove it, or open it"
    return f"lacks a {waiting[-1]}: close what is open" if waiting else ""


def _lists(parts: list[str]) -> dict[str, list[str]]:
    """What lies between the brackets of each `NAME = [ ... ]`."""
    found: dict[str, list[str]] = {}
    at = 0
    while at + 2 < len(parts):
        if parts[at] in _LISTS and parts[at + 1] == "=" and parts[at + 2] in "[{":
            end = _end(parts, at + 2)
            found[parts[at]] = parts[at + 3 : end]
            at = end
        at += 1
    return found


def _end(parts: list[str], start: int) -> int:
    depth = 0
    for number in range(start, len(parts)):
        depth += (parts[number] in _OPEN) - (parts[number] in _CLOSED)
        if depth == 0:
            return number
    return len(parts)


def _items(parts: list[str]) -> list[list[str]]:
    """The rules of a list, which commas part."""
    items: list[list[str]] = [[]]
    depth = 0
    for part in parts:
        depth += (part in _OPEN) - (part in _CLOSED)
        if part == "," and depth == 0:
            items.append([])
        else:
            items[-1].append(part)
    return items


def _rule(name: str, rule: list[str]) -> list[str]:
    if not rule:
        return [f"has nothing between two commas or brackets of {name}: give a rule there"]
    known = RULE_TYPES if name == "Rules" else _ANALYZERS
    heads = [rule[0]] if rule[0] != "(" else _heads(rule)
    return [
        f"has a rule of the type {head!r}, which DQDL does not know: give one of {', '.join(sorted(known))}"
        for head in heads
        if head not in known
    ]


def _heads(rule: list[str]) -> list[str]:
    """The types of the rules that `and` and `or` join, each in parentheses of its own."""
    heads = []
    for before, part, after in zip(["and", *rule], rule, [*rule[1:], ""], strict=False):
        if part == "(" and before in {"and", "or", "("} and after != "(":
            heads.append(after)
    return heads
