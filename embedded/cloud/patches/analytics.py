"""Athena and EMR: updates and deletions that moto lacks, settings that it drops."""

import json
from typing import Any

from moto.athena.models import WorkGroup
from moto.athena.responses import AthenaResponse
from moto.core.responses import ActionResult, BaseResponse, EmptyResult
from moto.emr.models import ElasticMapReduceBackend
from moto.emr.responses import ElasticMapReduceResponse

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


_run_job_flow = ElasticMapReduceResponse.run_job_flow
_CLUSTER_FIELDS = {"LogEncryptionKmsKeyId": "log_encryption_kms_key_id", "ScaleDownBehavior": "scale_down_behavior"}


_terminate = ElasticMapReduceBackend.terminate_job_flows


class _EmrBackend:
    def terminate_job_flows(self: Any, job_flow_ids: list[str]) -> Any:
        """End the instances with their cluster; moto leaves them running."""
        flows = _terminate(self, job_flow_ids)
        instances = [
            one.ec2_instance.id for identifier in job_flow_ids for one in self.clusters[identifier].ec2_instances
        ]
        if instances:
            self.ec2_backend.terminate_instances(instances)
        return flows


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
    """Patch the two response classes."""
    graft(AthenaResponse, _Athena)
    graft(ElasticMapReduceResponse, _Emr)
    graft(ElasticMapReduceBackend, _EmrBackend)
