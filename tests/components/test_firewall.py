import pulumi
import pytest

from components.firewall import HIDDEN_HEADERS, Firewall, FirewallArgs, delivers_logs, log_group, rules
from tests.components import parts
from tests.components.mock_engine import ACCOUNT, NAMES, Recording, deploy

STAGE = "arn:aws:apigateway:eu-west-1::/restapis/abcdefghij/stages/v1"


@pytest.fixture(scope="module")
def made() -> Recording:
    def program() -> None:
        wall = Firewall("firewall", FirewallArgs(platform=parts.platform(), requests_per_address=500))
        wall.protect("stage", STAGE, pulumi.ResourceOptions(parent=wall))

    return deploy(program)


def test_an_address_that_asks_too_much_is_held_off_and_known_attacks_are_blocked(made: Recording) -> None:
    rate, *managed = made.one("WebAcl").inputs["rules"]
    assert rate["statement"]["rateBasedStatement"]["limit"] == 500
    assert rate["action"]["block"]["customResponse"]["responseCode"] == 429
    groups = [each["statement"]["managedRuleGroupStatement"]["name"] for each in managed]
    assert groups == [
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
    ]
    assert all(each["overrideAction"] == {"none": {}} for each in managed), "they block, and don't only count"


def test_every_rule_has_a_place_of_its_own() -> None:
    assert [rule["priority"] for rule in rules(1000)] == [0, 1, 2, 3]


def test_what_was_blocked_is_logged_without_what_proves_who_asked(made: Recording) -> None:
    logging = made.one("WebAclLoggingConfiguration")
    assert {each["singleHeader"]["name"] for each in logging.inputs["redactedFields"]} == set(HIDDEN_HEADERS)
    assert logging.inputs["loggingFilter"]["defaultBehavior"] == "DROP"
    group = made.one("cloudwatch/logGroup:LogGroup", "firewall").inputs
    assert group["name"] == log_group(NAMES)
    assert group["name"].startswith("aws-waf-logs-")
    assert group["kmsKeyId"]
    assert made.one("LogResourcePolicy").name in logging.depends_on
    assert delivers_logs(NAMES)["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}


def test_it_stands_before_what_it_is_asked_to_protect(made: Recording) -> None:
    assert made.one("WebAclAssociation", "stage").inputs["resourceArn"] == STAGE
