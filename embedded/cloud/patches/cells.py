"""Lake Formation: filters of cells, which moto lacks, and who may do what with a table that was just made."""

import functools
import json
import uuid
from typing import Any

from moto.glue.models import GlueBackend, glue_backends
from moto.lakeformation import urls
from moto.lakeformation.exceptions import AlreadyExists, EntityNotFound, InvalidInput
from moto.lakeformation.models import lakeformation_backends
from moto.lakeformation.responses import LakeFormationResponse

from embedded.cloud import callers
from embedded.cloud.patches.graft import graft

KEY = ("TableCatalogId", "DatabaseName", "TableName", "Name")
_grant_permissions = LakeFormationResponse.grant_permissions


def cells_filters(backend: Any) -> dict[tuple[str, ...], dict[str, Any]]:
    """The filters of one region's Lake Formation, by catalog, database, table and name."""
    held: dict[tuple[str, ...], dict[str, Any]] = vars(backend).setdefault("embedded_cells_filters", {})
    return held


class _LakeFormation:
    def create_data_cells_filter(self: Any) -> str:
        data = _checked(self)
        if _key(data) in cells_filters(self.lakeformation_backend):
            raise AlreadyExists("Data cells filter already exists.")
        _put(self, data)
        return "{}"

    def get_data_cells_filter(self: Any) -> str:
        return json.dumps({"DataCellsFilter": _held(self, {name: self._get_param(name) for name in KEY})})

    def update_data_cells_filter(self: Any) -> str:
        data = _checked(self)
        _held(self, data)
        _put(self, data)
        return "{}"

    def delete_data_cells_filter(self: Any) -> str:
        data = {name: self._get_param(name) for name in KEY}
        _held(self, data)
        del cells_filters(self.lakeformation_backend)[_key(data)]
        return "{}"

    def list_data_cells_filter(self: Any) -> str:
        table = self._get_param("Table") or {}
        asked = {"DatabaseName": table.get("DatabaseName"), "TableName": table.get("Name")}
        found = [
            held
            for held in cells_filters(self.lakeformation_backend).values()
            if all(value in (None, held[name]) for name, value in asked.items())
        ]
        return json.dumps({"DataCellsFilters": found})

    def grant_permissions(self: Any) -> Any:
        through = (self._get_param("Resource") or {}).get("DataCellsFilter")
        if through:
            _held(self, through)
        return _grant_permissions(self)


def _key(data: dict[str, Any]) -> tuple[str, ...]:
    return tuple(data[name] for name in KEY)


def _held(response: Any, data: dict[str, Any]) -> dict[str, Any]:
    held = cells_filters(response.lakeformation_backend).get(_key(data))
    if held is None:
        raise EntityNotFound
    return held


def _put(response: Any, data: dict[str, Any]) -> None:
    cells_filters(response.lakeformation_backend)[_key(data)] = {**data, "VersionId": str(uuid.uuid4())}


def _checked(response: Any) -> dict[str, Any]:
    """The filter that a request describes, of a table that there is. Raises what Lake Formation answers otherwise."""
    data: dict[str, Any] = response._get_param("TableData")
    columns = [name for name in ("ColumnNames", "ColumnWildcard") if data.get(name) is not None]
    if len(columns) != 1:
        told = "cannot have both" if columns else "must have one of"
        raise InvalidInput(f"Data cells filter {told} column wildcard expression and column names.")
    rows = [
        name for name in ("FilterExpression", "AllRowsWildcard") if (data.get("RowFilter") or {}).get(name) is not None
    ]
    if len(rows) != 1:
        raise InvalidInput("Row filter must have one of filter expression and all rows wildcard.")
    _check_table(response, data)
    if rows == ["FilterExpression"]:
        _check_expression(data["RowFilter"]["FilterExpression"])
    return data


def _check_table(response: Any, data: dict[str, Any]) -> None:
    database = glue_backends[response.current_account][response.region].databases.get(data["DatabaseName"])
    if database is None or data["TableName"] not in database.tables:
        raise EntityNotFound
    table = database.tables[data["TableName"]].as_dict()
    known = {
        column["Name"].lower()
        for column in (*table["StorageDescriptor"].get("Columns", []), *table.get("PartitionKeys", []))
    }
    named = [*(data.get("ColumnNames") or []), *((data.get("ColumnWildcard") or {}).get("ExcludedColumnNames") or [])]
    missing = sorted({name for name in named if name.lower() not in known})
    if missing:
        raise InvalidInput(f"Columns {missing} do not exist in table {data['TableName']}.")


def _check_expression(text: str) -> None:
    # What reads it takes a second to load, which few clouds need.
    from embedded.cloud.row_filters import RowFilterError, parsed

    try:
        parsed(text)
    except RowFilterError as problem:
        raise InvalidInput(f"Row filter {text!r} is not supported: {problem}.") from problem


def _granting(create_table: Any) -> Any:
    """Grant on a new table what the settings say at that moment, and everything to the role or user that made it.

    https://docs.aws.amazon.com/lake-formation/latest/dg/change-settings.html and implicit-permissions.html
    """

    @functools.wraps(create_table)
    def create(self: Any, database_name: str, *arguments: Any, **options: Any) -> Any:
        made = create_table(self, database_name, *arguments, **options)
        backend = lakeformation_backends[self.account_id][self.region_name]
        defaults = backend.get_data_lake_settings(self.account_id).get("CreateTableDefaultPermissions") or []
        grants = [(each["Principal"], each["Permissions"]) for each in defaults]
        creator = callers.current()
        if creator is not None:
            grants.append(({"DataLakePrincipalIdentifier": creator.arn}, ["ALL"]))
        table = {"CatalogId": self.account_id, "DatabaseName": database_name, "Name": made.name}
        for principal, permissions in grants:
            backend.grant_permissions(self.account_id, principal, {"Table": dict(table)}, list(permissions), [])
        return made

    return create


_delete_table = GlueBackend.delete_table


def _delete_table_and_forget(self: Any, database_name: str, table_name: str) -> None:
    """Forget what was granted on the table by its name: another of that name is another table."""
    _delete_table(self, database_name, table_name)
    backend = lakeformation_backends[self.account_id][self.region_name]
    for grant in backend.list_permissions(self.account_id):
        about = grant["Resource"].get("Table", {})
        if (about.get("DatabaseName"), about.get("Name")) == (database_name, table_name):
            backend.revoke_permissions(
                self.account_id,
                grant["Principal"],
                grant["Resource"],
                grant["Permissions"],
                grant["PermissionsWithGrantOption"],
            )


def install() -> None:
    """Patch the response class, its addresses, and Glue's backend."""
    graft(LakeFormationResponse, _LakeFormation)
    for action in ("Create", "Get", "Update", "Delete"):
        urls.url_paths[f"{{0}}/{action}DataCellsFilter$"] = urls.response.dispatch
    GlueBackend.create_table = _granting(GlueBackend.create_table)
    GlueBackend.delete_table = _delete_table_and_forget
