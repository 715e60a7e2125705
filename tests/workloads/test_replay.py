"""Quarantine judged anew: what a mended contract lets in is released, the rest stays, nothing is lost or doubled."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.workloads.conftest import INITIAL, LANDING
from tests.workloads.reading import entries, objects
from tests.workloads.test_landing_files import BAD, GOOD, HEADER, KEY, QUARANTINE, RAW
from tests.workloads.test_landing_stream import FIRST, NAME

Deploy = Callable[[str], ModuleType]
Event = Callable[[str], dict[str, Any]]
TOO_FAR = GOOD.replace(b",1400,", b",99999,")


class Function:
    """A deployed function whose contracts can be mended."""

    def __init__(self, deployed: Deploy, folder: Path, name: str) -> None:
        self.module, self._contracts = deployed(name), folder / "contracts.json"

    def __call__(self, event: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self.module.handler(event, None)
        return found

    def mend(self, dataset: str, field: str, **rule: Any) -> None:
        """Deploy it again with another rule for a field."""
        schemas = json.loads(self._contracts.read_text())
        (schema,) = [each for each in schemas if each["name"] == dataset]
        (found,) = [each for each in schema["fields"] if each["name"] == field]
        found |= rule
        schema["version"] = "1.1.0"
        self._contracts.write_text(json.dumps(schemas))
        self.module.validators.cache_clear()


@pytest.fixture
def files(deployed: Deploy, tmp_path: Path) -> Function:
    return Function(deployed, tmp_path, "landing_files")


@pytest.fixture
def stream(deployed: Deploy, tmp_path: Path) -> Function:
    return Function(deployed, tmp_path, "landing_stream")


def test_lines_that_a_mended_contract_lets_in_leave_quarantine_and_the_file_is_new_again(
    aws: Any, files: Function, event: Event
) -> None:
    body = HEADER + GOOD + BAD + TOO_FAR
    aws.put_object(Bucket=LANDING, Key=KEY, Body=body)
    files(event("sqs_s3_object_created"))
    aws.delete_object(Bucket=LANDING, Key=KEY)  # Landing expires; initial stays.
    files.mend("flights", "carrier", pattern="^([0-9A-Z]{2}|united)$")
    assert files({"replay": "flights"}) == {"released": 1, "left": 1, "next": None}
    (left,) = entries(objects(aws, LANDING)[QUARANTINE])
    assert left["record"] == TOO_FAR.decode().rstrip("\n")
    assert (left["contract_version"], left["position"]) == ("1.1.0", "4")
    assert objects(aws, INITIAL, "raw/") == {RAW: body}, "raw is untouched"
    assert files({"replay": "flights"}) == {"released": 0, "left": 1, "next": None}


def test_the_last_line_released_takes_the_quarantine_object_with_it(aws: Any, files: Function, event: Event) -> None:
    aws.put_object(Bucket=LANDING, Key=KEY, Body=HEADER + BAD)
    files(event("sqs_s3_object_created"))
    files.mend("flights", "carrier", pattern="^.*$")
    assert files({"replay": "flights"}) == {"released": 1, "left": 0, "next": None}
    assert QUARANTINE not in objects(aws, LANDING)


def test_a_raw_file_says_where_it_came_from_and_a_replay_does_not_change_that(
    aws: Any, files: Function, event: Event
) -> None:
    aws.put_object(Bucket=LANDING, Key=KEY, Body=HEADER + BAD)
    files(event("sqs_s3_object_created"))
    before = aws.head_object(Bucket=INITIAL, Key=RAW)["Metadata"]
    assert before["source"] == f"s3://{LANDING}/{KEY}"
    assert before["received"].startswith("20")
    files({"replay": "flights"})
    assert aws.head_object(Bucket=INITIAL, Key=RAW)["Metadata"] == before


def test_files_of_data_exchange_are_replayed_too(aws: Any, files: Function) -> None:
    line = b"ZZZ,Nowhere,91.5,0,0,0,A,America/New_York\n"
    header = ",".join(files.module.validators()["airports"].fields).encode() + b"\n"
    aws.put_object(Bucket=INITIAL, Key="raw/airports/r1/airports.csv", Body=header + line)
    aws.put_object(Bucket=LANDING, Key="quarantine/airports/r1/airports.csv.jsonl", Body=b'{"record": "ZZZ"}\n')
    assert files({"replay": "airports"})["left"] == 1
    files.mend("airports", "lat", maximum=100)
    assert files({"replay": "airports"}) == {"released": 1, "left": 0, "next": None}


def test_a_replay_takes_so_many_files_and_says_after_which_to_go_on(
    aws: Any, files: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in range(5):
        aws.put_object(Bucket=INITIAL, Key=f"raw/flights/{day}.csv", Body=HEADER + BAD)
        aws.put_object(Bucket=LANDING, Key=f"quarantine/flights/{day}.csv.jsonl", Body=b"{}\n")
    monkeypatch.setattr(files.module, "AT_A_TIME", 2)
    first = files({"replay": "flights"})
    assert first == {"released": 0, "left": 2, "next": "quarantine/flights/1.csv.jsonl"}
    second = files({"replay": "flights", "after": first["next"]})
    assert files({"replay": "flights", "after": second["next"]}) == {"released": 0, "left": 1, "next": None}


def test_records_of_a_stream_that_are_good_now_go_to_initial_once(aws: Any, stream: Function, event: Event) -> None:
    stream(event("kinesis_batch"))
    landed = set(objects(aws, INITIAL))
    stream.mend("weather", "origin", enum=["EWR", "JFK", "LGA", "ORD"])
    assert stream({"replay": "weather"}) == {"released": 1, "left": 2, "next": None}
    left = entries(objects(aws, LANDING)[f"quarantine/weather/{NAME}"])
    assert [entry["position"][-1] for entry in left] == ["4", "5"]
    assert left[1]["record_base64"] == "//4A"
    (new,) = set(objects(aws, INITIAL)) - landed
    assert new.startswith(f"raw/weather/shardId-000000000000-{FIRST}-replayed-")
    assert json.loads(objects(aws, INITIAL)[new])["origin"] == "ORD"
    assert stream({"replay": "weather"}) == {"released": 0, "left": 2, "next": None}


def test_a_replay_that_dies_before_quarantine_is_rewritten_puts_no_record_in_twice(
    aws: Any, stream: Function, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream(event("kinesis_batch"))
    stream.mend("weather", "origin", enum=["EWR", "JFK", "LGA", "ORD"])
    s3 = stream.module.s3()
    put = s3.put_object

    def dies(**options: Any) -> Any:
        if options["Bucket"] == LANDING:
            raise MemoryError
        return put(**options)

    monkeypatch.setattr(s3, "put_object", dies)
    with pytest.raises(MemoryError):
        stream({"replay": "weather"})
    monkeypatch.setattr(s3, "put_object", put)
    halfway = objects(aws, INITIAL)
    assert stream({"replay": "weather"})["released"] == 1
    assert objects(aws, INITIAL, "raw/") == halfway


@pytest.mark.parametrize(("function", "dataset"), [("landing_files", "weather"), ("landing_stream", "flights")])
def test_a_data_set_of_another_delivery_is_refused_by_name(
    deployed: Deploy, aws: Any, function: str, dataset: str
) -> None:
    module = deployed(function)
    with pytest.raises(module.LandingError, match=f"{dataset} is no data set that is delivered"):
        module.handler({"replay": dataset}, None)
