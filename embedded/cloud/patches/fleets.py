"""EMR: instance fleets, ids of groups that are added, several primary nodes, and what a region's groups may open."""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.emr.exceptions import ValidationException
from moto.emr.responses import ElasticMapReduceResponse
from moto.moto_api._internal import mock_random

from embedded.cloud.patches.graft import graft

_add_instance_groups = ElasticMapReduceResponse.add_instance_groups
_put_block = ElasticMapReduceResponse.put_block_public_access_configuration
_TARGETS = {"TargetOnDemandCapacity": "ProvisionedOnDemandCapacity", "TargetSpotCapacity": "ProvisionedSpotCapacity"}
_SEVERAL = 3


class _Fleets:
    def add_instance_groups(self: Any) -> ActionResult:
        groups = _add_instance_groups(self).result["InstanceGroups"]
        return ActionResult({"JobFlowId": self._get_param("JobFlowId"), "InstanceGroupIds": [g.id for g in groups]})

    def add_instance_fleet(self: Any) -> ActionResult:
        cluster = self.backend.describe_cluster(self._get_param("ClusterId"))
        fleet = _add(cluster, _plain(self._get_param("InstanceFleet")))
        return ActionResult({"ClusterId": cluster.id, "InstanceFleetId": fleet["Id"], "ClusterArn": cluster.arn})

    def list_instance_fleets(self: Any) -> ActionResult:
        return ActionResult({"InstanceFleets": _held(self.backend.describe_cluster(self._get_param("ClusterId")))})

    def modify_instance_fleet(self: Any) -> ActionResult:
        change = _plain(self._get_param("InstanceFleet"))
        held = _held(self.backend.describe_cluster(self._get_param("ClusterId")))
        fleet = next((f for f in held if f["Id"] == change["InstanceFleetId"]), None)
        if fleet is None:
            raise ValidationException(f"Instance fleet {change['InstanceFleetId']} is not valid.")
        _aim(fleet, change)
        return EmptyResult()

    def put_block_public_access_configuration(self: Any) -> ActionResult:
        answer: ActionResult = _put_block(self)
        asked = _plain(self._get_param("BlockPublicAccessConfiguration"))
        kept = self.backend.block_public_access_configuration["block_public_access_configuration"]
        # moto takes false for nothing said.
        kept["block_public_security_group_rules"] = asked["BlockPublicSecurityGroupRules"]
        return answer


def _complete(response: Any, cluster: Any) -> None:
    cluster.placement_groups = _plain(response._get_param("PlacementGroupConfigs", []))
    for fleet in _plain(response._get_param("Instances.InstanceFleets", [])):
        _add(cluster, fleet)
    if _primaries(cluster) >= _SEVERAL:
        # https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-plan-ha-launch.html
        cluster.termination_protected = cluster.keep_job_flow_alive_when_no_steps = True


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.original_dict() if hasattr(value, "original_dict") else value


def _held(cluster: Any) -> list[dict[str, Any]]:
    fleets: list[dict[str, Any]] = cluster.__dict__.setdefault("embedded_fleets", [])
    return fleets


def _add(cluster: Any, asked: dict[str, Any]) -> dict[str, Any]:
    fleet = {k: v for k, v in asked.items() if k != "InstanceTypeConfigs"}
    fleet |= {"Id": f"if-{mock_random.get_random_hex(13).upper()}", "Status": {"State": "RUNNING"}}
    fleet["InstanceTypeSpecifications"] = [_type(each) for each in asked.get("InstanceTypeConfigs", [])]
    _aim(fleet, asked)
    _held(cluster).append(fleet)
    cluster.instance_collection_type = "INSTANCE_FLEET"
    return fleet


def _type(asked: dict[str, Any]) -> dict[str, Any]:
    """The disks one by one, as EMR lists them."""
    disks = asked.get("EbsConfiguration", {}).get("EbsBlockDeviceConfigs", [])
    devices = [d["VolumeSpecification"] for d in disks for _ in range(d.get("VolumesPerInstance", 1))]
    told = [{"VolumeSpecification": spec, "Device": f"/dev/sd{chr(ord('b') + n)}"} for n, spec in enumerate(devices)]
    return {**{k: v for k, v in asked.items() if k != "EbsConfiguration"}, "EbsBlockDevices": told}


def _aim(fleet: dict[str, Any], asked: dict[str, Any]) -> None:
    for target, provisioned in _TARGETS.items():
        fleet[target] = fleet[provisioned] = asked.get(target, fleet.get(target, 0))


def _primaries(cluster: Any) -> int:
    fleets = [f["TargetOnDemandCapacity"] for f in _held(cluster) if f["InstanceFleetType"] == "MASTER"]
    return max([g.num_instances for g in cluster.instance_groups if g.role == "MASTER"] + fleets, default=0)


def install() -> None:
    """Patch the response class, over what `analytics` made of it."""
    run_job_flow = ElasticMapReduceResponse.run_job_flow

    def run(self: Any) -> Any:
        answer = run_job_flow(self)
        _complete(self, self.backend.describe_cluster(answer.result["JobFlowId"]))
        return answer

    graft(ElasticMapReduceResponse, _Fleets)
    setattr(ElasticMapReduceResponse, "run_job_flow", run)  # noqa: B010 - mypy takes no assignment to a method
