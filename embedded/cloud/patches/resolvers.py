"""AppSync: data sources and resolvers, which moto lacks."""

import json
from typing import Any

from moto.appsync import urls
from moto.appsync.exceptions import AppSyncExceptions
from moto.appsync.responses import AppSyncResponse
from moto.core.responses import ActionResult, EmptyResult

from embedded.cloud.patches.graft import graft


class NotFoundError(AppSyncExceptions):  # type: ignore[misc]
    """There is no such data source or resolver."""

    code = 404

    def __init__(self, what: str) -> None:
        super().__init__("NotFoundException", f"{what} not found.")


class TakenError(AppSyncExceptions):  # type: ignore[misc]
    """There is one already."""

    def __init__(self, what: str) -> None:
        super().__init__("BadRequestException", f"{what} already exists.")


def held(api: Any, kind: str) -> dict[Any, dict[str, Any]]:
    """What an API has of a kind: `sources` by name, `resolvers` by (type, field)."""
    found: dict[Any, dict[str, Any]] = api.__dict__.setdefault(f"embedded_{kind}", {})
    return found


def _api(response: Any) -> Any:
    return response.appsync_backend.get_graphql_api(response._get_param("apiId"))


def _given(response: Any) -> dict[str, Any]:
    """What the body says, without what is in the path."""
    content: dict[str, Any] = json.loads(response.body or "{}")
    return {name: value for name, value in content.items() if name != "apiId"}


def _arn(api: Any, path: str) -> str:
    return f"{api.arn}/{path}"


class _Sources:
    def create_data_source(self: Any) -> ActionResult:
        api, given = _api(self), _given(self)
        if given["name"] in held(api, "sources"):
            raise TakenError(f"Data source {given['name']}")
        made = {**given, "dataSourceArn": _arn(api, f"datasources/{given['name']}")}
        held(api, "sources")[given["name"]] = made
        return ActionResult({"dataSource": made})

    def get_data_source(self: Any) -> ActionResult:
        return ActionResult({"dataSource": _found(self, "sources", self._get_param("name"))})

    def update_data_source(self: Any) -> ActionResult:
        name = self._get_param("name")
        old = _found(self, "sources", name)
        made = {**_given(self), "name": name, "dataSourceArn": old["dataSourceArn"]}
        held(_api(self), "sources")[name] = made
        return ActionResult({"dataSource": made})

    def delete_data_source(self: Any) -> EmptyResult:
        name = self._get_param("name")
        _found(self, "sources", name)
        del held(_api(self), "sources")[name]
        return EmptyResult()

    def list_data_sources(self: Any) -> ActionResult:
        return ActionResult({"dataSources": list(held(_api(self), "sources").values())})


class _Resolvers:
    def create_resolver(self: Any) -> ActionResult:
        api, place = _api(self), (self._get_param("typeName"), self._get_param("fieldName"))
        if place in held(api, "resolvers"):
            raise TakenError(f"Resolver {'.'.join(place)}")
        return ActionResult({"resolver": _keep_resolver(self, api, place)})

    def get_resolver(self: Any) -> ActionResult:
        place = (self._get_param("typeName"), self._get_param("fieldName"))
        return ActionResult({"resolver": _found(self, "resolvers", place)})

    def update_resolver(self: Any) -> ActionResult:
        place = (self._get_param("typeName"), self._get_param("fieldName"))
        _found(self, "resolvers", place)
        return ActionResult({"resolver": _keep_resolver(self, _api(self), place)})

    def delete_resolver(self: Any) -> EmptyResult:
        place = (self._get_param("typeName"), self._get_param("fieldName"))
        _found(self, "resolvers", place)
        del held(_api(self), "resolvers")[place]
        return EmptyResult()

    def list_resolvers(self: Any) -> ActionResult:
        of_type = self._get_param("typeName")
        found = [each for (type_, _), each in held(_api(self), "resolvers").items() if type_ == of_type]
        return ActionResult({"resolvers": found})


def _keep_resolver(response: Any, api: Any, place: tuple[str, str]) -> dict[str, Any]:
    given = _given(response)
    source = given.get("dataSourceName")
    if source is not None and source not in held(api, "sources"):
        raise NotFoundError(f"Data source {source}")
    type_, field = place
    made = {
        "kind": "UNIT",
        **given,
        "typeName": type_,
        "fieldName": field,
        "resolverArn": _arn(api, f"types/{type_}/resolvers/{field}"),
    }
    held(api, "resolvers")[place] = made
    return made


def _found(response: Any, kind: str, key: Any) -> dict[str, Any]:
    found = held(_api(response), kind)
    if key not in found:
        raise NotFoundError(f"{kind.removesuffix('s').capitalize()} {key}")
    return found[key]


def install() -> None:
    """Patch the response class and the addresses that lead to it."""
    graft(AppSyncResponse, _Sources)
    graft(AppSyncResponse, _Resolvers)
    api = "{0}/v1/apis/(?P<apiId>[^/]+)"
    paths = (
        f"{api}/datasources$",
        f"{api}/datasources/(?P<name>[^/]+)$",
        f"{api}/types/(?P<typeName>[^/]+)/resolvers$",
        f"{api}/types/(?P<typeName>[^/]+)/resolvers/(?P<fieldName>[^/]+)$",
    )
    # Before moto's own, one of which takes whatever is under `types/`.
    urls.url_paths = {**dict.fromkeys(paths, AppSyncResponse.dispatch), **urls.url_paths}
