"""SNS: topics, who may use them, and who hears of them."""

import json
from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Entry, Fault, Gone, Tagging, call, words
from embedded.provider.rules import among, document, within
from embedded.provider.values import Props, has_unknown, is_unknown
from embedded.provider.work import Work

_DELIVERIES = ("Application", "Firehose", "HTTP", "Lambda", "SQS")
_OUTCOMES = ("SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn")
_TOPIC = {
    "archivePolicy": "ArchivePolicy",
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deliveryPolicy": "DeliveryPolicy",
    "displayName": "DisplayName",
    "fifoThroughputScope": "FifoThroughputScope",
    "fifoTopic": "FifoTopic",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "maximumMessageSize": "MaximumMessageSize",
    "policy": "Policy",
    "signatureVersion": "SignatureVersion",
    "tracingConfig": "TracingConfig",
    **{f"{kind.lower()}{outcome}": f"{kind}{outcome}" for kind in _DELIVERIES for outcome in _OUTCOMES},
}
_SUBSCRIPTION = {
    "deliveryPolicy": "DeliveryPolicy",
    "filterPolicy": "FilterPolicy",
    "filterPolicyScope": "FilterPolicyScope",
    "rawMessageDelivery": "RawMessageDelivery",
    "redrivePolicy": "RedrivePolicy",
    "subscriptionRoleArn": "SubscriptionRoleArn",
}
_FLAGS = words("contentBasedDeduplication fifoTopic rawMessageDelivery")
_DEFAULT_POLICY = "__default_policy_ID"
_OWNER_MAY = (
    "GetTopicAttributes SetTopicAttributes AddPermission RemovePermission DeleteTopic Subscribe "
    "ListSubscriptionsByTopic Publish"
)


def _texts(props: Mapping[str, Any], attributes: Mapping[str, str]) -> dict[str, str]:
    given = {m: props[n] for n, m in attributes.items() if props.get(n) is not None}
    return {m: str(v).lower() if isinstance(v, bool) else str(v) for m, v in given.items()}


def _changes(work: Work, attributes: Mapping[str, str]) -> dict[str, str]:
    """The attributes that changed; SNS unsets a text by an empty one. A filter's scope is said before the filter."""
    changed = [n for n in attributes if n in work.facts["changed"]]
    unset = {attributes[n]: "false" if n in _FLAGS else "" for n in changed}
    wanted = {**unset, **_texts({n: work.new.get(n) for n in changed}, attributes)}
    return dict(sorted(wanted.items(), key=lambda each: each[0] != "FilterPolicyScope"))


def _props(found: Mapping[str, str], attributes: Mapping[str, str]) -> Props:
    props: Props = {n: found[m] for n, m in attributes.items() if m in found}
    return {n: v == "true" if n in _FLAGS else v for n, v in props.items()}


def _create_topic(work: Work) -> str:
    wanted = {k: v for k, v in _texts(work.new, _TOPIC).items() if v != "false"}
    return str(work.ask("create_topic", Name=work.new["name"], Attributes=wanted)["TopicArn"])


def _update_topic(work: Work) -> None:
    for name, value in _changes(work, _TOPIC).items():
        work.ask("set_topic_attributes", TopicArn=work.id, AttributeName=name, AttributeValue=value)


def _read_topic(work: Work) -> Props:
    found = work.ask("get_topic_attributes", TopicArn=work.id)["Attributes"]
    own = {"arn": work.id, "name": work.id.rsplit(":", 1)[1], "owner": found["Owner"]}
    return {**_props(found, _TOPIC), **own}


def _read_policy(work: Work) -> Props:
    """A topic has a policy at all times; the one that SNS gives to every topic is nobody's resource."""
    found = work.ask("get_topic_attributes", TopicArn=work.id)["Attributes"]
    if json.loads(found["Policy"]).get("Id") == _DEFAULT_POLICY:
        raise Gone
    return {"arn": work.id, "policy": found["Policy"], "owner": found["Owner"]}


def _reset_policy(work: Work) -> None:
    """Give the topic back the policy that SNS gives to every topic, as Terraform's provider does."""
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{name}" for name in _OWNER_MAY.split()],
        "Resource": work.id,
        "Condition": {"StringEquals": {"AWS:SourceOwner": work.cloud.account}},
    }
    policy = json.dumps({"Version": "2008-10-17", "Id": _DEFAULT_POLICY, "Statement": [statement]})
    work.ask("set_topic_attributes", TopicArn=work.id, AttributeName="Policy", AttributeValue=policy)


def _subscribe(work: Work) -> str:
    props = work.new
    made = work.ask(
        "subscribe",
        TopicArn=props["topic"],
        Protocol=props["protocol"],
        Endpoint=props["endpoint"],
        Attributes={k: v for k, v in _texts(props, _SUBSCRIPTION).items() if v != "false"},
        ReturnSubscriptionArn=True,
    )
    return str(made["SubscriptionArn"])


def _subscription_id(context: Mapping[str, Any]) -> str:
    topic = str(context["topic"]).rsplit(":", 1)[-1]
    return f"arn:{context['partition']}:sns:{context['region']}:{context['account']}:{topic}:{context['uuid']}"


def _update_subscription(work: Work) -> None:
    for name, value in _changes(work, _SUBSCRIPTION).items():
        work.ask("set_subscription_attributes", SubscriptionArn=work.id, AttributeName=name, AttributeValue=value)


def _read_subscription(work: Work) -> Props:
    found = work.ask("get_subscription_attributes", SubscriptionArn=work.id)["Attributes"]
    told = {
        "confirmationWasAuthenticated": "ConfirmationWasAuthenticated",
        "pendingConfirmation": "PendingConfirmation",
    }
    return {
        **_props(found, _SUBSCRIPTION),
        **{n: found[m] == "true" for n, m in told.items()},
        "arn": work.id,
        "topic": found["TopicArn"],
        "endpoint": found["Endpoint"],
        "protocol": found["Protocol"],
        "ownerId": found["Owner"],
    }


# https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
_FIFO_ONLY = ("archivePolicy", "contentBasedDeduplication", "fifoThroughputScope")
_PERCENT = {f"{kind.lower()}SuccessFeedbackSampleRate": (0, 100) for kind in _DELIVERIES}


def _topic_kind(props: Mapping[str, Any]) -> list[Fault]:
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


def _topic_policy(props: Mapping[str, Any]) -> list[Fault]:
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


_ENDPOINTS = {
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
_RAW = ("sqs", "http", "https", "firehose")


def _endpoint(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html"""
    protocol, endpoint = props.get("protocol"), props.get("endpoint")
    if protocol not in _ENDPOINTS:
        return []
    faults = []
    sign = _ENDPOINTS[protocol]
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


_GONE = words("NotFound NotFoundException")

ENTRIES: dict[str, Entry] = {
    "aws:sns/topic:Topic": Entry(
        service="sns",
        id="arn:{partition}:sns:{region}:{account}:{name}",
        create=_create_topic,
        read=(_read_topic,),
        update=_update_topic,
        delete=call("delete_topic", TopicArn="{id}"),
        tags=Tagging({"ResourceArn": "{id}"}, "tag_resource", "untag_resource", "list_tags_for_resource"),
        takes=frozenset(_TOPIC) | {"name"},
        shared=words("policy"),
        outputs={"arn": "{id}", "owner": "{account}"},
        replace=words("name fifoTopic"),
        gone=_GONE,
        named="name",
        longest=256,
        rules=(
            _topic_kind,
            among(signatureVersion=(1, 2), tracingConfig=("PassThrough", "Active")),
            among(fifoThroughputScope=("Topic", "MessageGroup")),
            within(maximumMessageSize=(1024, 1048576), **_PERCENT),
            *(document(n) for n in ("archivePolicy", "deliveryPolicy", "policy")),
        ),
        cfn="AWS::SNS::Topic",
    ),
    "aws:sns/topicPolicy:TopicPolicy": Entry(
        service="sns",
        id="{arn}",
        create=call(
            "set_topic_attributes", TopicArn="{arn}", AttributeName="Policy", AttributeValue="{policy}", only=""
        ),
        read=(_read_policy,),
        update=call(
            "set_topic_attributes", TopicArn="{arn}", AttributeName="Policy", AttributeValue="{policy}", only=""
        ),
        delete=_reset_policy,
        outputs={"owner": "{account}"},
        replace=words("arn"),
        gone=_GONE,
        rules=(_topic_policy,),
    ),
    "aws:sns/topicSubscription:TopicSubscription": Entry(
        service="sns",
        id=_subscription_id,
        create=_subscribe,
        read=(_read_subscription,),
        update=_update_subscription,
        delete=call("unsubscribe", SubscriptionArn="{id}"),
        takes=frozenset(_SUBSCRIPTION) | words("topic protocol endpoint"),
        local={"confirmationTimeoutInMinutes": 1, "endpointAutoConfirms": False},
        outputs={"arn": "{id}", "ownerId": "{account}"},
        replace=words("topic protocol endpoint"),
        gone=_GONE,
        rules=(
            _endpoint,
            among(protocol=tuple(_ENDPOINTS), filterPolicyScope=("MessageAttributes", "MessageBody")),
            *(document(n) for n in ("deliveryPolicy", "filterPolicy", "redrivePolicy")),
        ),
        cfn="AWS::SNS::Subscription",
    ),
}
