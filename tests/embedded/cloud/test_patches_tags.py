"""Tags end with what bore them, and what is left over can be told by them."""

import json
import urllib.request

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


def test_a_secret_that_is_scheduled_for_deletion_is_not_left_over(aws: Aws) -> None:
    secrets = aws.client("secretsmanager")
    arn = secrets.create_secret(Name=unique(), SecretString="hush", Tags=[{"Key": "team", "Value": "data"}])["ARN"]
    assert arn in leftovers(aws.endpoint, REGION)
    secrets.delete_secret(SecretId=arn, RecoveryWindowInDays=7)
    assert arn not in leftovers(aws.endpoint, REGION)


def test_an_account_can_be_given_a_hosted_zone_of_the_id_that_settings_name(aws: Aws) -> None:
    asked = json.dumps({"id": "Z0123456789EXAMPLE", "name": "data.example.com"}).encode()
    for _ in range(2):
        urllib.request.urlopen(f"{aws.endpoint}/embedded/before/hosted-zone", asked).close()
    found = aws.client("route53").get_hosted_zone(Id="Z0123456789EXAMPLE")["HostedZone"]
    assert found["Name"] == "data.example.com."
    assert len(aws.client("route53").list_hosted_zones_by_name(DNSName="data.example.com")["HostedZones"]) == 1
