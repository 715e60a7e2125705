"""Breaches of what protects the data itself: encryption, transport, retention and records."""

from __future__ import annotations

from tests.policy.pieces import document, no_plain_http, outsiders
from tests.policy.spoiling import Case, advanced, drop, emr, put

AWS_KEY = "alias/aws/kinesis"

DATA: list[Case] = [
    ("kinesis-customer-key", put("stream", "kmsKeyId", AWS_KEY), 'Stream "flights": kmsKeyId is "alias/aws/kinesis"'),
    ("kinesis-customer-key", put("stream", "encryptionType", "NONE"), 'encryptionType is "NONE"'),
    ("s3-encryption-declared", drop("lake-encryption"), 'Bucket "lake": no BucketServerSideEncryptionConfiguration'),
    (
        "s3-customer-key",
        put("lake-encryption", "rules.0.applyServerSideEncryptionByDefault.sseAlgorithm", "AES256"),
        'sseAlgorithm is "AES256"',
    ),
    (
        "s3-customer-key",
        put("lake-encryption", "rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId", None),
        "kmsMasterKeyId is unset",
    ),
    ("s3-customer-key", put("lake-encryption", "rules", []), "it holds no rule"),
    ("sqs-customer-key", put("queue", "kmsMasterKeyId", None), "kmsMasterKeyId is unset"),
    ("logs-customer-key", put("log-group", "kmsKeyId", None), "kmsKeyId is unset"),
    ("logs-customer-key", put("log-group", "retentionInDays", 0), "retentionInDays is 0"),
    ("redshift-customer-key", put("warehouse", "encrypted", "false"), 'encrypted is "false"'),
    ("redshift-customer-key", put("warehouse", "kmsKeyId", None), "kmsKeyId is unset"),
    ("emr-customer-key", emr("EnableAtRestEncryption", value=False), "EnableAtRestEncryption is false"),
    (
        "emr-customer-key",
        emr("AtRestEncryptionConfiguration", "S3EncryptionConfiguration", "EncryptionMode", value="SSE-S3"),
        'EncryptionMode is "SSE-S3"',
    ),
    (
        "emr-customer-key",
        emr("AtRestEncryptionConfiguration", "LocalDiskEncryptionConfiguration", value={"EnableEbsEncryption": False}),
        "EncryptionKeyProviderType is unset",
    ),
    (
        "glue-customer-key",
        put("glue-security", "encryptionConfiguration.jobBookmarksEncryption.jobBookmarksEncryptionMode", "DISABLED"),
        'jobBookmarksEncryptionMode is "DISABLED"',
    ),
    (
        "glue-customer-key",
        put("glue-security", "encryptionConfiguration.s3Encryption.kmsKeyArn", None),
        "s3Encryption.kmsKeyArn is unset",
    ),
    ("glue-secured", put("job", "securityConfiguration", None), 'Job "conform": securityConfiguration is unset'),
    ("glue-secured", drop("glue-security"), 'securityConfiguration is "glue", which this stack doesn\'t hold'),
    ("glue-secured", put("crawler", "securityConfiguration", ""), "securityConfiguration is unset"),
    (
        "glue-catalog-customer-key",
        put("catalog", "dataCatalogEncryptionSettings.encryptionAtRest.catalogEncryptionMode", "DISABLED"),
        'catalogEncryptionMode is "DISABLED"',
    ),
    (
        "glue-catalog-customer-key",
        put("catalog", "dataCatalogEncryptionSettings.connectionPasswordEncryption.awsKmsKeyId", None),
        "awsKmsKeyId is unset",
    ),
    (
        "athena-customer-key",
        put("workgroup", "configuration.enforceWorkgroupConfiguration", False),
        "enforceWorkgroupConfiguration is false",
    ),
    (
        "athena-customer-key",
        put("workgroup", "configuration.resultConfiguration.encryptionConfiguration.encryptionOption", "SSE_S3"),
        'encryptionOption is "SSE_S3"',
    ),
    ("cloudtrail-customer-key", put("trail", "kmsKeyId", None), "kmsKeyId is unset"),
    ("secrets-customer-key", put("secret", "kmsKeyId", "alias/aws/secretsmanager"), "alias/aws/secretsmanager"),
    ("function-customer-key", put("function", "kmsKeyArn", None), "kmsKeyArn is unset"),
    ("redshift-managed-password", put("warehouse", "masterPassword", "secret"), "masterPassword is passed"),
    ("redshift-managed-password", put("warehouse", "manageMasterPassword", None), "manageMasterPassword is unset"),
    ("kms-rotation", put("key", "enableKeyRotation", False), "enableKeyRotation is false"),
    ("s3-tls-only", drop("lake-policy"), 'Bucket "lake": it has no bucket policy'),
    (
        "s3-tls-only",
        put("lake-policy", "policy", document(outsiders("lake", "vpce-s3"))),
        "no Deny for aws:SecureTransport false",
    ),
    (
        "s3-tls-only",
        put("lake-policy", "policy", document(no_plain_http("s3", "arn:aws:s3:::lake"), outsiders("lake", "vpce-s3"))),
        "which leaves out the objects",
    ),
    (
        "s3-tls-only",
        put(
            "lake-policy", "policy", document(no_plain_http("s3", "arn:aws:s3:::lake/*"), outsiders("lake", "vpce-s3"))
        ),
        "which leaves out the bucket itself",
    ),
    ("sqs-tls-only", drop("queue-policy"), "it has no queue policy"),
    ("sqs-tls-only", put("queue-policy", "policy", document()), "no Deny for aws:SecureTransport false"),
    ("redshift-tls-only", put("warehouse", "clusterParameterGroupName", None), "the default group rules"),
    ("redshift-tls-only", put("warehouse", "clusterParameterGroupName", "theirs"), "no parameter group of this stack"),
    ("redshift-tls-only", put("warehouse-parameters", "parameters", []), "require_ssl"),
    ("emr-tls", emr("EnableInTransitEncryption", value=False), "EnableInTransitEncryption is false"),
    ("emr-tls", emr("InTransitEncryptionConfiguration", value={}), "TLSCertificateConfiguration is unset"),
    ("api-tls", put("api-domain", "securityPolicy", "TLS_1_0"), 'securityPolicy is "TLS_1_0"'),
    ("api-tls", put("api-domain", "securityPolicy", None), "securityPolicy is unset"),
    ("api-tls", put("api", "securityPolicy", "TLS_1_0"), 'RestApi "end-use": securityPolicy is "TLS_1_0"'),
    ("s3-object-lock", drop("raw-lock"), 'Bucket "raw": no BucketObjectLockConfiguration'),
    ("s3-versioned", drop("lake-versioning"), 'Bucket "lake": no BucketVersioning names it'),
    ("s3-versioned", put("audit-versioning", "versioningConfiguration.status", "Suspended"), '"Suspended"'),
    ("data-recorded", drop("trail"), 'Bucket "raw": no trail of this stack records'),
    (
        "data-recorded",
        put("trail", "eventSelectors.0.dataResources.0.values", ["arn:aws:s3:::other/"]),
        "no trail of this stack records",
    ),
    ("function-log-group", put("function", "loggingConfig", {"logGroup": "theirs"}), "is not of this stack"),
    ("function-log-group", drop("function-logs"), 'Function "landing": its log group is not of this stack'),
    ("glue-catalog-declared", drop("catalog"), 'CatalogDatabase "refined": no DataCatalogEncryptionSettings'),
    ("s3-object-lock", put("raw-lock", "rule.defaultRetention", {"mode": "GOVERNANCE"}), "neither days nor years"),
    (
        "redshift-snapshots",
        put("warehouse", "automatedSnapshotRetentionPeriod", 0.0),
        "automatedSnapshotRetentionPeriod is 0",
    ),
    ("cloudtrail-complete", put("trail", "isMultiRegionTrail", False), "isMultiRegionTrail is false"),
    ("cloudtrail-complete", put("trail", "enableLogFileValidation", None), "enableLogFileValidation is unset"),
    (
        "cloudtrail-complete",
        put("trail", "eventSelectors.0.readWriteType", "WriteOnly"),
        "selector 0 leaves management events out",
    ),
    (
        "cloudtrail-complete",
        put("trail", "advancedEventSelectors", [{"fieldSelectors": []}]),
        "no advanced selector of it records all management events",
    ),
    ("cloudtrail-guarded", put("trail", "s3BucketName", "theirs"), 's3BucketName is "theirs", which is no bucket of'),
    ("data-recorded", put("trail", "eventSelectors", []), 'Bucket "lake": no trail of this stack records'),
    (
        "data-recorded",
        put("trail", "eventSelectors.0.readWriteType", "WriteOnly"),
        "no trail of this stack records calls",
    ),
    ("data-recorded", advanced(("eventName", "equals", ["GetObject"])), "no trail of this stack records calls to its"),
    ("data-recorded", advanced(("eventName", "notEquals", ["GetObject"])), "no trail of this stack records"),
    ("function-calls-recorded", drop("trail"), 'Function "landing": no trail of this stack records calls to it'),
    ("s3-access-logged", drop("lake-logging"), "no BucketLogging names it"),
    ("log-bucket-deliverable", put("access", "objectLockEnabled", True), "but has Object Lock"),
    (
        "log-bucket-deliverable",
        put("access-encryption", "rules.0.applyServerSideEncryptionByDefault.sseAlgorithm", "aws:kms"),
        'its sseAlgorithm is "aws:kms"',
    ),
    (
        "log-bucket-deliverable",
        put("access-policy", "policy", document(outsiders("access", "vpce-s3"))),
        "no Allow of its policy lets logging.s3.amazonaws.com put them there",
    ),
    ("vpc-flow-logs", drop("flow-log"), "no FlowLog names it"),
    ("vpc-flow-logs", put("flow-log", "trafficType", "REJECT"), '"REJECT"'),
    ("redshift-audited", drop("warehouse-logging"), "no Logging names it"),
    (
        "redshift-audited",
        put("warehouse-parameters", "parameters", [{"name": "require_ssl", "value": "true"}]),
        "enable_user_activity_logging is not true in its parameters",
    ),
    ("api-access-logged", put("api-stage", "accessLogSettings", None), "destinationArn is unset"),
]
