"""Cases: CloudFormation stacks."""

import json

from embedded.provider.values import Props
from tests.embedded.provider.cases.case import OTHER_TAGS, TAGS, Case, trust

SOURCE: Props = {
    "Type": "AWS::DataZone::DataSource",
    "Properties": {
        "Name": "lake",
        "DomainIdentifier": "dzd_2b4d6f",
        "ProjectIdentifier": "5d8f2k",
        "EnvironmentIdentifier": {"Ref": "Environment"},
        "Type": "GLUE",
        "EnableSetting": "ENABLED",
        "Configuration": {
            "GlueRunConfiguration": {"RelationalFilterConfigurations": [{"DatabaseName": "curated"}]},
        },
        "Schedule": {"Schedule": "cron(0 4 * * ? *)", "Timezone": "UTC"},
    },
}


def template(publish: bool = False, **parts: Props) -> str:
    source = {**SOURCE, "Properties": {**SOURCE["Properties"], "PublishOnImport": publish}}
    document = {
        "Parameters": {"Environment": {"Type": "String"}},
        "Resources": {"Source": source},
        "Outputs": {"SourceId": {"Value": {"Fn::GetAtt": ["Source", "Id"]}}, "Ref": {"Value": {"Ref": "Source"}}},
    }
    return json.dumps({**document, **parts})


_IN_YAML = """
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Name: {Type: String, Default: the-topic, AllowedValues: [the-topic, the-other]}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: {TopicName: !Ref Name}
Outputs:
  Topic: {Value: !GetAtt Topic.TopicName}
"""
_ROLE: Props = {
    "Type": "AWS::IAM::Role",
    "Properties": {"RoleName": "of-a-stack", "AssumeRolePolicyDocument": trust("glue.amazonaws.com")},
}
_POLICY = json.dumps({"Statement": [{"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}]})
_PROFILE: Props = {
    "Type": "AWS::DataZone::UserProfile",
    "Properties": {
        "DomainIdentifier": "dzd_2b4d6f",
        "UserIdentifier": "arn:aws:iam::123456789012:role/steward",
        "UserType": "IAM_ROLE",
        "Status": "ACTIVATED",
    },
}
_MEMBERSHIP: Props = {
    "Type": "AWS::DataZone::ProjectMembership",
    "Properties": {
        "DomainIdentifier": "dzd_2b4d6f",
        "ProjectIdentifier": "5d8f2k",
        "Designation": "PROJECT_OWNER",
        "Member": {"UserIdentifier": {"Fn::GetAtt": ["Profile", "Id"]}},
    },
}
_APPLICATION = "arn:aws:serverlessrepo:us-east-1:297356227824:applications/SecretsManagerRedshiftRotationSingleUser"

CASES: dict[str, Case] = {
    "aws:cloudformation/stack:Stack": Case(
        {
            "name": "the-stack",
            "templateBody": template(),
            "parameters": {"Environment": "3h6j9m"},
            "notificationArns": ["$topic.arn"],
            **TAGS,
        },
        {"templateBody": template(publish=True), "parameters": {"Environment": "4h6j9m"}, **OTHER_TAGS},
        {"name": "the-other-stack"},
        ("parameters.Environment", {}),
    ),
    "aws:cloudformation/stack:Stack in YAML": Case(
        {"templateBody": _IN_YAML, "policyBody": _POLICY, "timeoutInMinutes": 10, "onFailure": "DELETE", **TAGS},
        {"parameters": {"Name": "the-other"}},
        {"onFailure": "DO_NOTHING"},
        ("parameters.Name", {"Name": "a-third"}),
    ),
    "aws:cloudformation/stack:Stack that is only tagged anew": Case(
        {"templateBody": _IN_YAML, **TAGS},
        OTHER_TAGS,
        {"disableRollback": True},
        ("templateBody", "Resources: none"),
    ),
    "aws:cloudformation/stack:Stack with a role": Case(
        {
            "templateBody": json.dumps({"Resources": {"Role": _ROLE}}),
            "capabilities": ["CAPABILITY_NAMED_IAM"],
            "iamRoleArn": "$role.arn",
        },
        bad=("capabilities", ["CAPABILITY_IAM"]),
    ),
    "aws:cloudformation/stack:Stack of members": Case(
        {
            "name": "the-members",
            "templateBody": json.dumps({"Resources": {"Profile": _PROFILE, "Membership": _MEMBERSHIP}}),
            "onFailure": "DELETE",
        },
        {"templateBody": json.dumps({"Resources": {"Profile": _PROFILE}})},
        {"onFailure": "ROLLBACK"},
        ("templateBody", json.dumps({"Resources": {"Membership": _MEMBERSHIP}})),
    ),
    "aws:serverlessrepository/cloudFormationStack:CloudFormationStack": Case(
        {
            "name": "rotation",
            "applicationId": _APPLICATION,
            "semanticVersion": "1.1.188",
            "capabilities": ["CAPABILITY_IAM", "CAPABILITY_RESOURCE_POLICY"],
            "parameters": {"functionName": "rotation", "endpoint": "https://secretsmanager.eu-central-1.amazonaws.com"},
            **TAGS,
        },
        {"semanticVersion": "1.1.225", **OTHER_TAGS},
        {"name": "rotating"},
        ("applicationId", "SecretsManagerRedshiftRotationSingleUser"),
    ),
}
