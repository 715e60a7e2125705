"""Functions of the provider that programs call: facts about the account, the region, its zones and networks."""

import re
from collections.abc import Callable
from typing import Any

from embedded.provider.endpoint import Cloud
from embedded.provider.lookups import InvokeError
from embedded.provider.network_lookups import NETWORK
from embedded.provider.synthesis import invented_id
from embedded.provider.values import Props
from embedded.provider.work import PARTITION

__all__ = ["InvokeError", "invoke"]

_DESCRIPTIONS = {
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-west-2": "US West (Oregon)",
    "eu-central-1": "Europe (Frankfurt)",
    "eu-north-1": "Europe (Stockholm)",
    "eu-west-1": "Europe (Ireland)",
}


def invoke(token: str, arguments: Props, cloud: Cloud) -> Props:
    """The result of a function such as `aws:index/getRegion:getRegion`."""
    if token not in _FUNCTIONS:
        raise InvokeError(f"{token} is not handled by the embedded AWS: it knows {', '.join(sorted(_FUNCTIONS))}")
    function, takes = _FUNCTIONS[token]
    unknown = sorted(arguments.keys() - takes - {"region"})
    if unknown:
        raise InvokeError(
            f"{token} does not handle {', '.join(unknown)}: leave it out, or use {', '.join(sorted(takes))}"
        )
    return function(arguments, cloud)


def _caller_identity(_: Props, cloud: Cloud) -> Props:
    found = cloud.client("sts").get_caller_identity()
    account = found["Account"]
    return {"id": account, "accountId": account, "arn": found["Arn"], "userId": found["UserId"]}


def _region(arguments: Props, cloud: Cloud) -> Props:
    name = arguments.get("region") or arguments.get("name") or cloud.region
    return {
        "id": name,
        "name": name,
        "region": name,
        "endpoint": f"ec2.{name}.amazonaws.com",
        "description": _DESCRIPTIONS.get(name, name),
    }


def _partition(_: Props, __: Cloud) -> Props:
    return {"id": PARTITION, "partition": PARTITION, "dnsSuffix": "amazonaws.com", "reverseDnsPrefix": "com.amazonaws"}


def _zones(arguments: Props, cloud: Cloud) -> Props:
    region = arguments.get("region") or cloud.region
    filters = [{"Name": f["name"], "Values": f["values"]} for f in arguments.get("filters", [])]
    if arguments.get("state"):
        filters.append({"Name": "state", "Values": [arguments["state"]]})
    known = ("zone-name", "zone-id", "state", "zone-type", "region-name", "opt-in-status")
    wrong = [f["Name"] for f in filters if f["Name"] not in known]
    if wrong:
        raise InvokeError(f"getAvailabilityZones does not filter by {', '.join(wrong)}: use one of {', '.join(known)}")
    zones = cloud.client("ec2", region).describe_availability_zones()["AvailabilityZones"]
    zones = [z for z in zones if all(_passes(z, f) for f in filters)]
    zones = [z for z in zones if z["ZoneName"] not in arguments.get("excludeNames", [])]
    zones = [z for z in zones if z["ZoneId"] not in arguments.get("excludeZoneIds", [])]
    return {
        "id": region,
        "region": region,
        "names": [z["ZoneName"] for z in zones],
        "zoneIds": [z["ZoneId"] for z in zones],
        "groupNames": [region],
        **{k: v for k, v in arguments.items() if k != "region"},
    }


def _passes(zone: dict[str, Any], wanted: dict[str, Any]) -> bool:
    member = "".join(part.capitalize() for part in wanted["Name"].split("-"))
    return zone.get(member, "opt-in-not-required") in wanted["Values"]


_BLUEPRINTS = {
    "DefaultDataLake": "Amazon DataZone's data lake: Glue databases and an Athena workgroup",
    "DefaultDataWarehouse": "Amazon DataZone's data warehouse: a connection to Redshift",
}


def _blueprint(arguments: Props, cloud: Cloud) -> Props:
    """A blueprint that DataZone brings to every domain, each time under the same id."""
    missing = [name for name in ("domainId", "name", "managed") if arguments.get(name) is None]
    if missing:
        raise InvokeError(f"getEnvironmentBlueprint lacks {', '.join(missing)}: set it")
    domain, name, managed = arguments["domainId"], arguments["name"], arguments["managed"]
    if not re.fullmatch(r"dzd[-_][a-zA-Z0-9_-]{1,36}", domain):
        raise InvokeError(
            f"getEnvironmentBlueprint: domainId {domain!r} is no domain's id: give one such as dzd_2b4d6f"
        )
    if name not in _BLUEPRINTS or not managed:
        kind = "managed" if managed else "custom"
        raise InvokeError(
            f"getEnvironmentBlueprint: {domain} has no {kind} blueprint {name!r}: "
            f"ask with managed=true for one of {', '.join(_BLUEPRINTS)}"
        )
    return {
        "id": invented_id(f"{domain}/{name}"),
        "domainId": domain,
        "name": name,
        "managed": True,
        "blueprintProvider": "Amazon DataZone",
        "description": _BLUEPRINTS[name],
        "region": arguments.get("region") or cloud.region,
    }


_FUNCTIONS: dict[str, tuple[Callable[[Props, Cloud], Props], set[str]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": (_caller_identity, set()),
    "aws:index/getRegion:getRegion": (_region, {"name", "endpoint", "id"}),
    "aws:index/getPartition:getPartition": (_partition, set()),
    "aws:index/getAvailabilityZones:getAvailabilityZones": (
        _zones,
        {"state", "filters", "excludeNames", "excludeZoneIds", "allAvailabilityZones"},
    ),
    "aws:datazone/getEnvironmentBlueprint:getEnvironmentBlueprint": (_blueprint, {"domainId", "name", "managed"}),
    **NETWORK,
}
