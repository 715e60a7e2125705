"""The figures that the platform must come to, counted from the package's files by pandas alone."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, TypeAlias

import pandas as pd

from verify import source

DELAYED = 15
NO_WIND = 200

Figures: TypeAlias = Mapping[tuple[Any, ...], Mapping[str, float | int | str | None]]
"""Rows by their key."""


@dataclass(frozen=True, kw_only=True)
class Expected:
    """The figures for some days of 2013."""

    rows: Mapping[str, int]
    """Rows of each data set, once broken and repeated records are gone."""
    cancelled: int
    missing: Mapping[str, int]
    """Flights that refer to what a source lacks, by reference."""
    carriers: Figures
    punctuality: Figures
    weather: Figures
    routes: Figures
    airport: Figures
    """Airport JFK, by its name."""


def count(days: Collection[source.Day]) -> Expected:
    """The figures for these days; all reference data is there on any of them."""
    flights, weather = (_of(table(name), days) for name in ("flights", "weather"))
    airlines, airports, planes = (table(name) for name in source.REFERENCES)
    joined = flights.merge(
        weather[["origin", "time_hour", "visib", "precip", "wind_speed"]], "left", ["origin", "time_hour"]
    )
    lacks = {
        "dest": ~flights["dest"].isin(airports["faa"]),
        "plane": flights["tailnum"].notna() & ~flights["tailnum"].isin(planes["tailnum"]),
        "weather": joined["visib"].isna(),
    }
    names = dict(zip(airports["faa"], airports["name"], strict=True))
    routes = _measured(flights, ["origin", "dest"], {"mean_air_time": "air_time", "mean_distance": "distance"})
    carriers = flights.groupby(["origin", "dest"])["carrier"].nunique()
    return Expected(
        rows={
            "flights": len(flights),
            "weather": len(weather),
            **{name: len(frame) for name, frame in zip(source.REFERENCES, (airlines, airports, planes), strict=True)},
        },
        cancelled=int(flights["dep_time"].isna().sum()),
        missing={name: int(mask.sum()) for name, mask in lacks.items()},
        carriers=_measured(flights, ["carrier"]),
        punctuality=_measured(flights, ["carrier", "year", "month"]),
        weather=_measured(_banded(joined), ["visibility", "precipitation", "wind"], {"mean_dep_delay": "dep_delay"}),
        routes={
            key: {**figures, "carriers": int(carriers[key]), "dest_name": names.get(key[1])}
            for key, figures in routes.items()
        },
        airport={
            (row["name"],): {name: row[name] for name in ("lat", "lon", "tzone")}
            for row in airports[airports["faa"] == "JFK"].to_dict("records")
        },
    )


def table(name: str) -> pd.DataFrame:
    """A table of the package, where NA alone means that there is no value."""
    return pd.read_csv(BytesIO(source.text(name)), na_values=["NA"], keep_default_na=False)


def _of(frame: pd.DataFrame, days: Collection[source.Day]) -> pd.DataFrame:
    wanted = {month * 100 + day for month, day in days}
    return frame[(frame["month"] * 100 + frame["day"]).isin(wanted)].reset_index(drop=True)


def _measured(frame: pd.DataFrame, key: list[str], means: Mapping[str, str] | None = None) -> Figures:
    """What every mart measures, by a key, and further means by their names."""
    means = {"mean_arr_delay": "arr_delay", **(means or {})}
    marked = frame.assign(late=frame["arr_delay"] > DELAYED, gone=frame["dep_time"].isna())
    groups = marked.groupby(key)
    measured = pd.DataFrame(
        {
            "flights": groups.size(),
            "cancelled": groups["gone"].sum(),
            "arrived": groups["arr_delay"].count(),
            "delayed": groups["late"].sum(),
            **{name: groups[column].mean() for name, column in means.items()},
        }
    )
    measured["delayed_share"] = measured["delayed"] / measured["arrived"]
    return {
        index if isinstance(index, tuple) else (index,): {
            name: None
            if pd.isna(value)
            else (int(value) if name in ("flights", "cancelled", "arrived", "delayed") else float(value))
            for name, value in row.items()
        }
        for index, row in measured.to_dict("index").items()
    }


def _banded(joined: pd.DataFrame) -> pd.DataFrame:
    """With the bands of weather; a reading that is not there, or cannot be, is unknown."""
    infinity = float("inf")
    wind = joined["wind_speed"].where(joined["wind_speed"] <= NO_WIND)
    bands = {
        "visibility": (
            joined["visib"],
            [0, 1, 5, 10, infinity],
            ["under 1 mile", "1 to 5 miles", "5 to 10 miles", "10 miles"],
        ),
        "precipitation": (joined["precip"], [0, 1e-9, 0.1, infinity], ["none", "light", "heavy"]),
        "wind": (wind, [0, 10, 20, infinity], ["calm", "breeze", "strong"]),
    }
    return joined.assign(
        **{
            name: pd.cut(values, edges, right=False, labels=labels).astype("object").fillna("unknown")
            for name, (values, edges, labels) in bands.items()
        }
    )
