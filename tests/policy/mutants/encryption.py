"""Mistakes in what is encrypted at rest: no key, AWS's own key, another algorithm, nothing declared."""

from __future__ import annotations

from typing import Any

from tests.policy.mutants.graph import GONE, Of
from tests.policy.mutants.mutant import Mutant, after, each_of, extra, keyless, missing, put, unknown

SSE = "s3.BucketServerSideEncryptionConfiguration"
DEFAULT = "rules.0.applyServerSideEncryptionByDefault"
GLUE = "glue.SecurityConfiguration"
CATALOG = "glue.DataCatalogEncryptionSettings"
SETTINGS = "dataCatalogEncryptionSettings"
ATHENA = "athena.Workgroup"
RESULTS = "configuration.resultConfiguration.encryptionConfiguration"
EMR = "emr.SecurityConfiguration"
EMR_AT_REST = "configuration.EncryptionConfiguration.AtRestEncryptionConfiguration"
EXPORT = "aws:dataexchange/eventAction:EventAction"
NAMESPACE = "aws:redshiftserverless/namespace:Namespace"
FIREHOSE = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
ENCRYPTED = "action.exportRevisionToS3.encryption"


def exports(mutant: Mutant) -> Mutant:
    """A mutant of a Data Exchange export that is right, which the stack has none of while it subscribes to nothing."""
    encryption = {"type": "aws:kms", "kmsKeyArn": Of("kms.Key", None, "arn")}
    props = {"action": {"exportRevisionToS3": {"encryption": encryption}}}
    return after(lambda graph: graph.add(EXPORT, props), mutant)


def delivery(operator: str, encryption: dict[str, Any]) -> Mutant:
    return extra("kinesis-customer-key", FIREHOSE, operator, {"serverSideEncryption": encryption})


ENCRYPTION: tuple[Mutant, ...] = (
    *keyless("kinesis-customer-key", "kinesis.Stream", "kmsKeyId"),
    *each_of("kinesis-customer-key", "kinesis.Stream", "encryptionType", (GONE, "NONE")),
    unknown("kinesis-customer-key", "kinesis.Stream", "kmsKeyId"),
    delivery("a delivery stream without encryption", {"enabled": False}),
    delivery("a delivery stream under AWS's key", {"enabled": True, "keyType": "AWS_OWNED_CMK"}),
    missing("s3-encryption-declared", SSE, "refined"),
    put("s3-encryption-declared", SSE, "bucket", "another-bucket", "refined"),
    *keyless("s3-customer-key", SSE, f"{DEFAULT}.kmsMasterKeyId", "refined"),
    *each_of("s3-customer-key", SSE, f"{DEFAULT}.sseAlgorithm", ("AES256", GONE), "refined"),
    put("s3-customer-key", SSE, "rules", [], "refined"),
    unknown("s3-customer-key", SSE, f"{DEFAULT}.kmsMasterKeyId", "refined"),
    put("s3-customer-key", "s3.BucketObjectv2", "serverSideEncryption", "AES256"),
    put("s3-customer-key", "s3.BucketObjectv2", "kmsKeyId", "alias/aws/s3"),
    *keyless("sqs-customer-key", "sqs.Queue", "kmsMasterKeyId", "landing-files"),
    *keyless("sns-customer-key", "sns.Topic", "kmsMasterKeyId"),
    *keyless("scheduler-customer-key", "scheduler.Schedule", "kmsKeyArn"),
    *keyless("logs-customer-key", "cloudwatch.LogGroup", "kmsKeyId"),
    *each_of("logs-customer-key", "cloudwatch.LogGroup", "retentionInDays", (0, GONE)),
    *keyless("redshift-customer-key", "redshift.Cluster", "kmsKeyId"),
    *each_of("redshift-customer-key", "redshift.Cluster", "encrypted", ("false", False, GONE)),
    extra("redshift-customer-key", NAMESPACE, "a serverless namespace without a key", {"namespaceName": "marts"}),
    *each_of("redshift-managed-password", "redshift.Cluster", "manageMasterPassword", (False, GONE)),
    *keyless("redshift-managed-password", "redshift.Cluster", "masterPasswordSecretKmsKeyId"),
    put("redshift-managed-password", "redshift.Cluster", "masterPassword", "hunter2"),
    put("emr-customer-key", EMR, "configuration.EncryptionConfiguration.EnableAtRestEncryption", False),
    put("emr-customer-key", EMR, EMR_AT_REST, GONE),
    put("emr-customer-key", EMR, "configuration.EncryptionConfiguration", GONE),
    *each_of(
        "emr-customer-key", EMR, f"{EMR_AT_REST}.S3EncryptionConfiguration.EncryptionMode", ("SSE-S3", "CSE-Custom")
    ),
    *keyless("emr-customer-key", EMR, f"{EMR_AT_REST}.S3EncryptionConfiguration.AwsKmsKey"),
    put("emr-customer-key", EMR, f"{EMR_AT_REST}.LocalDiskEncryptionConfiguration", GONE),
    put("emr-customer-key", EMR, f"{EMR_AT_REST}.LocalDiskEncryptionConfiguration.EncryptionKeyProviderType", "Custom"),
    *keyless("emr-customer-key", EMR, f"{EMR_AT_REST}.LocalDiskEncryptionConfiguration.AwsKmsKey"),
    *each_of(
        "emr-customer-key",
        EMR,
        f"{EMR_AT_REST}.LocalDiskEncryptionConfiguration.EnableEbsEncryption",
        (False, GONE),
    ),
    unknown("emr-customer-key", EMR, "configuration"),
    *each_of(
        "glue-customer-key", GLUE, "encryptionConfiguration.s3Encryption.s3EncryptionMode", ("SSE-S3", "DISABLED")
    ),
    *keyless("glue-customer-key", GLUE, "encryptionConfiguration.s3Encryption.kmsKeyArn"),
    put("glue-customer-key", GLUE, "encryptionConfiguration.s3Encryption", GONE),
    put("glue-customer-key", GLUE, "encryptionConfiguration.cloudwatchEncryption.cloudwatchEncryptionMode", "DISABLED"),
    *keyless("glue-customer-key", GLUE, "encryptionConfiguration.cloudwatchEncryption.kmsKeyArn"),
    put(
        "glue-customer-key",
        GLUE,
        "encryptionConfiguration.jobBookmarksEncryption.jobBookmarksEncryptionMode",
        "DISABLED",
    ),
    *keyless("glue-customer-key", GLUE, "encryptionConfiguration.jobBookmarksEncryption.kmsKeyArn"),
    *each_of("glue-secured", "glue.Job", "securityConfiguration", (GONE, "", "of-another-stack")),
    *each_of("glue-secured", "glue.Crawler", "securityConfiguration", (GONE, "of-another-stack")),
    missing("glue-secured", GLUE, "landing-intake"),
    missing("glue-catalog-declared", CATALOG),
    put("glue-catalog-declared", CATALOG, "catalogId", "999999999999"),
    put("glue-catalog-customer-key", CATALOG, f"{SETTINGS}.encryptionAtRest.catalogEncryptionMode", "DISABLED"),
    *keyless("glue-catalog-customer-key", CATALOG, f"{SETTINGS}.encryptionAtRest.sseAwsKmsKeyId"),
    *each_of(
        "glue-catalog-customer-key",
        CATALOG,
        f"{SETTINGS}.connectionPasswordEncryption.returnConnectionPasswordEncrypted",
        (False, GONE),
    ),
    *keyless("glue-catalog-customer-key", CATALOG, f"{SETTINGS}.connectionPasswordEncryption.awsKmsKeyId"),
    put("athena-customer-key", ATHENA, "configuration.enforceWorkgroupConfiguration", False),
    put("athena-customer-key", ATHENA, RESULTS, GONE),
    put("athena-customer-key", ATHENA, f"{RESULTS}.encryptionOption", "SSE_S3"),
    *keyless("athena-customer-key", ATHENA, f"{RESULTS}.kmsKeyArn"),
    *each_of("quicksight-customer-key", "quicksight.KeyRegistration", "keyRegistrations.0.defaultKey", (False, GONE)),
    put("quicksight-customer-key", "quicksight.KeyRegistration", "keyRegistrations.0.keyArn", GONE),
    missing("quicksight-customer-key", "quicksight.KeyRegistration"),
    *keyless("datazone-customer-key", "datazone.Domain", "kmsKeyIdentifier"),
    *(
        exports(each)
        for each in keyless("dataexchange-customer-key", "dataexchange.EventAction", f"{ENCRYPTED}.kmsKeyArn")
    ),
    *(
        exports(each)
        for each in each_of(
            "dataexchange-customer-key", "dataexchange.EventAction", f"{ENCRYPTED}.type", ("AES256", GONE)
        )
    ),
    exports(put("dataexchange-customer-key", "dataexchange.EventAction", ENCRYPTED, GONE)),
    *keyless("cloudtrail-customer-key", "cloudtrail.Trail", "kmsKeyId"),
    unknown("cloudtrail-customer-key", "cloudtrail.Trail", "kmsKeyId"),
    *keyless("secrets-customer-key", "secretsmanager.Secret", "kmsKeyId"),
    put("secrets-customer-key", "secretsmanager.Secret", "replicas", [{"region": "eu-central-1"}]),
    *keyless("function-customer-key", "lambda.Function", "kmsKeyArn"),
    *each_of("kms-rotation", "kms.Key", "enableKeyRotation", (False, GONE)),
    unknown("kms-rotation", "kms.Key", "enableKeyRotation"),
)
