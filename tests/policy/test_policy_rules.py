"""Each rule against the platform on which it holds, spoiled in one place at a time."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from policy.exceptions import Waiver, Waivers
from policy.rules import RULES
from tests.policy.court import TODAY, Made, Ruling, ruling
from tests.policy.platform import (
    ACCOUNT,
    KEY_ARN,
    allow,
    bucket,
    document,
    emr_settings,
    no_plain_http,
    outsiders,
    platform,
    role,
)

Platform = dict[str, Made]
Spoil = Callable[[Platform], None]

ACCESS_LOGS = Waiver(
    rule="s3-customer-key",
    resource="aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration::access",
    reason="access logs are delivered to SSE-S3 buckets only",
    owner="platform",
    expires=TODAY,
)


def judged(made: Platform) -> Ruling:
    return ruling(made.values(), waivers=Waivers((ACCESS_LOGS,), today=TODAY))


def put(key: str, path: str, value: Any) -> Spoil:
    """Writes `value` at a dotted path of a resource's properties; None removes what is there."""

    def spoil(made: Platform) -> None:
        target: Any = made[key].props
        *way, last = path.split(".")
        for step in way:
            target = target[int(step)] if step.isdigit() else target[step]
        if value is None:
            del target[last]
        else:
            target[last] = value

    return spoil


def drop(*keys: str) -> Spoil:
    """Takes resources away."""

    def spoil(made: Platform) -> None:
        for key in keys:
            del made[key]

    return spoil


def add(resource_type: str, **props: Any) -> Spoil:
    """Adds a resource."""

    def spoil(made: Platform) -> None:
        made["added"] = Made(resource_type, "added", props)

    return spoil


def emr(*path: str, value: Any) -> Spoil:
    """Writes `value` into the EMR security configuration's JSON, under encryption unless the path starts with "/"."""

    def spoil(made: Platform) -> None:
        held: dict[str, Any] = emr_settings()
        target = held if path[0] == "/" else held["EncryptionConfiguration"]
        *way, last = path[1:] if path[0] == "/" else path
        for step in way:
            target = target[step]
        target[last] = value
        made["emr-security"].props["configuration"] = json.dumps(held)

    return spoil


def may(role_key: str, *actions: str, **more: Any) -> Spoil:
    """Lets a role do this and nothing else."""
    return put(f"{role_key}-may", "policy", document(allow(*actions, **more)))


def guard(**changes: Any) -> Spoil:
    """Rewrites the perimeter's Deny of bucket lake; a condition of None is left out."""
    statement = outsiders("lake", "vpce-s3")
    statement |= {key: value for key, value in changes.items() if key != "Condition"}
    for operator, condition in changes.get("Condition", {}).items():
        if condition is None:
            del statement["Condition"][operator]
        else:
            statement["Condition"][operator] = condition
    return put(
        "lake-policy", "policy", document(no_plain_http("s3", "arn:aws:s3:::lake", "arn:aws:s3:::lake/*"), statement)
    )


EVERYBODY = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}
AWS_KEY = "alias/aws/kinesis"

SPOILED: list[tuple[str, Spoil, str]] = [
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
    ("s3-public-access-blocked", drop("lake-public"), "no BucketPublicAccessBlock names it"),
    ("s3-public-access-blocked", put("lake-public", "restrictPublicBuckets", False), "restrictPublicBuckets is false"),
    (
        "s3-acls-off",
        put("lake-ownership", "rule.objectOwnership", "ObjectWriter"),
        'objectOwnership is "ObjectWriter"',
    ),
    ("redshift-private", put("warehouse", "publiclyAccessible", True), "publiclyAccessible is true"),
    ("redshift-private", put("warehouse", "publiclyAccessible", None), "publiclyAccessible is unset"),
    (
        "no-open-ingress",
        put("workloads-group", "ingress", [{"fromPort": 22, "toPort": 22, "cidrBlocks": ["0.0.0.0/0"]}]),
        "ingress.0.cidrBlocks admits 0.0.0.0/0",
    ),
    (
        "no-open-ingress",
        add("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", securityGroupId="sg-x", cidrIpv6="::/0"),
        "cidrIpv6 admits ::/0",
    ),
    (
        "no-open-ingress",
        add("aws:ec2/securityGroupRule:SecurityGroupRule", type="ingress", cidrBlocks=["0.0.0.0/1"]),
        "admits 0.0.0.0/1",
    ),
    ("default-group-closed", drop("default-group"), "no DefaultSecurityGroup adopts"),
    ("default-group-closed", put("default-group", "egress", [{"protocol": "-1"}]), "1 egress rule(s)"),
    (
        "function-not-public",
        add("aws:lambda/functionUrl:FunctionUrl", authorizationType="NONE"),
        'authorizationType is "NONE"',
    ),
    ("function-not-public", put("permission", "sourceArn", None), "without sourceArn or sourceAccount"),
    ("function-not-public", put("permission", "principal", "*"), 'principal is "*" without principalOrgId'),
    (
        "emr-metadata-v2",
        emr("/", "InstanceMetadataServiceConfiguration", value={}),
        "MinimumInstanceMetadataServiceVersion is unset",
    ),
    (
        "service-principal-bounded",
        put("queue-policy", "policy", document(allow("sqs:SendMessage", Principal={"Service": "s3.amazonaws.com"}))),
        "policy admits s3.amazonaws.com for whomever the service acts",
    ),
    (
        "api-authorized",
        put("api", "body", json.dumps({"paths": {"/routes": {"get": {}}}})),
        "GET /routes has no security requirement",
    ),
    (
        "no-wildcard-principal",
        put("queue-policy", "policy", document(allow("sqs:SendMessage", Principal={"AWS": "*"}))),
        'allows sqs:sendmessage to Principal "*"',
    ),
    ("no-wildcard-principal", put("job-role", "assumeRolePolicy", document(EVERYBODY)), "allows sts:assumerole"),
    (
        "no-wildcard-principal",
        put(
            "key",
            "policy",
            document(allow("kms:*", Principal="*", Condition={"StringEqualsIfExists": {"kms:CallerAccount": ACCOUNT}})),
        ),
        "no condition that keeps strangers out",
    ),
    ("iam-no-wildcard-action", may("job-role", "*", resource="*"), 'allows Action "*"'),
    ("iam-no-wildcard-action", may("job-role", "s3:*", resource="*"), 'allows Action "s3:*" on Resource "*"'),
    (
        "iam-no-wildcard-action",
        put("job-role", "inlinePolicies", [{"policy": document(allow("glue:*", resource="*"))}]),
        'allows Action "glue:*"',
    ),
    (
        "iam-no-wildcard-action",
        add(
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment", policyArn="arn:aws:iam::aws:policy/AdministratorAccess"
        ),
        "AdministratorAccess",
    ),
    (
        "lake-formation-only",
        put("lake-settings", "createTableDefaultPermissions", [{"principal": "IAM_ALLOWED_PRINCIPALS"}]),
        'createTableDefaultPermissions names "IAM_ALLOWED_PRINCIPALS"',
    ),
    (
        "lake-formation-only",
        put(
            "database",
            "createTableDefaultPermissions",
            [{"principal": {"dataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}}],
        ),
        'CatalogDatabase "refined": createTableDefaultPermissions names',
    ),
    ("lake-formation-only", put("lake-grant", "principal", "IAM_ALLOWED_PRINCIPALS"), "principal is"),
    ("lake-formation-only", drop("lake-settings"), "no DataLakeSettings of this stack"),
    ("s3-gateway-on-private-tables", drop("endpoint-s3-isolated"), 'RouteTable "isolated": no S3 gateway endpoint'),
    ("s3-gateway-on-private-tables", put("endpoint-s3", "routeTableIds", []), 'RouteTable "private"'),
    ("endpoints-closed", drop("endpoint-glue"), "glue:gettable, but no interface endpoint for glue is in its VPC"),
    ("endpoints-closed", may("function-role", "kinesis:PutRecord"), "no interface endpoint for kinesis-streams"),
    ("endpoints-closed", may("function-role", "kms:Decrypt"), "no interface endpoint for kms"),
    ("endpoints-closed", may("job-role", "iam:GetRole"), "no endpoint is known for iam"),
    ("endpoints-closed", may("job-role", "*"), "from which no list of services can be read"),
    ("endpoints-closed", put("endpoint-glue", "privateDnsEnabled", False), "the endpoint for glue has no private DNS"),
    ("endpoints-closed", put("endpoint-glue", "subnetIds", []), "the endpoint for glue is in no subnet"),
    ("endpoints-closed", put("endpoint-glue", "vpcId", "vpc-2"), "no interface endpoint for glue is in its VPC"),
    ("endpoints-closed", drop("endpoints-from-workloads"), "no security group of the endpoint for"),
    ("endpoints-closed", put("endpoints-from-isolated", "cidrBlocks", ["10.0.9.0/24"]), 'Cluster "marts": its role'),
    ("endpoints-closed", put("endpoints-from-workloads", "toPort", 400), "no security group of the endpoint for"),
    (
        "endpoints-closed",
        add(
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            role="job-role",
            policyArn="arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole",
        ),
        "whose content this pack can't read",
    ),
    ("endpoint-private-dns", put("endpoint-logs", "privateDnsEnabled", False), "privateDnsEnabled is false"),
    ("endpoint-policy", put("endpoint-s3", "policy", None), "policy is unset, which admits everybody"),
    (
        "endpoint-policy",
        put("endpoint-glue", "policy", document(allow("*", resource="*", Principal="*"))),
        "no condition on the account",
    ),
    ("isolated-without-default-route", put("private-route", "routeTableId", "rtb-isolated"), "has a default route"),
    ("isolated-without-default-route", drop("isolated-association"), "the VPC's main table rules"),
    ("isolated-without-default-route", put("warehouse-subnets", "subnetIds", ["subnet-private"]), 'Subnet "private"'),
    ("s3-perimeter", drop("lake-policy"), "no Deny of its policy asks for aws:SourceVpce"),
    (
        "s3-perimeter",
        guard(Condition={"StringNotEqualsIfExists": {"aws:SourceVpce": ["vpce-other"]}}),
        "its Deny names endpoints ['vpce-other'], while this stack's are [\"vpce-s3\"]".replace('"', "'"),
    ),
    ("s3-perimeter", guard(Condition={"BoolIfExists": None}), "doesn't except aws:principalisawsservice"),
    ("s3-perimeter", guard(Action="s3:GetObject"), "is not for s3:*"),
    ("s3-perimeter", guard(Resource="arn:aws:s3:::lake"), "leaves out the objects"),
    (
        "s3-perimeter",
        guard(Condition={"ArnNotLikeIfExists": {"aws:PrincipalArn": [f"arn:aws:iam::{ACCOUNT}:role/*"]}}),
        "which is everybody",
    ),
    ("function-in-vpc", put("function", "vpcConfig", None), "vpcConfig.subnetIds is unset"),
    ("function-in-vpc", put("function", "vpcConfig.securityGroupIds", []), "vpcConfig.securityGroupIds is unset"),
    ("glue-in-vpc", put("job", "connections", None), "it uses no NETWORK connection"),
    ("glue-in-vpc", put("connection", "connectionType", "JDBC"), "it uses no NETWORK connection"),
    ("glue-in-vpc", put("crawler", "s3Targets.0.connectionName", None), "s3Targets.0.connectionName is unset"),
    ("glue-in-vpc", put("connection", "physicalConnectionRequirements", {}), "names no subnet"),
    ("emr-secured", put("cluster", "securityConfiguration", None), "securityConfiguration is unset"),
    ("emr-secured", put("cluster", "securityConfiguration", "theirs"), "which this stack doesn't hold"),
    ("emr-secured", put("cluster", "ec2Attributes.subnetId", None), "ec2Attributes.subnetId is unset"),
    ("emr-secured", put("cluster", "ec2Attributes.subnetId", "subnet-public"), "its subnet gives public addresses"),
    ("redshift-enhanced-routing", put("warehouse", "enhancedVpcRouting", False), "enhancedVpcRouting is false"),
    ("s3-object-lock", drop("raw-lock"), 'Bucket "raw": no BucketObjectLockConfiguration'),
    ("s3-object-lock", put("audit-versioning", "versioningConfiguration.status", "Suspended"), '"Suspended"'),
    ("s3-object-lock", put("raw-lock", "rule.defaultRetention", {"mode": "GOVERNANCE"}), "neither days nor years"),
    (
        "redshift-snapshots",
        put("warehouse", "automatedSnapshotRetentionPeriod", 0.0),
        "automatedSnapshotRetentionPeriod is 0",
    ),
    ("cloudtrail-complete", put("trail", "isMultiRegionTrail", False), "isMultiRegionTrail is false"),
    ("cloudtrail-complete", put("trail", "enableLogFileValidation", None), "enableLogFileValidation is unset"),
    ("cloudtrail-data-events", put("trail", "eventSelectors", []), "no selector of it names AWS::S3::Object"),
    ("cloudtrail-data-events", put("trail", "eventSelectors.0.readWriteType", "WriteOnly"), '"WriteOnly"'),
    ("s3-access-logged", drop("lake-logging"), "no BucketLogging names it"),
    ("log-bucket-deliverable", put("access", "objectLockEnabled", True), "but has Object Lock"),
    (
        "log-bucket-deliverable",
        put("access-encryption", "rules.0.applyServerSideEncryptionByDefault.sseAlgorithm", "aws:kms"),
        'its sseAlgorithm is "aws:kms"',
    ),
    ("vpc-flow-logs", drop("flow-log"), "no FlowLog names it"),
    ("vpc-flow-logs", put("flow-log", "trafficType", "REJECT"), '"REJECT"'),
    ("redshift-audited", drop("warehouse-logging"), "no Logging names it"),
    ("api-access-logged", put("api-stage", "accessLogSettings", None), "destinationArn is unset"),
]


def test_every_rule_holds_on_the_platform_and_has_something_to_judge_there() -> None:
    found = judged(platform())
    assert found.violated.keys() <= {"exceptions-in-force"}, found.violated
    assert not found.undecided
    assert not found.not_applicable


@pytest.mark.parametrize(("rule", "spoil", "text"), SPOILED, ids=[f"{rule}-{text[:40]}" for rule, _, text in SPOILED])
def test_a_platform_spoiled_in_one_place_violates_the_rule_on_that_place(rule: str, spoil: Spoil, text: str) -> None:
    made = copy.deepcopy(platform())
    spoil(made)
    found = judged(made)
    assert rule in found.violated, found.violated
    assert any(text in message for message in found.violated[rule]), found.violated[rule]


def test_each_rule_is_seen_to_be_violated() -> None:
    assert {rule for rule, _, _ in SPOILED} == {rule.id for rule in RULES}


def test_a_message_names_the_rule_the_resource_the_value_the_reason_and_the_line_to_write() -> None:
    made = platform()
    made["stream"].props["kmsKeyId"] = AWS_KEY
    (message,) = judged(made).violated["kinesis-customer-key"]
    assert message == (
        '[kinesis-customer-key] Stream "flights": kmsKeyId is "alias/aws/kinesis".\n'
        "  Why: only a customer-managed key has a policy of its own, can be withdrawn, "
        "and shows each use in CloudTrail\n"
        '  Write: encryption_type="KMS", kms_key_id=key.arn'
    )


def test_the_s3_types_of_older_providers_are_judged_alike() -> None:
    made = bucket("old", log_to="access")
    for each in made.values():
        module, _, token = each.type.partition(":")
        path, _, name = token.partition(":")
        each.type = f"{module}:{path}V2:{name}V2"
    assert made["old"].type == "aws:s3/bucketV2:BucketV2"
    made["old-encryption"].props["rules"] = []
    assert "s3-customer-key" in judged(made).violated
    assert "s3-encryption-declared" not in judged(made).violated


def test_keys_that_kms_does_not_rotate_are_not_asked_to() -> None:
    made = {"key": Made("aws:kms/key:Key", "signing", {"customerMasterKeySpec": "RSA_2048", "keyUsage": "SIGN_VERIFY"})}
    assert "kms-rotation" in judged(made).not_applicable


def test_calls_that_aws_makes_on_its_own_side_need_no_endpoint() -> None:
    made = platform()
    del made["mapping"]
    # Without an event source the function itself must be what receives.
    assert "endpoints-closed" in judged(made).violated
    made = platform() | role(
        "function-role", "lambda.amazonaws.com", allow("logs:PutLogEvents", "xray:PutTraceSegments")
    )
    assert "endpoints-closed" not in judged(made).violated


def test_a_key_may_admit_a_service_for_the_accounts_own_log_groups() -> None:
    context = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:*"}}
    made = platform()
    made["key"].props["policy"] = document(
        allow("kms:Decrypt*", Principal={"Service": "logs.eu-west-1.amazonaws.com"}, Condition=context)
    )
    assert "service-principal-bounded" not in judged(made).violated


def test_a_password_is_never_shown() -> None:
    made = platform()
    made["warehouse"].props["masterPassword"] = "hunter2"
    assert not any("hunter2" in message for messages in judged(made).violated.values() for message in messages)


def test_buckets_that_write_it_all_inline_are_taken_at_their_word() -> None:
    made = platform()
    for key in ("lake-encryption", "lake-logging", "raw-versioning"):
        del made[key]
    made["raw"].props["versioning"] = {"enabled": True}
    made["lake"].props |= {
        "logging": {"targetBucket": "access"},
        "serverSideEncryptionConfiguration": {
            "rule": {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY_ARN}}
        },
    }
    assert judged(made).violated.keys() == {"exceptions-in-force"}


def test_a_stack_of_nothing_that_the_pack_knows_is_judged_by_no_rule() -> None:
    found = ruling([Made("random:index/randomId:RandomId", "id", {})])
    assert not found.violated
    assert {rule.id for rule in RULES} <= found.not_applicable


def test_settings_say_which_buckets_are_raw_and_which_subnets_isolated() -> None:
    made = bucket("theirs", layer="bronze")
    lock = next(rule for rule in RULES if rule.id == "s3-object-lock")
    assert not ruling(made.values(), [lock]).violated
    found = ruling(made.values(), [lock], config={"tag": "medallion:layer", "values": ["bronze"]})
    assert "s3-object-lock" in found.violated


def test_key_arns_and_own_aliases_are_customer_managed_and_aws_aliases_are_not() -> None:
    stream = platform()["stream"]
    for key, ours in (
        (KEY_ARN, True),
        ("alias/data", True),
        ("arn:aws:kms:eu-west-1:1:alias/aws/s3", False),
        ("", False),
    ):
        stream.props["kmsKeyId"] = key
        assert ("kinesis-customer-key" not in ruling([stream]).violated) is ours, key
