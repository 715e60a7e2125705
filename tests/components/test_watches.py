from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components import watches
from components.watches import Watched
from terms import ServiceLevels
from tests.components import parts
from tests.components.mock_engine import Recording, deploy
from tests.components.parts import ALERTS

DAY = 86_400


def watched(watch: Callable[..., None], *more: Any) -> Recording:
    thing = Watched(name="t", called="the-thing", topics=ALERTS.topics, opts=pulumi.ResourceOptions())
    return deploy(lambda: watch(thing, *more))


def alarms(made: Recording) -> Mapping[str, dict[str, Any]]:
    return {each.inputs["metricName"]: each.inputs for each in made.of("MetricAlarm")}


def test_a_function_is_watched_for_errors_and_for_being_held_back() -> None:
    found = alarms(watched(watches.watch_function))
    assert set(found) == {"Errors", "Throttles"}
    assert all(each["dimensions"] == {"FunctionName": "the-thing"} for each in found.values())
    assert all(each["statistic"] == "Sum" for each in found.values())
    assert found["Errors"]["name"] == "the-thing-errors"


def test_a_data_set_is_watched_for_as_long_as_its_contract_lets_nothing_come() -> None:
    promised = replace(parts.source("trips", "files"), owner="rail-data", levels=ServiceLevels(fresh_hours=48))
    found = alarms(watched(watches.watch_freshness, promised, "medallion/dev"))[watches.ACCEPTED]
    assert (found["namespace"], found["dimensions"]) == ("medallion/dev", {"dataset": "trips"})
    assert found["period"] * found["evaluationPeriods"] == 2 * DAY
    assert found["datapointsToAlarm"] == found["evaluationPeriods"], "something in any hour will do"
    assert (found["comparisonOperator"], found["threshold"]) == ("LessThanThreshold", 1)
    assert found["treatMissingData"] == "breaching"
    assert "for 48 hours" in found["alarmDescription"]
    assert "ask rail-data why" in found["alarmDescription"]


def test_a_data_set_that_promises_no_freshness_is_not_watched_for_it() -> None:
    assert not alarms(watched(watches.watch_freshness, parts.source("trips", "files"), "medallion/dev"))


def test_the_warehouse_is_watched_for_full_disks_and_for_not_answering() -> None:
    found = alarms(watched(watches.watch_warehouse))
    assert found["PercentageDiskSpaceUsed"]["threshold"] == watches.DISK_PERCENT
    health = found["HealthStatus"]
    assert (health["comparisonOperator"], health["threshold"], health["statistic"]) == (
        "LessThanThreshold",
        1,
        "Minimum",
    )


def test_the_cluster_is_watched_for_idleness_failed_steps_and_its_own_end() -> None:
    made = watched(watches.watch_cluster, "j-1")
    idle = alarms(made)["IsIdle"]
    assert idle["period"] * idle["evaluationPeriods"] == DAY
    assert idle["dimensions"] == {"JobFlowId": "j-1"}
    patterns = [each.inputs["eventPattern"] for each in made.of("EventRule")]
    assert len(patterns) == 2
    assert all('"clusterId": ["j-1"]' in pattern for pattern in patterns)


@pytest.mark.parametrize(
    ("watch", "key", "dimensions"),
    [
        (watches.watch_rest_api, "v1", {"ApiName": "the-thing", "Stage": "v1"}),
        (watches.watch_graphql, "abc", {"GraphQLAPIId": "abc"}),
    ],
)
def test_an_api_is_watched_for_errors_of_its_own_and_for_slow_answers(
    watch: Callable[..., None], key: str, dimensions: dict[str, str]
) -> None:
    found = alarms(watched(watch, key))
    assert set(found) == {"5XXError", "Latency"}
    assert found["Latency"]["extendedStatistic"] == "p99"
    assert all(each["dimensions"] == dimensions for each in found.values())


def test_a_load_balancer_is_watched_for_its_own_errors_and_its_targets() -> None:
    made = watched(watches.watch_load_balancer, "app/b/1")
    assert set(alarms(made)) == {"HTTPCode_ELB_5XX_Count", "HTTPCode_Target_5XX_Count"}
    assert len({each.inputs["name"] for each in made.of("MetricAlarm")}) == 2
