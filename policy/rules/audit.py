"""What happened can be told afterwards: trails, logs and flow logs."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from ..rule import Finding, NotApplicableError, Verdict, cis, fsbp, must, nist, resource_rule, security_hub, stack_rule
from ..subject import Stack, Subject
from ..tokens import (
    API_STAGE,
    BUCKET,
    BUCKET_ENCRYPTION,
    BUCKET_LOCK,
    BUCKET_LOGGING,
    FLOW_LOG,
    FUNCTION,
    LOAD_BALANCER,
    REDSHIFT_CLUSTER,
    REDSHIFT_LOGGING,
    TRAIL,
    VPC,
)

RECORDS = nist("AU-2", "AU-3", "AU-12")
OBJECTS = "AWS::S3::Object"
FUNCTIONS = "AWS::Lambda::Function"
# A selector with further fields leaves some calls out.
WHOLE_SELECTOR = frozenset({"eventCategory", "resources.type", "resources.ARN"})


@resource_rule(
    id="cloudtrail-complete",
    title="Trails record every region and global service, and can prove that no log was changed.",
    severity=Severity.HIGH,
    controls=(*fsbp("CloudTrail.1", "CloudTrail.4"), *cis("3.1", "3.2"), *nist("AU-9", "AU-10"), *RECORDS),
    types=(TRAIL,),
    why="an intruder works in the region nobody records, and an unsigned log can be rewritten",
    remedy="is_multi_region_trail=True, include_global_service_events=True, enable_log_file_validation=True",
)
def cloudtrail_complete(trail: Subject) -> Verdict:
    """Two switches are off by default, two on."""
    for switch in ("isMultiRegionTrail", "enableLogFileValidation"):
        yield from must(trail, switch, lambda value: value is True, f"{switch} is {{}}")
    for switch in ("includeGlobalServiceEvents", "enableLogging"):
        yield from must(trail, switch, lambda value: value is not False, f"{switch} is {{}}")


@resource_rule(
    id="cloudtrail-data-events",
    title="Trails record who read and wrote the objects in S3.",
    severity=Severity.MEDIUM,
    controls=(*security_hub("S3.22", "S3.23"), *cis("3.8", "3.9"), *RECORDS),
    types=(TRAIL,),
    why="management events say who changed a bucket, never who took its data",
    remedy='event_selectors=[{"read_write_type": "All", "data_resources": '
    '[{"type": "AWS::S3::Object", "values": [f"{bucket_arn}/"]}]}]',
)
def cloudtrail_data_events(trail: Subject) -> Verdict:
    """Either kind of selector; a trail that writes only, reads only or leaves calls out tells half."""
    if any(True for _ in recorded_by_fields(trail, OBJECTS)):
        return
    for position in range(trail.count("eventSelectors")):
        kinds = [
            trail.get(f"eventSelectors.{position}.dataResources.{place}.type")
            for place in range(trail.count(f"eventSelectors.{position}.dataResources"))
        ]
        if OBJECTS in kinds:
            yield from must(
                trail,
                f"eventSelectors.{position}.readWriteType",
                lambda kind: kind in (None, "", "All"),
                f"readWriteType of its selector {position} is {{}}",
            )
            return
    yield Finding("no selector of it names AWS::S3::Object for both reads and writes")


def recorded(trail: Subject, kind: str) -> list[str]:
    """ARN prefixes of the resources of a kind of which a trail records each call, by either kind of selector."""
    found = list(recorded_by_fields(trail, kind))
    for selector in trail.many("eventSelectors"):
        for resource in selector.get("dataResources") or []:
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
    if not stack.pointing(bucket, "bucket", BUCKET_LOGGING) and not bucket.writes("logging.targetBucket"):
        yield Finding("no BucketLogging names it")


@stack_rule(
    id="log-bucket-deliverable",
    title="Buckets that receive access logs can receive them.",
    severity=Severity.HIGH,
    controls=RECORDS,
    types=(BUCKET,),
    why="S3 and load balancers silently deliver nothing to a bucket with Object Lock or, for load balancers, a KMS key",
    remedy='sse_algorithm="AES256" and no Object Lock; protect the logs by versioning and policy instead',
)
def log_bucket_deliverable(bucket: Subject, stack: Stack) -> Verdict:
    """The price is an exception to s3-customer-key that names this bucket."""
    if not receives_access_logs(bucket, stack):
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


def receives_access_logs(bucket: Subject, stack: Stack) -> bool:
    """Whether S3 or a load balancer of this stack delivers access logs to a bucket."""
    return bool(
        stack.pointing(bucket, "targetBucket", BUCKET_LOGGING)
        or stack.pointing(bucket, "accessLogs.bucket", LOAD_BALANCER)
        or stack.pointing(bucket, "connectionLogs.bucket", LOAD_BALANCER)
    )


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
    """A resource of its own since version 7 of the provider."""
    if not stack.pointing(cluster, "clusterIdentifier", REDSHIFT_LOGGING):
        yield Finding("no Logging names it")


@resource_rule(
    id="api-access-logged",
    title="API stages log who called what.",
    severity=Severity.MEDIUM,
    controls=RECORDS,
    types=(API_STAGE,),
    why="the edge is where strangers knock, and its log is the only one that sees all of them",
    remedy='access_log_settings={"destination_arn": group.arn, "format": ...}',
)
def api_access_logged(stage: Subject) -> Verdict:
    """Access logs; execution logs may hold bodies and are left to the API's owner."""
    if not stage.writes("accessLogSettings.destinationArn"):
        yield Finding("accessLogSettings.destinationArn is unset")
