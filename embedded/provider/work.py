"""One piece of work on one resource: the requests of its entry, filled, sent and read."""

from collections import ChainMap
from collections.abc import Mapping
from functools import cache
from typing import Any

import jmespath  # type: ignore[import-untyped]
from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from embedded.provider import sdk
from embedded.provider.endpoint import Cloud, model
from embedded.provider.entry import Call, Entry, Gone, Step, Tagging
from embedded.provider.names import MISSING, fill, places, whole
from embedded.provider.shapes import Carrier, destination, pairs
from embedded.provider.values import UNKNOWN, Props, Value, is_unknown

PARTITION = "aws"


class CallError(RuntimeError):
    """The cloud refused a request; the message names the operation, and `code` is AWS's."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


@cache
def operations(service: str) -> Mapping[str, Any]:
    """A service's operations by their Python names."""
    return {xform_name(name): name for name in model(service).operation_names}


def operation(service: str, op: str) -> Any:
    """The model of `operation`, or of `service:operation`."""
    service, name = _split(service, op)
    known = operations(service)
    if name not in known:
        raise KeyError(f"{service} has no operation {name}")
    return model(service).operation_model(known[name])


def _split(service: str, op: str) -> tuple[str, str]:
    if ":" in op:
        service, op = op.split(":")
    return service, op


class Request:
    """A call of an entry made ready: its members, the properties it carries, the faults it found."""

    def __init__(
        self, token: str, entry: Entry, call: Call, props: Props, context: Mapping[str, Any], *, dry: bool = False
    ) -> None:
        self.carrier = Carrier(entry.names, f"{entry.service}:{call.op}")
        self.shape = operation(entry.service, call.op).input_shape
        self.members: dict[str, Any] = fill(_still(call.args) if dry else dict(call.args), context)
        self.carried: set[str] = places(dict(call.args)) & set(props)
        for member, template in call.args.items():
            name = whole(template)
            if name in props:
                self.carrier.limits(props[name], self.shape.members[member], (name,))
        target, into = self.shape, self.members
        for step in filter(None, call.into.split(".")):
            target, into = target.members[step], _within(into, target.members[step], step)
            target = target.member if target.type_name == "list" else target
        kinds = sdk.inputs(token).fields
        for name, value in props.items():
            if name in kinds and self._wanted(entry, call, name, target):
                self.carrier.place(into, target, name, value, kinds[name].kind, (name,))
                self.carried.add(name)
        if entry.tags:
            self._tag(entry.tags, props.get("tags"), call, entry)

    def _wanted(self, entry: Entry, call: Call, name: str, target: Any) -> bool:
        if call.only is not None:
            return name in call.only
        if name in call.skip or name in entry.local or name in {"tags", "region"}:
            return False
        return destination(target, name, entry.names.get(name)) is not None

    def _tag(self, tagging: Tagging, tags: Value, call: Call, entry: Entry) -> None:
        making = entry.create or entry.like
        if not tags or call is not making or is_unknown(tags) or tagging.after or tagging.write:
            return
        if tagging.spec:
            spec = {"ResourceType": tagging.spec, "Tags": pairs(tags, _Pair)}
            self.members["TagSpecifications"] = [spec]
        else:
            self.carrier.place(self.members, self.shape, "tags", tags, sdk.MapOf(sdk.Scalar("str")), ("tags",))


def _within(members: dict[str, Any], shape: Any, name: str) -> dict[str, Any]:
    """The member of that name, of a list its only item."""
    if shape.type_name == "list":
        item: dict[str, Any] = members.setdefault(name, [{}])[0]
        return item
    inner: dict[str, Any] = members.setdefault(name, {})
    return inner


def _still(args: Mapping[str, Any]) -> dict[str, Any]:
    """The members that need no computing: a check reads no files."""
    return {k: UNKNOWN if callable(v) else v for k, v in args.items()}


class _Pair:
    type_name = "structure"
    members = ("Key", "Value")


class Work:
    """What a step of an entry works with: the new inputs, the old state, and the cloud."""

    def __init__(
        self,
        token: str,
        entry: Entry,
        cloud: Cloud,
        *,
        id_: str = "",
        new: Props | None = None,
        old: Props | None = None,
    ) -> None:
        self.token, self.entry, self.cloud = token, entry, cloud
        self.new: Props = new or {}
        self.old: Props = old or {}
        self.asked: Props = self.old if new is None else new
        self.given: Props = self.asked
        self.region: str = self.new.get("region") or self.old.get("region") or cloud.region
        self.id = id_
        self.facts: dict[str, Any] = {}

    @property
    def context(self) -> ChainMap[str, Any]:
        """What templates are filled from."""
        own = {
            "id": self.id or None,
            "region": self.region,
            "account": self.cloud.account,
            "partition": PARTITION,
            "endpoint": self.cloud.url,
        }
        return ChainMap(self.facts, own, self.new, self.old)

    def get(self, name: str, default: Value = None) -> Value:
        """A property: of the new inputs, else of the state, else the entry's default for it."""
        value = self.context.get(name)
        return self.entry.local.get(name, default) if value is None else value

    def ask(self, op: str, /, **members: Any) -> dict[str, Any]:
        """Send one request and give the answer."""
        service, name = _split(self.entry.service, op)
        try:
            answer: dict[str, Any] = getattr(self.cloud.client(service, self.region), name)(**members)
        except ClientError as fault:
            code = str(fault.response.get("Error", {}).get("Code", ""))
            raise CallError(f"{service}:{name} was refused: {fault}", code) from fault
        except BotoCoreError as fault:
            raise CallError(f"{service}:{name} failed: {fault}") from fault
        return answer

    def send(self, step: Call, props: Props | None = None) -> dict[str, Any]:
        """Send a call of the entry with the new inputs."""
        request = Request(self.token, self.entry, step, self.new if props is None else props, self.context)
        if request.carrier.faults:
            told = "; ".join(f"{f.path} {f.reason}" for f in request.carrier.faults)
            raise CallError(f"{self.entry.service}:{step.op} could not be made: {told}")
        return self.ask(step.op, **request.members)

    def update(self, step: Call, changed: set[str]) -> None:
        """Send the updating call of the entry, and see to it that nothing that changed is left unsaid."""
        unset = {n: self.entry.unset[n] for n in changed if self.new.get(n) is None and n in self.entry.unset}
        request = Request(self.token, self.entry, step, self.new, self.context)
        unsaid = sorted(n for n in changed - request.carried if self.new.get(n) is not None)
        if unsaid or request.carrier.faults:
            told = [f"{n} can't be changed" for n in unsaid] + [f"{f.path} {f.reason}" for f in request.carrier.faults]
            raise CallError(f"{self.entry.service}:{step.op} could not be made: {'; '.join(told)}")
        into = request.members
        for part in filter(None, step.into.split(".")):
            into = into[part][0] if isinstance(into[part], list) else into[part]
        for fragment in unset.values():
            into.update(fill(fragment, self.context))
        self.ask(step.op, **request.members)

    def do(self, step: Step) -> Any:
        """A step of the entry, be it a call or a function."""
        return self.send(step) if isinstance(step, Call) else step(self)

    def look(self) -> tuple[dict[str, Any], Props]:
        """What the cloud holds: the merged answers as AWS spells them, and properties taken by path.

        Raises Gone when there is nothing, or a tombstone.
        """
        raw: dict[str, Any] = {}
        direct: Props = {}
        for number, step in enumerate(self.entry.read):
            try:
                taken, found = self._look(step)
            except CallError as fault:
                if number == 0 and fault.code in self.entry.gone:
                    raise Gone from fault
                if isinstance(step, Call) and fault.code in step.absent:
                    continue
                raise
            raw.update(taken)
            direct.update(found)
        if self.entry.gone_if and jmespath.search(self.entry.gone_if, raw):
            raise Gone
        return raw, direct

    def _look(self, step: Step) -> tuple[dict[str, Any], Props]:
        if not isinstance(step, Call):
            return {}, step(self)
        answer = self.ask(step.op, **fill(dict(step.args), self.context))
        answer.pop("ResponseMetadata", None)
        direct = {name: jmespath.search(path, answer) for name, path in step.sets.items()}
        if not step.take:
            return ({} if step.sets else answer), direct
        taken = jmespath.search(step.take, answer)
        if not taken:
            raise Gone
        return taken, direct

    def tag(self, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        """Bring the tags in the cloud from `before` to `after`."""
        tagging = self.entry.tags
        assert tagging is not None
        if tagging.write is not None:
            tagging.write(self, after)
            return
        key = self._tag_key(tagging)
        dropped = {k: v for k, v in before.items() if k not in after}
        added = {k: v for k, v in after.items() if before.get(k) != v}
        for op, member, tags in ((tagging.remove, tagging.keys, dropped), (tagging.add, tagging.tags, added)):
            if tags:
                shape = operation(self.entry.service, op).input_shape.members[member]
                given = tags if shape.type_name == "map" else pairs(tags, shape.member)
                self.ask(op, **key, **{member: given})

    def tags(self) -> Value:
        """The tags in the cloud, as the service spells them, if they have a read of their own."""
        tagging = self.entry.tags
        if tagging is None or not tagging.read:
            return MISSING
        answer = self.ask(tagging.read, **self._tag_key(tagging))
        return jmespath.search(tagging.take or tagging.tags, answer)

    def _tag_key(self, tagging: Tagging) -> dict[str, Any]:
        known = ChainMap({}, *self.context.maps)
        known.maps.append({"arn": fill(self.entry.outputs.get("arn"), known)})
        return dict(fill(dict(tagging.key), known))
