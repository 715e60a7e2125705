"""Alarms, made where the thing is that they watch."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws


def alarm(
    name: str,
    physical_name: str,
    description: str,
    *,
    metric: tuple[str, str, Mapping[str, pulumi.Input[str]]],
    above: float,
    topics: Sequence[pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> None:
    """Tell `topics` when the greatest value of a metric (namespace, name, dimensions) in 5 minutes is above a value."""
    namespace, metric_name, dimensions = metric
    aws.cloudwatch.MetricAlarm(
        name,
        name=physical_name,
        alarm_description=description,
        namespace=namespace,
        metric_name=metric_name,
        dimensions=dimensions,
        statistic="Maximum",
        period=300,
        evaluation_periods=1,
        comparison_operator="GreaterThanThreshold",
        threshold=above,
        treat_missing_data="notBreaching",
        alarm_actions=list(topics),
        ok_actions=list(topics),
        opts=opts,
    )
