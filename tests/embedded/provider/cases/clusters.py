"""Cases: EMR clusters of fleets and of several primary nodes, what is added to a cluster, what may be open to all."""

from embedded.provider.values import Props
from tests.embedded.provider.cases.case import Case


def fleet(*types: str, demand: int = 0, spot: int = 0, **more: Props) -> Props:
    configs = [{"instanceType": name, "weightedCapacity": 1} for name in types]
    return {"instanceTypeConfigs": configs, "targetOnDemandCapacity": demand, "targetSpotCapacity": spot, **more}


_DISKS: Props = {"ebsConfigs": [{"size": 64, "type": "gp3", "volumesPerInstance": 2}]}
_SPOT: Props = {
    "spotSpecifications": [
        {
            "allocationStrategy": "price-capacity-optimized",
            "timeoutAction": "SWITCH_TO_ON_DEMAND",
            "timeoutDurationMinutes": 10,
        }
    ]
}

CASES: dict[str, Case] = {
    "aws:emr/cluster:Cluster of fleets": Case(
        {
            "name": "the-emr",
            "releaseLabel": "emr-7.12.0",
            "serviceRole": "$role.arn",
            "ec2Attributes": {"instanceProfile": "$profile.arn", "subnetIds": ["$subnet.id", "$subnet2.id"]},
            "masterInstanceFleet": fleet("m6g.xlarge", demand=1),
            "coreInstanceFleet": {
                "name": "core",
                "instanceTypeConfigs": [
                    {
                        "instanceType": "m6g.xlarge",
                        "weightedCapacity": 1,
                        "bidPriceAsPercentageOfOnDemandPrice": 100,
                        "configurations": [{"classification": "spark-defaults", "properties": {"a": "b"}}],
                        **_DISKS,
                    },
                    {"instanceType": "m6g.2xlarge", "weightedCapacity": 2},
                ],
                "targetOnDemandCapacity": 1,
                "targetSpotCapacity": 4,
                "launchSpecifications": {**_SPOT, "onDemandSpecifications": [{"allocationStrategy": "lowest-price"}]},
            },
            "logUri": "s3://b/logs/",
            "logEncryptionKmsKeyId": "$key.arn",
        },
        {"stepConcurrencyLevel": 4},
        {"masterInstanceFleet": fleet("m6g.2xlarge", demand=1)},
        ("coreInstanceFleet.instanceTypeConfigs[0].instanceSort", {"instanceTypeConfigs": [{"instanceSort": "m"}]}),
    ),
    "aws:emr/cluster:Cluster of three primary nodes": Case(
        {
            "name": "the-emr",
            "releaseLabel": "emr-7.12.0",
            "serviceRole": "$role.arn",
            "ec2Attributes": {"instanceProfile": "$profile.arn", "subnetId": "$subnet.id"},
            "masterInstanceGroup": {"instanceType": "m6g.xlarge", "instanceCount": 3},
            "coreInstanceGroup": {"instanceType": "m6g.xlarge", "instanceCount": 2},
            "placementGroupConfigs": [{"instanceRole": "MASTER", "placementStrategy": "SPREAD"}],
        },
        {"terminationProtection": False},
        {"placementGroupConfigs": []},
        ("autoTerminationPolicy", {"idleTimeout": 3600}),
    ),
    "aws:emr/instanceFleet:InstanceFleet": Case(
        {
            "clusterId": "$emr2.id",
            "name": "the-fleet",
            "instanceTypeConfigs": [{"instanceType": "m6g.xlarge", "weightedCapacity": 1, "bidPrice": "0.1", **_DISKS}],
            "launchSpecifications": _SPOT,
            "targetSpotCapacity": 2,
        },
        {"targetSpotCapacity": 4, "targetOnDemandCapacity": 1},
        {"name": "other"},
        ("instanceTypeConfigs[0].weightedCapacity", [{"instanceType": "m6g.xlarge", "weightedCapacity": 0}]),
        stays=True,
    ),
    "aws:emr/instanceGroup:InstanceGroup": Case(
        {
            "clusterId": "$emr.id",
            "name": "the-task-nodes",
            "instanceType": "m6g.xlarge",
            "instanceCount": 2,
            "bidPrice": "0.3",
            **_DISKS,
        },
        {"instanceCount": 5},
        {"instanceType": "m6g.2xlarge"},
        ("ebsConfigs[0].type", [{"size": 64, "type": "gp9"}]),
        stays=True,
    ),
    "aws:emr/blockPublicAccessConfiguration:BlockPublicAccessConfiguration": Case(
        {
            "blockPublicSecurityGroupRules": True,
            "permittedPublicSecurityGroupRuleRanges": [{"minRange": 443, "maxRange": 443}],
        },
        {"blockPublicSecurityGroupRules": False},
        bad=("permittedPublicSecurityGroupRuleRanges[0]", [{"minRange": 443, "maxRange": 80}]),
        stays=True,
    ),
}
