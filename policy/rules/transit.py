"""Data in transit is encrypted, and whatever comes in clear is refused."""

from __future__ import annotations

import json

from pulumi_policy import Severity

from ..documents import denies_plain_http, statements
from ..rule import Finding, Verdict, cis, fsbp, must, nist, resource_rule, shown, stack_rule
from ..subject import Stack, Subject
from ..tokens import (
    API_DOMAIN,
    API_REST,
    BUCKET,
    BUCKET_POLICY,
    EMR_SECURITY,
    QUEUE,
    QUEUE_POLICY,
    REDSHIFT_CLUSTER,
    REDSHIFT_PARAMETERS,
)
from .encryption import emr_encryption

IN_TRANSIT = nist("SC-8", "SC-8(1)", "SC-13")
MODERN_TLS = ("TLS_1_2", "SecurityPolicy_TLS12", "SecurityPolicy_TLS13")


@stack_rule(
    id="s3-tls-only",
    title="Every bucket refuses requests without TLS.",
    severity=Severity.HIGH,
    controls=(*fsbp("S3.5"), *cis("2.1.1"), *IN_TRANSIT),
    types=(BUCKET,),
    why="S3 answers plain HTTP too, and a request in clear shows the data to the network between",
    remedy='{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [arn, f"{arn}/*"], '
    '"Condition": {"Bool": {"aws:SecureTransport": "false"}}}',
)
def s3_tls_only(bucket: Subject, stack: Stack) -> Verdict:
    """The Deny must name both the bucket and its objects."""
    policies = stack.pointing(bucket, "bucket", BUCKET_POLICY)
    documents = [policy.get("policy") for policy in policies]
    if bucket.writes("policy"):
        documents.append(bucket.get("policy"))
    if not documents:
        yield Finding("it has no bucket policy")
        return
    denying = [
        statement
        for document in documents
        for statement in statements(document)
        if denies_plain_http((statement,), "s3")
    ]
    resources = {resource for statement in denying for resource in statement.resources}
    if not denying:
        yield Finding("its policy has no Deny for aws:SecureTransport false on s3:* to everybody")
    elif not any(resource == "*" or resource.endswith("/*") for resource in resources):
        yield Finding(f"its Deny for plain HTTP names {shown(sorted(resources))}, which leaves out the objects")
    elif not any(not resource.endswith("/*") for resource in resources):
        yield Finding(f"its Deny for plain HTTP names {shown(sorted(resources))}, which leaves out the bucket itself")


@stack_rule(
    id="sqs-tls-only",
    title="Every queue refuses requests without TLS.",
    severity=Severity.HIGH,
    controls=IN_TRANSIT,
    types=(QUEUE,),
    why="SQS answers plain HTTP too, and messages name what arrived and where",
    remedy='{"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": queue.arn, '
    '"Condition": {"Bool": {"aws:SecureTransport": "false"}}}',
)
def sqs_tls_only(queue: Subject, stack: Stack) -> Verdict:
    """The policy may be the queue's own property or a resource beside it."""
    documents = [policy.get("policy") for policy in stack.pointing(queue, "queueUrl", QUEUE_POLICY)]
    if not documents and queue.writes("policy"):
        documents.append(queue.get("policy"))
    if not documents:
        yield Finding("it has no queue policy")
    elif not denies_plain_http(tuple(each for document in documents for each in statements(document)), "sqs"):
        yield Finding("its policy has no Deny for aws:SecureTransport false on sqs:* to everybody")


@stack_rule(
    id="redshift-tls-only",
    title="Redshift clusters refuse connections without TLS.",
    severity=Severity.HIGH,
    controls=(*fsbp("Redshift.2"), *IN_TRANSIT),
    types=(REDSHIFT_CLUSTER,),
    why="the default parameter group lets clients send passwords and rows in clear",
    remedy='ParameterGroup(parameters=[{"name": "require_ssl", "value": "true"}]) and '
    "cluster_parameter_group_name=group.name",
)
def redshift_tls_only(cluster: Subject, stack: Stack) -> Verdict:
    """The cluster's own group is read; a group from elsewhere can't be."""
    if not cluster.writes("clusterParameterGroupName"):
        yield Finding("clusterParameterGroupName is unset, so the default group rules")
        return
    groups = stack.referred(cluster, "clusterParameterGroupName", REDSHIFT_PARAMETERS)
    if not groups:
        name = shown(cluster.get("clusterParameterGroupName"))
        yield Finding(f"clusterParameterGroupName is {name}, which is no parameter group of this stack")
    for group in groups:
        values = {each.get("name"): str(each.get("value")).lower() for each in group.many("parameters")}
        if values.get("require_ssl") != "true":
            yield Finding(f"require_ssl of its {group.short} is {shown(values.get('require_ssl'))}")


@resource_rule(
    id="emr-tls",
    title="EMR security configurations encrypt traffic between nodes.",
    severity=Severity.HIGH,
    controls=(*fsbp("EMR.4"), *IN_TRANSIT),
    types=(EMR_SECURITY,),
    why="shuffles carry whole tables between nodes",
    remedy="EnableInTransitEncryption true; InTransitEncryptionConfiguration {TLSCertificateConfiguration "
    '{CertificateProviderType "PEM", S3Object "s3://..."}}',
)
def emr_tls(security: Subject) -> Verdict:
    """The switch and the certificates, without which the cluster doesn't start."""
    encryption = emr_encryption(security)
    if encryption.get("EnableInTransitEncryption") is not True:
        yield Finding(f"EnableInTransitEncryption is {shown(encryption.get('EnableInTransitEncryption'))}")
    elif not (encryption.get("InTransitEncryptionConfiguration") or {}).get("TLSCertificateConfiguration"):
        yield Finding("InTransitEncryptionConfiguration.TLSCertificateConfiguration is unset")


@resource_rule(
    id="api-tls",
    title="API Gateway speaks TLS 1.2 or newer on its own domains, and nothing older where an API chooses.",
    severity=Severity.MEDIUM,
    controls=IN_TRANSIT,
    types=(API_DOMAIN, API_REST),
    why="TLS 1.0 and 1.1 have known breaks, and edge-optimised domains still default to 1.0",
    remedy='security_policy="TLS_1_2"',
)
def api_tls(api: Subject) -> Verdict:
    """A domain must choose; an API's default endpoint is judged where it chooses."""
    yield from must(
        api,
        "securityPolicy",
        lambda value: str(value).startswith(MODERN_TLS) if value else api.type == API_REST,
        "securityPolicy is {}",
    )


@resource_rule(
    id="api-authorized",
    title="Every operation of a REST API asks who calls.",
    severity=Severity.HIGH,
    controls=nist("AC-3", "IA-2"),
    types=(API_REST,),
    why="an operation without authorization answers anyone on the internet",
    remedy='"security": [{"sigv4": []}], the scheme sigv4 being x-amazon-apigateway-authtype awsSigv4',
)
def api_authorized(api: Subject) -> Verdict:
    """Reads the OpenAPI body; CORS preflights carry no credentials by design."""
    text = api.get("body")
    document = json.loads(text) if isinstance(text, str) and text else {}
    for path, operations in document.get("paths", {}).items():
        for method, operation in operations.items():
            if method.lower() in ("options", "parameters") or not isinstance(operation, dict):
                continue
            guarded = operation.get("security", document.get("security")) or operation.get("x-amazon-apigateway-auth")
            if not guarded:
                yield Finding(f"{method.upper()} {path} has no security requirement")
