"""What every bucket must have beside it."""

from __future__ import annotations

from pulumi_policy import Severity

from ..rule import Finding, Verdict, nist, security_hub, stack_rule
from ..subject import Stack, Subject
from ..tokens import BUCKET, BUCKET_ENCRYPTION


@stack_rule(
    id="s3-encryption-declared",
    title="Every bucket declares its encryption.",
    severity=Severity.HIGH,
    controls=(*security_hub("S3.17"), *nist("SC-28", "SC-28(1)")),
    types=(BUCKET,),
    why="a bucket that declares none gets a key that nobody outside S3 sees, and no rule on keys ever looks at it",
    remedy="aws.s3.BucketServerSideEncryptionConfiguration(..., bucket=bucket.id, rules=[...])",
)
def s3_encryption_declared(bucket: Subject, stack: Stack) -> Verdict:
    """The existence only; s3-customer-key judges what it says."""
    if not stack.pointing(bucket, "bucket", BUCKET_ENCRYPTION):
        yield Finding("no BucketServerSideEncryptionConfiguration names it")
