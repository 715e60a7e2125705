import json
from typing import Any

import pytest

from components.keys import topic_arn
from components.names import Names
from components.observability import Alerting, AlertingArgs, AlertingError, failures, reachable
from settings import Alerts
from tests.components.mock_engine import ACCOUNT, NAMES, Recording, deploy, resolved
from tests.components.parts import KEY

OPS = f"arn:aws:sns:eu-west-1:{ACCOUNT}:ops"


def alerting(**chosen: Any) -> Recording:
    settings: dict[str, Any] = {"topics": (OPS,), "monthly_budget_usd": 100} | chosen
    alerts = Alerts(**settings)
    return deploy(lambda: Alerting("alerting", AlertingArgs(names=NAMES, alerts=alerts, key_arn=KEY)))


@pytest.fixture(scope="module")
def made() -> Recording:
    return alerting()


def test_the_topic_is_encrypted_with_our_key(made: Recording) -> None:
    topic = made.one("sns/topic:Topic").inputs
    assert topic["kmsMasterKeyId"] == KEY
    assert topic["name"] == "medallion-dev-alerts"


def test_only_our_alarms_rules_and_budgets_tell_the_topic_and_only_encrypted(made: Recording) -> None:
    denied, *allowed = made.document("TopicPolicy", "alerting")
    assert denied["Effect"] == "Deny"
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    sources = {each["Principal"]["Service"]: each["Condition"] for each in allowed}
    assert set(sources) == {"cloudwatch.amazonaws.com", "events.amazonaws.com", "budgets.amazonaws.com"}
    assert all(f":{ACCOUNT}:" in each["ArnLike"]["aws:SourceArn"] for each in sources.values())
    assert {each["Resource"] for each in allowed} == {topic_arn(NAMES)}


def test_a_rule_says_no_source_account_so_none_is_asked_of_it(made: Recording) -> None:
    _, *allowed = made.document("TopicPolicy", "alerting")
    (rule,) = [each for each in allowed if each["Principal"]["Service"] == "events.amazonaws.com"]
    assert set(rule["Condition"]) == {"ArnLike"}


def test_alarms_tell_our_own_topic_and_those_that_the_stack_lists() -> None:
    topics: list[Any] = []

    def program() -> None:
        alerts = Alerts(topics=(OPS,), monthly_budget_usd=100)
        topics.extend(Alerting("alerting", AlertingArgs(names=NAMES, alerts=alerts, key_arn=KEY)).topics)

    deploy(program)
    assert [resolved(each) for each in topics] == [topic_arn(NAMES), OPS]


def test_each_address_gets_a_message_by_which_it_subscribes() -> None:
    subscribed = [each.inputs for each in alerting(emails=("a@example.com", "b@example.com")).of("TopicSubscription")]
    assert {(each["protocol"], each["endpoint"]) for each in subscribed} == {
        ("email", "a@example.com"),
        ("email", "b@example.com"),
    }
    assert not alerting().of("TopicSubscription")


def test_the_budget_is_that_of_the_stack_and_tells_of_what_is_spent_and_what_will_be(made: Recording) -> None:
    budget = alerting(monthly_budget_usd=750).one("Budget").inputs
    assert (budget["limitAmount"], budget["limitUnit"], budget["timeUnit"]) == ("750", "USD", "MONTHLY")
    assert budget["filterExpression"]["ands"] == [
        {"tags": {"key": "project", "values": ["medallion"]}},
        {"tags": {"key": "environment", "values": ["dev"]}},
    ]
    told = {each["notificationType"]: each for each in budget["notifications"]}
    assert {kind: each["threshold"] for kind, each in told.items()} == {"ACTUAL": 80, "FORECASTED": 100}
    assert all(each["subscriberSnsTopicArns"] == [topic_arn(NAMES)] for each in told.values())


def test_whatever_fails_in_glue_is_told_by_name_whoever_made_it(made: Recording) -> None:
    rules = {each.inputs["name"]: json.loads(each.inputs["eventPattern"]) for each in made.of("EventRule")}
    assert set(rules) == {"medallion-dev-failed-jobs", "medallion-dev-failed-crawlers", "medallion-dev-failed-quality"}
    jobs = rules["medallion-dev-failed-jobs"]["detail"]
    assert jobs["jobName"] == [{"prefix": "medallion-dev-"}]
    assert {"FAILED", "TIMEOUT"} <= set(jobs["state"])
    assert {each.inputs["arn"] for each in made.of("EventTarget")} == {topic_arn(NAMES), OPS}


def test_a_message_has_a_value_for_each_of_its_words() -> None:
    for description, _, told in failures(NAMES).values():
        assert all(f"<{word}>" in description for word in told)
        assert description.count("<") == len(told)


@pytest.mark.parametrize("where", [f"eu-west-2:{ACCOUNT}", "eu-west-1:999999999999"])
def test_a_topic_that_could_not_be_told_is_refused(where: str) -> None:
    with pytest.raises(AlertingError, match="without a role"):
        reachable([f"arn:aws:sns:{where}:ops"], NAMES)


def test_another_stack_has_another_topic() -> None:
    prod = Names(project="medallion", stack="prod", account=ACCOUNT, region="eu-west-1")
    assert topic_arn(prod) != topic_arn(NAMES)
