"""What moto lacks and the stacks call of Glue, Athena, Redshift and EMR: each change is seen by the next read."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.embedded.cloud.clients import REGION, Aws, two_subnets, unique


def test_a_glue_job_is_replaced_by_its_update(aws: Aws) -> None:
    glue, name = aws.client("glue"), unique()
    command = {"Name": "glueetl", "ScriptLocation": "s3://code/a.py"}
    glue.create_job(
        Name=name, Role=aws.role(), Command=command, MaxRetries=2, JobRunQueuingEnabled=True, Description="old"
    )
    assert glue.get_job(JobName=name)["Job"]["JobRunQueuingEnabled"] is True
    update = {"Role": aws.role(), "Command": command | {"ScriptLocation": "s3://code/b.py"}, "Timeout": 5}
    assert glue.update_job(JobName=name, JobUpdate=update)["JobName"] == name
    job = glue.get_job(JobName=name)["Job"]
    assert job["Command"]["ScriptLocation"] == "s3://code/b.py"
    assert job["Timeout"] == 5
    assert job["MaxRetries"] == 0, "UpdateJob resets what it does not name"
    assert "Description" not in job
    assert "JobRunQueuingEnabled" not in job


def test_a_crawler_is_updated_in_part(aws: Aws) -> None:
    glue, name = aws.client("glue"), unique()
    targets = {"S3Targets": [{"Path": "s3://a/"}]}
    lake = {"UseLakeFormationCredentials": True, "AccountId": "123456789012"}
    glue.create_crawler(
        Name=name, Role="role", DatabaseName="db", Targets=targets, LakeFormationConfiguration=lake, TablePrefix="a_"
    )
    glue.update_crawler(Name=name, TablePrefix="b_", Schedule="cron(0 1 * * ? *)")
    crawler = glue.get_crawler(Name=name)["Crawler"]
    assert crawler["TablePrefix"] == "b_"
    assert crawler["Targets"]["S3Targets"][0]["Path"] == "s3://a/"
    assert crawler["Schedule"]["ScheduleExpression"] == "cron(0 1 * * ? *)"
    assert crawler["LakeFormationConfiguration"] == lake
    assert crawler["Version"] == 2


def test_a_connection_is_updated_and_deleted(aws: Aws) -> None:
    glue, name = aws.client("glue"), unique()
    given: dict[str, Any] = {"Name": name, "ConnectionType": "NETWORK", "ConnectionProperties": {}}
    glue.create_connection(ConnectionInput=given)
    assert glue.get_connection(Name=name)["Connection"]["ConnectionType"] == "NETWORK"
    requirements = {"SubnetId": "subnet-1", "SecurityGroupIdList": ["sg-1"], "AvailabilityZone": f"{REGION}a"}
    glue.update_connection(Name=name, ConnectionInput=given | {"PhysicalConnectionRequirements": requirements})
    assert glue.get_connection(Name=name)["Connection"]["PhysicalConnectionRequirements"] == requirements
    glue.delete_connection(ConnectionName=name)
    for call in (glue.get_connection, glue.update_connection, glue.delete_connection):
        arguments: dict[str, Any] = {"ConnectionName": name} if call == glue.delete_connection else {"Name": name}
        if call == glue.update_connection:
            arguments["ConnectionInput"] = given
        with pytest.raises(ClientError, match="EntityNotFoundException"):
            call(**arguments)


def test_a_trigger_is_updated(aws: Aws) -> None:
    glue, name = aws.client("glue"), unique()
    glue.create_trigger(Name=name, Type="SCHEDULED", Schedule="cron(0 1 * * ? *)", Actions=[{"JobName": "a"}])
    update = {"Schedule": "cron(0 2 * * ? *)", "Actions": [{"JobName": "b"}], "Description": "later"}
    glue.update_trigger(Name=name, TriggerUpdate=update)
    trigger = glue.get_trigger(Name=name)["Trigger"]
    assert trigger["Schedule"] == "cron(0 2 * * ? *)"
    assert trigger["Actions"][0]["JobName"] == "b"
    assert trigger["Description"] == "later"


def test_a_workgroup_is_updated_field_by_field(aws: Aws) -> None:
    athena, name = aws.client("athena"), unique()
    result = {"OutputLocation": "s3://a/", "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"}}
    configuration = {"ResultConfiguration": result, "BytesScannedCutoffPerQuery": 10_000_000}
    athena.create_work_group(Name=name, Configuration=configuration)
    updates = {
        "ResultConfigurationUpdates": {"OutputLocation": "s3://b/", "RemoveEncryptionConfiguration": True},
        "RemoveBytesScannedCutoffPerQuery": True,
        "EnforceWorkGroupConfiguration": True,
    }
    athena.update_work_group(WorkGroup=name, Description="new", State="DISABLED", ConfigurationUpdates=updates)
    group = athena.get_work_group(WorkGroup=name)["WorkGroup"]
    assert group["Configuration"]["ResultConfiguration"] == {"OutputLocation": "s3://b/"}
    assert "BytesScannedCutoffPerQuery" not in group["Configuration"]
    assert (group["Description"], group["State"]) == ("new", "DISABLED")
    athena.delete_work_group(WorkGroup=name)
    with pytest.raises(ClientError, match="is not found"):
        athena.get_work_group(WorkGroup=name)


def test_a_named_query_is_updated_and_deleted_and_keeps_its_workgroup_from_deletion(aws: Aws) -> None:
    athena, name = aws.client("athena"), unique()
    athena.create_work_group(Name=name, Configuration={})
    query = athena.create_named_query(Name="q", Database="db", QueryString="SELECT 1", WorkGroup=name)["NamedQueryId"]
    athena.update_named_query(NamedQueryId=query, Name="q2", QueryString="SELECT 2")
    assert athena.get_named_query(NamedQueryId=query)["NamedQuery"]["QueryString"] == "SELECT 2"
    with pytest.raises(ClientError, match="is not empty"):
        athena.delete_work_group(WorkGroup=name)
    athena.delete_named_query(NamedQueryId=query)
    with pytest.raises(ClientError, match="was not found"):
        athena.get_named_query(NamedQueryId=query)
    athena.delete_work_group(WorkGroup=name)


def test_redshift_groups_are_modified(aws: Aws) -> None:
    redshift, name = aws.client("redshift"), unique()
    _, subnets = two_subnets(aws)
    redshift.create_cluster_subnet_group(ClusterSubnetGroupName=name, Description="d", SubnetIds=subnets[:1])
    redshift.modify_cluster_subnet_group(ClusterSubnetGroupName=name, SubnetIds=subnets)
    (group,) = redshift.describe_cluster_subnet_groups(ClusterSubnetGroupName=name)["ClusterSubnetGroups"]
    assert {subnet["SubnetIdentifier"] for subnet in group["Subnets"]} == set(subnets)
    redshift.create_cluster_parameter_group(
        ParameterGroupName=name, ParameterGroupFamily="redshift-1.0", Description="d"
    )
    redshift.modify_cluster_parameter_group(
        ParameterGroupName=name, Parameters=[{"ParameterName": "require_ssl", "ParameterValue": "true"}]
    )

    def value() -> Any:
        found = redshift.describe_cluster_parameters(ParameterGroupName=name)["Parameters"]
        return {one["ParameterName"]: one["ParameterValue"] for one in found}["require_ssl"]

    assert value() == "true"
    redshift.reset_cluster_parameter_group(ParameterGroupName=name, ResetAllParameters=True)
    assert value() == "false"


def test_redshift_keeps_a_clusters_settings(aws: Aws) -> None:
    redshift, name = aws.client("redshift"), unique()
    redshift.create_cluster(
        ClusterIdentifier=name,
        NodeType="ra3.large",
        NumberOfNodes=2,
        MasterUsername="admin",
        MasterUserPassword="Secret-1234",
        MultiAZ=True,
        AvailabilityZoneRelocation=True,
        MaintenanceTrackName="trailing",
        IamRoles=["arn:aws:iam::123456789012:role/a"],
    )
    (cluster,) = redshift.describe_clusters(ClusterIdentifier=name)["Clusters"]
    assert cluster["MultiAZ"] == "Enabled"
    assert cluster["AvailabilityZoneRelocationStatus"] == "enabled"
    assert cluster["MaintenanceTrackName"] == "trailing"
    redshift.modify_cluster_iam_roles(
        ClusterIdentifier=name,
        AddIamRoles=["arn:aws:iam::123456789012:role/b"],
        RemoveIamRoles=["arn:aws:iam::123456789012:role/a"],
    )
    (cluster,) = redshift.describe_clusters(ClusterIdentifier=name)["Clusters"]
    assert [role["IamRoleArn"] for role in cluster["IamRoles"]] == ["arn:aws:iam::123456789012:role/b"]
    redshift.enable_logging(ClusterIdentifier=name, LogDestinationType="cloudwatch", LogExports=["userlog"])
    assert redshift.describe_logging_status(ClusterIdentifier=name)["LoggingEnabled"] is True


def test_a_managed_password_is_a_secret_that_goes_with_its_cluster(aws: Aws) -> None:
    redshift, name = aws.client("redshift"), unique()
    redshift.create_cluster(
        ClusterIdentifier=name, NodeType="ra3.large", MasterUsername="admin", ManageMasterPassword=True, Encrypted=True
    )
    redshift.modify_cluster(ClusterIdentifier=name, KmsKeyId="arn:aws:kms:x:1:key/b")
    (cluster,) = redshift.describe_clusters(ClusterIdentifier=name)["Clusters"]
    assert cluster["KmsKeyId"] == "arn:aws:kms:x:1:key/b"
    arn = cluster["MasterPasswordSecretArn"]
    value = aws.client("secretsmanager").get_secret_value(SecretId=arn)
    assert value["Name"] == f"redshift!{name}-admin"
    assert json.loads(value["SecretString"])["username"] == "admin"
    redshift.delete_cluster(ClusterIdentifier=name, SkipFinalClusterSnapshot=True)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        aws.client("secretsmanager").describe_secret(SecretId=arn)


def test_a_terminated_cluster_leaves_no_instances(aws: Aws) -> None:
    emr, ec2 = aws.client("emr"), aws.client("ec2")
    groups = [
        {"InstanceRole": role, "InstanceType": "m5.xlarge", "InstanceCount": 1, "Name": role.lower()}
        for role in ("MASTER", "CORE")
    ]
    made = emr.run_job_flow(
        Name=unique(), ReleaseLabel="emr-7.12.0", Instances={"InstanceGroups": groups}, JobFlowRole="p", ServiceRole="r"
    )
    instances = [one["Ec2InstanceId"] for one in emr.list_instances(ClusterId=made["JobFlowId"])["Instances"]]
    assert len(instances) == 2
    emr.terminate_job_flows(JobFlowIds=[made["JobFlowId"]])
    states = [
        instance["State"]["Name"]
        for reservation in ec2.describe_instances(InstanceIds=instances)["Reservations"]
        for instance in reservation["Instances"]
    ]
    assert set(states) == {"terminated"}


def test_emr_clusters_are_in_their_region_and_keep_their_policies(aws: Aws) -> None:
    emr = aws.client("emr")
    instances = {"MasterInstanceType": "m5.xlarge", "SlaveInstanceType": "m5.xlarge", "InstanceCount": 2}
    made = emr.run_job_flow(
        Name=unique(),
        ReleaseLabel="emr-7.12.0",
        Instances=instances | {"KeepJobFlowAliveWhenNoSteps": True},
        JobFlowRole="profile",
        ServiceRole="role",
        ScaleDownBehavior="TERMINATE_AT_TASK_COMPLETION",
        AutoTerminationPolicy={"IdleTimeout": 3600},
    )
    cluster = emr.describe_cluster(ClusterId=made["JobFlowId"])["Cluster"]
    assert cluster["ClusterArn"].split(":")[3] == REGION
    assert cluster["ScaleDownBehavior"] == "TERMINATE_AT_TASK_COMPLETION"
    policy = emr.get_auto_termination_policy(ClusterId=made["JobFlowId"])["AutoTerminationPolicy"]
    assert policy == {"IdleTimeout": 3600}
    limits = {"UnitType": "Instances", "MinimumCapacityUnits": 1, "MaximumCapacityUnits": 4}
    emr.put_managed_scaling_policy(ClusterId=made["JobFlowId"], ManagedScalingPolicy={"ComputeLimits": limits})
    found = emr.get_managed_scaling_policy(ClusterId=made["JobFlowId"])["ManagedScalingPolicy"]
    assert found["ComputeLimits"] == limits
    emr.remove_auto_termination_policy(ClusterId=made["JobFlowId"])
    assert "AutoTerminationPolicy" not in emr.get_auto_termination_policy(ClusterId=made["JobFlowId"])
