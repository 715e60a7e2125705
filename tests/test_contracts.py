"""Contracts: what is derived from a good one, and how each kind of fault is told."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import contracts
from contracts import ContractError
from terms import Promise

DATASETS = Path("datasets")
GOOD: dict[str, Any] = {
    "apiVersion": "v3.2.0",
    "kind": "DataContract",
    "id": "tests-trips",
    "name": "trips",
    "version": "1.0.0",
    "status": "active",
    "domain": "travel",
    "customProperties": [{"property": "delivery", "value": "files"}],
    "schema": [
        {
            "name": "trips",
            "properties": [
                {
                    "name": "trip",
                    "logicalType": "integer",
                    "required": True,
                    "primaryKey": True,
                    "primaryKeyPosition": 1,
                    "logicalTypeOptions": {"minimum": 1, "maximum": 9},
                },
                {"name": "rider", "logicalType": "string", "classification": "restricted"},
                {
                    "name": "free",
                    "logicalType": "boolean",
                    "transformLogic": "rider IS NULL",
                    "customProperties": [{"property": "derived", "value": True}],
                },
            ],
        }
    ],
}


def write(folder: Path, content: dict[str, Any], name: str = "trips") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(content))
    return folder


def faults_of(folder: Path) -> tuple[str, ...]:
    with pytest.raises(ContractError) as caught:
        contracts.load(folder)
    return caught.value.faults


def prop(content: dict[str, Any], number: int) -> dict[str, Any]:
    found: dict[str, Any] = content["schema"][0]["properties"][number]
    return found


def test_every_contract_of_the_platform_loads() -> None:
    loaded = contracts.load(DATASETS)
    assert [contract.name for contract in loaded.sources] == ["airlines", "airports", "flights", "planes", "weather"]
    assert {contract.name: contract.layer for contract in loaded.products} == {
        "delay_by_weather": "refined",
        "flights_enriched": "integrated",
        "published_airports": "refined",
        "punctuality_by_carrier": "refined",
        "routes": "refined",
    }


def test_every_contract_of_the_platform_has_an_owner() -> None:
    loaded = contracts.load(DATASETS)
    assert all(contract.owner for contract in (*loaded.sources, *loaded.products))


def member(username: str, role: str = "owner", **more: str) -> dict[str, str]:
    return {"username": username, "role": role, **more}


@pytest.mark.parametrize(
    "team",
    [
        {"members": [member("rail-data")]},
        {"name": "Rail", "members": [member("sam", "data steward"), member("rail-data")]},
        {"members": [member("coach-data", dateOut="2025-12-31", replacedByUsername="rail-data"), member("rail-data")]},
        [member("rail-data")],
    ],
)
def test_the_owner_is_the_team_s_member_with_that_role(tmp_path: Path, team: Any) -> None:
    (trips,) = contracts.load(write(tmp_path, {**GOOD, "team": team})).sources
    assert trips.owner == "rail-data"
    assert trips.publication().owner == "rail-data"


@pytest.mark.parametrize(
    ("team", "told"),
    [
        ({"name": "Rail"}, "team: has nobody with the role owner; give it to exactly one member"),
        ({"members": [member("sam", "steward")]}, "team: has nobody with the role owner"),
        ({"members": [member("a"), member("b")]}, "team: has a, b with the role owner"),
        ({"members": [member("Rail data")]}, "team: the owner is 'Rail data'; give a username or address"),
    ],
)
def test_a_team_in_which_not_one_member_answers_is_refused(tmp_path: Path, team: Any, told: str) -> None:
    (fault,) = faults_of(write(tmp_path, {**GOOD, "team": team}))
    assert told in fault


def test_service_levels_are_the_source_s_and_not_those_of_its_publication(tmp_path: Path) -> None:
    level = {"property": "freshness", "value": 2, "unit": "d"}
    (trips,) = contracts.load(write(tmp_path, {**GOOD, "slaProperties": [level]})).sources
    assert trips.levels.fresh_hours == 48
    assert trips.publication().levels.fresh_hours is None


def test_service_levels_are_refused_with_the_other_faults(tmp_path: Path) -> None:
    level = {"property": "availability", "value": 99}
    content = {**GOOD, "slaProperties": [level], "slaDefaultElement": "trips.trip", "version": "one"}
    assert [fault.split(": ")[1] for fault in faults_of(write(tmp_path, content))] == [
        "version",
        "slaProperties[0]",
        "slaDefaultElement",
    ]


def test_a_contract_from_before_owners_still_loads(tmp_path: Path) -> None:
    (trips,) = contracts.load(write(tmp_path, GOOD)).sources
    assert trips.owner is None, "`make contracts` reads those of older commits"


def test_the_keys_of_flights_and_weather_are_in_utc() -> None:
    keys = {contract.name: contract.key for contract in contracts.load(DATASETS).sources}
    assert keys["flights"] == ("time_hour", "carrier", "flight")
    assert keys["weather"] == ("origin", "time_hour")


def test_a_contract_gives_prefixes_columns_and_sensitivity(tmp_path: Path) -> None:
    trips = contracts.load(write(tmp_path, GOOD)).sources[0]
    assert (trips.prefix, trips.raw_prefix, trips.format) == ("drop/trips/", "raw/trips/", "csv")
    assert trips.sensitivity == "restricted", "the highest of its columns"
    assert trips.raw_columns() == [("trip", "string", ""), ("rider", "string", "")], "derived columns are not delivered"
    assert [column[:2] for column in trips.table_columns()] == [
        ("trip", "bigint"),
        ("rider", "string"),
        ("free", "boolean"),
        ("arrived_at", "timestamp"),
        ("raw_object", "string"),
    ]


def test_a_record_schema_has_what_the_validator_and_the_jobs_read(tmp_path: Path) -> None:
    schema = contracts.load(write(tmp_path, GOOD)).document()[0]
    assert schema["fields"] == [
        {"name": "trip", "type": "integer", "required": True, "minimum": 1, "maximum": 9},
        {"name": "rider", "type": "string", "required": False},
    ]
    assert schema["table"]["derived"] == {"free": "rider IS NULL"}
    assert (schema["key"], schema["nulls"], schema["format"]) == (["trip"], ["", "NA"], "csv")


def test_a_stream_has_no_prefix_and_its_times_stay_texts_in_the_raw_table() -> None:
    weather = next(contract for contract in contracts.load(DATASETS).sources if contract.name == "weather")
    raw = {name: kind for name, kind, _ in weather.raw_columns()}
    assert weather.prefix is None
    assert (raw["temp"], raw["wind_dir"], raw["time_hour"]) == ("double", "bigint", "string")


def test_a_product_has_a_layer_and_no_lineage(tmp_path: Path) -> None:
    product = copy.deepcopy(GOOD)
    product["customProperties"] = [{"property": "layer", "value": "refined"}]
    write(tmp_path / "products", product)
    write(tmp_path, {**GOOD, "name": "rides"}, "rides")
    trips = contracts.load(tmp_path).products[0]
    assert (trips.layer, trips.delivery, trips.prefix) == ("refined", None, None)
    assert [column[0] for column in trips.table_columns()] == ["trip", "rider", "free"]


def test_a_format_of_the_standard_makes_a_narrow_column_that_is_held_to_its_range(tmp_path: Path) -> None:
    narrow = copy.deepcopy(GOOD)
    narrow["schema"][0]["properties"] += [
        {"name": "seats", "logicalType": "integer", "logicalTypeOptions": {"format": "i32"}},
        {"name": "share", "logicalType": "number", "logicalTypeOptions": {"format": "f32", "maximum": 1}},
    ]
    trips = contracts.load(write(tmp_path, narrow)).sources[0]
    kinds = {name: kind for name, kind, _ in trips.table_columns()}
    assert (kinds["seats"], kinds["share"]) == ("int", "float")
    seats, share = (each.record_rule() for each in trips.delivered[-2:])
    assert (seats["minimum"], seats["maximum"]) == (-(2**31), 2**31 - 1)
    assert share["maximum"] == 1
    assert share["minimum"] < -3e38


def test_columns_that_a_version_added_are_counted_for_the_validator(tmp_path: Path) -> None:
    grown = copy.deepcopy(GOOD)
    added = {"customProperties": [{"property": "addedInVersion", "value": "1.1.0"}]}
    grown["schema"][0]["properties"].append({"name": "gate", "logicalType": "string", **added})
    assert contracts.load(write(tmp_path, grown)).document()[0]["added"] == 1


def test_a_product_is_made_of_data_sets_that_there_are() -> None:
    loaded = {each.name: each for each in contracts.load(DATASETS).products}
    assert loaded["flights_enriched"].made_of == ("airlines", "airports", "flights", "planes", "weather")
    assert loaded["published_airports"].made_of == ("airports",)
    marts = {"delay_by_weather", "punctuality_by_carrier", "routes"}
    assert {loaded[name].made_of for name in marts} == {("flights_enriched",)}


def test_a_source_that_is_published_has_a_mart_of_its_open_columns(tmp_path: Path) -> None:
    content = published()
    content["schema"][0]["properties"][1]["classification"] = "confidential"
    (mart,) = contracts.load(write(tmp_path, content)).products
    source = contracts.load(tmp_path).sources[0]
    assert (mart.name, mart.layer, mart.copy_of, mart.key) == ("published_trips", "refined", "trips", source.key)
    hidden = source.fields[1].name
    assert [field.name for field in mart.fields] == [field.name for field in source.fields if field.name != hidden]
    assert mart.made_of == ("trips",)
    assert mart.table_columns() == [field.column for field in mart.fields], "where a row came from stays inside"


def test_a_source_whose_key_is_guarded_can_not_be_published(tmp_path: Path) -> None:
    content = published()
    key = next(each for each in content["schema"][0]["properties"] if each.get("primaryKey"))
    key["classification"] = "confidential"
    write(tmp_path, content)
    (fault,) = faults_of(tmp_path)
    assert fault.startswith(f"trips.yaml: customProperties.published: the key has {key['name']}, which not every")


def test_a_name_must_leave_room_for_that_of_its_mart(tmp_path: Path) -> None:
    name = "t" * 54
    write(tmp_path, {**published(), "name": name}, name)
    assert any(f"its mart is published_{name}, of 64 letters" in fault for fault in faults_of(tmp_path))


def test_rows_are_whole(tmp_path: Path) -> None:
    content = copy.deepcopy(GOOD)
    content["schema"][0]["quality"] = [{"metric": "rowCount", "mustBeGreaterThan": 10.5}]
    write(tmp_path, content)
    assert faults_of(tmp_path)[0].startswith("trips.yaml: schema[0].quality[0].mustBe: give a whole number, by exactly")


def test_a_product_can_not_be_published_once_more(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    product = {**published(), "name": "rides"}
    product["customProperties"] = [
        {"property": "layer", "value": "refined"},
        {"property": "published", "value": True},
    ]
    write(tmp_path / "products", product, "rides")
    (fault,) = faults_of(tmp_path)
    assert fault.startswith("products/rides.yaml: customProperties.published: is for what is delivered")


def test_quality_rules_of_the_standard_are_promises(tmp_path: Path) -> None:
    content = copy.deepcopy(GOOD)
    content["schema"][0]["quality"] = [
        {"metric": "rowCount", "mustBeGreaterThan": 10},
        {"type": "text", "description": "Trips are real."},
    ]
    prop(content, 1)["quality"] = [{"metric": "nullValues", "unit": "percent", "mustBeLessThan": 2.5}]
    (source,) = contracts.load(write(tmp_path, content)).sources
    assert source.promises == (
        Promise(sign=">", limit=10),
        Promise(sign="<", limit=2.5, column="rider"),
    )
    assert [each.column for each in source.publication().promises] == [None], "riders are guarded"


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"metric": "duplicateValues", "mustBe": 0}, "metric: is 'duplicateValues'; what is evaluated is nullValues"),
        ({"type": "sql", "query": "SELECT 1", "mustBe": 1}, "metric: is 'sql'; what is evaluated is nullValues"),
        ({"metric": "nullValues", "mustBe": 0}, "unit: is 'rows'; give percent"),
        (
            {"metric": "nullValues", "unit": "percent", "mustBe": 0, "severity": "warning"},
            "severity: is 'warning'; a rule that does not hold stops the flow",
        ),
        ({"metric": "nullValues", "unit": "percent", "mustBeBetween": [0, 1]}, "mustBe: give a number, by exactly one"),
        ({"metric": "nullValues", "unit": "percent", "mustBe": "none"}, "mustBe: give a number, by exactly one"),
    ],
)
def test_a_quality_rule_that_nobody_would_evaluate_is_refused(tmp_path: Path, rule: dict[str, Any], told: str) -> None:
    content = copy.deepcopy(GOOD)
    prop(content, 1)["quality"] = [rule]
    write(tmp_path, content)
    faults = faults_of(tmp_path)
    assert any(fault.startswith(f"trips.yaml: schema[0].rider.quality[0].{told}") for fault in faults), faults


def published() -> dict[str, Any]:
    content = copy.deepcopy(GOOD)
    content["customProperties"].append({"property": "published", "value": True})
    return content


def test_a_product_of_an_unknown_data_set_is_refused(tmp_path: Path) -> None:
    product = copy.deepcopy(GOOD)
    product["customProperties"] = [{"property": "layer", "value": "refined"}]
    prop(product, 1)["transformSourceObjects"] = ["rides", "walks"]
    write(tmp_path / "products", product)
    write(tmp_path, {**GOOD, "name": "rides"}, "rides")
    assert faults_of(tmp_path) == ("trips: transformSourceObjects has walks, which no contract describes.",)


def departing(**changed: Any) -> dict[str, Any]:
    """A contract whose columns make up a local time."""
    content = copy.deepcopy(GOOD)
    limits = {"year": (2013, 2014), "month": (1, 12), "day": (1, 31), "at": (0, 2359)}
    content["schema"][0]["properties"] += [
        {
            "name": name,
            "logicalType": "integer",
            "required": True,
            "logicalTypeOptions": {"minimum": low, "maximum": high},
        }
        for name, (low, high) in limits.items()
    ]
    value = {"zone": "America/New_York", "date": ["year", "month", "day"], "clocks": [{"hhmm": "at"}], **changed}
    content["schema"][0]["customProperties"] = [{"property": "localTime", "value": value}]
    return content


def test_the_validator_gets_what_the_clocks_of_a_local_time_skip(tmp_path: Path) -> None:
    (trips,) = contracts.load(write(tmp_path, departing())).document()
    assert trips["local_time"] == {
        "zone": "America/New_York",
        "date": ["year", "month", "day"],
        "clocks": [{"hhmm": "at"}],
        "gaps": ["2013-03-10T02:00:00/2013-03-10T03:00:00", "2014-03-09T02:00:00/2014-03-09T03:00:00"],
    }
    assert [rule["name"] for rule in trips["fields"] if rule.get("hhmm")] == ["at"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"zone": "Mars/Olympus"}, "zone is 'Mars/Olympus', which the time zone database does not know"),
        ({"zone": "../UTC"}, "zone is '../UTC', which the time zone database does not know"),
        ({"zone": "America"}, "zone is 'America', which the time zone database does not know"),
        ({"zone": 5}, "zone is 5; give a name of the time zone database"),
        ({"date": ["year", "month"]}, "date is ['year', 'month']; give the columns of year, month and day."),
        ({"clocks": []}, "clocks is []; give a list of {hhmm: COLUMN}"),
        ({"clocks": [{"minute": "at"}]}, "give a list of {hhmm: COLUMN} or {hour: COLUMN, minute: COLUMN}."),
        ({"fold": 1}, "give zone, date and clocks, and nothing else."),
        ({"clocks": [{"hhmm": "nowhere"}]}, "nowhere is no column that is delivered; name one."),
        ({"clocks": [{"hhmm": "free"}]}, "free is no column that is delivered; name one."),
        ({"clocks": [{"hhmm": "rider"}]}, "rider must be a required integer with minimum and maximum to be the hhmm."),
        ({"clocks": [{"hour": "at"}]}, "at is from 0 to 2359; a hour is from 0 to 23, give limits within."),
    ],
)
def test_a_local_time_that_can_not_be_checked_is_refused(tmp_path: Path, changed: dict[str, Any], told: str) -> None:
    (fault,) = faults_of(write(tmp_path, departing(**changed)))
    assert fault.startswith("trips.yaml: schema[0].customProperties.localTime: ")
    assert told in fault


def test_the_fault_of_a_column_is_told_once_though_a_local_time_has_it(tmp_path: Path) -> None:
    content = departing()
    prop(content, 3)["classification"] = "hush"
    (fault,) = faults_of(write(tmp_path, content))
    assert "schema[0].year.classification" in fault


def test_a_product_has_no_local_time_that_anybody_would_check(tmp_path: Path) -> None:
    content = departing()
    content["customProperties"] = [{"property": "layer", "value": "refined"}]
    content["schema"][0]["properties"].pop(2)
    write(tmp_path, GOOD | {"name": "rides"}, "rides")
    (fault,) = faults_of(write(tmp_path / "products", content).parent)
    assert "localTime: is for what is delivered" in fault


FAULTS: list[tuple[str, Callable[[dict[str, Any]], Any], str]] = [
    (
        "a column put after one that a version added",
        lambda c: prop(c, 0).update(
            customProperties=[{"property": "addedInVersion", "value": "1.1.0"}], required=False
        ),
        "columns that a later version added come last",
    ),
    (
        "a required column that a version added",
        lambda c: prop(c, 1).update(customProperties=[{"property": "addedInVersion", "value": "1.1.0"}], required=True),
        "records that were sent before the column came can't have it",
    ),
    (
        "no version that a column was added in",
        lambda c: prop(c, 1).update(customProperties=[{"property": "addedInVersion", "value": "soon"}]),
        "addedInVersion: is 'soon'",
    ),
    (
        "a width that no table has",
        lambda c: prop(c, 0).update(logicalTypeOptions={"format": "u8"}),
        "logicalTypeOptions.format: is 'u8'; give one of i32, i64.",
    ),
    ("an unknown type", lambda c: prop(c, 1).update(logicalType="colour"), "schema[0].properties[1].logicalType"),
    ("a type without column", lambda c: prop(c, 1).update(logicalType="array"), "rider.logicalType: is 'array'"),
    ("a misspelt property", lambda c: prop(c, 1).update(requried=True), "requried"),
    ("a name that is no column", lambda c: prop(c, 1).update(name="Rider Name"), "name: give lower case"),
    ("a name given twice", lambda c: prop(c, 1).update(name="trip"), "schema[0].trip.name: is taken"),
    ("a lineage column's name", lambda c: prop(c, 1).update(name="raw_object"), "name: is taken"),
    ("an unknown classification", lambda c: prop(c, 1).update(classification="hush"), "classification: is 'hush'"),
    (
        "limits that cross",
        lambda c: prop(c, 0)["logicalTypeOptions"].update(minimum=10),
        "minimum 10 is above maximum 9",
    ),
    ("a limit of another type", lambda c: prop(c, 0)["logicalTypeOptions"].update(minimum=1.5), "minimum: is 1.5"),
    (
        "a limit that is not checked",
        lambda c: prop(c, 0)["logicalTypeOptions"].update(exclusiveMinimum=0),
        "has exclusiveMinimum, which no part",
    ),
    (
        "a pattern without anchors",
        lambda c: prop(c, 1).update(logicalTypeOptions={"pattern": "[a-z]+"}),
        "anchor it with ^ and $",
    ),
    (
        "a pattern that is none",
        lambda c: prop(c, 1).update(logicalTypeOptions={"pattern": "^[a-z$"}),
        "which does not compile",
    ),
    ("enumerated values of another type", lambda c: prop(c, 0).update(enum=[{"value": "one"}]), "enum: has ['one']"),
    ("a derived column without logic", lambda c: prop(c, 2).pop("transformLogic"), "transformLogic: is missing"),
    ("a key that may be null", lambda c: prop(c, 0).pop("required"), "trip: is in the primary key but not required"),
    ("no key", lambda c: prop(c, 0).pop("primaryKey"), "the primary key positions are []"),
    ("key positions with a gap", lambda c: prop(c, 0).update(primaryKeyPosition=2), "primary key positions are [2]"),
    ("no delivery", lambda c: c.pop("customProperties"), "customProperties.delivery: is None; give one of stream"),
    (
        "a format that the delivery does not have",
        lambda c: c["customProperties"].append({"property": "format", "value": "json"}),
        "format: is 'json'; a delivery by files is csv",
    ),
    (
        "null values that are no texts",
        lambda c: c["customProperties"].append({"property": "nullValues", "value": [0]}),
        "nullValues: is [0]",
    ),
    ("a version that is none", lambda c: c.update(version="one"), "version: is 'one'"),
    ("no version", lambda c: c.pop("version"), '"version" is a required property'),
    (
        "a logical type that the standard has not",
        lambda c: prop(c, 0).update(logicalType="text"),
        "logicalType: 'text' is not one of string, date, timestamp, time, number, integer, object, array, boolean",
    ),
    ("no domain", lambda c: c.pop("domain"), "domain: is missing"),
    ("another name than the file's", lambda c: c.update(name="rides"), "give the file's own name, 'trips'"),
    ("two tables", lambda c: c["schema"].append(c["schema"][0]), "schema: has 2 objects"),
]


@pytest.mark.parametrize(("spoil", "told"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS])
def test_a_fault_is_told_with_its_file_and_place(
    tmp_path: Path, spoil: Callable[[dict[str, Any]], Any], told: str
) -> None:
    content = copy.deepcopy(GOOD)
    spoil(content)
    faults = faults_of(write(tmp_path, content))
    assert all(fault.startswith("trips.yaml: ") for fault in faults)
    assert any(told in fault for fault in faults), faults


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    first, second = copy.deepcopy(GOOD), copy.deepcopy(GOOD)
    prop(first, 1)["classification"] = "hush"
    del first["domain"]
    second["name"] = "rides"
    prop(second, 1)["logicalType"] = "array"
    write(tmp_path, first)
    write(tmp_path / "products", second, "rides")
    (tmp_path / "torn.yaml").write_text("name: [")
    told = "\n".join(faults_of(tmp_path))
    for part in ("trips.yaml: domain", "classification: is 'hush'", "products/rides.yaml", "torn.yaml: is not YAML"):
        assert part in told
    assert "layer: is None; give one of integrated, refined" in told


def test_two_contracts_of_one_name_are_a_fault(tmp_path: Path) -> None:
    product = copy.deepcopy(GOOD)
    product["customProperties"] = [{"property": "layer", "value": "refined"}]
    write(tmp_path / "products", product)
    assert "the name 'trips' is used by 2 contracts" in "\n".join(faults_of(write(tmp_path, GOOD)))


def test_a_folder_without_contracts_is_a_fault(tmp_path: Path) -> None:
    assert "has no contract" in faults_of(tmp_path)[0]


def test_the_error_says_how_many_faults_there_are(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"have 1 fault"):
        contracts.load(tmp_path)
