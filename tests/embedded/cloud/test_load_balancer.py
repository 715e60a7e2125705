"""The load balancer's front: lambda targets invoked as an application load balancer does."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded.cloud.listener_rules import Request
from embedded.cloud.load_balancer import Refusal, event, read_answer
from tests.embedded.cloud.clients import Aws, two_subnets, unique
from tests.embedded.provider.cases.pem import SITE

ECHO = (
    "import json\n"
    "def handler(event, context):\n"
    "    return {'statusCode': 200, 'statusDescription': '200 OK', 'body': json.dumps(event),\n"
    "            'headers': {'Content-Type': 'application/json', 'X-Own': '1', 'Connection': 'close'}}\n"
)


class _Unfollowed(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Leave the answer as it is."""


_OPENER = urllib.request.build_opener(_Unfollowed)


def _call(
    url: str, *, method: str = "GET", body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, bytes, Any]:
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with _OPENER.open(request) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as problem:
        with problem:
            return problem.code, problem.read(), problem.headers


def _permit(aws: Aws, function: str, group: str) -> None:
    aws.client("lambda").add_permission(
        FunctionName=function,
        StatementId="elb",
        Action="lambda:InvokeFunction",
        Principal="elasticloadbalancing.amazonaws.com",
        SourceArn=group,
    )


def _group(aws: Aws, code: str, *, several: bool = False) -> tuple[str, str]:
    """A lambda target group with a permitted function of this code; the names of both."""
    elb = aws.client("elbv2")
    function = aws.function(code)
    arn = aws.client("lambda").get_function(FunctionName=function)["Configuration"]["FunctionArn"]
    group = elb.create_target_group(Name=unique(), TargetType="lambda")["TargetGroups"][0]["TargetGroupArn"]
    _permit(aws, function, group)
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": arn}])
    if several:
        attributes = [{"Key": "lambda.multi_value_headers.enabled", "Value": "true"}]
        elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=attributes)
    return group, function


def _listen(aws: Aws, actions: list[dict[str, Any]]) -> tuple[str, str]:
    """The URL of a new load balancer that does this by default, and its listener."""
    elb = aws.client("elbv2")
    name = unique()
    subnets = _subnets(aws)
    balancer = elb.create_load_balancer(Name=name, Subnets=subnets, Scheme="internal")["LoadBalancers"][0]
    assert balancer["DNSName"].startswith(f"internal-{name}-"), "the name is of AWS's form"
    certificate = aws.client("acm").import_certificate(
        Certificate=SITE["certificateBody"].encode(), PrivateKey=SITE["privateKey"].encode()
    )["CertificateArn"]
    listener = elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTPS",
        Port=443,
        Certificates=[{"CertificateArn": certificate}],
        DefaultActions=actions,
    )["Listeners"][0]["ListenerArn"]
    return f"{aws.endpoint}/elb/{name}", listener


def _subnets(aws: Aws) -> list[str]:
    ec2 = aws.client("ec2")
    vpc, (first, _) = two_subnets(aws)
    zone = ec2.describe_subnets(SubnetIds=[first])["Subnets"][0]["AvailabilityZone"]
    other = next(each for each in ("eu-central-1a", "eu-central-1b") if each != zone)
    second = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.7.0/24", AvailabilityZone=other)["Subnet"]["SubnetId"]
    return [first, second]


def _forward(group: str) -> list[dict[str, Any]]:
    return [{"Type": "forward", "TargetGroupArn": group}]


def test_a_function_gets_the_documented_event(aws: Aws) -> None:
    group, _ = _group(aws, ECHO)
    url, _ = _listen(aws, _forward(group))
    status, body, headers = _call(f"{url}/a%20b/c?x=1&x=2%20&y=", headers={"X-Seen": "yes"})
    found = json.loads(body)
    assert status == 200
    assert found["requestContext"] == {"elb": {"targetGroupArn": group}}
    assert (found["httpMethod"], found["path"]) == ("GET", "/a%20b/c")
    assert found["queryStringParameters"] == {"x": "2%20", "y": ""}, "the last value counts, and none is decoded"
    assert found["headers"]["x-seen"] == "yes"
    assert found["headers"]["x-forwarded-proto"] == "https"
    assert found["headers"]["x-forwarded-port"] == "443"
    assert found["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert found["headers"]["x-amzn-trace-id"].startswith("Root=1-")
    assert (found["body"], found["isBase64Encoded"]) == ("", False)
    assert headers["X-Own"] == "1"
    assert "awselb/2.0" in headers.get_all("Server"), "beside the name of the server that it really is"
    assert "multiValueHeaders" not in found

    _, body, _ = _call(f"{url}/", method="POST", body=b'{"a": 1}', headers={"Content-Type": "application/json"})
    assert json.loads(body)["body"] == '{"a": 1}'
    _, body, _ = _call(f"{url}/", method="POST", body=b"\xff\x00", headers={"Content-Type": "application/x-own"})
    found = json.loads(body)
    assert (found["body"], found["isBase64Encoded"]) == ("/wA=", True)


def test_multi_value_headers_are_lists_both_ways(aws: Aws) -> None:
    code = (
        "import json\n"
        "def handler(event, context):\n"
        "    return {'statusCode': 201, 'body': json.dumps(event), 'multiValueHeaders': {'X-Two': ['a', 'b']}}\n"
    )
    group, _ = _group(aws, code, several=True)
    url, _ = _listen(aws, _forward(group))
    status, body, headers = _call(f"{url}/?x=1&x=2")
    found = json.loads(body)
    assert status == 201
    assert found["multiValueQueryStringParameters"] == {"x": ["1", "2"]}
    assert found["multiValueHeaders"]["x-forwarded-port"] == ["443"]
    assert "headers" not in found
    assert headers.get_all("X-Two") == ["a", "b"]


def test_a_function_without_the_permission_can_t_be_registered_and_answers_502_once_it_lost_it(aws: Aws) -> None:
    group, function = _group(aws, ECHO)
    url, _ = _listen(aws, _forward(group))
    assert _call(url)[0] == 200
    aws.client("lambda").remove_permission(FunctionName=function, StatementId="elb")
    status, body, _ = _call(url)
    assert status == 502
    assert b"502 Bad Gateway" in body
    _permit(aws, function, f"{group[:-1]}z")
    assert _call(url)[0] == 502, "a permission for another target group doesn't count"
    arn = aws.client("lambda").get_function(FunctionName=function)["Configuration"]["FunctionArn"]
    with pytest.raises(ClientError, match="does not have permission to invoke"):
        aws.client("elbv2").register_targets(TargetGroupArn=group, Targets=[{"Id": arn}])


def test_rules_come_before_the_default_by_their_priority(aws: Aws) -> None:
    group, _ = _group(aws, ECHO)
    missing = {"ContentType": "application/json", "StatusCode": "404", "MessageBody": '{"no": 1}'}
    url, listener = _listen(aws, [{"Type": "fixed-response", "FixedResponseConfig": missing}])
    elb = aws.client("elbv2")
    paths = [{"Field": "path-pattern", "Values": ["/flights/*"]}]
    elb.create_rule(ListenerArn=listener, Priority=20, Conditions=paths, Actions=_forward(group))
    away = {"Protocol": "HTTPS", "Host": "other.example.com", "StatusCode": "HTTP_302"}
    posts = [{"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["DELETE"]}}]
    redirect = [{"Type": "redirect", "RedirectConfig": away}]
    elb.create_rule(ListenerArn=listener, Priority=10, Conditions=[*posts, *paths], Actions=redirect)

    status, body, headers = _call(f"{url}/weather")
    assert (status, body) == (404, b'{"no": 1}')
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert json.loads(_call(f"{url}/flights/1")[1])["path"] == "/flights/1"
    status, _, headers = _call(f"{url}/flights/1?a=b", method="DELETE")
    assert (status, headers["Location"]) == (302, "https://other.example.com:443/flights/1?a=b")


@pytest.mark.parametrize(
    "code",
    [
        "def handler(event, context):\n    raise ValueError('bad')\n",
        "def handler(event, context):\n    return 'text'\n",
        "def handler(event, context):\n    return {'body': 'no status'}\n",
        "def handler(event, context):\n    return {'statusCode': 200, 'body': {'a': 1}}\n",
    ],
)
def test_a_malformed_answer_is_502(aws: Aws, code: str) -> None:
    group, _ = _group(aws, code)
    url, _ = _listen(aws, _forward(group))
    assert _call(url)[0] == 502


def test_a_group_without_targets_is_503_and_a_body_that_is_too_large_413(aws: Aws) -> None:
    elb = aws.client("elbv2")
    empty = elb.create_target_group(Name=unique(), TargetType="lambda")["TargetGroups"][0]["TargetGroupArn"]
    url, _ = _listen(aws, _forward(empty))
    assert _call(url)[0] == 503
    group, _ = _group(aws, ECHO)
    url, _ = _listen(aws, _forward(group))
    assert _call(url, method="POST", body=b"x" * (1024 * 1024 + 1))[0] == 413


def test_an_unknown_load_balancer_is_404(aws: Aws) -> None:
    assert _call(f"{aws.endpoint}/elb/nobody/")[0] == 404


def test_a_listener_s_headers_are_added_and_its_name_left_out_when_told_so(aws: Aws) -> None:
    group, _ = _group(aws, ECHO)
    url, listener = _listen(aws, _forward(group))
    attributes = {
        "routing.http.response.server.enabled": "false",
        "routing.http.response.strict_transport_security.header_value": "max-age=1",
    }
    wanted = [{"Key": key, "Value": value} for key, value in attributes.items()]
    aws.client("elbv2").modify_listener_attributes(ListenerArn=listener, Attributes=wanted)
    headers = _call(url)[2]
    assert headers["Strict-Transport-Security"] == "max-age=1"
    assert "awselb" not in str(headers.get_all("Server"))


def test_a_compressed_body_is_given_as_base64() -> None:
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    request = Request("POST", "/", "", headers, b"packed", "127.0.0.1")
    assert event("group", request, several=False)["isBase64Encoded"] is True


def test_a_binary_body_is_decoded() -> None:
    answer = read_answer('{"statusCode": 200, "isBase64Encoded": true, "body": "/wA="}', several=False)
    assert answer.body == b"\xff\x00"
    with pytest.raises(Refusal):
        read_answer('{"statusCode": 200, "isBase64Encoded": true, "body": "%"}', several=False)
