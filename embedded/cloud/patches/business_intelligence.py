"""QuickSight: the permissions of data sources, and what an update of one drops."""

import json
from typing import Any

from moto.quicksight import urls
from moto.quicksight.responses import QuickSightResponse

from embedded.cloud.patches.graft import graft

_create_data_source = QuickSightResponse.create_data_source
_update_data_source = QuickSightResponse.update_data_source


def _source(response: Any) -> Any:
    return response.quicksight_backend.describe_data_source(
        response._get_param("AwsAccountId"), response._get_param("DataSourceId")
    )


def _described(source: Any) -> str:
    granted = [{"Principal": who, "Actions": actions} for who, actions in source.embedded_permissions.items()]
    answer = {"DataSourceArn": source.arn, "DataSourceId": source.data_source_id, "Permissions": granted}
    return json.dumps({**answer, "RequestId": "request_id", "Status": 200})


class _Sources:
    def create_data_source(self: Any) -> str:
        answer: str = _create_data_source(self)
        granted = self._get_param("Permissions") or []
        _source(self).embedded_permissions = {each["Principal"]: each["Actions"] for each in granted}
        return answer

    def update_data_source(self: Any) -> str:
        answer: str = _update_data_source(self)
        _source(self).vpc_connection_properties = self._get_param("VpcConnectionProperties")
        _source(self).ssl_properties = self._get_param("SslProperties")
        return answer

    def describe_data_source_permissions(self: Any) -> str:
        return _described(_source(self))

    def update_data_source_permissions(self: Any) -> str:
        source = _source(self)
        held = source.embedded_permissions
        for each in self._get_param("RevokePermissions") or []:
            left = [action for action in held.pop(each["Principal"], []) if action not in each["Actions"]]
            if left:
                held[each["Principal"]] = left
        for each in self._get_param("GrantPermissions") or []:
            held[each["Principal"]] = sorted({*held.get(each["Principal"], []), *each["Actions"]})
        return _described(source)


def install() -> None:
    """Patch QuickSightResponse and its addresses."""
    graft(QuickSightResponse, _Sources)
    urls.url_paths[r"{0}/accounts/(?P<account_id>[\d]+)/data-sources/(?P<datasourceid>[^/.]+)/permissions$"] = (
        QuickSightResponse.dispatch
    )
