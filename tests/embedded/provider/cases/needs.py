"""Prerequisites that cases name: `$vpc.id` is the id of the resource that `vpc` describes here."""

from embedded.provider.values import Props
from tests.embedded.provider.cases.case import allow, archive, openapi, trust

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
    "nat": ("aws:ec2/natGateway:NatGateway", {"allocationId": "$address.id", "subnetId": "$subnet.id"}),
    "versioned": (
        "aws:s3/bucketVersioning:BucketVersioning",
        {"bucket": "$bucket.id", "versioningConfiguration": {"status": "Enabled"}},
    ),
    "code": (
        "aws:s3/bucketObjectv2:BucketObjectv2",
        {"bucket": "$bucket.id", "key": "code.zip", "source": archive(handler_py="def handler(event, context): pass")},
    ),
    "stream": ("aws:kinesis/stream:Stream", {"name": "case-stream", "shardCount": 1}),
    "table": (
        "aws:glue/catalogTable:CatalogTable",
        {
            "name": "case_table",
            "databaseName": "$database.name",
            "storageDescriptor": {"columns": [{"name": "flight", "type": "int"}], "location": "s3://b/t/"},
        },
    ),
    "location": ("aws:lakeformation/resource:Resource", {"arn": "$bucket.arn", "roleArn": "$role.arn"}),
}
