"""Where data leaves the lake: dashboards, the portal, exchange, and templates that make more than Pulumi shows."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from pulumi_policy import Severity

from ..calls import workload
from ..rule import Finding, NotApplicableError, Verdict, must, nist, resource_rule, shown, stack_rule
from ..subject import Stack, Subject
from ..templates import Made, macros, resources
from ..tokens import (
    CLOUDFORMATION_STACK,
    DATA_EXCHANGE_ACTION,
    DATAZONE_DOMAIN,
    QUICKSIGHT_DATA_SET,
    QUICKSIGHT_KEY,
    QUICKSIGHT_SOURCE,
    SERVERLESS_APPLICATION,
)
from .encryption import AT_REST, WITHDRAWN, customer_managed
from .network import PERIMETER
from .transit import IN_TRANSIT

# QuickSight reaches these by AWS's own APIs; all others by the network.
BY_API = ("ATHENA", "S3", "S3_TABLES", "TIMESTREAM", "AWS_IOT_ANALYTICS")


@resource_rule(
    id="datazone-customer-key",
    title="DataZone domains are encrypted with a customer-managed key.",
    severity=Severity.MEDIUM,
    controls=AT_REST,
    types=(DATAZONE_DOMAIN,),
    why=f"the portal repeats what every table and column is, and who asked for it; {WITHDRAWN}",
    remedy="kms_key_identifier=key.arn",
)
def datazone_customer_key(domain: Subject) -> Verdict:
    """It can't be changed once the domain is there."""
    yield from must(domain, "kmsKeyIdentifier", customer_managed, "kmsKeyIdentifier is {}")


@resource_rule(
    id="dataexchange-customer-key",
    title="What Data Exchange exports is encrypted with a customer-managed key.",
    severity=Severity.HIGH,
    controls=AT_REST,
    types=(DATA_EXCHANGE_ACTION,),
    why="an export says by itself how its objects are encrypted, whatever the bucket's default",
    remedy='"encryption": {"type": "aws:kms", "kms_key_arn": key.arn}',
)
def dataexchange_customer_key(action: Subject) -> Verdict:
    """Type and key are two properties."""
    encryption = "action.exportRevisionToS3.encryption"
    yield from must(action, f"{encryption}.type", lambda kind: kind == "aws:kms", "the type of its encryption is {}")
    yield from must(action, f"{encryption}.kmsKeyArn", customer_managed, "kmsKeyArn is {}")


@stack_rule(
    id="quicksight-customer-key",
    title="What QuickSight keeps of the data is encrypted with a customer-managed key.",
    severity=Severity.HIGH,
    controls=AT_REST,
    types=(QUICKSIGHT_DATA_SET,),
    why=f"SPICE holds a copy of every row that it imports; {WITHDRAWN}",
    remedy='aws.quicksight.KeyRegistration(..., key_registrations=[{"key_arn": key.arn, "default_key": True}])',
)
def quicksight_customer_key(data_set: Subject, stack: Stack) -> Verdict:
    """The account has one default key for all that is imported."""
    if data_set.get("importMode") != "SPICE":
        raise NotApplicableError("it imports nothing")
    registrations = [
        (holder, f"keyRegistrations.{position}")
        for holder in stack.of(QUICKSIGHT_KEY)
        for position in range(holder.count("keyRegistrations"))
    ]
    if not any(
        holder.get(f"{path}.defaultKey") is True and holder.writes(f"{path}.keyArn") for holder, path in registrations
    ):
        yield Finding("it imports rows, while no KeyRegistration of this stack makes a key the default")


@resource_rule(
    id="quicksight-private",
    title="QuickSight reaches databases over a VPC connection and by TLS.",
    severity=Severity.HIGH,
    controls=(*PERIMETER, *IN_TRANSIT),
    types=(QUICKSIGHT_SOURCE, CLOUDFORMATION_STACK),
    why="without a connection QuickSight comes from the internet, and needs a database that lets it in from there",
    remedy='vpc_connection_properties={"vpc_connection_arn": connection.arn}, ssl_properties={"disable_ssl": False}',
)
def quicksight_private(holder: Subject) -> Verdict:
    """Sources may stand in a CloudFormation template as well, under names of CloudFormation's."""
    if holder.type == QUICKSIGHT_SOURCE:
        yield from _source(
            "",
            holder.get("type"),
            holder.writes("vpcConnectionProperties.vpcConnectionArn"),
            holder.get("sslProperties.disableSsl"),
        )
        return
    sources = [each for each in _made(holder) if each.type == "AWS::QuickSight::DataSource"]
    if not sources:
        raise NotApplicableError("its template makes no data source")
    for each in sources:
        connected = each.get("VpcConnectionProperties.VpcConnectionArn") is not None
        yield from _source(f"{each.name}: ", each.get("Type"), connected, each.get("SslProperties.DisableSsl"))


def _source(where: str, kind: Any, connected: bool, disabled: Any) -> Iterator[Finding]:
    if kind not in BY_API and not connected:
        yield Finding(f"{where}a source of type {shown(kind)} has no VPC connection")
    if str(disabled).lower() == "true":
        yield Finding(f"{where}disableSsl is true")


@resource_rule(
    id="template-transparent",
    title="CloudFormation stacks make only what no rule need see.",
    severity=Severity.HIGH,
    controls=nist("CM-3", "CM-6"),
    types=(CLOUDFORMATION_STACK,),
    why="what a template makes is no resource of Pulumi's, so that every rule of this pack passes over it",
    remedy="the resources as Pulumi's own, or a setting of this rule that names their types",
    settings={
        "types": {
            "type": "array",
            "items": {"type": "string"},
            "default": ["AWS::DataZone::*", "AWS::QuickSight::*"],
            "description": "Types that templates may hold, `*` for any run of characters.",
        }
    },
)
def template_transparent(stack: Subject) -> Verdict:
    """A template that is only named by its address can't be read at all."""
    allowed = template_transparent.setting(stack.config, "types")
    for each in _made(stack):
        if not any(fnmatchcase(each.type, pattern) for pattern in allowed):
            yield Finding(f"{each.name} of its template is of type {each.type}")
    if stack.writes("templateBody"):
        for macro in macros(str(stack.get("templateBody"))):
            yield Finding(f"the macro {macro} makes of its template what nobody here can see")
    else:
        yield Finding(f"its template is at {shown(stack.get('templateUrl'))}, where nobody here can read it")


def _made(stack: Subject) -> list[Made]:
    return resources(str(stack.get("templateBody"))) if stack.writes("templateBody") else []


@stack_rule(
    id="application-contained",
    title="Serverless applications of others are pinned, run in the VPC, and act with a role of this stack.",
    severity=Severity.HIGH,
    controls=(*PERIMETER, *nist("AC-6", "CM-2", "SR-3")),
    types=(SERVERLESS_APPLICATION,),
    why="it is somebody else's code on this platform's data, of whose template this pack sees the parameters only",
    remedy='semantic_version="2025.8.1", '
    'parameters={"LambdaRole": role.arn, "SubnetIds": ..., "SecurityGroupIds": ...}',
)
def application_contained(application: Subject, stack: Stack) -> Verdict:
    """Which services its role lets it call is for endpoints-closed to ask."""
    if not application.writes("semanticVersion"):
        yield Finding("semanticVersion is unset, so that each deployment takes whatever is newest")
    work = workload(application, stack)
    if work is None:
        yield Finding("none of its parameters names a subnet")
        return
    if not work.groups:
        yield Finding("none of its parameters names a security group of this stack")
    if not work.roles:
        yield Finding("none of its parameters names a role of this stack, so nobody here sees what it may do")
