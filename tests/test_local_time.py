"""Local times: what the clocks of a zone skip, held against the zones themselves."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

import local_time

ZONES = ("America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia", "UTC")
FIRST, LAST = 2010, 2020


def skipped(zone: str, at: datetime) -> bool:
    found = [map(datetime.fromisoformat, gap.split("/")) for gap in local_time.gaps(zone, FIRST, LAST)]
    return any(start <= at < end for start, end in found)


@given(st.sampled_from(ZONES), st.datetimes(datetime(FIRST, 1, 1), datetime(LAST, 12, 31, 23, 59)))
def test_a_time_is_skipped_if_and_only_if_no_instant_shows_it(zone: str, at: datetime) -> None:
    clock = ZoneInfo(zone)
    back = at.replace(tzinfo=clock).astimezone(UTC).astimezone(clock).replace(tzinfo=None)
    assert skipped(zone, at) == (back != at)


@given(st.sampled_from(ZONES), st.integers(-1, 1), st.data())
def test_the_ends_of_each_gap_are_exact(zone: str, beside: int, data: st.DataObject) -> None:
    gaps = local_time.gaps(zone, FIRST, LAST)
    if not gaps:
        return
    edge = datetime.fromisoformat(data.draw(st.sampled_from([end for gap in gaps for end in gap.split("/")])))
    at, clock = edge + timedelta(seconds=beside), ZoneInfo(zone)
    back = at.replace(tzinfo=clock).astimezone(UTC).astimezone(clock).replace(tzinfo=None)
    assert skipped(zone, at) == (back != at)


def test_gaps_are_told_of_the_years_that_are_asked_for() -> None:
    assert local_time.gaps("America/New_York", 2013, 2013) == ("2013-03-10T02:00:00/2013-03-10T03:00:00",)
    assert local_time.gaps("Pacific/Apia", 2011, 2011)[-1] == "2011-12-30T00:00:00/2011-12-31T00:00:00"
    assert local_time.gaps("UTC", 2013, 2099) == ()
    assert len(local_time.gaps("America/New_York", 2013, 2099)) == 87
