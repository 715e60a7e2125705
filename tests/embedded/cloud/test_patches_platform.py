"""What moto lacks and the stacks call besides: logs, grants, trails, keys, networks, queues, buckets, APIs."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded.cloud.patches.gateway import authorization
from tests.embedded.cloud.clients import REGION, Aws, two_subnets, unique


def test_a_log_group_takes_and_leaves_its_key(aws: Aws) -> None:
    logs, name = aws.client("logs"), f"/tests/{unique()}"
    logs.create_log_group(logGroupName=name, logGroupClass="INFREQUENT_ACCESS")
    logs.associate_kms_key(logGroupName=name, kmsKeyId="arn:aws:kms:x:1:key/a")
    (group,) = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert (group["kmsKeyId"], group["logGroupClass"]) == ("arn:aws:kms:x:1:key/a", "INFREQUENT_ACCESS")
    logs.disassociate_kms_key(logGroupName=name)
    assert "kmsKeyId" not in logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]


def test_lake_formation_keeps_and_updates_a_location(aws: Aws) -> None:
    lake, arn = aws.client("lakeformation"), f"arn:aws:s3:::{unique()}"
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
    principal = {"DataLakePrincipalIdentifier": f"arn:aws:iam::123456789012:role/{unique()}"}
    lake.grant_permissions(Principal=principal, Resource=resource, Permissions=["SELECT"])
    found = lake.list_permissions(Principal=principal, Resource=resource)["PrincipalResourcePermissions"]
    assert [grant["Resource"] for grant in found] == [resource]


def test_grants_made_at_once_are_all_kept_and_revoked_in_part(aws: Aws) -> None:
    lake = aws.client("lakeformation")
    resource = {"Database": {"Name": unique()}}
    principals = [{"DataLakePrincipalIdentifier": f"arn:aws:iam::123456789012:role/{unique()}"} for _ in range(12)]

    def grant(principal: dict[str, str]) -> None:
        lake.grant_permissions(Principal=principal, Resource=resource, Permissions=["DESCRIBE"])
        lake.grant_permissions(Principal=principal, Resource=resource, Permissions=["ALTER"])
        lake.revoke_permissions(Principal=principal, Resource=resource, Permissions=["DESCRIBE"])

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(grant, principals))
    found = lake.list_permissions(Resource=resource)["PrincipalResourcePermissions"]
    assert [one["Permissions"] for one in found] == [["ALTER"]] * 12


def test_lake_formation_tags_are_added_to_those_that_are_there(aws: Aws) -> None:
    lake, names = aws.client("lakeformation"), sorted(unique() for _ in range(2))
    resource = {"Database": {"Name": unique()}}
    for name in names:
        lake.create_lf_tag(TagKey=name, TagValues=["a", "b"])
    for name, value in ((names[0], "a"), (names[1], "a"), (names[0], "b")):
        lake.add_lf_tags_to_resource(Resource=resource, LFTags=[{"TagKey": name, "TagValues": [value]}])
    found = lake.get_resource_lf_tags(Resource=resource)["LFTagOnDatabase"]
    assert {tag["TagKey"]: tag["TagValues"] for tag in found} == {names[0]: ["b"], names[1]: ["a"]}


def test_a_trail_is_deleted_by_its_arn(aws: Aws) -> None:
    trail, name = aws.client("cloudtrail"), unique()
    bucket = aws.bucket()
    arn = trail.create_trail(Name=name, S3BucketName=bucket)["TrailARN"]
    trail.delete_trail(Name=arn)
    with pytest.raises(ClientError, match="TrailNotFound"):
        trail.get_trail(Name=name)


def test_a_trail_keeps_one_kind_of_selectors(aws: Aws) -> None:
    trail, name = aws.client("cloudtrail"), unique()
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
    secrets, name = aws.client("secretsmanager"), unique()
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
    vpc, subnets = two_subnets(aws)
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
    vpc, _ = two_subnets(aws)
    group = ec2.create_security_group(GroupName=unique(), Description="d", VpcId=vpc)["GroupId"]
    pair = {"GroupId": group, "Description": "from ourselves"}
    permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [pair]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    filters = [{"Name": "group-id", "Values": [group]}]
    rules = ec2.describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
    assert [rule["Description"] for rule in rules if not rule["IsEgress"]] == ["from ourselves"]


def test_an_untagged_workgroup_has_no_tags(aws: Aws) -> None:
    athena, name = aws.client("athena"), unique()
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


def test_a_stream_takes_records_as_large_as_it_is_set_to(aws: Aws) -> None:
    kinesis, name = aws.client("kinesis"), unique()
    kinesis.create_stream(StreamName=name, ShardCount=1, Tags={"layer": "landing"})
    arn = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]
    assert kinesis.list_tags_for_stream(StreamName=name)["Tags"] == [{"Key": "layer", "Value": "landing"}]
    large = [{"Data": b"x" * 2_000_000, "PartitionKey": "a"}]
    with pytest.raises(ClientError):
        kinesis.put_records(StreamName=name, Records=large)
    with pytest.raises(ClientError, match="larger than the stream's limit of 1048576 bytes"):
        kinesis.put_record(StreamName=name, **large[0])
    kinesis.update_max_record_size(StreamARN=arn, MaxRecordSizeInKiB=4096)
    assert kinesis.put_records(StreamName=name, Records=large)["FailedRecordCount"] == 0
    kinesis.put_record(StreamName=name, **large[0])
    kinesis.update_stream_warm_throughput(StreamName=name, WarmThroughputMiBps=8)
    summary = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
    assert summary["MaxRecordSizeInKiB"] == 4096
    assert summary["WarmThroughput"] == {"TargetMiBps": 8, "CurrentMiBps": 8}


def test_a_functions_invoke_settings_are_replaced(aws: Aws) -> None:
    functions = aws.client("lambda")
    name = aws.function("def handler(event, context): pass\n")
    for attempts in (0, 1):
        functions.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=attempts)
        found = functions.get_function_event_invoke_config(FunctionName=name)
        assert found["MaximumRetryAttempts"] == attempts


def test_an_api_is_tagged(aws: Aws) -> None:
    gateway = aws.client("apigateway")
    api = gateway.create_rest_api(name=unique(), tags={"a": "1"})["id"]
    arn = f"arn:aws:apigateway:{REGION}::/restapis/{api}"
    gateway.tag_resource(resourceArn=arn, tags={"b": "2"})
    gateway.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert gateway.get_rest_api(restApiId=api)["tags"] == {"b": "2"}


def test_a_method_is_updated(aws: Aws) -> None:
    gateway = aws.client("apigateway")
    api = gateway.create_rest_api(name=unique())["id"]
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
