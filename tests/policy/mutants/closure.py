"""Mistakes in the ways out of the network: endpoints, routes, security groups, subnets, and what runs outside of it."""

from __future__ import annotations

import json
from typing import Any

from tests.policy.mutants.graph import GONE, Graph, Of
from tests.policy.mutants.mutant import Mutant, after, each_of, extra, missing, put, turn, unknown

ENDPOINT = "ec2.VpcEndpoint"
INGRESS = "vpc.SecurityGroupIngressRule"
EGRESS = "vpc.SecurityGroupEgressRule"
OURS = "policy.Statement.Sid=OursOnly"
CLOSED = "endpoints-closed"


def into_public(rule: str, kind: str, path: str, name: str | None = None, alone: bool = False) -> Mutant:
    """Something moved into a public subnet."""

    def spoil(graph: Graph) -> None:
        public = graph.value("ec2.Subnet", "network-public-1", "arn").rsplit("/", 1)[-1]
        graph.change(kind, name, path, lambda _: public if alone else [public])

    return Mutant(rule, f"{kind}.{path}", "a public subnet", spoil)


def may(operator: str, role: str, statement: dict[str, Any]) -> Mutant:
    """A workload's role that may call more than there are endpoints for."""

    def add(policy: str) -> str:
        document = json.loads(policy)
        return json.dumps({**document, "Statement": [*document["Statement"], {"Effect": "Allow", **statement}]})

    return turn(CLOSED, "iam.RolePolicy", "policy", operator, add, role)


def unlisted(service: str, mutant: Mutant) -> Mutant:
    """A mutant of an endpoint that no workload needs, which is right but for it."""
    condition = {"StringEquals": {"aws:PrincipalAccount": "123456789012", "aws:ResourceAccount": "123456789012"}}
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": condition}
    props = {
        "vpcId": Of(ENDPOINT, "endpoints-kms", "vpcId"),
        "vpcEndpointType": "Interface",
        "serviceName": f"com.amazonaws.eu-west-1.{service}",
        "privateDnsEnabled": True,
        "subnetIds": Of(ENDPOINT, "endpoints-kms", "subnetIds"),
        "securityGroupIds": Of(ENDPOINT, "endpoints-kms", "securityGroupIds"),
        "policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    }
    return after(lambda graph: graph.add("aws:ec2/vpcEndpoint:VpcEndpoint", props), mutant)


def route(rule: str, table: str, operator: str, **props: Any) -> Mutant:
    """A further route of a table."""

    def spoil(graph: Graph) -> None:
        arn = graph.value("ec2.RouteTable", table, "arn")
        graph.add("aws:ec2/route:Route", {"routeTableId": arn.rsplit("/", 1)[-1], **props})

    return Mutant(rule, "ec2.Route", f"added: {operator}", spoil)


def detached(rule: str, endpoint: str, table: str) -> Mutant:
    """A route table taken off a gateway endpoint."""

    def spoil(graph: Graph) -> None:
        arn = graph.value("ec2.RouteTable", table, "arn")
        graph.change(
            ENDPOINT, endpoint, "routeTableIds", lambda ids: [each for each in ids if not arn.endswith(f"/{each}")]
        )

    return Mutant(rule, f"{ENDPOINT}.routeTableIds", f"{endpoint} without {table}", spoil)


def in_public(graph: Graph) -> None:
    public = graph.value("ec2.Subnet", "network-public-1", "arn").rsplit("/", 1)[-1]
    graph.change(
        "emr.Cluster",
        None,
        "ec2Attributes",
        lambda held: {**held, "subnetId": public, **({"subnetIds": [public]} if "subnetIds" in held else {})},
    )


def opened(graph: Graph) -> None:
    """The default route of a private table leads to the internet's gateway in the place of NAT."""
    gateway = graph.value("ec2.InternetGateway", None, "arn").rsplit("/", 1)[-1]
    graph.change("ec2.Route", "network-private-1", "natGatewayId", lambda _: GONE)
    graph.change("ec2.Route", "network-private-1", "gatewayId", lambda _: gateway)


CLOSURE: tuple[Mutant, ...] = (
    # Endpoints: there, in the right VPC, answering for the name, open to who calls.
    *(
        missing(CLOSED, ENDPOINT, f"endpoints-{service}", f"missing: {service}")
        for service in (
            *("athena", "glue", "elasticmapreduce", "lakeformation", "kms", "monitoring", "logs"),
            *("redshift-data", "secretsmanager", "s3"),
        )
    ),
    put(CLOSED, ENDPOINT, "vpcId", "vpc-0123456789abcdef0", "endpoints-glue"),
    put(CLOSED, ENDPOINT, "subnetIds", [], "endpoints-glue"),
    put(CLOSED, ENDPOINT, "securityGroupIds", [], "endpoints-glue"),
    put(CLOSED, ENDPOINT, "securityGroupIds", ["sg-0123456789abcdef0"], "endpoints-glue"),
    put(CLOSED, ENDPOINT, "privateDnsEnabled", False, "endpoints-glue"),
    put(CLOSED, ENDPOINT, "serviceName", "com.amazonaws.eu-west-1.glue.dashboard", "endpoints-glue"),
    put(CLOSED, ENDPOINT, "vpcEndpointType", "GatewayLoadBalancer", "endpoints-glue"),
    unknown(CLOSED, ENDPOINT, "serviceName", "endpoints-glue"),
    missing(CLOSED, INGRESS, "endpoints-endpoints-from-functions"),
    *each_of(CLOSED, INGRESS, "fromPort", (444,), "endpoints-endpoints-from-functions"),
    put(CLOSED, INGRESS, "ipProtocol", "udp", "endpoints-endpoints-from-functions"),
    put(CLOSED, INGRESS, "referencedSecurityGroupId", "sg-0123456789abcdef0", "endpoints-endpoints-from-functions"),
    missing(CLOSED, EGRESS, "endpoints-functions-to-endpoints"),
    put(CLOSED, EGRESS, "toPort", 442, "endpoints-functions-to-endpoints"),
    put(CLOSED, EGRESS, "referencedSecurityGroupId", "sg-0123456789abcdef0", "endpoints-functions-to-endpoints"),
    # What workloads may call, in ways that hide it.
    may("one more service", "end-use-api", {"Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:1:q"}),
    may("a service that nobody knows", "end-use-api", {"Action": "iam:GetRole", "Resource": "arn:aws:iam::1:role/a"}),
    may("NotAction", "end-use-api", {"NotAction": "iam:*", "Resource": "arn:aws:s3:::one/*"}),
    may("DynamoDB", "end-use-api", {"Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:eu-west-1:1:table/t"}),
    put(CLOSED, "lambda.Function", "role", "arn:aws:iam::123456789012:role/of-another-stack"),
    put(CLOSED, "glue.Job", "roleArn", "arn:aws:iam::123456789012:role/of-another-stack"),
    put(CLOSED, "emr.Cluster", "ec2Attributes.instanceProfile", "EMR_EC2_DefaultRole"),
    extra(
        CLOSED,
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "a managed policy for a function",
        {
            "role": Of("iam.Role", "end-use-api", "name"),
            "policyArn": "arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole",
        },
    ),
    extra(
        CLOSED,
        "aws:iam/policyAttachment:PolicyAttachment",
        "a managed policy for a function",
        {
            "roles": [Of("iam.Role", "end-use-api", "name")],
            "policyArn": "arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess",
        },
    ),
    put(CLOSED, "iam.Role", "managedPolicyArns", ["arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"], "end-use-api"),
    extra(
        CLOSED,
        "aws:redshift/clusterIamRoles:ClusterIamRoles",
        "a role for the cluster",
        {
            "clusterIdentifier": Of("redshift.Cluster", None, "clusterIdentifier"),
            "iamRoleArns": [Of("iam.Role", "end-use-api", "arn")],
        },
    ),
    unknown(CLOSED, "iam.RolePolicy", "policy", "end-use-api"),
    # Private DNS.
    unlisted("ssm", put("endpoint-private-dns", ENDPOINT, "privateDnsEnabled", False, "added")),
    unlisted("ssm", put("endpoint-private-dns", ENDPOINT, "privateDnsEnabled", GONE, "added")),
    *each_of("endpoint-private-dns", "ec2.Vpc", "enableDnsSupport", (False,)),
    *each_of("endpoint-private-dns", "ec2.Vpc", "enableDnsHostnames", (False, GONE)),
    # Endpoint policies.
    *each_of("endpoint-policy", ENDPOINT, "policy", (GONE, ""), "endpoints-glue"),
    unknown("endpoint-policy", ENDPOINT, "policy", "endpoints-glue"),
    put("endpoint-policy", ENDPOINT, f"{OURS}.Condition", GONE, "endpoints-s3"),
    *(
        put("endpoint-policy", ENDPOINT, f"{OURS}.Condition", condition, "endpoints-s3", operator)
        for operator, condition in (
            ("anybody of ours", {"StringEquals": {"aws:PrincipalAccount": "123456789012"}}),
            ("anything of ours", {"StringEquals": {"aws:ResourceAccount": "123456789012"}}),
            ("any account", {"StringLike": {"aws:PrincipalAccount": "*", "aws:ResourceAccount": "*"}}),
            ("accounts that begin alike", {"StringLike": {"aws:PrincipalAccount": "1*", "aws:ResourceAccount": "1*"}}),
            (
                "all but one account",
                {"StringNotEquals": {"aws:PrincipalAccount": "999999999999", "aws:ResourceAccount": "999999999999"}},
            ),
            (
                "IfExists",
                {
                    "StringEqualsIfExists": {
                        "aws:PrincipalAccount": "123456789012",
                        "aws:ResourceAccount": "123456789012",
                    }
                },
            ),
        )
    ),
    extra(
        "endpoint-policy",
        "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy",
        "the default one, in the place of the endpoint's own",
        {
            "vpcEndpointId": "vpce-0123456789abcdef0",
            "policy": {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
            },
        },
    ),
    # Routes.
    detached("gateways-on-private-tables", "endpoints-s3", "network-private-1"),
    detached("gateways-on-private-tables", "endpoints-s3", "network-isolated-2"),
    detached("gateways-on-private-tables", "endpoints-dynamodb", "network-private-1"),
    detached("gateways-on-private-tables", "endpoints-dynamodb", "network-isolated-1"),
    put("gateways-on-private-tables", ENDPOINT, "routeTableIds", [], "endpoints-s3"),
    put("gateways-on-private-tables", ENDPOINT, "vpcEndpointType", "Interface", "endpoints-s3"),
    extra(
        "gateways-on-private-tables",
        "aws:ec2/routeTable:RouteTable",
        "a table that nobody thought of",
        {"id": "rtb-0123456789abcdef0", "vpcId": Of("ec2.Vpc", None, "arn")},
    ),
    route(
        "isolated-without-default-route",
        "network-isolated-1",
        "by NAT",
        destinationCidrBlock="0.0.0.0/0",
        natGatewayId="nat-0123456789abcdef0",
    ),
    route(
        "isolated-without-default-route",
        "network-isolated-1",
        "by NAT, IPv6",
        destinationIpv6CidrBlock="::/0",
        natGatewayId="nat-0123456789abcdef0",
    ),
    route(
        "isolated-without-default-route",
        "network-isolated-1",
        "half of the internet",
        destinationCidrBlock="128.0.0.0/1",
        natGatewayId="nat-0123456789abcdef0",
    ),
    put(
        "isolated-without-default-route",
        "ec2.RouteTable",
        "routes",
        [{"cidrBlock": "0.0.0.0/0", "natGatewayId": "nat-0123456789abcdef0"}],
        "network-isolated-1",
        "a default route inline",
    ),
    missing("isolated-without-default-route", "ec2.RouteTableAssociation", "network-isolated-1"),
    # What runs outside, or in the wrong place.
    put("function-in-vpc", "lambda.Function", "vpcConfig", GONE),
    *each_of("function-in-vpc", "lambda.Function", "vpcConfig.subnetIds", ([], GONE)),
    *each_of("function-in-vpc", "lambda.Function", "vpcConfig.securityGroupIds", ([], GONE)),
    *each_of("glue-in-vpc", "glue.Job", "connections", (GONE, [], ["of-another-stack"])),
    put("glue-in-vpc", "glue.Connection", "connectionType", "JDBC", "runtime-1"),
    put("glue-in-vpc", "glue.Connection", "physicalConnectionRequirements.subnetId", GONE, "runtime-1"),
    put("glue-in-vpc", "glue.Crawler", "s3Targets.0.connectionName", GONE),
    put("glue-in-vpc", "glue.Crawler", "icebergTargets", [{"paths": ["s3://medallion-prod-landing/quarantine/"]}]),
    put("glue-in-vpc", "glue.Crawler", "deltaTargets", [{"deltaTables": ["s3://medallion-prod-landing/delta/"]}]),
    *each_of("emr-secured", "emr.Cluster", "securityConfiguration", (GONE, "of-another-stack")),
    missing("emr-secured", "emr.SecurityConfiguration"),
    put("emr-secured", "emr.Cluster", "ec2Attributes", GONE),
    *each_of("redshift-enhanced-routing", "redshift.Cluster", "enhancedVpcRouting", (False, GONE)),
    put("redshift-enhanced-routing", "redshift.Cluster", "clusterSubnetGroupName", GONE),
    extra(
        "redshift-enhanced-routing",
        "aws:redshiftserverless/workgroup:Workgroup",
        "a serverless workgroup that goes its own way",
        {
            "enhancedVpcRouting": False,
            "publiclyAccessible": False,
            "configParameters": [{"parameterKey": "require_ssl", "parameterValue": "true"}],
        },
    ),
    into_public("workloads-in-private-subnets", "lambda.Function", "vpcConfig.subnetIds"),
    into_public(
        "workloads-in-private-subnets",
        "glue.Connection",
        "physicalConnectionRequirements.subnetId",
        "runtime-1",
        alone=True,
    ),
    into_public("workloads-in-private-subnets", "quicksight.VpcConnection", "subnetIds"),
    into_public("workloads-in-private-subnets", "redshift.SubnetGroup", "subnetIds"),
    Mutant(
        "workloads-in-private-subnets",
        "emr.Cluster.ec2Attributes.subnetId",
        "a public subnet",
        in_public,
    ),
    put("workloads-in-private-subnets", "ec2.Subnet", "mapPublicIpOnLaunch", True, "network-private-1"),
    Mutant("workloads-in-private-subnets", "ec2.Route.gatewayId", "the internet's gateway", opened),
    put("application-contained", "serverlessrepository.CloudFormationStack", "semanticVersion", GONE),
    *(
        put("application-contained", "serverlessrepository.CloudFormationStack", f"parameters.{name}", GONE)
        for name in ("SubnetIds", "SecurityGroupIds", "LambdaRole")
    ),
    put(
        "application-contained",
        "serverlessrepository.CloudFormationStack",
        "parameters.LambdaRole",
        "arn:aws:iam::123456789012:role/of-another-stack",
    ),
)
