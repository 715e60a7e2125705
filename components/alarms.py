"""Alarms and announcements, made where the thing is that they watch; each says what to do."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pulumi
import pulumi_aws as aws

from components.documents import json_document


def alarm(
    name: str,
    physical_name: str,
    description: str,
    *,
    metric: tuple[str, str, Mapping[str, pulumi.Input[str]]],
    above: float | None = None,
    below: float | None = None,
    statistic: str = "Maximum",
    period: int = 300,
    times: int = 1,
    of: int | None = None,
    silence: Literal["notBreaching", "breaching"] = "notBreaching",
    topics: Sequence[pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
    tags: Mapping[str, str] | None = None,
) -> None:
    """Tell `topics` when a metric (namespace, name, dimensions) is `above` or `below` a value, and when no longer.

    It has to be so `times` out of the last `of` periods, all of them if not said otherwise. `statistic` may be a
    percentile, such as p99. No data means that nothing happens, and so that nothing is wrong, unless `silence` says so.
    """
    namespace, metric_name, dimensions = metric
    if (above is None) == (below is None):
        raise ValueError(f"The alarm {physical_name} is above {above} and below {below}; give one of the two.")
    percentile = statistic.startswith("p")
    aws.cloudwatch.MetricAlarm(
        name,
        name=physical_name,
        alarm_description=description,
        namespace=namespace,
        metric_name=metric_name,
        dimensions=dimensions,
        statistic=None if percentile else statistic,
        extended_statistic=statistic if percentile else None,
        # A percentile of a few calls is that of the slowest one.
        evaluate_low_sample_count_percentiles="ignore" if percentile else None,
        period=period,
        evaluation_periods=of or times,
        datapoints_to_alarm=times,
        comparison_operator="GreaterThanThreshold" if below is None else "LessThanThreshold",
        threshold=above if below is None else below,
        treat_missing_data=silence,
        alarm_actions=list(topics),
        ok_actions=list(topics),
        tags=tags,
        opts=opts,
    )


def announcement(
    name: str,
    physical_name: str,
    description: str,
    *,
    pattern: Mapping[str, Any],
    told: Mapping[str, str],
    topics: Sequence[pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> None:
    """Tell `topics` of each event that fits `pattern`, whose values may be outputs.

    `told` maps a word to where its value is in the event: the message is the description, with `<word>`s filled in.
    """
    rule = aws.cloudwatch.EventRule(
        name,
        name=physical_name,
        description=description,
        event_pattern=json_document(dict(pattern)),
        opts=opts,
    )
    for index, topic in enumerate(topics, 1):
        aws.cloudwatch.EventTarget(
            f"{name}-{index}",
            rule=rule.name,
            target_id=f"topic-{index}",
            arn=topic,
            input_transformer={"input_paths": dict(told), "input_template": json.dumps(description)},
            opts=opts,
        )
