"""What Lake Formation's grants let somebody see, by the cases of AWS's own documentation."""

from typing import Any

import pytest

from embedded.cloud.lake_grants import Described, Visible, visible

ACCOUNT = "111122223333"
ANN = f"arn:aws:iam::{ACCOUNT}:role/Ann"
BOB = f"arn:aws:iam::{ACCOUNT}:user/Bob"
ORDERS = ("customer_name", "product_type", "price")
PHARMA = {
    "Name": "restrict-pharma",
    "ColumnNames": ["customer_name"],
    "RowFilter": {"FilterExpression": "product_type='pharma'"},
}


def orders(**more: Any) -> Described:
    return Described(catalog=ACCOUNT, database="sales", name="orders", columns=ORDERS, **more)


def grant(resource: dict[str, Any], *permissions: str, to: str = ANN) -> dict[str, Any]:
    return {
        "Principal": {"DataLakePrincipalIdentifier": to},
        "Resource": resource,
        "Permissions": list(permissions or ("SELECT",)),
    }


def named(**more: Any) -> dict[str, Any]:
    return {"CatalogId": ACCOUNT, "DatabaseName": "sales", **more}


TABLE = {"Table": named(Name="orders")}
THROUGH = {
    "DataCellsFilter": {
        "TableCatalogId": ACCOUNT,
        "DatabaseName": "sales",
        "TableName": "orders",
        "Name": "restrict-pharma",
    }
}


def by_tags(kind: str = "TABLE", **values: list[str]) -> dict[str, Any]:
    terms = [{"TagKey": key, "TagValues": each} for key, each in values.items()]
    return {"LFTagPolicy": {"CatalogId": ACCOUNT, "ResourceType": kind, "Expression": terms}}


def seen(table: Described, *grants: dict[str, Any], administrators: tuple[str, ...] = ()) -> Visible:
    return visible(ANN, table, grants, administrators)


def columns(found: Visible) -> list[str]:
    return [name for name in ORDERS if name in found.columns]


def test_nothing_granted_is_nothing_seen() -> None:
    assert seen(orders()).hidden
    assert seen(orders(), grant(TABLE, to=BOB)).hidden
    assert seen(orders(), grant({"Table": named(Name="returns")})).hidden
    assert seen(orders(), grant({"Table": {**named(Name="orders"), "CatalogId": "444455556666"}})).hidden
    assert seen(orders(), grant({"Database": {"CatalogId": ACCOUNT, "Name": "sales"}}, "ALL")).hidden, (
        "what is granted on a database is not granted on its tables"
    )


@pytest.mark.parametrize("permission", ["SELECT", "ALL"])
@pytest.mark.parametrize("resource", [TABLE, {"Table": named(TableWildcard={})}], ids=["table", "all tables"])
def test_a_grant_on_a_table_shows_all_of_it(resource: dict[str, Any], permission: str) -> None:
    found = seen(orders(), grant(resource, permission))
    assert columns(found) == list(ORDERS)
    assert found.rows() is None


def test_describe_shows_that_a_table_is_there_and_none_of_it() -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-reference.html"""
    found = seen(orders(), grant(TABLE, "DESCRIBE"))
    assert not found.hidden
    assert not found.columns


def test_an_administrator_describes_everything_and_reads_only_what_it_is_granted() -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/implicit-permissions.html"""
    found = seen(orders(), administrators=(ANN,))
    assert not found.hidden
    assert not found.columns
    assert columns(seen(orders(), grant(TABLE), administrators=(ANN,))) == list(ORDERS)


@pytest.mark.parametrize("everybody", ["IAM_ALLOWED_PRINCIPALS", f"{ACCOUNT}:IAMPrincipals"])
def test_what_is_granted_to_everybody_is_granted_to_each(everybody: str) -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/metadata-permissions.html"""
    assert columns(seen(orders(), grant(TABLE, "ALL", to=everybody))) == list(ORDERS)


def test_columns_are_granted_by_name_or_all_but_some() -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/granting-table-permissions.html"""
    by_name = {"TableWithColumns": named(Name="orders", ColumnNames=["price"])}
    others = {"TableWithColumns": named(Name="orders", ColumnWildcard={"ExcludedColumnNames": ["price"]})}
    assert columns(seen(orders(), grant(by_name))) == ["price"]
    assert columns(seen(orders(), grant(others))) == ["customer_name", "product_type"]
    assert columns(seen(orders(), grant({"TableWithColumns": named(Name="orders", ColumnWildcard={})}))) == list(ORDERS)


def test_a_filter_shows_its_columns_in_its_rows() -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/data-filters-about.html"""
    found = seen(orders(filters={"restrict-pharma": PHARMA}), grant(THROUGH))
    assert columns(found) == ["customer_name"]
    assert found.rows() == ("product_type='pharma'",)


def test_a_filter_that_is_gone_shows_nothing() -> None:
    assert seen(orders(), grant(THROUGH)).hidden


def test_a_grant_on_the_whole_table_undoes_a_filter_on_it() -> None:
    found = seen(orders(filters={"restrict-pharma": PHARMA}), grant(THROUGH), grant(TABLE))
    assert columns(found) == list(ORDERS)
    assert found.rows() is None
    assert found.rows("customer_name") is None


def test_filters_add_up_cell_by_cell() -> None:
    """Streets are hidden where the country is UK and shown where it is US.

    https://docs.aws.amazon.com/lake-formation/latest/dg/data-filtering-overview.html
    """
    persons = Described(
        catalog=ACCOUNT,
        database="hr",
        name="persons",
        columns=("name", "country", "street"),
        filters={
            "us": {"Name": "us", "ColumnWildcard": {}, "RowFilter": {"FilterExpression": "country = 'US'"}},
            "uk": {
                "Name": "uk",
                "ColumnWildcard": {"ExcludedColumnNames": ["street"]},
                "RowFilter": {"FilterExpression": "country = 'UK'"},
            },
        },
    )
    where = {"TableCatalogId": ACCOUNT, "DatabaseName": "hr", "TableName": "persons"}
    found = visible(ANN, persons, [grant({"DataCellsFilter": {**where, "Name": name}}) for name in ("us", "uk")])
    assert found.columns == {"name", "country", "street"}
    assert found.rows() == found.rows("name") == ("country = 'US'", "country = 'UK'")
    assert found.rows("street") == ("country = 'US'",)


def test_an_expression_asks_for_each_key_and_one_of_its_values() -> None:
    """module=sales AND division=(consumer OR commercial)

    https://docs.aws.amazon.com/lake-formation/latest/dg/lf-tag-considerations.html
    """
    asked = grant(by_tags(module=["sales"], division=["consumer", "commercial"]))
    assert columns(seen(orders(tags={"module": "sales", "division": "commercial"}), asked)) == list(ORDERS)
    assert seen(orders(tags={"module": "sales", "division": "industry"}), asked).hidden
    assert seen(orders(tags={"module": "sales"}), asked).hidden


def test_tags_are_inherited_and_overridden() -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/TBAC-assigning-tags.html"""
    asked = grant(by_tags(module=["sales"], level=["open"]))
    inherits = {"database_tags": {"module": "sales", "level": "closed"}}
    assert seen(orders(**inherits), asked).hidden
    assert columns(seen(orders(**inherits, tags={"level": "open"}), asked)) == list(ORDERS)
    guarded = orders(**inherits, tags={"level": "open"}, column_tags={"price": {"level": "closed"}})
    assert columns(seen(guarded, asked)) == ["customer_name", "product_type"]
    opened = orders(**inherits, column_tags={"price": {"level": "open"}})
    assert columns(seen(opened, asked)) == ["price"]


def test_tags_of_databases_open_no_table() -> None:
    assert seen(orders(tags={"module": "sales"}), grant(by_tags("DATABASE", module=["sales"]), "DESCRIBE")).hidden


def test_a_filter_stands_beside_tags_that_only_let_describe() -> None:
    table = orders(tags={"module": "sales"}, filters={"restrict-pharma": PHARMA})
    found = seen(table, grant(by_tags(module=["sales"]), "DESCRIBE"), grant(THROUGH))
    assert columns(found) == ["customer_name"]
