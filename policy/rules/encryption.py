"""Data at rest is encrypted with keys of the account's own."""

from __future__ import annotations

import json
from functools import partial
from operator import eq
from typing import Any

from pulumi_policy import Severity

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
    ATHENA_WORKGROUP,
    BUCKET_ENCRYPTION,
    BUCKET_OBJECT,
    BUCKET_OBJECT_V2,
    DELIVERY_STREAM,
    EMR_SECURITY,
    FUNCTION,
    GLUE_CATALOG_ENCRYPTION,
    GLUE_CRAWLER,
    GLUE_JOB,
    GLUE_SECURITY,
    KINESIS_STREAM,
    LOG_GROUP,
    QUEUE,
    REDSHIFT_CLUSTER,
    REDSHIFT_NAMESPACE,
    SECRET,
    TRAIL,
)

AT_REST = nist("SC-13", "SC-28", "SC-28(1)")
WITHDRAWN = "only a customer-managed key has a policy of its own, can be withdrawn, and shows each use in CloudTrail"


BY_KMS = ("aws:kms", "aws:kms:dsse")


def customer_managed(key: Any) -> bool:
    """Whether a key reference can be a customer-managed key: AWS's own keys go by the alias `alias/aws/...`."""
    return isinstance(key, str) and bool(key) and "alias/aws/" not in key


@resource_rule(
    id="kinesis-customer-key",
    title="Kinesis and delivery streams are encrypted with a customer-managed key.",
    severity=Severity.HIGH,
    controls=(*fsbp("Kinesis.1", "DataFirehose.1"), *AT_REST),
    types=(KINESIS_STREAM, DELIVERY_STREAM),
    why=WITHDRAWN,
    remedy='encryption_type="KMS", kms_key_id=key.arn',
)
def kinesis_customer_key(stream: Subject) -> Verdict:
    """Both the type and the key: the type defaults to NONE, the key to AWS's own."""
    if stream.type == DELIVERY_STREAM:
        if stream.writes("kinesisSourceConfiguration"):
            raise NotApplicableError("it reads a stream, which encrypts what is on its way")
        encryption = "serverSideEncryption"
        yield from must(stream, f"{encryption}.enabled", lambda value: value is True, "serverSideEncryption is {}")
        yield from must(stream, f"{encryption}.keyArn", customer_managed, "keyArn is {}")
        return
    yield from must(stream, "encryptionType", lambda kind: kind == "KMS", "encryptionType is {}")
    yield from must(stream, "kmsKeyId", customer_managed, "kmsKeyId is {}")


@resource_rule(
    id="s3-customer-key",
    title="Buckets encrypt new objects with a customer-managed key, and no object asks for another.",
    severity=Severity.HIGH,
    controls=(*security_hub("S3.17"), *AT_REST),
    types=(BUCKET_ENCRYPTION, BUCKET_OBJECT, BUCKET_OBJECT_V2),
    why=WITHDRAWN,
    remedy='apply_server_side_encryption_by_default={"sse_algorithm": "aws:kms", "kms_master_key_id": key.arn}',
)
def s3_customer_key(encryption: Subject) -> Verdict:
    """Each rule of the configuration, of which S3 applies one; an object may say otherwise for itself."""
    if encryption.type != BUCKET_ENCRYPTION:
        algorithm, key = "serverSideEncryption", "kmsKeyId"
        yield from must(encryption, algorithm, lambda kind: not kind or kind in BY_KMS, f"{algorithm} is {{}}")
        yield from must(encryption, key, lambda value: not value or customer_managed(value), f"{key} is {{}}")
        return
    rules = encryption.count("rules")
    if not rules:
        yield Finding("it holds no rule")
    for position in range(rules):
        default = f"rules.{position}.applyServerSideEncryptionByDefault"
        yield from must(
            encryption,
            f"{default}.sseAlgorithm",
            lambda algorithm: algorithm in BY_KMS,
            "sseAlgorithm is {}",
        )
        yield from must(encryption, f"{default}.kmsMasterKeyId", customer_managed, "kmsMasterKeyId is {}")


@resource_rule(
    id="sqs-customer-key",
    title="Queues are encrypted with a customer-managed key.",
    severity=Severity.HIGH,
    controls=(*fsbp("SQS.1"), *AT_REST),
    types=(QUEUE,),
    why=WITHDRAWN,
    remedy="kms_master_key_id=key.arn",
)
def sqs_customer_key(queue: Subject) -> Verdict:
    """SSE-SQS, the default, uses a key that nobody outside the service sees."""
    yield from must(queue, "kmsMasterKeyId", customer_managed, "kmsMasterKeyId is {}")


@resource_rule(
    id="logs-customer-key",
    title="Log groups are encrypted with a customer-managed key and keep their logs for a stated time.",
    severity=Severity.MEDIUM,
    controls=(*nist("AU-9", "AU-11", "SC-28", "SC-28(1)"),),
    types=(LOG_GROUP,),
    why=f"logs repeat what they saw of the data; {WITHDRAWN}",
    remedy="kms_key_id=key.arn, retention_in_days=365",
)
def logs_customer_key(group: Subject) -> Verdict:
    """A retention of 0 keeps logs for ever, and with them what should have been forgotten."""
    yield from must(group, "kmsKeyId", customer_managed, "kmsKeyId is {}")
    yield from must(group, "retentionInDays", bool, "retentionInDays is {}")


@resource_rule(
    id="redshift-customer-key",
    title="Redshift clusters and namespaces are encrypted with a customer-managed key.",
    severity=Severity.HIGH,
    controls=(*fsbp("Redshift.10"), *AT_REST),
    types=(REDSHIFT_CLUSTER, REDSHIFT_NAMESPACE),
    why=WITHDRAWN,
    remedy="encrypted=True, kms_key_id=key.arn",
)
def redshift_customer_key(cluster: Subject) -> Verdict:
    """`encrypted` is a string in the provider's schema, hence both spellings; serverless is encrypted always."""
    if cluster.type == REDSHIFT_CLUSTER:
        yield from must(cluster, "encrypted", lambda value: str(value).lower() == "true", "encrypted is {}")
    yield from must(cluster, "kmsKeyId", customer_managed, "kmsKeyId is {}")


@resource_rule(
    id="emr-customer-key",
    title="EMR security configurations encrypt S3 and local disks with a customer-managed key.",
    severity=Severity.HIGH,
    controls=(*fsbp("EMR.3"), *AT_REST),
    types=(EMR_SECURITY,),
    why=f"shuffle and spill files hold the data in clear on each node's disks; {WITHDRAWN}",
    remedy='EnableAtRestEncryption true; S3EncryptionConfiguration {EncryptionMode "SSE-KMS", AwsKmsKey key.arn}; '
    'LocalDiskEncryptionConfiguration {EncryptionKeyProviderType "AwsKms", AwsKmsKey key.arn, '
    "EnableEbsEncryption true}",
)
def emr_customer_key(security: Subject) -> Verdict:
    """At rest there are two places, each with its own switch."""
    encryption = emr_encryption(security)
    if encryption.get("EnableAtRestEncryption") is not True:
        yield Finding(f"EnableAtRestEncryption is {shown(encryption.get('EnableAtRestEncryption'))}")
    at_rest = encryption.get("AtRestEncryptionConfiguration") or {}
    objects = at_rest.get("S3EncryptionConfiguration") or {}
    if objects.get("EncryptionMode") not in ("SSE-KMS", "CSE-KMS"):
        yield Finding(f"S3EncryptionConfiguration.EncryptionMode is {shown(objects.get('EncryptionMode'))}")
    elif not customer_managed(objects.get("AwsKmsKey")):
        yield Finding(f"S3EncryptionConfiguration.AwsKmsKey is {shown(objects.get('AwsKmsKey'))}")
    disks = at_rest.get("LocalDiskEncryptionConfiguration") or {}
    if disks.get("EncryptionKeyProviderType") != "AwsKms":
        kind = shown(disks.get("EncryptionKeyProviderType"))
        yield Finding(f"LocalDiskEncryptionConfiguration.EncryptionKeyProviderType is {kind}")
    elif not customer_managed(disks.get("AwsKmsKey")):
        yield Finding(f"LocalDiskEncryptionConfiguration.AwsKmsKey is {shown(disks.get('AwsKmsKey'))}")
    if disks.get("EnableEbsEncryption") is not True:
        kind = shown(disks.get("EnableEbsEncryption"))
        yield Finding(f"LocalDiskEncryptionConfiguration.EnableEbsEncryption is {kind}, so root volumes are clear")


def emr_encryption(security: Subject) -> dict[str, Any]:
    """What an EMR security configuration says of encryption."""
    found = emr_settings(security).get("EncryptionConfiguration", {})
    return found if isinstance(found, dict) else {}


def emr_settings(security: Subject) -> dict[str, Any]:
    """All that an EMR security configuration says; its text is JSON."""
    text = security.get("configuration")
    held = json.loads(text) if isinstance(text, str) and text else {}
    return held if isinstance(held, dict) else {}


@resource_rule(
    id="glue-customer-key",
    title="Glue security configurations encrypt results, logs and bookmarks with a customer-managed key.",
    severity=Severity.HIGH,
    controls=AT_REST,
    types=(GLUE_SECURITY,),
    why=f"each of the three defaults to no encryption; {WITHDRAWN}",
    remedy='s3_encryption={"s3_encryption_mode": "SSE-KMS", "kms_key_arn": key.arn}, '
    'cloudwatch_encryption={"cloudwatch_encryption_mode": "SSE-KMS", ...}, '
    'job_bookmarks_encryption={"job_bookmarks_encryption_mode": "CSE-KMS", ...}',
)
def glue_customer_key(security: Subject) -> Verdict:
    """Three stores, each with a mode and a key."""
    for store, mode, wanted in (
        ("s3Encryption", "s3EncryptionMode", "SSE-KMS"),
        ("cloudwatchEncryption", "cloudwatchEncryptionMode", "SSE-KMS"),
        ("jobBookmarksEncryption", "jobBookmarksEncryptionMode", "CSE-KMS"),
    ):
        path = f"encryptionConfiguration.{store}"
        yield from must(security, f"{path}.{mode}", partial(eq, wanted), f"{mode} is {{}}")
        yield from must(security, f"{path}.kmsKeyArn", customer_managed, f"{store}.kmsKeyArn is {{}}")


@stack_rule(
    id="glue-secured",
    title="Glue jobs and crawlers run under a security configuration of this stack.",
    severity=Severity.HIGH,
    controls=AT_REST,
    types=(GLUE_JOB, GLUE_CRAWLER),
    why="without one, what a job writes, logs and bookmarks is not encrypted by Glue at all",
    remedy="security_configuration=security.name",
)
def glue_secured(runner: Subject, stack: Stack) -> Verdict:
    """What the configuration says is judged by itself, so it must be one that this stack holds."""
    if not runner.writes("securityConfiguration"):
        yield Finding("securityConfiguration is unset")
    elif not stack.referred(runner, "securityConfiguration", GLUE_SECURITY):
        name = shown(runner.get("securityConfiguration"))
        yield Finding(f"securityConfiguration is {name}, which this stack doesn't hold")


@resource_rule(
    id="glue-catalog-customer-key",
    title="The Glue catalog and its connection passwords are encrypted with a customer-managed key.",
    severity=Severity.HIGH,
    controls=AT_REST,
    types=(GLUE_CATALOG_ENCRYPTION,),
    why=f"the catalog names every table and column, and its connections hold passwords; {WITHDRAWN}",
    remedy='encryption_at_rest={"catalog_encryption_mode": "SSE-KMS", "sse_aws_kms_key_id": key.arn}, '
    'connection_password_encryption={"return_connection_password_encrypted": True, "aws_kms_key_id": key.arn}',
)
def glue_catalog_customer_key(settings: Subject) -> Verdict:
    """Metadata and passwords are switched apart."""
    path = "dataCatalogEncryptionSettings"
    yield from must(
        settings,
        f"{path}.encryptionAtRest.catalogEncryptionMode",
        lambda mode: mode in ("SSE-KMS", "SSE-KMS-WITH-SERVICE-ROLE"),
        "catalogEncryptionMode is {}",
    )
    yield from must(settings, f"{path}.encryptionAtRest.sseAwsKmsKeyId", customer_managed, "sseAwsKmsKeyId is {}")
    yield from must(
        settings,
        f"{path}.connectionPasswordEncryption.returnConnectionPasswordEncrypted",
        lambda value: value is True,
        "returnConnectionPasswordEncrypted is {}",
    )
    yield from must(settings, f"{path}.connectionPasswordEncryption.awsKmsKeyId", customer_managed, "awsKmsKeyId is {}")


@resource_rule(
    id="athena-customer-key",
    title="Athena workgroups encrypt results with a customer-managed key, and no client can say otherwise.",
    severity=Severity.HIGH,
    controls=AT_REST,
    types=(ATHENA_WORKGROUP,),
    why="results are copies of the data, and a client's own settings win unless the workgroup enforces its own",
    remedy='configuration={"enforce_workgroup_configuration": True, "result_configuration": '
    '{"encryption_configuration": {"encryption_option": "SSE_KMS", "kms_key_arn": key.arn}, ...}}',
)
def athena_customer_key(workgroup: Subject) -> Verdict:
    """Enforcement is on unless switched off; encryption is off unless switched on."""
    path = "configuration.resultConfiguration.encryptionConfiguration"
    yield from must(
        workgroup,
        "configuration.enforceWorkgroupConfiguration",
        lambda value: value is not False,
        "enforceWorkgroupConfiguration is {}",
    )
    yield from must(
        workgroup,
        f"{path}.encryptionOption",
        lambda option: option in ("SSE_KMS", "CSE_KMS"),
        "encryptionOption is {}",
    )
    yield from must(workgroup, f"{path}.kmsKeyArn", customer_managed, "kmsKeyArn is {}")


@resource_rule(
    id="cloudtrail-customer-key",
    title="CloudTrail logs are encrypted with a customer-managed key.",
    severity=Severity.MEDIUM,
    controls=(*fsbp("CloudTrail.2"), *cis("3.5"), *nist("AU-9"), *AT_REST),
    types=(TRAIL,),
    why="whoever may read the bucket should not by that alone read the audit",
    remedy="kms_key_id=key.arn",
)
def cloudtrail_customer_key(trail: Subject) -> Verdict:
    """Trails are SSE-S3 unless they name a key."""
    yield from must(trail, "kmsKeyId", customer_managed, "kmsKeyId is {}")


@resource_rule(
    id="function-customer-key",
    title="Functions encrypt their environment with a customer-managed key.",
    severity=Severity.MEDIUM,
    controls=AT_REST,
    types=(FUNCTION,),
    why=f"an environment names endpoints, buckets and sometimes worse; {WITHDRAWN}",
    remedy="kms_key_arn=key.arn",
)
def function_customer_key(function: Subject) -> Verdict:
    """Without variables there is nothing to encrypt."""
    if not function.writes("environment.variables"):
        raise NotApplicableError("it has no environment")
    yield from must(function, "kmsKeyArn", customer_managed, "kmsKeyArn is {}")


@resource_rule(
    id="redshift-managed-password",
    title="Redshift's administrator has a password that nobody sees.",
    severity=Severity.HIGH,
    controls=nist("IA-5", "IA-5(7)"),
    types=(REDSHIFT_CLUSTER,),
    why="a password that a program passes stands in its state, and is never changed",
    remedy="manage_master_password=True, master_password_secret_kms_key_id=key.arn, and no master_password",
)
def redshift_managed_password(cluster: Subject) -> Verdict:
    """The password itself is not shown. A cluster restored from a snapshot has its own already."""
    if cluster.writes("snapshotIdentifier") or cluster.writes("snapshotArn"):
        raise NotApplicableError("it is restored from a snapshot")
    if cluster.writes("masterPassword"):
        yield Finding("masterPassword is passed by the program")
    else:
        yield from must(cluster, "manageMasterPassword", lambda value: value is True, "manageMasterPassword is {}")
        key = "masterPasswordSecretKmsKeyId"
        yield from must(cluster, key, customer_managed, f"{key} is {{}}")


@resource_rule(
    id="secrets-customer-key",
    title="Secrets are encrypted with a customer-managed key.",
    severity=Severity.HIGH,
    controls=(*nist("SC-12"), *AT_REST),
    types=(SECRET,),
    why=WITHDRAWN,
    remedy="kms_key_id=key.arn",
)
def secrets_customer_key(secret: Subject) -> Verdict:
    """Unset means aws/secretsmanager, in each region of its own."""
    yield from must(secret, "kmsKeyId", customer_managed, "kmsKeyId is {}")
    for position in range(secret.count("replicas")):
        key = f"replicas.{position}.kmsKeyId"
        yield from must(secret, key, customer_managed, f"{key} is {{}}")
