"""The page itself: findings laid out by the template beside this file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from verify.platform import Row
from verify.report.findings import Findings

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SCALES: Mapping[str, Sequence[str]] = {
    "visibility": ("under 1 mile", "1 to 5 miles", "5 to 10 miles", "10 miles", "unknown"),
    "precipitation": ("heavy", "light", "none", "unknown"),
    "wind": ("strong", "breeze", "calm", "unknown"),
}
"""The bands of each kind of weather, the worst first."""
SHADES = 6
"""Steps of the heat map's colour."""


@dataclass(frozen=True)
class Bar:
    """A row of a bar chart: its label, its value as it is written, and its length (0 to 1)."""

    label: str
    shown: str
    length: float
    note: str = ""


@dataclass(frozen=True)
class Line:
    """A line through the months: its points in a drawing of 360 by 160, and what is at the axis."""

    points: Sequence[tuple[float, float, str, str]]
    """x, y, month, value as it is written."""
    top: str


def render(findings: Findings) -> str:
    """The page as HTML. Whatever comes from data is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {
        "breakable": breakable,
        "count": lambda number: f"{number:,}",
        "seconds": lambda number: f"{number:,.0f} s",
    }
    folder = Path(__file__).parent
    return environment.get_template("page.html").render(
        findings=findings,
        style=Markup((folder / "page.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
        carriers=heat(findings.punctuality),
        months=[name for number, name in enumerate(MONTHS, 1) if _of(findings.punctuality, "month", str(number))],
        by_month=line(findings.punctuality),
        weather={kind: bands(findings.weather, kind) for kind in SCALES},
        routes=busiest(findings.routes),
        durations=bars_of(findings.phases),
        jobs=bars_of(findings.jobs),
        quality=sorted(
            findings.quality, key=lambda row: (list(findings.rows).index(str(row["layer"])), str(row["dataset"]))
        ),
        failing=[each for each in findings.quality if each["rules"] != each["holding"]],
        rules=sum(int(each["rules"] or 0) for each in findings.quality),
        described=frozenset(each["name"] for each in findings.contracts),
        sources=sorted({name for made_of in findings.lineage.values() for name in made_of} - set(findings.lineage)),
        joined=[name for name in findings.lineage if _feeds(findings.lineage, name)],
        products=[name for name in findings.lineage if not _feeds(findings.lineage, name)],
    )


def breakable(name: str) -> Markup:
    """A name that may break after its underscores."""
    return Markup("_<wbr>").join(name.split("_"))


def share(rows: Sequence[Row]) -> float | None:
    """Delayed arrivals among the known ones; None where none is known."""
    arrived, delayed = (sum(int(row[name] or 0) for row in rows) for name in ("arrived", "delayed"))
    return delayed / arrived if arrived else None


def heat(rows: Sequence[Row]) -> list[tuple[str, str, list[tuple[str, int]]]]:
    """Carrier, its name, and for each month the share as it is written with its shade; the most punctual first."""
    months = [str(number) for number in range(1, 13) if _of(rows, "month", str(number))]
    carriers = sorted({str(row["carrier"]) for row in rows}, key=lambda code: share(_of(rows, "carrier", code)) or 0)
    table = []
    for code in carriers:
        own = _of(rows, "carrier", code)
        cells = [share(_of(own, "month", month)) for month in months]
        table.append((code, str(own[0]["carrier_name"] or code), [_cell(value) for value in cells]))
    return table


def _cell(value: float | None) -> tuple[str, int]:
    if value is None:
        return "-", 0
    return f"{value:.0%}", min(int(value * 2 * SHADES), SHADES - 1)


def line(rows: Sequence[Row]) -> Line | None:
    """The share of delayed arrivals, month by month; None for less than two months."""
    values = {number: share(_of(rows, "month", str(number))) for number in range(1, 13)}
    known = {number: value for number, value in values.items() if value is not None}
    if len(known) < 2:
        return None
    top = max(known.values()) or 1
    first, last = min(known), max(known)
    return Line(
        [
            (34 + 310 * (number - first) / (last - first), 134 - 110 * value / top, MONTHS[number - 1], f"{value:.0%}")
            for number, value in known.items()
        ],
        f"{top:.0%}",
    )


def bands(rows: Sequence[Row], kind: str) -> list[Bar]:
    """The share of delayed arrivals in each band of a kind of weather."""
    shares = {band: share(_of(rows, kind, band)) for band in SCALES[kind]}
    longest = max((value for value in shares.values() if value), default=1)
    arrived = {band: sum(int(row["arrived"] or 0) for row in _of(rows, kind, band)) for band in shares}
    return [
        Bar(band, f"{value:.0%}", value / longest, f"{arrived[band]:,} arrivals")
        for band, value in shares.items()
        if value is not None
    ]


def busiest(rows: Sequence[Row]) -> list[Bar]:
    """The routes with the most flights."""
    most = max((int(row["flights"] or 0) for row in rows), default=1)
    return [
        Bar(
            f"{row['origin']} to {row['dest']}",
            f"{int(row['flights'] or 0):,}",
            int(row["flights"] or 0) / most,
            str(row["dest_name"] or ""),
        )
        for row in rows
    ]


def bars_of(seconds: Mapping[str, float]) -> list[Bar]:
    """How long each took."""
    longest = max(seconds.values(), default=1) or 1
    return [Bar(name, f"{took:,.0f} s", took / longest) for name, took in seconds.items()]


def _of(rows: Sequence[Row], name: str, value: str) -> list[Row]:
    return [row for row in rows if row[name] == value]


def _feeds(lineage: Mapping[str, Sequence[str]], name: str) -> bool:
    return any(name in made_of for made_of in lineage.values())
