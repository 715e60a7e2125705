"""Cases: what Athena keeps beside its workgroups."""

from tests.embedded.provider.cases.case import OTHER_TAGS, TAGS, Case

_FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:connector"

CASES: dict[str, Case] = {
    "aws:athena/workgroup:Workgroup that ends large queries": Case(
        {"name": "the-workgroup", "configuration": {"bytesScannedCutoffPerQuery": 10485760}},
        {"configuration": {"bytesScannedCutoffPerQuery": 20971520}},
        {"name": "other"},
        ("configuration.bytesScannedCutoffPerQuery", {"bytesScannedCutoffPerQuery": 10000000}),
    ),
    "aws:athena/preparedStatement:PreparedStatement": Case(
        {
            "name": "delays_of",
            "workgroup": "$workgroup.name",
            "queryStatement": "SELECT * FROM flights WHERE carrier = ?",
            "description": "of one carrier",
        },
        {"queryStatement": "SELECT * FROM flights WHERE carrier = ? LIMIT 10", "description": None},
        {"name": "other"},
        ("name", "1st"),
    ),
    "aws:athena/dataCatalog:DataCatalog": Case(
        {
            "name": "warehouse",
            "type": "LAMBDA",
            "description": "the warehouse",
            "parameters": {"function": _FUNCTION},
            **TAGS,
        },
        {"description": "ours", "parameters": {"function": f"{_FUNCTION}-2"}, **OTHER_TAGS},
        {"name": "other"},
        ("parameters.function", {"function": "connector"}),
    ),
    "aws:athena/dataCatalog:DataCatalog by a connection": Case(
        {
            "name": "warehouse",
            "type": "FEDERATED",
            "description": "the warehouse",
            "parameters": {"connection-arn": "arn:aws:glue:eu-central-1:123456789012:connection/warehouse"},
        },
        {"description": "ours"},
        {"name": "other"},
        ("parameters", {"connection-properties": "{}"}),
    ),
}
