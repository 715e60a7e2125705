"""Athena: workgroups and named queries."""

from embedded.provider.entry import Entry, Tagging, call, words
from embedded.provider.table.glue import remake

_GONE = words("InvalidRequestException")

ENTRIES: dict[str, Entry] = {
    "aws:athena/workgroup:Workgroup": Entry(
        service="athena",
        id="{name}",
        create=call("create_work_group", skip="state"),
        read=(call("get_work_group", WorkGroup="{id}", take="WorkGroup"),),
        update=remake,
        delete=call("delete_work_group", WorkGroup="{id}", RecursiveDeleteOption="{forceDestroy}"),
        tags=Tagging({"ResourceARN": "{arn}"}, "tag_resource", "untag_resource", "list_tags_for_resource"),
        names={
            "configuration.resultConfiguration.encryptionConfiguration.kmsKeyArn": "KmsKey",
            "configuration.publishCloudwatchMetricsEnabled": "PublishCloudWatchMetricsEnabled",
        },
        local={"forceDestroy": False},
        outputs={"arn": "arn:{partition}:athena:{region}:{account}:workgroup/{name}", "state": "ENABLED"},
        takes=words("state"),
        unread=words("state"),
        replace=words("name"),
        gone=_GONE,
        named="name",
        longest=128,
        cfn="AWS::Athena::WorkGroup",
    ),
}
