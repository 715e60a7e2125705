"""What moto lacks and the stacks call: each change is seen by the next read."""

import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded.cloud.patches.gateway import authorization
from tests.embedded.cloud.clients import REGION, Aws


def _name() -> str:
    return f"it-{uuid.uuid4().hex[:12]}"


def test_a_glue_job_is_replaced_by_its_update(aws: Aws) -> None:
    glue, name = aws.client("glue"), _name()
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
    glue, name = aws.client("glue"), _name()
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
    glue, name = aws.client("glue"), _name()
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
    glue, name = aws.client("glue"), _name()
    glue.create_trigger(Name=name, Type="SCHEDULED", Schedule="cron(0 1 * * ? *)", Actions=[{"JobName": "a"}])
    update = {"Schedule": "cron(0 2 * * ? *)", "Actions": [{"JobName": "b"}], "Description": "later"}
    glue.update_trigger(Name=name, TriggerUpdate=update)
    trigger = glue.get_trigger(Name=name)["Trigger"]
    assert trigger["Schedule"] == "cron(0 2 * * ? *)"
    assert trigger["Actions"][0]["JobName"] == "b"
    assert trigger["Description"] == "later"


def test_a_workgroup_is_updated_field_by_field(aws: Aws) -> None:
    athena, name = aws.client("athena"), _name()
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
    athena, name = aws.client("athena"), _name()
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


def _subnets(aws: Aws) -> tuple[str, list[str]]:
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    made = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{n}.0/24")["Subnet"]["SubnetId"] for n in range(2)]
    return vpc, made


def test_redshift_groups_are_modified(aws: Aws) -> None:
    redshift, name = aws.client("redshift"), _name()
    _, subnets = _subnets(aws)
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
    redshift, name = aws.client("redshift"), _name()
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
    redshift, name = aws.client("redshift"), _name()
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
        Name=_name(), ReleaseLabel="emr-7.12.0", Instances={"InstanceGroups": groups}, JobFlowRole="p", ServiceRole="r"
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
        Name=_name(),
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


def test_a_log_group_takes_and_leaves_its_key(aws: Aws) -> None:
    logs, name = aws.client("logs"), f"/tests/{_name()}"
    logs.create_log_group(logGroupName=name, logGroupClass="INFREQUENT_ACCESS")
    logs.associate_kms_key(logGroupName=name, kmsKeyId="arn:aws:kms:x:1:key/a")
    (group,) = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert (group["kmsKeyId"], group["logGroupClass"]) == ("arn:aws:kms:x:1:key/a", "INFREQUENT_ACCESS")
    logs.disassociate_kms_key(logGroupName=name)
    assert "kmsKeyId" not in logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]


def test_lake_formation_keeps_and_updates_a_location(aws: Aws) -> None:
    lake, arn = aws.client("lakeformation"), f"arn:aws:s3:::{_name()}"
    lake.register_resource(ResourceArn=arn, RoleArn="arn:aws:iam::123456789012:role/a", HybridAccessEnabled=True)
    assert lake.describe_resource(ResourceArn=arn)["ResourceInfo"]["HybridAccessEnabled"] is True
    role = "arn:aws:iam::123456789012:role/b"
    lake.update_resource(ResourceArn=arn, RoleArn=role, HybridAccessEnabled=False)
    found = lake.describe_resource(ResourceArn=arn)["ResourceInfo"]
    assert (found["RoleArn"], found["HybridAccessEnabled"]) == (role, False)


@pytest.mark.parametrize(
    "resource",
    [
        {"TableWithColumns": {"DatabaseName": "db", "Name": "t", "ColumnNames": ["a"]}},
        {"LFTagPolicy": {"ResourceType": "TABLE", "Expression": [{"TagKey": "k", "TagValues": ["v"]}]}},
        {"LFTag": {"TagKey": "k", "TagValues": ["v"]}},
    ],
)
def test_lake_formation_lists_grants_of_each_kind(aws: Aws, resource: dict[str, Any]) -> None:
    lake = aws.client("lakeformation")
    principal = {"DataLakePrincipalIdentifier": f"arn:aws:iam::123456789012:role/{_name()}"}
    lake.grant_permissions(Principal=principal, Resource=resource, Permissions=["SELECT"])
    found = lake.list_permissions(Principal=principal, Resource=resource)["PrincipalResourcePermissions"]
    assert [grant["Resource"] for grant in found] == [resource]


def test_grants_made_at_once_are_all_kept_and_revoked_in_part(aws: Aws) -> None:
    lake = aws.client("lakeformation")
    resource = {"Database": {"Name": _name()}}
    principals = [{"DataLakePrincipalIdentifier": f"arn:aws:iam::123456789012:role/{_name()}"} for _ in range(12)]

    def grant(principal: dict[str, str]) -> None:
        lake.grant_permissions(Principal=principal, Resource=resource, Permissions=["DESCRIBE"])
        lake.grant_permissions(Principal=principal, Resource=resource, Permissions=["ALTER"])
        lake.revoke_permissions(Principal=principal, Resource=resource, Permissions=["DESCRIBE"])

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(grant, principals))
    found = lake.list_permissions(Resource=resource)["PrincipalResourcePermissions"]
    assert [one["Permissions"] for one in found] == [["ALTER"]] * 12


def test_lake_formation_tags_are_added_to_those_that_are_there(aws: Aws) -> None:
    lake, names = aws.client("lakeformation"), sorted(_name() for _ in range(2))
    resource = {"Database": {"Name": _name()}}
    for name in names:
        lake.create_lf_tag(TagKey=name, TagValues=["a", "b"])
    for name, value in ((names[0], "a"), (names[1], "a"), (names[0], "b")):
        lake.add_lf_tags_to_resource(Resource=resource, LFTags=[{"TagKey": name, "TagValues": [value]}])
    found = lake.get_resource_lf_tags(Resource=resource)["LFTagOnDatabase"]
    assert {tag["TagKey"]: tag["TagValues"] for tag in found} == {names[0]: ["b"], names[1]: ["a"]}


def test_a_trail_is_deleted_by_its_arn(aws: Aws) -> None:
    trail, name = aws.client("cloudtrail"), _name()
    bucket = aws.bucket()
    arn = trail.create_trail(Name=name, S3BucketName=bucket)["TrailARN"]
    trail.delete_trail(Name=arn)
    with pytest.raises(ClientError, match="TrailNotFound"):
        trail.get_trail(Name=name)


def test_a_trail_keeps_one_kind_of_selectors(aws: Aws) -> None:
    trail, name = aws.client("cloudtrail"), _name()
    trail.create_trail(Name=name, S3BucketName=aws.bucket())
    simple: list[dict[str, Any]] = [{"ReadWriteType": "All", "IncludeManagementEvents": True}]
    field = {"Field": "eventCategory", "Equals": ["Data"]}
    advanced: list[dict[str, Any]] = [{"Name": "data", "FieldSelectors": [field]}]
    for given in ({"EventSelectors": simple}, {"AdvancedEventSelectors": advanced}, {"EventSelectors": simple}):
        trail.put_event_selectors(TrailName=name, **given)
        found = trail.get_event_selectors(TrailName=name)
        assert bool(found.get("EventSelectors")) == ("EventSelectors" in given)
        assert bool(found.get("AdvancedEventSelectors")) == ("AdvancedEventSelectors" in given)
    insight = [{"InsightType": "ApiCallRateInsight"}]
    for _ in range(2):
        trail.put_insight_selectors(TrailName=name, InsightSelectors=insight)
    assert trail.get_insight_selectors(TrailName=name)["InsightSelectors"] == insight


def test_a_secrets_description_is_cleared_by_an_empty_text(aws: Aws) -> None:
    secrets, name = aws.client("secretsmanager"), _name()
    secrets.create_secret(Name=name, SecretString="a", Description="old")
    secrets.update_secret(SecretId=name, Description="")
    assert not secrets.describe_secret(SecretId=name).get("Description")


def test_a_key_keeps_its_rotation_period(aws: Aws) -> None:
    kms = aws.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    kms.enable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 365
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 180


def test_an_endpoint_keeps_its_dns_settings(aws: Aws) -> None:
    ec2 = aws.client("ec2")
    vpc, subnets = _subnets(aws)
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName=f"com.amazonaws.{REGION}.sqs",
        VpcEndpointType="Interface",
        SubnetIds=subnets,
        IpAddressType="ipv4",
        DnsOptions={"DnsRecordIpType": "ipv4"},
        PrivateDnsEnabled=True,
    )["VpcEndpoint"]["VpcEndpointId"]
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, PrivateDnsEnabled=False)
    (found,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"]
    assert found["IpAddressType"] == "ipv4"
    assert found["DnsOptions"]["DnsRecordIpType"] == "ipv4"
    assert found["PrivateDnsEnabled"] is False


def test_a_queues_policy_survives_other_changes_and_an_empty_text_unsets(aws: Aws) -> None:
    sqs = aws.client("sqs")
    _, dead = aws.queue()
    redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 3})
    url, _ = aws.queue(RedrivePolicy=redrive)

    def attributes() -> dict[str, str]:
        found: dict[str, str] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return found

    statement = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "7"})
    assert json.loads(attributes()["Policy"]) == json.loads(policy)
    assert json.loads(attributes()["RedrivePolicy"])["maxReceiveCount"] == 3
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": "", "RedrivePolicy": "", "RedriveAllowPolicy": ""})
    assert not {"Policy", "RedrivePolicy", "RedriveAllowPolicy"} & set(attributes())


def test_a_security_groups_rule_keeps_its_description_whatever_it_names(aws: Aws) -> None:
    ec2 = aws.client("ec2")
    vpc, _ = _subnets(aws)
    group = ec2.create_security_group(GroupName=_name(), Description="d", VpcId=vpc)["GroupId"]
    pair = {"GroupId": group, "Description": "from ourselves"}
    permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [pair]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    filters = [{"Name": "group-id", "Values": [group]}]
    rules = ec2.describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
    assert [rule["Description"] for rule in rules if not rule["IsEgress"]] == ["from ourselves"]


def test_an_untagged_workgroup_has_no_tags(aws: Aws) -> None:
    athena, name = aws.client("athena"), _name()
    athena.create_work_group(Name=name, Configuration={})
    arn = f"arn:aws:athena:{REGION}:123456789012:workgroup/{name}"
    assert athena.list_tags_for_resource(ResourceARN=arn)["Tags"] == []


def test_a_bucket_logs_into_one_whose_policy_lets_the_service_write_and_denies_everybody(aws: Aws) -> None:
    s3 = aws.client("s3")
    source, target = aws.bucket(), aws.bucket()
    resource = f"arn:aws:s3:::{target}/*"
    statements: list[dict[str, Any]] = [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": resource,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        {
            "Effect": "Allow",
            "Principal": {"Service": "logging.s3.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": resource,
        },
    ]
    s3.put_bucket_policy(Bucket=target, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    form: dict[str, Any] = {"PartitionedPrefix": {"PartitionDateSource": "EventTime"}}
    enabled = {"TargetBucket": target, "TargetPrefix": "logs/", "TargetObjectKeyFormat": form}
    s3.put_bucket_logging(Bucket=source, BucketLoggingStatus={"LoggingEnabled": enabled})
    assert s3.get_bucket_logging(Bucket=source)["LoggingEnabled"] == enabled
    aws.put(source, "key", b"x")
    assert aws.keys(target) == [], "access logs are not delivered, so that their bucket can be emptied"
    s3.put_bucket_policy(Bucket=target, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements[:1]}))
    with pytest.raises(ClientError, match="InvalidTargetBucketForLogging"):
        s3.put_bucket_logging(Bucket=source, BucketLoggingStatus={"LoggingEnabled": enabled})


def test_a_bucket_whose_versioning_is_suspended_can_be_emptied(aws: Aws) -> None:
    s3, bucket = aws.client("s3"), aws.bucket(versioned=True)
    aws.put(bucket, "key", b"x")
    s3.delete_object(Bucket=bucket, Key="key")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    found = s3.list_object_versions(Bucket=bucket)
    objects = [
        {"Key": one["Key"], "VersionId": one["VersionId"]}
        for one in (*found.get("Versions", []), *found.get("DeleteMarkers", []))
    ]
    assert len(objects) == 2
    s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})
    s3.delete_bucket(Bucket=bucket)


def test_a_functions_invoke_settings_are_replaced(aws: Aws) -> None:
    functions = aws.client("lambda")
    name = aws.function("def handler(event, context): pass\n")
    for attempts in (0, 1):
        functions.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=attempts)
        found = functions.get_function_event_invoke_config(FunctionName=name)
        assert found["MaximumRetryAttempts"] == attempts


def test_an_api_is_tagged(aws: Aws) -> None:
    gateway = aws.client("apigateway")
    api = gateway.create_rest_api(name=_name(), tags={"a": "1"})["id"]
    arn = f"arn:aws:apigateway:{REGION}::/restapis/{api}"
    gateway.tag_resource(resourceArn=arn, tags={"b": "2"})
    gateway.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert gateway.get_rest_api(restApiId=api)["tags"] == {"b": "2"}


def test_a_method_is_updated(aws: Aws) -> None:
    gateway = aws.client("apigateway")
    api = gateway.create_rest_api(name=_name())["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    gateway.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    change = {"op": "replace", "path": "/authorizationType", "value": "AWS_IAM"}
    gateway.update_method(restApiId=api, resourceId=root, httpMethod="GET", patchOperations=[change])
    found = gateway.get_method(restApiId=api, resourceId=root, httpMethod="GET")
    assert found["authorizationType"] == "AWS_IAM"


def test_an_open_method_needs_no_authorization() -> None:
    assert authorization({}, {}) == "NONE"
    document = {
        "security": [{"s": []}],
        "components": {"securitySchemes": {"s": {"x-amazon-apigateway-authtype": "awsSigv4"}}},
    }
    assert authorization(document, {}) == "AWS_IAM"
    assert authorization(document, {"security": []}) == "NONE"


def test_a_hundred_reads_take_seconds_at_most(aws: Aws) -> None:
    bucket = aws.bucket()
    aws.put(bucket, "key", b"x" * 1000)
    begun = time.monotonic()
    for _ in range(100):
        aws.client("s3").head_object(Bucket=bucket, Key="key")
    assert time.monotonic() - begun < 3, "moto's dispatcher is slow again"
