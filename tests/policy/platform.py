"""A platform made by hand on which every rule has something to judge, and on which every rule holds."""

from __future__ import annotations

import json
from typing import Any

from tests.policy.court import Made
from tests.policy.pieces import ACCOUNT, KEY_ARN, allow, bucket, document, endpoint, no_plain_http, ours_only, role
from tests.policy.platform_edge import STAGE, edge, people, sharing


def platform() -> dict[str, Made]:
    """The whole platform, each resource under a short key."""
    return {
        **bucket("lake"),
        **bucket("raw", lock=True, layer="initial"),
        **bucket("audit", lock=True),
        **bucket("access", log_to=None),
        **network(),
        **stores(),
        **workloads(),
        **governance(),
        **edge(),
        **people(),
        **sharing(),
    }


def network() -> dict[str, Made]:
    """A VPC with a public, a private and an isolated subnet."""
    made = {
        "vpc": Made("aws:ec2/vpc:Vpc", "net", {"id": "vpc-1", "cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True}),
        "igw": Made("aws:ec2/internetGateway:InternetGateway", "net", {"id": "igw-1", "vpcId": "vpc-1"}),
        "default-group": Made(
            "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
            "net",
            {"id": "sg-default", "vpcId": "vpc-1", "ingress": [], "egress": []},
        ),
        "flow-log": Made("aws:ec2/flowLog:FlowLog", "net", {"vpcId": "vpc-1", "trafficType": "ALL"}),
        "public-route": Made(
            "aws:ec2/route:Route",
            "public",
            {"routeTableId": "rtb-public", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"},
        ),
        "private-route": Made(
            "aws:ec2/route:Route",
            "private",
            {"routeTableId": "rtb-private", "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": "nat-1"},
        ),
        "endpoint-s3": Made(
            "aws:ec2/vpcEndpoint:VpcEndpoint",
            "s3",
            {
                "id": "vpce-s3",
                "vpcId": "vpc-1",
                "vpcEndpointType": "Gateway",
                "serviceName": "com.amazonaws.eu-west-1.s3",
                "routeTableIds": ["rtb-private"],
                "prefixListId": "pl-s3",
                "policy": document(ours_only()),
            },
        ),
        "endpoint-s3-isolated": Made(
            "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation",
            "isolated",
            {"routeTableId": "rtb-isolated", "vpcEndpointId": "vpce-s3"},
        ),
        "endpoints-group": Made("aws:ec2/securityGroup:SecurityGroup", "endpoints", {"id": "sg-endpoints"}),
        "workloads-group": Made("aws:ec2/securityGroup:SecurityGroup", "workloads", {"id": "sg-workloads"}),
        "endpoints-from-workloads": Made(
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            "endpoints-from-workloads",
            {
                "securityGroupId": "sg-endpoints",
                "ipProtocol": "tcp",
                "fromPort": 443.0,
                "toPort": 443.0,
                "referencedSecurityGroupId": "sg-workloads",
            },
        ),
        "workloads-to-endpoints": Made(
            "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
            "workloads-to-endpoints",
            {
                "securityGroupId": "sg-workloads",
                "ipProtocol": "tcp",
                "fromPort": 443.0,
                "toPort": 443.0,
                "referencedSecurityGroupId": "sg-endpoints",
            },
        ),
        "workloads-to-s3": Made(
            "aws:ec2/securityGroupRule:SecurityGroupRule",
            "workloads-to-s3",
            {
                "type": "egress",
                "securityGroupId": "sg-workloads",
                "protocol": "tcp",
                "fromPort": 443.0,
                "toPort": 443.0,
                "prefixListIds": ["pl-s3"],
            },
        ),
        "endpoints-from-isolated": Made(
            "aws:ec2/securityGroupRule:SecurityGroupRule",
            "endpoints-from-isolated",
            {
                "type": "ingress",
                "securityGroupId": "sg-endpoints",
                "protocol": "tcp",
                "fromPort": 443.0,
                "toPort": 443.0,
                "cidrBlocks": ["10.0.2.0/23"],
            },
        ),
    }
    for service in ("glue", "lakeformation", "logs", "elasticmapreduce"):
        made |= endpoint(service)
    for position, kind in enumerate(("public", "private", "isolated")):
        made |= {
            f"{kind}-subnet": Made(
                "aws:ec2/subnet:Subnet",
                kind,
                {
                    "id": f"subnet-{kind}",
                    "vpcId": "vpc-1",
                    "cidrBlock": f"10.0.{position}.0/24",
                    "mapPublicIpOnLaunch": kind == "public",
                    "tags": {"SubnetType": kind.capitalize()},
                },
            ),
            f"{kind}-table": Made("aws:ec2/routeTable:RouteTable", kind, {"id": f"rtb-{kind}", "vpcId": "vpc-1"}),
            f"{kind}-association": Made(
                "aws:ec2/routeTableAssociation:RouteTableAssociation",
                kind,
                {"subnetId": f"subnet-{kind}", "routeTableId": f"rtb-{kind}"},
            ),
        }
    return made


def stores() -> dict[str, Made]:
    """Where data rests besides S3."""
    return {
        "key": Made(
            "aws:kms/key:Key",
            "data",
            {
                "arn": KEY_ARN,
                "enableKeyRotation": True,
                "policy": document(allow("kms:*", resource="*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})),
            },
        ),
        "stream": Made(
            "aws:kinesis/stream:Stream", "flights", {"name": "flights", "encryptionType": "KMS", "kmsKeyId": KEY_ARN}
        ),
        "queue": Made(
            "aws:sqs/queue:Queue",
            "drops",
            {
                "id": "https://sqs/drops",
                "url": "https://sqs/drops",
                "arn": "arn:aws:sqs:drops",
                "kmsMasterKeyId": KEY_ARN,
            },
        ),
        "queue-policy": Made(
            "aws:sqs/queuePolicy:QueuePolicy",
            "drops",
            {"queueUrl": "https://sqs/drops", "policy": document(no_plain_http("sqs", "arn:aws:sqs:drops"))},
        ),
        "secret": Made("aws:secretsmanager/secret:Secret", "admin", {"kmsKeyId": KEY_ARN}),
        "log-group": Made("aws:cloudwatch/logGroup:LogGroup", "api", {"kmsKeyId": KEY_ARN, "retentionInDays": 30.0}),
        "warehouse": Made(
            "aws:redshift/cluster:Cluster",
            "marts",
            {
                "id": "marts",
                "clusterIdentifier": "marts",
                "encrypted": "true",
                "kmsKeyId": KEY_ARN,
                "manageMasterPassword": True,
                "masterPasswordSecretKmsKeyId": KEY_ARN,
                "publiclyAccessible": False,
                "enhancedVpcRouting": True,
                "clusterSubnetGroupName": "isolated",
                "clusterParameterGroupName": "tls",
                "automatedSnapshotRetentionPeriod": 1.0,
                "vpcSecurityGroupIds": ["sg-warehouse"],
                "iamRoles": [f"arn:aws:iam::{ACCOUNT}:role/warehouse-role"],
            },
        ),
        "warehouse-subnets": Made(
            "aws:redshift/subnetGroup:SubnetGroup",
            "isolated",
            {"id": "isolated", "name": "isolated", "subnetIds": ["subnet-isolated"]},
        ),
        "warehouse-parameters": Made(
            "aws:redshift/parameterGroup:ParameterGroup",
            "tls",
            {
                "id": "tls",
                "name": "tls",
                "parameters": [
                    {"name": "require_ssl", "value": "true"},
                    {"name": "enable_user_activity_logging", "value": "true"},
                ],
            },
        ),
        "warehouse-logging": Made("aws:redshift/logging:Logging", "marts", {"clusterIdentifier": "marts"}),
    }


def workloads() -> dict[str, Made]:
    """What runs, and as whom."""
    own_side = allow("ec2:CreateNetworkInterface", "logs:PutLogEvents", "sqs:ReceiveMessage")
    by_s3 = allow("kms:Decrypt", Condition={"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}})
    return {
        **role("function-role", "lambda.amazonaws.com", own_side, by_s3, allow("glue:GetTable", "s3:PutObject")),
        **role("connector-role", "lambda.amazonaws.com", allow("logs:PutLogEvents", "glue:GetTable")),
        **role("job-role", "glue.amazonaws.com", allow("lakeformation:GetDataAccess", "logs:PutLogEvents")),
        **role("cluster-role", "ec2.amazonaws.com", allow("elasticmapreduce:DescribeStep")),
        **role("warehouse-role", "redshift.amazonaws.com", allow("glue:GetTable", "lakeformation:GetDataAccess")),
        "function": Made(
            "aws:lambda/function:Function",
            "landing",
            {
                "name": "landing",
                "arn": "arn:aws:lambda:landing",
                "role": f"arn:aws:iam::{ACCOUNT}:role/function-role",
                "environment": {"variables": {"INITIAL_BUCKET": "raw"}},
                "kmsKeyArn": KEY_ARN,
                "vpcConfig": {"subnetIds": ["subnet-private"], "securityGroupIds": ["sg-workloads"]},
            },
        ),
        "function-logs": Made(
            "aws:cloudwatch/logGroup:LogGroup",
            "landing",
            {"name": "/aws/lambda/landing", "kmsKeyId": KEY_ARN, "retentionInDays": 30.0},
        ),
        "mapping": Made(
            "aws:lambda/eventSourceMapping:EventSourceMapping", "drops", {"functionName": "arn:aws:lambda:landing"}
        ),
        "permission": Made(
            "aws:lambda/permission:Permission",
            "api",
            {"principal": "apigateway.amazonaws.com", "sourceArn": "arn:aws:execute-api:x"},
        ),
        "connection": Made(
            "aws:glue/connection:Connection",
            "private",
            {
                "name": "private",
                "connectionType": "NETWORK",
                "physicalConnectionRequirements": {
                    "subnetId": "subnet-private",
                    "securityGroupIdLists": ["sg-workloads"],
                },
            },
        ),
        "glue-security": Made(
            "aws:glue/securityConfiguration:SecurityConfiguration",
            "glue",
            {
                "name": "glue",
                "encryptionConfiguration": {
                    "s3Encryption": {"s3EncryptionMode": "SSE-KMS", "kmsKeyArn": KEY_ARN},
                    "cloudwatchEncryption": {"cloudwatchEncryptionMode": "SSE-KMS", "kmsKeyArn": KEY_ARN},
                    "jobBookmarksEncryption": {"jobBookmarksEncryptionMode": "CSE-KMS", "kmsKeyArn": KEY_ARN},
                },
            },
        ),
        "job": Made(
            "aws:glue/job:Job",
            "conform",
            {
                "connections": ["private"],
                "securityConfiguration": "glue",
                "roleArn": f"arn:aws:iam::{ACCOUNT}:role/job-role",
            },
        ),
        "crawler": Made(
            "aws:glue/crawler:Crawler",
            "lake",
            {
                "role": "job-role",
                "securityConfiguration": "glue",
                "s3Targets": [{"path": "s3://lake/", "connectionName": "private"}],
            },
        ),
        "emr-security": Made(
            "aws:emr/securityConfiguration:SecurityConfiguration",
            "emr",
            {"id": "emr", "name": "emr", "configuration": json.dumps(emr_settings())},
        ),
        "profile": Made(
            "aws:iam/instanceProfile:InstanceProfile", "cluster", {"name": "cluster", "role": "cluster-role"}
        ),
        "cluster": Made(
            "aws:emr/cluster:Cluster",
            "spark",
            {
                "securityConfiguration": "emr",
                "ec2Attributes": {
                    "subnetId": "subnet-private",
                    "instanceProfile": "cluster",
                    "emrManagedMasterSecurityGroup": "sg-workloads",
                },
            },
        ),
    }


def governance() -> dict[str, Made]:
    """Catalog, queries, audit and the edge."""
    return {
        "catalog": Made(
            "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings",
            "catalog",
            {
                "dataCatalogEncryptionSettings": {
                    "encryptionAtRest": {"catalogEncryptionMode": "SSE-KMS", "sseAwsKmsKeyId": KEY_ARN},
                    "connectionPasswordEncryption": {
                        "returnConnectionPasswordEncrypted": True,
                        "awsKmsKeyId": KEY_ARN,
                    },
                }
            },
        ),
        "database": Made("aws:glue/catalogDatabase:CatalogDatabase", "refined", {"name": "refined"}),
        "table": Made(
            "aws:glue/catalogTable:CatalogTable",
            "flights",
            {
                "databaseName": "refined",
                "name": "flights",
                "storageDescriptor": {
                    "location": "s3://lake/flights/",
                    "columns": [{"name": name} for name in ("carrier", "flight", "tailnum")],
                },
            },
        ),
        "location": Made(
            "aws:lakeformation/resource:Resource",
            "lake",
            {"arn": "arn:aws:s3:::lake", "roleArn": f"arn:aws:iam::{ACCOUNT}:role/lake-access"},
        ),
        "lake-settings": Made(
            "aws:lakeformation/dataLakeSettings:DataLakeSettings", "lake", {"createTableDefaultPermissions": []}
        ),
        "lake-grant": Made(
            "aws:lakeformation/permissions:Permissions",
            "job",
            {"principal": f"arn:aws:iam::{ACCOUNT}:role/job-role", "permissions": ["SELECT"]},
        ),
        "workgroup": Made(
            "aws:athena/workgroup:Workgroup",
            "analysts",
            {
                "configuration": {
                    "enforceWorkgroupConfiguration": True,
                    "bytesScannedCutoffPerQuery": 10_000_000_000.0,
                    "resultConfiguration": {
                        "encryptionConfiguration": {"encryptionOption": "SSE_KMS", "kmsKeyArn": KEY_ARN}
                    },
                }
            },
        ),
        "trail": Made(
            "aws:cloudtrail/trail:Trail",
            "audit",
            {
                "kmsKeyId": KEY_ARN,
                "s3BucketName": "audit",
                "isMultiRegionTrail": True,
                "enableLogFileValidation": True,
                "eventSelectors": [
                    {
                        "readWriteType": "All",
                        "dataResources": [
                            {"type": "AWS::S3::Object", "values": ["arn:aws:s3:::raw/", "arn:aws:s3:::lake/"]},
                            {"type": "AWS::Lambda::Function", "values": ["arn:aws:lambda"]},
                        ],
                    }
                ],
            },
        ),
        "api": Made(
            "aws:apigateway/restApi:RestApi",
            "end-use",
            {
                "id": "api-1",
                "body": json.dumps(openapi()),
            },
        ),
        "api-domain": Made("aws:apigateway/domainName:DomainName", "end-use", {"securityPolicy": "TLS_1_2"}),
        "api-stage": Made(
            "aws:apigateway/stage:Stage",
            "v1",
            {
                "arn": STAGE,
                "restApi": "api-1",
                "stageName": "v1",
                "accessLogSettings": {"destinationArn": "arn:aws:logs:api"},
            },
        ),
    }


def openapi() -> dict[str, Any]:
    """An API with one operation, which asks for a signature."""
    scheme = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}
    return {
        "paths": {"/routes": {"get": {"security": [{"sigv4": []}]}, "options": {}}},
        "components": {"securitySchemes": {"sigv4": scheme}},
    }


def emr_settings() -> dict[str, Any]:
    """What an EMR security configuration says."""
    metadata = {"MinimumInstanceMetadataServiceVersion": 2}
    return {"EncryptionConfiguration": emr_encryption(), "InstanceMetadataServiceConfiguration": metadata}


def emr_encryption() -> dict[str, Any]:
    """Both kinds of encryption."""
    return {
        "EnableAtRestEncryption": True,
        "AtRestEncryptionConfiguration": {
            "S3EncryptionConfiguration": {"EncryptionMode": "SSE-KMS", "AwsKmsKey": KEY_ARN},
            "LocalDiskEncryptionConfiguration": {
                "EncryptionKeyProviderType": "AwsKms",
                "AwsKmsKey": KEY_ARN,
                "EnableEbsEncryption": True,
            },
        },
        "EnableInTransitEncryption": True,
        "InTransitEncryptionConfiguration": {
            "TLSCertificateConfiguration": {"CertificateProviderType": "PEM", "S3Object": "s3://code/certs.zip"}
        },
    }
