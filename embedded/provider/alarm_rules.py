"""What CloudWatch has against alarms: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""

import re
from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Fault
from embedded.provider.rules import Rule, among
from embedded.provider.values import has_unknown, is_unknown

_OF_ONE_METRIC = ("namespace", "dimensions", "period", "unit", "statistic", "extendedStatistic")
_DAY, _HOUR = 86400, 3600
_PERCENTILE = re.compile(r"p(\d{1,2}(\.\d{1,10})?|100)")
_SPAN = r"\(\d*(\.\d+)?%?:\d*(\.\d+)?%?\)"
_EXTENDED = re.compile(rf"(p|tm|tc|ts|wm)(\d{{1,2}}(\.\d{{1,10}})?|100)|IQM|PR{_SPAN}|(TC|TM|TS|WM){_SPAN}")
_STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_NAME = re.compile(r"(?<![\w.])([a-z]\w*)\b(?!\s*\()")


def _kind(props: Mapping[str, Any]) -> list[Fault]:
    queries, metric = props.get("metricQueries"), props.get("metricName")
    if bool(queries) == bool(metric):
        told = "goes not with metricName" if queries else "is missing, and so is metricName"
        return [Fault("metricQueries", f"{told}: give one of the two")]
    if queries:
        return [
            Fault(name, "goes not with metricQueries: say it of the metric in the query")
            for name in _OF_ONE_METRIC
            if props.get(name)
        ]
    faults = [
        Fault(name, "is missing, and an alarm on one metric needs it: set it")
        for name in ("namespace", "period")
        if not props.get(name)
    ]
    if bool(props.get("statistic")) == bool(props.get("extendedStatistic")):
        told = "goes not with extendedStatistic" if props.get("statistic") else "is missing"
        faults.append(Fault("statistic", f"{told}: give one of statistic and extendedStatistic"))
    return faults


def _needed(props: Mapping[str, Any]) -> list[Fault]:
    if props.get("evaluationCriteria"):
        return []
    faults = [
        Fault(name, "is missing, and an alarm needs it: set it")
        for name in ("comparisonOperator", "evaluationPeriods")
        if props.get(name) is None
    ]
    if (props.get("threshold") is None) == (props.get("thresholdMetricId") is None):
        told = "is missing" if props.get("threshold") is None else "goes not with thresholdMetricId"
        faults.append(Fault("threshold", f"{told}: give one of threshold and thresholdMetricId"))
    return faults


def _time(props: Mapping[str, Any]) -> list[Fault]:
    periods, times = props.get("period"), props.get("evaluationPeriods")
    faults = []
    if isinstance(periods, int):
        faults += _period(periods, "period")
        most = _DAY if periods < _HOUR else 7 * _DAY
        if isinstance(times, int) and periods * times > most:
            reason = f"{times} times period {periods} is {periods * times} s, above CloudWatch's {most}: shorten one"
            faults.append(Fault("evaluationPeriods", reason))
    points = props.get("datapointsToAlarm")
    if isinstance(points, int) and isinstance(times, int) and points > times:
        faults.append(Fault("datapointsToAlarm", f"{points} is above evaluationPeriods {times}: give {times} or less"))
    return faults


def _period(seconds: int, path: str) -> list[Fault]:
    if seconds in {10, 20, 30} or (seconds > 0 and seconds % 60 == 0):
        return []
    return [Fault(path, f"{seconds} is no period: give 10, 20, 30 or a multiple of 60 seconds")]


def _percentile(props: Mapping[str, Any]) -> list[Fault]:
    statistic = props.get("extendedStatistic")
    known = isinstance(statistic, str) and not is_unknown(statistic)
    if known and not _EXTENDED.fullmatch(str(statistic)):
        return [Fault("extendedStatistic", f"{statistic!r} is none: give one such as p99, tm90 or IQM")]
    fits = bool(statistic) and (not known or _PERCENTILE.match(str(statistic)))
    if props.get("evaluateLowSampleCountPercentiles") and not fits:
        reason = "is for percentiles: remove it, or give an extendedStatistic such as p99"
        return [Fault("evaluateLowSampleCountPercentiles", reason)]
    return []


def _queries(props: Mapping[str, Any]) -> list[Fault]:
    queries = props.get("metricQueries") or []
    if has_unknown([q.get("id") for q in queries]):
        return []
    faults = []
    # The provider sends false where nothing is said.
    told = [q for q in queries if q.get("returnData")]
    if queries and len(told) != 1 and not any(is_unknown(q.get("returnData")) for q in queries):
        faults.append(Fault("metricQueries", f"has {len(told)} queries with returnData: true, and needs exactly one"))
    ids = [str(q.get("id")) for q in queries]
    faults += [Fault("metricQueries", f"has the id {i!r} twice: rename one") for i in set(ids) if ids.count(i) > 1]
    for number, query in enumerate(queries):
        faults += _query(query, set(ids), f"metricQueries[{number}]")
    return faults


def _query(query: Mapping[str, Any], ids: set[str], at: str) -> list[Fault]:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html"""
    faults = []
    if not re.fullmatch(r"[a-z][a-zA-Z0-9_]*", str(query.get("id"))):
        faults.append(Fault(f"{at}.id", f"{query.get('id')!r} is none: begin it with a lower-case letter"))
    metric, expression = query.get("metric"), query.get("expression")
    if bool(metric) == bool(expression):
        told = "goes not with metric" if metric else "is missing, and so is metric"
        return [*faults, Fault(f"{at}.expression", f"{told}: give one of the two")]
    if metric:
        statistic, period = metric.get("stat"), metric.get("period")
        if isinstance(period, int):
            faults += _period(period, f"{at}.metric.period")
        known = isinstance(statistic, str) and not is_unknown(statistic)
        if known and statistic not in _STATISTICS and not _EXTENDED.fullmatch(statistic):
            choice = ", ".join(_STATISTICS)
            faults.append(Fault(f"{at}.metric.stat", f"{statistic!r} is none: give {choice}, or one such as p99"))
        return faults
    return faults + _names(str(expression), ids, f"{at}.expression")


def _names(expression: str, ids: set[str], at: str) -> list[Fault]:
    """An expression knows the ids of the other queries only; quoted text and Metrics Insights are their own matter."""
    if has_unknown(expression) or expression.lstrip().upper().startswith("SELECT"):
        return []
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", "", expression)
    strange = sorted(set(_NAME.findall(bare)) - ids)
    return [Fault(at, f"names {name}, which is the id of no query: add that query") for name in strange]


ALARM: tuple[Rule, ...] = (
    _kind,
    _needed,
    _time,
    _percentile,
    _queries,
    among(treatMissingData=("missing", "ignore", "breaching", "notBreaching")),
    among(evaluateLowSampleCountPercentiles=("evaluate", "ignore")),
)

_ALARM = r"(\"[^\"]+\"|'[^']+'|[^()\"',]+?)"
_FUNCTION = re.compile(rf"\b(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*{_ALARM}\s*\)")
_STATE = r"(?:NOT\s+)?(?:ALARM|OK|INSUFFICIENT_DATA)"
_AT_LEAST = re.compile(rf"\bAT_LEAST\s*\(\s*\d+%?\s*,\s*{_STATE}\s*,\s*\(([^()]+)\)\s*\)")


def composite(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html"""
    rule = props.get("alarmRule")
    if not isinstance(rule, str) or has_unknown(rule):
        return []
    counted = [name.strip() for names in _AT_LEAST.findall(rule) for name in names.split(",")]
    children = {*_FUNCTION.findall(rule), *counted}
    if len(children) > 100:
        return [Fault("alarmRule", f"names {len(children)} alarms, above the most of 100: make one of composites")]
    rest = _FUNCTION.sub(" TRUE ", _AT_LEAST.sub(" TRUE ", rule))
    words = re.findall(r"[()]|[^\s()]+", rest)
    strange = [w for w in words if w not in {"(", ")", "AND", "OR", "NOT", "TRUE", "FALSE"}]
    if strange:
        known = "ALARM(), OK(), INSUFFICIENT_DATA(), AT_LEAST(), AND, OR, NOT, TRUE, FALSE"
        return [Fault("alarmRule", f"has {strange[0]!r}: use {known}")]
    return [] if _balanced(words) else [Fault("alarmRule", "is no expression: check its operators and parentheses")]


def _balanced(words: list[str]) -> bool:
    text = " ".join({"AND": "and", "OR": "or", "NOT": "not", "TRUE": "True", "FALSE": "False"}.get(w, w) for w in words)
    try:
        compile(text, "alarmRule", "eval")
    except SyntaxError:
        return False
    return "True" in text or "False" in text
