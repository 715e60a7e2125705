"""What unit tests' mocks get: ids and ARNs of AWS's own form, without a cloud."""

import re
import subprocess
import sys
from typing import Any

import pytest

from embedded.provider.synthesis import synthesise
from embedded.provider.table import TABLE
from tests.embedded.provider.cases import CASES
from tests.embedded.provider.harness import misfits

ACCOUNT, REGION = "123456789012", "eu-west-1"
ARN = re.compile(r"arn:aws:[a-z0-9-]+:([a-z0-9-]*):(\d{12}|):.+")


def on_paper(value: Any) -> Any:
    """A case's inputs with every prerequisite replaced by a text."""
    if isinstance(value, dict):
        return {k: on_paper(v) for k, v in value.items()}
    if isinstance(value, list):
        return [on_paper(v) for v in value]
    return re.sub(r"\$([a-z0-9]+)\.[a-zA-Z]+", r"\1", value) if isinstance(value, str) else value


@pytest.mark.parametrize("title", sorted(CASES))
def test_every_type_has_an_id_and_outputs_that_the_sdk_can_read(title: str) -> None:
    token = title.split()[0]
    inputs = on_paper(CASES[title].inputs)
    id_, outputs = synthesise(token, "thing", inputs, ACCOUNT, REGION)
    assert id_
    assert not re.search(r"\{\w+\}", id_), "no place of the template is left open"
    assert not misfits(token, outputs)
    if outputs.get("arn"):
        found = ARN.fullmatch(outputs["arn"]) or outputs["arn"] in inputs.values()
        assert found, f"{outputs['arn']} is an ARN"


@pytest.mark.parametrize("token", sorted(TABLE))
def test_the_same_resource_gets_the_same_id_each_time_and_another_one_another(token: str) -> None:
    title = next(t for t in CASES if t.split()[0] == token)
    inputs = on_paper(CASES[title].inputs)
    assert synthesise(token, "a", inputs, ACCOUNT, REGION) == synthesise(token, "a", inputs, ACCOUNT, REGION)
    entry = TABLE[token]
    if isinstance(entry.id, str) and re.search(r"\{(hex|uuid|upper|lower)", entry.id):
        assert synthesise(token, "a", inputs, ACCOUNT, REGION)[0] != synthesise(token, "b", inputs, ACCOUNT, REGION)[0]


@pytest.mark.parametrize(
    ("token", "inputs", "id_", "outputs"),
    [
        (
            "aws:kinesis/stream:Stream",
            {"name": "s", "shardCount": 1},
            "arn:aws:kinesis:eu-west-1:123456789012:stream/s",
            {"arn": "arn:aws:kinesis:eu-west-1:123456789012:stream/s", "retentionPeriod": 24},
        ),
        (
            "aws:s3/bucket:Bucket",
            {"bucket": "b"},
            "b",
            {"arn": "arn:aws:s3:::b", "bucketDomainName": "b.s3.amazonaws.com"},
        ),
        ("aws:iam/role:Role", {"name": "r", "path": "/p/"}, "r", {"arn": "arn:aws:iam::123456789012:role/p/r"}),
        (
            "aws:ec2/route:Route",
            {"routeTableId": "rtb-0a", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"},
            "r-rtb-0a1080289494",
            {"state": "active"},
        ),
        (
            "aws:sqs/queue:Queue",
            {"name": "q"},
            "https://sqs.eu-west-1.amazonaws.com/123456789012/q",
            {"arn": "arn:aws:sqs:eu-west-1:123456789012:q"},
        ),
        (
            "aws:apigateway/stage:Stage",
            {"restApi": "abc", "stageName": "v1", "deployment": "d"},
            "ags-abc-v1",
            {"invokeUrl": "https://abc.execute-api.eu-west-1.amazonaws.com/v1"},
        ),
    ],
)
def test_ids_and_arns_have_the_form_that_the_real_provider_gives(
    token: str, inputs: dict[str, Any], id_: str, outputs: dict[str, Any]
) -> None:
    found_id, found = synthesise(token, "thing", inputs, ACCOUNT, REGION)
    assert found_id == id_
    assert found | outputs == found


@pytest.mark.parametrize(
    ("token", "inputs", "form"),
    [
        ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16"}, r"vpc-[0-9a-f]{17}"),
        ("aws:kms/key:Key", {}, r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        ("aws:emr/cluster:Cluster", {"releaseLabel": "emr-7.5.0", "serviceRole": "r"}, r"j-[A-Z2-7]{13}"),
        ("aws:s3/bucket:Bucket", {}, r"thing-[0-9a-f]{7}"),
    ],
)
def test_what_aws_invents_has_its_form(token: str, inputs: dict[str, Any], form: str) -> None:
    assert re.fullmatch(form, synthesise(token, "thing", inputs, ACCOUNT, REGION)[0])


def test_a_resource_of_another_region_has_that_region_in_its_arn() -> None:
    _, outputs = synthesise("aws:kinesis/stream:Stream", "s", {"shardCount": 1, "region": "us-east-1"}, ACCOUNT, REGION)
    assert ":us-east-1:" in outputs["arn"]
    assert outputs["region"] == "us-east-1"


def test_synthesis_needs_neither_moto_nor_the_plugin_s_server() -> None:
    code = (
        "import sys; sys.modules.update(moto=None, flask=None); import embedded.provider.synthesis;"
        "assert not [m for m in sys.modules if m.startswith(('embedded.provider.aws', 'embedded.cloud'))]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
