import json
from typing import Any

import pulumi
import pytest

from components.alarms import alarm, announcement
from tests.components.mock_engine import Recording, deploy
from tests.components.parts import ALERTS

METRIC = ("AWS/Some", "Thing", {"Name": "n"})


def alarmed(**said: Any) -> Recording:
    return deploy(
        lambda: alarm(
            "a", "an-alarm", "Do this", metric=METRIC, topics=ALERTS.topics, opts=pulumi.ResourceOptions(), **said
        )
    )


def test_an_alarm_tells_its_topics_that_it_began_and_that_it_is_over() -> None:
    inputs = alarmed(above=3).one("MetricAlarm").inputs
    assert inputs["alarmActions"] == inputs["okActions"] == list(ALERTS.topics)
    assert (inputs["comparisonOperator"], inputs["threshold"]) == ("GreaterThanThreshold", 3)
    assert (inputs["statistic"], inputs["period"], inputs["evaluationPeriods"]) == ("Maximum", 300, 1)
    assert inputs["alarmDescription"] == "Do this"


def test_an_alarm_may_be_below_a_value_and_need_more_than_one_period() -> None:
    inputs = alarmed(below=1, statistic="Minimum", times=2, of=3).one("MetricAlarm").inputs
    assert (inputs["comparisonOperator"], inputs["threshold"]) == ("LessThanThreshold", 1)
    assert (inputs["datapointsToAlarm"], inputs["evaluationPeriods"]) == (2, 3)


@pytest.mark.parametrize(("said", "treated"), [({}, "notBreaching"), ({"silence": "breaching"}, "breaching")])
def test_no_data_is_no_alarm_unless_silence_is_what_it_is_about(said: dict[str, str], treated: str) -> None:
    assert alarmed(below=1, **said).one("MetricAlarm").inputs["treatMissingData"] == treated


def test_a_percentile_is_judged_only_with_calls_enough() -> None:
    inputs = alarmed(above=1, statistic="p99").one("MetricAlarm").inputs
    assert inputs["extendedStatistic"] == "p99"
    assert "statistic" not in inputs
    assert inputs["evaluateLowSampleCountPercentiles"] == "ignore"


@pytest.mark.parametrize("said", [{}, {"above": 1, "below": 1}])
def test_an_alarm_is_above_or_below(said: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="give one of the two"):
        alarmed(**said)


def test_an_announcement_tells_each_topic_what_happened_and_what_to_do() -> None:
    made = deploy(
        lambda: announcement(
            "a",
            "an-announcement",
            'Thing <thing> failed. Do "this".',
            pattern={"source": ["aws.some"], "detail": {"id": [pulumi.Output.from_input("j-1")]}},
            told={"thing": "$.detail.name"},
            topics=["one", "two"],
            opts=pulumi.ResourceOptions(),
        )
    )
    rule = made.one("EventRule").inputs
    assert json.loads(rule["eventPattern"]) == {"source": ["aws.some"], "detail": {"id": ["j-1"]}}
    targets = [made.one("EventTarget", name).inputs for name in ("a-1", "a-2")]
    assert [each["arn"] for each in targets] == ["one", "two"]
    assert all(each["rule"] == "an-announcement" for each in targets)
    assert targets[0]["inputTransformer"] == {
        "inputPaths": {"thing": "$.detail.name"},
        "inputTemplate": '"Thing <thing> failed. Do \\"this\\"."',
    }
