"""CloudFormation templates: what the provider has against one before it is sent, and what the cloud refuses."""

import json
from typing import Any

import pytest

from embedded.provider.templates import TemplateError, capabilities, faults, parse
from embedded.provider.values import UNKNOWN
from tests.embedded.provider.cases.stacks import SOURCE, template
from tests.embedded.provider.harness import AbortedError, Engine

STACK = "aws:cloudformation/stack:Stack"


def body(kind: str, **properties: Any) -> str:
    return json.dumps({"Resources": {"Thing": {"Type": kind, "Properties": properties}}})


def told(engine: Engine, text: str, **more: Any) -> str:
    _, found = engine.check(STACK, {"templateBody": text, **more})
    return "\n".join(found.values())


def test_a_template_s_resource_is_checked_by_its_schema() -> None:
    given = {**SOURCE["Properties"], "EnableSetting": "ON", "Colour": "red"}
    given.pop("ProjectIdentifier")
    found = "\n".join(faults(json.dumps({"Resources": {"Source": {**SOURCE, "Properties": given}}})))
    assert "Resources.Source.Properties.ProjectIdentifier is missing" in found
    assert "Resources.Source.Properties.EnableSetting 'ON' is not one of ENABLED, DISABLED" in found
    assert "Resources.Source.Properties.Colour is not a property of Properties" in found
    assert "refers to 'Environment', which is neither a resource nor a parameter" in found


def test_what_a_function_will_say_is_not_judged() -> None:
    assert not faults(template())


def test_a_type_that_cloudformation_does_not_know_is_told() -> None:
    assert "'AWS::DataZone::Sauce', which CloudFormation does not know" in faults(body("AWS::DataZone::Sauce"))[0]


@pytest.mark.parametrize("text", ["[1, 2]", "{}", "Resources: {}", "a: [", '{"Resources": '])
def test_a_text_that_is_no_template_is_told(text: str) -> None:
    with pytest.raises(TemplateError):
        parse(text)


def test_short_forms_of_functions_are_read() -> None:
    text = "Resources: {A: {Type: T, Properties: {B: !Sub 'x-${C}', D: !Join ['-', [!Ref E, !GetAtt F.G.H]]}}}"
    properties = parse(text)["Resources"]["A"]["Properties"]
    assert properties["B"] == {"Fn::Sub": "x-${C}"}
    assert properties["D"] == {"Fn::Join": ["-", [{"Ref": "E"}, {"Fn::GetAtt": ["F", "G.H"]}]]}


def test_the_capabilities_that_a_template_needs_are_known() -> None:
    assert list(capabilities(parse(body("AWS::IAM::Role")))) == ["CAPABILITY_IAM"]
    assert list(capabilities(parse(body("AWS::IAM::Role", RoleName="r")))) == ["CAPABILITY_NAMED_IAM"]
    expanded = {"Transform": "AWS::Serverless-2016-10-31", **json.loads(body("AWS::SQS::Queue"))}
    assert list(capabilities(expanded)) == ["CAPABILITY_AUTO_EXPAND"]


def test_a_template_that_is_too_long_for_a_request_is_told(configured: Engine) -> None:
    assert "above the most of 51200" in told(configured, body("AWS::SQS::Queue", QueueName="q" * 52_000))


def test_what_goes_not_together_is_told(configured: Engine) -> None:
    assert "goes not with templateUrl" in told(configured, template(), templateUrl="https://b.s3.amazonaws.com/t")
    assert "goes not with disableRollback" in told(configured, template(), disableRollback=True, onFailure="DELETE")


def test_a_template_that_is_yet_unknown_waits_for_the_deployment(configured: Engine) -> None:
    _, found = configured.check(STACK, {"templateBody": UNKNOWN})
    assert not found


def test_outputs_of_a_recorded_resource_are_those_of_its_schema(engine: Engine) -> None:
    stack = engine.make(STACK, {"templateBody": template(), "parameters": {"Environment": "3h6j9m"}})
    assert stack.outputs["outputs"]["Ref"] == f"dzd_2b4d6f|{stack.outputs['outputs']['SourceId']}"
    assert stack.id.startswith("arn:aws:cloudformation:eu-central-1:123456789012:stack/thing-")


def test_a_dashboard_of_a_template_has_an_arn(engine: Engine) -> None:
    given = {"AwsAccountId": "123456789012", "DashboardId": "delays", "Name": "Delays"}
    document = {**json.loads(body("AWS::QuickSight::Dashboard", **given))}
    document["Outputs"] = {"Arn": {"Value": {"Fn::GetAtt": ["Thing", "Arn"]}}}
    stack = engine.make(STACK, {"templateBody": json.dumps(document)})
    assert stack.outputs["outputs"]["Arn"] == "arn:aws:quicksight:eu-central-1:123456789012:dashboard/delays"


def test_a_type_that_the_cloud_can_t_make_is_refused_by_name_and_leaves_no_stack(engine: Engine) -> None:
    text = body("AWS::AppFlow::Connector", ConnectorProvisioningType="LAMBDA", ConnectorProvisioningConfig={})
    with pytest.raises(AbortedError, match="AWS::AppFlow::Connector is not handled by the embedded AWS"):
        engine.make(STACK, {"templateBody": text})
    assert not engine.provider.resources.cloud.client("cloudformation").list_stacks()["StackSummaries"]


def test_the_cloud_wants_what_the_schema_of_a_recorded_type_requires(engine: Engine) -> None:
    client = engine.provider.resources.cloud.client("cloudformation")
    with pytest.raises(client.exceptions.ClientError, match="requires DomainIdentifier, ProjectIdentifier, Type"):
        client.create_stack(StackName="s", TemplateBody=body("AWS::DataZone::DataSource", Name="n"))
