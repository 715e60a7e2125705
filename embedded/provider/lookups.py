"""Looking one thing up among those that EC2 lists, or all that fit, by arguments, tags and filters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import jmespath  # type: ignore[import-untyped]

from embedded.provider import sdk
from embedded.provider.endpoint import Cloud
from embedded.provider.reading import lookup, read
from embedded.provider.synthesis import nothing
from embedded.provider.values import Props


class InvokeError(LookupError):
    """The table has no such function, its arguments are wrong, or nothing answers to them."""


@dataclass(frozen=True)
class Found:
    """What is looked up: where EC2 lists it, by what it may be chosen, and how the SDK calls what EC2 tells.

    filters: names of EC2's filters -> where in the answer what they compare is.
    arguments: arguments of the function -> the filters that they stand for.
    names: properties of the result -> members of the answer, where they differ by more than case and plural.
    more: properties that EC2 tells elsewhere.
    """

    title: str
    op: str
    member: str
    id: str
    result: str
    filters: Mapping[str, str]
    arguments: Mapping[str, str]
    names: Mapping[str, str] = field(default_factory=dict)
    more: Callable[[dict[str, Any], Any], Props] = lambda _, __: {}


_KINDS = {
    "VPC": "vpc",
    "subnet": "subnet",
    "route table": "route-table",
    "VPC endpoint": "vpc-endpoint",
    "security group": "security-group",
}


def _chosen(kind: Found, arguments: Props, ec2: Any) -> list[dict[str, Any]]:
    """All of the kind that the arguments and their filters choose."""
    wanted: list[tuple[str, list[Any]]] = [
        (name, [arguments[given]]) for given, name in kind.arguments.items() if arguments.get(given) is not None
    ]
    wanted += [(f"tag:{key}", [value]) for key, value in (arguments.get("tags") or {}).items()]
    wanted += [(f["name"], f["values"]) for f in arguments.get("filters") or []]
    unknown = sorted({name for name, _ in wanted if name not in kind.filters and not name.startswith("tag")})
    if unknown:
        told = ", ".join([*sorted(kind.filters), "tag:KEY", "tag-key"])
        raise InvokeError(f"a {kind.title} is not looked up by {', '.join(unknown)}: use one of {told}")
    held = getattr(ec2, kind.op)()[kind.member]
    return [each for each in held if all(_fits(kind, each, name, values) for name, values in wanted)]


def _fits(kind: Found, each: Mapping[str, Any], name: str, values: list[Any]) -> bool:
    """Whether one of the values is what it has; EC2 reads * and ? in a filter as wildcards."""
    tags = {tag["Key"]: tag.get("Value", "") for tag in each.get("Tags", [])}
    if name == "tag-key":
        have: Any = list(tags)
    elif name.startswith("tag:"):
        have = tags.get(name[4:])
    else:
        have = jmespath.search(kind.filters[name], each)
    texts = [_text(h) for h in (have if isinstance(have, list) else [have]) if h is not None]
    return any(fnmatchcase(text, _text(value)) for text in texts for value in values)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def one(kind: Found, arguments: Props, cloud: Cloud) -> Props:
    """The only one that the arguments choose, as the SDK's result has it."""
    region = arguments.get("region") or cloud.region
    ec2 = cloud.client("ec2", region)
    chosen = _chosen(kind, arguments, ec2)
    if len(chosen) != 1:
        told = "no" if not chosen else f"{len(chosen)}, where one is wanted,"
        raise InvokeError(f"{told} {kind.title} matches {arguments}: make it match exactly one")
    (found,) = chosen
    raw, more = {**found, "id": found[kind.id]}, kind.more(found, ec2)
    where = f"arn:aws:ec2:{region}:{found.get('OwnerId', cloud.account)}"
    arn = f"{where}:{_KINDS.get(kind.title, kind.title.lower())}/{found[kind.id]}"
    told_props = {"region": region, "arn": arn, **{k: v for k, v in arguments.items() if v is not None}}
    result: Props = {}
    for name, fld in sdk.Object("pulumi_aws.ec2", kind.result).fields.items():
        value = more.get(name, lookup(raw, name, kind.names.get(name)))
        value = told_props.get(name) if value is None else value
        answer = read(value, fld.kind, {} if name in more else kind.names, name)
        result[name] = nothing(fld.kind) if answer is None and fld.required else answer
    if "tags" in result:
        result["tags"] = {k: v for k, v in (result["tags"] or {}).items() if not k.startswith("aws:")}
    return {name: value for name, value in result.items() if value is not None}


def every(kind: Found, arguments: Props, cloud: Cloud) -> Props:
    """The ids of all that the arguments choose."""
    region = arguments.get("region") or cloud.region
    ids = sorted(each[kind.id] for each in _chosen(kind, arguments, cloud.client("ec2", region)))
    return {**arguments, "id": region, "region": region, "ids": ids, "tags": arguments.get("tags") or {}}
