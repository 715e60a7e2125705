"""Tables of the Glue catalog as Arrow: Iceberg, and external CSV, JSON and Parquet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet
from moto.glue.models import glue_backends
from pyiceberg.catalog.noop import NoopCatalog
from pyiceberg.expressions import AlwaysTrue, BooleanExpression
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.serializers import FromInputFile
from pyiceberg.table import StaticTable

from embedded.cloud import text_tables
from embedded.cloud.hive import arrow_type
from embedded.cloud.objects import Objects

Reader = Callable[[bytes, pa.Schema, Mapping[str, str], int], pa.Table]


class UnreadableTableError(Exception):
    """The table is of a kind that the embedded cloud does not read."""


class MissingTableError(Exception):
    """The catalog has no such database or table; `kind` is what is missing: SCHEMA or TABLE."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(name)
        self.kind = kind


@dataclass(frozen=True)
class LakeTable:
    """A catalog table, its schema known and its rows not read yet."""

    name: str
    schema: pa.Schema
    iceberg: StaticTable | None
    definition: Mapping[str, Any]
    partitions: tuple[Mapping[str, Any], ...]

    def read(self, objects: Objects, columns: list[str], row_filter: BooleanExpression | None = None) -> pa.Table:
        """The rows, in just these columns; an Iceberg table's rows are those that pass `row_filter`."""
        if self.iceberg is not None:
            scan = self.iceberg.scan(
                row_filter=row_filter or AlwaysTrue(), selected_fields=tuple(columns), case_sensitive=False
            )
            return scan.to_arrow()
        return self._external(objects).select(columns)

    def _external(self, objects: Objects) -> pa.Table:
        storage = self.definition["StorageDescriptor"]
        keys = [column["Name"].lower() for column in self.definition.get("PartitionKeys") or []]
        own = pa.schema([field for field in self.schema if field.name not in keys])
        read = self._reader(storage)
        if not keys:
            return text_tables.concatenated(read(objects, storage["Location"], own), self.schema)
        parts = []
        for partition in self.partitions:
            for rows in read(objects, partition["StorageDescriptor"]["Location"], own):
                for key, value in zip(keys, partition["Values"], strict=True):
                    kind = self.schema.field(key).type
                    rows = rows.append_column(key, pa.array([value] * len(rows), pa.string()).cast(kind))
                parts.append(rows)
        return text_tables.concatenated(parts, self.schema)

    def _reader(self, storage: Mapping[str, Any]) -> Callable[[Objects, str, pa.Schema], list[pa.Table]]:
        serde = (storage.get("SerdeInfo") or {}).get("SerializationLibrary", "")
        if serde.endswith("ParquetHiveSerDe"):
            return _read_parquet
        readers: dict[str, Reader] = {
            text_tables.OPEN_CSV: text_tables.open_csv,
            text_tables.LAZY_SIMPLE: text_tables.lazy_simple,
            **dict.fromkeys(text_tables.JSON_SERDES, text_tables.json_lines),
        }
        if serde not in readers:
            raise UnreadableTableError(f"{self.name} is stored with {serde or 'no SerDe'}, which is not read here")
        parameters = (storage.get("SerdeInfo") or {}).get("Parameters") or {}
        described = {**(storage.get("Parameters") or {}), **(self.definition.get("Parameters") or {})}
        skip = int(described.get("skip.header.line.count", 0))

        def read(objects: Objects, location: str, schema: pa.Schema) -> list[pa.Table]:
            return [readers[serde](objects.read(uri), schema, parameters, skip) for uri in objects.list(location)]

        return read


def _read_parquet(objects: Objects, location: str, schema: pa.Schema) -> list[pa.Table]:
    tables = []
    for uri in objects.list(location):
        rows = pyarrow.parquet.read_table(objects.open(uri))
        columns = {name.lower(): rows.column(name) for name in rows.column_names}
        tables.append(
            pa.table(
                {
                    field.name: columns[field.name].cast(field.type)
                    if field.name in columns
                    else pa.nulls(len(rows), field.type)
                    for field in schema
                }
            )
        )
    return tables


def find_table(account: str, region: str, database: str, name: str, objects: Objects) -> LakeTable:
    """Look a table up. Raises MissingTableError, UnreadableTableError."""
    backend = glue_backends[account][region]
    held = backend.databases.get(database)
    if held is None:
        raise MissingTableError("SCHEMA", database)
    if name not in held.tables:
        raise MissingTableError("TABLE", f"{database}.{name}")
    table = held.tables[name]
    definition = table.as_dict()
    parameters = definition.get("Parameters") or {}
    full = f"{database}.{name}"
    if definition.get("TableType") == "VIRTUAL_VIEW":
        raise UnreadableTableError(f"{full} is a view, and views are not read here")
    if parameters.get("projection.enabled", "false").lower() == "true":
        raise UnreadableTableError(f"{full} has partition projection, which is not done here")
    if parameters.get("table_type", "").upper() == "ICEBERG":
        return _iceberg(full, definition, parameters, objects)
    columns = (*definition["StorageDescriptor"]["Columns"], *(definition.get("PartitionKeys") or []))
    schema = pa.schema([(column["Name"].lower(), arrow_type(column["Type"])) for column in columns])
    if (definition["StorageDescriptor"].get("SerdeInfo") or {}).get("SerializationLibrary") == text_tables.OPEN_CSV:
        schema = pa.schema([(field.name, pa.string()) for field in schema])
    partitions = tuple(partition.as_dict() for partition in table.partitions.values())
    return LakeTable(full, schema, None, definition, partitions)


def _iceberg(full: str, definition: Mapping[str, Any], parameters: Mapping[str, str], objects: Objects) -> LakeTable:
    location = parameters.get("metadata_location")
    if not location:
        raise UnreadableTableError(f"{full} is an Iceberg table without metadata_location")
    table = StaticTable(
        identifier=("lake", full),
        metadata_location=location,
        metadata=FromInputFile.table_metadata(objects.new_input(location)),
        io=objects,
        catalog=NoopCatalog("lake"),
    )
    schema = schema_to_pyarrow(table.schema(), include_field_ids=False)
    lowered = pa.schema([field.with_name(field.name.lower()) for field in schema])
    return LakeTable(full, lowered, table, definition, ())
