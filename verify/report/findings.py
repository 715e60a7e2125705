"""What the page is about, gathered from a run of the check and from the platform itself."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from verify import source
from verify.check import MARTS, TABLES, Check
from verify.flow import Landed
from verify.plan import Plan
from verify.platform import Platform, Row

PUNCTUALITY = """
SELECT carrier, max(carrier_name) AS carrier_name, month, sum(arrived) AS arrived, sum(delayed) AS delayed
FROM punctuality_by_carrier GROUP BY carrier, month ORDER BY carrier, month
"""
WEATHER = """
SELECT visibility, precipitation, wind, sum(arrived) AS arrived, sum(delayed) AS delayed
FROM delay_by_weather GROUP BY visibility, precipitation, wind
"""
ROUTES = """
SELECT origin, dest, dest_name, flights, arrived, delayed FROM routes ORDER BY flights DESC, origin, dest LIMIT 12
"""
QUALITY = """
SELECT layer, dataset, count(*) AS rules, sum(CASE WHEN outcome = 'PASS' THEN 1 ELSE 0 END) AS holding
FROM quality_results
WHERE workflow_run = (SELECT max_by(workflow_run, evaluated_at) FROM quality_results)
GROUP BY layer, dataset ORDER BY layer, dataset
"""
LAYERS: Mapping[str, Sequence[str]] = {
    "initial": TABLES,
    "intermediate": TABLES,
    "integrated": ("flights_enriched",),
    "refined": MARTS,
}
REMEDY = re.compile(r"(?P<field>\w+) is .*; (?P<remedy>[^;]+)\.", re.DOTALL)
"""A reason that quotes a value: what it says of the field is alike for all values."""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What of a data set was sent, and what became of it."""

    dataset: str
    sent: int
    quarantined: int
    repeated: int


@dataclass(frozen=True, kw_only=True)
class Findings:
    """All that the page shows. Empty parts are left out of it."""

    flights: int
    checked_at: datetime
    seconds: float
    checks: Sequence[Check]
    rows: Mapping[str, Mapping[str, int]]
    """Layer → table → rows."""
    sent: Sequence[Sent] = ()
    reasons: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Data set and reason → rejected records."""
    quality: Sequence[Row] = ()
    lineage: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Product → what it is made of."""
    contracts: Sequence[Mapping[str, Any]] = ()
    """What is said of each data contract."""
    phases: Mapping[str, float] = field(default_factory=dict)
    jobs: Mapping[str, float] = field(default_factory=dict)
    """Seconds that each phase and each job of the workflow took, in order."""
    punctuality: Sequence[Row] = ()
    weather: Sequence[Row] = ()
    routes: Sequence[Row] = ()

    @property
    def differing(self) -> Sequence[Check]:
        """The checks that do not hold."""
        return [each for each in self.checks if not each.holds]


def gather(
    platform: Platform,
    checks: Sequence[Check],
    flights: int,
    timing: Mapping[str, float],
    jobs: Mapping[str, float],
    run: tuple[Plan, Landed] | None,
) -> Findings:
    """Ask the platform for what the checks did not keep. `run`: what was sent and landed, if anything was."""
    return Findings(
        flights=flights,
        checked_at=datetime.now().astimezone(),
        seconds=sum(timing.values()),
        checks=checks,
        rows=rows_of(checks),
        sent=_sent(*run) if run else (),
        reasons=_reasons(run[1]) if run else {},
        quality=platform.query(QUALITY, "intermediate"),
        lineage={
            name: contract["made_of"]
            for name, contract in platform.outputs.contracts.items()
            if contract.get("made_of")
        },
        contracts=platform.outputs.documentation,
        phases=timing,
        jobs=jobs,
        punctuality=platform.query(PUNCTUALITY),
        weather=platform.query(WEATHER),
        routes=platform.query(ROUTES),
    )


def rows_of(checks: Sequence[Check]) -> dict[str, dict[str, int]]:
    """The rows of each layer's tables, which the checks counted."""
    found = {each.what.replace("raw records of ", ""): each.found for each in checks}
    return {layer: {name: int(found[f"{layer}: {name}"]) for name in names} for layer, names in LAYERS.items()}


def _sent(plan: Plan, landed: Landed) -> list[Sent]:
    return [
        Sent(
            dataset=name,
            sent=plan.sent(name),
            quarantined=sum(len(each) for key, each in landed.rejects.items() if key.startswith(f"quarantine/{name}/")),
            repeated=plan.duplicates(name),
        )
        for name in ("flights", "weather", *source.REFERENCES)
    ]


def _reasons(landed: Landed) -> dict[tuple[str, str], int]:
    """How many records were refused for what, the most first. A record that has several reasons counts for each."""
    counted = Counter(
        (str(entry["dataset"]), reason_of(reason))
        for entries in landed.rejects.values()
        for entry in entries
        for reason in entry["reasons"]
    )
    return dict(sorted(counted.items(), key=lambda each: (each[0][0], -each[1], each[0][1])))


def reason_of(told: str) -> str:
    """A reason without the value that it quotes."""
    found = REMEDY.fullmatch(told)
    return f"{found['field']}: {found['remedy']}" if found else re.sub(r"'[^']*'|(?<![-\w])\d+", "…", told).rstrip(".")
