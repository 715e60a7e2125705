"""The Glue catalog as Iceberg needs it: first metadata at CreateTable, no lost commit at UpdateTable."""

import threading
import uuid
from typing import Any

from moto.glue.exceptions import GlueClientError, InvalidInputException
from moto.glue.models import FakeTable, GlueBackend
from moto.glue.responses import GlueResponse

_lock = threading.RLock()


class ConcurrentModificationError(GlueClientError):  # type: ignore[misc]
    """Another commit came first."""

    def __init__(self, table: str, given: str, current: str) -> None:
        super().__init__(
            "ConcurrentModificationException",
            f"Update table failed due to concurrent modifications: {table} is at version {current}, not {given}.",
        )


def _create_table(
    self: Any,
    database_name: str,
    table_name: str,
    table_input: dict[str, Any],
    open_table_format_input: dict[str, Any] | None = None,
) -> Any:
    with _lock:
        database = self.get_database(database_name)
        # The catalog's names are in lower case, whatever a client sends.
        table_name = table_input["Name"] = table_name.lower()
        iceberg = (open_table_format_input or {}).get("IcebergInput")
        if iceberg is not None and table_name not in database.tables:
            _write_first_metadata(self.account_id, table_input, iceberg)
        return _moto_create_table(self, database_name, table_name, table_input, open_table_format_input)


_moto_create_table = GlueBackend.create_table


def _write_first_metadata(account: str, table_input: dict[str, Any], iceberg: dict[str, Any]) -> None:
    """Write `00000-<uuid>.metadata.json` below the table's location and point the table at it."""
    from embedded.cloud.iceberg_metadata import MetadataError, write_first

    if iceberg.get("MetadataOperation", "CREATE") != "CREATE":
        raise InvalidInputException("CreateTable", f"MetadataOperation {iceberg['MetadataOperation']} is not known")
    if "CreateIcebergTableInput" in iceberg:
        raise InvalidInputException("CreateTable", "The embedded cloud does not read CreateIcebergTableInput.")
    try:
        location = write_first(account, table_input, version=str(iceberg.get("Version", "2")), table_id=uuid.uuid4())
    except MetadataError as problem:
        raise InvalidInputException("CreateTable", str(problem)) from problem
    parameters = table_input.setdefault("Parameters", {})
    parameters["table_type"] = "ICEBERG"
    parameters["metadata_location"] = location
    table_input.setdefault("TableType", "EXTERNAL_TABLE")


def _update_table(self: Any) -> Any:
    parameters = self.parameters
    if "UpdateOpenTableFormatInput" in parameters:
        raise InvalidInputException("UpdateTable", "The embedded cloud does not read UpdateOpenTableFormatInput.")
    database, table_input = parameters["DatabaseName"], parameters["TableInput"]
    name = table_input["Name"] = table_input["Name"].lower()
    with _lock:
        table = self.glue_backend.get_table(database, name)
        given, current = parameters.get("VersionId"), str(table._current_version)
        if given is not None and str(given) != current:
            raise ConcurrentModificationError(f"{database}.{name}", str(given), current)
        return _moto_update_table(self)


_moto_update_table = GlueResponse.update_table


def _as_dict(self: Any, version: str | None = None) -> dict[str, Any]:
    shown: dict[str, Any] = _moto_as_dict(self, version)
    shown.setdefault("IsRegisteredWithLakeFormation", False)
    shown.setdefault("Retention", 0)
    shown.setdefault("PartitionKeys", [])
    return shown


_moto_as_dict = FakeTable.as_dict


def install() -> None:
    """Put these in the place of moto's."""
    GlueBackend.create_table = _create_table
    GlueResponse.update_table = _update_table
    FakeTable.as_dict = _as_dict
