"""The paths out of the VPC: routes, and the endpoints that spare them."""

from __future__ import annotations

from pulumi_policy import Severity

from ..documents import NARROWING_KEYS, reaches_everything, statements
from ..network import default_routes, is_public, on_gateway, tables_of
from ..rule import Finding, NotApplicableError, Verdict, must, nist, resource_rule, stack_rule
from ..subject import Stack, Subject
from ..tokens import REDSHIFT_SUBNETS, ROUTE_TABLE, SUBNET, VPC_ENDPOINT

PERIMETER = nist("AC-4", "SC-7", "SC-7(4)")

# Private DNS of these takes over the names of public APIs too, which then don't answer from inside the VPC: it is
# right for private APIs only, and so the choice of whoever builds one.
EDGES = ("execute-api", "appsync-api")
# AWS gives these no endpoint policy.
WITHOUT_POLICY = ("appsync-api",)


@stack_rule(
    id="s3-gateway-on-private-tables",
    title="Every private and isolated route table sends S3 traffic to the gateway endpoint.",
    severity=Severity.HIGH,
    controls=PERIMETER,
    types=(ROUTE_TABLE,),
    why="a table without it sends the data through NAT and the internet, or nowhere",
    remedy='VpcEndpoint(vpc_endpoint_type="Gateway", service_name=f"com.amazonaws.{region}.s3", '
    "route_table_ids=[...every private and isolated table...])",
)
def s3_gateway_on_private_tables(table: Subject, stack: Stack) -> Verdict:
    """A table whose default route is an internet gateway belongs to public subnets, which hold no workloads."""
    if is_public(table, stack):
        raise NotApplicableError("a public table")
    if not on_gateway(table, stack, "s3"):
        yield Finding("no S3 gateway endpoint of this stack is in it")


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


@resource_rule(
    id="endpoint-policy",
    title="Endpoints admit the account or organisation only.",
    severity=Severity.HIGH,
    controls=(*PERIMETER, *nist("AC-6")),
    types=(VPC_ENDPOINT,),
    why="the default policy carries data to anyone's bucket or stream with anyone's credentials, unseen by NAT rules",
    remedy='"Principal": "*", ..., "Condition": {"StringEquals": {"aws:PrincipalAccount": account}}',
)
def endpoint_policy(endpoint: Subject) -> Verdict:
    """A statement may also be narrow by the resources that it names."""
    service = str(endpoint.get("serviceName"))
    if endpoint.get("vpcEndpointType") not in (None, "", "Gateway", "Interface") or service.endswith(WITHOUT_POLICY):
        raise NotApplicableError("this kind of endpoint takes no policy")
    if not endpoint.writes("policy"):
        yield Finding("policy is unset, which admits everybody to everything")
        return
    keys = NARROWING_KEYS | {"aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths"}
    for statement in statements(endpoint.get("policy")):
        everything = not statement.resources or any(map(reaches_everything, statement.resources))
        if statement.allows and statement.anyone and everything and not statement.narrowed_by(keys):
            actions = ", ".join(statement.actions[:3])
            yield Finding(f'policy allows {actions} to Principal "*" on Resource "*" with no condition on the account')


@resource_rule(
    id="endpoint-private-dns",
    title="Interface endpoints answer for the service's own name.",
    severity=Severity.MEDIUM,
    controls=PERIMETER,
    types=(VPC_ENDPOINT,),
    why="without private DNS every SDK still resolves the public address, and the endpoint carries nothing",
    remedy="private_dns_enabled=True",
)
def endpoint_private_dns(endpoint: Subject) -> Verdict:
    """Gateways work by route, not by name."""
    if endpoint.get("vpcEndpointType") != "Interface" or str(endpoint.get("serviceName")).endswith(EDGES):
        raise NotApplicableError("no interface endpoint of an AWS service, or one for private APIs")
    yield from must(endpoint, "privateDnsEnabled", lambda value: value is True, "privateDnsEnabled is {}")
