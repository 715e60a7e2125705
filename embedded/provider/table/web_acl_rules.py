"""What WAF refuses of a web ACL, down to the statements inside statements."""

from collections.abc import Iterator, Mapping
from typing import Any

from embedded.provider.entry import Fault, words
from embedded.provider.rules import Rule, among
from embedded.provider.shapes import destination, spell
from embedded.provider.values import has_unknown, is_unknown
from embedded.provider.work import operation

Path = tuple[str | int, ...]

# API_Statement.html, API_FieldToMatch.html, API_RuleAction.html and such: exactly one of the members.
_CHOICES = {"Statement", "FieldToMatch", "RuleAction", "OverrideAction", "DefaultAction"}
# API_ManagedRuleGroupStatement.html, API_RuleGroupReferenceStatement.html, API_RateBasedStatement.html: not nested.
_TOP_ONLY = ("managedRuleGroupStatement", "ruleGroupReferenceStatement", "rateBasedStatement")
_GROUPS = ("managedRuleGroupStatement", "ruleGroupReferenceStatement")
# https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
_AWS_GROUPS = tuple(
    f"AWSManagedRules{name}"
    for name in words(
        "CommonRuleSet AdminProtectionRuleSet KnownBadInputsRuleSet SQLiRuleSet LinuxRuleSet UnixRuleSet "
        "WindowsRuleSet PHPRuleSet WordPressRuleSet AmazonIpReputationList AnonymousIpList ACFPRuleSet ATPRuleSet "
        "BotControlRuleSet AntiDDoSRuleSet"
    )
)


def _shapes(props: Mapping[str, Any]) -> list[Fault]:
    """Members that WAF requires and the SDK does not, and choices that are none or several."""
    shape = operation("wafv2", "create_web_acl").input_shape
    faults: list[Fault] = []
    for name, member in (("rules", "Rules"), ("defaultAction", "DefaultAction")):
        if props.get(name) is not None:
            faults += _inside(props[name], shape.members[member], (name,))
    return faults


def _inside(value: Any, shape: Any, path: Path) -> Iterator[Fault]:
    if shape.type_name == "list" and isinstance(value, list):
        for number, item in enumerate(value):
            yield from _inside(item, shape.member, (*path, number))
    elif shape.type_name == "structure" and isinstance(value, list) and len(value) == 1:
        yield from _inside(value[0], shape, (*path, 0))
    elif shape.type_name == "structure" and isinstance(value, dict):
        yield from _structure(value, shape, path)


def _structure(value: Mapping[str, Any], shape: Any, path: Path) -> Iterator[Fault]:
    places = {name: destination(shape, name, None) for name in value}
    if shape.name in _CHOICES and len(value) != 1:
        told = f"has {', '.join(value) or 'nothing'}, and WAF wants exactly one here: give one"
        yield Fault(spell(path), told)
    for missing in sorted(set(shape.required_members) - {place[0] for place in places.values() if place}):
        named = missing[0].lower() + missing[1:]
        yield Fault(spell((*path, named)), "is missing, and WAF requires it: set it")
    for name, place in places.items():
        if place and not is_unknown(value[name]):
            yield from _inside(value[name], shape.members[place[0]], (*path, name))


def _rules(props: Mapping[str, Any]) -> list[Fault]:
    faults: list[Fault] = []
    seen: dict[tuple[str, Any], int] = {}
    rules = props.get("rules")
    for number, rule in enumerate(rules if isinstance(rules, list) else []):
        path: Path = ("rules", number)
        # API_Rule.html: WAF evaluates by priority, and each has its own; so has each its name.
        for name in ("priority", "name"):
            key = (name, rule.get(name))
            if not has_unknown(rule.get(name)) and seen.setdefault(key, number) != number:
                told = f"{rule.get(name)!r} is the {name} of rules[{seen[key]}] too: give another"
                faults.append(Fault(spell((*path, name)), told))
        faults += _action(rule, path)
        faults += _statement(rule.get("statement"), (*path, "statement"), nested=False)
    return faults


def _action(rule: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    """API_Rule.html: a rule that refers to a rule group has an override action, any other an action."""
    statement = rule.get("statement")
    if not isinstance(statement, dict):
        return
    group = any(statement.get(name) is not None for name in _GROUPS)
    wanted, other = ("overrideAction", "action") if group else ("action", "overrideAction")
    kind = "refers to a rule group" if group else "refers to no rule group"
    if rule.get(wanted) is None:
        yield Fault(spell((*path, wanted)), f"is missing, and a rule that {kind} needs it: set it")
    if rule.get(other) is not None:
        yield Fault(spell((*path, other)), f"does not go with a rule that {kind}: set {wanted} instead")


def _statement(statement: Any, path: Path, *, nested: bool) -> Iterator[Fault]:
    if not isinstance(statement, dict):
        return
    for name, inner in statement.items():
        where = (*path, name)
        if nested and name in _TOP_ONLY:
            yield Fault(spell(where), "can't be inside another statement: make it a rule of its own")
        if isinstance(inner, dict):
            yield from _OWN.get(name, _nothing)(inner, where)
            for key in ("statement", "scopeDownStatement"):
                yield from _statement(inner.get(key), (*where, key), nested=True)
            yield from _several(inner.get("statements"), (*where, "statements"))


def _several(statements: Any, path: Path) -> Iterator[Fault]:
    if not isinstance(statements, list):
        return
    if len(statements) < 2:
        yield Fault(spell(path), f"has {len(statements)}, and needs 2 or more: give more")
    for number, each in enumerate(statements):
        yield from _statement(each, (*path, number), nested=True)


def _nothing(_inner: Mapping[str, Any], _path: Path) -> Iterator[Fault]:
    yield from ()


_WINDOWS = (60, 120, 300, 600)
_KEYS = {"FORWARDED_IP": "forwardedIpConfig", "CUSTOM_KEYS": "customKeys", "CONSTANT": "scopeDownStatement"}


def _rate(rate: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    """API_RateBasedStatement.html."""
    window = rate.get("evaluationWindowSec")
    if isinstance(window, int) and window not in _WINDOWS:
        told = f"{window} is not one of {', '.join(map(str, _WINDOWS))}: give one of these"
        yield Fault(spell((*path, "evaluationWindowSec")), told)
    needed = _KEYS.get(str(rate.get("aggregateKeyType")))
    if needed and rate.get(needed) is None:
        told = f"is missing, and aggregateKeyType {rate['aggregateKeyType']} needs it: set it"
        yield Fault(spell((*path, needed)), told)


def _managed(group: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    name = group.get("name")
    if group.get("vendorName") == "AWS" and not has_unknown(name) and name not in _AWS_GROUPS:
        told = f"{name!r} is not one of {', '.join(sorted(_AWS_GROUPS))}: give one of these"
        yield Fault(spell((*path, "name")), told)


_OWN = {"rateBasedStatement": _rate, "managedRuleGroupStatement": _managed}

web_acl_rules: tuple[Rule, ...] = (among(scope=("REGIONAL",)), _shapes, _rules)
