"""The figures that the platform must come to, against those that the design was made from."""

import pytest

from verify import expected, source
from verify.expected import Expected


@pytest.fixture(scope="module")
def year() -> Expected:
    return expected.count(set(source.flight_days()[1]))


def test_the_rows_are_those_of_the_tables(year: Expected) -> None:
    assert year.rows == {"flights": 336_776, "weather": 26_115, "airlines": 16, "airports": 1_458, "planes": 3_322}


def test_cancelled_flights_have_no_departure_and_all_without_tail_number_are_among_them(year: Expected) -> None:
    assert year.cancelled == 8_255
    flights = expected.table("flights")
    assert flights["tailnum"].isna().sum() == 2_512
    assert flights[flights["tailnum"].isna()]["dep_time"].isna().all()


def test_what_the_sources_lack_is_counted(year: Expected) -> None:
    assert year.missing == {"dest": 7_602, "plane": 50_094, "weather": 1_556}
    flights = expected.table("flights")
    assert len(set(flights["dest"]) - set(expected.table("airports")["faa"])) == 4


def test_the_keys_are_unique_in_utc_and_not_in_local_time() -> None:
    flights, weather = expected.table("flights"), expected.table("weather")
    assert not flights.duplicated(["time_hour", "carrier", "flight"]).any()
    assert not weather.duplicated(["origin", "time_hour"]).any()
    assert flights.duplicated(["year", "month", "day", "carrier", "flight"]).sum() == 24
    assert weather.duplicated(["origin", "year", "month", "day", "hour"]).sum() == 3


def test_every_figure_counts_every_flight_once(year: Expected) -> None:
    for figures in (year.carriers, year.punctuality, year.weather, year.routes):
        assert sum(int(row["flights"] or 0) for row in figures.values()) == 336_776
        assert sum(int(row["cancelled"] or 0) for row in figures.values()) == 8_255
    assert (len(year.carriers), len(year.punctuality), len(year.weather), len(year.routes)) == (16, 185, 39, 224)


def test_a_misread_wind_is_unknown_and_missing_weather_too(year: Expected) -> None:
    unknown = sum(int(row["flights"] or 0) for key, row in year.weather.items() if key == ("unknown",) * 3)
    assert unknown == 1_556


def test_the_figures_follow_the_days() -> None:
    day = expected.count({(1, 1)})
    assert (day.rows["flights"], day.rows["planes"]) == (842, 3_322)
    assert {key[2] for key in day.punctuality} == {1}


def test_the_flights_of_a_year_are_365_days_in_order() -> None:
    header, days = source.flight_days()
    assert header.startswith(b"year,month,day,")
    assert (len(days), list(days) == sorted(days)) == (365, True)
    assert header + b"".join(line for day in sorted(days, key=_as_in_the_file) for line in days[day]) == source.text(
        "flights"
    )


def _as_in_the_file(day: source.Day) -> tuple[str, int]:
    """The package has its months sorted as texts."""
    return str(day[0]), day[1]
