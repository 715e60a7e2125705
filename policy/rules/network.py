"""The paths out of the VPC: routes, and the endpoints that spare them."""

from __future__ import annotations

from pulumi_policy import Severity

from ..documents import NARROWING_KEYS, reaches_everything, statements
from ..network import default_routes, is_public, on_gateway, tables_of, vpc_of
from ..rule import Finding, NotApplicableError, Verdict, must, nist, stack_rule
from ..subject import Stack, Subject
from ..tokens import REDSHIFT_SUBNETS, ROUTE_TABLE, SUBNET, VPC, VPC_ENDPOINT, VPC_ENDPOINT_POLICY

PERIMETER = nist("AC-4", "SC-7", "SC-7(4)")

# Private DNS of these takes over the names of public APIs too, which then don't answer from inside the VPC: it is
# right for private APIs only, and so the choice of whoever builds one.
EDGES = ("execute-api", "appsync-api")
# Conditions on who calls, and on whose resource it is.
WHOSE = frozenset({"aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths"})
WHO = NARROWING_KEYS - {"aws:sourcevpc", "aws:sourcevpce"}
# AWS gives these no endpoint policy.
WITHOUT_POLICY = ("appsync-api",)


@stack_rule(
    id="gateways-on-private-tables",
    title="Every private and isolated route table is on the gateway endpoints of its VPC, that of S3 above all.",
    severity=Severity.HIGH,
    controls=PERIMETER,
    types=(ROUTE_TABLE,),
    why="a table without them sends the data through NAT and the internet, or nowhere",
    remedy='VpcEndpoint(vpc_endpoint_type="Gateway", service_name=f"com.amazonaws.{region}.s3", '
    "route_table_ids=[...every private and isolated table...])",
)
def gateways_on_private_tables(table: Subject, stack: Stack) -> Verdict:
    """A table whose default route is an internet gateway belongs to public subnets, which hold no workloads."""
    if is_public(table, stack):
        raise NotApplicableError("a public table")
    here = vpc_of(table, stack)
    gateways = [each for each in stack.of(VPC_ENDPOINT) if (each.get("vpcEndpointType") or "Gateway") == "Gateway"]
    services = [str(each.get("serviceName")).rpartition(".")[2] for each in gateways if vpc_of(each, stack) == here]
    for service in dict.fromkeys(("s3", *services)):
        if not on_gateway(table, stack, service):
            yield Finding(f"no gateway endpoint of this stack for {service} is in it")


@stack_rule(
    id="isolated-without-default-route",
    title="Subnets of data stores have no default route.",
    severity=Severity.HIGH,
    controls=(*PERIMETER, *nist("SC-7(5)")),
    types=(SUBNET,),
    why="a store that can't reach the internet can't leak to it, whatever runs on it",
    remedy='SubnetSpec(type="Isolated"), or a route table without 0.0.0.0/0 and ::/0',
    settings={
        "tag": {"type": "string", "default": "SubnetType", "description": "Tag that declares a subnet isolated."},
        "value": {"type": "string", "default": "Isolated", "description": "The tag's value."},
    },
)
def isolated_without_default_route(subnet: Subject, stack: Stack) -> Verdict:
    """Isolated is what its tag declares so, and whatever a Redshift subnet group takes."""
    rule = isolated_without_default_route
    declared = subnet.tag(rule.setting(stack.config, "tag")) == rule.setting(stack.config, "value")
    if not declared and not stack.pointing(subnet, "subnetIds", REDSHIFT_SUBNETS):
        raise NotApplicableError("neither declared isolated nor a data store's")
    tables = tables_of(subnet, stack)
    if not tables:
        yield Finding("no route table is associated with it, so the VPC's main table rules")
    for table in tables:
        for holder, path in default_routes(table, stack):
            block = holder.get(f"{path}cidrBlock") or holder.get("destinationCidrBlock") or "::/0"
            yield Finding(f"its {table.short} has a default route ({block})")


@stack_rule(
    id="endpoint-policy",
    title="Endpoints admit the account or organisation only, and to its own resources.",
    severity=Severity.HIGH,
    controls=(*PERIMETER, *nist("AC-6")),
    types=(VPC_ENDPOINT, VPC_ENDPOINT_POLICY),
    why="the default policy carries data to anyone's bucket or stream with anyone's credentials, unseen by NAT rules",
    remedy='"Condition": {"StringEquals": {"aws:PrincipalAccount": account, "aws:ResourceAccount": account}}',
)
def endpoint_policy(endpoint: Subject, stack: Stack) -> Verdict:
    """A statement may also be narrow by the resources that it names, or by its principals.

    Whose resources counts as much as whose credentials: our own would carry data to a stranger's bucket.
    https://docs.aws.amazon.com/whitepapers/latest/building-a-data-perimeter-on-aws/perimeter-implementation.html
    """
    if endpoint.type == VPC_ENDPOINT:
        kind, service = endpoint.get("vpcEndpointType"), str(endpoint.get("serviceName"))
        if kind not in (None, "", "Gateway", "Interface") or service.endswith(WITHOUT_POLICY):
            raise NotApplicableError("this kind of endpoint takes no policy")
        if not endpoint.writes("policy"):
            if not stack.pointing(endpoint, "vpcEndpointId", VPC_ENDPOINT_POLICY):
                yield Finding("policy is unset, which admits everybody to everything")
            return
    for statement in statements(endpoint.get("policy")):
        everything = not statement.resources or any(map(reaches_everything, statement.resources))
        if not statement.allows or not statement.anyone or not everything:
            continue
        actions = ", ".join(statement.actions[:3])
        for keys, lacks in ((WHO, "aws:PrincipalAccount"), (WHOSE, "aws:ResourceAccount")):
            if not statement.narrowed_by(keys):
                yield Finding(
                    f'policy allows {actions} to Principal "*" on Resource "*" with no condition such as {lacks}'
                )


@stack_rule(
    id="endpoint-private-dns",
    title="Interface endpoints answer for the service's own name.",
    severity=Severity.MEDIUM,
    controls=PERIMETER,
    types=(VPC_ENDPOINT,),
    why="without private DNS every SDK still resolves the public address, and the endpoint carries nothing",
    remedy="private_dns_enabled=True, in a VPC with enable_dns_support=True and enable_dns_hostnames=True",
)
def endpoint_private_dns(endpoint: Subject, stack: Stack) -> Verdict:
    """Gateways work by route, not by name. The VPC's own switches turn private DNS off for all of them.

    https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
    """
    if endpoint.get("vpcEndpointType") != "Interface" or str(endpoint.get("serviceName")).endswith(EDGES):
        raise NotApplicableError("no interface endpoint of an AWS service, or one for private APIs")
    yield from must(endpoint, "privateDnsEnabled", lambda value: value is True, "privateDnsEnabled is {}")
    for vpc in stack.referred(endpoint, "vpcId", VPC):
        yield from must(
            vpc, "enableDnsSupport", lambda value: value is not False, f"enableDnsSupport of its {vpc.short} is {{}}"
        )
        yield from must(
            vpc, "enableDnsHostnames", lambda value: value is True, f"enableDnsHostnames of its {vpc.short} is {{}}"
        )
