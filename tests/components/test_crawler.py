import pytest

from components.crawler import Crawler, CrawlerArgs, crawls
from tests.components import parts
from tests.components.mock_engine import ACCOUNT, NAMES, Recording, deploy


@pytest.fixture(scope="module")
def made() -> Recording:
    def program() -> None:
        args = CrawlerArgs(platform=parts.platform(), landing_bucket=parts.bucket("landing"), database="lake")
        Crawler("crawler", args)

    return deploy(program)


def test_the_crawler_reads_with_credentials_that_lake_formation_lends(made: Recording) -> None:
    crawler = made.one("glue/crawler:Crawler").inputs
    assert crawler["lakeFormationConfiguration"] == {"useLakeFormationCredentials": True, "accountId": ACCOUNT}
    actions = {action for each in crawls(NAMES) for action in each["Action"]}
    assert "lakeformation:GetDataAccess" in actions
    assert not [each for each in actions if each.startswith(("s3:", "kms:"))]


def test_quarantine_is_registered_and_nothing_else_of_landing(made: Recording) -> None:
    location = made.one("lakeformation/resource:Resource").inputs
    assert location["arn"] == f"{NAMES.bucket_arn('landing')}/quarantine"
    assert location["roleArn"] == NAMES.role_arn("lake-access")


def test_the_crawler_may_make_tables_there(made: Recording) -> None:
    (grant,) = [each for each in made.of("Permissions") if "dataLocation" in each.inputs]
    assert grant.inputs["principal"] == NAMES.role_arn("quarantine-crawler")
    assert grant.inputs["dataLocation"]["arn"] == f"{NAMES.bucket_arn('landing')}/quarantine"
