"""Whether a record keeps its data contract: the one validator behind every way into the platform.

Plain standard library, so that the same file runs in Lambda and on Spark's executors. It reads the record schemas
of `contracts.json`; a CSV row and a JSON object differ only in how a value is read, never in what is checked.
"""

import base64
import csv
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from operator import itemgetter
from typing import IO, Any

INTEGERS = range(-(2**63), 2**63)
SHOWN = 60
"""Characters of an offending value that a reason quotes."""
LONGEST_LINE = 1 << 20
"""Bytes of a CSV record, and of a Kinesis record by default. What is longer is no record but a lost line end."""
KEPT = 1024
"""Bytes that quarantine keeps of a line that is too long; all of it is in initial."""
REMEMBERED = 20_000
"""Values a field remembers as good. Columns repeat themselves; this makes a check five times as fast."""

_INTEGER = re.compile(r"-?[0-9]{1,19}")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[-+][0-9]{2}:[0-9]{2})"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_WANTED = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "date": "a date as 2013-01-31",
    "timestamp": "a time with its zone as 2013-01-31T09:00:00Z",
}

Check = Callable[[Any], str | None]


@dataclass(frozen=True)
class Reject:
    """A record that breaks its contract: its bytes, where it was, and every reason."""

    record: bytes
    position: str
    reasons: tuple[str, ...]


class Validator:
    """Checks records of one data set against its record schema."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema
        self.name: str = schema["name"]
        self.version: str = schema["version"]
        self.fields = tuple(rule["name"] for rule in schema["fields"])
        self._names = frozenset(self.fields)
        self.header = ",".join(self.fields)
        # Files that were sent before a version added columns end before these.
        self._columns = range(len(self.fields) - schema["added"], len(self.fields) + 1)
        self.headers = {",".join(self.fields[:count]): count for count in self._columns}
        self._nulls = frozenset(schema["nulls"])
        is_text = schema["format"] == "csv"
        self._checks = tuple(_check_of(rule, is_text) for rule in schema["fields"])
        # JSON's by type, since True, 1 and 1.0 are one and the same to a set.
        self._good = tuple(_nothing_yet(rule["required"]) for rule in schema["fields"])
        self._good_texts: tuple[set[str | None], ...] = tuple(
            set() if rule["required"] else {None} for rule in schema["fields"]
        )
        local = schema.get("local_time")
        self._local = LocalTimes(local, self.fields, is_text) if local else None

    def reasons(self, record: bytes, columns: int | None = None) -> list[str]:
        """Why a record, a CSV line without its line end or a JSON payload, is rejected; empty when it is good.

        `columns`: how many the header of the line's file has, where it is known.
        """
        try:
            text = record.decode("utf-8")
        except UnicodeDecodeError as error:
            return [f"the record is not UTF-8 at byte {error.start}; encode it as UTF-8."]
        return self._row(text, columns) if self.schema["format"] == "csv" else self._object(text)

    def _row(self, line: str, columns: int | None) -> list[str]:
        if _CONTROL.search(line):
            return ["the row has a control character; give one record a line and no tabs."]
        if '"' in line:
            try:
                values = next(csv.reader([line], strict=True))
            except csv.Error as error:
                return [f"the row is not CSV: {error}; quote it as RFC 4180 does, on one line."]
        else:
            values = line.split(",")
        if len(values) not in (self._columns if columns is None else (columns,)):
            wanted = columns or len(self.fields)
            whose = "contract" if wanted == len(self.fields) else "file's header"
            return [f"the row has {len(values)} columns; the {whose} has {wanted}."]
        if values[0] == self.fields[0] and line in self.headers:
            return ["the row repeats the header; give it once, first."]
        nulls = self._nulls
        read: list[str | None] = [None if value in nulls else value for value in values]
        if len(read) < len(self.fields):
            read += [None] * (len(self.fields) - len(read))
        return self._texts(read)

    def _object(self, text: str) -> list[str]:
        try:
            content = _decoded(text)
        except (ValueError, RecursionError) as error:
            return [f"the record is not JSON: {_short(str(error))}; give one JSON object a record."]
        if not isinstance(content, dict):
            return ["the record is not a JSON object; give one JSON object a record."]
        values = self._values([content.get(name) for name in self.fields])
        if content.keys() <= self._names:
            return values
        unknown = [name for name in content if name not in self._names]
        return [f"{_short(name)} is not in the contract; leave it out." for name in unknown] + values

    def _texts(self, values: Sequence[str | None]) -> list[str]:
        """As `_values`, where a value is a text or nothing: twenty columns a row, so each step tells."""
        reasons = []
        for value, check, good in zip(values, self._checks, self._good_texts, strict=True):
            if value in good:
                continue
            reason = check(value)
            if reason is not None:
                reasons.append(reason)
            elif len(good) < REMEMBERED:
                good.add(value)
        return self._with_local_times(values, reasons)

    def _values(self, values: Sequence[Any]) -> list[str]:
        reasons = []
        for value, check, good in zip(values, self._checks, self._good, strict=True):
            seen = good.get(type(value))
            if seen is not None and value in seen:
                continue
            reason = check(value)
            if reason is not None:
                reasons.append(reason)
            elif seen is not None and len(seen) < REMEMBERED:
                seen.add(value)
        return self._with_local_times(values, reasons)

    def _with_local_times(self, values: Sequence[Any], reasons: list[str]) -> list[str]:
        local = self._local
        # Values without reasons can be looked up: there is no list or object among them.
        if local is not None and (reasons or local.date(values) not in local.usual):
            reasons += local.reasons(values)
        return reasons


class LocalTimes:
    """The times that columns make up, by the clocks of a zone. `usual` are the dates of which no clock skips any time.

    A value that is none, or outside its column's limits, is the column's own reason.
    """

    def __init__(self, rule: Mapping[str, Any], fields: Sequence[str], is_text: bool) -> None:
        self.date = itemgetter(*map(fields.index, rule["date"]))
        self.usual: set[tuple[Any, ...]] = set()
        self._zone: str = rule["zone"]
        self._day: str = rule["date"][2]
        self._clocks = [{part: (name, fields.index(name)) for part, name in clock.items()} for clock in rule["clocks"]]
        self._read = _text_reader("integer") if is_text else _json_reader("integer")
        self._gaps: dict[date, list[tuple[datetime, datetime]]] = {}
        for gap in rule["gaps"]:
            start, end = map(datetime.fromisoformat, gap.split("/"))
            for days in range((end - timedelta(microseconds=1) - start.replace(hour=0, minute=0, second=0)).days + 1):
                self._gaps.setdefault(start.date() + timedelta(days), []).append((start, end))

    def reasons(self, values: Sequence[Any]) -> list[str]:
        """What is wrong with the times of a record, given the values of its fields."""
        given = self.date(values)
        parts = [self._number(value) for value in given]
        if None in parts:
            return []
        year, month, number = (part or 0 for part in parts)
        try:
            day = date(year, month, number)
        except ValueError:
            if not 1 <= month <= 12 or not 1 <= number <= 31 or not 1 <= year <= 9999:
                return []
            shown = f"{year:04}-{month:02}-{number:02}"
            return [f"{self._day} is {_short(given[2])}: there is no {shown}; give a day that the month has."]
        skipped = self._gaps.get(day)
        if skipped is None:
            if len(self.usual) < REMEMBERED:
                self.usual.add(given)
            return []
        return [reason for clock in self._clocks for reason in self._skipped(clock, values, day, skipped)]

    def _skipped(
        self,
        clock: Mapping[str, tuple[str, int]],
        values: Sequence[Any],
        day: date,
        gaps: Sequence[tuple[datetime, datetime]],
    ) -> Iterator[str]:
        read = {part: self._number(values[place]) for part, (_, place) in clock.items()}
        if None in read.values():
            return
        hour, minute = (
            divmod(read["hhmm"] or 0, 100) if "hhmm" in read else (read["hour"] or 0, read.get("minute") or 0)
        )
        if not (0 <= hour < 24 and 0 <= minute < 60):
            return
        at = datetime(day.year, day.month, day.day, hour, minute)
        if any(start <= at < end for start, end in gaps):
            name, place = next(iter(clock.values()))
            shown = at.isoformat(timespec="minutes")
            yield (
                f"{name} is {_short(values[place])}: {shown} is a time that the clocks of {self._zone} skip; give one "
                "that they show."
            )

    def _number(self, value: Any) -> int | None:
        try:
            return int(self._read(value))
        except (TypeError, ValueError, OverflowError):
            return None


def load(text: str) -> dict[str, Validator]:
    """The validators of a `contracts.json`, by data set that is delivered."""
    return {schema["name"]: Validator(schema) for schema in json.loads(text) if schema["delivery"]}


def check_file(validator: Validator, lines: Iterable[bytes]) -> tuple[int, list[Reject]]:
    """Check a CSV file, given its lines with or without line ends. Returns (records, rejects).

    Positions are line numbers from 1, the header's. When the first line is not the contract's header, nothing tells
    which column is which, or whether it is a header at all: every line counts as a record and is rejected.
    """
    rejects: list[Reject] = []
    header_reason: str | None = None
    columns: int | None = None
    number = 0
    for number, line in enumerate(lines, 1):
        record = chomp(line)
        if number == 1:
            header_reason, columns = _read_header(validator, record)
            reasons = []
        else:
            reasons = [] if header_reason else validator.reasons(record, columns)
        if header_reason:
            reasons = [header_reason]
        if len(record) > LONGEST_LINE:
            reasons = [f"the line is longer than {LONGEST_LINE:,} bytes; give one record a line, its end a line feed."]
            record = record[:KEPT]
        if reasons:
            rejects.append(Reject(record, str(number), tuple(reasons)))
    return (number if header_reason else max(number - 1, 0)), rejects


def lines(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines of a file with their ends. Of one that is too long just enough to show that, however long it is."""
    while line := stream.readline(LONGEST_LINE + 2):
        yield line
        while len(line) == LONGEST_LINE + 2 and not line.endswith(b"\n"):
            line = stream.readline(LONGEST_LINE + 2)


def chomp(line: bytes) -> bytes:
    """A line without its line end: one LF, and one CR before it. Lines end at LF only, here and in the jobs."""
    return line.removesuffix(b"\n").removesuffix(b"\r")


def quarantine(validator: Validator, source: str, rejects: Iterable[Reject]) -> bytes:
    """The quarantine object of a source: JSON lines, one a rejected record.

    `record` is the raw text. Bytes that are not UTF-8 would not survive there, so they are in `record_base64` too.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    lines = []
    for reject in rejects:
        entry: dict[str, Any] = {
            "dataset": validator.name,
            "contract_version": validator.version,
            "reasons": list(reject.reasons),
            "record": reject.record.decode("utf-8", errors="replace"),
            "source": source,
            "position": reject.position,
            "quarantined_at": now,
        }
        if entry["record"].encode("utf-8") != reject.record:
            entry["record_base64"] = base64.b64encode(reject.record).decode("ascii")
        lines.append(json.dumps(entry, ensure_ascii=False) + "\n")
    return "".join(lines).encode("utf-8")


def verdict(validator: Validator, source: str, count: int, rejects: Sequence[Reject]) -> bytes:
    """What lies beside a raw file: by which contract it was judged, how many records it has, and which are bad and why.

    The records themselves are in the file, by these line numbers.
    """
    content = {
        "dataset": validator.name,
        "contract_version": validator.version,
        "source": source,
        "judged_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "records": count,
        "rejected": [{"position": reject.position, "reasons": list(reject.reasons)} for reject in rejects],
    }
    return json.dumps(content, ensure_ascii=False).encode("utf-8")


def keep(s3: Any, buckets: tuple[str, str], place: tuple[str, str], rejects: bytes, judged: bytes) -> None:
    """Write what was found of a file, before the file itself is in initial: whoever reads there finds both.

    `buckets`: landing's and initial's. `place`: data set, and the file's name. `rejects`: its quarantine object.
    """
    (landing, initial), (dataset, name) = buckets, place
    key = f"quarantine/{dataset}/{name}.jsonl"
    if rejects:
        s3.put_object(Bucket=landing, Key=key, Body=rejects)
    else:
        # Left there by an earlier delivery under this name, it would hide lines that are good now.
        s3.delete_object(Bucket=landing, Key=key)
    s3.put_object(
        Bucket=initial,
        Key=f"verdicts/{dataset}/{name}.json",
        Body=judged,
        ContentType="application/json",
        # An Object Lock bucket with a default retention refuses uploads without a checksum.
        ChecksumAlgorithm="CRC32",
    )


def quarantined(body: bytes) -> list[dict[str, Any]]:
    """The entries of a quarantine object."""
    return [json.loads(line) for line in body.split(b"\n") if line]


def sort_out(validator: Validator, entries: Iterable[Mapping[str, Any]]) -> tuple[list[bytes], bytes]:
    """The records of quarantine's entries that keep the contract as it is now, and the quarantine object of the rest.

    What stays keeps its place and time, and has the reasons and the version of now.
    """
    good, lines = [], []
    for entry in entries:
        given = entry.get("record_base64")
        record = base64.b64decode(given) if given else str(entry["record"]).encode("utf-8")
        reasons = validator.reasons(record)
        if reasons:
            now = {**entry, "contract_version": validator.version, "reasons": reasons}
            lines.append(json.dumps(now, ensure_ascii=False) + "\n")
        else:
            good.append(record)
    return good, "".join(lines).encode("utf-8")


def log(level: str, event: str, **details: Any) -> None:
    """One line of JSON on stdout, which Lambda and Glue hand on to CloudWatch Logs."""
    print(json.dumps({"level": level, "event": event, **details}, default=str), flush=True)


def _read_header(validator: Validator, line: bytes) -> tuple[str | None, int | None]:
    """What is wrong with a header, or how many columns it has."""
    text = line.decode("utf-8", errors="replace").removeprefix("\ufeff")
    if text in validator.headers:
        return None, validator.headers[text]
    return f"the file's header is {_short(text)}; give exactly {validator.header}.", None


def _nothing_yet(required: bool) -> dict[type, set[Any]]:
    """Good values by type, before any was seen: none but a missing one where that will do."""
    good: dict[type, set[Any]] = {kind: set() for kind in (str, int, float)}
    return good if required else {**good, type(None): {None}}


def _check_of(rule: Mapping[str, Any], is_text: bool) -> Check:
    """The check of one field: takes its value, None when missing, and returns what is wrong with it."""
    name, kind = rule["name"], rule["type"]
    read = _text_reader(kind) if is_text else _json_reader(kind)
    missing = f"{name} is missing; the contract requires it." if rule["required"] else None
    limits = tuple(_limits(rule))

    def check(value: Any) -> str | None:
        if value is None:
            return missing
        try:
            parsed = read(value)
        except (ValueError, OverflowError):
            return f"{name} is {_short(value)}; give {_WANTED[kind]}."
        for holds, remedy in limits:
            if not holds(parsed):
                return f"{name} is {_short(value)}; {remedy}."
        return None

    return check


def _limits(rule: Mapping[str, Any]) -> Iterable[tuple[Callable[[Any], bool], str]]:
    read = _text_reader(rule["type"]) if rule["type"] in ("date", "timestamp") else lambda limit: limit
    if "minimum" in rule:
        low = read(rule["minimum"])
        yield lambda value: value >= low, f"the minimum is {rule['minimum']}"
    if "maximum" in rule:
        high = read(rule["maximum"])
        yield lambda value: value <= high, f"the maximum is {rule['maximum']}"
    if "min_length" in rule:
        shortest = rule["min_length"]
        yield lambda value: len(value) >= shortest, f"the shortest is {shortest} characters"
    if "max_length" in rule:
        longest = rule["max_length"]
        yield lambda value: len(value) <= longest, f"the longest is {longest} characters"
    if "pattern" in rule:
        # A bare `$` would let a trailing newline pass.
        fits = re.compile(rule["pattern"].removesuffix("$"), re.ASCII).fullmatch
        yield lambda value: fits(value) is not None, f"the pattern is {rule['pattern']}"
    if "hhmm" in rule:
        yield lambda value: value % 100 < 60, "the last two digits are minutes, give 59 at most"
    if "enum" in rule:
        allowed = frozenset(rule["enum"])
        yield lambda value: value in allowed, f"give one of {', '.join(map(str, rule['enum']))}"


def _text_reader(kind: str) -> Callable[[str], Any]:
    readers: dict[str, Callable[[str], Any]] = {
        "string": str,
        "integer": _integer_of_text,
        "number": _number_of_text,
        "boolean": _boolean_of_text,
        "date": _date_of_text,
        "timestamp": _timestamp_of_text,
    }
    return readers[kind]


def _json_reader(kind: str) -> Callable[[Any], Any]:
    return {
        "string": _typed(str, str),
        "integer": _typed(int, _in_range),
        "number": _number_of_json,
        "boolean": _typed(bool, bool),
        "date": _typed(str, _date_of_text),
        "timestamp": _typed(str, _timestamp_of_text),
    }[kind]


def _typed(kind: type, read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def typed(value: Any) -> Any:
        if type(value) is not kind:
            raise ValueError(value)
        return read(value)

    return typed


def _integer_of_text(text: str) -> int:
    # int() alone admits spaces, underscores and other scripts' digits, none of which Spark reads.
    if _INTEGER.fullmatch(text) is None:
        raise ValueError(text)
    return _in_range(int(text))


def _in_range(value: int) -> int:
    if value not in INTEGERS:
        raise OverflowError(value)
    return value


def _boolean_of_text(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


def _number_of_text(text: str) -> float:
    if _NUMBER.fullmatch(text) is None:
        raise ValueError(text)
    return _finite(float(text))


def _number_of_json(value: Any) -> float:
    if type(value) not in (int, float):
        raise ValueError(value)
    return _finite(float(value))


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise OverflowError(value)
    return value


def _date_of_text(text: str) -> date:
    if _DATE.fullmatch(text) is None:
        raise ValueError(text)
    return date.fromisoformat(text)


def _timestamp_of_text(text: str) -> datetime:
    if _TIMESTAMP.fullmatch(text) is None:
        raise ValueError(text)
    return datetime.fromisoformat(text)


def _decoded(text: str) -> Any:
    """The JSON value of a text. Raises ValueError where it is none, or an object has a name twice.

    The decoder that minds names is slow. In an object without quotation marks in its texts and nothing within it, every
    name and text has two: if there are no more than those of what was decoded, no name came twice.
    """
    content = _DECODER.decode(text)
    if type(content) is dict:
        texts = list(map(type, content.values())).count(str)
        if text.count('"') == 2 * (len(content) + texts):
            return content
    return _MINDING_DECODER.decode(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a name is given twice")
    return content


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)
_MINDING_DECODER = json.JSONDecoder(parse_constant=_no_constant, object_pairs_hook=_once)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
