"""Clicks from a Kinesis stream, by a function, into a lake that Glue conforms and Athena queries."""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

ACCOUNT = aws.get_caller_identity().account_id
REGION = aws.get_region().region
ZONES = aws.get_availability_zones(state="available").names[:2]
HERE = {"StringEquals": {"aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT}}


def allow(action: str | Sequence[str], resource: Any, condition: dict[str, Any] | None = None, **more: Any) -> Any:
    condition = {"Condition": condition} if condition else {}
    return {"Effect": "Allow", "Action": action, "Resource": resource, **condition, **more}


def document(*statements: Any) -> pulumi.Output[str]:
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(service: str) -> pulumi.Output[str]:
    return document({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})


key = aws.kms.Key(
    "lake",
    description="All data of the click stream",
    enable_key_rotation=True,
    policy=document(
        allow("kms:*", "*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
        allow(
            ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"],
            "*",
            {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:*"}},
            Principal={"Service": f"logs.{REGION}.amazonaws.com"},
        ),
        allow(
            ["kms:GenerateDataKey*", "kms:DescribeKey"],
            "*",
            {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
            Principal={"Service": "cloudtrail.amazonaws.com"},
        ),
    ),
)
aws.kms.Alias("lake", name="alias/clickstream-lake", target_key_id=key.key_id)

# The network: public subnets for the NAT gateway, private ones for what works.
vpc = aws.ec2.Vpc("lake", cidr_block="10.8.0.0/16", enable_dns_hostnames=True, tags={"Name": "lake"})
aws.ec2.DefaultSecurityGroup("lake", vpc_id=vpc.id)
gateway = aws.ec2.InternetGateway("lake", vpc_id=vpc.id)
public_table = aws.ec2.RouteTable(
    "public", vpc_id=vpc.id, routes=[{"cidr_block": "0.0.0.0/0", "gateway_id": gateway.id}]
)
public, private = (
    [
        aws.ec2.Subnet(
            f"{kind}-{number}",
            vpc_id=vpc.id,
            cidr_block=f"10.8.{first + number}.0/24",
            availability_zone=zone,
            tags={"Name": f"{kind}-{number}"},
        )
        for number, zone in enumerate(ZONES)
    ]
    for kind, first in (("public", 0), ("private", 100))
)
nat = aws.ec2.NatGateway("lake", subnet_id=public[0].id, allocation_id=aws.ec2.Eip("nat", domain="vpc").id)
private_table = aws.ec2.RouteTable(
    "private", vpc_id=vpc.id, routes=[{"cidr_block": "0.0.0.0/0", "nat_gateway_id": nat.id}]
)
for table, subnets in ((public_table, public), (private_table, private)):
    for number, subnet in enumerate(subnets):
        name = f"{'public' if table is public_table else 'private'}-{number}"
        aws.ec2.RouteTableAssociation(name, subnet_id=subnet.id, route_table_id=table.id)

flow_role = aws.iam.Role(
    "flows",
    assume_role_policy=trust("vpc-flow-logs.amazonaws.com"),
    inline_policies=[
        {
            "name": "deliver",
            "policy": document(
                allow(
                    ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
                    f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:clickstream-flows:*",
                )
            ),
        }
    ],
)
flows = aws.cloudwatch.LogGroup("flows", name="clickstream-flows", kms_key_id=key.arn, retention_in_days=365)
aws.ec2.FlowLog("lake", vpc_id=vpc.id, traffic_type="ALL", log_destination=flows.arn, iam_role_arn=flow_role.arn)

endpoint_group = aws.ec2.SecurityGroup(
    "endpoints",
    vpc_id=vpc.id,
    description="TLS from the network to the endpoints",
    ingress=[{"protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_blocks": [vpc.cidr_block]}],
)
s3_endpoint = aws.ec2.VpcEndpoint(
    "s3",
    vpc_id=vpc.id,
    service_name=f"com.amazonaws.{REGION}.s3",
    route_table_ids=[private_table.id],
    policy=document(allow("s3:*", "*", HERE, Principal="*")),
)
for service in ("glue", "logs", "monitoring", "kms"):
    aws.ec2.VpcEndpoint(
        service,
        vpc_id=vpc.id,
        service_name=f"com.amazonaws.{REGION}.{service}",
        vpc_endpoint_type="Interface",
        private_dns_enabled=True,
        subnet_ids=[subnet.id for subnet in private],
        security_group_ids=[endpoint_group.id],
        policy=document(allow("*", "*", HERE, Principal="*")),
    )
workers = aws.ec2.SecurityGroup(
    "workers",
    vpc_id=vpc.id,
    description="The function and the Glue jobs",
    # Glue's workers talk to each other on all ports.
    ingress=[{"protocol": "tcp", "from_port": 0, "to_port": 65535, "self": True}],
    egress=[
        {"protocol": "tcp", "from_port": 0, "to_port": 65535, "self": True},
        {"protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_blocks": [vpc.cidr_block]},
        {"protocol": "tcp", "from_port": 443, "to_port": 443, "prefix_list_ids": [s3_endpoint.prefix_list_id]},
    ],
)


class LakeBucket(pulumi.ComponentResource):
    """A bucket with all that AWS recommends beside it."""

    def __init__(self, name: str, statements: Sequence[Any] = (), *, server_logs: "LakeBucket | None" = None) -> None:
        super().__init__("clickstream:lake:Bucket", name)
        here = pulumi.ResourceOptions(parent=self)
        self.name = f"clickstream-{name}-{ACCOUNT}"
        self.arn = f"arn:aws:s3:::{self.name}"
        self.bucket = aws.s3.Bucket(name, bucket=self.name, opts=here)
        aws.s3.BucketPublicAccessBlock(
            name,
            bucket=self.bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=here,
        )
        aws.s3.BucketOwnershipControls(
            name, bucket=self.bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}, opts=here
        )
        self.versioning = aws.s3.BucketVersioning(
            name, bucket=self.bucket.id, versioning_configuration={"status": "Enabled"}, opts=here
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            name,
            bucket=self.bucket.id,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}
                    if server_logs is None
                    else {"sse_algorithm": "aws:kms", "kms_master_key_id": key.arn},
                    "bucket_key_enabled": True,
                }
            ],
            opts=here,
        )
        everybody = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [self.arn, f"{self.arn}/*"]}
        self.policy = aws.s3.BucketPolicy(
            name,
            bucket=self.bucket.id,
            policy=document(
                {**everybody, "Sid": "TlsOnly", "Condition": {"Bool": {"aws:SecureTransport": False}}},
                {
                    **everybody,
                    "Sid": "OverTheEndpoint",
                    "Condition": {
                        "StringNotEqualsIfExists": {"aws:SourceVpce": s3_endpoint.id},
                        "BoolIfExists": {"aws:PrincipalIsAWSService": False, "aws:ViaAWSService": False},
                        "ArnNotLikeIfExists": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/deployer"},
                    },
                },
                *statements,
            ),
            opts=here,
        )
        if server_logs is not None:
            aws.s3.BucketLogging(
                name,
                bucket=self.bucket.id,
                target_bucket=server_logs.bucket.id,
                target_prefix=f"{name}/",
                opts=pulumi.ResourceOptions(parent=self, depends_on=[server_logs.policy]),
            )


server_logs = LakeBucket(
    "server-logs",
    [
        allow(
            "s3:PutObject",
            f"arn:aws:s3:::clickstream-server-logs-{ACCOUNT}/*",
            {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
            Principal={"Service": "logging.s3.amazonaws.com"},
        )
    ],
)
audit = LakeBucket(
    "audit",
    [
        allow(
            action,
            f"arn:aws:s3:::clickstream-audit-{ACCOUNT}{path}",
            {"StringEquals": {"aws:SourceArn": f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/clickstream"}},
            Principal={"Service": "cloudtrail.amazonaws.com"},
        )
        for action, path in (("s3:GetBucketAcl", ""), ("s3:PutObject", f"/AWSLogs/{ACCOUNT}/*"))
    ],
    server_logs=server_logs,
)
# S3 turns the lock on for a bucket that has none yet.
aws.s3.BucketObjectLockConfiguration(
    "audit",
    bucket=audit.bucket.id,
    rule={"default_retention": {"mode": "GOVERNANCE", "days": 365}},
    opts=pulumi.ResourceOptions(depends_on=[audit.versioning]),
)
clicks = LakeBucket("clicks", server_logs=server_logs)
results = LakeBucket("results", server_logs=server_logs)
aws.cloudtrail.Trail(
    "clickstream",
    name="clickstream",
    s3_bucket_name=audit.bucket.id,
    kms_key_id=key.arn,
    is_multi_region_trail=True,
    enable_log_file_validation=True,
    advanced_event_selectors=[
        {"name": "Management", "field_selectors": [{"field": "eventCategory", "equals": ["Management"]}]},
        {
            "name": "Objects",
            "field_selectors": [
                {"field": "eventCategory", "equals": ["Data"]},
                {"field": "resources.type", "equals": ["AWS::S3::Object"]},
            ],
        },
        {
            "name": "Functions",
            "field_selectors": [
                {"field": "eventCategory", "equals": ["Data"]},
                {"field": "resources.type", "equals": ["AWS::Lambda::Function"]},
            ],
        },
    ],
    opts=pulumi.ResourceOptions(depends_on=[audit.policy]),
)

# The stream, and the function that writes what comes into the lake.
stream = aws.kinesis.Stream(
    "clicks", stream_mode_details={"stream_mode": "ON_DEMAND"}, encryption_type="KMS", kms_key_id=key.id
)
failed = aws.sqs.Queue("failed", kms_master_key_id=key.arn, message_retention_seconds=1209600)
aws.sqs.QueuePolicy(
    "failed",
    queue_url=failed.id,
    policy=document(
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sqs:*",
            "Resource": failed.arn,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ),
)
writer_logs = aws.cloudwatch.LogGroup("writer", kms_key_id=key.arn, retention_in_days=365)
writer_role = aws.iam.Role(
    "writer",
    assume_role_policy=trust("lambda.amazonaws.com"),
    managed_policy_arns=["arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"],
    inline_policies=[
        {
            "name": "write",
            "policy": document(
                allow("s3:PutObject", f"{clicks.arn}/raw/*"),
                allow(
                    ["kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream", "kinesis:ListShards"],
                    stream.arn,
                ),
                allow("sqs:SendMessage", failed.arn),
                allow(["kms:Decrypt", "kms:GenerateDataKey"], key.arn),
            ),
        }
    ],
)
writer = aws.lambda_.Function(
    "writer",
    runtime="python3.11",
    handler="writer.handler",
    architectures=["arm64"],
    role=writer_role.arn,
    code=pulumi.AssetArchive(
        {"writer.py": pulumi.StringAsset("def handler(event, context):\n    return {'batchItemFailures': []}\n")}
    ),
    environment={"variables": {"BUCKET": clicks.name}},
    kms_key_arn=key.arn,
    logging_config={"log_format": "JSON", "log_group": writer_logs.name},
    vpc_config={"subnet_ids": [subnet.id for subnet in private], "security_group_ids": [workers.id]},
)
aws.lambda_.EventSourceMapping(
    "clicks",
    event_source_arn=stream.arn,
    function_name=writer.arn,
    starting_position="TRIM_HORIZON",
    function_response_types=["ReportBatchItemFailures"],
    destination_config={"on_failure": {"destination_arn": failed.arn}},
)

# The catalog, the job that conforms, the crawler that finds partitions.
aws.glue.DataCatalogEncryptionSettings(
    "catalog",
    data_catalog_encryption_settings={
        "encryption_at_rest": {"catalog_encryption_mode": "SSE-KMS", "sse_aws_kms_key_id": key.arn},
        "connection_password_encryption": {
            "return_connection_password_encrypted": True,
            "aws_kms_key_id": key.arn,
        },
    },
)
database = aws.glue.CatalogDatabase("clicks", name="clicks")
security = aws.glue.SecurityConfiguration(
    "lake",
    encryption_configuration={
        "s3_encryption": {"s3_encryption_mode": "SSE-KMS", "kms_key_arn": key.arn},
        "cloudwatch_encryption": {"cloudwatch_encryption_mode": "SSE-KMS", "kms_key_arn": key.arn},
        "job_bookmarks_encryption": {"job_bookmarks_encryption_mode": "CSE-KMS", "kms_key_arn": key.arn},
    },
)
network = aws.glue.Connection(
    "lake",
    connection_type="NETWORK",
    physical_connection_requirements={
        "availability_zone": ZONES[0],
        "subnet_id": private[0].id,
        "security_group_id_lists": [workers.id],
    },
)
glue_role = aws.iam.Role("glue", assume_role_policy=trust("glue.amazonaws.com"))
glue_policy = aws.iam.Policy(
    "glue",
    policy=document(
        allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], f"{clicks.arn}/*"),
        allow("s3:ListBucket", clicks.arn),
        allow(
            ["glue:GetDatabase", "glue:GetTable", "glue:GetPartitions", "glue:CreateTable", "glue:UpdateTable"],
            [f"arn:aws:glue:{REGION}:{ACCOUNT}:{each}" for each in ("catalog", "database/clicks", "table/clicks/*")],
        ),
        allow(
            ["glue:GetConnection"], [f"arn:aws:glue:{REGION}:{ACCOUNT}:{each}" for each in ("catalog", "connection/*")]
        ),
        allow(
            ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:AssociateKmsKey"],
            f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws-glue/*",
        ),
        allow("cloudwatch:PutMetricData", "*", {"StringEquals": {"cloudwatch:namespace": "Glue"}}),
        allow(["ec2:DescribeSubnets", "ec2:DescribeSecurityGroups", "ec2:DescribeVpcEndpoints"], "*"),
        allow(["ec2:DescribeRouteTables", "ec2:DescribeNetworkInterfaces"], "*"),
        allow("ec2:DescribeVpcAttribute", vpc.arn),
        allow(["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"], key.arn),
    ),
)
aws.iam.RolePolicyAttachment("glue", role=glue_role.name, policy_arn=glue_policy.arn)
script = aws.s3.BucketObjectv2(
    "conform", bucket=clicks.bucket.id, key="scripts/conform.py", content="print('conform')\n", kms_key_id=key.arn
)
aws.glue.Job(
    "conform",
    role_arn=glue_role.arn,
    glue_version="5.0",
    worker_type="G.1X",
    number_of_workers=2,
    connections=[network.name],
    security_configuration=security.name,
    command={"script_location": f"s3://{clicks.name}/scripts/conform.py", "python_version": "3"},
    opts=pulumi.ResourceOptions(depends_on=[script]),
)
aws.glue.Crawler(
    "clicks",
    role=glue_role.arn,
    database_name=database.name,
    security_configuration=security.name,
    s3_targets=[{"path": f"s3://{clicks.name}/conformed", "connection_name": network.name}],
)
aws.athena.Workgroup(
    "analysts",
    configuration={
        "enforce_workgroup_configuration": True,
        "publish_cloudwatch_metrics_enabled": True,
        "bytes_scanned_cutoff_per_query": 100 * 2**30,
        "result_configuration": {
            "output_location": f"s3://{results.name}/",
            "encryption_configuration": {"encryption_option": "SSE_KMS", "kms_key_arn": key.arn},
        },
    },
    force_destroy=True,
)
