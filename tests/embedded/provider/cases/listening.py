"""Cases: rules of a load balancer's listener."""

from tests.embedded.provider.cases.case import OTHER_TAGS, TAGS, Case

_UP = {
    "type": "fixed-response",
    "fixedResponse": {"contentType": "application/json", "messageBody": "{}", "statusCode": "200"},
}

CASES: dict[str, Case] = {
    "aws:lb/listenerRule:ListenerRule": Case(
        {
            "listenerArn": "$listener.arn",
            "priority": 1,
            "conditions": [{"pathPattern": {"values": ["/health"]}}],
            "actions": [_UP],
            **TAGS,
        },
        {
            "priority": 7,
            "conditions": [{"pathPattern": {"values": ["/alive"]}}, {"hostHeader": {"values": ["data.example.com"]}}],
            "actions": [{"type": "forward", "targetGroupArn": "$targets.arn"}],
            **OTHER_TAGS,
        },
        {"listenerArn": "$listener2.arn"},
        ("priority", 50001),
    ),
    "aws:lb/listenerRule:ListenerRule of a header and a query": Case(
        {
            "listenerArn": "$listener.arn",
            "priority": 2,
            "conditions": [
                {"httpHeader": {"httpHeaderName": "X-Kind", "values": ["test"]}},
                {"queryStrings": [{"key": "kind", "value": "test"}]},
            ],
            "actions": [_UP],
        },
        {"conditions": [{"sourceIp": {"values": ["10.0.0.0/8"]}}, {"httpRequestMethod": {"values": ["GET"]}}]},
        bad=("conditions[0]", [{"pathPattern": {"values": ["/a"]}, "hostHeader": {"values": ["b"]}}]),
    ),
}
