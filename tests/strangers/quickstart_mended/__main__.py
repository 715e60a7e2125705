"""The analytics quickstart, mended: the same bucket, warehouse and function, for nobody but the account."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

account = aws.get_caller_identity().account_id
region = aws.get_region().region
suffix = f"{account}-{region}"
TRAIL = f"arn:aws:cloudtrail:{region}:{account}:trail/quickstart"
FUNCTION = "quickstart-lister"


def document(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def trust(service: str) -> str:
    return document({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})


# One key for all, with a policy that says which services may use it for what.
key = aws.kms.Key(
    "quickstart",
    enable_key_rotation=True,
    policy=document(
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            "Effect": "Allow",
            "Principal": {"Service": f"logs.{region}.amazonaws.com"},
            "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            "Resource": "*",
            "Condition": {
                "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{region}:{account}:log-group:*"}
            },
        },
        {
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": ["kms:GenerateDataKey*", "kms:DescribeKey"],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceArn": TRAIL}},
        },
    ),
)

# A network without a way out: S3 is reached over its gateway endpoint.
vpc = aws.ec2.Vpc("quickstart", cidr_block="10.0.0.0/16", enable_dns_support=True, enable_dns_hostnames=True)
aws.ec2.DefaultSecurityGroup("closed", vpc_id=vpc.id)
table = aws.ec2.RouteTable("isolated", vpc_id=vpc.id)
subnets = [
    aws.ec2.Subnet(
        f"isolated-{zone}", vpc_id=vpc.id, cidr_block=f"10.0.{number}.0/24", availability_zone=f"{region}{zone}"
    )
    for number, zone in enumerate("ab")
]
for zone, subnet in zip("ab", subnets, strict=True):
    aws.ec2.RouteTableAssociation(f"isolated-{zone}", subnet_id=subnet.id, route_table_id=table.id)
s3 = aws.ec2.VpcEndpoint(
    "s3",
    vpc_id=vpc.id,
    service_name=f"com.amazonaws.{region}.s3",
    vpc_endpoint_type="Gateway",
    route_table_ids=[table.id],
    policy=document(
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:PrincipalAccount": account, "aws:ResourceAccount": account}},
        }
    ),
)
flows = aws.cloudwatch.LogGroup("flows", name="/quickstart/flows", kms_key_id=key.arn, retention_in_days=90)
flow_role = aws.iam.Role("flows", assume_role_policy=trust("vpc-flow-logs.amazonaws.com"))
aws.iam.RolePolicy(
    "flows",
    role=flow_role.name,
    policy=flows.arn.apply(
        lambda arn: document(
            {
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
                "Resource": f"{arn}:*",
            }
        )
    ),
)
aws.ec2.FlowLog("quickstart", vpc_id=vpc.id, traffic_type="ALL", log_destination=flows.arn, iam_role_arn=flow_role.arn)


policies: dict[str, aws.s3.BucketPolicy] = {}


def private_bucket(
    name: str,
    statements: Sequence[Mapping[str, Any]] = (),
    *,
    logged: bool = True,
    with_key: bool = True,
    locked: bool = False,
) -> aws.s3.Bucket:
    """A bucket that is encrypted, versioned and private, and answers over TLS and the endpoint only."""
    made = aws.s3.Bucket(name, bucket=f"quickstart-{name}-{suffix}", object_lock_enabled=locked)
    aws.s3.BucketPublicAccessBlock(
        name,
        bucket=made.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    )
    versions = aws.s3.BucketVersioning(name, bucket=made.id, versioning_configuration={"status": "Enabled"})
    algorithm: aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgsDict = (
        {"sse_algorithm": "aws:kms", "kms_master_key_id": key.arn} if with_key else {"sse_algorithm": "AES256"}
    )
    aws.s3.BucketServerSideEncryptionConfiguration(
        name,
        bucket=made.id,
        rules=[{"apply_server_side_encryption_by_default": algorithm, "bucket_key_enabled": with_key}],
    )
    if logged:
        aws.s3.BucketLogging(
            name,
            bucket=made.id,
            target_bucket=access_logs.id,
            target_prefix=f"{name}/",
            # S3 takes a target only once its policy lets it write there.
            opts=pulumi.ResourceOptions(depends_on=[policies["access-logs"]]),
        )
    if locked:
        aws.s3.BucketObjectLockConfiguration(
            name,
            bucket=made.id,
            rule={"default_retention": {"mode": "GOVERNANCE", "days": 90}},
            opts=pulumi.ResourceOptions(depends_on=[versions]),
        )
    arn = f"arn:aws:s3:::quickstart-{name}-{suffix}"
    everything = {"Principal": "*", "Action": "s3:*", "Resource": [arn, f"{arn}/*"]}
    plain_http = {"Effect": "Deny", **everything, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    policies[name] = aws.s3.BucketPolicy(
        name,
        bucket=made.id,
        policy=pulumi.Output.all(s3.id, copy_role.arn).apply(
            lambda known: document(
                plain_http,
                {
                    "Effect": "Deny",
                    **everything,
                    "Condition": {
                        "StringNotEqualsIfExists": {"aws:SourceVpce": [known[0]]},
                        "BoolIfExists": {"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"},
                        # Whoever deploys, and Redshift, whose Spectrum layer reads from outside the VPC.
                        "ArnNotLikeIfExists": {
                            "aws:PrincipalArn": [known[1], f"arn:aws:iam::{account}:role/quickstart-deployer"]
                        },
                    },
                },
                *statements,
            )
        ),
    )
    return made


copy_role = aws.iam.Role("warehouse", assume_role_policy=trust("redshift.amazonaws.com"))
access_logs = private_bucket(
    "access-logs",
    [
        {
            "Effect": "Allow",
            "Principal": {"Service": "logging.s3.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::quickstart-access-logs-{suffix}/*",
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        }
    ],
    with_key=False,
    logged=False,
)
trail_logs = private_bucket(
    "trail",
    [
        {
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": action,
            "Resource": f"arn:aws:s3:::quickstart-trail-{suffix}{path}",
            "Condition": {"StringEquals": {"aws:SourceArn": TRAIL}},
        }
        for action, path in (("s3:GetBucketAcl", ""), ("s3:PutObject", f"/AWSLogs/{account}/*"))
    ],
    locked=True,
)
files = private_bucket("files")
aws.cloudtrail.Trail(
    "quickstart",
    name="quickstart",
    s3_bucket_name=trail_logs.bucket,
    kms_key_id=key.arn,
    is_multi_region_trail=True,
    include_global_service_events=True,
    enable_log_file_validation=True,
    event_selectors=[
        {
            "read_write_type": "All",
            "include_management_events": True,
            "data_resources": [
                {"type": "AWS::S3::Object", "values": ["arn:aws:s3"]},
                {"type": "AWS::Lambda::Function", "values": ["arn:aws:lambda"]},
            ],
        }
    ],
)

# The warehouse: private, with a password that nobody sees.
aws.iam.RolePolicy(
    "warehouse",
    role=copy_role.name,
    policy=pulumi.Output.all(files.arn, key.arn).apply(
        lambda arns: document(
            {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": [arns[0], f"{arns[0]}/*"]},
            {
                "Effect": "Allow",
                "Action": "kms:Decrypt",
                "Resource": arns[1],
                "Condition": {"StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"}},
            },
        )
    ),
)
clients = aws.ec2.SecurityGroup("clients", vpc_id=vpc.id, description="May connect to the warehouse")
warehouse_group = aws.ec2.SecurityGroup("warehouse", vpc_id=vpc.id, description="The warehouse")
aws.vpc.SecurityGroupIngressRule(
    "warehouse",
    security_group_id=warehouse_group.id,
    referenced_security_group_id=clients.id,
    ip_protocol="tcp",
    from_port=5439,
    to_port=5439,
)
# With enhanced VPC routing it loads files over the network, not past it.
aws.vpc.SecurityGroupEgressRule(
    "warehouse",
    security_group_id=warehouse_group.id,
    prefix_list_id=s3.prefix_list_id,
    ip_protocol="tcp",
    from_port=443,
    to_port=443,
)
cluster = aws.redshift.Cluster(
    "warehouse",
    cluster_identifier="quickstart",
    node_type="ra3.large",
    cluster_type="single-node",
    database_name="dev",
    master_username="awsuser",
    manage_master_password=True,
    master_password_secret_kms_key_id=key.arn,
    encrypted="true",
    kms_key_id=key.arn,
    publicly_accessible=False,
    enhanced_vpc_routing=True,
    cluster_subnet_group_name=aws.redshift.SubnetGroup("warehouse", subnet_ids=[each.id for each in subnets]).name,
    cluster_parameter_group_name=aws.redshift.ParameterGroup(
        "warehouse",
        family="redshift-1.0",
        parameters=[
            {"name": "require_ssl", "value": "true"},
            {"name": "enable_user_activity_logging", "value": "true"},
        ],
    ).name,
    iam_roles=[copy_role.arn],
    vpc_security_group_ids=[warehouse_group.id],
    automated_snapshot_retention_period=7,
    skip_final_snapshot=True,
)
aws.redshift.Logging(
    "warehouse",
    cluster_identifier=cluster.cluster_identifier,
    log_destination_type="cloudwatch",
    log_exports=["connectionlog", "userlog", "useractivitylog"],
)

# The function, in the network, for the account only.
lambda_role = aws.iam.Role("lister", assume_role_policy=trust("lambda.amazonaws.com"))
aws.iam.RolePolicyAttachment(
    "lister",
    role=lambda_role.name,
    policy_arn="arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole",
)
aws.iam.RolePolicy(
    "lister",
    role=lambda_role.name,
    policy=files.arn.apply(lambda arn: document({"Effect": "Allow", "Action": "s3:ListBucket", "Resource": arn})),
)
lister_group = aws.ec2.SecurityGroup("lister", vpc_id=vpc.id, description="The function that lists files")
aws.vpc.SecurityGroupEgressRule(
    "lister",
    security_group_id=lister_group.id,
    prefix_list_id=s3.prefix_list_id,
    ip_protocol="tcp",
    from_port=443,
    to_port=443,
)
lister_logs = aws.cloudwatch.LogGroup(
    "lister", name=f"/aws/lambda/{FUNCTION}", kms_key_id=key.arn, retention_in_days=90
)
function = aws.lambda_.Function(
    "lister",
    name=FUNCTION,
    runtime="python3.11",
    handler="index.handler",
    role=lambda_role.arn,
    code=pulumi.AssetArchive(
        {"index.py": pulumi.StringAsset("def handler(event, context):\n    return {'files': []}\n")}
    ),
    environment={"variables": {"BUCKET": files.bucket}},
    kms_key_arn=key.arn,
    vpc_config={"subnet_ids": [each.id for each in subnets], "security_group_ids": [lister_group.id]},
    opts=pulumi.ResourceOptions(depends_on=[lister_logs]),
)

pulumi.export("bucket", files.bucket)
pulumi.export("warehouse", cluster.endpoint)
