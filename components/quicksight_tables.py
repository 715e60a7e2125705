"""What QuickSight is shown: products by their contracts, and what the warehouse keeps by the lists of its columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pulumi_aws as aws
import yaml

from components.names import LakeLayer, Names
from components.warehouse_marts import SCHEMA
from contracts import Contract

LIVE = Path("workloads/dashboards/live")
CATALOG = "AwsDataCatalog"
"""Athena's name of the Glue catalog."""

TYPES: Mapping[str, str] = {
    "string": "STRING",
    "integer": "INTEGER",
    "number": "DECIMAL",
    "boolean": "BOOLEAN",
    "date": "DATETIME",
    "timestamp": "DATETIME",
}
"""Logical type of a contract → type of QuickSight."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A table or view. `types` are logical types by column; only stewards may see the columns that are `guarded`.

    `catalog` is for Athena. What is `imported` is kept by QuickSight; the rest is asked whenever somebody looks.
    """

    name: str
    schema: str
    types: Mapping[str, str]
    catalog: str | None = None
    guarded: tuple[str, ...] = ()
    imported: bool = False


def product_table(product: Contract, names: Names) -> Shown:
    """The table of a product, as its contract has it."""
    layers: dict[str, LakeLayer] = {layer: layer for layer in get_args(LakeLayer)}
    return Shown(
        name=product.name,
        catalog=CATALOG,
        schema=names.database(layers[str(product.layer)]),
        types={field.name: field.type for field in product.fields},
        guarded=tuple(field.name for field in product.fields if not field.is_open),
        imported=product.layer == "refined",
    )


def live_tables(folder: Path = LIVE) -> list[Shown]:
    """The views that the warehouse keeps, one a file that lists its columns."""
    return [
        Shown(name=path.stem, schema=SCHEMA, types=yaml.safe_load(path.read_text(encoding="utf-8")))
        for path in sorted(folder.glob("*.yaml"))
    ]


def columns(table: Shown) -> list[aws.quicksight.DataSetPhysicalTableMapRelationalTableInputColumnArgsDict]:
    """The columns of a table, as QuickSight types them."""
    return [{"name": name, "type": TYPES[kind]} for name, kind in table.types.items()]


def title(table: Shown, names: Names) -> str:
    """What people read: QuickSight shows all stacks of an account side by side."""
    return f"{table.name.replace('_', ' ').capitalize()} ({names.stack})"
