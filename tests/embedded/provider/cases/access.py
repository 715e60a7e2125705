"""Cases: KMS, IAM and Secrets Manager."""

import json

from tests.embedded.provider.cases.case import OTHER_TAGS, TAGS, Case, allow, trust

CASES: dict[str, Case] = {
    "aws:kms/key:Key": Case(
        {"description": "mine", "enableKeyRotation": True, "deletionWindowInDays": 7, **TAGS},
        {
            "description": "ours",
            "enableKeyRotation": False,
            "policy": json.dumps(allow("kms:*", Principal={"AWS": "*"})),
            **OTHER_TAGS,
        },
        {"keyUsage": "SIGN_VERIFY", "customerMasterKeySpec": "RSA_2048", "enableKeyRotation": False},
        ("keyUsage", "OPEN"),
    ),
    "aws:kms/alias:Alias": Case(
        {"name": "alias/mine", "targetKeyId": "$key.arn"},
        {"targetKeyId": "$key2.id"},
        {"name": "alias/ours"},
        ("name", "alias/a b"),
    ),
    "aws:iam/role:Role": Case(
        {
            "name": "the-role",
            "assumeRolePolicy": trust("glue.amazonaws.com"),
            "maxSessionDuration": 7200,
            "managedPolicyArns": ["$policy.arn"],
            "inlinePolicies": [
                {
                    "name": "read",
                    "policy": json.dumps(allow("s3:GetObject")),
                }
            ],
            **TAGS,
        },
        {
            "assumeRolePolicy": trust("lambda.amazonaws.com"),
            "description": "runs jobs",
            "managedPolicyArns": [],
            **OTHER_TAGS,
        },
        {"name": "the-other-role"},
        ("maxSessionDuration", 10),
    ),
    "aws:iam/rolePolicy:RolePolicy": Case(
        {"name": "read", "role": "$role.id", "policy": allow("s3:GetObject")},
        {"policy": allow("s3:PutObject")},
        {"role": "$role2.id"},
        ("name", "a b"),
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Case(
        {"role": "$role.name", "policyArn": "$policy.arn"},
        replace={"policyArn": "$policy2.arn"},
        bad=("policyArn", "x"),
    ),
    "aws:iam/instanceProfile:InstanceProfile": Case(
        {"name": "profile", "role": "$role.name", **TAGS},
        {"role": "$role2.name", **OTHER_TAGS},
        {"path": "/a/"},
        ("name", "a b"),
    ),
    "aws:secretsmanager/secret:Secret": Case(
        {"name": "the/secret", "description": "mine", "kmsKeyId": "$key.arn", "recoveryWindowInDays": 7, **TAGS},
        {"description": "ours", **OTHER_TAGS},
        {"name": "the/other"},
        ("name", ""),
    ),
    "aws:secretsmanager/secretVersion:SecretVersion": Case(
        {"secretId": "$secret.id", "secretString": "hush"},
        replace={"secretString": "quiet"},
        bad=("secretId", None),
        stays=True,
    ),
    "aws:kms/key:Key that rotates often": Case(
        {"enableKeyRotation": True, "rotationPeriodInDays": 100, "multiRegion": True},
        {"rotationPeriodInDays": 200, "isEnabled": True},
        {"multiRegion": False},
        ("rotationPeriodInDays", 10),
    ),
    "aws:iam/role:Role with a boundary": Case(
        {
            "assumeRolePolicy": trust("glue.amazonaws.com"),
            "path": "/medallion/",
            "description": "runs",
            "permissionsBoundary": "$policy.arn",
        },
        {"permissionsBoundary": None, "description": None, "forceDetachPolicies": True},
        {"path": "/other/"},
        ("assumeRolePolicy", "trust me"),
    ),
    "aws:secretsmanager/secret:Secret with a policy": Case(
        {
            "policy": json.dumps(allow("secretsmanager:GetSecretValue", Principal={"AWS": "*"})),
            "recoveryWindowInDays": 0,
        },
        {"policy": json.dumps(allow("secretsmanager:*", Principal={"AWS": "*"}))},
        {"name": "named"},
        ("replicas", [{"region": "eu-west-1"}]),
    ),
    "aws:iam/policy:Policy": Case(
        {"name": "the-policy", "description": "reads", "path": "/medallion/", "policy": allow("s3:GetObject"), **TAGS},
        {"policy": allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::b/*"), **OTHER_TAGS},
        {"description": "writes"},
        ("policy", allow("s3:GetObject", Principal={"AWS": "*"})),
    ),
    "aws:iam/serviceLinkedRole:ServiceLinkedRole": Case(
        {"awsServiceName": "lakeformation.amazonaws.com", "description": "of Lake Formation", **TAGS},
        {"description": "ours", **OTHER_TAGS},
        {"awsServiceName": "elasticmapreduce.amazonaws.com"},
        ("awsServiceName", "lakeformation"),
    ),
}
