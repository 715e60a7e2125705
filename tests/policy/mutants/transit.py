"""Mistakes in what is encrypted on its way: Denies of plain HTTP, TLS switches and policies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.policy.mutants.graph import GONE, Graph, Many
from tests.policy.mutants.mutant import Mutant, after, each_of, extra, missing, put, turn, unknown

DENY = "policy.Statement.Sid=OnlyEncryptedTransport"
CONDITION = f"{DENY}.Condition"
BALANCER = "lb.Listener"
EMR = "emr.SecurityConfiguration"
EMR_TLS = "configuration.EncryptionConfiguration"
DOMAIN = "aws:apigateway/domainName:DomainName"
WORKGROUP = "aws:redshiftserverless/workgroup:Workgroup"


def narrowed(statement: dict[str, Any]) -> dict[str, Any]:
    """Denies plain HTTP to one address range only, since conditions are ANDed."""
    condition = {**statement["Condition"], "IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    return {**statement, "Condition": condition}


def plain_http(rule: str, kind: str, owner: str, name: str, elsewhere: str) -> Iterator[Mutant]:
    """Each way to write a Deny of plain HTTP that denies nothing, or not all of it."""
    yield missing(rule, kind, name)
    yield put(rule, kind, owner, "of-something-else", name)
    yield put(rule, kind, DENY, GONE, name, "removed")
    yield put(rule, kind, f"{DENY}.Effect", "Allow", name)
    yield put(rule, kind, f"{DENY}.Principal", {"AWS": "arn:aws:iam::123456789012:root"}, name, "for one account only")
    yield put(rule, kind, f"{DENY}.Resource", elsewhere, name, "of another resource")
    yield put(rule, kind, CONDITION, {"Bool": {"aws:SecureTransport": "true"}}, name, "turned round")
    yield put(rule, kind, CONDITION, {"StringEquals": {"aws:SecureTransport": "no"}}, name, "another operator")
    yield put(rule, kind, CONDITION, {"Null": {"aws:SecureTransport": "true"}}, name, "of a missing key")
    yield turn(rule, kind, DENY, "for one address range only", narrowed, name)
    yield unknown(rule, kind, "policy", name)


def uncovered(statement: dict[str, Any]) -> Many:
    """One Deny for reading and one for the bucket: nothing denies writing in clear."""
    return Many(({**statement, "Action": "s3:GetObject"}, {**statement, "Action": "s3:ListBucket"}))


def overwritten(graph: Graph) -> None:
    """A second policy on the same bucket, of which S3 keeps the one that came last."""
    bucket = graph.value("s3.Bucket", "refined", "bucket")
    policy = {"Version": "2012-10-17", "Statement": []}
    graph.add("aws:s3/bucketPolicy:BucketPolicy", {"bucket": bucket, "policy": policy})


def listener(mutant: Mutant) -> Mutant:
    """A mutant beside a second listener that redirects plain HTTP to HTTPS, as it should."""
    redirect = {"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}}
    arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/plain"

    def plain(graph: Graph) -> None:
        balancer = graph.value("lb.LoadBalancer", None, "arn")
        graph.change("lb.LoadBalancer", None, "internal", lambda _: True)
        props = {"arn": arn, "protocol": "HTTP", "loadBalancerArn": balancer, "defaultActions": [redirect]}
        graph.add("aws:lb/listener:Listener", props)

    return after(plain, mutant)


TRANSIT: tuple[Mutant, ...] = (
    *plain_http("s3-tls-only", "s3.BucketPolicy", "bucket", "refined", "arn:aws:s3:::another/*"),
    turn("s3-tls-only", "s3.BucketPolicy", DENY, "split by actions", uncovered, "refined"),
    turn("s3-tls-only", "s3.BucketPolicy", f"{DENY}.Resource", "the bucket alone", lambda arns: arns[:1], "refined"),
    turn("s3-tls-only", "s3.BucketPolicy", f"{DENY}.Resource", "the objects alone", lambda arns: arns[1:], "refined"),
    turn(
        "s3-tls-only",
        "s3.BucketPolicy",
        f"{DENY}.Resource",
        "one prefix of the objects",
        lambda arns: [arns[0], f"{arns[0]}/public/*"],
        "refined",
    ),
    put("s3-tls-only", "s3.BucketPolicy", f"{DENY}.Action", "s3:GetObject", "refined"),
    Mutant("s3-tls-only", "s3.BucketPolicy", "a second policy for the bucket", overwritten),
    *plain_http("sqs-tls-only", "sqs.QueuePolicy", "queueUrl", "landing-files", "arn:aws:sqs:eu-west-1:1:another"),
    put("sqs-tls-only", "sqs.QueuePolicy", f"{DENY}.Action", "sqs:ReceiveMessage", "landing-files"),
    *plain_http("sns-tls-only", "sns.TopicPolicy", "arn", "alerting", "arn:aws:sns:eu-west-1:1:another"),
    put("sns-tls-only", "sns.TopicPolicy", f"{DENY}.Action", "sns:Subscribe", "alerting"),
    *each_of("redshift-tls-only", "redshift.Cluster", "clusterParameterGroupName", (GONE, "default.redshift-1.0")),
    *each_of("redshift-tls-only", "redshift.ParameterGroup", "parameters.name=require_ssl.value", ("false", GONE)),
    put("redshift-tls-only", "redshift.ParameterGroup", "parameters.name=require_ssl", GONE),
    extra("redshift-tls-only", WORKGROUP, "a serverless workgroup that takes clear text", {"configParameters": []}),
    *each_of("emr-tls", EMR, f"{EMR_TLS}.EnableInTransitEncryption", (False, GONE)),
    put("emr-tls", EMR, f"{EMR_TLS}.InTransitEncryptionConfiguration", GONE),
    put("emr-tls", EMR, f"{EMR_TLS}.InTransitEncryptionConfiguration.TLSCertificateConfiguration", {}),
    unknown("emr-tls", EMR, "configuration"),
    put("api-tls", "apigateway.RestApi", "securityPolicy", "TLS_1_0"),
    extra("api-tls", DOMAIN, "a domain that chooses no version", {"domainName": "api.example.com"}),
    extra("api-tls", DOMAIN, "a domain that takes TLS 1.0", {"securityPolicy": "TLS_1_0"}),
    *each_of(
        "lb-tls", BALANCER, "sslPolicy", (GONE, "ELBSecurityPolicy-2016-08", "ELBSecurityPolicy-TLS13-1-1-2021-06")
    ),
    put("lb-tls", BALANCER, "protocol", "HTTP"),
    put("lb-tls", BALANCER, "protocol", "TCP"),
    listener(
        extra(
            "lb-tls",
            "aws:lb/listenerRule:ListenerRule",
            "a rule that forwards plain HTTP",
            {
                "listenerArn": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/plain",
                "actions": [{"type": "forward"}],
            },
        )
    ),
)
