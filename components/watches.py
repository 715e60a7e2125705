"""What is watched of each service: the metrics, from when on they are an alarm, and what to do about it.

A threshold is for a person to act on. What AWS mends by itself (a retry, a short throttle) has to last or to come
again before anybody is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.alarms import alarm, announcement
from contracts import Contract

DISK_PERCENT = 80
"""Redshift advises to stay below it, since queries spill to disk and a full one ends them all:
https://docs.aws.amazon.com/redshift/latest/mgmt/metrics-listing.html."""
IDLE_HOURS = 24
"""A cluster that nobody used for a whole day missed its daily run, or isn't needed."""
SLOW_MILLISECONDS = 10_000
"""Athena answers for the marts in a few seconds; clients, and API Gateway after 29 seconds, give up."""
HOUR = 3600
ACCEPTED = "AcceptedRecords"
"""Our own metric: how many records of a data set kept its contract, whichever way they came."""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A thing to be watched: `name` is that of its resource, `called` its physical name; `topics` are told."""

    name: str
    called: str
    topics: Sequence[pulumi.Input[str]]
    opts: pulumi.ResourceOptions


def watch_stream(thing: Watched, dataset: str, minutes: int) -> None:
    """Records that wait for so many minutes, and producers that are held back."""
    for what, metric, statistic, above, times, told in (
        (
            "lag",
            "GetRecords.IteratorAgeMilliseconds",
            "Maximum",
            minutes * 60_000,
            1,
            f"Records of {dataset} wait longer than {minutes} minutes to be read. Look for errors and throttles of the "
            "function that reads the streams; if it has none, give it more executions in medallion:functions.reserved, "
            "or the stream more shards.",
        ),
        (
            "throttles",
            "WriteProvisionedThroughputExceeded",
            "Sum",
            0,
            3,
            f"Producers of {dataset} have been held back for 15 minutes. Give it more shards in medallion:kinesis, or "
            "spread the partition keys where one shard gets all.",
        ),
    ):
        alarm(
            f"{thing.name}-{what}",
            f"{thing.called}-{what}",
            told,
            metric=("AWS/Kinesis", metric, {"StreamName": thing.called}),
            above=above,
            statistic=statistic,
            times=times,
            topics=thing.topics,
            tags={"dataset": dataset},
            opts=thing.opts,
        )


def count_accepted(
    name: str, log_group: pulumi.Input[str], namespace: str, event: str, opts: pulumi.ResourceOptions
) -> None:
    """Make a metric, by data set, of the lines in which a function says that it landed something."""
    aws.cloudwatch.LogMetricFilter(
        f"{name}-accepted",
        name=ACCEPTED,
        log_group_name=log_group,
        pattern=f'{{ $.event = "{event}" && $.accepted > 0 }}',
        metric_transformation={
            "namespace": namespace,
            "name": ACCEPTED,
            "value": "$.accepted",
            "unit": "Count",
            "dimensions": {"dataset": "$.dataset"},
        },
        opts=opts,
    )


def watch_freshness(thing: Watched, contract: Contract, namespace: str) -> None:
    """Nothing accepted for longer than the contract's freshness, if it promises one."""
    hours, dataset = contract.levels.fresh_hours, contract.name
    if hours is None:
        return
    alarm(
        f"{thing.name}-stale",
        f"{thing.called}-stale",
        f"Nothing of {dataset} was accepted for {hours} hours, which breaks the freshness that its contract promises. "
        f"Look under quarantine/{dataset}/ in the landing bucket whether all is refused, and in landing's queues for "
        f"what was put aside; where nothing came, ask {contract.owner or 'its producer'} why.",
        metric=(namespace, ACCEPTED, {"dataset": dataset}),
        below=1,
        statistic="Sum",
        period=HOUR,
        times=hours,
        # No record, no metric.
        silence="breaching",
        topics=thing.topics,
        tags={"dataset": dataset},
        opts=thing.opts,
    )


def watch_function(thing: Watched) -> None:
    """Errors (timeouts among them) that come again, and throttling that lasts."""
    for what, metric, times, of, told in (
        (
            "errors",
            "Errors",
            2,
            3,
            f"Function {thing.called} fails or runs out of time again and again. Look for ERROR in log group "
            f"/aws/lambda/{thing.called}, mend the cause and deploy; then redrive what was put aside.",
        ),
        (
            "throttles",
            "Throttles",
            3,
            3,
            f"Function {thing.called} has been held back for 15 minutes: what comes in waits. Raise its limit in "
            "medallion:functions, or the account's quota of concurrent executions.",
        ),
    ):
        alarm(
            f"{thing.name}-{what}",
            f"{thing.called}-{what}",
            told,
            metric=("AWS/Lambda", metric, {"FunctionName": thing.called}),
            above=0,
            statistic="Sum",
            times=times,
            of=of,
            topics=thing.topics,
            opts=thing.opts,
        )


def watch_warehouse(thing: Watched) -> None:
    """Disks that fill up, and a cluster that doesn't answer."""
    cluster = {"ClusterIdentifier": thing.called}
    alarm(
        f"{thing.name}-disk",
        f"{thing.called}-disk",
        f"The warehouse's disks are more than {DISK_PERCENT} % full. Look for tables that nobody needs and for queries "
        "that spill (SVV_TABLE_INFO, SVL_QUERY_SUMMARY); else give it more nodes in medallion:redshift.nodes.",
        metric=("AWS/Redshift", "PercentageDiskSpaceUsed", cluster),
        above=DISK_PERCENT,
        times=3,
        topics=thing.topics,
        opts=thing.opts,
    )
    alarm(
        f"{thing.name}-health",
        f"{thing.called}-health",
        "The warehouse has not answered for 15 minutes. Look at its events in Redshift's console: maintenance ends by "
        "itself; otherwise reboot it, or restore the newest snapshot.",
        metric=("AWS/Redshift", "HealthStatus", cluster),
        below=1,
        statistic="Minimum",
        times=3,
        topics=thing.topics,
        opts=thing.opts,
    )


def watch_cluster(thing: Watched, cluster_id: pulumi.Input[str]) -> None:
    """A cluster that costs and does nothing, steps that fail, and a cluster that ends in an error."""
    alarm(
        f"{thing.name}-idle",
        f"{thing.called}-idle",
        f"The EMR cluster has done nothing for {IDLE_HOURS} hours and costs all the same. See why the workflow gave it "
        "no step; if it isn't needed, set medallion:emr.idle_minutes, so that it ends by itself.",
        metric=("AWS/ElasticMapReduce", "IsIdle", {"JobFlowId": cluster_id}),
        above=0,
        statistic="Minimum",
        period=HOUR,
        times=IDLE_HOURS,
        topics=thing.topics,
        opts=thing.opts,
    )
    for what, kind, state, told, words in (
        (
            "failed-steps",
            "EMR Step Status Change",
            "FAILED",
            "Step <step> (<id>) of the EMR cluster <cluster> failed: <message>. Read its stderr in the cluster's log "
            "folder, mend the cause, then start the workflow again.",
            {"step": "name", "id": "stepId", "cluster": "clusterId", "message": "message"},
        ),
        (
            "failed",
            "EMR Cluster State Change",
            "TERMINATED_WITH_ERRORS",
            "The EMR cluster <cluster> ended in an error: <message>. Mend the cause, then deploy the stack again, "
            "which makes a new one.",
            {"cluster": "clusterId", "message": "message"},
        ),
    ):
        announcement(
            f"{thing.name}-{what}",
            f"{thing.called}-{what}",
            told,
            pattern={
                "source": ["aws.emr"],
                "detail-type": [kind],
                "detail": {"clusterId": [cluster_id], "state": [state]},
            },
            told={word: f"$.detail.{field}" for word, field in words.items()},
            topics=thing.topics,
            opts=thing.opts,
        )


def watch_rest_api(thing: Watched, stage: str) -> None:
    """Errors that are the API's own, and answers that callers don't wait for."""
    metrics = ("AWS/ApiGateway", {"ApiName": thing.called, "Stage": stage})
    _errors(
        thing,
        metrics,
        "5XXError",
        f"The REST API {thing.called} answers with errors of its own. Look at its access log for status 5xx and the "
        "request ids, then for these in its function's log.",
    )
    _slowness(thing, metrics, "REST")


def watch_graphql(thing: Watched, api_id: pulumi.Input[str]) -> None:
    """The same for the GraphQL API."""
    metrics = ("AWS/AppSync", {"GraphQLAPIId": api_id})
    _errors(
        thing,
        metrics,
        "5XXError",
        f"The GraphQL API {thing.called} answers with errors of its own. Look at its log for the resolver that fails, "
        "then at the log of the resolver's function.",
    )
    _slowness(thing, metrics, "GraphQL")


def watch_load_balancer(thing: Watched, arn_suffix: pulumi.Input[str]) -> None:
    """Errors of the load balancer's own, and of what stands behind it."""
    metrics = ("AWS/ApplicationELB", {"LoadBalancer": arn_suffix})
    _errors(
        thing,
        metrics,
        "HTTPCode_ELB_5XX_Count",
        f"The load balancer {thing.called} can't hand requests on. Look whether its targets are healthy and its "
        "security group reaches them; its access log has the error's reason.",
    )
    _errors(
        thing,
        metrics,
        "HTTPCode_Target_5XX_Count",
        f"What stands behind the load balancer {thing.called} answers with errors. Look at the target's own log.",
        what="target-errors",
    )


def _errors(
    thing: Watched,
    metrics: tuple[str, Mapping[str, pulumi.Input[str]]],
    metric: str,
    told: str,
    what: str = "errors",
) -> None:
    namespace, dimensions = metrics
    alarm(
        f"{thing.name}-{what}",
        f"{thing.called}-{what}",
        told,
        metric=(namespace, metric, dimensions),
        above=0,
        statistic="Sum",
        times=2,
        of=3,
        topics=thing.topics,
        opts=thing.opts,
    )


def _slowness(thing: Watched, metrics: tuple[str, Mapping[str, pulumi.Input[str]]], kind: str) -> None:
    namespace, dimensions = metrics
    alarm(
        f"{thing.name}-latency",
        f"{thing.called}-latency",
        f"One in a hundred calls of the {kind} API {thing.called} takes more than {SLOW_MILLISECONDS // 1000} seconds. "
        "Look in Athena for queries that wait or scan much, and in X-Ray for where the time goes.",
        metric=(namespace, "Latency", dimensions),
        above=SLOW_MILLISECONDS,
        statistic="p99",
        times=3,
        topics=thing.topics,
        opts=thing.opts,
    )
