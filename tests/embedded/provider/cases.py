"""Valid inputs of every type in the table, with what to change and what to get wrong.

`$name.property` stands for a property of the prerequisite `name`, made first; `$name.id` for its id.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from embedded.provider.values import ARCHIVE, ASSET, SIGNATURE, Props


@dataclass(frozen=True)
class Case:
    """One type: inputs, an update in place, a replacing change, and a bad value with the path it is told at."""

    inputs: Props
    update: Props = field(default_factory=dict)
    replace: Props = field(default_factory=dict)
    bad: tuple[str, Any] = ("nonsense", 1)
    stays: bool = False


def asset(text: str) -> Props:
    return {SIGNATURE: ASSET, "hash": f"hash-of-{text}", "text": text}


def archive(**files: str) -> Props:
    assets = {name.replace("_", "."): asset(text) for name, text in files.items()}
    return {SIGNATURE: ARCHIVE, "hash": "/".join(files.values()), "assets": assets}


def trust(service: str) -> Props:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def allow(action: str, resource: str = "*", **more: Any) -> Props:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


def openapi(path: str) -> str:
    function = "arn:aws:lambda:eu-central-1:123456789012:function:f"
    uri = f"arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/{function}"
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": f"{uri}/invocations"}
    operation = {"responses": {"200": {"description": "ok"}}, "x-amazon-apigateway-integration": integration}
    info = {"title": "api", "version": "1"}
    return json.dumps({"openapi": "3.0.3", "info": info, "paths": {path: {"get": operation}}})


NEEDS: dict[str, tuple[str, Props]] = {
    "vpc": ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16"}),
    "vpc2": ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.1.0.0/16"}),
    "subnet": (
        "aws:ec2/subnet:Subnet",
        {"vpcId": "$vpc.id", "cidrBlock": "10.0.0.0/24", "availabilityZone": "eu-central-1a"},
    ),
    "subnet2": (
        "aws:ec2/subnet:Subnet",
        {"vpcId": "$vpc.id", "cidrBlock": "10.0.1.0/24", "availabilityZone": "eu-central-1b"},
    ),
    "gateway": ("aws:ec2/internetGateway:InternetGateway", {"vpcId": "$vpc.id"}),
    "gateway2": ("aws:ec2/internetGateway:InternetGateway", {"vpcId": "$vpc2.id"}),
    "address": ("aws:ec2/eip:Eip", {"domain": "vpc"}),
    "routes": ("aws:ec2/routeTable:RouteTable", {"vpcId": "$vpc.id"}),
    "routes2": ("aws:ec2/routeTable:RouteTable", {"vpcId": "$vpc.id"}),
    "group": ("aws:ec2/securityGroup:SecurityGroup", {"vpcId": "$vpc.id", "name": "group"}),
    "group2": ("aws:ec2/securityGroup:SecurityGroup", {"vpcId": "$vpc.id", "name": "group2"}),
    "endpoint": (
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        {"vpcId": "$vpc.id", "serviceName": "com.amazonaws.eu-central-1.s3"},
    ),
    "bucket": ("aws:s3/bucket:Bucket", {"bucket": "case-bucket", "forceDestroy": True}),
    "bucket2": ("aws:s3/bucket:Bucket", {"bucket": "case-bucket-2", "forceDestroy": True}),
    "logged": (
        "aws:s3/bucketPolicy:BucketPolicy",
        {
            "bucket": "$bucket2.id",
            "policy": allow(
                "s3:PutObject", "arn:aws:s3:::case-bucket-2/*", Principal={"Service": "logging.s3.amazonaws.com"}
            ),
        },
    ),
    "locked": ("aws:s3/bucket:Bucket", {"bucket": "case-locked", "objectLockEnabled": True, "forceDestroy": True}),
    "key": ("aws:kms/key:Key", {"description": "a key", "enableKeyRotation": True}),
    "key2": ("aws:kms/key:Key", {"description": "another key"}),
    "role": ("aws:iam/role:Role", {"name": "case-role", "assumeRolePolicy": trust("lambda.amazonaws.com")}),
    "role2": ("aws:iam/role:Role", {"name": "case-role-2", "assumeRolePolicy": trust("glue.amazonaws.com")}),
    "queue": ("aws:sqs/queue:Queue", {"name": "case-queue"}),
    "queue2": ("aws:sqs/queue:Queue", {"name": "case-queue-2"}),
    "function": (
        "aws:lambda/function:Function",
        {
            "name": "case-function",
            "role": "$role.arn",
            "runtime": "python3.11",
            "handler": "handler.handler",
            "code": archive(handler_py="def handler(event, context): return event"),
        },
    ),
    "secret": ("aws:secretsmanager/secret:Secret", {"name": "case-secret"}),
    "tag": ("aws:lakeformation/lfTag:LfTag", {"key": "layer", "values": ["raw", "refined"]}),
    "subnets": ("aws:redshift/subnetGroup:SubnetGroup", {"name": "case-subnets", "subnetIds": ["$subnet.id"]}),
    "cluster": (
        "aws:redshift/cluster:Cluster",
        {
            "clusterIdentifier": "case-cluster",
            "nodeType": "ra3.large",
            "masterUsername": "admin_user",
            "manageMasterPassword": True,
            "skipFinalSnapshot": True,
        },
    ),
    "profile": ("aws:iam/instanceProfile:InstanceProfile", {"name": "case-profile", "role": "$role.name"}),
    "emr": (
        "aws:emr/cluster:Cluster",
        {
            "name": "case-emr",
            "releaseLabel": "emr-7.5.0",
            "serviceRole": "$role.arn",
            "masterInstanceGroup": {"instanceType": "m6g.xlarge"},
        },
    ),
    "api": ("aws:apigateway/restApi:RestApi", {"name": "case-api", "body": openapi("/flights")}),
    "deployment": ("aws:apigateway/deployment:Deployment", {"restApi": "$api.id"}),
    "stage": (
        "aws:apigateway/stage:Stage",
        {"restApi": "$api.id", "deployment": "$deployment.id", "stageName": "v1"},
    ),
    "logs": ("aws:cloudwatch/logGroup:LogGroup", {"name": "case-logs"}),
    "database": ("aws:glue/catalogDatabase:CatalogDatabase", {"name": "case_database"}),
}

_TAGS = {"tags": {"team": "data"}}
_OTHER_TAGS = {"tags": {"team": "platform", "stage": "test"}}
_HTTPS = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["10.0.0.0/8"]}
_COLUMNS = [{"name": "carrier", "type": "string"}, {"name": "flight", "type": "bigint", "comment": "its number"}]

CASES: dict[str, Case] = {
    "aws:ec2/vpc:Vpc": Case(
        {"cidrBlock": "10.9.0.0/16", "enableDnsSupport": True, "enableDnsHostnames": True, **_TAGS},
        {"enableDnsHostnames": False, **_OTHER_TAGS},
        {"cidrBlock": "10.8.0.0/16"},
        ("instanceTenancy", "shared"),
    ),
    "aws:ec2/subnet:Subnet": Case(
        {"vpcId": "$vpc.id", "cidrBlock": "10.0.9.0/24", "availabilityZone": "eu-central-1a", **_TAGS},
        {"mapPublicIpOnLaunch": True},
        {"availabilityZone": "eu-central-1b"},
        ("privateDnsHostnameTypeOnLaunch", "nickname"),
    ),
    "aws:ec2/internetGateway:InternetGateway": Case(
        {"vpcId": "$vpc.id", **_TAGS}, {"vpcId": "$vpc2.id"}, bad=("vpcID", "vpc-1")
    ),
    "aws:ec2/eip:Eip": Case({"domain": "vpc", **_TAGS}, _OTHER_TAGS, {"domain": "standard"}, ("domain", "house")),
    "aws:ec2/natGateway:NatGateway": Case(
        {"allocationId": "$address.id", "subnetId": "$subnet.id", **_TAGS},
        _OTHER_TAGS,
        {"subnetId": "$subnet2.id"},
        ("connectivityType", "secret"),
    ),
    "aws:ec2/routeTable:RouteTable": Case(
        {"vpcId": "$vpc.id", "routes": [{"cidrBlock": "0.0.0.0/0", "gatewayId": "$gateway.id"}], **_TAGS},
        {"routes": []},
        {"vpcId": "$vpc2.id"},
        ("routes[0].gatewayID", [{"cidrBlock": "0.0.0.0/0", "gatewayID": "igw-1"}]),
    ),
    "aws:ec2/route:Route": Case(
        {"routeTableId": "$routes.id", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "$gateway.id"},
        replace={"destinationCidrBlock": "0.0.0.0/1"},
        bad=("destinationIpv6CidrBlock", "::/0"),
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Case(
        {"routeTableId": "$routes.id", "subnetId": "$subnet.id"},
        {"routeTableId": "$routes2.id"},
        {"subnetId": "$subnet2.id"},
        ("subnetIds", ["subnet-1"]),
    ),
    "aws:ec2/flowLog:FlowLog": Case(
        {
            "vpcId": "$vpc.id",
            "trafficType": "ALL",
            "logDestinationType": "s3",
            "logDestination": "$bucket.arn",
            **_TAGS,
        },
        _OTHER_TAGS,
        {"trafficType": "REJECT"},
        ("trafficType", "SOME"),
    ),
    "aws:ec2/securityGroup:SecurityGroup": Case(
        {
            "vpcId": "$vpc.id",
            "description": "a group",
            "ingress": [_HTTPS, {**_HTTPS, "cidrBlocks": ["192.168.0.0/16"]}],
            **_TAGS,
        },
        {
            "ingress": [{**_HTTPS, "description": "from home"}],
            "egress": [{"protocol": "-1", "fromPort": 0, "toPort": 0, "self": True}],
        },
        {"description": "another group"},
        ("ingress[0].fromPort", [{**_HTTPS, "fromPort": "https"}]),
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": Case(
        {"vpcId": "$vpc.id", **_TAGS}, {"ingress": [_HTTPS]}, {"vpcId": "$vpc2.id"}, ("name", "mine"), stays=True
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": Case(
        {
            "securityGroupId": "$group.id",
            "ipProtocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrIpv4": "10.0.0.0/8",
            **_TAGS,
        },
        {"description": "from home", "cidrIpv4": "10.1.0.0/16"},
        {"securityGroupId": "$group2.id"},
        ("cidrIpv6", "::/0"),
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": Case(
        {"securityGroupId": "$group.id", "ipProtocol": "-1", "referencedSecurityGroupId": "$group2.id"},
        {"description": "to friends"},
        {"securityGroupId": "$group2.id"},
        ("fromPort", "x"),
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Case(
        {
            "vpcId": "$vpc.id",
            "serviceName": "com.amazonaws.eu-central-1.kms",
            "vpcEndpointType": "Interface",
            "subnetIds": ["$subnet.id"],
            "securityGroupIds": ["$group.id"],
            "privateDnsEnabled": True,
            "policy": json.dumps(allow("kms:Decrypt", Principal="*")),
            **_TAGS,
        },
        {"subnetIds": ["$subnet.id", "$subnet2.id"], "policy": json.dumps(allow("kms:*", Principal="*"))},
        {"serviceName": "com.amazonaws.eu-central-1.sts"},
        ("routeTableIds", ["rtb-1"]),
    ),
    "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation": Case(
        {"vpcEndpointId": "$endpoint.id", "routeTableId": "$routes.id"}, replace={"routeTableId": "$routes2.id"}
    ),
    "aws:s3/bucket:Bucket": Case(
        {"bucket": "the-bucket", "forceDestroy": False, **_TAGS},
        {"forceDestroy": True, **_OTHER_TAGS},
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
        {"bucket": "$bucket.id", "key": "a/b.txt", "source": asset("hello"), "contentType": "text/plain", **_TAGS},
        {"source": asset("good bye"), **_OTHER_TAGS},
        {"key": "a/c.txt"},
        ("contentBase64", "eA=="),
    ),
    "aws:kms/key:Key": Case(
        {"description": "mine", "enableKeyRotation": True, "deletionWindowInDays": 7, **_TAGS},
        {
            "description": "ours",
            "enableKeyRotation": False,
            "policy": json.dumps(allow("kms:*", Principal={"AWS": "*"})),
            **_OTHER_TAGS,
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
            **_TAGS,
        },
        {
            "assumeRolePolicy": trust("lambda.amazonaws.com"),
            "description": "runs jobs",
            "managedPolicyArns": [],
            **_OTHER_TAGS,
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
        {"name": "profile", "role": "$role.name", **_TAGS},
        {"role": "$role2.name", **_OTHER_TAGS},
        {"path": "/a/"},
        ("name", "a b"),
    ),
    "aws:sqs/queue:Queue": Case(
        {"name": "the-queue", "visibilityTimeoutSeconds": 60, "kmsMasterKeyId": "$key.id", **_TAGS},
        {
            "visibilityTimeoutSeconds": 90,
            "redrivePolicy": '{"deadLetterTargetArn": "$queue.arn", "maxReceiveCount": 3}',
            "receiveWaitTimeSeconds": 20,
            **_OTHER_TAGS,
        },
        {"name": "the-other-queue"},
        ("visibilityTimeoutSeconds", 50000),
    ),
    "aws:sqs/queuePolicy:QueuePolicy": Case(
        {"queueUrl": "$queue.id", "policy": allow("sqs:SendMessage", "$queue.arn", Principal="*")},
        {"policy": allow("sqs:ReceiveMessage", "$queue.arn", Principal="*")},
        {"queueUrl": "$queue2.id"},
        ("queueUrl", None),
    ),
    "aws:lambda/function:Function": Case(
        {
            "name": "the-function",
            "role": "$role.arn",
            "runtime": "python3.11",
            "handler": "handler.handler",
            "code": archive(handler_py="def handler(event, context): return 1"),
            "environment": {"variables": {"BUCKET": "b"}},
            "vpcConfig": {"subnetIds": ["$subnet.id"], "securityGroupIds": ["$group.id"]},
            "kmsKeyArn": "$key.arn",
            "deadLetterConfig": {"targetArn": "$queue.arn"},
            "tracingConfig": {"mode": "Active"},
            "reservedConcurrentExecutions": 5,
            **_TAGS,
        },
        {
            "code": archive(handler_py="def handler(event, context): return 2"),
            "timeout": 30,
            "environment": {"variables": {"BUCKET": "c", "MORE": "d"}},
            "reservedConcurrentExecutions": 6,
            **_OTHER_TAGS,
        },
        {"name": "the-other-function"},
        ("memorySize", 64),
    ),
    "aws:lambda/eventSourceMapping:EventSourceMapping": Case(
        {
            "functionName": "$function.arn",
            "eventSourceArn": "$queue.arn",
            "batchSize": 10,
            "functionResponseTypes": ["ReportBatchItemFailures"],
        },
        {"batchSize": 5},
        {"eventSourceArn": "$queue2.arn"},
        ("batchSize", 20000),
    ),
    "aws:lambda/permission:Permission": Case(
        {
            "function": "$function.name",
            "action": "lambda:InvokeFunction",
            "principal": "s3.amazonaws.com",
            "sourceArn": "$bucket.arn",
        },
        replace={"principal": "apigateway.amazonaws.com"},
        bad=("action", "invoke it"),
    ),
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": Case(
        {
            "functionName": "$function.name",
            "maximumRetryAttempts": 1,
            "destinationConfig": {"onFailure": {"destination": "$queue.arn"}},
        },
        {"maximumRetryAttempts": 2},
        {"functionName": "other"},
        ("maximumRetryAttempts", 3),
    ),
    "aws:glue/catalogDatabase:CatalogDatabase": Case(
        {"name": "the_database", "description": "mine", "locationUri": "s3://b/", "parameters": {"a": "b"}, **_TAGS},
        {"description": "ours", "parameters": {"a": "c"}, **_OTHER_TAGS},
        {"name": "the_other_database"},
        ("name", ""),
    ),
    "aws:glue/catalogTable:CatalogTable": Case(
        {
            "name": "flights",
            "databaseName": "$database.name",
            "tableType": "EXTERNAL_TABLE",
            "parameters": {"classification": "csv"},
            "storageDescriptor": {
                "location": "s3://b/raw/flights/",
                "inputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                "outputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                "serDeInfo": {
                    "serializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
                    "parameters": {"separatorChar": ","},
                },
                "columns": _COLUMNS,
            },
        },
        {"parameters": {"classification": "json"}, "description": "flights"},
        {"name": "airlines"},
        ("storageDescriptor.columns[0].nam", {"columns": [{"nam": "x"}]}),
    ),
    "aws:glue/job:Job": Case(
        {
            "name": "the-job",
            "roleArn": "$role2.arn",
            "command": {"name": "glueetl", "scriptLocation": "s3://b/job.py", "pythonVersion": "3"},
            "glueVersion": "5.0",
            "workerType": "G.1X",
            "numberOfWorkers": 2,
            "defaultArguments": {"--enable-metrics": "true"},
            "executionProperty": {"maxConcurrentRuns": 2},
            "connections": ["private"],
            **_TAGS,
        },
        {"numberOfWorkers": 4, "defaultArguments": {"--enable-metrics": "false"}, "timeout": 60},
        {"name": "the-other-job"},
        ("workerType", "HUGE"),
    ),
    "aws:athena/workgroup:Workgroup": Case(
        {
            "name": "the-workgroup",
            "configuration": {
                "enforceWorkgroupConfiguration": True,
                "publishCloudwatchMetricsEnabled": True,
                "bytesScannedCutoffPerQuery": 10485760,
                "resultConfiguration": {
                    "outputLocation": "s3://b/results/",
                    "encryptionConfiguration": {"encryptionOption": "SSE_KMS", "kmsKeyArn": "$key.arn"},
                },
            },
            "forceDestroy": True,
            **_TAGS,
        },
        {"description": "ours", "configuration": {"bytesScannedCutoffPerQuery": 20971520}},
        {"name": "the-other-workgroup"},
        (
            "configuration.resultConfiguration.encryptionConfiguration.encryptionOption",
            {"resultConfiguration": {"encryptionConfiguration": {"encryptionOption": "ROT13"}}},
        ),
    ),
    "aws:glue/securityConfiguration:SecurityConfiguration": Case(
        {
            "name": "the-security",
            "encryptionConfiguration": {
                "cloudwatchEncryption": {"cloudwatchEncryptionMode": "SSE-KMS", "kmsKeyArn": "$key.arn"},
                "jobBookmarksEncryption": {"jobBookmarksEncryptionMode": "CSE-KMS", "kmsKeyArn": "$key.arn"},
                "s3Encryption": {"s3EncryptionMode": "SSE-KMS", "kmsKeyArn": "$key.arn"},
            },
        },
        replace={"name": "the-other-security"},
        bad=(
            "encryptionConfiguration.s3Encryption.s3EncryptionMode",
            {
                "cloudwatchEncryption": {},
                "jobBookmarksEncryption": {},
                "s3Encryption": {"s3EncryptionMode": "ROT13"},
            },
        ),
    ),
    "aws:glue/connection:Connection": Case(
        {
            "name": "the-connection",
            "connectionType": "NETWORK",
            "physicalConnectionRequirements": {
                "availabilityZone": "eu-central-1a",
                "subnetId": "$subnet.id",
                "securityGroupIdLists": ["$group.id"],
            },
            **_TAGS,
        },
        {"description": "ours", **_OTHER_TAGS},
        {"name": "the-other-connection"},
        ("physicalConnectionRequirements.subnetId", {"availabilityZone": "a", "securityGroupIdLists": ["sg-1"]}),
    ),
    "aws:glue/crawler:Crawler": Case(
        {
            "name": "the-crawler",
            "role": "$role2.arn",
            "databaseName": "$database.name",
            "s3Targets": [{"path": "s3://b/x/", "exclusions": ["_*"]}],
            "schedule": "cron(0 3 * * ? *)",
            "configuration": '{"Version": 1.0, "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"}}',
            "schemaChangePolicy": {"deleteBehavior": "LOG", "updateBehavior": "LOG"},
            "recrawlPolicy": {"recrawlBehavior": "CRAWL_EVERYTHING"},
            "lakeFormationConfiguration": {"useLakeFormationCredentials": True},
            "securityConfiguration": "the-security",
            **_TAGS,
        },
        {"s3Targets": [{"path": "s3://b/y/"}], "tablePrefix": "p_", "schedule": "cron(0 4 * * ? *)"},
        {"name": "the-other-crawler"},
        ("schemaChangePolicy.deleteBehavior", {"deleteBehavior": "SHRUG"}),
    ),
    "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings": Case(
        {
            "dataCatalogEncryptionSettings": {
                "encryptionAtRest": {"catalogEncryptionMode": "SSE-KMS", "sseAwsKmsKeyId": "$key.arn"},
                "connectionPasswordEncryption": {"returnConnectionPasswordEncrypted": True, "awsKmsKeyId": "$key.arn"},
            }
        },
        {
            "dataCatalogEncryptionSettings": {
                "encryptionAtRest": {"catalogEncryptionMode": "SSE-KMS", "sseAwsKmsKeyId": "$key2.arn"},
                "connectionPasswordEncryption": {"returnConnectionPasswordEncrypted": False},
            }
        },
        {"catalogId": "210987654321"},
        (
            "dataCatalogEncryptionSettings.encryptionAtRest.catalogEncryptionMode",
            {
                "encryptionAtRest": {"catalogEncryptionMode": "MAYBE"},
                "connectionPasswordEncryption": {"returnConnectionPasswordEncrypted": False},
            },
        ),
        stays=True,
    ),
    "aws:athena/namedQuery:NamedQuery": Case(
        {"name": "delays", "database": "d", "query": "select 1", "workgroup": "primary"},
        replace={"query": "select 2"},
        bad=("query", ""),
    ),
    "aws:kinesis/stream:Stream": Case(
        {
            "name": "the-stream",
            "shardCount": 2,
            "retentionPeriod": 48,
            "encryptionType": "KMS",
            "kmsKeyId": "$key.arn",
            "shardLevelMetrics": ["IncomingBytes"],
            **_TAGS,
        },
        {"shardCount": 4, "retentionPeriod": 24, "shardLevelMetrics": ["OutgoingBytes"], **_OTHER_TAGS},
        {"name": "the-other-stream"},
        ("retentionPeriod", 5),
    ),
    "aws:cloudwatch/logGroup:LogGroup": Case(
        {"name": "/medallion/group", "retentionInDays": 30, "kmsKeyId": "$key.arn", **_TAGS},
        {"retentionInDays": 90, "kmsKeyId": "$key2.arn", **_OTHER_TAGS},
        {"name": "/medallion/other"},
        ("retentionInDays", 31),
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Case(
        {
            "name": "the-alarm",
            "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": 1,
            "metricName": "Errors",
            "namespace": "AWS/Lambda",
            "dimensions": {"FunctionName": "f"},
            "period": 60,
            "statistic": "Sum",
            "threshold": 0.5,
            "alarmDescription": "errors",
            **_TAGS,
        },
        {
            "threshold": 5,
            "treatMissingData": "notBreaching",
            "alarmActions": ["arn:aws:sns:eu-central-1:123456789012:t"],
        },
        {"name": "the-other-alarm"},
        ("comparisonOperator", "MoreOrLess"),
    ),
    "aws:cloudtrail/trail:Trail": Case(
        {
            "name": "the-trail",
            "s3BucketName": "$bucket.id",
            "isMultiRegionTrail": True,
            "enableLogFileValidation": True,
            "kmsKeyId": "$key.arn",
            "advancedEventSelectors": [
                {"name": "Management", "fieldSelectors": [{"field": "eventCategory", "equals": ["Management"]}]},
                {
                    "name": "Objects",
                    "fieldSelectors": [
                        {"field": "eventCategory", "equals": ["Data"]},
                        {"field": "resources.type", "equals": ["AWS::S3::Object"]},
                        {"field": "resources.ARN", "startsWiths": ["arn:aws:s3:::b/"]},
                    ],
                },
            ],
            **_TAGS,
        },
        {"enableLogging": False, "s3KeyPrefix": "trail", **_OTHER_TAGS},
        {"name": "the-other-trail"},
        ("name", "a trail"),
    ),
    "aws:secretsmanager/secret:Secret": Case(
        {"name": "the/secret", "description": "mine", "kmsKeyId": "$key.arn", "recoveryWindowInDays": 7, **_TAGS},
        {"description": "ours", **_OTHER_TAGS},
        {"name": "the/other"},
        ("name", ""),
    ),
    "aws:secretsmanager/secretVersion:SecretVersion": Case(
        {"secretId": "$secret.id", "secretString": "hush"},
        replace={"secretString": "quiet"},
        bad=("secretId", None),
        stays=True,
    ),
    "aws:lakeformation/dataLakeSettings:DataLakeSettings": Case(
        {
            "admins": ["$role.arn"],
            "createTableDefaultPermissions": [{"permissions": ["SELECT"], "principal": "$role.arn"}],
        },
        {"admins": ["$role.arn", "$role2.arn"], "createTableDefaultPermissions": []},
        {"catalogId": "210987654321"},
        ("admins", "me"),
        stays=True,
    ),
    "aws:lakeformation/resource:Resource": Case(
        {"arn": "$bucket.arn", "roleArn": "$role.arn"}, replace={"roleArn": "$role2.arn"}, bad=("arn", None)
    ),
    "aws:lakeformation/lfTag:LfTag": Case(
        {"key": "layer", "values": ["raw", "refined"]},
        {"values": ["raw", "integrated"]},
        {"key": "domain"},
        ("values", []),
    ),
    "aws:lakeformation/resourceLfTags:ResourceLfTags": Case(
        {"database": {"name": "$database.name"}, "lfTags": [{"key": "$tag.key", "value": "raw"}]},
        replace={"lfTags": [{"key": "$tag.key", "value": "refined"}]},
        bad=("table", {"databaseName": "d", "name": "t"}),
    ),
    "aws:lakeformation/permissions:Permissions": Case(
        {
            "principal": "$role.arn",
            "permissions": ["DESCRIBE", "SELECT"],
            "lfTagPolicy": {"resourceType": "TABLE", "expressions": [{"key": "$tag.key", "values": ["raw"]}]},
        },
        replace={"permissions": ["DESCRIBE"]},
        bad=("table", {"databaseName": "d", "name": "t"}),
    ),
    "aws:redshift/subnetGroup:SubnetGroup": Case(
        {"name": "the-subnets", "subnetIds": ["$subnet.id"], "description": "mine", **_TAGS},
        {"subnetIds": ["$subnet.id", "$subnet2.id"], **_OTHER_TAGS},
        {"name": "the-other-subnets"},
        ("subnetIds", "subnet-1"),
    ),
    "aws:redshift/parameterGroup:ParameterGroup": Case(
        {
            "name": "the-parameters",
            "family": "redshift-1.0",
            "parameters": [{"name": "require_ssl", "value": "true"}],
            **_TAGS,
        },
        {"parameters": [{"name": "enable_user_activity_logging", "value": "true"}]},
        {"family": "redshift-2.0"},
        ("parameters[0].value", [{"name": "x"}]),
    ),
    "aws:redshift/cluster:Cluster": Case(
        {
            "clusterIdentifier": "the-warehouse",
            "databaseName": "medallion",
            "nodeType": "ra3.large",
            "clusterType": "multi-node",
            "numberOfNodes": 2,
            "masterUsername": "admin_user",
            "manageMasterPassword": True,
            "clusterSubnetGroupName": "$subnets.name",
            "vpcSecurityGroupIds": ["$group.id"],
            "encrypted": True,
            "kmsKeyId": "$key.arn",
            "enhancedVpcRouting": True,
            "iamRoles": ["$role.arn"],
            "skipFinalSnapshot": True,
            **_TAGS,
        },
        {"numberOfNodes": 4, "automatedSnapshotRetentionPeriod": 7, "iamRoles": ["$role2.arn"], **_OTHER_TAGS},
        {"databaseName": "other"},
        ("nodeType", "dc2.large"),
    ),
    "aws:redshift/logging:Logging": Case(
        {"clusterIdentifier": "$cluster.id", "logDestinationType": "cloudwatch", "logExports": ["userlog"]},
        {"logExports": ["userlog", "connectionlog"]},
        {"clusterIdentifier": "other"},
        ("logDestinationType", "paper"),
    ),
    "aws:redshiftdata/statement:Statement": Case(
        {"clusterIdentifier": "$cluster.id", "database": "medallion", "dbUser": "admin_user", "sql": "create schema s"},
        replace={"sql": "create schema t"},
        bad=("sql", None),
        stays=True,
    ),
    "aws:emr/securityConfiguration:SecurityConfiguration": Case(
        {"name": "the-emr-security", "configuration": '{"EncryptionConfiguration": {"EnableAtRestEncryption": true}}'},
        replace={"name": "other"},
        bad=("configuration", "{not json"),
    ),
    "aws:emr/cluster:Cluster": Case(
        {
            "name": "the-emr",
            "releaseLabel": "emr-7.5.0",
            "applications": ["Spark"],
            "serviceRole": "$role.arn",
            "ec2Attributes": {
                "instanceProfile": "$profile.arn",
                "subnetId": "$subnet.id",
                "emrManagedMasterSecurityGroup": "$group.id",
                "emrManagedSlaveSecurityGroup": "$group2.id",
                "serviceAccessSecurityGroup": "$group.id",
            },
            "masterInstanceGroup": {"instanceType": "m6g.xlarge", "instanceCount": 1},
            "coreInstanceGroup": {"instanceType": "m6g.xlarge", "instanceCount": 2},
            "configurationsJson": '[{"Classification": "spark-defaults", "Properties": {"a": "b"}}]',
            "autoTerminationPolicy": {"idleTimeout": 3600},
            "logUri": "s3://b/logs/",
            "logEncryptionKmsKeyId": "$key.arn",
            "keepJobFlowAliveWhenNoSteps": True,
            "unhealthyNodeReplacement": True,
            "stepConcurrencyLevel": 1,
            **_TAGS,
        },
        {"stepConcurrencyLevel": 2, "autoTerminationPolicy": {"idleTimeout": 7200}, **_OTHER_TAGS},
        {"releaseLabel": "emr-7.6.0"},
        ("configurationsJson", "[not json"),
    ),
    "aws:emr/managedScalingPolicy:ManagedScalingPolicy": Case(
        {
            "clusterId": "$emr.id",
            "computeLimits": [{"unitType": "Instances", "minimumCapacityUnits": 1, "maximumCapacityUnits": 4}],
        },
        {"computeLimits": [{"unitType": "Instances", "minimumCapacityUnits": 2, "maximumCapacityUnits": 8}]},
        {"clusterId": "j-OTHER"},
        ("computeLimits[0].unitType", [{"unitType": "Crates", "minimumCapacityUnits": 1, "maximumCapacityUnits": 2}]),
    ),
    "aws:apigateway/restApi:RestApi": Case(
        {
            "name": "the-api",
            "description": "mine",
            "body": openapi("/flights"),
            "endpointConfiguration": {"types": "REGIONAL"},
            **_TAGS,
        },
        {"body": openapi("/routes"), "description": "ours"},
        bad=("apiKeySource", "POCKET"),
    ),
    "aws:apigateway/deployment:Deployment": Case(
        {"restApi": "$api.id", "triggers": {"body": "1"}}, replace={"triggers": {"body": "2"}}, bad=("restApi", None)
    ),
    "aws:apigateway/stage:Stage": Case(
        {
            "restApi": "$api.id",
            "deployment": "$deployment.id",
            "stageName": "v1",
            "accessLogSettings": {"destinationArn": "$logs.arn", "format": "$context.requestId $context.status"},
            "xrayTracingEnabled": True,
            "variables": {"a": "b"},
            **_TAGS,
        },
        {"description": "ours", "xrayTracingEnabled": False, "variables": {"a": "c"}},
        {"stageName": "v2"},
        ("accessLogSettings.format", {"destinationArn": "arn:aws:logs:eu-central-1:123456789012:log-group:g"}),
    ),
    "aws:apigateway/account:Account": Case(
        {"cloudwatchRoleArn": "$role.arn"}, {"cloudwatchRoleArn": "$role2.arn"}, bad=("role", "x"), stays=True
    ),
    "aws:apigateway/methodSettings:MethodSettings": Case(
        {
            "restApi": "$api.id",
            "stageName": "$stage.stageName",
            "methodPath": "*/*",
            "settings": {
                "loggingLevel": "ERROR",
                "metricsEnabled": True,
                "throttlingRateLimit": 50,
                "throttlingBurstLimit": 20,
            },
        },
        {
            "settings": {
                "loggingLevel": "INFO",
                "metricsEnabled": True,
                "throttlingRateLimit": 60,
                "throttlingBurstLimit": 20,
            }
        },
        {"methodPath": "flights/GET"},
        ("settings.logLevel", {"logLevel": "INFO"}),
        stays=True,
    ),
}
