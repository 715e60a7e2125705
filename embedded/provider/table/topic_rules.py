"""What SNS has against topics, their policies and their subscriptions."""

import json
from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Fault
from embedded.provider.values import has_unknown, is_unknown

DELIVERIES = ("Application", "Firehose", "HTTP", "Lambda", "SQS")
# https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
_FIFO_ONLY = ("archivePolicy", "contentBasedDeduplication", "fifoThroughputScope")
PERCENT = {f"{kind.lower()}SuccessFeedbackSampleRate": (0, 100) for kind in DELIVERIES}
"""Properties that are a share, and what they lie within."""


def topic_kind(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html: names, and what only FIFO topics have."""
    name, fifo = props.get("name"), props.get("fifoTopic")
    if is_unknown(fifo):
        return []
    faults = []
    if isinstance(name, str) and not has_unknown(name):
        stem = name.removesuffix(".fifo") if fifo else name
        if not stem.replace("-", "").replace("_", "").isalnum() or not stem.isascii() or len(name) > 256:
            faults.append(
                Fault("name", f"{name!r} is not allowed: give 1 to 256 letters, digits, hyphens, underscores")
            )
        elif bool(fifo) != name.endswith(".fifo"):
            faults.append(Fault("name", f"{name!r} and fifoTopic={bool(fifo)} disagree: FIFO topics end in .fifo"))
    if fifo and props.get("tracingConfig"):
        faults.append(Fault("tracingConfig", "goes not with fifoTopic: SNS traces standard topics only; remove it"))
    if not fifo:
        reason = "is for FIFO topics only, and fifoTopic is not true: remove it, or set that"
        faults += [Fault(n, reason) for n in _FIFO_ONLY if props.get(n)]
    return faults


# https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html
_POLICY_BYTES = 30 * 1024
_MOST_STATEMENTS = 100
_GRANTED = (
    "AddPermission DeleteTopic GetDataProtectionPolicy GetTopicAttributes ListSubscriptionsByTopic ListTagsForResource "
    "Publish PutDataProtectionPolicy Receive RemovePermission SetTopicAttributes Subscribe"
)
_ACTIONS = {f"sns:{name}".lower() for name in _GRANTED.split()}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def topic_policy(props: Mapping[str, Any]) -> list[Fault]:
    """SNS answers "Policy statement action out of service scope!" to any other action, and knows one resource.

    https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html
    """
    text, topic = props.get("policy"), props.get("arn")
    if not isinstance(text, str) or has_unknown(text):
        return []
    try:
        statements = _listed(json.loads(text)["Statement"])
    except (ValueError, KeyError, TypeError):
        return [Fault("policy", "has no Statement: give a policy document with one")]
    faults = []
    if len(text.encode()) > _POLICY_BYTES:
        faults.append(Fault("policy", f"has {len(text.encode())} bytes, above SNS's {_POLICY_BYTES}: shorten it"))
    if not 1 <= len(statements) <= _MOST_STATEMENTS:
        faults.append(Fault("policy", f"has {len(statements)} statements: give 1 to {_MOST_STATEMENTS}"))
    sids = [s["Sid"] for s in statements if s.get("Sid")]
    faults += [
        Fault("policy", f"has the Sid {sid!r} twice, and each must be its own: rename one")
        for sid in sorted({s for s in sids if sids.count(s) > 1})
    ]
    return faults + [fault for each in statements for fault in _statement(each, topic)]


def _statement(statement: Mapping[str, Any], topic: Any) -> list[Fault]:
    faults = [
        Fault("policy", f"grants {action!r}, which no topic policy can: grant of {_GRANTED}")
        for action in _listed(statement.get("Action"))
        if not _grantable(str(action).lower())
    ]
    known = isinstance(topic, str) and not is_unknown(topic)
    faults += [
        Fault("policy", f"names {resource!r}, and a topic's policy knows its own ARN only: {topic}")
        for resource in _listed(statement.get("Resource"))
        if known and resource not in {topic, "*"}
    ]
    if "Principal" not in statement and "NotPrincipal" not in statement:
        faults.append(Fault("policy", "has a statement without a Principal: say who it is for"))
    return faults


def _grantable(action: str) -> bool:
    return action == "*" or action in _ACTIONS or (action.startswith("sns:") and "*" in action)


ENDPOINTS = {
    "http": "http://",
    "https": "https://",
    "sqs": "arn:",
    "lambda": "arn:",
    "firehose": "arn:",
    "application": "arn:",
    "email": "@",
    "email-json": "@",
    "sms": "",
}
"""Protocols of subscriptions, and by what an endpoint of each is known."""
_RAW = ("sqs", "http", "https", "firehose")


def subscribed(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html"""
    protocol, endpoint = props.get("protocol"), props.get("endpoint")
    if protocol not in ENDPOINTS:
        return []
    faults = []
    sign = ENDPOINTS[protocol]
    if isinstance(endpoint, str) and not has_unknown(endpoint):
        fits = sign in endpoint if sign == "@" else endpoint.startswith(sign)
        if not fits or (sign == "arn:" and f":{protocol}:" not in endpoint and protocol != "application"):
            told = {"@": "an e-mail address", "arn:": f"the ARN of a resource of {protocol}"}.get(sign, f"{sign}...")
            faults.append(Fault("endpoint", f"{endpoint!r} is no endpoint of protocol {protocol}: give {told}"))
    if protocol == "firehose" and not props.get("subscriptionRoleArn"):
        faults.append(Fault("subscriptionRoleArn", "is missing, and protocol firehose needs it: set it"))
    if protocol != "firehose" and props.get("subscriptionRoleArn"):
        faults.append(Fault("subscriptionRoleArn", f"goes not with protocol {protocol}: remove it"))
    if props.get("rawMessageDelivery") and protocol not in _RAW:
        faults.append(
            Fault("rawMessageDelivery", f"goes not with protocol {protocol}: remove it, or use {', '.join(_RAW)}")
        )
    if props.get("filterPolicyScope") and not props.get("filterPolicy"):
        faults.append(Fault("filterPolicyScope", "does nothing without filterPolicy: remove it, or set that"))
    return faults
