"""Cases: S3."""

from tests.embedded.provider.cases.case import OTHER_TAGS, TAGS, Case, allow, asset

CASES: dict[str, Case] = {
    "aws:s3/bucket:Bucket": Case(
        {"bucket": "the-bucket", "forceDestroy": False, **TAGS},
        {"forceDestroy": True, **OTHER_TAGS},
        {"bucket": "the-other-bucket"},
        ("versioning", {"enabled": True}),
    ),
    "aws:s3/bucketVersioning:BucketVersioning": Case(
        {"bucket": "$bucket.id", "versioningConfiguration": {"status": "Enabled"}},
        {"versioningConfiguration": {"status": "Suspended"}},
        {"bucket": "$bucket2.id"},
        ("versioningConfiguration.state", {"state": "Enabled"}),
        stays=True,
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": Case(
        {
            "bucket": "$bucket.id",
            "rules": [
                {
                    "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "$key.arn"},
                    "bucketKeyEnabled": True,
                }
            ],
        },
        {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
        {"bucket": "$bucket2.id"},
        (
            "rules[0].applyServerSideEncryptionByDefault.sseAlgorithm",
            [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "rot13"}}],
        ),
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Case(
        {"bucket": "$bucket.id", "blockPublicAcls": True, "blockPublicPolicy": True, "ignorePublicAcls": True},
        {"restrictPublicBuckets": True},
        {"bucket": "$bucket2.id"},
        ("blockPublicAcls", "perhaps"),
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": Case(
        {"bucket": "$bucket.id", "rule": {"objectOwnership": "BucketOwnerEnforced"}},
        {"rule": {"objectOwnership": "BucketOwnerPreferred"}},
        {"bucket": "$bucket2.id"},
        ("rule.objectOwnership", {"objectOwnership": "Nobody"}),
    ),
    "aws:s3/bucketPolicy:BucketPolicy": Case(
        {
            "bucket": "$bucket.id",
            "policy": allow("s3:GetObject", "arn:aws:s3:::case-bucket/*", Principal={"AWS": "123456789012"}),
        },
        {"policy": allow("s3:PutObject", "arn:aws:s3:::case-bucket/*", Principal={"AWS": "123456789012"})},
        {"bucket": "$bucket2.id"},
        ("policy", 3),
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": Case(
        {
            "bucket": "$bucket.id",
            "rules": [
                {
                    "id": "old",
                    "status": "Enabled",
                    "filter": {"prefix": "raw/"},
                    "expiration": {"days": 30},
                    "noncurrentVersionExpiration": {"noncurrentDays": 7, "newerNoncurrentVersions": 2},
                    "abortIncompleteMultipartUpload": {"daysAfterInitiation": 3},
                }
            ],
        },
        {
            "rules": [
                {
                    "id": "old",
                    "status": "Enabled",
                    "filter": {},
                    "transitions": [{"days": 30, "storageClass": "STANDARD_IA"}],
                }
            ]
        },
        {"bucket": "$bucket2.id"},
        ("rules[0].status", [{"id": "x", "status": "On"}]),
    ),
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": Case(
        {"bucket": "$locked.id", "rule": {"defaultRetention": {"mode": "GOVERNANCE", "days": 1}}},
        {"rule": {"defaultRetention": {"mode": "COMPLIANCE", "days": 2}}},
        {"bucket": "$bucket2.id"},
        ("rule.defaultRetention.mode", {"defaultRetention": {"mode": "LAX", "days": 1}}),
        stays=True,
    ),
    "aws:s3/bucketNotification:BucketNotification": Case(
        {
            "bucket": "$bucket.id",
            "queues": [
                {
                    "queueArn": "$queue.arn",
                    "events": ["s3:ObjectCreated:*"],
                    "filterPrefix": "drop/",
                    "filterSuffix": ".csv",
                }
            ],
        },
        {"queues": [{"id": "mine", "queueArn": "$queue2.arn", "events": ["s3:ObjectCreated:Put"]}]},
        {"bucket": "$bucket2.id"},
        ("queues[0].queueArn", [{"events": ["s3:ObjectCreated:*"]}]),
    ),
    "aws:s3/bucketLogging:BucketLogging": Case(
        {"bucket": "$bucket.id", "targetBucket": "$logged.bucket", "targetPrefix": "logs/"},
        {"targetPrefix": "access/"},
        {"bucket": "$bucket2.id"},
        ("targetPrefix", None),
    ),
    "aws:s3/bucketObjectv2:BucketObjectv2": Case(
        {"bucket": "$bucket.id", "key": "a/b.txt", "source": asset("hello"), "contentType": "text/plain", **TAGS},
        {"source": asset("good bye"), **OTHER_TAGS},
        {"key": "a/c.txt"},
        ("contentBase64", "eA=="),
    ),
    "aws:s3/bucket:Bucket without name": Case(
        {}, {"tags": {"a": "b"}}, {"bucket": "the-bucket"}, ("bucket", "Big_Bucket")
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration by size and tags": Case(
        {
            "bucket": "$bucket.id",
            "rules": [
                {
                    "id": "large",
                    "status": "Enabled",
                    "filter": {"and": {"prefix": "a/", "objectSizeGreaterThan": 500, "tags": {"a": "b"}}},
                    "noncurrentVersionTransitions": [{"noncurrentDays": 30, "storageClass": "GLACIER"}],
                },
                {"id": "rest", "status": "Disabled", "filter": {"prefix": "b/"}, "expiration": {"days": 9}},
            ],
        },
        {
            "rules": [
                {"id": "rest", "status": "Disabled", "filter": {"prefix": "b/"}, "expiration": {"days": 8}},
                {
                    "id": "large",
                    "status": "Enabled",
                    "filter": {"and": {"prefix": "a/", "objectSizeGreaterThan": 600, "tags": {"a": "b"}}},
                    "expiration": {"days": 9},
                },
            ]
        },
        {"bucket": "$bucket2.id"},
        ("rules[0].expiration.day", [{"id": "x", "status": "Enabled", "expiration": {"day": 1}}]),
    ),
    "aws:s3/bucketNotification:BucketNotification to a function": Case(
        {
            "bucket": "$bucket.id",
            "eventbridge": True,
            "lambdaFunctions": [{"lambdaFunctionArn": "$function.arn", "events": ["s3:ObjectCreated:*"]}],
        },
        {"eventbridge": False},
        {"bucket": "$bucket2.id"},
        ("lambdaFunctions[0].events", [{"lambdaFunctionArn": "f"}]),
    ),
    "aws:s3/bucketLogging:BucketLogging by date": Case(
        {
            "bucket": "$bucket.id",
            "targetBucket": "$logged.bucket",
            "targetPrefix": "logs/",
            "targetObjectKeyFormat": {"partitionedPrefix": {"partitionDateSource": "EventTime"}},
        },
        {"targetObjectKeyFormat": {"partitionedPrefix": {"partitionDateSource": "DeliveryTime"}}},
        {"bucket": "$bucket2.id"},
        (
            "targetObjectKeyFormat.partitionedPrefix.partitionDateSource",
            {"partitionedPrefix": {"partitionDateSource": "Tomorrow"}},
        ),
    ),
    "aws:s3/bucketObjectv2:BucketObjectv2 of text": Case(
        {
            "bucket": "$bucket.id",
            "key": "a.json",
            "content": '{"a": 1}',
            "serverSideEncryption": "aws:kms",
            "kmsKeyId": "$key.arn",
            "metadata": {"a": "b"},
        },
        {"content": '{"a": 2}', "contentType": "application/json", "cacheControl": "no-store"},
        {"bucket": "$bucket2.id"},
        ("serverSideEncryption", "rot13"),
    ),
    "aws:s3/bucketObjectv2:BucketObjectv2 in a versioned bucket": Case(
        {"bucket": "$versioned.bucket", "key": "a.bin", "contentBase64": "AAEC", "acl": "private"},
        {"contentBase64": "AAED"},
        {"key": "b.bin"},
        ("storageClass", "ATTIC"),
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration to the coldest": Case(
        {
            "bucket": "$bucket.id",
            "rules": [
                {
                    "id": "cool",
                    "status": "Enabled",
                    "filter": {"prefix": "raw/"},
                    "transitions": [
                        {"days": 30, "storageClass": "STANDARD_IA"},
                        {"days": 90, "storageClass": "GLACIER_IR"},
                        {"days": 180, "storageClass": "DEEP_ARCHIVE"},
                    ],
                    "noncurrentVersionTransitions": [
                        {"noncurrentDays": 0, "storageClass": "GLACIER_IR", "newerNoncurrentVersions": 3}
                    ],
                    "noncurrentVersionExpiration": {"noncurrentDays": 365},
                    "expiration": {"days": 2555},
                }
            ],
        },
        {
            "rules": [
                {
                    "id": "cool",
                    "status": "Enabled",
                    "filter": {"prefix": "raw/"},
                    "transitions": [
                        {"days": 0, "storageClass": "INTELLIGENT_TIERING"},
                        {"days": 400, "storageClass": "DEEP_ARCHIVE"},
                    ],
                }
            ]
        },
        {"bucket": "$bucket2.id"},
        (
            "rules[0].transitions[0].days",
            [{"id": "x", "status": "Enabled", "transitions": [{"days": 29, "storageClass": "STANDARD_IA"}]}],
        ),
    ),
    "aws:s3/bucketNotification:BucketNotification to a queue and to EventBridge": Case(
        {
            "bucket": "$bucket.id",
            "eventbridge": True,
            "queues": [
                {"id": "drop", "queueArn": "$queue.arn", "events": ["s3:ObjectCreated:*"], "filterPrefix": "drop/"}
            ],
        },
        {"eventbridge": False},
        {"bucket": "$bucket2.id"},
        ("queues[0].events", [{"queueArn": "$queue.arn", "events": ["s3:ObjectMade:*"]}]),
    ),
    "aws:s3/bucketNotification:BucketNotification to EventBridge alone": Case(
        {"bucket": "$bucket.id", "eventbridge": True},
        {"topics": [{"id": "t", "topicArn": "$topic.arn", "events": ["s3:ObjectRemoved:*"]}]},
        {"bucket": "$bucket2.id"},
        ("topics[0].topicArn", [{"topicArn": "arn:aws:sns:x:1:t.fifo", "events": ["s3:ObjectRemoved:*"]}]),
    ),
}
