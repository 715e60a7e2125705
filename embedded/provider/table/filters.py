"""Lake Formation: filters of cells, and named expressions of tags, which moto lacks and are recorded."""

from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Entry, Fault, call, words
from embedded.provider.values import has_unknown, is_unknown


def _cells(props: Mapping[str, Any]) -> list[Fault]:
    """API_DataCellsFilter and API_RowFilter: columns by name or by wildcard, rows by expression or all."""
    data = props.get("tableData")
    if not isinstance(data, dict):
        return []
    faults = []
    columns = [n for n in ("columnNames", "columnWildcard") if data.get(n) is not None]
    if len(columns) != 1:
        told = "goes not with columnNames" if columns else "is missing"
        faults.append(Fault("tableData.columnWildcard", f"{told}: give exactly one of columnNames, columnWildcard"))
    rows = data.get("rowFilter")
    if rows is None or is_unknown(rows):
        return faults
    kinds = [n for n in ("filterExpression", "allRowsWildcard") if rows.get(n) is not None]
    if len(kinds) != 1:
        told = "goes not with allRowsWildcard" if kinds else "is missing"
        path = "tableData.rowFilter.filterExpression"
        faults.append(Fault(path, f"{told}: give exactly one of filterExpression, allRowsWildcard"))
    return faults + _expression(rows.get("filterExpression"))


def _expression(text: Any) -> list[Fault]:
    """A WHERE clause in a subset of PartiQL: docs.aws.amazon.com/lake-formation/latest/dg/partiql-support.html."""
    if not isinstance(text, str) or has_unknown(text):
        return []
    import sqlglot  # half a second that few stacks need

    try:
        sqlglot.condition(text, dialect="athena")
    except sqlglot.errors.SqlglotError as fault:
        told = str(fault).splitlines()[0]
        path = "tableData.rowFilter.filterExpression"
        return [Fault(path, f"{text!r} is no condition of a WHERE clause ({told}): give one such as carrier = 'LH'")]
    return []


def grantable(props: Mapping[str, Any]) -> list[Fault]:
    """What may be granted through a filter, and on columns.

    docs.aws.amazon.com/lake-formation/latest/dg: granting-filter-perms, and lf-permissions-reference.
    """
    some = {"dataCellsFilter": {"SELECT", "DESCRIBE", "DROP"}, "tableWithColumns": {"SELECT"}}
    kind = next((k for k in some if props.get(k)), None)
    if kind is None:
        return []
    wrong = [p for p in props.get("permissions") or [] if not has_unknown(p) and p not in some[kind]]
    allowed = ", ".join(sorted(some[kind]))
    faults = [Fault("permissions", f"{p!r} can't be granted on {kind}: give {allowed}") for p in wrong]
    table = props[kind]
    if kind == "tableWithColumns" and isinstance(table, dict):
        # API_TableWithColumnsResource: at least one of ColumnNames and ColumnWildcard.
        columns = [n for n in ("columnNames", "wildcard") if table.get(n)]
        if len(columns) != 1:
            told = "goes not with wildcard" if columns else "names no columns"
            faults.append(Fault(kind, f"{told}: give exactly one of columnNames, wildcard"))
    return faults


def _part(place: int) -> Any:
    return lambda context: context["id"].split(",")[place]


_FILTER = {"DatabaseName": _part(0), "Name": _part(1), "TableCatalogId": _part(2), "TableName": _part(3)}

ENTRIES: dict[str, Entry] = {
    "aws:lakeformation/dataCellsFilter:DataCellsFilter": Entry(
        service="lakeformation",
        id=lambda c: ",".join(str(c["tableData"][n]) for n in ("databaseName", "name", "tableCatalogId", "tableName")),
        create=call("create_data_cells_filter"),
        read=(call("get_data_cells_filter", **_FILTER),),
        update=call("update_data_cells_filter"),
        delete=call("delete_data_cells_filter", **_FILTER),
        reads={"tableData": "DataCellsFilter"},
        local={"timeouts": None},
        replace=words("tableData.databaseName tableData.name tableData.tableCatalogId tableData.tableName"),
        gone=words("EntityNotFoundException"),
        rules=(_cells,),
    ),
    "aws:lakeformation/lfTagExpression:LfTagExpression": Entry(
        service="lakeformation",
        id=lambda c: f"{c['name']},{c.get('catalogId') or c['account']}",
        like=call("create_lf_tag_expression"),
        outputs={"catalogId": "{account}"},
        replace=words("name catalogId"),
        named="name",
        longest=255,
        reason="moto has no named expression of tags",
    ),
}
