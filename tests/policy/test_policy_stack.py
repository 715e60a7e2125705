"""What a stack knows of its resources: who names whom, found once."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_policy.proxy import UnknownValueError

from policy.subject import Stack, Subject

KEY, STREAM = "aws:kms/key:Key", "aws:kinesis/stream:Stream"


class Unknown(dict[str, Any]):
    """Properties of which one is not known yet."""

    def get(self, key: str, default: Any = None) -> Any:
        if key == "kmsKeyId":
            raise UnknownValueError("04da6b54-80e4-46f7-96ec-b56ff0331ba9", [key])
        return super().get(key, default)

    __getitem__ = get


def made(kind: str, name: str, props: dict[str, Any]) -> Subject:
    return Subject(kind, name, f"urn:pulumi:dev::shop::{kind}::{name}", props)


def key(name: str) -> Subject:
    return made(KEY, name, {"id": f"{name}-id", "arn": f"arn:aws:kms:eu-west-1:123456789012:key/{name}-id"})


def stream(name: str, of: Subject) -> Subject:
    return made(STREAM, name, {"name": name, "kmsKeyId": of.get("arn")})


def test_a_resource_is_found_by_its_id_and_by_its_arn() -> None:
    one, other = key("one"), key("other")
    by_arn, by_id = stream("a", one), made(STREAM, "b", {"kmsKeyId": "one-id"})
    stack = Stack([other, one, by_arn, by_id])
    assert stack.referred(by_arn, "kmsKeyId", KEY) == stack.referred(by_id, "kmsKeyId", KEY) == [one]


def test_those_that_name_a_resource_come_in_the_order_of_their_registration() -> None:
    one, other = key("one"), key("other")
    streams = [stream("c", one), stream("a", other), stream("b", one)]
    stack = Stack([one, other, *streams])
    assert stack.pointing(one, "kmsKeyId", STREAM) == [streams[0], streams[2]]
    assert stack.pointing(other, "kmsKeyId", STREAM) == [streams[1]]


def test_what_is_found_belongs_to_the_caller() -> None:
    one = key("one")
    stack = Stack([one, stream("a", one)])
    stack.pointing(one, "kmsKeyId", STREAM).clear()
    assert len(stack.pointing(one, "kmsKeyId", STREAM)) == 1


def test_an_unknown_reference_is_passed_on_where_no_other_answers_or_every_one_matters() -> None:
    one, other = key("one"), key("other")
    stack = Stack([one, other, stream("a", one), made(STREAM, "b", Unknown())])
    assert len(stack.pointing(one, "kmsKeyId", STREAM)) == 1
    for target, every in ((one, True), (other, False)):
        with pytest.raises(UnknownValueError):
            stack.pointing(target, "kmsKeyId", STREAM, every=every)


def test_what_is_looked_for_in_a_whole_stack_is_looked_for_once() -> None:
    looked: list[Stack] = []

    def count(stack: Stack) -> int:
        looked.append(stack)
        return len(stack.of(KEY))

    first, second = Stack([key("one")]), Stack([key("one"), key("other")])
    assert [first.once(count), first.once(count), second.once(count)] == [1, 1, 2]
    assert looked == [first, second]
