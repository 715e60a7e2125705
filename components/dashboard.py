"""The dashboard of a stack: a row a layer, in the order in which data flows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import pulumi
import pulumi_aws as aws

from components.names import Names

COLUMNS, HEIGHT, DAY = 24, 6, 86_400
JOB_METRICS = {"elapsedTime": "Milliseconds", "numFailedTasks": "Failed tasks"}

Widget: TypeAlias = dict[str, Any]
Series: TypeAlias = list[Any]


@dataclass(frozen=True, kw_only=True)
class DashboardArgs:
    """What is shown, by layer. `load_balancer` is the end of its ARN, if there is one."""

    names: Names
    datasets: Sequence[str]
    queues: Mapping[str, Sequence[str]]
    functions: Mapping[str, Sequence[str]]
    jobs: Mapping[str, Sequence[pulumi.Input[str]]]
    cluster_id: pulumi.Input[str]
    graphql_id: pulumi.Input[str] | None = None
    load_balancer: pulumi.Input[str] | None = None


class Dashboard(pulumi.ComponentResource):
    """One page on which it shows where data stop. `url` opens it in the console."""

    url: pulumi.Output[str]

    def __init__(self, name: str, args: DashboardArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:layers:Dashboard", name, {}, opts)
        names = args.names
        body = pulumi.Output.all(
            jobs={layer: list(jobs) for layer, jobs in args.jobs.items()},
            cluster_id=args.cluster_id,
            graphql_id=args.graphql_id,
            load_balancer=args.load_balancer,
        ).apply(
            lambda known: json.dumps(
                dashboard_body(
                    names, Shown(datasets=args.datasets, queues=args.queues, functions=args.functions, **known)
                )
            )
        )
        made = aws.cloudwatch.Dashboard(
            name,
            dashboard_name=names.resource("platform"),
            dashboard_body=body,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.url = pulumi.Output.concat(console(names), "#dashboards/dashboard/", made.dashboard_name)
        self.register_outputs({"url": self.url})


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The arguments of a dashboard, all known."""

    datasets: Sequence[str]
    queues: Mapping[str, Sequence[str]]
    functions: Mapping[str, Sequence[str]]
    jobs: Mapping[str, Sequence[str]]
    cluster_id: str
    graphql_id: str | None
    load_balancer: str | None


def console(names: Names) -> str:
    """Where CloudWatch's console is."""
    return f"https://{names.region}.console.aws.amazon.com/cloudwatch/home?region={names.region}"


def dashboard_body(names: Names, shown: Shown) -> dict[str, Any]:
    """The dashboard's document: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html."""
    widgets: list[Widget] = []
    top = 0
    for title, row in rows(names, shown).items():
        widgets.append(_text(f"## {title}", top))
        top += 1
        width = COLUMNS // max(len(row), 1)
        widgets += [each | {"x": index * width, "y": top, "width": width} for index, each in enumerate(row)]
        top += HEIGHT if row else 0
    return {"widgets": widgets}


def rows(names: Names, shown: Shown) -> dict[str, list[Widget]]:
    """Title → what is beside each other in the row."""
    alarms = f"{console(names)}#alarmsV2:?search={names.project}-{names.stack}"
    return {
        f"{names.project} {names.stack} · [alarms]({alarms})": [],
        "Landing": [
            *_streams(names, shown.datasets),
            *_work(names, shown, "landing"),
        ],
        "Initial": [_stored(names, "initial"), _stored(names, "landing")],
        "Intermediate": [*_work(names, shown, "intermediate"), _cluster(names, shown.cluster_id), _warehouse(names)],
        "Integrated": [*_work(names, shown, "integrated"), _queries(names)],
        "Refined": [*_work(names, shown, "refined"), _stored(names, "refined")],
        "End use": [*_apis(names, shown), *_work(names, shown, "end-use")],
    }


def _work(names: Names, shown: Shown, layer: str) -> list[Widget]:
    """The layer's queues, jobs and functions."""
    queues = [
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", names.resource(queue)]
        for queue in shown.queues.get(layer, ())
    ]
    jobs = [
        [
            "Glue",
            f"glue.driver.aggregate.{metric}",
            "JobName",
            job,
            "JobRunId",
            "ALL",
            "Type",
            "count",
            {"label": label},
        ]
        for job in shown.jobs.get(layer, ())
        for metric, what in JOB_METRICS.items()
        for label in (f"{job}: {what}",)
    ]
    functions = [
        ["AWS/Lambda", metric, "FunctionName", names.resource(function)]
        for function in shown.functions.get(layer, ())
        for metric in ("Invocations", "Errors", "Throttles")
    ]
    return [
        *([_metric(names, "Waiting and put aside", queues, "Maximum")] if queues else []),
        *([_metric(names, "Jobs", jobs, "Maximum")] if jobs else []),
        *([_metric(names, "Functions", functions)] if functions else []),
    ]


def _streams(names: Names, datasets: Sequence[str]) -> list[Widget]:
    streams = [names.stream(dataset) for dataset in datasets]
    if not streams:
        return []
    arrived: list[Series] = [["AWS/Kinesis", "IncomingRecords", "StreamName", stream] for stream in streams]
    waiting: list[Series] = [
        ["AWS/Kinesis", "GetRecords.IteratorAgeMilliseconds", "StreamName", stream] for stream in streams
    ]
    return [
        _metric(names, "Records that arrive", arrived),
        _metric(names, "How long records wait (ms)", waiting, "Maximum"),
    ]


def _stored(names: Names, layer: str) -> Widget:
    bucket = ["BucketName", names.bucket(layer), "StorageType"]
    series: list[Series] = [
        ["AWS/S3", "BucketSizeBytes", *bucket, "StandardStorage"],
        ["AWS/S3", "NumberOfObjects", *bucket, "AllStorageTypes", {"yAxis": "right"}],
    ]
    # S3 counts once a day.
    return _metric(names, f"What {layer} holds", series, "Average", DAY)


def _cluster(names: Names, cluster_id: str) -> Widget:
    metrics = ("CoreNodesRunning", "TaskNodesRunning", "YARNMemoryAvailablePercentage", "IsIdle")
    series: list[Series] = [["AWS/ElasticMapReduce", metric, "JobFlowId", cluster_id] for metric in metrics]
    return _metric(names, "EMR cluster", series, "Average")


def _warehouse(names: Names) -> Widget:
    metrics = ("CPUUtilization", "PercentageDiskSpaceUsed", "DatabaseConnections", "HealthStatus")
    cluster = ["ClusterIdentifier", names.resource("warehouse")]
    series: list[Series] = [["AWS/Redshift", metric, *cluster] for metric in metrics]
    return _metric(names, "Warehouse", series, "Average")


def _queries(names: Names) -> Widget:
    where = f'{{AWS/Athena,QueryState,QueryType,WorkGroup}} WorkGroup="{names.workgroup}"'
    series: list[Series] = [
        [{"expression": f"SEARCH('{where} MetricName=\"{metric}\"', '{statistic}')", "yAxis": axis}]
        for metric, statistic, axis in (("ProcessedBytes", "Sum", "left"), ("TotalExecutionTime", "p99", "right"))
    ]
    return _metric(names, "Athena: bytes scanned, and how long queries take (p99, ms)", series)


def _apis(names: Names, shown: Shown) -> list[Widget]:
    shows = [
        ("REST", "AWS/ApiGateway", "ApiName", names.resource("api"), ("Count", "5XXError"), "Latency"),
        ("GraphQL", "AWS/AppSync", "GraphQLAPIId", shown.graphql_id, ("4XXError", "5XXError"), "Latency"),
        (
            "Load balancer",
            "AWS/ApplicationELB",
            "LoadBalancer",
            shown.load_balancer,
            ("RequestCount", "HTTPCode_ELB_5XX_Count", "HTTPCode_Target_5XX_Count"),
            "TargetResponseTime",
        ),
    ]
    return [
        _metric(
            names,
            title,
            [
                *([namespace, metric, dimension, which] for metric in counted),
                [namespace, slow, dimension, which, {"stat": "p99", "yAxis": "right"}],
            ],
        )
        for title, namespace, dimension, which, counted, slow in shows
        if which
    ]


def _metric(names: Names, title: str, series: Sequence[Series], statistic: str = "Sum", period: int = 300) -> Widget:
    return {
        "type": "metric",
        "height": HEIGHT,
        "properties": {
            "title": title,
            "region": names.region,
            "view": "timeSeries",
            "stat": statistic,
            "period": period,
            "metrics": list(series),
        },
    }


def _text(markdown: str, top: int) -> Widget:
    return {"type": "text", "x": 0, "y": top, "width": COLUMNS, "height": 1, "properties": {"markdown": markdown}}
