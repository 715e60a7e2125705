"""What AWS refuses of stores and engines at a first deployment, the provider refuses before."""

import json
from typing import Any

import pytest

from tests.embedded.provider.cases import CASES
from tests.embedded.provider.cases.case import allow
from tests.embedded.provider.cases.clusters import fleet
from tests.embedded.provider.harness import Engine
from tests.embedded.provider.refusals import refused
from tests.embedded.provider.test_table import World

WAREHOUSE = "aws:redshift/cluster:Cluster in several zones"
MOVABLE = "aws:redshift/cluster:Cluster that may be moved"
SNAPSHOTS = "aws:redshift/snapshotSchedule:SnapshotSchedule"
LIMIT = "aws:redshift/usageLimit:UsageLimit"
LISTENER = "aws:redshift/eventSubscription:EventSubscription"
ACTION = "aws:redshift/scheduledAction:ScheduledAction"
FLEETS = "aws:emr/cluster:Cluster of fleets"
PRIMARIES = "aws:emr/cluster:Cluster of three primary nodes"
DISKS = "aws:emr/cluster:Cluster with disks"
FLEET = "aws:emr/instanceFleet:InstanceFleet"
SCALING = "aws:emr/managedScalingPolicy:ManagedScalingPolicy"
CORE = "coreInstanceGroup"
PAUSE = {"pauseCluster": {"clusterIdentifier": "c"}}
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
NOTIFICATION = "aws:s3/bucketNotification:BucketNotification"
CATALOG = "aws:athena/dataCatalog:DataCatalog"
FEDERATED = f"{CATALOG} by a connection"
WORKGROUP = "aws:athena/workgroup:Workgroup that ends large queries"
IAM_POLICY = "aws:iam/policy:Policy"
FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:f"
QUEUE = "arn:aws:sqs:eu-central-1:123456789012:q"


def disk(**change: Any) -> dict[str, Any]:
    return {"instanceType": "m", "ebsConfigs": [{"size": 64, **change}]}


def _rule(**change: Any) -> dict[str, Any]:
    return {"rules": [{"id": "r", "status": "Enabled", "filter": {"prefix": "a/"}, **change}]}


def _down(*steps: tuple[int, str]) -> list[dict[str, Any]]:
    return [{"days": days, "storageClass": kind} for days, kind in steps]


def _queues(*chosen: dict[str, Any]) -> dict[str, Any]:
    return {"queues": [{"queueArn": QUEUE, "events": ["s3:ObjectCreated:*"], **each} for each in chosen]}


ROWS: list[tuple[str, dict[str, Any], str, str]] = [
    (WAREHOUSE, {"numberOfNodes": 33}, "numberOfNodes", "outside 2 to 32"),
    (WAREHOUSE, {"nodeType": "ra3.large", "numberOfNodes": 1}, "multiAz", "single node"),
    (WAREHOUSE, {"nodeType": "rg.4xlarge"}, "multiAz", "RA3 nodes only"),
    (WAREHOUSE, {"encrypted": "false"}, "encrypted", "must be encrypted"),
    (WAREHOUSE, {"elasticIp": "192.0.2.1"}, "elasticIp", "goes not with multiAz"),
    (WAREHOUSE, {"preferredMaintenanceWindow": "sunday"}, "preferredMaintenanceWindow", "sun:03:00"),
    (WAREHOUSE, {"preferredMaintenanceWindow": "sun:03:00-sun:03:29"}, "preferredMaintenanceWindow", "29 minutes"),
    (WAREHOUSE, {"port": 3306}, "port", "5431 to 5455"),
    (WAREHOUSE, {"clusterIdentifier": "the--warehouse"}, "clusterIdentifier", "single hyphens"),
    (WAREHOUSE, {"masterUsername": "public"}, "masterUsername", "not public"),
    (WAREHOUSE, {"manageMasterPassword": None, "masterPassword": "password"}, "masterPassword", "8 to 64"),
    (MOVABLE, {"nodeType": "rg.xlarge"}, "availabilityZoneRelocationEnabled", "a nodeType of ra3."),
    (SNAPSHOTS, {"definitions": []}, "definitions", "is empty"),
    (SNAPSHOTS, {"definitions": ["rate(25 hours)"]}, "definitions[0]", "1 to 24"),
    (SNAPSHOTS, {"definitions": ["cron(0,30 12 *)"]}, "definitions[0]", "more than once an hour"),
    (SNAPSHOTS, {"definitions": ["cron(0 12)"]}, "definitions[0]", "has 2 fields"),
    (SNAPSHOTS, {"identifier": "by night"}, "identifier", "letters, digits and hyphens"),
    (LIMIT, {"amount": 0}, "amount", "outside 1"),
    (LISTENER, {"sourceType": None}, "sourceType", "is missing"),
    (LISTENER, {"snsTopicArn": "topic"}, "snsTopicArn", "the ARN of a topic"),
    (ACTION, {"schedule": "rate(1 day)"}, "schedule", "no schedule"),
    (ACTION, {"schedule": "cron(0/10 20 ? * * *)"}, "schedule", "more than once an hour"),
    (
        ACTION,
        {"targetAction": {**PAUSE, "resumeCluster": PAUSE["pauseCluster"]}},
        "targetAction.resumeCluster",
        "one of",
    ),
    (ACTION, {"startTime": "2041-01-01T00:00:00Z"}, "endTime", "is not after"),
    (
        PRIMARIES,
        {"masterInstanceGroup": {"instanceType": "m", "instanceCount": 2}},
        "masterInstanceGroup.instanceCount",
        "1 or 3",
    ),
    (PRIMARIES, {CORE: None}, CORE, "need core nodes"),
    (PRIMARIES, {"keepJobFlowAliveWhenNoSteps": False}, "keepJobFlowAliveWhenNoSteps", "set it to true"),
    (PRIMARIES, {"ec2Attributes": {"instanceProfile": "p"}}, "ec2Attributes.subnetId", "need a subnet"),
    (PRIMARIES, {"releaseLabel": "emr-5.20.0"}, "releaseLabel", "5.23.0"),
    (PRIMARIES, {"releaseLabel": "7.12"}, "releaseLabel", "emr-7.12.0"),
    (PRIMARIES, {"masterInstanceFleet": fleet("m", demand=1)}, "masterInstanceFleet", "not both"),
    (PRIMARIES, {"placementGroupConfigs": [{"instanceRole": "CORE"}]}, "placementGroupConfigs[0]", "SPREAD for MASTER"),
    (PRIMARIES, {"logEncryptionKmsKeyId": "k"}, "logEncryptionKmsKeyId", "without logUri"),
    (DISKS, {CORE: {"instanceType": "m", "instanceCount": 0}}, f"{CORE}.instanceCount", "1 or more"),
    (DISKS, {CORE: disk(type="gp2", throughput=125)}, f"{CORE}.ebsConfigs[0].throughput", "use gp3"),
    (DISKS, {CORE: disk(type="gp3", throughput=1001)}, f"{CORE}.ebsConfigs[0].throughput", "125 to 1000"),
    (DISKS, {CORE: disk(type="io1")}, f"{CORE}.ebsConfigs[0].iops", "io1 needs it"),
    (DISKS, {"autoTerminationPolicy": {"idleTimeout": 30}}, "autoTerminationPolicy.idleTimeout", "60 to 604800"),
    (DISKS, {"stepConcurrencyLevel": 300}, "stepConcurrencyLevel", "1 to 256"),
    (DISKS, {"ec2Attributes": {"instanceProfile": "p", "subnetIds": ["a", "b"]}}, "ec2Attributes.subnetIds", "fleets"),
    (FLEETS, {"masterInstanceFleet": None}, "masterInstanceFleet", "needs a primary node"),
    (
        FLEETS,
        {"masterInstanceFleet": fleet("m", demand=2)},
        "masterInstanceFleet.targetOnDemandCapacity",
        "or 3 on demand",
    ),
    (FLEETS, {"coreInstanceFleet": fleet("m")}, "coreInstanceFleet.targetOnDemandCapacity", "1 or more of either"),
    (FLEETS, {"coreInstanceFleet": fleet(*"abcdef", demand=1)}, "coreInstanceFleet.instanceTypeConfigs", "up to 30"),
    (
        FLEET,
        {"instanceTypeConfigs": [{"instanceType": "m", "bidPrice": "1", "bidPriceAsPercentageOfOnDemandPrice": 1}]},
        "instanceTypeConfigs[0].bidPrice",
        "give one",
    ),
    (
        SCALING,
        {"computeLimits": [{"unitType": "Instances", "minimumCapacityUnits": 5, "maximumCapacityUnits": 4}]},
        "computeLimits[0].minimumCapacityUnits",
        "outside 1 to 4",
    ),
    (LIFECYCLE, {"rules": []}, "rules", "without rules"),
    (LIFECYCLE, _rule(), "rules[0]", "does nothing"),
    (LIFECYCLE, _rule(transitions=_down((29, "ONEZONE_IA"))), "rules[0].transitions[0].days", "least of 30"),
    (
        LIFECYCLE,
        _rule(transitions=_down((30, "STANDARD_IA"), (59, "GLACIER"))),
        "rules[0].transitions[1].days",
        "60 or",
    ),
    (
        LIFECYCLE,
        _rule(transitions=_down((90, "GLACIER"), (30, "DEEP_ARCHIVE"))),
        "rules[0].transitions[1].days",
        "91 or",
    ),
    (
        LIFECYCLE,
        _rule(transitions=_down((1, "GLACIER"), (9, "GLACIER"))),
        "rules[0].transitions[1].storageClass",
        "twice",
    ),
    (LIFECYCLE, _rule(transitions=[{"storageClass": "GLACIER"}]), "rules[0].transitions[0].days", "exactly one"),
    (LIFECYCLE, _rule(transitions=_down((9, "GLACIER")), expiration={"days": 9}), "rules[0].expiration.days", "10 or"),
    (LIFECYCLE, _rule(expiration={"days": 1, "date": "2040-01-01"}), "rules[0].expiration", "exactly one"),
    (
        LIFECYCLE,
        _rule(filter={"prefix": "a", "objectSizeLessThan": 9}, expiration={"days": 1}),
        "rules[0].filter",
        "and",
    ),
    (LIFECYCLE, _rule(filter={"and": {"prefix": "a"}}, expiration={"days": 1}), "rules[0].filter.and", "less than two"),
    (
        LIFECYCLE,
        _rule(filter={"tag": {"key": "a", "value": "b"}}, abortIncompleteMultipartUpload={"daysAfterInitiation": 1}),
        "rules[0].abortIncompleteMultipartUpload",
        "by tag or size",
    ),
    (
        LIFECYCLE,
        _rule(noncurrentVersionExpiration={"noncurrentDays": 1, "newerNoncurrentVersions": 101}),
        "rules[0].noncurrentVersionExpiration.newerNoncurrentVersions",
        "1 to 100",
    ),
    (NOTIFICATION, _queues({}, {"filterPrefix": "a/"}), "queues[1]", "overlaps"),
    (NOTIFICATION, _queues({}, {"events": ["s3:ObjectCreated:Put"]}), "queues[1]", "overlaps"),
    (NOTIFICATION, _queues({"queueArn": f"{QUEUE}.fifo"}), "queues[0].queueArn", "a standard one"),
    (
        WORKGROUP,
        {"configuration": {"bytesScannedCutoffPerQuery": 1}},
        "configuration.bytesScannedCutoffPerQuery",
        "least",
    ),
    (CATALOG, {"name": "ware house"}, "name", "1 to 127"),
    (CATALOG, {"parameters": {"metadata-function": FUNCTION}}, "parameters", "lacks function"),
    (CATALOG, {"parameters": {"function": FUNCTION, "record-function": FUNCTION}}, "parameters", "keep one way"),
    (CATALOG, {"type": "GLUE"}, "parameters", "lacks catalog-id"),
    (CATALOG, {"type": "HIVE"}, "parameters", "lacks metadata-function"),
    (FEDERATED, {"name": "w" * 42}, "name", "above FEDERATED's 41"),
    (IAM_POLICY, {"policy": "{}"}, "policy", "no Statement"),
    (IAM_POLICY, {"policy": json.dumps(allow("s3"))}, "policy", "an action such as"),
    (IAM_POLICY, {"policy": json.dumps(allow("s3:GetObject", "bucket"))}, "policy", "* or an ARN"),
    (IAM_POLICY, {"policy": json.dumps(allow("s3:GetObject", Sid="to read"))}, "policy", "letters and digits"),
    (IAM_POLICY, {"policy": json.dumps(allow(["s3:GetObject"] * 500))}, "policy", "above the most of 6144"),
]


@pytest.mark.parametrize(("title", "change", "path", "reason"), ROWS)
def test_what_aws_would_refuse_is_refused_at_the_check(
    configured: Engine, title: str, change: dict[str, Any], path: str, reason: str
) -> None:
    refused(configured, title, change, path, reason)


@pytest.mark.parametrize(
    "queues",
    [
        _queues({"filterPrefix": "a/"}, {"filterPrefix": "b/"}),
        _queues({"filterSuffix": ".csv"}, {"filterSuffix": ".json"}),
        _queues({}, {"events": ["s3:ObjectRemoved:*"]}),
    ],
)
def test_notifications_that_share_no_object_or_event_stand_side_by_side(
    configured: Engine, queues: dict[str, Any]
) -> None:
    assert not configured.check("aws:s3/bucketNotification:BucketNotification", {"bucket": "b", **queues})[1]


def test_a_policy_keeps_five_versions_of_itself_however_often_it_changes(engine: Engine) -> None:
    wanted = {"name": "p", "policy": json.dumps(allow("s3:GetObject"))}
    policy = engine.make(IAM_POLICY, wanted)
    for number in range(7):
        policy.update({**wanted, "policy": json.dumps(allow("s3:GetObject", f"arn:aws:s3:::b{number}/*"))})
    assert "b6" in policy.outputs["policy"]
    policy.delete()


def test_a_service_linked_role_has_the_name_that_its_service_gives_it_and_is_there_once(engine: Engine) -> None:
    wanted = {"awsServiceName": "lakeformation.amazonaws.com"}
    role = engine.make("aws:iam/serviceLinkedRole:ServiceLinkedRole", wanted)
    assert role.outputs["name"] == "AWSServiceRoleForLakeFormationDataAccess"
    with pytest.raises(RuntimeError, match="has been taken in this account"):
        engine.make("aws:iam/serviceLinkedRole:ServiceLinkedRole", wanted)


def test_a_cluster_in_several_zones_is_refused_by_a_subnet_group_in_two(engine: Engine) -> None:
    world = World(engine)
    group = {"name": "two", "subnetIds": world.fill(["$subnet.id", "$subnet2.id"])}
    engine.make("aws:redshift/subnetGroup:SubnetGroup", group)
    wanted = {**world.fill(CASES[WAREHOUSE].inputs), "clusterSubnetGroupName": "two"}
    with pytest.raises(RuntimeError, match="needs a subnet group in 3 zones; it has 2"):
        engine.make("aws:redshift/cluster:Cluster", wanted)


def test_shards_are_at_most_doubled_or_halved_at_once(engine: Engine) -> None:
    stream = engine.make("aws:kinesis/stream:Stream", {"name": "s", "shardCount": 2})
    with pytest.raises(RuntimeError, match="5 is outside 1 to 4"):
        stream.update({"name": "s", "shardCount": 5})


def test_three_primary_nodes_are_protected_whatever_was_asked_for(engine: Engine) -> None:
    cluster = engine.make("aws:emr/cluster:Cluster", World(engine).fill(CASES[PRIMARIES].inputs))
    assert cluster.outputs["terminationProtection"] is True
    with pytest.raises(RuntimeError, match="termination protected"):
        cluster.delete()
