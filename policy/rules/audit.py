"""What happened can be told afterwards: trails, logs and flow logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from ..documents import statements
from ..rule import (
    Finding,
    NotApplicableError,
    Verdict,
    cis,
    fsbp,
    must,
    nist,
    resource_rule,
    security_hub,
    shown,
    stack_rule,
)
from ..subject import Stack, Subject
from ..tokens import (
    API_STAGE,
    API_STAGE_V2,
    BUCKET,
    BUCKET_ENCRYPTION,
    BUCKET_LOCK,
    BUCKET_LOGGING,
    BUCKET_POLICY,
    FLOW_LOG,
    FUNCTION,
    LOAD_BALANCER,
    REDSHIFT_CLUSTER,
    REDSHIFT_LOGGING,
    REDSHIFT_PARAMETERS,
    TRAIL,
    VPC,
)
from .transit import parameter

RECORDS = nist("AU-2", "AU-3", "AU-12")
OBJECTS = "AWS::S3::Object"
FUNCTIONS = "AWS::Lambda::Function"
# What delivers the logs of load balancers in regions that came after August 2022; the older ones have accounts for it,
# but take this for them too.
BALANCER_LOGS = "logdelivery.elasticloadbalancing.amazonaws.com"
# The logs of Redshift, and the parameter without which what users do isn't among them.
REDSHIFT_LOGS = frozenset({"connectionlog", "userlog", "useractivitylog"})
USER_ACTIVITY = "enable_user_activity_logging"
# A selector with further fields leaves some calls out.
WHOLE_SELECTOR = frozenset({"eventCategory", "resources.type", "resources.ARN"})


@resource_rule(
    id="cloudtrail-complete",
    title="Trails record every call of every region and global service, and can prove that no log was changed.",
    severity=Severity.HIGH,
    controls=(*fsbp("CloudTrail.1", "CloudTrail.4"), *cis("3.1", "3.2"), *nist("AU-9", "AU-10"), *RECORDS),
    types=(TRAIL,),
    why="an intruder works in the region nobody records, and an unsigned log can be rewritten",
    remedy="is_multi_region_trail=True, include_global_service_events=True, enable_log_file_validation=True",
)
def cloudtrail_complete(trail: Subject) -> Verdict:
    """Two switches are off by default, two on; advanced selectors record management events where they ask for them."""
    for switch in ("isMultiRegionTrail", "enableLogFileValidation"):
        yield from must(trail, switch, lambda value: value is True, f"{switch} is {{}}")
    for switch in ("includeGlobalServiceEvents", "enableLogging"):
        yield from must(trail, switch, lambda value: value is not False, f"{switch} is {{}}")
    advanced = trail.many("advancedEventSelectors")
    if advanced and not any(_records_management(selector) for selector in advanced):
        yield Finding(
            "no advanced selector of it records all management events",
            '{"field_selectors": [{"field": "eventCategory", "equals": ["Management"]}]}',
        )
    for position, selector in enumerate(trail.many("eventSelectors")):
        if selector.get("includeManagementEvents") is False or not _both_ways(selector):
            yield Finding(f"its selector {position} leaves management events out")


def _records_management(selector: Mapping[str, Any]) -> bool:
    fields = {each.get("field"): each for each in selector.get("fieldSelectors", [])}
    # AWS itself suggests to leave out what KMS and the RDS Data API do all day, by their sources.
    return fields.get("eventCategory", {}).get("equals") == ["Management"] and fields.keys() <= {
        "eventCategory",
        "eventSource",
    }


def _both_ways(selector: Mapping[str, Any]) -> bool:
    """Whether a selector of the older kind records both reads and writes."""
    return selector.get("readWriteType") in (None, "", "All")


@stack_rule(
    id="cloudtrail-guarded",
    title="Trails write to a bucket of this stack, which all rules on buckets guard.",
    severity=Severity.HIGH,
    controls=(*security_hub("CloudTrail.6"), *nist("AU-9")),
    types=(TRAIL,),
    why="who may empty the bucket may empty the record, and nobody here sees who may do what in another's",
    remedy="s3_bucket_name=audit.bucket, a bucket with Object Lock",
)
def cloudtrail_guarded(trail: Subject, stack: Stack) -> Verdict:
    """The bucket's own rules say the rest: lock, versions, key, perimeter, public access."""
    if not stack.referred(trail, "s3BucketName", BUCKET):
        yield Finding(f"s3BucketName is {shown(trail.get('s3BucketName'))}, which is no bucket of this stack")


def recorded(trail: Subject, kind: str) -> list[str]:
    """ARN prefixes of the resources of a kind of which a trail records each call, by either kind of selector."""
    found = list(recorded_by_fields(trail, kind))
    for selector in trail.many("eventSelectors"):
        for resource in (selector.get("dataResources") or []) if _both_ways(selector) else []:
            if resource.get("type") == kind:
                found += resource.get("values") or []
    return found


def recorded_by_fields(trail: Subject, kind: str) -> Iterator[str]:
    """Those of advanced selectors, which may leave calls out: such a one doesn't count."""
    for selector in trail.many("advancedEventSelectors"):
        fields = {each.get("field"): each for each in selector.get("fieldSelectors", [])}
        if kind in (fields.get("resources.type", {}).get("equals") or []) and fields.keys() <= WHOLE_SELECTOR:
            named = fields.get("resources.ARN", {})
            yield from [*(named.get("startsWiths") or []), *(named.get("equals") or [])] if named else ["arn:"]


@stack_rule(
    id="function-calls-recorded",
    title="A trail records who invokes the functions.",
    severity=Severity.MEDIUM,
    controls=nist("AU-2", "AU-12"),
    types=(FUNCTION,),
    why="a function acts with a role of its own, and whose wish that was shows in no other record",
    remedy='field_selectors=[..., {"field": "resources.type", "equals": ["AWS::Lambda::Function"]}]',
)
def function_calls_recorded(function: Subject, stack: Stack) -> Verdict:
    """By name, which previews know; what names no function ("arn:aws:lambda") stands for all of them."""
    name = str(function.get("name"))
    prefixes = [prefix for trail in stack.of(TRAIL) for prefix in recorded(trail, FUNCTIONS)]
    if not any(name.startswith(prefix.partition(":function:")[2]) for prefix in prefixes):
        yield Finding("no trail of this stack records calls to it")


@stack_rule(
    id="s3-access-logged",
    title="Every bucket logs its requests.",
    severity=Severity.MEDIUM,
    controls=(*fsbp("S3.9"), *cis("3.4"), *RECORDS),
    types=(BUCKET,),
    why="server access logs show requests that never reach CloudTrail, refused and anonymous ones among them",
    remedy="aws.s3.BucketLogging(..., bucket=bucket.id, target_bucket=access_logs.id, target_prefix=...)",
)
def s3_access_logged(bucket: Subject, stack: Stack) -> Verdict:
    """The bucket that the logs go to would log its own logging without end."""
    if receives_access_logs(bucket, stack):
        raise NotApplicableError("it receives the access logs")
    loggings = stack.pointing(bucket, "bucket", BUCKET_LOGGING)
    if not loggings and not bucket.writes("logging.targetBucket"):
        yield Finding("no BucketLogging names it")
    for logging in loggings:
        if not logging.writes("targetBucket"):
            yield Finding(f"targetBucket of its {logging.short} is unset")


@stack_rule(
    id="log-bucket-deliverable",
    title="Buckets that receive access logs can receive them.",
    severity=Severity.HIGH,
    controls=RECORDS,
    types=(BUCKET,),
    why="S3 and load balancers silently deliver nothing to a bucket with Object Lock, with a KMS key for load "
    "balancers, or whose policy doesn't let them",
    remedy='sse_algorithm="AES256", no Object Lock, and an Allow of s3:PutObject for "logging.s3.amazonaws.com"; '
    "protect the logs by versioning and policy instead",
)
def log_bucket_deliverable(bucket: Subject, stack: Stack) -> Verdict:
    """The price is an exception to s3-customer-key that names this bucket.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    """
    senders = log_senders(bucket, stack)
    if not senders:
        raise NotApplicableError("it receives no access logs")
    if bucket.written("objectLockEnabled") is True or stack.pointing(bucket, "bucket", BUCKET_LOCK):
        yield Finding("it receives access logs but has Object Lock")
    for encryption in stack.pointing(bucket, "bucket", BUCKET_ENCRYPTION):
        for position in range(encryption.count("rules")):
            yield from must(
                encryption,
                f"rules.{position}.applyServerSideEncryptionByDefault.sseAlgorithm",
                lambda algorithm: algorithm == "AES256",
                "it receives access logs, but its sseAlgorithm is {}",
            )
    policies = stack.pointing(bucket, "bucket", BUCKET_POLICY)
    allowing = [each for policy in policies for each in statements(policy.get("policy")) if each.allows]
    for sender in senders:
        if not any(each.allows_service(sender, "s3:PutObject") for each in allowing):
            yield Finding(f"it receives access logs, but no Allow of its policy lets {sender} put them there")


def receives_access_logs(bucket: Subject, stack: Stack) -> bool:
    """Whether S3 or a load balancer of this stack delivers access logs to a bucket."""
    return bool(log_senders(bucket, stack))


def log_senders(bucket: Subject, stack: Stack) -> list[str]:
    """The services that deliver access logs to a bucket."""
    by_balancers = (*stack.pointing(bucket, "accessLogs.bucket", LOAD_BALANCER),) or (
        *stack.pointing(bucket, "connectionLogs.bucket", LOAD_BALANCER),
    )
    by_s3 = stack.pointing(bucket, "targetBucket", BUCKET_LOGGING)
    return [*(["logging.s3.amazonaws.com"] if by_s3 else []), *([BALANCER_LOGS] if by_balancers else [])]


@stack_rule(
    id="vpc-flow-logs",
    title="Every VPC keeps flow logs.",
    severity=Severity.MEDIUM,
    controls=(*fsbp("EC2.6"), *cis("3.7"), *RECORDS),
    types=(VPC,),
    why="without them nobody can say which address the data went to",
    remedy='aws.ec2.FlowLog(..., vpc_id=vpc.id, traffic_type="ALL")',
)
def vpc_flow_logs(vpc: Subject, stack: Stack) -> Verdict:
    """Accepted traffic alone hides the probing, rejected alone the leak."""
    logs = stack.pointing(vpc, "vpcId", FLOW_LOG)
    if not logs:
        yield Finding("no FlowLog names it")
    for log in logs:
        yield from must(log, "trafficType", lambda kind: kind == "ALL", "trafficType of its flow log is {}")


@stack_rule(
    id="redshift-audited",
    title="Redshift clusters log connections and queries.",
    severity=Severity.MEDIUM,
    controls=(*fsbp("Redshift.4"), *RECORDS),
    types=(REDSHIFT_CLUSTER,),
    why="who asked for which rows shows in these logs only",
    remedy="aws.redshift.Logging(..., cluster_identifier=cluster.cluster_identifier, "
    'log_destination_type="cloudwatch", log_exports=["connectionlog", "userlog", "useractivitylog"])',
)
def redshift_audited(cluster: Subject, stack: Stack) -> Verdict:
    """A resource of its own since version 7 of the provider. Queries take a parameter of the cluster as well.

    https://docs.aws.amazon.com/redshift/latest/mgmt/db-auditing.html
    """
    loggings = stack.pointing(cluster, "clusterIdentifier", REDSHIFT_LOGGING)
    if not loggings:
        yield Finding("no Logging names it")
    for logging in loggings:
        left_out = REDSHIFT_LOGS - set(logging.many("logExports"))
        if logging.get("logDestinationType") == "cloudwatch" and left_out:
            yield Finding(f"its Logging leaves out {', '.join(sorted(left_out))}")
    named = cluster.writes("clusterParameterGroupName")
    groups = stack.referred(cluster, "clusterParameterGroupName", REDSHIFT_PARAMETERS) if named else []
    if not any(parameter(group, USER_ACTIVITY) == "true" for group in groups):
        yield Finding(f"{USER_ACTIVITY} is not true in its parameters, so that queries are not logged")


@resource_rule(
    id="api-access-logged",
    title="API stages log who called what.",
    severity=Severity.MEDIUM,
    controls=RECORDS,
    types=(API_STAGE, API_STAGE_V2),
    why="the edge is where strangers knock, and its log is the only one that sees all of them",
    remedy='access_log_settings={"destination_arn": group.arn, "format": ...}',
)
def api_access_logged(stage: Subject) -> Verdict:
    """Access logs; execution logs may hold bodies and are left to the API's owner."""
    if not stage.writes("accessLogSettings.destinationArn"):
        yield Finding("accessLogSettings.destinationArn is unset")
