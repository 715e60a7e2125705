"""Redshift and EMR over a bucket of sales, in a network without a way to the internet."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

account = aws.get_caller_identity().account_id
region = aws.get_region().region
ORGANISATION = "o-exampleorg"
WITHIN = {"StringEquals": {"aws:PrincipalOrgID": ORGANISATION, "aws:ResourceOrgID": ORGANISATION}}
CIDR = "10.12.0.0/20"
tags = {"team": "sales"}


def document(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def role_of(service: str, name: str) -> aws.iam.Role:
    by_the_account = {"StringEquals": {"aws:SourceAccount": account}}
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
        **({} if service.startswith("ec2") else {"Condition": by_the_account}),
    }
    return aws.iam.Role(name, assume_role_policy=document(trust), tags=tags)


keys = {
    purpose: aws.kms.Key(
        purpose,
        enable_key_rotation=True,
        tags=tags,
        policy=document(
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
                "Action": "kms:*",
                "Resource": "*",
            },
            {
                "Effect": "Allow",
                "Principal": {"Service": [f"logs.{region}.amazonaws.com"]},
                "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
                "Resource": "*",
                "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{region}:{account}:*"}},
            },
        ),
    )
    for purpose in ("data", "logs")
}

vpc = aws.ec2.Vpc("sales", cidr_block=CIDR, enable_dns_support=True, enable_dns_hostnames=True, tags=tags)
aws.ec2.DefaultSecurityGroup("sales", vpc_id=vpc.id, tags=tags)
flow_logs = aws.cloudwatch.LogGroup("flows", kms_key_id=keys["logs"].arn, retention_in_days=180)
flow_role = role_of("vpc-flow-logs.amazonaws.com", "flows")
aws.iam.RolePolicy(
    "flows",
    role=flow_role.id,
    policy=flow_logs.arn.apply(
        lambda arn: document(
            {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": f"{arn}:*"}
        )
    ),
)
aws.ec2.FlowLog("sales", vpc_id=vpc.id, traffic_type="ALL", log_destination=flow_logs.arn, iam_role_arn=flow_role.arn)

store_subnets: list[aws.ec2.Subnet] = []
work_subnets: list[aws.ec2.Subnet] = []
for kind, held, first in (("store", store_subnets, 0), ("work", work_subnets, 4)):
    table = aws.ec2.RouteTable(kind, vpc_id=vpc.id, tags=tags)
    for number, zone in enumerate("abc"):
        subnet = aws.ec2.Subnet(
            f"{kind}-{zone}",
            vpc_id=vpc.id,
            cidr_block=f"10.12.{first + number}.0/24",
            availability_zone=f"{region}{zone}",
            tags={**tags, "for-use-with-amazon-emr-managed-policies": "true"},
        )
        aws.ec2.RouteTableAssociation(f"{kind}-{zone}", subnet_id=subnet.id, route_table_id=table.id)
        held.append(subnet)
    if kind == "store":
        gateway_endpoint = aws.ec2.VpcEndpoint(
            "s3",
            vpc_id=vpc.id,
            service_name=f"com.amazonaws.{region}.s3",
            policy=document(
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": "*"},
                    "Action": "s3:*",
                    "Resource": "*",
                    "Condition": WITHIN,
                },
                {
                    "Sid": "AmazonLinux",
                    "Effect": "Allow",
                    "Principal": "*",
                    "Action": "s3:GetObject",
                    "Resource": [
                        f"arn:aws:s3:::al2023-repos-{region}-de612dc2/*",
                        f"arn:aws:s3:::repo.{region}.emr.amazonaws.com/*",
                    ],
                },
            ),
        )
    aws.ec2.VpcEndpointRouteTableAssociation(kind, vpc_endpoint_id=gateway_endpoint.id, route_table_id=table.id)

nodes, service_access, endpoints, store = (
    aws.ec2.SecurityGroup(
        name,
        vpc_id=vpc.id,
        description=description,
        revoke_rules_on_delete=True,
        tags={**tags, "for-use-with-amazon-emr-managed-policies": "true"},
    )
    for name, description in (
        ("nodes", "EMR nodes"),
        ("service-access", "EMR itself"),
        ("endpoints", "Interface endpoints"),
        ("store", "Redshift"),
    )
)
WAYS = (
    ("nodes-to-endpoints", nodes, endpoints, 443),
    ("nodes-to-store", nodes, store, 5439),
    ("service-to-nodes", service_access, nodes, 8443),
    ("nodes-to-service", nodes, service_access, 9443),
)
ways: list[pulumi.Resource] = []
for name, source, target, port in WAYS:
    out = aws.vpc.SecurityGroupEgressRule(
        name,
        security_group_id=source.id,
        referenced_security_group_id=target.id,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
    )
    into = aws.vpc.SecurityGroupIngressRule(
        name,
        security_group_id=target.id,
        referenced_security_group_id=source.id,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
    )
    ways += [out, into]
for name, group in (("nodes", nodes), ("store", store)):
    aws.vpc.SecurityGroupEgressRule(
        f"{name}-to-s3",
        security_group_id=group.id,
        prefix_list_id=gateway_endpoint.prefix_list_id,
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
    )
for service in ("elasticmapreduce", "kms", "logs", "monitoring", "secretsmanager"):
    aws.ec2.VpcEndpoint(
        service,
        vpc_id=vpc.id,
        service_name=f"com.amazonaws.{region}.{service}",
        vpc_endpoint_type="Interface",
        private_dns_enabled=True,
        subnet_ids=[subnet.id for subnet in work_subnets],
        security_group_ids=[endpoints.id],
        policy=document(
            {
                "Effect": "Allow",
                "Principal": "*",
                "Action": "*",
                "Resource": "*",
                "Condition": WITHIN,
            }
        ),
    )

store_role = role_of("redshift.amazonaws.com", "store")
buckets, policies = {}, {}
for name in ("access-logs", "sales"):
    made = buckets[name] = aws.s3.Bucket(name, tags=tags)
    aws.s3.BucketPublicAccessBlock(
        name,
        bucket=made.bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    )
    aws.s3.BucketVersioning(name, bucket=made.bucket, versioning_configuration={"status": "Enabled"})
    policies[name] = aws.s3.BucketPolicy(
        name,
        bucket=made.bucket,
        policy=pulumi.Output.all(made.arn, gateway_endpoint.id, store_role.arn, name == "access-logs").apply(
            lambda known: document(
                {
                    "Effect": "Deny",
                    "Principal": {"AWS": "*"},
                    "Action": "s3:*",
                    "Resource": [known[0], f"{known[0]}/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                },
                {
                    "Effect": "Deny",
                    "Principal": {"AWS": "*"},
                    "Action": "s3:*",
                    "Resource": [known[0], f"{known[0]}/*"],
                    "Condition": {
                        "StringNotEqualsIfExists": {"aws:SourceVpce": known[1]},
                        "BoolIfExists": {"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"},
                        "ArnNotLikeIfExists": {"aws:PrincipalArn": [known[2], f"arn:aws:iam::{account}:role/deployer"]},
                    },
                },
                *(
                    [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "logging.s3.amazonaws.com"},
                            "Action": "s3:PutObject",
                            "Resource": f"{known[0]}/*",
                            "Condition": {"StringEquals": {"aws:SourceOrgID": ORGANISATION}},
                        }
                    ]
                    if known[3]
                    else []
                ),
            )
        ),
    )
bucket = buckets["sales"]
aws.s3.BucketServerSideEncryptionConfiguration(
    "sales",
    bucket=bucket.bucket,
    rules=[
        {
            "apply_server_side_encryption_by_default": {
                "sse_algorithm": "aws:kms:dsse",
                "kms_master_key_id": keys["data"].arn,
            }
        }
    ],
)
aws.s3.BucketServerSideEncryptionConfiguration(
    "access-logs",
    bucket=buckets["access-logs"].bucket,
    rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
)
aws.s3.BucketLogging(
    "sales",
    bucket=bucket.bucket,
    target_bucket=buckets["access-logs"].bucket,
    target_prefix="sales/",
    opts=pulumi.ResourceOptions(depends_on=[policies["access-logs"]]),
)

# The warehouse.
aws.iam.RolePolicy(
    "store",
    role=store_role.name,
    policy=pulumi.Output.all(bucket.arn, keys["data"].arn).apply(
        lambda arns: document(
            {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": [arns[0], f"{arns[0]}/*"]},
            {
                "Effect": "Allow",
                "Action": ["kms:Decrypt"],
                "Resource": [arns[1]],
                "Condition": {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}},
            },
        )
    ),
)
warehouse = aws.redshift.Cluster(
    "sales",
    cluster_identifier="sales",
    node_type="ra3.4xlarge",
    number_of_nodes=2,
    multi_az=True,
    database_name="sales",
    master_username="operations",
    manage_master_password=True,
    master_password_secret_kms_key_id=keys["data"].arn,
    kms_key_id=keys["data"].arn,
    encrypted="true",
    publicly_accessible=False,
    enhanced_vpc_routing=True,
    automated_snapshot_retention_period=35,
    cluster_subnet_group_name=aws.redshift.SubnetGroup("sales", subnet_ids=[each.id for each in store_subnets]).id,
    cluster_parameter_group_name=aws.redshift.ParameterGroup(
        "sales",
        family="redshift-1.0",
        parameters=[
            {"name": "require_ssl", "value": "true"},
            {"name": "enable_user_activity_logging", "value": "true"},
        ],
    ).id,
    iam_roles=[store_role.arn],
    vpc_security_group_ids=[store.id],
    skip_final_snapshot=True,
    tags=tags,
)
aws.redshift.Logging(
    "sales",
    cluster_identifier=warehouse.id,
    log_destination_type="cloudwatch",
    log_exports=["connectionlog", "userlog", "useractivitylog"],
)

# The cluster that prepares what the warehouse loads.
aws.emr.BlockPublicAccessConfiguration("account", block_public_security_group_rules=True)
security = aws.emr.SecurityConfiguration(
    "sales",
    configuration=pulumi.Output.json_dumps(
        {
            "EncryptionConfiguration": {
                "EnableAtRestEncryption": True,
                "EnableInTransitEncryption": True,
                "AtRestEncryptionConfiguration": {
                    "S3EncryptionConfiguration": {"EncryptionMode": "SSE-KMS", "AwsKmsKey": keys["data"].arn},
                    "LocalDiskEncryptionConfiguration": {
                        "EncryptionKeyProviderType": "AwsKms",
                        "AwsKmsKey": keys["data"].arn,
                        "EnableEbsEncryption": True,
                    },
                },
                "InTransitEncryptionConfiguration": {
                    "TLSCertificateConfiguration": {
                        "CertificateProviderType": "PEM",
                        "S3Object": pulumi.Output.format("s3://{0}/certificates/nodes.zip", bucket.bucket),
                    }
                },
            },
            "InstanceMetadataServiceConfiguration": {
                "MinimumInstanceMetadataServiceVersion": 2,
                "HttpPutResponseHopLimit": 1,
            },
        }
    ),
)
service_role = role_of("elasticmapreduce.amazonaws.com", "emr")
aws.iam.RolePolicyAttachment(
    "emr", role=service_role.name, policy_arn="arn:aws:iam::aws:policy/service-role/AmazonEMRServicePolicy_v2"
)
node_role = role_of("ec2.amazonaws.com", "nodes")
aws.iam.RolePolicy(
    "nodes",
    role=node_role.name,
    policy=pulumi.Output.all(bucket.arn, keys["data"].arn, warehouse.master_password_secret_arn).apply(
        lambda arns: document(
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
                "Resource": [arns[0], f"{arns[0]}/*"],
            },
            {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey*"], "Resource": arns[1]},
            {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": arns[2]},
        )
    ),
)
aws.emr.Cluster(
    "prepare",
    release_label="emr-7.13.0",
    applications=["Spark"],
    service_role=service_role.arn,
    security_configuration=security.name,
    log_uri=pulumi.Output.format("s3://{0}/logs/", bucket.bucket),
    ec2_attributes={
        "instance_profile": aws.iam.InstanceProfile("nodes", role=node_role.name).arn,
        "subnet_id": work_subnets[0].id,
        "emr_managed_master_security_group": nodes.id,
        "emr_managed_slave_security_group": nodes.id,
        "service_access_security_group": service_access.id,
    },
    master_instance_group={"instance_type": "m7g.xlarge"},
    core_instance_group={"instance_type": "m7g.xlarge", "instance_count": 2},
    auto_termination_policy={"idle_timeout": 3600},
    tags={**tags, "for-use-with-amazon-emr-managed-policies": "true"},
    # EMR adds those of these rules that it misses.
    opts=pulumi.ResourceOptions(depends_on=ways),
)
