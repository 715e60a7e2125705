"""Redshift: modifications that moto lacks, settings that it drops, and the secret of a managed password."""

import json
import secrets
from typing import Any

from moto.core.responses import ActionResult
from moto.redshift.exceptions import ClusterNotFoundError, ClusterSubnetGroupNotFoundError, RedshiftClientError
from moto.redshift.models import Cluster, ParameterGroup
from moto.redshift.responses import RedshiftResponse
from moto.secretsmanager.models import secretsmanager_backends

from embedded.cloud.patches.graft import graft

_CLUSTER_SETTINGS = {
    "MultiAZ": "embedded_multi_az",
    "AvailabilityZoneRelocation": "availability_zone_relocation",
    "MaintenanceTrackName": "maintenance_track_name",
    "ManualSnapshotRetentionPeriod": "manual_snapshot_retention_period",
    "DefaultIamRoleArn": "default_iam_role_arn",
}
_ZONES_OF_MULTI_AZ = 3
_create_cluster = RedshiftResponse.create_cluster
_modify_cluster = RedshiftResponse.modify_cluster
_delete_cluster = RedshiftResponse.delete_cluster


class _Redshift:
    def create_cluster(self: Any) -> Any:
        _check_zones(self)
        answer = _create_cluster(self)
        _keep_cluster_settings(self)
        if self._get_bool_param("ManageMasterPassword"):
            _make_secret(self, answer.result["Cluster"])
        return answer

    def delete_cluster(self: Any) -> Any:
        answer = _delete_cluster(self)
        arn = getattr(answer.result["Cluster"], "master_password_secret_arn", None)
        if arn:
            _secrets(self).delete_secret(arn, None, True)
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


def _check_zones(response: Any) -> None:
    """Multi-AZ needs three zones: https://docs.aws.amazon.com/redshift/latest/mgmt/overview-multi-az.html"""
    group = response.redshift_backend.subnet_groups.get(response._get_param("ClusterSubnetGroupName"))
    if group is None or not response._get_bool_param("MultiAZ"):
        return
    zones = {subnet.availability_zone for subnet in group.subnets}
    if len(zones) < _ZONES_OF_MULTI_AZ:
        reason = f"a Multi-AZ cluster needs a subnet group in {_ZONES_OF_MULTI_AZ} zones; it has {len(zones)}"
        raise RedshiftClientError("InvalidSubnet", f"{group.cluster_subnet_group_name}: {reason}")


def _keep_cluster_settings(response: Any) -> None:
    cluster = response.redshift_backend.clusters[response._get_param("ClusterIdentifier")]
    for field, attribute in _CLUSTER_SETTINGS.items():
        value = response._get_param(field)
        if value is not None:
            setattr(cluster, attribute, value)
    if response._get_param("KmsKeyId"):
        cluster.kms_key_id = response._get_param("KmsKeyId")
    if hasattr(cluster, "embedded_multi_az"):
        # AWS takes a boolean and answers with a word.
        cluster.multi_az = "Enabled" if cluster.embedded_multi_az else "Disabled"
    if hasattr(cluster, "availability_zone_relocation"):
        asked = cluster.availability_zone_relocation
        cluster.availability_zone_relocation_status = "enabled" if asked else "disabled"


def _secrets(response: Any) -> Any:
    return secretsmanager_backends[response.current_account][response.region]


def _make_secret(response: Any, cluster: Any) -> None:
    """Keep the password where Redshift does: in a secret named after cluster and user."""
    key = response._get_param("MasterPasswordSecretKmsKeyId")
    cluster.master_user_password = secrets.token_urlsafe(24)
    made = _secrets(response).create_secret(
        name=f"redshift!{cluster.cluster_identifier}-{cluster.master_username}",
        secret_string=json.dumps({"username": cluster.master_username, "password": cluster.master_user_password}),
        secret_binary=None,
        description=f"Secret associated with the cluster {cluster.cluster_identifier}",
        tags=[],
        kms_key_id=key,
        client_request_token=None,
        replica_regions=[],
        force_overwrite=False,
    )
    cluster.master_password_secret_arn = json.loads(made)["ARN"]
    cluster.master_password_secret_kms_key_id = key


def install() -> None:
    """Patch RedshiftResponse."""
    graft(RedshiftResponse, _Redshift)
