"""State follows the cloud: what was changed, deleted or left half-made behind Pulumi's back is seen."""

import dataclasses
from typing import Any

import pytest

from embedded.provider.aws import AwsProvider
from embedded.provider.entry import Call
from embedded.provider.table import TABLE, buckets
from embedded.provider.values import UNKNOWN
from tests.embedded.provider.cases import CASES
from tests.embedded.provider.cases.case import allow, archive, asset, trust
from tests.embedded.provider.harness import NONE, AbortedError, Engine, Resource, preview

BUCKET = "aws:s3/bucket:Bucket"
STREAM = "aws:kinesis/stream:Stream"


@pytest.fixture
def client(engine: Engine) -> Any:
    return engine.provider.resources.cloud.client


def bucket(engine: Engine, **more: Any) -> Resource:
    return engine.make(BUCKET, {"bucket": "drifting", **more})


def test_a_changed_policy_is_seen_and_mended(engine: Engine, client: Any) -> None:
    thing = bucket(engine)
    wanted = {"bucket": thing.id, "policy": allow("s3:GetObject", "arn:aws:s3:::drifting/*", Principal="*")}
    policy = engine.make("aws:s3/bucketPolicy:BucketPolicy", wanted)
    client("s3").put_bucket_policy(Bucket="drifting", Policy='{"Version": "2012-10-17", "Statement": []}')

    _, outputs, inputs = policy.read()
    assert outputs["policy"] != policy.outputs["policy"], "Read says what the cloud holds"
    assert inputs["policy"] == outputs["policy"], "and so do the refreshed inputs"
    policy.outputs, policy.inputs = outputs, inputs
    assert list(policy.diff(wanted).diffs) == ["policy"]
    policy.update(wanted)
    assert policy.diff(wanted).changes == NONE


def test_changed_tags_are_seen_even_where_none_were_asked_for(engine: Engine, client: Any) -> None:
    stream = engine.make(STREAM, {"name": "s", "shardCount": 1})
    client("kinesis").add_tags_to_stream(StreamName="s", Tags={"who": "me"})
    _, stream.outputs, stream.inputs = stream.read()
    assert stream.outputs["tags"] == {"who": "me"}
    assert list(stream.diff({"name": "s", "shardCount": 1}).diffs) == ["tags"]
    stream.update({"name": "s", "shardCount": 1})
    assert stream.outputs.get("tags", {}) == {}


def test_a_removed_rule_of_a_security_group_is_seen(engine: Engine, client: Any) -> None:
    vpc = engine.make("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16"})
    rule = {"protocol": "tcp", "fromPort": 1, "toPort": 2, "cidrBlocks": ["10.0.0.0/8", "192.168.0.0/16"]}
    wanted = {"vpcId": vpc.id, "ingress": [rule]}
    group = engine.make("aws:ec2/securityGroup:SecurityGroup", wanted)
    permission = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    client("ec2").revoke_security_group_ingress(GroupId=group.id, IpPermissions=[permission])
    _, group.outputs, _ = group.read()
    assert list(group.diff(wanted).diffs) == ["ingress"]
    group.update(wanted)
    assert group.read()[1] == group.outputs
    assert group.diff(wanted).changes == NONE


def test_a_reordered_column_is_seen(engine: Engine, client: Any) -> None:
    engine.make("aws:glue/catalogDatabase:CatalogDatabase", {"name": "d"})
    columns = [{"name": "a", "type": "int"}, {"name": "b", "type": "int"}]
    wanted = {"name": "t", "databaseName": "d", "storageDescriptor": {"columns": columns, "location": "s3://b/"}}
    table = engine.make("aws:glue/catalogTable:CatalogTable", wanted)
    other = {
        "Name": "t",
        "StorageDescriptor": {"Location": "s3://b/", "Columns": [{"Name": n, "Type": "int"} for n in "ba"]},
    }
    client("glue").update_table(DatabaseName="d", TableInput=other)
    _, table.outputs, _ = table.read()
    assert list(table.diff(wanted).diffs) == ["storageDescriptor"]
    assert table.diff(wanted, ignore=("storageDescriptor",)).changes == NONE, "unless that is to be ignored"


def test_what_was_deleted_by_others_is_gone_and_deleting_it_is_no_fault(engine: Engine, client: Any) -> None:
    thing = bucket(engine)
    client("s3").delete_bucket(Bucket="drifting")
    assert thing.read()[0] == ""
    thing.delete()


@pytest.mark.parametrize(
    "token", ["aws:kms/key:Key", "aws:ec2/natGateway:NatGateway", "aws:ec2/vpcEndpoint:VpcEndpoint"]
)
def test_a_tombstone_counts_as_gone(engine: Engine, token: str) -> None:
    vpc = engine.make("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16"})
    subnet = engine.make("aws:ec2/subnet:Subnet", {"vpcId": vpc.id, "cidrBlock": "10.0.0.0/24"})
    inputs = {
        "aws:kms/key:Key": {},
        "aws:ec2/natGateway:NatGateway": {"subnetId": subnet.id, "connectivityType": "private"},
        "aws:ec2/vpcEndpoint:VpcEndpoint": {"vpcId": vpc.id, "serviceName": "com.amazonaws.eu-central-1.s3"},
    }
    thing = engine.make(token, inputs[token])
    thing.delete()
    assert thing.read()[0] == ""


def test_a_bucket_with_objects_is_deleted_only_by_force(engine: Engine, client: Any) -> None:
    thing = bucket(engine)
    client("s3").put_object(Bucket="drifting", Key="a", Body=b"x")
    with pytest.raises(AbortedError, match="BucketNotEmpty"):
        thing.delete()
    thing.update({"bucket": "drifting", "forceDestroy": True})
    thing.delete()
    assert thing.read()[0] == ""


def test_versions_and_markers_go_with_the_bucket(engine: Engine, client: Any) -> None:
    thing = bucket(engine, forceDestroy=True)
    versioning = {"bucket": "drifting", "versioningConfiguration": {"status": "Enabled"}}
    engine.make("aws:s3/bucketVersioning:BucketVersioning", versioning)
    for _ in range(2):
        client("s3").put_object(Bucket="drifting", Key="a", Body=b"x")
    client("s3").delete_object(Bucket="drifting", Key="a")
    thing.delete()
    assert thing.read()[0] == ""


def test_however_many_versions_there_are_they_go(engine: Engine, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buckets, "AT_A_TIME", 2)
    thing = bucket(engine, forceDestroy=True)
    versioning = {"bucket": "drifting", "versioningConfiguration": {"status": "Enabled"}}
    engine.make("aws:s3/bucketVersioning:BucketVersioning", versioning)
    for key in ("a", "b", "b", "b", "c"):
        client("s3").put_object(Bucket="drifting", Key=key, Body=b"x")
    thing.delete()
    assert thing.read()[0] == ""


def test_what_was_half_made_is_kept_for_the_next_run(engine: Engine, client: Any) -> None:
    """The key is made, its alias' target is not: the engine must not lose the function that stands already."""
    role = engine.make("aws:iam/role:Role", {"name": "r", "assumeRolePolicy": trust("lambda.amazonaws.com")})
    inputs, _ = engine.check(
        "aws:iam/role:Role",
        {"name": "half", "assumeRolePolicy": trust("x"), "managedPolicyArns": ["arn:aws:iam::aws:policy/No"]},
    )
    resources = engine.provider.resources
    with pytest.raises(RuntimeError) as told:
        resources.create("aws:iam/role:Role", "half", inputs)
    assert getattr(told.value, "id", None) == "half"
    assert "attach_role_policy" in str(told.value)
    assert client("iam").get_role(RoleName="half")["Role"]["RoleName"] == "half"
    role.delete()


def test_an_initialisation_failure_reaches_the_engine_with_id_and_state(engine: Engine) -> None:
    engine.context.trailing = ()
    with pytest.raises(AbortedError, match="attach_role_policy"):
        engine.make(
            "aws:iam/role:Role",
            {"name": "half", "assumeRolePolicy": trust("x"), "managedPolicyArns": ["arn:aws:iam::aws:policy/No"]},
        )
    ((name, detail),) = engine.context.trailing
    assert name == "grpc-status-details-bin"
    assert b"ErrorResourceInitFailed" in detail
    assert b"half" in detail


def test_default_tags_join_the_resource_s_own(moto_url: str) -> None:
    engine = Engine(AwsProvider({"AWS_ENDPOINT_URL": moto_url, "AWS_REGION": "eu-central-1"}))
    engine.configure(defaultTags='{"tags": {"owner": "data", "team": "a"}}')
    stream = engine.make(STREAM, {"name": "tagged", "shardCount": 1, "tags": {"team": "b"}})
    assert stream.outputs["tagsAll"] == {"owner": "data", "team": "b"}
    assert stream.diff({"name": "tagged", "shardCount": 1, "tags": {"team": "b"}}).changes == NONE
    stream.delete()


def test_a_replacement_under_the_same_name_deletes_first(engine: Engine) -> None:
    named = engine.make("aws:athena/namedQuery:NamedQuery", {"name": "q", "database": "d", "query": "select 1"})
    assert named.diff({"name": "q", "database": "d", "query": "select 2"}).deleteBeforeReplace
    autonamed = engine.make("aws:athena/namedQuery:NamedQuery", {"database": "d", "query": "select 1"})
    assert not autonamed.diff({"database": "d", "query": "select 2"}).deleteBeforeReplace


def test_another_region_makes_a_new_resource_there(engine: Engine, client: Any) -> None:
    thing = engine.make(STREAM, {"name": "far", "shardCount": 1, "region": "us-east-1"})
    assert thing.outputs["region"] == "us-east-1"
    assert client("kinesis", "us-east-1").list_streams()["StreamNames"] == ["far"]
    assert list(thing.diff({"name": "far", "shardCount": 1, "region": "us-west-2"}).replaces) == ["region"]
    assert thing.read()[1] == thing.outputs


def test_an_ignored_part_of_a_property_is_left_alone(engine: Engine) -> None:
    wanted = {"name": "s", "shardCount": 1, "tags": {"a": "1", "b": "2"}}
    stream = engine.make(STREAM, wanted)
    other = {**wanted, "tags": {"a": "1", "b": "3"}}
    assert stream.diff(other, ignore=('tags["b"]',)).changes == NONE
    assert list(stream.diff({**other, "shardCount": 2}, ignore=("tags",)).diffs) == ["shardCount"]


def test_unknown_inputs_are_a_change_in_a_preview(engine: Engine) -> None:
    alias = {"name": "alias/a", "targetKeyId": engine.make("aws:kms/key:Key", {}).id}
    made = engine.make("aws:kms/alias:Alias", alias)
    assert list(made.diff({**alias, "targetKeyId": UNKNOWN}).diffs) == ["targetKeyId"]
    assert list(made.diff({**alias, "name": UNKNOWN}).replaces) == ["name"]


def test_changed_code_is_uploaded_and_unchanged_code_is_not(engine: Engine, client: Any) -> None:
    role = engine.make("aws:iam/role:Role", {"name": "r", "assumeRolePolicy": trust("lambda.amazonaws.com")})
    wanted = {
        "name": "f",
        "role": role.outputs["arn"],
        "runtime": "python3.11",
        "handler": "h.h",
        "code": archive(h_py="1"),
    }
    function = engine.make("aws:lambda/function:Function", wanted)
    before = function.outputs["codeSha256"]
    function.update({**wanted, "timeout": 9})
    assert function.outputs["codeSha256"] == before
    function.update({**wanted, "code": archive(h_py="2")})
    assert function.outputs["codeSha256"] != before


def test_an_object_s_new_bytes_reach_the_bucket(engine: Engine, client: Any) -> None:
    bucket(engine)
    wanted = {"bucket": "drifting", "key": "k", "source": asset("one")}
    thing = engine.make("aws:s3/bucketObjectv2:BucketObjectv2", wanted)
    thing.update({**wanted, "source": asset("two")})
    assert client("s3").get_object(Bucket="drifting", Key="k")["Body"].read() == b"two"


def test_a_recorded_type_is_kept_in_the_state_alone(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    token = "aws:athena/namedQuery:NamedQuery"
    call = TABLE[token].create
    assert isinstance(call, Call)
    entry = dataclasses.replace(TABLE[token], create=None, like=call, delete=None, read=(), reason="moto lacks it")
    monkeypatch.setitem(TABLE, token, entry)
    wanted = {"name": "q", "database": "d", "query": "select 1"}
    query = engine.make(token, wanted)
    assert not entry.realised
    assert query.diff(wanted).changes == NONE
    assert query.read() == (query.id, query.outputs, query.inputs)
    assert list(query.diff({**wanted, "query": "select 2"}).replaces) == ["query"]
    _, faults = engine.check(token, {**wanted, "query": ""})
    assert faults, "recorded types are checked like any other"
    query.delete()


def test_an_update_is_previewed_with_what_it_will_renew(engine: Engine) -> None:
    bucket(engine)
    wanted = {"bucket": "drifting", "key": "k", "source": asset("one")}
    thing = engine.make("aws:s3/bucketObjectv2:BucketObjectv2", wanted)
    resources = engine.provider.resources
    news, _ = engine.check(thing.token, {**wanted, "source": asset("two")}, thing.inputs)
    known = resources.update(thing.token, thing.id, thing.outputs, thing.inputs, news, [], preview=True)
    assert known["etag"] == UNKNOWN
    assert known["arn"] == thing.outputs["arn"]


def test_a_stage_answers_under_the_embedded_aws_s_own_address(engine: Engine, moto_url: str) -> None:
    api = engine.make(
        "aws:apigateway/restApi:RestApi",
        {"name": "api", "body": CASES["aws:apigateway/restApi:RestApi"].inputs["body"]},
    )
    deployment = engine.make("aws:apigateway/deployment:Deployment", {"restApi": api.id})
    stage = engine.make(
        "aws:apigateway/stage:Stage", {"restApi": api.id, "deployment": deployment.id, "stageName": "v1"}
    )
    assert stage.outputs["invokeUrl"] == f"{moto_url}/execute-api/{api.id}/v1"


def test_zones_are_those_of_the_region(engine: Engine) -> None:
    zones = engine.invoke(
        "aws:index/getAvailabilityZones:getAvailabilityZones",
        state="available",
        filters=[{"name": "zone-type", "values": ["availability-zone"]}],
        excludeNames=["eu-central-1c"],
    )
    assert zones["names"] == ["eu-central-1a", "eu-central-1b"]
    assert engine.invoke("aws:index/getPartition:getPartition")["partition"] == "aws"


def test_an_unknown_function_or_argument_is_told_by_name(engine: Engine) -> None:
    with pytest.raises(AbortedError, match="aws:ec2/getAmi:getAmi is not handled"):
        engine.invoke("aws:ec2/getAmi:getAmi")
    with pytest.raises(AbortedError, match="does not handle colour"):
        engine.invoke("aws:index/getRegion:getRegion", colour="red")


def test_a_preview_before_the_bucket_stands_knows_its_name(engine: Engine) -> None:
    inputs, _ = engine.check(BUCKET, {"bucket": "planned"})
    known = preview(engine, BUCKET, inputs)
    assert known["bucket"] == "planned"
    assert known["arn"] == UNKNOWN
    assert known["forceDestroy"] is False


def test_an_update_of_what_is_gone_says_so(engine: Engine, client: Any) -> None:
    wanted = {"name": "q", "visibilityTimeoutSeconds": 30}
    queue = engine.make("aws:sqs/queue:Queue", wanted)
    client("sqs").delete_queue(QueueUrl=queue.id)
    with pytest.raises(AbortedError, match="NonExistentQueue"):
        queue.update({**wanted, "visibilityTimeoutSeconds": 60})
    thing = bucket(engine)
    client("s3").delete_bucket(Bucket="drifting")
    with pytest.raises(AbortedError, match="is not there any more: refresh the stack"):
        thing.update({"bucket": "drifting", "forceDestroy": True})


def test_a_missing_file_of_an_archive_is_an_error_that_names_it(engine: Engine) -> None:
    role = engine.make("aws:iam/role:Role", {"name": "r", "assumeRolePolicy": trust("lambda.amazonaws.com")})
    code = {**archive(), "assets": None, "path": "nowhere.zip"}
    with pytest.raises(AbortedError, match=r"'nowhere.zip' can't be read"):
        engine.make(
            "aws:lambda/function:Function",
            {"name": "f", "role": role.outputs["arn"], "runtime": "python3.11", "handler": "h.h", "code": code},
        )


def test_each_of_two_trails_reads_itself(engine: Engine) -> None:
    """Two stacks in one cloud have a trail each."""
    bucket(engine)
    trails = [
        engine.make("aws:cloudtrail/trail:Trail", {"name": name, "s3BucketName": "drifting", "s3KeyPrefix": name})
        for name in ("local-audit", "prod-audit")
    ]
    for trail in trails:
        assert trail.read()[1] == trail.outputs
    assert [t.outputs["s3KeyPrefix"] for t in trails] == ["local-audit", "prod-audit"]
