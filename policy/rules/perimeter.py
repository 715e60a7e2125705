"""The perimeter, closed: what runs in the subnets reaches AWS by endpoints, and buckets answer to those only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from pulumi_policy import Severity
from pulumi_policy.proxy import UnknownValueError

from ..calls import GATEWAYS, WORKLOADS, Workload, called, endpoint_names, grants, workload
from ..documents import ACCOUNT_ID, Statement, statements
from ..network import Way, egress_of, endpoints_of, ingress_of, on_gateway, stays_private, tables_of, vpc_of
from ..rule import Finding, NotApplicableError, Verdict, fsbp, nist, shown, stack_rule
from ..subject import Stack, Subject
from ..tokens import BUCKET, BUCKET_POLICY, IAM_ROLE, LAKE_RESOURCE, REDSHIFT_CLUSTER, SECURITY_GROUP, SUBNET
from .network import PERIMETER

EXEMPT_SERVICES = ("aws:PrincipalIsAWSService", "aws:ViaAWSService")
# The conditions of the Deny, and the operators by which each spares those only whom it should. Conditions are ANDed, so
# that any other makes the Deny deny less: Null on aws:SourceVpce, for one, spares whoever comes over the internet.
UNEQUAL = frozenset(
    f"{kind}{suffix}"
    for kind in ("stringnotequals", "stringnotlike", "arnnotequals", "arnnotlike")
    for suffix in ("", "ifexists")
)
SPARING = {
    "aws:sourcevpce": frozenset({"stringnotequals", "stringnotequalsifexists"}),
    "aws:principalarn": UNEQUAL,
    # Who signs nothing carries neither key: without IfExists the Deny would spare him.
    **{key.lower(): frozenset({"boolifexists"}) for key in EXEMPT_SERVICES},
}
ACCESS_POINTS = "s3:dataaccesspointaccount"
ENDPOINT_ID = re.compile(r"vpce-[0-9a-z]+")
# A principal of one account, or a pattern of its names that begins or ends with one's own words.
NAMED_PRINCIPAL = re.compile(r"arn:[^:*?]+:(iam|sts)::\d{12}:[^:*?/]+/(.*/)?[^/]*[^*?/]{2}[^/]*")
LINKED_ROLE = "AWSServiceRoleForLakeFormationDataAccess"


@stack_rule(
    id="endpoints-closed",
    title="Each service that code in the subnets calls has an endpoint there, with private DNS, that admits it.",
    severity=Severity.HIGH,
    controls=(*fsbp("EC2.10"), *PERIMETER),
    types=WORKLOADS,
    why="a call without an endpoint leaves by NAT over the internet, or hangs where there is no NAT",
    remedy='VpcEndpoint(vpc_endpoint_type="Interface", service_name=f"com.amazonaws.{region}.SERVICE", '
    "private_dns_enabled=True, subnet_ids=[...], security_group_ids=[...]), or drop the permission",
)
def endpoints_closed(subject: Subject, stack: Stack) -> Verdict:
    """Derived from the roles' policies, less the calls that AWS makes on its own side (see calls.py).

    Where the subnets are another stack's, its endpoints aren't seen here: then nothing may get out to public addresses.
    """
    work = workload(subject, stack)
    if work is None:
        raise NotApplicableError("it doesn't run in a VPC")
    for item in called(work, stack):
        if not isinstance(item, tuple):
            yield item
            continue
        service, action = item
        names = endpoint_names(service)
        if names is None:
            yield Finding(f"its role allows {action}, and no endpoint is known for {service}")
        try:
            if service in GATEWAYS:
                yield from _routes(work, service, action, stack)
            for name in names or ():
                yield from _serves(work, name, action, stack)
        except UnknownValueError as error:
            yield error


def _routes(work: Workload, service: str, action: str, stack: Stack) -> Verdict:
    """Gateways are reached by the route tables of the workload's subnets, and by prefix list through its groups."""
    if not work.subnets:
        if not stays_private(work.groups, stack):
            yield Finding(f"its role allows {action}, but no gateway endpoint for {service} is known where it runs")
        return
    for subnet in work.subnets:
        tables = tables_of(subnet, stack)
        if not tables:
            yield Finding(f"its role allows {action}, but its {subnet.short} has no route table of this stack")
        for table in tables:
            if not on_gateway(table, stack, service):
                yield Finding(
                    f"its role allows {action}, but its {table.short} is on no gateway endpoint for {service}"
                )
    gateways = [each for each in endpoints_of(stack, service, "Gateway") if each.known("prefixListId")]
    lists = {str(each.get("prefixListId")) for each in gateways if each.get("prefixListId")}
    if work.groups and not any(way.takes_https() and way.reaches_public(lists) for way in _out(work, stack)):
        yield Finding(f"its role allows {action}, but none of its security groups lets it out to {service} on 443")


def _serves(work: Workload, name: str, action: str, stack: Stack) -> Verdict:
    here = {vpc_of(subnet, stack) for subnet in work.subnets}
    endpoints = [each for each in endpoints_of(stack, name, "Interface") if not here or vpc_of(each, stack) in here]
    if not endpoints:
        if not work.subnets and stays_private(work.groups, stack):
            return
        yield Finding(
            f"its role allows {action}, but no interface endpoint for {name} is in its VPC",
            f'VpcEndpoint(vpc_endpoint_type="Interface", service_name=f"com.amazonaws.{{region}}.{name}", '
            "private_dns_enabled=True, subnet_ids=[...], security_group_ids=[...]), or drop the permission",
        )
        return
    if not any(endpoint.get("privateDnsEnabled") is True for endpoint in endpoints):
        yield Finding(f"its role allows {action}, but the endpoint for {name} has no private DNS")
    if not any(endpoint.writes("subnetIds") for endpoint in endpoints):
        yield Finding(f"its role allows {action}, but the endpoint for {name} is in no subnet")
    if not any(_admits(endpoint, work, stack) for endpoint in endpoints):
        yield Finding(f"its role allows {action}, but no security group of the endpoint for {name} admits it on 443")
    if work.groups and not any(_let_out(endpoint, work, stack) for endpoint in endpoints):
        yield Finding(f"its role allows {action}, but none of its security groups lets it out to {name} on 443")


def _admits(endpoint: Subject, work: Workload, stack: Stack) -> bool:
    blocks = [str(subnet.get("cidrBlock")) for subnet in work.subnets]
    return any(
        way.takes_https() and way.admits(work.groups, blocks)
        for group in _groups_of(endpoint, stack)
        for way in ingress_of(group, stack)
    )


def _let_out(endpoint: Subject, work: Workload, stack: Stack) -> bool:
    groups = _groups_of(endpoint, stack)
    subnets = stack.referred(endpoint, "subnetIds", SUBNET) if endpoint.writes("subnetIds") else []
    blocks = [str(subnet.get("cidrBlock")) for subnet in subnets]
    return any(way.takes_https() and way.admits(groups, blocks) for way in _out(work, stack))


def _out(work: Workload, stack: Stack) -> Iterator[Way]:
    for group in work.groups:
        yield from egress_of(group, stack)


def _groups_of(endpoint: Subject, stack: Stack) -> list[Subject]:
    return stack.referred(endpoint, "securityGroupIds", SECURITY_GROUP) if endpoint.writes("securityGroupIds") else []


@stack_rule(
    id="s3-perimeter",
    title="Every bucket refuses whoever comes neither over this stack's S3 endpoints nor by an AWS service.",
    severity=Severity.HIGH,
    controls=(*PERIMETER, *nist("AC-3")),
    types=(BUCKET,),
    why="keys that leak work from anywhere in the world, unless the bucket itself asks which way they came",
    remedy='one Deny on s3:* for "*" with StringNotEqualsIfExists {"aws:SourceVpce": [endpoint.id]}, BoolIfExists '
    '{"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"} and ArnNotLikeIfExists {"aws:PrincipalArn": '
    "[the roles that act from outside]}",
)
def s3_perimeter(bucket: Subject, stack: Stack) -> Verdict:
    """Conditions of one statement are ANDed, those of several Denies are not: the exceptions belong in the same.

    In a network of another stack's the endpoint is not seen here, but must be named all the same.
    """
    endpoints = [*endpoints_of(stack, "s3", "Gateway"), *endpoints_of(stack, "s3", "Interface")]
    if not endpoints and not any(workload(each, stack) for each in stack.of(*WORKLOADS)):
        raise NotApplicableError("the stack has no S3 endpoint, and nothing of it runs in a VPC")
    policies = stack.pointing(bucket, "bucket", BUCKET_POLICY)
    if not policies:
        yield Finding("it has no policy that asks for aws:SourceVpce")
    for policy in policies:
        guarding = [
            statement
            for statement in statements(policy.get("policy"))
            if statement.effect == "Deny" and any(True for _ in statement.condition("aws:SourceVpce"))
        ]
        if not guarding:
            yield Finding("no Deny of its policy asks for aws:SourceVpce")
        for statement in guarding:
            yield from _guards(statement, str(bucket.get("bucket")), endpoints)
            yield from _admits_from_outside(statement, bucket, stack)


def _guards(statement: Statement, bucket: str, endpoints: list[Subject]) -> Verdict:
    named = {
        value
        for operator, values in statement.condition("aws:SourceVpce")
        if operator in SPARING["aws:sourcevpce"]
        for value in values
    }
    ours = {handle for endpoint in endpoints for handle in endpoint.handles() if handle.startswith("vpce-")}
    resources = shown(list(statement.resources))
    if not statement.anyone or not statement.covers("s3"):
        yield Finding('its Deny on aws:SourceVpce is not for s3:* and Principal "*"')
    if not statement.covers_objects(bucket):
        yield Finding(f"its Deny on aws:SourceVpce names {resources}, which leaves out the objects")
    if not statement.covers_bucket(bucket):
        yield Finding(f"its Deny on aws:SourceVpce names {resources}, which leaves out the bucket itself")
    if not named:
        yield Finding("its Deny on aws:SourceVpce is no StringNotEquals, so it denies nobody from outside")
    elif not endpoints and not all(ENDPOINT_ID.fullmatch(value) for value in named):
        yield Finding(f"its Deny names {shown(sorted(named))}, which is no endpoint")
    elif endpoints and named != ours:
        yield Finding(f"its Deny names endpoints {shown(sorted(named))}, while this stack's are {shown(sorted(ours))}")
    for key in EXEMPT_SERVICES:
        operators = SPARING[key.lower()]
        if not any(op in operators and values == ("false",) for op, values in statement.condition(key)):
            yield Finding(f"its Deny doesn't except {key} in the same statement, which locks AWS's own delivery out")
    yield from _loosened(statement)


def _loosened(statement: Statement) -> Verdict:
    """Whatever else the Deny spares; access points of accounts that it names may be left to those accounts."""
    for operator, key, values in statement.conditions:
        accounts = "not" in operator and all(ACCOUNT_ID.fullmatch(value) for value in values)
        if key == ACCESS_POINTS and accounts:
            continue
        if key not in SPARING:
            yield Finding(f"its Deny asks for {key} {shown(list(values))} too, and so lets others in")
        elif operator not in SPARING[key]:
            yield Finding(f"its Deny asks for {key} {shown(list(values))} by {operator}, and so lets others in")
        elif key == "aws:principalarn":
            for value in values:
                if not NAMED_PRINCIPAL.fullmatch(value):
                    yield Finding(f'its Deny excepts the principals "{value}", which is everybody')


def _admits_from_outside(statement: Statement, bucket: Subject, stack: Stack) -> Verdict:
    """Lake Formation and Spectrum read with roles of ours from AWS's own network, over no endpoint."""
    excepted = [value for operator, values in statement.condition("aws:PrincipalArn") for value in values]
    for arn, whose in outsiders(bucket, stack):
        if not any(fnmatchcase(arn, pattern) for pattern in excepted):
            yield Finding(f"its Deny doesn't except {arn} in the same statement, with which {whose} reads it")


def outsiders(bucket: Subject, stack: Stack) -> Iterator[tuple[str, str]]:
    """The roles with which AWS reads a bucket from outside the VPC, and which service does.

    https://docs.aws.amazon.com/lake-formation/latest/dg/registration-role.html
    https://docs.aws.amazon.com/redshift/latest/dg/c-spectrum-iam-policies.html
    """
    name = str(bucket.get("bucket"))
    for location in stack.of(LAKE_RESOURCE):
        if str(location.get("arn")).rpartition(":::")[2].partition("/")[0] == name:
            linked = location.get("useServiceLinkedRole") is True
            yield LINKED_ROLE if linked else str(location.get("roleArn")), "Lake Formation"
    for cluster in stack.of(REDSHIFT_CLUSTER):
        for role in stack.referred(cluster, "iamRoles", IAM_ROLE) if cluster.writes("iamRoles") else []:
            held = [each for each in grants(role, stack) if isinstance(each, Statement)]
            external = any(action.lower().startswith("glue:get") for each in held for action in each.actions)
            if external and any(_reads(each, name) for each in held):
                yield str(role.get("arn")), "Redshift Spectrum"


def _reads(statement: Statement, bucket: str) -> bool:
    """Whether a role may read something of a bucket."""
    reading = any(fnmatchcase("s3:getobject", action.lower()) for action in statement.actions)
    held = (resource.rpartition(":::")[2].partition("/")[0] for resource in statement.resources)
    return reading and any(fnmatchcase(bucket, each) for each in held)
