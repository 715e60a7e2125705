"""EMR: clusters, their security and their scaling."""

import json
from collections.abc import Mapping
from typing import Any

from embedded.provider.cluster_rules import CLUSTER, scaling
from embedded.provider.entry import Entry, Tagging, call, put, words
from embedded.provider.rules import document
from embedded.provider.table.fleets import FLEETS, fleet_limits, fleet_props, fleet_request
from embedded.provider.values import Props
from embedded.provider.work import Work

_ID: dict[str, Any] = {"ClusterId": "{id}"}
_GROUPS = {"masterInstanceGroup": "MASTER", "coreInstanceGroup": "CORE"}
_EC2 = {
    "instanceProfile": "JobFlowRole",
    "keyName": "Ec2KeyName",
    "subnetId": "Ec2SubnetId",
    "subnetIds": "Ec2SubnetIds",
    "emrManagedMasterSecurityGroup": "EmrManagedMasterSecurityGroup",
    "emrManagedSlaveSecurityGroup": "EmrManagedSlaveSecurityGroup",
    "serviceAccessSecurityGroup": "ServiceAccessSecurityGroup",
    "additionalMasterSecurityGroups": "AdditionalMasterSecurityGroups",
    "additionalSlaveSecurityGroups": "AdditionalSlaveSecurityGroups",
}
_LISTS = {"additionalMasterSecurityGroups", "additionalSlaveSecurityGroups"}
_PLAIN = {
    "name": "Name",
    "releaseLabel": "ReleaseLabel",
    "serviceRole": "ServiceRole",
    "logUri": "LogUri",
    "logEncryptionKmsKeyId": "LogEncryptionKmsKeyId",
    "securityConfiguration": "SecurityConfiguration",
    "scaleDownBehavior": "ScaleDownBehavior",
    "stepConcurrencyLevel": "StepConcurrencyLevel",
    "customAmiId": "CustomAmiId",
    "ebsRootVolumeSize": "EbsRootVolumeSize",
    "autoscalingRole": "AutoScalingRole",
    "osReleaseLabel": "OSReleaseLabel",
}


def _instances(props: Mapping[str, Any]) -> dict[str, Any]:
    ec2 = props.get("ec2Attributes") or {}
    out: dict[str, Any] = {
        "KeepJobFlowAliveWhenNoSteps": props.get("keepJobFlowAliveWhenNoSteps", True),
        "TerminationProtected": props.get("terminationProtection", False),
        "UnhealthyNodeReplacement": props.get("unhealthyNodeReplacement", False),
    }
    for name, member in _EC2.items():
        if ec2.get(name) and name != "instanceProfile":
            out[member] = ec2[name].split(",") if name in _LISTS else ec2[name]
    fleets = [fleet_request(props[name], name)[0] for name in FLEETS if props.get(name)]
    if fleets:
        return {**out, "InstanceFleets": fleets}
    groups = [_group(props[name], role) for name, role in _GROUPS.items() if props.get(name)]
    return {**out, "InstanceGroups": groups}


def _group(given: Mapping[str, Any], role: str) -> dict[str, Any]:
    group: dict[str, Any] = {
        "InstanceRole": role,
        "InstanceType": given["instanceType"],
        "InstanceCount": given.get("instanceCount", 1),
        "Name": given.get("name") or role.lower(),
        "Market": "SPOT" if given.get("bidPrice") else "ON_DEMAND",
    }
    if given.get("bidPrice"):
        group["BidPrice"] = given["bidPrice"]
    if given.get("ebsConfigs"):
        group["EbsConfiguration"] = {"EbsBlockDeviceConfigs": [_volume(e) for e in given["ebsConfigs"]]}
    return group


def _volume(given: Mapping[str, Any]) -> dict[str, Any]:
    names = {"size": "SizeInGB", "type": "VolumeType", "iops": "Iops", "throughput": "Throughput"}
    spec = {m: given[n] for n, m in names.items() if given.get(n)}
    return {"VolumeSpecification": spec, "VolumesPerInstance": given.get("volumesPerInstance", 1)}


def _create(work: Work) -> str:
    props = work.new
    members: dict[str, Any] = {m: props[n] for n, m in _PLAIN.items() if props.get(n) is not None}
    members["Instances"] = _instances(props)
    members["VisibleToAllUsers"] = props.get("visibleToAllUsers", True)
    profile = (props.get("ec2Attributes") or {}).get("instanceProfile")
    if profile:
        members["JobFlowRole"] = profile.rsplit("/", 1)[-1]
    if props.get("applications"):
        members["Applications"] = [{"Name": name} for name in props["applications"]]
    if props.get("configurationsJson"):
        members["Configurations"] = json.loads(props["configurationsJson"])
    if props.get("autoTerminationPolicy"):
        members["AutoTerminationPolicy"] = {"IdleTimeout": props["autoTerminationPolicy"]["idleTimeout"]}
    if props.get("bootstrapActions"):
        members["BootstrapActions"] = [
            {"Name": b["name"], "ScriptBootstrapAction": {"Path": b["path"], "Args": b.get("args", [])}}
            for b in props["bootstrapActions"]
        ]
    if props.get("placementGroupConfigs"):
        members["PlacementGroupConfigs"] = [
            {"InstanceRole": p["instanceRole"], "PlacementStrategy": p.get("placementStrategy", "SPREAD")}
            for p in props["placementGroupConfigs"]
        ]
    return str(work.ask("run_job_flow", **members)["JobFlowId"])


def _read(work: Work) -> Props:
    """What DescribeCluster lacks or spells otherwise."""
    found = work.ask("describe_cluster", ClusterId=work.id)["Cluster"]
    groups = work.ask("list_instance_groups", ClusterId=work.id)["InstanceGroups"]
    out: Props = {"applications": [a["Name"] for a in found.get("Applications", []) if a.get("Name")]}
    for name, role in _GROUPS.items():
        group = next((g for g in groups if g["InstanceGroupType"] == role), None)
        if group:
            out[name] = {
                "id": group["Id"],
                "name": group.get("Name"),
                "instanceType": group["InstanceType"],
                "instanceCount": group["RequestedInstanceCount"],
                **({"bidPrice": group["BidPrice"]} if group.get("BidPrice") else {}),
            }
    fleets = work.ask("list_instance_fleets", ClusterId=work.id)["InstanceFleets"]
    for name, role in FLEETS.items():
        held = next((f for f in fleets if f["InstanceFleetType"] == role), None)
        if held:
            out[name] = fleet_props(held)
    if found.get("Configurations"):
        out["configurationsJson"] = json.dumps(found["Configurations"])
    actions = work.ask("list_bootstrap_actions", ClusterId=work.id)["BootstrapActions"]
    out["bootstrapActions"] = [{"name": a["Name"], "path": a["ScriptPath"], "args": a.get("Args", [])} for a in actions]
    held = found.get("Ec2InstanceAttributes", {})
    asked = work.get("ec2Attributes") or {}
    profile = held.get("IamInstanceProfile", "")
    same = str(asked.get("instanceProfile", "")).rsplit("/", 1)[-1] == profile.rsplit("/", 1)[-1]
    ec2 = {"instanceProfile": asked.get("instanceProfile") if same else profile}
    members = {**{n: m for n, m in _EC2.items() if n != "subnetIds"}, "subnetId": "Ec2SubnetId"}
    for name, member in members.items():
        value = held.get(member)
        if value and name != "instanceProfile":
            ec2[name] = ",".join(value) if isinstance(value, list) else value
    return {
        **out,
        "ec2Attributes": ec2,
        "masterPublicDns": found.get("MasterPublicDnsName"),
        "clusterState": found["Status"]["State"],
    }


def _protect(work: Work) -> None:
    wanted = work.new.get("terminationProtection", False)
    work.ask("set_termination_protection", JobFlowIds=[work.id], TerminationProtected=wanted)


def _resize(work: Work) -> None:
    wanted = work.new["coreInstanceGroup"]["instanceCount"]
    id_ = work.old["coreInstanceGroup"]["id"]
    work.ask(
        "modify_instance_groups", ClusterId=work.id, InstanceGroups=[{"InstanceGroupId": id_, "InstanceCount": wanted}]
    )


def _terminate(work: Work) -> None:
    """A protected cluster is refused, as AWS refuses it."""
    work.ask("terminate_job_flows", JobFlowIds=[work.id])


_REPLACING = (
    "name releaseLabel serviceRole securityConfiguration logUri logEncryptionKmsKeyId customAmiId ebsRootVolumeSize "
    "autoscalingRole osReleaseLabel applications configurationsJson bootstrapActions ec2Attributes "
    "masterInstanceGroup coreInstanceGroup.instanceType coreInstanceGroup.ebsConfigs coreInstanceGroup.bidPrice "
    "keepJobFlowAliveWhenNoSteps scaleDownBehavior unhealthyNodeReplacement masterInstanceFleet coreInstanceFleet "
    "placementGroupConfigs"
)

ENTRIES: dict[str, Entry] = {
    "aws:emr/securityConfiguration:SecurityConfiguration": Entry(
        service="emr",
        id="{name}",
        create=call("create_security_configuration", SecurityConfiguration="{configuration}", skip="configuration"),
        read=(call("describe_security_configuration", Name="{id}"),),
        delete=call("delete_security_configuration", Name="{id}"),
        reads={"configuration": "SecurityConfiguration", "creationDate": "CreationDateTime"},
        outputs={"creationDate": "{now}"},
        replace=words("name configuration"),
        gone=words("InvalidRequestException"),
        named="name",
        longest=280,
        rules=(document("configuration"),),
    ),
    "aws:emr/cluster:Cluster": Entry(
        service="emr",
        id="j-{upper13}",
        create=_create,
        like=call("run_job_flow", only=" ".join(_PLAIN)),
        read=(
            call("describe_cluster", **_ID, take="Cluster"),
            _read,
            call("get_auto_termination_policy", **_ID, sets={"autoTerminationPolicy": "AutoTerminationPolicy"}),
        ),
        puts=(
            put("terminationProtection", _protect, _protect),
            put("coreInstanceGroup", _resize, at_creation=False),
            put("stepConcurrencyLevel", call("modify_cluster", **_ID)),
            put("visibleToAllUsers", call("set_visible_to_all_users", JobFlowIds=["{id}"])),
            put(
                "autoTerminationPolicy",
                call("put_auto_termination_policy", **_ID),
                call("remove_auto_termination_policy", **_ID),
            ),
        ),
        delete=_terminate,
        tags=Tagging({"ResourceId": "{id}"}, "add_tags", "remove_tags"),
        takes=words(
            "applications configurationsJson ec2Attributes masterInstanceGroup coreInstanceGroup autoTerminationPolicy "
            "terminationProtection visibleToAllUsers bootstrapActions keepJobFlowAliveWhenNoSteps "
            "unhealthyNodeReplacement masterInstanceFleet coreInstanceFleet placementGroupConfigs"
        ),
        names={"visibleToAllUsers": "VisibleToAllUsers"},
        reads={
            "terminationProtection": "TerminationProtected",
            "keepJobFlowAliveWhenNoSteps": "!AutoTerminate",
            "placementGroupConfigs": "PlacementGroups",
        },
        unread=words(
            "customAmiId osReleaseLabel unhealthyNodeReplacement autoscalingRole masterInstanceGroup.ebsConfigs "
            "coreInstanceGroup.ebsConfigs ec2Attributes.subnetIds"
        ),
        ordered=words("bootstrapActions"),
        outputs={
            "arn": "arn:{partition}:elasticmapreduce:{region}:{account}:cluster/{id}",
            "clusterState": "WAITING",
            "masterPublicDns": "ip-10-0-0-1.{region}.compute.internal",
        },
        replace=words(_REPLACING),
        gone=words("InvalidRequestException"),
        gone_if="Status.State=='TERMINATED' || Status.State=='TERMINATED_WITH_ERRORS' || Status.State=='TERMINATING'",
        named="name",
        longest=256,
        rules=(*CLUSTER, fleet_limits, document("configurationsJson")),
        cfn="AWS::EMR::Cluster",
    ),
    "aws:emr/managedScalingPolicy:ManagedScalingPolicy": Entry(
        service="emr",
        id="{clusterId}",
        create=call("put_managed_scaling_policy", ClusterId="{clusterId}", into="ManagedScalingPolicy"),
        read=(call("get_managed_scaling_policy", ClusterId="{id}", take="ManagedScalingPolicy"),),
        update=call("put_managed_scaling_policy", ClusterId="{clusterId}", into="ManagedScalingPolicy"),
        delete=call("remove_managed_scaling_policy", ClusterId="{id}"),
        outputs={"clusterId": "{id}"},
        replace=words("clusterId"),
        gone=words("InvalidRequestException"),
        rules=(scaling,),
    ),
}
