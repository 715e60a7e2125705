"""What the provider says of a Redshift cluster before it asks anyone, and of the password that nobody sees."""

from typing import Any

import pytest

from embedded.provider.synthesis import synthesise
from tests.embedded.provider.harness import AbortedError, Engine

CLUSTER = "aws:redshift/cluster:Cluster"
LOGGING = "aws:redshift/logging:Logging"
GIVEN: dict[str, Any] = {
    "clusterIdentifier": "warehouse",
    "nodeType": "ra3.large",
    "masterUsername": "admin_user",
    "manageMasterPassword": True,
    "skipFinalSnapshot": True,
}


def test_a_sound_cluster_is_accepted(engine: Engine) -> None:
    assert engine.check(CLUSTER, GIVEN)[1] == {}


@pytest.mark.parametrize(
    ("changed", "path", "remedy"),
    [
        ({"masterPassword": "Secret-1"}, "masterPassword", "give one of the two"),
        ({"manageMasterPassword": False}, "masterPassword", "set it, or manageMasterPassword"),
        ({"clusterType": "multi-node"}, "clusterType", "multi-node 2 or more"),
        ({"clusterType": "single-node", "numberOfNodes": 2}, "clusterType", "single-node has 1"),
        ({"nodeType": "ds2.xlarge"}, "nodeType", "ra3. or rg."),
        ({"snapshotIdentifier": "s"}, "snapshotIdentifier", "extend its entry"),
    ],
)
def test_a_cluster_that_redshift_would_refuse_is_told_with_the_remedy(
    engine: Engine, changed: dict[str, Any], path: str, remedy: str
) -> None:
    faults = engine.check(CLUSTER, {**GIVEN, **changed})[1]
    assert remedy in faults[path]


def test_a_password_is_not_repeated_in_what_is_told(engine: Engine) -> None:
    faults = engine.check(CLUSTER, {**GIVEN, "masterPassword": "Secret-1"})[1]
    assert "Secret-1" not in str(faults)


@pytest.mark.parametrize(("given", "path"), [({"logDestinationType": "cloudwatch"}, "logExports"), ({}, "bucketName")])
def test_logs_need_a_place_to_go(engine: Engine, given: dict[str, Any], path: str) -> None:
    assert path in engine.check(LOGGING, {"clusterIdentifier": "warehouse", **given})[1]


def test_the_secret_of_a_managed_password_has_the_form_of_awss() -> None:
    _, outputs = synthesise(CLUSTER, "warehouse", GIVEN, "123456789012", "eu-west-1")
    head, _, tail = outputs["masterPasswordSecretArn"].rpartition("-")
    assert head == "arn:aws:secretsmanager:eu-west-1:123456789012:secret:redshift!warehouse-admin_user"
    assert len(tail) == 6
    assert outputs["encrypted"] == "true", "Redshift encrypts what it makes"


def test_a_password_of_ones_own_has_no_secret() -> None:
    given = {**GIVEN, "manageMasterPassword": False, "masterPassword": "Secret-1"}
    assert synthesise(CLUSTER, "warehouse", given, "123456789012", "eu-west-1")[1]["masterPasswordSecretArn"] == ""


def test_a_statement_that_fails_fails_the_deployment_with_redshifts_own_reason(engine: Engine) -> None:
    engine.make(CLUSTER, GIVEN)
    asked = {"clusterIdentifier": "warehouse", "database": "dev", "dbUser": "admin_user", "sql": "DROP SCHEMA missing"}
    with pytest.raises(AbortedError, match='ended FAILED: ERROR: schema "missing" does not exist'):
        engine.make("aws:redshiftdata/statement:Statement", asked)
