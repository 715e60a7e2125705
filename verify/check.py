"""Compares the platform with the figures expected of it, and lays the outcome out as a table."""

import base64
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from verify import source
from verify.expected import Expected, Figures
from verify.flow import Landed
from verify.plan import Plan
from verify.platform import Platform, Stored

SAMPLED = 12
"""Raw objects whose bytes are compared one by one."""
PAGE = 60
"""Rows of a page, fewer than there are routes."""
HOSTILE = "UA' OR '1'='1"
MISSING = """
SELECT count(*) AS flights,
       sum(CASE WHEN cancelled THEN 1 ELSE 0 END) AS cancelled,
       sum(CASE WHEN dest_name IS NULL THEN 1 ELSE 0 END) AS dest,
       sum(CASE WHEN plane_type IS NULL AND tailnum IS NOT NULL THEN 1 ELSE 0 END) AS plane,
       sum(CASE WHEN visib IS NULL THEN 1 ELSE 0 END) AS weather,
       sum(CASE WHEN date_trunc('hour', sched_dep_at) = time_hour THEN 0 ELSE 1 END) AS misplaced
FROM flights_enriched
"""
CARRIERS = """
SELECT carrier, sum(flights) AS flights, sum(cancelled) AS cancelled, sum(arrived) AS arrived,
       sum(delayed) AS delayed, sum(delayed) * 1e0 / sum(arrived) AS delayed_share,
       sum(mean_arr_delay * arrived) / sum(arrived) AS mean_arr_delay
FROM punctuality_by_carrier GROUP BY carrier ORDER BY carrier
"""
WEATHER = "SELECT * FROM delay_by_weather ORDER BY visibility, precipitation, wind"
GRAPHQL = """
query Punctuality($carrier: String, $month: Int) {
  punctuality_by_carrier(carrier: $carrier, month: $month) {
    carrier year month flights cancelled arrived delayed delayed_share mean_arr_delay
  }
}
"""
QUALITY = """
SELECT count(DISTINCT dataset) AS tables, sum(CASE WHEN outcome = 'PASS' THEN 0 ELSE 1 END) AS failing
FROM quality_results
WHERE workflow_run = (SELECT max_by(workflow_run, evaluated_at) FROM quality_results)
"""
STAR = {
    "flights": "flights",
    "weather": "weather",
    "airlines": "carriers",
    "airports": "airports",
    "planes": "planes",
}
"""Data set → the table of the warehouse's star that it fills."""
STAR_ROWS = " UNION ALL ".join(
    f"SELECT '{name}' AS name, count(*) AS n FROM star.{name}"  # noqa: S608 - names of our own
    for name in STAR.values()
)
STAR_CARRIERS = """
SELECT c.carrier, c.name AS carrier_name, count(*) AS flights,
       sum(CASE WHEN f.cancelled THEN 1 ELSE 0 END) AS cancelled,
       count(f.arr_delay) AS arrived,
       sum(CASE WHEN f.arr_delay > 15 THEN 1 ELSE 0 END) AS delayed,
       sum(CASE WHEN f.arr_delay > 15 THEN 1e0 ELSE 0e0 END) / count(f.arr_delay) AS delayed_share,
       avg(CAST(f.arr_delay AS DOUBLE PRECISION)) AS mean_arr_delay
FROM star.flights f JOIN star.carriers c ON f.carrier = c.carrier GROUP BY c.carrier, c.name
"""
VIEWS = """
SELECT (SELECT sum(flights) FROM marts.daily_operations) AS flights,
       (SELECT sum(cancelled) FROM marts.daily_operations) AS cancelled,
       (SELECT sum(readings) FROM marts.weather_extremes) AS readings
"""
PUBLISHED = 'query { published_airports(faa: "JFK") { name lat lon tzone } }'
MARTS = ("punctuality_by_carrier", "delay_by_weather", "published_airports", "routes")
TABLES = ("flights", "weather", *source.REFERENCES)


@dataclass(frozen=True)
class Check:
    """One thing that must hold."""

    what: str
    expected: Any
    found: Any

    @property
    def holds(self) -> bool:
        """Whether it does."""
        return bool(self.expected == self.found)


def accounts(platform: Platform, plan: Plan, landed: Landed) -> list[Check]:
    """sent = accepted + quarantined + duplicates, for each data set of this run."""
    month, day = plan.days[-1]
    scope = dict.fromkeys(("flights", "weather"), f"WHERE month * 100 + day <= {month * 100 + day}")
    checks = []
    for name in TABLES:
        quarantined = sum(len(each) for key, each in landed.rejects.items() if key.startswith(f"quarantine/{name}/"))
        accepted = platform.count("intermediate", name, scope.get(name, ""))
        checks += [
            Check(f"{name}: quarantined of {plan.sent(name):,} sent", len(plan.spoiled(name)), quarantined),
            Check(f"{name}: repeated", plan.duplicates(name), plan.sent(name) - quarantined - accepted),
        ]
    return checks


def quarantine(plan: Plan, landed: Landed) -> list[Check]:
    """Exactly the broken records are in quarantine, each with its reason, and with its place where it has one."""
    expected: Counter[tuple[str, bytes, str]] = Counter()
    reasons: dict[tuple[str, bytes], str] = {}
    for name in TABLES:
        for broken in plan.spoiled(name):
            reasons[name, _bare(name, broken.record)] = broken.reason
    for file in plan.files:
        for line, broken in file.spoiled.items():
            place = f"raw/{file.dataset}/{file.name}:{line}"
            expected[file.dataset, _bare(file.dataset, broken.record), place] += 1
    for broken in plan.weather_spoiled:
        expected["weather", broken.record, "stream"] += 1
    entries = [entry for each in landed.rejects.values() for entry in each]
    found = Counter((entry["dataset"], _record(entry), _place(entry)) for entry in entries)
    explained = sum(
        any(reasons.get((entry["dataset"], _record(entry)), "\0") in reason for reason in entry["reasons"])
        for entry in entries
    )
    return [
        Check("quarantine: broken records that are not there", 0, (expected - found).total()),
        Check("quarantine: records that are not broken", 0, (found - expected).total()),
        Check("quarantine: records with the reason they were broken by", expected.total(), explained),
    ]


def raw_objects(platform: Platform, plan: Plan) -> list[Check]:
    """Files are in initial as they were sent: all by size, some by every byte and by the verdict beside them."""
    objects = platform.objects(platform.outputs.initial_bucket, "raw/")
    bodies = {f"raw/{file.dataset}/{file.name}": file.body for file in plan.files}
    same_size = sum(key in objects and objects[key].size == len(body) for key, body in bodies.items())
    sample = list(bodies)[:: max(len(bodies) // SAMPLED, 1)]
    read = platform.bodies(platform.outputs.initial_bucket, [key for key in sample if key in objects], "raw objects")
    bad = {f"verdicts/{file.dataset}/{file.name}.json": set(map(str, file.spoiled)) for file in plan.files}
    wanted = [f"verdicts/{key.removeprefix('raw/')}.json" for key in sample]
    there = platform.objects(platform.outputs.initial_bucket, "verdicts/")
    verdicts = platform.bodies(platform.outputs.initial_bucket, [key for key in wanted if key in there], "verdicts")
    right = [{each["position"] for each in json.loads(body)["rejected"]} == bad[key] for key, body in verdicts]
    return [
        Check("initial: files with the size they were sent in", len(bodies), same_size),
        Check(
            "initial: sampled files with the very bytes that were sent",
            len(sample),
            sum(bodies[k] == b for k, b in read),
        ),
        Check("initial: sampled files with the verdict on exactly the lines that are broken", len(sample), sum(right)),
    ]


def layers(platform: Platform, plan: Plan | None, expected: Expected) -> list[Check]:
    """Rows of each table of each layer, by Athena."""
    lines = _raw_lines(platform, plan)
    checks = [Check(f"initial: raw records of {n}", lines[n], platform.count("initial", n)) for n in TABLES]
    checks += [Check(f"intermediate: {n}", expected.rows[n], platform.count("intermediate", n)) for n in TABLES]
    checks.append(
        Check(
            "integrated: flights_enriched", expected.rows["flights"], platform.count("integrated", "flights_enriched")
        )
    )
    marts = {
        "punctuality_by_carrier": len(expected.punctuality),
        "delay_by_weather": len(expected.weather),
        "published_airports": expected.rows["airports"],
        "routes": len(expected.routes),
    }
    return checks + [Check(f"refined: {name}", rows, platform.count("refined", name)) for name, rows in marts.items()]


def queries(platform: Platform, expected: Expected) -> list[Check]:
    """Three questions to Athena."""
    missing = platform.query(MISSING, "integrated")[0]
    wanted = {"flights": expected.rows["flights"], "cancelled": expected.cancelled, **expected.missing}
    found = {name: int(missing[name] or 0) for name in wanted}
    words = {"cancelled": "cancelled", **{name: f"without their {name}" for name in expected.missing}}
    return [
        *[Check(f"Athena: flights {words.get(name, '')}".rstrip(), wanted[name], found[name]) for name in wanted],
        Check("Athena: flights whose local departure is not in their hour of UTC", 0, int(missing["misplaced"] or 0)),
        _same("Athena: punctuality of carriers", expected.carriers, platform.query(CARRIERS), ("carrier",)),
        _same(
            "Athena: delay by weather",
            expected.weather,
            platform.query(WEATHER),
            ("visibility", "precipitation", "wind"),
        ),
    ]


def warehouse(platform: Platform, expected: Expected) -> list[Check]:
    """The star in Redshift, and the marts over it."""
    rows = {row["name"]: int(row["n"]) for row in platform.ask_warehouse(STAR_ROWS)}
    marts = {name: int(value or 0) for name, value in platform.ask_warehouse(VIEWS)[0].items()}
    return [
        *[Check(f"Redshift: {table} of the star", expected.rows[name], rows[table]) for name, table in STAR.items()],
        _same(
            "Redshift: punctuality of carriers", expected.carriers, platform.ask_warehouse(STAR_CARRIERS), ("carrier",)
        ),
        Check("Redshift: flights in its marts", expected.rows["flights"], marts["flights"]),
        Check("Redshift: flights cancelled in its marts", expected.cancelled, marts["cancelled"]),
        Check("Redshift: weather readings in its marts", expected.rows["weather"], marts["readings"]),
    ]


def quality(platform: Platform) -> list[Check]:
    """In the newest run of the workflow each table beyond the raw ones was judged, and every rule holds."""
    found = platform.query(QUALITY, "intermediate")[0]
    judged = len(TABLES) + len(("flights_enriched", *MARTS))
    return [
        Check("quality: tables judged in the last run", judged, int(found["tables"] or 0)),
        Check("quality: rules that do not hold", 0, int(found["failing"] or 0)),
    ]


def calls(platform: Platform, expected: Expected) -> list[Check]:
    """Two calls to the REST API that must answer, and two that must not get through."""
    carrier, month = "UA", min(key[2] for key in expected.punctuality)
    origin, dest = max(expected.routes, key=lambda key: (expected.routes[key]["flights"], key))
    status, body = platform.call("/punctuality", {"carrier": carrier, "month": str(month)})
    wanted = {key: row for key, row in expected.punctuality.items() if key[0] == carrier and key[2] == month}
    route_status, route = platform.call("/routes", {"origin": origin, "dest": dest})
    wanted_route = {(origin, dest): expected.routes[origin, dest]}
    refused, _ = platform.call("/punctuality", {"carrier": HOSTILE})
    paged = _pages(platform, "/routes", {"sort": "-flights", "limit": str(PAGE)})
    counts = [row["flights"] for row in paged]
    return [
        Check("REST: status of /punctuality", 200, status if status == 200 else f"{status} {body}"),
        Check("REST: status of /routes", 200, route_status if route_status == 200 else f"{route_status} {route}"),
        _same(f"REST: punctuality of {carrier} in month {month}", wanted, _items(body), ("carrier", "year", "month")),
        _same(f"REST: route {origin} to {dest}", wanted_route, _items(route), ("origin", "dest")),
        _same(f"REST: all routes, in pages of {PAGE}", expected.routes, paged, ("origin", "dest")),
        Check("REST: routes out of order, the busiest first", 0, sum(a < b for a, b in pairwise(counts))),
        Check("REST: status of a hostile parameter", 400, refused),
        Check("REST: status for nobody, without signature or key", 403, platform.knock("/routes")),
        *_graphql(platform, carrier, month, wanted),
        *_published(platform, expected),
    ]


def _graphql(platform: Platform, carrier: str, month: int, wanted: Figures) -> list[Check]:
    """A query to GraphQL that must answer, and one that must not get through."""
    answer = platform.ask(GRAPHQL, carrier=carrier, month=month)
    rows = (answer.get("data") or {}).get("punctuality_by_carrier") or []
    refused = platform.ask(GRAPHQL, carrier=HOSTILE, month=month).get("errors") or [{}]
    what = f"GraphQL: punctuality of {carrier} in month {month}"
    return [
        _same(what, wanted, rows, ("carrier", "year", "month")),
        Check("GraphQL: answer to a hostile argument", "Refused", refused[0].get("errorType")),
    ]


def _published(platform: Platform, expected: Expected) -> list[Check]:
    """A reference table, read by both ways."""
    _, body = platform.call("/published_airports", {"faa": "JFK"})
    answer = platform.ask(PUBLISHED)
    rows = (answer.get("data") or {}).get("published_airports") or []
    return [
        _same("REST: airport JFK", expected.airport, _items(body), ("name",)),
        _same("GraphQL: airport JFK", expected.airport, rows, ("name",)),
    ]


def _pages(platform: Platform, path: str, parameters: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """The rows of all pages of an answer; those before the first that is refused."""
    rows: list[Mapping[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        _, body = platform.call(path, {**parameters, **({"cursor": cursor} if cursor else {})})
        rows += _items(body)
        cursor = body.get("next") if _items(body) else None
    return rows


def table(checks: Sequence[Check]) -> str:
    """The checks as a table for people."""
    rows = [
        (each.what, _shown(each.expected), _shown(each.found), "ok" if each.holds else "DIFFERS") for each in checks
    ]
    rows.insert(0, ("what", "expected", "found", ""))
    width = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        f"{what:<{width[0]}}  {expected:>{width[1]}}  {found:>{width[2]}}  {verdict}".rstrip()
        for what, expected, found, verdict in rows
    )


def _raw_lines(platform: Platform, plan: Plan | None) -> dict[str, int]:
    """Raw records of each data set, counted in the objects themselves; headers are not records."""
    ours = {f"raw/{file.dataset}/{file.name}": file.body for file in plan.files} if plan else {}
    objects: Mapping[str, Stored] = platform.objects(platform.outputs.initial_bucket, "raw/")
    others = [key for key in objects if key not in ours]
    read = platform.bodies(platform.outputs.initial_bucket, others, "raw objects")
    lines: Counter[str] = Counter()
    for key, body in (*ours.items(), *read):
        dataset = key.split("/")[1]
        count = body.count(b"\n") + (not body.endswith(b"\n") and bool(body))
        lines[dataset] += count - (not key.endswith(".jsonl") and count > 0)
    return dict(lines)


def _same(what: str, expected: Figures, found: Iterable[Mapping[str, Any]], key: Sequence[str]) -> Check:
    """A check that rows have the expected figures; names the first that has not."""
    rows = {tuple(str(row.get(name)) for name in key): row for row in found}
    wanted = {tuple(map(str, index)): figures for index, figures in expected.items()}
    good = f"{len(wanted):,} rows, all figures"
    if rows.keys() != wanted.keys():
        odd = sorted(rows.keys() ^ wanted.keys())
        return Check(what, good, f"{len(rows):,} rows; {odd[0]} is in one only")
    for index, figures in wanted.items():
        for name, value in figures.items():
            if not _equal(value, rows[index].get(name)):
                return Check(what, good, f"{index} has {name} {rows[index].get(name)}, not {value}")
    return Check(what, good, good)


def _equal(expected: float | str | None, found: Any) -> bool:
    if expected is None or found is None:
        return expected is None and found is None
    if isinstance(expected, str):
        return bool(expected == found)
    return math.isclose(float(expected), float(found), rel_tol=1e-9, abs_tol=1e-12)


def _items(body: Any) -> list[Mapping[str, Any]]:
    return body.get("items", []) if isinstance(body, dict) else []


def _bare(dataset: str, record: bytes) -> bytes:
    return record if dataset == "weather" else record.removesuffix(b"\n")


def _record(entry: Mapping[str, Any]) -> bytes:
    if "record_base64" in entry:
        return base64.b64decode(entry["record_base64"])
    return str(entry["record"]).encode("utf-8")


def _place(entry: Mapping[str, Any]) -> str:
    source_uri = str(entry["source"])
    if source_uri.startswith("kinesis://"):
        return "stream"
    return f"{source_uri.removeprefix('s3://').partition('/')[2]}:{entry['position']}"


def _shown(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
