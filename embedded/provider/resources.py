"""The generic engine: check, diff, create, read, update and delete any resource that the table describes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jmespath  # type: ignore[import-untyped]

from embedded.provider import checking, differing, sdk
from embedded.provider.endpoint import Cloud
from embedded.provider.entry import Call, Entry, Fault, Gone
from embedded.provider.names import MISSING, fill
from embedded.provider.paths import graft, without
from embedded.provider.reading import lookup, read
from embedded.provider.synthesis import complete, made_name, planned, synthesise
from embedded.provider.table import TABLE
from embedded.provider.values import DEFAULTS, UNKNOWN, Props, Value, covers, is_empty, settle
from embedded.provider.work import CallError, Work


class UnknownTypeError(LookupError):
    """The table has no such resource type."""


class InitialisationError(RuntimeError):
    """The resource exists, but a later step of its creation failed; the engine must keep what there is."""

    def __init__(self, id_: str, outputs: Props, reason: str) -> None:
        super().__init__(reason)
        self.id, self.outputs = id_, outputs


@dataclass
class Resources:
    """All resources of one configured provider."""

    cloud: Cloud
    default_tags: Mapping[str, str]

    def entry(self, token: str) -> Entry:
        """What the table says of a type."""
        if token not in TABLE:
            raise UnknownTypeError(
                f"{token} is not among the embedded AWS's {len(TABLE)} types: add an entry to embedded/provider/table, "
                "as CONTRIBUTING.md shows under 'add a resource type to the embedded AWS'."
            )
        return TABLE[token]

    def check(self, token: str, name: str, olds: Props, news: Props, seed: bytes = b"") -> tuple[Props, list[Fault]]:
        """The inputs made complete (name, default tags) and typed, and all their faults."""
        entry = self.entry(token)
        props = {k: v for k, v in news.items() if k != DEFAULTS}
        made: list[str] = []
        if entry.named and props.get(entry.named) is None:
            kept = olds.get(entry.named) if entry.named in olds.get(DEFAULTS, []) else None
            props[entry.named] = kept or made_name(entry, name, f"{token}|{name}|{seed.hex()}")
            made.append(entry.named)
        if entry.tags and self.default_tags and isinstance(props.get("tags", {}), dict):
            props["tags"] = {**self.default_tags, **props.get("tags", {})}
        context = {"id": "id", "region": self.cloud.region, "account": "123456789012", "partition": "aws", **props}
        clean, faults = checking.check(token, entry, props, context)
        if made:
            clean[DEFAULTS] = made
        return clean, faults

    def diff(self, token: str, state: Props, old_inputs: Props, news: Props, ignore: list[str]) -> differing.Difference:
        """What an update would change, and whether it takes a new resource."""
        return differing.difference(token, self.entry(token), state, old_inputs, news, ignore)

    def create(self, token: str, name: str, inputs: Props, *, preview: bool = False) -> tuple[str, Props]:
        """Make the resource; gives its id and outputs, in a preview "" and what is known."""
        entry = self.entry(token)
        if preview:
            return "", planned(token, entry, inputs)
        if not entry.realised:
            return synthesise(token, name, inputs, self.cloud.account, self.cloud.region)
        work = Work(token, entry, self.cloud, new=self._full(token, inputs))
        carried = self._make(work)
        try:
            for each in entry.puts:
                if each.at_creation and any(not is_empty(work.new.get(p)) for p in each.props - carried):
                    work.do(each.step)
            if (
                entry.tags
                and (entry.tags.after or entry.tags.write or not isinstance(entry.create, Call))
                and work.new.get("tags")
            ):
                work.tag({}, work.new["tags"])
            return work.id, self.outputs(work)
        except (CallError, Gone) as fault:
            raise InitialisationError(work.id, inputs, str(fault) or "the cloud lost the resource at once") from fault

    def _make(self, work: Work) -> set[str]:
        """Do the creating step and set the id; gives the properties that it carried."""
        step = work.entry.create
        if not isinstance(step, Call):
            assert step is not None
            work.id = step(work)
            return set(work.entry.takes)
        answer = work.send(step)
        work.facts |= {"made": answer}
        found = jmespath.search(step.gives, answer) if step.gives else fill(work.entry.id, work.context)
        if found is None or found is MISSING:
            raise CallError(f"{work.entry.service}:{step.op} gave no id at {step.gives or work.entry.id}")
        work.id = str(found)
        return checking.carried(work.token, work.entry, work.new, work.context)

    def read(self, token: str, id_: str, state: Props, inputs: Props) -> tuple[Props, Props] | None:
        """What the cloud holds, as outputs and as inputs; None when it is gone."""
        entry = self.entry(token)
        if not entry.realised:
            return state, inputs
        known = state or inputs
        work = Work(token, entry, self.cloud, id_=id_, old=known)
        work.given = inputs
        try:
            outputs = self.outputs(work)
        except Gone:
            return None
        if not inputs:
            fields = sdk.inputs(token).fields
            return outputs, {k: v for k, v in outputs.items() if k in fields and not is_empty(v) and k != "region"}
        exact = differing.map_paths(sdk.inputs(token), inputs)
        kept: Props = {}
        for name, value in inputs.items():
            have = outputs.get(name)
            if name == DEFAULTS or covers(have, value, entry.ordered, exact, name):
                kept[name] = value
            elif not is_empty(have):
                kept[name] = have
        return outputs, kept

    def update(
        self, token: str, id_: str, state: Props, old_inputs: Props, news: Props, ignore: list[str], *, preview: bool
    ) -> Props:
        """Bring the resource from its state to the new inputs."""
        entry = self.entry(token)
        full = self._full(token, news)
        if preview:
            known = {k: v for k, v in planned(token, entry, news).items() if k in full or k == "tagsAll"}
            return {**state, **known, **dict.fromkeys(entry.renewed, UNKNOWN)}
        if not entry.realised:
            made = synthesise(token, "", news, self.cloud.account, self.cloud.region, id_)[1]
            # What AWS gave at the creation stays, as the preview of an update says.
            stays = entry.outputs.keys() & state.keys() - full.keys() - entry.renewed
            return {**made, **{name: state[name] for name in stays}}
        kinds = differing.difference(token, entry, state, old_inputs, news, ignore).kinds
        work = Work(token, entry, self.cloud, id_=id_, new=full, old=state)
        work.facts["changed"] = frozenset(kinds)
        self._apply(work, set(kinds))
        try:
            outputs = self.outputs(work)
        except Gone as fault:
            raise CallError(f"{token} {id_} is not there any more: refresh the stack, then deploy again") from fault
        deleted = [n for n, kind in kinds.items() if kind == "delete" and outputs.get(n) == state.get(n)]
        kept = [n for n in deleted if not differing.is_nothing(n, outputs.get(n), entry)]
        if kept:
            raise CallError(f"{token}: {', '.join(sorted(kept))} can't be taken away again by the embedded AWS")
        return outputs

    def _apply(self, work: Work, changed: set[str]) -> None:
        entry = work.entry
        if "tags" in changed and entry.tags:
            work.tag(work.old.get("tags") or {}, work.new.get("tags") or {})
        rest = changed - {"tags", "tagsAll", "region", *entry.local}
        for each in entry.puts:
            if each.props & rest:
                given = any(work.new.get(p) is not None for p in each.props)
                work.do(each.step if given or each.unset is None else each.unset)
                rest -= each.props
        if rest and entry.update is None:
            raise CallError(f"{work.token}: {', '.join(sorted(rest))} can't be changed by the embedded AWS")
        if rest and isinstance(entry.update, Call):
            work.update(entry.update, rest)
        elif rest and entry.update is not None:
            work.do(entry.update)

    def delete(self, token: str, id_: str, state: Props) -> None:
        """Remove the resource; one that is gone already is no fault."""
        entry = self.entry(token)
        if entry.delete is None or not entry.realised:
            return
        try:
            Work(token, entry, self.cloud, id_=id_, old=state).do(entry.delete)
        except Gone:
            return
        except CallError as fault:
            if fault.code not in entry.gone and self._there(token, entry, id_, state):
                raise

    def _there(self, token: str, entry: Entry, id_: str, state: Props) -> bool:
        try:
            Work(token, entry, self.cloud, id_=id_, old=state).look()
        except (Gone, CallError):
            return False
        return True

    def outputs(self, work: Work) -> Props:
        """The outputs from what the cloud holds, spelt as they were asked for."""
        entry, kinds = work.entry, sdk.outputs(work.token).fields
        asked = work.asked
        raw, direct = work.look()
        found: Props = {}
        for name, fld in kinds.items():
            if name in entry.shared and work.given.get(name) is None:
                continue
            value = self._taken(entry, raw, direct, name)
            if value is not None:
                found[name] = read(value, fld.kind, entry.names, name)
        tags = work.tags()
        if tags is not MISSING:
            found["tags"] = read(tags, sdk.MapOf(sdk.Scalar("str")), {})
        if found.get("tags"):
            found["tags"] = {k: v for k, v in found["tags"].items() if not k.startswith("aws:")}
        found = self._remembered(entry, found, asked)
        for name in entry.local:
            found[name] = asked.get(name, entry.local[name])
        return complete(work.token, entry, found, work.context)

    @staticmethod
    def _taken(entry: Entry, raw: Mapping[str, Any], direct: Props, name: str) -> Value:
        if name in direct:
            return direct[name]
        if name in entry.reads:
            return jmespath.search(entry.reads[name], raw) if raw else None
        value = lookup(raw, name, entry.names.get(name))
        return lookup(raw, name, None) if value is None else value

    @staticmethod
    def _remembered(entry: Entry, found: Props, asked: Props) -> Props:
        """What is found, in the spelling asked for, with the unread properties from what was asked."""
        whole = {u for u in entry.unread if "." not in u}
        inner = [u.split(".") for u in entry.unread if "." in u]
        out: Props = {}
        for name in {**found, **dict.fromkeys(whole)}:
            want = asked.get(name)
            if name in whole:
                out[name] = want
                continue
            visible = want
            for path in inner:
                if path[0] == name:
                    visible = without(visible, path[1:])
            out[name] = settle(found[name], visible, entry.ordered, name)
            for path in inner:
                if path[0] == name:
                    out[name] = graft(out[name], want, path[1:])
        return out

    def _full(self, token: str, inputs: Props) -> Props:
        props = {**self.entry(token).defaults, **inputs}
        props.pop(DEFAULTS, None)
        return props
