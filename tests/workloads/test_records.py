"""The record validator: what it lets pass, what it refuses, and the reasons it gives."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workloads.functions import records
from workloads.functions.records import Validator

FIELDS = [
    {"name": "id", "type": "integer", "required": True, "minimum": 1, "maximum": 100},
    {"name": "code", "type": "string", "required": True, "pattern": "^[A-Z]{2}$"},
    {"name": "size", "type": "string", "required": False, "enum": ["small", "large"]},
    {"name": "share", "type": "number", "required": False, "minimum": 0, "maximum": 1},
    {"name": "open", "type": "boolean", "required": False},
    {"name": "day", "type": "date", "required": False, "minimum": "2013-01-01"},
    {"name": "at", "type": "timestamp", "required": False, "maximum": "2013-12-31T23:59:59Z"},
    {"name": "note", "type": "string", "required": False, "min_length": 2, "max_length": 5},
]
GOOD = {"id": "7", "code": "AB", "size": "small", "share": "0.5", "open": "true", "day": "2013-02-28"} | {
    "at": "2013-02-28T10:00:00Z",
    "note": "fine",
}
GOOD_OBJECT: dict[str, Any] = GOOD | {"id": 7, "share": 0.5, "open": True}


def validator(form: str, added: int = 0) -> Validator:
    schema = {"name": "things", "version": "1.2.3", "format": form, "nulls": ["", "NA"], "added": added}
    return Validator({**schema, "fields": FIELDS})


def line(**changed: str) -> bytes:
    return ",".join((GOOD | changed).values()).encode()


def payload(**changed: Any) -> bytes:
    return json.dumps(GOOD_OBJECT | changed).encode()


def csv_reasons(record: bytes) -> list[str]:
    return validator("csv").reasons(record)


def json_reasons(record: bytes) -> list[str]:
    return validator("json").reasons(record)


def test_a_good_record_has_no_reasons_in_either_format() -> None:
    assert csv_reasons(line()) == []
    assert json_reasons(payload()) == []


@pytest.mark.parametrize("missing", ["", "NA"])
def test_a_null_text_is_a_missing_value(missing: str) -> None:
    assert csv_reasons(line(size=missing, share=missing, at=missing)) == []
    assert csv_reasons(line(id=missing)) == ["id is missing; the contract requires it."]


def test_null_and_an_absent_name_are_missing_values() -> None:
    record = {name: value for name, value in GOOD_OBJECT.items() if name not in ("code", "note")}
    assert json_reasons(json.dumps(record).encode()) == ["code is missing; the contract requires it."]
    assert json_reasons(payload(id=None, note=None)) == ["id is missing; the contract requires it."]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("id", "0", "the minimum is 1"),
        ("id", "101", "the maximum is 100"),
        ("id", "7.0", "give a whole number"),
        ("id", " 7", "give a whole number"),
        ("id", "1_0", "give a whole number"),
        ("id", "\u0667", "give a whole number"),
        ("id", "9" * 19, "give a whole number"),
        ("code", "ab", "the pattern is ^[A-Z]{2}$"),
        ("code", "ABC", "the pattern is ^[A-Z]{2}$"),
        ("size", "medium", "give one of small, large"),
        ("share", "1.01", "the maximum is 1"),
        ("share", "nan", "give a number"),
        ("share", "1e999", "give a number"),
        ("share", "0x1", "give a number"),
        ("open", "yes", "give true or false"),
        ("day", "2013-02-29", "give a date"),
        ("day", "20130228", "give a date"),
        ("day", "2012-12-31", "the minimum is 2013-01-01"),
        ("at", "2013-02-28 10:00:00", "give a time with its zone"),
        ("at", "2013-02-28T25:00:00Z", "give a time with its zone"),
        ("at", "2014-01-01T00:00:00+00:00", "the maximum is 2013-12-31T23:59:59Z"),
        ("note", "x", "the shortest is 2 characters"),
        ("note", "xxxxxx", "the longest is 5 characters"),
    ],
)
def test_a_reason_names_field_value_and_limit(name: str, text: str, told: str) -> None:
    reasons = csv_reasons(line(**{name: text}))
    assert len(reasons) == 1
    assert reasons[0].startswith(f"{name} is '{text}'"), reasons
    assert told in reasons[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", "7"),
        ("id", 7.0),
        ("id", True),
        ("id", 2**63),
        ("code", 12),
        ("share", "0.5"),
        ("share", True),
        ("share", 10**400),
        ("open", "true"),
        ("open", 1),
        ("day", 20130228),
        ("size", ["small"]),
        ("size", {"is": "small"}),
    ],
)
def test_a_json_value_of_another_type_is_refused(name: str, value: Any) -> None:
    reasons = json_reasons(payload(**{name: value}))
    assert len(reasons) == 1
    assert reasons[0].startswith(f"{name} is ")


def test_one_and_true_are_told_apart_however_often_they_come() -> None:
    checked = validator("json")
    assert checked.reasons(payload(id=1)) == []
    assert checked.reasons(payload(id=True)) == ["id is True; give a whole number."]
    assert checked.reasons(payload(share=1)) == []
    assert checked.reasons(payload(share=1.0)) == []
    assert checked.reasons(payload(open=1)) == ["open is 1; give true or false."]


LOCAL = {
    "zone": "America/New_York",
    "date": ["year", "month", "day"],
    "clocks": [{"hhmm": "leaves"}, {"hour": "hour", "minute": "minute"}],
    "gaps": ["2013-03-10T02:00:00/2013-03-10T03:00:00", "2013-10-19T23:30:00/2013-10-20T00:30:00"],
}
LIMITS = {"year": 2099, "month": 12, "day": 31, "leaves": 2359, "hour": 23, "minute": 59}
DEPARTURES = [
    {"name": name, "type": "integer", "required": True, "minimum": 0, "maximum": most, "hhmm": True}
    if name == "leaves"
    else {"name": name, "type": "integer", "required": True, "minimum": 0, "maximum": most}
    for name, most in LIMITS.items()
]


def departs(*values: Any, form: str = "csv", clocks: Any = None) -> list[str]:
    """The reasons against year, month, day, leaves, hour and minute."""
    schema = {"name": "departures", "version": "1.0.0", "format": form, "nulls": [""], "added": 0}
    local = {**LOCAL, **({"clocks": clocks} if clocks else {})}
    checked = Validator({**schema, "fields": DEPARTURES, "local_time": local})
    record = ",".join(map(str, values)) if form == "csv" else json.dumps(dict(zip(LIMITS, values, strict=True)))
    first, again = checked.reasons(record.encode()), checked.reasons(record.encode())
    assert first == again, "what is remembered changes no verdict"
    return first


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_time_that_clocks_skip_is_refused_by_its_zone_whatever_columns_tell_it(form: str) -> None:
    shown = ("'230'", "'2'") if form == "csv" else ("230", "2")
    assert departs(2013, 3, 10, 230, 2, 30, form=form) == [
        f"{name} is {value}: 2013-03-10T02:30 is a time that the clocks of America/New_York skip; give one that they "
        "show."
        for name, value in zip(("leaves", "hour"), shown, strict=True)
    ]
    assert len(departs(2013, 3, 10, 230, 3, 30, form=form)) == 1, "either of two clocks"


@pytest.mark.parametrize("form", ["csv", "json"])
@pytest.mark.parametrize(
    "good",
    [
        (2013, 3, 10, 159, 1, 59),
        (2013, 3, 10, 300, 3, 0),
        (2013, 3, 11, 230, 2, 30),
        (2013, 10, 20, 30, 0, 30),
        (2012, 2, 29, 0, 0, 0),
    ],
)
def test_the_times_around_a_gap_are_good(form: str, good: tuple[int, ...]) -> None:
    assert departs(*good, form=form) == []


def test_a_gap_may_lie_about_midnight() -> None:
    assert "2013-10-19T23:45 is a time that the clocks of" in departs(2013, 10, 19, 2345, 23, 45)[0]
    assert "2013-10-20T00:15 is a time that the clocks of" in departs(2013, 10, 20, 15, 0, 15)[0]


def test_an_hour_alone_may_be_skipped() -> None:
    assert len(departs(2013, 3, 10, 0, 2, 0, clocks=[{"hour": "hour"}])) == 1
    assert departs(2013, 3, 10, 0, 3, 0, clocks=[{"hour": "hour"}]) == []


def test_a_day_that_its_month_has_not_is_refused() -> None:
    assert departs(2013, 2, 30, 600, 6, 0) == ["day is '30': there is no 2013-02-30; give a day that the month has."]
    assert departs(2013, 2, 29, 600, 6, 0) != []


def test_minutes_of_an_hhmm_are_fewer_than_sixty() -> None:
    assert departs(2013, 2, 1, 1275, 12, 15) == ["leaves is '1275'; the last two digits are minutes, give 59 at most."]


@pytest.mark.parametrize(
    ("values", "form"),
    [
        ((2013, 13, 1, 600, 6, 0), "csv"),
        ((2013, 3, 10, 600, 24, 0), "csv"),
        ((2013, "", 10, 230, 2, 30), "csv"),
        ((2013, 3, 10, 299, 3, 0), "csv"),
        ((2013, [3], 10, 230, 2, 30), "json"),
        ((2013, 3, {}, 230, 2, 30), "json"),
        ((2013, 3, True, 230, 2, 30), "json"),
    ],
)
def test_a_part_that_is_none_is_refused_by_its_own_reason_alone(values: tuple[Any, ...], form: str) -> None:
    (reason,) = departs(*values, form=form)
    assert "skip" not in reason


def test_a_skipped_time_is_a_reason_beside_others() -> None:
    assert len(departs(2013, 3, 10, 230, 2, 99)) == 2


def test_every_reason_is_given() -> None:
    assert len(csv_reasons(line(id="x", code="x", size="x", note="x"))) == 4
    assert len(json_reasons(payload(id="x", code=None, more=1))) == 3


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (b"7,AB", "the row has 2 columns; the contract has 8"),
        (line() + b",more", "the row has 9 columns; the contract has 8"),
        (b"", "the row has 1 columns"),
        (b'7,"AB,small', "the row is not CSV"),
        (line(note="a\tb"), "control character"),
        (b"7,A\xff", "not UTF-8 at byte 3"),
        (",".join(GOOD).encode(), "the row repeats the header"),
    ],
)
def test_a_row_that_is_none_is_refused(record: bytes, told: str) -> None:
    assert any(told in reason for reason in csv_reasons(record))


def test_quoted_values_are_read_as_csv_reads_them() -> None:
    assert csv_reasons(line(note='"a,""b"')) == []


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (b"{", "not JSON"),
        (b"", "not JSON"),
        (b"[1]", "not a JSON object"),
        (b'"text"', "not a JSON object"),
        (payload()[:-1] + b', "id": 8}', "a name is given twice"),
        (payload(share=float("nan")), "NaN is not a JSON number"),
        (b"[" * 100_000, "not JSON"),
        (b"\xff\xfe{\x00}\x00", "not UTF-8"),
        (payload(more=1), "'more' is not in the contract"),
    ],
)
def test_a_payload_that_is_no_object_of_the_contract_is_refused(record: bytes, told: str) -> None:
    assert any(told in reason for reason in json_reasons(record))


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (b'{"id": 7, "code": "AB", "id": 7}', "a name is given twice"),
        (b'{"code": "AB", "id": 7, "code": "AB"}', "a name is given twice"),
        (b'{"id": 7, "code": "AB", "note": "a\\"b", "note": "ab"}', "a name is given twice"),
        (b'{"id": 7, "code": {"a": 1, "a": 2}}', "a name is given twice"),
        (b'{"id": 7, "code": [{"a": 1, "a": 1}]}', "a name is given twice"),
        (b'{"id": 7, "i\\u0064": 8, "code": "AB"}', "a name is given twice"),
    ],
)
def test_a_name_that_comes_twice_is_found_wherever_it_is(record: bytes, told: str) -> None:
    assert told in json_reasons(record)[0]


def test_quotation_marks_within_texts_are_no_names() -> None:
    assert json_reasons(payload(note='a"b')) == []
    assert json_reasons(payload(note='"')) == ["note is '\"'; the shortest is 2 characters."]


def test_a_long_value_is_cut_in_its_reason() -> None:
    (reason,) = csv_reasons(line(code="x" * 10_000))
    assert len(reason) < 200


@given(st.binary(max_size=200))
def test_no_bytes_break_the_validator(record: bytes) -> None:
    assert csv_reasons(record), "no random bytes keep the contract"
    assert json_reasons(record)


@given(st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text("ABCab", max_size=3))
def test_csv_and_json_come_to_the_same_verdict(number: int, share: float, code: str) -> None:
    as_text = csv_reasons(line(id=str(number), share=repr(share), code=code))
    as_json = json_reasons(payload(id=number, share=share, code=code or None))
    assert len(as_text) == len(as_json)


def test_a_file_is_checked_line_by_line() -> None:
    checked = validator("csv")
    lines = [checked.header.encode() + b"\r\n", line() + b"\r\n", line(id="x") + b"\n", line()]
    count, rejects = records.check_file(checked, lines)
    assert count == 3
    assert [(reject.position, reject.record) for reject in rejects] == [("3", line(id="x"))]


def test_a_byte_order_mark_before_the_header_is_no_fault() -> None:
    checked = validator("csv")
    assert records.check_file(checked, ["\ufeff".encode() + checked.header.encode(), line()]) == (1, [])


def test_a_file_with_another_header_is_rejected_whole() -> None:
    count, rejects = records.check_file(validator("csv"), [b"id,code\n", line() + b"\n"])
    assert (count, [reject.position for reject in rejects]) == (2, ["1", "2"])
    assert all("the file's header is 'id,code'; give exactly id,code,size" in reject.reasons[0] for reject in rejects)


def test_a_file_from_before_columns_were_added_is_as_good_and_keeps_to_its_own_header() -> None:
    checked = validator("csv", added=2)
    old = ",".join(checked.fields[:7]).encode()
    shorter = ",".join(checked.fields[:6]).encode()
    without_note, without_both = line().rpartition(b",")[0], line().rsplit(b",", 2)[0]
    assert records.check_file(checked, [old, without_note]) == (1, [])
    assert records.check_file(checked, [shorter, without_both]) == (1, [])
    (_, (new, short)) = records.check_file(checked, [old, line(), without_note, without_both])
    assert new.reasons == ("the row has 8 columns; the file's header has 7.",)
    assert short.reasons == ("the row has 6 columns; the file's header has 7.",)


def test_a_row_alone_may_end_before_columns_that_were_added_and_nowhere_else() -> None:
    checked = validator("csv", added=2)
    assert checked.reasons(line().rsplit(b",", 2)[0]) == []
    assert checked.reasons(line().rsplit(b",", 3)[0]) == ["the row has 5 columns; the contract has 8."]
    assert checked.reasons(",".join(checked.fields[:7]).encode()) == [
        "the row repeats the header; give it once, first."
    ]


def test_a_line_without_end_is_one_reject_by_its_beginning_and_loses_no_neighbour() -> None:
    checked = validator("csv")
    endless = b"7,AB," + b"x" * (3 * records.LONGEST_LINE)
    file = io.BytesIO(b"\n".join([checked.header.encode(), line(), endless, line(), b""]))
    read = list(records.lines(file))
    assert max(map(len, read)) == records.LONGEST_LINE + 2
    count, rejects = records.check_file(checked, read)
    assert (count, [reject.position for reject in rejects]) == (3, ["3"])
    assert rejects[0].record == endless[: records.KEPT]
    assert rejects[0].reasons[0].startswith("the line is longer than 1,048,576 bytes; give one record a line")


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("length", [-1, 0, 1, 2])
def test_lines_about_as_long_as_the_limit_are_read_whole(length: int, end: bytes) -> None:
    text = b"a" * (records.LONGEST_LINE + length)
    read = [records.chomp(each) for each in records.lines(io.BytesIO(text + end + b"b\n"))]
    assert read[1:] == [b"b"]
    assert (len(read[0]) > records.LONGEST_LINE) == (length > 0)


def test_an_empty_file_has_no_records() -> None:
    assert records.check_file(validator("csv"), []) == (0, [])


def test_quarantine_keeps_the_very_bytes() -> None:
    rejects = [
        records.Reject("é\u2028,x".encode(), "2", ("a", "b")),
        records.Reject(b"A\xff", "3", ("c",)),
    ]
    body = records.quarantine(validator("csv"), "s3://initial/raw/things/x.csv", rejects)
    first, second = [json.loads(entry) for entry in body.decode().split("\n") if entry]
    assert first["record"] == "é\u2028,x"
    assert "record_base64" not in first
    assert (second["record"], second["record_base64"]) == ("A\ufffd", "Qf8=")
    assert {name: first[name] for name in ("dataset", "contract_version", "reasons", "source", "position")} == {
        "dataset": "things",
        "contract_version": "1.2.3",
        "reasons": ["a", "b"],
        "source": "s3://initial/raw/things/x.csv",
        "position": "2",
    }
    assert first["quarantined_at"].endswith("+00:00")


def test_the_contracts_document_gives_a_validator_a_data_set(document: list[dict[str, Any]]) -> None:
    loaded = records.load(json.dumps(document))
    assert set(loaded) == {"airlines", "airports", "flights", "planes", "weather"}
    assert loaded["flights"].header.startswith("year,month,day,dep_time")
