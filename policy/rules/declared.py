"""What must stand beside a resource, because the service does without it otherwise."""

from __future__ import annotations

from pulumi_policy import Severity

from ..rule import Finding, Verdict, must, nist, security_hub, stack_rule
from ..subject import Stack, Subject
from ..tokens import (
    BUCKET,
    BUCKET_ENCRYPTION,
    BUCKET_VERSIONING,
    FUNCTION,
    GLUE_CATALOG_ENCRYPTION,
    GLUE_DATABASE,
    LOG_GROUP,
)
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


@stack_rule(
    id="s3-versioned",
    title="Every bucket keeps what was overwritten or deleted.",
    severity=Severity.MEDIUM,
    controls=(*security_hub("S3.14"), *nist("CP-9", "SI-12")),
    types=(BUCKET,),
    why="a fault or an intruder that overwrites data would otherwise leave nothing to go back to",
    remedy='aws.s3.BucketVersioning(..., bucket=bucket.id, versioning_configuration={"status": "Enabled"})',
)
def s3_versioned(bucket: Subject, stack: Stack) -> Verdict:
    """How long old versions stay is for a lifecycle to say."""
    versioning = stack.pointing(bucket, "bucket", BUCKET_VERSIONING)
    if not versioning and bucket.written("versioning.enabled") is not True:
        yield Finding("no BucketVersioning names it")
    for each in versioning:
        yield from must(
            each, "versioningConfiguration.status", lambda status: status == "Enabled", "its versioning is {}"
        )


@stack_rule(
    id="glue-catalog-declared",
    title="Who puts databases into the Glue catalog declares the catalog's encryption.",
    severity=Severity.HIGH,
    controls=nist("SC-28", "SC-28(1)"),
    types=(GLUE_DATABASE,),
    why="the catalog is encrypted for the whole account or not at all, and it is not unless somebody says so",
    remedy="aws.glue.DataCatalogEncryptionSettings(...)",
)
def glue_catalog_declared(database: Subject, stack: Stack) -> Verdict:
    """The existence only, for the catalog that it is in; glue-catalog-customer-key judges what it says."""
    catalog = database.written("catalogId")
    settings = [each.written("catalogId") for each in stack.of(GLUE_CATALOG_ENCRYPTION)]
    if not any(catalog is None or each in (None, catalog) for each in settings):
        yield Finding("no DataCatalogEncryptionSettings of this stack encrypt the catalog that it is in")


@stack_rule(
    id="function-log-group",
    title="Functions log to a group of this stack.",
    severity=Severity.MEDIUM,
    controls=nist("AU-9", "AU-11", "SC-28"),
    types=(FUNCTION,),
    why="Lambda makes a group that it doesn't find, without a key of ours and without an end",
    remedy='LogGroup(name=f"/aws/lambda/{name}", kms_key_id=key.arn, retention_in_days=...)',
)
def function_log_group(function: Subject, stack: Stack) -> Verdict:
    """Its own setting, else the name that Lambda would use."""
    if function.writes("loggingConfig.logGroup"):
        groups = stack.referred(function, "loggingConfig.logGroup", LOG_GROUP)
    else:
        wanted = f"/aws/lambda/{function.get('name')}"
        groups = [group for group in stack.of(LOG_GROUP) if group.get("name") == wanted]
    if not groups:
        yield Finding("its log group is not of this stack")
