"""What each engine does and does not, as tables of a page: `python -m embedded.abilities.table` writes them anew.

They stand in docs/embedded.md between marks that name the engine; what is around them is written by hand.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from embedded.abilities import account, clusters, entrances, functions, glue, lake, redshift
from embedded.abilities.row import Does, DoesNot, Example, Instead, Row, Shown

PAGE = Path("docs/embedded.md")
ENGINES: Mapping[str, Sequence[Row]] = {
    "lambda": functions.LAMBDA,
    "event sources": functions.EVENT_SOURCES,
    "glue jobs": glue.JOBS,
    "glue catalog": glue.CATALOG,
    "glue workflows": glue.WORKFLOWS,
    "glue data quality": glue.DATA_QUALITY,
    "emr": clusters.EMR,
    "athena": lake.ATHENA,
    "lake formation": lake.LAKE_FORMATION,
    "redshift": redshift.REDSHIFT,
    "api gateway": entrances.API_GATEWAY,
    "appsync": entrances.APPSYNC,
    "load balancers": entrances.LOAD_BALANCERS,
    "event bus": account.EVENT_BUS,
    "s3": account.S3,
    "the rest": account.THE_REST,
}
MARKED = re.compile(r"(?<=<!-- engine: )(?P<engine>[^>]+?)(?P<mark> -->\n).*?(?=<!-- end -->)", re.DOTALL)


class PageError(Exception):
    """The page has not one place for each engine."""


def page(text: str, engines: Mapping[str, Sequence[Row]] = ENGINES) -> str:
    """The page with the engines' tables as they are now. Raises PageError."""
    places = [found["engine"] for found in MARKED.finditer(text)]
    if sorted(places) != sorted(engines):
        wrong = sorted({*places} ^ {*engines}) or sorted({each for each in places if places.count(each) > 1})
        raise PageError(
            f"{PAGE} must have each engine once, as <!-- engine: NAME -->, then <!-- end -->; see: {', '.join(wrong)}."
        )
    return MARKED.sub(lambda found: f"{found['engine']}{found['mark']}{tables(engines[found['engine']])}", text)


def tables(rows: Sequence[Row]) -> str:
    """What an engine does, and what not: errors first, then what is recorded, then what nothing tells of."""
    done = [row for row in rows if isinstance(row, Does)]
    others = [row for row in rows if isinstance(row, DoesNot)]
    others.sort(key=lambda row: list(Instead).index(row.instead))
    return "\n".join(
        [
            "",
            _table(
                ("does", "differently from AWS", "shown by"),
                [(row.what, row.differently, _shown(row.shown)) for row in done],
            ),
            _table(
                ("does not", "instead", "such as"),
                [(row.what, row.instead.value, _shown(row.shown)) for row in others],
            ),
            "",
        ]
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def _shown(shown: Sequence[Shown]) -> str:
    examples = [_example(each) for each in shown if isinstance(each, Example)]
    files = dict.fromkeys(each.file for each in shown if not isinstance(each, Example))
    tests = [f"[{file.rpartition('test_')[2]}](../tests/embedded/{file}.py)" for file in files]
    return "<br>".join([*examples, *([", ".join(tests)] if tests else [])])


def _example(example: Example) -> str:
    told = f": *{example.told.strip()}*" if example.told else ": accepted"
    return f"`{called(example) if example.way == 'call' else example.asked}`{told}"


def called(example: Example) -> str:
    """An action as readers know it; of its parameters, those that are no texts."""
    action = "".join(part.capitalize() for part in example.asked.partition(".")[2].split("_"))
    listed = [
        f"{name}={value if isinstance(value, int) else '…'}"
        for name, value in example.given.items()
        if not isinstance(value, str)
    ]
    return f"{action}({', '.join(listed)})" if listed else action


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
