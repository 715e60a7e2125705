"""EMR: instance fleets and groups beside those that a cluster brings, and what its security groups may open."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from embedded.provider import sdk
from embedded.provider.cluster_rules import fleet_faults, volume_faults
from embedded.provider.entry import Entry, Fault, Gone, call, words
from embedded.provider.rules import document
from embedded.provider.shapes import Carrier
from embedded.provider.values import Props, has_unknown
from embedded.provider.work import CallError, Work, operation

FLEETS = {"masterInstanceFleet": "MASTER", "coreInstanceFleet": "CORE"}
_CLUSTER = "aws:emr/cluster:Cluster"
_GONE = words("InvalidRequestException")
_VOLUME = {"size": "SizeInGB", "type": "VolumeType", "iops": "Iops"}
_SPECIFICATIONS = {"onDemandSpecifications": "OnDemandSpecification", "spotSpecifications": "SpotSpecification"}
_TOLD = ("id", "provisionedOnDemandCapacity", "provisionedSpotCapacity")


def names(prefix: str = "") -> dict[str, str]:
    """How InstanceFleetConfig calls what differs, for a fleet under a property or at the top."""
    types = f"{prefix}instanceTypeConfigs"
    return {
        f"{types}.ebsConfigs": "EbsConfiguration.EbsBlockDeviceConfigs",
        **{f"{types}.ebsConfigs.{name}": f"VolumeSpecification.{member}" for name, member in _VOLUME.items()},
    }


def fleet_request(given: Mapping[str, Any], name: str) -> tuple[dict[str, Any], list[Fault]]:
    """A fleet of a cluster as RunJobFlow takes it, and what the shape has against it."""
    shape = operation("emr", "add_instance_fleet").input_shape.members["InstanceFleet"]
    carrier = Carrier(names(f"{name}."), "emr:run_job_flow")
    kind = sdk.inputs(_CLUSTER).fields[name].kind
    wanted = {k: v for k, v in given.items() if k not in _TOLD}
    made = carrier.carry(wanted, kind, shape, (name,))
    return {"Name": FLEETS[name].lower(), **made, "InstanceFleetType": FLEETS[name]}, carrier.faults


def fleet_limits(props: Mapping[str, Any]) -> list[Fault]:
    """What the shape has against the fleets of a cluster."""
    return [f for n in FLEETS if props.get(n) and not has_unknown(props[n]) for f in fleet_request(props[n], n)[1]]


def volumes(devices: list[dict[str, Any]]) -> list[Props]:
    """The disks of an instance, which EMR lists one by one, as they were asked for."""
    specs = Counter(tuple(d["VolumeSpecification"].get(m) for m in _VOLUME.values()) for d in devices)
    told = [dict(zip(_VOLUME, spec, strict=True)) | {"volumesPerInstance": count} for spec, count in specs.items()]
    return [{k: v for k, v in each.items() if v is not None} for each in told]


def fleet_props(found: Mapping[str, Any]) -> Props:
    """A fleet as ListInstanceFleets tells of it."""
    plain = {
        "instanceType": "InstanceType",
        "weightedCapacity": "WeightedCapacity",
        "bidPrice": "BidPrice",
        "bidPriceAsPercentageOfOnDemandPrice": "BidPriceAsPercentageOfOnDemandPrice",
    }
    types = []
    for each in found.get("InstanceTypeSpecifications", []):
        configurations = [
            {"classification": c["Classification"], "properties": c.get("Properties", {})}
            for c in each.get("Configurations", [])
        ]
        lists = {"ebsConfigs": volumes(each.get("EbsBlockDevices", [])), "configurations": configurations}
        types.append(
            {n: each[m] for n, m in plain.items() if m in each} | {n: items for n, items in lists.items() if items}
        )
    launch = found.get("LaunchSpecifications") or {}
    specs = {
        name: [{k[0].lower() + k[1:]: v for k, v in launch[member].items()}]
        for name, member in _SPECIFICATIONS.items()
        if launch.get(member)
    }
    return {
        "id": found["Id"],
        "name": found.get("Name"),
        "instanceTypeConfigs": types,
        **({"launchSpecifications": specs} if specs else {}),
        "targetOnDemandCapacity": found.get("TargetOnDemandCapacity", 0),
        "targetSpotCapacity": found.get("TargetSpotCapacity", 0),
        "provisionedOnDemandCapacity": found.get("ProvisionedOnDemandCapacity", 0),
        "provisionedSpotCapacity": found.get("ProvisionedSpotCapacity", 0),
    }


def _listed(work: Work, op: str, member: str) -> dict[str, Any]:
    try:
        held = work.ask(op, ClusterId=work.get("clusterId"))[member]
    except CallError as fault:
        if fault.code in _GONE:
            raise Gone from fault
        raise
    found: dict[str, Any] | None = next((each for each in held if each["Id"] == work.id), None)
    if found is None:
        raise Gone
    return found


def _read_fleet(work: Work) -> Props:
    found = fleet_props(_listed(work, "list_instance_fleets", "InstanceFleets"))
    # What is read is taken for AWS's own spelling once more.
    kept = {n: v for n, v in found.items() if n not in {"id", "instanceTypeConfigs", "launchSpecifications"}}
    return {**kept, "clusterId": work.get("clusterId")}


def _aim(work: Work, demand: int, spot: int) -> None:
    fleet = {"InstanceFleetId": work.id, "TargetOnDemandCapacity": demand, "TargetSpotCapacity": spot}
    work.ask("modify_instance_fleet", ClusterId=work.get("clusterId"), InstanceFleet=fleet)


def _resize_fleet(work: Work) -> None:
    _aim(work, *(int(work.new.get(n) or 0) for n in ("targetOnDemandCapacity", "targetSpotCapacity")))


def _empty_fleet(work: Work) -> None:
    """EMR takes no fleet away before its cluster: Terraform's provider sets it to nothing."""
    _aim(work, 0, 0)


def _read_group(work: Work) -> Props:
    found = _listed(work, "list_instance_groups", "InstanceGroups")
    if found["Status"]["State"] in {"TERMINATING", "TERMINATED"}:
        raise Gone
    return {
        "clusterId": work.get("clusterId"),
        "name": found.get("Name"),
        "instanceType": found["InstanceType"],
        "instanceCount": found["RequestedInstanceCount"],
        "runningInstanceCount": found["RunningInstanceCount"],
        "status": found["Status"]["State"],
        "bidPrice": found.get("BidPrice"),
        "ebsConfigs": [_spelt(v) for v in volumes(found.get("EbsBlockDevices", []))],
    }


def _spelt(volume: Props) -> Props:
    spec = {member: volume[name] for name, member in _VOLUME.items() if name in volume}
    return {"VolumeSpecification": spec, "VolumesPerInstance": volume["volumesPerInstance"]}


def _resize_group(work: Work) -> None:
    wanted = int(work.new.get("instanceCount") or 0)
    change = {"InstanceGroupId": work.id, "InstanceCount": wanted}
    work.ask("modify_instance_groups", ClusterId=work.get("clusterId"), InstanceGroups=[change])


def _empty_group(work: Work) -> None:
    """A group stays as long as its cluster does: Terraform's provider sets it to no instances."""
    change = {"InstanceGroupId": work.id, "InstanceCount": 0}
    work.ask("modify_instance_groups", ClusterId=work.get("clusterId"), InstanceGroups=[change])


def _fleet(props: Mapping[str, Any]) -> list[Fault]:
    return fleet_faults(props, "", "TASK")


def _group(props: Mapping[str, Any]) -> list[Fault]:
    faults = volume_faults(props.get("ebsConfigs") or [], "ebsConfigs")
    count = props.get("instanceCount")
    if isinstance(count, int) and count < 0:
        faults.append(Fault("instanceCount", f"{count} is below 0: give 0 or more"))
    return faults


def _ranges(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/emr/latest/APIReference/API_PortRange.html"""
    faults = []
    name = "permittedPublicSecurityGroupRuleRanges"
    for number, each in enumerate(props.get(name) or []):
        at, least, most = f"{name}[{number}]", each.get("minRange"), each.get("maxRange")
        if isinstance(least, int) and isinstance(most, int) and not 0 <= least <= most <= 65535:
            faults.append(Fault(at, f"{least} to {most} are no ports: give two from 0 to 65535, the smaller first"))
    return faults


_ONLY = "emr-block-public-access-configuration"
_BLOCK = call("put_block_public_access_configuration", into="BlockPublicAccessConfiguration")
# What an account has from the start: port 22 alone may be open.
_AT_FIRST = {
    "BlockPublicSecurityGroupRules": True,
    "PermittedPublicSecurityGroupRuleRanges": [{"MinRange": 22, "MaxRange": 22}],
}
_DISKS = {
    "ebsConfigs": "EbsConfiguration.EbsBlockDeviceConfigs",
    "ebsOptimized": "EbsConfiguration.EbsOptimized",
    **{f"ebsConfigs.{name}": f"VolumeSpecification.{member}" for name, member in _VOLUME.items()},
}

ENTRIES: dict[str, Entry] = {
    "aws:emr/instanceFleet:InstanceFleet": Entry(
        service="emr",
        id="if-{upper13}",
        create=call(
            "add_instance_fleet",
            ClusterId="{clusterId}",
            InstanceFleet={"InstanceFleetType": "TASK"},
            into="InstanceFleet",
            gives="InstanceFleetId",
        ),
        read=(_read_fleet,),
        update=_resize_fleet,
        delete=_empty_fleet,
        names=names(),
        unread=words("instanceTypeConfigs launchSpecifications"),
        replace=words("clusterId instanceTypeConfigs launchSpecifications name"),
        gone=_GONE,
        named="name",
        longest=256,
        rules=(_fleet,),
        cfn="AWS::EMR::InstanceFleetConfig",
    ),
    "aws:emr/instanceGroup:InstanceGroup": Entry(
        service="emr",
        id="ig-{upper13}",
        create=call(
            "add_instance_groups",
            JobFlowId="{clusterId}",
            InstanceGroups=[{"InstanceRole": "TASK"}],
            into="InstanceGroups",
            skip="autoscalingPolicy",
            gives="InstanceGroupIds[0]",
        ),
        read=(_read_group,),
        update=_resize_group,
        delete=_empty_group,
        names={**_DISKS, "configurationsJson": "Configurations"},
        defaults={"instanceCount": 1},
        unread=words("ebsOptimized configurationsJson"),
        outputs={"status": "RUNNING"},
        replace=words("clusterId instanceType bidPrice configurationsJson ebsConfigs ebsOptimized name"),
        gone=_GONE,
        named="name",
        longest=256,
        rules=(_group, document("configurationsJson")),
    ),
    "aws:emr/blockPublicAccessConfiguration:BlockPublicAccessConfiguration": Entry(
        service="emr",
        id=_ONLY,
        create=_BLOCK,
        read=(call("get_block_public_access_configuration", take="BlockPublicAccessConfiguration"),),
        update=_BLOCK,
        delete=call("put_block_public_access_configuration", BlockPublicAccessConfiguration=_AT_FIRST),
        rules=(_ranges,),
    ),
}
