"""EC2: security groups and their rules."""

from collections.abc import Iterable, Mapping
from typing import Any

from embedded.provider.entry import Entry, Tagging, call, put, words
from embedded.provider.rules import blocks, one_of, within
from embedded.provider.table.network import arn, tagged
from embedded.provider.values import Props
from embedded.provider.work import Work

_SOURCES = {
    "cidrBlocks": ("IpRanges", "CidrIp"),
    "ipv6CidrBlocks": ("Ipv6Ranges", "CidrIpv6"),
    "prefixListIds": ("PrefixListIds", "PrefixListId"),
    "securityGroups": ("UserIdGroupPairs", "GroupId"),
}
_PROTOCOLS = {"all": "-1", "6": "tcp", "17": "udp", "1": "icmp"}
Atom = tuple[str, int, int, str, str, str]


def _protocol(name: str) -> str:
    return _PROTOCOLS.get(str(name).lower(), str(name).lower())


def _atoms(rules: Iterable[Mapping[str, Any]], group: str) -> set[Atom]:
    """Inline rules taken apart: one for each source, so that AWS's own grouping doesn't matter."""
    atoms = set()
    for rule in rules:
        protocol = _protocol(rule["protocol"])
        ports = (-1, -1) if protocol == "-1" else (int(rule["fromPort"]), int(rule["toPort"]))
        sources = [(kind, s) for kind in _SOURCES for s in rule.get(kind) or []]
        if rule.get("self"):
            sources.append(("securityGroups", group))
        atoms |= {(protocol, *ports, kind, source, rule.get("description") or "") for kind, source in sources}
    return atoms


def _held(permissions: Iterable[Mapping[str, Any]]) -> set[Atom]:
    atoms = set()
    for found in permissions:
        protocol = _protocol(found["IpProtocol"])
        ports = (-1, -1) if protocol == "-1" else (found.get("FromPort", -1), found.get("ToPort", -1))
        for kind, (member, key) in _SOURCES.items():
            atoms |= {(protocol, *ports, kind, s[key], s.get("Description") or "") for s in found.get(member, [])}
    return atoms


def _permission(atom: Atom) -> dict[str, Any]:
    protocol, low, high, kind, source, description = atom
    member, key = _SOURCES[kind]
    said = {"Description": description} if description else {}
    ports = {} if protocol == "-1" else {"FromPort": low, "ToPort": high}
    return {"IpProtocol": protocol, **ports, member: [{key: source, **said}]}


def _rules(atoms: Iterable[Atom], group: str) -> list[Props]:
    out = []
    for protocol, low, high, kind, source, description in sorted(atoms):
        ports = (0, 0) if protocol == "-1" else (low, high)
        rule: Props = {"protocol": protocol, "fromPort": ports[0], "toPort": ports[1]}
        if kind == "securityGroups" and source == group:
            rule["self"] = True
        else:
            rule[kind] = [source]
        out.append(rule | ({"description": description} if description else {}))
    return out


def _group(work: Work) -> dict[str, Any]:
    found: dict[str, Any] = work.ask("describe_security_groups", GroupIds=[work.id])["SecurityGroups"][0]
    return found


def _bring(work: Work, held: Iterable[Mapping[str, Any]], wanted: Iterable[Mapping[str, Any]], way: str) -> None:
    have, want = _held(held), _atoms(wanted, work.id)
    for op, atoms in (("revoke", have - want), ("authorize", want - have)):
        if atoms:
            permissions = [_permission(a) for a in sorted(atoms)]
            work.ask(f"{op}_security_group_{way}", GroupId=work.id, IpPermissions=permissions)


def _inline(work: Work) -> None:
    group = _group(work)
    for name, way in (("ingress", "ingress"), ("egress", "egress")):
        if name in work.new or name in work.old:
            held = group["IpPermissions" if way == "ingress" else "IpPermissionsEgress"]
            _bring(work, held, work.new.get(name) or [], way)


def _read_rules(work: Work) -> Props:
    group = _group(work)
    found: Props = {}
    for name, member in (("ingress", "IpPermissions"), ("egress", "IpPermissionsEgress")):
        asked = work.asked.get(name) or []
        held = _held(group[member])
        found[name] = asked if held == _atoms(asked, work.id) else _rules(held, work.id)
    return found


_GROUP = call("create_security_group", skip="ingress egress")


def _create_group(work: Work) -> str:
    work.id = work.send(_GROUP)["GroupId"]
    _bring(
        work, _group(work)["IpPermissionsEgress"], [], "egress"
    )  # as Terraform's provider does: nothing leaves unasked
    return work.id


def _adopt_default(work: Work) -> str:
    filters = [{"Name": "group-name", "Values": ["default"]}]
    if work.new.get("vpcId"):
        filters.append({"Name": "vpc-id", "Values": [work.new["vpcId"]]})
    work.id = work.ask("describe_security_groups", Filters=filters)["SecurityGroups"][0]["GroupId"]
    _close_default(work)
    return work.id


def _close_default(work: Work) -> None:
    """Bring the group to the rules asked for; one without rules lets nothing through."""
    group = _group(work)
    _bring(work, group["IpPermissions"], work.new.get("ingress") or [], "ingress")
    _bring(work, group["IpPermissionsEgress"], work.new.get("egress") or [], "egress")


_PORTS = (-1, 65535)
_SOURCE_NAMES = "cidrIpv4 cidrIpv6 prefixListId referencedSecurityGroupId"


def _rule(work: Work) -> dict[str, Any]:
    said = {"Description": work.get("description")} if work.get("description") else {}
    sources = {
        "cidrIpv4": ("IpRanges", "CidrIp"),
        "cidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
        "prefixListId": ("PrefixListIds", "PrefixListId"),
        "referencedSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
    }
    name = next(n for n in sources if work.new.get(n))
    member, key = sources[name]
    ports = {m: work.new[n] for n, m in (("fromPort", "FromPort"), ("toPort", "ToPort")) if n in work.new}
    return {"IpProtocol": work.new["ipProtocol"], **ports, member: [{key: work.new[name], **said}]}


def _rule_entry(way: str) -> Entry:
    def create(work: Work) -> str:
        group = work.new["securityGroupId"]
        answer = work.ask(f"authorize_security_group_{way}", GroupId=group, IpPermissions=[_rule(work)])
        return str(answer["SecurityGroupRules"][0]["SecurityGroupRuleId"])

    def update(work: Work) -> None:
        wanted = {
            "IpProtocol": work.new["ipProtocol"],
            "FromPort": work.new.get("fromPort", -1),
            "ToPort": work.new.get("toPort", -1),
            "Description": work.new.get("description", ""),
            "CidrIpv4": work.new.get("cidrIpv4"),
            "CidrIpv6": work.new.get("cidrIpv6"),
            "PrefixListId": work.new.get("prefixListId"),
            "ReferencedGroupId": work.new.get("referencedSecurityGroupId"),
        }
        rule = {k: v for k, v in wanted.items() if v is not None}
        rules = [{"SecurityGroupRuleId": work.id, "SecurityGroupRule": rule}]
        work.ask("modify_security_group_rules", GroupId=work.new["securityGroupId"], SecurityGroupRules=rules)

    return Entry(
        service="ec2",
        id="sgr-{hex17}",
        create=create,
        read=(call("describe_security_group_rules", SecurityGroupRuleIds=["{id}"], take="SecurityGroupRules[0]"),),
        update=update,
        delete=call(f"revoke_security_group_{way}", GroupId="{securityGroupId}", SecurityGroupRuleIds=["{id}"]),
        tags=Tagging({"Resources": ["{id}"]}, "create_tags", "delete_tags", keys="Tags", after=True),
        takes=words(f"ipProtocol securityGroupId description fromPort toPort {_SOURCE_NAMES}"),
        names={"securityGroupId": "GroupId"},
        outputs={"arn": arn("security-group-rule"), "securityGroupRuleId": "{id}"},
        reads={
            "referencedSecurityGroupId": "ReferencedGroupInfo.GroupId",
            "fromPort": "IpProtocol!='-1' && FromPort || null",
            "toPort": "IpProtocol!='-1' && ToPort || null",
        },
        replace=words("securityGroupId"),
        gone=words(
            "InvalidSecurityGroupRuleId.NotFound InvalidPermission.NotFound "
            "InvalidGroup.NotFound InvalidGroupId.NotFound"
        ),
        cfn=f"AWS::EC2::SecurityGroup{way.capitalize()}",
        rules=(one_of(*_SOURCE_NAMES.split()), blocks("cidrIpv4", "cidrIpv6"), within(fromPort=_PORTS, toPort=_PORTS)),
    )


_GROUP_GONE = words("InvalidGroup.NotFound InvalidGroupId.NotFound")

ENTRIES: dict[str, Entry] = {
    "aws:ec2/securityGroup:SecurityGroup": Entry(
        service="ec2",
        id="sg-{hex17}",
        create=_create_group,
        like=_GROUP,
        read=(
            call("describe_security_groups", GroupIds=["{id}"], take="SecurityGroups[0]"),
            _read_rules,
        ),
        puts=(put("ingress egress", _inline, _inline),),
        delete=call("delete_security_group", GroupId="{id}"),
        tags=tagged("security-group"),
        shared=words("ingress egress"),
        names={"name": "GroupName"},
        local={"revokeRulesOnDelete": False},
        defaults={"description": "Managed by Pulumi"},
        outputs={"arn": arn("security-group"), "ownerId": "{account}"},
        replace=words("name description vpcId"),
        gone=_GROUP_GONE,
        named="name",
        longest=255,
        rules=(blocks("ingress.cidrBlocks", "egress.cidrBlocks"),),
        cfn="AWS::EC2::SecurityGroup",
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": Entry(
        service="ec2",
        id="sg-{hex17}",
        create=_adopt_default,
        read=(
            call("describe_security_groups", GroupIds=["{id}"], take="SecurityGroups[0]"),
            _read_rules,
        ),
        puts=(put("ingress egress", _close_default, _close_default),),
        tags=Tagging({"Resources": ["{id}"]}, "create_tags", "delete_tags", keys="Tags", after=True),
        takes=words("vpcId ingress egress"),
        names={"name": "GroupName"},
        local={"revokeRulesOnDelete": False},
        outputs={
            "arn": arn("security-group"),
            "ownerId": "{account}",
            "name": "default",
            "description": "default VPC security group",
        },
        replace=words("vpcId"),
        gone=_GROUP_GONE,
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _rule_entry("ingress"),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _rule_entry("egress"),
}
