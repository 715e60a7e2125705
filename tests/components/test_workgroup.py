from typing import Any

import pytest

from components.workgroup import PERSONAS, Workgroups, WorkgroupsArgs, results_of, workgroup_of
from tests.components import parts
from tests.components.mock_engine import NAMES, Recording, deploy


def workgroups(**changes: Any) -> Recording:
    return deploy(lambda: Workgroups("query", WorkgroupsArgs(platform=parts.platform(), scan_limit_gb=20, **changes)))


@pytest.fixture(scope="module")
def made() -> Recording:
    return workgroups()


def test_each_kind_of_person_has_a_workgroup_and_its_results_to_itself(made: Recording) -> None:
    places = {
        each.inputs["name"]: each.inputs["configuration"]["resultConfiguration"]["outputLocation"]
        for each in made.of("Workgroup")
    }
    assert places == {
        workgroup_of(persona, NAMES): f"s3://{NAMES.bucket('results')}/{results_of(persona)}" for persona in PERSONAS
    }
    prefixes = [results_of(persona) for persona in PERSONAS]
    assert not [a for a in prefixes for b in prefixes if a != b and b.startswith(a)], "one would be inside another"


def test_a_workgroup_encrypts_results_whatever_a_client_asks_for(made: Recording) -> None:
    for each in made.of("Workgroup"):
        configuration = each.inputs["configuration"]
        assert configuration["enforceWorkgroupConfiguration"] is True
        assert configuration["resultConfiguration"]["encryptionConfiguration"]["encryptionOption"] == "SSE_KMS"
        assert configuration["resultConfiguration"]["expectedBucketOwner"] == NAMES.account


def test_a_query_ends_at_the_limit_that_the_stack_chose(made: Recording) -> None:
    limits = {each.inputs["configuration"]["bytesScannedCutoffPerQuery"] for each in made.of("Workgroup")}
    assert limits == {20 * 2**30}


def test_results_go_after_their_days_and_what_was_spilled_after_one(made: Recording) -> None:
    rules = made.one("BucketLifecycleConfiguration", "query-results").inputs["rules"]
    days = {rule["filter"]["prefix"]: rule["expiration"]["days"] for rule in rules if "expiration" in rule}
    assert days == {"": parts.RETENTION.results_days, "spill/": 1}


def test_statements_with_parameters_are_prepared_for_analysts(made: Recording) -> None:
    prepared = made.of("PreparedStatement")
    assert prepared
    assert {each.inputs["workgroup"] for each in prepared} == {NAMES.workgroup}
    assert all("?" in each.inputs["queryStatement"] for each in prepared)


def test_queries_that_need_guarded_columns_are_not_offered_to_analysts(made: Recording) -> None:
    groups = {each.inputs["name"]: each.inputs["workgroup"] for each in made.of("NamedQuery")}
    assert groups["missing-references"] == "medallion-dev-engineers"
    offered = [each.inputs["query"] for each in made.of("NamedQuery") if each.inputs["workgroup"] == NAMES.workgroup]
    offered += [each.inputs["queryStatement"] for each in made.of("PreparedStatement")]
    assert not [sql for sql in offered if "tailnum" in sql or "SELECT *" in sql]
