"""The star schema in the warehouse: its tables, and how it is loaded from the conformed ones through Spectrum."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.job import Job
from components.platform import Platform
from components.queries import warehouse_statements
from components.statements import StatementsJobArgs, statements_job, states
from components.warehouse import Warehouse

SCHEMA, LOADER = "star", "load"


@dataclass(frozen=True, kw_only=True)
class StarArgs:
    """`lake` is what must be there before the warehouse can read the lake: tables, schemas and grants."""

    platform: Platform
    warehouse: Warehouse
    lake: Sequence[pulumi.Resource]


class Star(pulumi.ComponentResource):
    """A table for each file of `workloads/sql/redshift/star/tables`, and the job that loads all of them.

    A table that changes is made anew, and filled by the deployment. `stamp` changes with it, as the views over it go
    along.
    """

    load: Job
    stamp: str

    def __init__(self, name: str, args: StarArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:warehouse:Star", name, {}, opts)
        self._warehouse, self._name = args.warehouse, name
        names = args.platform.names
        schemas = [
            self._state(each.name, each.sql, after=args.lake) for each in warehouse_statements("star/schemas", names)
        ]
        tables = warehouse_statements("star/tables", names)
        made = [self._table(each.name, each.sql, after=schemas) for each in tables]
        procedures = warehouse_statements("star/procedures", names)
        loaders = [self._state(each.name, each.sql, after=made) for each in procedures]
        call = f"CALL {SCHEMA}.{LOADER}();"
        # Whatever made a table anew, the views over it are then made of what the lake has.
        version = digest(*(each.sql for each in (*tables, *procedures)))
        self._state("fill", f"-- for version {version}\n{call}", after=loaders)
        self.load = statements_job(
            f"{name}-load",
            StatementsJobArgs(
                platform=args.platform,
                warehouse=args.warehouse,
                what="star-load",
                layer="intermediate",
                statements=[call],
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.stamp = digest(*(each.sql for each in tables))
        self.register_outputs({"load": self.load.name})

    def _table(self, table: str, sql: str, after: Sequence[pulumi.Resource]) -> pulumi.Resource:
        dropped = f"-- for the table {digest(sql)}\nDROP TABLE IF EXISTS {SCHEMA}.{table} CASCADE;"
        return self._state(table, sql, after=[self._state(f"drop-{table}", dropped, after)])

    def _state(self, what: str, sql: str, after: Sequence[pulumi.Resource]) -> pulumi.Resource:
        return states(self._warehouse, f"{self._name}-{what}", f"{SCHEMA}-{what}", sql, after, parent=self)


def digest(*texts: str) -> str:
    """A short text that is another one when the texts are."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:12]
