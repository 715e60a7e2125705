"""Data in transit is encrypted, and whatever comes in clear is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pulumi_policy import Severity

from ..documents import denying_plain_http, statements
from ..rule import Finding, NotApplicableError, Verdict, cis, fsbp, must, nist, resource_rule, shown, stack_rule
from ..subject import Stack, Subject, short_type
from ..tokens import (
    API_DOMAIN,
    API_METHOD,
    API_REST,
    API_ROUTE,
    BUCKET,
    BUCKET_POLICY,
    EMR_SECURITY,
    QUEUE,
    QUEUE_POLICY,
    REDSHIFT_CLUSTER,
    REDSHIFT_PARAMETERS,
    REDSHIFT_WORKGROUP,
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
    """The Deny must name both the bucket and its objects. Where two policies name a bucket, S3 keeps the last one."""
    documents = [policy.get("policy") for policy in stack.pointing(bucket, "bucket", BUCKET_POLICY)]
    if bucket.writes("policy"):
        documents.append(bucket.get("policy"))
    if not documents:
        yield Finding("it has no bucket policy")
    name = str(bucket.get("bucket"))
    for document in documents:
        denying = denying_plain_http(statements(document), "s3")
        resources = shown(sorted({resource for statement in denying for resource in statement.resources}))
        if not denying:
            yield Finding("its policy has no Deny for aws:SecureTransport false on s3:* to everybody")
        elif not any(statement.covers_objects(name) for statement in denying):
            yield Finding(f"its Deny for plain HTTP names {resources}, which leaves out the objects")
        elif not any(statement.covers_bucket(name) for statement in denying):
            yield Finding(f"its Deny for plain HTTP names {resources}, which leaves out the bucket itself")


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
    yield from refuses_plain_http(queue, documents, "sqs")


def refuses_plain_http(holder: Subject, documents: list[Any], service: str, *actions: str) -> Verdict:
    """What is found where not every policy of a queue or topic denies plain HTTP on it; see `denying_plain_http`."""
    if not documents and holder.writes("policy"):
        documents = [holder.get("policy")]
    if not documents:
        yield Finding(f"it has no {short_type(holder.type).lower()} policy")
    for document in documents:
        denying = denying_plain_http(statements(document), service, *actions)
        named = {resource for statement in denying for resource in statement.resources}
        if not denying:
            spoken = "sns:Publish" if actions else f"{service}:*"
            yield Finding(f"its policy has no Deny for aws:SecureTransport false on {spoken} to everybody")
        elif "*" not in named and not {each.rpartition(":")[2] for each in named} & holder.handles():
            yield Finding(f"its Deny for plain HTTP is for {shown(sorted(named))} only")


@stack_rule(
    id="redshift-tls-only",
    title="Redshift clusters refuse connections without TLS.",
    severity=Severity.HIGH,
    controls=(*fsbp("Redshift.2"), *IN_TRANSIT),
    types=(REDSHIFT_CLUSTER, REDSHIFT_WORKGROUP),
    why="the default parameter group lets clients send passwords and rows in clear",
    remedy='ParameterGroup(parameters=[{"name": "require_ssl", "value": "true"}]) and '
    "cluster_parameter_group_name=group.name",
)
def redshift_tls_only(cluster: Subject, stack: Stack) -> Verdict:
    """The cluster's own group is read; a group from elsewhere can't be. A serverless workgroup says it itself."""
    if cluster.type == REDSHIFT_WORKGROUP:
        values = {each.get("parameterKey"): each.get("parameterValue") for each in cluster.many("configParameters")}
        if values.get("require_ssl") != "true":
            yield Finding(f"require_ssl is {shown(values.get('require_ssl'))}")
        return
    if not cluster.writes("clusterParameterGroupName"):
        yield Finding("clusterParameterGroupName is unset, so the default group rules")
        return
    groups = stack.referred(cluster, "clusterParameterGroupName", REDSHIFT_PARAMETERS)
    if not groups:
        name = shown(cluster.get("clusterParameterGroupName"))
        yield Finding(f"clusterParameterGroupName is {name}, which is no parameter group of this stack")
    for group in groups:
        value = parameter(group, "require_ssl")
        if value != "true":
            yield Finding(f"require_ssl of its {group.short} is {shown(value)}")


def parameter(group: Subject, name: str) -> str | None:
    """The value of a Redshift parameter, in lower case; None where the group doesn't set it."""
    values = {each.get("name"): each.get("value") for each in group.many("parameters")}
    return None if values.get(name) is None else str(values[name]).lower()


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
    title="Every operation of an API asks who calls.",
    severity=Severity.HIGH,
    controls=(*fsbp("APIGateway.8"), *nist("AC-3", "IA-2")),
    types=(API_REST, API_METHOD, API_ROUTE),
    why="an operation without authorization answers anyone on the internet",
    remedy='"security": [{"sigv4": []}], the scheme sigv4 being x-amazon-apigateway-authtype awsSigv4',
)
def api_authorized(api: Subject) -> Verdict:
    """Operations stand in the OpenAPI body or by themselves; CORS preflights carry no credentials by design.

    API Gateway takes all the schemes of an operation together, be they written as alternatives or not.
    """
    if api.type != API_REST:
        path = "authorization" if api.type == API_METHOD else "authorizationType"
        if str(api.get("httpMethod") or api.get("routeKey")).upper().startswith("OPTIONS"):
            raise NotApplicableError("a preflight")
        yield from must(api, path, lambda kind: kind not in (None, "", "NONE"), f"{path} is {{}}", f'{path}="AWS_IAM"')
        return
    text = api.get("body")
    document = json.loads(text) if isinstance(text, str) and text else {}
    schemes = document.get("components", {}).get("securitySchemes") or document.get("securityDefinitions") or {}
    for path, operations in document.get("paths", {}).items():
        for method, operation in operations.items():
            if method.lower() in ("options", "parameters") or not isinstance(operation, dict):
                continue
            ways = operation.get("security", document.get("security")) or []
            if not ways and (operation.get("x-amazon-apigateway-auth") or {}).get("type", "NONE") == "NONE":
                yield Finding(f"{method.upper()} {path} has no security requirement")
            elif ways and not any(_identifies(schemes.get(name)) for way in ways for name in way):
                asked = ", ".join(dict.fromkeys(name for way in ways for name in way)) or "nothing"
                yield Finding(f"{method.upper()} {path} asks for {asked} only, which says of nobody who he is")


def _identifies(scheme: Mapping[str, Any] | None) -> bool:
    """Whether a security scheme finds out who calls; an API key by itself is counted, not known."""
    scheme = scheme or {}
    by_gateway = {"x-amazon-apigateway-authtype", "x-amazon-apigateway-authorizer"} & scheme.keys()
    return bool(by_gateway) or scheme.get("type") in ("oauth2", "openIdConnect", "http")
