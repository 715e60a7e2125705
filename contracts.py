"""Data contracts: what a data set is, read from one Open Data Contract Standard file each.

A contract is the only place where a data set is described. The stream or drop prefix, the catalog tables, the
record validator and the tags of a data set are all derived from it, here and nowhere else.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import jsonschema_rs
import pydantic
import yaml
from open_data_contract_standard.model import (
    CustomProperty,
    OpenDataContractStandard,
    SchemaObject,
    SchemaProperty,
)

import local_time
import terms
from local_time import LocalTime
from terms import NO_LEVELS, Promise, ServiceLevels, words

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Ten times as fast where PyYAML comes with libyaml."""

Delivery: TypeAlias = Literal["stream", "files", "exchange"]
Format: TypeAlias = Literal["csv", "json"]
Layer: TypeAlias = Literal["integrated", "refined"]
Sensitivity: TypeAlias = Literal["public", "internal", "confidential", "restricted"]

SENSITIVITIES: tuple[Sensitivity, ...] = get_args(Sensitivity)
"""From what anyone may read to what almost nobody may."""

OPEN: tuple[Sensitivity, ...] = ("public", "internal")
"""What every analyst may read. The rest is guarded."""

TABLE_TYPES: Mapping[str, str] = {
    "string": "string",
    "integer": "bigint",
    "number": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
}
"""Logical type of the standard → type of a Glue column and of an Iceberg field."""

NARROW_TYPES: Mapping[tuple[str, str], str] = {("integer", "i32"): "int", ("number", "f32"): "float"}
"""Logical type and `format` of the standard → narrower type, for what comes by the million. It can be widened later."""

FORMATS: Mapping[str, tuple[str, ...]] = {"integer": ("i32", "i64"), "number": ("f32", "f64")}
NARROW_LIMITS: Mapping[str, int | float] = {"int": 2**31 - 1, "float": 3.4028234663852886e38}
"""The largest value of a narrow type; the smallest is that below zero, of `int` one less."""

FORMAT_OF: Mapping[Delivery, Format] = {"files": "csv", "exchange": "csv", "stream": "json"}
PREFIX_OF: Mapping[Delivery, str] = {"files": "drop", "exchange": "exchange"}
NULLS = ("", "NA")
"""What stands for a missing value in a CSV field, unless the contract's `nullValues` says otherwise."""

LINEAGE = (
    ("arrived_at", "timestamp", "When the raw object that this row was read from reached initial, UTC"),
    ("raw_object", "string", "Bucket and key, in initial, of the raw object that this row was read from"),
)
"""Columns that every conformed table has after those of its contract."""

Column: TypeAlias = tuple[str, str, str]
"""Name, Glue type, comment."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_VERSION = re.compile(r"\d+\.\d+\.\d+")


class ContractError(Exception):
    """One or more contracts are wrong. `faults` has every fault of every file, as `file: path: what to mend`."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n  ".join((f"The data contracts have {len(self.faults)} fault(s):", *self.faults)))


@dataclass(frozen=True, kw_only=True)
class Field:
    """One column. `minimum` and `maximum` are inclusive: numbers, or ISO 8601 texts for dates and timestamps."""

    name: str
    type: str
    description: str = ""
    required: bool = False
    classification: Sensitivity = "public"
    minimum: int | float | str | None = None
    maximum: int | float | str | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    enum: tuple[Any, ...] = ()
    added_in: str | None = None
    """The version that added a column to CSV files. Files without it are as good: they were sent before."""
    narrow: str | None = None
    made_of: tuple[str, ...] = ()
    """The data sets that a product's column comes from."""
    derived: str | None = None
    """The Spark SQL expression that gives a derived column its value; None for a column that is delivered."""

    @property
    def is_open(self) -> bool:
        """Whether every analyst may read it."""
        return self.classification in OPEN

    @property
    def column(self) -> Column:
        """The Glue column of the conformed table."""
        return self.name, self.narrow or TABLE_TYPES[self.type], self.description

    def record_rule(self) -> dict[str, Any]:
        """What the record validator checks, without the checks that this field does not have."""
        rule = {
            "name": self.name,
            "type": self.type,
            "required": self.required,
            "minimum": self.minimum,
            "maximum": self.maximum,
            "min_length": self.min_length,
            "max_length": self.max_length,
            "pattern": self.pattern,
            "enum": list(self.enum) or None,
        }
        return {key: value for key, value in rule.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class Contract:
    """One data set: a source, which has `delivery` and `format`, or a product, which has `layer`."""

    name: str
    version: str
    domain: str
    description: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    limitations: str = ""
    """What readers have to know of it."""
    owner: str | None = None
    """Who answers for it: a user or a team."""
    delivery: Delivery | None = None
    format: Format | None = None
    layer: Layer | None = None
    nulls: tuple[str, ...] = NULLS
    promises: tuple[Promise, ...] = ()
    """Of its `quality`; what the columns promise besides is with them."""
    advice: tuple[str, ...] = ()
    """Rules of its `quality` that are texts: for people."""
    levels: ServiceLevels = NO_LEVELS
    local_time: LocalTime | None = None
    """The columns that are a time by some zone's clocks, which skip some."""
    published: bool = False
    """Whether a source is read outside the lake, by its publication."""
    copy_of: str | None = None
    """The source that a product has the open columns of, and that published it."""

    @property
    def sensitivity(self) -> Sensitivity:
        """The highest classification among the columns."""
        return max((field.classification for field in self.fields), key=SENSITIVITIES.index)

    @property
    def made_of(self) -> tuple[str, ...]:
        """The data sets that a product is made of, by name."""
        return tuple(sorted({name for field in self.fields for name in field.made_of}))

    @property
    def guarded(self) -> dict[Sensitivity, tuple[str, ...]]:
        """Classification → the columns of it that not every analyst may read."""
        kinds = [each for each in SENSITIVITIES if each not in OPEN]
        found = {kind: tuple(field.name for field in self.fields if field.classification == kind) for kind in kinds}
        return {kind: names for kind, names in found.items() if names}

    def publication(self) -> "Contract":
        """The mart by which a source is read outside the lake: its open columns, row by row."""
        shown = [field for field in self.fields if field.is_open]
        # `None`: what is promised of the table holds of its copy.
        kept = {None, *(field.name for field in shown)}
        return Contract(
            name=f"published_{self.name}",
            version=self.version,
            domain=self.domain,
            description=self.description,
            limitations=self.limitations,
            owner=self.owner,
            key=self.key,
            fields=tuple(replace(field, made_of=(self.name,), derived=None, added_in=None) for field in shown),
            promises=tuple(each for each in self.promises if each.column in kept),
            layer="refined",
            copy_of=self.name,
        )

    @property
    def prefix(self) -> str | None:
        """Where in the landing bucket producers put the files; None for a stream and for a product."""
        folder = PREFIX_OF.get(self.delivery) if self.delivery else None
        return f"{folder}/{self.name}/" if folder else None

    @property
    def raw_prefix(self) -> str | None:
        """Where in the initial bucket the raw objects are; None for a product."""
        return f"raw/{self.name}/" if self.delivery else None

    @property
    def delivered(self) -> tuple[Field, ...]:
        """The fields a producer sends, in order."""
        return tuple(field for field in self.fields if field.derived is None)

    def raw_columns(self) -> list[Column]:
        """Columns of the external table over the raw objects: CSV is all text, JSON is typed."""
        if self.format == "csv":
            return [(field.name, "string", field.description) for field in self.delivered]
        # The JSON SerDe reads only `yyyy-mm-dd hh:mm:ss` as a timestamp: raw ISO 8601 texts stay texts.
        return [
            (f.name, "string" if f.type in ("date", "timestamp") else TABLE_TYPES[f.type], f.description)
            for f in self.delivered
        ]

    def table_columns(self) -> list[Column]:
        """Columns of the Iceberg table: the contract's, derived ones among them, and a source's lineage."""
        return [field.column for field in self.fields] + list(LINEAGE if self.delivery else ())

    def record_schema(self) -> dict[str, Any]:
        """All that the functions and jobs need to know of a data set, as plain JSON values."""
        return {
            "name": self.name,
            "version": self.version,
            "delivery": self.delivery,
            "format": self.format,
            "prefix": self.prefix,
            "raw_prefix": self.raw_prefix,
            "nulls": list(self.nulls),
            "copy_of": self.copy_of,
            "key": list(self.key),
            "fields": [self._record_rule(field) for field in self.delivered],
            # CSV files end before the first of these columns, or before any other, if they were sent before it came.
            "added": sum(field.added_in is not None for field in self.delivered),
            "table": {
                "columns": [{"name": name, "type": kind} for name, kind, _ in self.table_columns()],
                "derived": {field.name: field.derived for field in self.fields if field.derived is not None},
            },
            "local_time": self.local_time.record_rule() if self.local_time else None,
        }

    def _record_rule(self, field: Field) -> dict[str, Any]:
        hhmm = self.local_time is not None and field.name in self.local_time.told_as_hhmm
        return {**field.record_rule(), **({"hhmm": True} if hhmm else {})}


@dataclass(frozen=True, kw_only=True)
class Contracts:
    """Every contract of a folder, each tuple sorted by name."""

    sources: tuple[Contract, ...]
    products: tuple[Contract, ...]

    def document(self) -> list[dict[str, Any]]:
        """The content of `contracts.json`, which functions carry and jobs fetch. A product's delivery is null."""
        return [contract.record_schema() for contract in (*self.sources, *self.products)]


def load(folder: Path) -> Contracts:
    """Read `folder/*.yaml` (sources) and `folder/products/*.yaml` (products).

    A source with the custom property `published` gives a product besides, `published_<name>` in refined.
    Raises ContractError with all faults of all files; an empty folder is a fault too.
    """
    faults: list[str] = []
    sources = [_read(path, folder, "source", faults) for path in sorted(folder.glob("*.yaml"))]
    products = [_read(path, folder, "product", faults) for path in sorted((folder / "products").glob("*.yaml"))]
    if not sources and not faults:
        faults.append(f"{folder}: has no contract; put one <name>.yaml per data set there.")
    found = [contract for contract in (*sources, *products) if contract is not None]
    found += [contract.publication() for contract in found if contract.published]
    names = [contract.name for contract in found]
    faults += [
        f"{folder}: the name {name!r} is used by {names.count(name)} contracts; names are table names, give each "
        "data set its own."
        for name in sorted(set(names))
        if names.count(name) > 1
    ]
    faults += [
        f"{contract.name}: transformSourceObjects has {', '.join(unknown)}, which no contract describes."
        for contract in found
        if (unknown := [name for name in contract.made_of if name not in names])
    ]
    if faults:
        raise ContractError(faults)
    found.sort(key=lambda contract: contract.name)  # Publications among the products.
    return Contracts(
        sources=tuple(contract for contract in found if contract.delivery),
        products=tuple(contract for contract in found if contract.layer),
    )


def _read(path: Path, folder: Path, kind: str, faults: list[str]) -> Contract | None:
    """Parse one file; adds what is wrong with it to `faults`, each with the file and the path in it."""
    label = path.relative_to(folder).as_posix()
    own: list[str] = []
    contract = _parse(path, kind, own)
    faults += [f"{label}: {fault}" for fault in own]
    return None if own else contract


def _parse(path: Path, kind: str, faults: list[str]) -> Contract | None:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506 - both are safe loaders
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        faults.append(f"is not YAML: {' '.join(str(error).split())}")
        return None
    problems = sorted(_standard().iter_errors(content), key=lambda problem: list(map(str, problem.instance_path)))
    faults += [f"{_at(problem.instance_path)}: {_said(problem)}" for problem in problems]
    if faults:
        return None
    try:
        document = OpenDataContractStandard.model_validate(content)
    except pydantic.ValidationError as error:
        faults += [f"{_at(problem['loc'])}: {problem['msg']}" for problem in error.errors()]
        return None
    return _contract(path.stem, kind, document, faults)


@cache
def _standard() -> jsonschema_rs.Draft201909Validator:
    """A validator of the JSON schema that the standard publishes; it knows every property, typos do not pass."""
    text = resources.files("open_data_contract_standard").joinpath("schema.json").read_text(encoding="utf-8")
    return jsonschema_rs.Draft201909Validator(json.loads(text))


def _said(problem: jsonschema_rs.ValidationError) -> str:
    """What is wrong, with every value that would do: the library's own words list the first few."""
    if isinstance(problem.kind, jsonschema_rs.ValidationErrorKind.Enum):
        return f"{problem.instance!r} is not one of {', '.join(map(str, problem.kind.options))}"
    return problem.message


def _at(path: Sequence[Any]) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.lstrip(".") or "the document"


def _contract(stem: str, kind: str, document: OpenDataContractStandard, faults: list[str]) -> Contract | None:
    name = document.name or ""
    if not _NAME.fullmatch(name):
        faults.append(f"name: is {name!r}; a table and a prefix bear it, give lower case a-z, 0-9 and _.")
    if name != stem:
        faults.append(f"name: is {name!r}; give the file's own name, {stem!r}.")
    if not _VERSION.fullmatch(document.version or ""):
        faults.append(f"version: is {document.version!r}; give major.minor.patch, as quarantined records cite it.")
    if not document.domain:
        faults.append("domain: is missing; give the business domain that owns the data.")
    schemas = document.schema_ or []
    if len(schemas) != 1:
        faults.append(f"schema: has {len(schemas)} objects; give exactly one, a contract is one table.")
        return None
    fields = tuple(_fields(schemas[0], kind, faults))
    custom = _custom(document.customProperties)
    key = _key(schemas[0], faults)
    promises = tuple(terms.promises(schemas[0], faults))
    local = _local_time(schemas[0], kind, fields, faults)
    placement = _placement(kind, custom, faults)
    owner = terms.owner(document.team, faults)
    levels = terms.service_levels(document.slaProperties, kind, faults)
    if document.slaDefaultElement is not None:
        faults.append("slaDefaultElement: is given, and nothing goes by it; leave it out.")
    if faults:
        return None
    contract = Contract(
        name=name,
        version=document.version or "",
        domain=document.domain or "",
        description=(document.description.purpose or "") if document.description else "",
        limitations=words(document.description.limitations) if document.description else "",
        key=key,
        fields=fields,
        owner=owner,
        nulls=tuple(custom.get("nullValues", NULLS)),
        promises=promises,
        advice=tuple(terms.advice(schemas[0])),
        levels=levels,
        local_time=local,
        published=bool(custom.get("published")),
        **placement,
    )
    if contract.published:
        faults += _unpublishable(contract)
    return contract


def _local_time(table: SchemaObject, kind: str, fields: Sequence[Field], faults: list[str]) -> LocalTime | None:
    value = _custom(table.customProperties).get("localTime")
    if value is None:
        return None
    if kind == "product":
        faults.append(
            "schema[0].customProperties.localTime: is for what is delivered, and checked there; leave it out."
        )
        return None
    faulty = {prop.name or "" for prop in table.properties or []} - {field.name for field in fields}
    return local_time.read(value, fields, frozenset(faulty), faults)


def _unpublishable(contract: Contract) -> Iterator[str]:
    """Why a contract can't have a mart that publishes it."""
    if contract.delivery is None:
        yield "customProperties.published: is for what is delivered; a product of refined is published anyway."
    if not _NAME.fullmatch(mart := contract.publication().name):
        yield f"customProperties.published: its mart is {mart}, of {len(mart)} letters; shorten the name to fit 63."
    if hidden := [field.name for field in contract.fields if field.name in contract.key and not field.is_open]:
        yield (
            f"customProperties.published: the key has {', '.join(hidden)}, which not every analyst may read, and rows "
            "without it can't be told apart; leave published out, or classify the column as internal."
        )


def _placement(kind: str, custom: Mapping[str, Any], faults: list[str]) -> dict[str, Any]:
    """Delivery and format of a source, layer of a product."""
    if kind == "product":
        layer = _choice("layer", custom, get_args(Layer), faults)
        return {"layer": layer}
    delivery = _choice("delivery", custom, get_args(Delivery), faults)
    wanted = FORMAT_OF.get(delivery) if delivery else None  # type: ignore[call-overload]
    given = custom.get("format", wanted)
    if wanted and given != wanted:
        faults.append(f"customProperties.format: is {given!r}; a delivery by {delivery} is {wanted}.")
    nulls = custom.get("nullValues", [])
    if not isinstance(nulls, list) or not all(isinstance(null, str) for null in nulls):
        faults.append(f"customProperties.nullValues: is {nulls!r}; give a list of texts.")
    return {"delivery": delivery, "format": wanted}


def _choice(name: str, custom: Mapping[str, Any], choices: Sequence[str], faults: list[str]) -> str | None:
    value = custom.get(name)
    if value in choices:
        return str(value)
    faults.append(f"customProperties.{name}: is {value!r}; give one of {', '.join(choices)}.")
    return None


def _custom(properties: list[CustomProperty] | None) -> dict[str, Any]:
    return {entry.property or "": entry.value for entry in properties or []}


def _key(table: SchemaObject, faults: list[str]) -> tuple[str, ...]:
    """The primary key's columns in their order."""
    parts = [prop for prop in table.properties or [] if prop.primaryKey]
    positions = sorted(prop.primaryKeyPosition or 0 for prop in parts)
    if not parts or positions != list(range(1, len(parts) + 1)):
        faults.append(
            f"schema[0].properties: the primary key positions are {positions}; give primaryKey with "
            "primaryKeyPosition 1, 2, ... to at least one column, since rows are merged by key."
        )
    faults += [
        f"schema[0].{prop.name}: is in the primary key but not required; a key is never null."
        for prop in parts
        if not prop.required
    ]
    return tuple(prop.name or "" for prop in sorted(parts, key=lambda prop: prop.primaryKeyPosition or 0))


def _fields(table: SchemaObject, kind: str, faults: list[str]) -> Iterator[Field]:
    reserved = {name for name, _, _ in LINEAGE} if kind == "source" else set()
    seen: set[str] = set()
    added = False
    for prop in table.properties or []:
        own: list[str] = []
        name = prop.name or ""
        if not _NAME.fullmatch(name):
            own.append("name: give lower case a-z, 0-9 and _, since it is a column.")
        if name in seen or name in reserved:
            own.append("name: is taken; give each column its own.")
        seen.add(name)
        field = _field(prop, own)
        if added and field.derived is None and field.added_in is None:
            own.append("customProperties: columns that a later version added come last; put this one before them.")
        added = added or field.added_in is not None
        faults += [f"schema[0].{name}.{fault}" for fault in own]
        if not own:
            yield field


def _field(prop: SchemaProperty, faults: list[str]) -> Field:
    options = prop.logicalTypeOptions or {}
    kind = prop.logicalType or ""
    derived = _derived(prop, faults)
    classification = prop.classification or "public"
    if kind not in TABLE_TYPES:
        faults.append(f"logicalType: is {kind!r}; give one of {', '.join(TABLE_TYPES)}.")
    if classification not in SENSITIVITIES:
        faults.append(f"classification: is {classification!r}; give one of {', '.join(SENSITIVITIES)}.")
    enum = tuple(entry.value for entry in prop.enum or [])
    wrong = [value for value in enum if not _is(kind, value)]
    if wrong:
        faults.append(f"enum: has {wrong!r}, not of type {kind}.")
    unknown = sorted(set(options) - {"minimum", "maximum", "minLength", "maxLength", "pattern", "format"})
    if unknown:
        faults.append(f"logicalTypeOptions: has {', '.join(unknown)}, which no part of the platform checks.")
    if options.get("format", FORMATS.get(kind, ("",))[0]) not in FORMATS.get(kind, (options.get("format", ""),)):
        faults.append(f"logicalTypeOptions.format: is {options['format']!r}; give one of {', '.join(FORMATS[kind])}.")
    _check_limits(kind, options, faults)
    narrow = NARROW_TYPES.get((kind, options.get("format", "")))
    added_in = _added_in(prop, faults)
    return Field(
        name=prop.name or "",
        type=kind,
        description=words(prop.description),
        required=bool(prop.required),
        classification=classification if classification in SENSITIVITIES else "public",
        minimum=options.get("minimum", _smallest(narrow)),
        maximum=options.get("maximum", NARROW_LIMITS.get(narrow or "")),
        min_length=options.get("minLength"),
        max_length=options.get("maxLength"),
        pattern=options.get("pattern"),
        enum=enum,
        added_in=added_in,
        made_of=tuple(prop.transformSourceObjects or ()),
        narrow=narrow,
        derived=derived,
    )


def _smallest(narrow: str | None) -> int | float | None:
    largest = NARROW_LIMITS.get(narrow or "")
    return None if largest is None else -largest - (narrow == "int")


def _added_in(prop: SchemaProperty, faults: list[str]) -> str | None:
    version = _custom(prop.customProperties).get("addedInVersion")
    if version is None:
        return None
    if not _VERSION.fullmatch(str(version)):
        faults.append(f"customProperties.addedInVersion: is {version!r}; give the contract's version, as 1.1.0.")
    if prop.required:
        faults.append("required: is set; records that were sent before the column came can't have it.")
    return str(version)


def _derived(prop: SchemaProperty, faults: list[str]) -> str | None:
    if not _custom(prop.customProperties).get("derived"):
        return None
    if not prop.transformLogic:
        faults.append("transformLogic: is missing; a derived column needs the SQL expression that makes it.")
    if prop.primaryKey:
        faults.append("primaryKey: is set; a derived column cannot be in the key.")
    return prop.transformLogic or ""


def _check_limits(kind: str, options: Mapping[str, Any], faults: list[str]) -> None:
    limits = {name: options[name] for name in ("minimum", "maximum") if name in options}
    faults += [
        f"logicalTypeOptions.{name}: is {limit!r}, not of type {kind}."
        for name, limit in limits.items()
        if not _is(kind, limit)
    ]
    low, high = limits.get("minimum"), limits.get("maximum")
    if low is not None and high is not None and _is(kind, low) and _is(kind, high) and low > high:
        faults.append(f"logicalTypeOptions: minimum {low} is above maximum {high}.")
    pattern = options.get("pattern")
    if pattern is None:
        return
    if not (pattern.startswith("^") and pattern.endswith("$")):
        faults.append(f"logicalTypeOptions.pattern: is {pattern!r}; anchor it with ^ and $, it must fit the whole.")
    try:
        re.compile(pattern)
    except re.error as error:
        faults.append(f"logicalTypeOptions.pattern: is {pattern!r}, which does not compile: {error}.")


def _is(kind: str, value: Any) -> bool:
    """Whether a limit or enumerated value has the Python type that its logical type is written in."""
    wanted: dict[str, tuple[type, ...]] = {"integer": (int,), "number": (int, float), "boolean": (bool,)}
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, wanted.get(kind, (str,)))
