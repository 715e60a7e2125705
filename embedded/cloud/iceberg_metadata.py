"""The first metadata file of an Iceberg table, from the columns that a Glue CreateTable gives."""

from typing import Any
from uuid import UUID

from pyiceberg.exceptions import ValidationError
from pyiceberg.io.pyarrow import _ConvertToIcebergWithoutIDs, visit_pyarrow
from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC
from pyiceberg.schema import Schema, assign_fresh_schema_ids
from pyiceberg.serializers import ToOutputFile
from pyiceberg.table.metadata import new_table_metadata
from pyiceberg.table.sorting import UNSORTED_SORT_ORDER
from pyiceberg.types import NestedField

from embedded.cloud.hive import HiveTypeError, arrow_type
from embedded.cloud.objects import MissingObjectError, Objects


class MetadataError(ValueError):
    """The table can't be made into an Iceberg table."""


def write_first(account: str, table_input: dict[str, Any], *, version: str, table_id: UUID) -> str:
    """Write the metadata of a table without rows; its address. Raises MetadataError with all that is wrong."""
    storage = table_input.get("StorageDescriptor") or {}
    location = str(storage.get("Location") or "").rstrip("/")
    if not location.startswith("s3://"):
        raise MetadataError(f"StorageDescriptor.Location is {location!r}; an Iceberg table needs an s3:// address.")
    if table_input.get("PartitionKeys"):
        raise MetadataError("PartitionKeys are Hive's; this call creates Iceberg tables without partitions.")
    if version not in ("1", "2"):
        raise MetadataError(f"Iceberg version {version} is not known to Glue; give 1 or 2.")
    columns = storage.get("Columns") or []
    if not columns:
        raise MetadataError("StorageDescriptor.Columns is empty.")
    metadata = new_table_metadata(
        schema=_schema(columns),
        partition_spec=UNPARTITIONED_PARTITION_SPEC,
        sort_order=UNSORTED_SORT_ORDER,
        location=location,
        properties={"format-version": version, "write.parquet.compression-codec": "zstd"},
        table_uuid=table_id,
    )
    objects = Objects(account)
    address = f"{location}/metadata/00000-{table_id}.metadata.json"
    try:
        ToOutputFile.table_metadata(metadata, objects.new_output(address))
    except MissingObjectError as problem:
        raise MetadataError(f"{location}: {problem}.") from problem
    return address


def _schema(columns: list[dict[str, Any]]) -> Schema:
    faults, fields = [], []
    for number, column in enumerate(columns, start=1):
        try:
            kind: Any = visit_pyarrow(arrow_type(column["Type"]), _ConvertToIcebergWithoutIDs())
            fields.append(NestedField(number, column["Name"], kind, required=False, doc=column.get("Comment")))
        except (HiveTypeError, TypeError, ValidationError) as problem:
            faults.append(f"{column['Name']}: {problem}")
    if faults:
        raise MetadataError("Columns that Iceberg can't hold: " + "; ".join(faults))
    return assign_fresh_schema_ids(Schema(*fields))
