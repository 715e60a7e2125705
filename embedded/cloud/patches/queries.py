"""Athena: prepared statements of each workgroup and data catalogs, which moto can neither change nor delete."""

import json
from typing import Any

from moto.athena.models import PreparedStatement
from moto.athena.responses import AthenaResponse

from embedded.cloud.patches.graft import graft


class _Athena:
    def create_prepared_statement(self: Any) -> Any:
        group = self._get_param("WorkGroup")
        if not self.athena_backend.get_work_group(group):
            return self.error("WorkGroup does not exist", 400)
        if _key(self) in self.athena_backend.prepared_statements:
            return self.error(f"PreparedStatement {self._get_param('StatementName')} already exists", 400)
        _put(self)
        return "{}"

    def get_prepared_statement(self: Any) -> Any:
        held = self.athena_backend.prepared_statements.get(_key(self))
        if held is None:
            return _missing(self)
        told = {
            "StatementName": held.statement_name,
            "QueryStatement": held.query_statement,
            "WorkGroupName": held.workgroup,
            "Description": held.description,
        }
        return json.dumps({"PreparedStatement": {k: v for k, v in told.items() if v is not None}})

    def update_prepared_statement(self: Any) -> Any:
        if _key(self) not in self.athena_backend.prepared_statements:
            return _missing(self)
        _put(self)
        return "{}"

    def delete_prepared_statement(self: Any) -> Any:
        if self.athena_backend.prepared_statements.pop(_key(self), None) is None:
            return _missing(self)
        return "{}"

    def update_data_catalog(self: Any) -> Any:
        held = self.athena_backend.data_catalogs.get(self._get_param("Name"))
        if held is None:
            return self.error(f"DataCatalog {self._get_param('Name')} was not found", 400)
        held.type = self._get_param("Type")
        held.description = self._get_param("Description")
        held.parameters = self._get_param("Parameters") or {}
        return "{}"

    def delete_data_catalog(self: Any) -> Any:
        held = self.athena_backend.data_catalogs.pop(self._get_param("Name"), None)
        if held is None:
            return self.error(f"DataCatalog {self._get_param('Name')} was not found", 400)
        return json.dumps({"DataCatalog": {"Name": held.name, "Type": held.type, "Status": "DELETE_COMPLETE"}})


def _key(response: Any) -> str:
    return f"{response._get_param('WorkGroup')}/{response._get_param('StatementName')}"


def _put(response: Any) -> None:
    response.athena_backend.prepared_statements[_key(response)] = PreparedStatement(
        response._get_param("StatementName"),
        response._get_param("WorkGroup"),
        response._get_param("QueryStatement"),
        response._get_param("Description"),
    )


def _missing(response: Any) -> Any:
    fault = {"__type": "ResourceNotFoundException", "Message": f"PreparedStatement {_key(response)} was not found"}
    return json.dumps(fault), {"status": 400}


def install() -> None:
    """Patch the response class."""
    graft(AthenaResponse, _Athena)
