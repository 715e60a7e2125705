"""Resources as rules see them: one alone (`Subject`), or all of a stack with their links (`Stack`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pulumi_policy.proxy import UnknownValueError

# Properties by which one resource names another. The last segment of an ARN stands for the plain id too,
# since not every provider repeats the id among the outputs.
HANDLES = ("id", "arn", "name", "bucket", "keyId", "url", "queueUrl", "clusterIdentifier", "endpointId")


def canonical(resource_type: str) -> str:
    """`resource_type` without the V2 that pulumi-aws gave the S3 types before its version 7."""
    if resource_type.startswith("aws:s3/bucket"):
        return re.sub(r"V2(?=:|$)", "", resource_type)
    return resource_type


def short_type(resource_type: str) -> str:
    """The last word of a type token, as in `Stream` for `aws:kinesis/stream:Stream`."""
    return resource_type.rsplit(":", 1)[-1]


def dotted_type(resource_type: str) -> str:
    """A type as programs write it, as in `kinesis.Stream` for `aws:kinesis/stream:Stream`."""
    return f"{resource_type.split(':')[1].split('/')[0]}.{short_type(resource_type)}"


def plain(value: Any) -> Any:
    """`value` as lists and dicts of the standard library; raises UnknownValueError where something is unknown."""
    if isinstance(value, Mapping):
        return {key: plain(value[key]) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [plain(value[index]) for index in range(len(value))]
    return value


T = TypeVar("T")


class Subject:
    """One resource. Whatever reads a value that is not known yet raises the SDK's UnknownValueError."""

    def __init__(
        self,
        resource_type: str,
        name: str,
        urn: str,
        props: Mapping[str, Any],
        config: Mapping[str, Any] | None = None,
    ) -> None:
        self.type = canonical(resource_type)
        self.name = name
        self.urn = urn
        self.props = props
        self.config: Mapping[str, Any] = config or {}
        # By property, what each input depends on; None for a resource that is judged alone.
        self.dependencies: dict[str, tuple[Subject, ...]] | None = None
        self._handles: frozenset[str] | None = None

    @property
    def short(self) -> str:
        """How a message names the resource, as in `Stream "flights"`."""
        return f'{short_type(self.type)} "{self.name}"'

    def get(self, path: str) -> Any:
        """The value at a dotted path of property names and list positions, None where nothing is written."""
        value: Any = self.props
        for step in path.split("."):
            if isinstance(value, Mapping):
                value = value.get(step)
            elif isinstance(value, Sequence) and not isinstance(value, str) and step.isdigit():
                value = value[int(step)] if int(step) < len(value) else None
            else:
                return None
        return value

    def writes(self, path: str) -> bool:
        """Whether the program writes something at `path`, be it known yet or not.

        In a stack's preview a property that the provider will fill by itself is unknown too, but depends on nothing.
        """
        try:
            value = self.get(path)
        except UnknownValueError:
            return self.dependencies is None or bool(self.dependencies.get(path.split(".")[0]))
        return value is not None and value != "" and not (isinstance(value, Sequence) and not len(value))

    def written(self, path: str) -> Any:
        """The value at `path`, None where it is the provider's to fill and not filled yet."""
        return self.get(path) if self.writes(path) else None

    def many(self, path: str) -> list[Any]:
        """The list at `path`, empty where nothing is written; a single value counts as a list of one."""
        value = self.get(path)
        if value is None or value == "":
            return []
        if isinstance(value, str) or not isinstance(value, Sequence):
            return [plain(value)]
        return [plain(value[index]) for index in range(len(value))]

    def named(self, path: str) -> set[str]:
        """Each value at `path` by which it may name a resource: the elements of a list, the values of a map.

        A map's values may be lists in one text, as the parameters of templates are.
        """
        value = self.get(path)
        if isinstance(value, Mapping):
            return {part.strip() for key in value for part in str(value[key]).split(",")}
        return {str(each) for each in self.many(path)}

    def known(self, path: str) -> bool:
        """Whether all that names resources at `path` is known already."""
        try:
            self.named(path)
        except UnknownValueError:
            return False
        return True

    def count(self, path: str) -> int:
        """How many elements the list at `path` has; they themselves may be unknown."""
        value = self.get(path)
        return len(value) if isinstance(value, Sequence) and not isinstance(value, str) else int(value is not None)

    def tag(self, key: str) -> str | None:
        """The value of a tag, whether set on the resource or by the provider's defaults."""
        for tags in ("tags", "tagsAll"):
            held = self.written(tags)
            if isinstance(held, Mapping) and key in held:
                return str(held[key])
        return None

    def handles(self) -> frozenset[str]:
        """Each known value by which another resource may name this one; read once."""
        if self._handles is None:
            self._handles = frozenset(self._read_handles())
        return self._handles

    def _read_handles(self) -> Iterator[str]:
        for prop in HANDLES:
            try:
                value = self.props.get(prop)
            except UnknownValueError:
                continue
            if isinstance(value, str) and value:
                yield value
                if prop == "arn":
                    yield re.split(r"[:/]", value)[-1]


class Stack:
    """Every resource of a stack, and who refers to whom."""

    def __init__(self, subjects: Iterable[Subject], config: Mapping[str, Any] | None = None) -> None:
        self.subjects = tuple(subjects)
        self.config: Mapping[str, Any] = config or {}
        self._of: dict[str, list[Subject]] = {}
        for subject in self.subjects:
            self._of.setdefault(subject.type, []).append(subject)
        # By type, the subjects that a handle names, each with its place; and by question, what `pointing` found.
        self._named: dict[str, dict[str, list[tuple[int, Subject]]]] = {}
        self._pointing: dict[tuple[str, str, tuple[str, ...]], Pointers] = {}
        self._found: dict[Callable[[Stack], Any], Any] = {}

    def of(self, *types: str) -> list[Subject]:
        """The resources of the given types, type by type in the order of their registration."""
        return [subject for kind in dict.fromkeys(types) for subject in self._of.get(kind, ())]

    def once(self, find: Callable[[Stack], T]) -> T:
        """What `find` finds in the stack, the same for whichever resource is judged: it looks once."""
        if find not in self._found:
            self._found[find] = find(self)
        found: T = self._found[find]
        return found

    def referred(self, subject: Subject, path: str, *types: str) -> list[Subject]:
        """The resources of `types` that the value or values at `path` name.

        A value that is not known yet is answered by the dependencies of its property, which previews know too;
        where they name none of `types`, UnknownValueError passes through.
        """
        try:
            values = subject.named(path)
        except UnknownValueError:
            behind = (subject.dependencies or {}).get(path.split(".")[0], ())
            answers = [found for found in behind if found.type in types]
            if answers:
                return answers
            raise
        return [found for kind in dict.fromkeys(types) for found in self._holding(values, kind)]

    def pointing(self, target: Subject, path: str, *types: str, every: bool = False) -> list[Subject]:
        """The resources of `types` whose value at `path` names `target`.

        Where some cannot be decided yet and no other answers, or `every` one matters, UnknownValueError passes.
        """
        question = (path, target.type, types)
        if question not in self._pointing:
            self._pointing[question] = self._pointers(*question)
        pointers = self._pointing[question]
        found = pointers.at.get(target, [])
        if pointers.undecided is not None and (every or not found):
            raise pointers.undecided
        return list(found)

    def _pointers(self, path: str, target_type: str, types: tuple[str, ...]) -> Pointers:
        pointers = Pointers()
        for candidate in self.of(*types):
            try:
                for target in self.referred(candidate, path, target_type):
                    pointers.at.setdefault(target, []).append(candidate)
            except UnknownValueError as error:
                pointers.undecided = error
        return pointers

    def _holding(self, values: set[str], kind: str) -> list[Subject]:
        """The subjects of a type that hold one of these handles, in the order of their registration."""
        if kind not in self._named:
            index = self._named[kind] = {}
            for place, subject in enumerate(self._of.get(kind, ())):
                for handle in subject.handles():
                    index.setdefault(handle, []).append((place, subject))
        found = {place: subject for value in values for place, subject in self._named[kind].get(value, ())}
        return [found[place] for place in sorted(found)]


@dataclass
class Pointers:
    """Who points at whom by one property, and the last value there that is not known yet."""

    at: dict[Subject, list[Subject]] = field(default_factory=dict)
    undecided: UnknownValueError | None = None


def linked(subjects: Iterable[tuple[Subject, Mapping[str, Iterable[str]]]]) -> Iterator[Subject]:
    """The subjects with their property dependencies, given as URNs, resolved to one another."""
    pairs = list(subjects)
    by_urn = {subject.urn: subject for subject, _ in pairs}
    for subject, dependencies in pairs:
        subject.dependencies = {
            prop: tuple(by_urn[urn] for urn in urns if urn in by_urn) for prop, urns in dependencies.items()
        }
        yield subject
