"""Lake Formation, CloudTrail, KMS, Secrets Manager and CloudWatch Logs: what moto lacks or drops."""

import functools
import json
import threading
from typing import Any

from moto.cloudtrail.models import CloudTrailBackend, Trail
from moto.kms.responses import KmsResponse
from moto.lakeformation import urls as lakeformation_urls
from moto.lakeformation.models import LakeFormationBackend, PermissionCatalog, Resource, RessourceType
from moto.lakeformation.responses import LakeFormationResponse
from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.models import LogGroup
from moto.logs.responses import LogsResponse
from moto.secretsmanager.responses import SecretsManagerResponse

from embedded.cloud.patches.graft import graft, keep

_remember_of_resource = keep(
    Resource,
    "to_dict",
    ("WithFederation", "HybridAccessEnabled"),
)
_register_resource = LakeFormationResponse.register_resource
_list_permissions = LakeFormationResponse.list_permissions
ROTATION_DAYS = 365


class _LakeFormation:
    def register_resource(self: Any) -> Any:
        answer = _register_resource(self)
        arn = self._get_param("ResourceArn")
        _remember_of_resource(self.lakeformation_backend.describe_resource(arn), json.loads(self.body))
        return answer

    def update_resource(self: Any) -> str:
        resource = self.lakeformation_backend.describe_resource(self._get_param("ResourceArn"))
        resource.role_arn = self._get_param("RoleArn")
        _remember_of_resource(resource, json.loads(self.body))
        return "{}"

    def list_permissions(self: Any) -> Any:
        asked = self._get_param("Resource") or {}
        other = next(
            (kind for kind in ("TableWithColumns", "LFTag", "LFTagPolicy", "DataCellsFilter") if kind in asked), None
        )
        if other is None:
            return _list_permissions(self)
        catalog = self._get_param("CatalogId") or self.current_account
        kind = self._get_param("ResourceType")
        found = self.lakeformation_backend.list_permissions(
            catalog_id=catalog,
            principal=self._get_param("Principal"),
            resource=None,
            resource_type=RessourceType(kind) if kind in RessourceType._value2member_map_ else None,
        )
        matching = [grant for grant in found if _same(grant["Resource"].get(other), asked[other])]
        return json.dumps({"PrincipalResourcePermissions": matching})


def _same(held: Any, asked: dict[str, Any]) -> bool:
    """Tell whether a grant's resource is the one asked for; a catalog that either leaves out is the account's own."""

    def bare(resource: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in resource.items() if key != "CatalogId"}

    return isinstance(held, dict) and bare(held) == bare(asked)


_grant_lock = threading.RLock()


def _locked(original: Any) -> Any:
    """Grants are a set that moto walks while other threads add to it."""

    @functools.wraps(original)
    def guarded(*arguments: Any, **options: Any) -> Any:
        with _grant_lock:
            return original(*arguments, **options)

    return guarded


def _add_permission(self: Any, permission: Any) -> None:
    """Merge without changing the hash of what lies in the set."""
    for held in list(self.permissions):
        if permission.equal_principal_and_resouce(held):
            self.permissions = {one for one in self.permissions if one is not held}
            held.merge(permission)
            self.permissions.add(held)
            return
    self.permissions.add(permission)


def _remove_permission(self: Any, permission: Any) -> None:
    for held in list(self.permissions):
        if permission.equal_principal_and_resouce(held):
            self.permissions = {one for one in self.permissions if one is not held}
            held.diff(permission)
            if not held.is_empty():
                self.permissions.add(held)
            return


_add_tags = LakeFormationBackend.add_lf_tags_to_resource


def _add_lf_tags(self: Any, catalog_id: str, resource: dict[str, Any], tags: list[dict[str, Any]]) -> Any:
    """Add to the tags that are there; moto puts the new ones in their place."""
    with _grant_lock:
        stores = (self.lf_database_tags, self.lf_table_tags, self.lf_columns_tags)
        before = [{key: list(held) for key, held in store.items()} for store in stores]
        failures = _add_tags(self, catalog_id, resource, tags)
        named = {tag["TagKey"] for tag in tags}
        for store, old in zip(stores, before, strict=True):
            for key, held in store.items():
                if held is tags:
                    store[key] = [*(tag for tag in old.get(key, []) if tag["TagKey"] not in named), *tags]
        return failures


_create_log_group = LogsResponse.create_log_group
_remember_of_log_group = keep(LogGroup, "to_describe_dict", ("logGroupClass",))


class _Logs:
    def create_log_group(self: Any) -> Any:
        answer = _create_log_group(self)
        group = self.logs_backend.groups[self._get_param("logGroupName")]
        _remember_of_log_group(group, {"logGroupClass": self._get_param("logGroupClass") or "STANDARD"})
        return answer

    def associate_kms_key(self: Any) -> str:
        _log_group(self).kms_key_id = self._get_param("kmsKeyId")
        return ""

    def disassociate_kms_key(self: Any) -> str:
        _log_group(self).kms_key_id = None
        return ""


def _log_group(response: Any) -> Any:
    name = response._get_param("logGroupName") or (response._get_param("resourceIdentifier") or "").split(
        ":log-group:"
    )[-1].removesuffix(":*")
    group = response.logs_backend.groups.get(name)
    if group is None:
        raise ResourceNotFoundException
    return group


class _Trail:
    def put_event_selectors(
        self: Any, event_selectors: list[dict[str, Any]], advanced_event_selectors: list[dict[str, Any]]
    ) -> None:
        """Keep one kind, the one given; moto keeps both."""
        self.event_selectors = event_selectors or []
        self.advanced_event_selectors = advanced_event_selectors or []

    def put_insight_selectors(self: Any, insight_selectors: list[dict[str, str]]) -> None:
        self.insight_selectors = insight_selectors


_update_secret = SecretsManagerResponse.update_secret


class _Secrets:
    def update_secret(self: Any) -> Any:
        """Clear the description where it is given as an empty text."""
        answer = _update_secret(self)
        if self._get_param("Description") == "":
            self.backend.secrets[self._get_param("SecretId")].description = ""
        return answer


_delete_trail = CloudTrailBackend.delete_trail


def _delete_trail_by_either(self: Any, name: str) -> None:
    _delete_trail(self, self.get_trail(name).trail_name)


_rotation_status = KmsResponse.get_key_rotation_status


class _Kms:
    def enable_key_rotation(self: Any) -> str:
        identifier = self._get_param("KeyId")
        self._validate_cmk_id(identifier)
        self.kms_backend.enable_key_rotation(identifier)
        days = self._get_param("RotationPeriodInDays")
        key = self.kms_backend.keys[self.kms_backend.get_key_id(identifier)]
        key.embedded_rotation_days = int(days or getattr(key, "embedded_rotation_days", ROTATION_DAYS))
        return json.dumps(None)

    def get_key_rotation_status(self: Any) -> str:
        status = json.loads(_rotation_status(self))
        key = self.kms_backend.keys[self.kms_backend.get_key_id(self._get_param("KeyId"))]
        if status["KeyRotationEnabled"]:
            status |= {"KeyId": key.id, "RotationPeriodInDays": getattr(key, "embedded_rotation_days", ROTATION_DAYS)}
        return json.dumps(status)


def install() -> None:
    """Patch the response classes and CloudTrail's backend."""
    graft(LakeFormationResponse, _LakeFormation)
    PermissionCatalog.add_permission = _locked(_add_permission)
    PermissionCatalog.remove_permission = _locked(_remove_permission)
    LakeFormationBackend.list_permissions = _locked(LakeFormationBackend.list_permissions)
    LakeFormationBackend.add_lf_tags_to_resource = _add_lf_tags
    lakeformation_urls.url_paths["{0}/UpdateResource$"] = lakeformation_urls.response.dispatch
    graft(LogsResponse, _Logs)
    graft(KmsResponse, _Kms)
    graft(Trail, _Trail)
    graft(SecretsManagerResponse, _Secrets)
    CloudTrailBackend.delete_trail = _delete_trail_by_either
