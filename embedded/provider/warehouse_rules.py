"""What Redshift has against clusters: https://docs.aws.amazon.com/redshift/latest/APIReference/API_CreateCluster.html"""

import re
from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Fault
from embedded.provider.rules import Rule, like
from embedded.provider.values import has_unknown, is_unknown

# Fewest and most nodes at creation, https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-clusters.html; the
# page tells none of RG, to which CreateCluster's own 1 to 100 apply. DC2 can't be created any more.
_NODES: Mapping[str, tuple[int, int]] = {
    "ra3.large": (1, 16),
    "ra3.xlplus": (1, 16),
    "ra3.4xlarge": (2, 32),
    "ra3.16xlarge": (2, 128),
    "rg.large": (1, 100),
    "rg.xlarge": (1, 100),
    "rg.4xlarge": (1, 100),
    "rg.12xlarge": (1, 100),
}
_PORTS = (range(5431, 5456), range(8191, 8216))
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MOMENT = r"(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):([0-5]\d)"
_WEEK = 7 * 24 * 60


def nodes(props: Mapping[str, Any]) -> list[Fault]:
    """A type that can be made, and a number of nodes that it can have."""
    kind, number = props.get("nodeType"), props.get("numberOfNodes", 1)
    if not isinstance(kind, str) or is_unknown(kind):
        return []
    if kind not in _NODES:
        told = ", ".join(_NODES)
        return [Fault("nodeType", f"{kind!r} can't be made: give an ra3. or rg. type, which are {told}")]
    least, most = _NODES[kind]
    if isinstance(number, int) and not least <= number <= most:
        return [
            Fault("numberOfNodes", f"{number} is outside {least} to {most}, which {kind} can have: give one within")
        ]
    return []


def several_zones(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/redshift/latest/mgmt/overview-multi-az.html and create-cluster-multi-az.html"""
    if props.get("multiAz") is not True:
        return []
    faults = []
    if props.get("numberOfNodes", 1) == 1:
        faults.append(Fault("multiAz", "goes not with a single node: give numberOfNodes 2 or more for each zone"))
    if str(props.get("nodeType")).startswith("rg."):
        faults.append(Fault("multiAz", "is for RA3 nodes only: give a nodeType of ra3., or remove it"))
    if props.get("encrypted") in ("false", False):
        faults.append(Fault("encrypted", "is false, and a cluster in several zones must be encrypted: remove it"))
    if props.get("elasticIp"):
        faults.append(Fault("elasticIp", "goes not with multiAz: remove it"))
    if props.get("availabilityZone"):
        faults.append(Fault("availabilityZone", "goes not with multiAz: Redshift chooses the zones; remove it"))
    return faults


def relocation(props: Mapping[str, Any]) -> list[Fault]:
    """CreateCluster answers "If the cluster node type isn't RA3, availability zone relocation isn't supported".

    https://docs.aws.amazon.com/redshift/latest/mgmt/managing-cluster-recovery.html, https://github.com/aws/aws-cdk/pull/31993
    """
    kind = props.get("nodeType")
    known = isinstance(kind, str) and not is_unknown(kind)
    if props.get("availabilityZoneRelocationEnabled") is True and known and not str(kind).startswith("ra3."):
        return [
            Fault("availabilityZoneRelocationEnabled", f"goes not with {kind}: give a nodeType of ra3., or remove it")
        ]
    return []


def port(props: Mapping[str, Any]) -> list[Fault]:
    """RA3 clusters listen on two ranges only."""
    number = props.get("port")
    if not isinstance(number, int) or any(number in ports for ports in _PORTS):
        return []
    return [Fault("port", f"{number} is outside 5431 to 5455 and 8191 to 8215: give one within, such as 5439")]


def window(props: Mapping[str, Any]) -> list[Fault]:
    """Half an hour at least, in UTC."""
    text = props.get("preferredMaintenanceWindow")
    if not isinstance(text, str) or has_unknown(text):
        return []
    found = re.fullmatch(f"{_MOMENT}-{_MOMENT}", text.lower())
    if not found:
        return [Fault("preferredMaintenanceWindow", f"{text!r} is no window: give one such as sun:03:00-sun:03:30")]
    start, end = _minute(found.groups()[:3]), _minute(found.groups()[3:])
    length = (end - start) % _WEEK
    if length >= 30:
        return []
    return [Fault("preferredMaintenanceWindow", f"{text!r} lasts {length} minutes: give 30 or more")]


def _minute(moment: tuple[str, ...]) -> int:
    day, hour, minute = moment
    return (_DAYS.index(day) * 24 + int(hour)) * 60 + int(minute)


def password(props: Mapping[str, Any]) -> list[Fault]:
    """A password of Redshift's making or one's own, which then has a form."""
    own = props.get("masterPassword")
    if props.get("manageMasterPassword") and own:
        return [Fault("masterPassword", "goes not with manageMasterPassword: give one of the two")]
    if props.get("manageMasterPassword"):
        return []
    if not own:
        return [Fault("masterPassword", "is missing: set it, or manageMasterPassword")]
    if is_unknown(own) or (8 <= len(own) <= 64 and all(re.search(p, own) for p in ("[a-z]", "[A-Z]", r"\d"))):
        return []
    return [Fault("masterPassword", "is not allowed: give 8 to 64 characters, capitals, small letters and digits")]


CLUSTER: tuple[Rule, ...] = (
    nodes,
    several_zones,
    relocation,
    port,
    window,
    password,
    like(
        "clusterIdentifier",
        r"(?=.{1,63}$)[a-z][a-z0-9]*(-[a-z0-9]+)*",
        "1 to 63 small letters, digits and single hyphens, a letter first",
    ),
    like(
        "masterUsername",
        r"(?!public$)[a-z][a-z0-9_+.@-]{0,127}",
        "1 to 128 small letters, digits and _+.@-, a letter first, and not public",
    ),
    like("databaseName", r"[a-z_][a-z0-9_$]{0,63}", "1 to 64 small letters, digits, underscores, a letter first"),
)
