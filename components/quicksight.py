"""QuickSight: who uses it, what it reads from, and the data sets for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import pulumi
import pulumi_aws as aws

import settings
from components.platform import Platform
from components.quicksight_access import OWN_DATA_SET, VIEW_DATA_SET, actions
from components.quicksight_sources import LakeSource, LakeSourceArgs, WarehouseSource, WarehouseSourceArgs
from components.quicksight_tables import Shown, columns, live_tables, product_table, title
from components.warehouse import Warehouse
from components.warehouse_marts import WarehouseMarts

Group: TypeAlias = Literal["analysts", "stewards"]
GROUPS: Mapping[Group, str] = {
    "analysts": "Look at dashboards, and ask questions of the data sets",
    "stewards": "Own data sets and dashboards, and see guarded columns",
}


@dataclass(frozen=True, kw_only=True)
class QuickSightArgs:
    """`workgroup` is where the lake is queried, and `tables` are those that are, by name.

    `account` says whether the account's QuickSight is given our key, or has one.
    """

    platform: Platform
    chosen: settings.QuickSight
    account: settings.Account
    workgroup: pulumi.Input[str] | None
    tables: Mapping[str, aws.glue.CatalogTable]
    warehouse: Warehouse
    marts: WarehouseMarts


class QuickSight(pulumi.ComponentResource):
    """Groups and data sets. `groups` are the ARNs by the names of groups, `data_sets` those by the names of products.

    A mart is imported once a day, so that dashboards answer at once and cost no query. What marts are made of is large
    and asked live; and so is what the warehouse keeps itself.
    """

    groups: Mapping[Group, pulumi.Output[str]]
    data_sets: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: QuickSightArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:quicksight:QuickSight", name, {}, opts)
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        self.groups = {group: self._group(name, group, args) for group in GROUPS}
        stewards = self.groups["stewards"]
        lake = LakeSource(
            f"{name}-lake", LakeSourceArgs(platform=on, workgroup=args.workgroup, stewards=stewards), child
        )
        warehouse = WarehouseSource(
            f"{name}-warehouse",
            WarehouseSourceArgs(platform=on, warehouse=args.warehouse, marts=args.marts, stewards=stewards),
            child,
        )
        # An import starts as soon as there is a data set, and is encrypted by what is the default key then: by that
        # time the tables have to be there, the role let in, and the key known.
        ready: list[pulumi.Resource] = [lake, *args.tables.values(), *self._encrypt(name, args)]
        self.data_sets = {
            product.name: self._data_set(name, product_table(product, on.names), args, lake.arn, after=ready)
            for product in on.contracts.products
        }
        for table in live_tables():
            self._data_set(f"{name}-warehouse", table, args, warehouse.arn, after=[warehouse])
        self.register_outputs({"data_sets": dict(self.data_sets)})

    def _group(self, name: str, group: Group, args: QuickSightArgs) -> pulumi.Output[str]:
        made = aws.quicksight.Group(
            f"{name}-{group}",
            group_name=args.platform.names.resource(group),
            description=GROUPS[group],
            region=args.chosen.identity_region,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return made.arn

    def _encrypt(self, name: str, args: QuickSightArgs) -> list[pulumi.Resource]:
        """An account's QuickSight has one default key in a region. No key policy need admit it: it is given a grant.

        https://docs.aws.amazon.com/quicksight/latest/developerguide/cmk-operations.html
        """
        if args.account.quicksight_key == "leave":
            return []
        return [
            aws.quicksight.KeyRegistration(
                name,
                key_registrations=[{"key_arn": args.platform.keys["refined"], "default_key": True}],
                opts=pulumi.ResourceOptions(parent=self),
            )
        ]

    def _data_set(
        self,
        name: str,
        table: Shown,
        args: QuickSightArgs,
        source: pulumi.Input[str],
        *,
        after: Sequence[pulumi.Resource],
    ) -> pulumi.Output[str]:
        names = args.platform.names
        made = aws.quicksight.DataSet(
            f"{name}-{table.name}",
            data_set_id=names.resource(table.name),
            name=title(table, names),
            import_mode="SPICE" if table.imported else "DIRECT_QUERY",
            physical_table_maps=[
                {
                    "physical_table_map_id": "table",
                    "relational_table": {
                        "data_source_arn": source,
                        "catalog": table.catalog,
                        "schema": table.schema,
                        "name": table.name,
                        "input_columns": columns(table),
                    },
                }
            ],
            # Once a column is in a rule, only those see it whom one names.
            column_level_permission_rules=(
                [{"column_names": list(table.guarded), "principals": [self.groups["stewards"]]}]
                if table.guarded
                else None
            ),
            permissions=[
                {"principal": self.groups["stewards"], "actions": actions(OWN_DATA_SET)},
                {"principal": self.groups["analysts"], "actions": actions(VIEW_DATA_SET)},
            ],
            tags={"dataset": table.name},
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(after)),
        )
        if table.imported:
            self._refresh(f"{name}-{table.name}", made, args.chosen.refresh_at)
        return made.arn

    def _refresh(self, name: str, data_set: aws.quicksight.DataSet, at: str) -> None:
        aws.quicksight.RefreshSchedule(
            name,
            data_set_id=data_set.data_set_id,
            schedule_id="daily",
            # Without a start: QuickSight refuses one that has passed.
            schedule={
                "refresh_type": "FULL_REFRESH",
                "schedule_frequency": {"interval": "DAILY", "time_of_the_day": at, "timezone": "UTC"},
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
