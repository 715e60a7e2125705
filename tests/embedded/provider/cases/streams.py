"""Cases: what can be changed of a stream while records flow."""

from tests.embedded.provider.cases.case import Case

_ALL = [
    "IncomingBytes",
    "IncomingRecords",
    "OutgoingBytes",
    "OutgoingRecords",
    "WriteProvisionedThroughputExceeded",
    "ReadProvisionedThroughputExceeded",
    "IteratorAgeMilliseconds",
]

CASES: dict[str, Case] = {
    "aws:kinesis/stream:Stream that is watched": Case(
        {"name": "the-stream", "shardCount": 1},
        {"shardLevelMetrics": _ALL},
        {"name": "other"},
        ("shardLevelMetrics[0]", ["ALL"]),
    ),
    "aws:kinesis/stream:Stream that is watched no more": Case(
        {"name": "the-stream", "shardCount": 1, "shardLevelMetrics": _ALL},
        {"shardLevelMetrics": ["IncomingBytes"]},
        {"name": "other"},
        ("shardLevelMetrics[0]", ["Everything"]),
    ),
    "aws:kinesis/stream:Stream that keeps records longer": Case(
        {"name": "the-stream", "shardCount": 1},
        {"retentionPeriod": 8760},
        {"name": "other"},
        ("retentionPeriod", 8761),
    ),
    "aws:kinesis/stream:Stream that grows": Case(
        {"name": "the-stream", "shardCount": 2},
        {"shardCount": 4},
        {"name": "other"},
        ("shardCount", None),
    ),
    "aws:kinesis/stream:Stream that is encrypted later": Case(
        {"name": "the-stream", "shardCount": 1},
        {"encryptionType": "KMS", "kmsKeyId": "$key.arn"},
        {"name": "other"},
        ("encryptionType", "ROT13"),
    ),
    "aws:kinesis/stream:Stream that changes its key": Case(
        {"name": "the-stream", "shardCount": 1, "encryptionType": "KMS", "kmsKeyId": "$key.arn"},
        {"kmsKeyId": "$key2.arn"},
        {"name": "other"},
        ("kmsKeyId", None),
    ),
}
