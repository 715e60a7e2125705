"""Prerequisites that cases name: `$vpc.id` is the id of the resource that `vpc` describes here."""

from embedded.provider.values import Props
from tests.embedded.provider.cases.case import allow, archive, openapi, trust
from tests.embedded.provider.cases.pem import OTHER_SITE, SITE

_WALL: Props = {
    "scope": "REGIONAL",
    "defaultAction": {"allow": {}},
    "visibilityConfig": {"cloudwatchMetricsEnabled": True, "metricName": "wall", "sampledRequestsEnabled": True},
}
_EXECUTE_API: Props = {"serviceName": "com.amazonaws.eu-central-1.execute-api", "vpcEndpointType": "Interface"}

_NOT_FOUND = {"contentType": "text/plain", "messageBody": "none", "statusCode": "404"}
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
    "topic": ("aws:sns/topic:Topic", {"name": "case-topic"}),
    "clock": ("aws:iam/role:Role", {"name": "case-clock", "assumeRolePolicy": trust("scheduler.amazonaws.com")}),
    "workgroup": ("aws:athena/workgroup:Workgroup", {"name": "case-workgroup"}),
    "rule": ("aws:cloudwatch/eventRule:EventRule", {"name": "case-rule", "scheduleExpression": "rate(1 hour)"}),
    "rule2": ("aws:cloudwatch/eventRule:EventRule", {"name": "case-rule-2", "scheduleExpression": "rate(1 day)"}),
    "times": ("aws:scheduler/scheduleGroup:ScheduleGroup", {"name": "case-times"}),
    "topic2": ("aws:sns/topic:Topic", {"name": "case-topic-2"}),
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
    "subnet3": (
        "aws:ec2/subnet:Subnet",
        {"vpcId": "$vpc.id", "cidrBlock": "10.0.2.0/24", "availabilityZone": "eu-central-1c"},
    ),
    "zones": (
        "aws:redshift/subnetGroup:SubnetGroup",
        {"name": "case-zones", "subnetIds": ["$subnet.id", "$subnet2.id", "$subnet3.id"]},
    ),
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
    "emr2": (
        "aws:emr/cluster:Cluster",
        {
            "name": "case-emr-2",
            "releaseLabel": "emr-7.12.0",
            "serviceRole": "$role.arn",
            "masterInstanceFleet": {
                "instanceTypeConfigs": [{"instanceType": "m6g.xlarge"}],
                "targetOnDemandCapacity": 1,
            },
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
            "storageDescriptor": {
                "columns": [
                    {"name": "flight", "type": "int"},
                    {"name": "carrier", "type": "string"},
                    {"name": "delay", "type": "int"},
                    {"name": "passenger", "type": "string"},
                ],
                "location": "s3://b/t/",
            },
        },
    ),
    "cells": (
        "aws:lakeformation/dataCellsFilter:DataCellsFilter",
        {
            "tableData": {
                "databaseName": "$table.databaseName",
                "tableName": "$table.name",
                "tableCatalogId": "123456789012",
                "name": "ours",
                "columnNames": ["flight"],
                "rowFilter": {"allRowsWildcard": {}},
            }
        },
    ),
    "domain": ("aws:datazone/domain:Domain", {"name": "case", "domainExecutionRole": "$role.arn"}),
    "project": ("aws:datazone/project:Project", {"name": "Case", "domainIdentifier": "$domain.id"}),
    "environments": (
        "aws:datazone/environmentProfile:EnvironmentProfile",
        {
            "name": "Case",
            "domainIdentifier": "$domain.id",
            "projectIdentifier": "$project.id",
            "environmentBlueprintIdentifier": "4n3j5x6y7z8a9b",
            "awsAccountRegion": "eu-central-1",
        },
    ),
    "exchanged": (
        "aws:dataexchange/dataSet:DataSet",
        {"name": "case", "description": "of a case", "assetType": "S3_SNAPSHOT"},
    ),
    "private": (
        "aws:quicksight/vpcConnection:VpcConnection",
        {
            "vpcConnectionId": "case",
            "name": "case",
            "roleArn": "$role.arn",
            "subnetIds": ["$subnet.id", "$subnet2.id"],
            "securityGroupIds": ["$group.id"],
        },
    ),
    "source": (
        "aws:quicksight/dataSource:DataSource",
        {"dataSourceId": "case", "name": "case", "type": "ATHENA", "parameters": {"athena": {"workGroup": "primary"}}},
    ),
    "workflow": ("aws:glue/workflow:Workflow", {"name": "case-workflow"}),
    "glossary": (
        "aws:datazone/glossary:Glossary",
        {"name": "Case", "domainIdentifier": "$domain.id", "owningProjectIdentifier": "$project.id"},
    ),
    "term": (
        "aws:datazone/glossaryTerm:GlossaryTerm",
        {"name": "Case", "domainIdentifier": "$domain.id", "glossaryIdentifier": "$glossary.id"},
    ),
    "location": ("aws:lakeformation/resource:Resource", {"arn": "$bucket.arn", "roleArn": "$role.arn"}),
    "delivered": (
        "aws:s3/bucketPolicy:BucketPolicy",
        {
            "bucket": "$bucket2.id",
            "policy": allow(
                "s3:PutObject",
                "arn:aws:s3:::case-bucket-2/*",
                Principal={"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
            ),
        },
    ),
    "balancer": (
        "aws:lb/loadBalancer:LoadBalancer",
        {"name": "case-balancer", "internal": True, "subnets": ["$subnet.id", "$subnet2.id"]},
    ),
    "balancer2": (
        "aws:lb/loadBalancer:LoadBalancer",
        {"name": "case-balancer-2", "internal": True, "subnets": ["$subnet.id", "$subnet2.id"]},
    ),
    "listener": (
        "aws:lb/listener:Listener",
        {
            "loadBalancerArn": "$balancer.arn",
            "port": 80,
            "defaultActions": [{"type": "fixed-response", "fixedResponse": _NOT_FOUND}],
        },
    ),
    "listener2": (
        "aws:lb/listener:Listener",
        {
            "loadBalancerArn": "$balancer.arn",
            "port": 81,
            "defaultActions": [{"type": "fixed-response", "fixedResponse": _NOT_FOUND}],
        },
    ),
    "targets": ("aws:lb/targetGroup:TargetGroup", {"name": "case-targets", "targetType": "lambda"}),
    "targets2": ("aws:lb/targetGroup:TargetGroup", {"name": "case-targets-2", "targetType": "lambda"}),
    "permitted": (
        "aws:lambda/permission:Permission",
        {
            "function": "$function.arn",
            "action": "lambda:InvokeFunction",
            "principal": "elasticloadbalancing.amazonaws.com",
        },
    ),
    "certificate": ("aws:acm/certificate:Certificate", {**SITE}),
    "certificate2": ("aws:acm/certificate:Certificate", {**OTHER_SITE}),
    "zone": ("aws:route53/zone:Zone", {"name": "example.com"}),
    "requested": ("aws:acm/certificate:Certificate", {"domainName": "proof.example.com", "validationMethod": "DNS"}),
    "proof": (
        "aws:route53/record:Record",
        {
            "zoneId": "$zone.id",
            "name": "_d930b28be6c5927595552b219965053e.proof.example.com",
            "type": "CNAME",
            "ttl": 60,
            "records": ["_c9edd76ee4a0e2a74388032f3861cc50.ykybfrwcxw.acm-validations.aws."],
        },
    ),
    "wall": ("aws:wafv2/webAcl:WebAcl", {"name": "case-wall", **_WALL}),
    "wall2": ("aws:wafv2/webAcl:WebAcl", {"name": "case-wall-2", **_WALL}),
    "walllogs": ("aws:cloudwatch/logGroup:LogGroup", {"name": "aws-waf-logs-case"}),
    "graph": ("aws:appsync/graphQLApi:GraphQLApi", {"name": "case-graph", "authenticationType": "AWS_IAM"}),
    "planes": ("aws:appsync/dataSource:DataSource", {"apiId": "$graph.id", "name": "planes", "type": "NONE"}),
    "users": ("aws:cognito/userPool:UserPool", {"name": "case-users"}),
    "usersdomain": ("aws:cognito/userPoolDomain:UserPoolDomain", {"domain": "case-users", "userPoolId": "$users.id"}),
    "entranceclient": (
        "aws:cognito/userPoolClient:UserPoolClient",
        {"name": "case-entrance", "userPoolId": "$users.id", "generateSecret": True},
    ),
    "api2": ("aws:apigateway/restApi:RestApi", {"name": "case-api-2", "body": openapi("/weather")}),
    "executeapi": ("aws:ec2/vpcEndpoint:VpcEndpoint", {"vpcId": "$vpc.id", **_EXECUTE_API}),
    "executeapi2": ("aws:ec2/vpcEndpoint:VpcEndpoint", {"vpcId": "$vpc2.id", **_EXECUTE_API}),
    "plan": ("aws:apigateway/usagePlan:UsagePlan", {"name": "case-plan"}),
    "partner": ("aws:apigateway/apiKey:ApiKey", {"name": "case-partner"}),
    "partner2": ("aws:apigateway/apiKey:ApiKey", {"name": "case-partner-2"}),
}
