"""The platform: settings, then what all layers stand on, then the layers in the order in which data flows."""

# ruff: noqa: E402 - what is imported below is what the collector would search most.

import atexit
import gc

# All that the program makes, the SDK's classes above all, lives as long as it does: looking for garbage among it finds
# nothing and takes a quarter of a preview's time, and a second of its end.
gc.disable()
atexit.register(gc.freeze)

from functools import partial
from pathlib import Path

import pulumi
import pulumi_aws as aws

import contracts
import evolution
import settings
from components.audit import Audit, AuditArgs
from components.code import Code, CodeArgs
from components.conventions import conventions
from components.dashboard import Dashboard, DashboardArgs
from components.documentation import documentation
from components.end_use import EndUse, EndUseArgs
from components.endpoints import Endpoints, EndpointsArgs
from components.initial import Initial, InitialArgs, kept_days
from components.integrated import Integrated, IntegratedArgs
from components.intermediate import Intermediate, IntermediateArgs
from components.job import Runtime, RuntimeArgs
from components.keys import Keys, KeysArgs
from components.lake import Lake, LakeArgs
from components.landing import Landing, LandingArgs, drop_prefixes, replayers
from components.maintenance import Maintenance, MaintenanceArgs
from components.names import Names, outputs_of_last_deployment
from components.network import Network, NetworkArgs, switched_off
from components.observability import Alerting, AlertingArgs
from components.people import People, PeopleArgs
from components.perimeter import Perimeter, deployers
from components.platform import Platform
from components.portal import Portal, PortalArgs
from components.quality import Quality, QualityArgs
from components.refined import Refined, RefinedArgs
from components.star import Star, StarArgs
from components.workflow import PUT_ASIDE, SCHEDULED, Step, Workflow, WorkflowArgs, event_source

chosen = settings.load(pulumi.Config())
agreed = contracts.load(Path("datasets"))
names = Names.look_up()
deployed_contracts = outputs_of_last_deployment().get("contracts", {})
evolution.check(deployed_contracts, agreed)
raw_kept_days = kept_days(agreed.sources, chosen.initial)
keep = chosen.protection.keep
builders = deployers(aws.get_caller_identity().arn, chosen.perimeter.deployers)

as_layer = partial(conventions, names=names, tags=chosen.tags, permissions_boundary=chosen.access.permissions_boundary)

keys = Keys(
    "keys",
    KeysArgs(
        names=names,
        deployers=builders,
        producers=chosen.perimeter.producers,
        has={
            "catalog_encryption": chosen.account.catalog_encryption == "manage",
            "connector": chosen.athena.connector,
            "dashboards": chosen.quicksight.enabled,
            "portal": chosen.portal.enabled,
        },
        deletion_days=chosen.protection.key_deletion_days,
        keep=keep,
    ),
    as_layer("keys"),
).arns
alerting = Alerting(
    "alerting", AlertingArgs(names=names, alerts=chosen.alerts, key_arn=keys["logs"]), as_layer("alerting")
)

network = Network(
    "network",
    NetworkArgs(
        names=names,
        size=chosen.network,
        warehouse_port=chosen.redshift.port,
        log_key_arn=keys["logs"],
        log_days=chosen.retention.logs_days,
        without=switched_off(
            load_balancer=chosen.load_balancer.enabled,
            dashboards=chosen.quicksight.enabled,
            connector=chosen.athena.connector,
        ),
    ),
    as_layer("network"),
)
endpoints = Endpoints(
    "endpoints",
    EndpointsArgs(
        names=names,
        network=network,
        organization_id=chosen.perimeter.organization_id,
        extra=chosen.api.endpoints,
    ),
    as_layer("endpoints"),
)
perimeter = Perimeter(account=names.account, endpoint_ids=[endpoints.s3_id], admitted=builders)

audit = Audit(
    "audit",
    AuditArgs(
        names=names,
        key_arn=keys["logs"],
        perimeter=perimeter,
        lock_mode=chosen.initial.lock_mode,
        retention=chosen.retention,
        keep=keep,
    ),
    as_layer("audit"),
)
code = Code(
    "code",
    CodeArgs(
        names=names,
        contracts=agreed,
        key_arn=keys["code"],
        access_logs=audit.access_logs,
        perimeter=perimeter,
        superseded_days=chosen.retention.superseded_days,
        keep=keep,
    ),
    as_layer("code"),
)
lake = Lake(
    "lake",
    LakeArgs(
        names=names,
        administrators=builders,
        keys=keys,
        domains=[each.domain for each in (*agreed.sources, *agreed.products)],
        account=chosen.account,
        portal=chosen.portal.enabled,
    ),
    as_layer("lake"),
)
runtime = Runtime(
    "runtime",
    RuntimeArgs(
        names=names,
        network=network,
        code=code,
        size=chosen.glue,
        log_key_arn=keys["logs"],
        log_days=chosen.retention.logs_days,
    ),
    as_layer("runtime"),
)

platform = Platform(
    names=names,
    contracts=agreed,
    keys=keys,
    access_logs=audit.access_logs,
    perimeter=perimeter,
    network=network,
    ways_out=[network, endpoints],
    code=code,
    lake=lake,
    runtime=runtime,
    retention=chosen.retention,
    topics=alerting.topics,
    keep=keep,
    to_come=evolution.added(deployed_contracts, agreed),
)

initial = Initial(
    "initial",
    InitialArgs(platform=platform, lock=chosen.initial, kept_days=raw_kept_days),
    as_layer("initial"),
)
landing = Landing(
    "landing",
    LandingArgs(
        platform=platform,
        producers=chosen.perimeter.producers,
        initial_bucket=initial.shelf.bucket,
        kinesis=chosen.kinesis,
        functions=chosen.functions,
        alerts=chosen.alerts,
        entitlements=chosen.exchange.entitlements,
    ),
    as_layer("landing"),
)
intermediate = Intermediate(
    "intermediate",
    IntermediateArgs(platform=platform, emr=chosen.emr, redshift=chosen.redshift, account=chosen.account),
    as_layer("intermediate"),
)
integrated = Integrated(
    "integrated",
    IntegratedArgs(
        platform=platform,
        cluster=intermediate.cluster,
        warehouse=intermediate.warehouse,
        landing_bucket=landing.bucket,
        athena=chosen.athena,
        dashboards=chosen.quicksight.enabled,
    ),
    as_layer("integrated"),
)
star = Star(
    "star",
    StarArgs(platform=platform, warehouse=intermediate.warehouse, lake=[intermediate.shelf, integrated]),
    as_layer("intermediate"),
)
refined = Refined(
    "refined",
    RefinedArgs(
        platform=platform,
        warehouse=intermediate.warehouse,
        star=star,
        readers=integrated.warehouse_readers,
        account=chosen.account,
        quicksight=chosen.quicksight,
        workgroup=integrated.workgroups.names.get("dashboards"),
        tables=integrated.shelf.tables,
        publish=chosen.exchange.publish,
    ),
    as_layer("refined"),
)
quality = Quality(
    "quality",
    QualityArgs(platform=platform, shelves=[intermediate.shelf, integrated.shelf, refined.shelf]),
    as_layer("quality"),
)
Maintenance(
    "maintenance",
    MaintenanceArgs(
        platform=platform,
        orchestration=chosen.orchestration,
        shelves=[intermediate.shelf, integrated.shelf, refined.shelf],
    ),
    as_layer("maintenance"),
)
workflow = Workflow(
    "workflow",
    WorkflowArgs(
        platform=platform,
        orchestration=chosen.orchestration,
        initial_bucket=initial.shelf.bucket,
        steps=[
            Step(name="intake", job=landing.intake.name),
            Step(name="conform", job=intermediate.conform.name, crawlers=[integrated.crawler]),
            Step(name="judge-intermediate", job=quality.gates["intermediate"].name),
            Step(name="star", job=star.load.name),
            Step(name="join", job=integrated.join_on_cluster.name),
            Step(name="judge-integrated", job=quality.gates["integrated"].name),
            Step(name="marts", job=refined.marts.name),
            Step(name="judge-refined", job=quality.gates["refined"].name),
            Step(name="warehouse", job=refined.warehouse_marts.refresh.name),
        ],
    ),
    as_layer("workflow"),
)
people = People(
    "people",
    PeopleArgs(
        platform=platform,
        access=chosen.access,
        shelves=[integrated.shelf, refined.shelf],
        connector=integrated.connector,
    ),
    as_layer("people"),
)
portal = Portal(
    "portal",
    PortalArgs(
        platform=platform,
        portal=chosen.portal,
        shelves=[integrated.shelf, refined.shelf],
        people=people.roles,
    ),
    as_layer("portal"),
)
end_use = EndUse(
    "end-use",
    EndUseArgs(
        platform=platform,
        workgroup=integrated.workgroup,
        marts_job=refined.marts.name,
        api_endpoint_id=endpoints.ids.get("execute-api"),
        api=chosen.api,
        load_balancer=chosen.load_balancer,
        functions=chosen.functions,
        access=chosen.access,
        account=chosen.account,
        quicksight=refined.quicksight,
    ),
    as_layer("end_use"),
)
dashboard = Dashboard(
    "dashboard",
    DashboardArgs(
        names=names,
        datasets=list(landing.streams),
        queues={"landing": list(landing.queues), "intermediate": [PUT_ASIDE], "end-use": list(end_use.queues)},
        functions={
            "landing": ["landing-stream", "landing-files"],
            "integrated": ["connector"] if chosen.athena.connector else [],
            "end-use": ["end-use-api"],
        },
        jobs={
            "landing": [landing.intake.name],
            "intermediate": [intermediate.conform.name],
            "integrated": [integrated.join.name],
            "refined": [refined.marts.name],
        },
        cluster_id=intermediate.cluster.id,
        graphql_id=end_use.graphql.id,
        load_balancer=end_use.entrance.arn_suffix if end_use.entrance else None,
    ),
    as_layer("dashboard"),
)

pulumi.export("region", names.region)
# What the next deployment holds its contracts against.
pulumi.export("contracts", evolution.shapes(agreed))
pulumi.export("documentation", documentation(agreed))
pulumi.export("vpc_id", network.vpc_id)
pulumi.export("landing_bucket", landing.bucket.name)
pulumi.export("initial_bucket", initial.shelf.bucket.name)
pulumi.export("streams", dict(landing.streams))
pulumi.export("drop_prefixes", drop_prefixes(agreed.sources))
pulumi.export("replay_functions", replayers(agreed.sources, names))
pulumi.export("jobs", [job.name for job in (landing.intake, intermediate.conform, integrated.join, refined.marts)])
pulumi.export("workflow", workflow.name)
pulumi.export("workflow_event", {"Source": event_source(names), "DetailType": SCHEDULED})
pulumi.export(
    "databases",
    {
        "initial": initial.shelf.database,
        "intermediate": intermediate.shelf.database,
        "integrated": integrated.shelf.database,
        "refined": refined.shelf.database,
    },
)
pulumi.export("cluster_id", intermediate.cluster.id)
pulumi.export(
    "warehouse",
    {
        "cluster": intermediate.warehouse.identifier,
        "database": intermediate.warehouse.database,
        "secret_arn": intermediate.warehouse.password_secret_arn,
    },
)
pulumi.export("athena_workgroup", integrated.workgroup)
pulumi.export("athena_workgroups", dict(integrated.workgroups.names))
pulumi.export("people_roles", dict(people.roles))
pulumi.export("portal_url", portal.url)
pulumi.export("offered_data_set", refined.offer.data_set_id if refined.offer else None)
pulumi.export("data_quality", {"role": quality.role_arn, "results": quality.results, **quality.rulesets})
pulumi.export("api_url", end_use.rest.url)
pulumi.export("api_key_id", end_use.rest.key_id)
pulumi.export("graphql_url", end_use.graphql.url)
pulumi.export("user_pool_id", end_use.users.pool_id)
pulumi.export("user_pool_client_id", end_use.users.client_id)
pulumi.export("entrance_url", end_use.entrance.url if end_use.entrance else None)
pulumi.export("queues", {**landing.queues, **end_use.queues})
pulumi.export("alerts_topic", alerting.topic)
pulumi.export("dashboard_url", dashboard.url)
pulumi.export("quicksight_dashboards", dict(end_use.dashboards))
