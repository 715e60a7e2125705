"""Cases: what keeps a Redshift warehouse in order."""

from tests.embedded.provider.cases.case import OTHER_TAGS, TAGS, Case

CASES: dict[str, Case] = {
    "aws:redshift/cluster:Cluster in several zones": Case(
        {
            "clusterIdentifier": "the-warehouse",
            "nodeType": "ra3.4xlarge",
            "numberOfNodes": 2,
            "multiAz": True,
            "masterUsername": "admin_user",
            "manageMasterPassword": True,
            "clusterSubnetGroupName": "$zones.name",
            "preferredMaintenanceWindow": "sun:23:45-mon:00:15",
            "skipFinalSnapshot": True,
        },
        {"preferredMaintenanceWindow": "tue:03:00-tue:04:00", "multiAz": False},
        {"masterUsername": "other_user"},
        ("numberOfNodes", 1),
    ),
    "aws:redshift/cluster:Cluster that may be moved": Case(
        {
            "clusterIdentifier": "the-warehouse",
            "nodeType": "ra3.xlplus",
            "masterUsername": "admin_user",
            "manageMasterPassword": True,
            "clusterSubnetGroupName": "$subnets.name",
            "availabilityZoneRelocationEnabled": True,
            "skipFinalSnapshot": True,
        },
        {"availabilityZoneRelocationEnabled": False},
        {"clusterIdentifier": "other"},
        ("preferredMaintenanceWindow", "sun:03:00-sun:03:20"),
    ),
    "aws:redshift/snapshotSchedule:SnapshotSchedule": Case(
        {"identifier": "the-schedule", "definitions": ["rate(8 hours)", "cron(30 12 *)"], **TAGS},
        {"definitions": ["cron(0 3 * * ? *)"], "forceDestroy": True, **OTHER_TAGS},
        {"description": "by night"},
        ("definitions[0]", ["rate(30 minutes)"]),
    ),
    "aws:redshift/snapshotScheduleAssociation:SnapshotScheduleAssociation": Case(
        {"clusterIdentifier": "$cluster.id", "scheduleIdentifier": "the-schedule"},
        replace={"scheduleIdentifier": "other"},
        bad=("scheduleIdentifier", None),
    ),
    "aws:redshift/usageLimit:UsageLimit": Case(
        {
            "clusterIdentifier": "$cluster.id",
            "featureType": "spectrum",
            "limitType": "data-scanned",
            "amount": 10,
            "breachAction": "disable",
            **TAGS,
        },
        {"amount": 20, "breachAction": "emit-metric", **OTHER_TAGS},
        {"period": "daily"},
        ("limitType", "time"),
    ),
    "aws:redshift/eventSubscription:EventSubscription": Case(
        {
            "name": "the-subscription",
            "snsTopicArn": "$topic.arn",
            "sourceType": "cluster",
            "sourceIds": ["$cluster.id"],
            "eventCategories": ["management", "security"],
            "severity": "ERROR",
            **TAGS,
        },
        {"severity": "INFO", "enabled": False, **OTHER_TAGS},
        {"name": "other"},
        ("severity", "GRAVE"),
    ),
    "aws:redshift/scheduledAction:ScheduledAction": Case(
        {
            "name": "pause-by-night",
            "schedule": "cron(0 20 ? * MON-FRI *)",
            "iamRole": "$role.arn",
            "targetAction": {"pauseCluster": {"clusterIdentifier": "$cluster.id"}},
            "endTime": "2040-01-01T00:00:00Z",
        },
        {
            "schedule": "at(2040-01-01T05:00:00)",
            "targetAction": {
                "resizeCluster": {"clusterIdentifier": "$cluster.id", "nodeType": "ra3.large", "numberOfNodes": 4}
            },
            "enable": False,
        },
        {"name": "other"},
        ("targetAction.pauseCluster", {}),
    ),
}
