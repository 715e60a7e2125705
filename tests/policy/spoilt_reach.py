"""Breaches of who and what may reach the data: exposure, access, network and perimeter."""

from __future__ import annotations

import json

from tests.policy.pieces import ACCOUNT, allow, document
from tests.policy.spoiling import Case, add, drop, emr, guard, may, put

EVERYBODY = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}

REACH: list[Case] = [
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
    (
        "no-open-egress",
        put("workloads-group", "egress", [{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}]),
        "egress.0.cidrBlocks admits 0.0.0.0/0",
    ),
    (
        "no-open-egress",
        add("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", ipProtocol="-1", cidrIpv6="::/0"),
        "cidrIpv6 admits ::/0",
    ),
    (
        "no-open-egress",
        add(
            "aws:ec2/securityGroupRule:SecurityGroupRule",
            type="egress",
            protocol="tcp",
            fromPort=0,
            toPort=65535,
            cidrBlocks=["0.0.0.0/0"],
        ),
        "cidrBlocks admits 0.0.0.0/0",
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
        "service-principal-bounded",
        put(
            "queue-policy",
            "policy",
            document(
                allow(
                    "s3:PutObject",
                    resource="arn:aws:s3:::logs/lb/AWSLogs/*",
                    Principal={"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
                )
            ),
        ),
        "policy admits logdelivery.elasticloadbalancing.amazonaws.com for whomever the service acts",
    ),
    (
        "api-authorized",
        put("api", "body", json.dumps({"paths": {"/routes": {"get": {}}}})),
        "GET /routes has no security requirement",
    ),
    (
        "no-wildcard-principal",
        put("queue-policy", "policy", document(allow("sqs:SendMessage", Principal={"AWS": "*"}))),
        'allows sqs:SendMessage to Principal "*"',
    ),
    ("no-wildcard-principal", put("job-role", "assumeRolePolicy", document(EVERYBODY)), "allows sts:AssumeRole"),
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
    ("lake-formation-only", put("location", "hybridAccessEnabled", True), "hybridAccessEnabled is true"),
    ("lake-locations-registered", drop("location"), 'it lies in "s3://lake/flights/", which no Resource of Lake'),
    ("lake-tables-tagged", put("guarded", "tableWithColumns.name", "others"), "no ResourceLfTags of this stack tag it"),
    (
        "lake-tables-tagged",
        add(
            "aws:glue/catalogTable:CatalogTable",
            databaseName="refined",
            name="delays",
            storageDescriptor={"columns": [{"name": "tailnum"}]},
        ),
        'CatalogTable "added": its column tailnum is guarded in another table, but has no such tag here',
    ),
    ("lake-formation-only", drop("lake-settings"), "no DataLakeSettings of this stack"),
    ("gateways-on-private-tables", drop("endpoint-s3-isolated"), 'RouteTable "isolated": no gateway endpoint of'),
    ("gateways-on-private-tables", put("endpoint-s3", "routeTableIds", []), 'RouteTable "private"'),
    ("endpoints-closed", drop("endpoint-glue"), "glue:GetTable, but no interface endpoint for glue is in its VPC"),
    ("endpoints-closed", may("function-role", "kinesis:PutRecord"), "no interface endpoint for kinesis-streams"),
    ("endpoints-closed", may("function-role", "kms:Decrypt"), "no interface endpoint for kms"),
    ("endpoints-closed", may("job-role", "iam:GetRole"), "no endpoint is known for iam"),
    ("endpoints-closed", may("job-role", "*"), "from which no list of services can be read"),
    ("endpoints-closed", put("endpoint-glue", "privateDnsEnabled", False), "the endpoint for glue has no private DNS"),
    ("endpoints-closed", put("endpoint-glue", "subnetIds", []), "the endpoint for glue is in no subnet"),
    ("endpoints-closed", put("endpoint-glue", "vpcId", "vpc-2"), "no interface endpoint for glue is in its VPC"),
    ("endpoints-closed", drop("endpoints-from-workloads"), "no security group of the endpoint for"),
    ("endpoints-closed", put("endpoints-from-isolated", "cidrBlocks", ["10.0.9.0/24"]), 'Cluster "marts": its role'),
    ("endpoints-closed", drop("workloads-to-endpoints"), "none of its security groups lets it out to glue on 443"),
    ("endpoints-closed", drop("workloads-to-s3"), "none of its security groups lets it out to s3 on 443"),
    ("endpoints-closed", put("function", "role", "theirs"), 'it acts with "theirs", which this stack doesn\'t hold'),
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
    ("endpoint-private-dns", put("vpc", "enableDnsHostnames", None), 'enableDnsHostnames of its Vpc "net" is unset'),
    ("endpoint-private-dns", put("endpoint-logs", "privateDnsEnabled", False), "privateDnsEnabled is false"),
    ("endpoint-policy", put("endpoint-s3", "policy", None), "policy is unset, which admits everybody"),
    (
        "endpoint-policy",
        put("endpoint-glue", "policy", document(allow("*", resource="*", Principal="*"))),
        "with no condition such as aws:PrincipalAccount",
    ),
    ("isolated-without-default-route", put("private-route", "routeTableId", "rtb-isolated"), "has a default route"),
    ("isolated-without-default-route", drop("isolated-association"), "the VPC's main table rules"),
    ("isolated-without-default-route", put("warehouse-subnets", "subnetIds", ["subnet-private"]), 'Subnet "private"'),
    ("s3-perimeter", drop("lake-policy"), "it has no policy that asks for aws:SourceVpce"),
    (
        "s3-perimeter",
        guard(Condition={"StringNotEqualsIfExists": {"aws:SourceVpce": ["vpce-other"]}}),
        "its Deny names endpoints ['vpce-other'], while this stack's are [\"vpce-s3\"]".replace('"', "'"),
    ),
    ("s3-perimeter", guard(Condition={"BoolIfExists": None}), "doesn't except aws:PrincipalIsAWSService"),
    ("s3-perimeter", guard(Action="s3:GetObject"), "is not for s3:*"),
    ("s3-perimeter", guard(Resource="arn:aws:s3:::lake"), "leaves out the objects"),
    (
        "s3-perimeter",
        guard(Condition={"ArnNotLikeIfExists": {"aws:PrincipalArn": [f"arn:aws:iam::{ACCOUNT}:role/*"]}}),
        "which is everybody",
    ),
    (
        "s3-perimeter",
        put("location", "roleArn", f"arn:aws:iam::{ACCOUNT}:role/another"),
        "doesn't except arn:aws:iam::123456789012:role/another in the same statement, with which Lake Formation reads",
    ),
    (
        "s3-perimeter",
        may("warehouse-role", "glue:GetTable", "s3:GetObject", resource="arn:aws:s3:::lake/*"),
        "in the same statement, with which Redshift Spectrum reads it",
    ),
    (
        "s3-perimeter",
        guard(Condition={"StringNotEquals": {"aws:PrincipalAccount": "999999999999"}}),
        "its Deny asks for aws:principalaccount ['999999999999'] too, and so lets others in",
    ),
    (
        "s3-perimeter",
        guard(Condition={"StringNotLike": {"s3:DataAccessPointAccount": ["1*"]}}),
        "its Deny asks for s3:dataaccesspointaccount",
    ),
    (
        "s3-perimeter",
        guard(Condition={"ArnNotLikeIfExists": None, "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::1:role/one"}}),
        "its Deny asks for aws:principalarn ['arn:aws:iam::1:role/one'] by arnlike, and so lets others in",
    ),
    (
        "no-wildcard-principal",
        put(
            "lake-policy",
            "policy",
            document(
                allow("s3:GetObject", Principal="*", Condition={"StringLike": {"s3:DataAccessPointAccount": "*"}})
            ),
        ),
        'allows s3:GetObject to Principal "*"',
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
    (
        "workloads-in-private-subnets",
        put("cluster", "ec2Attributes.subnetId", "subnet-public"),
        'Cluster "spark": its Subnet "public" is public',
    ),
    (
        "workloads-in-private-subnets",
        put("private-subnet", "mapPublicIpOnLaunch", True),
        'Function "landing": its Subnet "private" hands out public addresses',
    ),
    ("redshift-enhanced-routing", put("warehouse", "enhancedVpcRouting", False), "enhancedVpcRouting is false"),
]
