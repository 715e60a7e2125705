"""Takes a stack's policies apart, a statement at a time: a call that notices shows what the statement is good for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tests.policy.contexts.deployed import Deployed
from tests.policy.contexts.simulator import Document, simulate
from tests.policy.contexts.table import Call


@dataclass(frozen=True, kw_only=True)
class Spoilt:
    """A stack without one statement, and the calls that could notice."""

    of: str
    statement: str
    stack: Deployed
    calls: Sequence[Call]


def idle(stack: Deployed, calls: Sequence[Call]) -> list[str]:
    """The statements, by whose they are and their id, without which every call would be answered as before."""
    spoilt = list(without_each_statement(stack, calls))
    answers = iter(simulate([call.simulation(each.stack) for each in spoilt for call in each.calls]))
    noticed = [[next(answers).allowed is not call.allowed for call in each.calls] for each in spoilt]
    return [f"{each.of} {each.statement}" for each, found in zip(spoilt, noticed, strict=True) if not any(found)]


def without_each_statement(stack: Deployed, calls: Sequence[Call]) -> Iterator[Spoilt]:
    """The stack without each statement of its things' and endpoints' own policies.

    Without a denial only what is denied can change, and without an allowance what is allowed.
    """
    for ref, thing in stack.things.items():
        for statement in thing.policy["Statement"] if thing.policy else ():
            met = [call for call in _able(calls, statement) if call.target.partition("/")[0] == ref]
            spoilt = [
                replace(call, thing=replace(call.thing, policy=_less(call.thing.policy, statement))) for call in met
            ]
            yield Spoilt(of=ref, statement=statement["Sid"], stack=stack, calls=spoilt)
    for name, endpoint in stack.endpoints.items():
        for statement in endpoint.policy["Statement"]:
            met = [call for call in _able(calls, statement) if call.endpoint == name]
            changed = replace(endpoint, policy=_less(endpoint.policy, statement))
            missing = replace(stack, endpoints={**stack.endpoints, name: changed})
            yield Spoilt(of=f"endpoint:{name}", statement=statement["Sid"], stack=missing, calls=met)


def _able(calls: Sequence[Call], statement: Document) -> list[Call]:
    """Calls that could notice; of many alike, by who calls, one."""
    able = [call for call in calls if call.allowed is (statement["Effect"] == "Allow")]
    return list({(call.says, call.action, call.target): call for call in able}.values())


def _less(policy: Document | None, statement: Document) -> Document:
    left = [each for each in policy["Statement"] if each != statement] if policy else []
    return {"Version": "2012-10-17", "Statement": left}
