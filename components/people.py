"""The platform's roles for people: who may take them, and what of the lake they show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.duties import ANALYSED, analyses, engineers, stewards
from components.iam import Role, Statement, role
from components.lake import LAYERS, READS
from components.names import Names
from components.platform import Platform
from components.shelf import Shelf
from components.workgroup import PERSONAS, Persona
from contracts import OPEN, Contract, Sensitivity
from settings import Access

ONE: Mapping[Persona, str] = {"analysts": "analyst", "engineers": "engineer", "stewards": "steward"}
STEWARDED: tuple[Sensitivity, ...] = ("public", "internal", "confidential")
"""What stewards read, and may let others read. What is restricted is for who administers the lake."""


@dataclass(frozen=True, kw_only=True)
class PeopleArgs:
    """`shelves` are those of what analysts see. `connector` is the ARN of the function that reads the warehouse."""

    platform: Platform
    access: Access
    shelves: Sequence[Shelf]
    connector: str | None


class People(pulumi.ComponentResource):
    """A role for analysts, one for engineers and one for stewards."""

    roles: Mapping[Persona, pulumi.Output[str]]

    def __init__(self, name: str, args: PeopleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:layers:People", name, {}, opts)
        on = args.platform
        listed: Mapping[Persona, Sequence[str]] = {
            "analysts": args.access.analysts,
            "engineers": args.access.engineers,
            "stewards": args.access.stewards,
        }
        may = {"analysts": analyses, "engineers": engineers, "stewards": stewards}
        made = {
            persona: role(
                f"{name}-{ONE[persona]}",
                on.names.resource(ONE[persona]),
                taken_by(listed[persona], on.names),
                may[persona](on.names, on.keys, args.connector),
                pulumi.ResourceOptions(parent=self),
            )
            for persona in PERSONAS
        }
        self._show_analysts(f"{name}-analyst", made["analysts"], args)
        self._show_engineers(f"{name}-engineer", made["engineers"], args)
        self._show_stewards(f"{name}-steward", made["stewards"], args)
        self.roles = {persona: found.arn for persona, found in made.items()}
        self.register_outputs({"roles": dict(self.roles)})

    def _show_analysts(self, name: str, analyst: Role, args: PeopleArgs) -> None:
        """Whole tables where all is open; of the others, the columns that are.

        Grants add up: one on a whole table would undo the filter on it. So the expression names the sensitivities that
        are open, and a table with a guarded column bears that column's: the filter is all that analysts have of it.
        """
        lake, child = args.platform.lake, pulumi.ResourceOptions(parent=self)
        lake.permit(f"{name}-databases", analyst.arn, "DATABASE", {"layer": ANALYSED}, ["DESCRIBE"], child)
        opened = {"layer": ANALYSED, "sensitivity": OPEN}
        lake.permit(f"{name}-tables", analyst.arn, "TABLE", opened, READS, child)
        for shelf in args.shelves:
            for contract in shelf.contracts:
                if contract.guarded:
                    self._show_open_columns(f"{name}-{contract.name}", analyst, shelf, contract, args.platform)

    def _show_open_columns(self, name: str, analyst: Role, shelf: Shelf, contract: Contract, on: Platform) -> None:
        table, names = shelf.tables[contract.name], on.names
        hidden = on.to_come.get(contract.name, frozenset())
        cells = aws.lakeformation.DataCellsFilter(
            name,
            table_data={
                "table_catalog_id": names.account,
                "database_name": shelf.database,
                "table_name": table.name,
                "name": names.resource("open-columns"),
                "column_names": [column for column in open_columns(contract) if column not in hidden],
                "row_filter": {"all_rows_wildcard": {}},
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.lakeformation.Permissions(
            name,
            principal=analyst.arn,
            permissions=["SELECT"],
            data_cells_filter={
                "table_catalog_id": names.account,
                "database_name": shelf.database,
                "table_name": table.name,
                "name": names.resource("open-columns"),
            },
            # By name, it doesn't wait for the filter by itself.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[cells]),
        )

    def _show_engineers(self, name: str, engineer: Role, args: PeopleArgs) -> None:
        """They mend what moves data: they see every table, and change none by hand."""
        lake, child = args.platform.lake, pulumi.ResourceOptions(parent=self)
        lake.permit(f"{name}-databases", engineer.arn, "DATABASE", {"layer": LAYERS}, ["DESCRIBE"], child)
        lake.permit(f"{name}-tables", engineer.arn, "TABLE", {"layer": LAYERS}, READS, child)

    def _show_stewards(self, name: str, steward: Role, args: PeopleArgs) -> None:
        """They see that everything is there, read up to what is confidential, and may hand both on, by our tags.

        They don't put tags on tables: contracts do, and Lake Formation would ask for every right on the table for it.
        https://docs.aws.amazon.com/lake-formation/latest/dg/TBAC-assigning-tags.html
        """
        lake, child = args.platform.lake, pulumi.ResourceOptions(parent=self)
        all_layers, read = {"layer": LAYERS}, {"layer": LAYERS, "sensitivity": STEWARDED}
        see, select = ["DESCRIBE"], ["SELECT"]
        lake.permit(f"{name}-databases", steward.arn, "DATABASE", all_layers, see, child, grantable=see)
        lake.permit(f"{name}-tables", steward.arn, "TABLE", all_layers, see, child, grantable=see)
        lake.permit(f"{name}-rows", steward.arn, "TABLE", read, select, child, grantable=select)
        lake.entrust(name, steward.arn, ["DESCRIBE", "GRANT_WITH_LF_TAG_EXPRESSION"], child)


def open_columns(contract: Contract) -> list[str]:
    """The columns that every analyst may read, by name: one that a migration adds is hidden until deployed too."""
    guarded = {field.name for field in contract.fields if not field.is_open}
    return [name for name, _, _ in contract.table_columns() if name not in guarded]


def taken_by(listed: Sequence[str], names: Names) -> list[Statement]:
    """Trust statements: for those listed, or else for whoever of the account is let by policies of its own.

    A user proves a second factor. A role's session can't: whoever lets people into that role asks for it.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent
    """
    account = [f"arn:{names.partition}:iam::{names.account}:root"]
    users = [arn for arn in listed if ":user/" in arn] if listed else account
    roles = [arn for arn in listed if ":role/" in arn] if listed else account
    second_factor = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    statements = []
    if users:
        kind = {} if listed else {"StringEquals": {"aws:PrincipalType": "User"}}
        statements.append(_takes("UsersWithSecondFactor", users) | {"Condition": second_factor | kind})
    if roles:
        kind = {} if listed else {"StringEquals": {"aws:PrincipalType": "AssumedRole"}}
        statements.append(_takes("Sessions", roles) | ({"Condition": kind} if kind else {}))
    return statements


def _takes(sid: str, principals: Sequence[str]) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Principal": {"AWS": list(principals)}, "Action": "sts:AssumeRole"}
