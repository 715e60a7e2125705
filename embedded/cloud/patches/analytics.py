"""Athena, Redshift and EMR: updates and deletions that moto lacks, settings that it drops."""

import json
from typing import Any

from moto.athena.models import WorkGroup
from moto.athena.responses import AthenaResponse
from moto.core.responses import ActionResult, BaseResponse, EmptyResult
from moto.emr.responses import ElasticMapReduceResponse
from moto.redshift.exceptions import ClusterNotFoundError, ClusterSubnetGroupNotFoundError
from moto.redshift.models import Cluster, ParameterGroup
from moto.redshift.responses import RedshiftResponse

from embedded.cloud.patches.graft import graft

_RESULT_FIELDS = ("OutputLocation", "EncryptionConfiguration", "ExpectedBucketOwner", "AclConfiguration")


class _Athena:
    def update_work_group(self: Any) -> Any:
        name = self._get_param("WorkGroup")
        group: WorkGroup | None = self.athena_backend.work_groups.get(name)
        if group is None:
            return self.error(f"WorkGroup {name} is not found.", 400)
        description, state = self._get_param("Description"), self._get_param("State")
        if description is not None:
            group.description = description
        if state is not None:
            group.state = state
        _update_configuration(group.configuration, self._get_param("ConfigurationUpdates") or {})
        return "{}"

    def delete_work_group(self: Any) -> Any:
        name = self._get_param("WorkGroup")
        if name == "primary":
            return self.error("The primary workgroup cannot be deleted.", 400)
        used = [query for query in self.athena_backend.named_queries.values() if query.workgroup.name == name]
        if used and not self._get_param("RecursiveDeleteOption"):
            return self.error(f"WorkGroup {name} is not empty", 400)
        for query in used:
            del self.athena_backend.named_queries[query.id]
        self.athena_backend.delete_work_group(name)
        return "{}"

    def get_work_group(self: Any) -> Any:
        name = self._get_param("WorkGroup")
        found = self.athena_backend.get_work_group(name)
        if found is None:
            return self.error(f"WorkGroup {name} is not found.", 400)
        return json.dumps({"WorkGroup": found})

    def get_named_query(self: Any) -> Any:
        identifier = self._get_param("NamedQueryId")
        if identifier not in self.athena_backend.named_queries:
            return self.error(f"NamedQuery {identifier} was not found", 400)
        return _get_named_query(self)

    def update_named_query(self: Any) -> Any:
        query = self.athena_backend.named_queries.get(self._get_param("NamedQueryId"))
        if query is None:
            return self.error("NamedQuery was not found", 400)
        query.name = self._get_param("Name")
        query.query_string = self._get_param("QueryString")
        query.description = self._get_param("Description") or query.description
        return "{}"

    def list_tags_for_resource(self: Any) -> str:
        """What has no tags is there all the same."""
        found = self.athena_backend.list_tags_for_resource(self._get_param("ResourceARN"))
        return json.dumps(found or {"Tags": []})

    def delete_named_query(self: Any) -> Any:
        if self.athena_backend.named_queries.pop(self._get_param("NamedQueryId"), None) is None:
            return self.error("NamedQuery was not found", 400)
        return "{}"


_get_named_query = AthenaResponse.get_named_query


def _update_configuration(configuration: dict[str, Any], updates: dict[str, Any]) -> None:
    updates = dict(updates)
    result = dict(configuration.get("ResultConfiguration") or {})
    changes = updates.pop("ResultConfigurationUpdates", {})
    for field in _RESULT_FIELDS:
        if changes.get(f"Remove{field}"):
            result.pop(field, None)
        if field in changes:
            result[field] = changes[field]
    configuration["ResultConfiguration"] = result
    for remove, field in (
        ("RemoveBytesScannedCutoffPerQuery", "BytesScannedCutoffPerQuery"),
        ("RemoveCustomerContentEncryptionConfiguration", "CustomerContentEncryptionConfiguration"),
    ):
        if updates.pop(remove, False):
            configuration.pop(field, None)
    configuration.update(updates)


_CLUSTER_SETTINGS = {
    "MultiAZ": "embedded_multi_az",
    "AvailabilityZoneRelocation": "availability_zone_relocation",
    "MaintenanceTrackName": "maintenance_track_name",
    "ManualSnapshotRetentionPeriod": "manual_snapshot_retention_period",
    "DefaultIamRoleArn": "default_iam_role_arn",
}
_create_cluster = RedshiftResponse.create_cluster
_modify_cluster = RedshiftResponse.modify_cluster


class _Redshift:
    def create_cluster(self: Any) -> Any:
        answer = _create_cluster(self)
        _keep_cluster_settings(self)
        return answer

    def modify_cluster(self: Any) -> Any:
        answer = _modify_cluster(self)
        _keep_cluster_settings(self)
        return answer

    def modify_cluster_iam_roles(self: Any) -> ActionResult:
        name = self._get_param("ClusterIdentifier")
        cluster: Cluster | None = self.redshift_backend.clusters.get(name)
        if cluster is None:
            raise ClusterNotFoundError(name)
        removed = self._get_param("RemoveIamRoles", [])
        added = self._get_param("AddIamRoles", [])
        cluster.iam_roles_arn = [
            *(arn for arn in cluster.iam_roles_arn if arn not in removed),
            *(arn for arn in added if arn not in cluster.iam_roles_arn),
        ]
        return ActionResult({"Cluster": cluster})

    def modify_cluster_subnet_group(self: Any) -> ActionResult:
        name = self._get_param("ClusterSubnetGroupName")
        group = self.redshift_backend.subnet_groups.get(name)
        if group is None:
            raise ClusterSubnetGroupNotFoundError(name)
        group.subnet_ids = self._get_param("SubnetIds", [])
        group.description = self._get_param("Description") or group.description
        return ActionResult({"ClusterSubnetGroup": group})

    def modify_cluster_parameter_group(self: Any) -> ActionResult:
        group = _parameter_group(self)
        kept: dict[str, dict[str, Any]] = group.__dict__.setdefault("embedded_parameters", {})
        for parameter in self._get_param("Parameters", []):
            kept[parameter["ParameterName"]] = {**parameter, "Source": "user"}
        status = "Your parameter group has been updated."
        return ActionResult({"ParameterGroupName": group.name, "ParameterGroupStatus": status})

    def reset_cluster_parameter_group(self: Any) -> ActionResult:
        group = _parameter_group(self)
        kept: dict[str, dict[str, Any]] = group.__dict__.setdefault("embedded_parameters", {})
        if self._get_bool_param("ResetAllParameters", False):
            kept.clear()
        for parameter in self._get_param("Parameters", []):
            kept.pop(parameter["ParameterName"], None)
        status = "Your parameter group has been updated."
        return ActionResult({"ParameterGroupName": group.name, "ParameterGroupStatus": status})

    def describe_cluster_parameters(self: Any) -> ActionResult:
        name = self._get_param("ParameterGroupName")
        kept = getattr(_parameter_group(self), "embedded_parameters", {})
        default = {one["ParameterName"]: one for one in self.redshift_backend.describe_cluster_parameters(name)}
        return ActionResult({"Parameters": list({**default, **kept}.values())})


def _parameter_group(response: Any) -> ParameterGroup:
    name = response._get_param("ParameterGroupName")
    return response.redshift_backend.describe_cluster_parameter_groups(name)[0]


def _keep_cluster_settings(response: Any) -> None:
    cluster = response.redshift_backend.clusters[response._get_param("ClusterIdentifier")]
    for field, attribute in _CLUSTER_SETTINGS.items():
        value = response._get_param(field)
        if value is not None:
            setattr(cluster, attribute, value)
    if hasattr(cluster, "embedded_multi_az"):
        # AWS takes a boolean and answers with a word.
        cluster.multi_az = "Enabled" if cluster.embedded_multi_az else "Disabled"
    if hasattr(cluster, "availability_zone_relocation"):
        asked = cluster.availability_zone_relocation
        cluster.availability_zone_relocation_status = "enabled" if asked else "disabled"


_run_job_flow = ElasticMapReduceResponse.run_job_flow
_CLUSTER_FIELDS = {"LogEncryptionKmsKeyId": "log_encryption_kms_key_id", "ScaleDownBehavior": "scale_down_behavior"}


class _Emr:
    # moto takes the region from the host name alone, and behind one endpoint puts all clusters into us-east-1.
    get_region_from_url = BaseResponse.get_region_from_url

    def run_job_flow(self: Any) -> Any:
        answer = _run_job_flow(self)
        cluster = self.backend.describe_cluster(answer.result["JobFlowId"])
        for field, attribute in _CLUSTER_FIELDS.items():
            if self._get_param(field) is not None:
                setattr(cluster, attribute, self._get_param(field))
        for field in ("AutoTerminationPolicy", "ManagedScalingPolicy"):
            cluster.__dict__[f"embedded_{field}"] = _plain(self._get_param(field))
        return answer

    def put_auto_termination_policy(self: Any) -> ActionResult:
        return _put_policy(self, "AutoTerminationPolicy")

    def get_auto_termination_policy(self: Any) -> ActionResult:
        return _get_policy(self, "AutoTerminationPolicy")

    def remove_auto_termination_policy(self: Any) -> ActionResult:
        return _remove_policy(self, "AutoTerminationPolicy")

    def put_managed_scaling_policy(self: Any) -> ActionResult:
        return _put_policy(self, "ManagedScalingPolicy")

    def get_managed_scaling_policy(self: Any) -> ActionResult:
        return _get_policy(self, "ManagedScalingPolicy")

    def remove_managed_scaling_policy(self: Any) -> ActionResult:
        return _remove_policy(self, "ManagedScalingPolicy")


def _plain(value: Any) -> Any:
    return value.original_dict() if hasattr(value, "original_dict") else value


def _attributes_of_cluster(response: Any) -> dict[str, Any]:
    attributes: dict[str, Any] = response.backend.describe_cluster(response._get_param("ClusterId")).__dict__
    return attributes


def _put_policy(response: Any, kind: str) -> ActionResult:
    _attributes_of_cluster(response)[f"embedded_{kind}"] = _plain(response._get_param(kind))
    return EmptyResult()


def _get_policy(response: Any, kind: str) -> ActionResult:
    policy = _attributes_of_cluster(response).get(f"embedded_{kind}")
    return ActionResult({kind: policy} if policy else {})


def _remove_policy(response: Any, kind: str) -> ActionResult:
    _attributes_of_cluster(response)[f"embedded_{kind}"] = None
    return EmptyResult()


def install() -> None:
    """Patch the three response classes."""
    graft(AthenaResponse, _Athena)
    graft(RedshiftResponse, _Redshift)
    graft(ElasticMapReduceResponse, _Emr)
