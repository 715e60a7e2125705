"""Joins the table with a deployed stack: who calls what, with which request context, and whether it must be allowed.

A row's `calls` map an action to targets: `bucket:landing/drop/a.csv` is an object of a bucket of the stack, `key:*` is
every key, and an ARN stands for itself; `but` leaves some out. `as` is who calls: `role:NAME` with the policies that
the role has, `role:*` each of them in turn, an ARN as an administrator, a service's name, or `nobody`.

`with: everything` makes a role an administrator too; any other `with` gives an ARN that policy of AWS's instead.
`opened` gives the thing a statement that allows everybody everything. `where` are types of resources that the stack
must have for the row to matter. In texts `${account}` and the like are filled in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase
from pathlib import Path
from string import Template
from typing import Any

import yaml

from tests.policy.contexts.deployed import Deployed, Thing, managed_policies
from tests.policy.contexts.simulator import EVERYTHING, Answer, Document, Simulation, simulate

Row = Mapping[str, Any]

ROWS = Path(__file__).resolve().parent / "rows"
STRANGER = "999988887777"
"""An account that has nothing to do with ours."""
OURS, AWSS, INTERNET, STRANGERS = "ours", "AWS's", "the internet", "a stranger's"
"""Whose network a call comes through."""
SERVICE_ENDPOINT = {"cloudwatch": "monitoring"}
"""What an endpoint calls a service that IAM calls otherwise."""
OPENING = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
OPEN: Document = {"Version": "2012-10-17", "Statement": [OPENING]}
"""The policy of a thing that lets anybody in, as who wants to be brought something has it."""


class TableError(Exception):
    """A row that speaks of what the stack hasn't got."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """What `rows/` holds; each file says what it is."""

    contexts: Mapping[str, Row]
    needs: Sequence[Row]
    follows: Sequence[Row]
    doubles: Sequence[Row]
    outsiders: Sequence[Row]

    @classmethod
    def read(cls) -> Table:
        """The table of `rows/`."""
        return cls(**{each.name: yaml.safe_load((ROWS / f"{each.name}.yaml").read_text()) for each in fields(cls)})


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who calls: `principal` as the policies see it, `arn` that of its role or user; both None for nobody."""

    name: str
    principal: str | None
    arn: str | None = None
    identity: Sequence[Document] = ()

    @property
    def is_service(self) -> bool:
        """Whether an AWS service calls as itself."""
        return self.principal is not None and self.arn is None


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request. `through` is whose network it comes through, `via` are the services that forward it.

    `keys` are context keys with `${…}` still in them, `filling` is what they are filled in with. `account` is that of
    the thing that is called.
    """

    says: str
    doc: str
    context: str
    caller: Caller
    action: str
    target: str
    thing: Thing
    account: str
    allowed: bool
    through: str = AWSS
    via: Sequence[str] = ()
    keys: Mapping[str, Any] = field(default_factory=dict)
    filling: Mapping[str, str] = field(default_factory=dict)

    @property
    def endpoint(self) -> str | None:
        """The name of our endpoint that it comes through."""
        service = self.action.partition(":")[0]
        return SERVICE_ENDPOINT.get(service, service) if self.through == OURS else None

    @property
    def touches(self) -> set[str]:
        """The stack's things and endpoints whose policies have a say."""
        return {self.target.partition("/")[0], *([f"endpoint:{self.endpoint}"] if self.endpoint else [])}

    def simulation(self, stack: Deployed) -> Simulation:
        """The call with every policy that has a say. Raises TableError where there is no such endpoint."""
        if self.endpoint is not None and self.endpoint not in stack.endpoints:
            raise TableError(f"{self.says}: the stack has no endpoint {self.endpoint}.")
        return Simulation(
            principal=self.caller.principal,
            action=self.action,
            resource=self.thing.arn,
            account=self.account,
            context={**self._usual(stack), **self._filled()},
            identity=self.caller.identity,
            policy=self.thing.policy,
            endpoint=stack.endpoints[self.endpoint].policy if self.endpoint else None,
        )

    def _usual(self, stack: Deployed) -> dict[str, str | list[str]]:
        """The keys that come with every such call, whoever makes it.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html says of each when it is
        there: what is signed comes with the principal's, and what nobody signed with none of them.
        """
        keys: dict[str, str | list[str]] = {"aws:SecureTransport": "true", "aws:ResourceAccount": self.account}
        if self.caller.principal is not None:
            keys["aws:PrincipalIsAWSService"] = "true" if self.caller.is_service else "false"
            keys["aws:ViaAWSService"] = "true" if self.via else "false"
        if self.via:
            keys["aws:CalledVia"] = list(self.via)
        if self.caller.arn is not None:
            account = self.caller.arn.split(":")[4]
            keys |= {"aws:PrincipalArn": self.caller.arn, "aws:PrincipalAccount": account, "aws:userid": "AROA:session"}
            # https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-caller-account
            keys |= {"kms:CallerAccount": account} if self.action.startswith("kms:") else {}
        if self.action.startswith("kms:"):
            keys |= {f"aws:ResourceTag/{name}": held for name, held in self.thing.tags.items()}
        if self.endpoint is not None:
            keys |= {"aws:SourceVpce": stack.endpoints[self.endpoint].id, "aws:SourceVpc": stack.vpc}
        if self.through == STRANGERS:
            keys |= {"aws:SourceVpce": "vpce-99999999999999999", "aws:SourceVpc": "vpc-99999999999999999"}
        return keys

    def _filled(self) -> dict[str, str | list[str]]:
        return {
            key: [_fill(each, self.filling) for each in held] if isinstance(held, list) else _fill(held, self.filling)
            for key, held in self.keys.items()
        }


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A call and what IAM says to it."""

    call: Call
    answer: Answer

    @property
    def holds(self) -> bool:
        """Whether what must be let through is, and nothing else."""
        return self.answer.allowed is self.call.allowed

    def __str__(self) -> str:
        """The verdict in one line."""
        call, answer = self.call, self.answer
        found, wanted = ("allowed" if each else "denied" for each in (answer.allowed, call.allowed))
        because = f" by {', '.join(answer.statements)}" if answer.statements else ""
        kept = "" if self.holds else f", but must be {wanted}"
        return f"{found}{because}{kept}: {call.caller.name} {call.action} {call.target}: {call.says} ({call.context})"


def judge(stack: Deployed, calls: Sequence[Call]) -> list[Verdict]:
    """What the stack's policies say to each call."""
    answers = simulate([call.simulation(stack) for call in calls])
    return [Verdict(call=call, answer=answer) for call, answer in zip(calls, answers, strict=True)]


def every_call(stack: Deployed, table: Table) -> Iterator[Call]:
    """What the rows come to: needs, what these ask of keys, their doubles that must be denied, what outsiders try."""
    needed = [call for row in table.needs for call in _calls(row, stack, table, allowed=True)]
    needed += [follow for call in needed for follow in _follows(call, stack, table)]
    yield from needed
    for double in table.doubles:
        yield from (_doubled(call, double) for call in needed if _concerns(double, call))
    for row in table.outsiders:
        yield from _calls(row, stack, table, allowed=False)


def _calls(row: Row, stack: Deployed, table: Table, *, allowed: bool) -> Iterator[Call]:
    if not set(row.get("where", ())) <= stack.types:
        return
    context = table.contexts[row["context"]]
    ours = {"account": stack.account, "region": stack.region, "prefix": stack.prefix}
    filling = {**stack.told, **ours, "stranger": STRANGER}
    for caller in _callers(row, context, stack, filling):
        for action, targets in row["calls"].items():
            for target, thing, account in _targets(targets, row, stack, filling):
                yield Call(
                    says=row["says"],
                    doc=row.get("doc", context["doc"]),
                    context=row["context"],
                    caller=caller,
                    action=action,
                    target=target,
                    thing=thing,
                    account=account,
                    allowed=allowed,
                    through=context.get("through", AWSS),
                    via=context.get("via", ()),
                    keys={**context.get("keys", {}), **row.get("keys", {})},
                    filling=filling,
                )


def _callers(row: Row, context: Row, stack: Deployed, filling: Mapping[str, str]) -> Iterator[Caller]:
    given = row.get("with")
    for name in _listed(row.get("as", context.get("as"))):
        if name == "nobody":
            yield Caller(name=name, principal=None)
        elif name == "deployer":
            yield Caller(name=name, principal=stack.deployer, arn=stack.deployer, identity=[EVERYTHING])
        elif name == "role:*":
            for role in sorted(stack.roles):
                if f"role:{role}" not in row.get("but", ()):
                    yield _role(role, stack, everything=given == "everything")
        elif name.startswith("role:"):
            yield _role(name.removeprefix("role:"), stack, everything=given == "everything")
        elif name.startswith("arn:"):
            arn = _fill(name, filling)
            policy = EVERYTHING if given in (None, "everything") else managed_policies()[given]
            yield Caller(name=arn.rpartition(":")[2], principal=arn, arn=arn, identity=[policy])
        else:
            yield Caller(name=_fill(name, filling), principal=_fill(name, filling))


def _role(name: str, stack: Deployed, *, everything: bool) -> Caller:
    if name not in stack.roles:
        raise TableError(f"the stack has no role {name}.")
    called = f"{stack.prefix}{name}"
    return Caller(
        name=f"role:{name}",
        principal=f"arn:aws:sts::{stack.account}:assumed-role/{called}/session",
        arn=f"arn:aws:iam::{stack.account}:role/{called}",
        identity=[EVERYTHING] if everything else stack.roles[name],
    )


def _targets(
    targets: str | Sequence[str], row: Row, stack: Deployed, filling: Mapping[str, str]
) -> Iterator[tuple[str, Thing, str]]:
    """Each target's name, the thing with the ARN that is meant, and the account that it belongs to."""
    for target in _listed(targets):
        if target == "*" or target.startswith("arn:"):
            yield _elsewhere(_fill(target, filling), stack)
            continue
        name, slash, path = target.partition("/")
        within = slash + _fill(path, filling)
        for each in (
            [name] if name in stack.things else sorted(filter(lambda ref: fnmatchcase(ref, name), stack.things))
        ):
            if each not in row.get("but", ()):
                thing = replace(stack.things[each], arn=stack.things[each].arn + within)
                yield each + within, opened(thing) if row.get("opened") else thing, stack.account
        if not any(fnmatchcase(ref, name) for ref in stack.things):
            raise TableError(f"{row['says']}: the stack has no {name}.")


def opened(thing: Thing) -> Thing:
    """The thing with a statement too many."""
    policy = thing.policy or {**OPEN, "Statement": []}
    return replace(thing, policy={**policy, "Statement": [*policy["Statement"], OPENING]})


def _elsewhere(arn: str, stack: Deployed) -> tuple[str, Thing, str]:
    """What the stack has no thing for: without a policy where it is the account's, else open to anybody."""
    account = arn.split(":")[4] if arn != "*" else stack.account
    # S3's ARNs name no account: a bucket that is named by its ARN isn't ours.
    account = account or STRANGER
    return arn, Thing(arn=arn, policy=None if account == stack.account else OPEN, key=None), account


def _follows(call: Call, stack: Deployed, table: Table) -> Iterator[Call]:
    """What the called service then asks of the key behind what was called, for whoever called it.

    For a role the service forwards the call: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
    """
    context = table.contexts[call.context]
    key = next((ref for ref, thing in stack.things.items() if thing.arn == call.thing.key), None)
    # Who is let in by a grant on the key isn't by its policy.
    if key is None or context.get("by_grant"):
        return
    encrypted = stack.things[call.target.partition("/")[0]].arn
    for follow in table.follows:
        service = follow["service"]
        named = {f"kms:EncryptionContext:{follow['names']}": encrypted}
        told = context.get("to_key", context.get("keys", {}))
        forwarded = {"kms:ViaService": f"{service}.{stack.region}.amazonaws.com"}
        for action in follow["asks"] if call.action in follow["after"] else ():
            yield replace(
                call,
                says=f"{call.says}: {service} asks for its key",
                doc=follow["doc"],
                action=action,
                target=key,
                thing=stack.things[key],
                through=AWSS,
                via=() if call.caller.is_service else (*call.via, f"{service}.amazonaws.com"),
                keys={**(told if call.caller.is_service else forwarded), **named},
            )


def _concerns(double: Row, call: Call) -> bool:
    """Whether a call is one of those that the double is made of."""
    wanted = double["of"]
    return (
        any(fnmatchcase(call.action, pattern) for pattern in wanted.get("actions", ["*"]))
        and call.caller.is_service is wanted.get("by_service", call.caller.is_service)
        and call.through == wanted.get("through", call.through)
        and call.caller.name not in wanted.get("but", ())
        and ("${account}" in str(call.keys) or not wanted.get("says_account"))
    )


def _doubled(call: Call, double: Row) -> Call:
    """The same call with one thing different, by which it must be denied."""
    return replace(
        call,
        says=f"{call.says}, {double['says']}",
        doc=double["doc"],
        through=double.get("through", call.through),
        keys={**call.keys, **double.get("keys", {})},
        filling={**call.filling, "account": STRANGER} if double.get("for_a_stranger") else call.filling,
        allowed=False,
    )


def _listed(held: str | Sequence[str]) -> Sequence[str]:
    return [held] if isinstance(held, str) else held


def _fill(text: str, filling: Mapping[str, str]) -> str:
    return Template(text).substitute(filling)
