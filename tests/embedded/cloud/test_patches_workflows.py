"""What moto lacks of Glue's triggers and rulesets, QuickSight's data sources and CloudFormation's stacks."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.embedded.cloud.clients import Aws, unique


def trigger(glue: Any, name: str, kind: str, **more: Any) -> None:
    glue.create_trigger(Name=name, Type=kind, Actions=[{"JobName": "job"}], **more)


def test_a_ruleset_is_made_changed_and_deleted(aws: Aws) -> None:
    glue, name = aws.client("glue"), unique()
    target = {"DatabaseName": "lake", "TableName": "flights"}
    given = {"Name": name, "Ruleset": "Rules = [ RowCount > 0 ]", "TargetTable": target}
    glue.create_data_quality_ruleset(**given, Tags={"team": "data"})
    with pytest.raises(ClientError, match="AlreadyExistsException"):
        glue.create_data_quality_ruleset(**given)
    arn = f"arn:aws:glue:{glue.meta.region_name}:123456789012:dataQualityRuleset/{name}"
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"team": "data"}
    glue.update_data_quality_ruleset(Name=name, Description="ours")
    held = glue.get_data_quality_ruleset(Name=name)
    assert (held["Description"], held["Ruleset"], held["TargetTable"]) == ("ours", given["Ruleset"], target)
    assert held["LastModifiedOn"] > held["CreatedOn"]
    assert name in [each["Name"] for each in glue.list_data_quality_rulesets()["Rulesets"]]
    glue.delete_data_quality_ruleset(Name=name)
    for call in (glue.get_data_quality_ruleset, glue.delete_data_quality_ruleset, glue.update_data_quality_ruleset):
        with pytest.raises(ClientError, match="EntityNotFoundException"):
            call(Name=name)


def test_a_workflow_has_one_starting_trigger(aws: Aws) -> None:
    glue, workflow = aws.client("glue"), unique()
    with pytest.raises(ClientError, match="EntityNotFoundException"):
        trigger(glue, unique(), "ON_DEMAND", WorkflowName=workflow)
    glue.create_workflow(Name=workflow)
    first = unique()
    trigger(glue, first, "ON_DEMAND", WorkflowName=workflow)
    with pytest.raises(ClientError, match=f"already has a starting trigger, {first}"):
        trigger(glue, unique(), "SCHEDULED", WorkflowName=workflow, Schedule="cron(0 1 * * ? *)")
    condition = {"JobName": "job", "State": "SUCCEEDED", "LogicalOperator": "EQUALS"}
    trigger(
        glue, unique(), "CONDITIONAL", WorkflowName=workflow, Predicate={"Logical": "AND", "Conditions": [condition]}
    )
    with pytest.raises(ClientError, match="AlreadyExistsException"):
        trigger(glue, first, "ON_DEMAND")
    with pytest.raises(ClientError, match="AlreadyExistsException"):
        glue.create_workflow(Name=workflow)


def test_a_trigger_on_demand_waits_again_once_it_has_fired(aws: Aws) -> None:
    glue, name = aws.client("glue"), unique()
    trigger(glue, name, "ON_DEMAND", Description="old")
    glue.start_trigger(Name=name)
    assert glue.get_trigger(Name=name)["Trigger"]["State"] == "CREATED"
    glue.update_trigger(Name=name, TriggerUpdate={"Actions": [{"JobName": "other"}]})
    found = glue.get_trigger(Name=name)["Trigger"]
    assert found["Actions"] == [{"JobName": "other"}]
    assert "Description" not in found, "an update overwrites the definition completely"


def test_a_trigger_of_an_event_is_started_by_nobody_and_one_that_waits_is_not_stopped(aws: Aws) -> None:
    glue, name = aws.client("glue"), unique()
    trigger(glue, name, "EVENT")
    with pytest.raises(ClientError, match="Trigger Type EVENT cannot be started"):
        glue.start_trigger(Name=name)
    with pytest.raises(ClientError, match="not allowed when trigger is in state: CREATED"):
        glue.stop_trigger(Name=name)


def test_the_permissions_of_a_data_source_are_granted_and_revoked(aws: Aws) -> None:
    quicksight, name = aws.client("quicksight"), unique()
    source = {"AwsAccountId": "123456789012", "DataSourceId": name}
    reader = "arn:aws:quicksight:eu-central-1:123456789012:group/default/readers"
    look, use = "quicksight:DescribeDataSource", "quicksight:PassDataSource"
    quicksight.create_data_source(
        **source, Name="n", Type="ATHENA", Permissions=[{"Principal": reader, "Actions": [look]}]
    )

    def held() -> Any:
        return quicksight.describe_data_source_permissions(**source)["Permissions"]

    assert held() == [{"Principal": reader, "Actions": [look]}]
    grant, revoke = ([{"Principal": reader, "Actions": [action]}] for action in (use, look))
    quicksight.update_data_source_permissions(**source, GrantPermissions=grant, RevokePermissions=revoke)
    assert held() == grant
    quicksight.update_data_source_permissions(**source, RevokePermissions=grant)
    assert held() == []


def test_an_update_of_a_data_source_changes_its_connection(aws: Aws) -> None:
    quicksight, name = aws.client("quicksight"), unique()
    source = {"AwsAccountId": "123456789012", "DataSourceId": name, "Name": "n"}
    quicksight.create_data_source(**source, Type="REDSHIFT")
    vpc = {"VpcConnectionArn": "arn:aws:quicksight:eu-central-1:123456789012:vpcConnection/c"}
    quicksight.update_data_source(**source, VpcConnectionProperties=vpc, SslProperties={"DisableSsl": False})
    source.pop("Name")
    found = quicksight.describe_data_source(**source)["DataSource"]
    assert (found["VpcConnectionProperties"], found["SslProperties"]) == (vpc, {"DisableSsl": False})


def test_a_stack_s_tags_alone_can_be_changed(aws: Aws) -> None:
    stacks, name = aws.client("cloudformation"), unique()
    body = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})
    stacks.create_stack(StackName=name, TemplateBody=body, Tags=[{"Key": "team", "Value": "data"}])
    tags = [{"Key": "team", "Value": "platform"}]
    stacks.update_stack(StackName=name, TemplateBody=body, Tags=tags)
    assert stacks.describe_stacks(StackName=name)["Stacks"][0]["Tags"] == tags
