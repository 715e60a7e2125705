"""Things that the public would reach, and doors that somebody left open."""

from __future__ import annotations

from typing import Any

from tests.policy.mutants.graph import GONE, Graph
from tests.policy.mutants.mutant import Mutant, each_of, extra, missing, put

BLOCK = "s3.BucketPublicAccessBlock"
OWNERSHIP = "s3.BucketOwnershipControls"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
DOOR = "vpc.SecurityGroupIngressRule"
ENTRANCE = "network-entrance-from-internet"
EMR = "emr.SecurityConfiguration"
METADATA = "configuration.InstanceMetadataServiceConfiguration"
PERMISSION = "lambda.Permission"
EMR_BLOCK = "emr.BlockPublicAccessConfiguration"


def opened(rule: str, token: str, operator: str, **props: Any) -> Mutant:
    """A rule for the functions' group."""

    def spoil(graph: Graph) -> None:
        arn = graph.value("ec2.SecurityGroup", "network-functions", "arn")
        graph.add(token, {"securityGroupId": arn.rsplit("/", 1)[-1], **props})

    return Mutant(rule, token, f"added: {operator}", spoil)


def by_default(token: str, way: str) -> Mutant:
    """A rule beside the default group that opens it again."""

    def spoil(graph: Graph) -> None:
        default = graph.value("ec2.Vpc", None, "defaultSecurityGroupId")
        graph.add(token, {"securityGroupId": default, "ipProtocol": "-1", "cidrIpv4": "10.40.0.0/16"})

    return Mutant("default-group-closed", token, f"added: {way} for the default group", spoil)


def shared_door(graph: Graph) -> None:
    """A function in the load balancer's group, which is open to the internet."""
    entrance = graph.value("ec2.SecurityGroup", "network-entrance", "arn").rsplit("/", 1)[-1]
    graph.change("lambda.Function", None, "vpcConfig.securityGroupIds", lambda held: [*held, entrance])


EXPOSURE: tuple[Mutant, ...] = (
    missing("s3-public-access-blocked", BLOCK, "landing"),
    put("s3-public-access-blocked", BLOCK, "bucket", "another-bucket", "landing"),
    *(
        put("s3-public-access-blocked", BLOCK, switch, value, "landing")
        for switch in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
        for value in (False, GONE)
    ),
    *each_of("s3-acls-off", OWNERSHIP, "rule.objectOwnership", ("ObjectWriter", "BucketOwnerPreferred"), "landing"),
    *each_of("redshift-private", "redshift.Cluster", "publiclyAccessible", (True, GONE)),
    extra(
        "redshift-private",
        "aws:redshiftserverless/workgroup:Workgroup",
        "a public serverless workgroup",
        {
            "enhancedVpcRouting": True,
            "publiclyAccessible": True,
            "configParameters": [{"parameterKey": "require_ssl", "parameterValue": "true"}],
        },
    ),
    opened("no-open-ingress", INGRESS, "SSH to all", ipProtocol="tcp", fromPort=22, toPort=22, cidrIpv4="0.0.0.0/0"),
    opened("no-open-ingress", INGRESS, "443 to all", ipProtocol="tcp", fromPort=443, toPort=443, cidrIpv4="0.0.0.0/0"),
    opened("no-open-ingress", INGRESS, "all to all, IPv6", ipProtocol="-1", cidrIpv6="::/0"),
    opened("no-open-ingress", INGRESS, "half of the internet", ipProtocol="-1", cidrIpv4="0.0.0.0/1"),
    opened(
        "no-open-ingress",
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "the older way to write it",
        type="ingress",
        protocol="tcp",
        fromPort=22,
        toPort=22,
        cidrBlocks=["0.0.0.0/0"],
    ),
    put(
        "no-open-ingress",
        "ec2.SecurityGroup",
        "ingress",
        [{"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["0.0.0.0/0"]}],
        "network-functions",
        "SSH to all, inline",
    ),
    put("no-open-ingress", DOOR, "fromPort", 80, ENTRANCE),
    put("no-open-ingress", DOOR, "ipProtocol", "-1", ENTRANCE),
    put("no-open-ingress", "lb.LoadBalancer", "internal", True),
    Mutant("no-open-ingress", "lambda.Function.vpcConfig.securityGroupIds", "the load balancer's group", shared_door),
    opened("no-open-egress", EGRESS, "all to all", ipProtocol="-1", cidrIpv4="0.0.0.0/0"),
    opened("no-open-egress", EGRESS, "all to all, IPv6", ipProtocol="-1", cidrIpv6="::/0"),
    opened("no-open-egress", EGRESS, "all ports", ipProtocol="tcp", fromPort=0, toPort=65535, cidrIpv4="0.0.0.0/0"),
    opened("no-open-egress", EGRESS, "nearly all", ipProtocol="tcp", fromPort=1, toPort=65534, cidrIpv4="0.0.0.0/0"),
    opened("no-open-egress", EGRESS, "half of the internet", ipProtocol="-1", cidrIpv4="128.0.0.0/1"),
    put(
        "no-open-egress",
        "ec2.SecurityGroup",
        "egress",
        [{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}],
        "network-functions",
        "all to all, inline",
    ),
    missing("default-group-closed", "ec2.DefaultSecurityGroup"),
    put("default-group-closed", "ec2.DefaultSecurityGroup", "ingress", [{"protocol": "-1", "self": True}]),
    put(
        "default-group-closed", "ec2.DefaultSecurityGroup", "egress", [{"protocol": "-1", "cidrBlocks": ["10.0.0.0/8"]}]
    ),
    by_default(INGRESS, "a way in"),
    by_default(EGRESS, "a way out"),
    put("function-not-public", PERMISSION, "principal", "*"),
    put("function-not-public", PERMISSION, "sourceArn", GONE),
    put("function-not-public", PERMISSION, "sourceArn", "*"),
    put("function-not-public", PERMISSION, "sourceArn", "arn:aws:elasticloadbalancing:*:*:targetgroup/*"),
    extra("function-not-public", "aws:lambda/functionUrl:FunctionUrl", "a public URL", {"authorizationType": "NONE"}),
    extra(
        "function-not-public",
        "aws:lambda/permission:Permission",
        "a bucket of whoever owns it by then",
        {"principal": "s3.amazonaws.com", "sourceArn": "arn:aws:s3:::medallion-prod-landing"},
    ),
    *each_of("emr-metadata-v2", EMR, f"{METADATA}.MinimumInstanceMetadataServiceVersion", (1, GONE)),
    put("emr-metadata-v2", EMR, METADATA, GONE),
    missing("emr-public-access-blocked", EMR_BLOCK),
    *each_of("emr-public-access-blocked", EMR_BLOCK, "blockPublicSecurityGroupRules", (False, GONE)),
    put(
        "emr-public-access-blocked",
        EMR_BLOCK,
        "permittedPublicSecurityGroupRuleRanges",
        [{"minRange": 0, "maxRange": 65535}],
    ),
)
