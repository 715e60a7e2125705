"""What a contract becomes in the Glue catalog: an external table over raw objects, or an Iceberg table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi_aws as aws

from contracts import Column, Contract

TEXT_INPUT = "org.apache.hadoop.mapred.TextInputFormat"
TEXT_OUTPUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
CSV_SERDE = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
JSON_SERDE = "org.openx.data.jsonserde.JsonSerDe"
COMMENT_LIMIT = 255
"""Glue refuses longer column comments."""


def external_table(contract: Contract, bucket: str) -> dict[str, Any]:
    """Arguments of the catalog table over the raw objects of a source, in the initial bucket."""
    csv = contract.format == "csv"
    serde = (
        {"serialization_library": CSV_SERDE, "parameters": {"separatorChar": ",", "quoteChar": '"', "escapeChar": "\\"}}
        if csv
        else {"serialization_library": JSON_SERDE, "parameters": {"ignore.malformed.json": "true"}}
    )
    return {
        "name": contract.name,
        "description": contract.description,
        "table_type": "EXTERNAL_TABLE",
        "owner": contract.owner,
        "parameters": {
            "EXTERNAL": "TRUE",
            "classification": str(contract.format),
            "contract_version": contract.version,
            **_owned(contract),
            **({"skip.header.line.count": "1"} if csv else {}),
        },
        "storage_descriptor": {
            "location": f"s3://{bucket}/{contract.raw_prefix}",
            "input_format": TEXT_INPUT,
            "output_format": TEXT_OUTPUT,
            "ser_de_info": serde,
            "columns": _columns(contract.raw_columns()),
        },
    }


def json_lines_table(name: str, description: str, bucket: str, columns: Sequence[Column]) -> dict[str, Any]:
    """Arguments of a catalog table over JSON lines in the folder of a bucket that has the table's name."""
    return {
        "name": name,
        "description": description,
        "table_type": "EXTERNAL_TABLE",
        "parameters": {"EXTERNAL": "TRUE", "classification": "json"},
        "storage_descriptor": {
            "location": f"s3://{bucket}/{name}/",
            "input_format": TEXT_INPUT,
            "output_format": TEXT_OUTPUT,
            "ser_de_info": {"serialization_library": JSON_SERDE, "parameters": {"ignore.malformed.json": "true"}},
            "columns": _columns(columns),
        },
    }


def iceberg_table(contract: Contract, bucket: str) -> dict[str, Any]:
    """Arguments of the Iceberg table (format v2) of a contract, in the bucket of its layer."""
    return {
        "name": contract.name,
        "description": contract.description,
        "table_type": "EXTERNAL_TABLE",
        # Iceberg's commits to the catalog leave Glue's own `owner` out, and keep parameters.
        "parameters": _owned(contract),
        "open_table_format_input": {"iceberg_input": {"metadata_operation": "CREATE", "version": "2"}},
        "storage_descriptor": {
            "location": f"s3://{bucket}/{contract.name}/",
            "columns": _columns(contract.table_columns()),
        },
    }


def _owned(contract: Contract) -> dict[str, str]:
    """The parameter of a table that says who answers for it."""
    return {"contract_owner": contract.owner} if contract.owner else {}


def _columns(columns: Sequence[Column]) -> list[aws.glue.CatalogTableStorageDescriptorColumnArgsDict]:
    return [{"name": name, "type": kind, "comment": comment[:COMMENT_LIMIT]} for name, kind, comment in columns]
