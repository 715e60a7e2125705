"""What a run sends: all of the data untouched, and broken and repeated records among it."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import contracts
from verify import plan, source
from verify.plan import Plan
from workloads.functions import records


@pytest.fixture(scope="module")
def month() -> Plan:
    return plan.make(31, 7)


@pytest.fixture(scope="module")
def validators() -> dict[str, records.Validator]:
    return {each["name"]: records.Validator(each) for each in contracts.load(Path("datasets")).document()}


def test_the_same_seed_sends_the_same(month: Plan) -> None:
    assert plan.make(31, 7) == month
    assert plan.make(31, 8) != month


def test_a_year_is_365_files_and_all_weather() -> None:
    year = plan.make(365, 1)
    assert len(year.drops) == 366, "one is of another shape"
    assert year.sent("flights") - year.duplicates("flights") - len(year.spoiled("flights")) == 336_776
    assert year.sent("weather") - year.duplicates("weather") - len(year.spoiled("weather")) == 26_115
    assert 300 <= sum(year.kinds().values()) <= 900, "a few hundred"


def test_every_kind_of_fault_is_sent(month: Plan) -> None:
    assert set(month.kinds()) == {
        "missing required",
        "wrong type",
        "out of range",
        "bad pattern",
        "bad enum",
        "too few columns",
        "too many columns",
        "not JSON",
        "not UTF-8",
        "wrong header",
        "daylight-saving gap",
        "impossible date",
    }


def test_the_lines_of_the_source_are_sent_untouched(month: Plan) -> None:
    _, days = source.flight_days()
    sent = Counter(line for file in month.drops[:-1] for line in file.body.splitlines(keepends=True)[1:])
    sent.subtract(broken.record for file in month.drops[:-1] for broken in file.spoiled.values())
    good = Counter(line for day in month.days for line in days[day])
    assert sent.total() - good.total() == month.duplicates("flights")
    assert +(good - sent) == Counter()
    assert set(+sent) == set(good)


def test_a_broken_line_is_where_the_plan_says(month: Plan) -> None:
    for file in month.files:
        lines = file.body.splitlines(keepends=True)
        assert all(lines[number - 1] == broken.record for number, broken in file.spoiled.items())


def test_the_platform_would_reject_exactly_what_is_broken_for_that_reason(
    month: Plan, validators: dict[str, records.Validator]
) -> None:
    for file in month.files:
        _, rejects = records.check_file(validators[file.dataset], file.body.splitlines(keepends=True))
        assert {int(reject.position) for reject in rejects} == set(file.spoiled), file.name
        for reject in rejects:
            reason = file.spoiled[int(reject.position)].reason
            assert any(reason in given for given in reject.reasons), (reason, reject.reasons)
    rejected = {record: validators["weather"].reasons(record) for record in month.weather}
    reasons = {broken.record: broken.reason for broken in month.weather_spoiled}
    assert {record for record, given in rejected.items() if given} == set(reasons)
    assert all(any(reason in given for given in rejected[record]) for record, reason in reasons.items())


def test_weather_is_sent_as_typed_objects() -> None:
    row = source.weather_days()[1, 1][0]
    sent: dict[str, Any] = plan.weather_record(row)
    assert (sent["wind_speed"], sent["wind_gust"], sent["wind_dir"]) == (10.357019999999999, None, 270)
    assert isinstance(sent["temp"], float)


def test_reference_files_come_as_revisions_that_follow_from_their_bytes(month: Plan) -> None:
    names = {file.dataset: file.name for file in month.references}
    assert set(names) == {"airlines", "airports", "planes"}
    assert all(len(name.split("/")[0]) == 32 for name in names.values())


def test_the_manifest_tells_every_broken_record(month: Plan) -> None:
    manifest = month.manifest()
    assert len(manifest["spoiled"]) == sum(month.kinds().values())
    assert manifest["sent"]["flights"] == month.sent("flights")
