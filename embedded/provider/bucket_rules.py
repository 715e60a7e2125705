"""What S3 has against lifecycles and notifications."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from embedded.provider.endpoint import model
from embedded.provider.entry import Fault
from embedded.provider.values import has_unknown, is_unknown

# The way down, on which no step leads up again, and how long an object stays before it may go on from here.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
_DOWN = ("STANDARD", "STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE")
_DAYS_BEFORE = {"STANDARD_IA": 30, "ONEZONE_IA": 30}
_DAYS_AFTER = {"STANDARD_IA": 30, "ONEZONE_IA": 30}
_MOST_RULES = 1000
_ACTIONS = (
    "expiration",
    "transitions",
    "noncurrentVersionExpiration",
    "noncurrentVersionTransitions",
    "abortIncompleteMultipartUpload",
)


def lifecycle(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html"""
    rules = props.get("rules")
    if not rules:
        return [Fault("rules", "is missing, and S3 takes no lifecycle without rules: give one, or remove the resource")]
    if not isinstance(rules, list):
        return []
    faults = []
    if len(rules) > _MOST_RULES:
        faults.append(Fault("rules", f"has {len(rules)} rules, above the most of {_MOST_RULES}: remove some"))
    ids = [rule.get("id") for rule in rules if not is_unknown(rule.get("id"))]
    faults += [
        Fault("rules", f"has the id {i!r} twice: rename one") for i in sorted({i for i in ids if ids.count(i) > 1})
    ]
    return faults + [fault for number, rule in enumerate(rules) for fault in _rule(rule, f"rules[{number}]")]


def _rule(rule: Mapping[str, Any], at: str) -> list[Fault]:
    faults: list[Fault] = []
    if not any(rule.get(name) for name in _ACTIONS):
        faults.append(Fault(at, f"does nothing: give one of {', '.join(_ACTIONS)}"))
    faults += _steps(rule.get("transitions") or [], "days", f"{at}.transitions")
    faults += _steps(
        rule.get("noncurrentVersionTransitions") or [], "noncurrentDays", f"{at}.noncurrentVersionTransitions"
    )
    faults += _ends(rule, at) + _chosen(rule, at)
    kept = [("noncurrentVersionExpiration", rule.get("noncurrentVersionExpiration") or {})]
    kept += [("noncurrentVersionTransitions", each) for each in rule.get("noncurrentVersionTransitions") or []]
    for name, each in kept:
        number = each.get("newerNoncurrentVersions")
        if isinstance(number, int) and not 1 <= number <= 100:
            faults.append(Fault(f"{at}.{name}.newerNoncurrentVersions", f"{number} is outside 1 to 100: give such"))
    return faults


def _steps(steps: list[Mapping[str, Any]], days: str, at: str) -> list[Fault]:
    faults = []
    for number, step in enumerate(steps):
        where, kind, after = f"{at}[{number}]", str(step.get("storageClass")), step.get(days)
        if days == "days" and bool(step.get("date")) == (after is not None):
            faults.append(Fault(f"{where}.days", "or date: give exactly one of the two"))
        least = _DAYS_BEFORE.get(kind, 0)
        if isinstance(after, int) and after < least:
            faults.append(
                Fault(f"{where}.{days}", f"{after} is below the least of {least} for {kind}: give {least} or more")
            )
    known = [s for s in steps if isinstance(s.get(days), int) and s.get("storageClass") in _DOWN]
    for first, second in combinations(sorted(known, key=lambda s: _DOWN.index(s["storageClass"])), 2):
        faults += _pair(first, second, days, f"{at}[{steps.index(second)}]")
    return faults


def _pair(first: Mapping[str, Any], second: Mapping[str, Any], days: str, at: str) -> list[Fault]:
    """One class after another: S3 leads down only, and keeps objects a while where it charges for that while."""
    before, after = first["storageClass"], second["storageClass"]
    if before == after:
        return [Fault(f"{at}.storageClass", f"{after!r} is there twice: keep one")]
    wait = _DAYS_AFTER.get(before, 1)
    least = first[days] + wait
    if second[days] >= least:
        return []
    reason = f"{second[days]} is less than {wait} after {before} at {first[days]}: give {least} or more"
    return [Fault(f"{at}.{days}", reason)]


def _ends(rule: Mapping[str, Any], at: str) -> list[Fault]:
    """Objects expire after their last transition."""
    ends = rule.get("expiration") or {}
    faults = []
    given = [name for name in ("date", "days", "expiredObjectDeleteMarker") if ends.get(name)]
    if ends and len(given) != 1 and not any(is_unknown(ends.get(name)) for name in ends):
        faults.append(Fault(f"{at}.expiration", "must have exactly one of date, days and expiredObjectDeleteMarker"))
    pairs = (
        (ends.get("days"), rule.get("transitions"), "days", "expiration.days"),
        (
            (rule.get("noncurrentVersionExpiration") or {}).get("noncurrentDays"),
            rule.get("noncurrentVersionTransitions"),
            "noncurrentDays",
            "noncurrentVersionExpiration.noncurrentDays",
        ),
    )
    for end, steps, name, path in pairs:
        last = max((s[name] for s in steps or [] if isinstance(s.get(name), int)), default=0)
        if isinstance(end, int) and steps and end <= last:
            faults.append(
                Fault(f"{at}.{path}", f"{end} is not after the last transition at {last}: give {last + 1} or more")
            )
    return faults


def _chosen(rule: Mapping[str, Any], at: str) -> list[Fault]:
    chosen = rule.get("filter") or {}
    both = chosen.get("and") or {}
    faults = []
    given = [name for name, value in chosen.items() if value not in (None, "", {}, [])]
    if len(given) > 1:
        faults.append(Fault(f"{at}.filter", f"has {', '.join(given)} side by side: put them under and"))
    if both and sum(len(v) if n == "tags" else 1 for n, v in both.items() if v) < 2:
        faults.append(Fault(f"{at}.filter.and", "joins less than two conditions: give the one without and"))
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html#intro-lifecycle-rules-filter
    tagged = chosen.get("tag") or both.get("tags")
    sized = any(holder.get(f"objectSize{way}Than") for holder in (chosen, both) for way in ("Greater", "Less"))
    if rule.get("abortIncompleteMultipartUpload") and (tagged or sized):
        faults.append(Fault(f"{at}.abortIncompleteMultipartUpload", "goes not with a filter by tag or size: move it"))
    if (rule.get("expiration") or {}).get("expiredObjectDeleteMarker") and tagged:
        faults.append(Fault(f"{at}.expiration.expiredObjectDeleteMarker", "goes not with a filter by tag: move it"))
    return faults


_KINDS = {"lambdaFunctions": "lambdaFunctionArn", "queues": "queueArn", "topics": "topicArn"}


def notification(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html and
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
    """
    known = model("s3").shape_for("Event").enum
    faults = []
    items = list(_items(props))
    for at, kind, each in items:
        arn = each.get(_KINDS[kind])
        if isinstance(arn, str) and arn.endswith(".fifo"):
            faults.append(Fault(f"{at}.{_KINDS[kind]}", f"{arn!r} keeps order, as S3 does not: give a standard one"))
        events = each.get("events")
        if isinstance(events, list):
            faults += [
                Fault(f"{at}.events", f"{event!r} is no event of S3's: give one such as s3:ObjectCreated:*")
                for event in events
                if not is_unknown(event) and event not in known
            ]
    for (_, _, one), (at, _, other) in combinations(items, 2):
        if _overlap(one, other):
            reason = "overlaps an earlier one: share no event with it, or give prefixes or suffixes that part them"
            faults.append(Fault(at, reason))
    return faults


def _items(props: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for kind in _KINDS:
        for number, each in enumerate(props.get(kind) or []):
            yield f"{kind}[{number}]", kind, each


def _overlap(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    if has_unknown([one, other]):
        return False
    heads = (one.get("filterPrefix") or "", other.get("filterPrefix") or "")
    tails = (one.get("filterSuffix") or "", other.get("filterSuffix") or "")
    meet = heads[0].startswith(heads[1]) or heads[1].startswith(heads[0])
    meet = meet and (tails[0].endswith(tails[1]) or tails[1].endswith(tails[0]))
    return meet and any(_same(a, b) for a in one.get("events") or [] for b in other.get("events") or [])


def _same(one: str, other: str) -> bool:
    """Whether one event is the other, or a star covers it."""
    short, long = sorted((one, other), key=len)
    return (
        one == other
        or (short.endswith("*") and long.startswith(short[:-1]))
        or (long.endswith("*") and short.startswith(long[:-1]))
    )
