"""Tags end with what bore them, and what is left over can be told by them."""

from embedded.summary import leftovers
from tests.embedded.cloud.clients import REGION, Aws, unique


def test_what_is_deleted_in_glue_is_no_longer_found_by_its_tags(aws: Aws) -> None:
    glue, name, tags = aws.client("glue"), unique(), {"team": "data"}
    glue.create_job(Name=name, Role=aws.role(), Command={"Name": "glueetl", "ScriptLocation": "s3://a/b.py"}, Tags=tags)
    glue.create_database(DatabaseInput={"Name": name}, Tags=tags)
    glue.create_crawler(Name=name, Role="role", DatabaseName=name, Targets={}, Tags=tags)
    glue.create_connection(
        ConnectionInput={"Name": name, "ConnectionType": "NETWORK", "ConnectionProperties": {}}, Tags=tags
    )
    kinds = {arn.split(":")[-1].partition("/")[0] for arn in leftovers(aws.endpoint, REGION) if arn.endswith(name)}
    assert kinds == {"job", "database", "crawler", "connection"}
    glue.delete_connection(ConnectionName=name)
    glue.delete_crawler(Name=name)
    glue.delete_database(Name=name)
    glue.delete_job(JobName=name)
    assert not [arn for arn in leftovers(aws.endpoint, REGION) if arn.endswith(name)]


def test_a_key_that_is_scheduled_for_deletion_is_not_left_over(aws: Aws) -> None:
    kms = aws.client("kms")
    arn = kms.create_key(Tags=[{"TagKey": "team", "TagValue": "data"}])["KeyMetadata"]["Arn"]
    assert arn in leftovers(aws.endpoint, REGION)
    kms.schedule_key_deletion(KeyId=arn.rpartition("/")[2], PendingWindowInDays=7)
    assert arn not in leftovers(aws.endpoint, REGION)
