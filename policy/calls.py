"""Which AWS services a workload inside a VPC calls, read from what its roles allow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from pulumi_policy.proxy import UnknownValueError

from .documents import Statement, statements
from .rule import Finding
from .subject import Stack, Subject
from .tokens import (
    EMR_CLUSTER,
    EVENT_SOURCE,
    FUNCTION,
    GLUE_CONNECTION,
    GLUE_CRAWLER,
    GLUE_JOB,
    IAM_ATTACHMENT,
    IAM_POLICY,
    IAM_POLICY_ATTACHMENT,
    IAM_PROFILE,
    IAM_ROLE,
    IAM_ROLE_POLICY,
    REDSHIFT_CLUSTER,
    REDSHIFT_ROLES,
    REDSHIFT_SUBNETS,
    SECURITY_GROUP,
    SERVERLESS_APPLICATION,
    SUBNET,
)

# What a crawler reads from S3 by itself, over a network connection or past it.
OBJECT_TARGETS = ("s3Targets", "deltaTargets", "hudiTargets", "icebergTargets")
WORKLOADS = (FUNCTION, SERVERLESS_APPLICATION, GLUE_JOB, GLUE_CRAWLER, EMR_CLUSTER, REDSHIFT_CLUSTER)

# From the prefix of IAM actions to the names that the services' endpoints end in.
ENDPOINTS: dict[str, tuple[str, ...]] = {
    "athena": ("athena",),
    "cloudtrail": ("cloudtrail",),
    "cloudwatch": ("monitoring",),
    "dataexchange": ("dataexchange",),
    "datazone": ("datazone",),
    "ec2": ("ec2",),
    "ecr": ("ecr.api", "ecr.dkr"),
    "elasticmapreduce": ("elasticmapreduce",),
    "events": ("events",),
    "firehose": ("kinesis-firehose",),
    "glue": ("glue",),
    "kinesis": ("kinesis-streams",),
    "kms": ("kms",),
    "lakeformation": ("lakeformation",),
    "lambda": ("lambda",),
    "logs": ("logs",),
    "redshift": ("redshift",),
    "redshift-data": ("redshift-data",),
    "secretsmanager": ("secretsmanager",),
    "sns": ("sns",),
    "sqs": ("sqs",),
    "ssm": ("ssm",),
    "states": ("states",),
    "sts": ("sts",),
}
# These are reached over gateway endpoints, which routes are judged for.
GATEWAYS = frozenset({"s3", "s3-object-lambda", "dynamodb"})
# Edges that are public by design; see EDGES in rules/network.py for why they get no endpoint.
PUBLIC_EDGES = frozenset({"execute-api", "appsync"})

# Calls that the service makes on its own side with the role, so that none leaves the workload's subnet.
INTERFACES = (
    "ec2:createnetworkinterface*",
    "ec2:deletenetworkinterface",
    "ec2:describe*",
    "ec2:assignprivateipaddresses",
    "ec2:unassignprivateipaddresses",
    "ec2:createtags",
    "ec2:deletetags",
)
BY_LAMBDA = (*INTERFACES, "logs:createlog*", "logs:putlogevents", "xray:put*", "xray:getsampling*")
OWN_SIDE: dict[str, tuple[str, ...]] = {
    FUNCTION: BY_LAMBDA,
    # Somebody else's function.
    SERVERLESS_APPLICATION: BY_LAMBDA,
    GLUE_JOB: INTERFACES,
    GLUE_CRAWLER: INTERFACES,
    # Spectrum's own fleet asks Lake Formation.
    REDSHIFT_CLUSTER: ("lakeformation:getdataaccess",),
    EMR_CLUSTER: (),
}
POLLING = (
    "kinesis:describestream*",
    "kinesis:getrecords",
    "kinesis:getsharditerator",
    "kinesis:listshards",
    "kinesis:liststreams",
    "kinesis:subscribetoshard",
    "sqs:changemessagevisibility",
    "sqs:deletemessage",
    "sqs:getqueueattributes",
    "sqs:receivemessage",
)
DELIVERY = ("sqs:sendmessage", "sns:publish")
# PassRole is a permission that another call checks, never a call.
NO_CALL = ("iam:passrole",)

# AWS's own policies whose whole content the service uses on its own side.
HARMLESS = (
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
    "AWSLambdaENIManagementAccess",
    "AWSLambdaKinesisExecutionRole",
    "AWSLambdaSQSQueueExecutionRole",
    "AWSXRayDaemonWriteAccess",
)


@dataclass(frozen=True)
class Workload:
    """Code that runs in subnets: where, behind which groups, and as whom; `strangers` are roles of other stacks'."""

    subject: Subject
    subnets: tuple[Subject, ...]
    groups: tuple[Subject, ...]
    roles: tuple[Subject, ...]
    strangers: tuple[str, ...] = ()


def workload(subject: Subject, stack: Stack) -> Workload | None:
    """What runs in subnets behind a resource, or None where it has no place in a VPC."""
    places = _places(subject, stack)
    if not any(holder.writes(path) for holder, path in places.subnets):
        return None
    if subject.type == SERVERLESS_APPLICATION and not _placed(subject, stack):
        return None
    return Workload(
        subject=subject,
        subnets=_all(stack, places.subnets, SUBNET),
        groups=_all(stack, places.groups, SECURITY_GROUP),
        roles=_all(stack, places.roles, IAM_ROLE),
        strangers=tuple(name for place in places.roles for name in _strangers(stack, *place)),
    )


def connections_of(runner: Subject, stack: Stack) -> list[Subject]:
    """The network connections that a Glue job or crawler uses."""
    paths = ["connections"] if runner.type == GLUE_JOB else []
    for kind in (*OBJECT_TARGETS, "jdbcTargets", "mongodbTargets"):
        if runner.type == GLUE_CRAWLER:
            paths += [f"{kind}.{position}.connectionName" for position in range(runner.count(kind))]
    found = {each.urn: each for path in paths for each in stack.referred(runner, path, GLUE_CONNECTION)}
    return [each for each in found.values() if each.get("connectionType") == "NETWORK"]


def called(work: Workload, stack: Stack) -> Iterator[tuple[str, str] | Finding | UnknownValueError]:
    """Each service that the roles of a workload let it call from its subnets, with one action as evidence.

    What no list of services can be read from is a finding; what isn't known yet is yielded as such.
    """
    for name in work.strangers:
        yield Finding(f'it acts with "{name}", which this stack doesn\'t hold, so nobody here sees what it calls')
    own_side = _own_side(work.subject, stack)
    seen: set[str] = set()
    for role in work.roles:
        for item in grants(role, stack):
            if not isinstance(item, Statement):
                yield item
                continue
            for action in item.actions:
                service = action.partition(":")[0].lower()
                if service in seen or _made_by_aws(action.lower(), item, own_side):
                    continue
                if "*" in service:
                    yield Finding(f'{role.short} allows "{action}", from which no list of services can be read')
                else:
                    seen.add(service)
                    yield service, action
            if item.not_actions:
                yield Finding(f"{role.short} allows by NotAction, from which no list of services can be read")


@dataclass(frozen=True)
class _Places:
    subnets: list[tuple[Subject, str]]
    groups: list[tuple[Subject, str]]
    roles: list[tuple[Subject, str]]


def _places(subject: Subject, stack: Stack) -> _Places:
    """Where a kind of workload writes its subnets, security groups and roles."""
    if subject.type == FUNCTION:
        return _Places(
            [(subject, "vpcConfig.subnetIds")], [(subject, "vpcConfig.securityGroupIds")], [(subject, "role")]
        )
    if subject.type == REDSHIFT_CLUSTER:
        named = subject.writes("clusterSubnetGroupName")
        subnet_groups = stack.referred(subject, "clusterSubnetGroupName", REDSHIFT_SUBNETS) if named else []
        return _Places(
            [(each, "subnetIds") for each in subnet_groups],
            [(subject, "vpcSecurityGroupIds")],
            [
                (subject, "iamRoles"),
                *((each, "iamRoleArns") for each in stack.pointing(subject, "clusterIdentifier", REDSHIFT_ROLES)),
            ],
        )
    if subject.type == EMR_CLUSTER:
        profiles = stack.referred(subject, "ec2Attributes.instanceProfile", IAM_PROFILE)
        return _Places(
            [(subject, "ec2Attributes.subnetId"), (subject, "ec2Attributes.subnetIds")],
            [
                (subject, "ec2Attributes.emrManagedMasterSecurityGroup"),
                (subject, "ec2Attributes.emrManagedSlaveSecurityGroup"),
            ],
            [(each, "role") for each in profiles] or [(subject, "ec2Attributes.instanceProfile")],
        )
    if subject.type == SERVERLESS_APPLICATION:
        # Its template calls its parameters what it likes; what their values name tells what they are.
        parameters = [(subject, "parameters")]
        return _Places(parameters, parameters, parameters)
    connections = connections_of(subject, stack)
    return _Places(
        [(each, "physicalConnectionRequirements.subnetId") for each in connections],
        [(each, "physicalConnectionRequirements.securityGroupIdLists") for each in connections],
        [(subject, "roleArn" if subject.type == GLUE_JOB else "role")],
    )


def _placed(application: Subject, stack: Stack) -> bool:
    """Whether the parameters of an application name subnets, of this stack or of another."""
    return bool(stack.referred(application, "parameters", SUBNET)) or any(
        value.startswith("subnet-") for value in application.named("parameters")
    )


def _all(stack: Stack, places: list[tuple[Subject, str]], kind: str) -> tuple[Subject, ...]:
    written = [(holder, path) for holder, path in places if holder.writes(path)]
    found = ((holder, path, each) for holder, path in written for each in stack.referred(holder, path, kind))
    return tuple({each.urn: each for holder, path, each in found if _meant(holder, path, each)}.values())


def _meant(holder: Subject, path: str, found: Subject) -> bool:
    """Whether a value names a resource itself: an application's parameters hold names of all sorts, some alike."""
    if holder.type != SERVERLESS_APPLICATION or not holder.known(path):
        return True
    name = found.written("name")
    return bool(holder.named(path) & {handle for handle in found.handles() if handle != name})


def _strangers(stack: Stack, holder: Subject, path: str) -> Iterator[str]:
    """The roles at a path that no role of the stack is. The parameters of an application name other things too."""
    if holder.type == SERVERLESS_APPLICATION or not holder.writes(path) or not holder.known(path):
        return
    known = {handle for role in stack.of(IAM_ROLE) for handle in role.handles()}
    yield from sorted(holder.named(path) - known)


def grants(role: Subject, stack: Stack) -> Iterator[Statement | Finding | UnknownValueError]:
    """Each statement that allows a role something, from all the places where a role's permissions are written."""
    inline = range(len(role.written("inlinePolicies") or ()))
    documents = [(role, f"inlinePolicies.{position}.policy") for position in inline]
    documents += [(policy, "policy") for policy in stack.pointing(role, "role", IAM_ROLE_POLICY, every=True)]
    named: list[str] = []
    attachments = stack.pointing(role, "role", IAM_ATTACHMENT, every=True)
    for attachment in (*attachments, *stack.pointing(role, "roles", IAM_POLICY_ATTACHMENT, every=True)):
        own = stack.referred(attachment, "policyArn", IAM_POLICY)
        documents += [(policy, "policy") for policy in own]
        named += [] if own else [str(attachment.get("policyArn"))]
    if role.writes("managedPolicyArns"):
        own = stack.referred(role, "managedPolicyArns", IAM_POLICY)
        documents += [(policy, "policy") for policy in own]
        named += [arn for arn in role.many("managedPolicyArns") if not any(arn in each.handles() for each in own)]
    for arn in dict.fromkeys(named):
        if arn.rsplit("/", 1)[-1] not in HARMLESS:
            yield Finding(
                f"{role.short} holds {arn}, whose content this pack can't read",
                "a policy of the role's own, with the actions that it needs",
            )
    for holder, path in documents:
        try:
            yield from (each for each in statements(holder.get(path)) if each.allows)
        except UnknownValueError as error:
            yield error


def _own_side(subject: Subject, stack: Stack) -> tuple[str, ...]:
    own = OWN_SIDE[subject.type]
    if subject.type != FUNCTION:
        return own
    mappings = stack.pointing(subject, "functionName", EVENT_SOURCE, every=True)
    if mappings:
        own += POLLING
    if subject.writes("deadLetterConfig") or any(mapping.writes("destinationConfig") for mapping in mappings):
        own += DELIVERY
    return own


def _made_by_aws(action: str, statement: Statement, own_side: tuple[str, ...]) -> bool:
    if any(fnmatchcase(action, pattern) for pattern in (*own_side, *NO_CALL)):
        return True
    # With kms:ViaService a key serves other services' calls only, S3's for one, made on their own side.
    return action.startswith("kms:") and any(
        operator in ("stringequals", "stringlike") for operator, _ in statement.condition("kms:ViaService")
    )


def endpoint_names(service: str) -> tuple[str, ...] | None:
    """The endpoints that a service needs; none for gateways and public edges, None for a service unknown here."""
    if service in GATEWAYS or service in PUBLIC_EDGES:
        return ()
    return ENDPOINTS.get(service)
