"""What EMR has against clusters: https://docs.aws.amazon.com/emr/latest/APIReference/API_RunJobFlow.html"""

import re
from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Fault
from embedded.provider.rules import Rule, like
from embedded.provider.values import has_unknown, is_unknown

_GROUPS = ("masterInstanceGroup", "coreInstanceGroup")
_FLEETS = {"masterInstanceFleet": "MASTER", "coreInstanceFleet": "CORE"}
_VOLUMES = ("gp3", "gp2", "io1", "st1", "sc1", "standard")
_SEVERAL_PRIMARIES = (5, 23)  # https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-plan-ha.html


def primaries(props: Mapping[str, Any]) -> int:
    """How many primary nodes are asked for."""
    group, fleet = props.get("masterInstanceGroup") or {}, props.get("masterInstanceFleet") or {}
    count = group.get("instanceCount", 1) if group else fleet.get("targetOnDemandCapacity") or 1
    return count if isinstance(count, int) else 1


def _nodes(props: Mapping[str, Any]) -> list[Fault]:
    groups, fleets = ([n for n in names if props.get(n)] for names in (_GROUPS, _FLEETS))
    if groups and fleets:
        return [Fault(fleets[0], f"goes not with {groups[0]}: a cluster has groups or fleets, not both")]
    if not groups and not fleets:
        return [Fault(_GROUPS[0], "is missing, and a cluster needs a primary node: give it or masterInstanceFleet")]
    first = _GROUPS[0] if groups else "masterInstanceFleet"
    return [] if props.get(first) else [Fault(first, "is missing, and a cluster needs a primary node: give it")]


def _groups(props: Mapping[str, Any]) -> list[Fault]:
    faults = []
    for name in _GROUPS:
        group = props.get(name) or {}
        count = group.get("instanceCount", 1)
        allowed = (1, 3) if name == "masterInstanceGroup" else None
        if isinstance(count, int) and (count not in allowed if allowed else count < 1):
            told = "1 or 3, which stand in for each other" if allowed else "1 or more"
            faults.append(Fault(f"{name}.instanceCount", f"{count} is no number of such nodes: give {told}"))
        faults += volume_faults(group.get("ebsConfigs") or [], f"{name}.ebsConfigs")
    return faults


def _several_primaries(props: Mapping[str, Any]) -> list[Fault]:
    """Auto-termination is overridden, and RunJobFlow needs a subnet and core nodes.

    https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-plan-ha-launch.html
    """
    if primaries(props) < 3:
        return []
    faults = []
    if props.get("autoTerminationPolicy"):
        faults.append(Fault("autoTerminationPolicy", "goes not with 3 primary nodes, which override it: remove it"))
    if props.get("keepJobFlowAliveWhenNoSteps") is False:
        faults.append(
            Fault("keepJobFlowAliveWhenNoSteps", "is false, and 3 primary nodes override that: set it to true")
        )
    if not props.get("coreInstanceGroup") and not props.get("coreInstanceFleet"):
        faults.append(Fault("coreInstanceGroup", "is missing, and 3 primary nodes need core nodes: give it"))
    ec2 = props.get("ec2Attributes") or {}
    if not ec2.get("subnetId") and not ec2.get("subnetIds"):
        faults.append(Fault("ec2Attributes.subnetId", "is missing, and 3 primary nodes need a subnet: set it"))
    release = re.fullmatch(r"emr-(\d+)\.(\d+)\.\d+", str(props.get("releaseLabel")))
    if release and (int(release[1]), int(release[2])) < _SEVERAL_PRIMARIES:
        faults.append(Fault("releaseLabel", f"{release[0]} knows one primary node only: give emr-5.23.0 or later"))
    return faults


def _fleets(props: Mapping[str, Any]) -> list[Fault]:
    faults = [
        fault for name, role in _FLEETS.items() for fault in fleet_faults(props.get(name) or {}, f"{name}.", role)
    ]
    subnets = (props.get("ec2Attributes") or {}).get("subnetIds") or []
    if isinstance(subnets, list) and len(subnets) > 1 and not props.get("masterInstanceFleet"):
        faults.append(Fault("ec2Attributes.subnetIds", "are for fleets to choose from: give groups one subnetId"))
    return faults


def fleet_faults(fleet: Mapping[str, Any], at: str, role: str) -> list[Fault]:
    """https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-instance-fleet.html"""
    if not fleet or has_unknown(fleet.get("instanceTypeConfigs")):
        return []
    types, launch = fleet.get("instanceTypeConfigs") or [], fleet.get("launchSpecifications") or {}
    faults = _capacity(fleet, at, role)
    most = 30 if launch else 5
    if not 1 <= len(types) <= most:
        told = "" if launch else ", or up to 30 with launchSpecifications that have an allocation strategy"
        faults.append(Fault(f"{at}instanceTypeConfigs", f"has {len(types)} types: give 1 to {most}{told}"))
    for number, each in enumerate(types):
        where = f"{at}instanceTypeConfigs[{number}]"
        if each.get("bidPrice") and each.get("bidPriceAsPercentageOfOnDemandPrice"):
            faults.append(Fault(f"{where}.bidPrice", "goes not with bidPriceAsPercentageOfOnDemandPrice: give one"))
        faults += _weight(each.get("weightedCapacity"), f"{where}.weightedCapacity", role)
        faults += volume_faults(each.get("ebsConfigs") or [], f"{where}.ebsConfigs")
    for number, spot in enumerate(launch.get("spotSpecifications") or []):
        minutes = spot.get("timeoutDurationMinutes")
        if isinstance(minutes, int) and not 5 <= minutes <= 1440:
            path = f"{at}launchSpecifications.spotSpecifications[{number}].timeoutDurationMinutes"
            faults.append(Fault(path, f"{minutes} is outside 5 to 1440: give a value within"))
    return faults


def _weight(weight: Any, at: str, role: str) -> list[Fault]:
    if not isinstance(weight, int) or (weight >= 1 and (role != "MASTER" or weight == 1)):
        return []
    return [Fault(at, f"{weight} is no weight: give 1" + ("" if role == "MASTER" else " or more"))]


def _capacity(fleet: Mapping[str, Any], at: str, role: str) -> list[Fault]:
    demand, spot = (fleet.get(f"target{kind}Capacity") or 0 for kind in ("OnDemand", "Spot"))
    if is_unknown(demand) or is_unknown(spot):
        return []
    if role == "MASTER" and (demand, spot) not in {(1, 0), (0, 1), (3, 0)}:
        told = f"with targetSpotCapacity {spot}: give 1 of the two, or 3 on demand"
        return [Fault(f"{at}targetOnDemandCapacity", f"{demand} is no capacity of primary nodes {told}")]
    if role == "CORE" and demand + spot < 1:
        return [Fault(f"{at}targetOnDemandCapacity", "is 0, and so is targetSpotCapacity: give 1 or more of either")]
    return []


def volume_faults(volumes: Any, at: str) -> list[Fault]:
    """https://docs.aws.amazon.com/emr/latest/APIReference/API_VolumeSpecification.html"""
    faults = []
    for number, each in enumerate(volumes if isinstance(volumes, list) else []):
        where, kind = f"{at}[{number}]", each.get("type")
        if kind not in _VOLUMES and not is_unknown(kind):
            faults.append(Fault(f"{where}.type", f"{kind!r} is no type of EMR's: give one of {', '.join(_VOLUMES)}"))
        if kind == "io1" and not each.get("iops"):
            faults.append(Fault(f"{where}.iops", "is missing, and io1 needs it: set it"))
        through = each.get("throughput")
        if through is not None and kind != "gp3":
            faults.append(Fault(f"{where}.throughput", f"goes not with {kind}: use gp3, or remove it"))
        elif isinstance(through, int) and not 125 <= through <= 1000:
            faults.append(Fault(f"{where}.throughput", f"{through} is outside 125 to 1000: give a value within"))
        if isinstance(each.get("size"), int) and each["size"] < 1:
            faults.append(Fault(f"{where}.size", f"{each['size']} is below 1 GiB: give 1 or more"))
    return faults


def _settings(props: Mapping[str, Any]) -> list[Fault]:
    faults = []
    if props.get("logEncryptionKmsKeyId") and not props.get("logUri"):
        faults.append(Fault("logEncryptionKmsKeyId", "does nothing without logUri: set that, or remove it"))
    idle = (props.get("autoTerminationPolicy") or {}).get("idleTimeout")
    if isinstance(idle, int) and not 60 <= idle <= 604800:
        faults.append(Fault("autoTerminationPolicy.idleTimeout", f"{idle} is outside 60 to 604800 s: give one within"))
    steps = props.get("stepConcurrencyLevel")
    if isinstance(steps, int) and not 1 <= steps <= 256:
        faults.append(Fault("stepConcurrencyLevel", f"{steps} is outside 1 to 256: give a value within"))
    # https://docs.aws.amazon.com/emr/latest/APIReference/API_PlacementGroupConfig.html
    for number, each in enumerate(props.get("placementGroupConfigs") or []):
        at = f"placementGroupConfigs[{number}]"
        if each.get("instanceRole") != "MASTER" or each.get("placementStrategy", "SPREAD") != "SPREAD":
            faults.append(Fault(at, "is none of EMR's: the only one is SPREAD for MASTER"))
        elif primaries(props) < 3:
            faults.append(Fault(at, "has nothing to spread with 1 primary node: give 3, or remove it"))
    return faults


def scaling(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/emr/latest/APIReference/API_ComputeLimits.html"""
    faults = []
    for number, each in enumerate(props.get("computeLimits") or []):
        least, most = each.get("minimumCapacityUnits"), each.get("maximumCapacityUnits")
        at = f"computeLimits[{number}]"
        if isinstance(least, int) and isinstance(most, int) and not 1 <= least <= most:
            faults.append(Fault(f"{at}.minimumCapacityUnits", f"{least} is outside 1 to {most}: give one within"))
        for name in ("maximumOndemandCapacityUnits", "maximumCoreCapacityUnits"):
            value = each.get(name)
            if isinstance(value, int) and isinstance(most, int) and value > most:
                faults.append(Fault(f"{at}.{name}", f"{value} is above the most of {most}: give that or less"))
    return faults


CLUSTER: tuple[Rule, ...] = (
    _nodes,
    _groups,
    _several_primaries,
    _fleets,
    _settings,
    like("releaseLabel", r"emr-\d+\.\d+\.\d+", "a release such as emr-7.12.0"),
)
