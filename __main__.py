"""The platform: settings, then what all layers stand on, then the layers in the order in which data flows."""

from functools import partial
from pathlib import Path

import pulumi
import pulumi_aws as aws

import contracts
import settings
from components.audit import Audit, AuditArgs
from components.code import Code, CodeArgs
from components.conventions import conventions
from components.end_use import EndUse, EndUseArgs
from components.endpoints import Endpoints, EndpointsArgs
from components.initial import Initial, InitialArgs
from components.integrated import Integrated, IntegratedArgs
from components.intermediate import Intermediate, IntermediateArgs
from components.job import Runtime, RuntimeArgs
from components.keys import Keys, KeysArgs
from components.lake import Lake, LakeArgs
from components.landing import Landing, LandingArgs, drop_prefixes
from components.names import Names
from components.network import Network, NetworkArgs
from components.perimeter import Perimeter, deployers
from components.platform import Platform
from components.refined import Refined, RefinedArgs

chosen = settings.load(pulumi.Config())
agreed = contracts.load(Path("datasets"))
names = Names.look_up()
keep = chosen.protection.keep
builders = deployers(aws.get_caller_identity().arn, chosen.perimeter.deployers)

as_layer = partial(conventions, names=names, tags=chosen.tags, permissions_boundary=chosen.access.permissions_boundary)

keys = Keys(
    "keys",
    KeysArgs(names=names, deletion_days=chosen.protection.key_deletion_days, keep=keep),
    as_layer("keys"),
).arns

network = Network(
    "network",
    NetworkArgs(
        names=names,
        cidr=chosen.network.cidr,
        availability_zones=chosen.network.availability_zones,
        nat=chosen.network.nat,
        warehouse_port=chosen.redshift.port,
        log_key_arn=keys["logs"],
        log_days=chosen.retention.logs_days,
    ),
    as_layer("network"),
)
endpoints = Endpoints("endpoints", EndpointsArgs(names=names, network=network), as_layer("endpoints"))
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
    code=code,
    lake=lake,
    runtime=runtime,
    retention=chosen.retention,
    topics=chosen.alerts.topics,
    keep=keep,
)

initial = Initial("initial", InitialArgs(platform=platform, lock=chosen.initial), as_layer("initial"))
landing = Landing(
    "landing",
    LandingArgs(
        platform=platform,
        producers=chosen.perimeter.producers,
        initial_bucket=initial.shelf.bucket,
        kinesis=chosen.kinesis,
        functions=chosen.functions,
        alerts=chosen.alerts,
    ),
    as_layer("landing"),
)
intermediate = Intermediate(
    "intermediate",
    IntermediateArgs(platform=platform, emr=chosen.emr, redshift=chosen.redshift),
    as_layer("intermediate"),
)
integrated = Integrated(
    "integrated",
    IntegratedArgs(platform=platform, warehouse=intermediate.warehouse, landing_bucket=landing.bucket),
    as_layer("integrated"),
)
refined = Refined("refined", RefinedArgs(platform=platform), as_layer("refined"))
end_use = EndUse(
    "end-use",
    EndUseArgs(platform=platform, workgroup=integrated.workgroup, api=chosen.api, functions=chosen.functions),
    as_layer("end_use"),
)

pulumi.export("region", names.region)
pulumi.export("landing_bucket", landing.bucket.name)
pulumi.export("initial_bucket", initial.shelf.bucket.name)
pulumi.export("streams", dict(landing.streams))
pulumi.export("drop_prefixes", drop_prefixes(agreed.sources))
pulumi.export("jobs", [job.name for job in (landing.intake, intermediate.conform, integrated.join, refined.marts)])
pulumi.export(
    "databases",
    {
        "initial": initial.shelf.database,
        "intermediate": intermediate.shelf.database,
        "integrated": integrated.shelf.database,
        "refined": refined.shelf.database,
    },
)
pulumi.export("athena_workgroup", integrated.workgroup)
pulumi.export("api_url", end_use.api_url)
pulumi.export("queues", dict(landing.queues))
