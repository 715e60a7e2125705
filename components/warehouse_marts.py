"""The warehouse's marts: materialized views over the star, who may read them, and how they are brought up to date."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.job import Job
from components.platform import Platform
from components.queries import NamedQuery, warehouse_statements
from components.star import Star, digest
from components.statements import StatementsJobArgs, statements_job, states
from components.warehouse import Warehouse

SCHEMA, READERS = "marts", "analysts"
"""The schema of the views, and the database role that may read them."""


@dataclass(frozen=True, kw_only=True)
class WarehouseMartsArgs:
    """`star` has the tables that the views are over; `readers` are database users who may read the views."""

    platform: Platform
    warehouse: Warehouse
    star: Star
    readers: Sequence[pulumi.Input[str]] = ()


class WarehouseMarts(pulumi.ComponentResource):
    """A view for each file of `workloads/sql/redshift/marts/views`, and the job that refreshes all of them."""

    refresh: Job

    def __init__(self, name: str, args: WarehouseMartsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:warehouse:Marts", name, {}, opts)
        on = args.platform
        self._warehouse, self._name = args.warehouse, name
        schemas = self._kind("schemas", on, after=[args.star])
        procedures = self._kind("procedures", on, after=schemas)
        roles = self._kind("roles", on, after=procedures)
        self._state("grant-schema", f"GRANT USAGE ON SCHEMA {SCHEMA} TO ROLE {READERS};", after=[*schemas, *roles])
        for index, reader in enumerate(args.readers):
            self._state(f"reader-{index}", pulumi.Output.format(f"GRANT ROLE {READERS} TO {{0}};", reader), after=roles)
        views = warehouse_statements("marts/views", on.names)
        for view in views:
            self._view(view, digest(view.sql, args.star.stamp), after=[*schemas, *roles])
        self.refresh = statements_job(
            f"{name}-refresh",
            StatementsJobArgs(
                platform=on,
                warehouse=args.warehouse,
                what="warehouse-statements",
                layer="refined",
                statements=[f"REFRESH MATERIALIZED VIEW {SCHEMA}.{each.name};" for each in views],
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"refresh": self.refresh.name})

    def _kind(self, kind: str, on: Platform, after: Sequence[pulumi.Resource]) -> list[pulumi.Resource]:
        return [self._state(each.name, each.sql, after) for each in warehouse_statements(f"marts/{kind}", on.names)]

    def _view(self, view: NamedQuery, version: str, after: Sequence[pulumi.Resource]) -> None:
        """Made anew when it, or what it is over, changes: Redshift can't replace a view, and grants go with it."""
        stamp = f"-- for version {version}\n"
        dropped = self._state(
            f"drop-{view.name}", f"{stamp}DROP MATERIALIZED VIEW IF EXISTS {SCHEMA}.{view.name};", after=after
        )
        made = self._state(view.name, view.sql, after=[dropped])
        self._state(
            f"grant-{view.name}", f"{stamp}GRANT SELECT ON {SCHEMA}.{view.name} TO ROLE {READERS};", after=[made]
        )

    def _state(self, what: str, sql: pulumi.Input[str], after: Sequence[pulumi.Resource]) -> pulumi.Resource:
        return states(self._warehouse, f"{self._name}-{what}", what, sql, after, parent=self)
