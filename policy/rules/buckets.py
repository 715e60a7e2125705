"""What every bucket must have beside it."""

from __future__ import annotations

from pulumi_policy import Severity

from ..rule import Finding, Verdict, nist, security_hub, stack_rule
from ..subject import Stack, Subject
from ..tokens import BUCKET, BUCKET_ENCRYPTION
from .encryption import customer_managed


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
    """The existence only, as s3-customer-key judges what it says; but the bucket's own property it doesn't see."""
    inline = "serverSideEncryptionConfiguration.rule.applyServerSideEncryptionByDefault.kmsMasterKeyId"
    if not stack.pointing(bucket, "bucket", BUCKET_ENCRYPTION) and not customer_managed(bucket.written(inline)):
        yield Finding("no BucketServerSideEncryptionConfiguration names it")
