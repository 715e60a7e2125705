"""Mistakes in what is recorded, and in where the records go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.policy.mutants.graph import GONE, Graph
from tests.policy.mutants.mutant import Mutant, each_of, missing, put, turn

TRAIL = "cloudtrail.Trail"
COMPLETE = "cloudtrail-complete"
SELECTORS = "advancedEventSelectors"
OBJECTS = f"{SELECTORS}.name=Objects of the lake.fieldSelectors"
FUNCTIONS = f"{SELECTORS}.name=Functions.fieldSelectors"
# The third field of the selectors is resources.ARN.
ARNS = "2.startsWiths"
LOGS = "audit-access-logs"
LOGGING = "redshift.Logging"


def without(word: str) -> Callable[[list[str]], list[str]]:
    return lambda held: [each for each in held if word not in each]


def further(field: str, **operators: Any) -> Callable[[list[Any]], list[Any]]:
    """One more field, which leaves calls out."""
    return lambda held: [*held, {"field": field, **operators}]


def recorded(operator: str, bucket: str) -> Mutant:
    return turn("data-recorded", TRAIL, f"{OBJECTS}.{ARNS}", operator, without(f"-{bucket}-"))


def to_another_store(graph: Graph) -> None:
    """A second bucket for access logs that takes none: it has a customer-managed key by default."""
    graph.change("s3.BucketLogging", "landing", "targetBucket", lambda _: graph.value("s3.Bucket", "refined", "bucket"))


AUDIT: tuple[Mutant, ...] = (
    *each_of(COMPLETE, TRAIL, "isMultiRegionTrail", (False, GONE)),
    *each_of(COMPLETE, TRAIL, "enableLogFileValidation", (False, GONE)),
    put(COMPLETE, TRAIL, "includeGlobalServiceEvents", False),
    put(COMPLETE, TRAIL, "enableLogging", False),
    put(COMPLETE, TRAIL, f"{SELECTORS}.name=Management", GONE),
    turn(
        COMPLETE,
        TRAIL,
        f"{SELECTORS}.name=Management.fieldSelectors",
        "writes only",
        further("readOnly", equals=["false"]),
    ),
    put("cloudtrail-guarded", TRAIL, "s3BucketName", "somebody-elses-bucket"),
    missing("cloudtrail-guarded", "s3.Bucket", "audit"),
    missing("data-recorded", TRAIL),
    *(
        recorded(f"without {bucket}", bucket)
        for bucket in ("initial", "landing", "intermediate", "integrated", "refined", "results")
    ),
    put("data-recorded", TRAIL, f"{OBJECTS}.{ARNS}", ["arn:aws:s3:::another/"]),
    turn("data-recorded", TRAIL, OBJECTS, "writes only", further("readOnly", equals=["false"])),
    turn("data-recorded", TRAIL, OBJECTS, "all but reading", further("eventName", notEquals=["GetObject"])),
    turn(
        "data-recorded",
        TRAIL,
        OBJECTS,
        "but for one role",
        further("userIdentity.arn", notEquals=["arn:aws:iam::1:role/a"]),
    ),
    turn(
        "data-recorded",
        TRAIL,
        f"{OBJECTS}.{ARNS}",
        "one prefix of a bucket",
        lambda held: [f"{each}a/" if "-refined-" in each else each for each in held],
    ),
    put("data-recorded", TRAIL, f"{SELECTORS}.name=Objects of the lake", GONE),
    put("function-calls-recorded", TRAIL, f"{SELECTORS}.name=Functions", GONE),
    put(
        "function-calls-recorded",
        TRAIL,
        f"{FUNCTIONS}.{ARNS}",
        ["arn:aws:lambda:eu-west-1:123456789012:function:other-"],
    ),
    turn("function-calls-recorded", TRAIL, FUNCTIONS, "writes only", further("readOnly", equals=["false"])),
    missing("s3-access-logged", "s3.BucketLogging", "refined"),
    put("s3-access-logged", "s3.BucketLogging", "bucket", "another-bucket", "refined"),
    put("s3-access-logged", "s3.BucketLogging", "targetBucket", "", "refined"),
    put("log-bucket-deliverable", "s3.Bucket", "objectLockEnabled", True, LOGS),
    put(
        "log-bucket-deliverable",
        "s3.BucketServerSideEncryptionConfiguration",
        "rules.0.applyServerSideEncryptionByDefault.sseAlgorithm",
        "aws:kms",
        LOGS,
    ),
    put("log-bucket-deliverable", "s3.BucketPolicy", "policy.Statement.Sid=DeliverAccessLogs", GONE, LOGS, "removed"),
    put(
        "log-bucket-deliverable",
        "s3.BucketPolicy",
        "policy.Statement.Sid=DeliverAccessLogs.Action",
        "s3:GetObject",
        LOGS,
    ),
    put("log-bucket-deliverable", "s3.BucketPolicy", "policy.Statement.Sid=DeliverBalancerLogs", GONE, LOGS, "removed"),
    Mutant(
        "log-bucket-deliverable", "s3.BucketLogging.targetBucket", "a bucket that can't take them", to_another_store
    ),
    missing("vpc-flow-logs", "ec2.FlowLog"),
    *each_of("vpc-flow-logs", "ec2.FlowLog", "trafficType", ("REJECT", "ACCEPT")),
    put("vpc-flow-logs", "ec2.FlowLog", "vpcId", "vpc-0123456789abcdef0"),
    missing("redshift-audited", LOGGING),
    put("redshift-audited", LOGGING, "clusterIdentifier", "another"),
    *each_of("redshift-audited", LOGGING, "logExports", (["userlog"], ["connectionlog", "userlog"])),
    *each_of("redshift-audited", "redshift.ParameterGroup", "parameters.name=enable_user_activity_logging", (GONE,)),
    put("redshift-audited", "redshift.ParameterGroup", "parameters.name=enable_user_activity_logging.value", "false"),
    missing("function-log-group", "cloudwatch.LogGroup", "landing-files"),
    *each_of("function-log-group", "lambda.Function", "loggingConfig.logGroup", ("of-another-stack",)),
    put("function-log-group", "lambda.Function", "loggingConfig", {"logFormat": "JSON", "logGroup": "/elsewhere"}),
)
